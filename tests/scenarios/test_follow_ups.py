"""How a next step went: asked once, some weeks on, and told to whom one likes."""

from datetime import timedelta

from bot.store.tables import FollowUp
from playground.testing import JOOST, MEHMET, SANNE


def holds_a_session(year, bringer, others):
    year.brings(bringer)
    year.until(year.next().starts_at)
    for who in others:
        year.presses(who, "session:join")
    year.presses(bringer, "session:begin")
    assert year.plays_on([bringer, *others])


def home_shows(year):
    return str(year.home(SANNE).spec["blocks"])


def test_the_bringer_is_asked_how_the_step_went(year):
    year.founds()
    first = year.next()
    holds_a_session(year, SANNE, [MEHMET, JOOST])
    step = next(c for c in year.contributions() if c.kind == "next_step")
    assert step.author == SANNE
    year.until(first.starts_at + timedelta(days=20))
    assert "volgende stap. Hoe ging het?" not in year.last_direct(SANNE)
    year.until(first.starts_at + timedelta(days=22))
    asked = year.direct_messages(SANNE)[-1]
    assert "volgende stap. Hoe ging het?" in year.reads(asked)
    brought = "Hoe kan ik in contact blijven"
    assert year.reads(asked).index(brought) < year.reads(asked).index("Na de vragen")
    year.presses(SANNE, "follow_up:tell", on=asked)
    year.sends(
        SANNE,
        text="Ik heb haar gebeld, en het werd een goed gesprek.",
        question="Hoe zeg ik dat ik me zorgen maak?",
        share=["share"],
    )
    for told in (year.last_direct(SANNE), home_shows(year)):
        now = told.index("Hoe zeg ik dat ik me zorgen maak?")
        assert told.index(brought) < told.index("Na de vragen") < now
    assert "aan het begin van de volgende bijeenkomst" in year.last_direct(SANNE)
    year.presses(SANNE, "follow_up:tell", on=asked)
    year.sends(SANNE)  # what nobody touched stays as it was
    assert "aan het begin van de volgende bijeenkomst" in year.last_direct(SANNE)
    year.types(SANNE, "mijndata")
    year.stage.settle()
    told = "\n".join(year.reads(m) for m in year.direct_messages(SANNE)[-3:])
    assert "het werd een goed gesprek" in told
    year.until(year.next().starts_at + timedelta(minutes=1))
    since = year.posts("since")
    assert len(since) == 1
    assert "het werd een goed gesprek" in year.reads(since[0])
    year.until(year.now() + timedelta(days=40))
    assert year.rows(FollowUp) == []
    assert year.posts("since") == []
    assert brought not in home_shows(year)


def test_a_private_answer_stays_private(year):
    year.founds()
    first = year.next()
    holds_a_session(year, SANNE, [MEHMET, JOOST])
    year.until(first.starts_at + timedelta(days=22))
    asked = year.direct_messages(SANNE)[-1]
    year.presses(MEHMET, "follow_up:tell", on=asked)
    assert "volgende stap" not in year.last_direct(MEHMET)
    year.presses(SANNE, "follow_up:tell", on=asked)
    reply = year.sends(SANNE, text="  ", share=[])
    assert "errors" in str(reply)
    year.sends(SANNE, text="Nog niet begonnen.", share=[])
    assert "voor jou alleen" in year.last_direct(SANNE)
    year.until(year.next().starts_at + timedelta(minutes=1))
    assert year.posts("since") == []
    assert len(year.rows(FollowUp)) == 1
    year.types(SANNE, "vergeet")
    year.forgets(SANNE)
    assert year.rows(FollowUp) == []


def test_a_newer_answer_is_told_and_an_old_one_once(year):
    year.founds()
    first = year.next()
    holds_a_session(year, SANNE, [MEHMET, JOOST])
    year.until(first.starts_at + timedelta(days=22))
    asked = year.direct_messages(SANNE)[-1]

    def answers(text, *, share):
        year.presses(SANNE, "follow_up:tell", on=asked)
        year.sends(SANNE, text=text, share=["share"] if share else [])
        return year.last_direct(SANNE)

    assert "aan het begin van de volgende bijeenkomst" in answers("Ik heb gebeld.", share=True)
    year.until(year.next().starts_at + timedelta(minutes=5))
    assert "heeft dit al gehoord" in answers("Ik heb gebeld.", share=True)
    assert "heeft de groep gehoord; dit bewaar ik" in answers("Het ging weer mis.", share=False)
    assert "aan het begin van de volgende bijeenkomst" in answers("Het gaat beter.", share=True)
    year.until(year.now() + timedelta(days=3))
    year.until(year.next().starts_at + timedelta(minutes=5))
    assert [year.reads(post).count("Het gaat beter.") for post in year.posts("since")][-1] == 1

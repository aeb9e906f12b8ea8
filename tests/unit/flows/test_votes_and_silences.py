"""Votes, silences, caps and fields: what a method file says of them holds in a session."""

from datetime import timedelta

import pytest

from bot.errors import Refusal
from bot.flows.method import Method
from bot.flows.session import commands as c
from bot.flows.session import effects as e
from bot.flows.session.state import awaited
from tests.unit.flows.dialogue import Dialogue, of

TEXT = {"nl": "Tekst", "en": "Text"}
PEOPLE = ("ann", "bo", "cas", "dee")


def begins(*steps: dict, **changes) -> Dialogue:
    """Return a session that begins with these steps, each told without its id and texts."""
    every = [*steps, {"kind": "discuss", "collects": "insight"}, {"kind": "reflect"}]
    told = [
        {"id": f"step-{n}", "title": TEXT, "prompt": TEXT, "minutes": 2, **step}
        for n, step in enumerate(every)
    ]
    whole = {"id": "ours", "title": TEXT, "summary": TEXT, "kinds": ["learning"], "steps": told}
    return Dialogue(Method.model_validate(whole), PEOPLE, **changes).begins()


def votes(tie: str = "group") -> Dialogue:
    return begins({"kind": "vote", "options": [TEXT] * 3, "tie": tie})


def chooses(talk: Dialogue, who: str, option: int) -> list[e.Effect]:
    return talk.do(c.Vote(by=who, option=option))


def test_a_vote_counts_each_once_as_they_chose_last():
    talk = votes()
    for who, option in (("bo", 0), ("bo", 2), ("cas", 1), ("dee", 2)):
        assert of(e.Tally, chooses(talk, who, option)) == []
    tally = e.Tally(step="step-0", votes=(0, 2, 2), tied=(1, 2))
    assert of(e.Tally, chooses(talk, "ann", 1)) == [tally]
    assert talk.step == "step-1"


def test_who_left_does_not_count_in_a_vote():
    talk = votes()
    chooses(talk, "bo", 0)
    talk.do(c.Leave(by="bo"))
    chooses(talk, "cas", 1)
    talk.do(c.Pass(by="dee"))
    (tally,) = of(e.Tally, talk.do(c.Pass(by="ann")))
    assert (tally.votes, tally.tied) == ((0, 1, 0), ())


def test_a_vote_without_votes_says_so_and_goes_on():
    talk = votes("bringer")
    talk.waits()
    (tally,) = of(e.Tally, talk.waits())
    assert (tally.votes, tally.tied, talk.step) == ((0, 0, 0), (), "step-1")


def test_the_bringer_chooses_from_a_tie():
    talk = votes("bringer")
    for who, option in (("bo", 0), ("cas", 0), ("dee", 2)):
        chooses(talk, who, option)
    (tally,) = of(e.Tally, chooses(talk, "ann", 2))
    assert (tally.tied, talk.step) == ((0, 2), "step-0")
    assert awaited(talk.session, talk.method) == ("ann",)
    for who, option, key in (("bo", 0, "bringer_only"), ("ann", 1, "vote_tied")):
        with pytest.raises(Refusal, match=key):
            chooses(talk, who, option)
    assert [each.chosen for each in of(e.Tally, chooses(talk, "ann", 2))] == [2]
    assert talk.step == "step-1"


@pytest.mark.parametrize("leaves", [c.Pass(by="ann"), c.Next(by="bo"), None])
def test_a_tie_that_nobody_decides_holds_up_nobody(leaves):
    talk = votes("bringer")
    for who, option in (("ann", 0), ("bo", 0), ("cas", 1), ("dee", 1)):
        chooses(talk, who, option)
    if leaves is None:
        talk.waits()
        talk.waits()
    else:
        talk.do(leaves)
    assert talk.step == "step-1"


def test_what_is_no_option_is_no_vote():
    talk = votes()
    for option in (-1, 3):
        with pytest.raises(Refusal, match="vote_past"):
            chooses(talk, "bo", option)


def test_a_vote_that_is_stopped_is_counted():
    talk = votes()
    chooses(talk, "bo", 1)
    assert of(e.Tally, talk.do(c.Stop(by="ann")))[0].votes == (0, 1, 0)


@pytest.mark.parametrize("mode", ["live", "async"])
def test_a_silence_lasts_its_minutes(mode):
    talk = begins({"kind": "silence", "minutes": 2}, mode=mode)
    for by in ("ann", "bo"):
        with pytest.raises(Refusal, match="silence_held"):
            talk.do(c.Next(by=by))
    with pytest.raises(Refusal, match="silence_held"):
        talk.do(c.AskProcessCheck(by="ann", steps=()))
    talk.waits(length=timedelta(minutes=1))
    assert talk.step == "step-0"
    effects = talk.waits(length=timedelta(minutes=1))
    assert talk.step == "step-1"
    assert not any(said.key in ("time_up", "two_minutes") for said in of(e.Say, effects))


def test_who_leads_can_end_a_silence():
    talk = begins({"kind": "silence"}, facilitator="bo")
    talk.do(c.Next(by="bo"))
    assert talk.step == "step-1"


def test_a_pause_keeps_what_is_left_of_a_silence():
    talk = begins({"kind": "silence", "minutes": 3})
    talk.now += timedelta(minutes=2)
    talk.do(c.Pause(by="bo"))
    talk.now += timedelta(days=1)
    talk.do(c.Resume(by="bo"))
    assert talk.session.position.until - talk.now == timedelta(minutes=1)


@pytest.mark.parametrize("mode", ["live", "async"])
def test_what_is_written_in_a_silence_is_kept(mode):
    talk = begins({"kind": "silence"}, mode=mode)
    first, second = talk.says("bo", "stil"), talk.says("bo", "stiller")
    assert [kept.text for kept in talk.kept] == ["stil", "stiller"]
    assert [told.key for told in of(e.Whisper, first + second)] == ["silence"]


def capped(**at_most: int) -> Dialogue:
    return begins({"kind": "discuss", "collects": "question", "at_most": at_most})


def test_what_is_over_a_cap_gets_a_private_word():
    talk = capped(each=2)
    effects = [effect for _ in range(4) for effect in talk.says("bo")]
    assert (len(of(e.Keep, effects)), of(e.Whisper, effects)) == (
        2,
        [e.Whisper(to="bo", key="capped_each")],
    )
    assert of(e.Keep, talk.says("cas"))
    with pytest.raises(Refusal, match="capped_each"):
        talk.writes("bo")


def test_a_cap_for_all_together():
    talk = capped(together=2)
    told = [of(e.Whisper, talk.says(who)) for who in ("bo", "cas", "dee")]
    assert told == [[], [], [e.Whisper(to="dee", key="capped")]]


def test_who_takes_a_question_back_may_ask_another():
    talk = capped(each=1)
    talk.says("bo")
    talk.do(c.Withdraw(by="bo", ref="r1", contribution="k1", step="step-0"))
    assert of(e.Keep, talk.says("bo"))


def test_a_round_ends_when_it_has_its_questions():
    talk = begins(
        {"kind": "round", "collects": "question", "rounds": 3, "at_most": {"together": 4}}
    )
    for _ in range(4):
        last = talk.says(talk.floor)
    assert talk.step == "step-1"
    assert "capped" in [said.key for said in of(e.Say, last)]


def test_a_round_passes_over_who_has_asked_enough():
    talk = begins({"kind": "round", "collects": "question", "rounds": 2, "at_most": {"each": 1}})
    for _ in range(3):
        talk.says(talk.floor)
    assert talk.step == "step-1"


@pytest.mark.parametrize("kind", ["present", "respond"])
def test_the_fields_of_a_bringer_are_shown_together(kind):
    collects = {"collects": "next_step"} if kind == "respond" else {}
    talk = begins({"kind": kind, "fields": [TEXT] * 3, **collects})
    told = c.Contribute(by="ann", id="k", text="een", more=("", "drie"))
    effects = talk.do(told)
    assert [(kept.text, kept.round) for kept in of(e.Keep, effects)] == [("een", 1), ("drie", 3)]
    assert of(e.Reveal, effects) == [e.Reveal(step="step-0", names=True, only=("k", "k-3"))]
    assert talk.step == ("step-0" if kind == "present" else "step-1")

"""Whose turn it is: passing, swapping, offering, being asked, and undoing each."""

from datetime import timedelta

from playground.reading import block, find, mentioned
from playground.testing import ESTHER, FATIMA, FOUR, JOOST, MEHMET, SANNE, form_of


def test_swaps_that_cannot_be_are_told(year):
    year.founds()
    year.until(year.next().starts_at - timedelta(days=7))
    rota = year.answer_message(SANNE, "beurt")
    for who, why in [(SANNE, "Met jezelf"), (FATIMA, "niet in de beurtlijst")]:
        year.presses(SANNE, "meeting:swap", on=rota)
        reply = year.sends(SANNE, colleague=who)
        assert why in reply.body["errors"]["colleague"], reply.body
        year.slack.close(SANNE, year.slack.views(SANNE)[-1].id)
    year.presses(SANNE, "meeting:swap", on=rota)
    year.sends(SANNE, colleague=MEHMET)
    asked = year.direct_messages(MEHMET)[-1]
    year.slack.leave(SANNE, year.channel)
    year.stage.settle()
    year.presses(MEHMET, "meeting:swap_yes", on=asked)
    assert any("niet in de beurtlijst" in year.reads(m) for m in year.direct_messages(MEHMET))


def test_each_change_of_turns_is_undone_with_one_button(year):
    year.founds()
    year.until(year.next().starts_at - timedelta(days=5))

    def bringer():
        return year.reads(year.announcement()).split(" brengt een casus in")[0].split("\n")[-1]

    assert bringer() == "Sanne"
    year.presses(SANNE, "meeting:pass", on=year.direct_messages(SANNE)[-1])
    assert bringer() == "Mehmet"
    year.presses(SANNE, "meeting:unpass", on=year.direct_messages(SANNE)[-1])
    assert bringer() == "Sanne"
    year.presses(JOOST, "meeting:offer", on=year.answer_message(JOOST, "beurt"))
    assert bringer() == "Joost"
    year.presses(JOOST, "meeting:pass", on=year.answer_message(JOOST, "beurt"))
    assert bringer() == "Sanne"
    year.presses(JOOST, "meeting:unpass", on=year.direct_messages(JOOST)[-1])
    assert bringer() == "Joost"
    year.presses(JOOST, "meeting:pass", on=year.answer_message(JOOST, "beurt"))
    year.presses(SANNE, "meeting:assign", on=year.answer_message(SANNE, "beurt"))
    year.sends(SANNE, colleague=JOOST)
    assert bringer() == "Joost"
    year.presses(SANNE, "meeting:unassign", on=year.direct_messages(SANNE)[-1])
    assert bringer() == "Sanne"
    assert find(year.answer_message(JOOST, "beurt").blocks, "meeting:unpass")  # passes still
    year.presses(SANNE, "meeting:assign", on=year.answer_message(SANNE, "beurt"))
    year.sends(SANNE, colleague=ESTHER)
    assert bringer() == "Esther"
    year.presses(SANNE, "meeting:unassign", on=year.direct_messages(SANNE)[-1])
    assert bringer() == "Sanne"
    year.presses(SANNE, "meeting:swap", on=year.answer_message(SANNE, "beurt"))
    year.sends(SANNE, colleague=MEHMET)
    year.presses(MEHMET, "meeting:swap_yes", on=year.direct_messages(MEHMET)[-1])
    assert bringer() == "Mehmet"
    year.presses(MEHMET, "meeting:unswap", on=year.direct_messages(MEHMET)[-1])
    assert bringer() == "Sanne"


def test_those_concerned_hear_of_changed_turns(year):
    year.founds()
    year.until(year.next().starts_at - timedelta(days=5))

    def heard(who):
        """What somebody heard since one last looked."""
        seen = year.direct_messages(who)
        new, known[who] = seen[known.get(who, 0) :], len(seen)
        return " / ".join(year.reads(m, who) for m in new)

    known = {}
    for who in FOUR:
        heard(who)
    year.presses(SANNE, "meeting:pass", on=year.direct_messages(SANNE)[-1])
    year.stage.pass_time(timedelta())
    assert "jij aan de beurt" in heard(MEHMET)
    year.presses(SANNE, "meeting:unpass", on=year.direct_messages(SANNE)[-1])
    assert "Het is teruggedraaid. Sanne brengt een casus in." in heard(SANNE)
    assert "hoef jij in #intervisie niets in te brengen. Sanne brengt" in heard(MEHMET)

    year.presses(JOOST, "meeting:offer", on=year.answer_message(JOOST, "beurt"))
    assert "Fijn, jij brengt iets in" in heard(JOOST)
    assert find(year.direct_messages(JOOST)[-1].blocks, "intake:for")
    assert "Joost brengt een casus in" in heard(SANNE)
    year.presses(JOOST, "meeting:unassign", on=year.direct_messages(JOOST)[-1])
    year.stage.pass_time(timedelta())
    assert "teruggedraaid" in heard(JOOST)
    assert "jij aan de beurt" in heard(SANNE)

    year.presses(SANNE, "meeting:assign", on=year.answer_message(SANNE, "beurt"))
    year.sends(SANNE, colleague=ESTHER)
    assert "Sanne vraagt of jij op" in heard(ESTHER)
    assert "Ik vraag Esther namens jou" in heard(SANNE)
    year.presses(SANNE, "meeting:unassign", on=year.direct_messages(SANNE)[-1])
    assert "niets in te brengen" in heard(ESTHER)

    year.presses(SANNE, "meeting:swap", on=year.answer_message(SANNE, "beurt"))
    year.sends(SANNE, colleague=MEHMET)
    assert "Ik heb het Mehmet gevraagd" in heard(SANNE)
    year.presses(MEHMET, "meeting:swap_yes", on=year.direct_messages(MEHMET)[-1])
    assert heard(SANNE).startswith("Jij en Mehmet hebben van beurt geruild.")
    year.presses(ESTHER, "meeting:coming", on=year.announcement())
    assert not heard(SANNE)  # who swapped knows whose turn it is
    year.presses(SANNE, "meeting:unswap", on=year.direct_messages(SANNE)[-1])
    assert "Sanne brengt een casus in" in heard(SANNE)
    assert heard(MEHMET).endswith(
        "Sanne heeft de ruil ongedaan gemaakt. Alles staat weer zoals eerst."
    )

    year.presses(SANNE, "meeting:away", on=year.announcement())
    assert "Je houdt je plek" in heard(SANNE)
    assert "Mehmet brengt een casus in" in year.reads(year.announcement())
    year.presses(SANNE, "meeting:coming", on=year.direct_messages(SANNE)[-1])
    assert "Sanne brengt een casus in" in year.reads(year.announcement())
    year.presses(SANNE, "meeting:coming", on=year.announcement())
    heard(SANNE)
    year.presses(SANNE, "meeting:coming", on=year.announcement())
    assert heard(SANNE) == "Dat weet ik al: je bent erbij."


def test_the_rota_tells_when_each_will_bring_and_brought(year):
    year.founds()
    year.brings(SANNE)
    year.until(year.next().starts_at)
    under_way = year.answer_message(JOOST, "beurt")
    assert "Nu bezig: dinsdag 12 januari" in year.reads(under_way)
    assert not find(under_way.blocks, "meeting:swap")
    year.types(JOOST, "bijeenkomst")  # the one after this can be moved already
    assert next(b for b in form_of(year, JOOST) if b["block_id"] == "on")["element"][
        "initial_date"
    ].startswith("2027-02-09")
    year.slack.close(JOOST, year.slack.views(JOOST)[-1].id)
    year.holds(SANNE, [MEHMET, JOOST])
    year.types(MEHMET, "afwezig")
    year.sends(MEHMET, away_from="2027-02-01", away_until="2027-02-20")
    shown = year.reads(year.answer_message(JOOST, "beurt"))
    assert "9 februari 2027 om 16:00\nEsther brengt een casus in." in shown
    assert shown[shown.index("1. ") :].split("\n")[:4] == [
        "1. Mehmet · 9 mrt 2027 · nog niet geweest",
        "2. Esther · 9 feb 2027 · nog niet geweest",
        "3. Joost · 13 apr 2027 · nog niet geweest",
        "4. Sanne · 11 mei 2027 · bracht een casus in op 12 jan 2027",
    ]


def test_a_rota_of_one_still_answers(year):
    year.founds(members=FOUR[:3])
    for who in FOUR[1:3]:
        year.presses(who, "member:leave", on=year.answer_message(who, "groep"))
    rota = year.answer_message(SANNE, "beurt")
    assert "Sanne brengt een casus in." in year.reads(rota)
    year.presses(SANNE, "meeting:swap", on=rota)
    reply = year.sends(SANNE, colleague=MEHMET)
    assert "niet in de beurtlijst" in reply.body["errors"]["colleague"]
    year.until(year.next().starts_at - timedelta(days=5))
    year.presses(SANNE, "meeting:pass", on=year.direct_messages(SANNE)[-1])
    assert "Wie wil?" in year.reads(year.announcement())


def test_everyone_passing_leaves_the_place_open(year):
    year.founds()
    year.until(year.next().starts_at - timedelta(days=5))
    for who in FOUR:
        year.presses(who, "meeting:pass", on=year.answer_message(who, "beurt"))
    assert "Wie wil?" in year.reads(year.announcement())


def test_an_undo_button_is_for_members_of_the_group_alone(year):
    year.founds()
    year.until(year.next().starts_at - timedelta(days=5))
    year.presses(FATIMA, "meeting:coming", on=year.announcement())
    assert "0 van de 4" in year.reads(year.announcement())


def test_who_comes_is_answered_before_the_announcement_too(year):
    year.founds()
    founded = year.posts("founded")[-1]
    year.slack.press(SANNE, "meeting:coming", value=year.next().id, message=founded)
    year.stage.settle()
    assert "Genoteerd: jij bent erbij." in year.whispered(SANNE)[-1]


def test_who_comes_back_begins_at_the_end(year):
    year.founds()
    year.until(year.next().starts_at - timedelta(days=5))

    def order():
        lines = block(year.answer_message(SANNE, "beurt").blocks, "rota-order").split("\n")
        return [mentioned(line)[0] for line in lines]

    def leads():
        return year.reads(year.announcement()).split(" begeleidt")[0].split()[-1]

    assert (order()[1], leads()) == (MEHMET, "Esther")
    for who in (MEHMET, JOOST):
        year.presses(who, "member:leave", on=year.answer_message(who, "groep"))
        year.stage.pass_time(timedelta())
        assert leads() == "Esther"
        year.answered(who, "meedoen")
        assert order()[-1] == who
    assert leads() == "Esther"


def test_three_who_press_in_one_second_each_hear_what_is_so(year):
    year.founds()
    year.until(year.next().starts_at - timedelta(days=5))
    others = (MEHMET, ESTHER, JOOST)
    cards = {who: year.answer_message(who, "beurt") for who in others}
    for who in others:
        year.presses(who, "meeting:offer", on=cards[who])
    assert year.last_direct(MEHMET).startswith("Fijn, jij brengt iets in.")
    for who in (ESTHER, JOOST):
        assert "Nu staat het zo: Mehmet brengt een casus in." in year.last_direct(who)
    announced = year.announcement()
    for who in others:
        year.presses(who, "meeting:coming", on=announced)
    assert "3 van de 4" in year.reads(year.announcement())
    year.types(SANNE, "bijeenkomst")
    year.sends(SANNE, what="skip", reason="Te druk.")
    skipped = year.posts("skipped")[-1]
    for who in others:
        year.presses(who, "meeting:unskip", on=skipped)
    said = [year.reads(message) for message in year.slack.messages(SANNE, year.channel)]
    assert sum("weer op de agenda gezet" in text for text in said) == 1
    for who in (ESTHER, JOOST):
        assert "staat gewoon op de agenda" in year.whispered(who)[-1]
    year.until(year.next().starts_at + timedelta(days=10))
    year.presses(ESTHER, "meeting:away", on=announced)
    assert "al geweest" in year.whispered(ESTHER)[-1]


def test_what_was_brought_before_the_founding_is_known(year):
    year.begins(SANNE, [MEHMET, ESTHER])
    year.until(year.now() + timedelta(days=3))
    year.chooses(SANNE, "stop")
    year.founds(accept=False)  # they are in it already, but for Joost
    told = year.reads(year.answer_message(SANNE, "beurt"))
    assert "bracht een casus in op 7 jan 2027" in told
    assert told.count("nog niet geweest") == 2
    year.types(SANNE, "geschiedenis")
    assert "7 januari 2027" in str(form_of(year, SANNE))


def test_a_lead_who_left_undoes_nothing(year):
    year.founds()
    year.until(year.next().starts_at - timedelta(days=5))
    year.presses(SANNE, "meeting:assign", on=year.answer_message(SANNE, "beurt"))
    year.sends(SANNE, colleague=ESTHER)
    done = year.direct_messages(SANNE)[-1]
    year.slack.leave(SANNE, year.channel)
    year.stage.settle()
    year.presses(SANNE, "meeting:unassign", on=done)
    assert "Je zit niet in #intervisie" in year.last_direct(SANNE)
    assert "Esther brengt een casus in" in block(
        year.answer_message(MEHMET, "beurt").blocks, "rota-next"
    ).replace(f"<@{ESTHER}>", "Esther")

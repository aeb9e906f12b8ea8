"""Whoever brings nothing on their turn: the group goes on, and they keep their place."""

from datetime import timedelta

import pytest

from playground.reading import block, elements, find, mentioned
from playground.testing import DAY, ESTHER, FOUR, MEHMET, SANNE


def in_turn(year):
    """Return who brings a case to the next meeting, as the newest announcement says."""
    return block(year.announcement().blocks, "meeting").split("\n")[-1]


def lets_go_by(year):
    """Pass the next meeting without a case."""
    starts = year.next().starts_at
    year.until(starts + 3 * DAY)


def pressed(message):
    return [each["action_id"] for _, each in elements(message.blocks)]


def asked(year, who):
    """Return the direct messages that ask somebody what they wish after they brought nothing."""
    return [m for m in year.direct_messages(who) if find(m.blocks, "meeting:rest")]


def test_a_silent_member_calls_off_one_meeting_in_a_year(year):
    year.founds()
    lets_go_by(year)  # it was Sanne's turn
    (what,) = asked(year, SANNE)
    assert "jij houdt je plek" in year.reads(what, SANNE)
    assert pressed(what) == ["meeting:return", "meeting:rest", "intake:positive", "intake:theme"]
    while len([m for m in year.meetings() if m.status in ("held", "missed")]) < 12:
        year.until(year.next().starts_at - 10 * DAY)
        bringer = mentioned(in_turn(year))[0]
        year.meets(bringer, [who for who in FOUR if who != bringer])
    assert [m.status for m in year.meetings()][:12] == ["missed", *["held"] * 11]
    assert len(asked(year, SANNE)) == 1
    assert SANNE not in year.brought()
    order = block(year.answer_message(SANNE, "beurt").blocks, "rota-order").split("\n")
    assert order[0].startswith("1. <@" + SANNE)
    assert "Jouw beurt sla ik nu over" in year.reads(year.answer_message(SANNE, "beurt"))


def test_who_says_next_time_is_asked_and_the_turn_goes_on_a_week_before(year):
    year.founds()
    lets_go_by(year)
    year.presses(SANNE, "meeting:return", on=asked(year, SANNE)[0])
    assert "ben jij aan de beurt" in year.last_direct(SANNE)
    following = year.next().starts_at
    year.until(following - 12 * DAY)
    assert in_turn(year).startswith("<@" + SANNE)
    year.until(following - 6 * DAY)
    assert in_turn(year).startswith("<@" + MEHMET)
    assert "is er nog niet" in year.last_direct(SANNE)
    assert "jij aan de beurt" in year.last_direct(MEHMET)
    year.brings(SANNE)  # after all: it waits behind Mehmet's, and opens as there is none
    year.until(following + timedelta(hours=1))
    assert "Sanne brengt een casus in" in year.board_says()
    year.holds(SANNE, [MEHMET, ESTHER])
    assert year.brought() == [SANNE]


def test_who_hands_in_a_case_has_their_turn_again_at_once(year):
    year.founds(rule="2 weeks")
    lets_go_by(year)
    year.presses(SANNE, "meeting:rest", on=asked(year, SANNE)[0])
    assert "Ik sla je over" in year.last_direct(SANNE)
    following = year.next().starts_at
    year.until(following - 10 * DAY)
    assert in_turn(year).startswith("<@" + MEHMET)
    year.brings(SANNE)
    year.stage.pass_time(timedelta(minutes=1))
    assert in_turn(year).startswith("<@" + SANNE)
    assert "hoef jij" in year.last_direct(MEHMET)


def test_who_changes_their_mind_about_resting_has_turns_again(year):
    year.founds()
    lets_go_by(year)
    year.presses(SANNE, "meeting:rest", on=asked(year, SANNE)[0])
    year.presses(SANNE, "meeting:return", on=year.direct_messages(SANNE)[-1])
    assert "ben jij aan de beurt" in year.last_direct(SANNE)
    year.presses(MEHMET, "meeting:rest", on=asked(year, SANNE)[0])  # not his to press
    assert "lopen gewoon door" in year.last_direct(MEHMET)


@pytest.mark.parametrize(
    ("kind", "asks"),
    [("positive", "Wat gebeurde er?"), ("theme", "Er hoeft niets gebeurd te zijn")],
)
def test_who_has_no_case_brings_something_else(year, kind, asks):
    year.founds()
    lets_go_by(year)
    year.presses(SANNE, f"intake:{kind}", on=asked(year, SANNE)[0])
    year.tells_bot(SANNE, "Iets van vorige week")
    assert asks in year.last_direct(SANNE)


def test_who_passes_or_says_that_there_is_none_hears_what_else_can_be(year):
    year.founds()
    year.until(year.next().starts_at - 5 * DAY)
    year.presses(SANNE, "meeting:pass", on=year.direct_messages(SANNE)[-1])
    assert {"intake:positive", "intake:theme"} < set(pressed(year.direct_messages(SANNE)[-1]))
    assert "net zo goed" in year.tells_bot(MEHMET, "Ik heb geen casus.")
    year.presses(MEHMET, "intake:theme", on=year.direct_messages(MEHMET)[-1])
    assert "net zo goed" in year.tells_bot(MEHMET, "ik heb niks")
    assert find(year.direct_messages(MEHMET)[-1].blocks, "intake:positive")


def test_meetings_that_do_not_happen_are_not_told_in_one_sentence(year):
    year.founds(rule="2 weeks")
    for _ in range(6):
        lets_go_by(year)
    told = [year.reads(m).split("bijeenkomst:")[0] for m in year.posts("line")]
    off = [text for text in told if "kwam" in text]
    assert len(off) == 6 == len(set(off))
    assert len(year.posts("what-now")) == 1
    assert all(len(asked(year, who)) == 1 for who in FOUR)

"""Spoken sessions and who leads them, told as dialogues."""

from datetime import datetime, timedelta

import pytest

from bot.blocks.session.board import board
from bot.errors import Refusal
from bot.flows.session import commands as c
from bot.flows.session import effects as e
from bot.flows.session.pace import EXTENSION, GRACE_PERIOD
from bot.flows.types import Ending, Guidance, Mode
from bot.i18n import words
from tests.unit.flows.dialogue import Dialogue, of

MINUTE = timedelta(minutes=1)


def spoken(method: str = "basic", **changes) -> Dialogue:
    return Dialogue(method, mode=Mode.LIVE, **changes).begins()


def minutes(talk: Dialogue) -> float:
    return (talk.session.position.until - talk.now) / MINUTE


def next_tick(effects: list[e.Effect]) -> datetime | None:
    timers = [each.due for each in of(e.SetTimer, effects) if each.name == "turn"]
    return timers[-1] if timers else None


def keys(effects: list[e.Effect]) -> list[str]:
    return [said.key for said in of(e.Say, effects)]


def test_a_whole_session_is_held_without_a_written_word():
    talk = spoken()
    for _ in range(3):
        talk.do(c.Done(by=talk.floor))
    assert talk.step == "present"
    talk.do(c.Done(by="ann"))
    for _ in range(2):
        talk.do(c.Done(by=talk.floor))
    assert talk.step == "restate"
    talk.do(c.Done(by="ann"))
    talk.do(c.Choose(by="ann", open=True))
    for who in ("bo", "cas"):
        talk.do(c.Done(by=who))
    assert talk.step == "tray"  # what lies on it was said aloud
    talk.do(c.Done(by="ann"))
    talk.do(c.Done(by="ann"))
    for who in ("ann", "bo", "cas"):
        talk.do(c.Done(by=who))
    assert talk.session.ending is Ending.FINISHED
    assert not talk.kept


def test_a_shut_gate_has_no_tray_when_spoken():
    talk = spoken().to("restate")
    talk.do(c.Done(by="ann"))
    talk.do(c.Choose(by="ann", open=False))
    assert talk.step == "next-step"


def test_steps_stretch_to_the_minutes_of_the_group():
    assert minutes(spoken().to("questions")) == 20
    talk = spoken(minutes=2 * spoken().method.lasts(3))
    assert minutes(talk.to("questions")) == 40


def test_the_time_of_a_step_goes_on_from_turn_to_turn():
    talk = spoken().to("questions")
    talk.now += 3 * MINUTE
    talk.do(c.Done(by=talk.floor))
    assert minutes(talk) == 17


def test_the_board_counts_down():
    talk = spoken().to("questions")
    shown = []
    due = talk.now
    while talk.step == "questions" and len(shown) < 40:
        due = next_tick(effects := talk.do(c.TimeUp(timer="turn", due=due))) or due
        shown += keys(effects)
        talk.now = due
    assert shown[:2] == ["two_minutes", "time_up"]
    assert talk.step == "restate"  # nobody answered the clock: it goes on


def test_the_board_shows_the_minutes_that_are_left():
    talk = spoken().to("questions")
    says = words("nl")
    later = talk.now + 1.5 * MINUTE
    shown = str(board(talk.session, talk.method, "Titel", says, later, {}, readers="…"))
    assert "Nog 19 minuten" in shown


def test_more_time_is_one_button_also_when_time_was_up():
    talk = spoken().to("questions")
    talk.do(c.MoreTime(by="cas"))
    assert minutes(talk) == 25
    talk.waits()
    assert talk.session.position.nudged
    talk.do(c.MoreTime(by="bo"))
    assert minutes(talk) == EXTENSION / MINUTE
    assert talk.step == "questions"


def test_the_last_sign_can_be_undone():
    talk = spoken().to("questions")
    talk.waits()
    talk.waits("turn", GRACE_PERIOD)
    assert talk.step == "restate"
    talk.do(c.Back(by="bo"))
    assert talk.step == "questions"


def test_a_pause_keeps_the_minutes_that_were_left():
    talk = spoken().to("questions")
    talk.now += 15 * MINUTE
    talk.do(c.Pause(by="bo"))
    talk.now += timedelta(hours=3)
    talk.do(c.Resume(by="bo"))
    assert minutes(talk) == 5


def test_only_turn_and_facilitator_press_done():
    talk = spoken()
    first = talk.floor
    other = next(who for who in ("ann", "bo", "cas") if who != first)
    with pytest.raises(Refusal, match="not_your_turn"):
        talk.do(c.Done(by=other))
    talk = spoken(facilitator="cas")
    for _ in range(3):
        talk.do(c.Done(by="cas"))
    assert talk.step == "present"


def test_typing_in_a_spoken_turn_keeps_the_floor():
    talk = spoken().to("questions")
    asker = talk.floor
    talk.says(asker, "Wat raakte je?")
    assert talk.floor == asker
    assert talk.kept[-1].author == asker
    silent = talk.says("ann" if asker != "ann" else "bo", "Mooi.")
    assert not of(e.Whisper, silent)


def test_a_session_goes_over_into_writing_and_back():
    talk = spoken().to("questions")
    effects = talk.do(c.GoAsync(by="bo"))
    assert keys(effects) == ["async"]
    assert talk.session.position.until - talk.now >= timedelta(hours=24)
    asker = talk.floor
    talk.says(asker, "Wat raakte je?")
    assert talk.floor == "ann"
    talk.do(c.GoLive(by="cas"))
    assert talk.floor == asker
    assert minutes(talk) == 20


def test_in_writing_a_turn_ends_in_working_hours():
    friday = Dialogue()
    friday.now = datetime.fromisoformat("2026-11-27T16:00:00+00:00")
    friday.begins()
    assert friday.session.position.until == datetime.fromisoformat("2026-11-30T08:00:00+00:00")


# who leads


def test_somebody_takes_the_lead_and_gets_the_crib_sheet():
    talk = Dialogue().begins()
    effects = talk.do(c.Facilitate(by="bo"))
    assert keys(effects) == ["leads"]
    assert of(e.Crib, effects) == [e.Crib(to="bo")]
    assert talk.session.facilitator == "bo"


def test_who_disappears_is_relieved_and_all_hear_it():
    talk = Dialogue().begins()
    talk.do(c.Facilitate(by="bo"))
    effects = talk.do(c.Facilitate(by="cas"))
    assert [(said.key, said.who, said.other) for said in of(e.Say, effects)] == [
        ("relieves", "cas", "bo")
    ]
    assert e.Crib(to="bo", over=True) in effects
    with pytest.raises(Refusal, match="leads_not"):
        talk.do(c.HandBack(by="bo"))


def test_who_brings_the_case_does_not_lead_it():
    with pytest.raises(Refusal, match="bringer_leads"):
        Dialogue().begins().do(c.Facilitate(by="ann"))


def test_a_leader_who_leaves_or_never_comes_holds_up_nobody():
    talk = Dialogue(people=("ann", "bo", "cas", "dee")).begins()
    talk.do(c.Facilitate(by="bo"))
    assert "leader_left" in keys(talk.do(c.Leave(by="bo")))
    assert talk.session.facilitator is None
    absent = Dialogue(facilitator="dee")
    assert "leader_absent" in keys(absent.do(c.Begin(by="ann")))
    assert absent.session.facilitator is None


def test_whose_turn_it_is_to_lead_gets_the_crib_sheet_on_joining():
    talk = Dialogue(facilitator="dee")
    assert e.Crib(to="dee") in talk.do(c.Join(by="dee"))
    assert "who_leads" not in keys(talk.do(c.Begin(by="ann")))


def test_a_supported_group_hears_that_one_of_them_may_lead():
    talk = Dialogue(guidance=Guidance.SUPPORTED)
    assert "who_leads" in keys(talk.do(c.Begin(by="ann")))

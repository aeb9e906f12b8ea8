"""The rules of a session, told as dialogues."""

from datetime import timedelta

import pytest

from bot.errors import Refusal
from bot.flows.session import commands as c
from bot.flows.session import effects as e
from bot.flows.types import Ending, Phase, ReplyWord
from tests.unit.flows.dialogue import Dialogue, of


def test_a_whole_basic_session():
    talk = Dialogue().begins()
    for _ in range(3):
        talk.says(talk.floor)
    assert talk.step == "present"
    talk.says("ann", "Er is nog iets.")
    talk.do(c.Done(by="ann"))
    assert talk.step == "questions"
    for _ in range(2):
        asker = talk.floor
        talk.says(asker, "Wat raakte je?")
        assert talk.floor == "ann"
        talk.says("ann", "Dit.")
    assert talk.step == "restate"
    talk.says("ann", "Hoe kan ik …?")
    talk.do(c.Choose(by="ann", open=True))
    assert talk.step == "advice"
    talk.writes("bo", "Ik zou …")
    sealed = talk.writes("cas", "Ik zou …")
    assert not of(e.Reveal, sealed)
    assert talk.step == "tray"
    talk.do(c.Pick(by="ann", picked=("k1",)))
    talk.says("ann", "Ik ga bellen.")
    assert talk.step == "reflection"
    for who in ("ann", "bo"):
        talk.do(c.Reflect(by=who, useful=4, safe=5))
    ended = talk.do(c.Reflect(by="cas", takeaway="Rust.", share=True))
    assert of(e.ShareReflection, ended)
    assert of(e.SendHarvest, ended)
    assert talk.session.ending is Ending.FINISHED


def test_an_answer_belongs_to_its_question():
    talk = Dialogue().to("questions")
    talk.says(talk.floor, "Wat raakte je?")
    talk.says("ann", "Dit.")
    question, answer = talk.kept
    assert answer.answers == question.id


def test_each_round_begins_with_somebody_else():
    talk = Dialogue("positive").to("what")
    first = talk.floor
    talk.to("how")
    assert talk.floor != first


def test_a_question_in_two_messages_stays_one_turn():
    talk = Dialogue().to("questions")
    asker = talk.floor
    talk.says(asker, "Je zei net iets.")
    talk.says(asker, "Wat bedoelde je daarmee?")
    assert [k.kind for k in talk.kept] == ["question", "question"]
    assert talk.floor == "ann"


def test_who_passes_is_told_it_is_fine_and_the_floor_moves_on():
    talk = Dialogue().to("questions")
    passer = talk.floor
    effects = talk.do(c.Pass(by=passer))
    assert of(e.Whisper, effects) == [e.Whisper(to=passer, key="passed")]
    assert talk.floor not in (passer, "ann")


def test_who_says_later_comes_at_the_end_and_only_once():
    talk = Dialogue(people=("ann", "bo", "cas", "dee")).to("questions")
    late = talk.floor
    talk.do(c.Later(by=late))
    assert talk.session.position.queue[-1] == late
    while talk.floor != late:
        talk.do(c.Pass(by=talk.floor))
    with pytest.raises(Refusal, match="later_once"):
        talk.do(c.Later(by=late))


def test_time_first_nudges_then_moves_to_the_end_then_moves_on():
    talk = Dialogue().to("questions")
    slow = talk.floor
    assert of(e.Say, talk.waits())[0].key == "nudge_turn"
    assert talk.floor == slow
    talk.waits()
    assert talk.floor != slow
    talk.do(c.Pass(by=talk.floor))
    assert talk.floor == slow
    talk.waits()
    talk.waits()
    assert talk.step == "restate"


def test_an_unanswered_question_does_not_hold_up_the_round():
    talk = Dialogue().to("questions")
    asker = talk.floor
    talk.says(asker)
    assert of(e.Say, talk.waits())[0].key == "nudge_answer"
    talk.waits()
    assert talk.floor not in (asker, "ann")


def test_a_withdrawn_question_gives_the_floor_back():
    talk = Dialogue().to("questions")
    asker = talk.floor
    talk.says(asker)
    kept = talk.kept[-1]
    effects = talk.do(c.Withdraw(by=asker, ref=kept.ref, contribution=kept.id))
    assert of(e.Erase, effects)
    assert talk.floor == asker


def test_what_others_write_is_not_counted_and_told_once_a_step():
    talk = Dialogue().to("questions")
    waiting = "bo" if talk.floor == "cas" else "cas"
    assert of(e.Whisper, talk.says(waiting)) == [e.Whisper(to=waiting, key="not_your_turn")]
    assert of(e.Whisper, talk.says(waiting)) == []
    assert talk.kept == []


def test_a_parked_bringer_only_reads():
    talk = Dialogue("positive").to("compliments")
    assert of(e.Whisper, talk.says("ann", "Maar …")) == [e.Whisper(to="ann", key="parked")]
    assert talk.kept == []


def test_what_is_written_unseen_appears_at_once_when_all_are_in():
    talk = Dialogue("positive").to("harvest")
    assert of(e.Whisper, talk.says("bo"))[0].key == "write_unseen"
    for who in ("ann", "bo"):
        assert not of(e.Reveal, talk.writes(who))
    assert of(e.Reveal, talk.writes("cas")) == [e.Reveal(step="harvest", names=True)]


def test_what_is_written_unseen_appears_when_time_is_up():
    talk = Dialogue("positive").to("harvest")
    talk.writes("bo")
    nudge = of(e.Say, talk.waits())[0]
    assert (nudge.key, nudge.count, nudge.total) == ("nudge_forms", 1, 3)
    assert of(e.Reveal, talk.waits())


@pytest.mark.parametrize("how", ["no", "silence", "pass", "next"])
def test_without_a_yes_there_is_no_advice(how):
    talk = Dialogue().to("gate")
    match how:
        case "no":
            talk.do(c.Choose(by="ann", open=False))
        case "silence":
            talk.waits()
            talk.waits()
        case "pass":
            talk.do(c.Pass(by="ann"))
        case "next":
            talk.do(c.Next(by="bo"))
    assert talk.step == "next-step"


def test_a_shut_gate_is_not_even_asked():
    talk = Dialogue(shut=True).to("restate")
    talk.says("ann")
    assert talk.step == "next-step"


def test_an_empty_tray_is_not_opened():
    talk = Dialogue().to("advice")
    for who in ("bo", "cas"):
        talk.do(c.Pass(by=who))
    assert talk.step == "next-step"


def test_an_accidental_next_is_undone_with_all_that_was_there():
    talk = Dialogue().to("questions")
    talk.says(talk.floor)
    there = talk.session.position
    talk.do(c.Next(by="bo"))
    talk.do(c.Back(by="cas"))
    assert talk.step == "questions"
    assert talk.session.position.question == there.question
    with pytest.raises(Refusal, match="nothing_to_undo"):
        talk.do(c.Back(by="cas"))


def test_a_wrong_choice_at_the_gate_is_undone():
    talk = Dialogue().to("gate")
    talk.do(c.Choose(by="ann", open=False))
    talk.do(c.Back(by="ann"))
    talk.do(c.Choose(by="ann", open=True))
    assert talk.step == "advice"


def test_who_comes_late_comes_in_at_the_end():
    talk = Dialogue().to("questions")
    talk.do(c.Join(by="dee"))
    assert talk.session.position.queue[-1] == "dee"


def test_who_comes_late_goes_before_those_who_were_asked_already():
    talk = Dialogue().to("questions")
    slow = talk.floor
    talk.do(c.Later(by=slow))
    talk.do(c.Join(by="dee"))
    assert talk.session.position.queue[-2:] == ("dee", slow)


def test_the_floor_moves_on_when_its_holder_leaves():
    talk = Dialogue(people=("ann", "bo", "cas", "dee")).to("questions")
    gone = talk.floor
    talk.says(gone)
    talk.do(c.Leave(by=gone))
    assert talk.floor not in (gone, "ann", None)


def test_a_form_step_goes_on_when_the_last_one_awaited_leaves():
    talk = Dialogue("positive", people=("ann", "bo", "cas", "dee")).to("harvest")
    for who in ("ann", "bo", "cas"):
        talk.writes(who)
    talk.do(c.Leave(by="dee"))
    assert talk.step == "toolkit"


def test_when_the_bringer_leaves_the_session_ends_kindly():
    talk = Dialogue().to("questions")
    ended = talk.do(c.Leave(by="ann"))
    assert of(e.Ended, ended) == [e.Ended(how=Ending.BRINGER_LEFT, requeue=False)]


def test_a_pause_stops_the_time_and_resume_gives_it_back_whole():
    talk = Dialogue().to("questions")
    talk.do(c.Pause(by="bo"))
    assert talk.floor is None
    assert talk.waits() == []
    talk.now += timedelta(days=2)
    talk.do(c.Resume(by="bo"))
    assert talk.session.position.until == talk.now + talk.session.pace.turn


def test_a_stopped_session_can_be_resumed_where_it_was():
    talk = Dialogue().to("questions")
    there = talk.floor
    talk.do(c.Stop(by="bo"))
    assert talk.session.phase is Phase.CLOSED
    assert of(e.CancelTimer, talk.do(c.Resume(by="ann"))) == [e.CancelTimer(name="forget")]
    assert talk.floor == there


def test_an_idle_session_stops_and_can_be_resumed():
    talk = Dialogue().to("questions")
    assert of(e.Say, talk.waits("idle"))[0].key == "closed_forgotten"
    talk.do(c.Resume(by="bo"))
    assert talk.session.phase is Phase.RUNNING


def test_a_forgotten_lobby_gives_its_case_back():
    talk = Dialogue()
    effects = talk.waits("idle")
    assert of(e.Ended, effects) == [e.Ended(how=Ending.FORGOTTEN, requeue=True)]
    assert of(e.Say, effects)[0].key == "lobby_forgotten"  # and no word of going on
    with pytest.raises(Refusal, match="ended"):
        talk.do(c.Resume(by="bo"))


def test_a_late_reflection_is_still_kept_after_the_end():
    talk = Dialogue().to("reflection")
    talk.do(c.Stop(by="ann"))
    assert of(e.KeepReflection, talk.do(c.Reflect(by="bo", useful=4)))
    assert talk.session.phase is Phase.CLOSED


def test_everyone_passing_comes_to_a_good_end():
    talk = Dialogue("positive").begins()
    for _ in range(60):
        if talk.session.phase is Phase.CLOSED:
            break
        talk.waits()
    assert talk.session.ending is Ending.FINISHED


def test_a_form_of_an_earlier_step_is_not_kept():
    talk = Dialogue("positive").to("harvest")
    talk.do(c.Next(by="bo"))
    with pytest.raises(Refusal, match="step_past"):
        talk.do(c.Contribute(by="cas", id="k", text="…", step="harvest"))
    assert talk.kept == []


def test_nobody_is_called_upon_while_everyone_pauses():
    talk = Dialogue().to("questions")
    talk.do(c.Pause(by="ann"))
    gone = talk.session.position.queue[0]
    assert not [x for x in of(e.Say, talk.do(c.Leave(by=gone))) if x.key == "turn"]
    talk.do(c.Resume(by="ann"))
    assert talk.floor not in (gone, None)


def test_the_round_ends_when_its_last_left():
    talk = Dialogue(people=("ann", "bo", "cas", "dee")).to("questions")
    for _ in range(2):
        talk.do(c.Pass(by=talk.floor))
    last = talk.floor
    talk.do(c.Pause(by="ann"))
    talk.do(c.Leave(by=last))
    talk.do(c.Resume(by="ann"))
    assert talk.step == "restate"


def test_the_group_may_choose_another_method_until_it_begins():
    talk = Dialogue()
    assert of(e.Board, talk.chooses("positive"))
    assert talk.session.method == "positive"
    talk.begins()
    with pytest.raises(Refusal, match="begun_already"):
        talk.chooses("basic")


def test_a_method_that_takes_more_people_or_fewer_says_so():
    talk = Dialogue(people=("ann", "bo", "cas", "dee"))
    with pytest.raises(Refusal, match="too_many"):
        talk.chooses("positive", most=3)
    talk.chooses("positive", least=5)
    with pytest.raises(Refusal, match="too_few_for_method") as refused:
        talk.do(c.Begin(by="ann"))
    assert refused.value.about == {"count": 1, "least": 5}


def test_a_method_is_full_before_the_group_is():
    talk = Dialogue()
    talk.chooses("positive", most=3)
    with pytest.raises(Refusal, match="full") as refused:
        talk.do(c.Join(by="dee"))
    assert refused.value.about == {"most": 3}


def test_a_meeting_goes_on_without_who_called_it():
    talk = Dialogue("first-meeting", people=("ann", "bo", "cas", "dee")).begins()
    talk.do(c.Pause(by="ann"))
    talk.do(c.Leave(by="ann"))
    talk.do(c.Resume(by="bo"))
    talk.do(c.Next(by="bo"))
    talk.do(c.Back(by="cas"))
    assert talk.session.phase is Phase.RUNNING
    assert talk.floor in ("bo", "cas", "dee")


def in_the_first_round():
    talk = Dialogue(people=("ann", "bo", "cas", "dee")).begins()
    return talk, talk.floor


def test_a_pass_word_passes_for_the_person_with_the_floor():
    talk, holder = in_the_first_round()
    effects = talk.do(talk.reply(holder, "r", ReplyWord.PASS, "pas"))
    assert not of(e.Keep, effects)
    assert e.Whisper(to=holder, key="passed") in effects
    assert talk.floor != holder


def test_a_pass_word_is_uncounted_from_anybody_else():
    talk, holder = in_the_first_round()
    other = next(who for who in talk.session.participants if who != holder)
    effects = talk.do(talk.reply(other, "r", ReplyWord.PASS, "pas"))
    assert e.Whisper(to=other, key="not_your_turn") in effects
    assert talk.floor == holder


def test_a_later_word_postpones_once_and_then_counts_as_words():
    talk, holder = in_the_first_round()
    talk.do(talk.reply(holder, "r", ReplyWord.LATER, "straks"))
    assert talk.floor != holder
    while talk.floor != holder:
        talk.says(talk.floor)
    effects = talk.do(talk.reply(holder, "s", ReplyWord.LATER, "straks"))
    assert [kept.text for kept in of(e.Keep, effects)] == ["straks"]


def test_only_warm_cards_are_shown():
    talk = Dialogue("ten-steps", ("ann", "bo", "cas", "dee")).to("questions")
    for who in ("bo", "cas"):
        talk.writes(who)
    warm, cold = (kept.id for kept in talk.kept[-2:])
    talk.to("sort")
    effects = talk.do(c.Sort(by="ann", warm=(warm,)))
    assert [shown.only for shown in of(e.Reveal, effects)] == [(warm,)]
    assert cold not in str(of(e.Reveal, effects))


# what comes late


def test_late_words_count_where_they_were_written():
    talk = Dialogue().to("present")
    written = talk.now + timedelta(minutes=1)
    talk.now += timedelta(minutes=2)
    talk.to("restate")
    talk.do(talk.reply("ann", "late", text="Er was nog iets."), at=written)
    assert (talk.kept[-1].step, talk.kept[-1].text) == ("present", "Er was nog iets.")
    assert talk.step == "restate"


def test_a_late_answer_moves_nobody_on():
    talk = Dialogue().to("questions")
    talk.says(talk.floor)
    written = talk.now + timedelta(minutes=1)
    talk.now += timedelta(minutes=2)
    talk.do(c.Next(by="bo"))
    talk.do(talk.reply("ann", "late"), at=written)
    assert (talk.kept[-1].step, talk.kept[-1].kind) == ("questions", "answer")
    assert talk.step == "restate"


@pytest.mark.parametrize("step", ["gate", "advice"])
def test_late_words_from_a_step_that_asked_for_none_are_told_so(step):
    talk = Dialogue().to(step)
    written = talk.now + timedelta(minutes=1)
    talk.now += timedelta(minutes=2)
    talk.to("next-step")
    counted = len(talk.kept)
    effects = talk.do(talk.reply("ann", "late"), at=written)
    assert [each.key for each in of(e.Whisper, effects)] == ["late"]
    assert (len(talk.kept), talk.step) == (counted, "next-step")


def test_a_late_pass_passes_nothing():
    talk = Dialogue().to("questions")
    before, floor = talk.now - timedelta(minutes=1), talk.floor
    talk.do(talk.reply(floor, "late", ReplyWord.PASS, "pas"), at=before)
    assert talk.floor == floor


def test_words_from_before_the_session_count_nowhere():
    talk = Dialogue()
    before = talk.now
    talk.now += timedelta(minutes=1)
    talk.begins()
    effects = talk.do(talk.reply(talk.floor, "late"), at=before)
    assert (of(e.Keep, effects), of(e.Whisper, effects)) == ([], [])


def test_after_a_step_back_what_is_written_now_is_not_late():
    talk = Dialogue().to("present")
    talk.now += timedelta(minutes=1)
    talk.do(c.Done(by="ann"))
    talk.now += timedelta(minutes=1)
    talk.do(c.Back(by="ann"))
    talk.do(talk.reply("ann", "now"), at=talk.now)
    assert talk.kept[-1].step == "present"


@pytest.mark.parametrize("wrong", [timedelta(minutes=3), timedelta(days=-30)])
def test_a_wrong_clock_of_ours_makes_nobody_late(wrong):
    talk = Dialogue().to("present")
    slack = talk.now
    talk.now += wrong
    talk.do(c.Done(by="ann"), dated=False)
    talk.do(talk.reply(talk.floor, "now"), at=slack + timedelta(seconds=1))
    assert talk.kept[-1].step == "questions"


def test_who_wants_no_tips_speaks_for_oneself_alone():
    talk = Dialogue("troika", shut=True).to("question")
    asked = {}
    for seat in (1, 2, 3):
        asked[talk.session.presenter] = False
        while talk.session.position is not None and talk.session.position.seat == seat:
            if talk.step == "gate":
                asked[talk.session.presenter] = True
                talk.do(c.Choose(by=talk.session.presenter, open=True))
            else:
                talk.do(c.Next(by="bo"))
    assert asked == {"ann": False, "bo": True, "cas": True}


def test_decisions_at_an_incident_are_seen_by_all_also_without_tips():
    talk = Dialogue("incident", ("ann", "bo", "cas", "dee"), shut=True).to("what-i-would-do")
    for who in ("bo", "cas", "dee"):
        effects = talk.writes(who)
    assert e.Reveal(step="what-i-would-do", names=True) in effects
    assert talk.step == "why"


def test_a_bringer_changes_their_mind_about_tips_until_the_gate():
    talk = Dialogue(shut=True).to("questions")
    assert e.Whisper(to="ann", key="tips_open") in talk.do(c.WishTips(by="ann", open=True))
    talk.to("gate")
    with pytest.raises(Refusal, match="tips_past"):
        talk.do(c.WishTips(by="ann", open=False))


def test_who_wants_no_tips_after_all_meets_no_gate():
    talk = Dialogue().to("restate")
    talk.do(c.WishTips(by="ann", open=False))
    talk.do(c.Next(by="ann"))
    assert talk.step == "next-step"


@pytest.mark.parametrize(
    ("by", "method", "why"), [("bo", "basic", "bringer_only"), ("ann", "images", "tips_past")]
)
def test_tips_are_the_bringers_where_there_are_any(by, method, why):
    with pytest.raises(Refusal, match=why):
        Dialogue(method).begins().do(c.WishTips(by=by, open=True))


@pytest.mark.parametrize("shut", [False, True])
def test_the_question_is_said_anew_where_the_bringer_says_yes(shut):
    talk = Dialogue("reframing", shut=shut).to("willing")
    talk.do(c.Choose(by="ann", open=True))
    assert talk.step == "anew"
    talk.writes("bo")
    effects = talk.writes("cas")
    assert talk.step == "fits"
    assert e.OfferTray() in effects
    talk.do(c.Pick(by="ann", picked=("k1",)))
    assert talk.step == "restate"


def test_nothing_is_said_anew_to_a_bringer_who_says_no():
    talk = Dialogue("reframing").to("willing")
    talk.do(c.Choose(by="ann", open=False))
    assert talk.step == "restate"


def test_a_spoken_round_of_reframing_shows_its_tray():
    talk = Dialogue("reframing", shut=True, mode="live").to("willing")
    talk.do(c.Choose(by="ann", open=True))
    talk.do(c.Next(by="bo"))
    assert talk.step == "fits"

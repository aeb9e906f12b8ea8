"""What happens in the thread: edits, deletions, time, pauses, and the words typed there."""

import json
from datetime import timedelta

import pytest

from playground.testing import (
    ESTHER,
    JOOST,
    MEHMET,
    SANNE,
    Team,
    deliver,
    message_event,
)


@pytest.fixture
def team(stage):
    team = Team(stage)
    team.comes_to_questions(MEHMET, [SANNE, ESTHER])
    return team


def opened(team, contribution):
    vault = team.session().vault_id
    with team.stage.bot.store.unit() as unit:
        return unit.open(vault, contribution.content)


def test_an_edit_amends_what_was_said(team):
    asker = team.turn()
    said = team.writes(asker, "Wat raakte je?")
    team.slack.edit(asker, team.channel, said.ts, "Wat raakte je het meest?")
    assert opened(team, team.contributions()[-1]) == "Wat raakte je het meest?"


def test_an_edit_that_comes_before_its_message_is_what_was_said(team):
    asker, dispatcher = team.turn(), team.stage.slack.dispatcher
    dispatcher.fail("lost")
    said = team.writes(asker, "Wat raakte je?")
    team.slack.edit(asker, team.channel, said.ts, "Wat raakte je het meest?")
    dispatcher.redeliver()
    team.stage.settle()
    counted = [each for each in team.contributions() if each.ref == said.ts]
    assert [opened(team, each) for each in counted] == ["Wat raakte je het meest?"]
    assert dispatcher.pending() == 0


def test_a_deletion_gives_the_floor_back(team):
    asker = team.turn()
    said = team.writes(asker, "Wat raakte je?")
    assert team.turn() == MEHMET
    team.slack.delete(asker, team.channel, said.ts)
    team.stage.settle()
    assert team.contributions()[-1].content is None
    assert team.contributions()[-1].state == "withdrawn"
    assert team.turn() == asker


def test_pass_and_later_are_understood(team):
    asker = team.turn()
    team.writes(asker, "straks")
    assert any("kom straks nog even bij je terug" in said for said in team.whispered(asker))
    other = team.turn()
    team.writes(other, "Pas.")
    assert team.turn() == asker
    assert len(team.contributions()) == 3


@pytest.mark.parametrize("word", ["pas 🙂", "*pas*", "Ik pas even!", "I’ll pass :wave:"])
def test_a_pass_is_a_pass_however_it_is_typed(team, word):
    team.writes(team.turn(), word)
    assert len(team.contributions()) == 3


@pytest.mark.parametrize("question", ["Pas?", "Pas je dat vaker toe?"])
def test_a_question_is_no_pass(team, question):
    team.writes(team.turn(), question)
    assert opened(team, team.contributions()[-1]) == question


def test_the_thread_shows_what_was_sent_by_form(team):
    asker = team.turn()
    team.presses(asker, "session:contribute")
    team.sends(asker, text="Wat had je nodig?")
    shown = next(m for m in team.thread() if "Wat had je nodig?" in str(m.blocks))
    assert "vraagt:" in team.reads(shown)
    assert team.turn() == MEHMET


def test_after_a_nudge_the_round_goes_on(team):
    asker = team.turn()
    team.stage.pass_time(timedelta(hours=23, minutes=58))
    assert "ben je er nog" not in team.thread_says()
    team.lets_time_run_out()  # a day, and on to working hours
    assert "ben je er nog" in team.thread_says()
    assert team.turn() == asker
    team.lets_time_run_out()
    assert team.turn() != asker


def test_a_month_of_downtime_gives_one_kind_word_and_not_five(team):
    before = len(team.thread())
    team.stage.slack.clock.wind(timedelta(days=31))
    team.stage.tick()
    team.stage.settle()
    said = [team.reads(m) for m in team.thread()][before:]
    assert len(said) <= 2
    assert "een week stil" in said[-1]


def test_a_forgotten_session_is_resumed_where_it_was(team):
    asker = team.turn()
    team.stage.pass_time(timedelta(days=8))
    assert "een week stil" in team.board_says()
    team.presses(SANNE, "session:resume")
    assert team.turn() in (asker, SANNE, ESTHER)
    assert "Vragenronde" in team.board_says()


def test_pause_and_resume_by_command(team):
    assert "Gedaan" in team.answered(SANNE, "pauze")
    assert "Pauze" in team.board_says()
    team.stage.pass_time(timedelta(days=3))
    assert "Gedaan" in team.answered(SANNE, "hervat")
    assert "aan de beurt" in team.board_says()


def test_stop_and_resume_by_command(team):
    team.answered(SANNE, "stop")
    assert "Gestopt" in team.board_says()
    team.answered(SANNE, "hervat")
    assert "aan de beurt" in team.board_says()


def test_an_accidental_next_is_undone_by_command(team):
    team.answered(SANNE, "verder")
    assert "De werkvraag opnieuw" in team.board_says()
    team.answered(SANNE, "terug")
    assert "Vragenronde" in team.board_says()


def test_who_comes_late_joins_at_the_end_of_the_round(team):
    team.chooses(JOOST, "join")
    assert json.loads(team.session().state)["position"]["queue"][-1] == JOOST
    assert "schuift aan" in team.thread_says()


def test_only_picked_advice_passes_the_gate(team):
    team.presses(MEHMET, "session:next")
    team.presses(MEHMET, "session:next")
    team.presses(MEHMET, "session:yes")
    for who, text in ((SANNE, "Ik zou bellen."), (ESTHER, "Ik zou wachten.")):
        team.presses(who, "session:contribute")
        team.sends(who, text=text)
    assert "Ik zou bellen" not in team.thread_says()
    team.presses(MEHMET, "session:tray")
    form = team.slack.views(MEHMET)[-1]
    first = next(b for b in form.spec["blocks"] if b["type"] == "input")
    picked = first["element"]["options"][0]["value"]
    team.sends(MEHMET, **{first["block_id"]: [picked]})
    team.writes(MEHMET, "Ik ga bellen.")
    for who in (SANNE, ESTHER, MEHMET):
        team.presses(who, "session:reflect")
        team.sends(who, takeaway="Rust", share=[])
    harvest = next(team.reads(m) for m in team.direct_messages(MEHMET) if "oogst" in m.text)
    assert ("Ik zou bellen." in harvest) != ("Ik zou wachten." in harvest)
    assert "Rust" not in team.thread_says()


# what Slack brings twice, late, swapped or without words


def changed(team, said, text, edited):
    """The event of an edit, of which `edited` is the timestamp."""
    now = said | {"text": text, "edited": {"user": said["user"], "ts": edited}}
    place = {"channel": team.channel, "channel_type": "channel", "ts": team.slack.new_ts()}
    return {
        "type": "message",
        "subtype": "message_changed",
        **place,
        "message": now,
        "previous_message": said,
    }


def deleted(team, said):
    place = {"channel": team.channel, "channel_type": "channel", "ts": team.slack.new_ts()}
    kind = {"type": "message", "subtype": "message_deleted", "deleted_ts": said["ts"]}
    return {**kind, **place, "previous_message": said}


def said_at(team, ref):
    return [opened(team, each) for each in team.contributions() if each.ref == ref and each.content]


def test_a_message_counts_once_whatever_its_event(team):
    said = message_event(team, team.turn(), "Wat raakte je?")
    deliver(team, said)
    deliver(team, said)
    assert said_at(team, said["ts"]) == ["Wat raakte je?"]
    assert team.turn() == MEHMET


def test_a_reply_without_words_takes_no_turn_and_hears_so(team):
    asker = team.turn()
    clip = {"subtype": "file_share", "files": [{"id": "F1", "name": "audio_message.m4a"}]}
    said = message_event(team, asker, "", **clip)
    deliver(team, said)
    deliver(team, said)
    assert team.turn() == asker
    assert len([said for said in team.whispered(asker) if "zonder woorden" in said]) == 1


def test_words_that_are_added_to_a_file_count(team):
    clip = {"subtype": "file_share", "files": [{"id": "F1", "name": "audio_message.m4a"}]}
    said = message_event(team, team.turn(), "", **clip)
    deliver(team, said)
    deliver(team, changed(team, said, "Wat raakte je?", team.slack.new_ts()))
    assert said_at(team, said["ts"]) == ["Wat raakte je?"]
    assert team.turn() == MEHMET


def test_of_edits_that_come_swapped_the_newer_counts(team):
    said = message_event(team, team.turn(), "Wat?")
    deliver(team, said)
    first, second = team.slack.new_ts(), team.slack.new_ts()
    deliver(team, changed(team, said, "Wat raakte je?", second))
    deliver(team, changed(team, said, "Wat raakte?", first))
    assert said_at(team, said["ts"]) == ["Wat raakte je?"]


def test_an_edit_that_comes_first_is_not_undone_by_an_older_one(team):
    said = message_event(team, team.turn(), "Wat?")
    first, second = team.slack.new_ts(), team.slack.new_ts()
    deliver(team, changed(team, said, "Wat raakte je?", second))
    deliver(team, changed(team, said, "Wat raakte?", first))
    deliver(team, said)
    assert said_at(team, said["ts"]) == ["Wat raakte je?"]


def test_a_deletion_wins_over_a_later_edit(team):
    asker = team.turn()
    said = message_event(team, asker, "Wat?")
    deliver(team, said)
    deliver(team, deleted(team, said))
    deliver(team, changed(team, said, "Wat raakte je?", team.slack.new_ts()))
    assert said_at(team, said["ts"]) == []
    assert team.turn() == asker


def test_a_deletion_wins_over_the_message_that_comes_after_it(team):
    asker = team.turn()
    said = message_event(team, asker, "Wat?")
    deliver(team, deleted(team, said))
    deliver(team, said)
    assert said_at(team, said["ts"]) == []
    assert team.turn() == asker


def test_an_edit_that_takes_away_all_words_withdraws_them(team):
    asker = team.turn()
    said = message_event(team, asker, "Wat?")
    deliver(team, said)
    deliver(team, changed(team, said, "", team.slack.new_ts()))
    assert said_at(team, said["ts"]) == []
    assert team.turn() == asker


def test_a_forgotten_thread_is_let_be(team):
    said = message_event(team, team.turn(), "Wat?")
    deliver(team, said)
    team.chooses(MEHMET, "stop")
    team.stage.pass_time(timedelta(days=31))
    late = message_event(team, SANNE, "Nog iets.", thread=said["thread_ts"])
    for event in (late, changed(team, said, "Hm.", team.slack.new_ts()), deleted(team, said)):
        assert deliver(team, event).status == 200


def test_a_person_who_is_mentioned_keeps_their_name(team):
    said = message_event(team, team.turn(), f"Wat zei <@{JOOST}>, of <@{ESTHER}>?")
    team.types(ESTHER, "stand")
    deliver(team, said)
    assert said_at(team, said["ts"]) == ["Wat zei @…, of @Esther Visser?"]


def test_earlier_words_are_no_work_question(team):
    dispatcher = team.stage.slack.dispatcher
    dispatcher.fail("lost")
    said = team.slack.post(MEHMET, team.channel, "Ik twijfelde lang.", team.board().ts)
    while "De werkvraag opnieuw" not in team.board_says():
        team.presses(SANNE, "session:next")
    dispatcher.redeliver()
    team.stage.settle()
    assert "De werkvraag opnieuw" in team.board_says()
    assert [each for each in team.contributions() if each.ref == said.ts] == []
    assert any("kwam pas bij mij binnen toen" in text for text in team.whispered(MEHMET))


def test_words_that_come_after_time_ran_out_count_in_their_turn(team):
    asker = team.turn()
    team.stage.slack.dispatcher.fail("lost")
    said = team.slack.post(asker, team.channel, "Wat raakte je daarin?", team.board().ts)
    while team.turn() == asker:
        team.lets_time_run_out()
    turn = team.turn()
    team.stage.slack.dispatcher.redeliver()
    team.stage.settle()
    (kept,) = [each for each in team.contributions() if each.ref == said.ts]
    assert (kept.step, kept.author, kept.kind) == ("questions", asker, "question")
    assert team.turn() == turn


def test_words_that_come_after_the_end_count_where_they_were_written(team):
    asker = team.turn()
    team.stage.slack.dispatcher.fail("lost")
    said = team.slack.post(asker, team.channel, "Wat raakte je daarin?", team.board().ts)
    team.chooses(MEHMET, "stop")
    team.stage.slack.dispatcher.redeliver()
    team.stage.settle()
    assert [c.author for c in team.contributions() if c.ref == said.ts] == [asker]

"""Anyone may send anything: each gets a clear answer, and nothing is lost."""

import json
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import create_engine

from bot.store.tables import Case, SessionRow
from playground.reading import find
from playground.slack.api import SECRET
from playground.slack.delivery import encode, sign
from playground.slack.workspace import TEAM, Delivery, User
from playground.speech import repertoire
from playground.testing import (
    ESTHER,
    FATIMA,
    GRACE,
    JOOST,
    MEHMET,
    SANNE,
    Team,
    deliver,
    envelope,
    message_event,
)


@pytest.fixture
def team(stage):
    return Team(stage)


@pytest.fixture
def in_round(team):
    """Three people, the question round just begun."""
    team.comes_to_questions(MEHMET, [SANNE, ESTHER])
    return team


def other(team, *but):
    return next(who for who in (SANNE, ESTHER) if who not in but)


# slash commands


def test_an_unknown_word_gets_the_nearest_one(team):
    reply = team.types(SANNE, "wachtrjj")
    assert "/intervisie wachtrij" in str(reply.body["blocks"])


def test_gibberish_gets_a_short_help(team):
    reply = team.types(SANNE, "💥💥💥")
    assert "Dat woord ken ik niet" in str(reply.body["blocks"])


def test_a_word_is_understood_with_a_smile_behind_it(team):
    assert "Je gereedschapskist" in str(team.types(SANNE, "*Gereedschap* 🙂").body)


def test_nothing_at_all_gets_help_with_buttons(team):
    reply = team.types(SANNE, "")
    assert find(reply.body["blocks"], "group:start")


def test_a_command_where_the_bot_is_not_says_how_to_invite_it(team):
    elsewhere = next(c.id for c in team.slack.channels.values() if c.name == "koffie")
    assert "/invite" in team.answered(SANNE, "start", channel=elsewhere)


def test_start_in_a_direct_message_points_to_the_channel(team):
    assert "kanaal" in team.answered(SANNE, "start", channel=team.direct(SANNE))


def test_a_guest_may_take_part_but_not_begin(team):
    team.slack.users[JOOST] = replace(team.slack.users[JOOST], is_restricted=True)
    team.brings(MEHMET)
    assert "Als gast" in team.answered(JOOST, "start")
    team.types(SANNE, "start")
    team.presses(JOOST, "session:join")
    assert "@Joost" in team.board_says() or "Joost" in team.board_says()


def test_somebody_from_another_organisation_is_kept_out(team):
    team.slack.users[JOOST] = replace(team.slack.users[JOOST], is_stranger=True)
    assert "binnen het team" in team.answered(JOOST, "start")


def press_from(team, home, **place):
    """A press on "pass" by who has the floor, whose own workspace is `home`."""
    who, board = team.turn(), team.board()
    at, button = find(board.blocks, "session:pass")
    body = {
        "type": "block_actions",
        "user": {"id": who, "team_id": home},
        "trigger_id": f"{home}.1",
        "container": {"type": "message", "message_ts": board.ts, "channel_id": board.channel},
        "channel": {"id": board.channel, "name": "intervisie"},
        "actions": [{"action_id": "session:pass", "block_id": at, "value": button["value"]}],
        "team": {"id": TEAM, "domain": "een"},
        **place,
    }
    team.slack.deliver(Delivery("interaction", body, who))
    team.stage.settle()
    return who


def test_a_colleague_of_another_workspace_takes_part(in_round):
    who = press_from(in_round, "T0SECOND", enterprise={"id": "E0ORG", "name": "Org"})
    assert in_round.turn() != who


def test_another_workspace_is_elsewhere(in_round):
    who = press_from(in_round, "T0SECOND", enterprise=None)
    assert in_round.turn() == who
    assert "binnen het team" in in_round.whispered(who)[-1]


def test_a_shared_channel_belongs_to_its_installation(in_round):
    asker = in_round.turn()
    theirs = {"team_id": "T0THEIRS", "is_ext_shared_channel": True}
    deliver(in_round, message_event(in_round, asker, "Wat zag je?"), **theirs)
    assert in_round.turn() == MEHMET


def test_start_without_a_case_asks_for_one(team):
    assert "Er wacht nog geen casus" in team.answered(SANNE, "start")


@pytest.mark.parametrize("word", ["pas", "verder", "terug", "pauze", "hervat", "stop"])
def test_a_move_without_a_session_says_there_is_none(team, word):
    assert "geen sessie" in team.answered(SANNE, word)


def test_back_with_nothing_to_undo_says_so(in_round):
    in_round.presses(MEHMET, "session:next")
    in_round.types(MEHMET, "terug")
    assert "niets om ongedaan" in in_round.answered(MEHMET, "terug")


def test_somebody_in_two_sessions_is_asked_which_one_is_meant(team):
    team.begins(MEHMET, [SANNE, ESTHER])
    team.begins(JOOST, [SANNE, ESTHER], "positive")
    assert "Welke bedoel je" in team.answered(SANNE, "pauze")


def test_forty_thousand_characters_after_the_command_get_help(team):
    assert "Zo werkt" in team.answered(SANNE, "x" * 40_000)


# the lobby


def test_beginning_with_two_says_how_many_are_missing(team):
    team.gathers(MEHMET, [SANNE])
    team.presses(MEHMET, "session:begin")
    assert any("Er is nog 1 persoon nodig" in said for said in team.whispered(MEHMET))
    assert "Doe je mee" in team.board_says()


def test_joining_twice_changes_nothing(team):
    team.gathers(MEHMET, [SANNE])
    team.presses(SANNE, "session:join")
    assert "Je doet al mee." in team.whispered(SANNE)
    assert team.session().state.count(SANNE) == 1


def test_the_ninth_person_is_told_that_the_group_is_full(team):
    crowd = [User(f"U1EXTRA{n}", f"extra{n}", f"Extra {n}") for n in range(7)]
    for user in crowd:
        team.slack.users[user.id] = user
        team.slack.join(user.id, team.channel)
    team.gathers(MEHMET, [user.id for user in crowd])
    team.presses(SANNE, "session:join")
    assert any("plaats voor 8" in said for said in team.whispered(SANNE))


def test_two_people_pressing_begin_at_once_begin_it_once(team):
    team.gathers(MEHMET, [SANNE, ESTHER])
    lobby = team.board()
    stale = replace(lobby, blocks=list(lobby.blocks))
    team.presses(MEHMET, "session:begin", on=stale)
    team.presses(SANNE, "session:begin", on=stale)
    assert "De sessie is al begonnen. Op het bord zie je waar jullie zijn." in team.whispered(SANNE)
    assert team.thread_says().count("Fijn dat jullie er zijn") == 1


def test_a_case_is_started_once(team):
    case = team.brings(MEHMET)
    team.types(SANNE, "start")
    team.slack.press(ESTHER, "case:start", value=case, message=team.board())
    team.stage.settle()
    assert any("al aan de beurt" in said for said in team.whispered(ESTHER))
    assert len(team.rows(SessionRow)) == 1


# in the thread


def test_what_others_write_is_not_counted_and_they_hear_so_once(in_round):
    waiting = other(in_round, in_round.turn())
    counted = len(in_round.contributions())
    for n in range(3):
        in_round.writes(waiting, f"Ik denk mee {n}")
    assert len(in_round.contributions()) == counted
    told = [said for said in in_round.whispered(waiting) if "Fijn dat je meedenkt" in said]
    assert len(told) == 1


def test_somebody_outside_the_session_hears_how_to_join(in_round):
    in_round.writes(JOOST, "Mag ik ook iets vragen?")
    assert any("Doe mee" in said for said in in_round.whispered(JOOST))


def test_mentions_and_markup_of_a_person_ping_nobody(in_round):
    asker = in_round.turn()
    in_round.presses(asker, "session:contribute")
    nasty = f"<!channel> <@{JOOST}> *dik* @here & <https://x.test|klik>"
    in_round.sends(asker, text=nasty)
    shown = next(m for m in in_round.thread() if "@here" in str(m.blocks))
    assert "<!channel>" not in shown.text
    quoted = [b for b in shown.blocks if b["type"] == "rich_text"]
    assert quoted[0]["elements"][0]["elements"] == [{"type": "text", "text": nasty}]
    assert all("@here" not in str(b) for b in shown.blocks if b["type"] != "rich_text")


def test_a_message_of_forty_thousand_characters_is_kept_whole(in_round):
    asker = in_round.turn()
    in_round.writes(asker, "Wat " + "heel " * 8000 + "lang?")
    assert in_round.contributions()[-1].author == asker
    assert len(in_round.contributions()[-1].content) > 40_000
    assert in_round.unsent() == []


def test_only_emoji_is_a_turn_like_any_other(in_round):
    asker = in_round.turn()
    in_round.writes(asker, "🤔")
    assert in_round.contributions()[-1].author == asker


def test_an_empty_form_is_sent_back_with_a_kind_word(in_round):
    asker = in_round.turn()
    in_round.presses(asker, "session:contribute")
    in_round.sends(asker, text="   ")
    assert in_round.slack.views(asker)[-1].errors == {
        "text": "Er staat nog niets. Schrijf een paar woorden, dan stuur ik het door."
    }


def test_a_form_out_of_turn_is_kept_open_and_told_why(in_round):
    waiting = other(in_round, in_round.turn())
    in_round.presses(waiting, "session:contribute")
    in_round.sends(waiting, text="Wat zie je?")
    assert "niet aan de beurt" in in_round.slack.views(waiting)[-1].errors["text"]


def test_a_form_that_was_open_when_the_session_ended_says_so(in_round):
    asker = in_round.turn()
    in_round.presses(asker, "session:contribute")
    in_round.chooses(MEHMET, "stop")
    in_round.stage.pass_time(timedelta(days=1))
    in_round.sends(asker, text="Wat zie je?")
    assert "afgelopen" in in_round.slack.views(asker)[-1].errors["text"]


def test_a_button_of_a_session_that_ended_says_so(in_round):
    stale = replace(in_round.board(), blocks=list(in_round.board().blocks))
    in_round.chooses(MEHMET, "stop")
    in_round.presses(SANNE, "session:pass", on=stale)
    assert any("afgelopen" in said for said in in_round.whispered(SANNE))


def test_a_button_of_a_forgotten_session_says_so(in_round):
    stale = replace(in_round.board(), blocks=list(in_round.board().blocks))
    in_round.chooses(MEHMET, "stop")
    in_round.stage.pass_time(timedelta(days=31))
    in_round.presses(SANNE, "session:pass", on=stale)
    assert any("vergeten" in said for said in in_round.whispered(SANNE))


def test_the_gate_is_for_the_bringer_alone(in_round):
    in_round.presses(MEHMET, "session:next")
    in_round.presses(MEHMET, "session:next")
    in_round.presses(SANNE, "session:yes")
    assert "Dit is aan de inbrenger. Jij hoeft nu niets te doen." in in_round.whispered(SANNE)
    assert "Wil je advies" in in_round.board_says()


def test_reflecting_before_the_end_is_asked_to_wait(in_round):
    board = in_round.board()
    in_round.slack.press(SANNE, "session:reflect", value=in_round.session().id, message=board)
    in_round.sends(SANNE, takeaway="Te vroeg")
    assert "aan het eind" in in_round.slack.views(SANNE)[-1].errors["takeaway"]


def test_a_session_of_another_workspace_does_not_exist_here(in_round):
    body = {
        "type": "block_actions",
        "user": {"id": SANNE, "team_id": "T0OTHER"},
        "team": {"id": "T0OTHER"},
        "trigger_id": "1.2.x",
        "actions": [
            {
                "action_id": "session:stop",
                "block_id": "b",
                "type": "button",
                "value": in_round.session().id,
                "action_ts": "1.2",
            }
        ],
    }
    version = in_round.session().version
    in_round.slack.deliver(Delivery("interaction", body, SANNE))
    assert in_round.session().version == version


# the intake


@pytest.fixture
def asked(team):
    team.types(MEHMET, "casus")
    return team


def test_only_emoji_is_no_title(asked):
    assert "Ik zie nog geen woorden" in asked.tells_bot(MEHMET, "🙈🙈")


def test_a_title_that_is_too_long_is_not_kept(asked):
    answer = asked.tells_bot(MEHMET, "x" * 40_000)
    assert "40000 tekens" in answer
    assert asked.rows(Case)[0].content is None


def test_a_typed_answer_that_is_no_choice_is_asked_again(asked):
    asked.tells_bot(MEHMET, "Een titel")
    assert "een van deze antwoorden" in asked.tells_bot(MEHMET, "weet ik niet")
    assert "Wat gebeurde er" in asked.tells_bot(MEHMET, "iets dat goed ging")


def test_control_characters_are_left_out(asked):
    asked.tells_bot(MEHMET, "Een\x07 tit\x00el")
    assert "'Een titel'" in str(asked.home(MEHMET).spec["blocks"])


@pytest.mark.parametrize(
    ("question", "hint"),
    [
        ("Hoe krijg ik haar zover?", None),
        ("Hoe krijgt haar moeder haar zover?", "vooral over de ander"),
        ("Moet ik dit aan mijn leidinggevende vertellen?", "met ja of nee"),
    ],
)
def test_a_work_question_gets_a_suggestion_and_is_never_refused(asked, question, hint):
    told = ("Een titel", "iets wat gebeurde", "Er gebeurde iets.", "Ik deed iets.")
    for text in (*told, "overslaan", "pas", "Tussen duwen en loslaten."):
        asked.tells_bot(MEHMET, text)
    answer = asked.tells_bot(MEHMET, question)
    assert "Waar hoop je op" in answer
    assert (hint in answer) if hint else ("Dank je" not in answer)


def test_a_recognisable_case_is_asked_to_be_changed_first(asked):
    texts = (
        "Titel",
        "iets wat gebeurde",
        "Zo ging het.",
        "Ik deed wat.",
        "pas",
        "pas",
        "pas",
        "Hoe kan ik dit?",
    )
    for text in (*texts, "mezelf beter begrijpen"):
        asked.tells_bot(MEHMET, text)
    answer = asked.tells_bot(MEHMET, "nee, nog niet")
    assert "Goed dat je het zegt" in answer
    assert asked.rows(Case)[0].status == "draft"


def kept(team):
    with team.stage.bot.store.unit() as unit:
        case = team.rows(Case)[0]
        return json.loads(unit.open(case.vault_id, case.content)) if case.content else {}


def test_one_direct_message_answers_one_question(asked):
    for text in ("Titel", "iets wat gebeurde"):
        asked.tells_bot(MEHMET, text)
    said = message_event(
        asked,
        MEHMET,
        "Op maandag kwam zij te laat.",
        thread="1.1",
        thread_ts=...,
        channel=asked.direct(MEHMET),
        channel_type="im",
    )
    deliver(asked, said)
    deliver(asked, said)
    assert "action" not in kept(asked)


def direct(team, text):
    return team.slack.post(MEHMET, team.direct(MEHMET), text).ts


def test_an_answer_that_is_edited_is_kept_as_it_was_edited(asked):
    title = direct(asked, "Een tietel")
    asked.tells_bot(MEHMET, "iets wat gebeurde")
    asked.slack.edit(MEHMET, asked.direct(MEHMET), title, "Een titel")
    assert kept(asked) == {"title": "Een titel", "kind": "learning"}


def test_an_answer_that_was_refused_counts_once_it_is_edited(asked):
    title = direct(asked, "x" * 101)
    asked.slack.edit(MEHMET, asked.direct(MEHMET), title, "Een titel")
    asked.stage.settle()
    assert kept(asked) == {"title": "Een titel"}
    assert "Wat voor casus" in asked.last_direct(MEHMET)


def test_an_answer_that_is_deleted_is_asked_again(asked):
    title = direct(asked, "Een titel")
    asked.slack.delete(MEHMET, asked.direct(MEHMET), title)
    asked.stage.settle()
    assert kept(asked) == {}
    assert asked.rows(Case)[0].asking == "title"


def test_a_queued_case_whose_answer_is_deleted_becomes_a_draft(asked):
    title = direct(asked, "Een titel")
    asked.presses(MEHMET, "intake:form", on=asked.direct_messages(MEHMET)[-2])
    asked.sends(MEHMET, **repertoire("nl")["cases"]["learning"])
    asked.presses(MEHMET, "intake:submit", on=asked.direct_messages(MEHMET)[-1])
    asked.slack.edit(MEHMET, asked.direct(MEHMET), title, "Een andere titel")
    assert kept(asked)["title"] == "Een andere titel"
    asked.slack.delete(MEHMET, asked.direct(MEHMET), title)
    asked.stage.settle()
    assert asked.rows(Case)[0].status == "draft"
    assert "title" not in kept(asked)


def test_stop_keeps_what_there_is_and_days_later_it_goes_on(asked):
    asked.tells_bot(MEHMET, "Een titel")
    assert "Ik bewaar wat je hebt" in asked.tells_bot(MEHMET, "stop")
    asked.stage.pass_time(timedelta(days=4))
    asked.presses(MEHMET, "intake:resume", on=asked.direct_messages(MEHMET)[-1])
    assert "Wat voor casus" in asked.last_direct(MEHMET)


def test_a_draft_of_somebody_else_stays_closed(asked):
    draft = asked.rows(Case)[0].id
    asked.slack.press(
        SANNE, "intake:discard", value=draft, message=asked.direct_messages(MEHMET)[0]
    )
    assert asked.rows(Case)[0].status == "draft"


def test_a_draft_that_was_thrown_away_is_gone(asked):
    question = asked.direct_messages(MEHMET)[-1]
    draft = asked.rows(Case)[0].id
    asked.slack.press(MEHMET, "intake:discard", value=draft, message=question)
    asked.presses(MEHMET, "intake:form", on=question)
    assert "Dit concept is er niet meer" in asked.last_direct(MEHMET)


def test_a_direct_message_that_belongs_to_nothing_is_answered(team):
    assert "Ik weet even niet" in team.tells_bot(JOOST, "Tja.")


def test_an_english_speaker_is_answered_in_english(team):
    assert "I'm not sure what this belongs to" in team.tells_bot(GRACE, "Well then.")


# the world around


def _request(stage, text, *, secret=SECRET, at=None):
    body, kind = encode(Delivery("command", {"command": "/intervisie", "text": text}, SANNE))
    url = f"http://127.0.0.1:{stage.port}/slack/events"
    headers = {"Content-Type": kind, **sign(body, secret, at)}
    return httpx.post(url, content=body, headers=headers, trust_env=False)


def test_a_forged_signature_is_refused(stage):
    assert _request(stage, "help", secret="guessed").status_code == 401


def test_a_stale_signature_is_refused(stage):
    from time import time

    assert _request(stage, "help", at=time() - 600).status_code == 401


LEGACY = ("interactive_message", "dialog_submission", "dialog_cancellation", "dialog_suggestion")


@pytest.mark.parametrize("kind", [*LEGACY, "view_closed", "message_action", "block_suggestion"])
def test_what_is_no_press_of_ours_is_let_pass(team, kind):
    body = {
        "type": kind,
        "callback_id": "session:contribute",
        "action_id": "session:pass",
        "team": {"id": TEAM},
        "user": {"id": SANNE},
        "trigger_id": "1.2",
        "actions": [{"name": "x", "type": "button", "value": "v"}],
    }
    delivery = Delivery("interaction", body, SANNE)
    assert team.stage.slack.dispatcher.send(delivery, {}).status == 200


RSS = {"type": "message", "subtype": "bot_message", "username": "RSS", "ts": "1.2", "text": "nieuw"}


@pytest.mark.parametrize(
    "event",
    [
        {"type": None},
        {"type": ["message"]},
        {"type": "message", "channel": "C1", "ts": "1.2"},
        {"type": "message", "channel": "C1", "ts": "1.2", "user": SANNE, "text": None},
        {"type": "message", "subtype": "message_changed", "channel": "C1", "ts": "1.2"},
        {"type": "message", "subtype": "message_changed", "channel": "C1", "ts": "1.2"}
        | {"message": None, "previous_message": None},
        {"type": "message", "subtype": "message_changed", "channel": "C1", "ts": "1.2"}
        | {"message": {**RSS, "thread_ts": "1.1"}, "previous_message": RSS},
        {"type": "message", "subtype": "message_deleted", "channel": "C1", "ts": "1.2"},
        {"type": "message", "subtype": "message_deleted", "channel": "C1", "ts": "1.2"}
        | {"previous_message": {"ts": "1.1", "text": "weg"}},
    ],
)
def test_an_event_that_lacks_what_is_optional_is_let_pass(team, event):
    team.begins(MEHMET, [SANNE, ESTHER])
    body = envelope(team, event)
    for each in (body, {**body, "authorizations": None}):
        delivery = Delivery("event", each, SANNE)
        assert team.stage.slack.dispatcher.send(delivery, {}).status == 200


def test_half_a_sign_and_a_nul_are_left_out(team):
    team.begins(MEHMET, [SANNE, ESTHER])
    deliver(team, message_event(team, team.turn(), "Ik \ud83d ben\x00 er."))
    sealed = team.contributions()[-1].content
    with team.stage.bot.store.unit() as unit:
        assert unit.open(team.session().vault_id, sealed) == "Ik  ben er."


def test_a_button_of_an_earlier_version_says_so(team):
    message = team.slack.post(SANNE, team.channel, "hoi")
    assert team.slack.press(SANNE, "gone:by", value="x", message=message).status == 200
    team.stage.settle()
    assert "iets wat er niet meer is" in team.whispered(SANNE)[-1]


def test_the_same_delivery_three_times_changes_things_once(team):
    team.begins(MEHMET, [SANNE, ESTHER])
    team.stage.slack.dispatcher.copies = 3
    team.writes(team.turn(), "Ik ben er.")
    assert len(team.contributions()) == 1


def test_who_leaves_the_channel_leaves_the_session_at_once(in_round):
    asker = in_round.turn()
    in_round.slack.leave(asker, in_round.channel)
    in_round.stage.settle()
    assert in_round.turn() != asker
    assert asker not in json.loads(in_round.session().state)["participants"]


def test_somebody_who_left_cannot_start_a_waiting_case(team):
    case = team.brings(MEHMET)
    team.types(FATIMA, "wachtrij")
    team.slack.leave(FATIMA, team.channel)
    elsewhere = team.slack.post(FATIMA, team.direct(FATIMA), "hoi")
    team.slack.press(FATIMA, "case:start", value=case, message=elsewhere)
    team.stage.settle()
    assert team.rows(SessionRow) == []


def test_without_a_database_the_event_comes_again(team):
    team.begins(MEHMET, [SANNE, ESTHER])
    asker = team.turn()
    with _away(team):
        team.slack.post(asker, team.channel, "Ik ben er.", team.board().ts)
        answer = team.slack.slash(asker, team.channel, "/intervisie", "stand")
    assert answer.status == 200
    assert "mis bij ons" in str(answer.body["text"])
    assert team.contributions() == []
    team.stage.pass_time(timedelta(minutes=2))
    assert len(team.contributions()) == 1


def test_a_form_that_cannot_be_kept_stays_open_and_says_so(in_round):
    asker = in_round.turn()
    in_round.presses(asker, "session:contribute")
    before = len(in_round.contributions())
    with _away(in_round):
        in_round.sends(asker, text="Wat zie je?")
    assert "mis bij ons" in in_round.slack.views(asker)[-1].errors["text"]
    assert len(in_round.contributions()) == before
    in_round.sends(asker, text="Wat zie je?")
    assert not in_round.slack.views(asker)
    assert len(in_round.contributions()) == before + 1


@contextmanager
def _away(team):
    """The database is away until the block ends."""
    store = team.stage.bot.store
    engine, store.engine = store.engine, create_engine("sqlite:////nowhere/at/all.sqlite3")
    yield
    store.engine = engine


def test_the_name_of_a_group_pings_nobody(team):
    team.types(SANNE, "groep")
    team.sends(SANNE, name="<!channel> & co", members=[SANNE, MEHMET, ESTHER], leads=[SANNE])
    said = [m for m in team.slack.messages(SANNE, team.channel) if "co" in m.text]
    said += team.direct_messages(MEHMET)
    assert said
    assert all("<!channel>" not in f"{m.text} {m.blocks}" for m in said)
    assert "<!channel> & co" in team.last_direct(MEHMET)


def test_a_slash_word_is_answered_in_time_when_slack_is_slow(stage):
    team = Team(stage)
    stage.slack.api.fail("*", "slow", times=10, seconds=4)
    answer = stage.workspace.slash(SANNE, team.channel, "/intervisie", "groep")
    assert answer.status == 200
    assert "Slack doet er lang over" in str(answer.body)


@pytest.mark.parametrize("body", ["[]", "null", '{"ok": true', "<html>Sorry</html>"])
@pytest.mark.parametrize("method", ["users.info", "conversations.info", "views.open"])
def test_a_malformed_answer_of_slack_ends_no_request(team, method, body):
    team.stage.slack.api.respond(method, 200, body, times=3)
    reply = team.slack.slash(JOOST, team.channel, "/intervisie", "groep")
    assert reply.status == 200

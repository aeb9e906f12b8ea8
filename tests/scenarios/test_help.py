"""Help says what can be done here and now, wherever somebody asks for it."""

import pytest

from bot.catalog.methods import shipped_methods
from playground.reading import elements, find
from playground.testing import ESTHER, FATIMA, JOOST, MEHMET, SANNE, Team


@pytest.fixture
def team(stage):
    return Team(stage)


def read(reply):
    return str(reply.body["blocks"])


def actions(blocks):
    return [each["action_id"] for _, each in elements(blocks)]


def test_help_in_a_channel_without_a_group_says_how_to_begin(team):
    reply = team.types(SANNE, "hulp")
    assert "`begin`" in read(reply)
    assert actions(reply.body["blocks"])[0] == "group:start"


def test_help_during_a_session_names_its_moves(team):
    team.begins(MEHMET, [SANNE, ESTHER])
    told = read(team.types(SANNE, "hulp"))
    assert "`pas`" in told
    assert "`groep`" not in told


def test_help_in_a_lobby_points_to_the_board(team):
    team.gathers(MEHMET, [SANNE])
    assert "op het bord" in read(team.types(SANNE, "hulp"))


def test_help_in_a_group_differs_for_who_regulates_it_and_who_is_outside(year):
    year.founds(members=[SANNE, MEHMET, ESTHER, JOOST])
    assert "`deelname`" in read(year.types(SANNE, "hulp"))
    member = read(year.types(MEHMET, "hulp"))
    assert "`beurt`" in member
    assert "`deelname`" not in member
    assert "`meedoen`" in read(year.types(FATIMA, "hulp"))


def test_help_where_the_bot_is_not_says_how_to_invite_it(team):
    elsewhere = next(c.id for c in team.slack.channels.values() if c.name == "koffie")
    told = read(team.types(SANNE, "hulp", channel=elsewhere))
    assert "/invite @Intervisie" in told


def test_all_words_are_one_press_away(team):
    team.tells_bot(SANNE, "hulp")
    team.presses(SANNE, "help:more", on=team.direct_messages(SANNE)[-1])
    said = team.last_direct(SANNE)
    assert "verklaring" in said
    assert "deelname" in said


@pytest.mark.parametrize("said", ["help", "Hallo!", "hoi", "hulp?"])
def test_a_direct_message_that_asks_for_help_gets_it(team, said):
    assert "Hier praat je met mij alleen" in team.tells_bot(SANNE, said)


def test_a_direct_message_may_be_a_word_of_the_slash_command(team):
    assert "De vragencoach leest" in team.tells_bot(SANNE, "coach aan")
    assert "nog niet in een intervisiegroep" in team.tells_bot(SANNE, "casus")


def test_a_word_that_needs_a_form_gets_a_button_that_opens_it(team):
    team.tells_bot(SANNE, "afwezig")
    message = team.direct_messages(SANNE)[-1]
    team.presses(SANNE, "group:wishes", on=message)
    assert team.slack.views(SANNE)


def test_a_mention_in_the_channel_is_the_slash_command(team):
    team.slack.post(SANNE, team.channel, "@intervisie hulp")
    team.stage.settle()
    assert "`begin`" in team.whispered(SANNE)[-1] or "begin" in team.whispered(SANNE)[-1]
    team.slack.post(SANNE, team.channel, "@intervisie wachtrjj")
    team.stage.settle()
    assert "/intervisie wachtrij" in team.whispered(SANNE)[-1]


def test_a_mention_in_a_thread_is_heard_if_it_is_a_word_and_no_contribution(team):
    team.comes_to_questions(MEHMET, [SANNE, ESTHER])
    who = team.turn()
    before = team.turn()
    team.writes(who, "@intervisie stand")
    assert team.turn() == before
    mine = [m for m in team.thread(who) if m.ephemeral_to == who]
    assert find(mine[-1].blocks, "group:queue"), "the answer stands in the thread"
    team.writes(who, "@intervisie pas")
    assert team.turn() != before


def test_what_is_said_about_the_bot_in_a_thread_counts(team):
    team.comes_to_questions(MEHMET, [SANNE, ESTHER])
    who = team.turn()
    team.writes(who, "Wat zou @intervisie daarvan zeggen?")
    assert team.turn() == MEHMET


def test_help_asked_twice_by_slack_is_answered_once(team):
    team.slack.deliver.copies = 2
    team.slack.post(JOOST, team.channel, "@intervisie hulp")
    team.stage.settle()
    assert len(team.whispered(JOOST)) == 1


def test_a_suggestion_can_be_taken_by_its_button(team):
    reply = team.types(SANNE, "kasus")
    assert find(reply.body["blocks"], "group:case")


def test_every_method_is_listed_under_what_a_group_wants_with_its_steps(team):
    team.types(SANNE, "methodes")
    said = [m for m in team.slack.everything(SANNE, team.channel) if m.ephemeral_to == SANNE]
    told = "\n".join(team.reads(m) for m in said)
    shipped = shipped_methods().values()
    assert all(f"{m.title['nl']}" in told and m.summary["nl"] in told for m in shipped)
    assert told.index("Voor een eerste keer") < told.index("Over de groep zelf")
    message = next(m for m in said if "Balintgroep" in team.reads(m))
    [(at, button)] = [
        (at, each) for at, each in elements(message.blocks) if each["value"].endswith("|balint")
    ]
    value = button["value"]
    team.slack.press(SANNE, "method:steps", value=value, message=message, block_id=at)
    team.stage.settle()
    assert "1. " in team.whispered(SANNE)[-1]


def test_methods_can_be_read_in_direct_messages(team):
    assert "Balintgroep" in str(team.types(SANNE, "methodes", channel=team.direct(SANNE)).body)

"""Nobody is left hanging: what was saved is said, and what ended says what comes next."""

import pytest

from playground.reading import elements, find
from playground.testing import ESTHER, MEHMET, SANNE, Team


@pytest.fixture
def team(stage):
    return Team(stage)


def buttons(message):
    return [each["action_id"] for _, each in elements(message.blocks)]


def what_now(team):
    seen = team.slack.messages(SANNE, team.channel)
    return [m for m in seen if any(b.get("block_id") == "what-now" for b in m.blocks)]


def test_a_first_session_without_a_group_ends_in_what_now(team):
    for _ in range(2):
        team.begins(MEHMET, [SANNE, ESTHER])
        assert team.plays_on([MEHMET, SANNE, ESTHER])
        team.stage.tick()
        team.stage.settle()
    (said,) = what_now(team)  # once
    assert "eerste sessie" in team.reads(said)
    assert buttons(said) == ["group:group", "group:case", "group:start"]
    team.presses(SANNE, "group:group", on=said)
    assert "Wie doen er mee" in str(team.slack.views(SANNE)[-1].spec)
    team.presses(ESTHER, "group:case", on=said)
    assert find(team.direct_messages(ESTHER)[-1].blocks, "intake:form")
    team.presses(SANNE, "group:start", on=said)
    assert "casus" in team.whispered(SANNE)[-1]


def test_a_lobby_that_was_stopped_promises_no_going_on(team):
    team.gathers(MEHMET, [SANNE])
    team.chooses(MEHMET, "stop")
    assert "Niet begonnen" in team.board_says()
    assert "verdergaan" not in team.board_says()
    assert "We beginnen nu niet" in team.thread_says()
    over = team.board()
    assert buttons(over) == ["case:start"]
    team.presses(SANNE, "case:start", on=over)
    assert team.board().ts != over.ts
    assert "Mehmet brengt een casus in" in team.board_says()


def test_a_lobby_about_the_group_that_was_stopped_has_no_case_to_start(team):
    team.types(SANNE, "kennismaken")
    team.chooses(SANNE, "stop")
    assert team.board_says().endswith("Niet begonnen.")
    assert buttons(team.board()) == []


def test_saved_settings_are_told_to_who_saved_them(team):
    before = team.whispered(SANNE)
    assert team.types(SANNE, "instellingen").body is None
    assert team.whispered(SANNE) == before  # the form is all there is to see
    team.sends(SANNE, keep="14", guidance="supported")
    told = team.last_direct(SANNE)
    assert "Opgeslagen. Dit is veranderd, voor #intervisie:" in told
    assert "14" in told
    assert "Een beetje" in told
    assert "Taal" not in told
    team.types(SANNE, "instellingen")
    team.sends(SANNE)
    assert "alles stond al zo" in team.last_direct(SANNE)


def test_saved_wishes_are_told(team):
    team.types(MEHMET, "afwezig")
    team.sends(MEHMET, away_from="2027-03-22", away_until="2027-04-02", reminders="all")
    told = team.last_direct(MEHMET)
    assert "voor jou" in told
    assert "22 maart 2027" in told


def test_home_has_a_button_for_a_group_without_a_regular_day(team):
    team.brings(SANNE)
    team.home(SANNE)
    assert "nog geen vaste dag" in team.home_says(SANNE)
    assert "/intervisie groep" not in team.home_says(SANNE)
    team.presses_home(SANNE, "home:begin")
    team.sends(SANNE)
    assert "Wie doen er mee" in str(team.slack.views(SANNE)[-1].spec)

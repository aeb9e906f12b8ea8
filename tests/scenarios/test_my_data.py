"""What is kept of somebody: shown whole, and said what goes before they are forgotten."""

import json

import pytest

from bot.store.tables import Member, Reflection
from playground.reading import elements
from playground.testing import ESTHER, FOUR, JOOST, MEHMET, SANNE, Team


@pytest.fixture
def team(stage):
    return Team(stage)


@pytest.fixture
def finished(team):
    team.begins(MEHMET, [SANNE, ESTHER])
    assert team.plays_on([SANNE, MEHMET, ESTHER])
    return team


def files(team, who):
    return {file.name: file for m in team.direct_messages(who) for file in m.files}


def asked(team, who):
    """Ask to be forgotten; return the message that says what it means."""
    team.types(who, "vergeet")
    seen = team.slack.everything(who, team.channel)
    return [m for m in seen if m.ephemeral_to == who][-1]


def test_the_files_hold_everything_that_is_kept(finished):
    with finished.stage.bot.store.unit() as unit:
        score = unit.db.get(Reflection, (finished.session().id, SANNE))
    finished.types(SANNE, "mijndata")
    found = files(finished, SANNE)
    assert set(found) == {"mijn-gegevens.html", "mijn-gegevens.json"}
    kept = json.loads(found["mijn-gegevens.json"].content)["kept"]
    assert kept["people"][0]["sealed_name"].startswith("Sanne")
    assert kept["reflections"][0]["useful"] == (score.useful if score else None)
    said = [each["content"] for each in kept["contributions"]]
    assert said
    page = found["mijn-gegevens.html"].content.decode()
    assert "Sanne" in page
    assert all(text.split("\n")[0][:20] in page for text in said if text and "'" not in text)


def test_the_number_of_sessions_is_that_of_the_history(finished):
    finished.gathers(JOOST, [SANNE, ESTHER])  # a second one, that did not end
    finished.types(SANNE, "mijndata")
    told = finished.directs_say(SANNE)
    assert "Je deed mee aan 1 sessie." in told


def test_what_forgetting_means_is_said_before_it_happens(year):
    year.founds(members=FOUR)
    said = year.reads(asked(year, SANNE))
    assert "Wat weggaat" in said
    assert "Wat blijft" in said
    assert "Alleen jij regelde daar" in said
    assert "Alleen jij regelde" not in year.reads(asked(year, MEHMET))
    row = [each["action_id"] for _, each in elements(asked(year, MEHMET).blocks)]
    assert row[:2] == ["data:keep", "data:forget_yes"]


def test_after_the_only_coordinator_is_forgotten_every_member_is_one(year):
    year.founds(members=FOUR)
    message = asked(year, SANNE)
    year.presses(SANNE, "data:forget_yes", on=message)
    year.types(MEHMET, "bijeenkomst")
    assert year.slack.views(MEHMET), "the form to move a date is open to a member now"


def test_who_says_no_keeps_everything(finished):
    before = finished.rows(Member)
    finished.presses(SANNE, "data:keep", on=asked(finished, SANNE))
    assert "Alles blijft zoals het was" in finished.whispered(SANNE)[-1]
    assert [(m.user, m.left_at) for m in finished.rows(Member)] == [
        (m.user, m.left_at) for m in before
    ]


def test_a_session_under_way_is_named(team):
    team.begins(MEHMET, [SANNE, ESTHER])
    assert "je stapt uit de sessie die loopt in #intervisie" in team.reads(asked(team, SANNE))


def test_the_files_go_with_who_is_forgotten(finished):
    finished.types(SANNE, "mijndata")
    assert files(finished, SANNE)
    finished.presses(SANNE, "data:forget_yes", on=asked(finished, SANNE))
    finished.stage.settle()
    assert files(finished, SANNE) == {}


def test_without_the_permission_for_files_it_is_said_how_to_get_them(finished):
    scopes = finished.slack.app.scopes - {"files:write"}
    finished.slack.app = type(finished.slack.app)(
        scopes=scopes, events=finished.slack.app.events, commands=finished.slack.app.commands
    )
    finished.types(SANNE, "mijndata")
    told = finished.directs_say(SANNE)
    assert "Dit bewaar ik van jou" in told
    assert "files:write" in told

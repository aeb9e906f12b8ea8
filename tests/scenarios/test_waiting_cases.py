"""A case that nobody touches is forgotten after a while; its bringer hears it a week before."""

from datetime import UTC, datetime

import pytest

from bot.store.tables import Case, Vault
from playground.testing import DAY, MEHMET, SANNE, Team, WoundClock, seeded, staged

MONDAY = datetime(2027, 1, 4, 9, tzinfo=UTC)
"""In working hours: days that pass whole stay in them."""


@pytest.fixture
def any_stage(database_url):
    with staged(database_url, workspace=seeded(WoundClock(MONDAY))) as set_up:
        yield set_up


@pytest.fixture
def stage(sqlite_url):
    with staged(sqlite_url, workspace=seeded(WoundClock(MONDAY))) as set_up:
        yield set_up


def passes(team, days):
    for _ in range(days):
        team.stage.pass_time(DAY)


def waits_for(team, days):
    """Pass days in which nothing is due, and then one."""
    team.stage.pass_time((days - 1) * DAY)
    passes(team, 1)


def is_warned(team):
    return "Wil je hem nog houden?" in team.last_direct(MEHMET)


def status(team):
    (case,) = team.rows(Case)
    return case.status


@pytest.mark.parametrize("queued", [True, False])
def test_a_case_that_waits_is_forgotten_after_a_warning(any_stage, queued):
    team = Team(any_stage)
    if queued:
        team.brings(MEHMET)
    else:
        team.types(MEHMET, "casus")
        team.tells_bot(MEHMET, "Een lastig gesprek")
    waits_for(team, 172)
    assert not is_warned(team)
    passes(team, 5)
    assert is_warned(team)
    assert status(team) == ("queued" if queued else "draft")
    passes(team, 8)
    (case,) = team.rows(Case)
    assert (case.status, case.content, case.vault_id) == ("dropped", None, None)
    assert team.rows(Vault) == []
    assert "casussen" not in team.answered(SANNE, "wachtrij")
    assert team.unsent() == []


def test_a_case_that_its_bringer_keeps_waits_on(stage):
    team = Team(stage)
    team.brings(MEHMET)
    waits_for(team, 172)
    passes(team, 5)
    team.presses(MEHMET, "case:keep", on=team.direct_messages(MEHMET)[-1])
    assert "nog 180 dagen" in team.last_direct(MEHMET)
    passes(team, 15)
    assert status(team) == "queued"
    waits_for(team, 157)
    passes(team, 7)
    assert is_warned(team)


def test_a_case_that_changed_waits_on(stage):
    team = Team(stage)
    team.types(MEHMET, "casus")
    waits_for(team, 170)
    team.tells_bot(MEHMET, "Een lastig gesprek")
    passes(team, 20)
    assert not is_warned(team)
    assert status(team) == "draft"


def test_a_group_chooses_how_long_cases_wait(stage):
    team = Team(stage)
    team.brings(MEHMET)
    passes(team, 10)
    team.types(SANNE, "instellingen")
    assert "errors" in team.sends(SANNE, case_days="5").body
    team.sends(SANNE, case_days="14")
    passes(team, 4)
    assert is_warned(team)
    passes(team, 8)
    assert status(team) == "dropped"

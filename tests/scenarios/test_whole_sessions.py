"""A case goes from intake to closing reflection, over signed HTTP, on both databases."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from bot.flows.session.state import Session
from bot.store.tables import Case, Outbound, Reflection, SessionRow, Vault
from playground.speech import repertoire
from playground.testing import ESTHER, FATIMA, JOOST, MEHMET, SANNE, Team

PEOPLE = [SANNE, MEHMET, ESTHER, JOOST, FATIMA]


@pytest.mark.parametrize("kind", ["learning", "positive"])
def test_a_case_goes_from_intake_to_closing_reflection(any_stage, kind):
    team = Team(any_stage)
    team.begins(MEHMET, [SANNE, ESTHER, JOOST, FATIMA], kind)
    assert team.plays_on(PEOPLE)
    assert "Wat hier gezegd is, blijft hier" in team.board_says()
    assert team.session().status == "closed"
    assert {row.user for row in team.rows(Reflection)} == set(PEOPLE)
    assert [case.status for case in team.rows(Case)] == ["done"]
    assert team.unsent() == []
    assert all(row.payload is None for row in team.rows(Outbound) if row.vault_id is None)


def searched(team):
    """The columns of the session's row that queries search, and what its state says of them."""
    row = team.session()
    state = Session.model_validate_json(row.state)
    columns = (row.status, row.method, row.begun, row.ending, row.facilitator)
    begun = state.position is not None
    return columns, (state.phase, state.method, begun, state.ending, state.facilitator)


def test_the_searched_columns_of_a_session_follow_its_state(stage):
    team = Team(stage)
    team.gathers(MEHMET, [SANNE, ESTHER])
    lobby, expected = searched(team)
    assert lobby == expected == ("lobby", "basic", False, None, None)
    team.presses(SANNE, "session:lead")
    team.presses(MEHMET, "session:begin")
    begun, expected = searched(team)
    assert begun == expected == ("running", "basic", True, None, SANNE)
    assert team.plays_on([SANNE, MEHMET, ESTHER])
    over, expected = searched(team)
    assert over == expected == ("closed", "basic", True, "finished", SANNE)


def test_forgetting_empties_columns_of_old_processes(stage):
    team = Team(stage)
    team.begins(MEHMET, [SANNE, ESTHER])
    assert team.plays_on([SANNE, MEHMET, ESTHER])
    columns, _ = searched(team)
    with stage.bot.store.unit() as unit:  # as a process from before revision 0017 writes them
        unit.db.execute(text("UPDATE sessions SET begun = 0, ending = NULL"))
        unit.commit()
    stage.pass_time(timedelta(days=31))
    assert team.session().vault_id is None
    assert searched(team)[0] == columns


def test_the_bringer_gets_the_whole_harvest_and_nobody_else_does(stage):
    team = Team(stage)
    team.begins(MEHMET, [SANNE, ESTHER], "positive")
    assert team.plays_on([SANNE, MEHMET, ESTHER])
    harvest = [m for m in team.direct_messages(MEHMET) if "Je oogst" in team.reads(m)]
    assert len(harvest) == 1
    text = team.reads(harvest[0])
    for part in ("De vragen", "Complimenten", "Wat er duidelijk werd"):
        assert part in text
    for other in (SANNE, ESTHER):
        assert not any("Je oogst" in team.reads(m) for m in team.direct_messages(other))


def test_a_positive_case_asks_for_no_advice(stage):
    team = Team(stage)
    team.begins(MEHMET, [SANNE, ESTHER], "positive")
    assert team.plays_on([SANNE, MEHMET, ESTHER])
    assert "Advies" not in team.thread_says()
    kinds = [row.kind for row in team.contributions()]
    assert "advice" not in kinds
    assert not any(r.kind == "compliment" and r.author == MEHMET for r in team.contributions())


def test_what_is_said_never_stands_in_plain_in_the_database(tmp_path):
    from playground.testing import staged

    file = tmp_path / "canary.sqlite3"
    with staged(f"sqlite:///{file}") as stage:
        team = Team(stage)
        team.begins(MEHMET, [SANNE, ESTHER])
        team.checks_in([SANNE, MEHMET, ESTHER])
        team.writes(MEHMET, "kanarievogel in de mijn")
        team.presses(MEHMET, "session:done")
        team.writes(team.turn(), "Wat zingt de kanarievogel?")
        stored = b"".join(f.read_bytes() for f in tmp_path.iterdir() if f.is_file())
    assert len(stored) > 10_000
    assert b"kanarievogel" not in stored
    assert repertoire("nl")["cases"]["learning"]["title"].encode() not in stored


def test_content_is_forgotten_after_thirty_days(any_stage):
    from datetime import timedelta

    team = Team(any_stage)
    team.begins(MEHMET, [SANNE, ESTHER])
    assert team.plays_on([SANNE, MEHMET, ESTHER])
    said = len(team.contributions())
    any_stage.pass_time(timedelta(days=29))
    assert team.session().vault_id is not None
    any_stage.pass_time(timedelta(days=1, hours=2))
    assert team.session().vault_id is None
    assert team.rows(Vault) == []
    assert len(team.contributions()) == said


def test_the_state_does_not_grow_with_what_is_said(stage):
    team = Team(stage)
    team.begins(MEHMET, [SANNE, ESTHER])
    team.checks_in([SANNE, MEHMET, ESTHER])
    before = len(team.session().state)
    for n in range(20):
        team.writes(MEHMET, f"Nog iets, {n}")
    assert len(team.contributions()) == 23
    assert len(team.session().state) == before


def test_each_session_has_one_board_and_few_calls(stage):
    team = Team(stage)
    team.begins(MEHMET, [SANNE, ESTHER])
    stage.slack.api.calls.clear()
    assert team.plays_on([SANNE, MEHMET, ESTHER])
    boards = [m for m in team.slack.messages(SANNE, team.channel) if not m.ephemeral_to]
    assert len(boards) == 1
    assert {name for name, _, ok in stage.slack.api.calls if ok != "ok"} == set()


def test_two_sessions_in_one_channel_keep_their_words_apart(stage):
    team = Team(stage)
    team.begins(MEHMET, [SANNE, ESTHER])
    first = team.board()
    team.begins(JOOST, [SANNE, ESTHER], "positive")
    second = team.board()
    assert first.ts != second.ts
    team.writes(JOOST, "Bij de tweede.", thread=second.ts)
    rows = {row.id: row.method for row in team.rows(SessionRow)}
    assert [rows[c.session_id] for c in team.contributions()] == ["positive"]

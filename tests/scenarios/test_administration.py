"""Whoever runs the bot can forget and export people and end groups, and that is kept."""

import json
from contextlib import contextmanager

import pytest
from typer.testing import CliRunner

from bot import cli
from bot.i18n import LANGUAGES
from bot.store.tables import AdminAct, Base
from playground.slack.workspace import TEAM
from playground.testing import ESTHER, MEHMET, SANNE, Team


@pytest.fixture
def team(stage):
    return Team(stage)


@pytest.fixture
def runs(team, monkeypatch):
    @contextmanager
    def administration():
        yield team.stage.bot.administration

    monkeypatch.setattr(cli, "_administration", administration)

    def run(*words, lang="en", code=0):
        lang = () if words[0] == "audit" else ("--lang", lang)
        result = CliRunner().invoke(cli.app, [*words, *lang])
        assert result.exit_code == code, result.output
        return result.output.strip()

    return run


def test_an_administrator_forgets_ends_and_counts(team, runs):
    team.begins(MEHMET, [SANNE, ESTHER])
    assert json.loads(runs("sessions", "--json"))["running"] == 1
    (group,) = json.loads(runs("groups", "list", "--json"))
    assert (group["channel"], group["members"]) == (team.channel, 3)
    assert "3 leden, zonder planning" in runs("groups", "list", lang="nl")
    kept = json.loads(runs("people", "export", TEAM, SANNE))
    assert kept["person"] == SANNE
    assert kept["kept"]["participants"]

    assert runs("people", "forget", TEAM, SANNE) == f"{SANNE} is forgotten in {TEAM}."
    with team.stage.bot.store.unit() as unit:
        for table in Base.metadata.sorted_tables:
            if table.name != "outbox":
                assert SANNE not in str(unit.db.execute(table.select()).all()), table.name
    for language in LANGUAGES:
        told = runs("people", "forget", TEAM, SANNE, lang=language, code=1)
        assert SANNE in told
    assert runs("people", "export", TEAM, "U0NOBODY", code=1).startswith("Nothing is stored")

    assert runs("groups", "end", TEAM, "none", code=1).startswith("There's no group none")
    assert runs("groups", "end", "T0OTHER", group["id"], code=1).startswith("There's no group")
    assert json.loads(runs("groups", "end", TEAM, group["id"], "--json")) == {"ended": True}
    assert "has ended already" in runs("groups", "end", TEAM, group["id"], code=1)
    team.stage.settle()
    posts = team.slack.everything(MEHMET, team.channel)
    assert any("De beheerder heeft" in team.reads(post, MEHMET) for post in posts)
    assert json.loads(runs("sessions", "--json"))["running"] == 0

    acts = json.loads(runs("audit", "--json"))
    assert [act["act"] for act in acts] == ["people export", "people forget", "groups end"]
    assert runs("audit").count("\n") == 2
    assert SANNE not in str(team.rows(AdminAct)) + str(acts)

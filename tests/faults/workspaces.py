"""Two workspaces in one process: every id of the one, in any field of what the other sends."""

from collections import Counter
from random import Random
from typing import Any

from sqlalchemy import select

from bot.store.tables import Base, Case, Group, Id, MeetingRow
from playground.slack.api import SECRET
from playground.slack.delivery import HttpSender
from playground.slack.seed import seeded
from playground.testing import ESTHER, MEHMET, SANNE, Stage, Year, staged
from tests.faults.payloads import Place, corpus, renewed, with_foreign

OTHER = "T0OTHER"
THEIRS = "wulp"
"""Stands in everything that the others wrote, and may come out nowhere."""

FINE = frozenset({200, 400, 404})
"""What may be answered: done, cannot be read, nobody listens."""

SETTLED_EVERY = 100
"""After how many payloads the bot sends what it has to send."""


def isolation(url: str, *, payloads: int, seed: int) -> Counter[str]:
    """Send so many payloads from one workspace with ids of another; return the answers by kind.

    Both installed the app by OAuth, and have people and channels of the same ids. Raises
    `AssertionError` for a word of theirs that comes out, or a row or message that changes.
    """
    chance, done = Random(seed), Counter[str]()
    with staged(url, oauth=True, limited=False) as stage:
        here = seeded(stage.slack.clock, team=OTHER, oauth=True)
        stage.slack.add(here)
        theirs, ours = Year(stage), Year(stage, here)
        for team, mark in ((theirs, THEIRS), (ours, "onze")):
            stage.install(team.slack)
            _live(team, mark)
        ids = _ids(stage, theirs)
        before = _all(stage, theirs)
        kinds = corpus(_place(ours))
        send = HttpSender(f"http://127.0.0.1:{stage.port}/slack/events", SECRET)
        for number in range(payloads):
            each = chance.choice(kinds)
            made = list(with_foreign(each, (chance.choice(ids),)))
            reply = send(renewed(chance.choice(made) if made else each, number), {})
            done[f"{each.kind} {reply.status}"] += 1
            assert reply.status in FINE, (reply, each)
            assert THEIRS not in str(reply.body), each
            if number % SETTLED_EVERY == 0:
                stage.settle()
        stage.settle()
        after = _all(stage, theirs)
        assert {name: after[name] for name in after if after[name] != before[name]} == {}
        assert THEIRS not in str(vars(here)), "the others can read their words"
    return done


def _live(team: Year, mark: str) -> None:
    """Found a group, bring cases, and get a session under way, all with a word of its own."""
    team.founds()
    team.begins(MEHMET, [SANNE, ESTHER])
    for _ in range(3):
        team.writes(team.turn(), f"Hier ben ik, {mark}.")
    team.brings(SANNE)


def _place(team: Year) -> Place:
    session = team.session()
    return Place(
        team.slack.team,
        team.turn(),
        team.slack.bot.id,
        team.channel,
        team.board().ts,
        session.id,
        session.case_id,
        session.group_id,
        team.meetings()[0].id,
    )


def _ids(stage: Stage, team: Year) -> list[str]:
    """Return every id in a workspace: those of its rows, and those that Slack gave."""
    found = {team.slack.team, team.board().ts, *team.slack.channels, *team.slack.users}
    for table in (Case, Group, MeetingRow):
        found |= {row.id for row in team.rows(table)}
    with stage.bot.store.unit() as unit:
        for table in Base.metadata.sorted_tables:
            for column in table.c:
                if column.type is Id and "workspace" in table.c:
                    here = table.c.workspace == team.slack.team
                    found |= {each for each in unit.db.scalars(select(column).where(here)) if each}
    return sorted(found)


def _all(stage: Stage, team: Year) -> dict[str, list[Any]]:
    """Return all rows of a workspace, and all that stands in its Slack."""
    tables = [table for table in Base.metadata.sorted_tables if "workspace" in table.c]
    with stage.bot.store.unit() as unit:
        found = {
            table.name: unit.db.execute(select(table).where(table.c.workspace == team.slack.team))
            for table in tables
        }
        rows = {name: sorted(map(repr, each)) for name, each in found.items()}
    return {**rows, "Slack": [str(team.slack._messages), str(team.slack._homes)]}

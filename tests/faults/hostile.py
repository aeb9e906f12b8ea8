"""Hostile input: forged, stale and replayed, mutilated, and with ids of another workspace."""

import time
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded_with
from sqlalchemy import delete, insert, select, update

from bot.flows.meeting import Meeting, Plan, Stage, Status
from bot.flows.rhythm import Rhythm
from bot.flows.session.state import Session, floor
from bot.store.crypto import KeyRing
from bot.store.tables import (
    Base,
    Contribution,
    Group,
    Lane,
    MeetingRow,
    Outbound,
    Post,
    SessionRow,
    Vault,
)
from playground.slack import delivery as slack
from playground.slack.api import SECRET
from playground.slack.records import TEAM, Delivery
from tests.faults.actors import PEOPLE
from tests.faults.fixtures import seeding
from tests.faults.harness import Ground, Rig, set_up_rig
from tests.faults.payloads import Place, corpus, encoded, mutated, renewed, with_foreign

ELSEWHERE = "T0ELSEWHERE"
THEIRS = "wulp"
"""Stands in everything that people elsewhere wrote, and may come out nowhere."""

FINE = frozenset({200, 400, 401, 404})
"""What may be answered: done, cannot be read, not from Slack, nobody listens."""

WRONG = ("Traceback", '"request failed"', '"tick failed"', "could not handle", THEIRS)
"""What may stand in no log."""


def hostile(ground: Ground, *, payloads: int) -> Counter[str]:
    """Send so many bad payloads; returns how many of each kind got which answer.

    Raises `AssertionError` for a fault, a leak, or a row elsewhere that was touched.
    """
    with set_up_rig(ground) as rig:
        attack = _Attack(rig)
        attack.signatures()
        attack.broken(payloads // 10)
        attack.mutated(payloads // 2, ground.seed)
        attack.foreign(payloads - payloads // 2 - payloads // 10)
        attack.afterwards()
        return attack.done


class _Attack:
    """One installation under attack; two workspaces have a session in it."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.done: Counter[str] = Counter()
        self.client = httpx.Client(timeout=60, trust_env=False)
        here = rig.slack.workspace.create_channel("hier", [*PEOPLE, rig.slack.workspace.bot.id])
        self.theirs = self._lay(ELSEWHERE, "C0ELSEWHERE", THEIRS)
        self._silence_elsewhere()
        self.ours = self._lay(TEAM, here.id, "onze")
        rig.install("web")
        rig.settle()
        board = next(row for row in rig.rows(Post) if row.key == f"board:{self.ours.session}")
        state = next(row.state for row in rig.rows(SessionRow) if row.id == self.ours.session)
        asked = floor(Session.model_validate_json(state))
        assert asked is not None
        self.ours = replace(self.ours, thread=board.ts, user=asked)
        self.url = f"http://127.0.0.1:{rig.processes[0].port}/slack/events"
        self.before = self._elsewhere()
        self.kinds = corpus(self.ours)

    # what is sent

    def signatures(self) -> None:
        """Send what Slack did not sign, or not now, or not this: nothing comes of it."""
        reply = next(d for d in self.kinds if d.kind == "event")
        body, kind = slack.encode(reply)
        now = time.time()
        signed = slack.sign(body, SECRET)
        stamp, mark = signed["X-Slack-Request-Timestamp"], signed["X-Slack-Signature"]
        for what, headers in {
            "forged": slack.sign(body, "another secret"),
            "stale": slack.sign(body, SECRET, now - 301),
            "of the future": slack.sign(body, SECRET, now + 360),
            "of other words": slack.sign(body + b" ", SECRET),
            "dated anew": {
                "X-Slack-Request-Timestamp": str(int(now) - 1),
                "X-Slack-Signature": mark,
            },
            "not signed": {},
            "signed with nothing": {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": ""},
            "without a time": {"X-Slack-Signature": mark},
            "timed by words": {"X-Slack-Request-Timestamp": "soon", "X-Slack-Signature": mark},
        }.items():
            status = self._post(body, {**headers, "Content-Type": kind}, f"signature {what}")
            assert status in (400, 401), (what, status)
        assert not self._said(), "what was not signed has counted"
        for _ in range(3):
            self._post(body, {**signed, "Content-Type": kind}, "replayed")
        assert len(self._said()) == 1, "what was replayed counted twice, or not at all"

    def broken(self, number: int) -> None:
        """Send bodies, signed, that are broken before anybody reads them."""
        chance = self.rig.chance
        types = [
            "application/json",
            "application/x-www-form-urlencoded",
            "text/plain",
            "",
            "a/b; charset=utf-16",
        ]
        for _ in range(number):
            body, kind = slack.encode(chance.choice(self.kinds))
            match chance.randrange(5):
                case 0:
                    body = body[: chance.randrange(len(body))]
                case 1:
                    at = chance.randrange(len(body))
                    body = body[:at] + chance.randbytes(3) + body[at + 1 :]
                case 2:
                    kind = chance.choice(types)
                case 3:
                    body = chance.randbytes(chance.randrange(200))
                case 4:
                    body = chance.choice(
                        [
                            b"",
                            b"[]",
                            b"null",
                            b"1",
                            b'"x"',
                            b"{}",
                            b"payload=",
                            b"payload=%5B%5D",
                            b"payload=null",
                            b'{"a":' * 3000,
                        ]
                    )
            self._post(body, {**slack.sign(body, SECRET), "Content-Type": kind}, "bytes")

    def mutated(self, number: int, seed: int) -> None:
        """Send payloads with mistakes in them, as hypothesis invents them."""
        ids = [*self.ours.ids, *self.theirs.ids]

        @seeded_with(seed)
        @settings(
            max_examples=number,
            database=None,
            deadline=None,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
            print_blob=False,
        )
        @given(mutated(self.kinds, ids))
        def send(delivery: Delivery) -> None:
            self._send(delivery, "mutated")

        send()

    def foreign(self, number: int) -> None:
        """Send payloads with an id of elsewhere in a field."""
        chance = self.rig.chance
        for _ in range(number):
            each = chance.choice(self.kinds)
            made = list(with_foreign(each, self.theirs.ids))
            self._send(chance.choice(made) if made else each, "foreign")

    # what became of it

    def afterwards(self) -> None:
        """Check that all is as it should be, here and elsewhere."""
        told = self.rig.log.read_text(encoding="utf-8", errors="replace")
        wrong = [line for line in told.splitlines() if any(each in line for each in WRONG)]
        assert not wrong, wrong[:5]
        after = self._elsewhere()
        touched = {
            name: (rows, after[name]) for name, rows in self.before.items() if rows != after[name]
        }
        assert not touched, f"touched elsewhere: {touched}"
        keys = KeyRing([self.rig.keys])
        wrapped = {row.id: row.wrapped for row in self.rig.rows(Vault)}
        for row in self.rig.rows(Outbound):
            if row.payload is None or (row.vault_id and row.vault_id not in wrapped):
                continue
            key = wrapped[row.vault_id] if row.vault_id else None
            opened = keys.open_within(key, row.payload) if key else keys.open(row.payload)
            assert THEIRS.encode() not in opened, f"{row.method} leaks"
        assert THEIRS not in str(vars(self.rig.slack.workspace)), "Slack knows their words"
        answer = self.rig.slack.workspace.slash(PEOPLE[0], self.ours.channel, "/intervisie", "help")
        assert answer.status == 200, "it does not go on"

    # the two workspaces

    def _lay(self, team: str, channel: str, mark: str) -> Place:
        """Lay down a running session, a case in the queue and a meeting."""
        with seeding(self.rig, team, mark) as seeder:
            session = seeder.session(PEOPLE[0], channel, PEOPLE[1:3])
            case = seeder.case(PEOPLE[0], channel)
        now = datetime.now(UTC)
        with self.rig.engine.begin() as db:
            group = str(db.scalar(select(SessionRow.group_id).where(SessionRow.id == session)))
            plan = Plan(rhythm=Rhythm(since=now.date())).model_dump_json()
            db.execute(update(Group).where(Group.id == group).values(plan=plan))
            meeting = f"meeting-{team}"
            db.execute(
                insert(MeetingRow).values(
                    id=meeting,
                    workspace=team,
                    group_id=group,
                    day=now.date(),
                    starts_at=now + timedelta(days=10),
                    moved=False,
                    minutes=90,
                    status=Status.PLANNED,
                    stage=Stage.PLANNED,
                    sequence=0,
                    state=Meeting().model_dump_json(),
                )
            )
        bot = self.rig.slack.workspace.bot.id
        return Place(
            team, PEOPLE[0], bot, channel, "1795000000.000100", session, case, group, meeting
        )

    def _silence_elsewhere(self) -> None:
        """Discard what would be sent elsewhere: there is no Slack there. Their board stands."""
        with self.rig.engine.begin() as db:
            for table in (Outbound, Lane):
                db.execute(delete(table).where(table.workspace == ELSEWHERE))
            board = {"key": f"board:{self.theirs.session}", "channel": self.theirs.channel}
            db.execute(insert(Post).values(workspace=ELSEWHERE, ts=self.theirs.thread, **board))

    def _elsewhere(self) -> dict[str, list[Any]]:
        with self.rig.engine.connect() as db:
            return {
                table.name: sorted(
                    map(repr, db.execute(select(table).where(table.c.workspace == ELSEWHERE)))
                )
                for table in Base.metadata.sorted_tables
                if "workspace" in table.c
            }

    def _said(self) -> list[Any]:
        return [row for row in self.rig.rows(Contribution) if row.session_id == self.ours.session]

    # sending

    def _send(self, delivery: Delivery, what: str) -> None:
        delivery = renewed(delivery, self.done.total())
        try:
            body, kind = encoded(delivery, slack.encode)
        except UnicodeEncodeError:  # half a character does not get this far
            return
        self._post(body, {**slack.sign(body, SECRET), "Content-Type": kind}, what)

    def _post(self, body: bytes, headers: dict[str, str], what: str) -> int:
        answer = self.client.post(self.url, content=body, headers=headers)
        self.done[f"{what} {answer.status_code}"] += 1
        assert answer.status_code in FINE, (answer.status_code, body[:3000])
        assert THEIRS not in answer.text, body[:3000]
        assert "Traceback" not in answer.text, body[:3000]
        return answer.status_code

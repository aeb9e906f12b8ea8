"""Reminders: what one person hears about a meeting, at a polite hour where they are.

Each has a timer of its own. When it is due it is looked at anew: who swapped, handed in a
case or does not want to be reminded hears nothing.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select

from bot.blocks import meetings as show
from bot.errors import Refusal
from bot.flows.meeting import Meeting, Status
from bot.flows.rhythm import polite
from bot.flows.types import CaseStatus
from bot.i18n import Words
from bot.outbox.messages import direct
from bot.repositories.meetings import MeetingSnapshot, facts, lock_meetings
from bot.store.subjects import Subject
from bot.store.tables import Case, Group, MeetingRow
from bot.store.transactions import Transactions
from bot.store.unit import Unit
from bot.timers import DueTimer, retry_soon


class Reminders:
    """Reminds people of a meeting to come."""

    def __init__(self, transactions: Transactions) -> None:
        self.transactions = transactions

    def schedule_for_all(self, unit: Unit, snapshot: MeetingSnapshot) -> None:
        """Remind those who come, or have not said, and want to hear of every meeting."""
        for who, known in snapshot.members.items():
            if known.reminders == "all" and who not in snapshot.absent:
                self.schedule(unit, snapshot, who, "eve")

    def schedule(self, unit: Unit, snapshot: MeetingSnapshot, who: str, name: str) -> None:
        """Let one person be reminded about a meeting at a polite hour where they are."""
        due = polite(self.transactions.now(), snapshot.zone_of(who))
        if due < snapshot.row.starts_at:
            unit.set_timer(
                snapshot.group.workspace,
                Subject.REMINDER.key(f"{snapshot.row.id}|{who}"),
                name,
                due,
            )

    def on_due(self, unit: Unit, dues: Sequence[DueTimer]) -> None:
        """Remind people of meetings, looking up once what those have in common."""
        named: defaultdict[tuple[str, str, str], list[DueTimer]] = defaultdict(list)
        for due in dues:
            named[(due.workspace, due.id.partition("|")[0], due.name)].append(due)
        free = lock_meetings(unit, {meeting for _, meeting, _ in named}, wait=False)
        for (workspace, meeting, name), same in named.items():
            snapshot = free.get((workspace, meeting))
            if snapshot is None and unit.db.get(MeetingRow, meeting) is not None:
                for due in same:
                    retry_soon(unit, due, self.transactions.now())
            elif snapshot is not None and snapshot.row.status == Status.PLANNED:
                self._remind_now(unit, snapshot, [due.id.partition("|")[2] for due in same], name)

    def _remind_now(
        self, unit: Unit, snapshot: MeetingSnapshot, people: Sequence[str], name: str
    ) -> None:
        """Remind people of a meeting, all who speak one language at once."""
        now = self.transactions.now()
        if snapshot.row.starts_at <= now:
            return
        told: defaultdict[Words, list[str]] = defaultdict(list)
        for who in people:
            if who not in (snapshot.members if name == "eve" else snapshot.roles.bringers):
                continue
            if polite(now, snapshot.zone_of(who)) > now:  # we come late, and it has become night
                self.schedule(unit, snapshot, who, name)
            elif snapshot.members[who].reminders != "none":
                told[snapshot.words_of(who)].append(who)
        for words, those in told.items():
            if name == "eve":
                say = show.soon(facts(snapshot), words)
                direct(unit, snapshot.group.workspace, those[0], say, now, *those[1:])
            else:
                for who in those:
                    self._ask_now(unit, snapshot, who, name, words)

    def _ask_now(
        self, unit: Unit, snapshot: MeetingSnapshot, who: str, name: str, words: Words
    ) -> None:
        ready = self._has_case(unit, snapshot.group, who)
        if ready and name in ("nudge", "again"):
            return
        so_far = Meeting.model_validate_json(snapshot.row.state)
        snapshot.row.state = so_far.with_("told", who).model_dump_json()
        if ready:
            told = show.your_turn_ready(facts(snapshot), words)
        else:
            told = show.your_turn(facts(snapshot), words, again=name != "ask")
        direct(unit, snapshot.group.workspace, who, told, self.transactions.now())

    def tell_relieved(self, unit: Unit, snapshot: MeetingSnapshot, knows: Collection[str]) -> None:
        """Tell who heard that it was their turn that it is not any more, less who knows."""
        said = snapshot.meeting
        aware = {*knows, *said.passed, *snapshot.absent, *snapshot.roles.bringers}
        for who in said.told:
            if who in snapshot.members and who not in aware:
                told = show.relieved(facts(snapshot), snapshot.words_of(who))
                direct(unit, snapshot.group.workspace, who, told, self.transactions.now())
                snapshot.row.state = (said := said.without("told", who)).model_dump_json()

    def snooze(self, unit: Unit, snapshot: MeetingSnapshot, who: str) -> datetime:
        """Remind somebody again in two days; gives when. Raises `Refusal` when that is no use."""
        if who not in snapshot.roles.bringers:
            raise Refusal("turn_gone")
        due = polite(self.transactions.now() + timedelta(days=2), snapshot.zone_of(who))
        if due >= snapshot.row.starts_at:
            raise Refusal("snooze_late")
        unit.set_timer(
            snapshot.group.workspace, Subject.REMINDER.key(f"{snapshot.row.id}|{who}"), "again", due
        )
        return due

    def _has_case(self, unit: Unit, group: Group, who: str) -> bool:
        query = select(Case.id).where(
            Case.group_id == group.id, Case.bringer == who, Case.status == CaseStatus.QUEUED
        )
        return unit.db.scalar(query.limit(1)) is not None

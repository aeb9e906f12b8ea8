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
from bot.repositories.meetings import Going, facts, goings
from bot.store.subjects import Subject
from bot.store.tables import Case, Group, MeetingRow
from bot.store.transactions import Transactions
from bot.store.unit import Unit
from bot.timers import DueTimer, retry_soon


class Reminders:
    """Reminds people of a meeting to come."""

    def __init__(self, transactions: Transactions) -> None:
        self.transactions = transactions

    def schedule_for_all(self, unit: Unit, going: Going) -> None:
        """Remind those who come, or have not said, and want to hear of every meeting."""
        for who, known in going.members.items():
            if known.reminders == "all" and who not in going.absent:
                self.schedule(unit, going, who, "eve")

    def schedule(self, unit: Unit, going: Going, who: str, name: str) -> None:
        """Let one person be reminded about a meeting at a polite hour where they are."""
        due = polite(self.transactions.now(), going.zone_of(who))
        if due < going.row.starts_at:
            unit.set_timer(
                going.group.workspace, Subject.REMINDER.key(f"{going.row.id}|{who}"), name, due
            )

    def on_due(self, unit: Unit, dues: Sequence[DueTimer]) -> None:
        """Remind people of meetings, looking up once what those have in common."""
        named: defaultdict[tuple[str, str, str], list[DueTimer]] = defaultdict(list)
        for due in dues:
            named[(due.workspace, due.id.partition("|")[0], due.name)].append(due)
        free = goings(unit, {meeting for _, meeting, _ in named}, wait=False)
        for (workspace, meeting, name), same in named.items():
            going = free.get((workspace, meeting))
            if going is None and unit.db.get(MeetingRow, meeting) is not None:
                for due in same:
                    retry_soon(unit, due, self.transactions.now())
            elif going is not None and going.row.status == Status.PLANNED:
                self._remind_now(unit, going, [due.id.partition("|")[2] for due in same], name)

    def _remind_now(self, unit: Unit, going: Going, people: Sequence[str], name: str) -> None:
        """Remind people of a meeting, all who speak one language at once."""
        now = self.transactions.now()
        if going.row.starts_at <= now:
            return
        told: defaultdict[Words, list[str]] = defaultdict(list)
        for who in people:
            if who not in (going.members if name == "eve" else going.roles.bringers):
                continue
            if polite(now, going.zone_of(who)) > now:  # we come late, and it has become night
                self.schedule(unit, going, who, name)
            elif going.members[who].reminders != "none":
                told[going.words_of(who)].append(who)
        for words, those in told.items():
            if name == "eve":
                say = show.soon(facts(going), words)
                direct(unit, going.group.workspace, those[0], say, now, *those[1:])
            else:
                for who in those:
                    self._ask_now(unit, going, who, name, words)

    def _ask_now(self, unit: Unit, going: Going, who: str, name: str, words: Words) -> None:
        ready = self._has_case(unit, going.group, who)
        if ready and name in ("nudge", "again"):
            return
        so_far = Meeting.model_validate_json(going.row.state)
        going.row.state = so_far.with_("told", who).model_dump_json()
        if ready:
            told = show.your_turn_ready(facts(going), words)
        else:
            told = show.your_turn(facts(going), words, again=name != "ask")
        direct(unit, going.group.workspace, who, told, self.transactions.now())

    def tell_relieved(self, unit: Unit, going: Going, knows: Collection[str]) -> None:
        """Tell who heard that it was their turn that it is not any more, less who knows."""
        said = going.meeting
        aware = {*knows, *said.passed, *going.absent, *going.roles.bringers}
        for who in said.told:
            if who in going.members and who not in aware:
                told = show.relieved(facts(going), going.words_of(who))
                direct(unit, going.group.workspace, who, told, self.transactions.now())
                going.row.state = (said := said.without("told", who)).model_dump_json()

    def snooze(self, unit: Unit, going: Going, who: str) -> datetime:
        """Remind somebody again in two days; gives when. Raises `Refusal` when that is no use."""
        if who not in going.roles.bringers:
            raise Refusal("turn_gone")
        due = polite(self.transactions.now() + timedelta(days=2), going.zone_of(who))
        if due >= going.row.starts_at:
            raise Refusal("snooze_late")
        unit.set_timer(
            going.group.workspace, Subject.REMINDER.key(f"{going.row.id}|{who}"), "again", due
        )
        return due

    def _has_case(self, unit: Unit, group: Group, who: str) -> bool:
        query = select(Case.id).where(
            Case.group_id == group.id, Case.bringer == who, Case.status == CaseStatus.QUEUED
        )
        return unit.db.scalar(query.limit(1)) is not None

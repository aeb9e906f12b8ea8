"""Remind people of meetings by direct message, at a polite hour in their own time zone.

Each reminder is a timer of its own, with one of these names: "ask" and "nudge" ask a bringer for
a case, "again" does so after a snooze, and "eve" reminds of the meeting on the working day
before. What holds when it is due decides: a member who swapped their turn, has a case in the
queue or switched reminders off gets no message.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from bot.blocks import meetings as show
from bot.errors import Refusal
from bot.flows.meeting import Meeting, Status
from bot.flows.types import WantedReminders
from bot.i18n import Words
from bot.outbox.messages import send_direct
from bot.repositories.cases import has_case_ready
from bot.repositories.meetings import MeetingSnapshot, facts, lock_meetings
from bot.store.prompts import Prompt
from bot.store.subjects import Subject
from bot.store.tables import MeetingRow
from bot.store.transactions import Transactions
from bot.store.unit import Unit
from bot.timers import DueTimer, retry_soon

SNOOZE = timedelta(days=2)
"""Delay of a reminder that a bringer snoozes."""


class Reminders:
    """Schedules and sends reminders, in the transaction of the caller."""

    def __init__(self, transactions: Transactions) -> None:
        self.transactions = transactions

    def schedule_for_all(self, unit: Unit, snapshot: MeetingSnapshot) -> None:
        """Schedule "eve" for members who want all reminders and did not say they are away."""
        for user, member in snapshot.members.items():
            if member.reminders is WantedReminders.ALL and user not in snapshot.absent:
                self.schedule(unit, snapshot, user, "eve")

    def schedule(self, unit: Unit, snapshot: MeetingSnapshot, user: str, name: str) -> None:
        """Schedule a member's reminder at their next polite hour, if the meeting is later."""
        due = snapshot.polite(self.transactions.now(), user)
        if due < snapshot.row.starts_at:
            self._set_timer(unit, snapshot, user, name, due)

    def on_due(self, unit: Unit, dues: Sequence[DueTimer]) -> None:
        """Send the reminders that are due; what a meeting's reminders share is loaded once.

        Sets timers anew whose meeting another transaction holds.
        """
        by_reminder: defaultdict[tuple[str, str, str], list[DueTimer]] = defaultdict(list)
        for due in dues:
            by_reminder[(due.workspace, due.ids[0], due.name)].append(due)
        locked = lock_meetings(unit, {meeting for _, meeting, _ in by_reminder}, wait=False)
        for (workspace, meeting, name), same in by_reminder.items():
            snapshot = locked.get((workspace, meeting))
            row = unit.db.get(MeetingRow, meeting)
            if snapshot is None and row is not None and row.status == Status.PLANNED:
                for due in same:
                    retry_soon(unit, due, self.transactions.now())
            elif snapshot is not None and snapshot.row.status == Status.PLANNED:
                self._remind_now(unit, snapshot, [due.ids[1] for due in same], name)

    def _remind_now(
        self, unit: Unit, snapshot: MeetingSnapshot, users: Sequence[str], name: str
    ) -> None:
        """Send one kind of reminder to these people, grouped by language."""
        now = self.transactions.now()
        if snapshot.row.starts_at <= now:
            return
        by_language: defaultdict[Words, list[str]] = defaultdict(list)
        for user in users:
            if user not in (snapshot.members if name == "eve" else snapshot.roles.bringers):
                continue
            if snapshot.polite(now, user) > now:  # the timer fired late, at night
                self.schedule(unit, snapshot, user, name)
            elif snapshot.members[user].reminders is not WantedReminders.NONE:
                by_language[snapshot.words_of(user)].append(user)
        for words, readers in by_language.items():
            if name == "eve":
                payload, workspace = show.soon(facts(snapshot), words), snapshot.group.workspace
                asked = Prompt.MEETING.of(snapshot.row.id, f"soon:{readers[0]}")
                send_direct(unit, workspace, readers[0], payload, now, *readers[1:], prompt=asked)
            else:
                for user in readers:
                    self._ask_now(unit, snapshot, user, name, words)

    def _ask_now(
        self, unit: Unit, snapshot: MeetingSnapshot, user: str, name: str, words: Words
    ) -> None:
        """Ask a bringer for a case; one who has a case ready is only told of the turn."""
        ready = has_case_ready(unit, snapshot.group.id, user)
        if ready and name in ("nudge", "again"):
            return
        meeting = Meeting.model_validate_json(snapshot.row.state)
        snapshot.row.state = meeting.with_("told", user).model_dump_json()
        if ready:
            payload = show.your_turn_ready(facts(snapshot), words)
        else:
            payload = show.your_turn(facts(snapshot), words, again=name != "ask")
        asked, now = Prompt.MEETING.of(snapshot.row.id, user), self.transactions.now()
        send_direct(unit, snapshot.group.workspace, user, payload, now, prompt=asked)

    def tell_relieved(self, unit: Unit, snapshot: MeetingSnapshot, knows: Collection[str]) -> None:
        """Send members who had been told of their turn word that it is not theirs any more.

        Those in `knows`, who passed or who are away get no message.
        """
        meeting = snapshot.meeting
        stay = {*meeting.passed, *snapshot.absent, *snapshot.roles.bringers}
        for user in snapshot.meeting.told:
            if user not in snapshot.members or user in stay:
                continue
            if user not in knows:
                payload = show.relieved(facts(snapshot), snapshot.words_of(user))
                asked, now = Prompt.MEETING.of(snapshot.row.id, user), self.transactions.now()
                send_direct(unit, snapshot.group.workspace, user, payload, now, prompt=asked)
            meeting = meeting.without("told", user)
            snapshot.row.state = meeting.model_dump_json()

    def snooze(self, unit: Unit, snapshot: MeetingSnapshot, user: str) -> datetime:
        """Schedule a bringer's reminder in two days and return when it is due.

        Raises `Refusal` when it is not their turn, or the meeting starts before that.
        """
        if user not in snapshot.roles.bringers:
            raise Refusal("turn_gone")
        due = snapshot.polite(self.transactions.now() + SNOOZE, user)
        if due >= snapshot.row.starts_at:
            raise Refusal("snooze_late")
        self._set_timer(unit, snapshot, user, "again", due)
        return due

    def _set_timer(
        self, unit: Unit, snapshot: MeetingSnapshot, user: str, name: str, due: datetime
    ) -> None:
        subject = Subject.REMINDER.key(snapshot.row.id, user)
        unit.set_timer(snapshot.group.workspace, subject, name, due)

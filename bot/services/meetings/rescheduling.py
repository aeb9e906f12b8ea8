"""Change the date of a meeting: move it, skip it with a reason, or undo a skip."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from bot.blocks import meetings as show
from bot.errors import Refusal
from bot.flows.meeting import (
    LOBBY_GRACE,
    Move,
    Skip,
    Status,
    Unskip,
    collide,
    moments,
    stage_at,
)
from bot.flows.rhythm import zone_of
from bot.repositories.groups import plan_of
from bot.repositories.meetings import (
    MeetingSnapshot,
    facts,
    lock_meeting_of_member,
    lock_planned_meeting,
    snapshot_of,
    upcoming,
)
from bot.repositories.members import group_of_channel
from bot.repositories.people import words_for
from bot.services.meetings.lifecycle import Meetings
from bot.store.transactions import Transactions, transactional
from bot.store.unit import Unit

LATEST_MOVE = timedelta(days=60)
"""How far from now a meeting can be moved at most."""


class Rescheduling:
    """What members do with the dates of meetings. Every method raises `Refusal`."""

    def __init__(self, transactions: Transactions, meetings: Meetings) -> None:
        self.transactions = transactions
        self.meetings = meetings

    @transactional
    def form(self, unit: Unit, workspace: str, channel: str, user: str) -> dict[str, Any]:
        """Build the form to move or skip the next planned meeting of a channel's group."""
        group = group_of_channel(unit, workspace, channel, user, self.transactions.now())
        plan = plan_of(group)
        planned = (row for row in upcoming(unit, group) if row.status == Status.PLANNED)
        row = next(planned, None)
        if row is None:
            raise Refusal("no_meeting")
        words = words_for(unit, workspace, user, group)
        zone = plan.rhythm.zone
        shown = facts(snapshot_of(unit, row))
        return show.change(shown, row.starts_at.astimezone(zone_of(zone)), zone, words)

    @transactional
    def move_or_skip(
        self,
        unit: Unit,
        workspace: str,
        user: str,
        meeting: str,
        values: dict[str, str],
        seen: str | None,
    ) -> dict[str, Refusal]:
        """Move or skip a meeting, as a form says; return what is wrong, by input.

        `seen` is the date that the form was opened with, as a stamp. `values` are "what" ("move"
        or "skip"), "on" and "at" (ISO date and time) and "reason".
        """
        wrong: dict[str, Refusal] = {}
        snapshot = lock_planned_meeting(unit, workspace, user, meeting, seen)
        if not values["reason"]:
            wrong["reason"] = Refusal("empty")
        if values["what"] == "skip":
            if not wrong:
                skip = Skip(by=user, reason=values["reason"])
                self.meetings.apply(unit, snapshot.row, skip)
                self.meetings.advance(unit, snapshot.group)
            return wrong
        starts_at = self._read_start(snapshot, values, wrong)
        if starts_at is not None and "on" not in wrong:
            self._check_neighbours(unit, snapshot, starts_at, user, wrong)
        if not wrong and starts_at is not None:
            times = moments(starts_at, snapshot.row.minutes, snapshot.plan.rhythm)
            passed = stage_at(times, self.transactions.now())
            move = Move(starts=starts_at, passed=passed, by=user, reason=values["reason"])
            self.meetings.apply(unit, snapshot.row, move)
            self.meetings.advance(unit, snapshot.group)
        return wrong

    @transactional
    def unskip(self, unit: Unit, workspace: str, user: str, meeting: str, seen: str | None) -> None:
        """Plan a skipped meeting again, if its time is not over; who offered to bring hears so."""
        snapshot = lock_meeting_of_member(unit, workspace, user, meeting)
        row = snapshot.row
        stale = seen not in (None, show.date_stamp(row.starts_at))
        past = stale or row.starts_at <= self.transactions.now()
        self.meetings.apply(unit, row, Unskip(by=user, past=past))
        wrong: dict[str, Refusal] = {}
        self._check_neighbours(unit, snapshot, row.starts_at, user, wrong)
        if wrong:
            raise wrong["on"]
        self.meetings.advance(unit, snapshot.group)

    def _read_start(
        self, snapshot: MeetingSnapshot, values: dict[str, str], wrong: dict[str, Refusal]
    ) -> datetime | None:
        """Return the start that a form gives, in UTC; what is wrong with it goes into `wrong`."""
        zone = zone_of(snapshot.plan.rhythm.zone)
        try:
            day, at = date.fromisoformat(values["on"]), time.fromisoformat(values["at"])
            starts_at = datetime.combine(day, at, tzinfo=zone).astimezone(UTC)
        except (ValueError, OverflowError):
            wrong["on"] = Refusal("date_unknown")
            return None
        if starts_at <= self.transactions.now():
            wrong["on"] = Refusal("date_past")
        elif starts_at > self.transactions.now() + LATEST_MOVE:
            wrong["on"] = Refusal("date_far", days=LATEST_MOVE.days)
        return starts_at

    def _check_neighbours(
        self,
        unit: Unit,
        snapshot: MeetingSnapshot,
        starts_at: datetime,
        user: str,
        wrong: dict[str, Refusal],
    ) -> None:
        """Write into `wrong` that a start leaves no room between a meeting and another one."""
        zone = zone_of(snapshot.plan.rhythm.zone)
        for row in upcoming(unit, snapshot.group):
            if row.id != snapshot.row.id and collide(row.starts_at, starts_at):
                day = snapshot.words_of(user).day(row.starts_at.astimezone(zone).date())
                wrong["on"] = Refusal("meeting_near", day=day, least=LOBBY_GRACE.days)

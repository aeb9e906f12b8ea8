"""The dates of a group in people's own calendars: as a file, or as an address to follow."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from secrets import token_urlsafe

from sqlalchemy import select

from bot.blocks import calendars as show
from bot.blocks.elements import Payload
from bot.errors import Refusal
from bot.flows.meeting import Status
from bot.flows.rhythm import zone_of
from bot.i18n import Words
from bot.outbox.files import File
from bot.repositories.groups import plan_of
from bot.repositories.meetings import upcoming
from bot.repositories.members import group_of_channel, is_member, members_of
from bot.repositories.people import words_for
from bot.store.tables import Group, MeetingRow, Member, SendMethod
from bot.store.transactions import Transactions, transactional
from bot.store.unit import Outgoing, Unit

PAST = timedelta(days=365)
"""How far back a calendar that follows the dates shows them."""

OFF = frozenset({Status.SKIPPED, Status.MISSED, Status.CANCELLED})
"""What a calendar shows as called off."""


class Calendars:
    """Gives people their group's dates. `url` is our public address, "" when there is none."""

    def __init__(self, transactions: Transactions, url: str) -> None:
        self.transactions = transactions
        self.url = url

    @transactional
    def card(self, unit: Unit, workspace: str, channel: str, user: str) -> Payload:
        """Show somebody the dates of a channel's group. Raises `Refusal`."""
        group = group_of_channel(unit, workspace, channel, user, self.transactions.now())
        plan_of(group)
        return self._offer(unit, group, self._member(unit, workspace, group.id, user))

    @transactional
    def send(self, unit: Unit, workspace: str, user: str, group: str) -> None:
        """Send somebody all dates to come, and from now on what changes. Raises `Refusal`."""
        member = self._member(unit, workspace, group, user)
        found = unit.db.get(Group, group)
        assert found is not None
        self._hand(unit, found, member, upcoming(unit, found, most=60))

    @transactional
    def send_one(self, unit: Unit, workspace: str, user: str, meeting: str) -> None:
        """Send somebody one meeting, and from now on what changes. Raises `Refusal`."""
        row = unit.db.get(MeetingRow, meeting)
        if row is None or row.workspace != workspace:
            raise Refusal("not_in_group")
        member = self._member(unit, workspace, row.group_id, user)
        if row.status in OFF:
            raise Refusal("meeting_past")
        found = unit.db.get(Group, row.group_id)
        assert found is not None
        self._hand(unit, found, member, [row])

    @transactional
    def set_feed(self, unit: Unit, workspace: str, user: str, group: str, *, on: bool) -> Payload:
        """Give somebody a new address to follow, or none; the old one leads nowhere then."""
        member = self._member(unit, workspace, group, user)
        found = unit.db.get(Group, group)
        assert found is not None
        member.feed = token_urlsafe(32) if on and self.url else None
        return self._offer(unit, found, member)

    def feed(self, token: str) -> bytes | None:
        """Give the calendar behind an address; None when it leads nowhere (any more)."""
        with self.transactions.read() as unit:
            member = unit.db.scalar(select(Member).where(Member.feed == token))
            if member is None or member.left_at is not None:
                return None
            group, now = unit.db.get(Group, member.group_id), self.transactions.now()
            assert group is not None
            rows = unit.db.scalars(
                select(MeetingRow)
                .where(MeetingRow.group_id == group.id, MeetingRow.starts_at >= now - PAST)
                .order_by(MeetingRow.starts_at)
            )
            words = words_for(unit, member.workspace, member.user, group)
            return _written(group, rows, now, words)

    def _offer(self, unit: Unit, group: Group, member: Member) -> Payload:
        words = words_for(unit, group.workspace, member.user, group)
        address = f"{self.url}/calendar/{member.feed}.ics" if member.feed and self.url else None
        dates = [row.starts_at for row in upcoming(unit, group)]
        return show.offer(group.id, dates, address, words, can_follow=bool(self.url))

    def _hand(self, unit: Unit, group: Group, member: Member, rows: Iterable[MeetingRow]) -> None:
        member.calendar = True
        words = words_for(unit, group.workspace, member.user, group)
        _file(unit, group, member, rows, self.transactions.now(), words("calendar.file"), words)

    def _member(self, unit: Unit, workspace: str, group: str, user: str) -> Member:
        member = unit.db.get(Member, (group, user))
        if member is None or member.workspace != workspace or not is_member(unit, group, user):
            raise Refusal("not_in_group")
        return member


def send_calendar_changes(
    unit: Unit, group: Group, rows: Iterable[MeetingRow], now: datetime
) -> None:
    """Send those who took the dates over what has changed: what was moved, what is called off."""
    changed = [row for row in rows if row.starts_at > now]
    moved = [row for row in changed if row.status not in OFF]
    off = [row for row in changed if row.status in OFF]
    for member in members_of(unit, group):
        if not member.calendar:
            continue
        words = words_for(unit, group.workspace, member.user, group)
        if moved:
            _file(unit, group, member, moved, now, words("calendar.changed"), words)
        if off:
            _file(unit, group, member, off, now, words("calendar.off"), words, off=True)


def _file(
    unit: Unit,
    group: Group,
    member: Member,
    rows: Iterable[MeetingRow],
    now: datetime,
    comment: str,
    words: Words,
    *,
    off: bool = False,
) -> None:
    content = _written(group, rows, now, words, off=off)
    unit.send(
        Outgoing(
            workspace=group.workspace,
            conversation=member.user,
            method=SendMethod.FILE,
            payload=File("intervisie.ics", words("calendar.name"), content, comment).payload(),
            due=now,
        )
    )


def _written(
    group: Group, rows: Iterable[MeetingRow], now: datetime, words: Words, *, off: bool = False
) -> bytes:
    # Here, because loading what writes a calendar takes a while, and is rarely of use.
    from bot.exports.icalendar import Dated, Place, written

    zone = zone_of(plan_of(group).rhythm.zone)
    place = Place(group.workspace, group.channel, group.name, zone)
    dates = [
        Dated(row.id, row.starts_at, row.minutes, row.sequence, row.status in OFF) for row in rows
    ]
    return written(place, dates, now, words, method="CANCEL" if off else "PUBLISH")

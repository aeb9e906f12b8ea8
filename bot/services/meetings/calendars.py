"""Put a group's dates into people's own calendars: as a file, or as a feed to subscribe to."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from hashlib import sha256
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
from bot.repositories.members import group_of_channel, group_of_member, members_of
from bot.repositories.people import words_for
from bot.store.tables import Group, MeetingRow, Member, SendMethod
from bot.store.transactions import Transactions, transactional
from bot.store.unit import Outgoing, Unit

FEED_PAST = timedelta(days=365)
"""How far back a feed goes."""

FILE_DATES = 60
"""How many upcoming dates a file holds at most."""

CALLED_OFF = frozenset({Status.SKIPPED, Status.MISSED, Status.CANCELLED})
"""The statuses of meetings that a calendar shows as called off."""


class Calendars:
    """What members do with their group's dates. Methods raise `Refusal` for non-members.

    `url` is the public address of this installation, "" when it has none; feeds need one.
    """

    def __init__(self, transactions: Transactions, url: str) -> None:
        self.transactions = transactions
        self.url = url

    @transactional
    def card(self, unit: Unit, workspace: str, channel: str, user: str) -> Payload:
        """Build the card with the dates of a channel's group, for one member."""
        group = group_of_channel(unit, workspace, channel, user, self.transactions.now())
        plan_of(group)
        return self._offer(unit, group, self._member(unit, workspace, group.id, user))

    @transactional
    def send(self, unit: Unit, workspace: str, user: str, group_id: str) -> None:
        """Send a member a file of all upcoming dates, and from now on a file of each change."""
        member = self._member(unit, workspace, group_id, user)
        group = unit.db.get(Group, group_id)
        assert group is not None
        self._send_file(unit, group, member, upcoming(unit, group, most=FILE_DATES))

    @transactional
    def send_one(self, unit: Unit, workspace: str, user: str, meeting: str) -> None:
        """Send a member a file of one meeting, and from now on a file of each change.

        Raises `Refusal` when the meeting is called off.
        """
        row = unit.db.get(MeetingRow, meeting)
        if row is None or row.workspace != workspace:
            raise Refusal("outdated")
        member = self._member(unit, workspace, row.group_id, user)
        if row.status in CALLED_OFF:
            raise Refusal("meeting_past")
        group = unit.db.get(Group, row.group_id)
        assert group is not None
        self._send_file(unit, group, member, [row])

    @transactional
    def set_feed(
        self, unit: Unit, workspace: str, user: str, group_id: str, *, on: bool
    ) -> Payload:
        """Create a member's feed, or remove it; the address that was valid before is not any more.

        Returns the card with the new address.
        """
        member = self._member(unit, workspace, group_id, user)
        group = unit.db.get(Group, group_id)
        assert group is not None
        token = token_urlsafe(32) if on and self.url else None
        member.feed = _digest(token) if token else None
        return self._offer(unit, group, member, token)

    def feed(self, token: str) -> bytes | None:
        """Return the iCalendar file of a feed; None when no member has this token."""
        with self.transactions.read() as unit:
            member = unit.db.scalar(select(Member).where(Member.feed == _digest(token)))
            if member is None or member.left_at is not None:
                return None
            group, now = unit.db.get(Group, member.group_id), self.transactions.now()
            assert group is not None
            rows = unit.db.scalars(
                select(MeetingRow)
                .where(MeetingRow.group_id == group.id, MeetingRow.starts_at >= now - FEED_PAST)
                .order_by(MeetingRow.starts_at)
            )
            words = words_for(unit, member.workspace, member.user, group)
            return _render(group, rows, now, words)

    def _offer(self, unit: Unit, group: Group, member: Member, token: str | None = None) -> Payload:
        """Build the card with the dates; `token` is that of a feed created just now."""
        words = words_for(unit, group.workspace, member.user, group)
        address = f"{self.url}/calendar/{token}.ics" if token else None
        dates = [row.starts_at for row in upcoming(unit, group)]
        follows, can_follow = member.feed is not None, bool(self.url)
        return show.offer(group.id, dates, address, words, follows=follows, can_follow=can_follow)

    def _send_file(
        self, unit: Unit, group: Group, member: Member, rows: Iterable[MeetingRow]
    ) -> None:
        member.calendar = True
        words = words_for(unit, group.workspace, member.user, group)
        _send(unit, group, member, rows, self.transactions.now(), words("calendar.file"), words)

    def _member(self, unit: Unit, workspace: str, group_id: str, user: str) -> Member:
        group_of_member(unit, workspace, user, group_id)
        member = unit.db.get(Member, (group_id, user))
        assert member is not None
        return member


def _digest(token: str) -> str:
    """Return what is stored of a feed's token: whoever reads the database cannot use it."""
    return sha256(token.encode()).hexdigest()


def send_calendar_changes(
    unit: Unit, group: Group, rows: Iterable[MeetingRow], now: datetime
) -> None:
    """Send members who took dates into their calendar the future dates that changed.

    Runs in the caller's transaction. Dates that are called off go in a file of their own.
    """
    changed = [row for row in rows if row.starts_at > now]
    moved = [row for row in changed if row.status not in CALLED_OFF]
    called_off = [row for row in changed if row.status in CALLED_OFF]
    for member in members_of(unit, group):
        if not member.calendar:
            continue
        words = words_for(unit, group.workspace, member.user, group)
        if moved:
            _send(unit, group, member, moved, now, words("calendar.changed"), words)
        if called_off:
            comment = words("calendar.off")
            _send(unit, group, member, called_off, now, comment, words, called_off=True)


def _send(
    unit: Unit,
    group: Group,
    member: Member,
    rows: Iterable[MeetingRow],
    now: datetime,
    comment: str,
    words: Words,
    *,
    called_off: bool = False,
) -> None:
    content = _render(group, rows, now, words, called_off=called_off)
    unit.send(
        Outgoing(
            workspace=group.workspace,
            conversation=member.user,
            method=SendMethod.FILE,
            payload=File("intervisie.ics", words("calendar.name"), content, comment).payload(),
            due=now,
        )
    )


def _render(
    group: Group,
    rows: Iterable[MeetingRow],
    now: datetime,
    words: Words,
    *,
    called_off: bool = False,
) -> bytes:
    # Imported here, because the import is slow and few processes write a calendar.
    from bot.exports.icalendar import Dated, Place, written

    zone = zone_of(plan_of(group).rhythm.zone)
    place = Place(group.workspace, group.channel, group.name, zone)
    dates = [
        Dated(row.id, row.starts_at, row.minutes, row.sequence, row.status in CALLED_OFF)
        for row in rows
    ]
    return written(place, dates, now, words, method="CANCEL" if called_off else "PUBLISH")

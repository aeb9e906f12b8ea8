"""Participation figures for leads, and for members who want to see what their lead sees.

A request is stored as a timer, and answered when that is due, so that it survives a crash. Whether
the person may see the figures is checked twice: at the request, and before they are sent.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from functools import partial
from typing import Literal, NamedTuple

from sqlalchemy import select, true

from bot import limits
from bot.blocks import participation as show
from bot.blocks import replies
from bot.blocks.elements import Payload, View
from bot.errors import Refusal
from bot.flows.participation import LEAST_MEMBERS, Figures, Period, period_of
from bot.i18n import Words
from bot.outbox.files import ChartFile, File
from bot.outbox.messages import send_direct
from bot.repositories.groups import zone_of_group
from bot.repositories.members import members_with_names, require_member
from bot.repositories.participation import figures_of
from bot.repositories.people import words_for
from bot.store.subjects import Subject
from bot.store.tables import Group, Member, SendMethod
from bot.store.transactions import Transactions, transactional
from bot.store.unit import Outgoing, Unit
from bot.timers import DueTimer

Format = Literal["table", "csv", "xlsx"]


class FiguresRequest(NamedTuple):
    """A request for a group's figures: who asks, as its lead or as a member, in which format."""

    workspace: str
    user: str
    group: str
    lead: bool = True
    format: Format = "table"


class Participation:
    """What people can ask about participation in their groups."""

    def __init__(self, transactions: Transactions) -> None:
        self.transactions = transactions

    @transactional
    def request(self, unit: Unit, request: FiguresRequest, text: str = "") -> None:
        """Store a request for the figures of a period; `text` is the period as typed.

        Raises `Refusal` when the person may not see them, or the period is unknown.
        """
        group, _ = self._allowed(unit, request)
        period = period_of(text, self._today(group))
        name = f"{request.format}:{'lead' if request.lead else 'mine'}:{period}"
        subject = Subject.STATS.key(group.id, request.user)
        unit.set_timer(request.workspace, subject, name, self.transactions.now())

    def group_in_channel(self, workspace: str, channel: str, user: str) -> str:
        """Return the id of a channel's group. Raises `Refusal` for anyone but its members."""
        with self.transactions.read() as unit:
            group = unit.db.scalar(
                select(Group).where(Group.workspace == workspace, Group.channel == channel)
            )
            if group is None:
                raise Refusal("stats_no_group")
            return require_member(unit, group, user).id

    def form(self, request: FiguresRequest) -> View:
        """Build the form to choose a period. Raises `Refusal` as `request` does."""
        with self.transactions.read() as unit:
            group, _ = self._allowed(unit, request)
            years = show.years_until(group.created_at.date(), self._today(group))
            words = words_for(unit, request.workspace, request.user, group)
            return show.form(group.id, years, words, lead=request.lead)

    def group_ids(self, workspace: str, user: str, *, lead: bool) -> list[str]:
        """List the ids of the groups that a person leads, or (not `lead`) is in."""
        with self.transactions.read() as unit:
            return [group.id for group in _choices(unit, workspace, user, lead=lead)]

    def form_for_any_group(self, workspace: str, user: str, text: str, *, lead: bool) -> View:
        """Build the form to choose a group and a period; `text` is the period as typed.

        The person must have a group (see `group_ids`). Raises `Refusal` for an unknown period.
        """
        with self.transactions.read() as unit:
            groups = _choices(unit, workspace, user, lead=lead)
            today = self._today(groups[0])
            first = min(group.created_at for group in groups).date()
            words = words_for(unit, workspace, user, None)
            return show.form(
                [(group.id, group.name) for group in groups],
                show.years_until(first, today),
                words,
                lead=lead,
                typed=period_of(text, today) if text else None,
            )

    # answers

    def on_due(self, unit: Unit, due: DueTimer) -> None:
        """Send the figures that a person asked for, or why they may not see them."""
        group_id, user = due.ids
        format_, role, period = due.name.split(":", 2)
        request = FiguresRequest(due.workspace, user, group_id, role == "lead", format_)  # type: ignore[arg-type]
        tell = partial(send_direct, unit, due.workspace, user, now=self.transactions.now())
        try:
            group, members = self._allowed(unit, request)
        except Refusal as refusal:
            words = words_for(unit, due.workspace, user, None)
            tell(payload=replies.refused(refusal, words))
            return
        words = words_for(unit, due.workspace, user, group)
        span = period_of(period, self._today(group))
        figures = figures_of(unit, group, members, span, self.transactions.now())
        if not figures.dates.planned and not figures.occasions:
            tell(payload=show.nothing(figures, group.id, group.channel, words, lead=request.lead))
        elif format_ == "table":
            tell(payload=show.table(figures, group.id, group.channel, words, lead=request.lead))
            self._send(unit, request, _chart_file(figures, words).payload())
        else:
            sheet = _sheet(figures, request.format, words, self.transactions.now())
            self._send(unit, request, sheet.payload())

    def _allowed(self, unit: Unit, request: FiguresRequest) -> tuple[Group, list[tuple[str, str]]]:
        """Return a group and its members, as (id, name), if the person may see its figures now.

        Raises `Refusal` otherwise. The refusal is the same for a group that does not exist and
        one that the person is not in, so that it reveals nothing.
        """
        group = unit.db.get(Group, request.group)
        if group is None or group.workspace != request.workspace:
            raise Refusal("stats_not_yours")
        members = members_with_names(unit, group)
        own = next((member for member, _ in members if member.user == request.user), None)
        if own is None:
            raise Refusal("stats_not_yours")
        if request.lead and not own.lead:
            led = any(member.lead for member, _ in members)
            raise Refusal("stats_lead_only" if led else "stats_no_lead")
        if len(members) < LEAST_MEMBERS:
            raise Refusal("stats_few", least=LEAST_MEMBERS)
        return group, [(member.user, name) for member, name in members]

    def _send(self, unit: Unit, request: FiguresRequest, payload: Payload) -> None:
        now = self.transactions.now()
        unit.send(Outgoing(request.workspace, request.user, SendMethod.FILE, payload, due=now))

    def _today(self, group: Group) -> date:
        return self.transactions.now().astimezone(zone_of_group(group)).date()


def _choices(unit: Unit, workspace: str, user: str, *, lead: bool) -> Sequence[Group]:
    """List the groups with a name that a person leads, or (not `lead`) is in."""
    return unit.db.scalars(
        select(Group)
        .join(Member, Member.group_id == Group.id)
        .where(
            Member.workspace == workspace,
            Member.user == user,
            Member.left_at.is_(None),
            Member.lead.is_(True) if lead else true(),
            Group.name != "",
        )
        .order_by(Group.name, Group.created_at)
        .limit(limits.OPTIONS)
    ).all()


def _chart_file(figures: Figures, words: Words) -> ChartFile:
    return ChartFile(
        name=_file_name(figures.period, words, "png"),
        title=words("stats.chart_title"),
        figures=figures,
        language=words.language,
        alt=show.alt(figures, words),
    )


def _sheet(figures: Figures, format_: Format, words: Words, now: datetime) -> File:
    from bot.exports.sheets import csv_of, workbook_of

    content = (
        csv_of(figures, words)
        if format_ == "csv"
        else workbook_of(figures, words, now.astimezone(UTC).replace(tzinfo=None))
    )
    return File(_file_name(figures.period, words, format_), words("stats.file_title"), content)


def _file_name(period: Period, words: Words, ending: str) -> str:
    """Return a file's name, made of its kind and period but not of the group's name."""
    return f"{words('stats.file')}-{str(period).replace('..', '_')}.{ending}"

"""The history of a person: the sessions in which they took part, and in which role."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import and_, select

from bot.blocks import history as show
from bot.flows.intake import Field
from bot.flows.method import Method
from bot.flows.session.state import Session, method_of
from bot.flows.types import Phase
from bot.repositories.cases import case_content
from bot.repositories.groups import zone_of_group
from bot.repositories.people import words_for
from bot.store.tables import (
    Case,
    Group,
    MeetingRow,
    Member,
    Participant,
    SessionRow,
    Vault,
)
from bot.store.transactions import Transactions
from bot.store.unit import Unit

PAGE_SIZE = 10
"""Sessions on one page."""


class History:
    """Lists past sessions. `methods` are the methods that every group can use, by id."""

    def __init__(self, transactions: Transactions, methods: Mapping[str, Method]) -> None:
        self.transactions = transactions
        self.methods = methods

    def page(self, workspace: str, user: str, number: int) -> dict[str, Any]:
        """Build a page of the sessions that a person took part in, newest first.

        `number` counts from 0. A title is shown while the session is not forgotten and the
        person is still a member of its group. The day is that of their statement.
        """
        with self.transactions.read() as unit:
            words = words_for(unit, workspace, user, None)
            rows = unit.db.execute(
                select(
                    SessionRow,
                    Case,
                    Group,
                    MeetingRow.starts_at,
                    Participant,
                    Member.user,
                    Vault,
                )
                .join(Participant, Participant.session_id == SessionRow.id)
                .join(Case, Case.id == SessionRow.case_id)
                .join(Group, Group.id == SessionRow.group_id)
                .outerjoin(MeetingRow, MeetingRow.id == SessionRow.meeting_id)
                .outerjoin(
                    Member,
                    and_(
                        Member.group_id == Group.id,
                        Member.user == Participant.user,
                        Member.left_at.is_(None),
                    ),
                )
                .outerjoin(Vault, Vault.id == SessionRow.vault_id)
                .where(
                    Participant.workspace == workspace,
                    Participant.user == user,
                    Participant.attended,
                    SessionRow.status == Phase.CLOSED,
                )
                .order_by(SessionRow.created_at.desc(), SessionRow.id)
                .offset(number * PAGE_SIZE)
                .limit(PAGE_SIZE + 1)
            ).all()
            past = [
                show.Past(
                    day=(starts or row.ended_at or row.created_at)
                    .astimezone(zone_of_group(group))
                    .date(),
                    group=show.group(group.name, group.channel),
                    method=self._method(row).title[words.language],
                    role=_role(part),
                    title=_title(unit, case) if member and vault else None,
                )
                for row, case, group, starts, part, member, vault in rows[:PAGE_SIZE]
            ]
            return show.history(show.Page(number, past, len(rows) > PAGE_SIZE), words)

    def _method(self, row: SessionRow) -> Method:
        return method_of(Session.model_validate_json(row.state), self.methods)


def _role(part: Participant) -> str:
    if part.brought:
        return "brought"
    return "facilitated" if part.led else "took_part"


def _title(unit: Unit, case: Case) -> str | None:
    return (case_content(unit, case) or {}).get(Field.TITLE)

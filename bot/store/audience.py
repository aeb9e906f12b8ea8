"""Whose App Home shows what was changed.

Rows say themselves whom they are about. While a unit writes them, their people are noted;
before it commits, everyone among these who ever opened App Home gets a timer, and the home
is laid out anew when that is due (`bot.home`). So nobody who changes something has to think
of homes, and many changes in a row are one.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Select, event, inspect, literal, select, union
from sqlalchemy.orm import Session as DbSession

from bot.store.tables import (
    Case,
    FollowUp,
    Group,
    Home,
    Invitation,
    MeetingRow,
    Member,
    Participant,
    Person,
    Reflection,
    SessionRow,
    Timer,
)
from bot.store.unit import Unit

SUBJECT = "home"
"""What stands before the colon in the subject of a home's timer."""


@dataclass
class _Audience:
    """The people, and those of groups and sessions, whom changes in one workspace are about."""

    users: set[str] = field(default_factory=set)
    groups: set[str] = field(default_factory=set)
    sessions: set[str] = field(default_factory=set)

    def people(self) -> Iterator[Select[str]]:
        """Give the queries whose union is everyone: none goes through all homes there are."""
        yield from (select(literal(user)) for user in sorted(self.users))
        if self.groups:
            yield select(Member.user).where(
                Member.group_id.in_(self.groups), Member.left_at.is_(None)
            )
        if self.sessions:
            yield select(Participant.user).where(Participant.session_id.in_(self.sessions))


def let_know(unit: Unit, due: datetime) -> None:
    """Let the homes that show what this unit changed be laid out anew at `due`, or sooner."""
    unit.db.flush()
    noted: dict[str, _Audience] = unit.db.info.pop(SUBJECT, {})
    for workspace, audience in sorted(noted.items()):
        opened = unit.db.scalars(
            select(Home.user)
            .where(
                Home.workspace == workspace,
                Home.user.in_(union(*audience.people())),
                Home.opened_at.is_not(None),
            )
            .order_by(Home.user)
        )
        # A timer that is there is locked, so that whoever lays a home out sees this change.
        timers = [
            {
                "workspace": workspace,
                "subject": f"{SUBJECT}:{user}",
                "name": "changed",
                "due_at": due,
            }
            for user in opened
        ]
        unit.upsert(Timer, timers, change=())


@event.listens_for(DbSession, "before_flush")
def _note(db: DbSession, *_: object) -> None:
    """Note whom the rows that are about to be written are about."""
    noted = db.info.setdefault(SUBJECT, defaultdict(_Audience))
    for row in [*db.new, *filter(db.is_modified, db.dirty), *db.deleted]:
        match row:
            case Person() | Member() | Invitation() | Participant() | Reflection() | FollowUp():
                noted[row.workspace].users.add(row.user)
            case Case():
                noted[row.workspace].users.add(row.bringer)
            case Group():
                noted[row.workspace].groups.add(row.id)
            case MeetingRow():
                noted[row.workspace].groups.add(row.group_id)
            case SessionRow():
                noted[row.workspace].sessions.add(row.id)
                if inspect(row).attrs.status.history.has_changes():  # others see it come and go
                    noted[row.workspace].groups.add(row.group_id)

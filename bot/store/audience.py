"""Whose App Home shows what was changed.

Rows say themselves whom they are about. While a unit writes them, their people are noted;
before it commits, everyone among these who ever opened App Home gets a timer, and the home
is laid out anew when that is due (`bot.home`). So nobody who changes something has to think
of homes, and many changes in a row are one.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import bindparam, event, inspect, select, union
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
    Tool,
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


_OPENED = select(Home.user).where(
    Home.workspace == bindparam("workspace"), Home.opened_at.is_not(None)
)
_OF_USERS = _OPENED.where(Home.user.in_(bindparam("users", expanding=True)))
_OF_OTHERS = _OPENED.where(
    Home.user.in_(
        union(
            select(Member.user).where(
                Member.group_id.in_(bindparam("groups", expanding=True)), Member.left_at.is_(None)
            ),
            select(Participant.user).where(
                Participant.session_id.in_(bindparam("sessions", expanding=True))
            ),
        )
    )
)
"""Whose homes are open: of these people; of those in these groups and sessions. Neither goes
through all homes there are."""


def let_know(unit: Unit, due: datetime) -> None:
    """Let the homes that show what this unit changed be laid out anew at `due`, or sooner."""
    unit.flush()
    noted: dict[str, _Audience] = unit.db.info.pop(SUBJECT, {})
    for workspace, audience in sorted(noted.items()):
        opened: set[str] = set()
        if audience.users:
            about = {"users": list(audience.users)}
            opened |= {*unit.execute(_OF_USERS, {"workspace": workspace, **about}).scalars()}
        if audience.groups or audience.sessions:
            about = {"groups": list(audience.groups), "sessions": list(audience.sessions)}
            opened |= {*unit.execute(_OF_OTHERS, {"workspace": workspace, **about}).scalars()}
        # A timer that is there is locked, so that whoever lays a home out sees this change.
        timers = [
            {
                "workspace": workspace,
                "subject": f"{SUBJECT}:{user}",
                "name": "changed",
                "due_at": due,
            }
            for user in sorted(opened)
        ]
        unit.upsert(Timer, timers, change=())


@event.listens_for(DbSession, "before_flush")
def _note(db: DbSession, *_: object) -> None:
    """Note whom the rows that are about to be written are about."""
    noted = db.info.setdefault(SUBJECT, defaultdict(_Audience))
    for row in [*db.new, *filter(db.is_modified, db.dirty), *db.deleted]:
        match row:
            case (
                Person()
                | Member()
                | Invitation()
                | Participant()
                | Reflection()
                | FollowUp()
                | Tool()
            ):
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

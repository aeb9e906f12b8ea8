"""Whose App Home shows what was changed.

Rows say themselves whom they are about. While a unit writes them, their people are noted;
before it commits, everyone among these who ever opened App Home gets a timer, and the home
is laid out anew when that is due (`services.home`). So nobody who changes something has to think
of homes, and many changes in a row are one.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, bindparam, event, inspect, select
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
_THESE: BindParameter[Any] = bindparam("these", expanding=True)
_OF_USERS = _OPENED.where(Home.user.in_(_THESE))
_OF_GROUPS = _OPENED.where(
    Home.user.in_(select(Member.user).where(Member.group_id.in_(_THESE), Member.left_at.is_(None)))
)
_OF_SESSIONS = _OPENED.where(
    Home.user.in_(select(Participant.user).where(Participant.session_id.in_(_THESE)))
)
"""Whose homes are open: of these people, of those in these groups, in these sessions. None of
them goes through all homes there are."""


def let_know(unit: Unit, due: datetime) -> None:
    """Let the homes that show what this unit changed be laid out anew at `due`, or sooner."""
    unit.flush()
    noted: dict[str, _Audience] = unit.db.info.pop(SUBJECT, {})
    for workspace, audience in sorted(noted.items()):
        opened: set[str] = set()
        for statement, these in (
            (_OF_USERS, audience.users),
            (_OF_GROUPS, audience.groups),
            (_OF_SESSIONS, audience.sessions),
        ):
            if these:
                about = {"workspace": workspace, "these": list(these)}
                opened.update(unit.execute(statement, about).scalars())
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

"""Refresh App Homes after changes: which people's homes show the rows that a unit wrote.

While a unit of work writes rows, the people whom these concern are collected. Before the
commit, each of them who ever opened App Home gets a timer, and `services.home` publishes the
home again when the timer fires. So the services need not refresh homes themselves, and several
changes shortly after each other cause one refresh.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, bindparam, event, inspect, select
from sqlalchemy.orm import Session as DbSession

from bot.store.prepared import Prepared
from bot.store.subjects import Subject
from bot.store.tables import (
    Case,
    FollowUp,
    Group,
    HomeView,
    Hunch,
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

_INFO_KEY = "home"
"""Key in `Session.info` under which a unit of work collects what it changed."""


@dataclass
class _Changed:
    """The ids of users, groups and sessions that changes in one workspace concern."""

    users: set[str] = field(default_factory=set)
    groups: set[str] = field(default_factory=set)
    sessions: set[str] = field(default_factory=set)


_OPENED = select(HomeView.user).where(
    HomeView.workspace == bindparam("workspace"), HomeView.opened_at.is_not(None)
)
_IDS: BindParameter[Any] = bindparam("ids", expanding=True)
_OF_USERS = Prepared(_OPENED.where(HomeView.user.in_(_IDS)))
_OF_GROUPS = Prepared(
    _OPENED.where(
        HomeView.user.in_(
            select(Member.user).where(Member.group_id.in_(_IDS), Member.left_at.is_(None))
        )
    )
)
_OF_SESSIONS = Prepared(
    _OPENED.where(
        HomeView.user.in_(select(Participant.user).where(Participant.session_id.in_(_IDS)))
    )
)
"""Select the people with an opened home: of these users, groups or sessions. None of the
statements scans all homes."""


def schedule_home_refreshes(unit: Unit, due: datetime) -> None:
    """Set a timer, at `due` or sooner, for each opened home that shows what this unit changed."""
    unit.flush()
    changed: dict[str, _Changed] = unit.db.info.pop(_INFO_KEY, {})
    for workspace, in_workspace in sorted(changed.items()):
        users: set[str] = set()
        for statement, ids in (
            (_OF_USERS, in_workspace.users),
            (_OF_GROUPS, in_workspace.groups),
            (_OF_SESSIONS, in_workspace.sessions),
        ):
            if ids:
                parameters = {"workspace": workspace, "ids": list(ids)}
                users.update(user for (user,) in unit.execute(statement, parameters))
        # The upsert locks an existing timer, so that the refresh which it starts waits for this
        # commit and shows the change.
        timers = [
            {
                "workspace": workspace,
                "subject": Subject.HOME.key(user),
                "name": "changed",
                "due_at": due,
            }
            for user in sorted(users)
        ]
        unit.upsert(Timer, timers, change=())


@event.listens_for(DbSession, "before_flush")
def _collect_changes(db: DbSession, *_: object) -> None:
    """Collect the users, groups and sessions that the rows to be written concern."""
    changed = db.info.setdefault(_INFO_KEY, defaultdict(_Changed))
    for row in [*db.new, *filter(db.is_modified, db.dirty), *db.deleted]:
        match row:
            case (
                Person()
                | Member()
                | Invitation()
                | Participant()
                | Reflection()
                | FollowUp()
                | Hunch()
                | Tool()
            ):
                changed[row.workspace].users.add(row.user)
            case Case():
                changed[row.workspace].users.add(row.bringer)
            case Group():
                changed[row.workspace].groups.add(row.id)
            case MeetingRow():
                changed[row.workspace].groups.add(row.group_id)
            case SessionRow():
                changed[row.workspace].sessions.add(row.id)
                if inspect(
                    row
                ).attrs.status.history.has_changes():  # the group's homes list it while it is open
                    changed[row.workspace].groups.add(row.group_id)

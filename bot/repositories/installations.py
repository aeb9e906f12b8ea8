"""Rows of installations: which workspaces have the app, and with which tokens."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import or_, select, update

from bot.store.tables import Installation
from bot.store.unit import Unit


class Grant(NamedTuple):
    """What Slack grants with an installation.

    `organisation` is that of the workspace, if it is of one; `org_wide`: the grant is for all of
    it, and has no `workspace`. `expires_at` and `refresh` are there for a token that is renewed.
    """

    workspace: str | None
    organisation: str | None
    org_wide: bool
    token: str
    refresh: str | None
    expires_at: datetime | None
    installed_by: str | None

    @property
    def key(self) -> str:
        """The id under which the installation is kept."""
        return (self.organisation if self.org_wide else self.workspace) or ""


def lock_installation(unit: Unit, workspace: str) -> Installation | None:
    """Return the installation of a workspace or an organisation, locked, or None."""
    return unit.db.get(Installation, workspace, with_for_update=True, populate_existing=True)


def save_grant(unit: Unit, grant: Grant, now: datetime) -> None:
    """Save what Slack granted; an earlier installation of the same place is replaced."""
    values = {
        "workspace": grant.key,
        "organisation": grant.organisation,
        "org_wide": grant.org_wide,
        "token": unit.seal_by_ring(grant.token),
        "refresh": None if grant.refresh is None else unit.seal_by_ring(grant.refresh),
        "expires_at": grant.expires_at,
        "renewing_until": None,
        "installed_by": grant.installed_by,
        "installed_at": now,
        "uninstalled_at": None,
    }
    unit.upsert(Installation, [values], change=tuple(values)[1:])


def serving(unit: Unit, workspace: str) -> Installation | None:
    """Return the installation whose token serves a workspace: its own, or its organisation's.

    None for a workspace that is not installed.
    """
    row = unit.db.get(Installation, workspace)
    if row is None or row.uninstalled_at is not None:
        return None
    if row.token is None and row.organisation is not None:
        row = unit.db.get(Installation, row.organisation)
    return row if row is not None and row.token is not None else None


def served_by(unit: Unit, organisation: str) -> Sequence[Installation]:
    """List the workspaces that the installation of an organisation serves, or served."""
    query = select(Installation).where(
        Installation.organisation == organisation,
        Installation.org_wide.is_(False),
        Installation.token.is_(None),
    )
    return unit.db.scalars(query.order_by(Installation.workspace)).all()


def expiring(unit: Unit, before: datetime) -> Sequence[str]:
    """List the installations whose tokens expire before a moment, the soonest first."""
    query = (
        select(Installation.workspace)
        .where(Installation.expires_at < before, Installation.refresh.is_not(None))
        .order_by(Installation.expires_at)
    )
    return unit.db.scalars(query).all()


def all_installations(unit: Unit) -> Sequence[Installation]:
    """List all installations, also those that were uninstalled and not yet forgotten."""
    return unit.db.scalars(select(Installation).order_by(Installation.workspace)).all()


def forget(unit: Unit, workspace: str, user: str, alias: str) -> None:
    """Replace a person who installed the app by an alias; the installation stays."""
    here = unit.db.get(Installation, workspace)
    organisation = here.organisation if here is not None else None
    place = or_(Installation.workspace == workspace, Installation.workspace == organisation)
    theirs = update(Installation).where(place, Installation.installed_by == user)
    unit.db.execute(theirs.values(installed_by=alias))

"""Administration: what whoever runs the bot can do for people and groups, from its command line.

What is done is kept as an `AdminAct` in the same transaction, without whom or what it was about.
"""

from collections.abc import Sequence
from datetime import datetime
from getpass import getuser
from typing import NamedTuple

from sqlalchemy import func, select

from bot.errors import Fault
from bot.flows.types import Phase
from bot.repositories.members import members_of
from bot.repositories.privacy import Rows, rows_about
from bot.services.ending import Endings
from bot.services.home import Homes
from bot.services.privacy import Privacy
from bot.store.tables import AdminAct, Group, Outbound, SessionRow
from bot.store.transactions import Transactions, transactional
from bot.store.unit import Unit


class KnownGroup(NamedTuple):
    """A group as an administrator sees it; `founded`: it has a schedule."""

    id: str
    workspace: str
    channel: str
    name: str
    members: int
    founded: bool


class Act(NamedTuple):
    """Something that an administrator did."""

    at: datetime
    workspace: str
    act: str
    operator: str


class Administration:
    """Forgets and exports people, ends groups, and counts sessions, for an administrator."""

    def __init__(
        self, transactions: Transactions, privacy: Privacy, homes: Homes, endings: Endings
    ) -> None:
        self.transactions = transactions
        self._privacy = privacy
        self._homes = homes
        self._endings = endings

    @transactional
    def forget(self, unit: Unit, workspace: str, user: str) -> None:
        """Forget a person, also one who left. Raises `Fault` if nothing is kept of them."""
        self._kept(unit, workspace, user)
        if self._privacy.forget_within(unit, workspace, user):
            self._homes.show_as_newcomer_within(unit, workspace, user)
        self._note(unit, workspace, "people forget")

    @transactional
    def export(self, unit: Unit, workspace: str, user: str) -> dict[str, Rows]:
        """Return all rows about a person, by table. Raises `Fault` if nothing is kept of them."""
        rows = self._kept(unit, workspace, user)
        self._note(unit, workspace, "people export")
        return rows

    @transactional
    def end_group(self, unit: Unit, workspace: str, id_: str) -> None:
        """End a group, and tell its channel. Raises `Fault` for one that is not there, or ended."""
        group = unit.db.get(Group, id_, with_for_update=True)
        if group is None or group.workspace != workspace:
            raise Fault("group_unknown", id=id_, workspace=workspace)
        if group.plan is None and not members_of(unit, group):
            raise Fault("group_ended", id=id_)
        self._endings.end_by_admin(unit, group)
        self._note(unit, workspace, "groups end")

    def groups(self) -> Sequence[KnownGroup]:
        """List the groups of all workspaces, oldest first."""
        with self.transactions.read() as unit:
            rows = unit.db.scalars(select(Group).order_by(Group.workspace, Group.created_at)).all()
            return [
                KnownGroup(
                    row.id,
                    row.workspace,
                    row.channel,
                    row.name,
                    len(members_of(unit, row)),
                    row.plan is not None,
                )
                for row in rows
            ]

    def sessions(self) -> dict[Phase, int]:
        """Count the sessions of all workspaces by where they stand."""
        query = select(SessionRow.status, func.count()).group_by(SessionRow.status)
        with self.transactions.read() as unit:
            counts = {Phase(phase): count for phase, count in unit.db.execute(query)}
        return {phase: counts.get(phase, 0) for phase in Phase}

    def acts(self) -> Sequence[Act]:
        """List what administrators did, oldest first."""
        query = select(AdminAct).order_by(AdminAct.id)
        with self.transactions.read() as unit:
            rows = unit.db.scalars(query).all()
            return [Act(row.at, row.workspace, row.act, row.operator) for row in rows]

    def _kept(self, unit: Unit, workspace: str, user: str) -> dict[str, Rows]:
        rows = rows_about(unit, workspace, user)
        # A message that waits, such as the empty App Home of who was just forgotten, is nothing
        # that is kept.
        if not any(found for table, found in rows.items() if table != Outbound.__tablename__):
            raise Fault("person_unknown", user=user, workspace=workspace)
        return rows

    def _note(self, unit: Unit, workspace: str, act: str) -> None:
        now = self.transactions.now()
        unit.db.add(AdminAct(workspace=workspace, act=act, operator=_operator(), at=now))


def _operator() -> str:
    """Return the name of the account that runs this, or its number where it has no name."""
    try:
        return getuser()
    except (KeyError, OSError) as error:
        return str(error)

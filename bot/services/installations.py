"""Installations: who adds the app to a workspace or an organisation, and what goes with it.

An uninstalled workspace loses all content at once. Its groups, settings and counts stay for
`GRACE`, so that a new installation brings them back; then everything is deleted.
"""

import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from slack_sdk.errors import SlackApiError
from sqlalchemy import delete, select, update

from bot.errors import Refusal
from bot.flows.session.commands import Stop
from bot.flows.session.state import Session
from bot.flows.types import Phase
from bot.ops.slack_client import NOT_INSTALLED, PASSING_ERRORS, TOKEN_ERRORS
from bot.repositories.cases import drop_case
from bot.repositories.installations import (
    Grant,
    lock_installation,
    save_grant,
    served_by,
    serving,
)
from bot.repositories.sessions import forget_session
from bot.services.privacy import Privacy
from bot.services.sessions.run import Sessions
from bot.services.tokens import Tokens
from bot.store.subjects import FORGET, Subject
from bot.store.tables import (
    Agreement,
    Case,
    FollowUp,
    Group,
    HomeView,
    Installation,
    Lane,
    Outbound,
    Quote,
    Rate,
    SessionRow,
    Signature,
    Timer,
    Tool,
    Vault,
)
from bot.store.transactions import Transactions, transactional
from bot.store.unit import Unit
from bot.timers import DueTimer

log = logging.getLogger(__name__)

GRACE = timedelta(days=7)
"""How long the groups, settings and counts of an uninstalled workspace are kept."""

SERVER_ERROR = 500
"""From this status on, Slack does not say whether it takes a code."""

CODE_ERRORS = frozenset({"code_already_used", "invalid_code"})
"""Slack's errors about a code that is not, or no longer, one that it gave out.

https://docs.slack.dev/reference/methods/oauth.v2.access#errors
"""


class Installations:
    """Installs and uninstalls the app, and says which workspaces have it."""

    def __init__(
        self, transactions: Transactions, tokens: Tokens, sessions: Sessions, privacy: Privacy
    ) -> None:
        self.transactions = transactions
        self.tokens = tokens
        self.sessions = sessions
        self.privacy = privacy

    # who has it

    def admits(self, workspace: str, organisation: str | None) -> bool:
        """Check whether the app is installed where a payload comes from.

        A workspace that an installation of its `organisation` serves is noted the first time.
        """
        installed, known = self.tokens.organisation_of(workspace)
        if organisation in (None, known):
            return installed
        admitted = self._find_place(workspace, organisation)
        self.tokens.forget()
        return admitted

    @transactional
    def _find_place(self, unit: Unit, workspace: str, organisation: str | None) -> bool:
        """Note of which organisation a workspace is; return whether the app is installed there."""
        assert organisation is not None
        row = lock_installation(unit, workspace)
        if row is not None and row.token is not None:  # an installation of its own moves with it
            row.organisation = organisation
        elif not _is_installed(unit, organisation):
            return False
        elif row is None:
            new = Installation(workspace=workspace, organisation=organisation, org_wide=False)
            new.installed_at = self.transactions.now()
            unit.db.add(new)
        elif row.uninstalled_at is not None:
            return False
        else:
            row.organisation = organisation
        unit.db.flush()
        return serving(unit, workspace) is not None

    # coming

    def install(self, code: str, redirect_uri: str) -> Grant:
        """Install the app with the code that Slack gave to somebody who allowed it.

        Raises `Refusal` if Slack does not know the code, refuses it or does not answer.
        """
        try:
            answer = self.tokens.exchange(code, redirect_uri).data
        except SlackApiError as error:
            name = str(error.response.get("error"))
            log.warning("not installed", extra={"why": name})
            if name in PASSING_ERRORS or error.response.status_code >= SERVER_ERROR:
                raise Refusal("install_silent") from None
            raise Refusal("install_code" if name in CODE_ERRORS else "install_refused") from None
        except OSError as error:
            log.warning("not installed", extra={"fault": type(error).__name__})
            raise Refusal("install_silent") from None
        assert isinstance(answer, dict)
        grant = _grant(answer, self.transactions.now())
        self._save(grant)
        self.tokens.forget()
        log.info("installed", extra={"everywhere": grant.org_wide})
        return grant

    @transactional
    def _save(self, unit: Unit, grant: Grant) -> None:
        before = lock_installation(unit, grant.key)
        returns = before is not None and before.uninstalled_at is not None
        save_grant(unit, grant, self.transactions.now())
        if not returns:
            return
        unit.cancel_timer(grant.key, Subject.WORKSPACE.key(grant.key), FORGET)
        if not grant.org_wide:
            self._bring_back(unit, grant.key)
            return
        for row in served_by(unit, grant.key):
            row.uninstalled_at = None
            self._bring_back(unit, row.workspace)

    def grant(self, organisation: str, workspaces: Sequence[str]) -> None:
        """Serve workspaces that were added to the installation of their organisation."""
        self._serve(organisation, workspaces)
        self.tokens.forget()

    @transactional
    def _serve(self, unit: Unit, organisation: str, workspaces: Sequence[str]) -> None:
        if not _is_installed(unit, organisation):
            return
        for workspace in sorted(workspaces):
            row = lock_installation(unit, workspace)
            if row is not None and row.uninstalled_at is not None:
                row.organisation, row.uninstalled_at = organisation, None
                self._bring_back(unit, workspace)

    def _bring_back(self, unit: Unit, workspace: str) -> None:
        """Let the groups of a workspace go on that was installed again in time."""
        now = self.transactions.now()
        unit.cancel_timer(workspace, Subject.WORKSPACE.key(workspace), FORGET)
        for group in unit.db.scalars(select(Group).where(Group.workspace == workspace)):
            if group.plan is not None:
                group.look_at = now
                unit.set_timer(workspace, Subject.GROUP.key(group.id), "rhythm", now)

    # going

    def uninstalled(self, workspace: str) -> None:
        """Uninstall the app where Slack says that it is, unless it was installed again since.

        Slack may say it late, so it is asked first. Raises what the client raises if it gives no
        clear answer; it then says the same again later.
        """
        try:
            self.tokens.client_for(workspace).auth_test()
        except SlackApiError as error:
            if error.response.get("error") not in {*TOKEN_ERRORS, NOT_INSTALLED}:
                raise
            self._uninstall(workspace)
            self.tokens.forget()
        else:
            log.info("still installed")

    @transactional
    def _uninstall(self, unit: Unit, workspace: str) -> None:
        """Uninstall the app from a workspace, or from all of the organisation that serves it."""
        found = serving(unit, workspace)
        if found is None:
            return
        row = lock_installation(unit, found.workspace)
        assert row is not None
        row.token = row.refresh = row.expires_at = row.renewing_until = None
        unit.erase(Installation)
        if row.org_wide:
            for served in served_by(unit, row.workspace):
                self._withdraw(unit, served)
        elif row.organisation is not None and _is_installed(unit, row.organisation):
            return  # its organisation's serves it from now on
        self._withdraw(unit, row)

    def withdraw(self, organisation: str, workspaces: Sequence[str]) -> None:
        """Stop to serve workspaces that were taken out of their organisation's installation."""
        self._stop_serving(organisation, workspaces)
        self.tokens.forget()

    @transactional
    def _stop_serving(self, unit: Unit, organisation: str, workspaces: Sequence[str]) -> None:
        for row in served_by(unit, organisation):
            if row.workspace in workspaces:
                self._withdraw(unit, row)

    def _withdraw(self, unit: Unit, row: Installation) -> None:
        """Forget the content of a workspace, and set the day on which the rest goes."""
        if row.uninstalled_at is not None:
            return
        now, workspace = self.transactions.now(), row.workspace
        row.uninstalled_at = now
        self._forget_content(unit, workspace)
        self._silence(unit, workspace)
        unit.set_timer(workspace, Subject.WORKSPACE.key(workspace), FORGET, now + GRACE)
        log.info("uninstalled")

    def _forget_content(self, unit: Unit, workspace: str) -> None:
        """Delete all that people wrote in a workspace, with the keys that encrypt it."""
        sessions = select(SessionRow.id).where(
            SessionRow.workspace == workspace, SessionRow.vault_id.is_not(None)
        )
        for id_ in unit.db.scalars(sessions).all():
            row = unit.session(workspace, id_)
            assert row is not None
            participants = Session.model_validate_json(row.state).participants
            if row.status is not Phase.CLOSED and participants:
                with suppress(Refusal):  # whatever its rules say, its content goes
                    self.sessions.apply(unit, row, Stop(by=participants[0]))
            forget_session(unit, row)
        cases = select(Case).where(Case.workspace == workspace, Case.vault_id.is_not(None))
        for case in unit.db.scalars(cases).all():
            drop_case(unit, case)
        for table in (FollowUp, Tool, Signature, Agreement):
            unit.db.execute(delete(table).where(table.workspace == workspace))
        for vault in unit.db.scalars(select(Vault.id).where(Vault.workspace == workspace)).all():
            unit.drop_vault(vault)

    def _silence(self, unit: Unit, workspace: str) -> None:
        """Delete what waits to be sent or done in a workspace; its rooms are looked at no more."""
        unit.flush()
        for table in (Quote, Outbound, Lane, Rate, Timer):
            unit.db.execute(delete(table).where(table.workspace == workspace))
        groups = update(Group).where(Group.workspace == workspace)
        unit.db.execute(groups.values(look_at=None, moving=None, moving_to=None))
        homes = update(HomeView).where(HomeView.workspace == workspace)
        unit.db.execute(homes.values(shown=None))

    def on_due(self, unit: Unit, due: DueTimer) -> None:
        """Delete all that is left of a workspace that was not installed again in time."""
        row = lock_installation(unit, due.id)
        if row is not None and row.uninstalled_at is not None:
            self.privacy.forget_workspace_of(unit, due.id)


def _is_installed(unit: Unit, organisation: str) -> bool:
    """Check whether an organisation has an installation for all of it."""
    row = unit.db.get(Installation, organisation)
    return row is not None and row.org_wide and row.token is not None


def _grant(answer: Mapping[str, Any], now: datetime) -> Grant:
    """Return what Slack grants, of its answer to a code."""
    team, enterprise = answer.get("team") or {}, answer.get("enterprise") or {}
    seconds = answer.get("expires_in")
    return Grant(
        workspace=team.get("id"),
        organisation=enterprise.get("id"),
        org_wide=bool(answer.get("is_enterprise_install")),
        token=str(answer["access_token"]),
        refresh=answer.get("refresh_token"),
        expires_at=now + timedelta(seconds=int(seconds)) if seconds else None,
        installed_by=(answer.get("authed_user") or {}).get("id"),
    )

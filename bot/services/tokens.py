"""The tokens of installations: which one serves a workspace, and renewing them in time."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Event, Lock
from typing import NamedTuple

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.web import SlackResponse

from bot.ops.slack_client import Access, InstalledClient, slack_client
from bot.repositories.installations import expiring, lock_installation, serving
from bot.store.tables import Installation
from bot.store.unit import Store

log = logging.getLogger(__name__)

KEPT_FOR = timedelta(seconds=30)
"""How long what was read of an installation is used before it is read again."""

RENEWED_BEFORE = timedelta(hours=2)
"""How long before a token expires it is renewed; Slack's last twelve hours."""

LEASE = timedelta(seconds=30)
"""Time for which a process that renews a token has it for itself."""

RENEWAL_TIMEOUT_SECONDS = 10


class RenewalUnderWay(OSError):
    """Another process renews the token at this moment: the call can be made again soon."""


class _Kept(NamedTuple):
    """What was read of the installation `key` that serves a workspace, used `until` a moment."""

    key: str
    access: Access
    organisation: str | None
    expires_at: datetime | None
    renewing: bool
    until: datetime

    def has_expired(self, now: datetime) -> bool:
        """Check whether Slack takes the token no more."""
        return self.expires_at is not None and self.expires_at <= now


class Tokens:
    """Finds the token of a workspace, and renews tokens before they expire.

    `now` returns the time, aware, in UTC.
    """

    def __init__(
        self,
        store: Store,
        now: Callable[[], datetime],
        *,
        client_id: str,
        client_secret: str,
        api_url: str,
    ) -> None:
        self._store = store
        self._now = now
        self._app = {"client_id": client_id, "client_secret": client_secret}
        self._api_url = api_url
        self._kept: dict[str, _Kept] = {}
        self._renewing = Lock()

    def client_for(self, workspace: str, timeout_seconds: float = 30) -> WebClient:
        """Return a client whose calls are made with the workspace's token of that moment."""
        return InstalledClient(
            lambda refused: self.access(workspace, refused=refused),
            self._api_url,
            timeout_seconds,
        )

    def exchange(self, code: str, redirect_uri: str) -> SlackResponse:
        """Return what Slack grants for the code of somebody who installs the app.

        Raises `SlackApiError`, such as `invalid_code`, and `OSError`.
        """
        return self._client().oauth_v2_access(**self._app, code=code, redirect_uri=redirect_uri)

    def access(self, workspace: str, *, refused: str | None = None) -> Access | None:
        """Return the token that serves a workspace, or None if it is not installed.

        One that Slack `refused` is read again, as another process may have renewed it. Raises
        `RenewalUnderWay`.
        """
        kept = self._serving(workspace, refused)
        if kept is not None and kept.has_expired(self._now()):
            self.renew(kept.key)
            kept = self._read(workspace)
            if kept is not None and kept.renewing and kept.has_expired(self._now()):
                raise RenewalUnderWay
        return None if kept is None else kept.access

    def organisation_of(self, workspace: str) -> tuple[bool, str | None]:
        """Return whether a workspace is installed, and its organisation if it has one."""
        kept = self._serving(workspace, None)
        return kept is not None, None if kept is None else kept.organisation

    def forget(self) -> None:
        """Read all installations anew from now on."""
        self._kept.clear()

    def renew_all(self, stopping: Event) -> None:
        """Renew every token that expires soon, until `stopping` is set."""
        with self._store.unit() as unit:
            due = expiring(unit, self._now() + RENEWED_BEFORE)
        for key in due:
            if stopping.is_set():
                return
            self.renew(key)

    def renew(self, key: str) -> None:
        """Renew the token of an installation, unless another process does so now, or just did.

        A process takes a lease on the row, calls Slack outside of any transaction, and saves the
        new tokens. Slack takes a refresh token once: when it refuses one, another process may
        have used it, and has saved the new tokens or will. Nothing is raised for a refusal. Other
        threads of this process wait.
        """
        with self._renewing:
            self._renew(key)

    def _renew(self, key: str) -> None:
        with self._store.unit() as unit:
            row, now = lock_installation(unit, key), self._now()
            if row is None or not _is_due(row, now):
                return
            assert row.refresh is not None
            refresh = unit.open_by_ring(row.refresh)
            row.renewing_until = now + LEASE
            unit.commit()
        answer: SlackResponse | None = None
        try:
            answer = self._client().oauth_v2_access(
                **self._app, grant_type="refresh_token", refresh_token=refresh
            )
        except SlackApiError as error:
            log.error("token not renewed", extra={"why": str(error.response.get("error"))})
        except OSError as error:
            log.warning("token not renewed", extra={"fault": type(error).__name__})
        with self._store.unit() as unit:
            row = lock_installation(unit, key)
            if row is None or row.refresh is None or unit.open_by_ring(row.refresh) != refresh:
                return  # uninstalled meanwhile, or installed again: those tokens are newer
            row.renewing_until = None
            if answer is not None:
                row.token = unit.seal_by_ring(str(answer["access_token"]))
                row.refresh = unit.seal_by_ring(str(answer["refresh_token"]))
                row.expires_at = self._now() + timedelta(seconds=int(answer["expires_in"]))
            unit.commit()
        self.forget()

    def _serving(self, workspace: str, refused: str | None) -> _Kept | None:
        kept = self._kept.get(workspace)
        if kept is None or kept.until <= self._now() or kept.access.token == refused:
            return self._read(workspace)
        return kept

    def _read(self, workspace: str) -> _Kept | None:
        with self._store.unit() as unit:
            row = serving(unit, workspace)
            if row is None or row.token is None:
                self._kept.pop(workspace, None)
                return None
            kept = _Kept(
                row.workspace,
                Access(unit.open_by_ring(row.token), workspace if row.org_wide else None),
                row.organisation,
                row.expires_at,
                row.renewing_until is not None and row.renewing_until > self._now(),
                self._now() + KEPT_FOR,
            )
        self._kept[workspace] = kept
        return kept

    def _client(self) -> WebClient:
        return slack_client("", self._api_url, RENEWAL_TIMEOUT_SECONDS)


def _is_due(row: Installation, now: datetime) -> bool:
    """Check whether a token is to be renewed, and no process does so now."""
    if row.refresh is None or row.expires_at is None or row.expires_at > now + RENEWED_BEFORE:
        return False
    return row.renewing_until is None or row.renewing_until <= now

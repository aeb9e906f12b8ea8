"""Clients for Slack's Web API that log nothing: what Slack answers may quote what people wrote."""

import logging
from collections.abc import Callable
from http.client import HTTPException
from typing import Any, NamedTuple

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.web import SlackResponse

PASSING_ERRORS = frozenset(
    {"fatal_error", "internal_error", "ratelimited", "request_timeout", "service_unavailable"}
)
"""Slack's errors after which the same call may succeed later; they say nothing about a token."""

NOT_INSTALLED = "not_installed"
"""Our name, among Slack's errors, for a call in a workspace that has no token."""

TOKEN_ERRORS = frozenset(
    {"account_inactive", "invalid_auth", "not_authed", "token_expired", "token_revoked"}
)
"""Slack's errors about a token: it is not, or no longer, one of the app's."""

ASKS_FOR_TEAM = frozenset({"conversations.create"})
"""The methods that we call and that need `team_id` with the token of a whole organisation."""

_SILENT = logging.Logger("slack_sdk, silent", logging.CRITICAL + 1)


class MalformedAnswer(OSError):
    """The answer is no object, or was cut off: nobody knows whether the call was carried out."""


class SlackClient(WebClient):
    """A client whose calls raise `SlackApiError` when Slack refuses, and else `OSError` only."""

    def api_call(self, *args: Any, **more: Any) -> SlackResponse:
        """Call a method of the Web API, as `WebClient` does."""
        try:
            return super().api_call(*args, **more)
        except (AttributeError, HTTPException):  # slack_sdk takes every JSON for an object
            raise MalformedAnswer from None


class Access(NamedTuple):
    """A token for a workspace; `team` is that workspace's id if it is a whole organisation's."""

    token: str
    team: str | None


class NotInstalled(SlackApiError):
    """The workspace of a call has no token: it was never installed, or is not any more."""

    def __init__(self, client: WebClient) -> None:
        answer = SlackResponse(
            client=client,
            http_verb="POST",
            api_url="",
            req_args={},
            data={"ok": False, "error": NOT_INSTALLED},
            headers={},
            status_code=200,
        )
        super().__init__(NOT_INSTALLED, answer)  # type: ignore[no-untyped-call]


class InstalledClient(SlackClient):
    """A client of one workspace, whose token is looked up for each call.

    `access` returns the token to use, None for a workspace that is not installed; it takes the
    token that Slack has just refused, if any. A call that is refused is made once more if there
    is another token by then: another process may have renewed it.
    """

    def __init__(
        self,
        access: Callable[[str | None], Access | None],
        base_url: str,
        timeout_seconds: float = 30,
    ) -> None:
        super().__init__(**_options(base_url, timeout_seconds))
        self._access = access

    def api_call(self, api_method: str, **more: Any) -> SlackResponse:
        """Call a method of the Web API. Raises `NotInstalled` for a workspace without a token."""
        token = self._use(None, api_method, more)
        try:
            return super().api_call(api_method, **more)
        except SlackApiError as error:
            if error.response.get("error") not in TOKEN_ERRORS:
                raise
            if self._use(token, api_method, more) == token:
                raise
        return super().api_call(api_method, **more)

    def _use(self, refused: str | None, api_method: str, more: dict[str, Any]) -> str:
        access = self._access(refused)
        if access is None:
            raise NotInstalled(self)
        self.token = access.token
        if access.team is not None and api_method in ASKS_FOR_TEAM:
            more["params"] = {**(more.get("params") or {}), "team_id": access.team}
        return access.token


def slack_client(token: str, base_url: str, timeout_seconds: float = 30) -> WebClient:
    """Return a client with this bot token; a call is made once, and lasts `timeout_seconds`."""
    return SlackClient(token=token, **_options(base_url, timeout_seconds))


def _options(base_url: str, timeout_seconds: float) -> dict[str, Any]:
    return {
        "base_url": base_url,
        "timeout": timeout_seconds,  # urllib takes fractions
        "retry_handlers": [],
        "logger": _SILENT,
    }

"""Clients for Slack's Web API that log nothing: what Slack answers may quote what people wrote."""

import logging
from http.client import HTTPException
from typing import Any

from slack_sdk import WebClient
from slack_sdk.web import SlackResponse

PASSING_ERRORS = frozenset(
    {"fatal_error", "internal_error", "ratelimited", "request_timeout", "service_unavailable"}
)
"""Slack's errors after which the same call may succeed later; they say nothing about a token."""

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


def slack_client(token: str, base_url: str, timeout_seconds: float = 30) -> WebClient:
    """Return a client with this bot token; a call is made once, and lasts `timeout_seconds`."""
    return SlackClient(
        token=token,
        base_url=base_url,
        timeout=timeout_seconds,  # type: ignore[arg-type]  # urllib takes fractions
        retry_handlers=[],
        logger=_SILENT,
    )

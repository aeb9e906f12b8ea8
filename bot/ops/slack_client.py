"""Clients for Slack's Web API that log nothing: what Slack answers may quote what people wrote."""

import logging

from slack_sdk import WebClient

_SILENT = logging.Logger("slack_sdk, silent", logging.CRITICAL + 1)


def slack_client(token: str, base_url: str, timeout_seconds: float = 30) -> WebClient:
    """Return a client with this bot token; a call is made once, and lasts `timeout_seconds`."""
    return WebClient(
        token=token,
        base_url=base_url,
        timeout=timeout_seconds,  # type: ignore[arg-type]  # urllib takes fractions
        retry_handlers=[],
        logger=_SILENT,
    )

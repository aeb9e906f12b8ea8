"""Forms that open or change at once: the only calls to Slack that handlers make themselves.

Slack lets a form open for three seconds after a press; the relay would be too late.
"""

import logging
from collections.abc import Callable

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.errors import Refusal
from bot.handlers.form_values import Form, View
from bot.handlers.request import Request

log = logging.getLogger(__name__)

ALREADY_OPENED = "exchanged_trigger_id"
"""Slack's error for a trigger that opened a form before: the same delivery came again."""


class Modals:
    """Opens and changes forms. `client_for` returns the client of a workspace."""

    def __init__(self, client_for: Callable[[str], WebClient]) -> None:
        self._client_for = client_for

    def open(self, request: Request, view: View) -> None:
        """Open a form for the sender of a request. Raises `Refusal` when Slack does not.

        A message has nothing that opens a form: what it asks for needs a press.
        """
        if not request.trigger:
            raise Refusal("form_by_press")
        try:
            self._client_for(request.workspace).views_open(trigger_id=request.trigger, view=view)
        except SlackApiError as error:
            if error.response.get("error") != ALREADY_OPENED:
                _log("form not opened", error)
                raise Refusal("form_not_opened") from None
        except OSError as error:  # Slack may still open it
            _log("form not opened in time", error)
            raise Refusal("form_slow") from None

    def change(self, request: Request, form: Form, view: View) -> None:
        """Change the form in which somebody pressed. Raises `Refusal` when Slack does not."""
        client = self._client_for(request.workspace)
        try:
            client.views_update(view_id=form.id, hash=form.hash, view=view)
        except SlackApiError as error:
            _log("form not changed", error)
            raise Refusal("form_not_changed") from None
        except OSError as error:  # Slack may still change it
            _log("form not changed in time", error)
            raise Refusal("form_slow") from None


def _log(event: str, error: Exception) -> None:
    log.warning(event, extra={"fault": type(error).__name__})

"""The connection to Slack: whether Slack knows the bot, asked at the start and now and then."""

import logging
from collections.abc import Callable
from threading import Event

from slack_sdk.errors import SlackApiError
from slack_sdk.web import SlackResponse

from bot.ops.slack_client import PASSING_ERRORS

log = logging.getLogger(__name__)

KNOWN_SECONDS, UNKNOWN_SECONDS = 3600, 60
"""How often Slack is asked while it knows the bot, and while it does not."""

SILENT = "Slack does not answer"


class Connection:
    """Asks Slack who the bot is. `state` is "ok", or says in a few words what is wrong.

    `ask` makes the call; one without a token only shows whether Slack answers.
    """

    def __init__(self, ask: Callable[[], SlackResponse]) -> None:
        self._ask_slack = ask
        self.state = "not asked yet"

    def run(self, stop: Event) -> None:
        """Ask until `stop` is set; each change goes to the log."""
        while True:
            state = self._ask()
            if state not in ("ok", self.state):
                log.error("no connection to Slack", extra={"why": state})
            self.state = state
            if stop.wait(KNOWN_SECONDS if state == "ok" else UNKNOWN_SECONDS):
                return

    def _ask(self) -> str:
        try:
            answer = self._ask_slack()
        except SlackApiError as error:
            name = str(error.response.get("error"))
            return SILENT if name in PASSING_ERRORS else f"Slack refuses the token: {name}"
        except OSError:
            return SILENT
        if self.state != "ok":
            known = {"workspace": answer.get("team"), "bot": answer.get("user")}
            log.info("connected to Slack", extra=known)
        return "ok"

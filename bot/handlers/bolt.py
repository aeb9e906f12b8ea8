"""The Bolt app: every surface registered, payloads parsed first, and failures answered."""

import logging
from collections.abc import Iterable
from typing import Any, Protocol

from pydantic import ValidationError
from slack_bolt import App, BoltResponse
from slack_bolt.authorization import AuthorizeResult

from bot.blocks import replies
from bot.errors import Refusal, place_of
from bot.handlers import deadline, payloads
from bot.handlers.form_values import form_of
from bot.handlers.request import command_request, interaction_request
from bot.i18n import UNKNOWN, Words, words
from bot.services.people import People
from bot.settings import Settings

log = logging.getLogger(__name__)


class Surface(Protocol):
    """A way in which Slack reaches us."""

    def register(self, app: App) -> None:
        """Register its listeners."""


def bolt_app(
    settings: Settings, people: People, surfaces: Iterable[Surface], answer_seconds: float
) -> App:
    """Return the Bolt app. It acknowledges after a listener has returned, and calls nobody itself.

    `answer_seconds` is the time that a request may take.
    Few listeners, each of which routes by prefix: Bolt tries them one by one.
    """

    def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
        # Without a token: services make the calls, with clients of their own.
        return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id)

    app = App(
        name="intervisie",  # without a name Bolt searches all modules for one
        signing_secret=settings.signing_secret,
        authorize=authorize,
        # `web.slack` has checked the signature, and Socket Mode has none.
        request_verification_enabled=False,
        # For functions and assistants, which the bot has none of, and an old way to check SSL.
        attaching_conversation_kwargs_enabled=False,
        attaching_function_token_enabled=False,
        ignoring_self_assistant_message_events_enabled=False,
        ssl_check_enabled=False,
        # Without it, Bolt's loggers take the root's level, and their warnings quote requests.
        logger=logging.getLogger("slack_bolt"),
        process_before_response=True,
        raise_error_for_unhandled_request=False,
    )
    app.use(payloads.PayloadParser())  # the first: Bolt reads payloads for functions
    app.use(deadline.starting(answer_seconds))
    for surface in surfaces:
        surface.register(app)

    @app.error
    def failed(error: Exception, body: payloads.Raw) -> BoltResponse:
        """Answer a request that failed.

        An event is not acknowledged, so that Slack sends it again. A form stays open, with all
        that was written in it. For a button Slack itself says that it did nothing.
        """
        try:
            payload = payloads.parse(body)
        except ValidationError:  # Bolt failed on it before it was parsed
            return payloads.unreadable()
        # Errors may quote what people wrote, so the log names only their type and place.
        log.error("request failed", extra={"fault": type(error).__name__, "at": place_of(error)})
        answer: dict[str, Any]
        match payload:
            case payloads.SlashCommand():
                says = _words(payload, people)
                answer = {"response_type": "ephemeral", **replies.fault(says)}
            case payloads.Submission():
                name = form_of(payload.view, {}).inputs[0]
                text = replies.refusal_text(Refusal("fault"), _words(payload, people))
                answer = {"response_action": "errors", "errors": {name: text}}
            case _:
                return BoltResponse(status=500)
        return BoltResponse(status=200, body=answer)

    return app


def _words(payload: payloads.SlashCommand | payloads.Submission, people: People) -> Words:
    """Return the sender's own words, or those of `UNKNOWN` when even the look-up fails."""
    try:
        if isinstance(payload, payloads.SlashCommand):
            return command_request(payload, people).words
        return interaction_request(payload, people).words
    except Exception:
        return words(UNKNOWN)

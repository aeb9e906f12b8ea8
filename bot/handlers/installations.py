"""Events about where the app is installed; others are taken only where it is."""

import logging
import re
from collections.abc import Callable

from slack_bolt import App, BoltContext, BoltResponse

from bot.handlers import payloads
from bot.handlers.request import organisation_of, workspace_of
from bot.services.installations import Installations

log = logging.getLogger(__name__)


class InstallationEvents:
    """The surface of events about installations, for an app that any workspace can install."""

    def __init__(self, installations: Installations) -> None:
        self._installations = installations

    def register(self, app: App) -> None:
        """Register at Bolt the events, and before them the check of where a payload is from."""

        @app.use
        def admit(
            context: BoltContext,
            next: Callable[[], BoltResponse],  # noqa: A002 - Bolt's
        ) -> BoltResponse:
            payload: payloads.Payload = context["payload"]
            workspace, organisation = workspace_of(payload), organisation_of(payload)
            if isinstance(payload, payloads.AccessEvent):  # of workspaces that may not have it yet
                workspace = organisation or workspace
            if self._installations.admits(workspace, organisation):
                return next()
            log.warning("nothing done: not installed", extra={"payload": type(payload).__name__})
            return BoltResponse(status=200, body="")

        @app.event("app_uninstalled")
        def uninstalled(context: BoltContext) -> None:
            self._installations.uninstalled(workspace_of(context["payload"]))

        @app.event("tokens_revoked")
        def revoked(context: BoltContext) -> None:
            payload: payloads.RevokingEvent = context["payload"]
            if payload.event.tokens.bot:
                self._installations.uninstalled(workspace_of(payload))

        @app.event("team_access_granted")
        def granted(context: BoltContext) -> None:
            payload: payloads.AccessEvent = context["payload"]
            if organisation := organisation_of(payload):
                self._installations.grant(organisation, payload.event.team_ids)

        @app.event("team_access_revoked")
        def withdrawn(context: BoltContext) -> None:
            payload: payloads.AccessEvent = context["payload"]
            if organisation := organisation_of(payload):
                self._installations.withdraw(organisation, payload.event.team_ids)


class OneWorkspace:
    """The surface of the event that the app was uninstalled, for an app of one workspace.

    `forget` deletes all that is kept of a workspace.
    """

    def __init__(self, forget: Callable[[str], object]) -> None:
        self._forget = forget

    def register(self, app: App) -> None:
        """Register the event at Bolt."""

        @app.event("app_uninstalled")
        def uninstalled(context: BoltContext) -> None:
            self._forget(workspace_of(context["payload"]))

        @app.event(re.compile("^(tokens_revoked|team_access_(granted|revoked))$"))
        def acknowledged() -> None:
            """Do nothing: there is one token, from the settings."""

"""People and channels that come, change and go."""

import re
from typing import Any

from slack_bolt import App

from bot.handlers.request import Body, Desk, workspace

Event = dict[str, Any]


def register(app: App, desk: Desk) -> None:
    """Register what changes around us; everything else Slack may send is let pass."""

    @app.event("member_left_channel")
    def left(event: Event, body: Body) -> None:
        desk.privacy.leave_channel(
            workspace(body), str(event["user"]), channel=str(event["channel"])
        )

    @app.event("member_joined_channel")
    def joined(event: Event, body: Body) -> None:
        ours = {each.get("user_id") for each in body.get("authorizations") or ()}
        if event["user"] in ours and event.get("inviter"):
            desk.homes.greet_inviter(
                workspace(body),
                str(event["channel"]),
                str(event["inviter"]),
                delivery=str(body["event_id"]),
            )

    @app.event("user_change")
    def changed(event: Event, body: Body) -> None:
        user = event["user"]
        desk.privacy.update_person(workspace(body), user)

    @app.event("app_uninstalled")
    def uninstalled(body: Body) -> None:
        desk.privacy.forget_workspace(workspace(body))

    @app.event(re.compile(".*"))
    def other() -> None:
        """Nothing of ours; without this Slack would be told that we did not receive it."""

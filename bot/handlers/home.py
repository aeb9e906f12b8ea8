"""App Home: published when it is opened."""

from typing import Any

from slack_bolt import App

from bot.blocks import answers
from bot.handlers.desk import Body, Desk, workspace


def register(app: App, desk: Desk) -> None:
    """Register the opening of App Home."""

    @app.event("app_home_opened")
    def opened(event: dict[str, Any], body: Body) -> None:
        if event.get("tab") == "home":
            publish(desk, workspace(body), str(event["user"]))


def publish(desk: Desk, team: str, user: str) -> None:
    """Bring somebody's App Home up to date."""
    words = desk.people.know(team, user).words
    view = answers.home(
        desk.cases.mine(team, user),
        desk.cases.live(team, user),
        words,
        coached=desk.asking.is_on(team, user),
        trend=desk.asking.trend(team, user),
    )
    desk.runner.publish(team, user, view)

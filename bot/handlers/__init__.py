"""Slack in: one module a surface. Each handler decodes, makes a command, and runs it."""

from slack_bolt import App

from bot.handlers import actions, home, lifecycle, messages, slash, views
from bot.handlers.desk import Desk


def register(app: App, desk: Desk) -> None:
    """Register every surface. Few listeners, routed by prefix: Bolt tries them one by one."""
    for surface in (slash, messages, actions, views, home, lifecycle):
        surface.register(app, desk)

"""Slack in: one module a surface. Each handler decodes, makes a command, and runs it."""

from slack_bolt import App

from bot.handlers import actions, commands, events, home, messages, views
from bot.handlers.request import Desk


def register(app: App, desk: Desk) -> None:
    """Register every surface. Few listeners, routed by prefix: Bolt tries them one by one."""
    for surface in (commands, messages, actions, views, home, events):
        surface.register(app, desk)

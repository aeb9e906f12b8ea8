"""The files around the code are true to it."""

import json
import re
from pathlib import Path

from typer.testing import CliRunner

from bot.cli import app
from bot.resources import config_dir
from bot.settings import Settings

ROOT = Path(__file__).parents[2]
MANIFEST = json.loads((config_dir() / "manifest.json").read_text(encoding="utf-8"))

NEEDS = {
    "message.channels": "channels:history",
    "message.groups": "groups:history",
    "message.im": "im:history",
    "channel_archive": "channels:read",
    "channel_deleted": "channels:read",
    "channel_id_changed": "channels:read",
    "channel_left": "channels:read",
    "channel_rename": "channels:read",
    "channel_shared": "channels:read",
    "channel_unarchive": "channels:read",
    "channel_unshared": "channels:read",
    "group_archive": "groups:read",
    "group_deleted": "groups:read",
    "group_left": "groups:read",
    "group_rename": "groups:read",
    "group_unarchive": "groups:read",
    "member_joined_channel": "channels:read",
    "member_left_channel": "channels:read",
    "user_change": "users:read",
    "app_home_opened": None,
    "app_mention": "app_mentions:read",
    "app_uninstalled": None,
}
"""The scope that each event needs, from Slack's reference of events."""


def test_the_manifest_keeps_within_slacks_limits():
    display = MANIFEST["display_information"]
    assert len(display["name"]) <= 35
    assert len(display["description"]) <= 140
    assert 175 <= len(display["long_description"]) <= 4000
    command = MANIFEST["features"]["slash_commands"][0]
    assert len(command["command"]) <= 32
    assert command["should_escape"] is True
    for shortcut in MANIFEST["features"]["shortcuts"]:
        assert len(shortcut["name"]) <= 24
        assert len(shortcut["description"]) <= 150


def test_every_event_has_its_scope_and_every_scope_its_reason():
    granted = MANIFEST["oauth_config"]["scopes"]
    scopes = {*granted["bot"], *granted["bot_optional"]}
    events = MANIFEST["settings"]["event_subscriptions"]["bot_events"]
    assert {NEEDS[event] for event in events} - {None} <= scopes
    reasons = (ROOT / "docs" / "scopes.md").read_text(encoding="utf-8")
    assert set(re.findall(r"`([a-z_]+(?::[a-z]+)?)`", reasons.split("|---|---|")[1])) >= scopes


def test_the_readme_names_every_setting():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert all(f"`{name.upper()}`" in readme for name in Settings.model_fields)


def test_the_command_line_prints_the_manifest():
    assert json.loads(CliRunner().invoke(app, ["manifest"]).output) == MANIFEST

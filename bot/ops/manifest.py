"""The app's manifest, with which it is created at Slack."""

import json
from typing import Any

from bot.errors import Fault
from bot.resources import config_dir

PLACEHOLDER = "https://example.com"
"""Where the bot is reached, in the manifest that is shipped."""


def manifest(url: str = "", *, socket: bool = False) -> dict[str, Any]:
    """Return the manifest for a bot that is reached at `url`, or by Socket Mode.

    With neither, the addresses are a placeholder, to be replaced by hand. Raises `Fault` for
    what is no https address. https://docs.slack.dev/reference/app-manifest
    """
    text = (config_dir() / "manifest.json").read_text(encoding="utf-8")
    if url:
        if not url.startswith("https://") or not url.isprintable() or {'"', "\\", " "} & set(url):
            raise Fault("manifest_url")
        text = text.replace(PLACEHOLDER, url.rstrip("/"))
    found: dict[str, Any] = json.loads(text)
    if socket:
        settings = found["settings"]
        settings["socket_mode_enabled"] = True
        places = (settings["event_subscriptions"], settings["interactivity"])
        for place in (*places, *found["features"]["slash_commands"]):
            place.pop("request_url", None)
            place.pop("url", None)
    return found

"""The app's manifest, with which it is created at Slack."""

import json
from typing import Any

from bot.errors import Fault
from bot.resources import config_dir

PLACEHOLDER = "https://example.com"
"""Where the bot is reached, in the manifest that is shipped."""


INSTALL_EVENTS = ("team_access_granted", "team_access_revoked", "tokens_revoked")
"""The events about installations; `app_uninstalled` is in every manifest."""


def manifest(url: str = "", *, socket: bool = False, oauth: bool = False) -> dict[str, Any]:
    """Return the manifest for a bot that is reached at `url`, or by Socket Mode.

    With `oauth`, any workspace or organisation can install the app, and its tokens are renewed:
    so a token that is copied from Slack's page, as one workspace needs it, would expire.

    With neither, the addresses are a placeholder, to be replaced by hand. Raises `Fault` for
    what is no https address. https://docs.slack.dev/reference/app-manifest
    """
    text = (config_dir() / "manifest.json").read_text(encoding="utf-8")
    if url:
        if not url.startswith("https://") or not url.isprintable() or {'"', "\\", " "} & set(url):
            raise Fault("manifest_url")
        text = text.replace(PLACEHOLDER, url.rstrip("/"))
    found: dict[str, Any] = json.loads(text)
    if oauth:
        place = url.rstrip("/") or PLACEHOLDER
        found["oauth_config"]["redirect_urls"] = [f"{place}/slack/oauth_redirect"]
        found["settings"] |= {"org_deploy_enabled": True, "token_rotation_enabled": True}
        events = found["settings"]["event_subscriptions"]["bot_events"]
        events[:] = sorted({*events, *INSTALL_EVENTS})
    if socket:
        settings = found["settings"]
        settings["socket_mode_enabled"] = True
        places = (settings["event_subscriptions"], settings["interactivity"])
        for place in (*places, *found["features"]["slash_commands"]):
            place.pop("request_url", None)
            place.pop("url", None)
    return found

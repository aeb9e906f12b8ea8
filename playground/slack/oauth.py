"""Slack's side of OAuth v2: people allow an app, and the app gets and renews its tokens."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from playground.slack.clock import WoundClock
from playground.slack.records import APP
from playground.slack.validation import SlackError
from playground.slack.workspace import Workspace

Json = dict[str, Any]

CLIENT_ID = "1.2"
CLIENT_SECRET = "playground-client"  # noqa: S105 - valid for this playground alone

TOKEN_LIFE = timedelta(hours=12)
CODE_LIFE = timedelta(minutes=10)


@dataclass
class _Allowed:
    """What somebody allowed: the app in a workspace, or (`org_wide`) in several."""

    workspaces: Sequence[Workspace]
    by: str
    org_wide: bool
    redirect_uri: str
    until: datetime


class OAuth:
    """The codes and tokens of the app. Each token lasts twelve hours, and is renewed once."""

    def __init__(self, clock: WoundClock) -> None:
        self._clock = clock
        self._codes: dict[str, _Allowed] = {}
        self._used: set[str] = set()
        self._tokens: dict[str, tuple[_Allowed, datetime]] = {}
        self._refreshes: dict[str, _Allowed] = {}
        self._numbers = count(1)

    def allow(self, url: str, workspaces: Sequence[Workspace], by: str) -> str:
        """Allow the app, on the page that its button leads to; return where Slack sends one on.

        Several workspaces are those of one organisation.
        """
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        code = f"code-{next(self._numbers)}"
        self._codes[code] = _Allowed(
            workspaces, by, len(workspaces) > 1, asked["redirect_uri"], self._now() + CODE_LIFE
        )
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def deny(self, url: str) -> str:
        """Refuse the app on the same page; return where Slack sends one on."""
        asked = parse_qs(urlsplit(url).query)
        answer = {"error": "access_denied", "state": asked["state"][0]}
        return f"{asked['redirect_uri'][0]}?{urlencode(answer)}"

    def access(self, args: Json) -> Json:
        """Answer `oauth.v2.access`. Raises `SlackError`."""
        if args.get("client_id") != CLIENT_ID:
            raise SlackError("invalid_client_id")
        if args.get("client_secret") != CLIENT_SECRET:
            raise SlackError("bad_client_secret")
        if args.get("grant_type") == "refresh_token":
            allowed = self._refreshes.pop(str(args.get("refresh_token")), None)
            if allowed is None:
                raise SlackError("invalid_refresh_token")
            return self._granted(allowed)
        code = str(args.get("code"))
        if code in self._used:
            raise SlackError("code_already_used")
        allowed = self._codes.pop(code, None)
        if allowed is None or allowed.until < self._now():
            raise SlackError("invalid_code")
        if args.get("redirect_uri") != allowed.redirect_uri:
            raise SlackError("bad_redirect_uri")
        self._used.add(code)
        for workspace in allowed.workspaces:
            workspace.org_wide = allowed.org_wide
        return self._granted(allowed)

    def workspaces_of(self, token: str) -> Sequence[Workspace]:
        """Return the workspaces of a token. Raises `SlackError` for one that is not valid."""
        if token not in self._tokens:
            raise SlackError("invalid_auth")
        allowed, until = self._tokens[token]
        if until <= self._now():
            raise SlackError("token_expired")
        if not allowed.workspaces:
            raise SlackError("token_revoked")
        return allowed.workspaces

    def revoke(self, workspaces: Sequence[Workspace]) -> None:
        """Revoke all tokens of these workspaces."""
        for allowed in (*(each for each, _ in self._tokens.values()), *self._refreshes.values()):
            allowed.workspaces = [w for w in allowed.workspaces if w not in workspaces]
        gone = [token for token, each in self._refreshes.items() if not each.workspaces]
        for token in gone:
            del self._refreshes[token]

    def _granted(self, allowed: _Allowed) -> Json:
        number = next(self._numbers)
        token, refresh = f"xoxe.xoxb-{number}", f"xoxe-{number}"
        self._tokens[token] = (allowed, self._now() + TOKEN_LIFE)
        self._refreshes[refresh] = allowed
        first = allowed.workspaces[0]
        return {
            "access_token": token,
            "refresh_token": refresh,
            "expires_in": int(TOKEN_LIFE.total_seconds()),
            "token_type": "bot",
            "bot_user_id": first.bot.id,
            "app_id": APP,
            "team": None if allowed.org_wide else {"id": first.team, "name": first.team},
            "enterprise": {"id": first.enterprise} if first.enterprise else None,
            "is_enterprise_install": allowed.org_wide,
            "authed_user": {"id": allowed.by},
        }

    def _now(self) -> datetime:
        return self._clock.now()

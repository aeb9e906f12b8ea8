"""The bot on the playground's Slack: wired as in earnest, over real HTTP on loopback."""

import re
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import unescape
from http.client import HTTPConnection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

from pydantic import SecretStr
from sqlalchemy.exc import OperationalError

from bot.app import Intervisie, Waits, build
from bot.flows.method import Method
from bot.i18n import UNKNOWN
from bot.settings import Settings
from bot.store.clocks import READING_INTERVAL
from bot.store.crypto import new_key
from bot.store.migrations import upgrade
from bot.web.server import running
from playground.slack.api import SECRET, TOKEN
from playground.slack.clock import WoundClock
from playground.slack.oauth import CLIENT_ID, CLIENT_SECRET
from playground.slack.seed import seeded
from playground.slack.server import Slack, serving
from playground.slack.workspace import Workspace

READINGS_APART = READING_INTERVAL + timedelta(seconds=1)
"""An hour, and what PostgreSQL takes to say its time, which differs from one look to the next."""

NEW_YEAR = datetime(2027, 1, 4, 9, tzinfo=UTC)
"""The Monday morning at which a stage begins, so that no run depends on its hour."""

PATIENCE_SECONDS = 60.0
"""How long Slack and the bot wait on a patient stage, so that a busy machine changes nothing."""


def settings_for(api_url: str, database_url: str, *, port: int = 0, address: str = "") -> Settings:
    """Return the settings of a bot on a playground; its keys live as long as the process."""
    return Settings(
        slack_bot_token=SecretStr(TOKEN),
        slack_signing_secret=SecretStr(SECRET),
        slack_app_token=None,
        slack_api_url=api_url,
        database_url=database_url,
        intervisie_keys=SecretStr(new_key()),
        intervisie_url=address,
        port=port,
    )


def settings_for_many(api_url: str, database_url: str, **more: Any) -> Settings:
    """Return the settings of a bot that any workspace can install; `more` is as `settings_for`."""
    more = {"address": "https://intervisie.test", **more}
    single = settings_for(api_url, database_url, **more)
    secret = SecretStr(CLIENT_SECRET)
    return single.model_copy(
        update={
            "slack_bot_token": None,
            "slack_client_id": CLIENT_ID,
            "slack_client_secret": secret,
        }
    )


@dataclass
class Stage:
    """A bot and a workspace; nothing moves by itself: `settle` lets things happen.

    `port` is where the bot listens.
    """

    slack: Slack
    bot: Intervisie
    port: int

    @property
    def workspace(self) -> Workspace:
        """The workspace."""
        return self.slack.workspace

    def visit(self, path: str, cookie: str = "", language: str = UNKNOWN) -> tuple[str, str]:
        """Open a page of the bot as a browser does; return its text and the cookie it sets."""
        with closing(HTTPConnection("127.0.0.1", self.port)) as connection:
            headers = {"Cookie": cookie, "Accept-Language": language}
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            set_cookie = (answer.getheader("Set-Cookie") or "").partition(";")[0]
            return answer.read().decode(), set_cookie

    def install(self, *workspaces: Workspace, by: str = "U0SANNE") -> str:
        """Install the app in a workspace, or in an organisation; return the last page's text."""
        offer, cookie = self.visit("/slack/install")
        sent_on = self.slack.api.oauth.allow(button_of(offer), workspaces, by)
        text, _ = self.visit(path_of(sent_on), cookie)
        return text

    def settle(self) -> None:
        """Make the bot look at the rooms that are due, and send all that it has to send now.

        The clock is wound by the seconds that takes.
        """
        self.look_at_rooms()
        for _ in range(500):
            wait = self.bot.relay.drain()
            if wait is None or wait > timedelta(seconds=20):
                return
            self.slack.clock.wind(wait)
        raise AssertionError("the bot does not come to rest")

    def look_at_rooms(self) -> None:
        """Look at the rooms that are due; while the database is away, nothing happens."""
        with suppress(OperationalError):
            self.bot.rooms.tick()

    def tick(self) -> None:
        """Handle the timers that are due now."""
        self.bot.timers.tick()

    def pass_time(self, length: timedelta) -> None:
        """Wind the clock; what has become due happens, and its messages are sent.

        The bot reads the clock twice, an hour apart, as it does in earnest before it forgets.
        """
        if length > READINGS_APART:
            self.slack.clock.wind(length - READINGS_APART)
            self.bot.timers.read_clock()
        self.slack.clock.wind(min(length, READINGS_APART))
        self.bot.timers.read_clock()
        self.slack.dispatcher.redeliver()
        self.look_at_rooms()
        self.tick()
        self.settle()


def button_of(page: str) -> str:
    """Return where the button on the page that offers the app leads to."""
    found = re.search('class="button" href="([^"]+)"', page)
    assert found
    return unescape(found[1])


def path_of(url: str) -> str:
    """Return the path and the query of an address."""
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"


@contextmanager
def staged(
    database_url: str | None = None,
    *,
    workspace: Workspace | None = None,
    limited: bool = True,
    address: str = "",
    methods: Mapping[str, Method] | None = None,
    oauth: bool = False,
    patient: bool = False,
) -> Iterator[Stage]:
    """Set a stage: a workspace, its Slack, a migrated database (its own when none is given).

    The workspace is the seeded one at `NEW_YEAR` by default.
    `address` is where the bot says that others reach it; `methods` are ours by default. With
    `oauth`, nobody has installed the app yet: `Stage.install` does. A `patient` stage has none of
    Slack's short deadlines.
    """
    with TemporaryDirectory(prefix="intervisie-") as folder:
        url = database_url or f"sqlite:///{Path(folder) / 'playground.sqlite3'}"
        upgrade(url)
        workspace = workspace or seeded(WoundClock(NEW_YEAR), oauth=oauth)
        waits = Waits()
        if patient:
            workspace.answer_seconds = PATIENCE_SECONDS
            waits = Waits(PATIENCE_SECONDS, PATIENCE_SECONDS, PATIENCE_SECONDS)
        with serving(workspace, limited=limited) as slack:
            more: dict[str, Any] = {"address": address} if address else {}
            settings = (settings_for_many if oauth else settings_for)(slack.url, url, **more)
            bot = build(settings, now=slack.clock.now, methods=methods, waits=waits)
            with running(bot, settings, relay=False, clock=False) as port:
                slack.connect(port)
                yield Stage(slack, bot, port)

"""What lives behind the page: colleagues who act by themselves, and a clock that can be wound."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from socket import socket
from tempfile import TemporaryDirectory
from threading import Event, Lock, Thread
from time import monotonic, sleep
from typing import Any

from sqlalchemy import event, func, select
from sqlalchemy.exc import SQLAlchemyError

from bot.app import Intervisie, build
from bot.i18n import Language, language_of
from bot.store.migrations import upgrade
from bot.store.tables import Timer
from bot.web.server import running
from playground.colleagues import Colleagues
from playground.reading import block
from playground.slack.api import SECRET
from playground.slack.delivery import Dispatcher, HttpSender
from playground.slack.workspace import Workspace
from playground.stage import settings_for
from playground.ui.play import Play

SPOKEN_LETTERS = 25.0
"""How many letters of what somebody says aloud can be read in a second."""

CAPTIONS = 3
"""How much of what was said aloud stands on the page."""

ACT_SECONDS = 1.6
"""Seconds between two acts of colleagues: slow enough to read along."""

WRITING_SECONDS = 0.3
"""Seconds between two acts of a colleague who writes a case, for which people wait."""

CASE_SECONDS = 30
"""Limit of the time in which a colleague writes a case."""

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)

LEAP = timedelta(days=1)
"""How far the clock goes at once while time is wound and nothing happens."""

SHOW_PACE = 4.0
"""How fast a session is shown at first: a whole one in two minutes."""

IN_AN_HOUR = 10
"""How often colleagues act in each hour that is wound."""

PAUSE_SECONDS = 0.005
"""Seconds between two looks whether a message that is under way has arrived."""

SETTLE_SECONDS = 2.0
"""Limit of the time in which what the bot has to send arrives while time is wound."""

SPEED = float(os.environ.get("PLAYGROUND_SPEED") or 1)
"""How much faster everything goes for tests, which do not read along."""


class Demo:
    """A bot and its workspace, in which colleagues act; serves what `play` asks for."""

    def __init__(
        self, bot: Intervisie, workspace: Workspace, play: Play, redeliver: Callable[[], None]
    ) -> None:
        self.bot, self._workspace, self._play = bot, workspace, play
        self._clock = workspace.clock
        self._redeliver = redeliver
        team = next(c for c in workspace.channels.values() if c.name == "intervisie")
        members = team.members - {workspace.bot.id}
        self._everyone = [user for user in workspace.users if user in members]
        self._colleagues = Colleagues(
            workspace,
            team.id,
            self._everyone,
            random=Random(),  # noqa: S311 - to play, not to hide
            by_form=True,  # people wait for it
        )
        self._acting = Lock()
        self._winding = Lock()
        self.stop = Event()
        """Set to end `keep_playing`."""
        play.bring, play.show, play.pass_time = self.bring, self.show, self.pass_time

    def keep_playing(self) -> None:
        """Make colleagues act one by one, at the pace of `play`, until `stop` is set."""
        pause = ACT_SECONDS
        while not self.stop.wait(pause / SPEED / (self._play.pace or 1)):
            if self._play.pace and not self._winding.locked():
                with suppress(SQLAlchemyError):  # a busy machine: the next time will do
                    pause = self.play_on()

    def play_on(self) -> float:
        """Pass time and act as one colleague, once all that was to be sent has arrived.

        Return the seconds until the next act: what was said aloud is read first.
        """
        self._clock.wind(timedelta(seconds=ACT_SECONDS * (1 - 1 / SPEED)))
        self.bot.relay.wake()
        self._redeliver()
        if not self.bot.store.is_outbox_empty():
            return ACT_SECONDS  # whoever acts on a board of a moment ago acts twice
        if not self._act() and self._play.shown:
            self._clock.wind(HOUR)  # all wait for each other, as in a lobby
        self._end_show()
        return ACT_SECONDS + self._show_spoken() / SPOKEN_LETTERS

    def _show_spoken(self) -> int:
        """Show what was said aloud since the last look; return how many letters that is."""
        acts, self._colleagues.acts = self._colleagues.acts, []
        aloud = [(act.user, act.text) for act in acts if act.kind == "said"]
        self._play.spoken = (*self._play.spoken, *aloud)[-CAPTIONS:] if self._speaks() else ()
        return sum(len(text) for _, text in aloud)

    def _speaks(self) -> bool:
        """Check whether a spoken session is under way."""
        return any(block(board.blocks, "board-clock") for board in self._colleagues.boards()[:1])

    def bring(self, kind: str, me: str, language: str) -> None:
        """Make a colleague bring a case; return when it stands in the channel."""
        with self._acting:
            before = len(self._colleagues.boards())
            self._play.writing = self._colleagues.bring(kind, me, language)
        try:
            end = monotonic() + CASE_SECONDS
            while len(self._colleagues.boards()) == before and monotonic() < end:
                self._act()
                sleep(WRITING_SECONDS / SPEED)
        finally:
            self._play.writing = ""

    def show(self, me: str, language: str) -> None:
        """Play a whole session to look at: colleagues play everyone, whoever looks included."""
        self.bring("learning", me, language)
        boards = self._colleagues.boards()
        if boards:
            self._play.shown, self._play.pace = boards[0].ts, SHOW_PACE

    def _end_show(self) -> None:
        """End the show once its session has ended: then its board shows no step any more."""
        if not self._play.shown:
            return
        boards = (b for b in self._colleagues.boards() if b.ts == self._play.shown)
        if not any(block(b.blocks, part) for b in boards for part in ("board-step", "board-lobby")):
            self._play.shown, self._play.pace = "", 1.0

    def pass_time(self, length: timedelta) -> None:
        """Wind the clock in steps, so that everything happens at its own time."""
        with self._winding:
            self._colleagues.hurried = length > HOUR
            try:
                self._pass_time(length)
            finally:
                self._colleagues.hurried = False

    def _pass_time(self, length: timedelta) -> None:
        began, acted = self._clock.now(), True
        while (passed := self._clock.now() - began) < length:
            self._play.wound = passed / length
            self._clock.wind(min(self._step(length, acted=acted), length - passed))
            self._redeliver()
            self.bot.rooms.tick()
            self.bot.timers.tick()
            self._settle()
            acted = False
            for _ in range(IN_AN_HOUR if length > HOUR else 1):
                if not self._act():
                    break
                acted = True
                self._settle()

    def _step(self, length: timedelta, *, acted: bool) -> timedelta:
        """Return how far the clock goes at once: not beyond what is due next."""
        if length <= HOUR:
            return MINUTE
        if acted:
            return HOUR
        with self.bot.store.unit() as unit:
            due: datetime | None = unit.db.scalar(select(func.min(Timer.due_at)))
        return max(MINUTE, min(LEAP, due - self._clock.now())) if due else LEAP

    def _act(self) -> bool:
        """Make one colleague whom nobody plays act once; return whether one did."""
        with self._acting:
            humans = set(self._play.humans.values())
            played = set() if self._play.shown else humans
            self._colleagues.people = [user for user in self._everyone if user not in played]
            self._colleagues.language = self._language_of(humans)
            may = self._play.playing and humans and self._colleagues.people
            return bool(may) and self._colleagues.act()

    def _language_of(self, humans: set[str]) -> Language | None:
        """Return the language of those who look; None if they have several, or nobody looks."""
        found = {language_of(self._workspace.users[user].locale) for user in humans}
        return found.pop() if len(found) == 1 else None

    def _settle(self) -> None:
        """Send what the bot has to send; the clock is wound by what Slack's pace asks for."""
        end = monotonic() + SETTLE_SECONDS
        while (wait := self.bot.relay.drain()) is not None and monotonic() < end:
            if wait > MINUTE:  # the relay's own thread is sending it
                sleep(PAUSE_SECONDS)
            else:
                self._clock.wind(max(wait, timedelta()))


@contextmanager
def living(workspace: Workspace, play: Play, api_url: str) -> Iterator[Demo]:
    """Run the bot and its colleagues in a workspace whose Web API is at `api_url`."""
    with TemporaryDirectory(prefix="intervisie-") as folder:
        url = f"sqlite:///{Path(folder) / 'playground.sqlite3'}"
        upgrade(url)
        port = _free_port()
        address = f"http://127.0.0.1:{port}"
        settings = settings_for(api_url, url, port=port, address=address)
        bot = build(settings, now=workspace.clock.now)
        event.listen(bot.store.engine, "connect", _on_connect)
        with running(bot, settings):
            dispatcher = Dispatcher(workspace.clock, HttpSender(f"{address}/slack/events", SECRET))
            workspace.deliver = dispatcher
            demo = Demo(bot, workspace, play, dispatcher.redeliver)
            Thread(target=demo.keep_playing, name="colleagues", daemon=True).start()
            try:
                yield demo
            finally:
                demo.stop.set()


def _on_connect(connection: Any, _record: object) -> None:
    """Keep SQLite from waiting for the disk: what is played need not outlive the process."""
    connection.execute("PRAGMA synchronous=OFF")


def _free_port() -> int:
    """Return a port that is free now, as the bot's address is needed before it listens."""
    with socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])

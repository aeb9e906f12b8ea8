"""What lives behind the page: colleagues who act by themselves, and a clock that can be wound."""

import os
from collections.abc import Callable
from datetime import timedelta
from random import Random
from threading import Event, Lock
from time import monotonic, sleep

from sqlalchemy import func, select

from bot.app import Intervisie
from bot.store.tables import Timer
from playground.colleagues import Colleagues
from playground.reading import block
from playground.slack.workspace import Workspace
from playground.ui.play import Play

ACT_SECONDS = 1.6
"""Seconds between two acts of colleagues: slow enough to read along."""

WRITING_SECONDS = 0.3
"""Seconds between two acts of a colleague who writes a case, for which people wait."""

CASE_SECONDS = 30
"""Limit of the time in which a colleague writes a case."""

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)

LEAP = timedelta(hours=6)
"""How far the clock goes at once while time is wound and nothing happens."""

SHOW_PACE = 4.0
"""How fast a session is shown at first: a whole one in two minutes."""

IN_AN_HOUR = 6
"""How often colleagues act in each hour that is wound."""

SPEED = float(os.environ.get("PLAYGROUND_SPEED") or 1)
"""How much faster everything goes for tests, which do not read along."""


class Demo:
    """A bot and its workspace, in which colleagues act; serves what `play` asks for."""

    def __init__(
        self, bot: Intervisie, workspace: Workspace, play: Play, redeliver: Callable[[], None]
    ) -> None:
        self._bot, self._workspace, self._play = bot, workspace, play
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
        self.stop = Event()
        """Set to end `keep_playing`."""
        play.bring, play.show, play.pass_time = self.bring, self.show, self.pass_time

    def keep_playing(self) -> None:
        """Make colleagues act one by one, at the pace of `play`, until `stop` is set."""
        while not self.stop.wait(ACT_SECONDS / SPEED / (self._play.pace or 1)):
            if not self._play.pace:
                continue
            self._clock.wind(timedelta(seconds=ACT_SECONDS * (1 - 1 / SPEED)))
            self._bot.relay.wake()
            self._redeliver()
            if not self._bot.store.is_outbox_empty():
                continue  # whoever acts on a board of a moment ago acts twice
            if not self._act() and self._play.shown:
                self._clock.wind(HOUR)  # all wait for each other, as in a lobby
            self._end_show()

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
        began, acted = self._clock.now(), True
        while (passed := self._clock.now() - began) < length:
            self._play.wound = passed / length
            self._clock.wind(min(self._step(length, acted=acted), length - passed))
            self._bot.timers.tick()
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
        with self._bot.store.unit() as unit:
            due = unit.db.scalar(select(func.min(Timer.due_at)))
        return max(MINUTE, min(LEAP, due - self._clock.now())) if due else LEAP

    def _act(self) -> bool:
        """Make one colleague whom nobody plays act once; return whether one did."""
        with self._acting:
            humans = set(self._play.humans.values())
            played = set() if self._play.shown else humans
            self._colleagues.people = [user for user in self._everyone if user not in played]
            may = self._play.playing and humans and self._colleagues.people
            return bool(may) and self._colleagues.act()

    def _settle(self) -> None:
        """Send what the bot has to send, for two seconds at most."""
        for _ in range(100):
            if self._bot.store.is_outbox_empty():
                break
            sleep(0.02)

"""`python -m playground`: the playground and the bot, on one's own machine."""

import os
import sys
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from random import Random
from socket import socket
from tempfile import TemporaryDirectory
from threading import Event, Lock, Thread
from time import monotonic, sleep

from nicegui import app, ui
from sqlalchemy import func, select
from starlette.applications import Starlette

from bot.app import build as build_bot
from bot.ops.logs import configure_logging
from bot.store.migrations import upgrade
from bot.store.tables import Timer
from bot.web.server import running
from playground.colleagues import Colleagues
from playground.slack.api import SECRET, Api
from playground.slack.clock import WoundClock
from playground.slack.delivery import Dispatcher, HttpSender
from playground.slack.seed import seeded
from playground.stage import settings_for
from playground.ui.page import Play, build

ACT_SECONDS = 1.6
"""Seconds between two acts of colleagues: slow enough to read along."""

WRITING_SECONDS = 0.3
"""Seconds between two answers of a colleague who writes a case, for which people wait."""

CASE_SECONDS = 30
"""Limit of the time in which a colleague writes a case."""

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)

LEAP = timedelta(hours=6)
"""How far the clock goes at once while time is wound and nothing happens."""

IN_AN_HOUR = 6
"""How often colleagues act in each hour that is wound."""

SPEED = float(os.environ.get("PLAYGROUND_SPEED") or 1)
"""How much faster everything goes for tests, which do not read along."""


def free_port() -> int:
    """Return a port that is free now, as the bot's address is needed before it listens."""
    with socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def main() -> None:
    """Serve until interrupted."""
    try:
        port = int(os.environ.get("PORT") or 8765)
    except ValueError:
        sys.exit("PORT has to be a number / PORT moet een getal zijn")
    configure_logging()
    clock = WoundClock()
    workspace = seeded(clock)
    api = Api(workspace)
    app.mount("/api", Starlette(routes=api.routes()))
    play = Play()
    build(workspace, play)
    stack = ExitStack()
    stop = Event()

    def start() -> None:
        folder = stack.enter_context(TemporaryDirectory(prefix="intervisie-"))
        url = f"sqlite:///{Path(folder) / 'playground.sqlite3'}"
        upgrade(url)
        workspace.url = f"http://127.0.0.1:{port}"
        ear = free_port()
        settings = settings_for(
            f"http://127.0.0.1:{port}/api/", url, port=ear, address=f"http://127.0.0.1:{ear}"
        )
        bot = build_bot(settings, now=clock.now)
        stack.enter_context(running(bot, settings))
        dispatcher = Dispatcher(clock, HttpSender(f"http://127.0.0.1:{ear}/slack/events", SECRET))
        workspace.deliver = dispatcher
        team = next(c for c in workspace.channels.values() if c.name == "intervisie")
        channel = team.id
        everyone = [user for user in workspace.users if user in team.members - {workspace.bot.id}]
        colleagues = Colleagues(
            workspace,
            channel,
            everyone,
            random=Random(),  # noqa: S311 - to play, not to hide
            by_form=True,  # people wait for it
        )
        acting = Lock()

        def bring(kind: str, me: str, language: str) -> None:
            """Make a colleague bring a case; return when it stands in the channel."""
            with acting:
                before = len(colleagues.boards())
                play.writing = colleagues.bring(kind, me, language)
            try:
                end = monotonic() + CASE_SECONDS
                while len(colleagues.boards()) == before and monotonic() < end:
                    act()
                    sleep(WRITING_SECONDS / SPEED)
            finally:
                play.writing = ""

        play.bring = bring

        def act() -> bool:
            """Make one colleague whom nobody plays act once; return whether one did."""
            with acting:
                humans = set(play.humans.values())
                colleagues.people = [user for user in everyone if user not in humans]
                may = play.playing and humans and colleagues.people
                return bool(may) and colleagues.act()

        def settle() -> None:
            """Send what the bot has to send, for two seconds at most."""
            for _ in range(100):
                if bot.store.is_outbox_empty():
                    break
                sleep(0.02)

        def pass_time(length: timedelta) -> None:
            """Wind the clock in steps, so that everything happens at its own time."""
            began, acted = clock.now(), True
            while (passed := clock.now() - began) < length:
                play.wound = passed / length
                clock.wind(min(step(length, acted=acted), length - passed))
                bot.timers.tick()
                settle()
                acted = False
                for _ in range(IN_AN_HOUR if length > HOUR else 1):
                    if not act():
                        break
                    acted = True
                    settle()

        def step(length: timedelta, *, acted: bool) -> timedelta:
            """Return how far the clock goes at once: not beyond what is due next."""
            if length <= HOUR:
                return MINUTE
            if acted:
                return HOUR
            with bot.store.unit() as unit:
                due = unit.db.scalar(select(func.min(Timer.due_at)))
            return max(MINUTE, min(LEAP, due - clock.now())) if due else LEAP

        play.pass_time = pass_time

        def keep_playing() -> None:
            while not stop.wait(ACT_SECONDS / SPEED):
                clock.wind(timedelta(seconds=ACT_SECONDS * (1 - 1 / SPEED)))
                bot.relay.wake()
                dispatcher.redeliver()
                act()

        Thread(target=keep_playing, name="colleagues", daemon=True).start()

    def end() -> None:
        stop.set()
        stack.close()

    app.on_startup(start)
    app.on_shutdown(end)
    print(f"Intervisie: http://127.0.0.1:{port}", flush=True)  # noqa: T201 - says where it is
    ui.run(
        host="127.0.0.1",
        port=port,
        title="Intervisie",
        favicon="🌿",
        show=False,
        reload=False,
        show_welcome_message=False,
        uvicorn_logging_level="error",
    )


main()

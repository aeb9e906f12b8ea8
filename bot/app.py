"""The only place that wires the parts together."""

import logging
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread
from typing import Any

from slack_bolt import App, BoltResponse
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_bolt.adapter.wsgi import SlackRequestHandler
from slack_bolt.authorization import AuthorizeResult
from slack_sdk import WebClient
from waitress.server import BaseWSGIServer, create_server

from bot.blocks import replies
from bot.catalog.methods import methods_with
from bot.catalog.registers import shipped_registers
from bot.clock import Clock, tidy
from bot.errors import Refusal
from bot.flows.method import Method
from bot.handlers import form_values, payloads, register
from bot.handlers.request import Desk
from bot.i18n import Words, words
from bot.ops.health import Health
from bot.ops.metrics import exposition
from bot.outbox.messages import Messenger
from bot.outbox.relay import Relay
from bot.services.cases import Cases
from bot.services.coaching import Coaching
from bot.services.follow_ups import FollowUps
from bot.services.founding import Founding
from bot.services.groups.agreements import Agreements
from bot.services.groups.guidance import GroupGuidance
from bot.services.groups.methods import GroupMethods
from bot.services.groups.settings import GroupSettings
from bot.services.history import History
from bot.services.home import Homes
from bot.services.intake import Intake
from bot.services.meetings.calendars import Calendars
from bot.services.meetings.lifecycle import Meetings
from bot.services.meetings.reminders import Reminders
from bot.services.meetings.rescheduling import Rescheduling
from bot.services.meetings.rota import Rotas
from bot.services.membership import Membership
from bot.services.participation import Participation
from bot.services.people import People
from bot.services.preferences import Preferences
from bot.services.privacy import Privacy
from bot.services.sessions.run import Sessions
from bot.services.sessions.start import SessionOpener
from bot.services.statements import Statements
from bot.services.toolkit import Toolkits
from bot.settings import Settings
from bot.store.subjects import Subject
from bot.store.transactions import Transactions
from bot.store.unit import Store
from bot.timers import Timers
from bot.web.routes import SLACK, site
from bot.web.verify import Verify

log = logging.getLogger(__name__)

FINISH_SECONDS = 10
"""How long requests under way may take when the process is asked to stop."""

LOOK_UP_SECONDS = 1
"""How long the look-up of a person may take: Slack waits three seconds for our answer."""


@dataclass(frozen=True)
class Intervisie:
    """The whole bot, ready to run: what comes in, what goes out, and the clock."""

    bolt: App
    desk: Desk
    relay: Relay
    clock: Clock
    timers: Timers
    transactions: Transactions
    store: Store
    health: Health
    metrics: Callable[[], bytes]


def utc_now() -> datetime:
    """Give the time, aware, in UTC."""
    return datetime.now(UTC)


def build(
    settings: Settings,
    *,
    now: Callable[[], datetime] = utc_now,
    methods: Mapping[str, Method] | None = None,
) -> Intervisie:
    """Wire the bot for these settings. Opens the database; calls nobody yet.

    Without `methods` it has ours and those of the settings.
    """
    methods = methods or methods_with(settings.intervisie_methods)
    store = Store(settings.database_url, settings.key_ring())
    token = settings.bot_token

    def client(timeout: int) -> WebClient:
        return WebClient(
            token=token, base_url=settings.slack_api_url, timeout=timeout, retry_handlers=[]
        )

    slow, quick = client(30), client(LOOK_UP_SECONDS)
    relay = Relay(store, lambda _workspace: slow, now)
    transactions = Transactions(store, now=now, committed=relay.wake)
    people = People(store, lambda _workspace: quick, now)
    sessions = Sessions(transactions, methods)
    opener = SessionOpener(transactions, methods)
    privacy = Privacy(transactions, sessions)
    reminders = Reminders(transactions)
    meetings = Meetings(transactions, opener, reminders, methods)
    membership = Membership(transactions, meetings, privacy)
    follow_ups = FollowUps(transactions)
    growth = GroupGuidance(transactions, methods)
    homes = Homes(transactions, people, methods, store.keys)
    participation = Participation(transactions)
    statements = Statements(transactions, shipped_registers(), store.keys, settings.intervisie_url)
    desk = Desk(
        sessions=sessions,
        opener=opener,
        messenger=Messenger(transactions),
        groups=GroupSettings(transactions),
        drafts=Intake(transactions),
        cases=Cases(transactions, opener, methods),
        people=people,
        privacy=privacy,
        founding=Founding(transactions, membership, meetings, privacy, methods),
        membership=membership,
        wishes=Preferences(transactions, meetings),
        turns=Rotas(transactions, meetings, reminders),
        rescheduling=Rescheduling(transactions, meetings),
        follow_ups=follow_ups,
        agreements=Agreements(transactions),
        composing=GroupMethods(transactions, methods),
        growth=growth,
        toolkits=Toolkits(transactions),
        calendars=Calendars(transactions, settings.intervisie_url),
        asking=Coaching(transactions, methods),
        homes=homes,
        history=History(transactions, methods),
        participation=participation,
        statements=statements,
        client_for=lambda _workspace: quick,
    )
    timers = Timers(
        transactions,
        {
            Subject.SESSION: sessions.on_due,
            Subject.GROUP: meetings.on_group_due,
            Subject.MEETING: meetings.on_session_over,
            Subject.TRIAL: membership.on_trial_over,
            Subject.FOLLOW_UP: follow_ups.on_due,
            Subject.GROWTH: growth.on_due,
            Subject.STATEMENT: statements.on_due,
            Subject.STATS: participation.on_due,
            Subject.HOME: homes.on_due,
        },
        {Subject.REMINDER: reminders.on_due},
    )
    clock = Clock({"due": (timers.tick, 1), "tidy": (lambda _: tidy(store, now()), 3600)})
    return Intervisie(
        bolt=_bolt(settings, desk),
        desk=desk,
        relay=relay,
        clock=clock,
        timers=timers,
        transactions=transactions,
        store=store,
        health=Health(store, now),
        metrics=exposition(store, now),
    )


def _bolt(settings: Settings, desk: Desk) -> App:
    """Give the Bolt app: it listens first and acknowledges after, and calls nobody itself."""

    def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
        return AuthorizeResult(
            enterprise_id=enterprise_id, team_id=team_id, bot_token=settings.bot_token
        )

    app = App(
        name="intervisie",  # else Bolt looks through all modules for it
        signing_secret=settings.signing_secret,
        authorize=authorize,
        process_before_response=True,
        raise_error_for_unhandled_request=False,
    )
    app.use(payloads.readable)
    register(app, desk)

    @app.error
    def failed(error: Exception, body: dict[str, Any]) -> BoltResponse:
        """Say that something went wrong; an event is not acknowledged, so that it comes again.

        A form stays open, with all that was written in it. Of a button Slack itself says that
        it did nothing.
        """
        if not payloads.is_readable(body):  # and Bolt stumbled over it before we looked
            return payloads.unreadable()
        # Errors may quote what people wrote, so the log names their type and place alone.
        log.error("request failed", extra={"fault": type(error).__name__, "at": _place(error)})
        told: dict[str, Any] | None = None
        if "command" in body:
            told = {"response_type": "ephemeral", **replies.fault(_words(desk, body))}
        elif body.get("type") == "view_submission" and (names := form_values.inputs(body["view"])):
            why = replies.refusal_text(Refusal("fault"), _words(desk, body))
            told = {"response_action": "errors", "errors": {names[0]: why}}
        return BoltResponse(status=500) if told is None else BoltResponse(status=200, body=told)

    return app


def _words(desk: Desk, body: dict[str, Any]) -> Words:
    """Give somebody's own words, or Dutch ones when even that cannot be looked up."""
    try:
        return desk.words(body)
    except Exception:
        return words("nl")


def _place(error: Exception) -> str:
    """Give where an error was raised, as "file:line"."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "?"


@contextmanager
def running(
    bot: Intervisie,
    settings: Settings,
    *,
    web: bool = True,
    clock: bool = True,
    relay: bool = True,
    host: str = "0.0.0.0",  # noqa: S104 - Slack, or the proxy before us, comes from outside
) -> Iterator[int]:
    """Run the parts that are asked for until the block ends; give the port listened on.

    With an app token Slack is listened to over its socket, else over HTTP on the port
    of the settings; there pages are given too, when we have an address. What is under
    way at the end is finished.
    """
    stop = Event()
    sender = Thread(target=bot.relay.run, args=(stop,), name="relay", daemon=True)
    if relay:
        sender.start()
    if clock:
        bot.clock.start()
    ear = _listen(bot, settings, host) if web else None
    try:
        yield ear.port if ear else 0
    finally:
        if ear is not None:
            ear.close()
        bot.clock.stop()
        stop.set()
        bot.relay.wake()
        if relay:
            sender.join(timeout=30)
        bot.store.close()


@dataclass(frozen=True)
class _Ear:
    port: int
    close: Callable[[], None]


def _listen(bot: Intervisie, settings: Settings, host: str) -> _Ear:
    if settings.slack_app_token is None:
        return _serve(bot, settings, host)
    # Others than Slack can be answered too, where they know an address to ask.
    pages = _serve(bot, settings, host) if settings.intervisie_url else _Ear(0, lambda: None)
    socket = SocketModeHandler(
        bot.bolt,
        settings.slack_app_token.get_secret_value(),
        web_client=WebClient(token=settings.bot_token, base_url=settings.slack_api_url),
    )
    socket.connect()  # type: ignore[no-untyped-call]

    def close() -> None:
        socket.close()  # type: ignore[no-untyped-call]
        pages.close()

    return _Ear(pages.port, close)


def _serve(bot: Intervisie, settings: Settings, host: str) -> _Ear:
    server: BaseWSGIServer = create_server(  # type: ignore[assignment]
        site(
            SlackRequestHandler(bot.bolt, path=SLACK),
            bot.health,
            bot.metrics,
            bot.desk.calendars.feed,
            Verify(bot.desk.statements),
        ),
        host=host,
        port=settings.port,
        threads=16,
    )
    assert server.socket is not None
    port = int(server.socket.getsockname()[1])
    closing = Event()

    def serve() -> None:
        try:
            server.run()
        except OSError:  # the loop was waiting on the socket that `close` shut
            if not closing.is_set():
                raise

    def close() -> None:
        closing.set()
        server.task_dispatcher.shutdown(timeout=FINISH_SECONDS)
        server.close()

    Thread(target=serve, name="web", daemon=True).start()
    return _Ear(port, close)

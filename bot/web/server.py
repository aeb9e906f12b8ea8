"""Running the bot: Slack by HTTP or Socket Mode, the pages, the relay and the clock."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from threading import Event, Thread
from wsgiref.types import WSGIApplication

from bot.app import Intervisie
from bot.errors import Fault
from bot.ops.slack_client import slack_client
from bot.outbox.relay import Relay
from bot.services.inbox import Inbox
from bot.settings import Settings
from bot.web.listener import Listener, listen
from bot.web.routes import routes
from bot.web.slack import SlackRequests
from bot.web.verify import VerifyPage

RELAY_STOP_SECONDS = 30
"""How long the relay may take to finish what it sends when the process is asked to stop."""


@contextmanager
def running(
    bot: Intervisie,
    settings: Settings,
    *,
    web: bool = True,
    clock: bool = True,
    relay: bool = True,
) -> Iterator[int]:
    """Run the parts that are asked for until the block ends; yield the port listened on, or 0.

    With an app token Slack is reached by its socket, and HTTP serves only pages; else Slack sends
    its requests over HTTP too. Requests and messages under way at the end are finished. Raises
    `Fault` if it cannot listen.
    """
    with ExitStack() as parts:
        parts.callback(bot.store.close)
        if relay:
            bot.health.watch("relay", parts.enter_context(_sending(bot.relay)))
        if clock:
            bot.clock.start()
            bot.health.watch("clock", bot.clock.is_alive)
        parts.callback(bot.clock.stop)
        listener = _listen(bot, settings) if web else Listener(0, lambda: None)
        parts.callback(listener.close)
        yield listener.port


@contextmanager
def _sending(relay: Relay) -> Iterator[Callable[[], bool]]:
    """Run the relay in a thread until the block ends; yield how to check whether it lives."""
    stop = Event()
    sender = Thread(target=relay.run, args=(stop,), name="relay", daemon=True)
    sender.start()
    try:
        yield sender.is_alive
    finally:
        stop.set()
        relay.wake()
        sender.join(timeout=RELAY_STOP_SECONDS)


def _listen(bot: Intervisie, settings: Settings) -> Listener:
    if settings.slack_app_token is None:
        return _serve(bot, settings, SlackRequests(bot.bolt, settings.signing_secret))
    from bot.web.socket_mode import SocketMode  # loaded only where it is used

    client = slack_client(settings.bot_token, settings.slack_api_url)
    socket = SocketMode(bot.bolt, client, settings.slack_app_token.get_secret_value())
    pages = _serve(bot, settings, None)
    socket.start()
    bot.health.watch("socket", socket.is_alive)

    def close() -> None:
        socket.close()
        pages.close()

    return Listener(pages.port, close)


def _serve(bot: Intervisie, settings: Settings, slack: WSGIApplication | None) -> Listener:
    verify = VerifyPage(bot.statements, bot.receipts)
    install: dict[str, WSGIApplication] = {}
    if settings.is_for_many:
        from bot.web.install import InstallPages  # loaded only where it is used

        inbox = Inbox(bot.store, bot.transactions.now)
        install = InstallPages(
            settings, bot.installations, inbox, bot.store.keys, bot.transactions.now
        ).pages()
    pages = routes(slack, bot.health, bot.metrics, bot.calendars.feed, verify, install)
    host, port = settings.host, settings.port
    try:
        return listen(pages, host, port)
    except (OSError, ValueError) as error:  # waitress raises ValueError for an unknown host
        why = getattr(error, "strerror", None) or str(error)
        raise Fault("port_refused", host=host, port=port, why=why) from None

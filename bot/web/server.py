"""Running the bot: Slack by HTTP or Socket Mode, the pages, the relay and the clock."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
from wsgiref.types import WSGIApplication

from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient

from bot.app import Intervisie
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
    host: str = "0.0.0.0",  # noqa: S104 - Slack, or the proxy before us, comes from outside
) -> Iterator[int]:
    """Run the parts that are asked for until the block ends; yield the port listened on, or 0.

    With an app token Slack is reached by its socket, else by HTTP on the port of the settings;
    then HTTP serves only pages, and only if the settings say where others reach them. Requests
    and messages under way at the end are finished.
    """
    stop = Event()
    sender = Thread(target=bot.relay.run, args=(stop,), name="relay", daemon=True)
    if relay:
        sender.start()
    if clock:
        bot.clock.start()
    listener = _listen(bot, settings, host) if web else None
    try:
        yield listener.port if listener else 0
    finally:
        if listener is not None:
            listener.close()
        bot.clock.stop()
        stop.set()
        bot.relay.wake()
        if relay:
            sender.join(timeout=RELAY_STOP_SECONDS)
        bot.store.close()


def _listen(bot: Intervisie, settings: Settings, host: str) -> Listener:
    if settings.slack_app_token is None:
        return _serve(bot, settings, host, SlackRequests(bot.bolt, settings.signing_secret))
    # Calendars and the verify page need an address; without one nobody could ask for them.
    has_pages = bool(settings.intervisie_url)
    pages = _serve(bot, settings, host, None) if has_pages else Listener(0, lambda: None)
    socket = SocketModeHandler(
        bot.bolt,
        settings.slack_app_token.get_secret_value(),
        web_client=WebClient(token=settings.bot_token, base_url=settings.slack_api_url),
    )
    socket.connect()  # type: ignore[no-untyped-call]

    def close() -> None:
        socket.close()  # type: ignore[no-untyped-call]
        pages.close()

    return Listener(pages.port, close)


def _serve(
    bot: Intervisie, settings: Settings, host: str, slack: WSGIApplication | None
) -> Listener:
    pages = routes(slack, bot.health, bot.metrics, bot.calendars.feed, VerifyPage(bot.statements))
    return listen(pages, host, settings.port)

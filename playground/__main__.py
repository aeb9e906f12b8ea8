"""`python -m playground`: the playground and the bot, on one's own machine."""

import os
import sys
from contextlib import ExitStack, suppress
from socket import SO_REUSEADDR, SOL_SOCKET, socket

from nicegui import app, ui
from starlette.applications import Starlette

from bot.ops.logs import configure_logging
from playground.demo import living
from playground.slack.api import Api
from playground.slack.clock import WoundClock
from playground.slack.seed import seeded
from playground.ui.page import build
from playground.ui.play import Play


def is_taken(port: int) -> bool:
    """Check whether another program listens on a port."""
    with socket() as tried:
        tried.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
        try:
            tried.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


def main() -> None:
    """Serve until interrupted."""
    try:
        port = int(os.environ.get("PORT") or 8765)
    except ValueError:
        sys.exit("PORT has to be a number / PORT moet een getal zijn")
    if is_taken(port):
        sys.exit(
            f"Port {port} is in use: stop what uses it, or choose another with PORT=…\n"
            f"Poort {port} is bezet: stop wat die gebruikt, of kies een andere met PORT=…"
        )
    configure_logging()
    clock = WoundClock()
    workspace = seeded(clock)
    workspace.url = f"http://127.0.0.1:{port}"
    api = Api(workspace)
    app.mount("/api", Starlette(routes=api.routes()))
    play = Play()
    build(workspace, play)
    stack = ExitStack()

    def start() -> None:
        stack.enter_context(living(workspace, play, f"{workspace.url}/api/"))

    app.on_startup(start)
    app.on_shutdown(stack.close)
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


with suppress(KeyboardInterrupt):  # Ctrl-C, while a page is still open
    main()

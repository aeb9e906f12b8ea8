"""The playground's Slack as a server of its own, for tests and rehearsals."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Thread
from time import monotonic, sleep

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount

from playground.slack.api import SECRET, Api
from playground.slack.clock import WoundClock
from playground.slack.delivery import Courier, HttpSender, nobody
from playground.slack.socket_mode import Link
from playground.slack.workspace import Workspace

START_SECONDS = 10.0


@dataclass
class Slack:
    """A running playground: its workspace, its Web API, and its courier to the bot."""

    workspace: Workspace
    clock: WoundClock
    api: Api
    courier: Courier
    url: str
    link: Link

    def connect(self, bot_port: int) -> None:
        """Let what people do be delivered to the bot on this port."""
        url = f"http://127.0.0.1:{bot_port}/slack/events"
        self.courier.send = HttpSender(url, SECRET)

    def connect_by_socket(self) -> None:
        """Let what people do be delivered over the socket that the bot opened."""
        self.courier.send = self.link


@contextmanager
def serving(workspace: Workspace, *, limited: bool = True) -> Iterator[Slack]:
    """Serve a workspace's Web API on loopback, on a port that is free, until the block ends."""
    api = Api(workspace, limited=limited)
    link = Link()
    app = Starlette(routes=[Mount("/api", routes=api.routes()), *link.routes()])
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="critical", lifespan="off")
    server = uvicorn.Server(config)
    Thread(target=server.run, name="playground", daemon=True).start()
    until = monotonic() + START_SECONDS
    while not server.started and monotonic() < until:
        sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    courier = Courier(workspace.clock, nobody)
    workspace.deliver = courier
    workspace.url = f"http://127.0.0.1:{port}"
    api.link_url = f"ws://127.0.0.1:{port}/link"
    url = f"http://127.0.0.1:{port}/api/"
    try:
        yield Slack(workspace, workspace.clock, api, courier, url, link)
    finally:
        courier.close()
        server.should_exit = True  # within moments, by itself: nobody needs to wait for that

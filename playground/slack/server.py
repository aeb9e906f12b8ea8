"""The imitation of Slack as a server on loopback, for tests and rehearsals."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Thread
from time import monotonic, sleep

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount

from playground.slack.api import SECRET, Api
from playground.slack.clock import WoundClock
from playground.slack.delivery import Dispatcher, HttpSender, no_answer
from playground.slack.socket_mode import SocketSender
from playground.slack.workspace import Workspace

START_SECONDS = 10.0
"""How long the server may take to start."""


@dataclass
class Slack:
    """A running imitation of Slack. `url` is the address of its Web API, `/api/` included."""

    workspace: Workspace
    clock: WoundClock
    api: Api
    dispatcher: Dispatcher
    url: str
    socket: SocketSender

    def connect(self, bot_port: int) -> None:
        """Send deliveries over HTTP to the bot on this port of loopback."""
        url = f"http://127.0.0.1:{bot_port}/slack/events"
        self.dispatcher.send = HttpSender(url, SECRET, self.workspace.answer_seconds)

    def add(self, workspace: Workspace) -> None:
        """Serve another workspace, which can install the app by OAuth (`api.oauth`)."""
        self.api.others.append(workspace)
        workspace.deliver, workspace.url = self.dispatcher, self.workspace.url

    def uninstall(self, workspaces: Sequence[Workspace], by: str) -> None:
        """Uninstall the app, as somebody does who manages a workspace, or an organisation."""
        self.api.oauth.revoke(workspaces)
        workspaces[0].revoke_tokens(by)
        workspaces[0].uninstall(by)

    def connect_by_socket(self) -> None:
        """Send deliveries over the web socket that the bot opens (Socket Mode)."""
        self.dispatcher.send = self.socket


@contextmanager
def serving(workspace: Workspace, *, limited: bool = True) -> Iterator[Slack]:
    """Serve a workspace's Web API on a free port of loopback until the block ends.

    `limited` turns Slack's rate limits on. No bot is connected at first; see `Slack.connect`.
    """
    api = Api(workspace, limited=limited)
    socket = SocketSender()
    app = Starlette(routes=[Mount("/api", routes=api.routes()), *socket.routes()])
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="critical", lifespan="off")
    server = uvicorn.Server(config)
    Thread(target=server.run, name="playground", daemon=True).start()
    until = monotonic() + START_SECONDS
    while not server.started and monotonic() < until:
        sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    dispatcher = Dispatcher(workspace.clock, no_answer)
    workspace.deliver = dispatcher
    workspace.url = f"http://127.0.0.1:{port}"
    api.socket_url = f"ws://127.0.0.1:{port}{socket.path}"
    url = f"http://127.0.0.1:{port}/api/"
    try:
        yield Slack(workspace, workspace.clock, api, dispatcher, url, socket)
    finally:
        dispatcher.close()
        server.should_exit = True  # the daemon thread ends by itself soon; waiting is no use

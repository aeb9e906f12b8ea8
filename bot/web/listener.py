"""The HTTP listener: waitress, with limits on the size and the pace of requests.

Anyone can connect before a signature is checked, so a client must not be able to use up the
memory or the connections of the process.
"""

from collections.abc import Callable
from dataclasses import dataclass
from threading import Event, Thread
from time import monotonic
from typing import Any
from wsgiref.types import WSGIApplication

from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.server import TcpWSGIServer

THREADS = 16
"""Requests that are handled at once."""

MAX_BODY_BYTES = 4 * 1024 * 1024
"""Largest body of any request. waitress refuses a larger one (413) before it has arrived."""

MEMORY_BODY_BYTES = 64 * 1024
"""The part of a body that is kept in memory while it arrives; the rest goes to a file."""

MAX_HEADER_BYTES = 32 * 1024

MAX_CONNECTIONS = 400
"""From here on, a new connection closes the one that has waited longest for its request."""

REQUEST_SECONDS, IDLE_SECONDS = 30, 120
"""How long a request may take to arrive, and a connection may wait for its next request.

A load balancer keeps a connection for a minute, and must not find it closed when it needs it.
"""

CLEANUP_SECONDS = 5
"""How often connections are checked for that."""

FINISH_SECONDS = 10
"""How long requests under way may take when the process is asked to stop."""


@dataclass(frozen=True)
class Listener:
    """What listens for requests: its port, 0 for none, and how to close it."""

    port: int
    close: Callable[[], None]


class _Connection(HTTPChannel):
    """A connection that knows since when it waits: for a request, or for the rest of one.

    waitress closes silent connections, but one that sends a byte now and then is not silent.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.waiting_since = monotonic()

    def received(self, data: bytes) -> bool:
        """Take what has arrived."""
        was_idle = self.request is None
        taken = super().received(data)
        if was_idle or self.request is None:  # a request begins, or is complete
            self.waiting_since = monotonic()
        return taken

    def is_overdue(self) -> bool:
        """Check whether the connection has waited for too long."""
        limit = IDLE_SECONDS if self.request is None else REQUEST_SECONDS
        return monotonic() - self.waiting_since > limit


class _Server(TcpWSGIServer):
    channel_class = _Connection

    def maintenance(self, _now: float) -> None:
        """Close the connections that have waited for too long."""
        for each in self._waiting():
            if each.is_overdue():
                each.will_close = True

    def handle_accept(self) -> None:
        """Accept a connection, and make room for the next."""
        super().handle_accept()
        waiting = self._waiting()
        if len(waiting) > MAX_CONNECTIONS:
            min(waiting, key=lambda each: each.waiting_since).will_close = True

    def _waiting(self) -> list[_Connection]:
        channels: dict[int, _Connection] = self.active_channels  # type: ignore[assignment]
        return [each for each in channels.values() if not (each.requests or each.will_close)]


def listen(application: WSGIApplication, host: str, port: int) -> Listener:
    """Serve an application until the listener is closed; requests under way are finished then.

    Port 0 takes a free one. Raises `OSError` if the port is taken, `ValueError` for no host.
    """
    limits = Adjustments(
        host=host,
        port=port,
        threads=THREADS,
        max_request_body_size=MAX_BODY_BYTES + 1,
        max_request_header_size=MAX_HEADER_BYTES,
        inbuf_overflow=MEMORY_BODY_BYTES,
        connection_limit=2 * MAX_CONNECTIONS,
        cleanup_interval=CLEANUP_SECONDS,
        asyncore_use_poll=True,
        clear_untrusted_proxy_headers=False,  # nothing trusts them; they tell of a proxy
        log_socket_errors=False,  # a client that leaves is no error of ours
    )
    address: Any = limits.listen[0]
    server = _Server(application, adj=limits, sockinfo=address)
    closing = Event()

    def serve() -> None:
        try:
            server.run()
        except OSError:  # `close` shut the socket on which the loop was waiting
            if not closing.is_set():
                raise

    def close() -> None:
        closing.set()
        server.task_dispatcher.shutdown(timeout=FINISH_SECONDS)
        server.close()

    Thread(target=serve, name="web", daemon=True).start()
    return Listener(int(server.getsockname()[1]), close)

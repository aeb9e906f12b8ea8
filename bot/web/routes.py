"""HTTP routes: Slack's requests, health, metrics, calendars and the page that checks statements."""

import json
import logging
import re
from collections.abc import Callable, Iterable
from time import perf_counter
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from prometheus_client.exposition import CONTENT_TYPE_LATEST

from bot.ops.health import Health
from bot.ops.metrics import REQUESTS

log = logging.getLogger(__name__)

SLACK_PATH = "/slack/events"
TIMESTAMP, SIGNATURE = re.compile(r"[0-9]{1,12}"), re.compile(r"v0=[0-9a-f]{64}")
"""The formats of the two headers with which Slack signs a request."""
CALENDAR_PATH = re.compile(r"/calendar/([\w-]{20,64})\.ics")


def routes(
    slack: WSGIApplication,
    health: Health,
    metrics: Callable[[], bytes],
    feed: Callable[[str], bytes | None],
    verify: WSGIApplication,
) -> WSGIApplication:
    """Return the WSGI application of the whole process.

    `slack` handles every path without a route of its own. `metrics` returns the body of
    `/metrics`. `feed` returns the calendar for the secret in `/calendar/<secret>.ics`, or None.
    `verify` handles `/verify`, the page on which anyone checks a statement.
    """

    def answer(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        match environ.get("PATH_INFO"):
            case "/healthz":
                return _respond(start, "200 OK", "text/plain", b"ok\n")
            case "/readyz":
                ready, parts = health.ready()
                status = "200 OK" if ready else "503 Service Unavailable"
                return _respond(
                    start, status, "application/json", json.dumps(parts).encode() + b"\n"
                )
            case "/metrics":
                return _respond(start, "200 OK", CONTENT_TYPE_LATEST, metrics())
            case str(path) if found := CALENDAR_PATH.fullmatch(path):
                calendar = feed(found[1])
                if calendar is None:
                    return _respond(start, "404 Not Found", "text/plain", b"gone\n")
                return _respond(start, "200 OK", "text/calendar; charset=utf-8", calendar)
            case "/verify":
                return verify(environ, start)
            case _:
                return _timed(slack, environ, start)

    return answer


def _respond(start: StartResponse, status: str, kind: str, body: bytes) -> list[bytes]:
    start(status, [("Content-Type", kind), ("Content-Length", str(len(body)))])
    return [body]


def _is_signed(environ: WSGIEnvironment) -> bool:
    """Check whether a request has a well-formed signature. Bolt checks whether it is valid."""
    timestamp = str(environ.get("HTTP_X_SLACK_REQUEST_TIMESTAMP", ""))
    signature = str(environ.get("HTTP_X_SLACK_SIGNATURE", ""))
    return bool(TIMESTAMP.fullmatch(timestamp) and SIGNATURE.fullmatch(signature))


def _timed(
    slack: WSGIApplication, environ: WSGIEnvironment, start: StartResponse
) -> Iterable[bytes]:
    """Answer a request of Slack's, and observe how long that took and with which status."""
    began = perf_counter()
    code = ["none"]

    def start_response(status: str, *rest: object) -> Callable[[bytes], object]:
        code[0] = status[:3]
        return start(status, *rest)  # type: ignore[arg-type]

    try:
        body = (
            slack(environ, start_response)
            if _is_signed(environ)
            else _respond(start_response, "401 Unauthorized", "text/plain", b"")
        )
    except Exception as error:
        # Bolt answers exceptions of listeners itself, so this request was not from Slack.
        log.warning("a request that cannot be read", extra={"fault": type(error).__name__})
        body = _respond(start_response, "400 Bad Request", "text/plain", b"")
    REQUESTS.labels(code[0]).observe(perf_counter() - began)
    return body

"""What this process answers over HTTP: Slack, and whoever looks whether it is well."""

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

SLACK = "/slack/events"
STAMP, MARK = re.compile(r"[0-9]{1,12}"), re.compile(r"v0=[0-9a-f]{64}")
"""What Slack's two headers look like, with which it signs."""
CALENDAR = re.compile(r"/calendar/([\w-]{20,64})\.ics")


def site(
    slack: WSGIApplication,
    health: Health,
    metrics: Callable[[], bytes],
    feed: Callable[[str], bytes | None],
    verify: WSGIApplication,
) -> WSGIApplication:
    """Give the whole: `slack` answers Slack; `/healthz`, `/readyz` and `/metrics` anyone.

    `feed` gives the calendar behind the secret in `/calendar/<secret>.ics`; `verify` is the
    page on which anyone checks a statement.
    """

    def answer(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        match environ.get("PATH_INFO"):
            case "/healthz":
                return _give(start, "200 OK", "text/plain", b"ok\n")
            case "/readyz":
                ready, parts = health.ready()
                status = "200 OK" if ready else "503 Service Unavailable"
                return _give(start, status, "application/json", json.dumps(parts).encode() + b"\n")
            case "/metrics":
                return _give(start, "200 OK", CONTENT_TYPE_LATEST, metrics())
            case str(path) if found := CALENDAR.fullmatch(path):
                calendar = feed(found[1])
                if calendar is None:
                    return _give(start, "404 Not Found", "text/plain", b"gone\n")
                return _give(start, "200 OK", "text/calendar; charset=utf-8", calendar)
            case "/verify":
                return verify(environ, start)
            case _:
                return _timed(slack, environ, start)

    return answer


def _give(start: StartResponse, status: str, kind: str, body: bytes) -> list[bytes]:
    start(status, [("Content-Type", kind), ("Content-Length", str(len(body)))])
    return [body]


def _is_signed(environ: WSGIEnvironment) -> bool:
    """Tell whether a request has a signature at all; whether it is right, Bolt looks."""
    stamp = str(environ.get("HTTP_X_SLACK_REQUEST_TIMESTAMP", ""))
    mark = str(environ.get("HTTP_X_SLACK_SIGNATURE", ""))
    return bool(STAMP.fullmatch(stamp) and MARK.fullmatch(mark))


def _timed(
    slack: WSGIApplication, environ: WSGIEnvironment, start: StartResponse
) -> Iterable[bytes]:
    began = perf_counter()
    answered = ["none"]

    def note(status: str, *rest: object) -> Callable[[bytes], object]:
        answered[0] = status[:3]
        return start(status, *rest)  # type: ignore[arg-type]

    try:
        body = (
            slack(environ, note)
            if _is_signed(environ)
            else _give(note, "401 Unauthorized", "text/plain", b"")
        )
    except Exception as error:
        # Whatever a listener raises is answered by Bolt: this was no request of Slack's at all.
        log.warning("a request that cannot be read", extra={"fault": type(error).__name__})
        body = _give(note, "400 Bad Request", "text/plain", b"")
    REQUESTS.labels(answered[0]).observe(perf_counter() - began)
    return body

"""HTTP routes: Slack's requests, health, metrics, calendars and the pages for people."""

import json
import logging
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from ipaddress import ip_address
from types import MappingProxyType
from typing import NamedTuple
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from prometheus_client.exposition import CONTENT_TYPE_LATEST

from bot.ops.health import Health
from bot.web.responses import respond
from bot.web.slack import PATH as SLACK_PATH
from bot.web.verify import PATH as VERIFY_PATH

log = logging.getLogger(__name__)

READ = ("GET", "HEAD")
CALENDAR_PATH = re.compile(r"/calendar/([\w-]{20,64})\.ics")

PROXY_HEADERS = ("HTTP_FORWARDED", "HTTP_VIA", "HTTP_X_FORWARDED_FOR", "HTTP_X_REAL_IP")
"""Headers that a proxy adds to a request that it passes on."""


class _Page(NamedTuple):
    """A page, its methods, and whether only callers from the inside may see it."""

    answer: WSGIApplication
    methods: tuple[str, ...] = READ
    internal: bool = False


def routes(
    slack: WSGIApplication | None,
    health: Health,
    metrics: Callable[[], bytes],
    feed: Callable[[str], bytes | None],
    verify: WSGIApplication,
    install: Mapping[str, WSGIApplication] = MappingProxyType({}),
) -> WSGIApplication:
    """Return the WSGI application of the whole process.

    `slack` handles Slack's requests, None when they come by Socket Mode. `metrics` returns the
    body of `/metrics`. `feed` returns the calendar for the secret in `/calendar/<secret>.ics`,
    or None. `verify` handles `/verify`, the page on which anyone checks a statement.
    `install` has the pages with which anyone installs the app, by path, if they may.
    """

    def alive(_: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        if ended := health.ended():
            told = f"ended: {', '.join(ended)}\n".encode()
            return respond(start, "503 Service Unavailable", told)
        return respond(start, "200 OK", b"ok\n")

    def ready(_: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        well, parts = health.ready()
        status = "200 OK" if well else "503 Service Unavailable"
        return respond(start, status, json.dumps(parts).encode() + b"\n", "application/json")

    def measured(_: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        return respond(start, "200 OK", metrics(), CONTENT_TYPE_LATEST)

    def calendar(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        found = CALENDAR_PATH.fullmatch(str(environ["PATH_INFO"]))
        content = feed(found[1]) if found else None
        if content is None:
            return respond(start, "404 Not Found", b"gone\n")
        return respond(start, "200 OK", content, "text/calendar; charset=utf-8")

    pages = {
        "/healthz": _Page(alive),
        "/readyz": _Page(ready, internal=True),
        "/metrics": _Page(measured, internal=True),
        VERIFY_PATH: _Page(verify, (*READ, "POST")),
    }
    pages |= {path: _Page(page) for path, page in install.items()}
    if slack is not None:
        pages[SLACK_PATH] = _Page(slack, ("POST",))

    def answer(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        path, method = str(environ.get("PATH_INFO")), str(environ["REQUEST_METHOD"])
        page = _Page(calendar) if path.startswith("/calendar/") else pages.get(path)
        if page is None or (page.internal and not _is_internal(environ)):
            page = _Page(_missing, (method,))
        try:
            body = (
                page.answer(environ, start)
                if method in page.methods
                else respond(
                    start,
                    "405 Method Not Allowed",
                    b"",
                    "text/plain",
                    ("Allow", ", ".join(page.methods)),
                )
            )
        except Exception as error:
            log.error("page failed", extra={"fault": type(error).__name__})
            start("500 Internal Server Error", [("Content-Length", "0")], sys.exc_info())
            body = []
        return [] if method == "HEAD" else body

    return answer


def _missing(_: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
    return respond(start, "404 Not Found")


def _is_internal(environ: WSGIEnvironment) -> bool:
    """Check whether a request comes from this machine or a private network, through no proxy."""
    return ip_address(str(environ["REMOTE_ADDR"])).is_private and not any(
        name in environ for name in PROXY_HEADERS
    )

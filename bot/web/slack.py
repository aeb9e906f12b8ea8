"""Slack's requests over HTTP: refused by size and signature before Bolt parses them."""

import logging
from collections.abc import Callable, Iterable
from io import BytesIO
from time import perf_counter
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from slack_bolt import App
from slack_bolt.adapter.wsgi import SlackRequestHandler
from slack_sdk.signature import SignatureVerifier

from bot.ops.metrics import REQUESTS
from bot.web.responses import respond

log = logging.getLogger(__name__)

PATH = "/slack/events"

MAX_REQUEST_BYTES = 1024 * 1024
"""Slack sends far less: a form has at most 100 inputs of 3,000 characters."""


class SlackRequests:
    """Slack's requests as a WSGI application."""

    def __init__(self, bolt: App, signing_secret: str) -> None:
        self._bolt: WSGIApplication = SlackRequestHandler(bolt, path=PATH)
        self._verifier = SignatureVerifier(signing_secret)

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        """Answer a request, and observe how long that took and with which status."""
        began = perf_counter()
        code = ["none"]

        def start_response(status: str, *rest: object) -> Callable[[bytes], object]:
            code[0] = status[:3]
            return start(status, *rest)  # type: ignore[arg-type]

        body = self._answer(environ, start_response)
        REQUESTS.labels(code[0]).observe(perf_counter() - began)
        return body

    def _answer(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        length = int(environ.get("CONTENT_LENGTH") or 0)
        if length > MAX_REQUEST_BYTES:
            return respond(start, "413 Request Entity Too Large")
        # Bolt parses a body before it checks the signature, at 85 times its size in memory.
        body = environ["wsgi.input"].read(length)
        if not self._is_signed(environ, body):
            return respond(start, "401 Unauthorized")
        try:
            return self._bolt({**environ, "wsgi.input": BytesIO(body)}, start)
        except Exception as error:
            # Bolt answers exceptions of listeners itself, so Slack did not send this.
            log.warning("a request that cannot be read", extra={"fault": type(error).__name__})
            return respond(start, "400 Bad Request")

    def _is_signed(self, environ: WSGIEnvironment, body: bytes) -> bool:
        timestamp = str(environ.get("HTTP_X_SLACK_REQUEST_TIMESTAMP", ""))
        signature = str(environ.get("HTTP_X_SLACK_SIGNATURE", ""))
        try:
            return self._verifier.is_valid(body, timestamp, signature)
        except Exception:  # no text, no number, no ASCII: whatever cannot be verified
            return False

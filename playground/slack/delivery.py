"""Deliveries from the workspace to the bot, as Slack makes them: signed, timed out and retried."""

import hashlib
import hmac
import json
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from http.client import HTTPConnection, HTTPException
from threading import Lock
from typing import Any, Literal
from urllib.parse import urlencode, urlsplit

from playground.slack.clock import WoundClock
from playground.slack.state import ANSWER_SECONDS
from playground.slack.workspace import Delivery, Reply

RETRY_DELAYS = (timedelta(0), timedelta(minutes=1), timedelta(minutes=5))
"""The delays before Slack retries an event that got no 2xx. It retries nothing but events."""

Send = Callable[[Delivery, dict[str, str]], Reply]
"""Sends a delivery with these extra headers and returns the bot's answer."""


def no_answer(_delivery: Delivery, _headers: dict[str, str]) -> Reply:
    """Return the reply of a bot that is not connected: none."""
    return Reply(0)


class HttpSender:
    """Sends deliveries as signed HTTP requests to one URL, each over a connection of its own.

    `answer_seconds` is how long it waits for the bot's answer.
    """

    def __init__(self, url: str, secret: str, answer_seconds: float = ANSWER_SECONDS) -> None:
        parts = urlsplit(url)
        self._host, self._path = parts.netloc, parts.path
        self._secret = secret
        self._answer_seconds = answer_seconds

    def __call__(self, delivery: Delivery, headers: dict[str, str]) -> Reply:
        """Send one delivery and return the answer, with status 0 when none came in time."""
        body, content_type = encode(delivery)
        headers = {**sign(body, self._secret), "Content-Type": content_type, **headers}
        try:
            with closing(HTTPConnection(self._host, timeout=self._answer_seconds)) as connection:
                connection.request("POST", self._path, body, headers)
                answer = connection.getresponse()
                return Reply(answer.status, _json(answer.read().decode()))
        except (OSError, HTTPException):
            return Reply(0)


FaultKind = Literal["lost", "unanswered", "late"]


@dataclass
class DeliveryFault:
    """A fault on the way to the bot, for so many deliveries.

    `lost`: the delivery never arrives. `unanswered`: it arrives, but its answer does not.
    `late`: it arrives after `seconds`.
    """

    kind: FaultKind
    times: int
    seconds: float = 0.0


class Dispatcher:
    """Sends deliveries to the bot, and retries the events that failed.

    `copies` is how many times each first delivery is sent. `abandoned` lists the events whose
    last retry failed.
    """

    def __init__(self, clock: WoundClock, send: Send) -> None:
        self._clock = clock
        self.send = send
        self.copies = 1
        self.abandoned: list[Delivery] = []
        self._faults: deque[DeliveryFault] = deque()
        self._retries: deque[tuple[datetime, int, Delivery]] = deque()
        self._in_background: list[Future[Reply]] = []
        self._background = ThreadPoolExecutor(1, thread_name_prefix="deliveries")
        self._lock = Lock()

    def __call__(self, delivery: Delivery) -> Reply:
        """Send a delivery for the first time and return the answer to it.

        An event about the bot's own doing is sent in the background; the answer is status 202.
        """
        if delivery.in_background:
            with self._lock:
                self._in_background = [each for each in self._in_background if not each.done()]
                self._in_background.append(self._background.submit(self._attempt, delivery, 0))
            return Reply(202)
        reply = Reply(0)
        for _ in range(self.copies):
            reply = self._attempt(delivery, 0)
        return reply

    def fail(self, kind: FaultKind, *, times: int = 1, seconds: float = 0.0) -> None:
        """Make the next deliveries fail; see `DeliveryFault`."""
        with self._lock:
            self._faults.append(DeliveryFault(kind, times, seconds))

    def drain(self, seconds: float = 10.0) -> bool:
        """Wait for the deliveries in the background; return whether all were made in time."""
        with self._lock:
            under_way = list(self._in_background)
        return not wait(under_way, seconds).not_done

    def close(self) -> None:
        """Cancel the deliveries that wait in the background."""
        self._background.shutdown(cancel_futures=True)

    def redeliver(self) -> None:
        """Retry the events whose delay has passed, until no retry is due."""
        while True:
            with self._lock:
                due = [each for each in self._retries if each[0] <= self._clock.now()]
                for each in due:
                    self._retries.remove(each)
            if not due:
                return
            for _, number, delivery in due:
                self._attempt(delivery, number)

    def pending(self) -> int:
        """Count the events that wait for a retry."""
        with self._lock:
            return len(self._retries)

    def _attempt(self, delivery: Delivery, number: int) -> Reply:
        """Send a delivery; schedule the next retry of an event that failed."""
        headers = {}
        if number:
            headers = {"X-Slack-Retry-Num": str(number), "X-Slack-Retry-Reason": "http_error"}
        reply = self._send(delivery, headers)
        failed = not 200 <= reply.status < 300
        if failed and delivery.kind == "event":
            with self._lock:
                if number < len(RETRY_DELAYS):
                    at = self._clock.now() + RETRY_DELAYS[number]
                    self._retries.append((at, number + 1, delivery))
                else:
                    self.abandoned.append(delivery)
        return reply

    def _send(self, delivery: Delivery, headers: dict[str, str]) -> Reply:
        fault = None if delivery.in_background else self._next_fault()
        if fault is None:
            return self.send(delivery, headers)
        time.sleep(fault.seconds)
        if fault.kind == "lost":
            return Reply(0)
        reply = self.send(delivery, headers)
        return Reply(0) if fault.kind == "unanswered" else reply

    def _next_fault(self) -> DeliveryFault | None:
        with self._lock:
            if not self._faults:
                return None
            fault = self._faults[0]
            fault.times -= 1
            if fault.times <= 0:
                self._faults.popleft()
            return fault


def encode(delivery: Delivery) -> tuple[bytes, str]:
    """Return the body and the content type of a delivery."""
    if delivery.kind == "event":
        return json.dumps(delivery.body).encode(), "application/json"
    form = "application/x-www-form-urlencoded"
    if delivery.kind == "command":
        return urlencode(delivery.body).encode(), form
    return urlencode({"payload": json.dumps(delivery.body)}).encode(), form


def sign(body: bytes, secret: str, at: float | None = None) -> dict[str, str]:
    """Return Slack's signature headers: v0, HMAC-SHA256 over version, time and body.

    `at` is the time of signing in seconds since the epoch; now by default.
    """
    stamp = str(int(at if at is not None else time.time()))
    base = b"v0:" + stamp.encode() + b":" + body
    digest = hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={digest}"}


def _json(text: str) -> dict[str, Any] | None:
    """Parse an answer; text that is no JSON becomes `{"text": …}`, anything but an object None."""
    try:
        parsed = json.loads(text)
    except ValueError:
        return {"text": text} if text else None
    return parsed if isinstance(parsed, dict) else None

"""From the workspace to the bot, as Slack does it: signed, in three seconds, again if need be."""

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
from playground.slack.workspace import Delivery, Reply

SECONDS = 3.0
AGAIN_AFTER = (timedelta(0), timedelta(minutes=1), timedelta(minutes=5))
"""When Slack sends an event again that got no 2xx; commands and presses come once."""

Send = Callable[[Delivery, dict[str, str]], Reply]


def nobody(_delivery: Delivery, _extra: dict[str, str]) -> Reply:
    """Be the bot before there is one: no answer."""
    return Reply(0)


class HttpSender:
    """Sends deliveries as signed HTTP requests to one URL, each over a connection of its own."""

    def __init__(self, url: str, secret: str) -> None:
        parts = urlsplit(url)
        self._host, self._path = parts.netloc, parts.path
        self._secret = secret

    def __call__(self, delivery: Delivery, extra: dict[str, str]) -> Reply:
        """Send one; status 0 when there was no answer in time."""
        body, kind = encoded(delivery)
        headers = {**signed(body, self._secret), "Content-Type": kind, **extra}
        try:
            with closing(HTTPConnection(self._host, timeout=SECONDS)) as connection:
                connection.request("POST", self._path, body, headers)
                answer = connection.getresponse()
                return Reply(answer.status, _json(answer.read().decode()))
        except (OSError, HTTPException):
            return Reply(0)


@dataclass
class Trouble:
    """A fault on the way to the bot.

    `lost`: it never arrives. `unanswered`: it arrives, the answer does not. `late`: it
    arrives after `seconds`.
    """

    what: Literal["lost", "unanswered", "late"]
    times: int
    seconds: float = 0.0


class Courier:
    """Delivers, keeps what failed, and brings events again when their time has come.

    `given_up`: the events that were brought as often as Slack does, in vain.
    """

    def __init__(self, clock: WoundClock, send: Send) -> None:
        self._clock = clock
        self.send = send
        self.copies = 1
        self.given_up: list[Delivery] = []
        self._troubles: deque[Trouble] = deque()
        self._waiting: deque[tuple[datetime, int, Delivery]] = deque()
        self._asides: list[Future[Reply]] = []
        self._aside = ThreadPoolExecutor(1, thread_name_prefix="aside")
        self._lock = Lock()

    def __call__(self, delivery: Delivery) -> Reply:
        """Deliver something for the first time (`copies` times over, for drills).

        What the bot itself did is delivered in the background; status 202 then.
        """
        if delivery.aside:
            with self._lock:
                self._asides = [each for each in self._asides if not each.done()]
                self._asides.append(self._aside.submit(self._try, delivery, 0))
            return Reply(202)
        reply = Reply(0)
        for _ in range(self.copies):
            reply = self._try(delivery, 0)
        return reply

    def trouble(
        self,
        what: Literal["lost", "unanswered", "late"],
        *,
        times: int = 1,
        seconds: float = 0.0,
    ) -> None:
        """Let the next deliveries go wrong."""
        with self._lock:
            self._troubles.append(Trouble(what, times, seconds))

    def settle(self, seconds: float = 10.0) -> bool:
        """Wait for what is delivered in the background; give whether all has arrived."""
        with self._lock:
            under_way = list(self._asides)
        return not wait(under_way, seconds).not_done

    def close(self) -> None:
        """Deliver no more in the background."""
        self._aside.shutdown(cancel_futures=True)

    def bring_again(self) -> None:
        """Deliver again what is due by now."""
        while True:
            with self._lock:
                due = [each for each in self._waiting if each[0] <= self._clock.now()]
                for each in due:
                    self._waiting.remove(each)
            if not due:
                return
            for _, number, delivery in due:
                self._try(delivery, number)

    def waiting(self) -> int:
        """Count the events that wait to be delivered again."""
        with self._lock:
            return len(self._waiting)

    def _try(self, delivery: Delivery, number: int) -> Reply:
        extra = {}
        if number:
            extra = {"X-Slack-Retry-Num": str(number), "X-Slack-Retry-Reason": "http_error"}
        reply = self._send(delivery, extra)
        failed = not 200 <= reply.status < 300
        if failed and delivery.kind == "event":
            with self._lock:
                if number < len(AGAIN_AFTER):
                    at = self._clock.now() + AGAIN_AFTER[number]
                    self._waiting.append((at, number + 1, delivery))
                else:
                    self.given_up.append(delivery)
        return reply

    def _send(self, delivery: Delivery, extra: dict[str, str]) -> Reply:
        with self._lock:
            trouble = None
            if not delivery.aside and self._troubles:
                trouble = self._troubles[0]
                trouble.times -= 1
                if trouble.times <= 0:
                    self._troubles.popleft()
        if trouble is None:
            return self.send(delivery, extra)
        time.sleep(trouble.seconds)
        if trouble.what == "lost":
            return Reply(0)
        reply = self.send(delivery, extra)
        return Reply(0) if trouble.what == "unanswered" else reply


def encoded(delivery: Delivery) -> tuple[bytes, str]:
    """Give the body and content type of a delivery."""
    if delivery.kind == "event":
        return json.dumps(delivery.body).encode(), "application/json"
    form = "application/x-www-form-urlencoded"
    if delivery.kind == "command":
        return urlencode(delivery.body).encode(), form
    return urlencode({"payload": json.dumps(delivery.body)}).encode(), form


def signed(body: bytes, secret: str, at: float | None = None) -> dict[str, str]:
    """Give Slack's signature headers (v0: HMAC-SHA256 over version, time and body)."""
    stamp = str(int(at if at is not None else time.time()))
    base = b"v0:" + stamp.encode() + b":" + body
    digest = hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={digest}"}


def _json(text: str) -> dict[str, Any] | None:
    try:
        found = json.loads(text)
    except ValueError:
        return {"text": text} if text else None
    return found if isinstance(found, dict) else None

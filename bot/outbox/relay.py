"""The relay: from the outbox to Slack, at Slack's pace, in order, and nothing twice.

Each conversation is a lane of its own (`bot.outbox.lanes`): its first message goes before
its second, and one that fails or waits holds up no other. A message is claimed before it
is sent (`sending`) and marked after. One thread alone speaks to the database; the others
call Slack. When a claim ran out, or the connection broke, the
message may stand in Slack already: it is looked up there, by the opaque id in its
metadata, before it is sent again. An update or a home may simply be sent again; an
ephemeral message is not, because nothing that matters is said that way alone.
"""

import json
import logging
import random
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import datetime, timedelta
from http.client import HTTPException
from threading import Event
from typing import Any, TypeAlias

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.ops.metrics import MESSAGES
from bot.outbox import files
from bot.outbox.files import File
from bot.outbox.lanes import Again, Claim, Failed, Outcome, Sent, Uploaded, claim, next_look, settle
from bot.outbox.undeliverable import LOOK_AGAIN, SHUT_OUT, may_be_mended, report
from bot.store.crypto import WrongKey
from bot.store.tables import SendMethod
from bot.store.unit import Store

log = logging.getLogger(__name__)

WORKERS = 48
"""Calls under way at once: enough for two hundred a second of 150 ms each, with some to spare."""

BREATH = 0.05
"""Seconds: what happens within it is written down and claimed together. Nobody notices them,
and a process that is busy looks into the database twenty times a second at most."""

FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=1), timedelta(minutes=5)

SKEW = timedelta(minutes=5)
"""How far Slack's clock and ours may be apart."""

MOST_ATTEMPTS = 12
"""How often a row is tried that fails in a way nobody foresaw: for about half an hour."""

METADATA = "intervisie"

PASSING = frozenset({"ratelimited", "internal_error", "fatal_error", "service_unavailable"})
"""Errors after which trying again helps; after any other it does not."""

BROKEN = (OSError, HTTPException)
"""What slack_sdk lets through when a connection breaks (URLError and time-outs are OSErrors)."""


Test: TypeAlias = Callable[[dict[str, Any]], bool]
"""Whether a message of Slack's is the one that is looked for."""


UNPINNABLE = frozenset(
    {"already_pinned", "missing_scope", "not_pinnable", "permission_denied", "restricted_action"}
)
"""Slack's refusals to pin: https://docs.slack.dev/reference/methods/pins.add"""


class _Hopeless(Exception):
    """A message that can never be sent, with Slack's or our own short name for why."""


class Relay:
    """Sends what is in the outbox. `now` gives aware UTC; `client_for` a client a workspace."""

    def __init__(
        self,
        store: Store,
        client_for: Callable[[str], WebClient],
        now: Callable[[], datetime],
        *,
        workers: int = WORKERS,
    ) -> None:
        self._store = store
        self._client_for = client_for
        self._now = now
        self._workers = workers
        self._woken = Event()

    def wake(self) -> None:
        """Say that something new may lie in the outbox."""
        self._woken.set()

    def run(self, stop: Event) -> None:
        """Send, until `stop` is set, whenever something was committed or came due.

        What is being sent by then is finished; nothing stays claimed.
        """
        with self._hands() as hands:
            while not stop.is_set():
                self._woken.clear()
                wait = self._go_on(hands)
                rest = FIRST_WAIT if wait is None else min(wait, FIRST_WAIT)
                self._woken.wait(max(rest.total_seconds(), 0))
                stop.wait(BREATH)
            hands.finish()
            self._go_on(hands, most=0)

    def drain(self) -> timedelta | None:
        """Send all that may be sent now; give how long until more may, None for nothing left."""
        with self._hands() as hands:
            while True:
                wait = self._go_on(hands)
                if not hands.busy:
                    return wait
                hands.finish()

    def _hands(self) -> "_Hands":
        return _Hands(self._workers, self._outcome, self.wake)

    def _go_on(self, hands: "_Hands", most: int | None = None) -> timedelta | None:
        """Write down what was done and begin what may be; give how long until more may.

        While the database is away, what was done is remembered, and nothing is begun.
        """
        now = self._now()
        done = hands.done()
        try:
            with self._store.unit() as unit:
                settle(unit, done, now)
                told = report(unit, done, now)
                claims = claim(unit, now, hands.free if most is None else most)
                look = now if told else next_look(unit)
                unit.commit()
        except Exception as error:
            hands.undone([each for each in done if each[0].lease > now])
            log.error("relay failed", extra={"fault": type(error).__name__})
            return None
        for claimed, outcome in done:
            MESSAGES.labels(claimed.method, type(outcome).__name__.lower()).inc()
        for claimed in claims:
            hands.begin(claimed)
        return None if look is None else look - now

    # one message

    def _outcome(self, claim: Claim) -> Outcome:
        """Send one message; give what became of it."""
        try:
            if claim.again and claim.method is SendMethod.EPHEMERAL:
                return Sent()
            return self._send(claim)
        except _Hopeless as error:
            return _failed(claim, str(error))
        except SlackApiError as error:
            return _refused(claim, error, self._now())
        except BROKEN:
            return _again(claim, _wait(claim), perhaps_sent=True)
        except WrongKey:
            return _again(claim, _wait(claim), perhaps_sent=claim.again)
        except Exception as error:
            log.error("relay could not handle a message", extra={"fault": type(error).__name__})
            if claim.attempts + 1 < MOST_ATTEMPTS:
                return _again(claim, _wait(claim), perhaps_sent=True)
            return _failed(claim, type(error).__name__)

    def _send(self, claim: Claim) -> Sent | Uploaded:
        """Say one thing in Slack."""
        client = self._client_for(claim.workspace)
        payload = json.loads(self._store.keys.open(claim.sealed))
        channel, thread = claim.conversation, None
        if claim.method in (SendMethod.UPDATE, SendMethod.PIN) or claim.thread is not None:
            if claim.place is None:
                raise _Hopeless("post_unknown")
            channel, thread = claim.place
        match claim.method:
            case SendMethod.HOME:
                client.views_publish(user_id=claim.user or "", view=payload["view"])
                return Sent()
            case SendMethod.UPDATE:
                client.chat_update(channel=channel, ts=thread or "", **payload)
                return Sent()
            case SendMethod.PIN:
                _pin(client, channel, thread or "")
                return Sent()
            case SendMethod.EPHEMERAL:
                client.chat_postEphemeral(
                    channel=channel, user=claim.user or "", thread_ts=thread, **payload
                )
                return Sent()
            case SendMethod.FILE:
                return self._send_file(client, claim, files.laid(payload), channel, thread)
        found = None
        if claim.again:
            place = files.opened(client, channel), thread
            found = _look_up(client, place, claim.due - SKEW, _has(claim.marker))
        if found is not None:
            return found
        answer = client.chat_postMessage(
            channel=channel,
            thread_ts=thread,
            metadata={"event_type": METADATA, "event_payload": {"id": claim.marker}},
            unfurl_links=False,
            unfurl_media=False,
            **payload,
        )
        return Sent(str(answer.get("channel") or channel), str(answer["ts"]))

    def _send_file(
        self, client: WebClient, claim: Claim, file: File, channel: str, thread: str | None
    ) -> Sent | Uploaded:
        """Upload a file, or share one that was."""
        channel = files.opened(client, channel)
        if claim.again:
            # Without an id, only what came after it was due can be it: files have no marker.
            since = claim.due - SKEW if claim.file else claim.due
            found = _look_up(client, (channel, thread), since, file.is_in(claim.file))
            if found is not None:
                return found
        if claim.file is None:
            return Uploaded(files.upload(client, file))
        try:
            files.share(client, claim.file, file, channel, thread)
        except SlackApiError as error:
            if _name(error) != "file_not_found" or claim.attempts >= MOST_ATTEMPTS:
                raise
            return Uploaded(files.upload(client, file))
        return Sent()


class _Hands:
    """The threads of one relay, what they are sending, and what they have done."""

    def __init__(
        self, workers: int, work: Callable[[Claim], Outcome], told: Callable[[], None]
    ) -> None:
        self._workers = workers
        self._work = work
        self._told = told
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="relay")
        self._under_way: dict[Future[Outcome], Claim] = {}
        self._undone: list[tuple[Claim, Outcome]] = []

    def __enter__(self) -> "_Hands":
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown()

    @property
    def busy(self) -> bool:
        """Tell whether anything is under way."""
        return bool(self._under_way)

    @property
    def free(self) -> int:
        """Count what may be begun."""
        return self._workers - len(self._under_way)

    def begin(self, claim: Claim) -> None:
        """Begin to send."""
        future = self._pool.submit(self._work, claim)
        self._under_way[future] = claim
        future.add_done_callback(lambda _: self._told())

    def done(self) -> list[tuple[Claim, Outcome]]:
        """Take what has become of what was sent."""
        done = [future for future in self._under_way if future.done()]
        found = [(self._under_way.pop(future), future.result()) for future in done]
        found, self._undone = [*self._undone, *found], []
        return found

    def undone(self, done: list[tuple[Claim, Outcome]]) -> None:
        """Keep what could not be written down, for the next time."""
        self._undone = done

    def finish(self) -> None:
        """Wait until all has been sent."""
        wait(self._under_way)


def _failed(claim: Claim, error: str) -> Failed:
    log.error(
        "not sent", extra={"method": claim.method, "fault": error, "attempts": claim.attempts + 1}
    )
    return Failed(error)


def _again(claim: Claim, after: timedelta, *, perhaps_sent: bool, slow: bool = False) -> Again:
    log.warning(
        "to be sent again", extra={"method": claim.method, "seconds": after.total_seconds()}
    )
    return Again(after, perhaps_sent, slow)


def _refused(claim: Claim, error: SlackApiError, now: datetime) -> Outcome:
    """Read Slack's refusal: it may pass, somebody may mend it, or it never will."""
    response = error.response
    status = getattr(response, "status_code", 0)
    if status == 429:
        rest = timedelta(seconds=float(response.headers.get("Retry-After", 1)))
        return _again(claim, rest, perhaps_sent=claim.again, slow=True)
    if status >= 500 or _name(error) in PASSING:
        return _again(claim, _wait(claim), perhaps_sent=True)
    name = _name(error)
    if may_be_mended(claim, name, now):
        told = log.error if name in SHUT_OUT else log.warning
        told(
            "Slack does not take this",
            extra={"method": claim.method, "fault": name, "mend": _mend(name)},
        )
        return Again(LOOK_AGAIN, perhaps_sent=claim.again, error=name)
    return _failed(claim, name)


def _mend(name: str) -> str:
    """Say, to whoever runs the program, what helps against a refusal."""
    if name in SHUT_OUT:
        return (
            "install the app again at Slack and set SLACK_BOT_TOKEN "
            "/ installeer de app opnieuw bij Slack en zet SLACK_BOT_TOKEN"
        )
    return "somebody of the group was told / iemand van de groep weet het"


def _wait(claim: Claim) -> timedelta:
    """Wait twice as long each time, up to minutes, a little apart from others."""
    wait: timedelta = min(FIRST_WAIT * 2 ** min(claim.attempts, 16), LONGEST_WAIT)
    return wait * random.uniform(0.75, 1.25)  # noqa: S311 - to spread, not to hide


def _name(error: SlackApiError) -> str:
    found = error.response.get("error") if hasattr(error.response, "get") else None
    return str(found or "unknown_error")


def _pin(client: WebClient, channel: str, ts: str) -> None:
    """Pin a message; where that is not ours to do, it stays unpinned and all goes on."""
    try:
        client.pins_add(channel=channel, timestamp=ts)
    except SlackApiError as error:
        if _name(error) not in UNPINNABLE:
            raise


def _look_up(
    client: WebClient, place: tuple[str, str | None], since: datetime, is_it: Test
) -> Sent | None:
    """Find a message that may have been sent, among what came since then in a place.

    Slack pages a channel newest first and a thread oldest first; five pages are plenty.
    """
    channel, thread = place
    cursor: str | None = None
    for _ in range(5):
        page: dict[str, Any] = {
            "channel": channel,
            "oldest": str(since.timestamp()),
            "cursor": cursor,
            "include_all_metadata": True,
        }
        if thread is None:
            answer = client.conversations_history(limit=100, **page)
        else:
            answer = client.conversations_replies(ts=thread, limit=200, **page)
        for message in answer.get("messages") or ():
            if is_it(message):
                return Sent(channel, str(message["ts"]))
        cursor = (answer.get("response_metadata") or {}).get("next_cursor")
        if not cursor:
            break
    return None


def _has(marker: str) -> Test:
    """Give a test of whether a message has a marker in its metadata."""

    def is_it(message: dict[str, Any]) -> bool:
        payload = (message.get("metadata") or {}).get("event_payload") or {}
        return bool(payload.get("id") == marker)

    return is_it

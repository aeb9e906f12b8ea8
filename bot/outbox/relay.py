"""The relay: sends the messages of the outbox to Slack, in order and each of them once.

Each conversation has a lane of its own (`bot.outbox.lanes`): its messages are sent one after
another, and a message that fails or waits delays no other conversation. A message is marked
as `sending` before the call of Slack, and its outcome is recorded after it. One thread uses
the database; the threads of a worker pool call Slack.

After a broken connection or an ended lease, a message may be in Slack already. The relay then
looks for it there, by the opaque id (the marker) in its metadata, before it sends it again.
Updates and homes are simply sent again. Ephemeral messages are not sent again, because nothing
important is said in them alone.

A message for a workspace that uninstalled the app is deleted when its turn comes.
"""

import json
import logging
import random
import re
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from math import isfinite
from threading import Event
from typing import Any, TypeAlias

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.web import SlackResponse

from bot.errors import Fault
from bot.i18n import fault_texts
from bot.ops.metrics import MESSAGES
from bot.ops.slack_client import NotInstalled
from bot.outbox import files
from bot.outbox.files import File
from bot.outbox.lanes import (
    Claim,
    Failed,
    Forgotten,
    Outcome,
    PostAnew,
    Retry,
    Sent,
    Uploaded,
    claim_messages,
    next_claim_at,
    record_outcomes,
    shorten_delays,
)
from bot.outbox.undeliverable import (
    ACCESS_ERRORS,
    REPAIR_POLL_INTERVAL,
    is_repairable,
    notify_members,
)
from bot.store.clocks import JumpDetector, database_skew
from bot.store.crypto import WrongKey
from bot.store.deletions import DELETION_LANE
from bot.store.tables import SendMethod
from bot.store.unit import BOARD_PREFIX, Store

log = logging.getLogger(__name__)

WORKERS = 48
"""Size of the worker pool: enough for 200 calls a second of 150 ms each, with a margin."""

POLL_SECONDS = 0.05
"""Shortest time between two polls of the database. What happens meanwhile is one batch."""

IDLE_POLL_INTERVAL = timedelta(seconds=1)
"""Longest time between two polls: another process may have added messages."""

MIN_BACKOFF, MAX_BACKOFF = timedelta(seconds=1), timedelta(minutes=5)
"""Delay after the first failed attempt, and the longest delay. It doubles in between."""

MAX_RATE_LIMIT_DELAY = timedelta(minutes=10)
"""Longest delay after a 429, whatever its Retry-After says."""

MAX_CLOCK_SKEW = timedelta(hours=1)
"""Largest difference expected between Slack's clock and those of our hosts."""

MAX_UNEXPECTED_ANSWERS = 12
"""Unexpected answers to a message before it fails. With the backoff, they take half an hour."""

MAX_FILE_ATTEMPTS = 12
"""Attempts at a file that Slack says it does not have, each with a new upload."""

RESTART_SECONDS = 5
"""Delay before a relay starts again after an exception that nothing else caught."""

LOOK_UP_PAGES = 5
"""Pages of messages that are searched for one that may have been sent."""

METADATA_EVENT_TYPE = "intervisie"

RATE_LIMIT_ERRORS = frozenset({"ratelimited", "rate_limited"})

TRANSIENT_ERRORS = frozenset(
    {
        "internal_error",
        "fatal_error",
        "service_unavailable",
        "request_timeout",
        "team_added_to_org",
    }
)
"""Slack's errors after which the same call may succeed later.

https://docs.slack.dev/reference/methods/chat.postMessage#errors
"""

LOST_POST_ERRORS = frozenset({"message_not_found", "cant_update_message"})
"""Slack's errors when the post to update was deleted; its tombstone is nobody's to update.

https://docs.slack.dev/reference/methods/chat.update#errors
"""

LOST_THREAD_ERRORS = frozenset({"message_not_found", "thread_not_found"})
"""Slack's errors when the post that a thread began with was deleted.

A message without content then goes to the channel itself, so that a receipt is not lost.
"""

DELETED_ERRORS = frozenset(
    {"message_not_found", "thread_not_found", "file_deleted", "file_not_found"}
)
"""Slack's errors about what is gone already, when it is to be deleted.

https://docs.slack.dev/reference/methods/chat.delete#errors
"""

UNEXPECTED_ANSWER = "unexpected_answer"
"""Name for an answer that is not an object with the name of an error, whatever its status."""

ERROR_NAME = re.compile(r"[a-z0-9_]{1,80}")
"""The format of the names of Slack's errors. Anything else might quote what people wrote."""

CONNECTION_ERRORS = (OSError, HTTPException)
"""What slack_sdk raises when a connection breaks (URLError and time-outs are OSErrors)."""

NOT_IN_CHANNEL = "user_not_in_channel"
"""Slack's error for an ephemeral message to somebody outside the channel.

https://docs.slack.dev/reference/methods/chat.postEphemeral#errors
"""

IGNORED_PIN_ERRORS = frozenset(
    {"already_pinned", "missing_scope", "not_pinnable", "permission_denied", "restricted_action"}
)
"""Slack's refusals to pin: https://docs.slack.dev/reference/methods/pins.add"""

OUTCOME_LABELS: dict[type[Outcome], str] = {
    Sent: "sent",
    Uploaded: "uploaded",
    Failed: "failed",
    Forgotten: "forgotten",
    PostAnew: "again",
    Retry: "again",
}
"""Values of the label `outcome` of the metric `intervisie_messages_total`."""

MessageTest: TypeAlias = Callable[[dict[str, Any]], bool]
"""Checks whether a message, as Slack returns it, is the one that is looked for."""


class _CannotBeSent(Exception):
    """The message can never be sent. The argument is the short name of the reason."""


class Relay:
    """Sends the messages of the outbox.

    `client_for` returns a client for a workspace id. `now` returns the time, aware, in UTC.
    `workers` is the number of calls of Slack at the same time.
    """

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
        self._jumps = JumpDetector()

    def wake(self) -> None:
        """Poll the outbox soon: it may hold new messages. Any thread may call this."""
        self._woken.set()

    def run(self, stop: Event) -> None:
        """Send messages until `stop` is set, and start again after any exception.

        Calls that are in progress then are finished and recorded; no claim remains.
        """
        while not stop.is_set():
            try:
                self._run(stop)
            except Exception as error:
                log.error("relay restarts", extra={"fault": type(error).__name__})
                stop.wait(RESTART_SECONDS)

    def _run(self, stop: Event) -> None:
        with self._worker_pool() as pool:
            while not stop.is_set():
                self._woken.clear()
                next_in = self._poll(pool)
                pause = IDLE_POLL_INTERVAL if next_in is None else min(next_in, IDLE_POLL_INTERVAL)
                self._woken.wait(max(pause.total_seconds(), 0))
                stop.wait(POLL_SECONDS)
            pool.finish()
            self._poll(pool, limit=0)

    def drain(self) -> timedelta | None:
        """Send all messages that are ready; return the time until the next, None for none."""
        with self._worker_pool() as pool:
            while True:
                next_in = self._poll(pool)
                if not pool.busy:
                    return next_in
                pool.finish()

    def _worker_pool(self) -> "WorkerPool":
        return WorkerPool(self._workers, self._deliver, self.wake)

    def _poll(self, pool: "WorkerPool", limit: int | None = None) -> timedelta | None:
        """Record the outcomes of finished calls, then claim and start new ones.

        Claims at most `limit` messages, by default as many as there are idle workers. Returns
        the time until the next message is ready, None if there is none. If the database fails,
        the outcomes are kept for the next poll and nothing is started.
        """
        now = self._now()
        outcomes = pool.take_outcomes()
        try:
            with self._store.unit() as unit:
                self._store.skew = database_skew(unit)
                now += self._store.skew
                if self._jumps.is_set_back(now):
                    shorten_delays(unit, now)
                record_outcomes(unit, outcomes, now)
                notified = notify_members(unit, outcomes, now)
                claims = claim_messages(unit, now, pool.idle if limit is None else limit)
                next_at = now if notified else next_claim_at(unit)
                unit.commit()
        except Exception as error:
            pool.put_back([each for each in outcomes if each[0].leased_until > now])
            log.error("relay failed", extra={"fault": type(error).__name__})
            return None
        for claim, outcome in outcomes:
            MESSAGES.labels(claim.method, OUTCOME_LABELS[type(outcome)]).inc()
        for claim in claims:
            pool.start(claim)
        return None if next_at is None else next_at - now

    # one message

    def _deliver(self, claim: Claim) -> Outcome:
        """Send one message; return the outcome. Raises nothing."""
        try:
            outcome = self._try_to_send(claim)
        except Exception as error:
            outcome = _unexpected(claim, type(error).__name__)
        if outcome == Failed(UNEXPECTED_ANSWER) and claim.method is SendMethod.POST:
            return self._look_up_at_last(claim)
        return outcome

    def _try_to_send(self, claim: Claim) -> Outcome:
        """Send one message; return the outcome, also of the errors that are expected."""
        try:
            if claim.method is SendMethod.DELETE:
                return self._delete(claim)
            if claim.maybe_sent and claim.method is SendMethod.EPHEMERAL:
                return Sent()
            if claim.vault is not None and claim.wrapped is None:
                return Forgotten()
            return self._send(claim)
        except _CannotBeSent as error:
            return _failed(claim, str(error))
        except NotInstalled:
            return Forgotten()
        except SlackApiError as error:
            return _refused(claim, error, self._now())
        except CONNECTION_ERRORS:
            return _retry(claim, _backoff(claim), maybe_sent=True)
        except WrongKey:
            return _retry(claim, _backoff(claim), maybe_sent=claim.maybe_sent)

    def _send(self, claim: Claim) -> Sent | Uploaded:
        """Call Slack for one message, if it is not in Slack already.

        Raises `_CannotBeSent`, `WrongKey`, and what the client raises.
        """
        client = self._client_for(claim.workspace)
        payload = json.loads(self._opened(claim))
        if claim.method is SendMethod.UPDATE and claim.ts is not None:
            return _change(client, claim, payload)
        channel, thread = _place_of(claim)
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
                _show_privately(client, channel, thread, claim.user or "", payload)
                return Sent()
            case SendMethod.FILE:
                return self._send_file(client, claim, files.from_payload(payload), channel, thread)
        try:
            return self._post(client, claim, payload, channel, thread)
        except SlackApiError as error:
            content = claim.vault is not None
            if content or thread is None or _error_name(error) not in LOST_THREAD_ERRORS:
                raise
            return self._post(client, claim, payload, channel, None)

    def _post(
        self,
        client: WebClient,
        claim: Claim,
        payload: dict[str, Any],
        channel: str,
        thread: str | None,
    ) -> Sent:
        """Post a message, unless it is found where it may have been posted before."""
        found = self._find(client, claim, channel, thread) if claim.maybe_sent else None
        if found is not None:
            return found
        answer = client.chat_postMessage(
            channel=channel,
            thread_ts=thread,
            metadata={"event_type": METADATA_EVENT_TYPE, "event_payload": {"id": claim.marker}},
            unfurl_links=False,
            unfurl_media=False,
            **payload,
        )
        return Sent(str(answer.get("channel") or channel), _ts(answer))

    def _delete(self, claim: Claim) -> Sent:
        """Delete a post or a file of ours from Slack, where it is still there."""
        client = self._client_for(claim.workspace)
        try:
            if claim.file is not None:
                client.files_delete(file=claim.file)
                return Sent()
            found: Sent | None = Sent(claim.place, claim.ts)
            if claim.ts is None:
                thread = claim.target[1] if claim.target is not None else None
                found = self._find(client, claim, _conversation(claim), thread)
            if found is not None and found.ts is not None:
                channel = found.channel or files.channel_of(client, _conversation(claim))
                client.chat_delete(channel=channel, ts=found.ts)
        except SlackApiError as error:
            if _error_name(error) not in DELETED_ERRORS:
                raise
        return Sent()

    def _look_up_at_last(self, claim: Claim) -> Outcome:
        """Look for a post that is about to fail; return whether it was sent after all."""
        try:
            found = self._find(self._client_for(claim.workspace), claim, *_place_of(claim))
        except Exception:
            return _retry(claim, _backoff(claim), maybe_sent=True)
        return found or _failed(claim, UNEXPECTED_ANSWER)

    def _find(
        self, client: WebClient, claim: Claim, channel: str, thread: str | None
    ) -> Sent | None:
        """Look for a post that may be in Slack already."""
        place = (files.channel_of(client, channel), thread)
        return _look_up(client, place, self._earliest(claim), _has_marker(claim.marker))

    def _send_file(
        self, client: WebClient, claim: Claim, file: File, channel: str, thread: str | None
    ) -> Sent | Uploaded:
        """Upload a file, or share it if it was uploaded before."""
        channel = files.channel_of(client, channel)
        if claim.maybe_sent:
            # A file has no marker. Without its id, only files from after its due time count.
            since = self._earliest(claim) if claim.file else claim.due
            found = _look_up(client, (channel, thread), since, file.test_for(claim.file))
            if found is not None:
                return found
        if claim.file is None:
            return Uploaded(files.upload(client, file))
        try:
            files.share(client, claim.file, file, channel, thread)
        except SlackApiError as error:
            if _error_name(error) != "file_not_found" or claim.attempts >= MAX_FILE_ATTEMPTS:
                raise
            return Uploaded(files.upload(client, file))
        return Sent()

    def _opened(self, claim: Claim) -> bytes:
        keys = self._store.keys
        if claim.wrapped is None:
            return keys.open(claim.sealed)
        return keys.open_within(claim.wrapped, claim.sealed)

    def _earliest(self, claim: Claim) -> datetime:
        """Return the earliest time that Slack may have given a message.

        The message may be due later than now, if the clock was set back since.
        """
        return min(claim.due, self._now()) - MAX_CLOCK_SKEW


class WorkerPool:
    """A relay's threads, the claims that they work on, and outcomes to be recorded.

    `work` runs in the pool's threads. `on_finished` is called after each run of it.
    """

    def __init__(
        self, workers: int, work: Callable[[Claim], Outcome], on_finished: Callable[[], None]
    ) -> None:
        self._workers = workers
        self._work = work
        self._on_finished = on_finished
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="relay")
        self._in_progress: dict[Future[Outcome], Claim] = {}
        self._unrecorded: list[tuple[Claim, Outcome]] = []

    def __enter__(self) -> "WorkerPool":
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown()

    @property
    def busy(self) -> bool:
        """Check whether a claim is in progress, or finished with its outcome not yet taken."""
        return bool(self._in_progress)

    @property
    def idle(self) -> int:
        """Return the number of claims that can be started."""
        return self._workers - len(self._in_progress)

    def start(self, claim: Claim) -> None:
        """Start to work on a claim."""
        future = self._pool.submit(self._work, claim)
        self._in_progress[future] = claim
        future.add_done_callback(lambda _: self._on_finished())

    def take_outcomes(self) -> list[tuple[Claim, Outcome]]:
        """Return the outcomes that were put back, and those of finished claims; forget them."""
        finished = [future for future in self._in_progress if future.done()]
        outcomes = [(self._in_progress.pop(future), future.result()) for future in finished]
        outcomes, self._unrecorded = [*self._unrecorded, *outcomes], []
        return outcomes

    def put_back(self, outcomes: list[tuple[Claim, Outcome]]) -> None:
        """Keep outcomes that could not be recorded, for the next `take_outcomes`."""
        self._unrecorded = outcomes

    def finish(self) -> None:
        """Wait until all claims are finished."""
        wait(self._in_progress)


def _place_of(claim: Claim) -> tuple[str, str | None]:
    """Return the channel of a message, and the ts of the post that it changes or answers.

    Raises `_CannotBeSent` if that post is not in Slack.
    """
    if claim.method not in (SendMethod.UPDATE, SendMethod.PIN) and claim.thread is None:
        return claim.conversation, None
    if claim.target is None:
        raise _CannotBeSent("post_unknown")
    return claim.target


def _failed(claim: Claim, error: str) -> Failed:
    log.error(
        "not sent", extra={"method": claim.method, "fault": error, "attempts": claim.attempts + 1}
    )
    return Failed(error)


def _retry(
    claim: Claim,
    delay: timedelta,
    *,
    maybe_sent: bool,
    rate_limited: bool = False,
    unexpected: bool = False,
) -> Retry:
    log.warning(
        "to be sent again", extra={"method": claim.method, "seconds": delay.total_seconds()}
    )
    return Retry(delay, maybe_sent, rate_limited, unexpected)


def _refused(claim: Claim, error: SlackApiError, now: datetime) -> Outcome:
    """Classify an error from Slack: transient, unexpected, repairable by people, or permanent."""
    status, headers = _status_of(error)
    name = _error_name(error)
    if status == 429 or name in RATE_LIMIT_ERRORS:
        delay = _retry_after(headers, now) or _backoff(claim)
        maybe_sent = claim.maybe_sent or status != 429
        return _retry(claim, delay, maybe_sent=maybe_sent, rate_limited=True)
    if status >= 500 or name in TRANSIENT_ERRORS:
        return _retry(claim, _backoff(claim), maybe_sent=True)
    if name == UNEXPECTED_ANSWER:
        return _unexpected(claim, name)
    if claim.method is SendMethod.UPDATE and name in LOST_POST_ERRORS:
        return Forgotten() if claim.ts is not None or _is_of_forgotten(claim) else PostAnew()
    if is_repairable(claim, name, now):
        level = logging.ERROR if name in ACCESS_ERRORS else logging.WARNING
        log.log(
            level,
            "Slack does not take this",
            extra={"method": claim.method, "fault": name, "mend": _remedy(name)},
        )
        return Retry(REPAIR_POLL_INTERVAL, maybe_sent=claim.maybe_sent, error=name)
    return _failed(claim, name)


def _remedy(name: str) -> str:
    """Return what helps against an error, for the log that the operator reads."""
    return fault_texts(Fault("slack_access") if name in ACCESS_ERRORS else Fault("group_told"))


def _backoff(claim: Claim) -> timedelta:
    """Return the delay before the next attempt: exponential, limited, with random jitter."""
    delay: timedelta = min(MIN_BACKOFF * 2 ** min(claim.attempts, 16), MAX_BACKOFF)
    return delay * random.uniform(0.75, 1.25)  # noqa: S311 - jitter needs no secure randomness


def _unexpected(claim: Claim, error: str) -> Outcome:
    """Retry a message after an answer that says nothing about it, until it counts as failed."""
    log.error("unexpected answer to a message", extra={"method": claim.method, "fault": error})
    if claim.unexpected < MAX_UNEXPECTED_ANSWERS:
        return _retry(claim, _backoff(claim), maybe_sent=True, unexpected=True)
    return Failed(UNEXPECTED_ANSWER)


def _status_of(error: SlackApiError) -> tuple[int, Mapping[str, Any]]:
    """Return the status and the headers of an answer."""
    answer = error.response
    return int(getattr(answer, "status_code", 0) or 0), getattr(answer, "headers", None) or {}


def _error_name(error: SlackApiError) -> str:
    """Return the name of an error, `UNEXPECTED_ANSWER` if the answer has none."""
    body = getattr(error.response, "data", None)
    found = body.get("error") if isinstance(body, dict) else None
    return found if isinstance(found, str) and ERROR_NAME.fullmatch(found) else UNEXPECTED_ANSWER


def _retry_after(headers: Mapping[str, Any], now: datetime) -> timedelta | None:
    """Return the delay that an answer asks for, in seconds or as a date; None without a usable one.

    RFC 9110, section 10.2.3. The delay is at most `MAX_RATE_LIMIT_DELAY`.
    """
    text = next((str(v) for name, v in headers.items() if name.lower() == "retry-after"), "")
    try:
        seconds = float(text)
    except ValueError:
        try:
            at = parsedate_to_datetime(text)
        except ValueError:
            return None
        seconds = ((at if at.tzinfo else at.replace(tzinfo=UTC)) - now).total_seconds()
    if not isfinite(seconds):
        return None
    return timedelta(seconds=min(max(seconds, 1), MAX_RATE_LIMIT_DELAY.total_seconds()))


def _ts(answer: SlackResponse) -> str:
    """Return the timestamp of a message that was posted. Raises `TypeError` if there is none."""
    ts = answer.get("ts")
    if not isinstance(ts, str):
        raise TypeError("no ts")
    return ts


def _conversation(claim: Claim) -> str:
    """Return the conversation of a message, also in the lane for deletions."""
    return claim.conversation.removesuffix(DELETION_LANE)


def _is_of_forgotten(claim: Claim) -> bool:
    """Check whether a message is the board of a session that is forgotten."""
    return claim.vault is None and (claim.key or "").startswith(BOARD_PREFIX)


def _change(client: WebClient, claim: Claim, payload: dict[str, Any]) -> Sent:
    """Replace the content of a post of which a part was forgotten."""
    channel = claim.place or files.channel_of(client, _conversation(claim))
    client.chat_update(channel=channel, ts=claim.ts or "", **payload)
    return Sent(channel, claim.ts)


def _pin(client: WebClient, channel: str, ts: str) -> None:
    """Pin a message; ignore errors after which it stays unpinned, such as missing rights."""
    try:
        client.pins_add(channel=channel, timestamp=ts)
    except SlackApiError as error:
        if _error_name(error) not in IGNORED_PIN_ERRORS:
            raise


def _show_privately(
    client: WebClient, channel: str, thread: str | None, user: str, payload: dict[str, Any]
) -> None:
    """Show a message to one person where they are, or to one outside the channel directly.

    People can look at a public channel, and press what stands there, without being in it.
    """
    try:
        client.chat_postEphemeral(channel=channel, user=user, thread_ts=thread, **payload)
    except SlackApiError as error:
        if _error_name(error) != NOT_IN_CHANNEL:
            raise
        client.chat_postMessage(channel=user, **payload)


def _look_up(
    client: WebClient, place: tuple[str, str | None], since: datetime, is_it: MessageTest
) -> Sent | None:
    """Search the messages of a channel or thread for one that may have been sent.

    `place` is the channel id and the ts of the thread, if any. Returns None if no message from
    `since` on passes the test `is_it`. Slack returns a channel newest first and a thread oldest
    first; both are read up to `LOOK_UP_PAGES` pages.
    """
    channel, thread = place
    cursor: str | None = None
    for _ in range(LOOK_UP_PAGES):
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


def _has_marker(marker: str) -> MessageTest:
    """Return a test of whether a message has this marker in its metadata."""

    def is_it(message: dict[str, Any]) -> bool:
        payload = (message.get("metadata") or {}).get("event_payload") or {}
        return bool(payload.get("id") == marker)

    return is_it

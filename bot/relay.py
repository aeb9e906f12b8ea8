"""The relay: from the outbox to Slack, at Slack's pace, in order, and nothing twice.

Each conversation is a queue of its own: its first row goes before its second, and one
that fails or waits holds up no other. A row is claimed before it is sent (`sending`,
with a lease) and marked after. When a claim ran out, or the connection broke, the
message may stand in Slack already: it is looked up there, by the opaque id in its
metadata, before it is sent again. An update or a home may simply be sent again; an
ephemeral message is not, because nothing that matters is said that way alone.
"""

import json
import random
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from http.client import HTTPException
from threading import Event
from typing import Any

import structlog
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from sqlalchemy import Select, func, select

from bot.store.crypto import WrongKey
from bot.store.tables import Outbound, Post
from bot.store.unit import Store, Unit

log = structlog.get_logger()

LEASE = timedelta(seconds=90)
"""Longer than any one call may take; after it, another process looks after the row."""

POST_GAP = timedelta(seconds=1)
"""Slack takes about one message a second in a channel."""

UPDATE_GAP = timedelta(seconds=1.2)
"""`chat.update` is tier 3: fifty a minute for a workspace."""

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


@dataclass(frozen=True)
class _Claim:
    """A row that this process is sending; `again`: it may stand in Slack already."""

    id: int
    workspace: str
    conversation: str
    method: str
    key: str | None
    thread: str | None
    user: str | None
    sealed: bytes
    marker: str
    attempts: int
    again: bool
    due: datetime
    lease: datetime


class _Hopeless(Exception):
    """A row that can never be sent, with Slack's or our own short name for why."""


class Relay:
    """Sends what is in the outbox. `now` gives aware UTC; `client_for` a client a workspace."""

    def __init__(
        self,
        store: Store,
        client_for: Callable[[str], WebClient],
        now: Callable[[], datetime],
        *,
        workers: int = 8,
    ) -> None:
        self._store = store
        self._client_for = client_for
        self._now = now
        self._workers = workers
        self._committed = Event()
        self._direct: dict[tuple[str, str], str] = {}

    def wake(self) -> None:
        """Say that something new may lie in the outbox."""
        self._committed.set()

    def run(self, stop: Event) -> None:
        """Send, until `stop` is set, whenever something was committed or came due."""
        while not stop.is_set():
            self._committed.clear()
            try:
                wait = self.drain()
            except Exception as error:
                log.error("relay failed", fault=type(error).__name__)
                wait = FIRST_WAIT
            rest = min(wait, FIRST_WAIT) if wait is not None else FIRST_WAIT
            self._committed.wait(max(rest.total_seconds(), 0.01))

    def drain(self) -> timedelta | None:
        """Send all that may be sent now; give how long until more may, None for nothing left."""
        with ThreadPoolExecutor(self._workers, thread_name_prefix="relay") as pool:
            while True:
                claims, wait = self._claim()
                if not claims:
                    return wait
                list(pool.map(self._handle, claims))

    # which rows

    def _claim(self) -> tuple[list[_Claim], timedelta | None]:
        """Claim the first row of every conversation that may go now.

        What another relay is claiming at this moment is passed over.
        """
        now = self._now()
        waits: list[datetime] = []
        ready: list[Outbound] = []
        wanted: dict[tuple[str, str], datetime] = {}
        with self._store.unit() as unit:
            rests = unit.rests(now)
            for row in unit.db.scalars(_firsts()):
                gate, gap = _gate(row)
                free = max(
                    row.claimed_until or row.due_at,
                    row.due_at,
                    rests.get((row.workspace, row.method), now),
                    rests.get(gate, now),
                )
                if free > now:
                    waits.append(free)
                elif gap and gate in wanted:
                    waits.append(wanted[gate])
                else:
                    ready.append(row)
                    if gap:
                        wanted[gate] = now + gap
            taken = unit.take_turns(wanted, now)
            claims = []
            for row in ready:
                gate, gap = _gate(row)
                if gap and gate not in taken:
                    waits.append(wanted[gate])
                    continue
                claims.append(_as_claim(row, now + LEASE))
                row.state, row.claimed_until = "sending", now + LEASE
                row.attempts += 1
            unit.commit()
        return claims, min(waits) - now if waits else None

    # one row

    def _handle(self, claim: _Claim) -> None:
        try:
            if claim.again and claim.method == "ephemeral":
                self._sent(claim, None, None)
                return
            channel, ts = self._send(claim)
            self._sent(claim, channel, ts)
        except _Hopeless as error:
            self._failed(claim, str(error))
        except SlackApiError as error:
            self._refused(claim, error)
        except BROKEN:
            self._retry(claim, self._wait(claim), perhaps_sent=True)
        except WrongKey:
            self._retry(claim, self._wait(claim), perhaps_sent=claim.again)
        except Exception as error:
            log.error("relay could not handle a row", fault=type(error).__name__)
            if claim.attempts + 1 < MOST_ATTEMPTS:
                self._retry(claim, self._wait(claim), perhaps_sent=True)
            else:
                self._failed(claim, type(error).__name__)

    def _send(self, claim: _Claim) -> tuple[str | None, str | None]:
        """Say one thing in Slack; give where it stands."""
        client = self._client_for(claim.workspace)
        payload = json.loads(self._store.keys.open(claim.sealed))
        if claim.method == "home":
            client.views_publish(user_id=claim.conversation, view=payload["view"])
            return None, None
        channel = self._channel(client, claim)
        if claim.method == "update":
            there, ts = self._place(claim.workspace, claim.key)
            client.chat_update(channel=there, ts=ts, **payload)
            return None, None
        thread = self._place(claim.workspace, claim.thread)[1] if claim.thread else None
        if claim.method == "ephemeral":
            client.chat_postEphemeral(
                channel=channel, user=claim.user or "", thread_ts=thread, **payload
            )
            return None, None
        found = self._look_up(client, claim, channel, thread) if claim.again else None
        if found is not None:
            return channel, found
        answer = client.chat_postMessage(
            channel=channel,
            thread_ts=thread,
            metadata={"event_type": METADATA, "event_payload": {"id": claim.marker}},
            unfurl_links=False,
            unfurl_media=False,
            **payload,
        )
        return channel, str(answer["ts"])

    def _channel(self, client: WebClient, claim: _Claim) -> str:
        """Give the channel of a conversation; a person's is the direct one with the bot."""
        if claim.conversation[:1] not in ("U", "W"):
            return claim.conversation
        known = self._direct.get((claim.workspace, claim.conversation))
        if known is None:
            opened = client.conversations_open(users=[claim.conversation])
            found = (opened.get("channel") or {}).get("id")
            if not found:
                raise _Hopeless("no_direct_channel")
            known = str(found)
            self._direct[(claim.workspace, claim.conversation)] = known
        return known

    def _place(self, workspace: str, key: str | None) -> tuple[str, str]:
        with self._store.unit() as unit:
            post = unit.db.get(Post, (workspace, key))
            if post is None:
                raise _Hopeless("post_unknown")
            return post.channel, post.ts

    def _look_up(
        self, client: WebClient, claim: _Claim, channel: str, thread: str | None
    ) -> str | None:
        """Find a message that may have been sent, by its marker, among what came since it was due.

        Slack pages a channel newest first and a thread oldest first; five pages are plenty.
        """
        oldest = str((claim.due - SKEW).timestamp())
        cursor: str | None = None
        for _ in range(5):
            if thread is None:
                answer = client.conversations_history(
                    channel=channel,
                    oldest=oldest,
                    limit=100,
                    cursor=cursor,
                    include_all_metadata=True,
                )
            else:
                answer = client.conversations_replies(
                    channel=channel,
                    ts=thread,
                    oldest=oldest,
                    limit=200,
                    cursor=cursor,
                    include_all_metadata=True,
                )
            ts = _marked(answer.get("messages") or (), claim.marker)
            cursor = (answer.get("response_metadata") or {}).get("next_cursor")
            if ts is not None or not cursor:
                return ts
        return None

    # what became of it

    def _sent(self, claim: _Claim, channel: str | None, ts: str | None) -> None:
        with self._store.unit() as unit:
            row = self._mine(unit, claim)
            if row is None:
                return
            row.state, row.ts, row.payload, row.claimed_until = "sent", ts, None, None
            if claim.key is not None and channel is not None and ts is not None:
                unit.db.merge(
                    Post(workspace=claim.workspace, key=claim.key, channel=channel, ts=ts)
                )
            unit.commit()

    def _mine(self, unit: Unit, claim: _Claim) -> Outbound | None:
        """Give the claimed row, unless the lease ran out and another has taken it over."""
        row = unit.db.get(Outbound, claim.id, with_for_update=True)
        held = row is not None and row.state == "sending" and row.claimed_until == claim.lease
        return row if held else None

    def _failed(self, claim: _Claim, error: str) -> None:
        log.error("not sent", method=claim.method, fault=error, attempts=claim.attempts + 1)
        with self._store.unit() as unit:
            row = self._mine(unit, claim)
            if row is not None:
                row.state, row.error, row.payload = "failed", error[:80], None
                row.claimed_until = None
                unit.commit()

    def _refused(self, claim: _Claim, error: SlackApiError) -> None:
        response = error.response
        status = getattr(response, "status_code", 0)
        if status == 429:
            rest = timedelta(seconds=float(response.headers.get("Retry-After", 1)))
            with self._store.unit() as unit:
                name = (claim.workspace, claim.method)
                unit.take_turns({name: self._now() + rest}, self._now())
                unit.commit()
            self._retry(claim, rest, perhaps_sent=claim.again)
        elif status >= 500 or _name(error) in PASSING:
            self._retry(claim, self._wait(claim), perhaps_sent=True)
        else:
            self._failed(claim, _name(error))

    def _retry(self, claim: _Claim, wait: timedelta, *, perhaps_sent: bool) -> None:
        log.warning("to be sent again", method=claim.method, seconds=wait.total_seconds())
        with self._store.unit() as unit:
            row = self._mine(unit, claim)
            if row is not None:
                row.state = "sending" if perhaps_sent else "waiting"
                row.claimed_until = self._now() + wait
                unit.commit()

    def _wait(self, claim: _Claim) -> timedelta:
        """Wait twice as long each time, up to minutes, a little apart from others."""
        wait: timedelta = min(FIRST_WAIT * 2 ** min(claim.attempts, 16), LONGEST_WAIT)
        return wait * random.uniform(0.75, 1.25)  # noqa: S311 - to spread, not to hide


def _as_claim(row: Outbound, lease: datetime) -> _Claim:
    return _Claim(
        id=row.id,
        workspace=row.workspace,
        conversation=row.conversation,
        method=row.method,
        key=row.key,
        thread=row.thread,
        user=row.user,
        sealed=row.payload or b"",
        marker=row.marker,
        attempts=row.attempts,
        again=row.state == "sending",
        due=row.due_at,
        lease=lease,
    )


def _firsts() -> Select[Outbound]:
    """Ask for the first open row of every conversation, unless another relay has hold of it."""
    unsent = Outbound.state.in_(("waiting", "sending"))
    conversation = (Outbound.workspace, Outbound.conversation)
    firsts = select(func.min(Outbound.id)).where(unsent).group_by(*conversation)
    # PostgreSQL looks at a row again once it has the lock: one just sent is no longer unsent.
    query = select(Outbound).where(Outbound.id.in_(firsts), unsent).order_by(Outbound.id)
    return query.with_for_update(skip_locked=True)


def _gate(row: Outbound) -> tuple[tuple[str, str], timedelta | None]:
    """Give the name under which rows of this kind keep their distance, and how much that is."""
    match row.method:
        case "post":
            return (row.workspace, f"post:{row.conversation}"), POST_GAP
        case "update":
            return (row.workspace, "update:"), UPDATE_GAP
        case _:
            return (row.workspace, row.method), None


def _name(error: SlackApiError) -> str:
    found = error.response.get("error") if hasattr(error.response, "get") else None
    return str(found or "unknown_error")


def _marked(messages: Iterable[dict[str, Any]], marker: str) -> str | None:
    for message in messages:
        payload = (message.get("metadata") or {}).get("event_payload") or {}
        if payload.get("id") == marker:
            return str(message["ts"])
    return None

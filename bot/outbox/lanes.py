"""Lanes: one queue of outgoing messages for each conversation, shared by all relays.

A conversation with unsent messages has a lane: a row with the time from which a relay may
claim the lane's first message. To claim it, a relay moves that time forward by the length
of a lease, so that other relays ignore the lane until the lease ends. The outcome of the
message and the lane's next time are committed together. Rate limits are rows too (when a
channel, or a method in a workspace, may be called next), so several relays together keep
within Slack's limits.

Lock order: a transaction that enqueues messages locks its lanes last and sorted, and then
the messages that it replaces (`Unit.commit`). A relay skips locked lanes and messages when
it claims, and locks lanes sorted when it records outcomes. The order is the same, so there
are no deadlocks.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias, assert_never

from sqlalchemy import (
    BindParameter,
    Integer,
    Row,
    String,
    and_,
    bindparam,
    delete,
    exists,
    func,
    select,
    tuple_,
    update,
)

from bot.store.prepared import Prepared
from bot.store.tables import (
    UNSENT,
    Lane,
    Outbound,
    OutboxState,
    Post,
    Rate,
    Receipt,
    SendMethod,
    Vault,
)
from bot.store.unit import BOARD_PREFIX, OLDER_BOARD_PREFIX, Unit

LEASE = timedelta(seconds=90)
"""Longer than any one call takes. After it, any relay may claim the message again."""

MIN_INTERVALS: Mapping[SendMethod, timedelta] = {
    SendMethod.POST: timedelta(seconds=1),
    SendMethod.UPDATE: timedelta(seconds=1.25),
    SendMethod.EPHEMERAL: timedelta(seconds=0.625),
    SendMethod.HOME: timedelta(seconds=0.625),
    SendMethod.FILE: timedelta(seconds=0.625),
    SendMethod.PIN: timedelta(seconds=3),
    SendMethod.DELETE: timedelta(seconds=1.25),
}
"""Shortest time between two calls of a method: for a post in its channel, else in the workspace.

Slack allows about one message a second in a channel. `chat.update` and `chat.delete` are in tier 3
(50 calls a minute in a workspace), ephemeral messages, homes and files are in tier 4 (100), and
`pins.add` is in tier 2 (20). Most intervals are slightly longer than Slack asks, because network
delays vary.
"""

EARLY_TOLERANCE = timedelta(seconds=0.2)
"""How much sooner than a rate allows a call may start, so that delays do not add up."""

WorkspaceKey: TypeAlias = tuple[str, str]
"""A workspace, and the name of a conversation, a rate or a post in it."""


@dataclass(frozen=True)
class Claim:
    """The first message of a lane, leased to this process until `leased_until`.

    `sealed` is the payload, encrypted by the data key in `wrapped` if it has a `vault`, else by
    the key ring; without `wrapped`, its vault is gone. `maybe_sent` means that an earlier
    attempt may have reached Slack. `target` is the channel and ts of the post that the message
    updates, pins or replies to, None if there is no such post. `file` is the id under which
    Slack has the message's file; `ts` and `place` say where the message itself is in Slack, if
    it was posted. `rate_until` is when the message's rate allows the next call. `asks`: it is a
    prompt, whose payload is kept until its buttons go.
    """

    id: int
    workspace: str
    conversation: str
    method: SendMethod
    key: str | None
    thread: str | None
    user: str | None
    sealed: bytes = field(repr=False)
    vault: str | None
    wrapped: bytes | None = field(repr=False)
    marker: str
    attempts: int
    unexpected: int
    maybe_sent: bool
    due: datetime
    target: tuple[str, str] | None
    file: str | None
    ts: str | None
    place: str | None
    leased_until: datetime
    rate_until: datetime
    asks: bool

    @property
    def lane(self) -> WorkspaceKey:
        """Return the key of the message's lane."""
        return self.workspace, self.conversation


class Sent(NamedTuple):
    """The message is in Slack; `channel` and `ts` are set for a post."""

    channel: str | None = None
    ts: str | None = None


class Uploaded(NamedTuple):
    """Slack has the message's file, under this id. It is not shared yet."""

    file: str


class Failed(NamedTuple):
    """The message can never be sent; `error` is the short name of the reason."""

    error: str


class Forgotten(NamedTuple):
    """The content of the message is forgotten; the message is deleted."""


class PostAnew(NamedTuple):
    """The post that the message updates is gone from Slack; the message becomes a new post."""


class Retry(NamedTuple):
    """The message is to be sent again after `delay`.

    `maybe_sent` means that this attempt may have reached Slack. `rate_limited` delays all
    messages of the same method in the workspace. `unexpected`: the answer said nothing about the
    message. `error` is the short name of what people
    have to repair first, None if they have nothing to do.
    """

    delay: timedelta
    maybe_sent: bool
    rate_limited: bool = False
    unexpected: bool = False
    error: str | None = None


Outcome: TypeAlias = Sent | Uploaded | Failed | Forgotten | PostAnew | Retry

# The statements of each poll.

_IN_LANE = and_(
    Outbound.workspace == Lane.workspace,
    Outbound.conversation == Lane.conversation,
    Outbound.state.in_(UNSENT),
)
_LOCK_READY_LANES = Prepared(
    select(
        Lane.workspace,
        Lane.conversation,
        select(func.min(Outbound.id)).where(_IN_LANE).scalar_subquery(),
    )
    .where(Lane.next_at <= bindparam("now", type_=Lane.next_at.type))
    .order_by(Lane.next_at)
    .limit(bindparam("limit", type_=Integer))
    .with_for_update(skip_locked=True, of=Lane)
)
_LATE_LANES = Prepared(
    select(Lane.workspace, Lane.conversation)
    .where(Lane.next_at > bindparam("limit", type_=Lane.next_at.type))
    .order_by(Lane.workspace, Lane.conversation)
    .with_for_update(skip_locked=True)
)
_LATE_RATES = Prepared(
    select(Rate.workspace, Rate.name)
    .where(Rate.until > bindparam("limit", type_=Rate.until.type))
    .order_by(Rate.workspace, Rate.name)
    .with_for_update(skip_locked=True)
)
_NEXT_CLAIM_AT = Prepared(select(func.min(Lane.next_at)))
_METHOD = Outbound.__table__.c.method.type
_KEYS: BindParameter[Any] = bindparam("keys", expanding=True)
_LANE = tuple_(Lane.workspace, Lane.conversation)
_LOCK_MESSAGES = Prepared(
    select(Outbound.__table__, Vault.wrapped)
    .outerjoin(Vault, Vault.id == Outbound.vault_id)
    .where(Outbound.id.in_(_KEYS))
    .with_for_update(skip_locked=True, of=Outbound)
)
_MARK_SENDING = Prepared(
    update(Outbound.__table__)
    .where(Outbound.id.in_(_KEYS))
    .values(state=OutboxState.SENDING, attempts=Outbound.attempts + 1)
)
_LOCK_LANES = Prepared(
    select(Lane.workspace, Lane.conversation, Lane.next_at)
    .where(_LANE.in_(_KEYS))
    .order_by(Lane.workspace, Lane.conversation)
    .with_for_update()
)
_NEXT_METHODS = Prepared(
    select(
        Lane.workspace,
        Lane.conversation,
        select(Outbound.method).where(_IN_LANE).order_by(Outbound.id).limit(1).scalar_subquery(),
    ).where(_LANE.in_(_KEYS))
)
_RESCHEDULE_LANE = Prepared(
    update(Lane.__table__)
    .where(Lane.workspace == bindparam("of"), Lane.conversation == bindparam("at"))
    .values(next_at=bindparam("time"))
)
_DELETE_EMPTY_LANES = Prepared(
    delete(Lane.__table__).where(_LANE.in_(_KEYS), ~exists().where(_IN_LANE))
)
_SELECT_POSTS = Prepared(
    select(Post.workspace, Post.key, Post.channel, Post.ts).where(
        tuple_(Post.workspace, Post.key).in_(_KEYS)
    )
)


_DELETE_MESSAGE = Prepared(delete(Outbound.__table__).where(Outbound.id == bindparam("of")))
_KEEP_PLACE = Prepared(
    update(Outbound.__table__)
    .where(Outbound.id == bindparam("of"), Outbound.method == SendMethod.DELETE)
    .values(
        ts=func.coalesce(Outbound.ts, bindparam("at", type_=String)),
        place=func.coalesce(Outbound.place, bindparam("in", type_=String)),
        file=func.coalesce(Outbound.file, bindparam("sent", type_=String)),
    )
)
"""Notes where a message came to be in Slack that was forgotten while it was sent."""
_COUNT_DELETION = Prepared(
    update(Receipt.__table__)
    .where(Receipt.vault_id == bindparam("of"))
    .values(
        removed=Receipt.removed + bindparam("gone", type_=Integer),
        remained=Receipt.remained + bindparam("stayed", type_=Integer),
    )
)


@lru_cache
def _update_message(columns: tuple[str, ...]) -> Prepared:
    """Return the statement that updates these columns of a message, unless it was forgotten."""
    change = update(Outbound.__table__).where(
        Outbound.id == bindparam("of"), Outbound.method == bindparam("as", type_=_METHOD)
    )
    return Prepared(change.values({name: bindparam(name) for name in columns}))


def claim_messages(unit: Unit, now: datetime, limit: int) -> list[Claim]:
    """Claim the first message of each lane that is ready, of `limit` lanes, oldest first.

    The claims may be fewer than the lanes: a message that its rate does not allow yet is
    rescheduled, and an empty lane is deleted.
    """
    lanes = unit.execute(_LOCK_READY_LANES, {"now": now, "limit": limit})
    if not lanes:
        return []
    ids = [id_ for _, _, id_ in lanes if id_ is not None]
    messages = unit.execute(_LOCK_MESSAGES, {"keys": ids})
    _delete_empty(
        unit, [(workspace, conversation) for workspace, conversation, id_ in lanes if id_ is None]
    )
    rates = _lock_rates(unit, {key for row in messages for key in _rate_keys(row)}, now)
    targets = _targets(unit, messages)
    claims: list[Claim] = []
    lane_times: dict[WorkspaceKey, datetime] = {}
    new_rates: dict[WorkspaceKey, datetime] = {}
    for row in messages:
        ready_at = max(rates[key] - EARLY_TOLERANCE for key in _rate_keys(row))
        lane = (row.workspace, row.conversation)
        if ready_at > now:
            lane_times[lane] = ready_at
            continue
        lane_times[lane] = now + LEASE
        own_rate = _own_rate_key(row)
        rates[own_rate] = max(rates[own_rate], now) + MIN_INTERVALS[row.method]
        new_rates[own_rate] = rates[own_rate]
        claims.append(
            Claim(
                id=row.id,
                workspace=row.workspace,
                conversation=row.conversation,
                method=row.method,
                key=row.key,
                thread=row.thread,
                user=row.user,
                sealed=row.payload or b"",
                vault=row.vault_id,
                wrapped=row.wrapped,
                marker=row.marker,
                attempts=row.attempts,
                unexpected=row.unexpected,
                maybe_sent=row.state is OutboxState.SENDING,
                due=row.due_at,
                target=targets.get((row.workspace, _target_key(row))),
                file=row.file,
                ts=row.ts,
                place=row.place,
                leased_until=now + LEASE,
                rate_until=rates[own_rate] - EARLY_TOLERANCE,
                asks=row.prompt is not None,
            )
        )
    _reschedule(unit, lane_times)
    _store_rates(unit, new_rates)
    if claims:
        unit.execute(_MARK_SENDING, {"keys": [claim.id for claim in claims]})
    return claims


def shorten_delays(unit: Unit, now: datetime) -> None:
    """Shorten all delays of lanes and rates to a lease, after the clock was set back.

    A lease that is shortened no longer counts: its message is looked up before it is sent again.
    """
    limit = now + LEASE
    lanes = unit.execute(_LATE_LANES, {"limit": limit})
    _reschedule(unit, dict.fromkeys(lanes, limit))
    rates = unit.execute(_LATE_RATES, {"limit": limit})
    _store_rates(unit, dict.fromkeys(rates, limit))


def record_outcomes(unit: Unit, outcomes: Sequence[tuple[Claim, Outcome]], now: datetime) -> None:
    """Store the outcomes of claims, and reschedule or delete their lanes.

    A claim whose lease ended is ignored: another relay may have claimed its message.
    """
    if not outcomes:
        return
    leased = _lock_leased_lanes(unit, [claim for claim, _ in outcomes])
    outcomes = [(claim, outcome) for claim, outcome in outcomes if claim.lane in leased]
    lane_times: dict[WorkspaceKey, datetime] = {}
    new_rates: dict[WorkspaceKey, datetime] = {}
    changes: dict[tuple[str, ...], list[dict[str, object]]] = defaultdict(list)
    posts: list[dict[str, object]] = []
    for claim, outcome in outcomes:
        lane_times[claim.lane] = now
        change: dict[str, object]
        match outcome:
            case Sent() | Failed() if claim.method is SendMethod.DELETE:
                gone = isinstance(outcome, Sent)
                counted = {"of": claim.vault or "", "gone": gone, "stayed": not gone}
                unit.execute(_COUNT_DELETION, counted)
                unit.execute(_DELETE_MESSAGE, {"of": claim.id})
                continue
            case Sent(channel=channel, ts=ts):
                change = {"state": OutboxState.SENT, "ts": ts, "place": channel, "error": None}
                if ts is None or (claim.vault is None and not claim.asks):
                    change["payload"] = None
                if claim.key is not None and channel is not None and ts is not None:
                    post = {"workspace": claim.workspace, "key": claim.key}
                    posts.append({**post, "channel": channel, "ts": ts})
            case Uploaded(file=file):
                change = {"state": OutboxState.WAITING, "file": file, "error": None}
            case Failed(error=error):
                change = {"state": OutboxState.FAILED, "error": error[:80], "payload": None}
            case Forgotten():
                unit.execute(_DELETE_MESSAGE, {"of": claim.id})
                continue
            case PostAnew():
                change = {"method": SendMethod.POST, "state": OutboxState.WAITING, "error": None}
            case Retry():
                state = OutboxState.SENDING if outcome.maybe_sent else OutboxState.WAITING
                unexpected = claim.unexpected + outcome.unexpected
                change = {"state": state, "error": outcome.error, "unexpected": unexpected}
                lane_times[claim.lane] = now + outcome.delay
                if outcome.rate_limited:
                    method = (claim.workspace, claim.method)
                    new_rates[method] = now + outcome.delay + EARLY_TOLERANCE
            case _:
                assert_never(outcome)
        changes[tuple(change)].append({"of": claim.id, "as": claim.method, **change})
    for columns, rows in changes.items():
        if unit.execute(_update_message(columns), rows).rowcount < len(rows):
            _keep_places(unit, outcomes)  # some were forgotten while they were sent
    _keep_threads(unit, posts)
    unit.upsert(Post, posts, change=("channel", "ts"))
    next_methods = _next_methods(unit, [claim.lane for claim, _ in outcomes])
    for claim, outcome in outcomes:
        if not isinstance(outcome, Retry) and next_methods.get(claim.lane) == claim.method:
            lane_times[claim.lane] = max(now, claim.rate_until)
    _reschedule(unit, {lane: at for lane, at in lane_times.items() if lane in next_methods})
    _delete_empty(unit, [lane for lane in lane_times if lane not in next_methods])
    _store_rates(unit, new_rates)


def next_claim_at(unit: Unit) -> datetime | None:
    """Return when the next lane may be claimed, None if the outbox is empty."""
    found: datetime | None = unit.execute(_NEXT_CLAIM_AT, {}).scalar()
    return found


def _keep_places(unit: Unit, outcomes: Iterable[tuple[Claim, Outcome]]) -> None:
    """Note where messages are in Slack that may have been forgotten while they were sent."""
    places = [
        {
            "of": claim.id,
            "at": getattr(outcome, "ts", None),
            "in": getattr(outcome, "channel", None),
            "sent": getattr(outcome, "file", None),
        }
        for claim, outcome in outcomes
        if isinstance(outcome, Sent | Uploaded)
    ]
    if places:
        unit.execute(_KEEP_PLACE, places)


# lanes


def _lock_leased_lanes(unit: Unit, claims: Iterable[Claim]) -> set[WorkspaceKey]:
    """Lock the lanes of these claims; return those whose lease is still the claim's."""
    leases = {claim.lane: claim.leased_until for claim in claims}
    rows = unit.execute(_LOCK_LANES, {"keys": list(leases)})
    return {(w, c) for w, c, next_at in rows if leases[(w, c)] == next_at}


def _next_methods(unit: Unit, lanes: Sequence[WorkspaceKey]) -> dict[WorkspaceKey, str]:
    """Return the method of the first message of each lane, without the empty lanes."""
    rows = unit.execute(_NEXT_METHODS, {"keys": lanes})
    return {(w, c): found for w, c, found in rows if found is not None}


def _reschedule(unit: Unit, times: Mapping[WorkspaceKey, datetime]) -> None:
    """Set from when each lane may be claimed."""
    if times:
        rows = [{"of": w, "at": c, "time": at} for (w, c), at in times.items()]
        unit.execute(_RESCHEDULE_LANE, rows)


def _delete_empty(unit: Unit, lanes: Sequence[WorkspaceKey]) -> None:
    """Delete those of these lanes, which this transaction has locked, that hold no message."""
    if lanes:
        unit.execute(_DELETE_EMPTY_LANES, {"keys": lanes})


# rate limits


def _own_rate_key(row: Row[Any]) -> WorkspaceKey:
    """Return the rate that a message uses up: of its channel, or of its method."""
    return row.workspace, row.conversation if row.method is SendMethod.POST else row.method


def _rate_keys(row: Row[Any]) -> set[WorkspaceKey]:
    """Return the rates that limit a message: its own, and its method's (after a 429)."""
    return {_own_rate_key(row), (row.workspace, row.method)}


def _lock_rates(
    unit: Unit, keys: Iterable[WorkspaceKey], now: datetime
) -> dict[WorkspaceKey, datetime]:
    """Lock these rates until the commit; return when each allows the next call."""
    rows = [{"workspace": w, "name": name, "until": now} for w, name in sorted(keys)]
    found = unit.upsert_returning(Rate, rows, change=())
    return {(rate.workspace, rate.name): rate.until for rate in found}


def _store_rates(unit: Unit, rates: Mapping[WorkspaceKey, datetime]) -> None:
    """Store when each rate allows the next call."""
    rows = [{"workspace": w, "name": name, "until": at} for (w, name), at in sorted(rates.items())]
    unit.upsert(Rate, rows, change=("until",))


# targets


def _keep_threads(unit: Unit, posts: Sequence[Mapping[str, object]]) -> None:
    """Remember where boards stood that are posted anew: people may go on in the old thread."""
    keys = [(post["workspace"], post["key"]) for post in posts]
    found = unit.execute(_SELECT_POSTS, {"keys": keys}) if keys else []
    older = [
        {
            "workspace": workspace,
            "key": OLDER_BOARD_PREFIX + key.removeprefix(BOARD_PREFIX),
            "channel": channel,
            "ts": ts,
        }
        for workspace, key, channel, ts in found
        if key.startswith(BOARD_PREFIX)
    ]
    unit.upsert(Post, older, change=("channel", "ts"))


def _target_key(row: Row[Any]) -> str:
    """Return the key of the post that a message updates, pins or replies to, "" for none."""
    return (row.key if row.method in (SendMethod.UPDATE, SendMethod.PIN) else row.thread) or ""


def _targets(unit: Unit, rows: Iterable[Row[Any]]) -> dict[WorkspaceKey, tuple[str, str]]:
    """Return the channel and ts of the posts to which these messages refer."""
    keys = {(row.workspace, _target_key(row)) for row in rows if _target_key(row)}
    if not keys:
        return {}
    found = unit.execute(_SELECT_POSTS, {"keys": list(keys)})
    return {(workspace, key): (channel, ts) for workspace, key, channel, ts in found}

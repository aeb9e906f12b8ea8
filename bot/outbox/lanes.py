"""Lanes: what is to be said, a queue for each conversation, shared by any number of relays.

A conversation with something in the outbox has a lane: a row that says when it may be
looked at again. A relay claims a lane, and with it the first message in it, by moving
that time behind a lease; nobody else looks at it until then. What became of the message
and when the lane may go on are written together. Nobody keeps a pace of their own: when
a channel, or a method in a workspace, may be called again stands in the database too,
so that two relays together keep Slack's pace as one does.

Locks: whoever lays a message locks its lanes last and in order, and then what it replaces
in them (`Unit.commit`); a relay passes over lanes and messages that are locked when it
claims, and locks lanes in order when it writes what became of them. So nobody waits in a
ring.
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
    Update,
    and_,
    bindparam,
    delete,
    exists,
    func,
    select,
    tuple_,
    update,
)

from bot.store.tables import UNSENT, Lane, Outbound, OutboxState, Post, Rate, SendMethod
from bot.store.unit import Unit

LEASE = timedelta(seconds=90)
"""Longer than any one call may take; after it, another process looks after the message."""

GAPS: Mapping[SendMethod, timedelta] = {
    SendMethod.POST: timedelta(seconds=1),
    SendMethod.UPDATE: timedelta(seconds=1.25),
    SendMethod.EPHEMERAL: timedelta(seconds=0.625),
    SendMethod.HOME: timedelta(seconds=0.625),
    SendMethod.FILE: timedelta(seconds=0.625),
    SendMethod.PIN: timedelta(seconds=3),
}
"""Slack takes about one message a second in a channel; `chat.update` is of tier 3, fifty a
minute in a workspace, ephemeral messages, homes and files of tier 4, a hundred, and `pins.add`
of tier 2, twenty. A hair below,
because no network keeps time to the millisecond."""

EARLY = timedelta(seconds=0.2)
"""How much sooner than its time something may go, so that a late one does not slow down all
that follow."""

Key: TypeAlias = tuple[str, str]
"""A workspace, and a conversation or a gate in it."""


@dataclass(frozen=True)
class Claim:
    """A message that this process may send until `lease`, the first of its lane.

    `again`: it may stand in Slack already. `place`: channel and ts of the post that it
    updates or in whose thread it goes, None when there is no such post. `file`: the id of
    a file that was uploaded for it. `rest`: when the next of its kind may go.
    """

    id: int
    workspace: str
    conversation: str
    method: SendMethod
    key: str | None
    thread: str | None
    user: str | None
    sealed: bytes = field(repr=False)
    marker: str
    attempts: int
    again: bool
    due: datetime
    place: tuple[str, str] | None
    file: str | None
    lease: datetime
    rest: datetime

    @property
    def lane(self) -> Key:
        """The lane it stands in."""
        return self.workspace, self.conversation


class Sent(NamedTuple):
    """It stands in Slack, where that matters at this place."""

    channel: str | None = None
    ts: str | None = None


class Uploaded(NamedTuple):
    """Slack has the file, under this id; it is still to be shared."""

    file: str


class Failed(NamedTuple):
    """It can never be sent, for this reason in short."""

    error: str


class Again(NamedTuple):
    """It is to be tried again `after` a while; `slow`: so are all of its method.

    `error`: in short, what somebody has to mend first.
    """

    after: timedelta
    perhaps_sent: bool
    slow: bool = False
    error: str | None = None


Outcome: TypeAlias = Sent | Uploaded | Failed | Again

# What a relay asks at each look, made once: to make a statement costs more than to run it.

_IN_LANE = and_(
    Outbound.workspace == Lane.workspace,
    Outbound.conversation == Lane.conversation,
    Outbound.state.in_(UNSENT),
)
_MAY_GO = (
    select(
        Lane.workspace,
        Lane.conversation,
        select(func.min(Outbound.id)).where(_IN_LANE).scalar_subquery(),
    )
    .where(Lane.next_at <= bindparam("now", type_=Lane.next_at.type))
    .order_by(Lane.next_at)
    .limit(bindparam("most", type_=Integer))
    .with_for_update(skip_locked=True, of=Lane)
)
_NEXT_LOOK = select(func.min(Lane.next_at))
_THESE: BindParameter[Any] = bindparam("these", expanding=True)
_LANE = tuple_(Lane.workspace, Lane.conversation)
_FIRSTS = (
    select(Outbound.__table__).where(Outbound.id.in_(_THESE)).with_for_update(skip_locked=True)
)
_SENDING = (
    update(Outbound.__table__)
    .where(Outbound.id.in_(_THESE))
    .values(state=OutboxState.SENDING, attempts=Outbound.attempts + 1)
)
_HELD = (
    select(Lane.workspace, Lane.conversation, Lane.next_at)
    .where(_LANE.in_(_THESE))
    .order_by(Lane.workspace, Lane.conversation)
    .with_for_update()
)
_NEXT_METHODS = select(
    Lane.workspace,
    Lane.conversation,
    select(Outbound.method).where(_IN_LANE).order_by(Outbound.id).limit(1).scalar_subquery(),
).where(_LANE.in_(_THESE))
_LOOK = (
    update(Lane.__table__)
    .where(Lane.workspace == bindparam("of"), Lane.conversation == bindparam("at"))
    .values(next_at=bindparam("look"))
)
_CLOSE = delete(Lane.__table__).where(_LANE.in_(_THESE), ~exists().where(_IN_LANE))
_PLACES = select(Post.workspace, Post.key, Post.channel, Post.ts).where(
    tuple_(Post.workspace, Post.key).in_(_THESE)
)


@lru_cache
def _changing(columns: tuple[str, ...]) -> Update:
    """Give the statement that changes these columns of a message."""
    change = update(Outbound.__table__).where(Outbound.id == bindparam("of"))
    return change.values({name: bindparam(name) for name in columns})


def claim(unit: Unit, now: datetime, most: int) -> list[Claim]:
    """Claim the first message of each lane that may go now, `most` of them, longest due first."""
    lanes = unit.execute(_MAY_GO, {"now": now, "most": most}).all()
    if not lanes:
        return []
    these = [id_ for _, _, id_ in lanes if id_ is not None]
    firsts = unit.execute(_FIRSTS, {"these": these}).all()
    _close(unit, [(workspace, place) for workspace, place, id_ in lanes if id_ is None])
    rates = _rates(unit, {gate for row in firsts for gate in _gates(row)}, now)
    places = _places(unit, firsts)
    claims, looks, shut = [], {}, {}
    for row in firsts:
        ready = max([row.due_at, *(rates[gate] - EARLY for gate in _gates(row))])
        lane = (row.workspace, row.conversation)
        if ready > now:
            looks[lane] = ready
            continue
        looks[lane] = now + LEASE
        gate = _gate(row)
        rates[gate] = shut[gate] = max(rates[gate], now) + GAPS[row.method]
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
                marker=row.marker,
                attempts=row.attempts,
                again=row.state is OutboxState.SENDING,
                due=row.due_at,
                place=places.get((row.workspace, _needs(row))),
                file=row.file,
                lease=now + LEASE,
                rest=shut[gate] - EARLY,
            )
        )
    _look(unit, looks)
    _shut(unit, shut)
    if claims:
        unit.execute(_SENDING, {"these": [each.id for each in claims]})
    return claims


def settle(unit: Unit, outcomes: Sequence[tuple[Claim, Outcome]], now: datetime) -> None:
    """Write down what became of claims; one whose lease ran out is another's by now."""
    if not outcomes:
        return
    held = _held(unit, [claim for claim, _ in outcomes])
    outcomes = [(claim, outcome) for claim, outcome in outcomes if claim.lane in held]
    looks: dict[Key, datetime] = {}
    slowed: dict[Key, datetime] = {}
    changes: dict[tuple[str, ...], list[dict[str, object]]] = defaultdict(list)
    posts: list[dict[str, object]] = []
    for claimed, outcome in outcomes:
        looks[claimed.lane] = now
        change: dict[str, object]
        match outcome:
            case Sent(channel=channel, ts=ts):
                change = {"state": OutboxState.SENT, "ts": ts, "payload": None, "error": None}
                if claimed.key is not None and channel is not None and ts is not None:
                    post = {"workspace": claimed.workspace, "key": claimed.key}
                    posts.append({**post, "channel": channel, "ts": ts})
            case Uploaded(file=file):
                change = {"state": OutboxState.WAITING, "file": file, "error": None}
            case Failed(error=error):
                change = {"state": OutboxState.FAILED, "error": error[:80], "payload": None}
            case Again(after=after, perhaps_sent=perhaps_sent, slow=slow, error=error):
                state = OutboxState.SENDING if perhaps_sent else OutboxState.WAITING
                change = {"state": state, "error": error}
                looks[claimed.lane] = now + after
                if slow:
                    slowed[(claimed.workspace, claimed.method)] = now + after + EARLY
            case _:
                assert_never(outcome)
        changes[tuple(change)].append({"of": claimed.id, **change})
    for columns, rows in changes.items():
        unit.execute(_changing(columns), rows)
    unit.upsert(Post, posts, change=("channel", "ts"))
    follows = _next_methods(unit, [claim.lane for claim, _ in outcomes])
    for claimed, outcome in outcomes:
        if not isinstance(outcome, Again) and follows.get(claimed.lane) == claimed.method:
            looks[claimed.lane] = max(now, claimed.rest)
    _look(unit, {lane: at for lane, at in looks.items() if lane in follows})
    _close(unit, [lane for lane in looks if lane not in follows])
    _shut(unit, slowed)


def next_look(unit: Unit) -> datetime | None:
    """Give when the next lane may be looked at; None when there is nothing to say."""
    found: datetime | None = unit.execute(_NEXT_LOOK, {}).scalar()
    return found


# lanes


def _held(unit: Unit, claims: Iterable[Claim]) -> set[Key]:
    """Give the lanes, locked, that are still leased as they were claimed."""
    leases = {claim.lane: claim.lease for claim in claims}
    rows = unit.execute(_HELD, {"these": list(leases)})
    return {(w, c) for w, c, next_at in rows if leases[(w, c)] == next_at}


def _next_methods(unit: Unit, lanes: Sequence[Key]) -> dict[Key, str]:
    """Give the method of the first message in each lane that has one."""
    rows = unit.execute(_NEXT_METHODS, {"these": lanes})
    return {(w, c): found for w, c, found in rows if found is not None}


def _look(unit: Unit, looks: Mapping[Key, datetime]) -> None:
    """Let lanes be looked at, at these times."""
    if looks:
        unit.execute(_LOOK, [{"of": w, "at": c, "look": at} for (w, c), at in looks.items()])


def _close(unit: Unit, lanes: Sequence[Key]) -> None:
    """Close lanes, locked by us, in which nothing waits any more."""
    if lanes:
        unit.execute(_CLOSE, {"these": lanes})


# Slack's pace


def _gate(row: Row[Any]) -> Key:
    """Give what a message's pace is kept for: its channel, or its method in the workspace."""
    return row.workspace, row.conversation if row.method is SendMethod.POST else row.method


def _gates(row: Row[Any]) -> set[Key]:
    """Give what a message has to wait for: its pace, and any rest that Slack asked for."""
    return {_gate(row), (row.workspace, row.method)}


def _rates(unit: Unit, gates: Iterable[Key], now: datetime) -> dict[Key, datetime]:
    """Give until when each gate is shut; nobody else passes them until the commit."""
    rows = [{"workspace": w, "name": name, "until": now} for w, name in sorted(gates)]
    found = unit.upsert_returning(Rate, rows, change=())
    return {(rate.workspace, rate.name): rate.until for rate in found}


def _shut(unit: Unit, gates: Mapping[Key, datetime]) -> None:
    """Shut gates, until these times."""
    rows = [{"workspace": w, "name": name, "until": at} for (w, name), at in sorted(gates.items())]
    unit.upsert(Rate, rows, change=("until",))


# places


def _needs(row: Row[Any]) -> str:
    """Give the key of the post that a message updates or pins, or in whose thread it goes."""
    return (row.key if row.method in (SendMethod.UPDATE, SendMethod.PIN) else row.thread) or ""


def _places(unit: Unit, rows: Iterable[Row[Any]]) -> dict[Key, tuple[str, str]]:
    keys = {(row.workspace, _needs(row)) for row in rows if _needs(row)}
    if not keys:
        return {}
    found = unit.execute(_PLACES, {"these": list(keys)})
    return {(workspace, key): (channel, ts) for workspace, key, channel, ts in found}

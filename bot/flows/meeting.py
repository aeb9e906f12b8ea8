"""A meeting: one date of a group, from the first announcement until it has been held.

The rules (each is a property in the tests):

 1. A meeting goes through its stages in order, each in its time. Time that was missed is not made
    up for one by one: only what is still of use is done.
 2. It is under way from its hour, or from when a session of it begins, if that is earlier.
 3. A session belongs to the meeting in whose time it begins: from twelve hours before the hour
    until the meeting is over, and for four days while nothing of it was held. Of two meetings it
    belongs to the later one. A lobby keeps its meeting until another one opens, and moves to that.
 4. A meeting was held once a session of it began, whenever that was. It was missed when it is
    over and none began; for a lobby it waits a week. What was skipped or cancelled stays so.
 5. Each person has one place for a case. Those whose turn it is come first, then the others in the
    order of the queue; nobody who cannot come. A case opens by itself once in a meeting.
 6. The next case opens when nothing of the meeting is open any more, however long that took, as
    long as there are places and no later meeting is under way.
 7. The group looks back once: in the session after which no other case is to come.
 8. Attendance and turns follow what people did in the meeting's sessions (`flows.session.parts`).
    Turns move when the meeting is over, and again with each session of it that changes later.
 9. A meeting can be moved or skipped until it opens. On another date the stages to come there
    come again, and none comes that did not come at its old one. A skip can be taken back until
    the hour, and takes nothing of what was said with it.
10. Whoever heard that it is their turn, had a case ready by the hour and could come, but whose
    case has not begun, hears once what becomes of it, when no case of the meeting goes on or is
    to open. So does whoever still waits in the lobby of theirs when the meeting is over.
11. Whose turn it was, who was asked and brought nothing to a meeting that was therefore called
    off, is silent from then on (`flows.rota`). In the week before a meeting, a turn of somebody
    who is silent goes on to the next, unless their case is there.

`decide(meeting, command)` returns the new state and the effects, in order. It reads no clock.
"""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from typing import Any, NamedTuple, assert_never

from pydantic import model_validator

from bot.errors import Refusal
from bot.flows.rhythm import Rhythm, holidays_of, polite, working_day_before, zone_of
from bot.flows.rota import Roles, Rota, after, roles
from bot.flows.types import Frozen

ASK_BEFORE = timedelta(days=14)
NUDGE_BEFORE = timedelta(days=7)
APART = timedelta(days=3)
"""How long there is at least between the two times that somebody is asked for a case."""

CLOSE_AFTER = timedelta(hours=20)
"""How long after its end a meeting counts as held or not, at least: writing takes longer."""


EARLY = timedelta(hours=12)
"""How long before its start a session of a meeting can begin."""

LOBBY_WAITS = timedelta(days=7)
"""How long after its start a meeting waits for its lobby. One that begins later still counts."""

LOBBY_GRACE = timedelta(days=4)
"""How long after its start a session that is new can still begin, of a meeting not held yet."""


class Plan(Frozen):
    """What a founded group agreed on: its rhythm, a meeting's length and cases, its size.

    `trial` counts the meetings after which everyone is asked whether they go on together.
    """

    rhythm: Rhythm
    minutes: int = 90
    cases: int = 1
    least: int = 3
    most: int = 8
    trial: int = 2
    methods: tuple[str, ...] = ()


class Stage(IntEnum):
    """How far a meeting has come."""

    PLANNED = 0
    ASKED = 1
    NUDGED = 2
    EVE = 3
    OPEN = 4
    OVER = 5


class Status(StrEnum):
    """What became of a meeting.

    `missed` when nobody came; `cancelled` when the group's rhythm changed and it has no such day
    any more. A meeting that is `open` past its time waits for people to join a lobby.
    """

    PLANNED = "planned"
    OPEN = "open"
    HELD = "held"
    SKIPPED = "skipped"
    MISSED = "missed"
    CANCELLED = "cancelled"


class Wish(Frozen):
    """What `by` said about `who` for one meeting: that they bring a case, or prefer not to.

    A person who offers or passes is both; a lead who asks somebody else is `by`.
    """

    who: str
    by: str
    brings: bool


class Meeting(Frozen):
    """What people said about a meeting to come.

    `wishes` are about bringing a case, in the order in which they were said: of a person's
    wishes the last one counts, and taking it back uncovers the one before. `leading` was asked
    to facilitate; `coming` and `away` answered whether they come, of which `away` counts if a
    person is in both; `told` heard that it is their turn. `swaps` are the swaps that are asked
    and not answered: who asked, and whom. `unreached` heard that their case was not reached.
    The turn of those in `went_on` went on to the next, as their case was not there in time.
    """

    wishes: tuple[Wish, ...] = ()
    leading: str | None = None
    coming: tuple[str, ...] = ()
    away: tuple[str, ...] = ()
    told: tuple[str, ...] = ()
    swaps: tuple[tuple[str, str], ...] = ()
    unreached: tuple[str, ...] = ()
    went_on: tuple[str, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _read_lists(cls, data: Any) -> Any:
        """Read what versions before 0.2.0 stored: a list of who passes, and one of who brings."""
        if isinstance(data, dict) and "offered" in data:
            lists = ((data.pop("passed", ()), False), (data.pop("offered"), True))
            data["wishes"] = tuple(
                {"who": who, "by": who, "brings": brings}
                for people, brings in lists
                for who in people
            )
        return data

    @property
    def offered(self) -> tuple[str, ...]:
        """Who brings a case out of turn: those who said so, or were asked, longest ago first."""
        since: dict[str, int] = {}
        for n, wish in enumerate(self.wishes):
            if wish.brings:
                since.setdefault(wish.who, n)
            else:
                since.pop(wish.who, None)
        return tuple(sorted(since, key=since.__getitem__))

    @property
    def passed(self) -> tuple[str, ...]:
        """Who prefers not to bring a case this time."""
        last = {wish.who: wish.brings for wish in self.wishes}
        return tuple(who for who, brings in last.items() if not brings)

    def wishing(self, who: str, by: str, *, brings: bool) -> "Meeting":
        """Return the meeting with a wish, which counts from now on; one said before stays."""
        wish = Wish(who=who, by=by, brings=brings)
        if wish in self.wishes and brings == (who in self.offered):
            return self
        rest = tuple(each for each in self.wishes if each != wish)
        return self.model_copy(update={"wishes": (*rest, wish)})

    def unwished(self, who: str, by: str, *, brings: bool) -> "Meeting":
        """Return the meeting without a wish: what was said before it counts again."""
        wish = Wish(who=who, by=by, brings=brings)
        rest = tuple(each for each in self.wishes if each != wish)
        return self.model_copy(update={"wishes": rest})

    def with_(self, field: str, who: str) -> "Meeting":
        """Return the meeting with a person added to one of these lists."""
        return self.model_copy(update={field: (*self._less(field, who), who)})

    def without(self, field: str, who: str) -> "Meeting":
        """Return the meeting with a person removed from one of these lists."""
        return self.model_copy(update={field: self._less(field, who)})

    def asking(self, asker: str, other: str) -> "Meeting":
        """Return the meeting with a swap asked for, in place of an earlier one of the asker."""
        rest = tuple(pair for pair in self.swaps if pair[0] != asker)
        return self.model_copy(update={"swaps": (*rest, (asker, other))})

    def answered(self, asker: str, other: str) -> "Meeting":
        """Return the meeting without a swap that was answered."""
        rest = tuple(pair for pair in self.swaps if pair != (asker, other))
        return self.model_copy(update={"swaps": rest})

    def after_swap(self, one: str, other: str) -> "Meeting":
        """Return the meeting without the swaps asked about places that these two had before."""
        rest = tuple(pair for pair in self.swaps if not {one, other} & set(pair))
        return self.model_copy(update={"swaps": rest})

    def on_another_date(self) -> "Meeting":
        """Return the meeting without the answers whether people come, which were about a date."""
        return self.model_copy(update={"coming": (), "away": ()})

    def after_leaving(self, who: str) -> "Meeting":
        """Return the meeting without what a person who left said, and what was asked of them."""
        return self.model_copy(
            update={
                **{
                    field: self._less(field, who)
                    for field in ("coming", "away", "told", "unreached", "went_on")
                },
                "wishes": tuple(wish for wish in self.wishes if wish.who != who),
                "leading": None if self.leading == who else self.leading,
                "swaps": tuple(pair for pair in self.swaps if who not in pair),
            }
        )

    def _less(self, field: str, who: str) -> tuple[str, ...]:
        return tuple(m for m in getattr(self, field) if m != who)

    def absent(self, away: frozenset[str] = frozenset()) -> frozenset[str]:
        """Return who cannot come; `away` are away on that day, unless they said that they come."""
        return (away - set(self.coming)) | set(self.away)

    def roles(self, rota: Rota, *, cases: int, away: frozenset[str] = frozenset()) -> Roles:
        """Return who brings and who facilitates; `away` are people absent for other reasons."""
        return roles(
            rota,
            cases=cases,
            away=self.absent(away),
            passed=(*self.passed, *self.went_on),
            offered=[who for who in self.offered if who not in self.went_on],
            leading=self.leading,
        )


def forecast(
    rota: Rota, meetings: Iterable[tuple[Meeting, frozenset[str]]], *, cases: int
) -> list[Roles]:
    """Return who will do what in meetings to come, in order, if nothing changes."""
    found: list[Roles] = []
    for meeting, away in meetings:
        found.append(meeting.roles(rota, cases=cases, away=away))
        rota = after(rota, found[-1])
    return found


class SessionInMeeting(Frozen):
    """What became of a session so far; `bringer` is "" when it is about the group itself.

    `given_up`: its bringer left the lobby. `looked_back`: it came to its closing reflection.
    """

    id: str
    case: str
    bringer: str
    open: bool
    begun: bool
    given_up: bool = False
    looked_back: bool = False


class QueuedCase(NamedTuple):
    """A case in the group's queue."""

    id: str
    bringer: str


class State(Frozen):
    """A meeting as it stands, with its sessions in the order in which they were opened.

    `bringers` are those whose turn it is, `absent` those who cannot come. `ready` heard that it
    is their turn, had a case in the queue by the hour, and did not hear that it was not reached.
    `silent` were asked for a case, and have none in the queue.
    `late`: it waited for its lobby as long as it does.
    """

    status: Status = Status.PLANNED
    stage: Stage = Stage.PLANNED
    cases: int = 1
    bringers: tuple[str, ...] = ()
    absent: frozenset[str] = frozenset()
    ready: frozenset[str] = frozenset()
    silent: frozenset[str] = frozenset()
    late: bool = False
    sessions: tuple[SessionInMeeting, ...] = ()

    @property
    def begun(self) -> bool:
        """Whether a session of the meeting began."""
        return any(session.begun for session in self.sessions)

    @property
    def waits(self) -> bool:
        """Whether people may still join the lobby of a session."""
        return any(session.open and not session.begun for session in self.sessions)


class Reach(Frozen):
    """The time of a stage has come."""

    stage: Stage
    queue: tuple[QueuedCase, ...] = ()


class Look(Frozen):
    """Something changed in a session of the meeting; `queue` is empty once a later one opened."""

    queue: tuple[QueuedCase, ...] = ()


class CallOff(Frozen):
    """The group ends."""


class Move(Frozen):
    """A member gives the meeting another date; `passed` is the last stage whose time is over there.

    The `reason` is theirs.
    """

    starts: datetime
    passed: Stage
    by: str
    reason: str


class Skip(Frozen):
    """A member skips the meeting, for a reason."""

    by: str
    reason: str


class Unskip(Frozen):
    """A member takes a skip back; `past`: the hour of the meeting has come."""

    by: str
    past: bool


Command = Reach | Look | CallOff | Move | Skip | Unskip


class Announce(Frozen):
    """Announce the meeting in the channel, and ask the bringers for a case."""


class Nudge(Frozen):
    """Ask the bringers once more for a case."""


class TellEve(Frozen):
    """Tell the channel, and who wants to hear it, that the meeting is near."""


class ShareAnswers(Frozen):
    """Inform the group what became of the next steps that people want to share."""


class OpenCase(Frozen):
    """Open a session on a queued case."""

    case: str


class TellNoCase(Frozen):
    """Inform the group that it is time, and that nobody handed in a case."""


class TellNotHeld(Frozen):
    """Inform the group that the meeting did not happen."""


class FallSilent(Frozen):
    """Pass the turn of people who brought nothing, and ask each what they wish."""

    people: tuple[str, ...]


class TellUnreached(Frozen):
    """Inform people whose case was ready and has not begun what becomes of it."""

    people: tuple[str, ...]


class Record(Frozen):
    """Write who attended and in which role, and move the turns."""


class ChangeDate(Frozen):
    """Move the meeting to its new start, and inform the group who moved it and why.

    `asks`: those who answered whether they come are asked anew.
    """

    starts: datetime
    by: str
    reason: str
    asks: bool


class TellSkipped(Frozen):
    """Inform the group who skipped the meeting and why, and who was to bring a case."""

    by: str
    reason: str


class TellBackOn(Frozen):
    """Inform the group, and who was to bring a case, that the meeting is on after all."""

    by: str


Effect = (
    Announce
    | Nudge
    | TellEve
    | ShareAnswers
    | OpenCase
    | TellNoCase
    | TellNotHeld
    | FallSilent
    | TellUnreached
    | Record
    | ChangeDate
    | TellSkipped
    | TellBackOn
)


class Decision(NamedTuple):
    """What a command leads to."""

    state: State
    effects: tuple[Effect, ...]


def decide(state: State, command: Command) -> Decision:
    """Return the meeting after a command, and the effects that follow, in order.

    Raises `Refusal` where a member wants what cannot be any more.
    """
    match command:
        case Reach(stage=Stage.OVER, queue=queue):
            seen, over = state.stage >= Stage.OPEN, _with(state, stage=Stage.OVER)
            settled, effects = _settle(over, seen=seen)
            left = _unreached(settled, queue, lobby=True) if seen or state.begun else ()
            return Decision(settled, effects + left)
        case Reach(stage=Stage.OPEN, queue=queue):
            return _open(state, queue)
        case Reach(stage=stage):
            return Decision(_with(state, stage=stage), _spoken(state.stage, stage))
        case Look() if state.status in (Status.SKIPPED, Status.CANCELLED):
            return Decision(state, ())
        case Look(queue=queue) if state.stage is Stage.OVER:
            settled, effects = _settle(state, seen=True)
            following = _next(settled, queue) if settled.status is Status.HELD else ()
            missed_now = settled.status is Status.MISSED is not state.status
            tells = missed_now or settled.status is Status.HELD
            left = _unreached(settled, queue, lobby=missed_now) if tells else ()
            return Decision(settled, effects + following + left)
        case Look(queue=queue) if state.status is Status.OPEN:
            return Decision(state, _next(state, queue))
        case Look(queue=queue):
            return _open(state, queue) if state.begun else Decision(state, ())
        case CallOff():
            status = Status.HELD if state.begun else Status.CANCELLED
            return Decision(_with(state, status=status), (Record(),) if state.begun else ())
        case Unskip():
            return _unskip(state, command)
        case Move() | Skip() if state.status is not Status.PLANNED:
            raise Refusal("meeting_past")
        case Skip(by=by, reason=reason):
            skipped = _with(state, status=Status.SKIPPED)
            return Decision(skipped, (TellSkipped(by=by, reason=reason),))
        case Move(starts=starts, passed=passed, by=by, reason=reason):
            stage = min(state.stage, passed)
            asks = stage >= Stage.ASKED
            change = ChangeDate(starts=starts, by=by, reason=reason, asks=asks)
            return Decision(_with(state, stage=stage), (change,))
        case _:
            assert_never(command)


def _unskip(state: State, command: Unskip) -> Decision:
    if state.status is Status.PLANNED:
        raise Refusal("not_skipped")
    if state.status is not Status.SKIPPED or command.past:
        raise Refusal("meeting_past")
    return Decision(_with(state, status=Status.PLANNED), (TellBackOn(by=command.by),))


def _with(state: State, **changes: object) -> State:
    return state.model_copy(update=changes)


def _spoken(reached: Stage, stage: Stage) -> tuple[Effect, ...]:
    """Return what is said at a stage before the hour, of a meeting that had `reached` another."""
    first = Announce() if reached < Stage.ASKED else Nudge()
    if stage is not Stage.EVE:
        return (first,)
    return (Announce(), TellEve()) if reached < Stage.ASKED else (TellEve(),)


def _open(state: State, queue: tuple[QueuedCase, ...]) -> Decision:
    """Open the meeting, with the first case unless a session of it is there already."""
    under_way = _with(state, status=Status.OPEN, stage=Stage.OPEN)
    first: tuple[Effect, ...] = _next(under_way, queue)
    if not first and not state.sessions:
        first = (TellNoCase(),)
    return Decision(under_way, (ShareAnswers(), *first))


def _next(state: State, queue: tuple[QueuedCase, ...]) -> tuple[Effect, ...]:
    case = next_case(state, queue)
    return (OpenCase(case=case),) if case is not None else ()


def _settle(state: State, *, seen: bool) -> Decision:
    """Return what became of a meeting that is over; `seen`: people knew that it was time."""
    if state.begun:
        return Decision(_with(state, status=Status.HELD), (Record(),))
    if state.waits and not state.late and state.status is not Status.MISSED:
        return Decision(_with(state, status=Status.OPEN), ())
    effects: tuple[Effect, ...] = ()
    if seen and state.status is not Status.MISSED:
        effects = (TellNotHeld(),)
        silent = tuple(who for who in state.bringers if who in state.silent)
        if silent and not any(session.bringer for session in state.sessions):
            effects += (FallSilent(people=silent),)
    return Decision(_with(state, status=Status.MISSED), effects)


def _unreached(state: State, queue: tuple[QueuedCase, ...], *, lobby: bool) -> tuple[Effect, ...]:
    """Return the word to those whose case was ready and is not to come in a meeting that is over.

    `lobby`: those who wait in the lobby of their session are among them.
    """
    sessions = state.sessions
    goes_on = any(session.open and session.begun for session in sessions)
    to_come = state.status is Status.HELD and next_case(state, queue) is not None
    if state.status is Status.OPEN or goes_on or to_come:
        return ()
    waiting = [session.bringer for session in sessions if session.open and session.bringer]
    had = {session.bringer for session in sessions}
    queued = [case.bringer for case in queue if case.bringer in state.ready - state.absent - had]
    begun = {session.bringer for session in sessions if session.begun}
    people = dict.fromkeys(
        who for who in [*(waiting if lobby else ()), *queued] if who not in begun
    )
    return (TellUnreached(people=tuple(people)),) if people else ()


def next_case(state: State, queue: Iterable[QueuedCase]) -> str | None:
    """Return the case that a meeting opens now, if any."""
    if any(session.open for session in state.sessions):
        return None
    had = {session.bringer for session in state.sessions if session.bringer}
    given_up = {session.bringer for session in state.sessions if session.given_up}
    if len(had - given_up) >= state.cases:
        return None
    turn = {bringer: n for n, bringer in enumerate(state.bringers)}
    coming = [case for case in queue if case.bringer not in had | state.absent]
    first = min(coming, key=lambda case: turn.get(case.bringer, len(turn)), default=None)
    return first.id if first is not None else None


def goes_on(rota: Rota, bringers: Iterable[str], ready: Collection[str]) -> tuple[str, ...]:
    """Return those whose turn goes on to the next in the week before a meeting.

    They are silent since another meeting, and have no case `ready`.
    """
    silent = {who for who, _ in rota.silent}
    return tuple(who for who in bringers if who in silent and who not in ready)


def opens(state: State, session: str) -> bool:
    """Check whether a session on a case is the first of its meeting to begin."""
    others = (each for each in state.sessions if each.id != session and each.bringer)
    return not any(each.begun for each in others)


def closes(state: State, session: str, queue: Iterable[QueuedCase]) -> bool:
    """Check whether the group looks back in a session on a case: no other is to come."""
    others = [each for each in state.sessions if each.id != session and each.bringer]
    if any(each.open or each.looked_back for each in others):
        return False
    ended = tuple(
        each.model_copy(update={"open": False}) if each.id == session else each
        for each in state.sessions
    )
    return next_case(_with(state, sessions=ended), queue) is None


class MeetingTime(NamedTuple):
    """When a meeting begins and when it is over, and what became of it."""

    id: str
    starts: datetime
    over: datetime
    status: Status


def meeting_at(at: datetime, meetings: Iterable[MeetingTime]) -> str | None:
    """Return the meeting that a session belongs to which begins at `at`; None outside of any."""
    found = [each for each in meetings if each.starts - EARLY <= at < _belongs_until(each)]
    return max(found, key=lambda each: each.starts).id if found else None


def _belongs_until(meeting: MeetingTime) -> datetime:
    if meeting.status in (Status.SKIPPED, Status.CANCELLED):
        return meeting.starts - EARLY
    if meeting.status is Status.HELD:
        return meeting.over
    return max(meeting.over, meeting.starts + LOBBY_GRACE)


class Step(NamedTuple):
    """What is to be done about a meeting now: the stage it comes to, and when to look again."""

    stage: Stage | None
    again: datetime | None


def moments(starts: datetime, minutes: int, rhythm: Rhythm) -> dict[Stage, datetime]:
    """Return the time of each stage of a meeting that begins at `starts`.

    All but the beginning itself fall in working hours where the group is, on no holiday of it.
    """
    zone, holidays = zone_of(rhythm.zone), holidays_of(rhythm.country)
    return {
        Stage.ASKED: polite(starts - ASK_BEFORE, zone, holidays),
        Stage.NUDGED: polite(starts - NUDGE_BEFORE, zone, holidays),
        Stage.EVE: working_day_before(starts, zone, holidays),
        Stage.OPEN: starts,
        Stage.OVER: polite(starts + timedelta(minutes=minutes) + CLOSE_AFTER, zone, holidays),
    }


def stage_at(times: dict[Stage, datetime], now: datetime) -> Stage:
    """Return the last stage whose time has come, of a meeting whose stages have these times."""
    return max((stage for stage, at in times.items() if at <= now), default=Stage.PLANNED)


def collide(one: datetime, other: datetime) -> bool:
    """Check whether of two meetings the second may begin before the first is over."""
    return abs(one - other) < LOBBY_GRACE


def step(reached: Stage, times: dict[Stage, datetime], now: datetime) -> Step:
    """Return what to do about a meeting, and when to look at it again.

    Of several stages that are past due, only the last is done. A person who is asked late is
    not asked again soon after.
    """
    due = [stage for stage, at in times.items() if at <= now and stage > reached]
    came = max(due, default=None)
    if came is Stage.ASKED and times[Stage.NUDGED] - now < APART:
        came = Stage.NUDGED
    still = [at for stage, at in times.items() if at > now and stage > (came or reached)]
    return Step(came, min(still, default=None))

"""The one way in: load, decide, save, in one transaction.

Whatever comes in, from Slack or from the clock, runs through `Runner`. When it
returns, everything that follows is committed: state, contributions, timers and
what is to be said.
"""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from threading import Event
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Row, select

from bot.blocks.elements import Payload
from bot.catalog.methods import own
from bot.errors import IntervisieError, Refusal
from bot.flows.method import Method, Step
from bot.flows.session.commands import Command, TimeUp, UseMethod
from bot.flows.session.decide import Decision, decide
from bot.flows.session.state import Session, key_of, method_of
from bot.ops.metrics import TIMERS
from bot.outbox.undeliverable import shut_out
from bot.repositories.agreements import renew
from bot.repositories.methods import methods_for
from bot.services.people import drop_in
from bot.services.sessions.effects import Carrier
from bot.store.home_subscribers import let_know
from bot.store.tables import Contribution, Group, Participant, SessionRow
from bot.store.unit import Conflict, Outgoing, Store, Unit

log = logging.getLogger(__name__)

T = TypeVar("T")


class Due(NamedTuple):
    """A timer that is due."""

    workspace: str
    subject: str
    name: str
    at: datetime

    @property
    def id(self) -> str:
        """Give what stands after the colon in its subject."""
        return self.subject.partition(":")[2]


Hand = Callable[[Unit, Due], None]
"""What handles the timers of one kind of subject."""

Hands = Callable[[Unit, Sequence[Due]], None]
"""What handles many timers of one kind of subject together."""

MANY = 500
"""Timers that are handled in one transaction, where a kind of subject has hands for it."""

ATTEMPTS = 8
"""How often a decision is made anew when somebody else was quicker."""

SOON = timedelta(seconds=10)
"""How long after a change the homes that show it follow: what comes within it, comes as one."""

MOMENT = timedelta(seconds=1)
"""How long what is due waits while somebody else is busy with what it is about."""

PUT_OFF = timedelta(minutes=10)
"""How long a timer waits that could not be handled."""


class Busy(IntervisieError):
    """Others kept being quicker; nothing was done, and Slack will ask again."""


class Runner:
    """Runs commands on sessions. `now` gives aware UTC; `committed` is told after each commit."""

    def __init__(
        self,
        store: Store,
        methods: Mapping[str, Method],
        *,
        now: Callable[[], datetime],
        committed: Callable[[], None],
    ) -> None:
        self.store = store
        self.methods = methods
        self.now = now
        self.committed = committed
        self.hands: dict[str, Hand] = {"session": self._session_due}
        self.together: dict[str, Hands] = {}

    def run(
        self, workspace: str, session: str, command: Command, *, delivery: str | None = None
    ) -> Session | None:
        """Run one command and give the session as it became; None for a delivery seen before.

        Raises `Refusal` when it cannot be done, `Busy` when it may be tried again.
        """

        def once(unit: Unit) -> Session | None:
            if delivery is not None and not unit.first_time(workspace, delivery, self.now()):
                return None
            row = unit.session(workspace, session, getattr(command, "by", None))
            if row is None:
                raise Refusal("session_gone")
            return self.step(unit, row, command).session

        return self.commit(once)

    def reply(
        self,
        workspace: str,
        channel: str,
        thread: str,
        meant: Callable[[Session], Command],
        *,
        by: str,
        delivery: str,
    ) -> bool:
        """Run what somebody's message in a thread means in the session whose board that is of.

        False where it is no session's, or for a delivery seen before. Raises as `run` does.
        """

        def once(unit: Unit) -> bool:
            row = unit.session_at(workspace, channel, thread, by)
            if row is None or not unit.first_time(workspace, delivery, self.now()):
                return False
            self.step(unit, row, meant(Session.model_validate_json(row.state)))
            return True

        return self.commit(once)

    def in_thread(self, workspace: str, channel: str, thread: str) -> Session | None:
        """Give the session whose board stands at `thread` in `channel`, if one does."""
        with self.store.unit() as unit:
            row = unit.session_at(workspace, channel, thread)
            return None if row is None else Session.model_validate_json(row.state)

    def session(self, workspace: str, session: str) -> Session:
        """Give a session as it stands. Raises `Refusal` when there is none any more."""
        with self.store.unit() as unit:
            row = unit.session(workspace, session)
            if row is None:
                raise Refusal("session_gone")
            if row.vault_id is None:
                raise Refusal("forgotten")
            return Session.model_validate_json(row.state)

    def method(self, session: Session) -> Method:
        """Give the method that a session goes through, less what it shares with others."""
        return method_of(session, self.methods)

    def said_at(self, workspace: str, session: str, ref: str) -> str | None:
        """Give the id of the contribution that stands at `ref` in a session's thread."""
        with self.store.unit() as unit:
            return unit.db.scalar(
                select(Contribution.id)
                .where(
                    Contribution.workspace == workspace,
                    Contribution.session_id == session,
                    Contribution.ref == ref,
                )
                .limit(1)
            )

    def written(
        self, workspace: str, session: Session, steps: Iterable[Step]
    ) -> list[tuple[str, str | None, str]]:
        """Give what was written in these steps, for who is in the bringer's place now.

        Ids, writers (None where a step leaves names out) and texts, in order of writing.
        """
        with self.store.unit() as unit:
            row = unit.session(workspace, session.id)
            if row is None or row.vault_id is None:
                return []
            keys = {key_of(session, step): getattr(step, "names", True) for step in steps}
            found = unit.db.scalars(
                select(Contribution)
                .where(
                    Contribution.session_id == session.id,
                    Contribution.step.in_(keys),
                    Contribution.content.is_not(None),
                )
                .order_by(Contribution.created_at, Contribution.id)
            )
            texts = ((said, unit.open(row.vault_id, said.content or b"")) for said in found)
            return [
                (said.id, said.author if keys[said.step] else None, text)
                for said, text in texts
                if text is not None
            ]

    def tell(
        self,
        workspace: str,
        user: str,
        payload: Payload,
        *,
        channel: str | None = None,
        delivery: str | None = None,
    ) -> None:
        """Tell one person something: unseen by others in `channel`, else by direct message."""

        def once(unit: Unit) -> None:
            if delivery is not None and not unit.first_time(workspace, delivery, self.now()):
                return
            unit.send(
                Outgoing(
                    workspace=workspace,
                    conversation=channel or user,
                    method="ephemeral" if channel else "post",
                    payload=payload,
                    user=user if channel else None,
                    due=self.now(),
                )
            )

        self.commit(once)

    def is_shut_out(self, workspace: str, conversations: Iterable[str]) -> bool:
        """Tell whether Slack takes nothing from us for these conversations."""
        with self.store.unit() as unit:
            return shut_out(unit, workspace, conversations)

    def commit(self, work: Callable[[Unit], T]) -> T:
        """Do `work` in a transaction and commit it; again when somebody else was quicker."""
        for _ in range(ATTEMPTS):
            try:
                with self.store.unit() as unit:
                    result = work(unit)
                    let_know(unit, self.now() + SOON)
                    unit.commit()
            except Conflict:
                continue
            self.committed()
            return result
        raise Busy

    def step(self, unit: Unit, row: SessionRow, command: Command) -> Decision:
        """Decide on a session that is loaded, and lay down all that follows."""
        now = self.now()
        before = Session.model_validate_json(row.state)
        if row.vault_id is None:
            raise Refusal("forgotten")
        chosen = before
        if isinstance(command, UseMethod):
            wanted = methods_for(unit, row.group_id, self.methods).get(command.method)
            if wanted is None or not wanted.kinds:
                raise Refusal("no_method")
            command = command.model_copy(update={"own": own(wanted)})
            chosen = before.model_copy(update={"method": wanted.id, "own": command.own})
        method = self.method(chosen)
        decision = decide(before, command, method=method, now=now)
        after = decision.session
        if after != before:
            row.state = after.model_dump_json()
            row.status, row.method = after.phase, after.method
            self._participants(unit, row, before, after)
        Carrier(unit, row, after, method, now, self.methods).carry(decision.effects)
        return decision

    def _participants(self, unit: Unit, row: SessionRow, before: Session, after: Session) -> None:
        now = self.now()
        group = unit.db.get(Group, row.group_id)
        assert group is not None
        for user in set(after.participants) - set(before.participants):
            drop_in(unit, group, user, now)
            renew(unit, group, user, now)
            unit.db.merge(
                Participant(
                    session_id=row.id,
                    user=user,
                    workspace=row.workspace,
                    joined_at=now,
                    left_at=None,
                )
            )
        for user in set(before.participants) - set(after.participants):
            left = unit.db.get(Participant, (row.id, user))
            if left is not None:
                left.left_at = now

    def tick(self, stopping: Event | None = None) -> None:
        """Handle every timer that is due, until stopped: alone in a transaction, or together.

        One that cannot be handled is logged and put off, so that it holds up no other.
        """
        most = MANY
        while stopping is None or not stopping.is_set():
            taken: list[Row[Any]] = []
            try:
                if not self.commit(partial(self._some_due, taken, most)):
                    return
                TIMERS.labels("done").inc(len(taken))
            except Exception as error:
                if not taken:
                    raise
                if len(taken) > 1:
                    most = 1  # one of them it was: which, is found when each is alone
                    continue
                TIMERS.labels("put_off").inc()
                self._put_off(taken[0], error)

    def _some_due(self, taken: list[Row[Any]], most: int, unit: Unit) -> bool:
        """Handle what is due, saying in `taken` what that was; tell whether there was anything."""
        taken[:] = unit.take_due(self.now(), 1)
        if not taken:
            return False
        kind = taken[0].subject.partition(":")[0]
        if kind in self.together and most > 1:
            taken += unit.take_due(self.now(), most - 1, f"{kind}:")
        dues = [Due(t.workspace, t.subject, t.name, t.due_at) for t in taken]
        if kind in self.together:
            self.together[kind](unit, dues)
        else:
            self.hands[kind](unit, *dues)
        return True

    def _session_due(self, unit: Unit, due: Due) -> None:
        row = unit.session_free(due.workspace, due.id)
        if row is None and unit.session(due.workspace, due.id) is not None:
            self.again_soon(unit, due)
        elif row is None:
            log.warning("timer without subject", extra={"timer": due.name})
        elif due.name == "forget":
            forget_session(unit, row)
        elif row.vault_id is not None:
            self.step(unit, row, TimeUp.model_validate({"timer": due.name, "due": due.at}))

    def again_soon(self, unit: Unit, due: Due) -> None:
        """Let a timer be due again in a moment, while somebody else has what it is about.

        They may wait for this timer, to set it anew: so we do not wait for them.
        """
        unit.set_timer(due.workspace, due.subject, due.name, self.now() + MOMENT)

    def _put_off(self, timer: Row[Any], error: Exception) -> None:
        log.error("timer failed", extra={"timer": timer.name, "fault": type(error).__name__})
        with self.store.unit() as unit:
            unit.set_timer(timer.workspace, timer.subject, timer.name, self.now() + PUT_OFF)
            unit.commit()


def forget_session(unit: Unit, row: SessionRow) -> None:
    """Forget everything that was written in and about a session; its structure stays."""
    if row.vault_id is not None:
        unit.drop_vault(row.vault_id)
    row.vault_id = None

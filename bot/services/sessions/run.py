"""Run commands on sessions: load the session, decide, save it and handle the effects.

All of that is one transaction. When `Sessions.run` returns, everything that follows from the
command is committed: the state, the contributions, the timers and the messages to send.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from bot.catalog.methods import own
from bot.catalog.process_check import process_check_steps
from bot.errors import Refusal
from bot.flows.method import Method, Step
from bot.flows.session import effects as e
from bot.flows.session.commands import (
    Amend,
    AskProcessCheck,
    Begin,
    Command,
    Next,
    Reply,
    TimeUp,
    UseMethod,
    Withdraw,
)
from bot.flows.session.decide import Decision, decide
from bot.flows.session.state import Session, method_of
from bot.flows.text import is_visible
from bot.flows.types import Phase
from bot.repositories.agreements import renew_for_new_member
from bot.repositories.hunches import drop_hunch
from bot.repositories.ladder import with_learners
from bot.repositories.meetings import meeting_of_session, with_shared_steps
from bot.repositories.members import join_unless_founded, require_part
from bot.repositories.methods import methods_of
from bot.repositories.receipts import open_receipt
from bot.repositories.rooms import require_room
from bot.repositories.sessions import (
    KeptReflection,
    board_key,
    contribution_at,
    forget_session,
    picked_of,
    record_parts,
    reflection_of,
    texts_of_steps,
    with_turn_posts,
    write_state,
)
from bot.services.sessions.effects import EffectHandler
from bot.store.subjects import FORGET, Subject
from bot.store.tables import Case, Group, Participant, Post, SessionRow
from bot.store.transactions import Transactions, transactional
from bot.store.unit import Unit
from bot.timers import DueTimer, retry_soon

log = logging.getLogger(__name__)

RECEIPT_DELAY = timedelta(minutes=10)
"""Time in which most posts of a session that was forgotten are deleted from Slack."""


class Sessions:
    """Runs commands on sessions, and reads what a session holds.

    `methods` are the shipped methods and those of the installation, by id.
    """

    def __init__(self, transactions: Transactions, methods: Mapping[str, Method]) -> None:
        self.transactions = transactions
        self.methods = methods

    @transactional
    def run(
        self,
        unit: Unit,
        workspace: str,
        session: str,
        command: Command,
        *,
        delivery: str | None = None,
        at: datetime | None = None,
    ) -> Session | None:
        """Run one command and return the new session; None for a delivery received before.

        `at` is when Slack says that the command was given, if it says so.
        Raises `Refusal` when the session is gone, or its rules do not allow the command.
        """
        if delivery is not None and not unit.first_time(
            workspace, delivery, self.transactions.now()
        ):
            return None
        row = self._session(unit, workspace, session, getattr(command, "by", None))
        return self.apply(unit, row, command, at=at).session

    @transactional
    def press(
        self,
        unit: Unit,
        workspace: str,
        user: str,
        session: str,
        command: Command,
        *,
        channel: str | None,
        at: datetime | None,
    ) -> None:
        """Run the command of a button that a person pressed in `channel`, as `run` does.

        Raises `Refusal` also for a person who may not take part in the session.
        """
        row = self._session(unit, workspace, session, user)
        group = unit.db.get(Group, row.group_id)
        assert group is not None
        require_part(unit, group, user, channel)
        self.apply(unit, row, command, at=at)

    def _session(self, unit: Unit, workspace: str, session: str, by: str | None) -> SessionRow:
        row = unit.session(workspace, session, by)
        if row is None:
            raise Refusal("session_gone")
        return row

    @transactional
    def reply(
        self,
        unit: Unit,
        workspace: str,
        channel: str,
        thread: str,
        command: Reply | Amend | Withdraw,
    ) -> bool:
        """Run the command of a message in a thread, in the session whose board began the thread.

        Returns False, and does nothing, where the thread is no session's or the session is
        forgotten, for a reply that was taken before, and where a message that is withdrawn
        never counted; should that message come after all, it counts no more.
        """
        row = unit.session_at(workspace, channel, thread, command.by)
        if row is None or row.vault_id is None:
            return False
        # Known by the message, whatever its delivery: an edit may come before the message itself.
        message = f"{row.id}:{command.ref}"
        match command:
            case Reply(text=text):
                # A message without words is known apart: words that are added to it may count.
                message = message if is_visible(text) else f"{message}:wordless"
                if not unit.first_time(workspace, message, self.transactions.now()):
                    return False
            case Withdraw(ref=ref):
                found = contribution_at(unit, workspace, row.id, ref)
                if found is None:
                    unit.first_time(workspace, message, self.transactions.now())
                    return False
                command = command.model_copy(update={"contribution": found[0], "step": found[1]})
            case Amend():
                pass
        self.apply(unit, row, command, at=datetime.fromtimestamp(float(command.ref), UTC))
        return True

    @transactional
    def restore_board(self, unit: Unit, workspace: str, channel: str, ts: str) -> None:
        """Show the board anew whose message was deleted, until its session ends.

        The relay posts it again once Slack says that there is nothing to update.
        """
        row = unit.session_at(workspace, channel, ts)
        if row is None or row.vault_id is None or row.status is Phase.CLOSED:
            return
        board = unit.db.get(Post, (workspace, board_key(row.id)))
        if board is None or (board.channel, board.ts) != (channel, ts):
            return  # posted again already
        if not unit.first_time(workspace, f"lost:{channel}:{ts}", self.transactions.now()):
            return
        state = Session.model_validate_json(row.state)
        now, method = self.transactions.now(), self.method(state)
        effects = EffectHandler(unit, row, state, method, now, self.methods)
        effects.handle((e.Board(),))
        effects.handle((e.Say(key="board_anew"),))

    def update_boards(self, unit: Unit, cases: Sequence[str]) -> None:
        """Update the boards of the sessions of these cases, within the caller's transaction."""
        query = select(SessionRow).where(SessionRow.case_id.in_(cases))
        for row in unit.db.scalars(query.where(SessionRow.vault_id.is_not(None))):
            state, now = Session.model_validate_json(row.state), self.transactions.now()
            EffectHandler(unit, row, state, self.method(state), now, self.methods).update_board()

    def session(self, workspace: str, session: str) -> Session:
        """Return a session by its id. Raises `Refusal` when it is gone or forgotten."""
        with self.transactions.read() as unit:
            row = unit.session(workspace, session)
            if row is None:
                raise Refusal("session_gone")
            if row.vault_id is None:
                raise Refusal("forgotten")
            return Session.model_validate_json(row.state)

    def method(self, session: Session) -> Method:
        """Return the method of a session."""
        return method_of(session, self.methods)

    def texts_of_steps(
        self, workspace: str, session: Session, steps: Iterable[Step]
    ) -> list[tuple[str, str | None, str]]:
        """List what was written in these steps, in order of writing, for the presenter.

        Each is an id, its writer (None where a step leaves out names) and its text. Empty
        once the session is gone or forgotten.
        """
        with self.transactions.read() as unit:
            row = unit.session(workspace, session.id)
            return [] if row is None else texts_of_steps(unit, row, session, steps)

    def picked(self, workspace: str, session: str) -> frozenset[str]:
        """Return the ids of the contributions that a session's bringer picked."""
        with self.transactions.read() as unit:
            row = unit.session(workspace, session)
            return frozenset() if row is None else picked_of(unit, row.id)

    def reflection(self, workspace: str, session: str, user: str) -> KeptReflection | None:
        """Return a person's reflection on a session, if there is one."""
        with self.transactions.read() as unit:
            row = unit.session(workspace, session)
            return None if row is None else reflection_of(unit, row, user)

    def apply(
        self, unit: Unit, row: SessionRow, command: Command, *, at: datetime | None = None
    ) -> Decision:
        """Run a command on a session that the caller loaded, in the caller's transaction.

        Raises `Refusal` when the session is forgotten, its rules do not allow the command, or
        the case may not be told in the group's channel.
        """
        if row.vault_id is None:
            raise Refusal("forgotten")
        now = self.transactions.now()
        stored = before = Session.model_validate_json(row.state)
        if self.method(before).kinds:
            before = with_shared_steps(unit, before, row.meeting_id)
        if at is not None:
            before = with_turn_posts(unit, row, before)
        if before.phase is Phase.LOBBY and isinstance(command, Begin | Next):
            before = with_learners(unit, before)
        chosen = before
        if isinstance(command, UseMethod):
            wanted = self._method_of_group(unit, row, command.method)
            command = command.model_copy(update={"own": own(wanted)})
            chosen = before.model_copy(update={"method": wanted.id, "own": command.own})
        if isinstance(command, AskProcessCheck):
            command = command.model_copy(update={"steps": process_check_steps()})
        method = self.method(chosen)
        decision = decide(before, command, method=method, now=now, at=at)
        after = decision.session
        if after.phase is Phase.RUNNING and before.phase is not Phase.RUNNING:
            group, case = unit.db.get(Group, row.group_id), unit.db.get(Case, row.case_id)
            assert group is not None
            assert case is not None
            require_room(group, case, method)
        if after != stored:
            write_state(row, after)
            self._record_participants(unit, row, stored, after)
        if (after.phase, after.parts) != (stored.phase, stored.parts):
            record_parts(unit, row, after, method)
            self._tell_meeting(unit, row, begins=stored.position is None)
        EffectHandler(unit, row, after, method, now, self.methods).handle(decision.effects)
        return decision

    def on_due(self, unit: Unit, timer: DueTimer) -> None:
        """Forget a session's content, or tell the session that its time is up, as the timer says.

        Sets the timer anew when another transaction holds the session.
        """
        row = unit.lock_session_if_free(timer.workspace, timer.id)
        if row is None and unit.session(timer.workspace, timer.id) is not None:
            retry_soon(unit, timer, self.transactions.now())
        elif row is None:
            log.warning("timer without subject", extra={"timer": timer.name})
        elif timer.name == FORGET:
            self._forget(unit, row)
        elif row.vault_id is not None:
            self.apply(unit, row, TimeUp.model_validate({"timer": timer.name, "due": timer.at}))

    def _forget(self, unit: Unit, row: SessionRow) -> None:
        """Forget a session's content; its board says so, and its group gets a receipt later."""
        if row.vault_id is None:
            return
        now, state = self.transactions.now(), Session.model_validate_json(row.state)
        open_receipt(unit, row, now.astimezone(ZoneInfo(state.pace.zone)).date())
        forget_session(unit, row)
        EffectHandler(unit, row, state, self.method(state), now, self.methods).update_board()
        unit.set_timer(row.workspace, Subject.RECEIPT.key(row.id), "issue", now + RECEIPT_DELAY)

    def _method_of_group(self, unit: Unit, row: SessionRow, id_: str) -> Method:
        """Return a method for cases that the session's group can use, in the session's language."""
        method = methods_of(unit, row.group_id, self.methods).get(id_)
        if method is None or not method.kinds:
            raise Refusal("no_method")
        if row.language not in method.languages:
            raise Refusal("method_language")
        return method

    def _tell_meeting(self, unit: Unit, row: SessionRow, *, begins: bool) -> None:
        """Update the meeting of a session; one that `begins` finds its own."""
        changed = {row.meeting_id}
        if begins and row.begun:
            row.meeting_id = meeting_of_session(unit, row, self.transactions.now())
            changed.add(row.meeting_id)
        for meeting in sorted(filter(None, changed)):
            subject = Subject.MEETING.key(meeting)
            unit.set_timer(row.workspace, subject, "changed", self.transactions.now())

    def _record_participants(
        self, unit: Unit, row: SessionRow, before: Session, after: Session
    ) -> None:
        """Write who joined and who left the session between two states."""
        now = self.transactions.now()
        group = unit.db.get(Group, row.group_id)
        assert group is not None
        for user in set(after.participants) - set(before.participants):
            join_unless_founded(unit, group, user, now)
            renew_for_new_member(unit, group, user, now)
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
            drop_hunch(unit, row.id, user)
            participant = unit.db.get(Participant, (row.id, user))
            if participant is not None:
                participant.left_at = now

"""Follow-up (*borging*): some weeks after a session the question how the next step went.

The bringer hears it once, by direct message, with their own words. The answer is theirs, in
a vault of its own that is forgotten after the group's usual time; if they wish, it opens the
group's next meeting.
"""

from typing import Any

from bot.blocks import follow_ups as show
from bot.errors import Refusal
from bot.flows.rhythm import polite
from bot.flows.session.state import Session
from bot.outbox.messages import direct
from bot.repositories.follow_ups import answer_of, forget_answer, next_steps
from bot.repositories.members import is_member, zone_of_member
from bot.repositories.people import words_for
from bot.store.subjects import Subject
from bot.store.tables import FollowUp, Group, Person, SessionRow
from bot.store.transactions import Transactions, transactional
from bot.store.unit import Unit
from bot.timers import DueTimer


class FollowUps:
    """Asks how a next step went, and keeps the answer."""

    def __init__(self, transactions: Transactions) -> None:
        self.transactions = transactions

    @transactional
    def form(self, unit: Unit, workspace: str, user: str, session: str) -> dict[str, Any]:
        """Give the form to answer in. Raises `Refusal`."""
        row, group = self._asked(unit, workspace, user, session)
        words = words_for(unit, workspace, user, group)
        kept = unit.db.get(FollowUp, row.id)
        return show.form(row.id, next_steps(unit, row), answer_of(unit, kept), words)

    @transactional
    def save_answer(
        self, unit: Unit, workspace: str, user: str, session: str, text: str, *, share: bool
    ) -> None:
        """Keep what became of a next step; a newer answer takes its place. Raises `Refusal`."""
        if not text:
            raise Refusal("empty")
        row, group = self._asked(unit, workspace, user, session)
        now, kept = self.transactions.now(), unit.db.get(FollowUp, row.id)
        if kept is None:
            kept = FollowUp(
                session_id=row.id,
                workspace=workspace,
                group_id=group.id,
                user=user,
                vault_id=unit.new_vault(workspace),
                told=False,
            )
            unit.db.add(kept)
        kept.content, kept.shared = unit.seal(kept.vault_id, text), share
        keep = Session.model_validate_json(row.state).pace.keep
        unit.set_timer(workspace, Subject.FOLLOW_UP.key(row.id), "forget", now + keep)
        words = words_for(unit, workspace, user, group)
        direct(unit, workspace, user, show.kept(words, shared=share), now)

    def _asked(
        self, unit: Unit, workspace: str, user: str, session: str
    ) -> tuple[SessionRow, Group]:
        """Give the session whose bringer somebody is. Raises `Refusal`."""
        row = unit.session(workspace, session)
        if row is None or Session.model_validate_json(row.state).bringer != user:
            raise Refusal("session_gone")
        group = unit.db.get(Group, row.group_id)
        if group is None or not is_member(unit, group.id, user):
            raise Refusal("not_in_group")
        return row, group

    def on_due(self, unit: Unit, due: DueTimer) -> None:
        """Ask a bringer how it went, or forget their answer, as a timer says."""
        row = unit.session(due.workspace, due.id)
        if due.name == "forget":
            kept = unit.db.get(FollowUp, due.id)
            if kept is not None and kept.workspace == due.workspace:
                forget_answer(unit, kept)
        elif row is not None:
            self._ask(unit, row)

    def _ask(self, unit: Unit, row: SessionRow) -> None:
        bringer, now = Session.model_validate_json(row.state).bringer, self.transactions.now()
        group = unit.db.get(Group, row.group_id)
        steps = next_steps(unit, row)
        if group is None or not steps or not is_member(unit, group.id, bringer):
            return
        there = unit.db.get(Person, (row.workspace, bringer))
        if there is not None and there.reminders == "none":
            return
        due = polite(now, zone_of_member(unit, group, bringer))
        if due > now:
            unit.set_timer(row.workspace, Subject.FOLLOW_UP.key(row.id), "ask", due)
            return
        words = words_for(unit, row.workspace, bringer, group)
        direct(unit, row.workspace, bringer, show.asked(row.id, steps, words), now)

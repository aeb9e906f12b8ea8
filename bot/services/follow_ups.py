"""Follow-up (*borging*): ask a bringer, weeks after a session, how their next step went.

The bringer is asked once, by direct message, with the next steps that they wrote. The answer has
a vault of its own, which is dropped when the group's retention time is over. If the bringer
shares the answer, the group's next meeting opens with it.
"""

from typing import Any

from bot.blocks import follow_ups as show
from bot.errors import Refusal
from bot.flows.meeting import Status
from bot.flows.rhythm import polite
from bot.flows.session.state import Session
from bot.outbox.messages import send_direct
from bot.repositories.follow_ups import answer_of, forget_answer, next_steps, work_questions
from bot.repositories.groups import holidays_of_group
from bot.repositories.meetings import upcoming
from bot.repositories.members import group_of_member, is_member, zone_of_member
from bot.repositories.people import wants_reminders, words_for
from bot.store.prompts import Prompt
from bot.store.subjects import FORGET, Subject
from bot.store.tables import FollowUp, Group, SessionRow
from bot.store.transactions import Transactions, transactional
from bot.store.unit import Unit
from bot.timers import DueTimer


class FollowUps:
    """Asks bringers how their next steps went, and stores the answers."""

    def __init__(self, transactions: Transactions) -> None:
        self.transactions = transactions

    @transactional
    def form(self, unit: Unit, workspace: str, user: str, session: str) -> dict[str, Any]:
        """Build the form for a bringer's answer. Raises `Refusal` for anyone else."""
        row, group = self._session_of_bringer(unit, workspace, user, session)
        words = words_for(unit, workspace, user, group)
        kept = unit.db.get(FollowUp, row.id)
        shared, before = kept is not None and kept.shared, answer_of(unit, kept)
        steps, questions = next_steps(unit, row), work_questions(unit, row)
        return show.form(row.id, steps, questions, before, words, shared=shared)

    @transactional
    def save_answer(
        self,
        unit: Unit,
        workspace: str,
        user: str,
        session: str,
        text: str,
        *,
        question: str,
        share: bool,
    ) -> None:
        """Store how a next step went, in place of an earlier answer, and confirm it.

        `question` is the work question as it is now; it may be empty.

        Raises `Refusal` for an empty text, and for anyone but the bringer.
        """
        if not text:
            raise Refusal("empty")
        row, group = self._session_of_bringer(unit, workspace, user, session)
        now, answer = self.transactions.now(), unit.db.get(FollowUp, row.id)
        before, heard = answer_of(unit, answer), answer is not None and answer.told
        if answer is None:
            answer = FollowUp(
                session_id=row.id,
                workspace=workspace,
                group_id=group.id,
                user=user,
                vault_id=unit.new_vault(workspace),
            )
            unit.db.add(answer)
        answer.content, answer.shared = unit.seal(answer.vault_id, text), share
        answer.question = unit.seal(answer.vault_id, question) if question else None
        answer.told = heard and text == before
        forgotten = now + Session.model_validate_json(row.state).pace.keep
        unit.set_timer(workspace, Subject.FOLLOW_UP.key(row.id), FORGET, forgotten)
        words = words_for(unit, workspace, user, group)
        if not share:
            kept = show.Kept.HEARD_BEFORE if heard else show.Kept.PRIVATE
        elif answer.told:
            kept = show.Kept.HEARD
        else:
            planned = (each for each in upcoming(unit, group) if each.status == Status.PLANNED)
            first = next(planned, None)
            in_time = first is not None and first.starts_at < forgotten
            kept = show.Kept.SHARED if in_time else show.Kept.WAITS
        told = show.kept(kept, work_questions(unit, row), words)
        # What was brought is shown with it: the message goes when that is forgotten.
        vault, asked = row.vault_id or answer.vault_id, Prompt.FOLLOW_UP.of(row.id)
        send_direct(unit, workspace, user, told, now, vault=vault, prompt=asked)

    def _session_of_bringer(
        self, unit: Unit, workspace: str, user: str, session: str
    ) -> tuple[SessionRow, Group]:
        """Return a session that `user` brought, and its group. Raises `Refusal` otherwise."""
        row = unit.session(workspace, session)
        if row is None or Session.model_validate_json(row.state).bringer != user:
            raise Refusal("session_gone")
        return row, group_of_member(unit, workspace, user, row.group_id)

    def on_due(self, unit: Unit, due: DueTimer) -> None:
        """Ask a bringer how the next step went, or forget the answer, as the timer says."""
        row = unit.session(due.workspace, due.id)
        if due.name == FORGET:
            answer = unit.db.get(FollowUp, due.id)
            if answer is not None and answer.workspace == due.workspace:
                forget_answer(unit, answer)
        elif row is not None:
            self._ask(unit, row)

    def _ask(self, unit: Unit, row: SessionRow) -> None:
        """Send a bringer the question, unless their text is forgotten or they want no reminders."""
        bringer, now = Session.model_validate_json(row.state).bringer, self.transactions.now()
        group = unit.db.get(Group, row.group_id)
        steps = next_steps(unit, row)
        if group is None or not steps or not is_member(unit, group.id, bringer):
            return
        if not wants_reminders(unit, row.workspace, bringer):
            return
        due = polite(now, zone_of_member(unit, group, bringer), holidays_of_group(group))
        if due > now:
            unit.set_timer(row.workspace, Subject.FOLLOW_UP.key(row.id), "ask", due)
            return
        words = words_for(unit, row.workspace, bringer, group)
        payload = show.asked(row.id, steps, work_questions(unit, row), words)
        vault, asked = row.vault_id, Prompt.FOLLOW_UP.of(row.id)
        send_direct(unit, row.workspace, bringer, payload, now, vault=vault, prompt=asked)

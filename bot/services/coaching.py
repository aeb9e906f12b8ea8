"""The question coach: hints about questions before they are sent, and a switch per person.

The coach listens in the steps whose method says so, and never where advice is asked for. It
speaks to the writer alone: in the form before a text is sent, and once a round after a reply. It
speaks less as the group wants less guidance. Texts of people who switched it off are neither
commented on nor counted. Counts hold labels without text, and only the writer sees them.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import partial

from bot.flows.method import Method, RoundStep, Step
from bot.flows.session.state import Session, floor, method_of, step_of
from bot.i18n import Language
from bot.repositories.coaching import CoachReply, is_coached, listens_to, reply_to, verdict_on
from bot.store.tables import Group, Person
from bot.store.transactions import Transactions, transactional
from bot.store.unit import Unit


class Coaching:
    """What people can ask of the coach."""

    def __init__(self, transactions: Transactions, methods: Mapping[str, Method]) -> None:
        self.transactions = transactions
        self.methods = methods

    def hint_before_sending(
        self, workspace: str, user: str, session: str, texts: Sequence[str], language: Language
    ) -> tuple[Step, CoachReply] | None:
        """Return the coach's reply to the first of a form's texts that it has one for.

        With it comes the step that the form is for. None when the coach has nothing to say, is
        switched off, or it is not the turn of `user`.
        """
        with self.transactions.read() as unit:
            row = unit.session(workspace, session)
            group = unit.db.get(Group, row.group_id) if row is not None else None
            if row is None or group is None or row.vault_id is None:
                return None
            state = Session.model_validate_json(row.state)
            step = step_of(state, method_of(state, self.methods))
            if step is None or not is_coached(unit, workspace, user):
                return None
            if user == state.presenter or (isinstance(step, RoundStep) and floor(state) != user):
                return None
            for text in filter(partial(listens_to, step), texts):
                reply = reply_to(group, text, verdict_on(text, group), language, form=True)
                if reply is not None:
                    return step, reply
            return None

    def is_on(self, workspace: str, user: str) -> bool:
        """Check whether the coach is switched on for a person."""
        with self.transactions.read() as unit:
            return is_coached(unit, workspace, user)

    @transactional
    def switch(self, unit: Unit, workspace: str, user: str, *, on: bool) -> None:
        """Switch the coach on or off for a person."""
        person = unit.db.get(Person, (workspace, user), with_for_update=True)
        if person is None:  # not looked up in Slack yet; the old date makes that happen later
            person = Person(
                workspace=workspace, user=user, seen_at=datetime.min.replace(tzinfo=UTC)
            )
            unit.db.add(person)
        person.coached = on

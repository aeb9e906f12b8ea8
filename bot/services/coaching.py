"""The question coach at work: what it says, to whom, and what it counts.

It listens in the steps whose method says so, and never where advice is asked for. It
speaks to the writer alone: in the form before something is sent, and after a plain reply
once a round. It fades with the group's guidance, and who switched it off hears nothing
and is not counted. What it counts are labels without text, for the writer's own eyes.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from bot.flows.method import Method, Round, Step
from bot.flows.session.state import Session, floor, method_of, step_of
from bot.i18n import Language
from bot.repositories.coaching import CoachReply, is_coached, listens_to, reply_to, verdict_on
from bot.store.tables import Group, Person
from bot.store.unit import Store


class Coaching:
    """What handlers ask of the coach."""

    def __init__(self, store: Store, methods: Mapping[str, Method]) -> None:
        self.store = store
        self.methods = methods

    def hint_before_sending(
        self, workspace: str, user: str, session: str, texts: Sequence[str], language: Language
    ) -> tuple[Step, CoachReply] | None:
        """Give the step that the texts in a form are for, and what the coach says of them.

        That is what it says of the first that it has something to say about; None for none.
        """
        with self.store.unit() as unit:
            row = unit.session(workspace, session)
            group = unit.db.get(Group, row.group_id) if row is not None else None
            if row is None or group is None or row.vault_id is None:
                return None
            now = Session.model_validate_json(row.state)
            step = step_of(now, method_of(now, self.methods))
            if step is None or not listens_to(step) or not is_coached(unit, workspace, user):
                return None
            if user == now.presenter or (isinstance(step, Round) and floor(now) != user):
                return None
            verdicts = (verdict_on(text, group) for text in texts)
            said = (reply_to(group, verdict, language, form=True) for verdict in verdicts)
            first = next(filter(None, said), None)
            return None if first is None else (step, first)

    def is_on(self, workspace: str, user: str) -> bool:
        """Tell whether the coach speaks to somebody."""
        with self.store.unit() as unit:
            return is_coached(unit, workspace, user)

    def switch(self, workspace: str, user: str, *, on: bool) -> None:
        """Let the coach speak to somebody, or be silent."""
        with self.store.unit() as unit:
            person = unit.db.get(Person, (workspace, user), with_for_update=True)
            if person is None:  # Slack did not say who this is: it is asked again next time
                person = Person(
                    workspace=workspace, user=user, seen_at=datetime.min.replace(tzinfo=UTC)
                )
                unit.db.add(person)
            person.coached = on
            unit.commit()

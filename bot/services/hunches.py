"""Hunches: park what you think before a round of questions, and get it back at the end.

What somebody parks is encrypted with the key of the case, and shown to nobody but its writer: in
the form, and at the end in a direct message. What became of it is counted for its writer alone.
"""

from collections.abc import Mapping

from bot.blocks import hunches as show
from bot.blocks.elements import View
from bot.errors import Refusal
from bot.flows.method import Method
from bot.flows.session.state import Session, method_of, parks_hunches
from bot.flows.text import is_visible
from bot.flows.types import HunchOutcome, Phase
from bot.i18n import Words
from bot.repositories import hunches
from bot.store.tables import Hunch, SessionRow
from bot.store.transactions import Transactions, transactional
from bot.store.unit import Unit


class Hunches:
    """What people can do with their hunches. `methods` are the shipped methods, by id."""

    def __init__(self, transactions: Transactions, methods: Mapping[str, Method]) -> None:
        self.transactions = transactions
        self.methods = methods

    def form(self, workspace: str, user: str, session: str, words: Words) -> View:
        """Build the form to park a hunch, with what was parked before."""
        with self.transactions.read() as unit:
            row = self._session(unit, workspace, user, session)
            return show.form(row.id, hunches.hunch_of(unit, row, user), words)

    @transactional
    def park(
        self, unit: Unit, workspace: str, user: str, session: str, texts: Mapping[str, str]
    ) -> None:
        """Keep what a person thinks, in place of what they parked before.

        An empty form takes back what was parked. Raises `Refusal` when there is nothing to take
        back, and where no hunch can be parked.
        """
        row = self._session(unit, workspace, user, session)
        if any(map(is_visible, texts.values())):
            hunches.park_hunch(unit, row, user, texts, self.transactions.now())
        elif hunches.hunch_of(unit, row, user):
            hunches.drop_hunch(unit, row.id, user)
        else:
            raise Refusal("empty")

    @transactional
    def judge(
        self, unit: Unit, workspace: str, user: str, session: str, outcome: HunchOutcome
    ) -> None:
        """Note what became of a person's hunch, in place of what they said before."""
        kept = unit.db.get(Hunch, (session, user), with_for_update=True)
        if kept is None or kept.workspace != workspace or not kept.returned:
            raise Refusal("hunch_gone")
        kept.outcome = outcome

    def _session(self, unit: Unit, workspace: str, user: str, session: str) -> SessionRow:
        """Return a session in which a person can park a hunch now. Raises `Refusal`."""
        row = unit.session(workspace, session, user)
        if row is None:
            raise Refusal("session_gone")
        if row.vault_id is None:
            raise Refusal("forgotten")
        state = Session.model_validate_json(row.state)
        if user not in state.participants:
            raise Refusal("not_in")
        if state.phase is Phase.CLOSED:
            raise Refusal("ended")
        if user == state.bringer:
            raise Refusal("hunch_bringer")
        if not parks_hunches(state, method_of(state, self.methods)):
            raise Refusal("hunch_past")
        return row

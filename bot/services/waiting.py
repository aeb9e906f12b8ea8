"""Cases that wait, as a draft or in the queue, are forgotten when nobody touches them.

A case has one timer, for the next thing to do: warn its bringer a week before, or forget it.
When it is due, what holds then decides: a case that was changed meanwhile waits on.
"""

from datetime import timedelta

from bot.blocks import intake as show
from bot.errors import Refusal
from bot.flows.intake import Field
from bot.flows.rhythm import polite
from bot.flows.types import CaseStatus
from bot.outbox.messages import send_direct
from bot.repositories.cases import (
    WAITING,
    WARN_BEFORE,
    case_content,
    drop_case,
    lock_case,
    schedule_forgetting,
)
from bot.repositories.groups import holidays_of_group
from bot.repositories.members import zone_of_member
from bot.repositories.people import words_for
from bot.store.subjects import FORGET, Subject
from bot.store.tables import Case, Group, Person
from bot.store.transactions import Transactions, transactional
from bot.store.unit import Unit
from bot.timers import DueTimer, retry_soon


class WaitingCases:
    """Warns the bringers of cases that wait for long, and forgets these."""

    def __init__(self, transactions: Transactions) -> None:
        self.transactions = transactions

    @transactional
    def keep(self, unit: Unit, workspace: str, user: str, id_: str) -> None:
        """Keep a case that waits for as long again. Raises `Refusal` for a person who may not."""
        case = lock_case(unit, workspace, id_)
        if case.bringer != user:
            raise Refusal("not_yours")
        group = unit.db.get(Group, case.group_id)
        if case.status not in WAITING or group is None:
            raise Refusal("case_gone")
        unit.cancel_timer(workspace, Subject.CASE.key(case.id), FORGET)
        schedule_forgetting(unit, case, group, self.transactions.now())
        words = words_for(unit, workspace, user, group)
        kept = show.kept_waiting(group.case_days, words)
        send_direct(unit, workspace, user, kept, self.transactions.now())

    def on_due(self, unit: Unit, due: DueTimer) -> None:
        """Warn a bringer, or forget a case, unless it was used since the timer was set.

        Sets the timer anew when another transaction holds the case.
        """
        now = self.transactions.now()
        case = unit.db.get(Case, due.id, with_for_update={"skip_locked": True})
        if case is None and unit.db.get(Case, due.id) is not None:
            retry_soon(unit, due, now)
        group = unit.db.get(Group, case.group_id) if case is not None else None
        if case is None or group is None or case.status not in (*WAITING, CaseStatus.LIVE):
            return
        touched = now if case.status == CaseStatus.LIVE else case.changed_at
        until = touched + timedelta(days=group.case_days)
        if due.name == "warn" and until - WARN_BEFORE <= now:
            self._warn(unit, case, group)
        elif due.name == FORGET and until <= now:
            drop_case(unit, case)
            unit.erase(Case)
        else:
            schedule_forgetting(unit, case, group, touched)

    def _warn(self, unit: Unit, case: Case, group: Group) -> None:
        """Send a bringer word a week before their case is forgotten, in working hours."""
        now = self.transactions.now()
        zone = zone_of_member(unit, group, case.bringer)
        polite_at = polite(now, zone, holidays_of_group(group))
        if polite_at > now:
            unit.set_timer(case.workspace, Subject.CASE.key(case.id), "warn", polite_at)
            return
        unit.set_timer(case.workspace, Subject.CASE.key(case.id), FORGET, now + WARN_BEFORE)
        person = unit.db.get(Person, (case.workspace, case.bringer))
        if person is not None and person.gone:
            return
        title = (case_content(unit, case) or {}).get(Field.TITLE, "")
        words = words_for(unit, case.workspace, case.bringer, group)
        warning = show.forgotten_soon(case.id, title, now + WARN_BEFORE, words)
        send_direct(unit, case.workspace, case.bringer, warning, now, vault=case.vault_id)

"""Guide a group less or more, as it chooses, and propose evaluations.

After the second, sixth and twelfth session the bot asks how much guidance the group wants. It
proposes an evaluation after every sixth session since the last one, and after a year. Each number
is asked about once, when it is reached or passed: several sessions may end before we look. The
answers
are rows of `Rating`, without names; the group sees averages once three members have answered.
"""

from collections.abc import Mapping
from datetime import timedelta

from bot.blocks import guidance as show
from bot.errors import Refusal
from bot.flows.method import Method, ReflectStep
from bot.flows.rhythm import polite
from bot.flows.session.state import Session, method_of
from bot.flows.types import Guidance
from bot.outbox.messages import post_to_group
from bot.repositories.groups import holidays_of_group, words_of_group, zone_of_group
from bot.repositories.guidance import LEAST_ANSWERS, count_finished, look_back, means_of
from bot.repositories.members import require_member
from bot.repositories.sessions import board_key
from bot.store.prompts import Prompt
from bot.store.subjects import Subject
from bot.store.tables import Group, SessionRow
from bot.store.transactions import Transactions, transactional
from bot.store.unit import Unit
from bot.timers import DueTimer

ASK_AFTER_SESSIONS = (2, 6, 12)
"""The numbers of finished sessions after which a group is asked how much guidance it wants."""

EVALUATE_EVERY_SESSIONS = 6
YEAR = timedelta(days=365)


class GroupGuidance:
    """Looks back on sessions with a group, and keeps the guidance that it chooses."""

    def __init__(self, transactions: Transactions, methods: Mapping[str, Method]) -> None:
        self.transactions = transactions
        self.methods = methods

    @transactional
    def choose(
        self,
        unit: Unit,
        workspace: str,
        user: str,
        id_: str,
        guidance: Guidance,
        seen: str | None,
    ) -> None:
        """Set how much guidance a group gets from now on, and tell the group who chose that.

        Raises `Refusal` for a person outside the group, when nothing changes, and when somebody
        chose since the guidance was as it was `seen`.
        """
        group = unit.db.get(Group, id_, with_for_update=True)
        if group is None or group.workspace != workspace:
            raise Refusal("group_gone")
        require_member(unit, group, user)
        if group.guidance == guidance:
            raise Refusal("guidance_same")
        if seen not in (None, group.guidance):
            raise Refusal("guidance_changed")
        group.guidance = guidance
        words = words_of_group(group)
        changed, asked = show.changed(id_, user, guidance, words), Prompt.GUIDANCE.of(id_)
        post_to_group(unit, group, changed, self.transactions.now(), prompt=asked)

    def on_due(self, unit: Unit, due: DueTimer) -> None:
        """Look back on a session that ended, or propose the yearly evaluation."""
        if due.name == "year":
            group = unit.db.get(Group, due.id)
            if group is not None:
                self._propose_yearly(unit, group, due)
            return
        ended = unit.db.get(SessionRow, due.id)
        # The group is locked before the session, as everywhere: each threshold is passed once.
        group = unit.db.get(Group, ended.group_id, with_for_update=True) if ended else None
        row = unit.session(due.workspace, due.id)
        if row is not None and group is not None:
            self._ended(unit, group, row)

    def _propose_yearly(self, unit: Unit, group: Group, due: DueTimer) -> None:
        """Propose the yearly evaluation, in working hours of the group."""
        now, subject = self.transactions.now(), Subject.GROWTH.key(group.id)
        polite_at = polite(now, zone_of_group(group), holidays_of_group(group))
        if polite_at > now:
            unit.set_timer(due.workspace, subject, "year", polite_at)
            return
        post_to_group(unit, group, show.yearly(words_of_group(group)), now)
        unit.set_timer(due.workspace, subject, "year", due.at + YEAR)

    def _ended(self, unit: Unit, group: Group, row: SessionRow) -> None:
        """Post what the questions of a session were like, and what its end calls for."""
        session, now = Session.model_validate_json(row.state), self.transactions.now()
        method, words = method_of(session, self.methods), words_of_group(group)
        back = look_back(unit, row, session)
        if back is not None:
            post_to_group(unit, group, show.look_back(back, words), now, thread=board_key(row.id))
        last = method.steps[-1]
        if isinstance(last, ReflectStep) and last.evaluates:
            self._evaluated(unit, group, row)
        elif method.kinds:
            self._milestone(unit, group)

    def _evaluated(self, unit: Unit, group: Group, row: SessionRow) -> None:
        """Post the averages of an evaluation, and schedule the next yearly proposal.

        With too few answers the group is told so, and the evaluation does not count.
        """
        means, words = means_of(unit, row.id), words_of_group(group)
        if means.answers >= LEAST_ANSWERS:
            self._schedule_yearly(unit, group)
            payload = show.evaluated(group.id, group.guidance, means, words)
        else:
            payload = show.too_few_answers(LEAST_ANSWERS, words)
        post_to_group(unit, group, payload, self.transactions.now())

    def _milestone(self, unit: Unit, group: Group) -> None:
        """Ask about guidance or propose an evaluation, if it is time for that."""
        count, seen = count_finished(unit, group), group.sessions_seen
        since = count_finished(unit, group, since_evaluation=True)
        since_then = max(0, since - (count - seen))
        if seen == 0:
            self._schedule_yearly(unit, group)
        if seen == 0 and group.plan is None:
            what_now = show.what_now(words_of_group(group))
            post_to_group(unit, group, what_now, self.transactions.now())
        group.sessions_seen = max(seen, count)
        ask = any(seen < number <= count for number in ASK_AFTER_SESSIONS)
        evaluate = since // EVALUATE_EVERY_SESSIONS > since_then // EVALUATE_EVERY_SESSIONS
        if ask or evaluate:
            payload = show.milestone(
                group.id,
                group.guidance,
                count,
                words_of_group(group),
                ask=ask,
                evaluate=evaluate,
            )
            asked = None if evaluate else Prompt.GUIDANCE.of(group.id)
            post_to_group(unit, group, payload, self.transactions.now(), prompt=asked)

    def _schedule_yearly(self, unit: Unit, group: Group) -> None:
        due = self.transactions.now() + YEAR
        unit.set_timer(group.workspace, Subject.GROWTH.key(group.id), "year", due)

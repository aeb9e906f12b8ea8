"""The ladder to leading: members learn to lead a session, each at their own pace.

After a session the bot offers the next rung to who climbed one, and the first to who was never
asked, by direct message; who asks for it is offered theirs at once. A rung that is taken is
practised in the next session of the group in which its member takes part and brings no case; one
that is not led to its end is practised again.
What people write when they look back is passed on and not stored.
"""

from collections.abc import Mapping, Sequence

from bot.blocks import ladder as show
from bot.blocks.elements import Payload, View
from bot.errors import Refusal
from bot.flows.ladder import rung_after
from bot.flows.method import Method
from bot.flows.session.parts import took_part
from bot.flows.session.state import Session, method_of
from bot.flows.text import is_visible
from bot.flows.types import LadderState, Phase, Rung
from bot.outbox.messages import send_direct
from bot.repositories.guidance import count_finished
from bot.repositories.ladder import feedback_key, learner_of, never_asked
from bot.repositories.members import group_of_channel, group_of_member, is_member
from bot.repositories.people import wants_reminders, words_for
from bot.store.prompts import Prompt
from bot.store.tables import Group, Learner, SendMethod, SessionRow
from bot.store.transactions import Transactions, transactional
from bot.store.unit import Outgoing, Unit
from bot.timers import DueTimer

FIRST_OFFER_AFTER = 2
"""The number of finished sessions after which members are asked whether they want to learn."""


class Ladder:
    """Offers rungs, and passes on what people saw. Every method of people raises `Refusal`.

    `methods` are the methods that every group can use, by id.
    """

    def __init__(self, transactions: Transactions, methods: Mapping[str, Method]) -> None:
        self.transactions = transactions
        self.methods = methods

    @transactional
    def ask(self, unit: Unit, workspace: str, user: str, channel: str) -> Payload:
        """Offer a member who asks for it the rung that they are on; return the private answer."""
        group = group_of_channel(unit, workspace, channel, user, self.transactions.now())
        learner = learner_of(unit, group.id, user)
        if learner is not None and learner.state is LadderState.DONE:
            raise Refusal("ladder_done")
        self._offer(unit, group, user, learner.rung if learner is not None else None)
        return show.line("asked", words_for(unit, workspace, user, group))

    @transactional
    def take(self, unit: Unit, workspace: str, user: str, group: str, seen: str | None) -> None:
        """Take the rung that was offered, also if it was declined before."""
        row = self._offered(unit, workspace, user, group, seen)
        if row.state is not LadderState.TAKEN:
            row.state, row.since = LadderState.TAKEN, self.transactions.now()
        self._tell(unit, row, "taken")

    @transactional
    def decline(self, unit: Unit, workspace: str, user: str, group: str, seen: str | None) -> None:
        """Decline the rung that was offered, or that was taken; it is not offered again."""
        row = self._offered(unit, workspace, user, group, seen)
        row.state = LadderState.DECLINED
        self._tell(unit, row, "declined")

    def look_form(self, workspace: str, user: str, session: str, rung: str) -> View:
        """Build the form with questions for oneself."""
        with self.transactions.read() as unit:
            _, group = self._session(unit, workspace, user, session)
            return show.look_form(session, _rung(rung), words_for(unit, workspace, user, group))

    @transactional
    def look_back(
        self, unit: Unit, workspace: str, user: str, session: str, rung: str, said: Sequence[str]
    ) -> None:
        """Send a person what they wrote for themselves, and store nothing."""
        row, group = self._session(unit, workspace, user, session)
        if not any(map(is_visible, said)):
            raise Refusal("empty")
        words = words_for(unit, workspace, user, group)
        payload, now = show.looked(_rung(rung), said, words), self.transactions.now()
        send_direct(unit, workspace, user, payload, now, vault=row.vault_id)

    def seen_form(self, workspace: str, user: str, session: str, led: str) -> View:
        """Build the form for one sentence to who led."""
        with self.transactions.read() as unit:
            _, group = self._session_led_by(unit, workspace, user, session, led)
            return show.seen_form(session, led, words_for(unit, workspace, user, group))

    @transactional
    def tell_seen(
        self, unit: Unit, workspace: str, user: str, session: str, led: str, said: Sequence[str]
    ) -> None:
        """Bring who led what a person saw, with the person's name, and store nothing."""
        row, group = self._session_led_by(unit, workspace, user, session, led)
        if not is_visible(said[0]):
            raise Refusal("empty")
        unit.send(
            Outgoing(
                workspace=workspace,
                conversation=led,
                method=SendMethod.POST,
                payload=show.seen(user, said, words_for(unit, workspace, led, group)),
                key=feedback_key(row.id, user),
                due=self.transactions.now(),
                vault=row.vault_id,
            )
        )
        thanks = show.line("seen_thanks", words_for(unit, workspace, user, group))
        send_direct(unit, workspace, user, thanks, self.transactions.now())

    def on_due(self, unit: Unit, due: DueTimer) -> None:
        """After a session, offer rungs to its members, and ask them what they saw."""
        row = unit.session(due.workspace, due.id)
        group = unit.db.get(Group, row.group_id) if row is not None else None
        if row is None or group is None or row.vault_id is None:
            return
        session = Session.model_validate_json(row.state)
        if not method_of(session, self.methods).kinds:
            return
        here = [who for who in took_part(session) if is_member(unit, group.id, who)]
        for practice in session.practice:
            if practice.done and practice.who in here:
                self._climb(unit, group, row, practice.who, practice.rung)
        self._ask_what_was_seen(unit, group, row, session, here)
        if count_finished(unit, group) >= FIRST_OFFER_AFTER:
            for who in never_asked(unit, group, here):
                if wants_reminders(unit, group.workspace, who):
                    self._offer(unit, group, who)

    # shared by the above

    def _climb(self, unit: Unit, group: Group, row: SessionRow, who: str, rung: Rung) -> None:
        """Put somebody on the next rung, and offer it."""
        learner = learner_of(unit, group.id, who)
        if learner is None or learner.rung is not rung or learner.state is not LadderState.TAKEN:
            return
        after = rung_after(rung)
        learner.rung = after or rung
        learner.state = LadderState.OFFERED if after else LadderState.DONE
        words = words_for(unit, group.workspace, who, group)
        payload = show.climbed(row.id, group.id, group.channel, rung, words)
        asked, now = Prompt.RUNG.of(group.id, who), self.transactions.now()
        send_direct(unit, group.workspace, who, payload, now, prompt=asked)

    def _ask_what_was_seen(
        self, unit: Unit, group: Group, row: SessionRow, session: Session, here: Sequence[str]
    ) -> None:
        """Invite the others to tell each who practised leading what they saw."""
        leading = [each.who for each in session.practice if each.led and each.who in here]
        for led in leading:
            for who in here:
                if who != led and wants_reminders(unit, group.workspace, who):
                    words = words_for(unit, group.workspace, who, group)
                    asked = show.ask_seen(row.id, led, words)
                    send_direct(unit, group.workspace, who, asked, self.transactions.now())

    def _offer(self, unit: Unit, group: Group, who: str, rung: Rung | None = None) -> None:
        """Offer somebody a rung: the first, which is then theirs, unless it says otherwise."""
        now = self.transactions.now()
        if rung is None:
            rung = Rung.WATCH
            unit.db.add(
                Learner(
                    group_id=group.id,
                    user=who,
                    workspace=group.workspace,
                    rung=rung,
                    state=LadderState.OFFERED,
                    since=now,
                )
            )
        words = words_for(unit, group.workspace, who, group)
        offer = show.offer(group.id, group.channel, rung, words)
        asked = Prompt.RUNG.of(group.id, who)
        send_direct(unit, group.workspace, who, offer, now, prompt=asked)

    def _offered(
        self, unit: Unit, workspace: str, user: str, group: str, seen: str | None
    ) -> Learner:
        """Return a member's place on the ladder, on the rung that they saw."""
        row = learner_of(unit, group, user)
        group_of_member(unit, workspace, user, group)
        if row is None:
            raise Refusal("outdated")
        if row.state is LadderState.DONE or seen not in (None, row.rung):
            raise Refusal("ladder_past")
        return row

    def _tell(self, unit: Unit, row: Learner, key: str) -> None:
        words = words_for(unit, row.workspace, row.user, unit.db.get(Group, row.group_id))
        told, asked = show.line(key, words), Prompt.RUNG.of(row.group_id, row.user)
        send_direct(unit, row.workspace, row.user, told, self.transactions.now(), prompt=asked)

    def _session(
        self, unit: Unit, workspace: str, user: str, session: str
    ) -> tuple[SessionRow, Group]:
        """Return a session that is over and not forgotten, for a member who took part in it."""
        row = unit.session(workspace, session)
        if row is None or row.status is not Phase.CLOSED:
            raise Refusal("session_gone")
        if row.vault_id is None:
            raise Refusal("forgotten")
        if user not in took_part(Session.model_validate_json(row.state)):
            raise Refusal("not_in")
        return row, group_of_member(unit, workspace, user, row.group_id)

    def _session_led_by(
        self, unit: Unit, workspace: str, user: str, session: str, led: str
    ) -> tuple[SessionRow, Group]:
        row, group = self._session(unit, workspace, user, session)
        practice = Session.model_validate_json(row.state).practice
        if user == led or not any(each.who == led and each.led for each in practice):
            raise Refusal("session_gone")
        if not is_member(unit, group.id, led):
            raise Refusal("ladder_left")
        return row, group


def _rung(value: str) -> Rung:
    try:
        return Rung(value)
    except ValueError:
        raise Refusal("outdated") from None

"""The agreements of a group: read, change and sign them."""

from typing import Any

from sqlalchemy import func, select

from bot.blocks import agreements as show
from bot.blocks.action_ids import digest
from bot.blocks.elements import Payload
from bot.errors import Refusal
from bot.repositories.agreements import (
    current_agreements,
    post_agreements,
    renew_for_new_member,
    save_agreements,
    send_card,
    sign,
)
from bot.repositories.groups import words_of_group
from bot.repositories.members import group_of_channel, group_of_member, members_of
from bot.repositories.people import words_for
from bot.store.tables import Agreement, Group, SendMethod, Signature
from bot.store.transactions import Transactions, transactional
from bot.store.unit import Unit


class Agreements:
    """What members do with their group's agreements. Every method raises `Refusal`."""

    def __init__(self, transactions: Transactions) -> None:
        self.transactions = transactions

    @transactional
    def card(self, unit: Unit, workspace: str, channel: str, user: str) -> Payload:
        """Build the card with the agreements of a channel's group, for one member.

        Without agreements it shows the list that a group begins with.
        """
        group = group_of_channel(unit, workspace, channel, user, self.transactions.now())
        found = current_agreements(unit, group)
        words = words_for(unit, workspace, user, group)
        if found is None:
            waited = [member.user for member in members_of(unit, group)]
            starting = show.starting(words_of_group(group))
            found = show.Agreed(group.id, starting, (), waited)
            return show.card(found, words, why="none_yet")
        return show.card(found, words)

    @transactional
    def whole(self, unit: Unit, workspace: str, user: str, id_: str) -> Payload:
        """Build the card with all agreements of a group, for one of its members."""
        group = group_of_member(unit, workspace, user, id_)
        found = current_agreements(unit, group)
        if found is None:
            raise Refusal("agreements_changed")
        return show.card(found, words_for(unit, workspace, user, group))

    @transactional
    def form(self, unit: Unit, workspace: str, user: str, id_: str) -> dict[str, Any]:
        """Build the form to change the agreements, or the list that a group begins with."""
        group = group_of_member(unit, workspace, user, id_)
        found = current_agreements(unit, group)
        words = words_for(unit, workspace, user, group)
        own = words_of_group(group)
        return show.form(id_, found.lines if found else show.starting(own), words)

    @transactional
    def save(
        self,
        unit: Unit,
        workspace: str,
        user: str,
        id_: str,
        text: str,
        seen: str | None,
        merge: bool | None = None,
    ) -> tuple[dict[str, Refusal], dict[str, Any] | None]:
        """Store changed agreements, sign them for `user` and post them in the channel.

        `merge`: whether near-doubles are merged; None when the form did not ask. Then it comes
        back to ask, if there are any.
        Returns what is wrong, by field; nothing is stored then. Neither is it where somebody
        else changed them since they were `seen`: then the form comes back with both.
        """
        lines = show.lines_of(text)
        if merge:
            lines = show.merged(lines)
        if not lines:
            return {"lines": Refusal("agreements_empty")}, None
        if len(lines) > show.MAX_AGREEMENTS:
            return {"lines": Refusal("agreements_many", most=show.MAX_AGREEMENTS)}, None
        if max(map(len, lines)) > show.MAX_AGREEMENT_LENGTH:
            return {"lines": Refusal("agreements_long", most=show.MAX_AGREEMENT_LENGTH)}, None

        group, now = group_of_member(unit, workspace, user, id_), self.transactions.now()
        before = self._lines(unit, group)
        if before == lines:
            return {}, None
        if seen not in (None, digest(*before)):
            words = words_for(unit, workspace, user, group)
            return {}, show.form(id_, before, words, own=lines, changed=True)
        if merge is None and show.doubles(lines):
            words = words_for(unit, workspace, user, group)
            return {}, show.form(id_, before, words, own=lines)
        first = unit.db.get(Agreement, group.id) is None
        save_agreements(unit, group, lines, now)
        self._sign(unit, group, user)
        post_agreements(unit, group, now, why=None if first else "changed")
        return {}, None

    @transactional
    def sign(self, unit: Unit, workspace: str, user: str, id_: str, seen: str | None) -> None:
        """Sign the current agreements for a member, and show that in the channel.

        A group that has none yet gets the list that a group begins with. When the member is new,
        all sign again. Raises `Refusal` when the agreements are others than were `seen`.
        """
        group, now = group_of_member(unit, workspace, user, id_), self.transactions.now()
        words = words_of_group(group)
        if seen not in (None, digest(*self._lines(unit, group))):
            raise Refusal("agreements_changed")
        if unit.db.get(Agreement, group.id) is None:
            save_agreements(unit, group, show.starting(words), now)
        renew_for_new_member(unit, group, user, now)
        signatures = unit.db.scalar(select(func.count()).where(Signature.group_id == group.id))
        self._sign(unit, group, user)
        if signatures:
            found = current_agreements(unit, group)
            assert found is not None
            send_card(unit, group, SendMethod.UPDATE, show.card(found, words), now)
        else:
            post_agreements(unit, group, now, why=None)

    def _lines(self, unit: Unit, group: Group) -> list[str]:
        """Return the agreements as they stand, or the list that a group begins with."""
        unit.db.get(Agreement, group.id, with_for_update=True)
        found = current_agreements(unit, group)
        return list(found.lines) if found else show.starting(words_of_group(group))

    def _sign(self, unit: Unit, group: Group, user: str) -> None:
        kept = unit.db.get(Agreement, group.id)
        assert kept is not None
        sign(unit, group, user, kept.version, self.transactions.now())

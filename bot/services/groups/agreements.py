"""What members do with their group's agreements: read, change and sign them."""

from typing import Any

from sqlalchemy import func, select

from bot.blocks import agreements as show
from bot.blocks.elements import Payload
from bot.errors import Refusal
from bot.i18n import Words, language_of, words
from bot.repositories.agreements import agreed, keep, post, send_card
from bot.repositories.groups import members_of
from bot.services.groups.settings import Groups
from bot.services.sessions.effects import language_for
from bot.store.tables import Agreement, Group, Signature
from bot.store.unit import Unit


class Agreements:
    """What members do with their group's agreements. Each method raises `Refusal`."""

    def __init__(self, groups: Groups) -> None:
        self.groups = groups
        self.runner = groups.runner

    def card(self, workspace: str, channel: str, user: str) -> Payload:
        """Show one member the agreements of a channel's group."""

        def once(unit: Unit) -> Payload:
            group = self.groups.of_channel(unit, workspace, channel, user)
            found = agreed(unit, group)
            says = language_for(unit, workspace, user, group)
            if found is None:
                waited = [member.user for member in members_of(unit, group)]
                found = show.Agreed(group.id, show.starting(says), (), waited)
                return show.card(found, says, why="none_yet")
            return show.card(found, says)

        return self.runner.commit(once)

    def form(self, workspace: str, user: str, id_: str) -> dict[str, Any]:
        """Give the form with the agreements as they are, or with those to begin with."""

        def once(unit: Unit) -> dict[str, Any]:
            group = self.groups.of_member(unit, workspace, user, id_)
            found = agreed(unit, group)
            says = language_for(unit, workspace, user, group)
            own = words(language_of(group.language))
            return show.form(id_, found.lines if found else show.starting(own), says)

        return self.runner.commit(once)

    def save(self, workspace: str, user: str, id_: str, text: str) -> dict[str, Refusal]:
        """Keep changed agreements; gives what is wrong, by field."""
        lines = [line.strip().lstrip("•-* ").strip() for line in text.splitlines()]
        lines = list(dict.fromkeys(line for line in lines if line))
        if not lines:
            return {"lines": Refusal("agreements_empty")}
        if len(lines) > show.MOST:
            return {"lines": Refusal("agreements_many", most=show.MOST)}
        if max(map(len, lines)) > show.LONGEST:
            return {"lines": Refusal("agreements_long", most=show.LONGEST)}

        def once(unit: Unit) -> None:
            group, now = self.groups.of_member(unit, workspace, user, id_), self.runner.now()
            before = agreed(unit, group)
            if before is not None and list(before.lines) == lines:
                return
            keep(unit, group, lines, now)
            self._sign(unit, group, user)
            post(unit, group, now, why="changed" if before else None)

        self.runner.commit(once)
        return {}

    def sign(self, workspace: str, user: str, id_: str) -> Words:
        """Sign the agreements as they stand now; gives the words to thank with."""

        def once(unit: Unit) -> Words:
            group, now = self.groups.of_member(unit, workspace, user, id_), self.runner.now()
            says = words(language_of(group.language))
            if unit.db.get(Agreement, group.id) is None:
                keep(unit, group, show.starting(says), now)
            first = unit.db.scalar(select(func.count()).where(Signature.group_id == group.id))
            self._sign(unit, group, user)
            if first:
                found = agreed(unit, group)
                assert found is not None
                send_card(unit, group, "update", show.card(found, says), now)
            else:
                post(unit, group, now, why=None)
            return language_for(unit, workspace, user, group)

        return self.runner.commit(once)

    def _sign(self, unit: Unit, group: Group, user: str) -> None:
        kept = unit.db.get(Agreement, group.id)
        assert kept is not None
        unit.db.merge(
            Signature(
                group_id=group.id,
                user=user,
                workspace=group.workspace,
                version=kept.version,
                signed_at=self.runner.now(),
            )
        )
        unit.db.flush()

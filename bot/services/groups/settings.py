"""Groups: made on first use in a channel, with settings of their own."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import select

from bot.blocks.session import forms
from bot.errors import Refusal
from bot.flows.session.pace import Pace
from bot.flows.types import Guidance
from bot.i18n import LANGUAGES, language_of
from bot.services.people import drop_in, is_member
from bot.services.sessions.effects import language_for
from bot.services.sessions.run import Runner
from bot.store.tables import Group, Person
from bot.store.unit import Unit

LIMITS: Mapping[str, tuple[int, int]] = {"keep": (1, 365), "capacity": (3, 12), "turn": (1, 168)}
"""What a group may choose: days to keep content, people in a session, hours for a turn."""


class Groups:
    """What can be done with groups."""

    def __init__(self, runner: Runner, new_id: Callable[[], str] = lambda: uuid4().hex) -> None:
        self.runner = runner
        self.new_id = new_id

    def of_channel(self, unit: Unit, workspace: str, channel: str, user: str) -> Group:
        """Give the group of a channel, made on first use in the language of who uses it."""
        group = unit.db.scalar(
            select(Group).where(Group.workspace == workspace, Group.channel == channel)
        )
        if group is None:
            person = unit.db.get(Person, (workspace, user))
            group = Group(
                id=self.new_id(),
                workspace=workspace,
                channel=channel,
                name="",
                language=language_of(person.speaks if person else None),
                settings=Pace().model_dump_json(),
                created_at=self.runner.now(),
            )
            unit.db.add(group)
            unit.db.flush()
        drop_in(unit, group, user, self.runner.now())
        if not is_member(unit, group.id, user):
            raise Refusal("not_member")
        return group

    def of_member(self, unit: Unit, workspace: str, user: str, id_: str) -> Group:
        """Give a group by its id, for one of its members. Raises `Refusal` for anyone else."""
        group = unit.db.get(Group, id_)
        if group is None or group.workspace != workspace or not is_member(unit, id_, user):
            raise Refusal("not_in_group")
        return group

    def form(self, workspace: str, channel: str, user: str) -> dict[str, Any]:
        """Give the form with a group's settings as they are."""

        def once(unit: Unit) -> dict[str, Any]:
            group = self.of_channel(unit, workspace, channel, user)
            pace = Pace.model_validate_json(group.settings)
            now = {
                "language": group.language,
                "guidance": group.guidance,
                "keep": str(pace.keep.days),
                "capacity": str(pace.capacity),
                "turn": str(int(pace.turn.total_seconds() // 3600)),
            }
            return forms.settings(group.id, now, language_for(unit, workspace, user, group))

        return self.runner.commit(once)

    def save(
        self, workspace: str, user: str, id_: str, values: Mapping[str, str]
    ) -> dict[str, Refusal]:
        """Keep a group's settings; gives what is wrong, by field, and keeps nothing then.

        They hold for the sessions that begin from now on.
        """
        wrong: dict[str, Refusal] = {}
        numbers: dict[str, int] = {}
        for name, (least, most) in LIMITS.items():
            text = values.get(name, "").strip()
            if text.isascii() and text.isdigit() and least <= int(text[:9]) <= most:
                numbers[name] = int(text)
            else:
                wrong[name] = Refusal("number", least=least, most=most)
        if wrong:
            return wrong

        def once(unit: Unit) -> None:
            group = self.of_member(unit, workspace, user, id_)
            if values["language"] in LANGUAGES:
                group.language = values["language"]
            if values["guidance"] in list(Guidance):
                group.guidance = values["guidance"]
            group.settings = Pace(
                keep=timedelta(days=numbers["keep"]),
                capacity=numbers["capacity"],
                turn=timedelta(hours=numbers["turn"]),
            ).model_dump_json()

        self.runner.commit(once)
        return {}

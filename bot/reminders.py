"""Reminders: what one person hears about a meeting, at a polite hour where they are.

Each has a timer of its own. When it is due it is looked at anew: who swapped, handed in a
case or does not want to be reminded hears nothing.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select

from bot.blocks import meeting as show
from bot.carry import language_for
from bot.errors import Refusal
from bot.flows.meeting import Meeting, Status
from bot.flows.rhythm import polite
from bot.going import Going, facts, goings
from bot.roster import zone_for
from bot.runner import Due, Runner
from bot.speak import direct
from bot.store.tables import Case, Group, Person
from bot.store.unit import Unit


class Reminders:
    """Reminds people of a meeting to come."""

    def __init__(self, runner: Runner) -> None:
        self.runner = runner
        runner.together["reminder"] = self._due

    def remind_all(self, unit: Unit, going: Going) -> None:
        """Remind those who come, or have not said, and want to hear of every meeting."""
        for who in going.members:
            there = unit.db.get(Person, (going.group.workspace, who))
            if there is not None and there.reminders == "all" and who not in going.absent:
                self.remind(unit, going, who, "eve")

    def remind(self, unit: Unit, going: Going, who: str, name: str) -> None:
        """Let one person be reminded about a meeting at a polite hour where they are."""
        due = polite(self.runner.now(), zone_for(unit, going.group, who))
        if due < going.row.starts_at:
            subject = f"reminder:{going.row.id}|{who}"
            unit.set_timer(going.group.workspace, subject, name, due)

    def _due(self, unit: Unit, dues: Sequence[Due]) -> None:
        """Remind people of meetings, looking up once what those have in common."""
        named = [due.id.partition("|")[::2] for due in dues]
        there = goings(unit, {meeting for meeting, _ in named})
        for due, (meeting, who) in zip(dues, named, strict=True):
            going = there.get((due.workspace, meeting))
            if going is not None and going.row.status == Status.PLANNED:
                self._remind_now(unit, going, who, due.name)

    def _remind_now(self, unit: Unit, going: Going, who: str, name: str) -> None:
        workspace = going.group.workspace
        if who not in (going.members if name == "eve" else going.roles.bringers):
            return
        now = self.runner.now()
        due_now = polite(now, zone_for(unit, going.group, who))
        if due_now > now:  # we come late, and it has become night
            self.remind(unit, going, who, name)
            return
        if going.row.starts_at <= now:
            return
        there = unit.db.get(Person, (workspace, who))
        if there is not None and there.reminders == "none":
            return
        says = language_for(unit, workspace, who, going.group)
        if name == "eve":
            direct(unit, workspace, who, show.soon(facts(going), says), now)
            return
        ready = self._has_case(unit, going.group, who)
        if ready and name in ("nudge", "again"):
            return
        so_far = Meeting.model_validate_json(going.row.state)
        going.row.state = so_far.with_("told", who).model_dump_json()
        if ready:
            told = show.your_turn_ready(facts(going), says)
        else:
            told = show.your_turn(facts(going), says, again=name != "ask")
        direct(unit, workspace, who, told, now)

    def relieve(self, unit: Unit, going: Going, knows: Collection[str]) -> None:
        """Tell who heard that it was their turn that it is not any more, less who knows."""
        said = going.meeting
        aware = {*knows, *said.passed, *going.absent, *going.roles.bringers}
        for who in said.told:
            if who in going.members and who not in aware:
                says = language_for(unit, going.group.workspace, who, going.group)
                told = show.relieved(facts(going), says)
                direct(unit, going.group.workspace, who, told, self.runner.now())
                going.row.state = (said := said.without("told", who)).model_dump_json()

    def snooze(self, unit: Unit, going: Going, who: str) -> datetime:
        """Remind somebody again in two days; gives when. Raises `Refusal` when that is no use."""
        if who not in going.roles.bringers:
            raise Refusal("turn_gone")
        zone = zone_for(unit, going.group, who)
        due = polite(self.runner.now() + timedelta(days=2), zone)
        if due >= going.row.starts_at:
            raise Refusal("snooze_late")
        unit.set_timer(going.group.workspace, f"reminder:{going.row.id}|{who}", "again", due)
        return due

    def _has_case(self, unit: Unit, group: Group, who: str) -> bool:
        query = select(Case.id).where(
            Case.group_id == group.id, Case.bringer == who, Case.status == "queued"
        )
        return unit.db.scalar(query.limit(1)) is not None

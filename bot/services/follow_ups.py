"""Follow-up (*borging*): some weeks after a session the question how the next step went.

The bringer hears it once, by direct message, with their own words. The answer is theirs, in
a vault of its own that is forgotten after the group's usual time; if they wish, it opens the
group's next meeting.
"""

from typing import Any

from sqlalchemy import select

from bot.blocks import follow_ups as show
from bot.errors import Refusal
from bot.flows.rhythm import polite
from bot.flows.session.state import Session
from bot.flows.types import ContributionKind
from bot.outbox.messages import direct
from bot.repositories.groups import zone_for
from bot.services.people import is_member
from bot.services.sessions.effects import language_for
from bot.services.sessions.run import Due, Runner
from bot.store.tables import Contribution, FollowUp, Group, Person, SessionRow
from bot.store.unit import Unit


def next_steps(unit: Unit, row: SessionRow) -> list[str]:
    """Give the next steps that a session's bringer named, while they are not forgotten."""
    if row.vault_id is None:
        return []
    session = Session.model_validate_json(row.state)
    said = unit.db.scalars(
        select(Contribution.content)
        .where(
            Contribution.session_id == row.id,
            Contribution.kind == ContributionKind.NEXT_STEP,
            Contribution.author == session.bringer,
            Contribution.content.is_not(None),
        )
        .order_by(Contribution.created_at, Contribution.id)
    )
    texts = (unit.open(row.vault_id, content) for content in said if content is not None)
    return [text for text in texts if text]


class FollowUps:
    """Asks how a next step went, and keeps the answer."""

    def __init__(self, runner: Runner) -> None:
        self.runner = runner
        runner.hands["follow_up"] = self._due

    def form(self, workspace: str, user: str, session: str) -> dict[str, Any]:
        """Give the form to answer in. Raises `Refusal`."""

        def once(unit: Unit) -> dict[str, Any]:
            row, group = self._asked(unit, workspace, user, session)
            says = language_for(unit, workspace, user, group)
            kept = unit.db.get(FollowUp, row.id)
            return show.form(row.id, next_steps(unit, row), answer_of(unit, kept), says)

        return self.runner.commit(once)

    def answers(self, workspace: str, user: str, session: str, text: str, *, share: bool) -> None:
        """Keep what became of a next step; a newer answer takes its place. Raises `Refusal`."""
        if not text:
            raise Refusal("empty")

        def once(unit: Unit) -> None:
            row, group = self._asked(unit, workspace, user, session)
            now, kept = self.runner.now(), unit.db.get(FollowUp, row.id)
            if kept is None:
                kept = FollowUp(
                    session_id=row.id,
                    workspace=workspace,
                    group_id=group.id,
                    user=user,
                    vault_id=unit.new_vault(workspace),
                    told=False,
                )
                unit.db.add(kept)
            kept.content, kept.shared = unit.seal(kept.vault_id, text), share
            keep = Session.model_validate_json(row.state).pace.keep
            unit.set_timer(workspace, f"follow_up:{row.id}", "forget", now + keep)
            says = language_for(unit, workspace, user, group)
            direct(unit, workspace, user, show.kept(says, shared=share), now)

        self.runner.commit(once)

    def _asked(
        self, unit: Unit, workspace: str, user: str, session: str
    ) -> tuple[SessionRow, Group]:
        """Give the session whose bringer somebody is. Raises `Refusal`."""
        row = unit.session(workspace, session)
        if row is None or Session.model_validate_json(row.state).bringer != user:
            raise Refusal("session_gone")
        group = unit.db.get(Group, row.group_id)
        if group is None or not is_member(unit, group.id, user):
            raise Refusal("not_in_group")
        return row, group

    def _due(self, unit: Unit, due: Due) -> None:
        row = unit.session(due.workspace, due.id)
        if due.name == "forget":
            kept = unit.db.get(FollowUp, due.id)
            if kept is not None and kept.workspace == due.workspace:
                forget_answer(unit, kept)
        elif row is not None:
            self._ask(unit, row)

    def _ask(self, unit: Unit, row: SessionRow) -> None:
        bringer, now = Session.model_validate_json(row.state).bringer, self.runner.now()
        group = unit.db.get(Group, row.group_id)
        steps = next_steps(unit, row)
        if group is None or not steps or not is_member(unit, group.id, bringer):
            return
        there = unit.db.get(Person, (row.workspace, bringer))
        if there is not None and there.reminders == "none":
            return
        due = polite(now, zone_for(unit, group, bringer))
        if due > now:
            unit.set_timer(row.workspace, f"follow_up:{row.id}", "ask", due)
            return
        says = language_for(unit, row.workspace, bringer, group)
        direct(unit, row.workspace, bringer, show.asked(row.id, steps, says), now)


def answer_of(unit: Unit, kept: FollowUp | None) -> str | None:
    """Give what somebody answered; None when there is nothing."""
    return None if kept is None else unit.open(kept.vault_id, kept.content)


def since_last_time(unit: Unit, group: Group) -> list[tuple[str, str]]:
    """Give what members want the group to hear at its next meeting, once: who, and what."""
    told = []
    for kept in unit.db.scalars(
        select(FollowUp)
        .where(FollowUp.group_id == group.id, FollowUp.shared, FollowUp.told.is_(False))
        .order_by(FollowUp.session_id)
    ):
        text = answer_of(unit, kept)
        if text is not None and is_member(unit, group.id, kept.user):
            kept.told = True
            told.append((kept.user, text))
    return told


def forget_answer(unit: Unit, kept: FollowUp) -> None:
    """Forget an answer, for good."""
    unit.drop_vault(kept.vault_id)
    unit.db.delete(kept)

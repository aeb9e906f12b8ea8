"""Follow-ups: next steps that bringers named, and their answers to what became of them."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import select

from bot.flows.session.state import Session
from bot.flows.types import ContributionKind
from bot.repositories.members import is_member
from bot.store.tables import Contribution, FollowUp, Group, SessionRow
from bot.store.unit import Unit


def next_steps(unit: Unit, row: SessionRow) -> list[str]:
    """List the next steps that a session's bringer named; empty once they are forgotten."""
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


def answer_of(unit: Unit, answer: FollowUp | None) -> str | None:
    """Return the text of an answer, or None without one."""
    return None if answer is None else unit.open(answer.vault_id, answer.content)


class SharedAnswer(NamedTuple):
    """What a member shares with the group of what became of their next step, and its vault."""

    user: str
    text: str
    vault: str


def take_shared_answers(unit: Unit, group: Group) -> list[SharedAnswer]:
    """Return the answers that members share at the group's next meeting; each only once."""
    told = []
    for answer in unit.db.scalars(
        select(FollowUp)
        .where(FollowUp.group_id == group.id, FollowUp.shared, FollowUp.told.is_(False))
        .order_by(FollowUp.session_id)
    ):
        text = answer_of(unit, answer)
        if text is not None and is_member(unit, group.id, answer.user):
            answer.told = True
            told.append(SharedAnswer(answer.user, text, answer.vault_id))
    return told


def forget_answer(unit: Unit, answer: FollowUp) -> None:
    """Delete an answer and its data key."""
    unit.drop_vault(answer.vault_id)
    unit.db.delete(answer)


def forget(unit: Unit, workspace: str, user: str, _alias: str) -> None:
    """Delete a person's answers."""
    for answer in _answers(unit, workspace, user):
        forget_answer(unit, answer)


def export(unit: Unit, workspace: str, user: str) -> list[str]:
    """List the texts of a person's answers."""
    return [answer_of(unit, answer) or "" for answer in _answers(unit, workspace, user)]


def _answers(unit: Unit, workspace: str, user: str) -> Sequence[FollowUp]:
    query = select(FollowUp).where(FollowUp.workspace == workspace, FollowUp.user == user)
    return unit.db.scalars(query.order_by(FollowUp.session_id)).all()

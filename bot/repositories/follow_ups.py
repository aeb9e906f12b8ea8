"""Follow-ups: next steps that bringers named, and their answers to what became of them."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import select

from bot.blocks.follow_ups import WorkQuestions
from bot.flows.intake import Field
from bot.flows.session.state import Session
from bot.flows.types import ContributionKind
from bot.repositories.cases import case_content
from bot.repositories.members import is_member
from bot.store.tables import Case, Contribution, FollowUp, Group, SessionRow
from bot.store.unit import Unit


def work_questions(unit: Unit, row: SessionRow) -> WorkQuestions:
    """Return what became of the work question of a session's bringer."""
    case = unit.db.get(Case, row.case_id)
    content = (case_content(unit, case) if case is not None else None) or {}
    said = _said_by_bringer(unit, row, ContributionKind.WORK_QUESTION)
    kept = unit.db.get(FollowUp, row.id)
    return WorkQuestions(
        brought=content.get(Field.QUESTION, ""),
        after=said[-1] if said else "",
        now=question_of(unit, kept) if kept is not None else "",
    )


def question_of(unit: Unit, answer: FollowUp) -> str:
    """Return the work question in an answer; empty if there is none."""
    return (answer.question and unit.open(answer.vault_id, answer.question)) or ""


def next_steps(unit: Unit, row: SessionRow) -> list[str]:
    """List the next steps that a session's bringer named; empty once they are forgotten."""
    return _said_by_bringer(unit, row, ContributionKind.NEXT_STEP)


def _said_by_bringer(unit: Unit, row: SessionRow, kind: ContributionKind) -> list[str]:
    if row.vault_id is None:
        return []
    session = Session.model_validate_json(row.state)
    said = unit.db.scalars(
        select(Contribution.content)
        .where(
            Contribution.session_id == row.id,
            Contribution.kind == kind,
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
    """List the texts of a person's answers, and of their questions in them."""
    return [
        text
        for answer in _answers(unit, workspace, user)
        for text in (answer_of(unit, answer), question_of(unit, answer))
        if text
    ]


def _answers(unit: Unit, workspace: str, user: str) -> Sequence[FollowUp]:
    query = select(FollowUp).where(FollowUp.workspace == workspace, FollowUp.user == user)
    return unit.db.scalars(query.order_by(FollowUp.session_id)).all()

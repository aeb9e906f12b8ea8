"""Counts of people's questions by label, and the coach's replies to their texts."""

from collections.abc import Sequence
from typing import NamedTuple, assert_never

from sqlalchemy import delete, func, select

from bot import coach
from bot.blocks.replies import Trend
from bot.coach import Label, Remark, Verdict
from bot.flows.method import DiscussStep, RoundStep, Step, WriteStep
from bot.flows.session.effects import Keep
from bot.flows.types import ADVISING, ContributionKind, Guidance
from bot.i18n import Language
from bot.store.tables import Contribution, Group, Person, QuestionCounts, SessionRow
from bot.store.unit import Unit

LABELS: tuple[Label, ...] = ("open", "closed", "suggestive", "advice", "other")
"""The labels that are counted."""

TREND_SESSIONS = 10
"""Most sessions that a person's own trend covers."""


class CoachReply(NamedTuple):
    """A reply of the coach: a hint about the text, and openings for a more open question."""

    hint: str
    openers: tuple[str, ...]


def listens_to(step: Step, text: str) -> bool:
    """Check whether the coach reads a text in a step: its method says so, and it asks no advice.

    Where it reads `questions` alone, a text without a question mark is not looked at.
    """
    if not isinstance(step, RoundStep | WriteStep | DiscussStep) or step.collects in ADVISING:
        return False
    return step.coach == "whole" or (step.coach == "questions" and "?" in text)


def speaks_about(guidance: Guidance, remark: Remark | None, *, form: bool) -> bool:
    """Check whether the coach makes a remark; None is none.

    `form`: the text is in a form and not sent yet, else it is a reply in the thread. A
    supported group gets comments only on suggestions and advice in a form; an independent
    group gets none.
    """
    match guidance:
        case Guidance.GUIDED:
            return remark is not None
        case Guidance.SUPPORTED:
            return form and remark in ("suggestive", "advice")
        case Guidance.INDEPENDENT:
            return False
        case _:
            assert_never(guidance)


def trend_of(counts: Sequence[tuple[int, int]]) -> Trend | None:
    """Compare the share of open questions in a person's recent sessions with earlier ones.

    `counts` has for each session the open questions and all questions, oldest first. Returns
    None without any question.
    """
    recent = [(open_, total) for open_, total in counts if total][-TREND_SESSIONS:]
    if not recent:
        return None
    half = len(recent) // 2
    return Trend(len(recent), _percent(recent[:half]) if half else None, _percent(recent[half:]))


def _percent(counts: Sequence[tuple[int, int]]) -> int:
    return round(100 * sum(open_ for open_, _ in counts) / sum(total for _, total in counts))


def own_trend(unit: Unit, workspace: str, user: str) -> Trend | None:
    """Return a person's trend, to be shown to that person only; None without any question."""
    labels = (
        QuestionCounts.open,
        QuestionCounts.closed,
        QuestionCounts.suggestive,
        QuestionCounts.advice,
    )
    rows = unit.db.execute(
        select(*labels)
        .join(SessionRow, SessionRow.id == QuestionCounts.session_id)
        .where(QuestionCounts.workspace == workspace, QuestionCounts.user == user)
        .order_by(SessionRow.created_at.desc())
        .limit(2 * TREND_SESSIONS)
    )
    return trend_of([(row[0], sum(row)) for row in reversed(rows.all())])


def is_coached(unit: Unit, workspace: str, user: str) -> bool:
    """Check whether the coach may comment to a person; it may until they switch it off."""
    person = unit.db.get(Person, (workspace, user))
    return person is None or person.coached


def forget(unit: Unit, workspace: str, user: str, _alias: str) -> None:
    """Delete the counts of a person's questions."""
    unit.db.execute(
        delete(QuestionCounts).where(
            QuestionCounts.workspace == workspace, QuestionCounts.user == user
        )
    )


def export(unit: Unit, workspace: str, user: str) -> dict[str, int]:
    """Count a person's questions by label, over all sessions; empty if none was counted."""
    totals = unit.db.execute(
        select(*(func.sum(getattr(QuestionCounts, label)) for label in LABELS)).where(
            QuestionCounts.workspace == workspace, QuestionCounts.user == user
        )
    ).one()
    return {} if totals[0] is None else dict(zip(LABELS, totals, strict=True))


def count_question(
    unit: Unit, group: Group, session: str, step: Step, kept: Keep, language: Language
) -> CoachReply | None:
    """Count a contribution if it is a question, and return the coach's reply to it, if any.

    The coach replies only in the thread, once per person and round.
    """
    if not _is_counted(unit, group.workspace, step, kept.kind, kept.author, kept.text):
        return None
    verdict = verdict_on(kept.text, group)
    _count_one(unit, group.workspace, session, kept.author, verdict.counts_as)
    if kept.ref is None:
        return None
    reply = reply_to(group, kept.text, verdict, language, form=False)
    if reply is None:
        return None
    counts = _question_counts(unit, group.workspace, session, kept.author)
    if _has_hinted(unit, counts, kept.step, kept.round):
        return None
    counts.hinted = kept.id
    return reply


def count_change(
    unit: Unit, group: Group, step: Step, said: Contribution, before: str | None, after: str | None
) -> bool:
    """Correct the counts for a text that was reworded, or withdrawn (`after` None).

    Returns whether a text that the coach commented on has become an open question.
    """
    if before is None:
        return False
    kind, author = ContributionKind(said.kind), said.author
    old, new = (
        verdict_on(text, group)
        if text is not None and _is_counted(unit, group.workspace, step, kind, author, text)
        else None
        for text in (before, after)
    )
    if old is None and new is None:
        return False
    counts = _question_counts(unit, group.workspace, said.session_id, author)
    if old is not None:
        _add(counts, old.counts_as, -1)
    if new is not None:
        _add(counts, new.counts_as, 1)
    if old is None or new is None:
        return False
    opened = old.remark is not None and new.remark is None and new.counts_as == "open"
    return counts.hinted == said.id and opened


def _is_counted(
    unit: Unit, workspace: str, step: Step, kind: ContributionKind, user: str, text: str
) -> bool:
    """Check whether the coach reads a person's text: its step, its kind, and the person say so."""
    asked = getattr(step, "collects", None)
    return kind == asked and listens_to(step, text) and is_coached(unit, workspace, user)


def kind_to_tell(
    unit: Unit, group: Group, step: Step, writer: str, text: str, asked: Sequence[tuple[str, str]]
) -> Label | None:
    """Return what kind of question a text is, if the group may hear so: open or closed.

    `asked` has the writer and the text of all that was asked in the step. A kind that only one
    person asked would say who it was, and is not told; nor is what the coach does not read.
    """
    if not listens_to(step, text) or not is_coached(unit, group.workspace, writer):
        return None
    label = verdict_on(text, group).label
    alike = {
        who
        for who, each in asked
        if is_coached(unit, group.workspace, who) and verdict_on(each, group).label == label
    }
    return label if label in ("open", "closed") and len(alike) > 1 else None


def _question_counts(unit: Unit, workspace: str, session: str, user: str) -> QuestionCounts:
    counts = unit.db.get(QuestionCounts, (session, user))
    if counts is None:
        counts = QuestionCounts(session_id=session, user=user, workspace=workspace)
        for label in LABELS:
            setattr(counts, label, 0)
        unit.db.add(counts)
    return counts


def _count_one(unit: Unit, workspace: str, session: str, user: str, label: Label) -> None:
    row: dict[str, object] = {"session_id": session, "user": user, "workspace": workspace}
    row |= {each: int(each == label) for each in LABELS}
    unit.upsert(QuestionCounts, [row], change=(), add=(label,))


def _add(counts: QuestionCounts, label: Label, difference: int) -> None:
    setattr(counts, label, max(0, getattr(counts, label) + difference))


def _has_hinted(unit: Unit, counts: QuestionCounts, step: str, round_: int) -> bool:
    """Check whether the coach has commented to this person in this round already."""
    last = unit.db.get(Contribution, counts.hinted) if counts.hinted is not None else None
    return last is not None and (last.step, last.round) == (step, round_)


def verdict_on(text: str, group: Group) -> Verdict:
    """Return the coach's verdict on a text, read in the group's language."""
    return coach.reading(text, group.language).read(text)


def reply_to(
    group: Group, text: str, verdict: Verdict, language: Language, *, form: bool
) -> CoachReply | None:
    """Return the coach's reply to a text with this verdict, or None for no comment.

    `form`: see `speaks_about`.
    """
    if verdict.remark is None or not speaks_about(group.guidance, verdict.remark, form=form):
        return None
    hint = coach.load(language).hint(text, verdict.remark, verdict.notes)
    return CoachReply(hint, verdict.openers)

"""Rows of what the question coach counts, and what it says about a text."""

from collections.abc import Sequence
from typing import NamedTuple, assert_never

from sqlalchemy import delete, func, select

from bot import coach
from bot.blocks.replies import Trend
from bot.coach import Label, Verdict
from bot.flows.method import Round, Step, Write
from bot.flows.session.effects import Keep
from bot.flows.types import ADVISING, ContributionKind, Guidance
from bot.i18n import Language
from bot.store.tables import Contribution, Group, Person, QuestionCounts, SessionRow
from bot.store.unit import Unit

WARNED_LABELS: tuple[Label, ...] = ("closed", "suggestive", "advice")
"""The labels that the coach has something to say about."""


TREND_SESSIONS = 10
"""How many of somebody's last sessions their own figures look back on."""


class CoachReply(NamedTuple):
    """What the coach says: what a text is and why that matters, and ways to open it up."""

    hint: str
    openers: tuple[str, ...]


def listens_to(step: Step) -> bool:
    """Tell whether the coach listens in a step: the method says so, and advice is not asked."""
    return isinstance(step, Round | Write) and step.coach and step.collects not in ADVISING


def speaks_about(guidance: Guidance, label: Label, *, form: bool) -> bool:
    """Tell whether the coach says something about a text, in the form or after a reply.

    It fades: a supported group hears of suggestions and advice alone, and only before
    sending; an independent group hears nothing.
    """
    match guidance:
        case Guidance.GUIDED:
            return label in WARNED_LABELS
        case Guidance.SUPPORTED:
            return form and label in ("suggestive", "advice")
        case Guidance.INDEPENDENT:
            return False
        case _:
            assert_never(guidance)


def trend_of(counts: Sequence[tuple[int, int]]) -> Trend | None:
    """Give how somebody's asking moved; `counts` holds open and all questions, oldest first."""
    told = [(open_, total) for open_, total in counts if total][-TREND_SESSIONS:]
    if not told:
        return None
    half = len(told) // 2
    return Trend(len(told), _percent(told[:half]) if half else None, _percent(told[half:]))


def _percent(counts: Sequence[tuple[int, int]]) -> int:
    return round(100 * sum(open_ for open_, _ in counts) / sum(total for _, total in counts))


def own_trend(unit: Unit, workspace: str, user: str) -> Trend | None:
    """Give somebody's own figures; to be shown to nobody else."""
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
    """Tell whether the coach speaks to somebody; it does until they say no."""
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
    labels = ("open", *WARNED_LABELS, "other")
    totals = unit.db.execute(
        select(*(func.sum(getattr(QuestionCounts, label)) for label in labels)).where(
            QuestionCounts.workspace == workspace, QuestionCounts.user == user
        )
    ).one()
    return {} if totals[0] is None else dict(zip(labels, totals, strict=True))


def count_question(
    unit: Unit, group: Group, session: str, step: Step, kept: Keep, language: Language
) -> CoachReply | None:
    """Count what somebody asked, and give what the coach says of a plain reply, if anything."""
    if not _counts(unit, group.workspace, step, kept.kind, kept.author):
        return None
    verdict = verdict_on(kept.text, group)
    _count_one(unit, group.workspace, session, kept.author, verdict.label)
    said = reply_to(group, verdict, language, form=False) if kept.ref is not None else None
    if said is None:
        return None
    asked = _asked(unit, group.workspace, session, kept.author)
    if _hinted_in(unit, asked, kept.step, kept.round):
        return None
    asked.hinted = kept.id
    return said


def count_change(
    unit: Unit, group: Group, step: Step, said: Contribution, before: str | None, after: str | None
) -> bool:
    """Count anew what somebody reworded, or took back (`after` None).

    Tells whether a text that the coach spoke about has become an open question.
    """
    if before is None or not _counts(
        unit, group.workspace, step, ContributionKind(said.kind), said.author
    ):
        return False
    was = verdict_on(before, group).label
    is_ = verdict_on(after, group).label if after is not None else None
    asked = _asked(unit, group.workspace, said.session_id, said.author)
    _count(asked, was, -1)
    if is_ is not None:
        _count(asked, is_, 1)
    return asked.hinted == said.id and was in WARNED_LABELS and is_ == "open"


def _counts(unit: Unit, workspace: str, step: Step, kind: ContributionKind, user: str) -> bool:
    """Tell whether a contribution is of the sort that the coach listens for, by who wants it."""
    return (
        listens_to(step)
        and isinstance(step, Round | Write)
        and kind == step.collects
        and is_coached(unit, workspace, user)
    )


def _asked(unit: Unit, workspace: str, session: str, user: str) -> QuestionCounts:
    asked = unit.db.get(QuestionCounts, (session, user))
    if asked is None:
        asked = QuestionCounts(session_id=session, user=user, workspace=workspace)
        for label in ("open", *WARNED_LABELS, "other"):
            setattr(asked, label, 0)
        unit.db.add(asked)
    return asked


def _count_one(unit: Unit, workspace: str, session: str, user: str, label: Label) -> None:
    row: dict[str, object] = {"session_id": session, "user": user, "workspace": workspace}
    row |= {each: int(each == label) for each in ("open", *WARNED_LABELS, "other")}
    unit.upsert(QuestionCounts, [row], change=(), add=(label,))


def _count(asked: QuestionCounts, label: Label, by: int) -> None:
    setattr(asked, label, max(0, getattr(asked, label) + by))


def _hinted_in(unit: Unit, asked: QuestionCounts, step: str, round_: int) -> bool:
    """Tell whether the coach has spoken in this round already."""
    last = unit.db.get(Contribution, asked.hinted) if asked.hinted is not None else None
    return last is not None and (last.step, last.round) == (step, round_)


def verdict_on(text: str, group: Group) -> Verdict:
    """Return how the coach reads a text, in the group's language."""
    return coach.reading(text, group.language).read(text)


def reply_to(
    group: Group, verdict: Verdict, language: Language, *, form: bool
) -> CoachReply | None:
    """Return what the coach says about a verdict, or None if it stays silent.

    `form`: before the text is sent, in a form; else after a reply.
    """
    if not speaks_about(Guidance(group.guidance), verdict.label, form=form):
        return None
    hint = coach.load(language).hint(verdict.label, verdict.notes)
    return CoachReply(hint, verdict.openers) if hint else None

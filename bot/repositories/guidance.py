"""Rows that tell how a group's sessions went: ratings, counts of questions and contributions."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from secrets import SystemRandom
from typing import Any

from sqlalchemy import delete, func, insert, select

from bot.blocks import guidance as show
from bot.flows.session.state import Session
from bot.flows.types import Ending, Guidance, Often
from bot.repositories.cases import GROUP_KIND
from bot.store.tables import Case, Contribution, Group, QuestionCounts, Rating, SessionRow
from bot.store.unit import Unit, new_id

LEAST_ANSWERS = 3
"""Answers needed before a group sees averages: with fewer, people could tell who gave which."""


def count_finished(unit: Unit, group: Group, *, since_evaluation: bool = False) -> int:
    """Count a group's finished sessions on cases: all, or those since its last evaluation.

    An evaluation with fewer than `LEAST_ANSWERS` answers counts as none.
    """
    ended = (
        select(func.count())
        .select_from(SessionRow)
        .join(Case, Case.id == SessionRow.case_id)
        .where(SessionRow.group_id == group.id, SessionRow.ending == Ending.FINISHED)
    )
    if since_evaluation:
        evaluations = (
            select(Rating.session_id)
            .where(Rating.group_id == group.id)
            .group_by(Rating.session_id)
            .having(func.count() >= LEAST_ANSWERS)
        )
        last = unit.db.scalar(
            select(func.max(SessionRow.ended_at)).where(
                SessionRow.group_id == group.id,
                SessionRow.id.in_(evaluations),
            )
        )
        if last is not None:
            ended = ended.where(SessionRow.ended_at > last)
    return unit.db.scalar(ended.where(Case.kind != GROUP_KIND)) or 0


def add_rating(unit: Unit, row: SessionRow, now: datetime, given: Mapping[str, Any]) -> None:
    """Store somebody's numbers and wishes without their name.

    All of the session's ratings are written anew, with new ids and in random order, so that
    neither rows nor ids tell in which order they were given.
    """
    names = ("useful", "safe", "guidance", "rhythm")
    columns = [getattr(Rating, name) for name in names]
    before = unit.db.execute(select(*columns).where(Rating.session_id == row.id)).mappings().all()
    unit.db.execute(delete(Rating).where(Rating.session_id == row.id))
    ratings = [*map(dict, before), {name: given.get(name) for name in names}]
    SystemRandom().shuffle(ratings)
    about = {
        "workspace": row.workspace,
        "group_id": row.group_id,
        "session_id": row.id,
        "day": now.date(),
    }
    unit.db.execute(
        insert(Rating.__table__), [{"id": new_id(), **about, **rating} for rating in ratings]
    )
    unit.erase(Rating)


def means_of(unit: Unit, session: str) -> show.Means:
    """Return the averages and counts of the answers in an evaluation."""
    rows = unit.db.scalars(select(Rating).where(Rating.session_id == session)).all()
    guidance = Counter(row.guidance for row in rows)
    rhythm = Counter(row.rhythm for row in rows)
    return show.Means(
        answers=len(rows),
        useful=_mean([row.useful for row in rows]),
        safe=_mean([row.safe for row in rows]),
        guidance={each: guidance[each] for each in Guidance},
        rhythm={each: rhythm[each] for each in Often},
    )


def look_back(unit: Unit, row: SessionRow, session: Session) -> show.LookBack | None:
    """Count a session's questions and how alike people wrote; None without any question."""
    asked = unit.db.execute(
        select(
            func.sum(QuestionCounts.open),
            func.sum(QuestionCounts.closed),
            func.sum(QuestionCounts.suggestive),
            func.sum(QuestionCounts.advice),
        ).where(QuestionCounts.session_id == row.id)
    ).one()
    open_, closed, suggestive, advice = (int(each or 0) for each in asked)
    questions = open_ + closed + suggestive + advice
    if not questions:
        return None
    contributions = unit.db.execute(
        select(Contribution.author, func.count())
        .where(Contribution.session_id == row.id)
        .group_by(Contribution.author)
    )
    counts = dict(contributions.all())
    others = [counts.get(who, 0) for who in session.participants if who != session.bringer]
    balance = balance_of(others)
    return show.LookBack(
        questions,
        open_,
        balance,
        tip(questions, open_, suggestive, advice, balance, said=sum(counts.values())),
    )


def balance_of(counts: Sequence[int]) -> show.Balance:
    """Return how alike people wrote: what the one with least has of what the one with most has."""
    least, most = min(counts, default=0), max(counts, default=0)
    if 3 * least >= 2 * most:
        return show.Balance.ALIKE
    return show.Balance.UNEQUAL if 3 * least >= most else show.Balance.FAR_APART


def tip(
    questions: int, open_: int, suggestive: int, advice: int, balance: show.Balance, *, said: int
) -> str:
    """Choose the tip for next time that helps most, by the key of its text.

    Where nothing was amiss, how much was `said` varies it.
    """
    if balance is show.Balance.FAR_APART:
        return "balance"
    if advice * 5 >= questions:
        return "advice"
    if suggestive * 5 >= questions:
        return "suggestive"
    return "open" if open_ * 3 < questions * 2 else f"deeper_{said % 3}"


def _mean(values: Iterable[int | None]) -> float | None:
    given = [value for value in values if value is not None]
    return sum(given) / len(given) if given else None

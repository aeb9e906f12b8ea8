"""The chooser: which method fits this group, now, with this case.

Pure: from what is known of the situation to three suggestions, the best first, each with its
reason. A method that does not fit is never suggested: by its kind, aim or size, or because
a group is too new for it. When few are short enough for the time there is, the shortest of
the others follow.
"""

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum

from bot.flows.method import Method
from bot.flows.types import Aim, CaseKind, Frozen

MATURE = 3
"""Sessions after which a group knows the basics, and each other."""

TRUSTED = 6
"""Sessions after which a group may be ready for what asks for trust."""

IN_A_ROW = 3
"""Problem cases in a row after which the group is asked what went well."""

HOW_MANY = 3


class Reason(StrEnum):
    """Why a method is suggested, the most telling first."""

    START = "start"
    THREE = "three"
    YOURS = "yours"
    GOOD = "good"
    REFLECTION = "reflection"
    HEARD = "heard"
    CONCRETE = "concrete"
    ADVICE = "advice"
    BASE = "base"
    TRUST = "trust"
    SHORT = "short"
    TIME = "time"
    NEW = "new"
    GENTLE = "gentle"
    FITS = "fits"
    WENT_WELL = "went_well"


class GroupSituation(Frozen):
    """What is known when a case comes up.

    `people` who may be expected, `minutes` that there are (None: no limit), `sessions` that
    the group finished, `lately` the methods it used, newest first, `problems` how many cases
    in a row were about what was hard, and `chosen` the methods it agreed on. `public`: everyone
    can read where they meet.
    """

    kind: CaseKind
    aim: Aim | None = None
    people: int = 5
    minutes: int | None = None
    sessions: int = 0
    lately: tuple[str, ...] = ()
    problems: int = 0
    chosen: tuple[str, ...] = ()
    public: bool = False

    @property
    def new(self) -> bool:
        """Whether the group is still getting to know each other."""
        return self.sessions < MATURE


class Suggestion(Frozen):
    """A method by its id, and why it is suggested."""

    method: str
    reason: Reason


def fitting(methods: Mapping[str, Method], situation: GroupSituation) -> list[Method]:
    """List the methods that may be chosen, regardless of the time available."""
    return [method for method in methods.values() if _fits(method, situation)]


def suggestions(methods: Mapping[str, Method], situation: GroupSituation) -> tuple[Suggestion, ...]:
    """List up to three suggestions, best first, each for another reason where possible.

    After several problem cases in a row one more is added: to bring something that went well.
    """
    found = [method for method in fitting(methods, situation) if _serves(method, situation)]

    def rank(method: Method) -> tuple[int, int]:
        over = max(0, _lasts(method, situation) - (situation.minutes or 24 * 60))
        if Reason.START in _reasons(method, situation):
            over = 0  # whoever begins needs the basics more than they need haste
        return (over, -_weight(method, situation))

    told: list[Suggestion] = []
    for method in sorted(found, key=rank)[:HOW_MANY]:
        reasons = list(_reasons(method, situation))
        fresh = [reason for reason in reasons if reason not in [s.reason for s in told]]
        told.append(Suggestion(method=method.id, reason=(fresh or reasons)[0]))
    if situation.kind is CaseKind.LEARNING and situation.problems >= IN_A_ROW:
        told.append(Suggestion(method="positive", reason=Reason.WENT_WELL))
    return tuple(told)


def _fits(method: Method, situation: GroupSituation) -> bool:
    return (
        situation.kind in method.kinds
        and method.least <= situation.people <= method.most
        and (method.new_groups or not situation.new)
        and not (method.private_only and situation.public)
    )


def _serves(method: Method, situation: GroupSituation) -> bool:
    suggested = method.suggested or method.id in situation.chosen
    return suggested and (situation.aim is None or situation.aim in method.aims)


def _lasts(method: Method, situation: GroupSituation) -> int:
    return method.lasts(situation.people)


WEIGHTS: Mapping[Reason, int] = {
    Reason.START: 8,
    Reason.YOURS: 6,
    Reason.THREE: 4,
    Reason.BASE: 3,
    Reason.REFLECTION: 3,
    Reason.HEARD: 3,
    Reason.ADVICE: 2,
    Reason.CONCRETE: 2,
    Reason.GOOD: 2,
    Reason.TRUST: 1,
    Reason.SHORT: 1,
    Reason.TIME: 1,
    Reason.NEW: 1,
}


def _weight(method: Method, situation: GroupSituation) -> int:
    """Say how well a method fits; what was used lately weighs less, the last one least."""
    used = situation.lately.index(method.id) if method.id in situation.lately else None
    tired = 0 if used is None or situation.new else max(0, 5 - 2 * used)
    early = 4 if not method.new_groups and situation.sessions < TRUSTED else 0
    return sum(WEIGHTS.get(reason, 0) for reason in _reasons(method, situation)) - tired - early


def _reasons(method: Method, situation: GroupSituation) -> Iterator[Reason]:
    """List why a method fits, the most telling reason first."""
    return (reason for reason, holds in _facts(method, situation) if holds)


def _facts(method: Method, situation: GroupSituation) -> Iterable[tuple[Reason, bool]]:
    aim, lasts = situation.aim, _lasts(method, situation)
    there_is = situation.minutes or 0
    narrow = len(method.aims) < len(Aim)
    advises = method.has_advice
    return (
        (Reason.START, situation.new and method.id in ("basic", "positive")),
        (Reason.THREE, method.most == situation.people == 3),
        (Reason.YOURS, method.id in situation.chosen),
        (Reason.REFLECTION, aim is Aim.REFLECTION and narrow and not advises),
        (Reason.HEARD, aim is Aim.HEARD and narrow and not advises),
        (Reason.CONCRETE, aim is Aim.CONCRETE and narrow and not method.rotating()),
        (Reason.ADVICE, aim is Aim.ADVICE and narrow and advises),
        (Reason.BASE, not situation.new and method.id == "solution-focused"),
        (Reason.TRUST, not method.new_groups),
        (Reason.SHORT, lasts <= 40 or (there_is > 0 and lasts <= there_is / 2)),
        (Reason.TIME, there_is > 0 and there_is * 2 / 3 <= lasts <= there_is),
        (Reason.NEW, not situation.new and method.id not in situation.lately),
        (Reason.GOOD, situation.kind is CaseKind.POSITIVE),
        (Reason.GENTLE, situation.new and method.new_groups),
        (Reason.FITS, True),
    )

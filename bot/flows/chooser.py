"""The chooser: which method fits this group, now, with this case.

Pure: from what is known of the occasion to three suggestions, the best first, each with its
reason. A method that does not fit is never suggested: by its kind, aim or size, or because
a group is too new for it. When few are short enough for the time there is, the shortest of
the others follow.
"""

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum

from bot.flows.method import Gate, Method, Tray
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


class Occasion(Frozen):
    """What is known when a case comes up.

    `people` who may be expected, `minutes` that there are (None: no limit), `sessions` that
    the group finished, `lately` the methods it used, newest first, `problems` how many cases
    in a row were about what was hard, and `chosen` the methods it agreed on.
    """

    kind: CaseKind
    aim: Aim | None = None
    people: int = 5
    minutes: int | None = None
    sessions: int = 0
    lately: tuple[str, ...] = ()
    problems: int = 0
    chosen: tuple[str, ...] = ()

    @property
    def new(self) -> bool:
        """Whether the group is still getting to know each other."""
        return self.sessions < MATURE


class Suggestion(Frozen):
    """A method by its id, and why it is suggested."""

    method: str
    reason: Reason


def fitting(methods: Mapping[str, Method], occasion: Occasion) -> list[Method]:
    """List the methods that may be chosen, regardless of the time available."""
    return [method for method in methods.values() if _fits(method, occasion)]


def suggestions(methods: Mapping[str, Method], occasion: Occasion) -> tuple[Suggestion, ...]:
    """List up to three suggestions, best first, each for another reason where possible.

    After several problem cases in a row one more is added: to bring something that went well.
    """
    found = [method for method in fitting(methods, occasion) if _serves(method, occasion)]

    def rank(method: Method) -> tuple[int, int]:
        over = max(0, _lasts(method, occasion) - (occasion.minutes or 24 * 60))
        if Reason.START in _reasons(method, occasion):
            over = 0  # whoever begins needs the basics more than they need haste
        return (over, -_weight(method, occasion))

    told: list[Suggestion] = []
    for method in sorted(found, key=rank)[:HOW_MANY]:
        reasons = list(_reasons(method, occasion))
        fresh = [reason for reason in reasons if reason not in [s.reason for s in told]]
        told.append(Suggestion(method=method.id, reason=(fresh or reasons)[0]))
    if occasion.kind is CaseKind.LEARNING and occasion.problems >= IN_A_ROW:
        told.append(Suggestion(method="positive", reason=Reason.WENT_WELL))
    return tuple(told)


def _fits(method: Method, occasion: Occasion) -> bool:
    return (
        occasion.kind in method.kinds
        and method.least <= occasion.people <= method.most
        and (method.new_groups or not occasion.new)
    )


def _serves(method: Method, occasion: Occasion) -> bool:
    return occasion.aim is None or occasion.aim in method.aims


def _lasts(method: Method, occasion: Occasion) -> int:
    return method.lasts(occasion.people)


WEIGHTS: Mapping[Reason, int] = {
    Reason.START: 8,
    Reason.YOURS: 6,
    Reason.THREE: 4,
    Reason.BASE: 3,
    Reason.REFLECTION: 3,
    Reason.ADVICE: 2,
    Reason.CONCRETE: 2,
    Reason.GOOD: 2,
    Reason.TRUST: 1,
    Reason.SHORT: 1,
    Reason.TIME: 1,
    Reason.NEW: 1,
}


def _weight(method: Method, occasion: Occasion) -> int:
    """Say how well a method fits; what was used lately weighs less, the last one least."""
    used = occasion.lately.index(method.id) if method.id in occasion.lately else None
    tired = 0 if used is None or occasion.new else max(0, 5 - 2 * used)
    early = 4 if not method.new_groups and occasion.sessions < TRUSTED else 0
    return sum(WEIGHTS.get(reason, 0) for reason in _reasons(method, occasion)) - tired - early


def _reasons(method: Method, occasion: Occasion) -> Iterator[Reason]:
    """List why a method fits, the most telling reason first."""
    return (reason for reason, holds in _facts(method, occasion) if holds)


def _facts(method: Method, occasion: Occasion) -> Iterable[tuple[Reason, bool]]:
    aim, lasts = occasion.aim, _lasts(method, occasion)
    there_is = occasion.minutes or 0
    narrow = len(method.aims) < len(Aim)
    advises = any(isinstance(step, Gate | Tray) for step in method.steps)
    return (
        (Reason.START, occasion.new and method.id in ("basic", "positive")),
        (Reason.THREE, method.most == occasion.people == 3),
        (Reason.YOURS, method.id in occasion.chosen),
        (Reason.REFLECTION, aim is Aim.REFLECTION and narrow and not advises),
        (Reason.CONCRETE, aim is Aim.CONCRETE and narrow and not method.rotating()),
        (Reason.ADVICE, aim is Aim.ADVICE and narrow and advises),
        (Reason.BASE, not occasion.new and method.id == "solution-focused"),
        (Reason.TRUST, not method.new_groups),
        (Reason.SHORT, lasts <= 40 or (there_is > 0 and lasts <= there_is / 2)),
        (Reason.TIME, there_is > 0 and there_is * 2 / 3 <= lasts <= there_is),
        (Reason.NEW, not occasion.new and method.id not in occasion.lately),
        (Reason.GOOD, occasion.kind is CaseKind.POSITIVE),
        (Reason.GENTLE, occasion.new and method.new_groups),
        (Reason.FITS, True),
    )

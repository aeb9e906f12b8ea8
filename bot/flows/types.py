"""The field's own words, as the values that travel through the whole program."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """A value: compared by content, never changed in place, unknown fields refused.

    What checks it is made for the first one, so that a process starts without.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", hide_input_in_errors=True, defer_build=True
    )


class CaseKind(StrEnum):
    """What sort of experience a case is about."""

    LEARNING = "learning"
    POSITIVE = "positive"


class Aim(StrEnum):
    """What the bringer hopes for: act differently, choose advice, become aware, be heard."""

    CONCRETE = "concrete"
    ADVICE = "advice"
    REFLECTION = "reflection"
    HEARD = "heard"


class Purpose(StrEnum):
    """What a group wants when it chooses a method, in the order in which methods are listed."""

    FIRST = "first"
    QUICK = "quick"
    QUESTION = "question"
    VIEW = "view"
    EVENT = "event"
    RIGHT = "right"
    SUCCESS = "success"
    GROUP = "group"


class Tips(StrEnum):
    """Whether advice is welcome, as the bringer says it beforehand."""

    YES = "yes"
    NO = "no"
    LATER = "later"


class Guidance(StrEnum):
    """How much a group leans on the bot; a group itself says when it wants less."""

    GUIDED = "guided"
    SUPPORTED = "supported"
    INDEPENDENT = "independent"


class Rung(StrEnum):
    """How much of a session somebody leads who learns to lead: from watching to the whole."""

    WATCH = "watch"
    STEP = "step"
    HALF = "half"
    WHOLE = "whole"


class LadderState(StrEnum):
    """Whether somebody climbs: the next rung is offered, taken or declined, or none is left."""

    OFFERED = "offered"
    TAKEN = "taken"
    DECLINED = "declined"
    DONE = "done"


class Mode(StrEnum):
    """Whether a session is spoken, together at one time, or written, over days."""

    LIVE = "live"
    ASYNC = "async"


class Often(StrEnum):
    """Whether a group meets often enough, as its members see it."""

    GOOD = "good"
    MORE = "more"
    LESS = "less"


class ContributionKind(StrEnum):
    """What a contribution is, once it counts."""

    SHARE = "share"
    STORY = "story"
    QUESTION = "question"
    ANSWER = "answer"
    REFRAMING = "reframing"
    DECISION = "decision"
    OBSERVATION = "observation"
    ASSOCIATION = "association"
    COMPLIMENT = "compliment"
    ADVICE = "advice"
    IDEA = "idea"
    MUSING = "musing"
    INSIGHT = "insight"
    TOOL = "tool"
    WORK_QUESTION = "work_question"
    NEXT_STEP = "next_step"
    AGREEMENT = "agreement"


class WantedReminders(StrEnum):
    """Which reminders a person wants: those about their own turns, all of them, or none."""

    OWN = "own"
    ALL = "all"
    NONE = "none"


class ReplyWord(StrEnum):
    """What a reply means that consists of one of the words for it, whatever the language."""

    PASS = "pass"  # noqa: S105 - a word
    LATER = "later"


class Direction(StrEnum):
    """How a bringer wants to go on after a process check: with a step, or as it was."""

    ROUND = "round"
    SILENCE = "silence"
    IMAGE = "image"
    TEAM = "team"
    ON = "on"


class HunchOutcome(StrEnum):
    """What became of a hunch by the end of a session, as its writer sees it."""

    HELD = "held"
    RELEASED = "released"
    STANDS = "stands"


class Picture(StrEnum):
    """What may be chosen to go with one's words, where a method asks for a picture."""

    BRIDGE = "bridge"
    LIGHTHOUSE = "lighthouse"
    STORM = "storm"
    BOAT = "boat"
    DOOR = "door"
    CROSSROADS = "crossroads"
    LADDER = "ladder"
    NEST = "nest"
    UMBRELLA = "umbrella"
    FIRE = "fire"
    MOUNTAIN = "mountain"
    ROOTS = "roots"


ADVISING = frozenset({ContributionKind.ADVICE, ContributionKind.IDEA, ContributionKind.MUSING})
"""What only the tray may hold: on the table, not in the lap."""


class Phase(StrEnum):
    """Where a session stands as a whole."""

    LOBBY = "lobby"
    RUNNING = "running"
    PAUSED = "paused"
    CLOSED = "closed"


class Ending(StrEnum):
    """How a session came to be closed."""

    FINISHED = "finished"
    STOPPED = "stopped"
    FORGOTTEN = "forgotten"
    BRINGER_LEFT = "bringer_left"
    TOO_FEW = "too_few"


class CaseStatus(StrEnum):
    """How far a case has come."""

    DRAFT = "draft"
    QUEUED = "queued"
    LIVE = "live"
    DONE = "done"
    DROPPED = "dropped"


class ContributionState(StrEnum):
    """Who can read a contribution.

    `KEPT`: everyone in the session, from the start. `SEALED`: its author alone, until the
    session shows it, which makes it `REVEALED`. `WITHDRAWN`: nobody, its text is gone.
    """

    KEPT = "kept"
    SEALED = "sealed"
    REVEALED = "revealed"
    WITHDRAWN = "withdrawn"

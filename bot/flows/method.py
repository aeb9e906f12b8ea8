"""A method: a list of steps, told as data.

A method is read from YAML (see `bot.methods`) into these models. The session
(`bot.flows.session`) interprets them; no method has code of its own.

A step's `kind` says how people take part:

    present   the bringer tells the case; the bot shows what was written beforehand
    round     everyone in turn; with `answers`, the bringer answers each before the floor moves
    write     everyone in a form, unseen; shown together, or laid in the tray, or for oneself
    discuss   those who may speak write freely until the time is up or someone moves on
    respond   one contribution by the bringer
    gate      the bringer says yes or no; steps `behind` the gate happen only after a yes
    tray      the bringer opens the tray and takes what fits
    reflect   everyone's closing reflection
"""

from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from bot.flows.words import Aim, CaseKind, ContributionKind, Frozen

Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
Line = Annotated[str, Field(min_length=1, max_length=150)]
Words = Annotated[str, Field(min_length=1, max_length=1500)]


class Title(Frozen):
    """One short line in each language."""

    nl: Line
    en: Line

    def __getitem__(self, language: str) -> str:
        """Give the line in `language` ("nl" or "en"; anything else reads English)."""
        return self.nl if language == "nl" else self.en


class Prompt(Frozen):
    """A few sentences in each language; `{bringer}` becomes the bringer's name."""

    nl: Words
    en: Words

    def __getitem__(self, language: str) -> str:
        """Give the words in `language` ("nl" or "en"; anything else reads English)."""
        return self.nl if language == "nl" else self.en


def _mistaken(key: str, *at: int | str, **about: str) -> PydanticCustomError:
    """Make the error `key` (worded in `bot.remedies`) about the field `at`, seen from here."""
    return PydanticCustomError(key, key, {"at": at, **about})


class _Step(Frozen):
    id: Identifier
    title: Title
    prompt: Prompt
    minutes: Annotated[int, Field(ge=1, le=240)]
    parked: bool = False
    behind: Identifier | None = None


class Present(_Step):
    """The bringer tells the case and says when it is told."""

    kind: Literal["present"]
    parked: Literal[False] = False


class Round(_Step):
    """Each speaker once a round, in turn; the order starts with somebody else each round."""

    kind: Literal["round"]
    speakers: Literal["peers", "all"] = "peers"
    collects: ContributionKind
    answers: bool = False
    rounds: Annotated[int, Field(ge=1, le=3)] = 1
    coach: bool = False

    @model_validator(mode="after")
    def _answerable(self) -> Self:
        if self.answers and (self.parked or self.speakers == "all"):
            raise _mistaken("answers_alone", "answers")
        if self.parked and self.speakers == "all":
            raise _mistaken("parked_reads", "speakers")
        return self


class Write(_Step):
    """Each speaker writes unseen, as often as once; then it is shown as `shows` says."""

    kind: Literal["write"]
    speakers: Literal["peers", "all"] = "peers"
    collects: ContributionKind
    shows: Literal["together", "tray", "oneself"] = "together"
    names: bool = True
    coach: bool = False

    @model_validator(mode="after")
    def _parked_reads(self) -> Self:
        if self.parked and self.speakers == "all":
            raise _mistaken("parked_reads", "speakers")
        return self


class Discuss(_Step):
    """Those who may speak write freely."""

    kind: Literal["discuss"]
    speakers: Literal["peers", "all"] = "peers"
    collects: ContributionKind

    @model_validator(mode="after")
    def _parked_reads(self) -> Self:
        if self.parked and self.speakers == "all":
            raise _mistaken("parked_reads", "speakers")
        return self


class Respond(_Step):
    """One contribution by the bringer, who may also leave it."""

    kind: Literal["respond"]
    collects: ContributionKind
    parked: Literal[False] = False


class Gate(_Step):
    """A yes or no by the bringer. Aim *reflection* and "no tips" keep it shut unasked."""

    kind: Literal["gate"]
    parked: Literal[False] = False


class Tray(_Step):
    """The bringer opens the tray and takes what fits."""

    kind: Literal["tray"]
    parked: Literal[False] = False


class Reflect(_Step):
    """The closing reflection, by everyone who took part."""

    kind: Literal["reflect"]
    parked: Literal[False] = False


Step = Annotated[
    Present | Round | Write | Discuss | Respond | Gate | Tray | Reflect,
    Field(discriminator="kind"),
]


class Method(Frozen):
    """A whole method: what it is for and its steps, in order.

    Refused when no step lets a colleague speak, when it does not end in one
    reflection, when two steps share an id, when `behind` names no earlier gate,
    or when something is laid in a tray that the bringer never gets to open.
    """

    id: Identifier
    title: Title
    summary: Prompt
    kinds: Annotated[tuple[CaseKind, ...], Field(min_length=1)]
    aims: Annotated[tuple[Aim, ...], Field(min_length=1)] = tuple(Aim)
    least: Annotated[int, Field(ge=3, le=12)] = 3
    steps: Annotated[tuple[Step, ...], Field(min_length=2, max_length=30)]

    @model_validator(mode="after")
    def _whole(self) -> Self:
        seen: set[str] = set()
        gates: set[str] = set()
        for at, step in enumerate(self.steps):
            if step.id in seen:
                raise _mistaken("step_twice", "steps", at, "id", step=step.id)
            if step.behind is not None and step.behind not in gates:
                raise _mistaken("no_gate", "steps", at, "behind", gate=step.behind)
            seen.add(step.id)
            if isinstance(step, Gate):
                gates.add(step.id)
        reflections = [step for step in self.steps if isinstance(step, Reflect)]
        if len(reflections) != 1 or self.steps[-1].kind != "reflect":
            wrong = self.steps.index(reflections[0]) if reflections else len(self.steps) - 1
            raise _mistaken("no_reflection", "steps", wrong, "kind")
        if not any(isinstance(step, Round | Write | Discuss) for step in self.steps):
            raise _mistaken("nobody_speaks", "steps")
        self._tray_opens()
        return self

    def _tray_opens(self) -> None:
        laid: int | None = None
        for at, step in enumerate(self.steps):
            if isinstance(step, Write) and step.shows == "tray":
                laid = at
            elif isinstance(step, Tray):
                laid = None
        if laid is not None:
            raise _mistaken("tray_stays_shut", "steps", laid, "shows", step=self.steps[laid].id)

    @property
    def minutes(self) -> int:
        """How long a spoken meeting of six takes, in minutes, every gate open."""
        return sum(step.minutes for step in self.steps)

    def after(self, index: int, opened: tuple[str, ...]) -> Iterator[int]:
        """Give the indexes of the steps after `index` that happen, with these gates open."""
        for later, step in enumerate(self.steps[index + 1 :], start=index + 1):
            if step.behind is None or step.behind in opened:
                yield later

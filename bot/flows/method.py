"""A method: a list of steps, told as data.

A method is read from YAML (see `bot.catalog.methods`) into these models. The session
(`bot.flows.session.decide`) interprets them; no method has code of its own.

A step's `kind` says how people take part:

    present   the bringer tells, until it is told; the bot shows what `tells` names of the case
    round     everyone in turn; with `answers`, the bringer answers each before the floor moves
    write     everyone in a form, unseen; shown together, laid in the tray, sorted, or for oneself
    sort      the bringer finds each thing of an earlier write cold, neutral or warm, unseen;
              the warm ones are shown
    discuss   those who may speak write freely until the time is up or someone moves on
    respond   one contribution by the bringer
    gate      the bringer says yes or no
    tray      the bringer opens the tray and takes what fits
    reflect   everyone's closing reflection

A step says its `prompt` to a group that leans on the bot, the shorter `brief` to one that
leans on it less, and nothing to one that goes by itself. What it says `always`, on privacy,
respect or choice, is said to each of them, after the rest.

A step `behind` another happens only when something came of that one: the gate or tray was
opened, something was found warm, somebody wrote. Steps that `rotates` marks are done once
for each person, each of them in turn in the bringer's place.

Advice, ideas and musings are written unseen and laid in the tray, or come in a step `behind` a
gate, so that whatever the method, none of it reaches a bringer who did not ask for it. What
somebody would have done at the moment of an incident, a decision, is no advice.
"""

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from bot.flows.types import ADVISING, Aim, CaseKind, ContributionKind, Frozen, Guidance

Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,35}$")]
Line = Annotated[str, Field(min_length=1, max_length=150)]
Words = Annotated[str, Field(min_length=1, max_length=1500)]


class Title(Frozen):
    """One short line in each language."""

    nl: Line
    en: Line

    def __getitem__(self, language: str) -> str:
        """Return the line in `language` ("nl" or "en"; anything else reads English)."""
        return self.nl if language == "nl" else self.en


class Prompt(Frozen):
    """A few sentences in each language; `{bringer}` becomes the bringer's name."""

    nl: Words
    en: Words

    def __getitem__(self, language: str) -> str:
        """Return the words in `language` ("nl" or "en"; anything else reads English)."""
        return self.nl if language == "nl" else self.en


class Lines(Frozen):
    """Lines to choose from, in each language."""

    nl: tuple[Words, ...]
    en: tuple[Words, ...]

    def __getitem__(self, language: str) -> tuple[str, ...]:
        """Return the lines in `language` ("nl" or "en"; anything else reads English)."""
        return self.nl if language == "nl" else self.en


class ExampleCase(Frozen):
    """A case that fits a method: what its bringer answers when they are asked about it."""

    title: Title
    situation: Prompt
    action: Prompt
    question: Prompt


class Example(Frozen):
    """What is said when a method is rehearsed: the case, and lines for its steps.

    `says` holds them by the id of a step. `<id>/bringer` is what the bringer says there,
    `<id>/answer` their answers to the questions of a round, in the same order. `<id>/1` and
    `<id>/2` go into the fields of a form; what one person writes stands at the same place in each.
    """

    case: ExampleCase | None = None
    says: Mapping[str, Lines] = Field(default_factory=dict)


def _mistaken(key: str, *at: int | str, **about: str) -> PydanticCustomError:
    """Return an error about the field at the relative path `at`, worded by `remedy.<key>`."""
    return PydanticCustomError(key, key, {"at": at, **about})


class Role(Frozen):
    """A part that somebody plays for a turn, such as a hat, and what it asks of them."""

    title: Title
    prompt: Prompt


class _Step(Frozen):
    id: Identifier
    title: Title
    prompt: Prompt
    brief: Prompt | None = None
    always: Prompt | None = None
    minutes: Annotated[int, Field(ge=1, le=240)]
    parked: bool = False
    behind: Identifier | None = None
    rotates: bool = False

    def asks(self, language: str, guidance: Guidance = Guidance.GUIDED) -> str:
        """Return what the step asks, as fully as a group's guidance wants it; may be empty.

        `{bringer}` still stands in it.
        """
        said = {Guidance.GUIDED: self.prompt, Guidance.SUPPORTED: self.brief or self.prompt}
        texts = (said.get(guidance), self.always)
        return " ".join(text[language] for text in texts if text is not None)


class _Asking(_Step):
    """A step that asks something of colleagues, or of everyone."""

    speakers: Literal["peers", "all"] = "peers"
    collects: ContributionKind

    @model_validator(mode="after")
    def _parked_reads(self) -> Self:
        if self.parked and self.speakers == "all":
            raise _mistaken("parked_reads", "speakers")
        return self


class PresentStep(_Step):
    """The bringer tells, until it is told; of the case, the bot shows what `tells` names."""

    kind: Literal["present"]
    tells: tuple[Literal["situation", "action", "question"], ...] = (
        "situation",
        "action",
        "question",
    )
    collects: ContributionKind = ContributionKind.STORY
    parked: Literal[False] = False


class RoundStep(_Asking):
    """Each speaker once a round, in turn; the order starts with somebody else each round.

    `roles` go from one turn to the next, and on into the next round. `leave` is what the
    button says that passes.
    """

    kind: Literal["round"]
    answers: bool = False
    rounds: Annotated[int, Field(ge=1, le=3)] = 1
    coach: bool = False
    roles: Annotated[tuple[Role, ...], Field(max_length=12)] = ()
    leave: Title | None = None

    @model_validator(mode="after")
    def _answerable(self) -> Self:
        if self.answers and (self.parked or self.speakers == "all"):
            raise _mistaken("answers_alone", "answers")
        return self


class WriteStep(_Asking):
    """Each speaker writes unseen, as often as once; then it is shown as `shows` says.

    `fields` asks for several things in one form; with `pictures` everyone chooses one of
    ours to go with their words.
    """

    kind: Literal["write"]
    shows: Literal["together", "tray", "sort", "oneself"] = "together"
    fields: Annotated[tuple[Title, ...], Field(max_length=8)] = ()
    pictures: bool = False
    names: bool = True
    coach: bool = False
    leave: Title | None = None

    @model_validator(mode="after")
    def _for_the_bringer(self) -> Self:
        if self.shows in ("tray", "sort") and self.speakers == "all":
            raise _mistaken("bringer_reads_own", "speakers")
        return self


class SortStep(_Step):
    """The bringer finds each thing written in the step `of` cold, neutral or warm."""

    kind: Literal["sort"]
    of: Identifier
    parked: Literal[False] = False


class DiscussStep(_Asking):
    """Those who may speak write freely."""

    kind: Literal["discuss"]


class RespondStep(_Step):
    """One contribution by the bringer, who may also leave it."""

    kind: Literal["respond"]
    collects: ContributionKind
    parked: Literal[False] = False


class GateStep(_Step):
    """A yes or no by the bringer: to advice, or to hearing their question said anew.

    Who wants no tips is not asked about advice.
    """

    kind: Literal["gate"]
    opens: Literal["advice", "reframing"] = "advice"
    parked: Literal[False] = False


class TrayStep(_Step):
    """The bringer opens the tray and takes what fits."""

    kind: Literal["tray"]
    parked: Literal[False] = False


class ReflectStep(_Step):
    """The closing reflection, by everyone who took part.

    With `evaluates` everyone also says, without a name, how safe it is here, how much guidance
    they would like and whether the rhythm is right.
    """

    kind: Literal["reflect"]
    evaluates: bool = False
    parked: Literal[False] = False
    rotates: Literal[False] = False


Step = Annotated[
    PresentStep
    | RoundStep
    | WriteStep
    | SortStep
    | DiscussStep
    | RespondStep
    | GateStep
    | TrayStep
    | ReflectStep,
    Field(discriminator="kind"),
]


class Method(Frozen):
    """A whole method: what it is for and its steps, in order.

    `kinds` says for which cases it is; a method without any is about the group itself.
    `least` and `most` count people; a method that is not for `new_groups` asks that they
    know each other well; one that is not `suggested` is for a particular kind of case, and a
    group picks it itself; `crib` helps a human facilitator; `example` is for rehearsals.

    Refused when no step lets a colleague speak, when it does not end in one reflection,
    when two steps share an id, when a step refers to one that is not there, when advice
    could reach the bringer unasked, when something is laid in a tray or to be sorted
    that the bringer never gets to see, or when there is no bringer and a step needs one.
    """

    id: Identifier
    title: Title
    summary: Prompt
    kinds: tuple[CaseKind, ...]
    aims: Annotated[tuple[Aim, ...], Field(min_length=1)] = tuple(Aim)
    least: Annotated[int, Field(ge=3, le=12)] = 3
    most: Annotated[int, Field(ge=3, le=12)] = 12
    new_groups: bool = True
    suggested: bool = True
    private_only: bool = False
    crib: Prompt | None = None
    example: Example | None = None
    steps: Annotated[tuple[Step, ...], Field(min_length=2, max_length=30)]

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.most < self.least:
            raise _mistaken("most_below_least", "most")
        self._steps_refer()
        self._example_fits()
        reflections = [step for step in self.steps if isinstance(step, ReflectStep)]
        if len(reflections) != 1 or self.steps[-1].kind != "reflect":
            wrong = self.steps.index(reflections[0]) if reflections else len(self.steps) - 1
            raise _mistaken("no_reflection", "steps", wrong, "kind")
        if not any(isinstance(step, RoundStep | WriteStep | DiscussStep) for step in self.steps):
            raise _mistaken("nobody_speaks", "steps")
        self._all_is_seen()
        self._rotates_at_once()
        if not self.kinds:
            self._needs_no_bringer()
        return self

    def _needs_no_bringer(self) -> None:
        for at, step in enumerate(self.steps):
            if isinstance(step, PresentStep | RespondStep | GateStep | TrayStep | SortStep):
                raise _mistaken("no_bringer", "steps", at, "kind")
            if isinstance(step, _Asking) and step.speakers != "all":
                raise _mistaken("no_bringer", "steps", at, "speakers")
            if step.rotates:
                raise _mistaken("no_bringer", "steps", at, "rotates")

    def _steps_refer(self) -> None:
        seen: dict[str, Step] = {}
        for at, step in enumerate(self.steps):
            if step.id in seen:
                raise _mistaken("step_twice", "steps", at, "id", step=step.id)
            before = seen.get(step.behind) if step.behind is not None else None
            if step.behind is not None and not isinstance(
                before, GateStep | TrayStep | SortStep | WriteStep
            ):
                raise _mistaken("no_gate", "steps", at, "behind", gate=step.behind)
            if isinstance(step, SortStep):
                written = seen.get(step.of)
                if not isinstance(written, WriteStep) or written.shows != "sort":
                    raise _mistaken("nothing_to_sort", "steps", at, "of", step=step.of)
            advises = getattr(step, "collects", None) in ADVISING
            laid = isinstance(step, WriteStep) and step.shows == "tray"
            asked = isinstance(before, GateStep) and before.opens == "advice"
            if advises and not laid and not asked:
                raise _mistaken("advice_uncovered", "steps", at, "collects")
            seen[step.id] = step

    def _example_fits(self) -> None:
        ids = {step.id for step in self.steps}
        for key in self.example.says if self.example is not None else ():
            if key.partition("/")[0] not in ids:
                raise _mistaken("example_step", "example", "says", key, step=key.partition("/")[0])

    def _all_is_seen(self) -> None:
        laid: int | None = None
        for at, step in enumerate(self.steps):
            if isinstance(step, WriteStep) and step.shows == "tray":
                laid = at
            elif isinstance(step, TrayStep):
                laid = None
            elif isinstance(step, WriteStep) and step.shows == "sort":
                later = self.steps[at + 1 :]
                if not any(isinstance(sort, SortStep) and sort.of == step.id for sort in later):
                    raise _mistaken("never_sorted", "steps", at, "shows", step=step.id)
        if laid is not None:
            raise _mistaken("tray_stays_shut", "steps", laid, "shows", step=self.steps[laid].id)

    def _rotates_at_once(self) -> None:
        marks = [step.rotates for step in self.steps]
        if True in marks:
            first, count = marks.index(True), marks.count(True)
            if not all(marks[first : first + count]):
                raise _mistaken("rotates_apart", "steps", first + marks[first:].index(False))

    @property
    def minutes(self) -> int:
        """How long a spoken meeting of six takes, in minutes, with everything that may happen."""
        return self.lasts(6)

    def lasts(self, people: int) -> int:
        """Return how long a spoken meeting of so many people takes, in minutes."""
        people = max(self.least, min(people, self.most))
        return sum(step.minutes * (people if step.rotates else 1) for step in self.steps)

    def step(self, id_: str) -> Step:
        """Return a step by its id. Raises `KeyError` when there is none."""
        for step in self.steps:
            if step.id == id_:
                return step
        raise KeyError(id_)

    def fills(self, tray: int) -> tuple[str, ...]:
        """Return the ids of the steps that put something in the tray at index `tray`."""
        ids: tuple[str, ...] = ()
        for step in self.steps[:tray]:
            if isinstance(step, TrayStep):
                ids = ()
            elif isinstance(step, WriteStep) and step.shows == "tray":
                ids = (*ids, step.id)
        return ids

    def advises(self, index: int) -> bool:
        """Check whether the step at `index` asks for advice, or asks the bringer about it."""
        match self.steps[index]:
            case GateStep(opens=opens):
                return opens == "advice"
            case WriteStep(shows="tray", collects=collects):
                return collects in ADVISING
            case TrayStep():
                fills = [self.steps.index(self.step(each)) for each in self.fills(index)]
                return any(map(self.advises, fills))
            case _:
                return False

    @property
    def has_advice(self) -> bool:
        """Whether the method has a place for advice."""
        return any(map(self.advises, range(len(self.steps))))

    def after(self, index: int, opened: tuple[str, ...]) -> Iterator[int]:
        """List the indexes of the steps after `index` that happen; something came of `opened`."""
        for later, step in enumerate(self.steps[index + 1 :], start=index + 1):
            if step.behind is None or step.behind in opened:
                yield later

    def rotating(self) -> tuple[int, ...]:
        """Return the indexes of the steps that are done once for each person."""
        return tuple(at for at, step in enumerate(self.steps) if step.rotates)

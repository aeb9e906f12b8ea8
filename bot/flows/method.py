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
    vote      each chooses one of the options, unseen; the counts are shown
    silence   nobody is asked anything; it lasts its minutes, also in a written session
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

A method is in the languages of its title, in which each of its texts has to be as well.
"""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Generic, Literal, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    RootModel,
    ValidationError,
    ValidationInfo,
    model_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError, PydanticKnownError

from bot.flows.types import (
    ADVISING,
    Aim,
    CaseKind,
    ContributionKind,
    Frozen,
    Guidance,
    Purpose,
)

Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,35}$")]
Content = TypeVar("Content")


def _is_spoken(language: str, info: ValidationInfo) -> str:
    """Refuse a language that is not among those in the context, where there is one."""
    if info.context is not None and language not in info.context:
        expected = ", ".join(f"'{each}'" for each in info.context)
        raise PydanticKnownError("literal_error", {"expected": expected})
    return language


Language = Annotated[str, AfterValidator(_is_spoken)]
"""A language's code. What is stored may be in one that is no longer there; a file may not."""


class Texts(RootModel[dict[Language, Content]], Generic[Content]):
    """The same in one or more languages; `{bringer}` becomes the bringer's name."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True, defer_build=True)

    def __getitem__(self, language: str) -> Content:
        """Return what it says in `language`; in another that it has, where it has not that one."""
        for each, said in self.root.items():
            if each == language:
                return said
        return next(iter(self.root.values()))

    @property
    def languages(self) -> tuple[Language, ...]:
        """The languages that it is in."""
        return tuple(self.root)


Title = Texts[Annotated[str, Field(min_length=1, max_length=150)]]
Label = Texts[Annotated[str, Field(min_length=1, max_length=75)]]
Prompt = Texts[Annotated[str, Field(min_length=1, max_length=1500)]]
Lines = Texts[tuple[Annotated[str, Field(min_length=1, max_length=1500)], ...]]


class ExampleCase(Frozen):
    """A case that fits a method: what its bringer answers when they are asked about it."""

    title: Title = Field(description="what the case is called")
    situation: Prompt = Field(description="what it is about")
    action: Prompt = Field(description="what the bringer did")
    question: Prompt = Field(description="what the bringer would like to find out")


class Example(Frozen):
    """What is said when a method is rehearsed: the case, and lines for its steps.

    `says` holds them by the id of a step. `<id>/bringer` is what the bringer says there,
    `<id>/answer` their answers to the questions of a round, in the same order. `<id>/1` and
    `<id>/2` go into the fields of a form; what one person writes stands at the same place in each.
    """

    case: ExampleCase | None = Field(None, description="a case that fits the method")
    says: Mapping[str, Lines] = Field(
        default_factory=dict, description="what is said, by the id of a step"
    )


class Role(Frozen):
    """A part that somebody plays for a turn, such as a hat, and what it asks of them."""

    title: Title = Field(description="the name of the role")
    prompt: Prompt = Field(description="what the role asks of who has it")


class Cap(Frozen):
    """How many contributions a written step takes: of `each` person, and of all `together`."""

    each: Annotated[int, Field(ge=1, le=20)] | None = Field(
        None, description="how many contributions count of each person"
    )
    together: Annotated[int, Field(ge=1, le=99)] | None = Field(
        None, description="how many contributions count of all people together"
    )


def _coach(value: object) -> object:
    """Return a setting of the coach; it was `true` or `false` before there were three."""
    return {True: "whole", False: "off"}[value] if isinstance(value, bool) else value


CoachSetting = Annotated[
    Literal["off", "questions", "whole"],
    BeforeValidator(_coach),
    Field(description="what the question coach reads: nothing, texts that ask, or all texts"),
]
"""`questions` are the texts that ask something, whatever the step collects."""

NotParked = Annotated[Literal[False], Field(description="never true: here the bringer takes part")]
Fields = Annotated[
    tuple[Title, ...],
    Field(max_length=8, description="the titles of the fields of the form, up to eight"),
]


class _Step(Frozen):
    id: Identifier = Field(description="the name of the step for `behind`, `of` and `says`")
    title: Title = Field(description="the name of the step for people")
    prompt: Prompt = Field(description="what a group is asked that the bot guides")
    brief: Prompt | None = Field(
        None, description="one line, for a group that a member guides with the bot's help"
    )
    always: Prompt | None = Field(
        None, description="what every group is told: on privacy, respect or one's own choice"
    )
    minutes: Annotated[int, Field(ge=1, le=240)] = Field(
        description="how long the step takes in a spoken meeting"
    )
    parked: bool = Field(False, description="true: the bringer only reads")
    behind: Identifier | None = Field(
        None, description="an earlier step; this one happens only if something came of that"
    )
    rotates: bool = Field(False, description="true: done once for each person, as the bringer")

    def asks(self, language: str, guidance: Guidance = Guidance.GUIDED) -> str:
        """Return what the step asks, as fully as a group's guidance wants it; may be empty.

        `{bringer}` still stands in it.
        """
        said = {Guidance.GUIDED: self.prompt, Guidance.SUPPORTED: self.brief or self.prompt}
        texts = (said.get(guidance), self.always)
        return " ".join(text[language] for text in texts if text is not None)


class _Collecting(_Step):
    """A step that keeps what people say, as contributions of one kind."""

    collects: ContributionKind = Field(description="what the contributions are")
    harvest: Title | None = Field(
        None, description="a heading of its own in the harvest for what is said in this step"
    )


class _Asking(_Step):
    """A step that asks something of colleagues, or of everyone."""

    speakers: Literal["peers", "all"] = Field(
        "peers", description="who is asked: everyone but the bringer, or all"
    )


class PresentStep(_Collecting):
    """The bringer tells, until it is told; of the case, the bot shows what `tells` names."""

    kind: Literal["present"] = Field(description="the bringer describes the case")
    tells: tuple[Literal["situation", "action", "question"], ...] = Field(
        ("situation", "action", "question"), description="what the bot shows of the case"
    )
    collects: ContributionKind = Field(
        ContributionKind.STORY, description="what the contributions are"
    )
    fields: Fields = ()
    parked: NotParked = False


class RoundStep(_Collecting, _Asking):
    """Each speaker once a round, in turn; the order starts with somebody else each round.

    `roles` go from one turn to the next, and on into the next round. `turn` gives somebody the
    floor, and `leave` is what the button says that passes.
    """

    kind: Literal["round"] = Field(description="everyone speaks in turn")
    answers: bool = Field(False, description="true: the bringer answers each contribution")
    rounds: Annotated[int, Field(ge=1, le=3)] = Field(1, description="how many rounds")
    at_most: Cap | None = Field(None, description="how many contributions count in writing")
    turn: Prompt | None = Field(
        None, description="what is said to who has the turn, by name: `{who}`"
    )
    coach: CoachSetting = "off"
    roles: Annotated[tuple[Role, ...], Field(max_length=12)] = Field(
        (), description="the roles that go round with the turns"
    )
    leave: Label | None = Field(None, description="what the button says with which one passes")


class WriteStep(_Collecting, _Asking):
    """Each speaker writes unseen, as often as once; then it is shown as `shows` says.

    `fields` asks for several things in one form; with `pictures` everyone chooses one of
    ours to go with their words.
    """

    kind: Literal["write"] = Field(description="everyone writes in a form, unseen")
    shows: Literal["together", "tray", "sort", "oneself"] = Field(
        "together", description="what happens with the texts when the step ends"
    )
    fields: Fields = ()
    pictures: bool = Field(False, description="true: everyone chooses a picture as well")
    names: bool = Field(True, description="false: shown without the writers' names")
    coach: CoachSetting = "off"
    leave: Label | None = Field(None, description="what the button says with which one passes")


class SortStep(_Step):
    """The bringer finds each thing written in the step `of` cold, neutral or warm."""

    kind: Literal["sort"] = Field(description="the bringer sorts what others wrote")
    of: Identifier = Field(description="the step whose texts are sorted")
    parked: NotParked = False


class DiscussStep(_Collecting, _Asking):
    """Those who may speak write freely."""

    kind: Literal["discuss"] = Field(description="everyone talks freely")
    at_most: Cap | None = Field(None, description="how many contributions count in writing")
    names: bool = Field(True, description="false: no names in the harvest")
    coach: CoachSetting = "off"


class VoteStep(_Asking):
    """Each speaker chooses one of the `options`, unseen, and may change it until the step ends.

    When several options have the most votes, the group talks about it, or the bringer chooses.
    """

    kind: Literal["vote"] = Field(description="everyone chooses one of the options")
    speakers: Literal["peers", "all"] = Field(
        "all", description="who votes: everyone but the bringer, or all"
    )
    options: Annotated[tuple[Label, ...], Field(min_length=2, max_length=10)] = Field(
        description="what can be chosen, from two to ten"
    )
    tie: Literal["group", "bringer"] = Field(
        "group", description="who chooses when it is a tie: the group talks, or the bringer picks"
    )


class SilenceStep(_Collecting):
    """Nobody is asked anything, for as long as `minutes` says; what is written is kept."""

    kind: Literal["silence"] = Field(description="a silence that is held for its minutes")
    minutes: Annotated[int, Field(ge=1, le=30)] = Field(
        description="how long the silence lasts, also in a written session"
    )
    collects: ContributionKind = Field(
        ContributionKind.ASSOCIATION, description="what it is that somebody writes all the same"
    )
    parked: NotParked = False


class RespondStep(_Collecting):
    """One contribution by the bringer, who may also leave it."""

    kind: Literal["respond"] = Field(description="the bringer makes one contribution")
    fields: Fields = ()
    parked: NotParked = False


class GateStep(_Step):
    """A yes or no by the bringer: to advice, or to hearing their question said anew.

    Who wants no tips is not asked about advice.
    """

    kind: Literal["gate"] = Field(description="the bringer says yes or no")
    opens: Literal["advice", "reframing"] = Field(
        "advice", description="what the bringer says yes to: advice, or their question said anew"
    )
    parked: NotParked = False


class TrayStep(_Step):
    """The bringer opens the tray and takes what fits."""

    kind: Literal["tray"] = Field(description="the bringer takes from the tray what fits")
    parked: NotParked = False


class ReflectStep(_Step):
    """The closing reflection, by everyone who took part.

    With `evaluates` everyone also says, without a name, how safe it is here, how much guidance
    they would like and whether the rhythm is right.
    """

    kind: Literal["reflect"] = Field(description="everyone writes a closing reflection")
    evaluates: bool = Field(False, description="true: with the scores of an evaluation, nameless")
    parked: NotParked = False
    rotates: Annotated[Literal[False], Field(description="never true: it closes the session")] = (
        False
    )


Step = Annotated[
    PresentStep
    | RoundStep
    | WriteStep
    | SortStep
    | DiscussStep
    | VoteStep
    | SilenceStep
    | RespondStep
    | GateStep
    | TrayStep
    | ReflectStep,
    Field(discriminator="kind"),
]


class Method(Frozen):
    """A whole method: what it is for and its steps, in order.

    `kinds` says for which cases it is; a method without any is about the group itself. `purpose`
    is the heading of the list of methods under which it stands.
    `least` and `most` count people; a method that is not for `new_groups` asks that they
    know each other well; one that is not `suggested` is for a particular kind of case, and a
    group picks it itself; `crib` helps a human facilitator; `example` is for rehearsals.

    Refused, with all that is wrong, where `mistakes` finds something.
    """

    id: Identifier = Field(description="the name of the method in commands")
    title: Title = Field(description="the name of the method for people; its languages are all")
    summary: Prompt = Field(description="two sentences on what it is")
    kinds: tuple[CaseKind, ...] = Field(
        description="for which cases; without any it is about the group itself"
    )
    aims: Annotated[tuple[Aim, ...], Field(min_length=1)] = Field(
        tuple(Aim), description="for which hopes of the bringer"
    )
    purpose: Purpose = Field(
        Purpose.QUESTION, description="under which heading the list of methods shows it"
    )
    least: Annotated[int, Field(ge=3, le=12)] = Field(3, description="for how many people at least")
    most: Annotated[int, Field(ge=3, le=12)] = Field(12, description="for how many people at most")
    new_groups: bool = Field(True, description="false: for people who know and trust each other")
    suggested: bool = Field(True, description="false: the bot does not propose it for a case")
    private_only: bool = Field(False, description="true: not in a public channel")
    crib: Prompt | None = Field(None, description="advice for whoever facilitates")
    example: Example | None = Field(None, description="what is said in a rehearsal")
    steps: Annotated[tuple[Step, ...], Field(min_length=2, max_length=30)] = Field(
        description="the steps, in order; the last one is a reflection"
    )

    @model_validator(mode="after")
    def _whole(self) -> Self:
        found = list(mistakes(self))
        if found:
            raise ValidationError.from_exception_data("Method", found)
        return self

    @property
    def languages(self) -> tuple[Language, ...]:
        """The languages that all its texts are in."""
        return self.title.languages

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


def mistakes(method: Method) -> Iterator[InitErrorDetails]:
    """List what is wrong with a method whose parts are each right; none for a whole one.

    A method is wrong when a text lacks a language, when no step lets a colleague speak, when it
    does not end in one reflection, when two steps share an id, when a step refers to one that is
    not there, when advice could reach the bringer unasked, when something is laid in a tray or to
    be sorted that the bringer never gets to see, or when there is no bringer and a step needs one.
    """
    if method.most < method.least:
        yield _mistake("most_below_least", "most")
    yield from _untranslated(method)
    yield from _crossed(method)
    yield from _unreferred(method)
    yield from _unseen(method)
    yield from _apart(method)
    if not method.kinds:
        yield from _bringers(method)


def _mistake(key: str, *at: int | str, **about: str) -> InitErrorDetails:
    """Return a mistake in the field at the path `at`, worded by `remedy.<key>`."""
    return InitErrorDetails(type=PydanticCustomError(key, key, about), loc=at, input=None)


def _texts(part: object, *at: int | str) -> Iterator[tuple[tuple[int | str, ...], Texts[Any]]]:
    """List the texts in a part of a method, each with its path."""
    match part:
        case Texts():
            yield at, part
        case BaseModel():
            for name in type(part).model_fields:
                yield from _texts(getattr(part, name), *at, name)
        case Mapping():
            for name, value in part.items():
                yield from _texts(value, *at, name)
        case tuple():
            for n, value in enumerate(part):
                yield from _texts(value, *at, n)
        case _:
            pass


def _untranslated(method: Method) -> Iterator[InitErrorDetails]:
    """List the texts that are not in the languages of the title."""
    spoken = method.languages
    if not spoken:
        yield _mistake("no_language", "title")
    for at, text in _texts(method):
        yield from (_mistake("missing", *at, lang) for lang in spoken if lang not in text.root)


def _crossed(method: Method) -> Iterator[InitErrorDetails]:
    """List keys of steps that contradict each other, and kinds of steps that lack or are astray."""
    for at, step in enumerate(method.steps):
        here = ("steps", at)
        everyone = isinstance(step, _Asking) and step.speakers == "all"
        if step.parked and everyone:
            yield _mistake("parked_reads", *here, "speakers")
        if isinstance(step, RoundStep) and step.answers and (step.parked or everyone):
            yield _mistake("answers_alone", *here, "answers")
        if isinstance(step, WriteStep) and step.shows in ("tray", "sort") and everyone:
            yield _mistake("bringer_reads_own", *here, "speakers")
        if isinstance(step, RoundStep) and step.turn is not None:
            lines = step.turn.root.items()
            nameless = (lang for lang, line in lines if "{who}" not in line)
            yield from (_mistake("turn_nameless", *here, "turn", lang) for lang in nameless)
        cap = getattr(step, "at_most", None)
        if cap == Cap():
            yield _mistake("cap_open", *here, "at_most")
    reflections = [at for at, step in enumerate(method.steps) if isinstance(step, ReflectStep)]
    last = len(method.steps) - 1
    if reflections != [last]:
        yield _mistake("no_reflection", "steps", (*reflections, last)[0], "kind")
    if not any(isinstance(step, RoundStep | WriteStep | DiscussStep) for step in method.steps):
        yield _mistake("nobody_speaks", "steps")


def _bringers(method: Method) -> Iterator[InitErrorDetails]:
    """List the keys that need a bringer, for a method that has none."""
    for at, step in enumerate(method.steps):
        if isinstance(step, PresentStep | RespondStep | GateStep | TrayStep | SortStep):
            yield _mistake("no_bringer", "steps", at, "kind")
        if isinstance(step, _Asking) and step.speakers != "all":
            yield _mistake("no_bringer", "steps", at, "speakers")
        if isinstance(step, VoteStep) and step.tie == "bringer":
            yield _mistake("no_bringer", "steps", at, "tie")
        if step.rotates:
            yield _mistake("no_bringer", "steps", at, "rotates")


def _unreferred(method: Method) -> Iterator[InitErrorDetails]:
    """List references to steps that are not there, ids that occur twice, and advice unasked."""
    seen: dict[str, Step] = {}
    for at, step in enumerate(method.steps):
        if step.id in seen:
            yield _mistake("step_twice", "steps", at, "id", step=step.id)
        before = seen.get(step.behind) if step.behind is not None else None
        if step.behind is not None and not isinstance(
            before, GateStep | TrayStep | SortStep | WriteStep
        ):
            yield _mistake("no_gate", "steps", at, "behind", gate=step.behind)
        if isinstance(step, SortStep):
            written = seen.get(step.of)
            if not isinstance(written, WriteStep) or written.shows != "sort":
                yield _mistake("nothing_to_sort", "steps", at, "of", step=step.of)
        advises = isinstance(step, _Collecting) and step.collects in ADVISING
        laid = isinstance(step, WriteStep) and step.shows == "tray"
        asked = isinstance(before, GateStep) and before.opens == "advice"
        if advises and not laid and not asked:
            yield _mistake("advice_uncovered", "steps", at, "collects")
        seen[step.id] = step
    ids = {step.id for step in method.steps}
    for key in method.example.says if method.example is not None else ():
        of = key.partition("/")[0]
        if of not in ids:
            yield _mistake("example_step", "example", "says", key, step=of)


def _unseen(method: Method) -> Iterator[InitErrorDetails]:
    """List the steps that write what the bringer never gets to see."""
    laid: int | None = None
    for at, step in enumerate(method.steps):
        if isinstance(step, WriteStep) and step.shows == "tray":
            laid = at
        elif isinstance(step, TrayStep):
            laid = None
        elif isinstance(step, WriteStep) and step.shows == "sort":
            later = method.steps[at + 1 :]
            if not any(isinstance(sort, SortStep) and sort.of == step.id for sort in later):
                yield _mistake("never_sorted", "steps", at, "shows", step=step.id)
    if laid is not None:
        yield _mistake("tray_stays_shut", "steps", laid, "shows", step=method.steps[laid].id)


def _apart(method: Method) -> Iterator[InitErrorDetails]:
    """Name the first step that breaks up the steps that rotate."""
    marks = [step.rotates for step in method.steps]
    if True in marks:
        first, count = marks.index(True), marks.count(True)
        if not all(marks[first : first + count]):
            yield _mistake("rotates_apart", "steps", first + marks[first:].index(False))

"""A method that a group composes itself, of parts of the methods there are.

A part is a step, or a few that need each other: a gate with the advice behind it and the tray
that shows it, what is written with its sorting. So whatever parts a group chooses, in whatever
order, no step is left without what it refers to.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from bot.flows.method import Language, Method, Prompt, SortStep, Step, Title, TrayStep
from bot.flows.types import CaseKind

MAX_PARTS = 20
"""Parts that a composed method has at most."""

MAX_SUMMARY_LENGTH = 1500
"""Characters of a summary."""


class Part(NamedTuple):
    """A run of steps of a method, known by `<method>/<its first step>`."""

    id: str
    method: Method
    steps: tuple[Step, ...]

    @property
    def minutes(self) -> int:
        """How long it takes, in minutes; as often as once for who takes turns."""
        return sum(step.minutes for step in self.steps)


def parts_of(methods: Mapping[str, Method]) -> dict[str, Part]:
    """Return the parts of all methods for cases, by id."""
    found = [
        Part(f"{method.id}/{method.steps[start].id}", method, method.steps[start:end])
        for method in methods.values()
        if method.kinds
        for start, end in _runs(method)
    ]
    return {part.id: part for part in found}


def closing_of(methods: Mapping[str, Method]) -> Step:
    """Return the reflection that closes every composed method: that of the basic one."""
    return methods.get("basic", next(iter(methods.values()))).steps[-1]


def compose(
    id_: str, title: str, kinds: Iterable[CaseKind], parts: Iterable[Part], closing: Step
) -> Method:
    """Compose a method of these parts in this order, followed by the `closing` reflection.

    It is for a new group if every method that its parts come from is, and in the languages that
    all of them are in. Raises pydantic's
    `ValidationError` when the parts make no method.
    """
    chosen = list(parts)
    steps: list[Step] = []
    for part in chosen:
        steps += _apart(part.steps, {step.id for step in steps})
    steps += _apart((closing,), {step.id for step in steps})
    spoken = [lang for lang in closing.title.languages if _is_in(lang, chosen)]
    told = {lang: " → ".join(step.title[lang] for step in steps) for lang in spoken}
    return Method(
        id=id_,
        title=Title(dict.fromkeys(spoken, title)),
        summary=Prompt({lang: text[:MAX_SUMMARY_LENGTH] for lang, text in told.items()}),
        kinds=tuple(kinds),
        new_groups=all(part.method.new_groups for part in chosen),
        private_only=any(part.method.private_only for part in chosen),
        steps=tuple(steps),
    )


def _is_in(language: Language, parts: Iterable[Part]) -> bool:
    """Check whether all these parts are in a language."""
    return all(language in part.method.languages for part in parts)


def _runs(method: Method) -> Iterable[tuple[int, int]]:
    """Return where each run of steps that need each other begins and ends, without the closing."""
    starts = {at: _first(method, at) for at in range(len(method.steps) - 1)}
    start = 0
    for at in starts:
        if all(first > at for later, first in starts.items() if later > at):
            yield start, at + 1
            start = at + 1


def _first(method: Method, at: int) -> int:
    """Return the index of the first step that a step depends on; its own if there is none."""
    step = method.steps[at]
    needs = {step.behind, step.of if isinstance(step, SortStep) else None}
    if isinstance(step, TrayStep):
        needs |= set(method.fills(at))
    if step.rotates:
        needs |= {each.id for each in method.steps if each.rotates}
    return min([at, *(n for n, each in enumerate(method.steps) if each.id in needs)])


def _apart(steps: Iterable[Step], taken: set[str]) -> list[Step]:
    """Return the steps with ids that are not taken, and with references to those ids."""
    named: dict[str, str] = {}
    renamed = []
    for step in steps:
        names = (step.id, *(f"{step.id}-{n}" for n in range(2, MAX_PARTS + 2)))
        named[step.id] = next(name for name in names if name not in taken)
        changes: dict[str, object] = {"id": named[step.id]}
        if step.behind is not None:
            changes["behind"] = named[step.behind]
        if isinstance(step, SortStep):
            changes["of"] = named[step.of]
        renamed.append(step.model_copy(update=changes))
    return renamed

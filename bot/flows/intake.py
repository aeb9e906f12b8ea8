"""The intake: from a story or a theme to a case with an own work question.

As a conversation the fields are asked one by one; as a form all at once. Both fill
the same draft. A draft is private to its bringer; submitted, it joins the group's
queue with its title and kind alone. What helps the bringer towards the question (`HELPING`)
is shown to nobody else, later either, nor is what they wrote where a choice was asked (`NOTE`).
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Literal

from bot.errors import Refusal
from bot.flows.text import cleaned
from bot.flows.types import Aim, CaseKind, Tips


class Field(StrEnum):
    """What is asked about a case, in this order."""

    TITLE = "title"
    KIND = "kind"
    SITUATION = "situation"
    ACTION = "action"
    PROBLEM = "problem"
    WEIGHT = "weight"
    BETWEEN = "between"
    QUESTION = "question"
    AIM = "aim"
    TIPS = "tips"
    UNRECOGNISABLE = "unrecognisable"
    NOTE = "note"


THEME = "theme"
"""The kind of a learning case that is about a theme or a dilemma, and not about an event."""

HELPING = (Field.PROBLEM, Field.WEIGHT, Field.BETWEEN)
"""The fields that help a bringer from a complaint to a question of their own."""

CHOICES: Mapping[Field, tuple[str, ...]] = {
    Field.KIND: (CaseKind.LEARNING, THEME, CaseKind.POSITIVE),
    Field.AIM: tuple(Aim),
    Field.TIPS: tuple(Tips),
    Field.UNRECOGNISABLE: ("yes", "no"),
}
"""The fields that are answered by choosing, with their values."""

MAX_FIELD_LENGTHS: Mapping[Field, int] = {
    Field.TITLE: 100,
    Field.SITUATION: 3000,
    Field.ACTION: 3000,
    Field.PROBLEM: 1000,
    Field.WEIGHT: 1000,
    Field.BETWEEN: 1000,
    Field.QUESTION: 600,
    Field.NOTE: 3000,
}
"""The fields that are answered in words, with the most characters each takes."""

Suggestion = Literal["own", "open"]


def next_field(content: Mapping[str, str], *, advises: bool = True) -> Field | None:
    """Return the first field that is still to be asked; None when the case can be submitted.

    A field that was passed is in `content`, and empty. `advises`: the method that was asked for
    lets advice in, or none was asked for.
    """
    return next(
        (f for f in Field if f not in content and _is_asked(f, content, advises=advises)), None
    )


def position(
    field: Field, content: Mapping[str, str], *, advises: bool = True
) -> tuple[int, int] | None:
    """Return the place of a field among all that are asked, and how many these are.

    None for a field that is asked again, or that is not one of the questions.
    """
    asked = [f for f in Field if _is_asked(f, content, advises=advises)]
    known = {*asked, *(f for f in content if f in (*HELPING, Field.TIPS))}
    order = [f for f in Field if f in known]
    if field not in order or any(later in content for later in order[order.index(field) :]):
        return None
    return order.index(field) + 1, len(order)


def fields_of(content: Mapping[str, str], *, advises: bool = True) -> tuple[Field, ...]:
    """Return the fields that a case of its kind can have; a note only if there is one."""
    positive = content.get(Field.KIND) == CaseKind.POSITIVE
    without = {*HELPING, Field.AIM, Field.TIPS} if positive else set()
    if not content.get(Field.NOTE):
        without |= {Field.NOTE}
    return tuple(f for f in Field if f not in without and (advises or f is not Field.TIPS))


def _is_asked(field: Field, content: Mapping[str, str], *, advises: bool) -> bool:
    """Check whether a field is asked by itself: an aim may say already whether tips are welcome."""
    if field not in fields_of(content, advises=advises):
        return False
    if field in HELPING:
        return Field.QUESTION not in content
    if field is Field.NOTE:
        return False
    return field is not Field.TIPS or content.get(Field.AIM) == Aim.CONCRETE


def is_passable(field: Field, content: Mapping[str, str]) -> bool:
    """Check whether a field may be left empty: with a theme, there may be no event to tell of."""
    return field in (*HELPING, Field.NOTE) or (
        field is Field.ACTION and content.get(Field.KIND) == THEME
    )


def answers(values: Mapping[Field, str]) -> tuple[dict[str, str], dict[Field, Refusal]]:
    """Return the content that a whole form gives, and what is wrong with it, by field.

    A field that a case of this kind does not have, and tips that nobody said anything of,
    are left out.
    """
    content: dict[str, str] = {}
    wrong: dict[Field, Refusal] = {}
    kind: dict[str, str] = {Field.KIND: values.get(Field.KIND, "")}
    for field in fields_of(kind):
        text = values.get(field, "")
        if not cleaned(text) and is_passable(field, kind):
            content[field] = ""
        elif text or field is not Field.TIPS:
            try:
                content[field] = answer(field, text)
            except Refusal as refusal:
                wrong[field] = refusal
    return content, wrong


def kind_of(content: Mapping[str, str]) -> CaseKind | None:
    """Return the kind of a case; None as long as its bringer has not said."""
    kind = content.get(Field.KIND)
    return CaseKind.LEARNING if kind == THEME else CaseKind(kind) if kind else None


def tips_of(content: Mapping[str, str]) -> Tips:
    """Return whether advice is welcome: as the bringer said, else as it follows from the aim."""
    if content.get(Field.TIPS):
        return Tips(content[Field.TIPS])
    follows = {Aim.ADVICE: Tips.YES, Aim.REFLECTION: Tips.NO, Aim.HEARD: Tips.NO}
    aim = content.get(Field.AIM)
    return follows.get(Aim(aim), Tips.LATER) if aim else Tips.LATER


def answer(field: Field, text: str) -> str:
    """Return a written answer as it is stored.

    Raises `Refusal` for an empty or too long answer, of which nothing is stored, and for a
    text that is none of the values of a field with choices.
    """
    text = cleaned(text)
    if field not in CHOICES and not any(c.isalnum() for c in text):
        raise Refusal("intake_empty")
    if field in CHOICES:
        if text not in CHOICES[field]:
            raise Refusal("intake_choose")
        if field is Field.UNRECOGNISABLE and text == "no":
            raise Refusal("intake_recognisable")
        return text
    if len(text) > MAX_FIELD_LENGTHS[field]:
        raise Refusal("intake_long", length=len(text), most=MAX_FIELD_LENGTHS[field])
    return " ".join(text.split()) if field is Field.TITLE else text


def meant(typed: str, words: Mapping[str, str]) -> str | None:
    """Return what a short text means by the words in it; None when that is nothing, or not one.

    `words` and phrases have a meaning each. Of two that overlap, the longer one counts.
    """
    left, found = f" {typed} ", set()
    for phrase in sorted(words, key=len, reverse=True):
        if f" {phrase} " in left:
            found.add(words[phrase])
            left = left.replace(f" {phrase} ", " | ")
    return found.pop() if len(found) == 1 else None


def suggestion(*, own: bool, closed: bool) -> Suggestion | None:
    """Return what might make a work question stronger: being one's own, or being open.

    A suggestion, never a refusal. `own` and `closed` are what the question coach found.
    """
    if not own:
        return "own"
    return "open" if closed else None

"""The intake: from a story to a case with an own work question.

As a conversation the fields are asked one by one; as a form all at once. Both fill
the same draft. A draft is private to its bringer; submitted, it joins the group's
queue with its title and kind alone.
"""

import re
from collections.abc import Collection, Mapping
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
    QUESTION = "question"
    AIM = "aim"
    TIPS = "tips"
    UNRECOGNISABLE = "unrecognisable"


CHOICES: Mapping[Field, tuple[str, ...]] = {
    Field.KIND: tuple(CaseKind),
    Field.AIM: tuple(Aim),
    Field.TIPS: tuple(Tips),
    Field.UNRECOGNISABLE: ("yes", "no"),
}
"""The fields that are answered by choosing, with their values."""

MAX_FIELD_LENGTHS: Mapping[Field, int] = {
    Field.TITLE: 100,
    Field.SITUATION: 3000,
    Field.ACTION: 3000,
    Field.QUESTION: 600,
}
"""The fields that are answered in words, with the most characters each takes."""

Suggestion = Literal["own", "open"]

_OWN = {
    "nl": re.compile(r"\b(ik|me|mij|mijn|m'n|mezelf|mijzelf|wij|we|ons|onze)\b", re.IGNORECASE),
    "en": re.compile(r"\b(i|i'm|i've|i'd|me|my|myself|we|us|our)\b", re.IGNORECASE),
}


def next_field(filled: Collection[str]) -> Field | None:
    """Return the first field that is still empty; None when the case can be submitted."""
    return next((field for field in Field if field not in filled), None)


def answer(field: Field, text: str) -> str:
    """Return a written answer as it is stored.

    Raises `Refusal` for an empty or too long answer, of which nothing is stored, and for a
    text that is none of the values of a field with choices.
    """
    text = cleaned(text)
    if not any(c.isalnum() for c in text):
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


def suggestion(question: str, language: str, *, closed: bool) -> Suggestion | None:
    """Return what might make a work question stronger: being one's own, or being open.

    A suggestion, never a refusal. `closed` is what the question coach found.
    """
    if not _OWN.get(language, _OWN["en"]).search(question):
        return "own"
    return "open" if closed else None

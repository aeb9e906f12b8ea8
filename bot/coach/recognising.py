"""Whether a text may tell who somebody is: numbers, dates, addresses and names, by local rules.

The rules are tables, one file a language in config/recognising, and first names of all. They
are silent in doubt: a warning about a word that is no name is worse than a name that slips
through, because the bringer is asked in the end whether anybody can be recognised. Nothing of a
text is kept.
"""

import re
import tomllib
from functools import cache
from typing import Any, Literal, NamedTuple

from bot.resources import config_dir

Mark = Literal["bsn", "birth", "phone", "mail", "address", "name"]

READ = 10_000
"""Characters of a text that are read."""

_NINE_DIGITS = re.compile(r"(?<![\d.,+-])\d(?:[ .-]?\d){8}(?![\d]|[.,-]\d)")
_MAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,4}\.[A-Za-z]{2,10}\b")
_PHONE = (
    r"(?<![\d.,+])(?:\+\d{2}(?:[ -]?\(0\))?|0031|0)[ -]?[1-9](?:[ -]?\d){8}(?!\d)"
    r"|(?<![\d.,+])\+\d{1,3}(?:[ -]?\d){9,11}(?!\d)"
    r"|(?<![\d.,+])0\d{4}[ -]\d{6}(?!\d)"
)
_NAME = r"[A-ZÀ-ÖØ-ÞĀ-Ž][a-zß-öø-ÿĀ-ž'’-]+(?:[A-Z][a-zß-öø-ÿĀ-ž]+)?"


class Recogniser:
    """Reads texts of one language by its tables."""

    def __init__(self, tables: dict[str, Any]) -> None:
        lists = {name: _any(words) for name, words in tables.items() if isinstance(words, list)}
        self._not_names = frozenset(tables["not_names"])
        self._endings = tuple(tables["not_endings"])
        self._capitals = tables["capitals"]
        self._given = frozenset(name.lower() for name in tables["given"])
        self._postcode = re.compile(tables["postcode"])
        self._phone = re.compile("|".join(filter(None, (_PHONE, tables["phone"]))))
        self._unsure = self._not_names | frozenset(tables["also_words"])
        titles = rf"(?:{lists['abbreviated']})\.?|{lists['titles']}"
        bare = "".join(rf"(?<!\b(?i:{re.escape(each)}) )" for each in tables["articles"])
        self._titled = re.compile(
            rf"\b{bare}(?i:{titles}) (?:(?i:{lists['particles']}) ?){{0,2}}({_NAME})"
        )
        called = f"(?:{lists['people']}) (?:{lists['is_called']})|{lists['called']}"
        self._called = re.compile(rf"\b(?i:{called}),? ({_NAME})")
        self._people = re.compile(rf"\b(?i:{lists['people']}),? ({_NAME})")
        given, particles = _any(tables["given"]), _any(tables["before_surname"])
        self._full = re.compile(
            rf"\b(?:{given})(?:-{_NAME})? (?:(?i:{particles}) ){{0,2}}((?:O['’]|Mc|Mac)?{_NAME})"
        )
        gap, ordinal = r"(?:[-/. ]|\. )", r"(?:st|nd|rd|th|\.)?"
        month = rf"{gap}\d{{1,2}}{gap}|{ordinal} (?i:{lists['months']}),? "
        day = rf"\d{{1,2}}(?:{month})\d{{2,4}}"
        birth, between = rf"\b(?i:{lists['birth']})\b", r"[^.!?\n]{0,25}?\b"
        self._birth = re.compile(rf"{birth}\.?{between}{day}|\b{day}{between}{birth}")
        streets = lists["streets"]
        self._street = re.compile(
            rf"\b\d{{1,4}}[a-z]? (?:{_NAME} ){{1,3}}(?i:{streets})\b"
            if tables["street_first"]
            else rf"\b[A-ZÀ-Þ][\w'-]{{2,40}}(?:{streets}) \d{{1,4}}\b"
        )

    def marks(self, text: str) -> tuple[Mark, ...]:
        """Return by what somebody may be recognised in a text, each once; empty for nothing."""
        text = text[:READ]
        found: list[Mark] = []
        if any(_is_bsn(each[0]) for each in _NINE_DIGITS.finditer(text)):
            found.append("bsn")
        if self._birth.search(text):
            found.append("birth")
        if self._phone.search(text):
            found.append("phone")
        if _MAIL.search(text):
            found.append("mail")
        if self._street.search(text) or self._postcode.search(text):
            found.append("address")
        if self._has_name(text):
            found.append("name")
        return tuple(found)

    def _has_name(self, text: str) -> bool:
        titled = (each[1].lower() for each in self._titled.finditer(text))
        full = (each[1].lower() for each in self._full.finditer(text))
        called = (each[1].lower() for each in self._called.finditer(text))
        people = (each[1].lower() for each in self._people.finditer(text))
        return (
            any(name not in self._not_names for name in (*titled, *full))
            or any(map(self._is_name, called))
            or any(map(self._is_given if self._capitals else self._is_name, people))
        )

    def _is_given(self, word: str) -> bool:
        return word.partition("-")[0] in self._given

    def _is_name(self, word: str) -> bool:
        return word not in self._unsure and not word.endswith(self._endings)


class _Tables(NamedTuple):
    """What a file holds, so that a missing table is found when it is read."""

    titles: list[str]
    abbreviated: list[str]
    articles: list[str]
    particles: list[str]
    people: list[str]
    is_called: list[str]
    called: list[str]
    capitals: bool
    not_names: list[str]
    not_endings: list[str]
    also_words: list[str]
    birth: list[str]
    months: list[str]
    streets: list[str]
    street_first: bool
    postcode: str
    phone: str
    given: list[str]
    before_surname: list[str]


@cache
def recogniser(language: str) -> Recogniser:
    """Return the recogniser of a language."""
    tables: dict[str, Any] = {}
    for name in (f"recognising/{language}", "names"):
        tables |= tomllib.loads((config_dir() / f"{name}.toml").read_text(encoding="utf-8"))
    return Recogniser(_Tables(**tables)._asdict())


def _any(words: list[str]) -> str:
    """Return a pattern for any of these words, the longest first."""
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


def _is_bsn(found: str) -> bool:
    """Check the digits of a Dutch citizen service number by the eleven-check."""
    digits = [int(char) for char in found if char.isdigit()]
    if not any(digits):
        return False
    weighed = sum(n * digit for n, digit in zip((9, 8, 7, 6, 5, 4, 3, 2, -1), digits, strict=True))
    return weighed % 11 == 0

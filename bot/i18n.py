"""The languages and the texts that people read, from config/locales."""

import logging
import tomllib
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cache, lru_cache
from gettext import GNUTranslations
from io import BytesIO
from typing import NamedTuple
from zoneinfo import ZoneInfo

from babel.dates import (
    format_date,
    format_datetime,
    format_timedelta,
    get_date_format,
    get_timezone_location,
)
from babel.lists import format_list
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

from bot.errors import Fault
from bot.resources import config_dir

log = logging.getLogger(__name__)

Language = str
"""The code of a language, such as "nl": the name of its folder in config/locales."""


class Spoken(NamedTuple):
    """A language of the list: its own name, the locales that lead to it, and Babel's locale."""

    name: str
    locales: tuple[str, ...]
    calendar: str


def _listed() -> tuple[dict[Language, Spoken], Language, Language]:
    """Read the list: the languages by code, the one for nobody's, and the one for all others."""
    listed = tomllib.loads((config_dir() / "locales" / "languages.toml").read_text("utf-8"))
    unknown, other = listed.pop("unknown"), listed.pop("other")
    spoken = {
        code: Spoken(each["name"], tuple(each["locales"]), each["calendar"])
        for code, each in listed.items()
    }
    return spoken, unknown, other


LANGUAGES, UNKNOWN, OTHER = _listed()


@lru_cache(maxsize=1000)
def language_of(locale: str | None, otherwise: Language = UNKNOWN) -> Language:
    """Return the language for a locale such as "nl-NL" or "nl_NL.UTF-8"; `otherwise` for none.

    A locale of a language that is not in the list gives `OTHER`.
    """
    if not locale:
        return otherwise
    if locale in LANGUAGES:
        return locale
    tag = locale.lower().replace("_", "-").replace(".", "-") + "-"
    for code, each in LANGUAGES.items():
        if tag.startswith(tuple(f"{start.lower()}-" for start in each.locales)):
            return code
    return OTHER


Day = date  # inside `Words`, `date` is a method


class Words:
    """The texts of one language."""

    def __init__(
        self, language: Language, catalogue: GNUTranslations, plurals: frozenset[str]
    ) -> None:
        self.language = language
        self._plurals = plurals
        self.calendar = LANGUAGES[language].calendar
        self._catalogue = catalogue

    def __call__(self, key: str, /, **values: object) -> str:
        """Return the text under `key`, its `{names}` filled in; the key itself if it is missing.

        A text that has plurals goes by the first whole number among the values.
        """
        if key in self._plurals:
            number = next(each for each in values.values() if isinstance(each, int))
            return self._filled(key, self._catalogue.ngettext(key, key, number), values)
        return self._filled(key, self._catalogue.gettext(key), values)

    def count(self, key: str, n: int, /, **values: object) -> str:
        """Return the singular or plural text under `key` for the number `n`, which fills in `{n}`.

        Returns the key itself if it is missing.
        """
        return self._filled(key, self._catalogue.ngettext(key, key, n), {"n": n, **values})

    def _filled(self, key: str, text: str, values: Mapping[str, object]) -> str:
        if text == key:  # the tests find these first; should one slip by, no request may fail of it
            log.error("text missing", extra={"key": key, "language": self.language})
            return key
        return text.format_map(values)

    def has(self, key: str) -> bool:
        """Check whether there is a text under `key`."""
        return self._catalogue.gettext(key) != key

    def date(self, moment: datetime) -> str:
        """Format a date and time: "3 maart, 16:00 UTC", the fallback of Slack's own dates."""
        return _date(moment, self.calendar)

    def day(self, day: Day) -> str:
        """Format a day as Slack shows it here: "3 maart 2027", "3 March 2027"."""
        return formatted(day, "d MMMM y", self.calendar)

    def short_day(self, day: Day) -> str:
        """Format a day for a narrow column: "3 mrt 2027"."""
        return formatted(day, "d MMM y", self.calendar)

    def day_of_year(self, day: Day) -> str:
        """Format a day of a year that is known: "3 maart", "3 March"."""
        return format_date(day, "d MMMM", locale=self.calendar)

    def city(self, zone: str) -> str:
        """Return the city by which people know a time zone: "Amsterdam"."""
        return get_timezone_location(ZoneInfo(zone), locale=self.calendar, return_city=True)

    def months(self, first: Day, last: Day) -> str:
        """Format a range of whole months: "2026", "maart 2026", "januari – juni 2026"."""
        if (first.month, last.month, first.year) == (1, 12, last.year):
            return str(first.year)
        until = format_date(last, "LLLL yyyy", locale=self.calendar)
        if (first.year, first.month) == (last.year, last.month):
            return until
        shape = "LLLL" if first.year == last.year else "LLLL yyyy"
        return f"{format_date(first, shape, locale=self.calendar)} – {until}"

    def number(self, value: float) -> str:
        """Format a number with one decimal: "4,2"."""
        return format_decimal(value, "0.0", locale=self.calendar)

    def listed(self, items: Sequence[str]) -> str:
        """Join items into one phrase: "Sanne, Mehmet en Joost"."""
        return format_list(items, locale=self.calendar)

    def span(self, length: timedelta) -> str:
        """Format a duration: "2 dagen"."""
        return format_timedelta(length, locale=self.calendar)


@lru_cache(maxsize=1000)
def _date(moment: datetime, calendar: str) -> str:
    """Format a date and time for `Words.date`; all members of a meeting get the same one."""
    return formatted(moment, "d MMMM, H:mm 'UTC'", calendar)


def formatted(moment: Day, shape: str, locale: str) -> str:
    """Format a day or a moment by Babel's letters, such as "EEEE d MMMM y".

    Where a locale writes the day of the month as an ordinal, so does this: "Dienstag, 3. März".
    """
    return format_datetime(moment, _shaped(shape, locale), locale=locale)


@lru_cache(maxsize=100)
def _shaped(shape: str, locale: str) -> str:
    if "d." not in get_date_format("long", locale=locale).pattern:
        return shape
    return shape.replace("EEEE d ", "EEEE, d ").replace("d ", "d. ")


@cache
def words(language: Language) -> Words:
    """Return the texts of `language`, read from disk once."""
    file = config_dir() / "locales" / language / "LC_MESSAGES" / "intervisie.po"
    with file.open("rb") as source:
        catalogue = read_po(source, locale=LANGUAGES[language].calendar)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    plurals = frozenset(each.id[0] for each in catalogue if each.pluralizable)
    return Words(language, GNUTranslations(compiled), plurals)


def fault_text(fault: Fault, language: Language) -> str:
    """Return what is wrong with the installation, and how to repair it."""
    return words(language)(f"setup.{fault.key}", **fault.about)


def fault_texts(fault: Fault) -> str:
    """Return the text in every language, for an operator whose language is not known."""
    return " / ".join(fault_text(fault, language) for language in reversed(LANGUAGES))

"""Every word that a person reads, from the gettext catalogues in config/locales."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import cache, lru_cache
from gettext import GNUTranslations
from io import BytesIO
from typing import Literal

from babel.dates import format_date, format_datetime, format_timedelta
from babel.lists import format_list
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

from bot.errors import Fault
from bot.resources import config_dir

Language = Literal["nl", "en"]
LANGUAGES: tuple[Language, ...] = ("nl", "en")


def language_of(locale: str | None, otherwise: Language = "nl") -> Language:
    """Give the language for a Slack locale such as "nl-NL"; English for any other than Dutch."""
    if not locale:
        return otherwise
    return "nl" if locale.lower().startswith("nl") else "en"


Day = date  # in `Words` the name is a method's


class Words:
    """The texts of one language."""

    def __init__(self, language: Language, catalogue: GNUTranslations) -> None:
        self.language = language
        self._catalogue = catalogue

    def __call__(self, key: str, /, **values: object) -> str:
        """Give the text under `key` with its `{names}` filled in; `KeyError` if there is none."""
        text = self._catalogue.gettext(key)
        if text == key:
            raise KeyError(key)
        return text.format_map(values)

    def count(self, key: str, n: int, /, **values: object) -> str:
        """Give the text under `key` for `n` of something; `{n}` is the number."""
        text = self._catalogue.ngettext(key, key, n)
        if text == key:
            raise KeyError(key)
        return text.format_map({"n": n, **values})

    def has(self, key: str) -> bool:
        """Tell whether there is a text under `key`."""
        return self._catalogue.gettext(key) != key

    def date(self, moment: datetime) -> str:
        """Give a date and time in full, in UTC: what Slack shows when it cannot do better."""
        return _date(moment, self.language)

    def day(self, day: Day) -> str:
        """Give a day in full: "3 maart 2027"."""
        return format_date(day, "long", locale=self.language)

    def months(self, first: Day, last: Day) -> str:
        """Give whole months in words: "2026", "maart 2026", "januari – juni 2026"."""
        if (first.month, last.month, first.year) == (1, 12, last.year):
            return str(first.year)
        until = format_date(last, "LLLL yyyy", locale=self.language)
        if (first.year, first.month) == (last.year, last.month):
            return until
        shape = "LLLL" if first.year == last.year else "LLLL yyyy"
        return f"{format_date(first, shape, locale=self.language)} – {until}"

    def number(self, value: float) -> str:
        """Give a number with one decimal: "4,2"."""
        return format_decimal(value, "0.0", locale=self.language)

    def listed(self, items: Sequence[str]) -> str:
        """Give several things in one line: "Sanne, Mehmet en Joost"."""
        return format_list(items, locale=self.language)

    def span(self, length: timedelta) -> str:
        """Give a length of time in words: "2 dagen"."""
        return format_timedelta(length, locale=self.language)


@lru_cache(maxsize=1000)
def _date(moment: datetime, language: Language) -> str:
    """Give what `Words.date` does; of a meeting, everyone is told the same one."""
    return format_datetime(moment, "d MMMM, H:mm 'UTC'", locale=language)


@cache
def words(language: Language) -> Words:
    """Give the texts of `language`, read once."""
    file = config_dir() / "locales" / language / "LC_MESSAGES" / "intervisie.po"
    with file.open("rb") as source:
        catalogue = read_po(source, locale=language)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Words(language, GNUTranslations(compiled))


def fault_text(fault: Fault, language: Language) -> str:
    """Return what is wrong with the installation, and how to mend it."""
    return words(language)(f"setup.{fault.key}", **fault.about)


def fault_texts(fault: Fault) -> str:
    """Return a fault in every language: before the settings are read, none is known."""
    return " / ".join(fault_text(fault, language) for language in reversed(LANGUAGES))

"""The words that people type, from config/locales: each means the same in every language."""

import tomllib
from collections.abc import Mapping
from functools import cache

from bot.i18n import LANGUAGES, Language
from bot.resources import config_dir


@cache
def _sections(language: Language) -> Mapping[str, Mapping[str, list[str]]]:
    """Return the words of a language by section and meaning. Do not change them."""
    file = config_dir() / "locales" / language / "commands.toml"
    return tomllib.loads(file.read_text(encoding="utf-8"))


@cache
def _words(section: str) -> Mapping[str, str]:
    """Return a section's words, of all languages, with what each means. Do not change it."""
    found: dict[str, str] = {}
    for language in LANGUAGES:
        meanings = _sections(language)[section]
        found |= {word: meaning for meaning, words in meanings.items() for word in words}
    return found


def word_for(section: str, meaning: str, language: Language) -> str:
    """Return the first word of a language for what is meant: "pas" for "pass" in Dutch."""
    return _sections(language)[section][meaning][0]


def command_words() -> Mapping[str, str]:
    """Return the words that may follow `/intervisie`, with the command that each means."""
    return _words("commands")


def reply_words() -> Mapping[str, str]:
    """Return the replies that are more than a contribution: "pass" or "later"."""
    return _words("replies")


@cache
def switch_words() -> Mapping[str, bool]:
    """Return the words that switch something on or off."""
    return {word: meaning == "on" for word, meaning in _words("switch").items()}


def own_words() -> Mapping[str, str]:
    """Return the words that ask for the counts that concern oneself."""
    return _words("own")


def stop_words() -> Mapping[str, str]:
    """Return the words that leave an intake for another time."""
    return _words("intake")

"""The words that people type, from config/locales: each means the same in every language."""

import tomllib
from collections.abc import Mapping
from functools import cache

from bot.i18n import LANGUAGES, Language
from bot.resources import config_dir

NEVER_SUGGESTED = frozenset({"forget", "end"})
"""Commands that nobody should come to by a slip of the finger: they delete."""

SHORTEST = 3
"""Letters that a mistyped word, or the beginning of a word, has at least to be recognised."""


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
        found |= _words_in(language, section)
    return found


@cache
def _words_in(language: Language, section: str) -> Mapping[str, str]:
    """Return a section's words of one language, with what each means. Do not change it."""
    meanings = _sections(language)[section]
    return {word: meaning for meaning, words in meanings.items() for word in words}


def word_for(section: str, meaning: str, language: Language) -> str:
    """Return the first word of a language for what is meant: "pas" for "pass" in Dutch."""
    return _sections(language)[section][meaning][0]


def command_words() -> Mapping[str, str]:
    """Return the words that may follow `/intervisie`, with the command that each means."""
    return _words("commands")


def meant_by(text: str) -> str | None:
    """Return the command that a text begins with, in any language; None for none.

    The `text` is bare: lower case, without punctuation.
    """
    known, typed = command_words(), text.split()
    first = typed[0] if typed else ""
    return known.get(text) or known.get("".join(typed)) or known.get(first)


def suggested_for(text: str, language: Language) -> str | None:
    """Return the word that somebody may have meant who typed none that is known; None for none.

    That is, in this order: a word that stands further on in the text, the one word of this
    `language` that begins as the text does, or the word that differs least from it, by at most
    one letter in three. Nothing that deletes is suggested.
    """
    typed = text[:80].split()
    for each in typed[1:]:
        if len(each) > SHORTEST and _suggestible().get(each):
            return word_for("commands", _suggestible()[each], language)
    for each in dict.fromkeys(("".join(typed), *typed[:1])):
        if found := _beginning(each, language) or _nearest(each, language):
            return found
    return None


def _beginning(typed: str, language: Language) -> str | None:
    """Return the word of a language of which this is the beginning, if it is of one command."""
    if len(typed) < SHORTEST:
        return None
    own = _words_in(language, "commands")
    found = {own[word] for word in own if word.startswith(typed)} & {*_suggestible().values()}
    return word_for("commands", found.pop(), language) if len(found) == 1 else None


def _nearest(typed: str, language: Language) -> str | None:
    """Return the word that differs least from what was typed, by letters; None if all are far."""
    # Here, because few processes meet an unknown word.
    from rapidfuzz.distance import OSA

    if len(typed) < SHORTEST:
        return None
    own = _words_in(language, "commands")

    def rank(word: str) -> tuple[int, bool, bool]:
        return OSA.distance(typed, word), word not in own, word[0] != typed[0]

    word = min(_suggestible(), key=rank)
    if OSA.distance(typed, word) > max(1, min(len(word), len(typed)) // 3):
        return None
    return word if word in own else word_for("commands", _suggestible()[word], language)


@cache
def _suggestible() -> Mapping[str, str]:
    return {word: c for word, c in command_words().items() if c not in NEVER_SUGGESTED}


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


def choice_words(field: str) -> Mapping[str, str]:
    """Return the words for a choice in the intake of a case, with the value that each means."""
    return _words(f"choices_{field}")


@cache
def no_case_words() -> frozenset[str]:
    """Return what somebody writes who has no case to bring."""
    return frozenset(word for word, meaning in _words("intake").items() if meaning == "none")


@cache
def stop_words() -> frozenset[str]:
    """Return the words that leave an intake for another time."""
    return frozenset(word for word, meaning in _words("intake").items() if meaning == "stop")

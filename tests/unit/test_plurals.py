"""One session, two sessions: every text with a count is right for each number."""

import re
from itertools import pairwise
from string import Formatter

import pytest
from babel.messages.pofile import read_po

from bot.i18n import LANGUAGES, words
from bot.resources import config_dir

NUMBERS = (0, 1, 2, 5)
COUNTS = ("n", "count", "minutes", "seconds", "sessions", "days", "least")
"""The names of numbers, in the order in which one of them decides."""

NUMBERED = (*COUNTS, "most", "total", "brought", "steps", "years", "length", "hours")

NEVER_ONE = {
    "most": "a bound of several",
    "length": "characters, over a bound of hundreds",
    "hours": "hours and minutes, as 1:30",
    "chooser.size": "a method takes several minutes, and three people or more",
    "founding.about": "a meeting takes at least a quarter of an hour",
    "meeting.not_held_often": "from the third in a row on",
    "refusal.silence_held": "the abbreviation is the same for one",
    "refusal.stats_few": "three members or more",
    "refusal.members_few": "three people or more",
    "refusal.too_few_for_method": "a method takes three people or more",
    "register": "registers ask more than one",
    "setup.method_fine": "a method has several steps, and takes several minutes",
}
"""Values and texts, or the beginnings of their keys, with why one does not occur."""


def messages(language):
    file = config_dir() / "locales" / language / "LC_MESSAGES" / "intervisie.po"
    with file.open("rb") as source:
        return [message for message in read_po(source) if message.id]


def counted(text):
    """List each name in a text that is followed by a word, with the words behind it."""
    parts = list(Formatter().parse(text))
    for (_, name, _, _), (after, *_) in pairwise(parts):
        if name in NUMBERED and (
            found := re.match(r" (?:(?:more|extra|anonymous) )?([^\W\d_]{3,})", after)
        ):
            yield name, found[1].lower()


def nouns(language):
    """Return the words that the catalogue itself counts: for one, and for more."""
    one, more = set(), set()
    for message in messages(language):
        if message.pluralizable:
            forms = [{word for _, word in counted(text)} for text in message.string]
            one |= forms[0]
            more |= forms[-1]
    return one - more, more - one


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_text_that_counts_has_plurals(language):
    one, more = nouns(language)
    assert {"nl": "minuten", "en": "minutes", "de": "minuten"}.get(
        language, next(iter(more))
    ) in more
    for message in messages(language):
        if message.pluralizable:
            continue
        for name, word in counted(message.string):
            known = name in NEVER_ONE or message.id.startswith(tuple(NEVER_ONE))
            assert known or word not in one | more, (message.id, name, word)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_text_with_plurals_is_right_for_each_number(language):
    says = words(language)
    one, more = nouns(language)
    for message in messages(language):
        if not message.pluralizable:
            continue
        key = message.id[0]
        named = {name for text in message.string for _, name, _, _ in Formatter().parse(text)}
        number = next((name for name in COUNTS if name in named), "n")
        for n in NUMBERS:
            others = dict.fromkeys(named - {number, None}, "…")
            told = says(key, **{number: n}, **others)
            assert told != key
            wrong = more if n == 1 else one
            assert not {w for w in re.findall(rf"\b{n} ([^\W\d_]+)", told) if w in wrong}, told


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_has_as_many_forms_as_its_rule_says(language):
    file = config_dir() / "locales" / language / "LC_MESSAGES" / "intervisie.po"
    with file.open("rb") as source:
        forms = read_po(source).num_plurals
    for message in messages(language):
        if message.pluralizable:
            assert len(message.string) == forms, message.id

"""Text as people write it: what is kept of it, and whether it says no more than one word."""

import re
import unicodedata

_LINE_BREAKS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_SPACES = re.compile("[\t\u00a0\u2007\u202f]")
_HARMFUL = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u206f\ud800-\udfff]")
"""Controls, lone surrogates, and signs that turn round what stands beside them."""

_EXTENDS = "\u200d\u20e3\ufe00-\ufe0f\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f"
_SIGN = re.compile(rf".[{_EXTENDS}\u0300-\u036f]*(?:(?<=\u200d).[{_EXTENDS}]*)*", re.DOTALL)

_ENOUGH = 6
"""Words with which a sentence says something without the one before it."""

_SENTENCE_END = re.compile(r"[.!?…]+[\"'’”)]*\s+|\n+")

_EMOJI_NAME = re.compile(r":[a-z0-9_+'-]+:", re.IGNORECASE)
_INVISIBLE = ("C", "Z")
"""Initials of the Unicode categories of controls, formatting marks and spaces."""


def cleaned(text: str) -> str:
    """Return a text without what harms its readers; words stay apart and signs whole.

    Tabs and no-break spaces become spaces, and each line break a newline. Controls and signs
    that override the direction of text are left out. Joiners and marks of direction stay:
    emoji and many scripts need them.
    """
    text = _LINE_BREAKS.sub("\n", text)
    return _HARMFUL.sub("", _SPACES.sub(" ", text)).strip()


def signs(text: str) -> list[str]:
    """Split a text into signs as people see them, each with its marks and what is joined to it."""
    return _SIGN.findall(text)


def cut_to(text: str, most: int) -> str:
    """Cut a text to `most` characters, between two signs, with "…" for what goes on."""
    if len(text) <= most:
        return text
    kept = 0
    for sign in signs(text):
        if kept + len(sign) >= most:
            break
        kept += len(sign)
    return text[:kept] + "…"


def last_sentence(text: str, most: int = 200) -> str:
    """Return the last sentence of a text, on one line and cut to `most` characters.

    A short one says little alone ("After a year."), so what comes before it belongs to it.
    """
    ends = [found.end() for found in _SENTENCE_END.finditer(text.rstrip())]
    starts = [0, *(end for end in ends if end < len(text.rstrip()))]
    whole = [start for start in starts if len(text[start:].split()) >= _ENOUGH] or [0]
    return cut_to(" ".join(text[whole[-1] :].split()), most)


def is_visible(text: str) -> bool:
    """Check whether there is anything to see in a text."""
    return any(unicodedata.category(sign)[0] not in _INVISIBLE for sign in text)


def folded(text: str) -> str:
    """Return a text as people search it: without case, marks on letters, or a dotless i."""
    apart = unicodedata.normalize("NFKD", text.casefold().replace("ı", "i"))
    return "".join(sign for sign in apart if not unicodedata.combining(sign))


def bare(text: str) -> str:
    """Return the words of a text in lower case, to compare them with words that we know.

    Emoji, mark-up and punctuation around them are left out.
    """
    words = _EMOJI_NAME.sub(" ", text).casefold().split()
    return " ".join(filter(None, map(_stripped, words)))


def _stripped(word: str) -> str:
    """Return a word without what stands around it and is neither a letter nor a number."""
    kept = [n for n, sign in enumerate(word) if sign.isalnum()]
    return word[kept[0] : kept[-1] + 1] if kept else ""

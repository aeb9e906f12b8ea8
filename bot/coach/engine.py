"""Reads a text by the rules of one language.

The whole text gets one label, in this order of priority: advice, suggestive, the type of
its last question, other. A text is brought to a plain form first (small letters, no
greetings, chat spelling written out), then cut into sentences. Each table of patterns is
one compiled expression, matched at the start of a sentence (`…_start`) or anywhere in it.

A warning to an open question is worse than silence, so whatever no rule knows is `other`.
"""

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

from bot.resources import config_dir

Label = Literal["open", "closed", "suggestive", "advice", "other"]
Note = Literal["stacked", "why", "long", "because"]

LONG = 40
"""Words in one question above which it is worth saying that it is long."""

MOST = 600
"""Characters that are read, from the end: a question comes last, and nobody types more."""

PARTS = 12
"""Sentences that are read, the last ones."""

_SENTENCE = re.compile(r"[^.!?\n…]+(?:[.!?…]+|\n|$)")
_NOISE = re.compile(r"https?://\S+|[^\w\s.,;:!?'\"/%…@<>-]", re.UNICODE)
_SPACE = re.compile(r"[ \t\r\f\v]+")
_QUOTED = re.compile(r"\"([^\"]{0,200})\"|(?<!\w)'([^']{0,200})'(?!\w)")


class Verdict(NamedTuple):
    """What a text is, what else is worth saying of it, and a kind hint (None for none)."""

    label: Label
    notes: tuple[Note, ...]
    hint: str | None


class Coach:
    """The rules of one language, ready to read with."""

    def __init__(self, table: dict[str, Any]) -> None:
        self._written_out = {str(k): str(v) for k, v in table["written_out"].items()}
        self._chat = _any(sorted(self._written_out), whole=True)
        self._rules = {name: _any(patterns) for name, patterns in table["patterns"].items()}
        self._hints: dict[str, str] = table["hints"]

    def read(self, text: str) -> Verdict:
        """Label any text at all; never fails."""
        sentences = self._sentences(text)
        label = self._label(sentences)
        hint = self._hints.get(label)
        return Verdict(label, self._notes(sentences, label), hint)

    # the text, made plain

    def _sentences(self, text: str) -> list[str]:
        plain = text[-MOST:].lower().replace("’", "'").replace("‘", "'").replace("`", "'")
        plain = plain.replace("“", '"').replace("”", '"')
        plain = _SPACE.sub(" ", _NOISE.sub(" ", plain))
        plain = self._chat.sub(lambda m: self._written_out[m.group(0)], plain)
        plain = _QUOTED.sub(" x ", plain)
        found = (s.strip(" ,;:-\"'") for s in _SENTENCE.findall(plain))
        worded = [s for s in found if any(c.isalnum() for c in s)]
        return [self._bare(s) for s in worded[-PARTS:]]

    def _bare(self, sentence: str) -> str:
        """Take greetings, names and fillers off the front."""
        for _ in range(6):
            filler = self._rules["fillers_start"].match(sentence)
            shorter = sentence[filler.end() :].lstrip(" ,;:-") if filler else sentence
            if shorter == sentence or not any(c.isalnum() for c in shorter):
                return sentence
            sentence = shorter
        return sentence

    # the label

    def _label(self, sentences: list[str]) -> Label:
        if any(self._advises(s) for s in sentences):
            return "advice"
        asked = [kind for kind in map(self._asks, sentences) if kind != "other"]
        if "suggestive" in asked:
            return "suggestive"
        return asked[-1] if asked else "other"

    def _advises(self, sentence: str) -> bool:
        if self._is("not_advice", sentence):
            return False
        if self._is("advice_asked", sentence):
            return True
        if sentence.endswith("?") and (self._opens(sentence) or self._asks_a_fact(sentence)):
            return False
        starts = self._starts("advice_start", sentence) or self._clause("advice_start", sentence)
        return starts or self._is("advice", sentence)

    def _opens(self, sentence: str) -> bool:
        return self._starts("open_start", sentence) or self._clause("open_start", sentence)

    def _asks_a_fact(self, sentence: str) -> bool:
        starts = self._starts("fact_start", sentence) or self._clause("fact_start", sentence)
        return starts or self._is("fact", sentence)

    def _asks(self, sentence: str) -> Label:
        mark = sentence.endswith("?")
        if self._is("unsure", sentence):
            return "other"
        if self._is("suggestive", sentence) or self._starts("suggestive_start", sentence):
            return "suggestive"
        if mark and self._is("suggestive_asked", sentence):
            return "suggestive"
        if self._starts("reflected_start", sentence):
            return "other"
        if not mark and self._starts("told_start", sentence):
            return "other"
        if self._asks_a_fact(sentence):
            return "closed"
        if self._opens(sentence) or self._is("open_told", sentence):
            return "open"
        if mark and self._is("open_asked", sentence):
            return "open"
        if self._starts("verb_start", sentence) or self._clause("verb_start", sentence):
            return "closed"
        return "closed" if mark else "other"

    def _is(self, rule: str, sentence: str) -> bool:
        return self._rules[rule].search(sentence) is not None

    def _starts(self, rule: str, sentence: str) -> bool:
        return self._rules[rule].match(sentence) is not None

    def _clause(self, rule: str, sentence: str) -> bool:
        """Tell whether a later part of a sentence, behind a comma or dash, starts like this."""
        if not sentence.endswith("?"):
            return False
        parts = re.split(r"[,;:]\s+|\s-+\s*|--", sentence)
        return any(self._starts(rule, self._bare(part.strip())) for part in parts[1:])

    def _notes(self, sentences: list[str], label: Label) -> tuple[Note, ...]:
        notes: list[Note] = []
        if label in ("other", "advice"):
            return ()
        asked = [s for s in sentences if self._asks(s) != "other"]
        if len(asked) > 1:
            notes.append("stacked")
        if any(self._starts("why_start", s) for s in asked):
            notes.append("why")
        if sum(len(s.split()) for s in sentences) > LONG:
            notes.append("long")
        if any(self._is("because", s) for s in asked):
            notes.append("because")
        return tuple(notes)


@cache
def load(language: str, folder: Path | None = None) -> Coach:
    """Load the rules of a language ("nl", "en"), once. Raises `OSError` when there are none."""
    file = (folder or config_dir() / "coach") / f"{language}.toml"
    with file.open("rb") as source:
        return Coach(tomllib.load(source))


def _any(patterns: list[str], *, whole: bool = False) -> re.Pattern[str]:
    """Compile alternatives; a pattern ends at a word's end."""
    if not patterns:
        return re.compile(r"(?!)")
    if whole:
        return re.compile(r"(?<![\w'@])(?:" + "|".join(map(re.escape, patterns)) + r")(?![\w'])")
    return re.compile("|".join(f"(?:{p})" for p in patterns))

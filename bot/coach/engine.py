"""Reads a text by the rules of one language.

The whole text gets one label, in this order of priority: advice, suggestive, the type of
its last question, other. A text is brought to a plain form first (small letters, no
greetings, chat spelling written out), then cut into sentences. Each table of patterns is
one compiled expression, matched at the start of a sentence (`…_start`) or anywhere in it;
`~name~` in a pattern stands for any word of that list in the lexicon.

A warning to an open question is worse than silence, so whatever no rule knows is `other`.
"""

import re
import tomllib
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

from bot.coach.opening import Opener
from bot.resources import config_dir

Label = Literal["open", "closed", "suggestive", "advice", "other"]
Note = Literal["stacked", "why", "long", "because"]

LONG = 40
"""Words in one question above which it is worth saying that it is long."""

EDGE = 300
"""Characters that are read at the start of a text, and as many at its end: a piece of advice
may come first, and a question comes last; nobody asks in the middle of a long story."""

REACH = 100
"""Characters of one sentence that are read at either end of it."""

PARTS = 3
"""Sentences that are read at the start of a text, and as many at its end."""

_SENTENCE = re.compile(r"[^.!?\n…]+(?:[.!?…]+|\n|$)")
_NOISE = re.compile(r"https?://\S+|[^\w\s.,;:!?'\"/%…@<>-]", re.UNICODE)
_SPACE = re.compile(r"[ \t\r\f\v]+")
_QUOTED = re.compile(r"\"([^\"]{0,200})\"|(?<!\w)'([^']{0,200})'(?!\w)")
_QUOTES = str.maketrans({"’": "'", "‘": "'", "`": "'", "“": '"', "”": '"', "„": '"'})
_BORDER = r"\b"
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
_AT = r"(?:^|\b(?=\w)|(?=,))"
"""Where a pattern may begin: at a word or a comma. Said once before them all, that is fast."""

_BREAK = re.compile(r"[,;:]\s+|\s-+\s*|--")


class Verdict(NamedTuple):
    """What a text is, what else is worth saying of it, a kind hint, and ways to open it up.

    `hint` is None and `openers` is empty where nothing needs to be said. The first opener
    is the person's own question reworded, where that can be done safely.
    """

    label: Label
    notes: tuple[Note, ...]
    hint: str | None
    openers: tuple[str, ...] = ()


class Coach:
    """The rules of one language, ready to read with."""

    def __init__(self, table: dict[str, Any]) -> None:
        self._written_out = {str(k): str(v) for k, v in table["written_out"].items()}
        self._chat = _any(sorted(self._written_out), whole=True)
        lexicon = {name: "(?:" + "|".join(words) + ")" for name, words in table["lexicon"].items()}
        self._rules = {
            name: _any([_expand(p, lexicon) for p in patterns])
            for name, patterns in table["patterns"].items()
        }
        self._opener = Opener(
            [(_expand(each["when"], lexicon), each["say"]) for each in table["reworded"]],
            table["stems"],
        )
        self._hints: dict[str, str] = table["hints"]
        self._noted: dict[str, str] = table["notes"]
        self.common = frozenset(table["common"])

    def read(self, text: str) -> Verdict:
        """Label any text at all; never fails."""
        sentences = self._sentences(text)
        kinds = [self._asks(s) for s in sentences]
        label = self._label(sentences, kinds)
        notes = self._notes(sentences, kinds, label)
        hint = self.hint(label, notes)
        openers = self._opener.openers(text[-EDGE:], label) if hint else ()
        return Verdict(label, notes, hint, openers)

    def hint(self, label: Label, notes: tuple[Note, ...] = ()) -> str | None:
        """Say in this language what a text is and why that matters, with the first of its notes.

        None for an open question, whatever else might be said of it, and for what asks nothing.
        """
        hint = self._hints.get(label)
        return hint and " ".join([hint, *(self._noted[note] for note in notes[:1])])

    # the text, made plain

    def _sentences(self, text: str) -> list[str]:
        if len(text) <= 2 * EDGE:
            found = self._cut(text)
            return found if len(found) <= 2 * PARTS else found[:PARTS] + found[-PARTS:]
        return self._cut(text[:EDGE])[:PARTS] + self._cut(text[-EDGE:])[-PARTS:]

    def _cut(self, text: str) -> list[str]:
        plain = _SPACE.sub(" ", _NOISE.sub(" ", text.lower().translate(_QUOTES)))
        plain = self._chat.sub(lambda m: self._written_out[m.group(0)], plain)
        plain = _QUOTED.sub(" x ", plain)
        found = (s.strip(" ,;:-\"'") for s in _SENTENCE.findall(plain))
        return [self._bare(_ends(s)) for s in found if any(c.isalnum() for c in s)]

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

    def _label(self, sentences: list[str], kinds: list[Label]) -> Label:
        if any(self._advises(s) for s in sentences):
            return "advice"
        asked = [kind for kind in kinds if kind != "other"]
        if "suggestive" in asked:
            return "suggestive"
        return asked[-1] if asked else "other"

    def _advises(self, sentence: str) -> bool:
        if self._is("not_advice", sentence) or self._starts("invites_start", sentence):
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
        if self._is("fact", sentence):
            return True
        if self._starts("not_fact_start", sentence):
            return False
        last = self._parts(sentence)[-1:]
        if any(self._starts("open_start", p) and not self._starts("fact_start", p) for p in last):
            return False
        return self._starts("fact_start", sentence) or self._clause("fact_start", sentence)

    def _asks(self, sentence: str) -> Label:
        mark = sentence.endswith("?")
        if self._is("unsure", sentence):
            return "other"
        if self._starts("invites_start", sentence):
            return "open"
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
        if mark and not self._starts("verb_start", sentence) and self._is("open_asked", sentence):
            return "open"
        if mark:
            return "closed"
        return "closed" if self._asks_unmarked(sentence) else "other"

    def _asks_unmarked(self, sentence: str) -> bool:
        """Tell whether a sentence without a question mark is a question by its word order.

        "Kan gebeuren." and "Was fijn vanavond." begin with their verb too: a full stop or a
        verb without a subject behind it makes a statement.
        """
        rule = "verb_you_start" if sentence[-1] in ".!" else "verb_start"
        return self._starts(rule, sentence)

    def _is(self, rule: str, sentence: str) -> bool:
        return self._rules[rule].search(sentence) is not None

    def _starts(self, rule: str, sentence: str) -> bool:
        return self._rules[rule].match(sentence) is not None

    def _clause(self, rule: str, sentence: str) -> bool:
        """Tell whether a later part of a question, behind a comma or dash, starts like this."""
        return any(self._starts(rule, part) for part in self._parts(sentence))

    def _parts(self, sentence: str) -> list[str]:
        """Give the later parts of a question, each behind a comma or a dash."""
        if not sentence.endswith("?"):
            return []
        return [self._bare(part.strip()) for part in _BREAK.split(sentence)[1:][-PARTS:]]

    def _notes(self, sentences: list[str], kinds: list[Label], label: Label) -> tuple[Note, ...]:
        if label in ("other", "advice"):
            return ()
        notes: list[Note] = []
        asked = [s for s, kind in zip(sentences, kinds, strict=True) if kind != "other"]
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


def reading(text: str, otherwise: str) -> Coach:
    """Give the coach for the language a text is in; that of `otherwise` when it cannot tell.

    People in one group write in more than one language, whatever Slack is set to.
    """
    found = Counter(_WORD.findall(text[:EDGE].lower()))
    said = {
        language: sum(n for word, n in found.items() if word in load(language).common)
        for language in languages()
    }
    best = max(said, key=lambda language: said[language])
    return load(best if said[best] > said.get(otherwise, 0) else otherwise)


@cache
def languages() -> tuple[str, ...]:
    """Give the languages that there are rules for."""
    return tuple(sorted(file.stem for file in (config_dir() / "coach").glob("*.toml")))


def _ends(sentence: str) -> str:
    """Give a sentence, without the middle of a very long one."""
    if len(sentence) <= 2 * REACH:
        return sentence
    return f"{sentence[:REACH]} {sentence[-REACH:]}"


def _expand(pattern: str, lexicon: dict[str, str]) -> str:
    """Write out the words that a pattern names. Raises `KeyError` for a list there is not."""
    return re.sub(r"~(\w+)~", lambda m: lexicon[m.group(1)], pattern)


def _any(patterns: list[str], *, whole: bool = False) -> re.Pattern[str]:
    """Compile alternatives."""
    if not patterns:
        return re.compile(r"(?!)")
    if whole:
        return re.compile(r"(?<![\w'@])(?:" + "|".join(map(re.escape, patterns)) + r")(?![\w'])")
    return re.compile(_AT + "(?:" + "|".join(p.removeprefix(_BORDER) for p in patterns) + ")")

"""Reads a text by the rules of one language.

The whole text gets one label, in this order of priority: advice, suggestive, the type of
its last question, other. A text is brought to a plain form first (small letters, no
greetings, chat spelling written out), then cut into sentences. Each table of patterns is
compiled, and matched at the start of a sentence (`…_start`) or anywhere in it; `~name~` in
a pattern stands for any word of that list in the lexicon.

A warning to an open question is worse than silence, so whatever no rule knows is `other`.
"""

import re
import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Literal, NamedTuple
from zlib import crc32

from bot.coach.opening import Opener
from bot.resources import config_dir

Label = Literal["open", "closed", "suggestive", "advice", "other"]
Note = Literal["stacked", "why", "long", "because"]
Remark = Literal["closed", "suggestive", "advice", "blame"]
"""What a facilitator would say something about."""

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
NEVER = r"(?!)"
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
_AT, _AT_COMMA = r"\b", r"(?:\b|(?=,))"
"""Where a pattern may begin: at a word, or a comma. Said once before them all, that is fast."""
_BEHIND = re.compile(r"((?:\(\?<![^()]*\))+)(.+)")
"""A pattern with what may not stand before it, which is looked at last: that is fast too."""

_BREAK = re.compile(r"[,;:]\s+|\s-+\s*|--")


class Verdict(NamedTuple):
    """What a text is, what else is worth saying of it, a kind hint, and ways to open it up.

    The label says what a text is by its form. `remark` is what a facilitator would say something
    about, None where they would let it be: a closed question may look inward, or check what was
    heard, and "why didn't you" is open and may hurt. Without a remark `hint` is None and
    `openers` is empty. The first opener is the person's own question reworded, where that can be
    done safely.
    """

    label: Label
    notes: tuple[Note, ...]
    remark: Remark | None
    hint: str | None
    openers: tuple[str, ...] = ()

    @property
    def counts_as(self) -> Label:
        """The label under which a question counts: one that is let be counts as open."""
        return (
            "open" if self.remark is None and self.label in ("closed", "suggestive") else self.label
        )


class Coach:
    """The rules of one language, ready to read with."""

    def __init__(self, table: dict[str, Any]) -> None:
        self._written_out = {str(k): str(v) for k, v in table["written_out"].items()}
        written = map(re.escape, sorted(self._written_out))
        self._chat = re.compile(rf"(?<![\w'@])(?:{'|'.join(written) or NEVER})(?![\w'])")
        lexicon = {name: "(?:" + "|".join(words) + ")" for name, words in table["lexicon"].items()}
        self._rules = {
            name: _Rule(name, [_expand(p, lexicon) for p in patterns])
            for name, patterns in table["patterns"].items()
        }
        self._opener = Opener(
            [(_expand(each["when"], lexicon), each["say"]) for each in table["reworded"]],
            table["stems"],
        )
        self._hints: dict[str, list[str]] = table["hints"]
        self._noted: dict[str, str] = table["notes"]
        self.common = frozenset(table["common"])
        self._oneself = frozenset(table["oneself"])

    def read(self, text: str) -> Verdict:
        """Label any text at all; never fails."""
        sentences = self._sentences(text)
        kinds = [self._asks(s) for s in sentences]
        label = self._label(sentences, kinds)
        notes = self._notes(sentences, kinds, label)
        remark = self._remark(sentences, kinds, label)
        if remark is None:
            return Verdict(label, notes, None, None)
        openers = self._opener.openers(text[-EDGE:], remark)
        return Verdict(label, notes, remark, self.hint(text, remark, notes), openers)

    def is_own(self, text: str) -> bool:
        """Check whether a text is about its writer: whether it has "I", "me", "we", ..."""
        said = _WORD.findall(text.lower().translate(_QUOTES))
        return not self._oneself.isdisjoint(said)

    def hint(self, text: str, remark: Remark, notes: tuple[Note, ...] = ()) -> str:
        """Say in this language what a text is and why that matters, with the first of its notes.

        There are several ways to say it; the text decides which, so the same text hears the same.
        """
        ways = self._hints[remark]
        begin = self._begin(text) if remark == "closed" else ""
        if begin:
            ways = [*ways, *self._hints["begun"]]
        way = ways[crc32(text.encode()) % len(ways)].replace("{begin}", begin)
        said = [note for note in notes if (remark, note) != ("blame", "why")]
        return " ".join([way, *(self._noted[note] for note in said[:1])])

    def _begin(self, text: str) -> str:
        """Return the first two words of a text that is one question and begins with its verb."""
        sentences = self._sentences(text)
        if len(sentences) != 1 or not sentences[0].starts("verb_start"):
            return ""
        return " ".join(sentences[0].text.split()[:2]).capitalize()

    # the text, made plain

    def _sentences(self, text: str) -> list["_Sentence"]:
        if len(text) <= 2 * EDGE:
            found = self._cut(text)
            found = found if len(found) <= 2 * PARTS else found[:PARTS] + found[-PARTS:]
        else:
            found = self._cut(text[:EDGE])[:PARTS] + self._cut(text[-EDGE:])[-PARTS:]
        return [_Sentence(each, self._rules) for each in found]

    def _cut(self, text: str) -> list[str]:
        """Split a text into sentences, in a plain form."""
        plain = _SPACE.sub(" ", _NOISE.sub(" ", text.lower().translate(_QUOTES)))
        plain = self._chat.sub(lambda m: self._written_out[m.group(0)], plain)
        plain = _QUOTED.sub(" x ", plain)
        found = (s.strip(" ,;:-\"'") for s in _SENTENCE.findall(plain))
        return [_ends(s) for s in found if any(c.isalnum() for c in s)]

    # the label

    def _label(self, sentences: list["_Sentence"], kinds: list[Label]) -> Label:
        if any(self._advises(s) for s in sentences):
            return "advice"
        asked = [kind for kind in kinds if kind != "other"]
        if "suggestive" in asked:
            return "suggestive"
        return asked[-1] if asked else "other"

    def _remark(
        self, sentences: list["_Sentence"], kinds: list[Label], label: Label
    ) -> Remark | None:
        """Return what a facilitator would say something about in a text with this label."""
        asked = [s for s, kind in zip(sentences, kinds, strict=True) if kind != "other"]
        match label:
            case "open":
                return "blame" if any(s.has("blames") for s in asked) else None
            case "closed":
                return None if asked[-1].is_let_be else "closed"
            case "suggestive":
                return None if all(s.has("let_be_with_not") for s in asked) else "suggestive"
            case "advice":
                return "advice"
            case _:
                return None

    def _advises(self, s: "_Sentence") -> bool:
        if s.has("not_advice") or s.starts("invites_start"):
            return False
        if s.has("advice_asked"):
            return True
        if s.marked and (s.opens or s.asks_a_fact):
            return False
        if not s.marked and s.has("advice_told"):
            return True
        return s.starts_or_goes_on("advice_start") or s.has("advice")

    def _asks(self, s: "_Sentence") -> Label:
        if s.has("unsure"):
            return "other"
        if s.starts("invites_start"):
            return "open"
        if s.has("suggestive") or s.starts("suggestive_start"):
            return "suggestive"
        if s.marked and s.has("suggestive_asked"):
            return "suggestive"
        if s.starts("reflected_start") or (not s.marked and s.starts("told_start")):
            return "other"
        if s.asks_a_fact:
            return "closed"
        if s.opens or s.has("open_told"):
            return "open"
        if s.marked and not s.starts("verb_start") and s.has("open_asked"):
            return "open"
        return "closed" if s.marked or s.asks_unmarked else "other"

    def _notes(
        self, sentences: list["_Sentence"], kinds: list[Label], label: Label
    ) -> tuple[Note, ...]:
        if label in ("other", "advice"):
            return ()
        notes: list[Note] = []
        asked = [s for s, kind in zip(sentences, kinds, strict=True) if kind != "other"]
        if len(asked) > 1:
            notes.append("stacked")
        if any(s.starts("why_start") for s in asked):
            notes.append("why")
        if sum(len(s.text.split()) for s in sentences) > LONG:
            notes.append("long")
        if any(s.has("because") for s in asked):
            notes.append("because")
        return tuple(notes)


class _Rule:
    """A table of patterns: those for the start of a sentence, and those for anywhere in it.

    All of a table called `…_start` are for the start; of others, those that begin with `^`.
    """

    def __init__(self, name: str, patterns: Sequence[str]) -> None:
        every = name.endswith("_start")
        first = [pattern for pattern in patterns if every or pattern.startswith("^")]
        others = [pattern for pattern in patterns if pattern not in first]
        at = _AT_COMMA if any(pattern.startswith(",") for pattern in others) else _AT
        self.start = re.compile(_either(first))
        self._anywhere = re.compile(at + _either(others))

    def is_in(self, text: str) -> bool:
        """Check whether one of the patterns matches."""
        return bool(self.start.match(text) or self._anywhere.search(text))


class _Sentence:
    """One sentence under the rules: whatever is asked of it twice is found out once."""

    def __init__(self, text: str, rules: Mapping[str, _Rule]) -> None:
        self._rules = rules
        self.text = self._bare(text)
        self.marked = self.text.endswith("?")

    def has(self, rule: str) -> bool:
        """Check whether some part of the text matches a rule."""
        return self._rules[rule].is_in(self.text)

    def starts(self, rule: str) -> bool:
        """Check whether the text starts as a rule says."""
        return self._rules[rule].start.match(self.text) is not None

    def starts_or_goes_on(self, rule: str) -> bool:
        """Check whether the text, or a later part of it, starts as a rule says."""
        return self.starts(rule) or self._any_of(self._parts, rule)

    @cached_property
    def opens(self) -> bool:
        """Whether it starts as an open question does."""
        return self.starts_or_goes_on("open_start")

    @cached_property
    def asks_a_fact(self) -> bool:
        """Whether it asks after one fact."""
        if self.has("fact"):
            return True
        if self.starts("not_fact_start"):
            return False
        last = self._parts[-1:]
        if self._any_of(last, "open_start") and not self._any_of(last, "fact_start"):
            return False
        return self.starts_or_goes_on("fact_start")

    @property
    def is_let_be(self) -> bool:
        """Whether a closed question looks inward or at exceptions, is a scale, or checks back."""
        if self.has("let_be") or self.has("let_be_with_not"):
            return True
        if self.marked and self.starts("verb_start"):
            return not self.has("plain_check")
        for part in (self.text, *self._parts):
            if self._rules["which_start"].start.match(part):
                return not self._rules["plain_fact"].is_in(part)
        return self.marked and not self.asks_a_fact and self.starts("checks_start")

    @property
    def asks_unmarked(self) -> bool:
        """Whether it is, without a question mark, a question by its word order.

        "Kan gebeuren." and "Was fijn vanavond." begin with their verb too: a full stop or a
        verb without a subject behind it makes a statement.
        """
        return self.starts("verb_you_start" if self.text[-1] in ".!" else "verb_start")

    @cached_property
    def _parts(self) -> list[str]:
        """The later parts of a question, each behind a comma or a dash."""
        if not self.marked:
            return []
        return [self._bare(part.strip()) for part in _BREAK.split(self.text)[1:][-PARTS:]]

    def _any_of(self, parts: Sequence[str], rule: str) -> bool:
        return any(self._rules[rule].start.match(part) for part in parts)

    def _bare(self, sentence: str) -> str:
        """Take greetings, names and fillers off the front."""
        for _ in range(6):
            filler = self._rules["fillers_start"].start.match(sentence)
            shorter = sentence[filler.end() :].lstrip(" ,;:-") if filler else sentence
            if shorter == sentence or not any(c.isalnum() for c in shorter):
                return sentence
            sentence = shorter
        return sentence


@cache
def load(language: str, folder: Path | None = None) -> Coach:
    """Load the rules of a language ("nl", "en"), once. Raises `OSError` when there are none."""
    file = (folder or config_dir() / "coach") / f"{language}.toml"
    with file.open("rb") as source:
        return Coach(tomllib.load(source))


def reading(text: str, otherwise: str) -> Coach:
    """Return the coach for the language of a text; that of `otherwise` when it is unclear.

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
    """Return the languages that have rules."""
    return tuple(sorted(file.stem for file in (config_dir() / "coach").glob("*.toml")))


def _ends(sentence: str) -> str:
    """Return a sentence, without the middle if it is very long."""
    if len(sentence) <= 2 * REACH:
        return sentence
    return f"{sentence[:REACH]} {sentence[-REACH:]}"


def _expand(pattern: str, lexicon: dict[str, str]) -> str:
    """Write out the words that a pattern names. Raises `KeyError` for a list there is not."""
    return re.sub(r"~(\w+)~", lambda m: lexicon[m.group(1)], pattern)


def _either(patterns: Sequence[str]) -> str:
    """Return one expression that matches any of these."""
    return f"(?:{'|'.join(map(_quick, patterns)) or NEVER})"


def _quick(pattern: str) -> str:
    """Write a pattern so that it fails soon where it does not match."""
    found = _BEHIND.fullmatch(pattern)
    if found is None:
        return pattern.removeprefix(_BORDER)
    return f"(?={found[2].removeprefix(_BORDER)}){found[1]}"

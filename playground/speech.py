"""What simulated colleagues say: their cases, and lines by case, by step or by kind.

Nobody repeats what was said in a session as long as there is something else to say, and who
brings a case answers what was asked.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from functools import cache
from itertools import chain
from random import Random
from typing import Any, NamedTuple

from bot.catalog.yaml_reader import read
from bot.flows.intake import HELPING, Field
from bot.flows.method import DiscussStep, Method, RoundStep, Step
from bot.flows.types import CaseKind
from bot.i18n import LANGUAGES, Language
from bot.resources import config_dir
from playground.reading import block
from playground.slack.workspace import Message, Workspace

Json = dict[str, Any]


@cache
def repertoire(language: str) -> dict[str, Any]:
    """Return what colleagues say in a language."""
    found: dict[str, Any] = read(config_dir() / "repertoire" / f"{language}.yaml")
    return found


@cache
def _made() -> dict[str, dict[str, list[str]]]:
    found: dict[str, dict[str, list[str]]] = read(config_dir() / "repertoire" / "steps.yaml")
    return found


@cache
def cases() -> list[Json]:
    """Return the learning cases that colleagues bring, each by the languages it is told in."""
    found: list[Json] = read(config_dir() / "repertoire" / "cases.yaml")
    for case in found:
        for language in _languages(case):
            default = repertoire(language)["cases"]["learning"]
            helping = dict.fromkeys(HELPING, "") if "title" in case[language] else {}
            case[language] = default | helping | case[language]
    return found


def made_for(method: Method, step: str, language: str) -> list[str]:
    """Return what is said in one step of a method alone, if anything is.

    A method's own example goes before what the repertoire has for `method/step`. The steps of a
    process check are the same in every method.
    """
    if method.example is not None and step in method.example.says:
        return list(method.example.says[step][language])
    found = _made().get(f"{method.id}/{step}") or _made().get(step, {})
    return found.get(language, [])


class Place(NamedTuple):
    """The state of a session as its board shows it; `bringer` is in the bringer's place.

    `seats` are the colleagues who did not bring the case, in their order.
    """

    board: Message
    method: Method
    step: Step
    language: Language
    bringer: str
    seats: tuple[str, ...]

    @property
    def here(self) -> str:
        """Return what distinguishes this place from others in the channel."""
        return f"{self.board.ts}:{block(self.board.blocks, 'board-step')}"

    def seat(self, user: str) -> int:
        """Return somebody's place among the colleagues; who brought the case sits last."""
        return self.seats.index(user) if user in self.seats else len(self.seats)


class _Asked(NamedTuple):
    """A question about a case, its answer, and what it is about, if that is known."""

    question: str
    answer: str
    topic: str = ""


_TOLD = (Field.TITLE, Field.SITUATION, Field.ACTION, Field.QUESTION)
"""What a case tells, in the order of the repertoire."""

_OWN = {"takeaway": "learned"}
"""What a case calls what its bringer says in a step of a kind, where it is not the kind itself."""


class Speech:
    """Chooses what people say; `method` is the id of the method that is played, if one is.

    In a rehearsal (`rehearses`), questions are asked in their order, and whatever else people say
    stands at the place of their seat, so that they stay who they are.
    """

    def __init__(
        self,
        workspace: Workspace,
        random: Random,
        methods: Mapping[str, Method],
        *,
        method: str,
        rehearses: bool,
    ) -> None:
        self._workspace = workspace
        self._random = random
        self._method = methods.get(method)
        self._rehearses = rehearses
        self._used: list[str] = []
        self._said: dict[str, set[str]] = defaultdict(set)
        self._told: Counter[int] = Counter()
        self._bringing: dict[str, int] = {}

    def case(self, user: str, kind: str, language: Language) -> Json:
        """Return the case that somebody brings: the method's own, or else one of theirs."""
        default = dict(repertoire(language)["cases"][kind])
        if self._method is not None:
            told = _brought(self._method, language)
            if told:
                default |= dict.fromkeys(HELPING, "")
                default.update(zip(_TOLD, told, strict=True))
            aims = self._method.aims
            return default if not aims or default["aim"] in aims else default | {"aim": aims[0]}
        if kind != CaseKind.LEARNING:
            return default
        if user not in self._bringing:
            self._bringing[user] = self._next_case(user)
        found: Json = cases()[self._bringing[user]].get(language, default)
        return found

    def has_brought(self, user: str) -> None:
        """Remember that somebody sent in the case that they told."""
        if user in self._bringing:
            self._told[self._bringing.pop(user)] += 1

    def _next_case(self, user: str) -> int:
        """Return which case somebody tells: their own first, then what was told least."""
        found = [n for n, case in enumerate(cases()) if case.get("of", user) == user]
        free = [n for n in found if n not in self._bringing.values()] or found
        return min(free, key=lambda n: (self._told[n], "of" not in cases()[n], n))

    def line(self, place: Place, user: str, kind: str, *, part: str = "") -> str:
        """Choose something to say, of what was not said in this session and else was said least.

        A talk is written to be read in its order, and the fields of a form go with each other.
        """
        own = user == place.bringer
        lines = self._lines(place, kind, part, own=own)
        fresh = self._fresh(place, lines)
        step = place.step
        in_order = isinstance(step, DiscussStep) or (isinstance(step, RoundStep) and step.answers)
        seated = lines[place.seat(user) % len(lines)]
        if self._rehearses and not in_order and seated in fresh:
            line = seated
        elif self._rehearses or isinstance(step, DiscussStep) or step.rotates:
            line = fresh[0]
        else:
            line = self._random.choice(fresh)
        if part not in ("", "1"):
            firsts = self._lines(place, kind, "1", own=own)
            last = next((said for said in reversed(self._used) if said in firsts), firsts[0])
            line = lines[min(firsts.index(last), len(lines) - 1)]
        return self._uttered(place, line)

    def answer(self, place: Place, question: str) -> str:
        """Answer a question, in the words of the case where it knows what the question is about."""
        said, asked = self._said[place.board.ts], self._asked(place)
        answers = {self._named(place, each.question): each.answer for each in asked}
        about = [answers[question]] if question in answers else []
        about += [
            each.answer
            for topic, words in repertoire(place.language)["topics"].items()
            for each in asked
            if each.topic == topic and _mentions(question, words)
        ]
        fresh = [answer for answer in about if answer not in said]
        line = fresh[0] if fresh else self._fresh(place, repertoire(place.language)["answer"])[0]
        return self._uttered(place, line)

    def is_exhausted(self, place: Place, kind: str) -> bool:
        """Check whether all has been said that colleagues can say in a step."""
        return all(line in self._used for line in self._lines(place, kind, "", own=False))

    def made(self, place: Place, step: str) -> list[str]:
        """Return what is said in a step of the method alone, if it fits the case."""
        if not _is_about(place.method, head(place.board)):
            return _made().get(step, {}).get(place.language, [])
        return made_for(place.method, step, place.language)

    def _uttered(self, place: Place, line: str) -> str:
        self._used.append(line)
        self._said[place.board.ts].add(line)
        return self._named(place, line)

    def _named(self, place: Place, line: str) -> str:
        bringer = self._workspace.users.get(place.bringer)
        return line.replace("{bringer}", bringer.real_name.split()[0] if bringer else "")

    def _fresh(self, place: Place, lines: list[str]) -> list[str]:
        said = self._said[place.board.ts]
        left = [line for line in lines if line not in said] or lines
        least = min(map(self._used.count, left))
        return [line for line in left if self._used.count(line) == least]

    def _asked(self, place: Place) -> list[_Asked]:
        """List the questions about a case with their answers: the method's, or else the case's."""
        step, general = place.step.id, repertoire(place.language)
        made = [self.made(place, each) for each in (step, f"{step}/answer")]
        if all(made):
            return [_Asked(q, a) for q, a in zip(*made, strict=False)]
        told = _told_on(place)
        if told:
            return [_Asked(q, a, topic) for topic, (q, a) in told["asked"].items()]
        of_step = zip(
            general.get(f"question-{step}", ()), general.get(f"answer-{step}", ()), strict=True
        )
        return [_Asked(q, a) for q, a in of_step]

    def _lines(self, place: Place, kind: str, part: str, *, own: bool) -> list[str]:
        """Return what may be said: made for the step, about the case, or of its kind.

        In each of these, what is made for whoever brings the case (`own`) goes first.
        """
        general, step = repertoire(place.language), place.step
        at = f"{step.id}/{part}" if part else step.id
        found: list[list[str]] = []
        if kind != "asking":
            found += [self.made(place, f"{at}/bringer")] if own else []
            found += [self.made(place, at)]
        if isinstance(step, RoundStep) and step.answers and not own:
            said = self._said[place.board.ts]
            open_ = [each.question for each in self._asked(place) if each.answer not in said]
            found += [open_]
        about = (_told_on(place) or {}).get(_OWN.get(kind, kind) if own else kind)
        if kind != "asking" and about and own == (kind not in ("advice", "question")):
            found += [about if isinstance(about, list) else [about]]
        found += [general.get(f"{kind}-{step.id}", [])] if _is_positive(place) else []
        found += [general.get(f"{kind}-bringer", [])] if own else []
        found += [general.get(kind, []), general["observation"]]
        lines = next(lines for lines in found if lines)
        share = len(lines) // (len(place.seats) + 1)
        if self._rehearses and step.rotates and share > 1:  # each in the bringer's place has some
            first = place.seat(place.bringer) * share
            return lines[first : first + share]
        return lines


def _brought(method: Method, language: str) -> list[str]:
    """Return the case of a method's example, if it has one."""
    if method.example is not None and method.example.case is not None:
        case = method.example.case
        fields = (case.title, case.situation, case.action, case.question)
        return [field[language] for field in fields]
    return made_for(method, "brought", language)


def _is_about(method: Method, title: str) -> bool:
    """Check whether what is said in a method's steps is about the case that a board names."""
    if not method.kinds:
        return True
    titles = [told[0] for language in LANGUAGES if (told := _brought(method, language))]
    return any(each in title for each in titles or _default_titles())


@cache
def _default_titles() -> tuple[str, ...]:
    told = chain.from_iterable(repertoire(each)["cases"].values() for each in LANGUAGES)
    return tuple(case["title"] for case in told)


def _told_on(place: Place) -> Json | None:
    """Return the case of our own that a board names, if it is one."""
    title = head(place.board)
    for case in cases():
        if any(case[language]["title"] in title for language in _languages(case)):
            told: Json | None = case.get(place.language)
            return told
    return None


def _languages(case: Json) -> list[Language]:
    return [language for language in LANGUAGES if language in case]


def _is_positive(place: Place) -> bool:
    """Check whether a board names the case of something that went well."""
    titles = [repertoire(each)["cases"]["positive"]["title"] for each in LANGUAGES]
    return any(title in head(place.board) for title in titles)


def _mentions(text: str, words: list[str]) -> bool:
    return any(re.search(rf"\b{re.escape(word)}", text.lower()) for word in words)


def head(board: Message) -> str:
    """Return the first line of a board: its case and its method."""
    parts = board.blocks[0]["elements"]
    return "".join(str(each.get("text", "")) for part in parts for each in part["elements"])

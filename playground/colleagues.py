"""Simulated colleagues: they see and can do what a person can.

They read the board and their messages, press the buttons that stand there, and write
from a repertoire. Now and then one passes. In a rehearsal things go wrong that go wrong
anywhere: one gives advice too early, one passes, and the bringer defends themselves while
they only listen.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from random import Random
from typing import Any, Literal, NamedTuple

from bot.blocks.action_ids import ActionId
from bot.catalog.commands import word_for
from bot.catalog.methods import shipped_methods
from bot.catalog.process_check import process_check_steps
from bot.catalog.yaml_reader import read
from bot.flows.intake import CHOICES, HELPING, Field
from bot.flows.method import (
    DiscussStep,
    GateStep,
    Method,
    PresentStep,
    ReflectStep,
    RespondStep,
    RoundStep,
    SortStep,
    Step,
    TrayStep,
    VoteStep,
    WriteStep,
)
from bot.i18n import LANGUAGES, OTHER, Language, language_of, words
from bot.resources import config_dir
from playground.filling import filled
from playground.reading import block, find, mentioned
from playground.reading import words as words_of
from playground.slack.workspace import Message, View, Workspace

Json = dict[str, Any]

PASSES = 0.06
"""How often a colleague passes a turn."""

LEAVES = 0.6
"""How often a colleague skips what a step offers as optional."""

PASSES_AT = 3
"""The turn of a round in which somebody passes, in a rehearsal."""

PATIENCE = timedelta(hours=3)
"""How long colleagues who are all there wait before one of them begins."""


@cache
def repertoire(language: str) -> dict[str, Any]:
    """Return what colleagues say in a language."""
    file = config_dir() / "repertoire" / f"{language}.yaml"
    found: dict[str, Any] = read(file)
    return found


@cache
def _made() -> dict[str, dict[str, list[str]]]:
    file = config_dir() / "repertoire" / "steps.yaml"
    found: dict[str, dict[str, list[str]]] = read(file)
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


_TOLD = (Field.TITLE, Field.SITUATION, Field.ACTION, Field.QUESTION)
"""What a case tells, in the order of the repertoire."""


class Act(NamedTuple):
    """What no message shows: somebody pressed a button, wrote in a form or saw one, or spoke."""

    user: str
    kind: Literal["pressed", "wrote", "saw", "said"]
    text: str


class Colleagues:
    """Plays these people in one channel; `act` lets one of them act once.

    Whoever begins a session names its `method`, if one is given. `methods` holds all there are.
    With `slips`, what goes wrong anywhere goes wrong here too, once each. With `by_form`, who
    brings a case fills in one form, instead of a conversation. `acts` lists what they did, in
    order.
    """

    def __init__(
        self,
        workspace: Workspace,
        channel: str,
        people: Iterable[str],
        *,
        random: Random,
        case: str = "learning",
        method: str = "",
        methods: Mapping[str, Method] | None = None,
        slips: bool = False,
        by_form: bool = False,
    ) -> None:
        self.workspace = workspace
        self.channel = channel
        self.people = list(people)
        self.random = random
        self.kind = case
        self.method = method
        self.methods = methods or shipped_methods()
        self._used: list[str] = []
        self._bringers: dict[str, str] = {}
        self._done: set[tuple[str, str, str]] = set()
        self._answered: set[str] = set()
        self._members: list[str] = []
        self._reminded: set[str] = set()
        self._slips = slips
        self._by_form = by_form
        self._next: list[Callable[[], object]] = []
        self._turns: Counter[str] = Counter()
        self._due = ""
        self.acts: list[Act] = []

    def act(self) -> bool:
        """Make one colleague act once; return False when nothing is asked of any of them."""
        if self._next:
            self._next.pop(0)()
            return True
        for board in self.boards():
            if self._slips and self._defends(board):
                return True
            for user in self.random.sample(self.people, len(self.people)):
                if self._play(board, user):
                    return True
        if any(self._own_case(user) for user in self.people):
            return True
        if any(self._comes(user) for user in self._members):
            return True
        return any(self._signs(user) for user in self.people)

    def bring(self, kind: str, but: str, language: str) -> str:
        """Make a colleague who speaks `language`, other than `but`, bring a case of this kind.

        Return who does.
        """
        self.kind = kind
        others = [user for user in self.people if user != but]
        fitting = [user for user in others if self._speaks(user) == language]
        who = self.random.choice(fitting or others)
        self.workspace.slash(who, self.channel, "/intervisie", "casus")
        return who

    def boards(self) -> list[Message]:
        """Return the boards in the channel, the newest first."""
        seen = self.workspace.messages(self.people[0], self.channel)
        boards = (m for m in reversed(seen) if block(m.blocks, "board-who"))
        return [m for m in boards if not m.ephemeral_to]

    def step(self, board: Message) -> Step | None:
        """Return the step that a board shows, read by its title."""
        found = self._place(board)
        return found.step if found else None

    def _place(self, board: Message) -> "_Place | None":
        """Read from a board where its session stands."""
        shown, head = block(board.blocks, "board-step"), _head(board)
        language = self._language(board)
        known = [
            method
            for method in self.methods.values()
            if head == (title := method.title[language]) or head.endswith(f"· {title}")
        ]
        for method in known or self.methods.values():  # a group composes its own of their steps
            for step in (*method.steps, *process_check_steps()):
                if f"*{step.title[language]}*" in shown:
                    seated = mentioned(shown) if step.rotates else []
                    bringer = seated[0] if seated else self._bringers.get(board.ts, "")
                    return _Place(board, method, step, language, bringer)
        return None

    # on the board

    def _play(self, board: Message, user: str) -> bool:
        lobby = block(board.blocks, "board-lobby")
        if lobby:
            self._bringers[board.ts] = mentioned(lobby)[0]
            return self._gather(board, user)
        place = self._place(board)
        if place is None:
            return False
        asked = mentioned(block(board.blocks, "board-who").split("\n")[0])
        if block(board.blocks, "board-clock"):
            return self._speak(place, user, asked)
        match place.step:
            case WriteStep() | ReflectStep():
                return self._fill_in(place, user)
            case VoteStep():
                return self._vote(place, user, asked)
            case DiscussStep():
                return user in asked and self._talk(place, user, asked)
            case _ if asked[:1] != [user]:
                return False
            case RoundStep() as step:
                return self._take_turn(place, user, step)
            case RespondStep() as step:
                self._tell(place, user, step.collects)
                return True
            case _:
                return self._as_bringer(place, user)

    def _gather(self, board: Message, user: str) -> bool:
        """Join, or begin once all have come and nobody began for a while. Each is tried once."""
        there = mentioned(block(board.blocks, "board-who"))
        if user not in there:
            return self._once(board, user, "session:join")
        if not all(
            who in there or (board.ts, who, "session:join") in self._done for who in self.people
        ):
            return False
        waited = self.workspace.clock.now() - datetime.fromtimestamp(float(board.ts), UTC)
        return waited > PATIENCE and self._once(board, user, "session:begin")

    def _once(self, on: Message, user: str, action: str) -> bool:
        """Press a button on a message, if one did not yet; False when it is not there."""
        return self._fresh(on.ts, user, action) and self.press(on, user, action)

    def _speak(self, place: "_Place", user: str, asked: list[str]) -> bool:
        """Take part in a spoken session, where a press of a button is enough."""
        match place.step:
            case WriteStep(shows="tray" | "sort" | "oneself") | ReflectStep():
                return self._fill_in(place, user)
            case WriteStep():
                peers = place.step.speakers == "peers" and user == place.bringer
                here = user in mentioned(self._until(place.board)) and not peers
                if not here or not self._first(place, user, "form"):
                    return False
                return self._tells(place, user, str(place.step.collects))
            case RoundStep() | PresentStep() | RespondStep() if asked[:1] == [user]:
                kind = str(getattr(place.step, "collects", "story"))
                if isinstance(place.step, RoundStep) and place.step.answers:
                    return self._asks_aloud(place, place.step, user)
                return self._tells(place, user, kind)
            case DiscussStep():
                return user in asked and self._talk(place, user, asked)
            case VoteStep():
                return self._vote(place, user, asked)
            case GateStep() | TrayStep() | SortStep() if asked[:1] == [user]:
                return self._as_bringer(place, user)
            case _:
                return False

    def _tells(self, place: "_Place", user: str, kind: str) -> bool:
        """Say something aloud, and press that one did."""
        self._reply(place, user, kind)
        return self.press(place.board, user, "session:done")

    def _first(self, place: "_Place", user: str, what: str) -> bool:
        """Return whether somebody does this at a place for the first time, and remember it."""
        return self._fresh(place.here, user, what)

    def _fresh(self, where: str, user: str, what: str) -> bool:
        done = (where, user, what)
        fresh = done not in self._done
        self._done.add(done)
        return fresh

    def _as_bringer(self, place: "_Place", user: str) -> bool:
        board = place.board
        if find(board.blocks, "session:yes"):
            declines = made_for(place.method, place.step.id, place.language)
            return self.press(board, user, "session:no" if declines else "session:yes")
        if find(board.blocks, "session:tray"):
            return self._take_from_tray(board, user)
        if find(board.blocks, "session:sort"):
            return self._sort(board, user)
        if self._first(place, user, "story"):
            self._tell(place, user, getattr(place.step, "collects", "story"))
            return True
        return self._first(place, user, "done") and self.press(board, user, "session:done")

    def _tell(self, place: "_Place", user: str, kind: str) -> None:
        """Say something as the bringer; in the form, where a step has fields."""
        if not getattr(place.step, "fields", ()):
            self._reply(place, user, kind)
            return
        self.press(place.board, user, "session:contribute")
        view = self._top(user)
        if view is not None:
            self._submit(view, self._written(place, view, user))

    def _talk(self, place: "_Place", user: str, everyone: list[str]) -> bool:
        """Say something in a conversation; when all have, sign the agreements, and go on."""
        others = [who for who in everyone if who != place.bringer]
        if user == place.bringer and not self._talked(place, others):
            return False  # whose case it is listens first
        if self._first(place, user, "talk"):
            self._reply(place, user, getattr(place.step, "collects", "observation"))
            return True
        if self._talked(place, everyone):
            if any(self._signs(who) for who in everyone if who in self.people):
                return True
            return self.press(place.board, user, "session:next")
        return False

    def _talked(self, place: "_Place", people: Iterable[str]) -> bool:
        return all((place.here, who, "talk") in self._done for who in people)

    def _take_turn(self, place: "_Place", user: str, step: RoundStep) -> bool:
        passing = word_for("replies", "pass", place.language)
        if user == place.bringer and step.answers:
            self._answer(place, user)
            return True
        self._turns[place.here] += 1
        if self._slips and step.answers and self._advises(step):
            self._advises_early(place, user)
        elif self._slips and self._turns[place.here] == PASSES_AT and self._may_pass(step):
            self._say(place.board, user, passing)
        elif step.leave is not None and self._leaves(place, step):
            return self.press(place.board, user, "session:pass")
        elif not self._slips and step.answers and self.random.random() < PASSES:
            self._say(place.board, user, passing)
        else:
            role = self._role(place, step)
            self._reply(place, user, step.collects, part=str(role or ""))
        return True

    def _advises_early(self, place: "_Place", user: str) -> None:
        """Advise where a question was asked for; then make a question of it."""
        advice, question, self._due = self._slip(place, "early")
        said = self._say(place.board, user, advice)
        self._next.append(lambda: self.workspace.edit(user, self.channel, said.ts, question))

    def _answer(self, place: "_Place", user: str) -> None:
        """Answer the last question."""
        due, self._due = self._due, ""
        self._utter(place, user, due or self._line(place, "answer", user))

    def _asks_aloud(self, place: "_Place", step: RoundStep, user: str) -> bool:
        """Ask aloud what is answered aloud; the first advises, hears that, and asks after all."""
        if self._slips and self._advises(step):
            advice, question, self._due = self._slip(place, "early")
            for text in (advice, question):
                self._utter(place, user, text)
        else:
            self._reply(place, user, step.collects)
        self._answer(place, place.bringer)
        return self.press(place.board, user, "session:done")

    def _leaves(self, place: "_Place", step: RoundStep) -> bool:
        """Return whether somebody leaves a turn that is optional: by chance, or all was asked."""
        left = self._lines(place, step.collects, "", own=False)
        asked = self._slips and all(line in self._used for line in left)
        return asked or self.random.random() < LEAVES

    def _advises(self, step: RoundStep) -> bool:
        """Return whether somebody advises too early here: once, where the coach hears it."""
        return step.coach != "off" and self._fresh("", "", "early")

    def _may_pass(self, step: RoundStep) -> bool:
        """Return whether somebody passes in this round: in one where questions are answered."""
        return step.answers and step.leave is None and self._fresh("", "", "pass")

    def _defends(self, board: Message) -> bool:
        """Make the bringer who should only listen defend themselves, once somebody spoke."""
        place = self._place(board)
        if place is None or not getattr(place.step, "parked", False):
            return False
        if block(board.blocks, "board-clock") or place.bringer not in self.people:
            return False
        spoken = self._turns[place.here] or any(here == place.here for here, *_ in self._done)
        if not spoken or not self._fresh("", "", "defends"):
            return False
        self._say(board, place.bringer, self._slip(place, "defends")[0])
        return True

    def _slip(self, place: "_Place", kind: str) -> list[str]:
        """Return what is said when this goes wrong, in this method if it has its own."""
        own = made_for(place.method, f"{place.step.id}/{kind}", place.language)
        found: list[str] = own or repertoire(place.language)[kind]
        return found

    def _role(self, place: "_Place", step: RoundStep) -> int:
        """Return the number of the role that was handed out last, from 1; 0 without roles."""
        reader = self.workspace.users[self.people[0]]
        thread = self.workspace.thread(self.people[0], self.channel, place.board.ts)
        for said in reversed(thread):
            text = words_of(said, self.workspace, reader)
            for n, role in enumerate(step.roles, start=1):
                if role.title[place.language] in text:
                    return n
        return 0

    def _fill_in(self, place: "_Place", user: str) -> bool:
        board, step = place.board, place.step
        if isinstance(step, WriteStep) and step.speakers == "peers" and user == place.bringer:
            return False
        if user not in mentioned(self._until(board)) or not self._first(place, user, "form"):
            return False
        if isinstance(step, WriteStep) and step.leave is not None and self.random.random() < LEAVES:
            return self.press(board, user, "session:pass")
        reflects = isinstance(step, ReflectStep)
        self.press(board, user, "session:reflect" if reflects else "session:contribute")
        view = self._top(user)
        if view is None:
            return False
        values = self._reflection(place, user) if reflects else self._written(place, view, user)
        self._submit(view, values)
        hinted = self._top(user)
        if hinted is not None:  # the coach gave it back once; it is sent as it was
            self.acts.append(Act(user, "saw", block(hinted.spec["blocks"], "prompt")))
            self._submit(hinted, values)
        return True

    def _reflection(self, place: "_Place", user: str) -> Json:
        share = self.random.random() < 0.6
        return {
            "takeaway": _typed(self._line(place, "takeaway", user)),
            "share": _ticked(["share"] if share else []),
            "asking": _typed(self._line(place, "asking", user)),
            "useful": _chosen(str(self.random.choice((3, 4, 4, 5)))),
            "safe": _chosen(str(self.random.choice((4, 4, 5)))),
        }

    def _written(self, place: "_Place", view: View, user: str) -> Json:
        """Return what somebody writes in a form, field by field."""
        inputs = [each for each in view.spec["blocks"] if each["type"] == "input"]
        texts = [each for each in inputs if each["element"]["type"] == "plain_text_input"]
        values = {}
        for each in inputs:
            if each not in texts:
                chosen = self.random.choice(each["element"]["options"])["value"]
                values[each["block_id"]] = _chosen(chosen)
        for n, each in enumerate(texts, start=1):
            part = str(n) if len(texts) > 1 else ""
            kind = str(getattr(place.step, "collects", "share"))
            values[each["block_id"]] = _typed(self._line(place, kind, user, part=part))
        if "picture" in values:
            self._choose_picture(place, values)
        return values

    def _choose_picture(self, place: "_Place", values: Json) -> None:
        """Choose the picture that belongs to the words, if one does."""
        step, language = place.step.id, place.language
        lines = made_for(place.method, step, language)
        pictures = made_for(place.method, f"{step}/pictures", language)
        made = dict(zip(lines, pictures, strict=False))
        chosen = made.get(str(values["text"]["value"]["value"]))
        if chosen:
            values["picture"] = _chosen(chosen)

    def _take_from_tray(self, board: Message, user: str) -> bool:
        self.press(board, user, "session:tray")
        view = self._top(user)
        if view is None:
            return False
        values = {}
        for n, each in enumerate(b for b in view.spec["blocks"] if b["type"] == "input"):
            option = each["element"]["options"][0]["value"]
            values[each["block_id"]] = _ticked([option] if n % 2 == 0 else [])
        self._submit(view, values)
        return True

    def _vote(self, place: "_Place", user: str, asked: list[str]) -> bool:
        """Choose an option, once; from a tie, as the one whose choice it is."""
        if (asked and asked[0] != user) or not self._first(place, user, f"vote{asked}"):
            return False
        self.press(place.board, user, "session:vote")
        view = self._top(user)
        if view is None:
            return False
        (box,) = (each for each in view.spec["blocks"] if each["type"] == "input")
        options = [option["value"] for option in box["element"]["options"]]
        self._submit(view, {box["block_id"]: _chosen(self.random.choice(options))})
        return True

    def _sort(self, board: Message, user: str) -> bool:
        self.press(board, user, "session:sort")
        view = self._top(user)
        if view is None:
            return False
        inputs = [each for each in view.spec["blocks"] if each["type"] == "input"]
        warmths = ("warm", "cold", "neutral")
        values = {b["block_id"]: _chosen(warmths[n % 3]) for n, b in enumerate(inputs)}
        self._submit(view, values)
        return True

    # one's group

    def _comes(self, user: str) -> bool:
        """Say, as a member of the group, that one comes to the meeting announced last."""
        seen = self.workspace.messages(user, self.channel)
        last = next((m for m in reversed(seen) if find(m.blocks, "meeting:coming")), None)
        return last is not None and self._once(last, user, "meeting:coming")

    def _signs(self, user: str) -> bool:
        """Sign the agreements as they stand now, if one did not yet."""
        seen = self.workspace.everything(user, self.channel)
        card = next((m for m in reversed(seen) if find(m.blocks, "agreement:sign")), None)
        if card is None:
            return False
        listed = next(str(b) for b in card.blocks if b.get("block_id") == "agreements")
        return self._fresh(listed, user, "signs") and self.press(card, user, "agreement:sign")

    # one's own case

    def _own_case(self, user: str) -> bool:
        """Go on with an intake, if the bot asked something last."""
        direct = self.workspace.open_dm(user).id
        seen = self.workspace.messages(user, direct)
        last = seen[-1] if seen else None
        if last is None or last.user == user or last.ts in self._answered:
            return False
        self._answered.add(last.ts)
        if self._by_form and self.press(last, user, "intake:form"):
            self._fill_in_case(user)
            return True
        for action in ("member:accept", "intake:for", "meeting:swap_yes", "intake:submit"):
            if self.press(last, user, action):
                if action == "member:accept":
                    self._members.append(user)
                if action == "intake:for":
                    self._reminded.add(user)
                return True
        if user not in self._reminded and find(last.blocks, "case:start"):
            return self._start(last, user)
        asked = block(last.blocks, "question")
        says = words(self._speaks(user))
        for field in Field:
            if asked and asked == says(f"intake.ask_{field}"):
                self._answer_intake(last, user, field)
                return True
        return False

    def _fill_in_case(self, user: str) -> None:
        view, case = self._top(user), self._case(user)
        if view is None:
            return
        values = {}
        for each in view.spec["blocks"]:
            if each["type"] == "input":
                value = str(case.get(each["block_id"], ""))
                values[each["block_id"]] = {"value": filled(each["element"], value)}
        self._submit(view, values)

    def _start(self, last: Message, user: str) -> bool:
        if not self.method:
            return self.press(last, user, "case:start")
        self.workspace.slash(user, self.channel, "/intervisie", f"start {self.method}")
        return True

    def _answer_intake(self, last: Message, user: str, field: Field) -> None:
        value = str(self._case(user).get(field, ""))
        if not value:
            self.press(last, user, ActionId.INTAKE_PASS)
        elif field in CHOICES:
            self.press(last, user, f"intake:choose:{value}")
        else:
            self.workspace.post(user, last.channel, value)

    def _case(self, user: str) -> Json:
        """Return the case that somebody brings: the method's own, if it has one."""
        language = self._speaks(user)
        found = dict(repertoire(language)["cases"][self.kind])
        chosen = self.methods.get(self.method)
        if chosen is not None and chosen.example is not None and chosen.example.case is not None:
            case = chosen.example.case
            told = [
                case.title[language],
                case.situation[language],
                case.action[language],
                case.question[language],
            ]
        else:
            told = made_for(chosen, "brought", language) if chosen is not None else []
        if told:
            found |= dict.fromkeys(HELPING, "")
            found.update(zip(_TOLD, told, strict=True))
        return found

    # small things

    def _speaks(self, user: str) -> Language:
        return language_of(self.workspace.users[user].locale)

    def _language(self, board: Message) -> Language:
        head = _head(board)
        without_case = [method for method in self.methods.values() if not method.kinds]
        for language in LANGUAGES:
            titles = [method.title[language] for method in without_case]
            if head.startswith(words(language)("board.case")) or head in titles:
                return language
        return OTHER

    def _until(self, board: Message) -> str:
        for each in board.blocks:
            if each.get("block_id") == "board-until":
                return str(each["elements"][0]["text"])
        return ""

    def press(self, on: Message, user: str, action: str) -> bool:
        """Press a button on a message; False when it is not there."""
        found = find(on.blocks, action)
        if found is None:
            return False
        at, element = found
        self.acts.append(Act(user, "pressed", str((element.get("text") or {}).get("text", ""))))
        self.workspace.press(user, action, value=element.get("value"), message=on, block_id=at)
        return True

    def _top(self, user: str) -> View | None:
        views = self.workspace.views(user)
        return views[-1] if views else None

    def _submit(self, view: View, values: Json) -> None:
        written = [str(each["value"].get("value", "")) for each in values.values()]
        if any(written):
            self.acts.append(Act(view.user, "wrote", " · ".join(filter(None, written))))
        self.workspace.submit(view.user, view.id, values)

    def _reply(self, place: "_Place", user: str, kind: str, *, part: str = "") -> None:
        self._utter(place, user, self._line(place, kind, user, part=part))

    def _utter(self, place: "_Place", user: str, text: str) -> None:
        """Say something: aloud in a spoken session, else in the thread."""
        if block(place.board.blocks, "board-clock"):
            self.acts.append(Act(user, "said", text))
        else:
            self._say(place.board, user, text)

    def _say(self, board: Message, user: str, text: str) -> Message:
        return self.workspace.post(user, self.channel, text, thread_ts=board.ts)

    def _line(self, place: "_Place", kind: str, user: str, *, part: str = "") -> str:
        """Choose something to say, of what was said least.

        A talk is written to be read in its order. An answer goes with its question, and the
        fields of a form go with each other. In a rehearsal, questions are asked in their order
        as well, and whatever else people say stands at the place of their seat, so that they
        stay who they are.
        """
        own = user == place.bringer
        lines = self._lines(place, kind, part, own=own)
        said = min(map(self._used.count, lines))
        fresh = [line for line in lines if self._used.count(line) == said]
        step = place.step
        in_order = isinstance(step, DiscussStep) or (isinstance(step, RoundStep) and step.answers)
        seated = lines[self._seat(user) % len(lines)]
        if self._slips and not in_order and seated in fresh:
            line = seated
        elif self._slips or in_order or step.rotates:
            line = fresh[0]
        else:
            line = self.random.choice(fresh)
        if kind == "answer" and isinstance(step, RoundStep):
            line = self._with(self._lines(place, step.collects, "", own=False), lines)
        elif part not in ("", "1"):
            line = self._with(self._lines(place, kind, "1", own=own), lines)
        self._used.append(line)
        bringer = self.workspace.users.get(place.bringer)
        return line.replace("{bringer}", bringer.real_name.split()[0] if bringer else "")

    def _seat(self, user: str) -> int:
        """Return somebody's place among the colleagues; who brought the case sits last."""
        others = [who for who in self.people if who not in self._bringers.values()]
        return others.index(user) if user in others else len(others)

    def _with(self, firsts: list[str], lines: list[str]) -> str:
        """Return the line that goes with the one of `firsts` that was said last."""
        last = next((said for said in reversed(self._used) if said in firsts), firsts[0])
        return lines[min(firsts.index(last), len(lines) - 1)]

    def _lines(self, place: "_Place", kind: str, part: str, *, own: bool) -> list[str]:
        """Return what may be said: made for the step, for steps of its name, or for its kind.

        In each of these, what is made for whoever brings the case (`own`) goes first.
        """
        general = repertoire(place.language)
        step = place.step.id
        if kind == "answer" and isinstance(place.step, RoundStep):
            step += "/answer"
        elif part:
            step += f"/{part}"
        found: list[list[str]] = []
        if kind != "asking":
            found += [made_for(place.method, f"{step}/bringer", place.language)] if own else []
            found += [
                made_for(place.method, step, place.language),
                general.get(f"{kind}-{place.step.id}", []),
            ]
        found += [general.get(f"{kind}-bringer", [])] if own else []
        found += [general.get(kind, []), general["observation"]]
        lines = next(lines for lines in found if lines)
        share = len(lines) // len(self.people)
        if self._slips and place.step.rotates and share > 1:  # each in the bringer's place has some
            first = self._seat(place.bringer) * share
            return lines[first : first + share]
        return lines


class _Place(NamedTuple):
    """The state of a session as its board shows it; `bringer` is in the bringer's place."""

    board: Message
    method: Method
    step: Step
    language: Language
    bringer: str

    @property
    def here(self) -> str:
        """Return what distinguishes this place from others in the channel."""
        return f"{self.board.ts}:{block(self.board.blocks, 'board-step')}"


def _head(board: Message) -> str:
    parts = board.blocks[0]["elements"]
    return "".join(str(each.get("text", "")) for part in parts for each in part["elements"])


def _typed(text: str) -> Json:
    return {"value": {"type": "plain_text_input", "value": text}}


def _chosen(value: str) -> Json:
    return {"value": {"type": "radio_buttons", "selected_option": {"value": value}}}


def _ticked(values: list[str]) -> Json:
    options = [{"value": value} for value in values]
    return {"value": {"type": "checkboxes", "selected_options": options}}

"""Simulated colleagues: they see and can do what a person can.

They read the board and their messages, press the buttons that stand there, and write
from a repertoire. Now and then one passes. In a rehearsal things go wrong that go wrong
anywhere: one gives advice too early, one passes, and the bringer defends themselves while
they only listen.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from random import Random
from typing import Any, Literal, NamedTuple

from bot.blocks.action_ids import ActionId, unstamped
from bot.catalog.commands import word_for
from bot.catalog.methods import shipped_methods
from bot.catalog.process_check import process_check_steps
from bot.flows.intake import CHOICES, Field
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
from playground.filling import filled
from playground.reading import block, choice, find, mentioned
from playground.reading import words as words_of
from playground.slack.workspace import Message, View, Workspace
from playground.speech import Place, Speech, head, repertoire

Json = dict[str, Any]

PASSES = 0.06
"""How often a colleague passes a turn."""

LEAVES = 0.6
"""How often a colleague skips what a step offers as optional."""

PASSES_AT = 3
"""The turn of a round in which somebody passes, in a rehearsal."""

AWAY = 0.2
"""How often a colleague cannot come to a meeting."""

DAY_SECONDS = 86_400

PATIENCE = timedelta(hours=1)
"""How long colleagues who are all there wait before one of them begins."""


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
        self._speech = Speech(workspace, random, self.methods, method=method, rehearses=slips)
        self._bringers: dict[str, str] = {}
        self._done: set[tuple[str, str, str]] = set()
        self._answered: set[str] = set()
        self._members: list[str] = []
        self._kinds: dict[str, str] = {}
        self._away: set[tuple[str, str]] = set()
        self._reminded: set[str] = set()
        self._slips = slips
        self._by_form = by_form
        self._next: list[Callable[[], object]] = []
        self._turns: Counter[str] = Counter()
        self._due = ""
        self.acts: list[Act] = []
        self.language: Language | None = None
        """The language in which cases are told; by default, each tells theirs in their own."""
        self.hurried = False
        """Whether all act at once where they need not wait for each other."""

    def act(self) -> bool:
        """Make one colleague act once; return False when nothing is asked of any of them."""
        if self._next:
            self._next.pop(0)()
            return True
        for board in self.boards():
            if self._slips and self._defends(board):
                return True
            users = self.random.sample(self.people, len(self.people))
            if self._any(users, partial(self._play, board), together=self._asks_all(board)):
                return True
        members = [user for user in self._members if user in self.people]
        return (
            self._any(self.people, self._own_case, together=True)
            or self._any(self.people, self._comes, together=True)
            or self._volunteers(members)
            or any(self._signs(user) for user in self.people)
        )

    def _any(self, users: list[str], acts: Callable[[str], bool], *, together: bool) -> bool:
        """Act as the first of these people with something to do; in a hurry, as all `together`."""
        if together and self.hurried:
            acted = [acts(user) for user in users]
            return any(acted)
        return any(acts(user) for user in users)

    def _asks_all(self, board: Message) -> bool:
        """Check whether a board asks something of everyone that they do without each other."""
        place = self._place(board)
        step = place.step if place else None
        return step is None or isinstance(step, WriteStep | ReflectStep)

    def bring(self, kind: str, but: str, language: str) -> str:
        """Make a colleague who speaks `language`, other than `but`, bring a case of this kind.

        Return who does.
        """
        others = [user for user in self.people if user != but]
        fitting = [user for user in others if self._speaks(user) == language]
        who = self.random.choice(fitting or others)
        self._kinds[who] = kind
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

    def _place(self, board: Message) -> Place | None:
        """Read from a board where its session stands."""
        shown, named = block(board.blocks, "board-step"), head(board)
        if not shown:
            return None
        language = self._language(board)
        known = [
            method
            for method in self.methods.values()
            if named == (title := method.title[language]) or named.endswith(f"· {title}")
        ]
        for method in known or self.methods.values():  # a group composes its own of their steps
            for step in (*method.steps, *process_check_steps()):
                if f"*{step.title[language]}*" in shown:
                    seated = mentioned(shown) if step.rotates else []
                    bringer = seated[0] if seated else self._bringers.get(board.ts, "")
                    seats = tuple(u for u in self.people if u not in self._bringers.values())
                    return Place(board, method, step, language, bringer, seats)
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
        """Join, once; begin when all have come and nobody began for a while, one of us an hour."""
        there = mentioned(block(board.blocks, "board-who"))
        if user not in there:
            return not self._is_away(user, board) and self._once(board, user, "session:join")
        if not all(
            who in there
            or (board.ts, who, "session:join") in self._done
            or self._is_away(who, board)
            for who in self.people
        ):
            return False
        waited = self.workspace.clock.now() - datetime.fromtimestamp(float(board.ts), UTC)
        hours = waited // timedelta(hours=1)
        if waited < PATIENCE or not self._fresh(board.ts, str(hours), "session:begin"):
            return False
        return self.press(board, user, "session:begin")

    def _once(self, on: Message, user: str, action: str) -> bool:
        """Press a button on a message, if one did not yet; False when it is not there."""
        return self._fresh(on.ts, user, action) and self.press(on, user, action)

    def _speak(self, place: Place, user: str, asked: list[str]) -> bool:
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

    def _tells(self, place: Place, user: str, kind: str) -> bool:
        """Say something aloud, all fields of a form in a row, and press that one did."""
        fields = len(getattr(place.step, "fields", ()))
        parts = [str(n + 1) for n in range(fields)] if fields > 1 else [""]
        said = [self._speech.line(place, user, kind, part=part) for part in parts]
        self._utter(place, user, " ".join(said))
        return self.press(place.board, user, "session:done")

    def _first(self, place: Place, user: str, what: str) -> bool:
        """Return whether somebody does this at a place for the first time, and remember it."""
        return self._fresh(place.here, user, what)

    def _fresh(self, where: str, user: str, what: str) -> bool:
        done = (where, user, what)
        fresh = done not in self._done
        self._done.add(done)
        return fresh

    def _as_bringer(self, place: Place, user: str) -> bool:
        board = place.board
        if find(board.blocks, "session:yes"):
            declines = self._speech.made(place, place.step.id)
            return self.press(board, user, "session:no" if declines else "session:yes")
        if find(board.blocks, "session:tray"):
            return self._take_from_tray(board, user)
        if find(board.blocks, "session:sort"):
            return self._sort(board, user)
        if self._first(place, user, "story"):
            self._tell(place, user, getattr(place.step, "collects", "story"))
            return True
        return self._first(place, user, "done") and self.press(board, user, "session:done")

    def _tell(self, place: Place, user: str, kind: str) -> None:
        """Say something as the bringer; in the form, where a step has fields."""
        if not getattr(place.step, "fields", ()):
            self._reply(place, user, kind)
            return
        self.press(place.board, user, "session:contribute")
        view = self._top(user)
        if view is not None:
            self._submit(view, self._written(place, view, user))

    def _talk(self, place: Place, user: str, everyone: list[str]) -> bool:
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

    def _talked(self, place: Place, people: Iterable[str]) -> bool:
        return all((place.here, who, "talk") in self._done for who in people)

    def _take_turn(self, place: Place, user: str, step: RoundStep) -> bool:
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

    def _advises_early(self, place: Place, user: str) -> None:
        """Advise where a question was asked for; then make a question of it."""
        advice, question, self._due = self._slip(place, "early")
        said = self._say(place.board, user, advice)
        self._next.append(lambda: self.workspace.edit(user, self.channel, said.ts, question))

    def _answer(self, place: Place, user: str) -> None:
        """Answer the last question in the thread."""
        thread = self.workspace.thread(user, self.channel, place.board.ts)
        asked = [m for m in thread if m.user not in (user, self.workspace.bot.id)]
        reader = self.workspace.users[user]
        self._answers(place, user, words_of(asked[-1], self.workspace, reader) if asked else "")

    def _answers(self, place: Place, user: str, question: str) -> None:
        due, self._due = self._due, ""
        self._utter(place, user, due or self._speech.answer(place, question))

    def _asks_aloud(self, place: Place, step: RoundStep, user: str) -> bool:
        """Ask aloud what is answered aloud; the first advises, hears that, and asks after all."""
        if self._slips and self._advises(step):
            advice, question, self._due = self._slip(place, "early")
            self._utter(place, user, advice)
        else:
            question = self._speech.line(place, user, step.collects)
        self._utter(place, user, question)
        self._answers(place, place.bringer, question)
        return self.press(place.board, user, "session:done")

    def _leaves(self, place: Place, step: RoundStep) -> bool:
        """Return whether somebody leaves a turn that is optional: by chance, or all was asked."""
        asked = self._slips and self._speech.is_exhausted(place, step.collects)
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

    def _slip(self, place: Place, kind: str) -> list[str]:
        """Return what is said when this goes wrong, in this method if it has its own."""
        own = self._speech.made(place, f"{place.step.id}/{kind}")
        found: list[str] = own or repertoire(place.language)[kind]
        return found

    def _role(self, place: Place, step: RoundStep) -> int:
        """Return the number of the role that was handed out last, from 1; 0 without roles."""
        reader = self.workspace.users[self.people[0]]
        thread = self.workspace.thread(self.people[0], self.channel, place.board.ts)
        for said in reversed(thread):
            text = words_of(said, self.workspace, reader)
            for n, role in enumerate(step.roles, start=1):
                if role.title[place.language] in text:
                    return n
        return 0

    def _fill_in(self, place: Place, user: str) -> bool:
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

    def _reflection(self, place: Place, user: str) -> Json:
        share = self.random.random() < 0.6
        return {
            "takeaway": _typed(self._speech.line(place, user, "takeaway")),
            "share": _ticked(["share"] if share else []),
            "asking": _typed(self._speech.line(place, user, "asking")),
            "useful": _chosen(str(self.random.choice((3, 4, 4, 5)))),
            "safe": _chosen(str(self.random.choice((4, 4, 5)))),
        }

    def _written(self, place: Place, view: View, user: str) -> Json:
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
            values[each["block_id"]] = _typed(self._speech.line(place, user, kind, part=part))
        if "picture" in values:
            self._choose_picture(place, values)
        return values

    def _choose_picture(self, place: Place, values: Json) -> None:
        """Choose the picture that belongs to the words, if one does."""
        step = place.step.id
        lines = self._speech.made(place, step)
        pictures = self._speech.made(place, f"{step}/pictures")
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

    def _vote(self, place: Place, user: str, asked: list[str]) -> bool:
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
        """Say, as a member of the group, whether one comes to the meeting announced last.

        Now and then one of them cannot, whose case it is not.
        """
        seen = self.workspace.messages(user, self.channel)
        last = next((m for m in reversed(seen) if find(m.blocks, ActionId.MEETING_COMING)), None)
        named = mentioned(block(last.blocks, "meeting")) if last else []
        is_member = user in self._members or user in named
        if last is None or not is_member or not self._fresh(last.ts, user, "comes"):
            return False
        _, element = find(last.blocks, ActionId.MEETING_AWAY) or ("", {})
        starts = unstamped(str(element.get("value", "")))[1] or ""
        another = any(day == starts for _, day in self._away)
        if user in named or another or self.random.random() > AWAY:
            return self.press(last, user, ActionId.MEETING_COMING)
        self._away.add((user, starts))
        return self.press(last, user, ActionId.MEETING_AWAY)

    def _is_away(self, user: str, board: Message) -> bool:
        """Check whether somebody said that they cannot come on the day of a board."""
        opened = float(board.ts)
        days = (float(starts) for who, starts in self._away if who == user and starts)
        return any(abs(opened - day) < DAY_SECONDS for day in days)

    def _volunteers(self, members: list[str]) -> bool:
        """Bring a case when it is time and nobody has one: one of the members who are there."""
        if not members:
            return False
        seen = self.workspace.messages(members[0], self.channel)
        called = next((m for m in reversed(seen) if block(m.blocks, "hour")), None)
        if called is None:
            return False
        there = [user for user in members if not self._is_away(user, called)]
        return (
            bool(there)
            and self._fresh(called.ts, "", "volunteers")
            and self.press(called, self.random.choice(there), ActionId.INTAKE_FOR)
        )

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
                if action == "intake:submit":
                    self._speech.has_brought(user)
                    self._kinds.pop(user, None)
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
        kind = self._kinds.get(user, self.kind)
        return self._speech.case(user, kind, self.language or self._speaks(user))

    # small things

    def _speaks(self, user: str) -> Language:
        return language_of(self.workspace.users[user].locale)

    def _language(self, board: Message) -> Language:
        named = head(board)
        without_case = [method for method in self.methods.values() if not method.kinds]
        for language in LANGUAGES:
            titles = [method.title[language] for method in without_case]
            if named.startswith(words(language)("board.case")) or named in titles:
                return language
        return OTHER

    def _until(self, board: Message) -> str:
        for each in board.blocks:
            if each.get("block_id") == "board-until":
                return str(each["elements"][0]["text"])
        return ""

    def press(self, on: Message, user: str, action: str) -> bool:
        """Press a button on a message, or choose it from a menu; False when it is not there."""
        found, offered = find(on.blocks, action), choice(on.blocks, action)
        if found is not None:
            at, element = found
            self.acts.append(Act(user, "pressed", _label(element)))
            self.workspace.press(user, action, value=element.get("value"), message=on, block_id=at)
        elif offered is not None:
            at, menu, option = offered
            self.acts.append(Act(user, "pressed", _label(option)))
            self.workspace.choose(user, on, at, menu, option)
        return found is not None or offered is not None

    def _top(self, user: str) -> View | None:
        views = self.workspace.views(user)
        return views[-1] if views else None

    def _submit(self, view: View, values: Json) -> None:
        written = [str(each["value"].get("value", "")) for each in values.values()]
        if any(written):
            self.acts.append(Act(view.user, "wrote", " · ".join(filter(None, written))))
        self.workspace.submit(view.user, view.id, values)

    def _reply(self, place: Place, user: str, kind: str, *, part: str = "") -> None:
        self._utter(place, user, self._speech.line(place, user, kind, part=part))

    def _utter(self, place: Place, user: str, text: str) -> None:
        """Say something: aloud in a spoken session, else in the thread."""
        if block(place.board.blocks, "board-clock"):
            self.acts.append(Act(user, "said", text))
        else:
            self._say(place.board, user, text)

    def _say(self, board: Message, user: str, text: str) -> Message:
        return self.workspace.post(user, self.channel, text, thread_ts=board.ts)


def _typed(text: str) -> Json:
    return {"value": {"type": "plain_text_input", "value": text}}


def _chosen(value: str) -> Json:
    return {"value": {"type": "radio_buttons", "selected_option": {"value": value}}}


def _ticked(values: list[str]) -> Json:
    options = [{"value": value} for value in values]
    return {"value": {"type": "checkboxes", "selected_options": options}}


def _label(element: Json) -> str:
    return str((element.get("text") or {}).get("text", ""))

"""Simulated colleagues: they see what a person sees and do what a person can do.

They read the board and their messages, press the buttons that stand there, and write
from a repertoire. Now and then one asks a closed question, passes, or comes late.
"""

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from ruamel.yaml import YAML

from bot.blocks.words import Language, language_of, words
from bot.flows.intake import CHOICES, Field
from bot.flows.method import Reflect, Respond, Round, Step, Write
from bot.methods import shipped_methods
from playground.reading import block, find, mentioned
from playground.workspace import Message, View, Workspace

Json = dict[str, Any]

PASSES = 0.06
"""How often a colleague passes a turn."""


@cache
def repertoire(language: str) -> dict[str, Any]:
    """Give what colleagues say in a language."""
    file = Path(__file__).parent / "repertoire" / f"{language}.yaml"
    found: dict[str, Any] = YAML(typ="safe").load(file)
    return found


class Colleagues:
    """Plays these people in one channel; `act` lets one of them do one thing."""

    def __init__(
        self,
        workspace: Workspace,
        channel: str,
        people: Iterable[str],
        *,
        random: Random,
        case: str = "learning",
    ) -> None:
        self.workspace = workspace
        self.channel = channel
        self.people = list(people)
        self.random = random
        self.kind = case
        self._used: list[str] = []
        self._bringers: dict[str, str] = {}
        self._done: set[tuple[str, str, str]] = set()
        self._answered: set[str] = set()
        self._members: list[str] = []
        self._reminded: set[str] = set()

    def act(self) -> bool:
        """Let one colleague do one thing; False when nothing is asked of any of them."""
        for board in self.boards():
            for user in self.random.sample(self.people, len(self.people)):
                if self._play(board, user):
                    return True
        if any(self._own_case(user) for user in self.people):
            return True
        return any(self._comes(user) for user in self._members)

    def bring(self, kind: str, but: str, language: str) -> None:
        """Let a colleague who speaks `language`, but not `but`, bring a case of this kind."""
        self.kind = kind
        others = [user for user in self.people if user != but]
        fitting = [user for user in others if self._speaks(user) == language]
        who = self.random.choice(fitting or others)
        self.workspace.slash(who, self.channel, "/intervisie", "casus")

    def boards(self) -> list[Message]:
        """Give the boards in the channel, the newest first."""
        seen = self.workspace.messages(self.people[0], self.channel)
        boards = (m for m in reversed(seen) if block(m.blocks, "board-who"))
        return [m for m in boards if not m.ephemeral_to]

    def step(self, board: Message) -> Step | None:
        """Give the step that a board shows, read by its title."""
        shown = block(board.blocks, "board-step")
        language = self._language(board)
        for method in shipped_methods().values():
            if not _head(board).endswith(f"· {method.title[language]}"):
                continue
            for step in method.steps:
                if f"*{step.title[language]}*" in shown:
                    return step
        return None

    # on the board

    def _play(self, board: Message, user: str) -> bool:
        lobby = block(board.blocks, "board-lobby")
        if lobby:
            self._bringers[board.ts] = mentioned(lobby)[0]
            if user in mentioned(block(board.blocks, "board-who")):
                return False
            return self.press(board, user, "session:join")
        step = self.step(board)
        here = f"{board.ts}:{block(board.blocks, 'board-step')}"
        if step is None:
            return False
        asked = mentioned(block(board.blocks, "board-who").split("\n")[0])[:1]
        match step:
            case Write() | Reflect():
                return self._fill_in(board, user, step, here)
            case _ if asked != [user]:
                return False
            case Round():
                return self._take_turn(board, user, step)
            case Respond():
                self._reply(board, user, step.collects)
                return True
            case _:
                return self._as_bringer(board, user, here)

    def _fitting(self, kind: str, step: Round, board: Message) -> str:
        """Give the part of the repertoire made for this step, if there is one."""
        specific = f"{kind}-{step.id}"
        return specific if specific in repertoire(self._language(board)) else kind

    def _as_bringer(self, board: Message, user: str, here: str) -> bool:
        if find(board.blocks, "session:yes"):
            return self.press(board, user, "session:yes")
        if find(board.blocks, "session:tray"):
            return self._take_from_tray(board, user)
        if (here, user, "story") not in self._done:
            self._done.add((here, user, "story"))
            self._reply(board, user, "story")
            return True
        return self.press(board, user, "session:done")

    def _take_turn(self, board: Message, user: str, step: Round) -> bool:
        if user == self._bringers.get(board.ts) and step.answers:
            self._reply(board, user, self._fitting("answer", step, board))
        elif step.answers and self.random.random() < PASSES:
            self._say(board, user, "pas" if self._language(board) == "nl" else "pass")
        else:
            self._reply(board, user, self._fitting(step.collects, step, board))
        return True

    def _fill_in(self, board: Message, user: str, step: Write | Reflect, here: str) -> bool:
        bringer = user == self._bringers.get(board.ts)
        if (here, user, "form") in self._done:
            return False
        if isinstance(step, Write) and step.speakers == "peers" and bringer:
            return False
        if user not in mentioned(self._until(board)):
            return False
        self._done.add((here, user, "form"))
        self.press(
            board, user, "session:reflect" if isinstance(step, Reflect) else "session:contribute"
        )
        view = self._top(user)
        if view is None:
            return False
        if isinstance(step, Write):
            self._submit(view, {"text": _typed(self._line(step.collects, self._language(board)))})
        else:
            share = self.random.random() < 0.6
            self._submit(
                view,
                {
                    "takeaway": _typed(self._line("takeaway", self._language(board))),
                    "share": _ticked(["share"] if share else []),
                    "asking": _typed(self._line("asking", self._language(board))),
                    "useful": _chosen(str(self.random.choice((3, 4, 4, 5)))),
                    "safe": _chosen(str(self.random.choice((4, 4, 5)))),
                },
            )
        return True

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

    # one's group

    def _comes(self, user: str) -> bool:
        """Say, as a member of the group, that one comes to the meeting announced last."""
        seen = self.workspace.messages(user, self.channel)
        last = next((m for m in reversed(seen) if find(m.blocks, "meeting:coming")), None)
        if last is None or (last.ts, user, "comes") in self._done:
            return False
        self._done.add((last.ts, user, "comes"))
        return self.press(last, user, "meeting:coming")

    # one's own case

    def _own_case(self, user: str) -> bool:
        """Go on with an intake, if the bot asked something last."""
        direct = self.workspace.open_dm(user).id
        seen = self.workspace.messages(user, direct)
        last = seen[-1] if seen else None
        if last is None or last.user == user or last.ts in self._answered:
            return False
        self._answered.add(last.ts)
        for action in ("member:accept", "intake:for", "meeting:swap_yes", "intake:submit"):
            if self.press(last, user, action):
                if action == "member:accept":
                    self._members.append(user)
                if action == "intake:for":
                    self._reminded.add(user)
                return True
        if user not in self._reminded and self.press(last, user, "case:start"):
            return True
        asked = block(last.blocks, "question")
        says = words(self._speaks(user))
        for field in Field:
            if asked and asked == says(f"intake.ask_{field}"):
                self._answer_intake(last, user, field)
                return True
        return False

    def _answer_intake(self, last: Message, user: str, field: Field) -> None:
        value = str(repertoire(self._speaks(user))["cases"][self.kind][field])
        if field in CHOICES:
            self.press(last, user, f"intake:choose:{value}")
        else:
            self.workspace.post(user, last.channel, value)

    # small things

    def _speaks(self, user: str) -> Language:
        return language_of(self.workspace.users[user].locale)

    def _language(self, board: Message) -> Language:
        return "nl" if _head(board).startswith(words("nl")("board.case")) else "en"

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
        self.workspace.press(user, action, value=element.get("value"), message=on, block_id=at)
        return True

    def _top(self, user: str) -> View | None:
        views = self.workspace.views(user)
        return views[-1] if views else None

    def _submit(self, view: View, values: Json) -> None:
        self.workspace.submit(view.user, view.id, values)

    def _reply(self, board: Message, user: str, kind: str) -> None:
        self._say(board, user, self._line(kind, self._language(board)))

    def _say(self, board: Message, user: str, text: str) -> None:
        self.workspace.post(user, self.channel, text, thread_ts=board.ts)

    def _line(self, kind: str, language: str) -> str:
        """Choose something to say that was not said yet, if anything is left."""
        lines: list[str] = repertoire(language)[kind]
        fresh = [line for line in lines if line not in self._used] or lines
        line = self.random.choice(fresh)
        self._used.append(line)
        return line


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

"""People in a drill: they do what is asked of them, and again when Slack says that it failed."""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar, cast

from bot.flows.intake import CHOICES
from bot.flows.method import (
    GateStep,
    PresentStep,
    ReflectStep,
    RespondStep,
    RoundStep,
    Step,
    TrayStep,
    WriteStep,
)
from bot.store.tables import Contribution, SessionRow
from playground.colleagues import Colleagues
from playground.reading import block, find, mentioned
from playground.slack.records import Message
from playground.speech import repertoire
from playground.testing import ESTHER, FATIMA, GRACE, JOOST, MEHMET, SANNE, Stage, Team
from tests.faults.harness import Rig

T = TypeVar("T")
Json = dict[str, Any]
PEOPLE = [MEHMET, SANNE, ESTHER, JOOST, FATIMA, GRACE]
MOST_ACTS = 400
TRIES = 60
CANARY = "zilvermeeuw"
"""Stands in everything that people write here, and may stand nowhere in plain but in Slack."""


class Play:
    """People take one case from intake to closing reflection; the first of them brings it.

    What each says is known beforehand, whatever happens on the way, so that two plays can
    be compared. The first one asked in a round lets a deadline go by. Everybody is
    hasty: what they have just said they change at once.
    """

    def __init__(self, rig: Rig, people: Sequence[str] = PEOPLE) -> None:
        self.rig = rig
        self.people = people
        self.slack = rig.slack.workspace
        self.channel = next(c.id for c in self.slack.channels.values() if c.name == "intervisie")
        self.bringer = people[0]
        self.eyes = Colleagues(self.slack, self.channel, people, random=rig.chance)
        self.said: Counter[tuple[str, str]] = Counter()
        self.dawdled: set[str] = set()
        self.before_act: Callable[[Message | None], object] = lambda board: None

    def whole(self) -> None:
        """Play the session to its end. Raises `AssertionError` when it does not come."""
        self.before_act(None)
        self._open()
        for _ in range(MOST_ACTS):
            board = self.board()
            assert board is not None
            self.before_act(board)
            if not self._act(board):
                return
        raise AssertionError("the session does not end")

    def board(self) -> Message | None:
        """Return the board of the session, once it stands."""
        return next(iter(self.eyes.boards()), None)

    # the case

    def _open(self) -> None:
        form = self._until(
            lambda: self._types("casus"), lambda: self._direct("intake:form"), "no intake"
        )
        self._opens(form, self.bringer, "intake:form")
        values = repertoire("nl")["cases"]["learning"]
        self._submits(self.bringer, lambda b: f"{values[b]}{'' if b in CHOICES else self.tail}")
        summary = self._until(lambda: None, lambda: self._direct("intake:submit"), "no summary")
        done = lambda: self._direct("case:withdraw")  # noqa: E731
        self._until(lambda: self._presses(summary, self.bringer, "intake:submit"), done, "queue")
        self._until(lambda: self._types("start"), self.board, "no session")

    # a group

    def founds(self) -> None:
        """Found the group, pin its agreements, and ask for a file with its dates.

        Who was in the session is a member already, so nobody has to accept an invitation.
        Raises `AssertionError` when one of these does not come.
        """
        who = self.bringer
        team = Team(cast(Stage, self.rig))
        self._until(
            lambda: self._types("groep"), lambda: [*self.slack.views(who), None][0], "no form"
        )
        for _ in range(TRIES):
            if self.slack.views(who):
                team.sends(who, name="Noord", members=self.people, leads=[who])
        card = self._until(
            lambda: self._types("afspraken"), lambda: self._seen(who, "agreement:edit"), "no card"
        )
        self._opens(card, who, "agreement:edit")
        self._submits(who, lambda _: f"Wij luisteren.{self.tail}")
        self._until(lambda: None, self._pinned, "nothing is pinned")
        offer = self._until(
            lambda: self._types("agenda"), lambda: self._seen(who, "member:calendar"), "no dates"
        )
        self._presses(offer, who, "member:calendar")
        self._until(lambda: None, self._file, "no file")

    def forgets(self, who: str) -> None:
        """Have a person forgotten, as they ask for it."""
        asked = self._until(
            lambda: self.slack.slash(who, self.channel, "/intervisie", "vergeet"),
            lambda: self._seen(who, "data:forget_yes"),
            "nobody is asked whether they are sure",
        )
        self._presses(asked, who, "data:forget_yes")

    def _seen(self, who: str, action: str) -> Message | None:
        """Return the newest message with this button that a person sees."""
        places = (self.channel, self.slack.open_dm(who).id)
        seen = [m for place in places for m in self.slack.everything(who, place)]
        return next((m for m in reversed(seen) if find(m.blocks, action)), None)

    def _pinned(self) -> Message | None:
        seen = self.slack.everything(self.bringer, self.channel)
        return next((m for m in seen if m.pinned), None)

    def _file(self) -> Message | None:
        seen = self.slack.messages(self.bringer, self.slack.open_dm(self.bringer).id)
        return next((m for m in seen if m.files), None)

    @property
    def tail(self) -> str:
        return f" ({CANARY})"

    def _types(self, text: str) -> None:
        self.slack.slash(self.bringer, self.channel, "/intervisie", text)

    def _direct(self, action: str) -> Message | None:
        seen = self.slack.messages(self.bringer, self.slack.open_dm(self.bringer).id)
        return next((m for m in reversed(seen) if find(m.blocks, action)), None)

    # one act

    def _act(self, board: Message) -> bool:
        """Do what the board asks of a person; return False when it asks nothing any more."""
        if lobby := block(board.blocks, "board-lobby"):
            assert lobby
            there = mentioned(block(board.blocks, "board-who"))
            missing = [who for who in self.people if who not in there]
            if missing:
                self._presses(board, missing[0], "session:join")
            else:
                self._presses(board, self.bringer, "session:begin")
            return True
        step = self.eyes.step(board)
        if step is None:
            return False
        asked = mentioned(block(board.blocks, "board-who").split("\n")[0])[:1]
        match step:
            case WriteStep() | ReflectStep():
                peers = isinstance(step, WriteStep) and step.speakers == "peers"
                who = [p for p in self.people if not (peers and p == self.bringer)]
                waiting = [p for p in who if not self.said[(p, step.id)]]
                assert waiting, f"all have sent a form, and {step.id} goes on"
                self._fills_in(board, waiting[0], step)
            case GateStep():
                self._presses(board, self.bringer, "session:yes")
            case TrayStep():
                self._opens(board, self.bringer, "session:tray")
                self._submits(self.bringer, lambda _: "")
            case PresentStep() if self.said[(self.bringer, step.id)]:
                self._presses(board, self.bringer, "session:done")
            case RoundStep() | RespondStep() | PresentStep():
                if isinstance(step, RoundStep) and step.id not in self.dawdled:
                    self.dawdled.add(step.id)
                    self.rig.pass_time(self._left() + timedelta(minutes=1))
                self._says(board, asked[0], step.id)
            case _:
                raise AssertionError(step)
        return True

    def _left(self) -> timedelta:
        """Return how long whoever is asked still has, which depends on the hour and the day."""
        (row,) = self.rig.rows(SessionRow)
        until = datetime.fromisoformat(json.loads(row.state)["position"]["until"])
        return until - self.rig.host_time

    def _line(self, who: str, step: str) -> str:
        self.said[(who, step)] += 1
        return f"Wat zag je in {step}, {self.said[(who, step)]} {who}?{self.tail}"

    def _says(self, board: Message, who: str, step: str) -> None:
        """Say something and change it at once; again what did not come in six minutes."""
        line, said = self._line(who, step), None
        hasty, lost = f"{line[:12]}{self.tail}", self.rig.slack.dispatcher.abandoned
        for _ in range(TRIES):
            lost.clear()
            if said is None:
                said = self.slack.post(who, self.channel, hasty, board.ts)
            else:
                self.slack.edit(who, self.channel, said.ts, hasty)
            self.slack.edit(who, self.channel, said.ts, line)
            self.rig.settle()
            gone = {each.body["event"].get("subtype") for each in lost}
            if "message_changed" not in gone:
                return
            if None in gone and not self._is_kept(said):
                said = None
        raise AssertionError(f"Slack cannot bring what {who} says")

    def _is_kept(self, said: Message) -> bool:
        """Check whether the bot has a message, though Slack gave it up as lost."""
        return any(row.ref == said.ts for row in self.rig.rows(Contribution))

    def _fills_in(self, board: Message, who: str, step: WriteStep | ReflectStep) -> None:
        reflects = isinstance(step, ReflectStep)
        self._opens(board, who, "session:reflect" if reflects else "session:contribute")
        text = self._line(who, step.id)
        self._submits(who, lambda name: text if name in ("text", "takeaway", "asking") else "4")

    # pressing, and again

    def _until(self, act: Callable[[], object], seen: Callable[[], T | None], otherwise: str) -> T:
        """Do something until what should follow from it is seen."""
        for _ in range(TRIES):
            act()
            self.rig.settle()
            found = seen()
            if found is not None:
                return found
        raise AssertionError(otherwise)

    def _presses(self, on: Message, who: str, action: str) -> None:
        """Press a button; when Slack says that it failed, look, and press again if need be."""
        before = on.blocks
        for _ in range(TRIES):
            found = find(on.blocks, action)
            if found is None:
                return
            at, element = found
            reply = self.slack.press(
                who, action, value=element.get("value"), message=on, block_id=at
            )
            self.rig.settle()
            if reply.status == 200 or on.blocks != before:
                return
        raise AssertionError(f"{action} cannot be pressed")

    def _opens(self, on: Message, who: str, action: str) -> None:
        for _ in range(TRIES):
            found = find(on.blocks, action)
            assert found is not None, action
            at, element = found
            self.slack.press(who, action, value=element.get("value"), message=on, block_id=at)
            self.rig.settle()
            if self.slack.views(who):
                return
        raise AssertionError(f"{action} opens no form")

    def _submits(self, who: str, value: Callable[[str], str]) -> None:
        """Send the open form, again while Slack says that it failed: it stays open then."""
        for _ in range(TRIES):
            views = self.slack.views(who)
            if not views:
                return
            values = {
                b["block_id"]: {b["element"]["action_id"]: _filled(b, value(b["block_id"]))}
                for b in views[-1].spec["blocks"]
                if b["type"] == "input"
            }
            self.slack.submit(who, views[-1].id, values)
            self.rig.settle()
        raise AssertionError(f"a form cannot be sent: {self.slack.views(who)[-1].errors}")


class SpokenPlay(Play):
    """People take a case through a spoken session, which they lead by its buttons.

    In each step they first do one more thing: ask for more time, pause, or go on in writing for
    a while. Minutes run out while processes start again, so what was said differs from play to
    play; `kept` holds what was written in a form that was taken.
    """

    def __init__(self, rig: Rig, people: Sequence[str] = PEOPLE) -> None:
        super().__init__(rig, people)
        self.kept: list[str] = []
        self.late = False
        self.done: Counter[str] = Counter()

    def _act(self, board: Message) -> bool:
        if block(board.blocks, "board-lobby"):
            there = mentioned(block(board.blocks, "board-who"))
            if set(self.people) <= set(there) and find(board.blocks, "session:live"):
                self._presses(board, self.bringer, "session:live")
                return True
            return super()._act(board)
        step = self.eyes.step(board)
        if step is None:
            return False
        self.done[step.id] += 1
        if find(board.blocks, "session:resume"):
            self._presses(board, self.bringer, "session:resume")
        elif not block(board.blocks, "board-clock"):
            self._chooses(board, "session:how", "live")
        elif self.done[step.id] == 1:
            self._meddles(board)
        else:
            self._goes_on(board, step)
        return True

    def _meddles(self, board: Message) -> None:
        match len(self.done) % 4:
            case 1:
                self._presses(board, self.bringer, "session:more_time")
            case 2:
                self._chooses(board, "session:more", "pause")
            case 3:
                self._chooses(board, "session:how", "async")
            case _:
                self._types("pauze")
                self.rig.settle()

    def _goes_on(self, board: Message, step: Step) -> None:
        """Write what is unseen, answer the gate, and go on to the next step."""
        waiting: list[str] = []
        if isinstance(step, WriteStep | ReflectStep):
            waiting = [each for each in self.people if not self.said[(each, step.id)]]
        if waiting:
            self._fills_in(board, waiting[0], step)
        elif isinstance(step, GateStep):
            self._presses(board, self.bringer, "session:yes")
        else:
            self._presses(board, self.bringer, "session:next")

    def _fills_in(self, board: Message, who: str, step: WriteStep | ReflectStep) -> None:
        """Fill in a form, if it opens; note what was written if it is taken."""
        text = self._line(who, step.id)
        action = "session:reflect" if isinstance(step, ReflectStep) else "session:contribute"
        self._presses(board, who, action)
        if not self.slack.views(who):
            return
        self._submits(who, lambda name: text if name in ("text", "takeaway") else "4")
        if not self.late:
            self.kept.append(text)

    def _chooses(self, board: Message, menu: str, move: str) -> None:
        """Choose from a menu; when Slack says that it failed, look, and choose again if need be."""
        before = board.blocks
        for _ in range(TRIES):
            found = find(board.blocks, menu)
            chosen = (
                [o for o in found[1]["options"] if o["value"].startswith(move)] if found else []
            )
            if not chosen:
                return
            reply = self.slack.press(
                self.bringer, menu, option=chosen[0], message=board, kind="static_select"
            )
            self.rig.settle()
            if reply.status == 200 or board.blocks != before:
                return
        raise AssertionError(f"{move} cannot be chosen")

    def _submits(self, who: str, value: Callable[[str], str]) -> None:
        """Send the open form; close one that comes too late."""
        self.late = False
        try:
            super()._submits(who, value)
        except AssertionError:
            late = self.slack.views(who)[-1]
            if not late.errors:
                raise
            self.late = True
            self.slack.close(who, late.id)


def _filled(found: Json, value: str) -> Json:
    kind = found["element"]["type"]
    if kind == "plain_text_input":
        return {"type": kind, "value": value}
    if kind == "checkboxes":
        return {"type": kind, "selected_options": found["element"]["options"]}
    options = found["element"]["options"]
    chosen = next((o for o in options if o["value"] == value), options[-1])
    return {"type": kind, "selected_option": chosen}

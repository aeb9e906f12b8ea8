"""A dialogue with one session: who does what, and what follows from it."""

from datetime import UTC, datetime, timedelta
from itertools import count

from bot.catalog.methods import shipped_methods
from bot.flows.method import Method
from bot.flows.session import commands as c
from bot.flows.session import effects as e
from bot.flows.session.decide import decide
from bot.flows.session.pace import Pace
from bot.flows.session.state import Session, floor, step_of
from bot.flows.types import ReplyWord

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


class Dialogue:
    """Ann brings the case; Bo, Cas and Dee ask. `says` and the like give what followed."""

    def __init__(self, method: str | Method = "basic", people=("ann", "bo", "cas"), **changes):
        self.method = shipped_methods()[method] if isinstance(method, str) else method
        self.session = Session(
            id="s",
            group="g",
            case="c",
            method=self.method.id,
            bringer="ann",
            participants=tuple(people),
            pace=Pace(),
            **changes,
        )
        self.now = START
        self.kept: list[e.Keep] = []
        self._ids = count(1)
        self._refs = count(1)

    def do(
        self, command: c.Command, at: datetime | None = None, *, dated: bool = True
    ) -> list[e.Effect]:
        """Do a command, now unless `at` says when; `dated`: Slack says when it was given."""
        given = (at or self.now) if dated and not isinstance(command, c.TimeUp) else None
        decision = decide(self.session, command, method=self.method, now=self.now, at=given)
        self.session = decision.session
        self.kept += [x for x in decision.effects if isinstance(x, e.Keep)]
        return list(decision.effects)

    def chooses(self, method: str, **changes) -> list[e.Effect]:
        chosen = shipped_methods()[method].model_copy(update=changes)
        command = c.UseMethod(by="ann", method=method)
        decision = decide(self.session, command, method=chosen, now=self.now)
        self.session, self.method = decision.session, chosen
        return list(decision.effects)

    def contribution(self, by: str, ref: str | None, text: str = "…") -> c.Contribute:
        return c.Contribute(by=by, id=f"k{next(self._ids)}", text=text, ref=ref)

    def reply(self, by: str, ref: str, word: ReplyWord | None = None, text: str = "…") -> c.Reply:
        return c.Reply(by=by, id=f"k{next(self._ids)}", text=text, ref=ref, word=word)

    def says(self, by: str, text: str = "…") -> list[e.Effect]:
        return self.do(self.reply(by, f"r{next(self._refs)}", text=text))

    def writes(self, by: str, text: str = "…") -> list[e.Effect]:
        return self.do(self.contribution(by, None, text))

    def waits(self, timer: str = "turn", length: timedelta | None = None) -> list[e.Effect]:
        position = self.session.position
        if length is None and position is not None and timer == "turn":
            self.now = max(self.now, position.until)
        else:
            self.now += length or timedelta(days=7)
        return self.do(c.TimeUp(timer=timer, due=self.now))

    def begins(self) -> "Dialogue":
        self.do(c.Begin(by="ann"))
        return self

    def to(self, step: str) -> "Dialogue":
        if self.session.position is None:
            self.begins()
        while self.step != step:
            if self.step == "gate":
                self.do(c.Choose(by=self.session.presenter, open=True))
            else:
                self.do(c.Next(by="ann"))
        return self

    @property
    def step(self) -> str | None:
        step = step_of(self.session, self.method)
        return step.id if step else None

    @property
    def floor(self) -> str | None:
        return floor(self.session)


def of(kind: type, effects: list[e.Effect]) -> list:
    return [effect for effect in effects if isinstance(effect, kind)]

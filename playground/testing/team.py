"""A team on a stage: what people do and see, in words for tests.

Each action ends with the bot at rest: what it had to send has arrived.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from random import Random
from typing import Any, TypeVar

from sqlalchemy import select

from bot.catalog.methods import shipped_methods
from bot.flows.session.state import Session
from bot.i18n import UNKNOWN, Language
from bot.services.privacy import Privacy
from bot.services.sessions.run import Sessions
from bot.store.tables import Base, Contribution, Outbound, SessionRow
from playground.colleagues import Colleagues
from playground.filling import filled
from playground.reading import block, choice, elements, find, mentioned, words
from playground.slack.workspace import Message, Reply, View, Workspace
from playground.speech import repertoire
from playground.stage import Stage

SANNE, MEHMET, ESTHER, JOOST, FATIMA, GRACE = (
    "U0SANNE",
    "U0MEHMET",
    "U0ESTHER",
    "U0JOOST",
    "U0FATIMA",
    "U0GRACE",
)

_INITIAL = (
    "initial_value",
    "initial_users",
    "initial_user",
    "initial_time",
    "initial_date",
    "initial_conversation",
)

R = TypeVar("R", bound=Base)


def initial(element: dict[str, Any]) -> object:
    """Return what a field holds before anybody touches it, in the shape that `Team.sends` takes."""
    option = element.get("initial_option")
    options = element.get("initial_options")
    if option:
        return option["value"]
    if options:
        return [each["value"] for each in options]
    return next((element[name] for name in _INITIAL if element.get(name)), None)


def filled_in(view: View, **values: object) -> dict[str, Any]:
    """Return what Slack sends of a form: `values` by block id, the rest as it stands."""
    inputs = [each for each in view.spec["blocks"] if each["type"] == "input"]
    return {
        each["block_id"]: {
            each["element"]["action_id"]: filled(
                each["element"], values.get(each["block_id"], initial(each["element"]))
            )
        }
        for each in inputs
    }


class Team:
    """What the people of one channel do and see, in the stage's workspace or another one."""

    def __init__(self, stage: Stage, workspace: Workspace | None = None) -> None:
        self.stage = stage
        self.slack = workspace or stage.workspace
        self.channel = next(c.id for c in self.slack.channels.values() if c.name == "intervisie")

    # what people do

    def types(self, who: str, text: str, *, channel: str | None = None) -> Reply:
        """Type `/intervisie` and a text in a channel, the team's own by default."""
        reply = self.slack.slash(who, channel or self.channel, "/intervisie", text)
        self.stage.settle()
        return reply

    def answered(self, who: str, text: str, *, channel: str | None = None) -> str:
        """Type `/intervisie` and a text; return the text of the private answer."""
        reply = self.types(who, text, channel=channel)
        assert reply.status == 200, reply
        assert reply.body is not None
        return str(reply.body["text"])

    def writes(self, who: str, text: str, *, thread: str | None = None) -> Message:
        """Write in a thread, that of the newest board by default."""
        said = self.slack.post(who, self.channel, text, thread or self.board().ts)
        self.stage.settle()
        return said

    def tells_bot(self, who: str, text: str) -> str:
        """Write the bot a direct message; return the newest message there afterwards."""
        self.slack.post(who, self.direct(who), text)
        self.stage.settle()
        return self.last_direct(who)

    def presses(self, who: str, action: str, *, on: Message | None = None) -> Reply:
        """Press a button of a message, the newest board by default, or choose it from a menu."""
        message = on or self.board()
        found = find(message.blocks, action)
        if found is None and choice(message.blocks, action):
            return self.chooses(who, action.partition(":")[2], on=message)
        assert found, (action, [e["action_id"] for _, e in elements(message.blocks)])
        at, element = found
        reply = self.slack.press(
            who, action, value=element.get("value"), message=message, block_id=at
        )
        self.stage.settle()
        return reply

    def chooses(self, who: str, move: str, *, on: Message | None = None) -> Reply:
        """Choose a move from one of the board's menus."""
        board = on or self.board()
        found = choice(board.blocks, f"session:{move}")
        assert found, move
        reply = self.slack.choose(who, board, *found)
        self.stage.settle()
        return reply

    def sends(self, who: str, **values: Any) -> Reply:
        """Send the form that a person has open; `values` by block id, the rest as it stands."""
        view = self.slack.views(who)[-1]
        reply = self.slack.submit(who, view.id, filled_in(view, **values))
        self.stage.settle()
        return reply

    def home(self, who: str) -> View:
        """Open a person's App Home; return what stands there."""
        self.slack.open_home(who)
        self.stage.settle()
        view = self.slack.home(who)
        assert view is not None
        return view

    def presses_home(self, who: str, action: str, *, value: str | None = None) -> Reply:
        """Press a button in App Home: the first of its kind, or the one with this `value`."""
        view = self.slack.home(who)
        assert view is not None
        found = [
            (at, each)
            for at, each in elements(view.spec["blocks"])
            if each["action_id"] == action and value in (None, each.get("value"))
        ]
        assert found, (action, [e["action_id"] for _, e in elements(view.spec["blocks"])])
        at, button = found[0]
        reply = self.slack.press(who, action, value=button.get("value"), view=view, block_id=at)
        self.stage.settle()
        return reply

    def forgets(self, who: str) -> None:
        """Forget a person through the bot's own service, as their button does."""
        methods = shipped_methods()
        transactions = self.stage.bot.transactions
        Privacy(transactions, Sessions(transactions, methods)).forget(self.slack.team, who)
        self.stage.settle()

    # what people see

    def home_says(self, who: str) -> str:
        """Return the text of a person's App Home as it stands; empty before it was opened."""
        view = self.slack.home(who)
        shown = Message("0", self.channel, "", "", view.spec["blocks"] if view else [])
        return self.reads(shown, who)

    def direct(self, who: str) -> str:
        """Return the id of the direct messages between a person and the bot."""
        return self.slack.open_dm(who).id

    def direct_messages(self, who: str) -> list[Message]:
        """Return the direct messages between a person and the bot, first to last."""
        return self.slack.everything(who, self.direct(who))

    def last_direct(self, who: str) -> str:
        """Return the text of the newest direct message."""
        return self.reads(self.direct_messages(who)[-1], who)

    def directs_say(self, who: str) -> str:
        """Return the text of all direct messages between a person and the bot."""
        return "\n".join(self.reads(message, who) for message in self.direct_messages(who))

    def reads(self, message: Message, who: str | None = None) -> str:
        """Return a message as plain text, in the reader's language and time zone."""
        return words(message, self.slack, self.slack.users[who or next(iter(self.slack.users))])

    def board(self) -> Message:
        """Return the newest board in the channel."""
        seen = self.slack.messages(self.someone(), self.channel)
        return next(m for m in reversed(seen) if block(m.blocks, "board-who"))

    def board_says(self) -> str:
        """Return the text of the newest board."""
        return self.reads(self.board())

    def thread(self, who: str | None = None) -> list[Message]:
        """Return the messages in the thread of the newest board, as a person sees them."""
        return self.slack.thread(who or self.someone(), self.channel, self.board().ts)

    def thread_says(self) -> str:
        """Return the text of the newest board's thread, without private messages."""
        return "\n".join(self.reads(m) for m in self.thread() if not m.ephemeral_to)

    def whispered(self, who: str) -> list[str]:
        """Return the texts that only this person sees in the channel."""
        seen = self.slack.everything(who, self.channel)
        return [self.reads(m, who) for m in seen if m.ephemeral_to == who]

    def someone(self) -> str:
        """Return a member of the channel."""
        members = self.slack.channels[self.channel].members
        return next(u for u in self.slack.users if u in members)

    def turn(self) -> str:
        """Return the person who has the floor, as the board says."""
        return mentioned(block(self.board().blocks, "board-who"))[0]

    # whole stretches

    def brings(self, who: str, kind: str = "learning", *, language: Language = UNKNOWN) -> str:
        """Bring a case by form and submit it, or the draft that there is; return its id."""
        self.types(who, "casus")
        asked = self.direct_messages(who)
        if not find(asked[-1].blocks, "intake:submit"):
            form = next(m for m in reversed(asked) if find(m.blocks, "intake:form"))
            self.presses(who, "intake:form", on=form)
            self.sends(who, **repertoire(language)["cases"][kind])
        summary = self.direct_messages(who)[-1]
        found = find(summary.blocks, "intake:submit")
        assert found
        self.presses(who, "intake:submit", on=summary)
        return str(found[1]["value"])

    def gathers(
        self, who: str, others: Iterable[str], kind: str = "learning", *, method: str = ""
    ) -> None:
        """Bring a case and open its session; the others join."""
        self.brings(who, kind)
        self.types(who, f"start {method}".strip())
        for other in others:
            self.presses(other, "session:join")

    def begins(
        self, who: str, others: Iterable[str], kind: str = "learning", *, method: str = ""
    ) -> None:
        """Bring a case, open its session, let the others join, and begin."""
        self.gathers(who, others, kind, method=method)
        self.presses(who, "session:begin")

    def checks_in(self, people: Iterable[str]) -> None:
        """Check in as many people as there are in `people`, in turn."""
        for _ in people:
            self.writes(self.turn(), "Ik ben er.")

    def comes_to_questions(self, bringer: str, others: Sequence[str]) -> None:
        """Begin a session by the basic method, and hold it up to its round of questions."""
        self.begins(bringer, others)
        self.checks_in([bringer, *others])
        self.presses(bringer, "session:done")

    def lets_time_run_out(self) -> None:
        """Pass the time that the board shows for this turn or step."""
        position = Session.model_validate_json(self.session().state).position
        assert position is not None
        until = position.until - self.slack.clock.now()
        self.stage.pass_time(until + timedelta(seconds=30))

    def plays_on(self, people: list[str], *, acts: int = 300) -> bool:
        """Play with simulated colleagues; return whether the session came to its end."""
        play = Colleagues(self.slack, self.channel, people, random=Random(5))  # noqa: S311 - played, not secret
        for _ in range(acts):
            acted = play.act()
            self.stage.settle()
            if not acted:
                return not block(self.board().blocks, "board-step")
        return False

    # what the database holds

    def rows(self, table: type[R]) -> list[R]:
        """Return all rows of a table that are of this workspace, as they were added on SQLite."""
        with self.stage.bot.store.unit() as unit:
            rows = unit.db.scalars(select(table)).all()
        return [
            row for row in rows if getattr(row, "workspace", self.slack.team) == self.slack.team
        ]

    def contributions(self) -> list[Contribution]:
        """Return all contributions, first to last."""
        return sorted(self.rows(Contribution), key=lambda row: row.created_at)

    def session(self) -> SessionRow:
        """Return the session that was opened last."""
        return self.rows(SessionRow)[-1]

    def unsent(self) -> list[Outbound]:
        """Return what has not been sent."""
        return [row for row in self.rows(Outbound) if row.state != "sent"]

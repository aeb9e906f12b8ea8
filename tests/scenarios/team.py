"""A team on a stage: the words in which the scenarios are told."""

from collections.abc import Iterable
from datetime import timedelta
from random import Random

from bot.flows.session.state import Session
from bot.store.tables import Contribution, Outbound, SessionRow
from playground.colleagues import Colleagues, repertoire
from playground.reading import block, elements, find, words
from playground.slack.workspace import Message, Reply, View
from playground.stage import Stage

SANNE, MEHMET, ESTHER, JOOST, FATIMA, GRACE = (
    "U0SANNE",
    "U0MEHMET",
    "U0ESTHER",
    "U0JOOST",
    "U0FATIMA",
    "U0GRACE",
)


def initial(element: dict) -> object:
    """What a field holds when nobody touches it, in the shape that `Team.sends` takes."""
    option = element.get("initial_option")
    options = element.get("initial_options")
    if option:
        return option["value"]
    if options:
        return [each["value"] for each in options]
    named = ("initial_value", "initial_users", "initial_user", "initial_time", "initial_date")
    named += ("initial_conversation",)
    return next((element[name] for name in named if element.get(name)), None)


class Team:
    """What the people on a stage do and see."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.slack = stage.workspace
        self.channel = next(c.id for c in self.slack.channels.values() if c.name == "intervisie")

    def types(self, who: str, text: str, *, channel: str | None = None) -> Reply:
        reply = self.slack.slash(who, channel or self.channel, "/intervisie", text)
        self.stage.settle()
        return reply

    def answered(self, who: str, text: str, *, channel: str | None = None) -> str:
        reply = self.types(who, text, channel=channel)
        assert reply.status == 200, reply
        assert reply.body is not None
        return str(reply.body["text"])

    def writes(self, who: str, text: str, *, thread: str | None = None) -> Message:
        said = self.slack.post(who, self.channel, text, thread or self.board().ts)
        self.stage.settle()
        return said

    def tells_bot(self, who: str, text: str) -> str:
        self.slack.post(who, self.direct(who), text)
        self.stage.settle()
        return self.last_direct(who)

    def presses(self, who: str, action: str, *, on: Message | None = None) -> Reply:
        message = on or self.board()
        found = find(message.blocks, action)
        assert found, (action, [e["action_id"] for _, e in elements(message.blocks)])
        at, element = found
        reply = self.slack.press(
            who, action, value=element.get("value"), message=message, block_id=at
        )
        self.stage.settle()
        return reply

    def chooses(self, who: str, move: str, *, on: Message | None = None) -> Reply:
        board = on or self.board()
        _, menu = find(board.blocks, "session:more")
        option = next(o for o in menu["options"] if o["value"].startswith(f"{move}:"))
        reply = self.slack.press(who, "session:more", option=option, message=board, kind="overflow")
        self.stage.settle()
        return reply

    def sends(self, who: str, **values: object) -> Reply:
        view = self.slack.views(who)[-1]
        state = {}
        for each in view.spec["blocks"]:
            if each["type"] != "input":
                continue
            element = each["element"]
            value = values.get(each["block_id"], initial(element))
            match element["type"]:
                case "plain_text_input":
                    given = {"value": value}
                case "checkboxes" | "multi_static_select":
                    given = {"selected_options": [{"value": v} for v in value or ()]}
                case "multi_users_select":
                    given = {"selected_users": list(value or ())}
                case "users_select":
                    given = {"selected_user": value}
                case "conversations_select":
                    given = {"selected_conversation": value}
                case "timepicker":
                    given = {"selected_time": value}
                case "datepicker":
                    given = {"selected_date": value}
                case _:
                    given = {"selected_option": {"value": value} if value else None}
            state[each["block_id"]] = {element["action_id"]: {"type": element["type"], **given}}
        reply = self.slack.submit(who, view.id, state)
        self.stage.settle()
        return reply

    def home(self, who: str) -> View:
        """What somebody sees who opens App Home."""
        self.slack.open_home(who)
        self.stage.settle()
        return self.slack.home(who)

    def home_says(self, who: str) -> str:
        """What stands in somebody's App Home now, opened or not."""
        view = self.slack.home(who)
        shown = Message("0", self.channel, "", "", view.spec["blocks"] if view else [])
        return self.reads(shown, who)

    def presses_home(self, who: str, action: str, *, value: str | None = None) -> Reply:
        """Press a button in App Home; the first of its kind, unless its `value` is given."""
        view = self.slack.home(who)
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

    def direct(self, who: str) -> str:
        return self.slack.open_dm(who).id

    def direct_messages(self, who: str) -> list[Message]:
        return self.slack.everything(who, self.direct(who))

    def last_direct(self, who: str) -> str:
        return self.reads(self.direct_messages(who)[-1], who)

    def reads(self, message: Message, who: str = SANNE) -> str:
        return words(message, self.slack, self.slack.users[who])

    def board(self) -> Message:
        seen = self.slack.messages(self.someone(), self.channel)
        return next(m for m in reversed(seen) if block(m.blocks, "board-who"))

    def board_says(self) -> str:
        return self.reads(self.board())

    def thread(self, who: str | None = None) -> list[Message]:
        return self.slack.thread(who or self.someone(), self.channel, self.board().ts)

    def thread_says(self) -> str:
        return "\n".join(self.reads(m) for m in self.thread() if not m.ephemeral_to)

    def whispered(self, who: str) -> list[str]:
        seen = self.slack.everything(who, self.channel)
        return [self.reads(m, who) for m in seen if m.ephemeral_to == who]

    def someone(self) -> str:
        members = self.slack.channels[self.channel].members
        return next(u for u in (SANNE, MEHMET, ESTHER, JOOST) if u in members)

    def brings(self, who: str, kind: str = "learning", *, language: str = "nl") -> str:
        """Bring a case by form and submit it; gives its id."""
        self.types(who, "casus")
        form = next(m for m in reversed(self.direct_messages(who)) if find(m.blocks, "intake:form"))
        self.presses(who, "intake:form", on=form)
        self.sends(who, **repertoire(language)["cases"][kind])
        summary = self.direct_messages(who)[-1]
        case = find(summary.blocks, "intake:submit")[1]["value"]
        self.presses(who, "intake:submit", on=summary)
        return str(case)

    def gathers(
        self, who: str, others: Iterable[str], kind: str = "learning", *, method: str = ""
    ) -> None:
        """Bring a case, open its session, let the others join."""
        self.brings(who, kind)
        self.types(who, f"start {method}".strip())
        for other in others:
            self.presses(other, "session:join")

    def begins(
        self, who: str, others: Iterable[str], kind: str = "learning", *, method: str = ""
    ) -> None:
        self.gathers(who, others, kind, method=method)
        self.presses(who, "session:begin")

    def checks_in(self, people: Iterable[str]) -> None:
        for _ in people:
            self.writes(self.turn(), "Ik ben er.")

    def lets_time_run_out(self) -> None:
        """Let the time pass that the board gives for this turn or step."""
        position = Session.model_validate_json(self.session().state).position
        until = position.until - self.slack.clock.now()
        self.stage.pass_time(until + timedelta(seconds=30))

    def turn(self) -> str:
        """Who the board says is asked now."""
        from playground.reading import mentioned

        return mentioned(block(self.board().blocks, "board-who"))[0]

    def plays_on(self, people: list[str], *, acts: int = 300) -> bool:
        """Let simulated colleagues play until the session has ended."""
        play = Colleagues(self.slack, self.channel, people, random=Random(5))
        for _ in range(acts):
            acted = play.act()
            self.stage.settle()
            if not acted:
                return not block(self.board().blocks, "board-step")
        return False

    def rows(self, table: type) -> list:
        from sqlalchemy import select

        with self.stage.bot.store.unit() as unit:
            return list(unit.db.scalars(select(table)))

    def contributions(self) -> list[Contribution]:
        return sorted(self.rows(Contribution), key=lambda row: row.created_at)

    def session(self) -> SessionRow:
        return self.rows(SessionRow)[-1]

    def unsent(self) -> list[Outbound]:
        return [row for row in self.rows(Outbound) if row.state != "sent"]

"""App Home: what is asked of somebody now, their groups, cases, steps, and wishes.

Every private nudge has its durable twin here. However many groups somebody is in, it stays
within the hundred blocks that Slack takes (`MOST_…`).
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple, TypeAlias, assert_never

from slackblocks import (
    Block,
    Button,
    ConversationFilter,
    ConversationSelectMenu,
    DividerBlock,
    HeaderBlock,
    HomeTabView,
)

from bot.blocks import meetings as show_meeting
from bot.blocks import replies
from bot.blocks.action_ids import ActionId, FormId
from bot.blocks.elements import (
    Payload,
    View,
    button,
    buttons,
    literal,
    message,
    modal,
    occasion,
    person,
    plain,
    quote,
    quotes,
    small,
    titled,
)
from bot.blocks.follow_ups import WorkQuestions, labelled
from bot.blocks.hunches import counted
from bot.blocks.inputs import asks
from bot.blocks.meetings import Facts
from bot.blocks.replies import Live, Mine, Trend
from bot.blocks.session.board import primary
from bot.blocks.session.crib import hands
from bot.flows.method import Step
from bot.flows.session.state import Session
from bot.flows.types import CaseStatus, HunchOutcome
from bot.i18n import LANGUAGES, Words

MOST_TASKS = 6
MOST_GROUPS = 10
MOST_SESSIONS = 5
MOST_CASES = 5
MOST_STEPS = 4
MOST_TOOLS = 2


class Floor(NamedTuple):
    """Something is asked of me in a session; `answering`: it is the answer to a question.

    `live`: it is spoken, not written.
    """

    session: str
    channel: str
    title: str
    step: Step
    answering: bool
    live: bool = False


class Lead(NamedTuple):
    """I lead a session; `crib` is the crib sheet of its method."""

    session: Session
    channel: str
    title: str
    doing: str
    crib: str = ""


class Lobby(NamedTuple):
    """A session waits for people in a group of mine."""

    session: str
    channel: str
    title: str
    bringer: str


class LookBackItem(NamedTuple):
    """A session of mine is over, and I have not looked back yet."""

    session: str
    channel: str
    title: str


class Bring(NamedTuple):
    """It is my turn to bring a case to this meeting, and none of mine waits."""

    facts: Facts


class Swap(NamedTuple):
    """Somebody asks me to swap turns."""

    facts: Facts
    by: str


class Invited(NamedTuple):
    """I am asked to join a group."""

    group: str
    name: str
    channel: str


class Trial(NamedTuple):
    """I am asked whether I go on with a group."""

    group: str
    name: str


class Unfinished(NamedTuple):
    """A case of mine that I was telling the bot about."""

    case: str
    title: str


Task: TypeAlias = Floor | Lead | Lobby | LookBackItem | Bring | Swap | Invited | Trial | Unfinished


class OwnGroup(NamedTuple):
    """A group of mine; `facts` of its next meeting, None without one.

    `said` is whether I said that I come: `coming`, `away`, `asked`, or None before that;
    `passed`: I would rather not bring a case this time; `leads`: I lead it at this moment.
    """

    group: str
    name: str
    channel: str
    founded: bool
    leads: bool
    facts: Facts | None
    said: str | None
    passed: bool = False


class OwnStep(NamedTuple):
    """A next step that I named; `session` is where I can be asked how it went, None for not.

    `question` is the work question of that session, if it was mine and is shown here.
    """

    text: str
    session: str | None
    question: WorkQuestions | None = None


class Wishes(NamedTuple):
    """What somebody wants for themselves."""

    reminders: str
    away_from: date | None
    away_until: date | None
    coached: bool


class Shown(NamedTuple):
    """All that a home shows; `new` is somebody who did nothing here yet.

    `lost` counts the messages of the last two weeks that did not reach this person.
    """

    new: bool
    lost: int
    tasks: Sequence[Task]
    groups: Sequence[OwnGroup]
    sessions: Sequence[Live]
    cases: Sequence[Mine]
    steps: Sequence[OwnStep]
    tools: Sequence[str]
    trend: Trend | None
    hunches: Mapping[HunchOutcome, int]
    wishes: Wishes


def home(shown: Shown, words: Words) -> View:
    """Return a person's App Home."""
    head: list[Block] = [HeaderBlock(words("home.title"), block_id="home-title")]
    if shown.lost:
        head.append(plain(words.count("home.lost", shown.lost), "home-lost"))
    foot: list[Block] = [DividerBlock(), small(words("home.privacy"), "home-privacy")]
    if shown.new:
        begin = [button(words, ActionId.HOME_BEGIN, "begin", primary=True)]
        return _view(
            [*head, plain(words("home.intro"), "home-intro"), *_row("begin", begin), *foot]
        )
    own = [button(words, ActionId.DATA_MINE, "mine"), button(words, ActionId.DATA_FORGET, "forget")]
    return _view(
        [
            *head,
            *_row("first", _first(shown, words)),
            *_tasks(shown.tasks, words),
            *_groups(shown.groups, words),
            *_sessions(shown.sessions, words),
            *_cases(shown.cases, words),
            *_steps(shown.steps, words),
            *_tools(shown.tools, words),
            *_asked(shown.trend, words),
            *_hunches(shown.hunches, words),
            *_wishes(shown.wishes, words),
            *foot,
            *_row("data", own),
        ]
    )


def welcome(words: Words, *, channel: str | None = None) -> Payload:
    """Welcome a newcomer; or whoever brought the bot into a `channel`."""
    if channel is None:
        text = words("home.intro")
    else:
        text = words("home.arrived", channel=f"<#{channel}>")
    row = [button(words, ActionId.HOME_BEGIN, channel or "begin", primary=True)]
    return message(text, [plain(text, "welcome"), *buttons("welcome-actions", row)])


def begin(words: Words, channel: str | None) -> View:
    """Ask a newcomer in which channel their team meets; `channel` is known beforehand."""
    menu = ConversationSelectMenu(
        "value",
        initial_conversation=channel,
        filter=ConversationFilter(
            include=["public", "private"],
            exclude_bot_users=True,
            exclude_external_shared_channels=True,
        ),
    )
    return modal(
        words,
        "home.begin_title",
        [
            plain(words("home.begin_intro"), "intro"),
            asks("channel", words("home.channel"), menu),
        ],
        callback=FormId.HOME_BEGIN,
        submit="button.form.next",
    )


def closed(text: str) -> View:
    """Return the home of a person who gets none, with the reason."""
    return _view([plain(text, "home-closed")])


def _view(blocks: list[Block]) -> View:
    return HomeTabView(blocks=blocks, callback_id="home").to_dict()


def _row(name: str, row: Sequence[Button]) -> list[Block]:
    return buttons(f"home-{name}-actions", row)


def _first(shown: Shown, words: Words) -> list[Button]:
    return [
        button(words, ActionId.INTAKE_NEW, "new", primary=not shown.tasks),
        button(words, ActionId.HISTORY_OPEN, "0"),
        button(words, ActionId.STATEMENT_OPEN, "0"),
    ]


def _title(name: str, words: Words) -> list[Block]:
    return [DividerBlock(), plain(f"*{words(f'home.{name}')}*", f"home-{name}")]


def _more(name: str, count: int, words: Words) -> list[Block]:
    return [small(words.count("home.more", count), f"home-{name}-more")] if count > 0 else []


# what is asked


def _tasks(tasks: Sequence[Task], words: Words) -> list[Block]:
    blocks: list[Block] = [plain(f"*{words('home.tasks')}*", "home-tasks")]
    if not tasks:
        blocks.append(small(words("home.no_tasks"), "home-no-tasks"))
    for n, task in enumerate(tasks[:MOST_TASKS]):
        blocks += _task(f"task-{n}", task, words)
    return [*blocks, *_more("tasks", len(tasks) - MOST_TASKS, words)]


def _task(at: str, task: Task, words: Words) -> list[Block]:
    """Return what is asked, where, and the buttons to do it."""
    match task:
        case Floor(session, channel, title, step, answering, live):
            doing = words("home.answer") if answering else step.title[words.language]
            asked = small(words("home.floor", channel=f"<#{channel}>", step=doing), f"{at}-where")
            row = primary(step, session, words, live=live)
            return [titled(title, "", "", at), asked, *_row(at, row)]
        case Lead(leading, channel, title, doing, crib):
            asked = small(words("home.lead", channel=f"<#{channel}>", step=doing), f"{at}-where")
            hints = [small(crib, f"{at}-hints")] if crib else []
            return [titled(title, "", "", at), asked, *hints, *_row(at, hands(leading, words))]
        case Lobby(session, channel, title, bringer):
            asked = small(
                words("home.lobby", who=person(bringer), channel=f"<#{channel}>"), f"{at}-where"
            )
            row = [button(words, ActionId.SESSION_JOIN, session, primary=True)]
            return [titled(title, "", "", at), asked, *_row(at, row)]
        case LookBackItem(session, channel, title):
            asked = small(words("home.look_back", channel=f"<#{channel}>"), f"{at}-where")
            row = [button(words, ActionId.SESSION_REFLECT, session, primary=True)]
            return [titled(title, "", "", at), asked, *_row(at, row)]
        case Bring(facts):
            text, row = show_meeting.turn(facts, words, again=True)
        case Swap(facts, by):
            text, row = show_meeting.swap(facts, by, words)
        case Invited(group, name, channel):
            text = words("home.invited", name=literal(name), channel=f"<#{channel}>")
            row = [
                button(words, ActionId.MEMBER_ACCEPT, group, primary=True),
                button(words, ActionId.MEMBER_DECLINE, group),
            ]
        case Trial(group, name):
            text = words("home.trial", name=literal(name))
            row = [
                button(words, ActionId.MEMBER_CONFIRM, group, primary=True),
                button(words, ActionId.MEMBER_TALK, group),
            ]
        case Unfinished(case, title):
            row = [
                button(words, ActionId.INTAKE_RESUME, case, primary=True),
                button(words, ActionId.INTAKE_DISCARD, case),
            ]
            asked = small(words("home.unfinished"), f"{at}-where")
            return [titled(title or words("home.untitled"), "", "", at), asked, *_row(at, row)]
        case _:
            assert_never(task)
    return [plain(text, at), *_row(at, row)]


# what is mine


def _groups(groups: Sequence[OwnGroup], words: Words) -> list[Block]:
    if not groups:
        return []
    blocks = _title("groups", words)
    for n, group in enumerate(groups[:MOST_GROUPS]):
        blocks += [
            plain(_group(group, words), f"group-{n}"),
            *_row(f"group-{n}", _of(group, words)),
        ]
    return [*blocks, *_more("groups", len(groups) - MOST_GROUPS, words)]


def _group(group: OwnGroup, words: Words) -> str:
    place = f"<#{group.channel}>"
    lines = [f"*{literal(group.name)}* · {place}" if group.name else f"*{place}*"]
    if group.facts is not None:
        when = words("home.next", when=occasion(group.facts.starts, words))
        lines.append(f"{when} {show_meeting.roles(group.facts, words)}")
        if group.said in ("coming", "away"):
            lines.append(words(f"home.said_{group.said}"))
        if group.passed:
            lines.append(words("home.passed"))
    else:
        lines.append(words("home.no_meeting" if group.founded else "home.no_rhythm"))
    return "\n".join(lines)


def _of(group: OwnGroup, words: Words) -> list[Button]:
    """Return what the person can do about a group and its next meeting."""
    row = []
    if group.facts is not None:
        if group.said in ("asked", "away"):
            row.append(button(words, ActionId.MEETING_COMING, group.facts.value()))
        if group.said in ("asked", "coming"):
            row.append(button(words, ActionId.MEETING_AWAY, group.facts.value()))
        if group.passed:
            row.append(button(words, ActionId.MEETING_UNPASS, group.facts.value()))
        row.append(button(words, ActionId.MEETING_CALENDAR, group.facts.value()))
    else:
        begin = button(words, ActionId.HOME_BEGIN, group.channel, label="button.group.found")
        row += [] if group.founded else [begin]
    if group.founded:
        row.append(
            button(words, ActionId.STATS_OPEN if group.leads else ActionId.STATS_MINE, group.group)
        )
    return row


def _sessions(sessions: Sequence[Live], words: Words) -> list[Block]:
    if not sessions:
        return []
    blocks = _title("sessions", words)
    for n, live in enumerate(sessions[:MOST_SESSIONS]):
        blocks.append(titled(live.title, "", f" · {live.method}", f"live-{n}"))
        blocks.append(small(f"<#{live.channel}> · {live.step}", f"live-{n}-step"))
    return [*blocks, *_more("sessions", len(sessions) - MOST_SESSIONS, words)]


def _cases(cases: Sequence[Mine], words: Words) -> list[Block]:
    blocks = _title("cases", words)
    if not cases:
        blocks.append(small(words("home.no_cases"), "home-no-cases"))
    for n, case in enumerate(cases[:MOST_CASES]):
        blocks.append(titled(case.title or words("home.untitled"), "", "", f"mine-{n}"))
        where = f"<#{case.channel}> · {words(f'home.{case.status}')}"
        blocks.append(small(where, f"mine-{n}-where"))
        blocks += _row(f"mine-{n}", _own_case(case, words))
    return [*blocks, *_more("cases", len(cases) - MOST_CASES, words)]


def _own_case(case: Mine, words: Words) -> list[Button]:
    if case.status == CaseStatus.DRAFT:
        return [
            button(words, ActionId.INTAKE_RESUME, case.case),
            button(words, ActionId.INTAKE_DISCARD, case.case),
        ]
    return [button(words, ActionId.CASE_WITHDRAW, case.case)]


def _steps(steps: Sequence[OwnStep], words: Words) -> list[Block]:
    if not steps:
        return []
    blocks = _title("steps", words)
    for n, step in enumerate(steps[:MOST_STEPS]):
        became = labelled(step.question, words) if step.question is not None else []
        blocks.append(quotes([(None, step.text), *became], f"step-{n}"))
        if step.session is not None:
            blocks += _row(f"step-{n}", [button(words, ActionId.FOLLOW_UP_TELL, step.session)])
    return [*blocks, small(words("home.steps_foot"), "home-steps-foot")]


def _tools(tools: Sequence[str], words: Words) -> list[Block]:
    """Return the newest items of the toolkit, and the button to all of them."""
    if not tools:
        return []
    newest = [quote(text, f"tool-{n}") for n, text in enumerate(tools[:MOST_TOOLS])]
    row = [button(words, ActionId.TOOL_ALL, "0")]
    return [*_title("tools", words), *newest, *_row("tools", row)]


def _asked(trend: Trend | None, words: Words) -> list[Block]:
    text = f"*{words('coach.title')}*\n{replies.asked(trend, words)}"
    return [DividerBlock(), plain(text, "home-asked")]


def _hunches(outcomes: Mapping[HunchOutcome, int], words: Words) -> list[Block]:
    return [small(counted(outcomes, words), "home-hunches")] if any(outcomes.values()) else []


def _wishes(wishes: Wishes, words: Words) -> list[Block]:
    lines = [
        f"*{words('wishes.title')}*",
        words(
            "home.wishes",
            language=LANGUAGES[words.language].name,
            reminders=words(f"wishes.reminders_{wishes.reminders}"),
        ),
    ]
    if wishes.away_from is not None and wishes.away_until is not None:
        lines.append(
            words(
                "home.away",
                first=words.day(wishes.away_from),
                last=words.day(wishes.away_until),
            )
        )
    lines.append(words("coach.on" if wishes.coached else "coach.off"))
    row = [
        button(words, ActionId.GROUP_WISHES, "wishes"),
        replies.switch(words, on=wishes.coached),
    ]
    return [DividerBlock(), plain("\n".join(lines), "home-wishes"), *_row("wishes", row)]

"""The board: one message per session that always shows where it stands.

Buttons carry `session:<move>` as their action and the session's id as their value, stamped
with its version; a menu's options carry `<move>:<that value>`. A board has at most five buttons,
what is wanted most first, and two menus with names: how the session is held, and the rest.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from slackblocks import (
    ActionsBlock,
    Block,
    Button,
    Option,
    OptionGroup,
    PlainText,
    StaticSelectMenu,
)

from bot.blocks import chooser
from bot.blocks.action_ids import ActionId, join_value, stamped
from bot.blocks.elements import (
    Payload,
    bar,
    button,
    buttons,
    message,
    moment,
    option,
    person,
    plain,
    small,
    spoken_here,
    titled,
)
from bot.flows.method import (
    DiscussStep,
    GateStep,
    Method,
    PresentStep,
    ReflectStep,
    RespondStep,
    RoundStep,
    SilenceStep,
    SortStep,
    Step,
    TrayStep,
    VoteStep,
    WriteStep,
)
from bot.flows.session.pace import minutes_left
from bot.flows.session.state import (
    CHOICE_ID,
    MIN_PARTICIPANTS,
    RESUMABLE,
    Position,
    Session,
    awaited,
    floor,
    may_check,
    speakers,
    step_of,
    tips_ahead,
)
from bot.flows.types import Direction, Mode, Phase
from bot.i18n import Words

MINUTES = (30, 45, 60, 75, 90, 105, 120)
"""How long a spoken session may take, as the lobby offers it."""


def shown(session: Session, *more: str) -> str:
    """Return the value of a button about a session as it is shown, and about `more`."""
    return stamped(join_value(session.id, *more), session.version)


def board(
    session: Session,
    method: Method,
    title: str | None,
    words: Words,
    now: datetime,
    methods: Mapping[str, Method],
    *,
    forgotten: bool = False,
    readers: str,
    first: bool = False,
) -> Payload:
    """Return the board of a session; `title` is the case's, None once it is forgotten.

    `forgotten`: all content of the session is; `first`: it is the first of its group. `readers`
    says who can read along, while the session lasts.

    A spoken step shows how many minutes are left `now`. `methods` holds all by id: in the
    lobby, some of them are suggested.
    """
    name = method.title[words.language]
    if method.kinds:
        about, before = title or words("board.forgotten"), words("board.case") + " "
        head: list[Block] = [titled(about, before, f" · {name}", "board-title")]
    else:
        head = [titled(name, "", "", "board-title")]
    match session.phase:
        case Phase.LOBBY:
            lobby = _lobby(session, method, methods, words, first=first)
            body = [*lobby, small(readers, "board-room")]
        case Phase.RUNNING | Phase.PAUSED:
            body = [*_running(session, method, words, now), small(readers, "board-room")]
        case Phase.CLOSED:
            body = _closed(session, method, words, forgotten=forgotten)
    notified = _notification(session, name, words, is_case=bool(method.kinds and title))
    return message(notified, head + body)


def _notification(session: Session, method: str, words: Words, *, is_case: bool) -> str:
    """Return what a notification says: whose case it is, and in which method."""
    if not is_case:
        return words("board.notification", method=method)
    bringer = person(session.presenter)
    return words("board.notification_case", bringer=bringer, method=method)


def primary(step: Step, session: str, words: Words, *, live: bool = False) -> list[Button]:
    """Return the buttons of the step itself, the one most people need first."""
    if step.id == CHOICE_ID:
        return directions(session, words)
    return _spoken(step, session, words) if live else _written(step, session, words)


def directions(session: str, words: Words) -> list[Button]:
    """Return the buttons by which a bringer chooses how to go on after a process check."""
    return [button(words, f"session:to_{direction}", session) for direction in Direction]


def _spoken(step: Step, session: str, words: Words) -> list[Button]:
    """Return the buttons of a spoken step; only what is unseen is written."""
    done = button(
        words,
        ActionId.SESSION_DONE,
        session,
        label="button.session.said",
        primary=step.kind != "tray",
    )
    match step:
        case RoundStep():
            return [
                done,
                button(words, ActionId.SESSION_PASS, session),
                button(words, ActionId.SESSION_LATER, session),
            ]
        case WriteStep():
            return [done, button(words, ActionId.SESSION_CONTRIBUTE, session)]
        case PresentStep() | RespondStep():
            return [done]
        case SortStep():
            return [done, button(words, ActionId.SESSION_SORT, session)]
        case TrayStep():
            return [button(words, ActionId.SESSION_TRAY, session, primary=True), done]
        case ReflectStep():
            return [done, button(words, ActionId.SESSION_REFLECT, session)]
        case DiscussStep() | SilenceStep():
            return []
        case GateStep() | VoteStep():
            return _written(step, session, words)


def _written(step: Step, session: str, words: Words) -> list[Button]:
    match step:
        case RoundStep():
            return [
                button(words, ActionId.SESSION_CONTRIBUTE, session, primary=True),
                _pass(step, session, words),
                button(words, ActionId.SESSION_LATER, session),
            ]
        case WriteStep():
            return [
                button(words, ActionId.SESSION_CONTRIBUTE, session, primary=True),
                _pass(step, session, words),
            ]
        case DiscussStep():
            return [button(words, ActionId.SESSION_CONTRIBUTE, session, primary=True)]
        case VoteStep():
            return [
                button(words, ActionId.SESSION_VOTE, session, primary=True),
                button(words, ActionId.SESSION_PASS, session),
            ]
        case SilenceStep():
            return []
        case PresentStep():
            return [
                button(words, ActionId.SESSION_DONE, session, primary=True),
                button(words, ActionId.SESSION_CONTRIBUTE, session),
            ]
        case RespondStep():
            return [
                button(words, ActionId.SESSION_CONTRIBUTE, session, primary=True),
                button(words, ActionId.SESSION_PASS, session),
            ]
        case GateStep():
            return [
                button(words, ActionId.SESSION_YES, session),
                button(words, ActionId.SESSION_NO, session),
            ]
        case SortStep():
            return [
                button(words, ActionId.SESSION_SORT, session, primary=True),
                button(words, ActionId.SESSION_PASS, session),
            ]
        case TrayStep():
            return [
                button(words, ActionId.SESSION_TRAY, session, primary=True),
                button(words, ActionId.SESSION_DONE, session, label="button.session.leave_all"),
            ]
        case ReflectStep():
            return [
                button(words, ActionId.SESSION_REFLECT, session, primary=True),
                button(words, ActionId.SESSION_PASS, session),
            ]


def _pass(step: RoundStep | WriteStep, session: str, words: Words) -> Button:
    """Return the button to pass; a step may have its own word for that."""
    if step.leave is None:
        return button(words, ActionId.SESSION_PASS, session)
    return Button(text=step.leave[words.language], action_id=ActionId.SESSION_PASS, value=session)


def _lobby(
    session: Session,
    method: Method,
    methods: Mapping[str, Method],
    words: Words,
    *,
    first: bool,
) -> list[Block]:
    missing = max(MIN_PARTICIPANTS, method.least) - len(session.here)
    if missing > 0:
        state = words.count("board.lobby_missing", missing)
    elif session.awaits_bringer:
        state = words("board.lobby_awaits", bringer=person(session.bringer))
    else:
        state = words("board.lobby_ready")
    join = button(words, ActionId.SESSION_JOIN, shown(session), primary=missing > 0)
    begin = button(words, ActionId.SESSION_BEGIN, shown(session), primary=missing <= 0)
    live = session.mode is Mode.LIVE
    held = ActionId.SESSION_ASYNC if live else ActionId.SESSION_LIVE
    row = [
        *([join, begin] if missing > 0 else [begin, join]),
        button(words, held, shown(session)),
    ]
    how = [*(["methods"] if method.kinds else []), "lead", *_tips(session, method)]
    return [
        plain(
            words(
                "board.lobby" if method.kinds else "board.lobby_group",
                bringer=person(session.bringer),
                summary=method.summary[words.language],
            ),
            "board-lobby",
        ),
        *([] if method.new_groups else [small(words("board.lobby_trust"), "board-trust")]),
        *([small(words("board.lobby_slack"), "board-slack"), spoken_here(words)] if first else []),
        *chooser.suggested(session, method, methods, words),
        plain(_everyone(session, words) + "\n" + state, "board-who"),
        _how(session, method, words),
        _row(
            row,
            _menu_how(how, session, words, minutes=_minutes(session, method) if live else None),
            _menu_more(["leave", "readers", "stop"], session, words),
            version=session.version,
        ),
    ]


def _how(session: Session, method: Method, words: Words) -> Block:
    """Say how the session will be held, spoken or written, and who leads."""
    live = session.mode is Mode.LIVE
    line = words("board.live", minutes=_minutes(session, method)) if live else words("board.async")
    if session.facilitator is not None:
        line += "\n" + words("board.leads", who=person(session.facilitator))
    return plain(line, "board-how")


def _minutes(session: Session, method: Method) -> int:
    return session.minutes or method.lasts(len(session.participants))


def _running(session: Session, method: Method, words: Words, now: datetime) -> list[Block]:
    step, position = step_of(session, method), session.position
    assert step is not None
    assert position is not None
    total = len(method.steps)
    title = step.title[words.language]
    if session.interrupted is not None:
        line = words("board.check", title=title)
    else:
        n = position.step + 1
        line = words("board.step", n=n, total=total, bar=bar(n, total), title=title)
    if isinstance(step, RoundStep) and step.rounds > 1:
        line += " · " + words("board.round", n=position.round, total=step.rounds)
    if step.rotates:
        line += " · " + words("board.seat", who=person(session.presenter))
    blocks: list[Block] = [plain(line, "board-step")]
    if session.phase is Phase.PAUSED:
        blocks.append(plain(words("board.paused"), "board-who"))
        resume = [button(words, ActionId.SESSION_RESUME, shown(session), primary=True)]
        rest = _menu_more(["stop", "readers"], session, words)
        blocks.append(_row(resume, rest, version=session.version))
        return blocks
    blocks.append(plain(_whose(session, method, step, words), "board-who"))
    live, silent = session.mode is Mode.LIVE, isinstance(step, SilenceStep)
    if live or silent:
        blocks.append(plain(clock(position, now, words), "board-clock"))
        time = []
    else:
        time = [words("board.until", until=moment(position.until, words))]
    if session.facilitator is not None:
        time.append(words("board.leads", who=person(session.facilitator)))
    blocks.append(small(" · ".join([*time, _everyone(session, words)]), "board-until"))
    private = step.id == CHOICE_ID  # its buttons are in the bringer's direct messages
    row = [
        *([] if private else primary(step, shown(session), words, live=live)),
        *([button(words, ActionId.SESSION_MORE_TIME, shown(session))] if live else []),
        *([] if silent else [button(words, ActionId.SESSION_NEXT, shown(session))]),
    ]
    back = ["back"] if session.before is not None else []
    more = [*back, "pause", "join", "leave", "readers", "stop"]
    blocks.append(
        _row(
            row,
            _menu_how(_ways(session, method, step), session, words),
            _menu_more(more, session, words),
            version=session.version,
        )
    )
    return blocks


def _tips(session: Session, method: Method) -> list[str]:
    """Return the move by which the bringer changes their mind about tips, while they can."""
    if not tips_ahead(session, method):
        return []
    return ["tips_yes" if session.shut else "tips_no"]


def _ways(session: Session, method: Method, step: Step) -> list[str]:
    """Return the moves that change how a session goes on: spoken or written, who leads."""
    return [
        "async" if session.mode is Mode.LIVE else "live",
        "lead",
        *(["hand_back"] if session.facilitator is not None else []),
        *_tips(session, method),
        *(["check"] if may_check(session, method, step) else []),
    ]


def clock(position: Position, now: datetime, words: Words) -> str:
    """Count a spoken step down."""
    if position.nudged:
        return words("board.time_up")
    return words.count("board.left", minutes_left(now, position.until))


def _whose(session: Session, method: Method, step: Step, words: Words) -> str:
    bringer = person(session.presenter)
    here = floor(session)
    position = session.position
    assert position is not None
    if isinstance(step, RoundStep) and here is not None:
        if position.question is not None:
            return words("board.answer", who=bringer)
        then = ", ".join(person(p) for p in position.queue[1:])
        line = words("board.turn", who=person(here))
        return line + (" " + words("board.then", who=then) if then else "")
    if here is not None:
        return words("board.turn", who=person(here))
    if isinstance(step, SilenceStep):
        return words("board.silence")
    if position.tied:
        return words("board.turn", who=bringer)
    if isinstance(step, DiscussStep):
        line = words("board.discuss", who=", ".join(map(person, speakers(session, step))))
    else:
        total = len(speakers(session, step))
        count = total - len(awaited(session, method))
        line = words("board.forms", count=count, total=total)
    return line + ("\n" + words("board.parked", who=bringer) if step.parked else "")


def _closed(session: Session, method: Method, words: Words, *, forgotten: bool) -> list[Block]:
    assert session.ending is not None
    if forgotten:
        return [plain(words("board.content_forgotten"), "board-who")]
    row = []
    if session.position is None and session.ending in RESUMABLE:
        key = "board.lobby_over" if method.kinds else "board.lobby_over_group"
        again = [button(words, ActionId.CASE_START, session.case)] if method.kinds else []
        return [plain(words(key), "board-who"), *buttons("board-actions", again)]
    if session.position is not None:
        row.append(button(words, ActionId.SESSION_REFLECT, shown(session)))
        if session.ending in RESUMABLE:
            row.insert(0, button(words, ActionId.SESSION_RESUME, shown(session), primary=True))
    blocks: list[Block] = [plain(words(f"board.closed_{session.ending}"), "board-who")]
    return blocks + ([ActionsBlock(list(row), block_id="board-actions")] if row else [])


def _everyone(session: Session, words: Words) -> str:
    if not session.here:
        return words("board.nobody")
    return words("board.everyone", who=", ".join(map(person, session.here)))


def _menu_how(
    moves: Sequence[str], session: Session, words: Words, *, minutes: int | None = None
) -> StaticSelectMenu:
    """Return the menu of how the session is held; with `minutes`, also how long it takes."""
    name = words("board.menu_how")
    options = _options(moves, session, words)
    if minutes is None:
        return StaticSelectMenu(ActionId.SESSION_HOW, options, placeholder=name)
    offered = sorted({*MINUTES, minutes})
    lengths = [
        Option(
            text=PlainText(words.count("board.minutes", n)),
            value=f"minutes:{shown(session, str(n))}",
        )
        for n in offered
    ]
    groups = [
        OptionGroup(label=name, options=options),
        OptionGroup(label=words("board.menu_minutes"), options=lengths),
    ]
    return StaticSelectMenu(ActionId.SESSION_HOW, option_groups=groups, placeholder=name)


def _menu_more(moves: Sequence[str], session: Session, words: Words) -> StaticSelectMenu:
    """Return the menu of what is seldom wanted."""
    name = words("board.menu_more")
    return StaticSelectMenu(
        ActionId.SESSION_MORE, _options(moves, session, words), placeholder=name
    )


def _options(moves: Sequence[str], session: Session, words: Words) -> list[Option]:
    return [option(words, f"button.session.{move}", f"{move}:{shown(session)}") for move in moves]


def _row(row: Sequence[Button], *menus: StaticSelectMenu, version: int) -> ActionsBlock:
    """Return the buttons and menus of a board.

    Slack keeps what was chosen in a menu as long as its block has the same id.
    """
    return ActionsBlock([*row, *menus], block_id=f"board-actions-{version}")

"""What a member who leads a session sees, for their eyes alone: the crib sheet and the buttons.

The sheet is one direct message that follows the session; App Home may show it too.
"""

from datetime import datetime

from slackblocks import Block, Button

from bot.blocks.action_ids import ActionId
from bot.blocks.elements import Payload, button, buttons, message, person, plain, small
from bot.blocks.session.board import clock, shown
from bot.flows.method import Method
from bot.flows.session.state import Session, floor, step_of
from bot.flows.types import Mode, Phase
from bot.i18n import Words


def crib(session: Session, method: Method, words: Words, now: datetime) -> Payload:
    """Return the crib sheet as a message."""
    title = words("crib.title", method=method.title[words.language])
    return message(title, sheet(session, method, words, now))


def sheet(session: Session, method: Method, words: Words, now: datetime) -> list[Block]:
    """Return the crib sheet of a session as it stands now, with the facilitator's buttons.

    The caller sees to it that only the facilitator gets it (`session.facilitator`).
    """
    title = words("crib.title", method=method.title[words.language])
    blocks: list[Block] = [plain(f"*{title}*", "crib")]
    match session.phase:
        case Phase.LOBBY:
            row = [button(words, ActionId.SESSION_BEGIN, shown(session), primary=True)]
        case Phase.PAUSED:
            row = hands(session, words)
        case Phase.RUNNING:
            blocks += _now(session, method, words, now)
            row = hands(session, words)
        case Phase.CLOSED:
            return [*blocks, plain(words("crib.thanks"), "thanks")]
    row.append(button(words, ActionId.SESSION_HAND_BACK, shown(session)))
    if method.crib is not None:
        blocks.append(small(method.crib[words.language], "hints"))
    return [*blocks, *buttons("crib-actions", row)]


def over(session: Session, words: Words) -> Payload:
    """Return what replaces a crib sheet that is no longer in use."""
    if session.facilitator is None:
        text = words("crib.bot_leads")
    else:
        text = words("crib.other_leads", who=person(session.facilitator))
    return message(text, [plain(text, "over")])


def _now(session: Session, method: Method, words: Words, now: datetime) -> list[Block]:
    step, position = step_of(session, method), session.position
    assert step is not None
    assert position is not None
    head = f"*{step.title[words.language]}*"
    if session.mode is Mode.LIVE:
        head += " · " + clock(position, now, words)
    who = floor(session)
    if who is not None:
        head += "\n" + words("board.turn", who=person(who))
    prompt = step.asks(words.language).replace("{bringer}", person(session.presenter))
    blocks: list[Block] = [plain(f"{head}\n{prompt}", "now")]
    coming = next(method.after(position.step, position.opened), None)
    if coming is not None:
        title = method.steps[coming].title[words.language]
        blocks.append(small(words("crib.coming", title=title), "coming"))
    return blocks


def hands(session: Session, words: Words) -> list[Button]:
    """Return the facilitator's buttons of a session that has begun."""
    if session.phase is Phase.PAUSED:
        return [button(words, ActionId.SESSION_RESUME, shown(session), primary=True)]
    live = session.mode is Mode.LIVE
    position = session.position
    spoken = live and position is not None and position.queue
    return [
        *(
            [button(words, ActionId.SESSION_DONE, shown(session), label="crib.done")]
            if spoken
            else []
        ),
        *([button(words, ActionId.SESSION_MORE_TIME, shown(session))] if live else []),
        button(words, ActionId.SESSION_NEXT, shown(session)),
        *(
            [button(words, ActionId.SESSION_BACK, shown(session))]
            if session.before is not None
            else []
        ),
        button(words, ActionId.SESSION_PAUSE, shown(session)),
    ]

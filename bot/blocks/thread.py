"""What the bot says in a session's thread, and privately to one person there."""

from collections.abc import Iterable
from typing import NamedTuple

from slackblocks import Block

from bot.blocks.board import primary
from bot.blocks.parts import Payload, buttons, message, moment, person, plain, quote, small
from bot.blocks.words import Words
from bot.flows.effects import Open, Say
from bot.flows.method import Method, Present, Round, Step
from bot.flows.state import Session, step_of

MOST_QUOTES = 44
"""Quotes in one message: Slack takes fifty blocks, and a few are our own words."""


class Said(NamedTuple):
    """Something that somebody contributed, as it is shown to others; `who` None: no name."""

    who: str | None
    text: str


class CaseText(NamedTuple):
    """A case's words, as the bringer wrote them."""

    title: str
    situation: str
    action: str
    question: str


def line(said: Say, session: Session, method: Method, words: Words) -> Payload:
    """Say one line of the session's own."""
    step = step_of(session, method)
    text = words(
        _key(said.key, step, words),
        who=person(said.who or session.bringer),
        bringer=person(session.bringer),
        count=said.count,
        total=said.total,
        until=moment(said.until, words) if said.until else "",
    )
    return message(text, [plain(text, "line")])


def opening(
    opened: Open, session: Session, method: Method, case: CaseText | None, words: Words
) -> Payload:
    """Open a step: what it asks, the case where it is told, and who begins."""
    step = method.steps[opened.step]
    title = step.title[words.language]
    prompt = step.prompt[words.language].replace("{bringer}", person(session.bringer))
    blocks: list[Block] = []
    if opened.by is not None:
        blocks.append(small(words("session.moved_on", who=person(opened.by)), "moved"))
    blocks.append(plain(f"*{title}*\n{prompt}", "opening"))
    if isinstance(step, Present) and case is not None:
        blocks += case_blocks(case, words)
    if isinstance(step, Round):
        assert opened.who is not None
        turn = words(
            _key("turn", step, words), who=person(opened.who), bringer=person(session.bringer)
        )
        blocks.append(plain(turn, "turn"))
        blocks.append(small(words("session.how_round"), "how"))
    else:
        if step.parked:
            parked = words("session.parked", bringer=person(session.bringer))
            blocks.append(plain(parked, "parked"))
        blocks += buttons("opening-actions", primary(step, session.id, words))
    return message(f"{title}: {prompt}", blocks)


def case_blocks(case: CaseText, words: Words) -> list[Block]:
    """Show a case in full."""
    blocks: list[Block] = []
    for field in CaseText._fields:
        text = getattr(case, field)
        if text:
            blocks.append(small(f"*{words(f'case.{field}')}*", f"case-{field}-label"))
            blocks.append(quote(text, f"case-{field}"))
    return blocks


def reveal(step: Step, said: Iterable[Said], words: Words) -> list[Payload]:
    """Show together what was written unseen: one message, more only when Slack's limit asks."""
    everything = list(said)
    title = step.title[words.language]
    parts = [everything[i : i + MOST_QUOTES] for i in range(0, len(everything), MOST_QUOTES)]
    return [
        message(
            words("session.revealed", title=title),
            [
                plain(words("session.revealed", title=f"*{title}*"), "revealed"),
                *(quote(each.text, f"said-{n}", by=each.who) for n, each in enumerate(part)),
            ],
        )
        for part in parts
    ]


def said(what: Said, kind: str, words: Words) -> Payload:
    """Post what somebody wrote in a form, where others would have replied."""
    text = words(f"session.says_{kind}" if words.has(f"session.says_{kind}") else "session.says")
    named = f"{person(what.who)} {text}" if what.who else text
    return message(text, [plain(named, "says"), quote(what.text, "said")])


def shared_reflection(by: str, takeaway: str, words: Words) -> Payload:
    """Post what somebody takes along, because they chose to share it."""
    text = words("session.shared", who=person(by))
    return message(text, [plain(text, "shared"), quote(takeaway, "takeaway")])


def whisper(key: str, session: Session, words: Words) -> Payload:
    """Tell one person something privately."""
    text = words(f"whisper.{key}", bringer=person(session.bringer))
    return message(text, [plain(text, "whisper")])


def _key(key: str, step: Step | None, words: Words) -> str:
    """Prefer the text made for what a step collects: a turn to ask differs from one to praise."""
    if key in ("turn", "next_round") and isinstance(step, Round):
        fitting = f"session.{key}_{step.collects}"
        if words.has(fitting):
            return fitting
    return f"session.{key}"

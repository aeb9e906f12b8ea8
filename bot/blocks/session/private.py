"""What one person gets by direct message: the harvest, the toolkit, the tray, a case's queue."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from slackblocks import Block, DividerBlock, Option, PlainText, StaticSelectMenu

from bot.blocks.action_ids import ActionId, join_value
from bot.blocks.elements import (
    Payload,
    button,
    buttons,
    message,
    person,
    plain,
    quote,
    shortened,
    small,
    titled,
)
from bot.blocks.session.board import directions, shown
from bot.blocks.session.thread import QuotedText
from bot.flows.session.state import Session
from bot.flows.types import ContributionKind
from bot.i18n import Words

HARVESTED = (
    ContributionKind.WORK_QUESTION,
    ContributionKind.QUESTION,
    ContributionKind.REFRAMING,
    ContributionKind.COMPLIMENT,
    ContributionKind.INSIGHT,
    ContributionKind.OBSERVATION,
    ContributionKind.ASSOCIATION,
    ContributionKind.DECISION,
    ContributionKind.IDEA,
    ContributionKind.MUSING,
    ContributionKind.ADVICE,
    ContributionKind.NEXT_STEP,
)
"""What a harvest shows, in this order; of advice and the like what was taken from the tray."""

MOST_ASKED = 100
"""Options of a menu that Slack takes."""


class Heap(NamedTuple):
    """What stands together in a harvest: all of a kind, of a field, or of a step with a heading."""

    kind: ContributionKind
    heading: str | None = None


def harvest(
    to: str,
    title: str,
    gathered: Mapping[Heap, Sequence[QuotedText]],
    words: Words,
    *,
    spoken: bool = False,
) -> Payload:
    """Return all that the session brought for `to`; what was `spoken` is not in it.

    Each name stands once above what that person said in a row; the bringer's own is "you",
    and left out where everything is theirs.
    """
    blocks: list[Block] = []
    for n, heap in enumerate(sorted(gathered, key=_place)):
        heading = heap.heading or words(f"harvest.{heap.kind}")
        blocks.append(plain(f"*{heading}*", f"kind-{n}"))
        blocks += _by_writer(to, n, gathered[heap], words)
    if not blocks:
        blocks.append(plain(words("harvest.empty"), "empty"))
    head: list[Block] = [titled(title, words("harvest.title") + " ", "", "title"), DividerBlock()]
    foot: list[Block] = [small(words("harvest.foot"), "foot")]
    if spoken:
        foot.insert(0, small(words("harvest.spoken"), "spoken"))
    return message(words("harvest.notification"), head + blocks + foot)


def _place(heap: Heap) -> int:
    return HARVESTED.index(heap.kind) if heap.kind in HARVESTED else len(HARVESTED)


def _by_writer(to: str, kind: int, said: Sequence[QuotedText], words: Words) -> list[Block]:
    blocks: list[Block] = []
    before = to if all(each.who == to for each in said) else None
    for n, each in enumerate(said):
        if each.who == to != before:
            blocks.append(small(words("harvest.you"), f"{kind}-{n}-you"))
        again = each.who in (before, to)
        blocks.append(each._replace(who=None if again else each.who).quoted(f"{kind}-{n}", words))
        before = each.who
    return blocks


def own(kind: ContributionKind, said: Sequence[QuotedText], words: Words) -> Payload:
    """Send somebody what they wrote for themselves: into their toolkit, or as a note."""
    tool = kind is ContributionKind.TOOL
    title = words("tools.added" if tool else "tools.note")
    quotes: list[Block] = [s.quoted(f"own-{n}", words) for n, s in enumerate(said)]
    row = buttons("tools-actions", [button(words, ActionId.TOOL_ALL, "all")] if tool else [])
    return message(title, [plain(title, "title"), *quotes, *row])


def sort_offer(session: str, count: int, words: Words) -> Payload:
    """Inform the bringer that there is something to sort."""
    text = words.count("sort.offer", count)
    row = [button(words, ActionId.SESSION_SORT, session, primary=True)]
    return message(text, [plain(text, "sort"), *buttons("sort-actions", row)])


def what_opened(session: str, asked: Sequence[tuple[str, str]], words: Words) -> Payload:
    """Ask somebody at which of these contributions, an id and a text each, something opened."""
    text = words("opened.ask")
    options = [
        Option(
            text=PlainText(shortened(" ".join(said.split()), 75)), value=join_value(session, id_)
        )
        for id_, said in asked[-MOST_ASKED:]
    ]
    menu = StaticSelectMenu(
        ActionId.SESSION_OPENED, options, placeholder=PlainText(words("opened.placeholder"))
    )
    return message(text, [plain(text, "opened"), *buttons("opened-actions", [menu])])


def yours_opened(by: str, said: str, words: Words) -> Payload:
    """Inform a writer that something opened at what they asked."""
    text = words("opened.yours", bringer=person(by))
    return message(text, [plain(text, "opened"), quote(said, "said")])


def how_to_go_on(session: Session, words: Words) -> Payload:
    """Ask a bringer how to go on after a process check."""
    text = words("check.choose")
    return message(
        text, [plain(text, "check"), *buttons("check-actions", directions(shown(session), words))]
    )


def tray_offer(session: str, count: int, words: Words) -> Payload:
    """Inform the bringer that the tray can be opened."""
    text = words.count("tray.offer", count)
    row = [button(words, ActionId.SESSION_TRAY, session, primary=True)]
    return message(text, [plain(text, "tray"), *buttons("tray-actions", row)])

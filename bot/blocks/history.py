"""Past meetings: when somebody took part, by which method, in which role.

Buttons carry `history:<what>` as their action and the number of a page as their value.
"""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from slackblocks import Block, DividerBlock, ModalView

from bot.blocks.action_ids import ActionId, FormId
from bot.blocks.elements import View, button, buttons, literal, plain, small, titled
from bot.i18n import Words


class Past(NamedTuple):
    """A session that somebody took part in; `role`: brought, facilitated or took_part.

    `group` is its name, or its channel as a mention; `title` is the case's, None once that is
    forgotten or not theirs to see.
    """

    day: date
    group: str
    method: str
    role: str
    title: str | None


class Page(NamedTuple):
    """Some of them, newest first; `number` counts from 0, `more` tells of older ones."""

    number: int
    past: Sequence[Past]
    more: bool


def group(name: str, channel: str) -> str:
    """Return the name of a group; its channel while it has no name."""
    return literal(name) or f"<#{channel}>"


def history(page: Page, words: Words) -> View:
    """Return one page of a person's past meetings."""
    blocks: list[Block] = []
    if not page.past:
        blocks.append(plain(words("history.none"), "none"))
    for n, past in enumerate(page.past):
        blocks.append(
            plain(
                words(
                    "history.line",
                    day=words.day(past.day),
                    group=past.group,
                    method=past.method,
                    role=words(f"history.{past.role}"),
                ),
                f"past-{n}",
            )
        )
        if past.title is not None:
            blocks.append(titled(past.title, "", "", f"past-{n}-title"))
    row = []
    if page.number:
        row.append(button(words, ActionId.HISTORY_NEWER, str(page.number - 1)))
    if page.more:
        row.append(button(words, ActionId.HISTORY_OLDER, str(page.number + 1)))
    if row:
        blocks += [DividerBlock(), *buttons("history-actions", row)]
    return ModalView(
        title=words("history.title"),
        blocks=[*blocks, small(words("history.foot"), "foot")],
        close=words("button.form.done"),
        callback_id=FormId.HISTORY_PAGE,
    ).to_dict()

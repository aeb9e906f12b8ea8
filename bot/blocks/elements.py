"""The small pieces that all messages are made of.

What people wrote goes into rich_text blocks only: Slack reads no mark-up there, so
nobody's words can ping a channel or forge a mention.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from slackblocks import (
    ActionsBlock,
    Block,
    Button,
    ContextBlock,
    Element,
    ModalView,
    Option,
    PlainText,
    RichText,
    RichTextBlock,
    RichTextQuote,
    RichTextSection,
    RichTextUser,
    SectionBlock,
    Text,
)

from bot.flows.text import cut_to
from bot.i18n import LANGUAGES, Words

Payload = dict[str, Any]
"""What goes to Slack as a message: `text` (for notifications) and `blocks`."""

View = dict[str, Any]
"""A form or a home, as Slack takes it."""

STANDS_ALONE = "alone"
"""The id of a block that means something without the quotes below it, so that it may remain."""

SHOWN = 3000
"""Characters of one person's text that a message shows: all that a field of a form takes."""


def message(text: str, blocks: Iterable[Block]) -> Payload:
    """Return a message; `text`, shown in notifications, holds only our own words.

    What a colon announces stands in the blocks alone, so a notification ends without it.
    """
    return {"text": text.removesuffix(":"), "blocks": [resolved(block) for block in blocks]}


def resolved(block: Block) -> Payload:
    """Return a block as Slack takes it."""
    # slackblocks' own messages render each block three times, to look at its type.
    made: Payload = block._resolve()
    return made


def person(user: str) -> str:
    """Mention somebody."""
    return f"<@{user}>"


def moment(when: datetime, words: Words) -> str:
    """Return a point in time that each reader sees on their own clock."""
    return f"<!date^{int(when.timestamp())}^{{date_short_pretty}} {{time}}|{words.date(when)}>"


def occasion(when: datetime, words: Words) -> str:
    """Return the day and hour of a meeting, in full: "dinsdag 8 december 2026 om 16:00"."""
    shown = f"{{date_long_pretty}} {words('date.at')} {{time}}"
    return f"<!date^{int(when.timestamp())}^{shown}|{words.date(when)}>"


def day(when: datetime, words: Words) -> str:
    """Return the day alone, where the hour is known."""
    return f"<!date^{int(when.timestamp())}^{{date_short}}|{words.date(when)}>"


def bar(done: int, total: int) -> str:
    """Draw progress: `bar(2, 5)` gives ▰▰▱▱▱."""
    return "▰" * done + "▱" * (total - done)


def shortened(text: str, most: int = SHOWN) -> str:
    """Cut a text to what a message shows, between two signs, with "…" for what goes on."""
    return cut_to(text, most)


def literal(text: str) -> str:
    """Return what a person wrote so that it may stand among our own words.

    Slack finds no mention, link or entity in it
    (https://docs.slack.dev/messaging/formatting-message-text, "Escaping text").
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def plain(text: str, block_id: str) -> SectionBlock:
    """Return a paragraph of our own words, mark-up allowed."""
    return SectionBlock(text=Text(text), block_id=block_id)


def small(text: str, block_id: str) -> ContextBlock:
    """Return a line of our own words in small print."""
    return ContextBlock([Text(text)], block_id=block_id)


def lasting(minutes: int, words: Words) -> str:
    """Say about how long something takes: nobody says "about 51 minutes"."""
    return words("chooser.minutes", minutes=minutes if minutes < 20 else 5 * round(minutes / 5))


def spoken_here(words: Words) -> ContextBlock:
    """Say which language a group's messages are in, and where it is changed."""
    return small(words("board.language", language=LANGUAGES[words.language].name), "language")


def quote(
    text: str, block_id: str, by: str | None = None, beside: str | None = None
) -> RichTextBlock:
    """Show what somebody wrote, letter for letter, with its writer if named.

    `beside` are words of ours that go with it.
    """
    said: list[RichTextSection | RichTextQuote] = []
    head: list[RichTextUser | RichText] = [RichTextUser(by)] if by is not None else []
    if beside is not None:
        head.append(RichText(f" · {beside}" if head else beside, bold=True))
    if head:
        said.append(RichTextSection(list(head)))
    said.append(RichTextQuote([RichText(shortened(text) or " ")]))
    return RichTextBlock(list(said), block_id=block_id)


def quotes(said: Iterable[tuple[str | None, str]], block_id: str) -> RichTextBlock:
    """Show several things that somebody wrote, in one block; each may have a line of ours above."""
    parts: list[RichTextSection | RichTextQuote] = []
    for label, text in said:
        if label is not None:
            parts.append(RichTextSection([RichText(label, bold=True)]))
        parts.append(RichTextQuote([RichText(shortened(text) or " ")]))
    return RichTextBlock(list(parts), block_id=block_id)


def titled(title: str, before: str, after: str, block_id: str) -> RichTextBlock:
    """Show a title that somebody wrote in bold, between our own words."""
    shown = [
        *([RichText(before)] if before else []),
        RichText(shortened(title, 150) or " ", bold=True),
        *([RichText(after)] if after else []),
    ]
    return RichTextBlock(RichTextSection(list(shown)), block_id=block_id)


def button(
    words: Words, action: str, value: str, *, label: str | None = None, primary: bool = False
) -> Button:
    """Return a button; its text stands under `button.<action>` unless `label` names another."""
    key = label or "button." + action.replace(":", ".")
    return Button(
        text=words(key), action_id=action, value=value, style="primary" if primary else None
    )


def buttons(block_id: str, row: Sequence[Element]) -> list[Block]:
    """Return a row of buttons; nothing for an empty row."""
    return [ActionsBlock(list(row), block_id=block_id)] if row else []


def modal(
    words: Words,
    title: str,
    blocks: Iterable[Block],
    *,
    callback: str,
    about: str | None = None,
    submit: str = "button.form.save",
) -> View:
    """Return a form; `title` and `submit` are keys of texts, `about` comes back with the form."""
    return ModalView(
        title=words(title),
        blocks=list(blocks),
        submit=words(submit),
        close=words("button.form.close"),
        private_metadata=about,
        callback_id=callback,
    ).to_dict()


def option(words: Words, key: str, value: str) -> Option:
    """Return a choice; its text stands under `key`."""
    return Option(text=PlainText(words(key)), value=value)

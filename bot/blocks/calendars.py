"""What one person is told of the ways to get their group's dates into a calendar."""

from collections.abc import Sequence
from datetime import datetime

from slackblocks import Block, Button

from bot.blocks.action_ids import ActionId
from bot.blocks.elements import Payload, button, buttons, message, occasion, plain, small
from bot.i18n import Words


def offer(
    group: str,
    dates: Sequence[datetime],
    feed: str | None,
    words: Words,
    *,
    follows: bool,
    can_follow: bool,
) -> Payload:
    """Show one person their group's dates, and the ways to get them into a calendar.

    `feed` is the address that a calendar can follow, if it was made just now; `follows`: they
    have one.
    """
    text = words("calendar.title")
    listed = "\n".join(f"• {occasion(at, words)}" for at in dates)
    blocks: list[Block] = [plain(f"{text}\n{listed}" if listed else text, "calendar")]
    row: list[Button] = [button(words, ActionId.MEMBER_CALENDAR, group, primary=True)]
    if feed is not None:
        blocks.append(plain(f"{words('calendar.feed')}\n`{feed}`", "feed"))
        blocks.append(small(words("calendar.secret"), "feed-secret"))
    elif follows:
        blocks.append(small(words("calendar.followed"), "feed-followed"))
    if follows:
        row += [
            button(words, ActionId.MEMBER_FEED_NEW, group),
            button(words, ActionId.MEMBER_FEED_OFF, group),
        ]
    elif can_follow:
        row.append(button(words, ActionId.MEMBER_FEED_NEW, group, label="button.member.feed"))
    return message(text, [*blocks, *buttons("calendar-actions", row)])

"""Who can read in a channel, what that means, and who may come in."""

from collections.abc import Sequence
from typing import NamedTuple

from slackblocks import (
    Block,
    Button,
    ConversationFilter,
    ConversationSelectMenu,
    UserSelectMenu,
)

from bot.blocks.action_ids import ActionId, FormId, join_value
from bot.blocks.elements import Payload, View, button, buttons, message, modal, person, plain
from bot.blocks.inputs import VALUE, asks
from bot.flows.room import Change, Room
from bot.i18n import Words

MOST_NAMES = 40
"""Names that a list shows; more would no longer be read."""


class RoomCard(NamedTuple):
    """What the card of a group's room shows.

    `agreed`: the group goes on in public; `waiting` and `admitted` are organisations that share
    the channel, without and with a yes of the group; `guests`: guests may join.
    """

    group: str
    room: Room
    agreed: bool
    waiting: Sequence[str]
    admitted: Sequence[str]
    guests: bool
    facilitator: str | None


def readers(room: Room | None, here: int, words: Words) -> str:
    """Say in one line who can read a session that `here` people take part in."""
    if room is None:
        return words("room.unknown")
    others = max(room.people - here, 0)
    if room.public:
        line = words("room.readers_org" if room.org_wide else "room.readers_public")
    elif others:
        line = words.count("room.readers_others", others, here=words.count("room.here", here))
    else:
        line = words("room.readers", here=words.count("room.here", here))
    return " ".join([line, *_besides(room, words)])


def _besides(room: Room, words: Words) -> list[str]:
    """Return what else there is to know about who reads."""
    found = []
    if room.shared:
        found.append(words("room.shared"))
    if room.pending:
        found.append(words("room.pending"))
    if room.guests:
        found.append(words.count("room.guests", room.guests))
    if room.apps:
        found.append(words.count("room.apps", room.apps))
    return found


def card(shown: RoomCard, here: int, words: Words, *, lead: bool, first: str = "") -> Payload:
    """Show who can read in a group's channel, and what the group can do about it.

    `here` is how many belong to the group; `first` is said instead of who can read.
    """
    room, group = shown.room, shown.group
    text = readers(room, here, words)
    blocks: list[Block] = [plain(first or text, "room")]
    row: list[Button] = []
    if room.public:
        key = "room.public_agreed" if shown.agreed else "room.public_means"
        blocks.append(plain(words(key), "room-public"))
        row += [
            button(words, ActionId.ROOM_MOVE, group, primary=True),
            button(words, ActionId.ROOM_CHOOSE, group),
        ]
        if shown.agreed:
            row.append(button(words, ActionId.ROOM_DISAGREE, group))
        elif lead:
            row.append(button(words, ActionId.ROOM_AGREE, group))
    row.append(button(words, ActionId.ROOM_NAMES, group))
    blocks += buttons("room-actions", row)
    if lead:
        blocks += _doors(shown, words)
    return message(text, blocks)


def _doors(shown: RoomCard, words: Words) -> list[Block]:
    """Show a lead who may come in from elsewhere, with the buttons to change that."""
    lines, row = [], []
    if shown.waiting:
        lines.append(words("room.waiting"))
        row += admit_buttons(shown.group, shown.waiting, words)
    for organisation in shown.admitted:
        lines.append(words("room.admitted"))
        value = join_value(shown.group, organisation)
        row.append(button(words, ActionId.ROOM_REFUSE, value))
    lines.append(words("room.guests_in" if shown.guests else "room.guests_out"))
    door = ActionId.ROOM_GUESTS_OFF if shown.guests else ActionId.ROOM_GUESTS_ON
    row.append(button(words, door, shown.group))
    if shown.facilitator is not None:
        lines.append(words("room.facilitator", who=person(shown.facilitator)))
    row.append(button(words, ActionId.ROOM_FACILITATOR, shown.group))
    return [plain("\n".join(lines), "room-doors"), *buttons("room-doors-actions", row)]


def admit_buttons(group: str, organisations: Sequence[str], words: Words) -> list[Button]:
    """Return a button for each organisation, to let its people in."""
    return [
        button(words, ActionId.ROOM_ADMIT, join_value(group, each)) for each in organisations[:3]
    ]


def names(users: Sequence[str], words: Words) -> Payload:
    """List who is in a channel besides the people of its group."""
    if not users:
        text = words("room.names_none")
    else:
        shown = words.listed([person(user) for user in users[:MOST_NAMES]])
        text = words("room.names", who=shown)
        if len(users) > MOST_NAMES:
            text += " " + words.count("room.names_more", len(users) - MOST_NAMES)
    return message(text, [plain(text, "room-names")])


def notice(text: str, row: Sequence[Button] = ()) -> Payload:
    """Say one thing about the room, with buttons if there are any."""
    return message(text, [plain(text, "room-notice"), *buttons("room-notice-actions", row)])


def changed(
    change: Change, group: str, waiting: Sequence[str], words: Words, *, halted: bool
) -> Payload:
    """Inform a group that its channel changed; `halted`: sessions are paused by it."""
    text = words(f"room.changed.{change}")
    if halted:
        text += " " + words("room.halted")
    match change:
        case Change.PUBLIC:
            row = ways(group, words)
        case Change.SHARED:
            row = admit_buttons(group, waiting, words)
        case _:
            row = []
    return notice(text, row)


def ways(group: str, words: Words) -> list[Button]:
    """Return the buttons that are of use in a public channel."""
    return [
        button(words, ActionId.ROOM_MOVE, group, primary=True),
        button(words, ActionId.ROOM_CHOOSE, group),
        button(words, ActionId.ROOM_AGREE, group),
    ]


def disagree_button(group: str, words: Words) -> list[Button]:
    """Return the button to take back that a group goes on in public."""
    return [button(words, ActionId.ROOM_DISAGREE, group)]


def bringer_question(case: str, channel: str, words: Words) -> Payload:
    """Ask a bringer whether their case may be told in a public channel."""
    text = words("room.bringer", channel=f"<#{channel}>")
    row = [
        button(words, ActionId.ROOM_TELL, case),
        button(words, ActionId.ROOM_KEEP, case, primary=True),
    ]
    return notice(text, row)


def choose(group: str, words: Words) -> View:
    """Return the form to choose the private channel in which a group goes on."""
    menu = ConversationSelectMenu(
        VALUE,
        filter=ConversationFilter(
            include=["private"], exclude_bot_users=True, exclude_external_shared_channels=True
        ),
    )
    return modal(
        words,
        "room.choose_title",
        [
            plain(words("room.choose_intro"), "intro"),
            asks("channel", words("home.channel"), menu),
        ],
        callback=FormId.ROOM_CHOICE,
        about=group,
    )


def facilitator(group: str, now: str | None, words: Words) -> View:
    """Return the form to choose somebody outside the group who leads its sessions."""
    return modal(
        words,
        "room.facilitator_title",
        [
            plain(words("room.facilitator_intro"), "intro"),
            asks(
                "facilitator",
                words("room.facilitator_label"),
                UserSelectMenu(VALUE, initial_user=now),
                optional=True,
            ),
        ],
        callback=FormId.ROOM_FACILITATOR,
        about=group,
    )

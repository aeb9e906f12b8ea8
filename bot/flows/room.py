"""The room: a group's channel, who can read in it, and what may be said there.

The rules:

 1. A case is told in a public channel only after both its bringer and the group said yes,
    knowing that everyone can read it. Some methods are never used there.
 2. A yes of the group lasts as long as the channel is public, and no longer.
 3. A session in a channel that opened up pauses: one that became public, or is newly shared
    with another organisation.
 4. People of another organisation take part only after the group let that organisation in; when
    it leaves the channel, they are out, and if it comes back, the group is asked again.

Pure: what Slack says comes in as a `Room`.
"""

from enum import StrEnum

from bot.flows.types import Frozen


class Room(Frozen):
    """A channel as Slack describes it.

    `shared` with other `organisations` (their ids, as far as Slack names them); `pending`:
    another one was invited; `org_wide`: all workspaces of the organisation share it. `people`
    are those in it without apps; `guests` and `elsewhere` (of other organisations) are some of
    them, as far as is known who they are.
    """

    public: bool = False
    shared: bool = False
    pending: bool = False
    org_wide: bool = False
    organisations: tuple[str, ...] = ()
    people: int = 0
    guests: int = 0
    elsewhere: int = 0
    apps: int = 0


class Change(StrEnum):
    """What a group hears about its channel."""

    PUBLIC = "public"
    PRIVATE = "private"
    SHARED = "shared"
    UNSHARED = "unshared"
    PENDING = "pending"


OPENING = frozenset({Change.PUBLIC, Change.SHARED})
"""The changes after which others can read what is said."""


def changes(before: Room, after: Room) -> tuple[Change, ...]:
    """Return what changed that a group has to hear."""
    found = []
    if before.public != after.public:
        found.append(Change.PUBLIC if after.public else Change.PRIVATE)
    new = set(after.organisations) - set(before.organisations)
    gone = set(before.organisations) - set(after.organisations)
    if new or (after.shared and not before.shared):
        found.append(Change.SHARED)
    if gone or (before.shared and not after.shared):
        found.append(Change.UNSHARED)
    if after.pending and not before.pending:
        found.append(Change.PENDING)
    return tuple(found)


def obstacle(
    room: Room | None, *, group_agreed: bool, bringer_agreed: bool, private_only: bool
) -> str | None:
    """Return why a session cannot go on in a room, as the key of a refusal; None if it can.

    `private_only`: its method is never used in public. A room that nobody looked at yet is no
    obstacle: whoever opens a session looks first.
    """
    if room is None or not room.public:
        return None
    if private_only:
        return "room_method"
    if not group_agreed:
        return "room_public"
    return None if bringer_agreed else "room_bringer"

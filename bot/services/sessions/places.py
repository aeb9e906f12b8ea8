"""What stands in the way of a session in its channel, and asking those who can take it away."""

from datetime import datetime

from bot.blocks import rooms as show
from bot.errors import Refusal
from bot.outbox.messages import post_to_group, send_direct
from bot.repositories.groups import words_of_group
from bot.repositories.people import words_for
from bot.store.prompts import Prompt
from bot.store.tables import Case, Group
from bot.store.unit import Unit


def is_about_room(refusal: Refusal) -> bool:
    """Check whether a session was refused because of the channel that it would be in."""
    return refusal.key in ("room_public", "room_bringer", "room_method")


def ask_about_room(unit: Unit, group: Group, case: Case, why: str, now: datetime) -> None:
    """Ask the group, or the bringer, whether a case may be told in a public channel.

    `why` is the key of the refusal. The group is asked in its channel, without a word of the case.
    """
    if why == "room_bringer":
        ask_bringer(unit, group, case, now)
    else:
        words = words_of_group(group)
        told = show.notice(words("room.meeting"), show.ways(group.id, words))
        post_to_group(unit, group, told, now, prompt=Prompt.ROOM.of(group.id))


def ask_bringer(unit: Unit, group: Group, case: Case, now: datetime) -> None:
    """Ask a bringer whether their case may be told in a public channel: once in some days."""
    if not unit.first_time(group.workspace, f"room:{group.channel}:{case.id}", now):
        return
    words = words_for(unit, group.workspace, case.bringer, group)
    question = show.bringer_question(case.id, group.channel, words)
    asked = Prompt.TELL.of(case.id)
    send_direct(unit, group.workspace, case.bringer, question, now, prompt=asked)

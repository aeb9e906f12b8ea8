"""Carry out a change of a meeting's date that was decided, and inform those concerned."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from bot.blocks import meetings as show
from bot.blocks.elements import Payload, person
from bot.flows.meeting import ChangeDate, TellBackOn, TellSkipped
from bot.outbox.messages import post_to_group, send_direct
from bot.repositories.groups import words_of_group
from bot.repositories.meetings import MeetingSnapshot, facts, next_meeting, snapshot_of
from bot.services.meetings.calendars import send_calendar_changes
from bot.store.prompts import Prompt
from bot.store.unit import Unit


def change_date(unit: Unit, snapshot: MeetingSnapshot, change: ChangeDate, now: datetime) -> None:
    """Move a meeting to another start, and post that in the channel."""
    row, words = snapshot.row, words_of_group(snapshot.group)
    before, row.starts_at, row.moved = row.starts_at, change.starts, True
    row.sequence += 1
    row.state = snapshot.meeting.on_another_date().model_dump_json()
    unit.db.flush()
    send_calendar_changes(unit, snapshot.group, [row], now)
    shown = facts(snapshot_of(unit, row))
    moved = show.moved(shown, before, change.by, change.reason, words, asks=change.asks)
    asked = Prompt.MEETING.of(row.id)
    post_to_group(unit, snapshot.group, moved, now, prompt=asked)


def tell_skipped(unit: Unit, snapshot: MeetingSnapshot, skip: TellSkipped, now: datetime) -> None:
    """Post in the channel that a meeting is skipped, and tell those who offered a case."""
    send_calendar_changes(unit, snapshot.group, [snapshot.row], now)
    following = next_meeting(unit, snapshot.group)
    next_at = following.starts_at if following else None
    words = words_of_group(snapshot.group)
    skipped = show.skipped(facts(snapshot), skip.by, skip.reason, next_at, words)
    asked = Prompt.MEETING.of(snapshot.row.id)
    post_to_group(unit, snapshot.group, skipped, now, prompt=asked)
    then = facts(snapshot_of(unit, following)) if following else None
    _tell_bringers(unit, snapshot, partial(show.offer_lapsed, following=then), now)


def tell_back_on(unit: Unit, snapshot: MeetingSnapshot, back: TellBackOn, now: datetime) -> None:
    """Post in the channel that a meeting is on after all, and tell those who offered a case."""
    send_calendar_changes(unit, snapshot.group, [snapshot.row], now)
    words = words_of_group(snapshot.group)
    text = words("meeting.unskipped", who=person(back.by))
    told = show.dated(text, snapshot.row.starts_at, words)
    post_to_group(unit, snapshot.group, told, now, prompt=Prompt.MEETING.of(snapshot.row.id))
    _tell_bringers(unit, snapshot, show.offer_stands, now)


def _tell_bringers(
    unit: Unit, snapshot: MeetingSnapshot, build: Callable[..., Payload], now: datetime
) -> None:
    """Send the members who offered, or were asked, to bring a case a direct message.

    `build` makes it of the facts and the texts in their language.
    """
    for user in snapshot.meeting.offered:
        if user in snapshot.members:
            payload = build(facts(snapshot), words=snapshot.words_of(user))
            send_direct(unit, snapshot.group.workspace, user, payload, now)

"""A meeting, as the channel and its people see it: announcements, reminders, the rota.

Buttons carry `meeting:<what>` as their action and `<meeting>`, `<meeting>|<person>` or
`<meeting>|undo` as their value, stamped with the date that their message shows.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from slackblocks import Block, Button, DatePicker, TimePicker, UserSelectMenu

from bot.blocks.action_ids import ActionId, FormId, join_value, stamped
from bot.blocks.agreements import listed
from bot.blocks.elements import (
    Payload,
    View,
    button,
    buttons,
    day,
    message,
    modal,
    occasion,
    person,
    plain,
    quote,
    small,
)
from bot.blocks.inputs import VALUE, asks, radio, typed
from bot.i18n import Words

UNDO = "undo"
"""What follows the meeting's id in a button that takes an answer back."""

LONGEST_REASON = 300
MOST_IN_ROTA = 30


class Facts(NamedTuple):
    """A meeting as everyone in the group may see it; `answered` counts, and names nobody."""

    meeting: str
    group: str
    channel: str
    starts: datetime
    minutes: int
    bringers: tuple[str, ...]
    facilitator: str | None
    answered: int
    members: int

    def value(self, *more: str) -> str:
        """Return the value of a button about this meeting on its date, and about `more`."""
        return stamped(join_value(self.meeting, *more), date_stamp(self.starts))


def date_stamp(starts: datetime) -> str:
    """Return what a button about a meeting says of the date that its presser saw."""
    return str(int(starts.timestamp()))


class Turn(NamedTuple):
    """Somebody's place in the rota: when it will be their turn, and when they brought last."""

    who: str
    next: datetime | None
    last: datetime | None


def announcement(facts: Facts, words: Words, *, asks: bool) -> Payload:
    """Announce a meeting in the channel, and ask who comes, as long as it is to come (`asks`)."""
    text = words("meeting.announced", when=occasion(facts.starts, words))
    row = [button(words, ActionId.GROUP_ROTA, "rota")]
    if asks:
        row = [
            button(words, ActionId.MEETING_COMING, facts.value(), primary=True),
            button(words, ActionId.MEETING_AWAY, facts.value()),
            button(words, ActionId.MEETING_CALENDAR, facts.value()),
            *row,
        ]
    return message(
        text,
        [
            plain(f"{text}\n{roles(facts, words)}", "meeting"),
            *buttons("meeting-actions", row),
            _answered(facts, words),
        ],
    )


def eve(
    facts: Facts, method: str | None, agreed: Sequence[str], words: Words, *, ready: bool
) -> Payload:
    """Remind the channel on the last working day before a meeting: what, and what was agreed.

    While no case is `ready`, anybody may bring one.
    """
    lines = [words("meeting.eve", when=occasion(facts.starts, words)), roles(facts, words)]
    if method is not None:
        lines.append(words("meeting.method", method=method))
    lines.append(words("meeting.agreed" if agreed else "meeting.stays_here"))
    told: list[Block] = [plain("\n".join(lines), "eve")]
    if agreed:
        told.append(quote(listed(agreed), "agreed"))
    if not ready:
        told.append(plain(words("meeting.none_ready"), "none-ready"))
        told += buttons("eve-actions", [_bring(facts, words)])
    return message(" ".join(lines[:2]), [*told, _answered(facts, words)])


def soon(facts: Facts, words: Words) -> Payload:
    """Remind somebody who wants to hear of every meeting that it is nearly there."""
    text = _turn("meeting.soon", facts, words)
    row = [button(words, ActionId.MEETING_AWAY, facts.value())]
    told = [plain(f"{text} {roles(facts, words)}", "soon"), _answered(facts, words)]
    return message(text, [*told, *buttons("soon-row", row)])


def your_turn(facts: Facts, words: Words, *, again: bool) -> Payload:
    """Inform a person that it is their turn to bring a case; `again` for a reminder."""
    text, row = turn(facts, words, again=again)
    row.append(button(words, ActionId.MEETING_SNOOZE, facts.value()))
    told: list[Block] = [plain(text, "turn"), *buttons("turn-actions", row)]
    return message(text, [*told, _answered(facts, words)] if again else told)


def turn(facts: Facts, words: Words, *, again: bool) -> tuple[str, list[Button]]:
    """Return the words for whose turn it is, and what they can do about it."""
    text = _turn("meeting.your_turn_again" if again else "meeting.your_turn", facts, words)
    return text, [_bring(facts, words), *_otherwise(facts, words)]


def your_turn_ready(facts: Facts, words: Words) -> Payload:
    """Inform a person whose case is ready that it is their turn."""
    text = _turn("meeting.your_turn_ready", facts, words)
    return message(text, [plain(text, "turn"), *buttons("turn-actions", _otherwise(facts, words))])


def asked_to_bring(facts: Facts, user: str, by: str, words: Words) -> Payload:
    """Inform a person that a lead asks them to bring a case; no is a good answer too.

    While others come first, they hear so.
    """
    text = _turn("meeting.asked_to_bring", facts, words, who=person(by))
    if user not in facts.bringers:
        text = f"{text} {words('meeting.asked_spare')} {roles(facts, words)}"
    row = [_bring(facts, words), button(words, ActionId.MEETING_PASS, facts.value())]
    return message(text, [plain(text, "turn"), *buttons("turn-actions", row)])


def relieved(facts: Facts, words: Words) -> Payload:
    """Inform a person that it is their turn no longer."""
    return line(f"{_turn('meeting.relieved', facts, words)} {roles(facts, words)}")


def place(key: str, facts: Facts, words: Words) -> Payload:
    """Tell who left their own case half way what that means for their place in the rota."""
    return line(_turn(key, facts, words))


def unreached(facts: Facts, then: datetime | None, words: Words) -> Payload:
    """Inform who had a case ready for a meeting that it was not reached, and what becomes of it.

    `then` is when the group meets next, if it is known.
    """
    text = _turn("meeting.unreached", facts, words)
    if then is not None:
        text += " " + words("meeting.next_time", when=occasion(then, words))
    return line(text)


def silent(facts: Facts, words: Words) -> Payload:
    """Ask a person what they wish, whose turn it was and who brought nothing."""
    text = _turn("meeting.silent", facts, words)
    value = facts.value()
    row = [
        button(words, ActionId.MEETING_RETURN, value, label="button.meeting.return_next"),
        button(words, ActionId.MEETING_REST, value),
        *other_ways(facts.group, words),
    ]
    return message(text, [plain(text, "silent"), *buttons("silent-actions", row)])


def went_on(facts: Facts, words: Words) -> Payload:
    """Inform a person that their turn went on to the next, as their case was not there in time."""
    text = _turn("meeting.went_on", facts, words)
    row = [_bring(facts, words), button(words, ActionId.MEETING_RETURN, facts.value())]
    return message(
        text,
        [plain(f"{text} {roles(facts, words)}", "went-on"), *buttons("went-on-actions", row)],
    )


def back_in_turn(facts: Facts | None, user: str, words: Words) -> Payload:
    """Confirm that a person rests no longer; `facts` are of the next meeting, if there is one."""
    if facts is not None and user in facts.bringers:
        text = _turn("meeting.returned", facts, words)
    else:
        now = f" {roles(facts, words)}" if facts is not None else ""
        text = words("meeting.returned_later") + now
    row = [_bring(facts, words)] if facts is not None else []
    return message(text, [plain(text, "returned"), *buttons("returned-actions", row)])


def rested(facts: Facts, until: datetime, words: Words) -> Payload:
    """Confirm that the turn passes a person over, at most until a day; one button undoes it."""
    text = words("meeting.rested", until=day(until, words))
    return _undoable(text, [button(words, ActionId.MEETING_RETURN, facts.value())])


def other_ways(group: str, words: Words) -> list[Button]:
    """Return the buttons for who has no case: what went well, or a theme."""
    return [button(words, f"intake:{kind}", group) for kind in ("positive", "theme")]


def undone(facts: Facts, words: Words) -> Payload:
    """Confirm that a change of turns was undone, with who does what now."""
    return line(f"{words('meeting.undone')} {roles(facts, words)}")


def no_case(facts: Facts, words: Words, *, missed: int = 0) -> Payload:
    """Say at the hour that no case waits, and invite one; so many meetings before were `missed`."""
    text = words("meeting.no_case_again" if missed % 2 else "meeting.no_case")
    row = [
        _bring(facts, words),
        *other_ways(facts.group, words),
        button(words, ActionId.GROUP_START, "start"),
    ]
    return message(text, [plain(text, "hour"), *buttons("hour-actions", row)])


def next_date(starts: datetime, words: Words) -> Payload:
    """Say, after time went by without us, when the group meets next."""
    return dated(words("meeting.next_after_gap"), starts, words)


def not_held(facts: Facts, starts: datetime | None, words: Words, *, missed: int) -> Payload:
    """Say that a meeting did not come about, without a reproach.

    The group meets next at `starts`; with this one, so many in a row were `missed`.
    """
    if starts is None:
        return line(words("meeting.not_held_last"))
    if missed <= 2:
        key = "meeting.not_held_again" if missed == 2 else "meeting.not_held"
        return dated(words(key), starts, words)
    text = f"{words('meeting.not_held_often', n=missed)} {occasion(starts, words)}."
    row = [_bring(facts, words), button(words, ActionId.GROUP_FOUNDING, "founding")]
    return message(text, [plain(text, "line"), *buttons("not-held-actions", row)])


def what_now(words: Words) -> Payload:
    """Ask the group what it wants, after two meetings that did not happen."""
    text = words("meeting.what_now")
    row = [
        button(words, ActionId.GROUP_FOUNDING, "founding", label="button.group.rhythm"),
        button(words, ActionId.GROUP_ROTA, "rota"),
    ]
    return message(text, [plain(text, "what-now"), *buttons("what-now-actions", row)])


def moved(
    facts: Facts, before: datetime, by: str, reason: str, words: Words, *, asks: bool
) -> Payload:
    """Announce in the channel that a meeting was moved, and why; `asks` anew who comes then."""
    text = words(
        "meeting.moved",
        who=person(by),
        before=occasion(before, words),
        when=occasion(facts.starts, words),
    )
    told: list[Block] = [plain(text, "moved"), quote(reason, "reason")]
    if asks:
        row = [
            button(words, ActionId.MEETING_COMING, facts.value(), primary=True),
            button(words, ActionId.MEETING_AWAY, facts.value()),
        ]
        told += [plain(words("meeting.moved_asks"), "moved-asks"), *buttons("moved-actions", row)]
    return message(text, told)


def skipped(facts: Facts, by: str, reason: str, then: datetime | None, words: Words) -> Payload:
    """Announce in the channel that a meeting is skipped, and why; one button undoes it."""
    text = words("meeting.skipped", who=person(by), when=occasion(facts.starts, words))
    row = [button(words, ActionId.MEETING_UNSKIP, facts.value())]
    blocks: list[Block] = [plain(text, "skipped"), quote(reason, "reason")]
    if then is not None:
        blocks.append(small(words("meeting.next", when=occasion(then, words)), "next"))
    return message(text, [*blocks, *buttons("skipped-actions", row)])


def swap_asked(facts: Facts, by: str, words: Words) -> Payload:
    """Ask a colleague whether they would swap turns."""
    text, row = swap(facts, by, words)
    return message(text, [plain(text, "swap"), *buttons("swap-actions", row)])


def swap(facts: Facts, by: str, words: Words) -> tuple[str, list[Button]]:
    """Return the words that ask for a swap, and the two answers."""
    text = words("meeting.swap_asked", who=person(by), when=occasion(facts.starts, words))
    value = facts.value(by)
    row = [
        button(words, ActionId.MEETING_SWAP_YES, value, primary=True),
        button(words, ActionId.MEETING_SWAP_NO, value),
    ]
    return text, row


def snoozed(when: datetime, words: Words) -> Payload:
    """Say when somebody will be reminded again."""
    return dated(words("meeting.snoozed"), when, words)


def passed(facts: Facts, words: Words) -> Payload:
    """Confirm that somebody passes, with who does what now; one button undoes it.

    Whoever has no case hears at once what else they could bring.
    """
    text = f"{words('meeting.passed')} {roles(facts, words)} {words('meeting.other_ways')}"
    row = [_undo("unpass", facts.value(), words), *other_ways(facts.group, words)]
    return _undoable(text, row)


def coming_kept(facts: Facts, words: Words) -> Payload:
    """Confirm that somebody comes, with who does what now."""
    return line(f"{words('meeting.coming_kept')} {roles(facts, words)}")


def away_kept(facts: Facts, words: Words) -> Payload:
    """Confirm that somebody cannot come, and keeps their place; one button undoes it."""
    return _undoable(words("meeting.away_kept"), [_undo("coming", facts.value(UNDO), words)])


def coming_known(words: Words) -> Payload:
    """Tell somebody who says that they come that this is known."""
    return line(words("meeting.coming_known"))


def offered(facts: Facts, user: str, words: Words, *, waits: bool = False) -> Payload:
    """Confirm that somebody offered to bring a case; they can begin, or undo it.

    While others come first, they hear that their offer stands; where it `waits` for their case,
    that too.
    """
    undo = _undo("unassign", facts.value(user), words)
    if user in facts.bringers:
        return _undoable(words("meeting.offered"), [_bring(facts, words), undo])
    if waits:
        text = f"{words('meeting.offered_waits')} {roles(facts, words)}"
        return _undoable(text, [_bring(facts, words), undo])
    return _undoable(f"{words('meeting.offered_spare')} {roles(facts, words)}", [undo])


def assigned(facts: Facts, who: str, words: Words) -> Payload:
    """Confirm that a lead asked somebody to bring a case; one button undoes it."""
    text = words("meeting.assigned", who=person(who))
    if who not in facts.bringers:
        text = f"{text} {words('meeting.assigned_spare')} {roles(facts, words)}"
    return _undoable(text, [_undo("unassign", facts.value(who), words)])


def swapped(facts: Facts, other: str, words: Words) -> Payload:
    """Confirm a swap with a colleague; one button undoes it."""
    text = words("meeting.swapped", who=person(other))
    return _undoable(text, [_undo("unswap", facts.value(other), words)])


def offer_lapsed(facts: Facts, following: Facts | None, words: Words) -> Payload:
    """Inform somebody who was to bring a case that the meeting is off, and so is their offer.

    One button offers it for the `following` meeting.
    """
    text = _turn("meeting.offer_lapsed", facts, words)
    row = []
    if following is not None:
        text += " " + words("meeting.offer_again", when=occasion(following.starts, words))
        row = [button(words, ActionId.MEETING_OFFER, following.value())]
    return message(text, [plain(text, "lapsed"), *buttons("lapsed-actions", row)])


def offer_stands(facts: Facts, words: Words) -> Payload:
    """Inform somebody whose offer lapsed that the meeting is on again, and so is their offer."""
    return line(f"{_turn('meeting.offer_stands', facts, words)} {roles(facts, words)}")


def about(what: str, who: str, words: Words) -> Payload:
    """Say something about a colleague: what became of a swap, by the key of the text."""
    return line(words(f"meeting.{what}", who=person(who)))


def dated(text: str, when: datetime, words: Words) -> Payload:
    """Return a line of ours with a date after it."""
    return line(f"{text} {occasion(when, words)}.")


def line(text: str) -> Payload:
    """Return one line."""
    return message(text, [plain(text, "line")])


def rota(
    facts: Facts | None,
    order: Sequence[Turn],
    user: str,
    words: Words,
    *,
    lead: bool,
    under_way: bool,
    passed: Sequence[str] = (),
    offered: Sequence[str] = (),
    rests: bool = False,
) -> Payload:
    """Show whose turn it is: the next meeting, and the order, with who brings and brought when.

    Of a meeting that is under way nothing can be changed any more. A person who `rests` sees so.
    """
    text = words("rota.title")
    blocks: list[Block] = [plain(text, "rota")]
    if facts is not None:
        when = words("rota.now" if under_way else "rota.next", when=occasion(facts.starts, words))
        blocks.append(plain(f"{when}\n{roles(facts, words)}", "rota-next"))
    rows = [f"{n}. {_place(turn, words)}" for n, turn in enumerate(order[:MOST_IN_ROTA], start=1)]
    blocks.append(plain("\n".join(rows) or words("rota.empty"), "rota-order"))
    if any(turn.next for turn in order):
        blocks.append(small(words("rota.expected"), "rota-expected"))
    row: list[Button] = []
    if facts is not None and not under_way:
        row = [
            *_mine(facts, user, passed, offered, words),
            button(words, ActionId.MEETING_SWAP, facts.value()),
        ]
        if lead:
            row.append(button(words, ActionId.MEETING_ASSIGN, facts.value()))
    if rests:
        blocks.append(small(words("rota.resting"), "rota-resting"))
    if rests and facts is not None:
        row.insert(0, button(words, ActionId.MEETING_RETURN, facts.value()))
    return message(text, [*blocks, *buttons("rota-actions", row)])


def _place(turn: Turn, words: Words) -> str:
    last = words("rota.brought", when=day(turn.last, words)) if turn.last else words("rota.not_yet")
    dated = [day(turn.next, words)] if turn.next else []
    return " · ".join([person(turn.who), *dated, last])


def colleague(facts: Facts, words: Words, *, what: str) -> View:
    """Return the form to name a colleague: to `swap` turns with, or to `assign` a turn to."""
    return modal(
        words,
        f"rota.{what}_title",
        [
            plain(words(f"rota.{what}_intro"), "intro"),
            asks("colleague", words("rota.colleague"), UserSelectMenu(VALUE)),
        ],
        callback=f"meeting:{what}",
        about=facts.value(),
        submit=f"button.form.{what}",
    )


def change(facts: Facts, local: datetime, zone: str, words: Words) -> View:
    """Return the form to move or skip a meeting; `local` is its time in the group's `zone`."""
    options = [(what, words(f"meeting.{what}")) for what in ("move", "skip")]
    when = TimePicker(VALUE, initial_time=local.strftime("%H:%M"))
    date = DatePicker(VALUE, initial_date=local.date().isoformat())
    return modal(
        words,
        "meeting.change_title",
        [
            asks("what", words("meeting.change_what"), radio(options, "move")),
            asks("on", words("meeting.change_on"), date),
            asks(
                "at",
                words("meeting.change_at"),
                when,
                hint=words("rhythm.where", city=words.city(zone)),
            ),
            asks(
                "reason",
                words("meeting.change_reason"),
                typed(most=LONGEST_REASON),
                hint=words("meeting.change_reason_hint"),
            ),
        ],
        callback=FormId.MEETING_CHANGE,
        about=facts.value(),
    )


def _mine(
    facts: Facts, user: str, passed: Sequence[str], offered: Sequence[str], words: Words
) -> list[Button]:
    if user in facts.bringers or user in offered:
        return [button(words, ActionId.MEETING_PASS, facts.value())]
    if user in passed:
        return [button(words, ActionId.MEETING_UNPASS, facts.value())]
    return [button(words, ActionId.MEETING_OFFER, facts.value())]


def _undoable(text: str, row: list[Button]) -> Payload:
    return message(text, [plain(text, "done"), *buttons("undo", row)])


def _undo(what: str, value: str, words: Words) -> Button:
    return button(words, f"meeting:{what}", value, label="button.meeting.undo")


def _turn(key: str, facts: Facts, words: Words, **more: str) -> str:
    when, place = occasion(facts.starts, words), f"<#{facts.channel}>"
    return words(key, when=when, channel=place, **more)


def _bring(facts: Facts, words: Words) -> Button:
    return button(words, ActionId.INTAKE_FOR, facts.group, label="button.intake.new", primary=True)


def _otherwise(facts: Facts, words: Words) -> list[Button]:
    """Return what a person can do who prefers not to bring a case this time."""
    return [button(words, f"meeting:{what}", facts.value()) for what in ("pass", "swap")]


def _answered(facts: Facts, words: Words) -> Block:
    """Say how many answered whether they come, never who did not."""
    return small(words("meeting.answered", n=facts.answered, total=facts.members), "answered")


def roles(facts: Facts, words: Words) -> str:
    """Say who brings a case to a meeting, and who facilitates."""
    who = [person(bringer) for bringer in facts.bringers]
    if who:
        said = [words.count("meeting.brings", len(who), who=words.listed(who))]
    else:
        said = [words("meeting.nobody_brings")]
    if facts.facilitator is not None:
        said.append(words("meeting.facilitates", who=person(facts.facilitator)))
    return " ".join(said)

"""Groups and their rhythm: what people type, press and send about meetings and the rota."""

from collections.abc import Callable, Mapping
from typing import Any

from bot.blocks import replies
from bot.blocks.elements import Payload, literal
from bot.errors import Refusal
from bot.handlers import form_values
from bot.handlers.request import Body, Desk, channel, sender, workspace
from bot.i18n import Words

Action = dict[str, Any]

FOUNDING = ("name", "rule", "nth", "weekday", "at")
DETAILS = ("minutes", "cases", "least", "most", "language", "zone", "country")
WISHES = ("away_from", "away_until", "reminders", "language")
CHANGE = ("what", "on", "at", "reason")


def do(desk: Desk, word: str, body: Body, words: Words) -> Payload:
    """Do a word of the slash command about the group of a channel. Raises `Refusal`."""
    team, user, place = workspace(body), sender(body), str(channel(body))
    match word:
        case "wishes":
            desk.show_form(body, desk.wishes.form(team, user))
        case "rota":
            return desk.turns.card(team, place, user)
        case "join":
            desk.membership.join_channel(team, user, place)
            return replies.answer(words("founding.joined_you"))
        case "calendar":
            return desk.calendars.card(team, place, user)
        case "meeting":
            desk.show_form(body, desk.rescheduling.form(team, place, user))
        case "group":
            card = desk.founding.card(team, place, user)
            if card is not None:
                return card
            _found(desk, body, details=False)
        case _:
            _found(desk, body, details=word == "details")
    return replies.answer(words("settings.opened"))


def _found(desk: Desk, body: Body, *, details: bool) -> None:
    if desk.known(body).guest:
        raise Refusal("guest")
    place = str(channel(body))
    form = desk.founding.form(workspace(body), place, sender(body), details=details)
    desk.show_form(body, form)


def member(desk: Desk, body: Body, what: str, action: Action) -> None:
    """Handle a button about belonging to a group; its value is the group's id."""
    team, user, group = workspace(body), sender(body), str(action.get("value"))
    membership, words = desk.membership, desk.words(body)
    match what:
        case "accept" | "decline":
            membership.answer_invitation(team, user, group, yes=what == "accept")
        case "join":
            place = channel(body)  # whoever presses there is in it; a right id alone is not enough
            if place is None:
                raise Refusal("in_channel_only", word="join")
            membership.join_channel(team, user, place)
        case "confirm":
            membership.confirm(team, user, group)
            desk.messenger.tell(team, user, replies.answer(words("founding.confirmed_you")))
        case "talk":
            membership.request_talk(team, user, group)
            desk.messenger.tell(team, user, replies.answer(words("founding.talk_you")))
        case "calendar":
            desk.calendars.send(team, user, group)
        case "feed_new" | "feed_off":
            shown = desk.calendars.set_feed(team, user, group, on=what == "feed_new")
            desk.messenger.tell(team, user, shown, channel=channel(body))
        case "leave":
            name = membership.leave(team, user, group)
            desk.messenger.tell(
                team, user, replies.answer(words("founding.left", name=literal(name)))
            )
        case _:
            raise Refusal("outdated")


def meeting(desk: Desk, body: Body, what: str, action: Action) -> None:
    """Handle a button about a meeting; its value is the meeting's id, and maybe a person."""
    team, user = workspace(body), sender(body)
    id_, _, other = str(action.get("value")).partition("|")
    turns = desk.turns
    match what:
        case "coming" | "away":
            turns.set_attendance(team, user, id_, yes=what == "coming")
        case "pass":
            turns.pass_turn(team, user, id_)
        case "unpass":
            turns.take_back_pass(team, user, id_, offered=other == "offered")
        case "offer":
            turns.offer_turn(team, user, id_)
        case "unassign":
            turns.unassign_turn(team, user, id_, other)
        case "calendar":
            desk.calendars.send_one(team, user, id_)
        case "snooze":
            turns.snooze_reminder(team, user, id_)
        case "swap" | "assign":
            desk.show_form(body, turns.swap_form(team, user, id_, assign=what == "assign"))
        case "swap_yes" | "swap_no":
            turns.answer_swap(team, user, id_, other, yes=what == "swap_yes")
        case "unswap":
            turns.undo_swap(team, user, id_, other)
        case "unskip":
            desk.rescheduling.unskip(team, user, id_)
        case _:
            raise Refusal("outdated")


def follow_up(desk: Desk, body: Body, _what: str, action: Action) -> None:
    """Handle the button to tell how a next step went; its value is the session's id."""
    form = desk.follow_ups.form(workspace(body), sender(body), str(action.get("value")))
    desk.show_form(body, form)


def received(desk: Desk, body: Body, view: form_values.View) -> dict[str, Refusal]:
    """Do what a form about a group asks; gives what is wrong, by input. Raises `Refusal`."""
    if view["callback_id"] not in FORMS:
        raise Refusal("outdated")
    return FORMS[view["callback_id"]](desk, workspace(body), sender(body), view)


Received = Callable[[Desk, str, str, form_values.View], dict[str, Refusal]]


def _founding(desk: Desk, team: str, user: str, view: form_values.View) -> dict[str, Refusal]:
    lists = {name: form_values.several(view, name) for name in ("members", "leads", "free")}
    values = {**_texts(view, FOUNDING), **lists}
    return desk.founding.save(team, user, str(view["private_metadata"]), values)


def _details(desk: Desk, team: str, user: str, view: form_values.View) -> dict[str, Refusal]:
    values = {**_texts(view, DETAILS), "methods": form_values.several(view, "methods")}
    return desk.founding.save_details(team, user, str(view["private_metadata"]), values)


def _wishes(desk: Desk, team: str, user: str, view: form_values.View) -> dict[str, Refusal]:
    return desk.wishes.save(team, user, _texts(view, WISHES))


def _change(desk: Desk, team: str, user: str, view: form_values.View) -> dict[str, Refusal]:
    return desk.rescheduling.move_or_skip(
        team, user, str(view["private_metadata"]), _texts(view, CHANGE)
    )


def _swap(desk: Desk, team: str, user: str, view: form_values.View) -> dict[str, Refusal]:
    desk.turns.ask_swap(
        team, user, str(view["private_metadata"]), form_values.text(view, "colleague")
    )
    return {}


def _assign(desk: Desk, team: str, user: str, view: form_values.View) -> dict[str, Refusal]:
    desk.turns.assign_turn(
        team, user, str(view["private_metadata"]), form_values.text(view, "colleague")
    )
    return {}


def _answer(desk: Desk, team: str, user: str, view: form_values.View) -> dict[str, Refusal]:
    session, share = str(view["private_metadata"]), bool(form_values.several(view, "share"))
    desk.follow_ups.save_answer(team, user, session, form_values.text(view, "text"), share=share)
    return {}


FORMS: Mapping[str, Received] = {
    "group:founding": _founding,
    "group:details": _details,
    "group:wishes": _wishes,
    "meeting:change": _change,
    "meeting:swap": _swap,
    "meeting:assign": _assign,
    "follow_up:answer": _answer,
}


def _texts(view: form_values.View, names: tuple[str, ...]) -> dict[str, str]:
    return {name: form_values.text(view, name) for name in names}

"""Participation and statements: what people type, press and send about them."""

from collections.abc import Mapping
from typing import Any

from bot.blocks import participation as show
from bot.blocks import replies
from bot.blocks.elements import Payload
from bot.errors import Refusal
from bot.handlers import form_values
from bot.handlers.request import Body, Desk, channel, sender, workspace
from bot.i18n import Words
from bot.services.participation import Asked

Action = Mapping[str, Any]

MINE = frozenset({"mine", "mijn"})
"""What may follow `stats`: what does my lead see?"""

FOR_LEADS = frozenset({"stats_lead_only", "stats_no_lead"})
"""Why somebody is refused who may see what their lead would."""


def do(desk: Desk, word: str, body: Body, words: Words) -> Payload:
    """Do `stats` or `statement` of the slash command. Raises `Refusal`."""
    rest = str(body.get("text") or "").casefold().split()[1:]
    return (
        _stats(desk, body, rest, words) if word == "stats" else _statement(desk, body, rest, words)
    )


def _stats(desk: Desk, body: Body, typed: list[str], words: Words) -> Payload:
    team, user, place = workspace(body), sender(body), channel(body)
    mine = bool(typed) and typed[0] in MINE
    period = " ".join(typed[1:] if mine else typed)
    if place is not None:
        group = desk.participation.group_in_channel(team, place, user)
    else:
        found = desk.participation.group_ids(team, user, lead=not mine)
        if not found:
            raise Refusal("stats_no_group")
        if len(found) > 1:
            form = desk.participation.form_for_any_group(team, user, period, lead=not mine)
            desk.show_form(body, form)
            return replies.answer(words("settings.opened"))
        group = found[0]
    try:
        desk.participation.request(Asked(team, user, group, not mine), period)
    except Refusal as refusal:
        if refusal.key not in FOR_LEADS:
            raise
        return show.refused_to_member(refusal, group, words)
    return replies.answer(words("stats.asked"))


def _statement(desk: Desk, body: Body, typed: list[str], words: Words) -> Payload:
    team, user = workspace(body), sender(body)
    if not typed:
        desk.show_form(body, desk.statements.form(team, user))
        return replies.answer(words("settings.opened"))
    desk.statements.request(team, user, typed[0], " ".join(typed[1:]))
    return replies.answer(words("statement.asked"))


def stats(desk: Desk, body: Body, what: str, action: Action) -> None:
    """Handle a button about participation; its value is the group's id, and maybe a period."""
    team, user = workspace(body), sender(body)
    group, _, period = str(action.get("value") or "").partition("|")
    match what:
        case "open" | "mine":
            asked = Asked(team, user, group, lead=what == "open")
            desk.show_form(body, desk.participation.form(asked))
        case "csv":
            desk.participation.request(Asked(team, user, group, what="csv"), period)
        case "xlsx":
            desk.participation.request(Asked(team, user, group, what="xlsx"), period)
        case _:
            raise Refusal("outdated")


def statement(desk: Desk, body: Body, _what: str, _action: Action) -> None:
    """Open the form for a statement about oneself."""
    desk.show_form(body, desk.statements.form(workspace(body), sender(body)))


def received(desk: Desk, body: Body, view: form_values.View) -> dict[str, Refusal]:
    """Do what a form about participation or a statement asks. Raises `Refusal`."""
    team, user = workspace(body), sender(body)
    if view["callback_id"] == "stats:period":
        group, _, role = str(view["private_metadata"]).partition("|")
        chosen = form_values.text(view, "period")
        asked = Asked(team, user, group or form_values.text(view, "group"), role == "lead")
        desk.participation.request(asked, "" if chosen == show.LAST_MONTHS else chosen)
    else:
        register = form_values.text(view, "register")
        year = form_values.text(view, "year")
        desk.statements.request(team, user, year, "" if register == "none" else register)
    return {}

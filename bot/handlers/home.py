"""App Home and past meetings; who opens the bot for the first time is welcomed."""

from typing import Any

from slack_bolt import App

from bot.blocks import home as show
from bot.errors import Refusal
from bot.handlers import form_values
from bot.handlers.request import Body, Desk, sender, workspace

Action = dict[str, Any]


def register(app: App, desk: Desk) -> None:
    """Register the opening of App Home."""

    @app.event("app_home_opened")
    def opened(event: dict[str, Any], body: Body) -> None:
        if event.get("tab") == "home":
            desk.homes.open(workspace(body), str(event["user"]))
        else:
            desk.homes.greet(workspace(body), str(event["user"]))


def follow(desk: Desk, body: Body) -> None:
    """Bring a home up to date at once when it was there that somebody pressed."""
    if (body.get("view") or {}).get("type") == "home":
        desk.homes.refresh(workspace(body), sender(body))


def pressed(desk: Desk, body: Body, _what: str, action: Action) -> None:
    """Let a newcomer begin: ask for the channel of their team."""
    if desk.known(body).guest:
        raise Refusal("guest")
    place = str(action.get("value"))
    desk.show_form(body, show.begin(desk.words(body), place if place[:1] in ("C", "G") else None))


def begun(desk: Desk, body: Body, view: form_values.View) -> form_values.View | None:
    """Found the group of the channel that a newcomer chose, by its form; or join it.

    Gives the form to show, None when somebody joined. Raises `Refusal`.
    """
    team, user, place = workspace(body), sender(body), form_values.text(view, "channel")
    if desk.known(body).guest:
        raise Refusal("guest")
    if not desk.people.is_bot_in(team, place):
        raise Refusal("bot_not_there")
    if not desk.people.is_person_in(team, place, user):
        raise Refusal("not_in_channel")
    if desk.founding.is_founded(team, place):
        desk.membership.join_channel(team, user, place)
        return None
    return desk.founding.form(team, place, user, details=False)


def history(desk: Desk, body: Body, _what: str, action: Action) -> None:
    """Show past meetings in a form of their own, or another page in it."""
    number = str(action.get("value") or "0")
    page = int(number[:6]) if number.isascii() and number.isdigit() else 0
    view = desk.history.page(workspace(body), sender(body), page)
    if (body.get("view") or {}).get("type") == "modal":
        desk.change_form(body, view)
    else:
        desk.show_form(body, view)

"""How a group grows: its agreements, its guidance, and people's toolkits."""

from typing import Any

from bot.blocks import replies
from bot.blocks.methods import Draft
from bot.errors import Refusal
from bot.flows.types import Guidance
from bot.handlers import form_values
from bot.handlers.request import Body, Desk, channel, sender, workspace

Action = dict[str, Any]


def agreement(desk: Desk, body: Body, what: str, action: Action) -> None:
    """Handle a button about agreements; its value is the group's id."""
    team, user, group = workspace(body), sender(body), str(action.get("value"))
    if what == "edit":
        desk.show_form(body, desk.agreements.form(team, user, group))
    else:
        desk.agreements.sign(team, user, group)
        _tell(desk, body, "agreements.thanks")


def growth(desk: Desk, body: Body, what: str, action: Action) -> None:
    """Handle a choice of how much a group is led; its value is the group's id."""
    if what not in list(Guidance):
        raise Refusal("outdated")
    try:
        desk.growth.choose(workspace(body), sender(body), str(action.get("value")), Guidance(what))
    except Refusal as refusal:
        if refusal.key != "guidance_same":
            raise
        _tell(desk, body, "growth.stays")


def tool(desk: Desk, body: Body, what: str, action: Action) -> None:
    """Handle a button about a tool; its value is the tool's id."""
    team, user, id_ = workspace(body), sender(body), str(action.get("value"))
    match what:
        case "all":
            pass
        case "share":
            desk.toolkits.share(team, user, id_)
        case "keep":
            desk.toolkits.unshare(team, user, id_)
        case "drop":
            desk.toolkits.delete(team, user, id_)
        case _:
            raise Refusal("outdated")
    shown = desk.toolkits.card(team, user, channel=channel(body))
    desk.messenger.tell(team, user, shown, channel=channel(body))


def compose(desk: Desk, body: Body, what: str, action: Action) -> None:
    """Handle a button about a group's own methods, on their card or in the form of one."""
    team, user = workspace(body), sender(body)
    chosen = str((action.get("selected_option") or {}).get("value") or "")
    group, _, method = str(action.get("value") or "").partition("|")
    match what.split(":"):
        case ["new"] | ["change"]:
            desk.show_form(body, desk.composing.form(team, user, group, method))
        case ["remove"]:
            desk.composing.remove(team, user, group, method)
        case ["add"] if _in_form(body):
            _set(desk, body, "add", chosen)
        case ["move", _] if _in_form(body):
            move, _, at = chosen.partition(":")
            _set(desk, body, move, at)
        case _:
            raise Refusal("outdated")


def composed(
    desk: Desk, body: Body, view: form_values.View
) -> tuple[dict[str, Refusal], form_values.View | None]:
    """Take the form of a group's own method; gives what is wrong, and the form if it stays."""
    return desk.composing.save(workspace(body), sender(body), _draft(desk, view), desk.words(body))


def _in_form(body: Body) -> bool:
    return (body.get("view") or {}).get("callback_id") == "compose:form"


def _set(desk: Desk, body: Body, move: str, at: str) -> None:
    draft = _draft(desk, body["view"])
    desk.change_form(body, desk.composing.edit_steps(draft, move, at, desk.words(body)))


def _draft(desk: Desk, view: form_values.View) -> Draft:
    about = str(view.get("private_metadata") or "")
    return desk.composing.read_draft(
        about, form_values.text(view, "title"), form_values.text(view, "kinds")
    )


def received(desk: Desk, body: Body, view: form_values.View) -> dict[str, Refusal]:
    """Take the form with a group's agreements; gives what is wrong, by field."""
    team, user, group = workspace(body), sender(body), str(view["private_metadata"])
    return desk.agreements.save(team, user, group, form_values.text(view, "lines"))


def _tell(desk: Desk, body: Body, key: str) -> None:
    says = desk.words(body)
    desk.messenger.tell(
        workspace(body), sender(body), replies.answer(says(key)), channel=channel(body)
    )

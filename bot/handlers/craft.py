"""How a group grows: its agreements, its guidance, and people's toolkits."""

from typing import Any

from bot.blocks import answers
from bot.errors import Refusal
from bot.flows.words import Guidance
from bot.handlers import fields
from bot.handlers.desk import Body, Desk, channel, sender, workspace

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
        desk.growth.chooses(workspace(body), sender(body), str(action.get("value")), Guidance(what))
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
            desk.toolkits.keep(team, user, id_)
        case "drop":
            desk.toolkits.drop(team, user, id_)
        case _:
            raise Refusal("outdated")
    shown = desk.toolkits.shown(team, user, channel=channel(body))
    desk.runner.tell(team, user, shown, channel=channel(body))


def received(desk: Desk, body: Body, view: fields.View) -> dict[str, Refusal]:
    """Take the form with a group's agreements; gives what is wrong, by field."""
    team, user, group = workspace(body), sender(body), str(view["private_metadata"])
    return desk.agreements.save(team, user, group, fields.text(view, "lines"))


def _tell(desk: Desk, body: Body, key: str) -> None:
    says = desk.words(body)
    desk.runner.tell(
        workspace(body), sender(body), answers.answer(says(key)), channel=channel(body)
    )

"""Buttons and menus, routed by what stands before the colon in their action."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from slack_bolt import Ack, App

from bot.blocks import chooser, replies
from bot.blocks.elements import person
from bot.blocks.session import forms
from bot.errors import Refusal
from bot.flows.intake import Field
from bot.flows.method import Reflect, Sort, Tray
from bot.flows.session import commands as c
from bot.flows.session.state import step_of
from bot.flows.types import Phase
from bot.handlers import commands, home, meetings, methods, participation
from bot.handlers.request import Body, Desk, channel, sender, workspace
from bot.i18n import Words

Action = dict[str, Any]

MOVES: Mapping[str, Callable[[str], c.Command]] = {
    **commands.MOVES,
    "join": lambda by: c.Join(by=by),
    "leave": lambda by: c.Leave(by=by),
    "begin": lambda by: c.Begin(by=by),
    "later": lambda by: c.Later(by=by),
    "done": lambda by: c.Done(by=by),
    "live": lambda by: c.GoLive(by=by),
    "async": lambda by: c.GoAsync(by=by),
    "more_time": lambda by: c.MoreTime(by=by),
    "lead": lambda by: c.Facilitate(by=by),
    "hand_back": lambda by: c.HandBack(by=by),
    "yes": lambda by: c.Choose(by=by, open=True),
    "no": lambda by: c.Choose(by=by, open=False),
}
"""The buttons that are a command for the session they stand on."""

MENUS = frozenset({"more", "how"})
"""The menus of a board: their options name a move and the session."""


def register(app: App, desk: Desk) -> None:
    """Register all buttons and menus as one listener."""

    @app.action(re.compile(f"^({'|'.join(ROUTES)}):"))
    def pressed(ack: Ack, body: Body, action: Action) -> None:
        surface, _, what = action["action_id"].partition(":")
        try:
            desk.known(body)
            ROUTES[surface](desk, body, what, action)
        except Refusal as refusal:
            words = desk.words(body)
            payload = replies.refused(refusal, words)
            desk.messenger.tell(workspace(body), sender(body), payload, channel=channel(body))
        home.follow(desk, body)
        ack()


NUMBER = re.compile(r"[0-9]{1,4}")


def _value(action: Action) -> str:
    chosen = action.get("selected_option") or {}
    return str(action.get("value") or chosen.get("value") or "")


def _session(desk: Desk, body: Body, what: str, action: Action) -> None:
    team, user, session = workspace(body), sender(body), _value(action)
    if what in MENUS:
        what, _, session = session.partition(":")
    if what in FORMS:
        FORMS[what](desk, body, session)
        return
    if what == "use":
        session, _, method = session.partition("|")
        use = c.UseMethod(by=user, method=method)
        desk.sessions.run(team, session, use, delivery=body.get("trigger_id"))
        return
    if channel(body) is None and what == "join":
        desk.cases.require_member(team, user, session)
    if what == "minutes":
        session, _, minutes = session.partition("|")
        if not NUMBER.fullmatch(minutes):
            raise Refusal("outdated")
        command: c.Command = c.GoLive(by=user, minutes=int(minutes))
    elif what in MOVES:
        command = MOVES[what](user)
    else:
        raise Refusal("outdated")
    desk.sessions.run(team, session, command, delivery=body.get("trigger_id"))


def _open_contribute(desk: Desk, body: Body, id_: str) -> None:
    session = desk.sessions.session(workspace(body), id_)
    method = desk.sessions.method(session)
    step, words = step_of(session, method), desk.words(body)
    if session.phase is not Phase.RUNNING or step is None:
        raise Refusal(
            {Phase.LOBBY: "not_begun", Phase.PAUSED: "paused"}.get(session.phase, "ended")
        )
    if sender(body) not in session.participants:
        raise Refusal("not_in")
    prompt = step.prompt[words.language].replace("{bringer}", person(session.presenter))
    desk.show_form(body, forms.contribute(step, id_, prompt, words))


def _open_reflect(desk: Desk, body: Body, id_: str) -> None:
    session = desk.sessions.session(workspace(body), id_)
    if sender(body) not in session.participants:
        raise Refusal("not_in")
    last = desk.sessions.method(session).steps[-1]
    evaluates = isinstance(last, Reflect) and last.evaluates
    desk.show_form(body, forms.reflect(id_, desk.words(body), evaluates=evaluates))


def _open_tray(desk: Desk, body: Body, id_: str) -> None:
    team = workspace(body)
    session = desk.sessions.session(team, id_)
    if sender(body) != session.presenter:
        raise Refusal("bringer_only")
    method = desk.sessions.method(session)
    if session.position is None or not isinstance(step_of(session, method), Tray):
        raise Refusal("tray_past")
    filled = [method.step(step) for step in method.fills(session.position.step)]
    laid = desk.sessions.texts_of_steps(team, session, filled)
    desk.show_form(body, forms.tray(id_, laid, desk.words(body)))


def _open_sort(desk: Desk, body: Body, id_: str) -> None:
    team = workspace(body)
    session = desk.sessions.session(team, id_)
    if sender(body) != session.presenter:
        raise Refusal("bringer_only")
    method = desk.sessions.method(session)
    step = step_of(session, method)
    if not isinstance(step, Sort):
        raise Refusal("sort_past")
    written = desk.sessions.texts_of_steps(team, session, [method.step(step.of)])
    desk.show_form(body, forms.sort(step, id_, written, desk.words(body)))


def _open_methods(desk: Desk, body: Body, id_: str) -> None:
    session = desk.sessions.session(workspace(body), id_)
    if session.phase is not Phase.LOBBY:
        raise Refusal("begun_already")
    if sender(body) not in session.participants:
        raise Refusal("not_in")
    found = desk.opener.fitting_methods(workspace(body), session)
    current = desk.sessions.method(session)
    desk.show_form(body, chooser.form(session, current, found, desk.words(body)))


FORMS: Mapping[str, Callable[[Desk, Body, str], None]] = {
    "contribute": _open_contribute,
    "reflect": _open_reflect,
    "tray": _open_tray,
    "sort": _open_sort,
    "methods": _open_methods,
}
"""The buttons that open a form."""


def _intake(desk: Desk, body: Body, what: str, action: Action) -> None:
    team, user = workspace(body), sender(body)
    case, _, rest = _value(action).partition("|")
    match what.split(":"):
        case ["new"] | ["for"]:
            group = case if what == "for" else None
            found = desk.drafts.bring(
                team, user, channel=None, group=group, delivery=str(body["trigger_id"])
            )
            if found is not None:
                desk.messenger.tell(team, user, replies.groups(found, desk.words(body)))
        case ["choose", value]:
            desk.drafts.choose(team, user, case, _field(rest), value)
        case ["edit"] | ["edit_any"]:
            desk.drafts.edit(team, user, case, _field(rest))
        case ["form"]:
            desk.show_form(body, desk.drafts.form(team, user, case))
        case ["stop"]:
            desk.drafts.stop(team, user, case)
        case ["resume"]:
            desk.drafts.resume(team, user, case)
        case ["discard"]:
            desk.drafts.discard(team, user, case)
        case ["submit"]:
            desk.drafts.submit(team, user, case)
        case _:
            raise Refusal("outdated")


def _field(name: str) -> Field:
    try:
        return Field(name)
    except ValueError:
        raise Refusal("outdated") from None


def _case(desk: Desk, body: Body, what: str, action: Action) -> None:
    team, user, case = workspace(body), sender(body), _value(action)
    if what == "start":
        if desk.known(body).guest:
            raise Refusal("guest")
        delivery = str(body["trigger_id"])
        desk.cases.start_case(team, user, case, channel=channel(body), delivery=delivery)
    else:
        desk.drafts.withdraw(team, user, case)


def _group(desk: Desk, body: Body, what: str, _action: Action) -> None:
    words = desk.words(body)
    if what not in commands.ALL:
        raise Refusal("outdated")
    if channel(body) is None and what not in commands.ANYWHERE:
        raise Refusal("in_channel_only", word=what)
    payload = commands.do(desk, what, body, words)
    desk.messenger.tell(workspace(body), sender(body), payload, channel=channel(body))


def _coach(desk: Desk, body: Body, what: str, action: Action) -> None:
    team, user = workspace(body), sender(body)
    match what.split(":"):
        case ["take", n] if (body.get("view") or {}).get("type") == "modal":
            desk.change_form(body, forms.taken(body["view"], _value(action), n))
        case ["on" | "off"]:
            on = what == "on"
            desk.asking.switch(team, user, on=on)
            if "view" not in body:
                payload = replies.coach(desk.words(body), on=on)
                desk.messenger.tell(team, user, payload, channel=channel(body))
        case _:
            raise Refusal("outdated")


def _data(desk: Desk, body: Body, what: str, _action: Action) -> None:
    team, user = workspace(body), sender(body)
    words: Words = desk.words(body)
    match what:
        case "mine":
            desk.privacy.send_export(team, user, delivery=str(body["trigger_id"]))
        case "forget":
            desk.messenger.tell(team, user, replies.forget(words), channel=channel(body))
        case "forget_yes":
            if desk.privacy.forget(team, user):
                desk.homes.show_as_newcomer(team, user)
            done = replies.answer(words("data.forget_done"))
            desk.messenger.tell(team, user, done, channel=channel(body))
        case _:
            raise Refusal("outdated")


ROUTES: Mapping[str, Callable[[Desk, Body, str, Action], None]] = {
    "session": _session,
    "intake": _intake,
    "case": _case,
    "agreement": methods.agreement,
    "compose": methods.compose,
    "growth": methods.growth,
    "tool": methods.tool,
    "group": _group,
    "member": meetings.member,
    "meeting": meetings.meeting,
    "follow_up": meetings.follow_up,
    "coach": _coach,
    "home": home.pressed,
    "history": home.history,
    "stats": participation.stats,
    "statement": participation.statement,
    "data": _data,
}
"""What handles the buttons of each surface."""

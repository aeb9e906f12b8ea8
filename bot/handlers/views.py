"""Forms that people send: a contribution, a reflection, the tray, a whole case."""

import re

from slack_bolt import Ack, App

from bot.blocks import replies
from bot.blocks.session import forms
from bot.errors import Refusal
from bot.flows.intake import Field
from bot.flows.session import commands as c
from bot.flows.types import Guidance, Often, Picture
from bot.handlers import form_values, home, meetings, methods, participation
from bot.handlers.form_values import View
from bot.handlers.request import Body, Desk, let_in, sender, workspace
from bot.i18n import Words

SCORES = frozenset("12345")


def register(app: App, desk: Desk) -> None:
    """Register all forms as one listener."""

    @app.view(
        re.compile(
            r"^(session|agreement|compose|intake|group|meeting|follow_up|home|stats|statement):"
        )
    )
    def sent(ack: Ack, body: Body, view: View) -> None:
        known = desk.who(body)
        words = known.words
        hinted = _hinted(desk, body, view, words)
        if hinted is not None:
            ack(response_action="update", view=hinted)
            return
        shown: View | None = None
        wrong: dict[str, Refusal]
        try:
            let_in(body, known)
            if view["callback_id"] == "home:begin":
                shown, wrong = home.begun(desk, body, view), {}
            elif view["callback_id"] == "compose:form":
                wrong, shown = methods.composed(desk, body, view)
            else:
                wrong = _received(desk, body, view)
        except Refusal as refusal:
            first = next(iter(form_values.inputs(view)))
            wrong = {first: refusal}
        if wrong:
            errors = {at: replies.refusal_text(why, words) for at, why in wrong.items()}
            ack(response_action="errors", errors=errors)
        elif shown is not None:
            ack(response_action="update", view=shown)
        else:
            ack()


def _received(desk: Desk, body: Body, view: View) -> dict[str, Refusal]:
    """Do what a form asks; gives what is wrong, by input. Raises `Refusal` for the whole."""
    team, user = workspace(body), sender(body)
    about, step, _ = _about(view)
    match view["callback_id"]:
        case "session:contribute":
            text, *more = texts = _texts(view)
            if not any(texts):
                return {form_values.inputs(view)[0]: Refusal("empty")}
            picture = form_values.text(view, "picture")
            said = c.Contribute(
                by=user,
                id=desk.new_id(),
                text=text,
                more=tuple(more),
                picture=Picture(picture) if picture else None,
                step=step,
            )
            desk.sessions.run(team, about, said, delivery=_delivery(view))
        case "session:sort":
            found = {
                at.removeprefix("warmth-"): form_values.text(view, at)
                for at in form_values.inputs(view)
            }
            warm, neutral = (
                tuple(id_ for id_, warmth in found.items() if warmth == wanted)
                for wanted in ("warm", "neutral")
            )
            sorted_ = c.Sort(by=user, warm=warm, neutral=neutral)
            desk.sessions.run(team, about, sorted_, delivery=_delivery(view))
        case "session:reflect":
            reflection = c.Reflect(
                by=user,
                takeaway=form_values.text(view, "takeaway"),
                asking=form_values.text(view, "asking"),
                useful=_score(view, "useful"),
                safe=_score(view, "safe"),
                guidance=Guidance(wish) if (wish := form_values.text(view, "guidance")) else None,
                rhythm=Often(wish) if (wish := form_values.text(view, "rhythm")) else None,
                share=bool(form_values.several(view, "share")),
            )
            desk.sessions.run(team, about, reflection, delivery=_delivery(view))
        case "session:method":
            use = c.UseMethod(by=user, method=form_values.text(view, "method"))
            desk.sessions.run(team, about, use, delivery=_delivery(view))
        case "session:tray":
            picks = [form_values.several(view, at) for at in form_values.inputs(view)]
            picked = c.Pick(by=user, picked=tuple(p for pick in picks for p in pick))
            desk.sessions.run(team, about, picked, delivery=_delivery(view))
        case "group:settings":
            names = ("language", "guidance", "keep", "capacity", "turn")
            settings = {name: form_values.text(view, name) for name in names}
            return desk.groups.save(team, user, about, settings)
        case "agreement:form":
            return methods.received(desk, body, view)
        case "intake:form":
            values = {field: form_values.text(view, field) for field in Field}
            wrong = desk.drafts.save_form(team, user, about, values)
            return {str(field): why for field, why in wrong.items()}
        case "stats:period" | "statement:make":
            return participation.received(desk, body, view)
        case _:
            return meetings.received(desk, body, view)
    return {}


def _about(view: View) -> tuple[str, str, str]:
    """Give what a form is about: an id, and for a contribution its step and a mark."""
    id_, _, rest = str(view.get("private_metadata") or "").partition("|")
    step, _, mark = rest.partition("|")
    return id_, step, mark


def _hinted(desk: Desk, body: Body, view: View, words: Words) -> View | None:
    """Give the form back with what the coach says of it, once; None when it says nothing."""
    id_, step_id, mark = _about(view)
    if view["callback_id"] != "session:contribute" or mark == forms.HINTED:
        return None
    texts = _texts(view)
    found = desk.asking.hint_before_sending(
        workspace(body), sender(body), id_, texts, words.language
    )
    if found is None or found[0].id != step_id:
        return None
    step, spoken = found
    openers = spoken.openers if len(texts) == 1 else ()
    return forms.contribute(
        step,
        id_,
        "",
        words,
        hint=spoken.hint,
        openers=openers,
        texts=texts,
        picture=form_values.text(view, "picture"),
    )


def _delivery(view: View) -> str:
    return f"view:{view['id']}:{view['hash']}"


def _texts(view: View) -> list[str]:
    """Give what was written in a contribution's fields, empty ones too."""
    return [form_values.text(view, at) for at in form_values.inputs(view) if at.startswith("text")]


def _score(view: View, block: str) -> int | None:
    chosen = form_values.text(view, block)
    return int(chosen) if chosen in SCORES else None

"""Composing a method: the card with a group's own, and the form that sets its steps in order.

Buttons carry `compose:<what>` as their action; the form carries `<group>|<method>|<parts>`.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

from slackblocks import (
    Block,
    Button,
    Option,
    OptionGroup,
    PlainText,
    SectionBlock,
    StaticSelectMenu,
    Text,
)

from bot import limits
from bot.blocks.action_ids import ActionId, FormId, digest, join_value, stamped
from bot.blocks.elements import (
    Payload,
    View,
    button,
    buttons,
    lasting,
    literal,
    message,
    modal,
    option,
    person,
    plain,
    shortened,
    small,
)
from bot.blocks.inputs import asks, radio, typed
from bot.flows.composer import Part
from bot.flows.method import Method, Step
from bot.flows.types import Purpose
from bot.i18n import Words

TITLE = 40
"""Characters that the name of a method may have."""

KINDS = ("learning", "positive", "both")
MOVES = ("up", "down", "drop")


class Draft(NamedTuple):
    """A method as it is being composed; `method` is its id, "" for a new one.

    `seen` is a digest of the method as it was when the form opened.
    """

    group: str
    method: str
    title: str
    kinds: str
    parts: Sequence[Part]
    seen: str | None = None


def card(group: str, own: Mapping[str, Method], shared: Sequence[Method], words: Words) -> Payload:
    """List the methods by what a group wants, each with a button for its steps.

    `group` is the id of the reader's group, with the methods that are its `own`; "" for none.
    """
    title = words("compose.card")
    blocks: list[Block] = [plain(title, "card")]
    by_purpose = {purpose: [m for m in shared if m.purpose is purpose] for purpose in Purpose}
    for purpose, methods in by_purpose.items():
        if methods:
            blocks.append(plain(f"*{words(f'methods.{purpose}')}*", f"purpose-{purpose}"))
        blocks += (_listed(method, join_value(group, method.id), words) for method in methods)
    if not group:
        return message(title, blocks)
    if own:
        blocks.append(plain(f"*{words('methods.own')}*", "own"))
    for id_, method in own.items():
        value = stamped(join_value(group, id_), digest(method.model_dump_json()))
        blocks.append(_listed(method, join_value(group, id_), words))
        row = [
            button(words, ActionId.COMPOSE_CHANGE, value),
            button(words, ActionId.COMPOSE_REMOVE, value),
        ]
        blocks += buttons(f"own-{id_}-actions", row)
    blocks.append(plain(words("compose.offer"), "compose"))
    blocks += buttons("compose-actions", [button(words, ActionId.COMPOSE_NEW, group)])
    return message(title, blocks)


def steps(method: Method, words: Words) -> Payload:
    """Show the steps of a method, with how long each takes in a meeting of six."""
    language = words.language
    title = f"*{literal(method.title[language])}* · {_size(method, words)}"
    lines = []
    for n, step in enumerate(method.steps):
        minutes = step.minutes * (6 if step.rotates else 1)
        length = words("compose.minutes", minutes=minutes)
        line = f"{n + 1}. {step.title[language]} · {length}"
        lines.append(line + (f" · {words('methods.parked')}" if step.parked else ""))
    text = words("methods.steps", title=literal(method.title[language]))
    blocks: list[Block] = [
        plain(f"{title}\n{method.summary[language]}", "method"),
        plain("\n".join(lines), "steps"),
        small(words("methods.choose"), "choose"),
    ]
    return message(text, blocks)


def _listed(method: Method, value: str, words: Words) -> SectionBlock:
    """Return a method's line in the list: its name, for how many, how long, and what it is."""
    notes = [
        *([] if method.new_groups else [words("methods.trust")]),
        *([words("methods.private")] if method.private_only else []),
    ]
    about = " · ".join([_size(method, words), *notes])
    name = literal(method.title[words.language])
    return SectionBlock(
        text=Text(f"*{name}* · {about}\n{method.summary[words.language]}"),
        block_id=f"method-{method.id}",
        accessory=Button(
            text=words("button.method.steps"),
            action_id=ActionId.METHOD_STEPS,
            value=value,
            accessibility_label=words("methods.steps", title=method.title[words.language])[
                : limits.BUTTON_CHARACTERS
            ],
        ),
    )


def _size(method: Method, words: Words) -> str:
    size = {"least": method.least, "most": method.most}
    return words("chooser.size", minutes=method.minutes, **size)


def form(
    draft: Draft, choices: Iterable[Part], closing: Step, words: Words, *, wrong: str | None = None
) -> View:
    """Return the form to choose steps and their order; `wrong` says what is wrong with them."""
    language = words.language
    minutes = sum(part.minutes for part in draft.parts) + closing.minutes
    which = [(kind, words(f"compose.kind_{kind}")) for kind in KINDS]
    blocks: list[Block] = [
        plain(words("compose.intro"), "intro"),
        asks("title", words("compose.title"), typed(draft.title, most=TITLE)),
        asks("kinds", words("compose.kinds"), radio(which, draft.kinds)),
        plain(f"*{words('compose.steps')}* · {lasting(minutes, words)}", "steps"),
    ]
    for n, part in enumerate(draft.parts):
        steps = " → ".join(step.title[language] for step in part.steps)
        about = f"{part.method.title[language]} · {lasting(part.minutes, words)}"
        blocks.append(
            SectionBlock(
                text=Text(f"{n + 1}. *{steps}*\n{about}"),
                block_id=f"step-{n}-{part.id}",
                accessory=_moves(n, len(draft.parts), words),
            )
        )
    last = words("compose.closing", title=closing.title[language])
    blocks.append(small(f"{len(draft.parts) + 1}. {last}", "closing"))
    blocks.append(
        SectionBlock(
            text=Text(words("compose.add")),
            block_id=f"add-{len(draft.parts)}",
            accessory=_menu(choices, words),
        )
    )
    if wrong is not None:
        blocks.append(plain(f"*{words(f'compose.wrong_{wrong}')}*", "wrong"))
    about = join_value(draft.group, draft.method, ",".join(part.id for part in draft.parts))
    return modal(
        words,
        "compose.form",
        blocks,
        callback=FormId.COMPOSE_FORM,
        about=about if draft.seen is None else stamped(about, draft.seen),
    )


def told(by: str, key: str, title: str, words: Words) -> Payload:
    """Inform the group that a member composed, changed or removed a method, by the text's key."""
    text = words(f"compose.{key}", who=person(by), title=literal(title))
    return message(text, [plain(text, "composed")])


def _moves(n: int, count: int, words: Words) -> StaticSelectMenu:
    """Return the menu of one step: up, down, out."""
    needless = {"up" if n == 0 else "", "down" if n == count - 1 else ""}
    options = [
        option(words, f"compose.move_{move}", f"{move}:{n}")
        for move in MOVES
        if move not in needless
    ]
    return StaticSelectMenu(f"compose:move:{n}", options, placeholder=words("compose.move"))


def _menu(choices: Iterable[Part], words: Words) -> StaticSelectMenu:
    """Return the menu with all steps, grouped by method."""
    groups = [
        OptionGroup(
            label=shortened(title, limits.OPTION_CHARACTERS),
            options=[Option(text=PlainText(_named(part, words)), value=part.id) for part in parts],
        )
        for title, parts in groupby(choices, lambda part: part.method.title[words.language])
    ]
    return StaticSelectMenu(
        ActionId.COMPOSE_ADD, option_groups=groups, placeholder=words("compose.choose")
    )


def _named(part: Part, words: Words) -> str:
    steps = " → ".join(step.title[words.language] for step in part.steps)
    minutes = f" · {words('compose.minutes', minutes=part.minutes)}"
    return shortened(steps, limits.OPTION_CHARACTERS - len(minutes)) + minutes

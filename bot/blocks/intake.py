"""The intake of a case: as a conversation in the direct messages, and as one form.

Buttons carry `intake:<what>` as their action and `<case id>|<value>` as their value.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from slackblocks import Block, Button, Element, StaticSelectMenu

from bot.blocks.action_ids import ActionId, FormId, join_value
from bot.blocks.elements import (
    Payload,
    View,
    button,
    buttons,
    day,
    message,
    modal,
    option,
    plain,
    quote,
    shortened,
    small,
)
from bot.blocks.inputs import asks, radio, typed, written
from bot.flows.intake import (
    CHOICES,
    HELPING,
    MAX_FIELD_LENGTHS,
    THEME,
    Field,
    Suggestion,
    fields_of,
    is_passable,
    tips_of,
)
from bot.flows.types import CaseStatus
from bot.i18n import Words

ANSWER = 300
"""Characters of an answer that stand below its question; the whole is in the summary."""


def question(
    field: Field,
    content: Mapping[str, str],
    case: str,
    words: Words,
    *,
    suggested: Suggestion | None = None,
    at: tuple[int, int] | None = None,
    first: bool = False,
    noted: bool = False,
) -> Payload:
    """Ask for one field of a case with this `content`.

    The work question is asked below what the bringer just found that it is about. `suggested`
    says what might strengthen the work question just given. `at` is the question's place among
    how many. The `first` of a conversation offers a form instead. `noted`: what was written does
    not choose anything, and is kept.
    """
    blocks: list[Block] = []
    if noted:
        blocks.append(plain(words("intake.noted"), "noted"))
    if suggested is not None:
        blocks.append(plain(words(f"intake.suggest_{suggested}"), "suggestion"))
        again = button(words, ActionId.INTAKE_EDIT, join_value(case, Field.QUESTION))
        blocks += buttons("suggestion-actions", [again])
    if field is Field.QUESTION:
        found = [quote(content[each], each) for each in HELPING if content.get(each)]
        blocks += [small(words("intake.found"), "found"), *found] if found else []
    if field is Field.SITUATION and content.get(Field.NOTE):
        blocks.append(small(words("intake.noted_before"), "noted-before"))
        blocks.append(quote(content[Field.NOTE], Field.NOTE))
    if at is not None:
        blocks.append(small(words("intake.progress", n=at[0], total=at[1]), "progress"))
    asked = _asked(field, content, words)
    blocks.append(plain(asked, "question"))
    row = [
        Button(
            text=words(f"choice.{field}.{value}"),
            action_id=f"intake:choose:{value}",
            value=join_value(case, field),
        )
        for value in CHOICES.get(field, ())
    ]
    if is_passable(field, content):
        row.append(button(words, ActionId.INTAKE_PASS, join_value(case, field)))
    blocks += buttons("choices", row)
    aside = [button(words, ActionId.INTAKE_FORM, case)] if first else []
    blocks += buttons("aside", [*aside, button(words, ActionId.INTAKE_STOP, case)])
    return message(asked, blocks)


def answered(field: Field, content: Mapping[str, str], words: Words) -> Payload:
    """Show a question that was asked with its answer, if there is one, and no buttons."""
    asked = _asked(field, content, words)
    blocks: list[Block] = [plain(asked, "question")]
    if content.get(field):
        blocks.append(quote(shortened(_shown(field, content, words), ANSWER), "answer"))
    elif field in content:
        blocks.append(small(words("intake.passed"), "passed"))
    return message(asked, blocks)


def _asked(field: Field, content: Mapping[str, str], words: Words) -> str:
    return words(_of_theme(f"intake.ask_{field}", content, words))


def _shown(field: Field, content: Mapping[str, str], words: Words) -> str:
    """Return an answer as its bringer reads it."""
    value = content[field]
    return words(f"choice.{field}.{value}") if field in CHOICES and value else value


def _of_theme(key: str, content: Mapping[str, str], words: Words) -> str:
    """Return the key of a text about a theme where there is one, and the case is about that."""
    themed = f"{key}_{THEME}"
    return themed if content.get(Field.KIND) == THEME and words.has(themed) else key


def hello(words: Words) -> Payload:
    """Open the conversation: what is coming, what cannot wait, and what stays in Slack."""
    text = words("intake.hello")
    return message(text, [plain(text, "hello"), *_beforehand(words)])


def from_message(link: str, words: Words) -> Payload:
    """Say from which message a case begins: the bot has not read it."""
    text = words("intake.from_message", link=link)
    return message(text, [plain(text, "from-message")])


def _beforehand(words: Words) -> list[Block]:
    """Say what a bringer has to know before they tell anything."""
    return [
        plain(words("intake.danger"), "danger"),
        small(words("intake.slack"), "slack"),
    ]


def recognisable(marks: Sequence[str], words: Words) -> Payload:
    """Tell somebody by what people may be recognised in what they wrote, and what helps."""
    text = words("recognise.hint", marks=_listed(marks, words))
    return message(text, [plain(text, "recognisable")])


def unready(
    content: Mapping[str, str],
    case: str,
    words: Words,
    *,
    marks: Sequence[str] = (),
    live: bool = True,
) -> Payload:
    """Explain what helps somebody in whose case people can still be recognised.

    `marks` are what we found ourselves. Only a `live` one has buttons.
    """
    text = words("intake.unready")
    blocks: list[Block] = [plain(text, "unready")]
    if marks:
        blocks.append(small(words("intake.unready_marks", marks=_listed(marks, words)), "marks"))
    telling = [field for field in MAX_FIELD_LENGTHS if content.get(field)]
    done = Button(
        text=words("intake.unready_yes"),
        action_id="intake:choose:yes",
        value=join_value(case, Field.UNRECOGNISABLE),
    )
    row = [
        _menu(telling, case, words),
        done,
        button(words, ActionId.INTAKE_STOP, case),
    ]
    return message(text, [*blocks, *buttons("unready-actions", row if live else [])])


def _menu(fields: Sequence[Field], case: str, words: Words) -> StaticSelectMenu:
    return StaticSelectMenu(
        action_id=ActionId.INTAKE_EDIT_ANY,
        placeholder=words("intake.edit_any"),
        options=[option(words, f"case.{field}", join_value(case, field)) for field in fields],
    )


def _listed(marks: Sequence[str], words: Words) -> str:
    return words.listed([words(f"recognise.{mark}") for mark in marks])


def summary(
    content: Mapping[str, str],
    case: str,
    words: Words,
    *,
    suggested: Suggestion | None = None,
    advises: bool = True,
    became: str = "",
) -> Payload:
    """Show the whole draft to its bringer, to change or submit; `advises` as in the flow.

    One of before has no buttons, and says by the key of a text what `became` of it.
    """
    blocks: list[Block] = [plain(words(became or "intake.summary"), "summary")]
    if suggested is not None:
        blocks.append(plain(words(f"intake.suggest_{suggested}"), "suggestion"))
    for field in Field:
        value = content.get(field)
        if not value:
            continue
        blocks.append(small(f"*{words(f'case.{field}')}*", f"{field}-label"))
        blocks.append(quote(_shown(field, content, words), field))
    if became:
        return message(words(became), blocks)
    asked = fields_of(content, advises=advises)
    if Field.TIPS in asked and Field.TIPS not in content:
        blocks.append(small(words(f"intake.tips_{tips_of(content)}"), "tips"))
    row = [
        button(words, ActionId.INTAKE_SUBMIT, case, primary=True),
        _menu(asked, case, words),
        button(words, ActionId.INTAKE_STOP, case),
        button(words, ActionId.INTAKE_DISCARD, case),
    ]
    return message(words("intake.summary"), [*blocks, *buttons("summary-actions", row)])


def stopped(case: str, words: Words, *, key: str = "intake.stopped", live: bool = True) -> Payload:
    """Say by a text with this key that the draft waits; only a `live` one has buttons."""
    text = words(key)
    row = [
        button(words, ActionId.INTAKE_RESUME, case, primary=True),
        button(words, ActionId.INTAKE_DISCARD, case),
    ]
    return message(text, [plain(text, "stopped"), *buttons("stopped-actions", row if live else [])])


def submitted(case: str, status: CaseStatus, words: Words, *, channel: str) -> Payload:
    """Say where a case is that was sent in; while it waits in the queue, offer to begin."""
    text = words(_WHERE.get(status, "intake.held"), channel=f"<#{channel}>")
    row = [
        button(words, ActionId.CASE_START, case, primary=True),
        button(words, ActionId.CASE_WITHDRAW, case),
    ]
    if status is not CaseStatus.QUEUED:
        row = []
    return message(text, [plain(text, "submitted"), *buttons("submitted-actions", row)])


_WHERE = {
    CaseStatus.QUEUED: "intake.submitted",
    CaseStatus.LIVE: "intake.begun",
    CaseStatus.DRAFT: "intake.out",
}


def lobby(channel: str, words: Words) -> Payload:
    """Say where the lobby is of a session that somebody opened from their direct messages."""
    text = words("intake.lobby", channel=f"<#{channel}>")
    return message(text, [plain(text, "lobby")])


def forgotten_soon(case: str, title: str, when: datetime, words: Words) -> Payload:
    """Inform a bringer that a case that waits will be forgotten, with a button to keep it."""
    text = words("intake.forgotten_soon", when=day(when, words))
    named = [quote(title, "forgotten-soon-title")] if title else []
    row = [button(words, ActionId.CASE_KEEP, case, primary=True)]
    return message(
        text, [plain(text, "forgotten-soon"), *named, *buttons("forgotten-soon-actions", row)]
    )


def kept_waiting(days: int, words: Words) -> Payload:
    """Inform a bringer that a case that waits is kept for as long again."""
    text = words("intake.kept_waiting", days=days)
    return message(text, [plain(text, "kept-waiting")])


def form(content: Mapping[str, str], case: str, words: Words, *, advises: bool = True) -> View:
    """Return the whole intake as one form, filled with what there is; `advises` as in the flow."""
    blocks: list[Block] = [
        plain(words("intake.danger"), "danger"),
        *(
            asks(
                name,
                words(f"case.{name}"),
                _element(name, content.get(name), words),
                hint=words(f"intake.hint_{name}"),
                optional=name in _NOT_ALWAYS,
            )
            for name in fields_of({}, advises=advises)
        ),
    ]
    return modal(
        words,
        "intake.form_title",
        blocks,
        callback=FormId.INTAKE_FORM,
        about=case,
    )


_NOT_ALWAYS = (Field.ACTION, *HELPING, Field.AIM, Field.TIPS)
"""The fields that some case or other does without; a form can't tell beforehand which."""


def _element(name: Field, value: str | None, words: Words) -> Element:
    if name in CHOICES:
        return radio([(each, words(f"choice.{name}.{each}")) for each in CHOICES[name]], value)
    if name is Field.TITLE:
        return typed(value, most=MAX_FIELD_LENGTHS[name])
    return written(value, most=MAX_FIELD_LENGTHS[name])

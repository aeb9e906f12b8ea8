"""Choosing a method: what the lobby suggests, and the form with all that fit.

A suggestion's button carries `<session id>|<method id>` as its value.
"""

from collections.abc import Mapping, Sequence

from slackblocks import Block, SectionBlock, Text

from bot.blocks.action_ids import ActionId, FormId, join_value, stamped
from bot.blocks.elements import View, button, lasting, modal, plain, small
from bot.blocks.inputs import asks, menu
from bot.flows.chooser import Reason, Suggestion
from bot.flows.method import Method
from bot.flows.session.state import Session
from bot.i18n import Words

MOST_OFFERED = 2
"""Suggestions with a button: a board has no more than five, of which three are its own."""


def suggested(
    session: Session, current: Method, methods: Mapping[str, Method], words: Words
) -> list[Block]:
    """Show the suggestions for a session in its lobby, each with a button but the one taken."""
    blocks: list[Block] = []
    offered = 0
    for n, suggestion in enumerate(session.suggested):
        if offered == MOST_OFFERED and suggestion.method != current.id:
            continue
        if suggestion.reason is Reason.WENT_WELL:
            offered += 1
            asks = words("chooser.went_well")
            bring = button(
                words, ActionId.INTAKE_FOR, session.group, label="button.chooser.went_well"
            )
            blocks.append(SectionBlock(text=Text(asks), block_id="went-well", accessory=bring))
            continue
        method = methods.get(suggestion.method)
        if method is None or len(session.participants) > method.most:
            continue
        text = Text(_told(suggestion, method, session, words, taken=method.id == current.id))
        value = stamped(join_value(session.id, method.id), session.version)
        pick = button(words, ActionId.SESSION_USE, value)
        accessory = None if method.id == current.id else pick
        offered += accessory is not None
        blocks.append(SectionBlock(text=text, block_id=f"suggestion-{n}", accessory=accessory))
    return blocks


def _told(
    suggestion: Suggestion, method: Method, session: Session, words: Words, *, taken: bool
) -> str:
    minutes = method.lasts(len(session.participants))
    title = f"*{method.title[words.language]}*"
    about = lasting(minutes, words)
    why = words(f"chooser.reason_{suggestion.reason}")
    head = words("chooser.taken", title=title) if taken else title
    return f"{head} · {about}\n{why}"


def form(session: Session, current: Method, fitting: Sequence[Method], words: Words) -> View:
    """Return the form to choose from all methods that fit."""
    choices = [(method.id, _fits(method, session, words)) for method in fitting]
    which = words("chooser.method")
    return modal(
        words,
        "chooser.title",
        [
            plain(words("chooser.intro"), "intro"),
            asks("method", which, menu(choices, current.id, empty=which)),
            *(
                small(f"*{method.title[words.language]}*: {method.summary[words.language]}", m)
                for m, method in ((f"about-{n}", method) for n, method in enumerate(fitting))
            ),
        ],
        callback=FormId.SESSION_METHOD,
        about=stamped(session.id, session.version),
        submit="button.form.choose",
    )


def _fits(method: Method, session: Session, words: Words) -> str:
    minutes = method.lasts(len(session.participants))
    size = words("chooser.size", least=method.least, most=method.most, minutes=minutes)
    return f"{method.title[words.language]} · {size}"

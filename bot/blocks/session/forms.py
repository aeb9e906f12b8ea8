"""The forms of a session: contribute, reflect, pick from the tray, sort.

Each keeps the session, and the step if it matters, as private metadata.
"""

from collections.abc import Collection, Iterable, Sequence

from slackblocks import Block, Button, InputBlock

from bot.blocks.action_ids import FormId, join_value, stamped
from bot.blocks.elements import View, buttons, modal, plain, quote, shortened, small
from bot.blocks.inputs import asks, menu, radio, tick, written
from bot.flows.method import Step, VoteStep, WriteStep
from bot.flows.types import Guidance, Often, Picture
from bot.i18n import Words

HINTED = "hinted"
"""Marks a form that came back with a hint: what is sent from it is not looked at again."""

WARMTHS = ("cold", "neutral", "warm")

MAX_OPTIONS = 40
"""Pieces of advice in one tray: ten boxes to a group, and Slack's hundred blocks."""


def contribute(
    step: Step,
    about: str,
    prompt: str,
    words: Words,
    *,
    seen: str,
    hint: str | None = None,
    openers: Sequence[str] = (),
    texts: Sequence[str] = (),
    picture: str = "",
) -> View:
    """Write a contribution in a form instead of a reply; `prompt` is what the step asks.

    `about` is the session and the key of what is written, `seen` the session's version.

    With a `hint` the form comes back once, with the `texts` as they were written and the
    `picture` as it was chosen: to change them, to take over one of the `openers`, or to send
    them all the same. The inputs are called `picture`, `text`, `text-2` and so on.
    """
    fields = getattr(step, "fields", ())
    pictured = isinstance(step, WriteStep) and step.pictures
    alone = words("picture.words") if pictured else step.title[words.language]
    labels = [field[words.language] for field in fields] or [alone]
    return modal(
        words,
        "form.contribute",
        [
            plain(prompt if hint is None else hint, "prompt"),
            *_ways(openers, words),
            *([_picture(picture, words)] if pictured else []),
            *(
                asks(
                    "text" if n == 1 else f"text-{n}",
                    label,
                    written(next(iter(texts[n - 1 : n]), None), focus=n == 1),
                    optional=len(labels) > 1,
                )
                for n, label in enumerate(labels, start=1)
            ),
        ],
        callback=FormId.SESSION_CONTRIBUTE,
        about=stamped(join_value(about, HINTED if hint else ""), seen),
        submit="button.form.send" if hint is None else "button.form.send_anyway",
    )


def _picture(chosen: str, words: Words) -> InputBlock:
    """Return the menu to choose one of the pictures in the thread, by its name."""
    pictures = [(picture, words(f"picture.{picture}")) for picture in Picture]
    which = menu(pictures, chosen, empty=words("picture.placeholder"))
    return asks("picture", words("picture.choose"), which, hint=words("picture.hint"))


def _ways(openers: Sequence[str], words: Words) -> list[Block]:
    """Offer ways to begin; pressed, one takes the place of what was written."""
    row = [
        Button(text=shortened(way, 75), action_id=f"coach:take:{n}", value=way)
        for n, way in enumerate(openers)
    ]
    return [small(words("form.openers"), "openers-intro"), *buttons("openers", row)] if row else []


def taken(view: View, opener: str, n: str) -> View:
    """Return a form that Slack sent back, with an opener in its field.

    The field gets a name of its own, else Slack would keep what was typed; a beginning
    ("Wat maakte dat je …?") waits to be finished.
    """
    begun = opener.removesuffix("…?")
    blocks = [
        {
            **block,
            "block_id": f"text-way-{n}",
            "element": {**block["element"], "initial_value": begun},
        }
        if block["type"] == "input"
        else block
        for block in view["blocks"]
    ]
    kept = ("type", "title", "submit", "close", "private_metadata", "callback_id")
    return {**{name: view[name] for name in kept if view.get(name)}, "blocks": blocks}


def reflect(
    session: str,
    words: Words,
    *,
    takeaway: str = "",
    asking: str = "",
    useful: int | None = None,
    safe: int | None = None,
    evaluates: bool = False,
    rated: bool = False,
) -> View:
    """Ask for the closing reflection, and in an evaluation for wishes for the group.

    The form opens with what its writer handed in before. In an evaluation, numbers and wishes
    bear no name: who gave them (`rated`) is not asked again.
    """
    about = "evaluate" if evaluates else "reflect"
    intro = "form.evaluate_rated" if evaluates and rated else f"form.{about}_intro"
    shares = tick("share", words("form.share_yes"))
    scores = [_score("useful", useful, words), _score("safe", safe, words)]
    wishes = [_wish("guidance", Guidance, words), _wish("rhythm", Often, words)]
    return modal(
        words,
        "form.reflect",
        [
            plain(words(intro), "intro"),
            _text("takeaway", takeaway, words),
            asks("share", words("form.share"), shares, optional=True),
            *([] if evaluates else [_text("asking", asking, words)]),
            *([] if evaluates and rated else scores),
            *(wishes if evaluates and not rated else []),
        ],
        callback=FormId.SESSION_REFLECT,
        about=session,
        submit="button.form.send",
    )


def _wish(name: str, choices: Iterable[str], words: Words) -> InputBlock:
    wishes = radio((each, words(f"growth.{each}")) for each in choices)
    return asks(name, words(f"form.wish_{name}"), wishes, optional=True)


def tray(
    about: str,
    advice: Sequence[tuple[str, str | None, str]],
    picked: Collection[str],
    words: Words,
) -> View:
    """Return the form to take from the tray; `advice` holds ids, writers and texts.

    `about` is the session and the key of the step; `picked` are the ids that were taken before.
    """
    blocks: list[Block] = [plain(words("form.tray_intro"), "intro")]
    for n, (id_, who, text) in enumerate(advice[:MAX_OPTIONS]):
        blocks.append(quote(text, f"advice-{n}", by=who))
        label = shortened(words("form.advice", n=n + 1), 75)
        box = tick(id_, words("form.take"), ticked=id_ in picked)
        blocks.append(asks(f"pick-{n}", label, box, optional=True))
    return modal(
        words,
        "form.tray",
        blocks,
        callback=FormId.SESSION_TRAY,
        about=about,
        submit="button.form.tray",
    )


def sort(about: str, written: Sequence[tuple[str, str | None, str]], words: Words) -> View:
    """Return the form to sort things as cold, neutral or warm.

    `about` is the session and the key of the step; `written` holds ids, writers (None: no name)
    and texts; each input's `block_id` is `warmth-<id>`.
    """
    blocks: list[Block] = [plain(words("form.sort_intro"), "intro")]
    for n, (id_, who, text) in enumerate(written[:MAX_OPTIONS]):
        blocks.append(quote(text, f"written-{n}", by=who))
        warmth = radio((each, words(f"warmth.{each}")) for each in WARMTHS)
        blocks.append(asks(f"warmth-{id_}", words("form.sorting", n=n + 1), warmth, optional=True))
    return modal(
        words,
        "form.sort",
        blocks,
        callback=FormId.SESSION_SORT,
        about=about,
        submit="button.form.tray",
    )


def vote(
    step: VoteStep, about: str, words: Words, *, tied: Sequence[int], chosen: int | None
) -> View:
    """Return the form to choose one of a vote's options: all, or those that are `tied`.

    `about` is the session and the key of the step; `chosen` is what its reader chose before.
    """
    offered = [
        (str(n), option[words.language])
        for n, option in enumerate(step.options)
        if not tied or n in tied
    ]
    return modal(
        words,
        "form.vote",
        [
            plain(words("form.vote_tied" if tied else "form.vote_intro"), "intro"),
            asks("option", step.title[words.language], radio(offered, str(chosen))),
        ],
        callback=FormId.SESSION_VOTE,
        about=about,
        submit="button.form.send",
    )


def _text(name: str, before: str, words: Words) -> InputBlock:
    return asks(name, words(f"form.{name}"), written(before), optional=True)


def _score(name: str, before: int | None, words: Words) -> InputBlock:
    scores = radio(((str(n), words(f"score.{n}")) for n in range(1, 6)), str(before))
    return asks(name, words(f"form.{name}"), scores, optional=True)

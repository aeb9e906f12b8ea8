"""Answers to one person alone: to a slash command, to a button, in App Home."""

from collections.abc import Sequence
from typing import NamedTuple

from slackblocks import Block, Button, DividerBlock

from bot.blocks.action_ids import ActionId, join_value, stamped
from bot.blocks.elements import Payload, button, buttons, message, person, plain, small, titled
from bot.errors import Refusal
from bot.flows.types import CaseStatus
from bot.i18n import Words

MOST_LISTED = 15
"""Cases that a list shows; more would no longer be read."""


class Queued(NamedTuple):
    """A case in the queue, as the group may see it."""

    case: str
    title: str
    kind: str


class Live(NamedTuple):
    """A session under way, as somebody in it may see it at this `version`."""

    session: str
    channel: str
    title: str
    method: str
    step: str
    who: str | None
    version: int = 0


class Mine(NamedTuple):
    """A case of one's own; `status` is draft or queued."""

    case: str
    title: str
    status: CaseStatus
    channel: str


class Trend(NamedTuple):
    """How open somebody's questions were, in per cent, over their last sessions.

    `before` is the older half of them, None when there is one session only; `after` the rest.
    """

    sessions: int
    before: int | None
    after: int


def answer(text: str, blocks: Sequence[Block] = ()) -> Payload:
    """Return a short answer that only its receiver sees."""
    return message(text, blocks or [plain(text, "answer")])


def refused(refusal: Refusal, words: Words) -> Payload:
    """Say why something cannot be done now, and what to do next."""
    return answer(refusal_text(refusal, words))


def refusal_text(refusal: Refusal, words: Words, *, in_form: bool = False) -> str:
    """Return a refusal in words; `in_form`, in those that fit at a field, where there are any."""
    key = f"refusal.{refusal.key}"
    if in_form and words.has(f"{key}.form"):
        key = f"{key}.form"
    count = refusal.about.get("count")
    if isinstance(count, int):
        rest = {name: value for name, value in refusal.about.items() if name != "count"}
        return words.count(key, count, **rest)
    return words(key, **refusal.about)


def fault(words: Words) -> Payload:
    """Say that something went wrong on our side, and that nothing was lost."""
    return answer(words("refusal.fault"))


def trouble(what: str, channel: str, words: Words) -> Payload:
    """Inform a person who can act that messages do not arrive in a channel, and what helps.

    `what`: archived, away (the bot is not in it), or what was lost: lost, lost_file, lost_pin.
    """
    return answer(words(f"trouble.{what}", channel=f"<#{channel}>"))


def shut_out(payload: Payload, words: Words) -> Payload:
    """Put before an answer that Slack takes nothing from us, and who can mend that."""
    told = message("", [plain(words("trouble.shut_out"), "shut-out")])
    return {**payload, "blocks": [*told["blocks"], *payload["blocks"]]}


def with_founding(payload: Payload, words: Words) -> Payload:
    """Put behind an answer that a group can have fixed dates, with the button that opens it."""
    row = [button(words, ActionId.GROUP_GROUP, "group", label="button.group.found")]
    offer = message("", [small(words("founding.offer"), "offer"), *buttons("offer-actions", row)])
    return {**payload, "blocks": [*payload["blocks"], *offer["blocks"]]}


def queue(
    cases: Sequence[Queued],
    words: Words,
    *,
    choose: bool = False,
    group: str = "",
    method: str | None = None,
) -> Payload:
    """List the queue with a button to start each; `choose` when asked by `start`.

    With a `method`, each begins with that one, and so does a new case for the `group`.
    """
    if method is None:
        bring = button(words, ActionId.GROUP_CASE, "case", primary=not cases)
    else:
        bring = button(
            words,
            ActionId.INTAKE_FOR,
            join_value(group, method),
            label="button.group.case",
            primary=not cases,
        )
    if not cases:
        text = words("queue.empty")
        return message(text, [plain(text, "queue"), *buttons("queue-actions", [bring])])
    text = words("queue.choose" if choose else "queue.title")
    blocks: list[Block] = [plain(text, "queue")]
    for n, case in enumerate(cases[:MOST_LISTED]):
        after = " · " + words(f"choice.kind.{case.kind}")
        blocks.append(titled(case.title, "", after, f"case-{n}"))
        value = case.case if method is None else join_value(case.case, method)
        blocks += buttons(f"case-{n}-actions", [button(words, ActionId.CASE_START, value)])
    if len(cases) > MOST_LISTED:
        blocks.append(small(words.count("queue.more", len(cases) - MOST_LISTED), "more"))
    return message(text, [*blocks, DividerBlock(), *buttons("queue-actions", [bring])])


def status(sessions: Sequence[Live], waiting: int, words: Words) -> Payload:
    """Show what is going on in a channel."""
    text = words.count("status.title", len(sessions)) if sessions else words("status.none")
    blocks: list[Block] = [plain(text, "status")]
    for n, live in enumerate(sessions[:MOST_LISTED]):
        blocks.append(titled(live.title, "", f" · {live.method}", f"live-{n}"))
        who = words("status.who", who=person(live.who)) if live.who else words("status.all")
        blocks.append(small(f"{live.step} · {who}", f"live-{n}-step"))
    blocks.append(small(words.count("status.queue", waiting), "waiting"))
    row = [
        button(words, ActionId.GROUP_START, "start"),
        button(words, ActionId.GROUP_QUEUE, "queue"),
    ]
    return message(text, [*blocks, *buttons("status-actions", row)])


def which(sessions: Sequence[Live], move: str, words: Words) -> Payload:
    """Ask which of one's live sessions is meant."""
    text = words("status.which")
    blocks: list[Block] = [plain(text, "which")]
    for n, live in enumerate(sessions[:MOST_LISTED]):
        blocks.append(titled(live.title, "", f" · {live.step}", f"live-{n}"))
        row = [button(words, f"session:{move}", stamped(live.session, live.version))]
        blocks += buttons(f"live-{n}-actions", row)
    return message(text, blocks)


def coach(words: Words, *, on: bool) -> Payload:
    """Show a person whether the question coach is on for them, with a button to switch it."""
    text = words("coach.on" if on else "coach.off")
    return message(text, [plain(text, "coach"), *buttons("coach-actions", [switch(words, on=on)])])


def switch(words: Words, *, on: bool) -> Button:
    """Return the button that switches the question coach."""
    return button(words, ActionId.COACH_OFF if on else ActionId.COACH_ON, "coach")


def asked(trend: Trend | None, words: Words) -> str:
    """Return a person's own figures in words."""
    if trend is None:
        return words("coach.no_trend")
    if trend.before is None:
        return words("coach.first", after=trend.after)
    return words("coach.trend", n=trend.sessions, before=trend.before, after=trend.after)


def groups(
    found: Sequence[tuple[str, str]],
    words: Words,
    *,
    action: str = ActionId.INTAKE_FOR,
    link: str = "",
) -> Payload:
    """Ask for which group a case is; `found` holds group ids and their channels.

    `action` is what a press on one does; with a `link`, it begins from that message.
    """
    if not found:
        return answer(words("intake.no_group"))
    text = words("intake.which_group")
    rows: list[Block] = []
    for n, (group, channel) in enumerate(found[:MOST_LISTED]):
        rows.append(plain(f"<#{channel}>", f"group-{n}"))
        about, value = (ActionId.INTAKE_FROM, join_value(group, link)) if link else (action, group)
        row = [button(words, about, value, label="button.intake.here")]
        rows += buttons(f"group-{n}-actions", row)
    return message(text, [plain(text, "which"), *rows])


def lost(words: Words) -> Payload:
    """Answer a direct message that belongs to nothing."""
    text = words("intake.lost")
    row = [
        button(words, ActionId.INTAKE_NEW, "new", primary=True),
        button(words, ActionId.HELP_MORE, "help"),
    ]
    return message(text, [plain(text, "lost"), *buttons("lost-actions", row)])


def no_case(words: Words, group: str = "") -> Payload:
    """Offer somebody who says that they have no case what else they could bring to a group."""
    text = words("intake.no_case")
    row = [button(words, f"intake:{kind}", group) for kind in ("positive", "theme")]
    return message(text, [plain(text, "no-case"), *buttons("no-case-actions", row)])

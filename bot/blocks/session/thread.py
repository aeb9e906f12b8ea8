"""What the bot says in a session's thread, and privately to one person there."""

from collections.abc import Sequence
from typing import NamedTuple, assert_never

from slackblocks import Block

from bot.blocks import hunches
from bot.blocks.elements import (
    STANDS_ALONE,
    Payload,
    buttons,
    message,
    moment,
    person,
    plain,
    quote,
    small,
)
from bot.blocks.session.board import primary, shown
from bot.flows.method import (
    DiscussStep,
    GateStep,
    Method,
    PresentStep,
    ReflectStep,
    RespondStep,
    RoundStep,
    SilenceStep,
    SortStep,
    Step,
    Title,
    TrayStep,
    VoteStep,
    WriteStep,
)
from bot.flows.session.effects import Open, Say, Tally
from bot.flows.session.state import CHOICE_ID, Session, hunch_round, role_of, step_at, step_of
from bot.flows.types import Aim, ContributionKind, Guidance, Mode, Phase, Picture
from bot.i18n import Words


class QuotedText(NamedTuple):
    """Something that somebody contributed, as it is shown to others; `who` None: no name.

    `part` is the field of the form that it was written in, from 1; `picture` goes with it, or
    the `label` of that field.
    """

    who: str | None
    text: str
    part: int = 1
    picture: Picture | None = None
    label: str | None = None

    def quoted(self, block_id: str, words: Words) -> Block:
        """Show it, letter for letter, with its writer and its label or the name of its picture."""
        beside = words(f"picture.{self.picture}") if self.picture else self.label
        return quote(self.text, block_id, by=self.who, beside=beside)


class CaseText(NamedTuple):
    """A case's words, as the bringer wrote them; a step may tell some of them only.

    `aim` is what the bringer hopes for, in words; a session shows it with the case.
    """

    title: str = ""
    situation: str = ""
    action: str = ""
    question: str = ""
    aim: str = ""


def line(
    said: Say, session: Session, method: Method, words: Words, *, builds_on: str = ""
) -> Payload:
    """Say one line of the session's own; a turn in a round may build on the last answer."""
    step = step_of(session, method)
    if said.key in ("turn", "next_round") and step is not None and said.who is not None:
        text = _turn(said.key, step, session, said.who, words)
        notified = f"{step.title[words.language]}: {text}"
    else:
        text = words(
            _key(said.key, step, words),
            who=person(said.who or session.presenter),
            other=person(said.other or ""),
            bringer=person(session.presenter),
            count=said.count,
            total=said.total,
            until=moment(said.until, words) if said.until else "",
        )
        notified = text
    if not builds_on or session.guidance is Guidance.INDEPENDENT:
        return message(notified, [plain(text, "line")])
    building = small(words("session.build_on", bringer=person(session.presenter)), "build-on")
    return message(notified, [plain(text, STANDS_ALONE), building, quote(builds_on, "last")])


def _turn(key: str, step: Step, session: Session, who: str, words: Words) -> str:
    """Ask a person to speak, in their role if the step has roles."""
    bringer = person(session.presenter)
    role = role_of(session, step, who)
    if role is None and isinstance(step, RoundStep) and step.turn is not None:
        line = step.turn[words.language]
        return line.replace("{who}", person(who)).replace("{bringer}", bringer)
    if role is None:
        plain_ = key == "turn" and session.guidance is not Guidance.GUIDED
        fitting = "session.turn_short" if plain_ else _key(key, step, words)
        had = len(session.position.had) if session.position is not None else 0
        if had and words.has(f"{fitting}_{2 - had % 2}"):
            fitting = f"{fitting}_{2 - had % 2}"  # nobody says the same thing five times
        return words(fitting, who=person(who), bringer=bringer)
    asks = role.prompt[words.language].replace("{bringer}", bringer)
    return words("session.turn_role", who=person(who), role=role.title[words.language], asks=asks)


def opening(
    opened: Open, session: Session, method: Method, case: CaseText | None, words: Words
) -> Payload:
    """Open a step: what it asks, what it tells of the case, and who begins.

    It fades as the group grows (`Step.asks`). Spoken, the board has the buttons and the turns.
    """
    step = step_at(session, method, opened.step)
    title = step.title[words.language]
    asked = step.asks(words.language, _leant_on(session))
    prompt = asked.replace("{bringer}", person(session.presenter))
    blocks: list[Block] = []
    if opened.by is not None and session.guidance is Guidance.GUIDED:
        blocks.append(small(words("session.moved_on", who=person(opened.by)), "moved"))
    blocks.append(plain(f"*{title}*\n{prompt}" if prompt else f"*{title}*", "opening"))
    if isinstance(step, PresentStep) and case is not None:
        blocks += case_blocks(case, words)
    blocks += _beneath(opened, session, step, method, words)
    if opened.step == hunch_round(method):
        blocks += hunches.offer(session.id, words)
    return message(f"{title}: {prompt}" if prompt else title, blocks)


def _leant_on(session: Session) -> Guidance:
    """Return how much the bot explains of a step: less where a member practises leading it."""
    learns = any(each.led and each.who == session.facilitator for each in session.practice)
    return (
        Guidance.SUPPORTED if learns and session.guidance is Guidance.GUIDED else session.guidance
    )


def _parked(step: Step) -> str:
    """Return the key of the words for a parked bringer, by whether they are spoken to."""
    if isinstance(step, WriteStep):
        return "session.parked_write"
    spoken_to = getattr(step, "collects", None) is ContributionKind.COMPLIMENT
    return "session.parked_compliment" if spoken_to else "session.parked"


def _beneath(
    opened: Open, session: Session, step: Step, method: Method, words: Words
) -> list[Block]:
    blocks: list[Block] = []
    if _follows_aim(session, step, method):
        fits = words(f"session.aim_{session.aim}", bringer=person(session.presenter))
        blocks.append(plain(fits, "aim"))
    live, guided = session.mode is Mode.LIVE, session.guidance is Guidance.GUIDED
    if step.parked:
        parked = words(_parked(step), bringer=person(session.presenter))
        blocks.append(plain(parked, "parked"))
    if live:
        how = _how_live(step) if guided else None
        if how is not None:
            blocks.append(small(words(how), "how"))
    elif isinstance(step, RoundStep):
        assert opened.who is not None
        blocks.append(plain(_turn("turn", step, session, opened.who, words), "turn"))
        if guided:
            blocks.append(small(words("session.how_round"), "how"))
    elif session.guidance is not Guidance.INDEPENDENT and step.id != CHOICE_ID:
        blocks += buttons("opening-actions", primary(step, shown(session), words))
    return blocks


def _follows_aim(session: Session, step: Step, method: Method) -> bool:
    """Check whether a step says what kind of questions the bringer's aim calls for.

    Only a round of open questions does: where facts are asked for, the coach does not read.
    """
    return (
        session.aim is not None
        and not (session.aim is Aim.ADVICE and (session.shut or not method.has_advice))
        and session.presenter == session.bringer
        and session.guidance is not Guidance.INDEPENDENT
        and isinstance(step, RoundStep)
        and step.collects is ContributionKind.QUESTION
        and step.coach != "off"
    )


def _how_live(step: Step) -> str | None:
    """Return the key of what to do after speaking; None where the buttons say it themselves."""
    match step:
        case RoundStep() | PresentStep() | RespondStep():
            return "session.how_live"
        case WriteStep(shows="oneself"):
            return "session.how_live_oneself"
        case WriteStep():
            return "session.how_live_write"
        case DiscussStep():
            return "session.how_live_discuss"
        case ReflectStep():
            return "session.how_live_reflect"
        case GateStep() | TrayStep() | SortStep() | VoteStep() | SilenceStep():
            return None
        case _:
            assert_never(step)


def case_blocks(case: CaseText, words: Words) -> list[Block]:
    """Show a case in full."""
    blocks: list[Block] = []
    for field in CaseText._fields:
        text = getattr(case, field)
        if text:
            blocks.append(small(f"*{words(f'case.{field}')}*", f"case-{field}-label"))
            blocks.append(quote(text, f"case-{field}"))
    return blocks


def reveal(
    step: PresentStep | RespondStep | WriteStep,
    said: Sequence[QuotedText],
    words: Words,
    *,
    some: bool,
) -> Payload:
    """Show together what was written unseen, or what the bringer told in a form.

    What was asked for in several fields is shown field by field, or person by person where that
    reads better. `some`: of what was written unseen, only what the bringer found warm is shown,
    all together.
    """
    title = step.title[words.language]
    teller = person(said[0].who or "")
    if not isinstance(step, WriteStep):
        key = "session.told"
        said = [each._replace(who=None) for each in said]  # the head names who told it
    else:
        key = "session.warm" if some else "session.revealed"
    if is_by_person(step):
        everything = _by_person(step.fields, said, words)
    else:
        everything = _by_field(() if some else step.fields, said, words)
    head = plain(words(key, title=f"*{title}*", who=teller), "revealed")
    return message(words(key, title=title, who=teller), [head, *everything])


def is_by_person(step: Step) -> bool:
    """Check whether what each person wrote in a form belongs together.

    Two fields are two columns to compare. More are one person's train of thought.
    """
    if not isinstance(step, WriteStep):
        return False
    return step.shows == "together" and step.names and len(step.fields) > 2


def _by_field(fields: Sequence[Title], said: Sequence[QuotedText], words: Words) -> list[Block]:
    """Show what was written in fields with the title of each above all that stands in it."""
    blocks: list[Block] = []
    for number, field in enumerate(fields or (None,), start=1):
        found = [each for each in said if each.part == number or field is None]
        if field is not None and found:
            blocks.append(plain(f"*{field[words.language]}*", f"field-{number}"))
        blocks += [s.quoted(f"said-{number}-{n}", words) for n, s in enumerate(found)]
    return blocks


def _by_person(fields: Sequence[Title], said: Sequence[QuotedText], words: Words) -> list[Block]:
    """Show what was written in fields with each person's under their name."""
    blocks: list[Block] = []
    for n, who in enumerate(dict.fromkeys(each.who for each in said)):
        own = [each for each in said if each.who == who]
        for m, each in enumerate(own):
            label = fields[each.part - 1][words.language]
            shown = each._replace(label=label, who=who if m == 0 else None)
            blocks.append(shown.quoted(f"said-{n}-{m}", words))
    return blocks


def tally(counted: Tally, session: Session, method: Method, words: Words) -> Payload:
    """Say how a vote came out, in words, and who chooses where it is a tie."""
    step = method.step(counted.step)
    assert isinstance(step, VoteStep)
    options = [option[words.language] for option in step.options]
    bringer = person(session.presenter)
    title = f"*{step.title[words.language]}*"
    if counted.chosen is not None:
        text = words("session.vote_chosen", bringer=bringer, option=options[counted.chosen])
        return message(text, [plain(text, "chosen")])
    lines = [
        words.count("session.votes", n, option=option)
        for option, n in zip(options, counted.votes, strict=True)
    ]
    if not any(counted.votes):
        lines = [words("session.vote_nobody")]
    elif counted.tied:
        tied = words.listed([options[n] for n in counted.tied])
        lines.append(words(f"session.vote_tie_{step.tie}", bringer=bringer, tied=tied))
    blocks: list[Block] = [plain("\n".join([title, *lines]), "tally")]
    if counted.tied and step.tie == "bringer" and session.phase is Phase.RUNNING:
        blocks += buttons("tally-actions", primary(step, shown(session), words))
    return message("\n".join(lines), blocks)


def said(what: QuotedText, kind: str, words: Words) -> Payload:
    """Post what somebody wrote in a form, where others would have replied."""
    text = words(f"session.says_{kind}" if words.has(f"session.says_{kind}") else "session.says")
    named = f"{person(what.who)} {text}" if what.who else text
    return message(text, [plain(named, "says"), quote(what.text, "said")])


def shared_reflection(by: str, takeaway: str, words: Words) -> Payload:
    """Post what somebody takes along, because they chose to share it."""
    text = words("session.shared", who=person(by))
    return message(text, [plain(text, "shared"), quote(takeaway, "takeaway")])


def opened_at(kind: str, session: Session, words: Words) -> Payload:
    """Inform the group of the kind of question at which something opened for the bringer."""
    text = words(f"opened.group_{kind}", bringer=person(session.presenter))
    return message(text, [plain(text, "opened")])


def whisper(key: str, session: Session, words: Words) -> Payload:
    """Return a private message to one person."""
    text = words(f"whisper.{key}", bringer=person(session.presenter))
    return message(text, [plain(text, "whisper")])


def coached(hint: str, opener: str, words: Words) -> Payload:
    """Return the question coach's hint to one person, and how a question might begin."""
    how = small(words("whisper.coached"), "how")
    return message(hint, [plain(hint, "hint"), quote(opener, "opener"), how])


def _key(key: str, step: Step | None, words: Words) -> str:
    """Prefer the text made for what a step collects: a turn to ask differs from one to praise."""
    if key in ("turn", "next_round") and isinstance(step, RoundStep):
        fitting = f"session.{key}_{step.collects}"
        if words.has(fitting):
            return fitting
    return f"session.{key}"

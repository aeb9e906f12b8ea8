"""The states in which everything is pressed: how a team gets into each of them."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from random import Random
from typing import get_args

from bot.catalog.methods import shipped_methods
from bot.flows.method import Method, ReflectStep, Step
from bot.flows.session.state import Session, method_of, step_of
from playground.colleagues import Colleagues
from playground.slack.workspace import User
from playground.testing import DAY, ESTHER, FATIMA, JOOST, MEHMET, SANNE, Year

BRINGER, LEAD = MEHMET, SANNE
HERE = [MEHMET, SANNE, ESTHER]
"""Who takes part: the bringer, the lead of the group, and one more."""

MEMBERS = [SANNE, MEHMET, ESTHER, JOOST]
"""Who belongs to the group once it is founded; Joost is never in the session."""

MOST_ACTS = 80
KEPT = timedelta(days=40)
"""Longer than content is kept."""


def _methods_with(kind: type[Step]) -> list[Method]:
    """List the shipped methods for cases that have a step of a kind."""
    return [
        method
        for method in shipped_methods().values()
        if "learning" in method.kinds
        and method.least <= len(HERE)
        and any(isinstance(step, kind) for step in method.steps)
    ]


KINDS: tuple[type[Step], ...] = tuple(filter(_methods_with, get_args(get_args(Step)[0])))
"""Every kind of step that a shipped method has; the others are in the methods of groups alone."""

State = Callable[[Year], None]


def _nothing(_team: Year) -> None:
    """No group, no case: nobody has done anything."""


def _draft(team: Year) -> None:
    team.types(BRINGER, "casus")
    team.tells_bot(BRINGER, "Een moeder die alles weet")


def _queued(team: Year) -> None:
    team.brings(BRINGER)


def _lobby(team: Year) -> None:
    team.gathers(BRINGER, HERE[1:])


def _stepwise(team: Year, kind: type[Step], *, spoken: bool) -> None:
    """Come to a step of a kind, with something said before and in it."""
    method = _method_with(kind)
    team.gathers(BRINGER, HERE[1:], method=method.id)
    if spoken:
        team.presses(BRINGER, "session:live")
    team.presses(BRINGER, "session:begin")
    _plays_to(team, kind)
    if kind is ReflectStep:
        _reflects(team, SANNE)


def _evaluation(team: Year) -> None:
    """An evaluation in which one has looked back, and voted."""
    team.founds(members=MEMBERS)
    team.types(LEAD, "evaluatie")
    for who in (MEHMET, ESTHER):
        team.presses(who, "session:join")
    team.presses(LEAD, "session:begin")
    _plays_to(team, ReflectStep)
    _reflects(team, SANNE)


def _running(team: Year) -> None:
    team.begins(BRINGER, HERE[1:])
    team.checks_in(HERE[:2])


def _paused(team: Year) -> None:
    _running(team)
    team.chooses(BRINGER, "pause")


def _stopped(team: Year) -> None:
    _running(team)
    team.chooses(BRINGER, "stop")


def _finished(team: Year) -> None:
    """A session that came to its end, with tools, reflections and a next step told of."""
    team.begins(BRINGER, HERE[1:])
    assert team.plays_on(HERE)
    team.stage.pass_time(15 * DAY)


def _forgotten(team: Year) -> None:
    _stopped(team)
    team.stage.pass_time(KEPT)
    team.stage.pass_time(DAY)


def _planned(team: Year) -> None:
    """A group with a planned meeting, agreements, turns and an invitation."""
    team.founds(members=[*MEMBERS, FATIMA], accept=False)
    for who in (MEHMET, ESTHER, JOOST):
        team.presses(who, "member:accept", on=team.direct_messages(who)[-1])
    card = team.answer_message(LEAD, "afspraken")
    team.presses(LEAD, "agreement:edit", on=card)
    team.sends(LEAD, lines="Wij luisteren.")
    team.presses(MEHMET, "agreement:sign", on=team.answer_message(MEHMET, "afspraken"))
    team.until(team.next().starts_at - timedelta(days=6))
    for word in ("beurten", "groep", "agenda", "deelname", "methodes", "gereedschap"):
        for who in (LEAD, BRINGER):
            team.types(who, word)
    for who in MEMBERS:
        team.home(who)


def _open(team: Year) -> None:
    """A group whose meeting is going on: a session stands in its lobby."""
    team.founds(members=MEMBERS)
    team.brings(BRINGER)
    team.until(team.next().starts_at)


def _ended(team: Year) -> None:
    _planned(team)
    team.presses(LEAD, "member:end", on=team.answer_message(LEAD, "beëindig"))


STATES: dict[str, State] = {
    "no group": _nothing,
    "draft": _draft,
    "queued case": _queued,
    "lobby": _lobby,
    "paused": _paused,
    "stopped": _stopped,
    "finished": _finished,
    "forgotten": _forgotten,
    "evaluation": _evaluation,
    "planned meeting": _planned,
    "open meeting": _open,
    "ended group": _ended,
    **{
        f"{kind.__name__.removesuffix('Step').lower()}, {how}": partial(
            _stepwise, kind=kind, spoken=how == "spoken"
        )
        for kind in KINDS
        for how in ("written", "spoken")
    },
}
"""Every state by its name; a new kind of step has its two by itself."""


def _method_with(kind: type[Step]) -> Method:
    """Return the method for cases in which a step of a kind comes soonest; `basic` if it can."""

    def order(method: Method) -> tuple[bool, int]:
        at = [n for n, step in enumerate(method.steps) if isinstance(step, kind)]
        return method.id != "basic", at[0]

    return min(_methods_with(kind), key=order)


def _plays_to(team: Year, kind: type[Step]) -> None:
    """Let everyone do what is asked of them until a step of a kind begins."""
    play = Colleagues(team.slack, team.channel, HERE, random=Random(5))
    for _ in range(MOST_ACTS):
        if isinstance(step_now(team), kind):
            return
        if not play.act():
            team.presses(BRINGER, "session:next")
        team.stage.slack.clock.wind(timedelta(minutes=1))
        team.stage.settle()
    raise AssertionError(f"no {kind.__name__}: {team.board_says()}")


def step_now(team: Year) -> Step | None:
    """Return the step in which the newest session is."""
    session = Session.model_validate_json(team.session().state)
    return step_of(session, method_of(session, shipped_methods()))


def _reflects(team: Year, who: str) -> None:
    """Hand in a closing reflection, with every number and wish that is asked for."""
    team.presses(who, "session:reflect")
    blocks = team.slack.views(who)[-1].spec["blocks"]
    chosen = {
        each["block_id"]: each["element"]["options"][0]["value"]
        for each in blocks
        if each["type"] == "input" and each["element"]["type"] == "radio_buttons"
    }
    team.sends(who, takeaway="Ik wachtte te lang.", asking="Wat zag ik niet?", **chosen)


def newcomers(team: Year) -> Iterator[User]:
    """Add the people who are no colleagues like the others; return them."""
    for id_, in_channel, more in (
        ("U0GUEST", True, {"is_restricted": True}),
        ("U0OUTSIDE", False, {}),
        ("U0ROBOT", True, {"is_bot": True}),
        ("U0RETIRED", True, {"deleted": True}),
        ("U0ABROAD", True, {"is_stranger": True, "team": "T0ABROAD"}),
    ):
        name = id_.removeprefix("U0").lower()
        user = User(id_, name, f"{name.title()} Voorbeeld", **more)
        team.slack.users[id_] = user
        if in_channel:
            team.slack.channels[team.channel].members.add(id_)
        yield user

"""The rota: who brings the next case, and who facilitates.

Two orders of all members, longest ago first. Whoever had a turn goes to the end; who is
away or passes is skipped and stays where they are; who is new begins at the end. Whoever left
their own case half way keeps their place once, and the second time goes to the end. Offering
oneself, or being asked by a lead, takes a turn without moving anybody else. A swap lets two
people change places; the one who moves back can do so once before their own turn, so that
nobody waits longer than twice the group's size in meetings they attend, or four times where
people leave their cases half way.

Whoever brings nothing when it is their turn, so that the meeting is called off, is *silent* for a
year. They rest: the turn passes them over, and they stay where they are, until they say that
they bring again, hand in a case, or the year is over. In that year a turn of theirs goes on to
the next when their case is not there a week before. So their silence calls off one meeting a year
at most.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import NamedTuple

from bot.errors import Refusal
from bot.flows.types import Frozen

SILENCE_COUNTS = timedelta(days=365)
"""How long somebody is silent after a meeting that was called off because they brought nothing."""


class Rota(Frozen):
    """Both orders, and who moved back, for whom, by a swap since their last turn.

    `broke_off` left their own case half way since they last brought one. `silent`: who brought
    nothing to a meeting that was therefore called off, and on which day that was; of those,
    the turn passes over the `resting`.
    """

    bringing: tuple[str, ...] = ()
    facilitating: tuple[str, ...] = ()
    put_off: tuple[tuple[str, str], ...] = ()
    broke_off: tuple[str, ...] = ()
    silent: tuple[tuple[str, date], ...] = ()
    resting: tuple[str, ...] = ()

    def silent_since(self, who: str) -> date | None:
        """Return the day from which somebody is silent, or None."""
        return dict(self.silent).get(who)


def of_members(
    members: Iterable[str], brought: Mapping[str, datetime], led: Mapping[str, datetime]
) -> Rota:
    """Return the rota of members who met before: who did so longest ago, or never, comes first.

    `brought` and `led` are when each of them last did.
    """
    fresh = kept(Rota(), members)
    return Rota(
        bringing=tuple(sorted(fresh.bringing, key=lambda who: _since(brought, who))),
        facilitating=tuple(sorted(fresh.facilitating, key=lambda who: _since(led, who))),
    )


def _since(last: Mapping[str, datetime], who: str) -> tuple[bool, float]:
    return (who in last, last[who].timestamp() if who in last else 0.0)


class Roles(NamedTuple):
    """Who does what in a meeting; nobody brings and facilitates in one."""

    bringers: tuple[str, ...]
    facilitator: str | None


def kept(rota: Rota, members: Iterable[str]) -> Rota:
    """Return the rota of exactly these members: former members leave it, new ones come last."""
    present = tuple(dict.fromkeys(members))
    new = tuple(m for m in present if m not in rota.bringing)
    # Half the circle on, so that the first who bring are the last to facilitate.
    half = len(new) // 2
    return Rota(
        bringing=tuple(m for m in rota.bringing if m in present) + new,
        facilitating=tuple(m for m in rota.facilitating if m in present) + new[half:] + new[:half],
        put_off=tuple(pair for pair in rota.put_off if set(pair) <= set(present)),
        broke_off=tuple(m for m in rota.broke_off if m in present),
        silent=tuple(pair for pair in rota.silent if pair[0] in present),
        resting=tuple(m for m in rota.resting if m in present),
    )


def roles(
    rota: Rota,
    *,
    cases: int = 1,
    away: Collection[str] = (),
    passed: Collection[str] = (),
    offered: Iterable[str] = (),
    leading: str | None = None,
) -> Roles:
    """Return who brings a case and who facilitates.

    `away` cannot come, and `passed` prefer not to bring, nor do those who rest; `offered` take a
    turn of their own accord, in this order; `leading` was asked to facilitate.
    """
    willing = [m for m in dict.fromkeys(offered) if m in rota.bringing and m not in away]
    in_turn = [m for m in rota.bringing if m not in {*away, *passed, *rota.resting, *willing}]
    bringers = tuple([*willing, *in_turn][:cases])
    return Roles(bringers, facilitator_beside(rota, bringers, away=away, leading=leading))


def facilitator_beside(
    rota: Rota,
    bringers: Collection[str],
    *,
    away: Collection[str] = (),
    leading: str | None = None,
) -> str | None:
    """Return who facilitates when these bring: who was asked (`leading`), else who is in turn."""
    able = [m for m in rota.facilitating if m not in away and m not in bringers]
    return leading if leading in able else next(iter(able), None)


def after(rota: Rota, had: Roles) -> Rota:
    """Return the rota after a meeting that goes as planned."""
    return moved(rota, brought=had.bringers, led=(had.facilitator,))


def moved(
    rota: Rota,
    *,
    brought: Collection[str],
    led: Collection[str | None],
    broke_off: Collection[str] = (),
    credited: Collection[str] = (),
    unled: Collection[str] = (),
) -> Rota:
    """Return the rota after what happened: those who had a turn go to the end.

    `broke_off` left their own case half way. Those of them who are `credited` went to the end
    when it seemed that they had brought it, and come first again. So do the `unled`, who went
    to the end when it seemed that they led.
    """
    keep = [m for m in broke_off if m not in rota.broke_off]
    turned = {*brought, *broke_off}.difference(keep)
    first = [m for m in keep if m in credited]
    moved_on = rota.model_copy(
        update={
            "bringing": _to_the_end(_to_the_front(rota.bringing, first), turned),
            "facilitating": _to_the_end(_to_the_front(rota.facilitating, unled), led),
            "put_off": tuple(pair for pair in rota.put_off if pair[0] not in turned),
            "broke_off": (*(m for m in rota.broke_off if m not in turned), *keep),
        }
    )
    return returned(moved_on, {*brought, *broke_off})


def fell_silent(rota: Rota, people: Collection[str], on: date) -> Rota:
    """Return the rota after a meeting `on` a day for which these brought nothing: they rest."""
    before = tuple(pair for pair in rota.silent if pair[0] not in people)
    silent = (*before, *((who, on) for who in people))
    return rested(rota.model_copy(update={"silent": silent}), people)


def rested(rota: Rota, people: Collection[str]) -> Rota:
    """Return the rota in which the turn passes over these people; only who is silent can rest."""
    resting = [*rota.resting, *(who for who in people if rota.silent_since(who) is not None)]
    return rota.model_copy(update={"resting": tuple(dict.fromkeys(resting))})


def returned(rota: Rota, people: Collection[str]) -> Rota:
    """Return the rota in which these rest no longer: each has a turn again, in their place."""
    resting = tuple(who for who in rota.resting if who not in people)
    return rota.model_copy(update={"resting": resting})


def on_day(rota: Rota, today: date) -> Rota:
    """Return the rota as it is on a day: who was silent longer than a year ago is so no more."""
    silent = tuple(pair for pair in rota.silent if today - pair[1] < SILENCE_COUNTS)
    over = {who for who, _ in rota.silent} - {who for who, _ in silent}
    return returned(rota.model_copy(update={"silent": silent}), over)


def swapped(rota: Rota, one: str, other: str) -> Rota:
    """Return the rota with two people in each other's place. Raises `Refusal` if impossible.

    A second swap of the same two restores their places, and is always allowed.
    """
    if one == other:
        raise Refusal("swap_self")
    if one not in rota.bringing or other not in rota.bringing:
        raise Refusal("swap_not_in_rota")
    back = min(one, other, key=rota.bringing.index)
    forward = other if back == one else one
    if (forward, back) in rota.put_off:
        put_off = tuple(pair for pair in rota.put_off if pair != (forward, back))
    elif any(mover == back for mover, _ in rota.put_off):
        raise Refusal("swap_again" if back == one else "swap_again_other")
    else:
        put_off = (*rota.put_off, (back, forward))
    return _in_each_others_place(rota, one, other, put_off)


def unswapped(rota: Rota, one: str, other: str) -> Rota:
    """Return the rota as it was before two people swapped. Raises `Refusal` if impossible.

    It is while neither has had a turn since, and neither has swapped with somebody else since.
    """
    pair = next((pair for pair in rota.put_off if set(pair) == {one, other}), None)
    if pair is None:
        raise Refusal("swap_gone")
    later = rota.put_off[rota.put_off.index(pair) + 1 :]
    if any(set(pair) & set(each) for each in later):
        raise Refusal("swap_covered")
    back, forward = pair
    if rota.bringing.index(back) < rota.bringing.index(forward):
        raise Refusal("swap_past")  # who moved forward had that turn, and went to the end
    rest = tuple(each for each in rota.put_off if each != pair)
    return _in_each_others_place(rota, one, other, rest)


def _in_each_others_place(
    rota: Rota, one: str, other: str, put_off: tuple[tuple[str, str], ...]
) -> Rota:
    places = {one: other, other: one}
    bringing = tuple(places.get(m, m) for m in rota.bringing)
    return returned(
        rota.model_copy(update={"bringing": bringing, "put_off": put_off}), {one, other}
    )


def _to_the_end(order: tuple[str, ...], had: Collection[str | None]) -> tuple[str, ...]:
    return tuple(m for m in order if m not in had) + tuple(m for m in order if m in had)


def _to_the_front(order: tuple[str, ...], first: Collection[str]) -> tuple[str, ...]:
    return tuple(m for m in order if m in first) + tuple(m for m in order if m not in first)

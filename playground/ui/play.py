"""What the page asks of the simulated colleagues and of the clock, and what goes on there."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta


def _nothing(*_: object) -> None:
    """Do nothing, until the playground has started."""


@dataclass
class Play:
    """What goes on in the playground, shared by all browser tabs.

    `humans` are the people who look, by browser tab. `writing` is the colleague who writes a
    case, `wound` how much of a stretch of time has passed, from 0 to 1, while it does, and
    `shown` the timestamp of the board of a session that is played to be looked at. Colleagues
    act `pace` times as fast as one can read along; at 0 they wait. `spoken` is what was said last
    in a spoken session, by whom.
    """

    playing: bool = True
    pass_time: Callable[[timedelta], None] = _nothing
    bring: Callable[[str, str, str], None] = _nothing
    show: Callable[[str, str], None] = _nothing
    humans: dict[str, str] = field(default_factory=dict)
    writing: str = ""
    wound: float | None = None
    shown: str = ""
    pace: float = 1.0
    spoken: tuple[tuple[str, str], ...] = ()

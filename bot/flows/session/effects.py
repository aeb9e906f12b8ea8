"""What follows from a decision: frozen values that others carry out, in their order.

Nothing here knows how a thing is stored or what it looks like. `key` names a text
in config/locales; `who` and the like are people's ids.
"""

from datetime import datetime
from typing import Literal

from bot.flows.session.commands import Secret
from bot.flows.types import ContributionKind, Ending, Frozen, Guidance, Often, Picture, Rung


class Keep(Frozen):
    """Store a contribution; `hidden` ones are seen by their writer alone until revealed.

    `step` is the step's key (see `bot.flows.session.state.key_of`); `round` counts rounds, and in a
    form its fields, from 1.
    """

    id: str
    author: str
    kind: ContributionKind
    step: str
    round: int
    text: Secret
    ref: str | None
    edited: str | None = None
    answers: str | None = None
    hidden: bool = False
    picture: Picture | None = None


class Reword(Frozen):
    """Replace the words of the contribution at `ref`, unless it has newer ones or is withdrawn."""

    by: str
    ref: str
    text: Secret
    edited: str


class Erase(Frozen):
    """Forget the words of the contribution that stands at `ref`, if one does."""

    by: str
    ref: str


class KeepReflection(Frozen):
    """Store somebody's closing reflection; a later one replaces it."""

    by: str
    takeaway: Secret
    asking: Secret
    useful: int | None
    safe: int | None


class KeepRating(Frozen):
    """Store what somebody answered in an evaluation, once and without their name.

    `by` is who answered, so that nobody does twice; it is not kept with the answer.
    """

    by: str
    useful: int | None
    safe: int | None
    guidance: Guidance | None
    rhythm: Often | None


class ShareReflection(Frozen):
    """Post in the thread what the writer marked to be shared."""

    by: str
    takeaway: Secret


class MarkPicked(Frozen):
    """Remember what the bringer took, or kept, of what was written in these steps (by key)."""

    steps: tuple[str, ...]
    picked: tuple[str, ...]


class Say(Frozen):
    """Post a line in the thread; `other` is whom it is about besides `who`.

    `begins` is the number of the turn that begins with it, if its time tells when that was.
    `builds_on` is the id of the answer that whoever has the floor may build on.
    """

    key: str
    who: str | None = None
    other: str | None = None
    count: int | None = None
    total: int | None = None
    until: datetime | None = None
    begins: int | None = None
    builds_on: str | None = None


class Whisper(Frozen):
    """Send one person a private message that may get lost."""

    to: str
    key: str


class Open(Frozen):
    """Post what a step is about (`step` is its index), and the case where it is told.

    `who` has the floor; `by` is who moved the group on, if somebody did. `begins` is as in `Say`.
    """

    step: int
    who: str | None
    by: str | None
    begins: int | None = None


class Reveal(Frozen):
    """Show together what was written unseen in a step (by key): all of it, or `only` these."""

    step: str
    names: bool
    only: tuple[str, ...] | None = None


class Tally(Frozen):
    """Say how a vote came out: of a step (its id), the votes of each option, in their order.

    `tied` are the options with the most votes where there are several, by their number from 0;
    `chosen` is the one that the bringer chose of these.
    """

    step: str
    votes: tuple[int, ...]
    tied: tuple[int, ...] = ()
    chosen: int | None = None


class OfferTray(Frozen):
    """Offer the bringer the tray, privately."""


class OfferSort(Frozen):
    """Offer the bringer to sort what was written in a step (by key), privately."""

    step: str


class AskWhatOpened(Frozen):
    """Ask `to`, privately, at which contribution to a round (by key) something opened."""

    to: str
    step: str


class MarkOpened(Frozen):
    """Remember at which contribution something opened for `by`, and tell its writer alone."""

    by: str
    contribution: str


class OfferDirections(Frozen):
    """Ask somebody, privately, how to go on after a process check."""

    to: str


class OfferTools(Frozen):
    """Send each writer what they wrote for themselves in a step (by key)."""

    step: str


class Crib(Frozen):
    """Send a person the facilitator's crib sheet; `over`: their last one is no longer in use."""

    to: str
    over: bool = False


class Practise(Frozen):
    """Say to somebody privately what they practise in this session; `waits`: not this time."""

    to: str
    rung: Rung
    steps: tuple[str, ...] = ()
    waits: bool = False


class OfferAgreements(Frozen):
    """Show the group's agreements, to be changed and signed."""


class ReturnHunches(Frozen):
    """Send everyone, by direct message, what they parked before the round of questions."""


class SendHarvest(Frozen):
    """Send somebody by direct message what their time in the bringer's place brought.

    `seat` counts those who sat there in turn, from 1; 0 is the bringer of the whole session.
    """

    to: str
    seat: int = 0


class Board(Frozen):
    """Bring the board up to date."""


class SetTimer(Frozen):
    """Set the timer `name`; it sends `TimeUp(name)` at `due` and replaces an earlier one."""

    name: Literal["turn", "idle", "forget"]
    due: datetime


class CancelTimer(Frozen):
    """Cancel a timer."""

    name: Literal["turn", "idle", "forget"]


class Ended(Frozen):
    """The session closed; from the lobby, the case goes back into the queue."""

    how: Ending
    requeue: bool


Effect = (
    Keep
    | Reword
    | Erase
    | KeepRating
    | KeepReflection
    | ShareReflection
    | MarkPicked
    | Say
    | Whisper
    | Open
    | Reveal
    | Tally
    | OfferTray
    | OfferSort
    | AskWhatOpened
    | MarkOpened
    | OfferDirections
    | OfferTools
    | Crib
    | Practise
    | OfferAgreements
    | ReturnHunches
    | SendHarvest
    | Board
    | SetTimer
    | CancelTimer
    | Ended
)

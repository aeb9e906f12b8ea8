"""What people, and time, ask of a session: in the imperative, one frozen value each.

`by` is always the person's id in the workspace. `text` is what somebody wrote;
it is passed on to be kept, never looked at and never shown in a `repr`.
"""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from bot.flows.method import Method, Step
from bot.flows.session.pace import MAX_MINUTES, MIN_MINUTES
from bot.flows.types import Direction, Frozen, Guidance, Often, Picture, ReplyWord

Secret = Annotated[str, Field(repr=False)]
Score = Annotated[int, Field(ge=1, le=5)]


class Press(Frozen):
    """What a button or a form asks; `seen` is the version of the session that it shows."""

    by: str
    seen: int | None = None


class Join(Press):
    """Take part, in the lobby or later."""


class Leave(Press):
    """Take part no longer; `for_good` because somebody left the group or its channel."""

    for_good: bool = False


class Begin(Press):
    """Start the first step with those who joined."""


class UseMethod(Press):
    """Choose another method, while the group gathers; `own` is itself where it is none of ours."""

    method: str
    own: Method | None = None


class Contribute(Press):
    """Say something through the form, or (with `ref`, its place there) in the thread.

    A form says for which `step` it was opened, by the key of what is written there: the group
    may have moved on since. When it has several fields, `more` holds the others; some may be
    empty. `picture` was chosen to go with it.
    """

    id: str
    text: Secret
    more: Annotated[tuple[str, ...], Field(repr=False)] = ()
    picture: Picture | None = None
    ref: str | None = None
    edited: str | None = None
    step: str | None = None


class Reply(Frozen):
    """Write something in the thread, at `ref`; `word`: the whole text says no more than that.

    `edited` is the timestamp of the edit that came before the message itself.
    """

    by: str
    id: str
    text: Secret
    ref: str
    word: ReplyWord | None = None
    edited: str | None = None


class Amend(Frozen):
    """Change the words of an earlier reply; `edited` is the timestamp of the edit."""

    by: str
    ref: str
    text: Secret
    edited: str


class Withdraw(Frozen):
    """Take an earlier reply back; `contribution` is its id, once it was looked up.

    `step` is the key of the step in which it counted.
    """

    by: str
    ref: str
    contribution: str | None = None
    step: str | None = None


class Pass(Press):
    """Leave this turn, question or form for what it is."""


class Later(Press):
    """Keep the turn, at the end of the round."""


class Done(Press):
    """Say that one's own part of this step is told, or that the tray has been read."""


class Next(Press):
    """Move on to the next step, whoever is still to come."""


class Back(Press):
    """Undo the last `Next` or `Done`."""


class GoLive(Press):
    """Go on spoken, by the clock; `minutes` are for the whole, None for what is usual."""

    minutes: Annotated[int, Field(ge=MIN_MINUTES, le=MAX_MINUTES)] | None = None


class GoAsync(Press):
    """Go on in writing, over days."""


class MoreTime(Press):
    """Extend a spoken step by a few minutes."""


class Facilitate(Press):
    """Lead the session oneself, in place of the bot or of whoever leads it."""


class HandBack(Press):
    """Make the bot the facilitator again."""


class Pause(Press):
    """Stop the time."""


class Halt(Frozen):
    """Pause because others can read the channel now; nobody in particular asked for it."""


class Resume(Press):
    """Go on where it was left, after a pause or after an untimely end."""


class Stop(Press):
    """End the session early."""


class AskProcessCheck(Press):
    """Ask the group to pause, and to say how to go on; `steps` are those of a process check."""

    steps: tuple[Step, ...] = ()


class TakeDirection(Press):
    """Choose how to go on after a process check."""

    direction: Direction


class Choose(Press):
    """Answer a gate."""

    open: bool


class WishTips(Press):
    """Say, as the bringer, whether advice is welcome, before the session comes to that."""

    open: bool


class Pick(Press):
    """Take these contributions from the tray of a `step` (all the others are left)."""

    step: str | None = None
    picked: tuple[str, ...]


class MarkOpened(Press):
    """Say at which contribution to a round something opened."""

    contribution: str


class Sort(Press):
    """Find these contributions of a `step` warm, these neutral, and all the others cold."""

    step: str | None = None
    warm: tuple[str, ...] = ()
    neutral: tuple[str, ...] = ()


class Vote(Press):
    """Choose an option of a `step`, by its number from 0; who voted before changes their vote."""

    step: str | None = None
    option: int


class Reflect(Frozen):
    """Hand in the closing reflection; scores run from 1 (hardly) to 5 (very).

    `guidance` and `rhythm` are wishes for the group, asked in an evaluation.
    """

    by: str
    takeaway: Secret = ""
    asking: Secret = ""
    useful: Score | None = None
    safe: Score | None = None
    guidance: Guidance | None = None
    rhythm: Often | None = None
    share: bool = False


class TimeUp(Frozen):
    """A deadline has come: of the `turn` (or step), or of the whole session (`idle`)."""

    timer: Literal["turn", "idle"]
    due: datetime


Command = (
    Join
    | Leave
    | Begin
    | UseMethod
    | Contribute
    | Reply
    | Amend
    | Withdraw
    | Pass
    | Later
    | Done
    | Next
    | Back
    | GoLive
    | GoAsync
    | MoreTime
    | Facilitate
    | HandBack
    | Pause
    | Halt
    | Resume
    | Stop
    | AskProcessCheck
    | TakeDirection
    | Choose
    | WishTips
    | Pick
    | MarkOpened
    | Sort
    | Vote
    | Reflect
    | TimeUp
)

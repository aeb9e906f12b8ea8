"""What messages with buttons ask, by name: once that is answered or over, their buttons go.

`Outgoing.prompt` holds a name, and `Unit.close_prompt` takes the buttons away. Whoever closes a
name closes the longer ones that begin with it: a meeting's, and what it asks of one person.
"""

from enum import StrEnum


class Prompt(StrEnum):
    """What is asked, and of what. The values are stored."""

    STEP = "step"
    """What a session's step asks, in the thread and of one person."""
    OPENED = "opened"
    """At which contribution to a step of a session something opened."""
    FOLLOW_UP = "follow_up"
    """How the next step of a session went."""
    MEETING = "meeting"
    """What a meeting asks of its group or, with a person, of them; until it begins."""
    INVITATION = "invitation"
    """Whether somebody joins a group."""
    TRIAL = "trial"
    """Whether a member of a group goes on after the trial period."""
    RUNG = "rung"
    """Whether a member of a group takes a rung of the ladder."""
    GUIDANCE = "guidance"
    """How much guidance a group wants."""
    ROOM = "room"
    """Whether a group goes on in its channel."""
    ADMIT = "admit"
    """Whether people of other organisations take part in a group."""
    TELL = "tell"
    """Whether a case may be told in public."""

    def of(self, *ids: str) -> str:
        """Return the name of what is asked of these ids, the whole before its part."""
        return f"{self}:{'|'.join(ids)}"

"""The subjects of timers: what a timer is about, stored as "kind:id"."""

from enum import StrEnum

FORGET = "forget"
"""Name of the timers after which content is gone for good (`bot.store.clocks`)."""


class Subject(StrEnum):
    """A kind of subject, and what its id is. The values are stored."""

    SESSION = "session"
    """A session."""
    GROUP = "group"
    """A group: its rhythm, and its members."""
    ENDING = "ending"
    """A group whose channel is closed, or that may have no members left."""
    CASE = "case"
    """A case that waits."""
    MEETING = "meeting"
    """A meeting."""
    REMINDER = "reminder"
    """A meeting and a person, as "meeting|user"."""
    TRIAL = "trial"
    """A group and a member of it, as "group|user"."""
    FOLLOW_UP = "follow_up"
    """A session whose bringer is asked how it went."""
    RECEIPT = "receipt"
    """A session that was forgotten, whose group gets a receipt."""
    GROWTH = "growth"
    """A session that ended, or (timer "year") a group."""
    LADDER = "ladder"
    """A session that ended, after which members may climb."""
    STATEMENT = "statement"
    """A person who asked for a statement."""
    STATS = "stats"
    """A group and the person who asked for its counts, as "group|user"."""
    HOME = "home"
    """A person whose App Home is out of date."""
    WORKSPACE = "workspace"
    """A workspace or an organisation that uninstalled the app."""

    def key(self, *ids: str) -> str:
        """Return the stored form of this subject with its id or ids."""
        return f"{self}:{'|'.join(ids)}"

    @classmethod
    def parse(cls, key: str) -> "tuple[Subject, str]":
        """Return the kind and the id of a stored subject. Raises `ValueError` for no such kind."""
        kind, _, id_ = key.partition(":")
        return cls(kind), id_

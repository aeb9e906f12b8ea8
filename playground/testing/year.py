"""A group that lives through a year: what it does, and what one sees of it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.store.tables import Attendance, Group, Lane, MeetingRow, Timer
from playground.slack.workspace import Message, Reply
from playground.testing.team import ESTHER, JOOST, MEHMET, SANNE, Team

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
DAY = timedelta(days=1)
FOUR = [SANNE, MEHMET, ESTHER, JOOST]
"""The members of a group, unless a test names others."""


class Year(Team):
    """A team that lives through a year."""

    def founds(
        self,
        *,
        by: str = SANNE,
        members: Sequence[str] = FOUR,
        accept: bool = True,
        **values: object,
    ) -> Reply:
        """Found the channel's group by form; with `accept`, everyone accepts the invitation."""
        self.types(by, "groep")
        reply = self.sends(by, name="Wijkteam Noord", members=members, leads=[by], **values)
        if accept:
            for who in members:
                if who != by:
                    self.presses(who, "member:accept", on=self.direct_messages(who)[-1])
        return reply

    def answer_message(self, who: str, text: str) -> Message:
        """Type a slash command in the channel; return its private answer, to press on."""
        self.types(who, text)
        seen = self.slack.everything(who, self.channel)
        return [m for m in seen if m.ephemeral_to == who][-1]

    def now(self) -> datetime:
        """Return the time on the stage's clock."""
        return self.stage.slack.clock.now()

    def until(self, moment: datetime) -> None:
        """Pass the time until a moment, with a rest after each day on which something is due."""
        while self.now() + DAY < moment:
            idle = max((self._due(moment) - self.now()) // DAY, 0)
            self.stage.pass_time(min(idle + 1, (moment - self.now()) // DAY) * DAY)
        if self.now() < moment:
            self.stage.pass_time(moment - self.now() + timedelta(seconds=5))

    def _due(self, moment: datetime) -> datetime:
        """Return when the bot has something to do next, at most `moment`."""
        timers = (timer.due_at for timer in self.rows(Timer))
        return min([moment, *timers, *(lane.next_at for lane in self.rows(Lane))])

    def meetings(self) -> list[MeetingRow]:
        """Return all meetings, first to last."""
        return sorted(self.rows(MeetingRow), key=lambda row: row.starts_at)

    def next(self) -> MeetingRow:
        """Return the first meeting that is planned or open."""
        return next(m for m in self.meetings() if m.status in ("planned", "open"))

    def group(self) -> Group:
        """Return the group that was founded first."""
        return self.rows(Group)[0]

    def posts(self, block_id: str) -> list[Message]:
        """Return the channel's messages that hold a block of this id."""
        seen = self.slack.messages(SANNE, self.channel)
        return [m for m in seen if any(b.get("block_id") == block_id for b in m.blocks)]

    def announcement(self) -> Message:
        """Return the newest announcement of a meeting."""
        return self.posts("meeting")[-1]

    def brought(self) -> list[str]:
        """Return who brought a case, meeting by meeting."""
        starts = {m.id: m.starts_at for m in self.meetings()}
        attended = [a for a in self.rows(Attendance) if a.brought]
        return [a.user for a in sorted(attended, key=lambda a: starts[a.meeting_id])]

    def meets(self, bringer: str, others: Sequence[str]) -> None:
        """Hand in a case, let the hour come, and hold the session."""
        self.brings(bringer)
        self.until(self.next().starts_at)
        self.holds(bringer, others)

    def holds(self, bringer: str, others: Sequence[str]) -> None:
        """Begin and end the session of a meeting that is under way."""
        for who in others:
            self.presses(who, "session:join")
        self.presses(bringer, "session:begin")
        self.chooses(bringer, "stop")
        self.until(self.now() + 2 * DAY)


def local(moment: datetime) -> datetime:
    """Return a moment in Dutch time."""
    return moment.astimezone(AMSTERDAM)


def form_of(team: Team, who: str) -> list[dict[str, Any]]:
    """Return the blocks of the form that a person has open."""
    blocks: list[dict[str, Any]] = team.slack.views(who)[-1].spec["blocks"]
    return blocks

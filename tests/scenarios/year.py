"""A group that lives through a year: what it does, and what one sees of it."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.store.tables import Attendance, Group, MeetingRow
from tests.scenarios.team import ESTHER, JOOST, MEHMET, SANNE, Team

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
NEW_YEAR = datetime(2027, 1, 4, 9, tzinfo=UTC)
DAY = timedelta(days=1)
FOUR = [SANNE, MEHMET, ESTHER, JOOST]


class Year(Team):
    """A team that lives through a year."""

    def founds(self, *, by=SANNE, members=FOUR, accept=True, **values):
        self.types(by, "groep")
        reply = self.sends(by, name="Wijkteam Noord", members=members, leads=[by], **values)
        if accept:
            for who in members:
                if who != by:
                    self.presses(who, "member:accept", on=self.direct_messages(who)[-1])
        return reply

    def answer_message(self, who, text):
        """Type something in the channel; give the private answer as a message to press on."""
        self.types(who, text)
        seen = self.slack.everything(who, self.channel)
        return [m for m in seen if m.ephemeral_to == who][-1]

    def now(self):
        return self.stage.slack.clock.now()

    def until(self, moment):
        """Let the days pass one by one, as they do."""
        while self.now() + DAY < moment:
            self.stage.pass_time(DAY)
        if self.now() < moment:
            self.stage.pass_time(moment - self.now() + timedelta(seconds=5))

    def meetings(self):
        return sorted(self.rows(MeetingRow), key=lambda row: row.starts_at)

    def next(self):
        return next(m for m in self.meetings() if m.status in ("planned", "open"))

    def group(self):
        return self.rows(Group)[0]

    def posts(self, what):
        seen = self.slack.messages(SANNE, self.channel)
        return [m for m in seen if any(b.get("block_id") == what for b in m.blocks)]

    def announcement(self):
        return self.posts("meeting")[-1]

    def brought(self):
        rows = {m.id: m.starts_at for m in self.meetings()}
        said = [a for a in self.rows(Attendance) if a.brought]
        return [a.user for a in sorted(said, key=lambda a: rows[a.meeting_id])]

    def meets(self, bringer, others):
        """Let the bringer hand in a case, the hour come, and the session be begun and ended."""
        self.brings(bringer)
        self.until(self.next().starts_at)
        self.holds(bringer, others)

    def holds(self, bringer, others):
        """Let the session of a meeting that is under way be begun and ended."""
        for who in others:
            self.presses(who, "session:join")
        self.presses(bringer, "session:begin")
        self.chooses(bringer, "stop")
        self.until(self.now() + 2 * DAY)


def local(moment):
    return moment.astimezone(AMSTERDAM)


def form_of(year, who):
    return year.slack.views(who)[-1].spec["blocks"]

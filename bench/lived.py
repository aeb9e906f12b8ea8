"""Groups that play a year over signed HTTP, by commands, buttons and forms.

Made to be looked at (`bench.pictures`) and counted on; nothing is written into the database
by hand.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from random import Random

from sqlalchemy import select

from bench.world import PEOPLE
from bot.flows.meeting import Status
from bot.flows.types import Phase
from bot.store.tables import Case, Group, MeetingRow, SessionRow
from playground.reading import find
from playground.slack.workspace import Message, User
from playground.testing import SANNE, Stage, Team, WoundClock, seeded, staged

NEW_YEAR = datetime(2026, 1, 5, 9, tzinfo=UTC)
DAY = timedelta(days=1)
HOUR_OF_MEETING = "16:00"
ADDRESS = "https://intervisie.example.org"
FIRST = ("Anna", "Bilal", "Chantal", "Dirk", "Emine", "Floor", "Gijs", "Hanna", "İdil", "مريم")
LAST = ("Bakker", "Çelik", "de Boer", "Mulder", "Öztürk", "van den Berg", "Wójcik", "🌿 Smit")
TEAMS = ("Wijkteam", "Basisschool", "Thuiszorg", "Jeugdteam", "Wmo-loket", "Scrumteam")
PLACES = ("Noord", "Zuid", "Oost", "West", "Centrum")
ABSENT, PASSES, SKIPPED, LEAST = 0.15, 0.2, 5, 2
"""How often somebody is absent or passes, the meeting skipped, and the fewest who must come."""


class Circle(Team):
    """A group in its own channel, and the year that it plays.

    `whole`: its sessions are played to their end; otherwise they are short, and still begun,
    ended and looked back on.
    """

    def __init__(
        self, stage: Stage, channel: str, name: str, people: Sequence[str], *, whole: bool
    ) -> None:
        super().__init__(stage)
        self.channel, self.name, self.whole = channel, name, whole
        self.people = list(people)
        self.random = Random(name)
        self.meetings = 0
        self.group = ""

    def someone(self) -> str:
        """Return a member, to read the channel as they see it."""
        return self.people[0]

    def founds(self, **rhythm: str) -> None:
        """Found the group; all accept."""
        lead, *others = self.people
        self.types(lead, "groep")
        values = {"at": HOUR_OF_MEETING, "free": ["7"], **rhythm}
        self.sends(lead, name=self.name, members=self.people, leads=[lead], **values)
        for who in others:
            asked = next(
                m for m in reversed(self.direct_messages(who)) if find(m.blocks, "member:accept")
            )
            self.presses(who, "member:accept", on=asked)
        with self.stage.bot.store.unit() as unit:
            found = unit.db.scalars(select(Group.id).where(Group.channel == self.channel))
            self.group = found.one()

    def first(self, status: Status) -> MeetingRow | None:
        """Return the first meeting of this status."""
        with self.stage.bot.store.unit() as unit:
            return unit.db.scalars(
                select(MeetingRow)
                .where(MeetingRow.group_id == self.group, MeetingRow.status == status)
                .order_by(MeetingRow.starts_at)
            ).first()

    def prepares(self, meeting: str) -> None:
        """Bring a case, pass, or skip the meeting, in the week before it."""
        self.meetings += 1
        if self.meetings == SKIPPED:
            self.types(self.people[0], "bijeenkomst")
            self.sends(self.people[0], what="skip", reason="Iedereen heeft vakantie.")
            return
        self._answers()
        bringer, turn = self.asked(meeting)[-1]
        if self.random.random() < PASSES:
            self.presses(bringer, "meeting:pass", on=turn)
            bringer, _ = self.asked(meeting)[-1]
        self.brings(bringer, "positive" if self.meetings % 3 == 0 else "learning")

    def _answers(self) -> None:
        """Say who comes; members of a trial group say that they go on."""
        said = self.slack.messages(self.someone(), self.channel)
        told = next(m for m in reversed(said) if find(m.blocks, "meeting:coming"))
        for who in self.people:
            if self.random.random() >= ABSENT:
                self.presses(who, "meeting:coming", on=told)
            if trial := self._last(who, "member:confirm"):
                self.presses(who, "member:confirm", on=trial)

    def holds(self, bringer: str) -> None:
        """Play the session whose lobby is open, with who comes."""
        others = [who for who in self.people if who != bringer]
        there = [who for who in others if self.random.random() >= ABSENT]
        there = there if len(there) >= LEAST else others
        for who in there:
            self.presses(who, "session:join")
        if self.meetings % 2:
            self.presses(there[0], "session:lead")
        self.presses(bringer, "session:begin")
        if self.whole:
            assert self.plays_on([bringer, *there], acts=600)
            return
        self.writes(self.turn(), "Ik ben er.")
        self.chooses(bringer, "stop")
        for who in (bringer, *there):
            if self.random.random() >= ABSENT:
                self.presses(who, "session:reflect")
                useful = self.random.choice("3445")
                self.sends(who, takeaway="Eerst vragen, dan vinden.", useful=useful, safe="5")

    def next_bringer(self) -> str:
        """Return who was asked to bring a case to the next meeting; else the second member."""
        coming = self.first(Status.PLANNED)
        asked = self.asked(coming.id) if coming else []
        return asked[-1][0] if asked else self.people[1]

    def asked(self, meeting: str) -> list[tuple[str, Message]]:
        """Return who was asked to bring a case, and by which message, the newest last."""
        asked = [
            (who, said)
            for who in self.people
            for said in self.direct_messages(who)
            if (found := find(said.blocks, "meeting:pass")) and found[1]["value"] == meeting
        ]
        return sorted(asked, key=lambda each: each[1].ts)

    def lobby(self) -> str | None:
        """Return who brings the case of the open lobby; None without a lobby."""
        with self.stage.bot.store.unit() as unit:
            return unit.db.scalar(
                select(Case.bringer)
                .join(SessionRow, SessionRow.case_id == Case.id)
                .where(SessionRow.group_id == self.group, SessionRow.status == Phase.LOBBY)
            )

    def _last(self, who: str, action: str) -> Message | None:
        """Return the last message that still offers somebody an action."""
        said = reversed(self.direct_messages(who))
        return next((each for each in said if find(each.blocks, action)), None)


def live(stage: Stage, circles: Sequence[Circle], days: int = 365) -> None:
    """Pass days one by one for these groups."""
    prepared: set[str] = set()
    for _ in range(days):
        stage.pass_time(DAY)
        now = stage.slack.clock.now()
        for circle in circles:
            coming = circle.first(Status.PLANNED)
            if coming and coming.id not in prepared and coming.starts_at - now < 5 * DAY:
                prepared.add(coming.id)
                circle.prepares(coming.id)
            if bringer := circle.lobby():
                circle.holds(bringer)


@contextmanager
def six(days: int = 365) -> Iterator[tuple[Stage, list[Circle]]]:
    """A group of six that played each of its sessions to the end."""
    with staged(workspace=seeded(WoundClock(NEW_YEAR)), address=ADDRESS) as stage:
        channel = next(c.id for c in stage.workspace.channels.values() if c.name == "intervisie")
        circle = Circle(stage, channel, "Wijkteam Noord", PEOPLE, whole=True)
        circle.founds()
        live(stage, [circle], days)
        yield stage, [circle]


@contextmanager
def thirty(days: int = 345, groups: int = 30) -> Iterator[tuple[Stage, list[Circle]]]:
    """Yield a stage with groups of six out of sixty people; Sanne leads ten of them."""
    with staged(workspace=seeded(WoundClock(NEW_YEAR)), address=ADDRESS) as stage:
        slack = stage.workspace
        names = [f"{first} {last}" for first in FIRST for last in LAST[:6]]
        people = [User(f"U0N{n:03}", f"n{n}", name) for n, name in enumerate(names)]
        slack.users |= {user.id: user for user in people}
        circles = []
        for n in range(groups):
            lead = SANNE if n < 10 else people[n].id
            members = [lead, *(people[(n * 7 + k * 11 + 1) % 60].id for k in range(5))]
            name = f"{TEAMS[n % 6]} {PLACES[n // 6]}"
            channel = slack.create_channel(
                name.casefold().replace(" ", "-"), [*members, slack.bot.id]
            )
            circle = Circle(stage, channel.id, name, members, whole=False)
            circle.founds(nth=str(n % 4 + 1), weekday=str(n % 5))
            circles.append(circle)
        live(stage, circles, days)
        yield stage, circles

"""A year of a group as chance has it, and every view of it agrees on what happened.

People answer, hand in cases, come, go, leave half way, stop and resume; sessions begin early, late
and by themselves, meetings are moved and skipped, and the clock stands still for days. People
swap, offer, undo, leave the group and come back (`tests.faults.turns`). Afterwards what is
counted is compared with what people did, and the views with each other.
"""

from collections import Counter, defaultdict
from datetime import datetime, timedelta
from hashlib import sha256
from random import Random

from sqlalchemy import select

from bot.flows.meeting import LOBBY_WAITS, Stage, Status
from bot.flows.participation import period_of
from bot.flows.session.state import Session
from bot.flows.types import Ending, Phase
from bot.i18n import language_of, words
from bot.repositories.meetings import next_meeting, rota_of
from bot.repositories.members import members_of
from bot.repositories.participation import attended_in_year, figures_of
from bot.repositories.sessions import board_key
from bot.store.tables import (
    Attendance,
    Case,
    Group,
    MeetingRow,
    Member,
    Participant,
    Post,
    SessionRow,
)
from bot.store.unit import Unit
from playground.reading import block, choice, find, mentioned
from playground.slack.records import TEAM
from playground.slack.workspace import Message
from playground.testing import DAY, SANNE, Year, local, staged
from tests.faults.turns import PEOPLE, Turns

PERIOD = 2027
MINUTE = timedelta(minutes=1)

ACTS = {
    "gather": 6,
    "finish": 3,
    "join": 3,
    "next": 4,
    "leave": 2,
    "stop": 1,
    "resume": 2,
    "start": 2,
    "lead": 3,
    "brings": 2,
}
"""What people do around a meeting, and how often."""


class Life:
    """Four people, a fifth who may join, and chance."""

    def __init__(self, year: Year, random: Random) -> None:
        self.year = year
        self.random = random
        self.acted: defaultdict[str, set[str]] = defaultdict(set)
        """Who pressed something on a board, by its timestamp."""
        self.seen: defaultdict[str, set[str]] = defaultdict(set)
        """Who stood on a board as being there while its session was under way."""
        self.leading: defaultdict[str, set[str]] = defaultdict(set)
        """Who stood on it as leading."""
        self.done: Counter[str] = Counter()
        self.turns = Turns(year, random, self.done)

    def found(self) -> None:
        """Found the group, which meets every two weeks for one to three cases."""
        self.year.founds(rule="2 weeks", weekday="1")
        cases = self.random.choice("123")
        if cases != "1":
            card = self.year.answer_message(SANNE, "groep")
            self.year.presses(SANNE, "group:details", on=card)
            self.year.sends(SANNE, cases=cases)

    def live(self, meetings: int) -> None:
        """Live until so many meetings are behind the group, and some time passes."""
        for _ in range(meetings):
            starts = next(m.starts_at for m in self.year.meetings() if m.status == Status.PLANNED)
            before = self.random.choice([3, 6, 8])
            self.year.until(starts - before * DAY)
            for _ in range(self.random.randint(1, 4)):
                self._prepare()
            for _ in range(self.random.randint(1, 5)):
                self.turns.act()
            starts = self.year.next().starts_at
            self._come_to(starts)
            self.turns.look()
            for _ in range(self.random.randint(4, 14)):
                self._act()
                self.turns.look()
                if self.random.random() < 0.25:
                    self.year.stage.pass_time(self.random.choice([60, 7 * 60, 26 * 60]) * MINUTE)
        self._let_time_pass(LOBBY_WAITS + 3 * DAY)

    def _come_to(self, starts: datetime) -> None:
        """Come to the hour: early, in time, or with a clock that stood still over it."""
        year, how = self.year, self.random.choice(["early", "in time", "in time", "outage"])
        self.done[how] += 1
        if how == "in time":
            year.until(starts)
            return
        hours = self.random.choice([1, 5, 11])
        year.until(starts - hours * 60 * MINUTE)
        if how == "outage":
            year.slack.clock.wind(timedelta(hours=hours + self.random.choice([1, 20, 60])))
        if self.random.random() < 0.7:
            self._begin_by_themselves()
        for _ in range(self.random.randint(0, 4)):
            self._act()
        year.stage.pass_time(timedelta(hours=1))

    def _let_time_pass(self, length: timedelta) -> None:
        self.year.until(self.year.now() + length)
        self.year.stage.pass_time(MINUTE)
        self.year.stage.pass_time(MINUTE)

    def _prepare(self) -> None:
        who = self.random.choice(self.turns.members())
        if self.random.random() < 0.5:
            self.year.brings(who)
            self.done["brings"] += 1
        else:
            self.turns.act()

    def _act(self) -> None:
        who, year = self.random.choice(self.turns.members()), self.year
        act = self.random.choices([*ACTS], [*ACTS.values()])[0]
        boards = self._boards()
        if act == "start":
            self._start(who, boards)
        elif act == "brings":
            year.brings(who)
        elif act == "gather" and boards:
            self._gather(boards[-1])
        elif act == "finish" and boards:
            for _ in range(12):
                self._press(who, "session:next", self.year.board())
        elif boards:
            board = boards[-1] if self.random.random() < 0.8 else self.random.choice(boards)
            self._press(who, f"session:{act}", board) or self._choose(who, act, board)

    def _begin_by_themselves(self) -> None:
        """Let somebody bring a case, somebody open it, and some of them begin."""
        members = self.turns.members()
        self.year.brings(self.random.choice(members))
        before = self._boards()
        self._start(self.random.choice(members), before)
        if len(self._boards()) > len(before):
            self._gather(self._boards()[-1])

    def _boards(self) -> list[Message]:
        seen = self.year.slack.messages(SANNE, self.year.channel)
        return [message for message in seen if block(message.blocks, "board-who")]

    def _gather(self, board: Message) -> None:
        """Let three or four people press that they join, and that it begins."""
        members = self.turns.members()
        people = self.random.sample(members, min(len(members), self.random.choice([3, 4])))
        for action in ("session:join", "session:begin"):
            for who in people:
                self._press(who, action, self._now(board))

    def _now(self, board: Message) -> Message:
        """Return a board as it stands now."""
        seen = self.year.slack.messages(SANNE, self.year.channel)
        return next(message for message in seen if message.ts == board.ts)

    def _start(self, who: str, before: list[Message]) -> None:
        self.year.types(who, "start")
        for board in self._boards():
            if board.ts not in {known.ts for known in before}:
                self.acted[board.ts].add(who)
                self.done["start"] += 1

    def _press(self, who: str, action: str, on: Message) -> bool:
        found = find(on.blocks, action)
        if found:
            at, element = found
            value = element.get("value")
            self.year.slack.press(who, action, value=value, message=on, block_id=at)
            self._acts(who, action, on)
        return bool(found)

    def _choose(self, who: str, move: str, on: Message) -> None:
        found = choice(on.blocks, f"session:{move}")
        if found:
            self.year.slack.choose(who, on, *found)
            self._acts(who, move, on)

    def _acts(self, who: str, what: str, on: Message) -> None:
        self.year.stage.settle()
        self.year.stage.tick()
        self.year.stage.settle()
        self.acted[on.ts].add(who)
        self.done[what] += 1
        self._observe()

    def _observe(self) -> None:
        """Read on the boards who is there, and who leads."""
        for message in self.year.slack.messages(SANNE, self.year.channel):
            for shown in message.blocks:
                if shown.get("block_id") == "board-until":
                    line = shown["elements"][0]["text"]
                    before, _, there = line.rpartition(" · ")
                    self.seen[message.ts] |= set(mentioned(there))
                    self.leading[message.ts] |= set(mentioned(before))


def histories(url: str, *, seed: int, meetings: int = 6) -> Counter[str]:
    """Live through some meetings, and compare all that is known of them; return what happened."""
    with staged(url) as stage:
        life = Life(Year(stage), Random(seed))
        life.found()
        life.live(meetings)
        with stage.bot.store.unit() as unit:
            audit(unit, life, stage.slack.clock.now())
            rows = unit.db.scalars(select(MeetingRow.status)).all()
            life.done.update(str(row) for row in rows if row != Status.PLANNED)
        audit_shown(life)
    return life.done


def audit(unit: Unit, life: Life, now: datetime) -> None:
    """Check that every view agrees with what people did."""
    group = unit.db.scalars(select(Group)).one()
    sessions = unit.db.scalars(select(SessionRow)).all()
    parts = defaultdict(list)
    for part in unit.db.scalars(select(Participant)):
        parts[part.session_id].append(part)
    meetings = {row.id: row for row in unit.db.scalars(select(MeetingRow))}
    for row in sessions:
        _audit_session(unit, life, row, parts[row.id], meetings)
    for row in meetings.values():
        _audit_meeting(unit, row, [s for s in sessions if s.meeting_id == row.id], parts, now)
    members = [member.user for member in members_of(unit, group)]
    rota = rota_of(unit, group)
    assert set(rota.bringing) == set(rota.facilitating) == set(members)
    assert len(rota.bringing) == len(rota.facilitating) == len(members)
    following = next_meeting(unit, group)
    assert following is not None
    assert following.stage < Stage.OVER
    _audit_figures(unit, group, members, now)


def _audit_session(
    unit: Unit,
    life: Life,
    row: SessionRow,
    parts: list[Participant],
    meetings: dict[str, MeetingRow],
) -> None:
    """A session: its columns follow its events, and nobody counts who did nothing in it."""
    state = Session.model_validate_json(row.state)
    case = unit.db.get(Case, row.case_id)
    assert case is not None
    assert row.begun == any(part.attended for part in parts)
    if row.begun:
        brought = {part.user for part in parts if part.brought}
        assert brought == {case.bringer} or (row.ending is Ending.BRINGER_LEFT and not brought)
    if row.begun:
        board = unit.db.get(Post, (TEAM, board_key(row.id)))
        assert board is not None
        attended = {part.user for part in parts if part.attended}
        assert attended <= life.acted[board.ts], "somebody counts who did nothing"
        assert attended == life.seen[board.ts]
        led = {part.user for part in parts if part.led}
        assert led <= life.leading[board.ts]
        leads = state.facilitator is not None and state.phase is Phase.CLOSED
        assert bool(led) >= leads, "who leads to the end has led"
    if row.begun and row.meeting_id is None:
        begun = min(part.since for part in state.parts)
        near = [m for m in meetings.values() if m.starts_at - DAY / 2 <= begun < m.starts_at + DAY]
        assert all(m.status in (Status.SKIPPED, Status.CANCELLED) for m in near)


def _audit_meeting(
    unit: Unit,
    row: MeetingRow,
    sessions: list[SessionRow],
    parts: dict[str, list[Participant]],
    now: datetime,
) -> None:
    """A meeting: held when a session of it began, and attended by who took part in one."""
    begun = [each for each in sessions if each.begun]
    attendances = unit.db.scalars(select(Attendance).where(Attendance.meeting_id == row.id)).all()
    if row.stage == Stage.OVER and row.starts_at < now - LOBBY_WAITS - 3 * DAY:
        assert row.status in (Status.HELD, Status.MISSED), row.starts_at
    if row.stage == Stage.OVER:
        assert (row.status is Status.HELD) == bool(begun)
    elif row.starts_at < now - LOBBY_WAITS:
        assert row.status in (Status.SKIPPED, Status.CANCELLED)
    if row.status is Status.HELD:
        of = [part for each in sessions for part in parts[each.id] if part.attended]
        assert {each.user for each in attendances} == {part.user for part in of}
        for mine, theirs in (("brought", "brought"), ("facilitated", "led")):
            had = {each.user for each in attendances if getattr(each, mine)}
            assert had == {part.user for part in of if getattr(part, theirs)}
    else:
        assert not attendances
        assert not begun


def audit_shown(life: Life) -> None:
    """What people see of dates: App Home names the next one, the calendar all, as they became."""
    year, bot = life.year, life.year.stage.bot
    with bot.store.unit() as unit:
        group = unit.db.scalars(select(Group)).one()
        following = next_meeting(unit, group)
        assert following is not None
        day = words(language_of("nl")).day(local(following.starts_at).date())
        member = unit.db.get(Member, (group.id, SANNE))
        assert member is not None
        member.feed = sha256(b"token").hexdigest()
        unit.commit()
    year.home(SANNE)
    assert day in year.home_says(SANNE)
    feed = (bot.calendars.feed("token") or b"").decode().replace("\r\n ", "")
    for who in sorted(year.slack.channels[year.channel].members & {*PEOPLE}):
        _audit_history(year, who)
    for who in PEOPLE:
        said = [year.reads(message, who) for message in year.direct_messages(who)]
        unreached = [text.split(";")[0] for text in said if "nog niet aan toe" in text]
        assert len(unreached) == len(set(unreached)), "of one meeting, once"
        life.done["unreached"] += len(unreached)
        asked = [m for m in year.direct_messages(who) if find(m.blocks, "meeting:rest")]
        assert len(asked) <= 1, "their silence calls off one meeting a year"
        life.done["silent"] += len(asked)
    events = {entry.split("UID:")[1][:32]: entry for entry in feed.split("BEGIN:VEVENT")[1:]}
    for row in year.rows(MeetingRow):
        if row.status in (Status.HELD, Status.PLANNED, Status.OPEN):
            assert "STATUS:CONFIRMED" in events[row.id]
        elif row.status is Status.SKIPPED:
            assert "STATUS:CANCELLED" in events[row.id]


ROLES = {"jij bracht een casus in": "brought", "jij begeleidde": "led", "jij deed mee": "attended"}
"""What a page of the history calls the roles that are kept of a session."""


def _audit_history(year: Year, who: str) -> None:
    """The history lists each session that somebody took part in, on its day, with their role."""
    shown: Counter[tuple[str, str]] = Counter()
    year.types(who, "geschiedenis")
    view = year.slack.views(who)[-1]
    while True:
        lines = [each for each in view.spec["blocks"] if " · jij " in str(each.get("text"))]
        for line in lines:
            day, _, role = line["text"]["text"].split(" · ")
            shown[(day.split("*")[1], ROLES[role])] += 1
        older = find(view.spec["blocks"], "history:older")
        if older is None:
            break
        year.slack.press(who, "history:older", value=older[1]["value"], view=view)
        view = year.slack.views(who)[-1]
    year.slack.close(who, view.id)
    meetings = {row.id: row.starts_at for row in year.rows(MeetingRow)}
    sessions = {row.id: row for row in year.rows(SessionRow) if row.status is Phase.CLOSED}
    been: Counter[tuple[str, str]] = Counter()
    for part in year.rows(Participant):
        if part.user == who and part.attended and part.session_id in sessions:
            row = sessions[part.session_id]
            at = meetings[row.meeting_id] if row.meeting_id else row.created_at
            role = "brought" if part.brought else "led" if part.led else "attended"
            been[(words(language_of("nl")).day(local(at).date()), role)] += 1
    assert shown == been


def _audit_figures(unit: Unit, group: Group, members: list[str], now: datetime) -> None:
    """Figures and statements: the same meetings and sessions, counted once each."""
    names = [(who, who) for who in members]
    figures = figures_of(unit, group, names, period_of(str(PERIOD), now.date()), now)
    held = unit.db.scalars(select(MeetingRow).where(MeetingRow.status == Status.HELD)).all()
    assert figures.occasions == len(held) + figures.loose
    assert figures.dates.held == len(held)
    for row in figures.rows:
        been = attended_in_year(unit, TEAM, row.user, PERIOD)
        assert len(been) == row.present
        assert sum(each.brought for each in been) == row.brought
        assert sum(each.facilitated for each in been) == row.facilitated

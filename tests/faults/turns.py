"""What people do with their turns in a random year, and whether each answer is true of what is.

After each press the new messages are compared with the meeting as it is stored: who brings and
who leads, who comes, whose offer stands. Nobody is overtaken in the rota by anybody who did not
have a turn, swap or leave between two looks.
"""

from collections import Counter
from collections.abc import Sequence
from itertools import combinations
from random import Random
from typing import NamedTuple

from sqlalchemy import func, select

from bot.blocks import meetings as show
from bot.flows.meeting import Stage, Status
from bot.flows.rota import Rota
from bot.i18n import language_of, words
from bot.repositories.meetings import (
    facts,
    loose_turns,
    next_meeting,
    rota_of,
    snapshot_of,
    upcoming,
)
from bot.repositories.members import members_of
from bot.store.tables import Attendance, Group, MeetingRow
from bot.store.unit import Unit
from playground.reading import block, elements, find, mentioned, plain
from playground.slack.workspace import Message
from playground.testing import DAY, FATIMA, FOUR, Year

PEOPLE = [*FOUR, FATIMA]
"""Who may belong to the group in the course of the year."""

ANSWERS = 0.6
"""How likely somebody who is asked something answers at once, and thinks better of it."""

LOOKS_AT_CARD = 0.3
"""How likely somebody looks at the card with the rota after something happened."""

LOOKS_BACK = 12
"""How many of their messages somebody still presses on."""

BRINGS = ("brengt een casus in", "brengen een casus in", "niemand die een casus inbrengt")


class Known(NamedTuple):
    """What was so at the last look: the rota, and who had which turns, by meeting and person."""

    rota: Rota
    brought: set[tuple[str, str]]
    led: set[tuple[str, str]]


class Turns:
    """People who offer, pass, swap, ask each other, undo, leave and come back."""

    def __init__(self, year: Year, random: Random, done: Counter[str]) -> None:
        self.year = year
        self.random = random
        self.done = done
        self.known: Known | None = None
        self.moved: set[str] = set()
        """Who swapped, left or joined since the last look."""

    def act(self) -> None:
        """Do something about turns as somebody, and check all that is said then."""
        acts = {"card": 5, "message": 6, "announcement": 3, "belonging": 2, "move": 1, "skip": 1}
        who, year = self.random.choice(self.members()), self.year
        match self.random.choices([*acts], [*acts.values()])[0]:
            case "card":
                self._press_something(who, [year.answer_message(who, "beurt")])
            case "message":
                newest = self.random.choice([1, 3, LOOKS_BACK])
                self._press_something(who, year.direct_messages(who)[-newest:])
            case "announcement":
                self._press_something(
                    who, [*year.posts("meeting")[-2:], *year.posts("skipped")[-1:]]
                )
            case "belonging":
                self._join_or_leave(self.random.choice(PEOPLE[1:]))
            case "move":
                self._change(who, what="move", days=self.random.choice([-1, 1, 2, 5]))
            case "skip":
                self._change(who, what="skip", days=0)
        self.look()

    def members(self) -> list[str]:
        """Return who belongs to the group now."""
        with self.year.stage.bot.store.unit() as unit:
            return [member.user for member in members_of(unit, _group(unit))]

    # what people do

    def _press_something(self, who: str, messages: Sequence[Message]) -> None:
        """Press a random button about a meeting on one of these messages, if there is one."""
        found = [
            (message, at, element)
            for message in messages
            for at, element in elements(message.blocks)
            if element["action_id"].startswith("meeting:")
            and element["action_id"] != "meeting:calendar"
        ]
        if not found:
            return
        message, at, element = self.random.choice(found)
        action, value = element["action_id"], element["value"]
        before, asked = self._counts(), None
        reply = self.year.slack.press(who, action, value=value, message=message, block_id=at)
        assert reply.status == 200, (action, reply)
        self.year.stage.settle()
        if action in ("meeting:swap", "meeting:assign") and self.year.slack.views(who):
            asked = self.random.choice(self.members())
            self.year.sends(who, colleague=asked)
            self._close(who)
        self.done[action] += 1
        # Who takes turns again after another meeting hears of the next one.
        about = "" if action == "meeting:return" else value.split("|")[0].split("@")[0]
        self._check_answers(who, about, before)
        self.look()
        if asked is not None and self.random.random() < ANSWERS:
            self._press_something(asked, self.year.direct_messages(asked)[-1:])
            self.look()
            self._press_something(asked, self.year.direct_messages(asked)[-1:])

    def _join_or_leave(self, who: str) -> None:
        year = self.year
        before = self._counts()
        self.moved.add(who)
        if who not in self.members():
            year.slack.join(who, year.channel)
            year.stage.settle()
            year.types(who, "meedoen")
            self.done["comes"] += 1
        elif len(self.members()) > 3:
            if self.random.random() < 0.5:
                year.slack.leave(who, year.channel)
                year.stage.settle()
            else:
                year.presses(who, "member:leave", on=year.answer_message(who, "groep"))
            self.done["goes"] += 1
        self.year.stage.tick()
        self.year.stage.settle()
        self._check_answers(None, "", before)

    def _change(self, who: str, *, what: str, days: int) -> None:
        year = self.year
        before = self._counts()
        year.types(who, "bijeenkomst")
        views = year.slack.views(who)
        if not views:
            return
        form = {b["block_id"]: b.get("element", {}) for b in views[-1].spec["blocks"]}
        on = form["on"]["initial_date"]
        with year.stage.bot.store.unit() as unit:
            planned = (r for r in upcoming(unit, _group(unit)) if r.status == Status.PLANNED)
            meeting = next(planned)
            on = (meeting.starts_at + days * DAY).date().isoformat()
            id_ = meeting.id
        year.sends(who, what=what, reason="Te druk.", **({"on": on} if days else {}))
        self._close(who)
        self.done[what] += 1
        self._check_answers(None, id_, before)

    def _close(self, who: str) -> None:
        for view in self.year.slack.views(who)[::-1]:
            self.year.slack.close(who, view.id)

    # whether what was said is so

    def _counts(self) -> dict[str, int]:
        return {who: len(self.year.direct_messages(who)) for who in PEOPLE}

    def _check_answers(self, presser: str | None, meeting: str, before: dict[str, int]) -> None:
        """Check what is said in all direct messages that are new, about a meeting or the next."""
        with self.year.stage.bot.store.unit() as unit:
            group = _group(unit)
            following = next_meeting(unit, group)
            row = unit.db.get(MeetingRow, meeting) or following
            assert row is not None
            assert following is not None
            for who in PEOPLE:
                for message in self.year.direct_messages(who)[before[who] :]:
                    about = [row] if who == presser else [row, following]
                    self._check(unit, who, message, about)

    def _check(self, unit: Unit, who: str, message: Message, rows: list[MeetingRow]) -> None:
        said = self.year.reads(message, who)
        snapshots = [snapshot_of(unit, row) for row in rows]
        if any(text in said.replace("jij brengt iets in", "") for text in BRINGS):
            expected = [self._roles(facts(each), who) for each in snapshots]
            assert any(text in said for text in expected), (said, expected)
        here = snapshots[0]
        brings = [who in each.roles.bringers for each in snapshots]
        if "Fijn, jij brengt iets in" in said or said.count("jij aan de beurt"):
            assert any(brings), said
        if "vraagt of jij op" in said:
            assert any(brings) == ("geen plek vrij" not in said), said
        if "hoef jij in" in said or "Helemaal goed: deze keer niet" in said:
            assert not all(brings), said
        if "Fijn dat je het aanbiedt" in said:
            assert who in here.meeting.offered, said
            assert not brings[0], said
        if "jij bent erbij" in said or "je bent erbij" in said:
            assert who not in here.absent, said
            assert who in here.meeting.coming, said
        if "Fijn dat je het zegt" in said:
            assert who in here.absent, said
        if "dus overslaan hoeft niet" in said:
            assert who not in {*here.roles.bringers, *here.meeting.offered}, said
        if "al geweest, of gaat niet door" in said:
            assert here.row.status != Status.PLANNED, said
        if "staat gewoon op de agenda" in said:
            assert here.row.status == Status.PLANNED, said
        if "van beurt geruild" in said:
            other = _named(self.year, said.split("hebben")[0])
            self._check_exchanged(unit, said, {who, other})
        if "Alles staat weer zoals eerst" in said:
            self._check_exchanged(unit, said, {who, _named(self.year, said)})

    def _check_exchanged(self, unit: Unit, said: str, pair: set[str]) -> None:
        """Check that two have each other's place in the rota, and all others their own."""
        assert self.known is not None
        places = dict(zip(pair, [*pair][::-1], strict=True))
        expected = tuple(places.get(who, who) for who in self.known.rota.bringing)
        assert rota_of(unit, _group(unit)).bringing == expected, said
        self.moved |= pair

    def _roles(self, about: show.Facts, who: str) -> str:
        text = show.roles(about, words(language_of("nl")))
        return plain(text, self.year.slack, self.year.slack.users[who])

    def look(self) -> None:
        """Check the rota against the last look, and what cards and announcements show of it."""
        with self.year.stage.bot.store.unit() as unit:
            group = _group(unit)
            now = Known(rota_of(unit, group), _had(unit, "brought"), _had(unit, "facilitated"))
            off = _had(unit, "broke_off")
            if self.known is not None and group.rota is not None:
                led = {who for _, who in now.led ^ self.known.led}
                turned = {who for _, who in (now.brought ^ self.known.brought) | off} | self.moved
                _audit_order(self.known.rota.bringing, now.rota.bringing, turned)
                _audit_order(self.known.rota.facilitating, now.rota.facilitating, led | self.moved)
            self.known, self.moved = now, set()  # until a meeting is announced, nobody heard
            following = next_meeting(unit, group)
            if following is not None and following.stage >= Stage.ASKED:
                self._audit_announcement(unit, following)
        if self.random.random() < LOOKS_AT_CARD:
            self._audit_card(self.random.choice(self.members()))

    def _audit_announcement(self, unit: Unit, row: MeetingRow) -> None:
        """The newest announcement of a meeting to come shows who does what, and the answers."""
        if row.status != Status.PLANNED:
            return
        snapshot = snapshot_of(unit, row)
        shown = [
            message
            for message in self.year.posts("meeting")
            if (found := find(message.blocks, "meeting:away"))
            and found[1]["value"].startswith(row.id)
        ]
        if not shown:
            return
        about = facts(snapshot)
        said = block(shown[-1].blocks, "meeting")
        assert said.endswith(show.roles(about, words(language_of("nl")))), said
        told = self.year.reads(shown[-1])
        assert f"{about.answered} van de {about.members} he" in told, told

    def _audit_card(self, who: str) -> None:
        """The card with the rota shows the order, the next meeting, and who brought when."""
        card = self.year.answer_message(who, "beurt")
        with self.year.stage.bot.store.unit() as unit:
            group = _group(unit)
            following = next_meeting(unit, group)
            assert following is not None
            order = block(card.blocks, "rota-order").split("\n")
            assert [mentioned(line)[0] for line in order] == [*rota_of(unit, group).bringing]
            about = facts(snapshot_of(unit, following))
            said = block(card.blocks, "rota-next")
            assert said.endswith(show.roles(about, words(language_of("nl")))), said
            offers = bool(find(card.blocks, "meeting:offer"))
            meeting = snapshot_of(unit, following).meeting
            if following.status == Status.PLANNED:
                engaged = {*about.bringers, *meeting.offered, *meeting.passed}
                assert offers == (who not in engaged)
            last = dict(
                unit.db.execute(
                    select(Attendance.user, func.max(MeetingRow.starts_at))
                    .join(MeetingRow, MeetingRow.id == Attendance.meeting_id)
                    .where(Attendance.brought)
                    .group_by(Attendance.user)
                ).all()
            )
            last |= loose_turns(unit, _group(unit), "brought")
            for line in order:
                assert ("nog niet geweest" in line) == (mentioned(line)[0] not in last), line


def _group(unit: Unit) -> Group:
    return unit.db.scalars(select(Group)).one()


def _had(unit: Unit, role: str) -> set[tuple[str, str]]:
    rows = unit.db.scalars(select(Attendance)).all()
    return {(row.meeting_id, row.user) for row in rows if getattr(row, role)}


def _audit_order(before: Sequence[str], now: Sequence[str], turned: set[str]) -> None:
    """Check that of those who had no turn each is where they were, towards each other."""
    stay = [who for who in before if who in now and who not in turned]
    assert [who for who in now if who in stay] == stay, (before, now, turned)
    for one, other in combinations(stay, 2):
        assert now.index(one) < now.index(other)


def _named(year: Year, text: str) -> str:
    """Return the first person whose first name stands in a text."""
    names = {user.real_name.split()[0]: id_ for id_, user in year.slack.users.items()}
    found = [(text.index(name), id_) for name, id_ in names.items() if name in text]
    return min(found)[1]

"""A group and its year: founding, whose turn it is, reminders, and what comes between."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from bot.store.tables import Attendance, FollowUp, Group, MeetingRow, Member, Timer
from playground.reading import find
from playground.seed import seeded
from playground.stage import staged
from playground.time import WoundClock
from tests.scenarios.team import ESTHER, FATIMA, GRACE, JOOST, MEHMET, SANNE, Team

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


@pytest.fixture
def year(sqlite_url):
    with staged(sqlite_url, workspace=seeded(WoundClock(NEW_YEAR))) as stage:
        yield Year(stage)


def local(moment):
    return moment.astimezone(AMSTERDAM)


def test_founding_gives_a_year_of_dates_and_invites_the_members(year):
    year.founds(free=["7"], accept=False)
    dates = [local(m.starts_at) for m in year.meetings()]
    assert [d.month for d in dates] == [1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12]
    assert all((d.hour, d.weekday()) == (16, 1) and 8 <= d.day <= 14 for d in dates)
    told = year.reads(year.posts("founded")[-1])
    assert "elke tweede dinsdag van de maand om 16:00" in told
    assert "niet in juli" in told
    assert "nodigt je uit voor intervisiegroep" in year.last_direct(MEHMET)
    assert [m.user for m in year.rows(Member) if m.left_at is None] == [SANNE]
    year.presses(MEHMET, "member:accept", on=year.direct_messages(MEHMET)[-1])
    year.presses(JOOST, "member:decline", on=year.direct_messages(JOOST)[-1])
    assert {m.user for m in year.rows(Member) if m.left_at is None} == {SANNE, MEHMET}
    assert "doet nu niet mee" in year.last_direct(SANNE)
    assert "Uitgenodigd: Esther" in year.reads(year.answer_message(SANNE, "groep"))


def test_a_year_of_twelve_meetings_with_all_that_happens_in_one(year):
    year.founds(nth="-1")  # every last Tuesday
    assert [local(m.starts_at).strftime("%m-%d %H:%M") for m in year.meetings()] == [
        *("01-26 16:00", "02-23 16:00", "03-30 16:00"),
        "05-04 16:00",  # 27 April is King's Day
        *("05-25 16:00", "06-29 16:00", "07-27 16:00", "08-31 16:00", "09-28 16:00"),
        *("10-26 16:00", "11-30 16:00", "12-28 16:00"),
    ]

    # January: two weeks before the first, Sanne is asked; the day before, the channel hears.
    year.until(datetime(2027, 1, 12, 14, 55, tzinfo=UTC))
    assert year.direct_messages(SANNE) == []
    year.until(datetime(2027, 1, 12, 15, 5, tzinfo=UTC))
    assert "Op dinsdag 26 januari 2027 om 16:00 ben jij" in year.last_direct(SANNE)
    assert "aan de beurt om iets in te brengen" in year.last_direct(SANNE)
    year.presses(MEHMET, "meeting:coming", on=year.announcement())
    year.presses(ESTHER, "meeting:away", on=year.announcement())
    shown = year.reads(year.announcement())
    assert "2 van de 4 hebben geantwoord" in shown
    assert "Sanne brengt iets in" in shown
    year.meets(SANNE, [MEHMET, JOOST])
    assert "Intervisie: dinsdag 26 januari 2027 om 16:00." in year.reads(year.posts("eve")[0])

    # February: Mehmet swaps with Joost, who agrees.
    second = year.next()
    year.until(second.starts_at - timedelta(days=13))
    turn = year.direct_messages(MEHMET)[-1]
    assert find(turn.blocks, "meeting:swap")
    year.presses(MEHMET, "meeting:swap", on=turn)
    year.sends(MEHMET, colleague=JOOST)
    year.presses(JOOST, "meeting:swap_yes", on=year.direct_messages(JOOST)[-1])
    assert "Joost brengt iets in" in year.reads(year.announcement())
    year.meets(JOOST, [SANNE, MEHMET])

    # March: Esther is away, so it is Mehmet's turn; she keeps her place.
    third = year.next()
    year.types(ESTHER, "afwezig")
    year.sends(ESTHER, away_from="2027-03-22", away_until="2027-04-02", reminders="all")
    year.until(third.starts_at - timedelta(days=13))
    assert "Mehmet brengt iets in" in year.reads(year.announcement())
    year.meets(MEHMET, [SANNE, JOOST])

    # In April it is King's Day, so they meet a week later; Esther, first in line, is asked.
    fourth = year.next()
    assert local(fourth.starts_at).date().isoformat() == "2027-05-04"
    year.meets(ESTHER, [SANNE, JOOST])

    # May: the group skips a month, and the next one stands.
    fifth = year.next()
    year.until(fifth.starts_at - timedelta(days=5))
    year.types(SANNE, "bijeenkomst")
    year.sends(SANNE, what="skip", reason="Iedereen heeft vakantie.")
    assert "gaat niet door" in year.reads(year.posts("skipped")[-1])
    assert year.next().starts_at > fifth.starts_at + timedelta(days=20)
    year.until(fifth.starts_at + DAY)

    # The rest of the year goes by the rota.
    for bringer in (SANNE, JOOST, MEHMET, ESTHER, SANNE, JOOST, MEHMET):
        meeting = year.next()
        year.until(meeting.starts_at - timedelta(days=10))
        year.meets(bringer, [who for who in FOUR if who != bringer])
    held = [m for m in year.meetings() if m.status == "held"]
    assert len(held) == 11
    assert [m.status for m in year.meetings()][:12].count("skipped") == 1
    assert year.brought() == [
        SANNE,
        JOOST,
        MEHMET,
        ESTHER,
        SANNE,
        JOOST,
        MEHMET,
        ESTHER,
        SANNE,
        JOOST,
        MEHMET,
    ]
    assert year.now() > datetime(2027, 12, 28, tzinfo=UTC)
    # The coming year is planned, each meeting announced once, and no timer is left behind.
    assert year.meetings()[-1].starts_at > datetime(2028, 11, 1, tzinfo=UTC)
    assert len(year.posts("meeting")) == 12
    assert len([t for t in year.rows(Timer) if t.subject.startswith("group:")]) == 1


def test_after_a_month_of_silence_only_what_is_of_use_is_said(year):
    year.founds(rule="2 weeks", weekday="1")
    before = len(year.slack.messages(SANNE, year.channel))
    direct = len(year.direct_messages(SANNE))
    year.stage.pass_time(timedelta(days=45))
    year.stage.pass_time(DAY)
    year.stage.pass_time(DAY)
    said = [year.reads(m) for m in year.slack.messages(SANNE, year.channel)[before:]]
    assert len(said) == 1, said
    assert "De volgende bijeenkomst" in said[0]
    assert len(year.direct_messages(SANNE)) - direct <= 1
    assert [m.status for m in year.meetings()][:3] == ["missed"] * 3


def test_two_in_a_row_that_do_not_happen_and_the_bot_asks_openly(year):
    year.founds()
    for _ in range(3):
        meeting = year.next()
        year.until(meeting.starts_at - DAY)
        year.types(SANNE, "bijeenkomst")
        year.sends(SANNE, what="skip", reason="Te druk.")
        year.until(meeting.starts_at + DAY)
    assert len(year.posts("what-now")) == 1


def test_a_skipped_meeting_can_go_ahead_after_all(year):
    year.founds()
    meeting = year.next()
    year.types(MEHMET, "bijeenkomst")
    year.sends(MEHMET, what="skip", reason="Te druk.")
    year.presses(JOOST, "meeting:unskip", on=year.posts("skipped")[-1])
    assert year.next().id == meeting.id


def test_a_meeting_moves_and_its_reminders_with_it(year):
    year.founds()
    meeting = year.next()
    year.types(MEHMET, "bijeenkomst")
    year.sends(MEHMET, what="move", on="2027-02-01", at="10:00", reason="Zaal is bezet.")
    moved = year.next()
    assert moved.id == meeting.id
    assert local(moved.starts_at).isoformat() == "2027-02-01T10:00:00+01:00"
    assert moved.sequence == meeting.sequence + 1
    year.brings(SANNE)
    year.until(datetime(2027, 1, 12, 16, tzinfo=UTC))
    assert year.session is not None
    assert not year.posts("board-who")
    year.until(datetime(2027, 2, 1, 9, 1, tzinfo=UTC))
    assert year.posts("board-who")


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"away_from": "2027-02-10", "away_until": "2027-02-01"}, "ligt voor de eerste"),
        ({"away_from": "2026-12-01", "away_until": "2026-12-24"}, "al voorbij"),
        ({"away_from": "2027-02-10"}, "Tot en met wanneer"),
    ],
)
def test_days_away_that_cannot_be_are_told_at_their_place(year, values, why):
    year.types(MEHMET, "afwezig")
    reply = year.sends(MEHMET, **values)
    assert why in reply.body["errors"]["away_until"], reply.body


@pytest.mark.parametrize(
    ("values", "at", "why"),
    [
        ({"on": "2027-01-01", "reason": "x"}, "on", "al voorbij"),
        ({"on": "2027-09-01", "reason": "x"}, "on", "binnen 60 dagen"),
        ({"on": "2027-02-01", "reason": ""}, "reason", "staat nog niets"),
    ],
)
def test_a_move_that_cannot_be_is_told_at_its_place(year, values, at, why):
    year.founds()
    year.types(MEHMET, "bijeenkomst")
    reply = year.sends(MEHMET, what="move", at="16:00", **values)
    assert why in reply.body["errors"][at], reply.body


def form_of(year, who):
    return year.slack.views(who)[-1].spec["blocks"]


@pytest.mark.parametrize(
    ("values", "at"),
    [
        ({"members": [MEHMET]}, "members"),
        ({"free": [str(m) for m in range(1, 13)]}, "free"),
    ],
)
def test_a_group_that_cannot_be_is_told_at_its_place(year, values, at):
    reply = year.founds(**{"members": FOUR, **values}, accept=False)
    assert reply.body["response_action"] == "errors"
    assert at in reply.body["errors"]
    assert year.group().plan is None


def test_details_refuse_a_zone_that_does_not_exist_and_keep_one_that_does(year):
    year.founds()
    card = year.answer_message(SANNE, "groep")
    year.presses(SANNE, "group:details", on=card)
    labels = {b["block_id"]: b["label"]["text"] for b in form_of(year, SANNE) if "label" in b}
    assert labels["cases"] == "Hoeveel casussen per keer?"
    assert all(label[0].isupper() for label in labels.values())
    reply = year.sends(SANNE, zone="Europe/Atlantis")
    assert "tijdzone" in reply.body["errors"]["zone"]
    year.sends(SANNE, zone="America/New_York")
    new_york = [m.starts_at.astimezone(ZoneInfo("America/New_York")) for m in year.meetings()]
    assert {(d.hour, d.weekday()) for d in new_york[1:]} == {(16, 1)}
    assert all(m.sequence >= 1 for m in year.meetings()[1:])


def test_more_people_than_fit_are_too_many_until_a_lead_makes_room(year):
    everyone = [*FOUR, FATIMA, GRACE, "U0DANIEL"]
    year.founds()
    for most, fits in (("5", False), ("8", True)):
        year.presses(SANNE, "group:details", on=year.answer_message(SANNE, "groep"))
        year.sends(SANNE, most=most)
        year.presses(SANNE, "group:founding", on=year.answer_message(SANNE, "groep"))
        reply = year.sends(SANNE, members=everyone)
        told = (reply.body or {}).get("errors", {}).get("members", "")
        assert ("er passen 5 mensen" in told) is not fits, reply
        if not fits:
            year.slack.close(SANNE, year.slack.views(SANNE)[-1].id)
    year.presses(SANNE, "group:details", on=year.answer_message(SANNE, "groep"))
    assert "Kies hier 4 of meer" in year.sends(SANNE, most="3").body["errors"]["most"]


def test_the_channel_is_spoken_to_in_the_language_that_a_lead_chose(year):
    year.founds()
    year.presses(SANNE, "group:details", on=year.answer_message(SANNE, "groep"))
    year.sends(SANNE, language="en")
    year.until(year.next().starts_at - timedelta(days=6))
    assert "Can you be there?" in year.reads(year.announcement())
    assert "jij aan de beurt" in year.last_direct(SANNE)


def test_who_met_here_before_hears_that_they_belong_and_can_stop(year):
    year.types(MEHMET, "wachtrij")
    year.types(GRACE, "queue")
    year.founds(accept=False)
    told = year.direct_messages(MEHMET)[-1]
    assert "Jij deed al mee, dus je hoort erbij." in year.reads(told)
    assert "nodigt je uit" in year.last_direct(ESTHER)
    assert {m.user for m in year.rows(Member) if m.left_at is None} == {SANNE, MEHMET}
    year.presses(MEHMET, "member:leave", on=told)
    assert {m.user for m in year.rows(Member) if m.left_at is None} == {SANNE}


def test_who_leads_no_more_cannot_send_a_form_that_was_still_open(year):
    year.founds(members=FOUR)
    year.presses(SANNE, "group:founding", on=year.answer_message(SANNE, "groep"))
    with year.stage.bot.store.unit() as unit:
        for member in unit.db.scalars(select(Member)):
            member.lead = member.user == MEHMET
        unit.commit()
    before = year.group().plan
    reply = year.sends(SANNE, rule="2 weeks")
    assert "wie de groep regelt" in str(reply.body)
    assert year.group().plan == before


def test_swaps_that_cannot_be_are_told(year):
    year.founds()
    year.until(year.next().starts_at - timedelta(days=7))
    rota = year.answer_message(SANNE, "beurt")
    for who, why in [(SANNE, "Met jezelf"), (FATIMA, "niet in de beurtlijst")]:
        year.presses(SANNE, "meeting:swap", on=rota)
        reply = year.sends(SANNE, colleague=who)
        assert why in reply.body["errors"]["colleague"], reply.body
        year.slack.close(SANNE, year.slack.views(SANNE)[-1].id)
    year.presses(SANNE, "meeting:swap", on=rota)
    year.sends(SANNE, colleague=MEHMET)
    asked = year.direct_messages(MEHMET)[-1]
    year.slack.leave(SANNE, year.channel)
    year.stage.settle()
    year.presses(MEHMET, "meeting:swap_yes", on=asked)
    assert any("niet in de beurtlijst" in year.reads(m) for m in year.direct_messages(MEHMET))


def test_each_change_of_turns_is_undone_with_one_button(year):
    year.founds()
    year.until(year.next().starts_at - timedelta(days=5))

    def bringer():
        return year.reads(year.announcement()).split(" brengt iets in")[0].split("\n")[-1]

    assert bringer() == "Sanne"
    year.presses(SANNE, "meeting:pass", on=year.direct_messages(SANNE)[-1])
    assert bringer() == "Mehmet"
    year.presses(SANNE, "meeting:unpass", on=year.direct_messages(SANNE)[-1])
    assert bringer() == "Sanne"
    year.presses(JOOST, "meeting:offer", on=year.answer_message(JOOST, "beurt"))
    assert bringer() == "Joost"
    year.presses(JOOST, "meeting:pass", on=year.answer_message(JOOST, "beurt"))
    assert bringer() == "Sanne"
    year.presses(JOOST, "meeting:unpass", on=year.direct_messages(JOOST)[-1])
    assert bringer() == "Joost"
    year.presses(JOOST, "meeting:pass", on=year.answer_message(JOOST, "beurt"))
    year.presses(SANNE, "meeting:assign", on=year.answer_message(SANNE, "beurt"))
    year.sends(SANNE, colleague=JOOST)
    assert bringer() == "Joost"
    year.presses(SANNE, "meeting:unassign", on=year.direct_messages(SANNE)[-1])
    assert bringer() == "Sanne"
    assert find(year.answer_message(JOOST, "beurt").blocks, "meeting:unpass")  # passes still
    year.presses(SANNE, "meeting:assign", on=year.answer_message(SANNE, "beurt"))
    year.sends(SANNE, colleague=ESTHER)
    assert bringer() == "Esther"
    year.presses(SANNE, "meeting:unassign", on=year.direct_messages(SANNE)[-1])
    assert bringer() == "Sanne"
    year.presses(SANNE, "meeting:swap", on=year.answer_message(SANNE, "beurt"))
    year.sends(SANNE, colleague=MEHMET)
    year.presses(MEHMET, "meeting:swap_yes", on=year.direct_messages(MEHMET)[-1])
    assert bringer() == "Mehmet"
    year.presses(MEHMET, "meeting:unswap", on=year.direct_messages(MEHMET)[-1])
    assert bringer() == "Sanne"


def test_a_change_of_turns_is_heard_by_whom_it_concerns_and_so_is_its_undoing(year):
    year.founds()
    year.until(year.next().starts_at - timedelta(days=5))

    def heard(who):
        """What somebody heard since one last looked."""
        seen = year.direct_messages(who)
        new, known[who] = seen[known.get(who, 0) :], len(seen)
        return " / ".join(year.reads(m, who) for m in new)

    known = {}
    for who in FOUR:
        heard(who)
    year.presses(SANNE, "meeting:pass", on=year.direct_messages(SANNE)[-1])
    year.stage.pass_time(timedelta())
    assert "jij aan de beurt" in heard(MEHMET)
    year.presses(SANNE, "meeting:unpass", on=year.direct_messages(SANNE)[-1])
    assert "Het is teruggedraaid. Sanne brengt iets in." in heard(SANNE)
    assert "hoef jij in #intervisie niets in te brengen. Sanne brengt" in heard(MEHMET)

    year.presses(JOOST, "meeting:offer", on=year.answer_message(JOOST, "beurt"))
    assert "Fijn, jij brengt iets in" in heard(JOOST)
    assert find(year.direct_messages(JOOST)[-1].blocks, "intake:for")
    assert "Joost brengt iets in" in heard(SANNE)
    year.presses(JOOST, "meeting:unassign", on=year.direct_messages(JOOST)[-1])
    year.stage.pass_time(timedelta())
    assert "teruggedraaid" in heard(JOOST)
    assert "jij aan de beurt" in heard(SANNE)

    year.presses(SANNE, "meeting:assign", on=year.answer_message(SANNE, "beurt"))
    year.sends(SANNE, colleague=ESTHER)
    assert "Sanne vraagt of jij op" in heard(ESTHER)
    assert "Esther hoort van mij" in heard(SANNE)
    year.presses(SANNE, "meeting:unassign", on=year.direct_messages(SANNE)[-1])
    assert "niets in te brengen" in heard(ESTHER)

    year.presses(SANNE, "meeting:swap", on=year.answer_message(SANNE, "beurt"))
    year.sends(SANNE, colleague=MEHMET)
    assert "Ik heb het Mehmet gevraagd" in heard(SANNE)
    year.presses(MEHMET, "meeting:swap_yes", on=year.direct_messages(MEHMET)[-1])
    assert heard(SANNE).startswith("Jij en Mehmet hebben van beurt geruild.")
    year.presses(SANNE, "meeting:unswap", on=year.direct_messages(SANNE)[-1])
    assert "Sanne brengt iets in" in heard(SANNE)
    assert heard(MEHMET).endswith(
        "Sanne heeft de ruil ongedaan gemaakt. Alles staat weer zoals eerst."
    )

    year.presses(SANNE, "meeting:away", on=year.announcement())
    assert "Je houdt je plek" in heard(SANNE)
    assert "Mehmet brengt iets in" in year.reads(year.announcement())
    year.presses(SANNE, "meeting:coming", on=year.direct_messages(SANNE)[-1])
    assert "Sanne brengt iets in" in year.reads(year.announcement())


def test_who_wants_to_hear_later_hears_later_while_that_is_of_use(year):
    year.founds()
    first = year.next()
    year.until(first.starts_at - timedelta(days=6))
    year.presses(SANNE, "meeting:snooze", on=year.direct_messages(SANNE)[-1])
    assert "Ik kom erop terug" in year.last_direct(SANNE)
    year.stage.pass_time(2 * DAY)
    year.stage.pass_time(DAY)
    again = year.direct_messages(SANNE)[-1]
    assert "je casus is er nog niet" in year.reads(again)
    assert "0 van de 4 hebben geantwoord" in year.reads(again)
    year.until(first.starts_at - DAY)
    year.presses(SANNE, "meeting:snooze", on=again)
    assert "Dan is de bijeenkomst al geweest" in year.last_direct(SANNE)
    year.presses(SANNE, "meeting:pass", on=again)
    year.presses(SANNE, "meeting:snooze", on=again)
    assert "niet meer aan de beurt" in year.last_direct(SANNE)


def test_whose_case_waits_already_is_not_asked_for_one(year):
    year.founds()
    year.brings(SANNE)
    year.until(year.next().starts_at - timedelta(days=6))
    ready = year.direct_messages(SANNE)[-1]
    assert "Je casus staat al klaar" in year.reads(ready)
    assert not find(ready.blocks, "intake:for")
    assert find(ready.blocks, "meeting:swap")
    before = len(year.direct_messages(SANNE))
    year.until(year.next().starts_at - timedelta(days=2))
    assert len(year.direct_messages(SANNE)) == before


def test_the_day_before_the_channel_hears_when_who_how_and_what_was_agreed(year):
    year.founds()
    year.types(SANNE, "afspraken")
    year.presses(SANNE, "agreement:edit", on=year.answer_message(SANNE, "afspraken"))
    year.sends(SANNE, lines="We luisteren eerst.")
    year.brings(SANNE)
    year.until(year.next().starts_at - timedelta(days=6))
    year.presses(MEHMET, "meeting:coming", on=year.announcement())
    year.until(year.next().starts_at - timedelta(hours=1))
    told = year.reads(year.posts("eve")[-1])
    for said in (
        "Intervisie: dinsdag 12 januari 2027 om 16:00.",
        "Sanne brengt iets in. Esther begeleidt.",
        "Methode: Basis.",
        "Dit spraken jullie af:",
        "We luisteren eerst.",
        "1 van de 4 hebben geantwoord.",
    ):
        assert said in told, told
    assert "Er ligt nog geen casus" not in told


def test_who_meets_in_writing_may_begin_days_later_and_it_counts(year):
    year.founds()
    first = year.next()
    year.brings(SANNE)
    year.until(first.starts_at + 2 * DAY)
    assert year.next().id == first.id  # the lobby is open still
    year.holds(SANNE, [MEHMET, JOOST])
    assert year.brought() == [SANNE]
    second = year.next()
    year.brings(MEHMET)
    year.until(second.starts_at + 7 * DAY)  # nobody begins
    assert [m.status for m in year.meetings()][:3] == ["held", "missed", "planned"]
    assert len([m for m in year.posts("line") if "kwam er deze keer niet" in year.reads(m)]) == 1


def test_the_rota_tells_when_each_will_bring_and_brought(year):
    year.founds()
    year.brings(SANNE)
    year.until(year.next().starts_at)
    under_way = year.answer_message(JOOST, "beurt")
    assert "Nu bezig: dinsdag 12 januari" in year.reads(under_way)
    assert not find(under_way.blocks, "meeting:swap")
    year.types(JOOST, "bijeenkomst")  # the one after this can be moved already
    assert next(b for b in form_of(year, JOOST) if b["block_id"] == "on")["element"][
        "initial_date"
    ].startswith("2027-02-09")
    year.slack.close(JOOST, year.slack.views(JOOST)[-1].id)
    year.holds(SANNE, [MEHMET, JOOST])
    year.types(MEHMET, "afwezig")
    year.sends(MEHMET, away_from="2027-02-01", away_until="2027-02-20")
    shown = year.reads(year.answer_message(JOOST, "beurt"))
    assert "9 februari 2027 om 16:00\nEsther brengt iets in." in shown
    assert shown[shown.index("1. ") :].split("\n")[:4] == [
        "1. Mehmet · 9 mrt 2027 · nog niet geweest",
        "2. Esther · 9 feb 2027 · nog niet geweest",
        "3. Joost · 13 apr 2027 · nog niet geweest",
        "4. Sanne · 11 mei 2027 · bracht in op 12 jan 2027",
    ]


def test_the_day_before_anybody_may_bring_a_case_while_none_waits(year):
    year.founds(rule="2 weeks")
    year.until(year.next().starts_at - timedelta(hours=1))
    eve = year.posts("eve")[-1]
    assert "Er ligt nog geen casus" in year.reads(eve)
    year.presses(ESTHER, "intake:for", on=eve)
    assert find(year.direct_messages(ESTHER)[-1].blocks, "intake:form")


def test_a_rota_of_one_still_answers(year):
    year.founds(members=FOUR[:3])
    for who in FOUR[1:3]:
        year.presses(who, "member:leave", on=year.answer_message(who, "groep"))
    rota = year.answer_message(SANNE, "beurt")
    assert "Sanne brengt iets in." in year.reads(rota)
    year.presses(SANNE, "meeting:swap", on=rota)
    reply = year.sends(SANNE, colleague=MEHMET)
    assert "niet in de beurtlijst" in reply.body["errors"]["colleague"]
    year.until(year.next().starts_at - timedelta(days=5))
    year.presses(SANNE, "meeting:pass", on=year.direct_messages(SANNE)[-1])
    assert "Wie wil?" in year.reads(year.announcement())


def test_only_a_lead_asks_somebody_or_changes_the_rhythm(year):
    year.founds()
    assert not find(year.answer_message(JOOST, "beurt").blocks, "meeting:assign")
    assert not find(year.answer_message(JOOST, "groep").blocks, "group:founding")
    card = year.answer_message(SANNE, "groep")
    year.presses(JOOST, "group:founding", on=card)
    assert any("wie de groep regelt" in text for text in year.whispered(JOOST))


def test_reminders_wait_for_working_hours_where_somebody_is(year):
    year.slack.change_user(SANNE, tz="America/New_York")
    year.founds()
    meeting = year.next()
    year.until(meeting.starts_at - timedelta(days=5))
    due = [m for m in year.direct_messages(SANNE) if find(m.blocks, "meeting:snooze")]
    said = datetime.fromtimestamp(float(due[0].ts), UTC).astimezone(ZoneInfo("America/New_York"))
    assert 9 <= said.hour < 18
    assert said.weekday() < 5


def test_who_wants_no_reminders_gets_none(year):
    year.founds()
    year.types(SANNE, "afwezig")
    year.sends(SANNE, reminders="none")
    year.until(year.next().starts_at - timedelta(hours=1))
    assert not [m for m in year.direct_messages(SANNE) if find(m.blocks, "meeting:snooze")]


def test_a_newcomer_joins_on_trial_and_all_confirm(year):
    year.founds()
    assert "hoort nog niet bij deze groep" in year.answered(GRACE, "rota") or (
        "not in this group yet" in year.answered(GRACE, "rota")
    )
    year.types(GRACE, "join")
    for bringer in (SANNE, MEHMET):
        year.until(year.next().starts_at - timedelta(days=3))
        year.meets(bringer, [GRACE, ESTHER, *({SANNE, MEHMET} - {bringer})])
    everyone = [*FOUR, GRACE]
    for who in everyone:
        asked = [m for m in year.direct_messages(who) if find(m.blocks, "member:confirm")]
        assert len(asked) == 1, who
        year.home(who)  # the same question stands there, until it is answered
        year.presses_home(who, "member:confirm")
        assert not find(year.slack.home(who).spec["blocks"], "member:confirm")
    seen = [year.reads(m) for m in year.slack.messages(SANNE, year.channel)]
    assert sum("De proeftijd zit erop" in text for text in seen) == 1


def test_a_trial_ends_for_all_at_a_polite_hour_also_when_who_hesitates_leaves(year):
    year.slack.change_user(JOOST, tz="America/New_York")
    year.founds()
    for bringer in (SANNE, MEHMET):
        year.until(year.next().starts_at - timedelta(days=3))
        year.meets(bringer, [who for who in FOUR if who != bringer])
    asked = year.direct_messages(JOOST)[-1]
    at = datetime.fromtimestamp(float(asked.ts), UTC).astimezone(ZoneInfo("America/New_York"))
    assert find(asked.blocks, "member:confirm")
    assert 9 <= at.hour < 18
    for who in (SANNE, MEHMET, ESTHER):
        year.presses(who, "member:confirm", on=year.direct_messages(who)[-1])
    ends = [m for m in year.posts("line") if "De proeftijd zit erop" in year.reads(m)]
    assert not ends
    year.presses(JOOST, "member:leave", on=asked)
    year.stage.pass_time(timedelta())
    ends = [m for m in year.posts("line") if "De proeftijd zit erop" in year.reads(m)]
    assert len(ends) == 1
    year.presses(ESTHER, "member:leave", on=year.answer_message(ESTHER, "groep"))
    year.stage.pass_time(timedelta())
    assert len([m for m in year.posts("line") if "De proeftijd zit erop" in year.reads(m)]) == 1


def test_who_is_deactivated_drops_out_of_the_rota(year):
    year.founds()
    year.until(year.next().starts_at - timedelta(days=5))
    year.slack.change_user(SANNE, deleted=True)
    year.stage.settle()
    year.stage.pass_time(DAY)
    assert "Sanne" not in year.reads(year.answer_message(MEHMET, "beurt"))
    assert "Mehmet brengt iets in" in year.reads(year.announcement())


def test_everyone_passing_leaves_the_place_open(year):
    year.founds()
    year.until(year.next().starts_at - timedelta(days=5))
    for who in FOUR:
        year.presses(who, "meeting:pass", on=year.answer_message(who, "beurt"))
    assert "Wie wil?" in year.reads(year.announcement())


def test_an_undo_button_is_for_members_of_the_group_alone(year):
    year.founds()
    year.until(year.next().starts_at - timedelta(days=5))
    year.presses(FATIMA, "meeting:coming", on=year.announcement())
    assert "0 van de 4" in year.reads(year.announcement())


def test_the_group_of_another_workspace_is_not_there(year):
    year.founds()
    with year.stage.bot.store.unit() as unit:
        id_ = unit.db.scalar(select(Group.id))
    from bot.errors import Refusal

    with pytest.raises(Refusal):
        year.stage.bot.desk.membership.leave("T-ELSEWHERE", SANNE, id_)
    with pytest.raises(Refusal):
        year.stage.bot.desk.turns.comes("T-ELSEWHERE", SANNE, year.next().id, yes=True)


def test_two_cases_in_a_meeting_share_their_check_in_and_their_reflection(year):
    year.founds()
    year.presses(SANNE, "group:details", on=year.answer_message(SANNE, "groep"))
    year.sends(SANNE, cases="2")
    year.until(year.next().starts_at - timedelta(days=2))
    assert "Sanne en Mehmet brengen iets in" in year.reads(year.announcement())
    year.brings(MEHMET)
    year.brings(SANNE)
    year.until(year.next().starts_at)
    first = year.board()
    for who in (ESTHER, JOOST, MEHMET):
        year.presses(who, "session:join")
    year.presses(SANNE, "session:begin")
    assert "Inchecken" in year.board_says()
    assert year.plays_on(FOUR)
    assert "Terugblik" not in "\n".join(year.reads(m) for m in year.thread())
    year.stage.pass_time(timedelta(seconds=2))
    assert len(year.posts("board-who")) == 2
    assert year.board().ts != first.ts
    for who in (ESTHER, JOOST, SANNE):
        year.presses(who, "session:join")
    year.presses(MEHMET, "session:begin")
    assert "Inchecken" not in year.board_says()
    assert year.plays_on(FOUR)
    assert "Terugblik" in "\n".join(year.reads(m) for m in year.thread())


def holds_a_session(year, bringer, others):
    year.brings(bringer)
    year.until(year.next().starts_at)
    for who in others:
        year.presses(who, "session:join")
    year.presses(bringer, "session:begin")
    assert year.plays_on([bringer, *others])


def test_some_weeks_on_the_bringer_is_asked_how_the_next_step_went_and_may_let_the_group_hear(year):
    year.founds()
    first = year.next()
    holds_a_session(year, SANNE, [MEHMET, JOOST])
    step = next(c for c in year.contributions() if c.kind == "next_step")
    assert step.author == SANNE
    year.until(first.starts_at + timedelta(days=20))
    assert "volgende stap. Hoe ging het?" not in year.last_direct(SANNE)
    year.until(first.starts_at + timedelta(days=22))
    asked = year.direct_messages(SANNE)[-1]
    assert "volgende stap. Hoe ging het?" in year.reads(asked)
    year.presses(SANNE, "follow_up:tell", on=asked)
    year.sends(SANNE, text="Ik heb haar gebeld, en het werd een goed gesprek.", share=["share"])
    assert "aan het begin van de volgende bijeenkomst" in year.last_direct(SANNE)
    year.types(SANNE, "mijndata")
    year.stage.settle()
    told = "\n".join(year.reads(m) for m in year.direct_messages(SANNE)[-3:])
    assert "het werd een goed gesprek" in told
    year.until(year.next().starts_at + timedelta(minutes=1))
    since = year.posts("since")
    assert len(since) == 1
    assert "het werd een goed gesprek" in year.reads(since[0])
    year.until(year.now() + timedelta(days=40))
    assert year.rows(FollowUp) == []
    assert len(year.posts("since")) == 1


def test_an_answer_of_ones_own_stays_with_oneself_and_no_answer_is_fine(year):
    year.founds()
    first = year.next()
    holds_a_session(year, SANNE, [MEHMET, JOOST])
    year.until(first.starts_at + timedelta(days=22))
    asked = year.direct_messages(SANNE)[-1]
    year.presses(MEHMET, "follow_up:tell", on=asked)
    assert "volgende stap" not in year.last_direct(MEHMET)
    year.presses(SANNE, "follow_up:tell", on=asked)
    reply = year.sends(SANNE, text="  ", share=[])
    assert "errors" in str(reply)
    year.sends(SANNE, text="Nog niet begonnen.", share=[])
    assert "voor jou alleen" in year.last_direct(SANNE)
    year.until(year.next().starts_at + timedelta(minutes=1))
    assert year.posts("since") == []
    assert len(year.rows(FollowUp)) == 1
    year.types(SANNE, "vergeet")
    year.stage.bot.desk.privacy.forget(year.rows(FollowUp)[0].workspace, SANNE)
    assert year.rows(FollowUp) == []


def test_a_new_group_hears_that_it_can_have_a_rhythm_and_a_founded_one_does_not(year):
    answer = year.answer_message(SANNE, "start")
    assert "Spreek een ritme af" in year.reads(answer)
    year.presses(SANNE, "group:group", on=answer)
    year.sends(SANNE, name="Wijkteam Noord", members=FOUR, leads=[SANNE])
    assert "Spreek een ritme af" not in year.reads(year.answer_message(SANNE, "start"))


def test_who_wants_to_hear_of_every_meeting_hears_the_day_before_unless_away(year):
    year.founds()
    for who in (MEHMET, ESTHER):
        year.types(who, "afwezig")
        year.sends(who, reminders="all")
    first = year.next()
    year.until(first.starts_at - timedelta(days=5))
    year.presses(ESTHER, "meeting:away", on=year.announcement())
    before = len(year.direct_messages(ESTHER))
    year.until(first.starts_at - timedelta(hours=20))
    assert "is er intervisie" in year.last_direct(MEHMET)
    assert "Sanne brengt iets in" in year.last_direct(MEHMET)
    assert len(year.direct_messages(ESTHER)) == before
    assert "is er intervisie" not in year.last_direct(JOOST)


def test_founding_and_two_meetings_on_either_database(database_url):
    with staged(database_url, workspace=seeded(WoundClock(NEW_YEAR))) as stage:
        year = Year(stage)
        year.founds(accept=True)
        year.until(datetime(2027, 1, 5, 10, tzinfo=UTC))
        year.presses(SANNE, "meeting:pass", on=year.direct_messages(SANNE)[-1])
        assert "Mehmet brengt iets in" in year.reads(year.announcement())
        year.presses(ESTHER, "member:calendar", on=year.answer_message(ESTHER, "agenda"))
        year.meets(MEHMET, [SANNE, JOOST])
        assert year.brought() == [MEHMET]
        year.types(ESTHER, "bijeenkomst")
        year.sends(ESTHER, what="skip", reason="Vakantie.")
        assert [m.status for m in year.meetings()][:2] == ["held", "skipped"]


def test_a_zone_that_changes_between_two_meetings_keeps_the_hour_on_the_wall(year):
    year.founds(nth="3")
    first = year.next()
    year.until(first.starts_at + timedelta(days=2))
    year.presses(SANNE, "group:details", on=year.answer_message(SANNE, "groep"))
    year.sends(SANNE, zone="America/New_York")
    starts = [m.starts_at for m in year.meetings() if m.starts_at > year.now()]
    new_york = [at.astimezone(ZoneInfo("America/New_York")) for at in starts]
    assert {(at.hour, at.weekday()) for at in new_york} == {(16, 1)}
    # In March the clocks there have changed and ours have not.
    assert [local(at).hour for at in starts[:3]] == [22, 21, 22]
    year.until(starts[0] - timedelta(days=10))
    assert "16 februari 2027 om 22:00" in year.reads(year.announcement())

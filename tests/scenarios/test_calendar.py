"""A group's dates in people's own calendars, as two readers of iCalendar understand them."""

from datetime import datetime, timedelta
from urllib.error import HTTPError
from urllib.request import urlopen
from zoneinfo import ZoneInfo

import icalendar
import pytest
import vobject

from bot.store.tables import Member
from playground.reading import find
from playground.testing import (
    FOUR,
    JOOST,
    MEHMET,
    SANNE,
    Year,
    staged,
)

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


@pytest.fixture
def year(sqlite_url):
    address = "http://calendar.test"
    with staged(sqlite_url, address=address) as stage:
        yield Year(stage)


def files(year, who):
    """Return the contents of the files that somebody got, in order."""
    return [file.content for m in year.direct_messages(who) for file in m.files]


def read(content):
    """Return the events of a calendar by UID, as two readers agree on them: start, rest."""
    ours = {}
    calendar = icalendar.Calendar.from_ical(content)
    for event in calendar.walk("VEVENT"):
        ours[str(event["UID"])] = (
            event.decoded("DTSTART"),
            event.decoded("DTEND"),
            int(event["SEQUENCE"]),
            str(event["STATUS"]),
        )
    theirs = {}
    other = vobject.readOne(content.decode())
    for event in other.vevent_list:
        theirs[event.uid.value] = (
            event.dtstart.value,
            event.dtend.value,
            int(event.sequence.value),
            event.status.value,
        )
    assert ours == theirs
    for uid, (starts, ends, *_) in ours.items():
        for mine, their in zip((starts, ends), theirs[uid][:2], strict=True):
            wall = mine.astimezone(AMSTERDAM).replace(tzinfo=None)
            assert mine.replace(tzinfo=None) == their.replace(tzinfo=None) == wall
    assert str(calendar["METHOD"]) == other.method.value
    return str(calendar["METHOD"]), ours


def wall(starts):
    return starts.astimezone(AMSTERDAM).strftime("%m-%d %H:%M")


def test_the_year_file_keeps_its_local_hour(year):
    year.founds()
    year.presses(MEHMET, "member:calendar", on=year.answer_message(MEHMET, "agenda"))
    method, events = read(files(year, MEHMET)[-1])
    assert method == "PUBLISH"
    assert len(events) == 12
    hours = [wall(starts) for starts, *_ in sorted(events.values())]
    assert hours[:4] == ["01-12 16:00", "02-09 16:00", "03-09 16:00", "04-13 16:00"]
    assert {ends - starts for starts, ends, *_ in events.values()} == {timedelta(minutes=90)}
    assert {starts.utcoffset() for starts, *_ in events.values()} == {
        timedelta(hours=1),
        timedelta(hours=2),
    }


def test_moved_and_skipped_meetings_change_the_calendar(year):
    year.founds()
    first = year.next()
    year.presses(MEHMET, "member:calendar", on=year.answer_message(MEHMET, "agenda"))
    _, before = read(files(year, MEHMET)[-1])
    uid = f"{first.id}@intervisie"
    assert before[uid][2:] == (0, "CONFIRMED")

    year.types(SANNE, "bijeenkomst")
    year.sends(SANNE, what="move", on="2027-01-14", at="10:30", reason="Studiedag.")
    method, after = read(files(year, MEHMET)[-1])
    assert method == "PUBLISH"
    assert [wall(after[uid][0]), *after[uid][2:]] == ["01-14 10:30", 1, "CONFIRMED"]
    assert list(after) == [uid]

    year.types(SANNE, "bijeenkomst")
    year.sends(SANNE, what="skip", reason="Griep.")
    method, after = read(files(year, MEHMET)[-1])
    assert method == "CANCEL"
    assert after[uid][2:] == (2, "CANCELLED")

    year.presses(SANNE, "meeting:unskip", on=year.posts("skipped")[-1])
    method, after = read(files(year, MEHMET)[-1])
    assert (method, after[uid][2:]) == ("PUBLISH", (3, "CONFIRMED"))
    assert files(year, JOOST) == []


def test_a_new_rhythm_moves_what_was_taken_over(year):
    year.founds()
    year.presses(MEHMET, "member:calendar", on=year.answer_message(MEHMET, "agenda"))
    _, before = read(files(year, MEHMET)[-1])
    year.presses(SANNE, "group:founding", on=year.answer_message(SANNE, "groep"))
    year.sends(SANNE, rule="2 months", weekday="3")
    told = dict(read(content) for content in files(year, MEHMET)[1:])
    moved, off = told["PUBLISH"], told["CANCEL"]
    assert len(moved) + len(off) == 12
    assert set(moved) | set(off) == set(before)
    assert {starts.weekday() for starts, *_ in moved.values()} == {3}


def test_a_feed_is_current_until_it_is_revoked(year):
    year.founds()
    port = year.stage.port
    offer = year.answer_message(MEHMET, "agenda")
    assert "http://calendar.test" not in year.reads(offer)
    year.presses(MEHMET, "member:feed_new", on=offer)

    def address():
        """The address on the newest card, as it is reached from here."""
        words = year.reads(year.slack.everything(MEHMET, year.channel)[-1]).split()
        found = next(w for w in words if "calendar.test" in w).strip("`")
        return found.replace("http://calendar.test", f"http://127.0.0.1:{port}")

    shown, local = year.slack.everything(MEHMET, year.channel)[-1], address()
    again = year.answer_message(MEHMET, "agenda")
    assert "http://calendar.test" not in year.reads(again)
    assert find(again.blocks, "member:feed_off")

    def feed():
        with urlopen(local, timeout=20) as answer:
            assert answer.headers["Content-Type"].startswith("text/calendar")
            return read(answer.read())[1]

    first = f"{year.next().id}@intervisie"
    assert feed()[first][3] == "CONFIRMED"
    year.types(SANNE, "bijeenkomst")
    year.sends(SANNE, what="skip", reason="Griep.")
    assert feed()[first][3] == "CANCELLED"

    year.presses(MEHMET, "member:feed_off", on=shown)
    with pytest.raises(HTTPError, match="404"):
        feed()
    assert all(m.feed is None for m in year.rows(Member))
    year.presses(MEHMET, "member:feed_new", on=shown)
    newer = address()
    assert newer != local
    assert not any(m.feed and m.feed in newer for m in year.rows(Member))
    with pytest.raises(HTTPError, match="404"):
        feed()
    year.types(MEHMET, "groep")
    year.presses(MEHMET, "member:leave", on=year.answer_message(MEHMET, "groep"))
    local = newer
    with pytest.raises(HTTPError, match="404"):
        feed()


def test_a_meeting_file_is_for_members_only(year):
    year.founds(members=[*FOUR[:3]])
    year.until(datetime.fromisoformat("2027-01-05T12:00:00+00:00"))
    assert find(year.announcement().blocks, "meeting:calendar")
    year.presses(MEHMET, "meeting:calendar", on=year.announcement())
    _, events = read(files(year, MEHMET)[-1])
    assert list(events) == [f"{year.next().id}@intervisie"]
    year.presses(JOOST, "meeting:calendar", on=year.announcement())
    assert files(year, JOOST) == []


def test_a_feed_that_ended_by_leaving_stays_ended(year):
    year.founds()
    year.presses(MEHMET, "member:feed_new", on=year.answer_message(MEHMET, "agenda"))
    shown = year.reads(year.slack.everything(MEHMET, year.channel)[-1]).split()
    address = next(word for word in shown if "calendar.test" in word).strip("`")
    local = address.replace("http://calendar.test", f"http://127.0.0.1:{year.stage.port}")
    with urlopen(local, timeout=20) as answer:
        assert answer.status == 200
    year.slack.leave(MEHMET, year.channel)
    year.slack.join(MEHMET, year.channel)
    year.stage.settle()
    year.answered(MEHMET, "meedoen")
    with pytest.raises(HTTPError) as ended:
        urlopen(local, timeout=20)
    assert ended.value.code == 404

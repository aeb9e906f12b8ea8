"""Founding a group, who belongs to it, and what its leads may change."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from bot.repositories.meetings import lock_planned_meeting
from bot.repositories.members import lock_group
from bot.store.tables import Group, Invitation, Member
from playground.reading import block, find, mentioned
from playground.testing import (
    DAY,
    ESTHER,
    FATIMA,
    FOUR,
    GRACE,
    JOOST,
    MEHMET,
    SANNE,
    form_of,
    local,
)


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


def test_details_accept_real_zones_only(year):
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


def test_a_full_group_waits_for_its_lead(year):
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


def test_the_channel_has_the_language_of_its_lead(year):
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


def test_a_former_lead_cannot_send_an_open_form(year):
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


def test_only_a_lead_asks_somebody_or_changes_the_rhythm(year):
    year.founds()
    assert not find(year.answer_message(JOOST, "beurt").blocks, "meeting:assign")
    assert not find(year.answer_message(JOOST, "groep").blocks, "group:founding")
    card = year.answer_message(SANNE, "groep")
    year.presses(JOOST, "group:founding", on=card)
    assert any("wie de groep regelt" in text for text in year.whispered(JOOST))


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


def test_a_trial_ends_when_who_hesitates_leaves(year):
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
    assert "Mehmet brengt een casus in" in year.reads(year.announcement())


def test_the_group_of_another_workspace_is_not_there(year):
    year.founds()
    with year.stage.bot.store.unit() as unit:
        id_ = unit.db.scalar(select(Group.id))
    from bot.errors import Refusal

    with pytest.raises(Refusal), year.stage.bot.store.unit() as unit:
        lock_group(unit, "T-ELSEWHERE", id_, SANNE)
    with pytest.raises(Refusal), year.stage.bot.store.unit() as unit:
        lock_planned_meeting(unit, "T-ELSEWHERE", SANNE, year.next().id)


def test_only_a_new_group_is_offered_a_rhythm(year):
    answer = year.answer_message(SANNE, "start")
    assert "Spreek een ritme af" in year.reads(answer)
    year.presses(SANNE, "group:group", on=answer)
    year.sends(SANNE, name="Wijkteam Noord", members=FOUR, leads=[SANNE])
    assert "Spreek een ritme af" not in year.reads(year.answer_message(SANNE, "start"))


@pytest.mark.parametrize("change", [{"free": ["8"]}, {"nth": "3"}, {"at": "15:00"}])
def test_dates_stay_when_something_else_of_the_rhythm_changes(year, change):
    def days():
        return [local(m.starts_at).date() for m in year.meetings() if m.status == "planned"]

    year.founds(rule="2 weeks", weekday="1")
    year.stage.pass_time(2 * DAY)
    before = [day for day in days() if day.month != 8 or "free" not in change]
    year.presses(SANNE, "group:founding", on=year.answer_message(SANNE, "groep"))
    year.sends(SANNE, **change)
    assert days()[: len(before) - 1] == before[:-1]


def test_wishes_can_be_saved_after_days_away_are_over(year):
    year.types(MEHMET, "afwezig")
    year.sends(MEHMET, away_from="2027-01-05", away_until="2027-01-06")
    year.stage.pass_time(5 * DAY)
    year.types(MEHMET, "afwezig")
    year.sends(MEHMET, reminders="none")
    assert not year.slack.views(MEHMET)


@pytest.mark.parametrize("changes", [{"deleted": True}, {"is_stranger": True}, {"is_bot": True}])
def test_nobody_but_a_colleague_is_a_member(year, changes):
    year.slack.users[ESTHER] = replace(year.slack.users[ESTHER], **changes)
    year.types(SANNE, "groep")
    reply = year.sends(SANNE, name="Noord", members=[SANNE, MEHMET, JOOST, ESTHER], leads=[SANNE])
    assert "Esther Visser kan hier niet bij horen" in reply.body["errors"]["members"]
    assert year.rows(Invitation) == []


def test_a_guest_is_a_member_and_no_lead(year):
    year.slack.users[ESTHER] = replace(year.slack.users[ESTHER], is_restricted=True)
    year.types(SANNE, "groep")
    reply = year.sends(SANNE, name="Noord", members=[SANNE, MEHMET, ESTHER], leads=[ESTHER])
    assert list(reply.body["errors"]) == ["leads"]
    year.sends(SANNE, name="Noord", members=[SANNE, MEHMET, ESTHER], leads=[SANNE])
    assert {row.user for row in year.rows(Invitation)} == {MEHMET, ESTHER}


def test_a_first_invitation_is_in_the_language_of_its_reader(year):
    year.founds(members=[SANNE, MEHMET, GRACE], accept=False)
    assert "invites you" in year.last_direct(GRACE)
    assert "nodigt je uit" in year.last_direct(MEHMET)


def test_far_apart_people_see_whose_hour_it_is(year):
    year.slack.users[MEHMET] = replace(year.slack.users[MEHMET], tz="Pacific/Auckland")
    year.founds(accept=False)
    assert "om 16:00 (tijd in Amsterdam)" in year.last_direct(MEHMET)
    year.types(SANNE, "bijeenkomst")
    at = next(block for block in form_of(year, SANNE) if block["block_id"] == "at")
    assert at["hint"]["text"] == "De tijd in Amsterdam."


def test_a_group_in_one_time_zone_is_not_told_of_it(year):
    year.founds(accept=False)
    assert "tijd in" not in year.last_direct(MEHMET)


def test_an_error_in_a_form_speaks_of_the_form(year):
    year.types(SANNE, "groep")
    reply = year.sends(SANNE, name="", members=FOUR, leads=[SANNE], rule="")
    assert reply.body["errors"]["rule"] == "Kies hier een van de mogelijkheden."
    assert reply.body["errors"]["name"] == "Geef de groep een naam, zoals die van jullie team."


def test_a_form_that_is_saved_untouched_makes_nobody_a_lead(year):
    year.founds()
    year.presses(SANNE, "member:leave", on=year.answer_message(SANNE, "groep"))
    year.presses(JOOST, "group:founding", on=year.answer_message(JOOST, "groep"))
    year.sends(JOOST)
    assert not [row for row in year.rows(Member) if row.lead and row.left_at is None]


def test_a_new_group_remembers_who_brought_a_case_before(year):
    year.begins(SANNE, [MEHMET, ESTHER])
    year.chooses(SANNE, "stop")
    year.until(year.now() + 3 * DAY)
    year.founds(accept=False)
    year.presses(JOOST, "member:accept", on=year.direct_messages(JOOST)[-1])
    card = year.answer_message(SANNE, "beurt")
    order = block(card.blocks, "rota-order").split("\n")
    assert mentioned(order[0]) != [SANNE]
    (brought,) = [line for line in order if "bracht een casus in op" in line]
    assert mentioned(brought) == [SANNE]
    assert sum("nog niet geweest" in line for line in order) == 3
    assert "Sanne brengt" not in block(card.blocks, "rota-next")


def test_a_new_group_says_how_long_it_meets_and_its_dates_are_readable(year):
    year.founds(minutes="60", cases="2")
    said = year.reads(year.posts("founded")[-1])
    assert "60 minuten, 2 casussen per keer" in said
    assert "De eerstvolgende keren:\n2027: 12 januari · 9 februari · 9 maart" in said
    assert said.count("2027") == 1
    year.presses(SANNE, "group:founding", on=year.answer_message(SANNE, "groep"))
    asked = [each["block_id"] for each in form_of(year, SANNE)]
    assert "minutes" not in asked  # from then on, among the other settings

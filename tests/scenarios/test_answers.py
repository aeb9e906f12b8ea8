"""What the bot answers about turns and dates is so, and undoing gives back what was."""

from datetime import timedelta

import pytest

from bot.flows.meeting import Plan
from bot.flows.session.state import Session
from bot.store.tables import MeetingRow, Member, SessionRow
from playground.reading import find
from playground.testing import DAY, ESTHER, FOUR, JOOST, MEHMET, SANNE, Year, form_of


@pytest.fixture
def near(year) -> Year:
    """A group whose next meeting is announced; Sanne is in turn, then Mehmet."""
    year.founds()
    year.until(year.next().starts_at - 5 * DAY)
    return year


def turns(year):
    return year.reads(year.announcement())


def offers(year, who):
    year.presses(who, "meeting:offer", on=year.answer_message(who, "beurt"))
    return year.last_direct(who)


def asks(year, lead, colleague):
    year.presses(lead, "meeting:assign", on=year.answer_message(lead, "beurt"))
    return year.sends(lead, colleague=colleague)


def swap(year, one, other):
    year.presses(one, "meeting:swap", on=year.answer_message(one, "beurt"))
    year.sends(one, colleague=other)
    year.presses(other, "meeting:swap_yes", on=year.direct_messages(other)[-1])


def last_with(year, who, action):
    return [m for m in year.direct_messages(who) if find(m.blocks, action)][-1]


def moves(year, who, on="2027-01-20"):
    year.types(who, "bijeenkomst")
    return year.sends(who, what="move", on=on, at="16:00", reason="Dan kan Sanne wel.")


def skips(year, who):
    year.types(who, "bijeenkomst")
    year.sends(who, what="skip", reason="Griep.")
    year.stage.pass_time(timedelta(seconds=5))


def test_a_second_offer_waits_and_is_told_so(near):
    assert "Fijn, jij brengt iets in" in offers(near, MEHMET)
    told = offers(near, ESTHER)
    assert "jij brengt iets in" not in told
    assert "aanbod blijft staan" in told
    assert "Mehmet brengt een casus in" in told
    near.presses(MEHMET, "meeting:pass", on=near.answer_message(MEHMET, "beurt"))
    assert "Esther brengt een casus in" in turns(near)
    near.stage.pass_time(timedelta())
    assert "jij aan de beurt" in near.last_direct(ESTHER)


def test_an_offer_that_waits_can_be_taken_back(near):
    offers(near, MEHMET)
    offers(near, ESTHER)
    near.presses(ESTHER, "meeting:pass", on=near.answer_message(ESTHER, "beurt"))
    assert "deze keer niet" in near.last_direct(ESTHER)
    near.presses(MEHMET, "meeting:pass", on=near.answer_message(MEHMET, "beurt"))
    assert "Sanne brengt een casus in" in turns(near)


def test_who_is_away_is_asked_to_come_first(near):
    near.presses(ESTHER, "meeting:away", on=near.announcement())
    near.presses(ESTHER, "meeting:offer", on=near.answer_message(ESTHER, "beurt"))
    assert any("Kom je toch?" in said for said in near.whispered(ESTHER))
    reply = asks(near, SANNE, ESTHER)
    assert "kan deze keer niets inbrengen" in reply.body["errors"]["colleague"]
    assert "Esther brengt" not in turns(near)


def test_coming_after_all_counts_more_than_days_away(near):
    near.types(SANNE, "afwezig")
    near.sends(SANNE, away_from="2027-01-01", away_until="2027-01-31")
    near.stage.pass_time(timedelta(seconds=5))
    assert "Mehmet brengt een casus in" in turns(near)
    near.presses(SANNE, "meeting:coming", on=near.announcement())
    assert "Sanne brengt een casus in" in turns(near)


def test_a_lead_hears_when_whom_they_ask_has_to_wait(near):
    offers(near, MEHMET)
    asks(near, SANNE, ESTHER)
    assert "geen plek vrij" in near.last_direct(SANNE)
    assert "Mehmet brengt een casus in" in near.last_direct(SANNE)
    assert "nog geen plek vrij" in near.last_direct(ESTHER)
    near.presses(ESTHER, "meeting:pass", on=near.direct_messages(ESTHER)[-1])
    assert "Helemaal goed" in near.last_direct(ESTHER)


def test_undoing_what_a_lead_asked_leaves_the_own_offer(near):
    offers(near, ESTHER)
    asks(near, SANNE, ESTHER)
    undo = last_with(near, SANNE, "meeting:unassign")
    near.presses(SANNE, "meeting:unassign", on=undo)
    assert "Esther brengt een casus in" in turns(near)
    near.presses(SANNE, "meeting:unassign", on=undo)
    assert any("niets meer aan terug te draaien" in said for said in _private(near, SANNE))


def _private(year, who):
    return [*year.whispered(who), *(year.reads(m, who) for m in year.direct_messages(who))]


def test_undoing_a_pass_gives_back_what_was(near):
    asks(near, SANNE, ESTHER)
    near.presses(ESTHER, "meeting:pass", on=near.direct_messages(ESTHER)[-1])
    assert "Sanne brengt een casus in" in turns(near)
    near.presses(ESTHER, "meeting:unpass", on=last_with(near, ESTHER, "meeting:unpass"))
    assert "Esther brengt een casus in" in near.last_direct(ESTHER)
    near.presses(SANNE, "meeting:unassign", on=last_with(near, SANNE, "meeting:unassign"))
    assert "Sanne brengt een casus in" in turns(near)


def test_undoing_away_gives_back_the_answer_before(near):
    near.presses(SANNE, "meeting:away", on=near.announcement())
    undo = last_with(near, SANNE, "meeting:coming")
    near.presses(SANNE, "meeting:coming", on=undo)
    assert "0 van de 4" in turns(near)
    near.presses(SANNE, "meeting:coming", on=near.announcement())
    near.presses(SANNE, "meeting:away", on=near.announcement())
    near.presses(SANNE, "meeting:coming", on=last_with(near, SANNE, "meeting:coming"))
    assert "1 van de 4" in turns(near)
    assert "Sanne brengt een casus in" in near.last_direct(SANNE)


def test_who_comes_after_all_hears_so(near):
    near.presses(SANNE, "meeting:away", on=near.announcement())
    near.presses(SANNE, "meeting:coming", on=near.announcement())
    assert "jij bent erbij" in near.whispered(SANNE)[-1]


def test_a_covered_swap_says_what_stands_in_the_way(near):
    swap(near, SANNE, MEHMET)
    swap(near, MEHMET, ESTHER)
    first = last_with(near, SANNE, "meeting:unswap")
    near.presses(SANNE, "meeting:unswap", on=first)
    assert "daarna nog met iemand anders geruild" in near.last_direct(SANNE)
    near.presses(ESTHER, "meeting:unswap", on=last_with(near, ESTHER, "meeting:unswap"))
    near.presses(SANNE, "meeting:unswap", on=first)
    assert "Sanne brengt een casus in" in near.last_direct(SANNE)


def test_an_undone_swap_is_undone_once(near):
    swap(near, SANNE, MEHMET)
    seen = {who: last_with(near, who, "meeting:unswap") for who in (SANNE, MEHMET)}
    for who, undo in seen.items():
        near.presses(who, "meeting:unswap", on=undo)
    assert "Sanne brengt een casus in" in turns(near)
    assert "ruil is er niet meer" in near.last_direct(MEHMET)


def test_a_refused_swap_names_whose_turn_it_is_about(near):
    swap(near, SANNE, MEHMET)
    near.presses(ESTHER, "meeting:swap", on=near.answer_message(ESTHER, "beurt"))
    reply = near.sends(ESTHER, colleague=SANNE)
    assert "Deze collega heeft" in reply.body["errors"]["colleague"]


def test_a_swap_asked_before_another_is_not_granted(near):
    near.presses(SANNE, "meeting:swap", on=near.answer_message(SANNE, "beurt"))
    near.sends(SANNE, colleague=ESTHER)
    asked = near.direct_messages(ESTHER)[-1]
    swap(near, MEHMET, ESTHER)
    near.presses(ESTHER, "meeting:swap_yes", on=asked)
    assert "wordt niet meer gevraagd" in near.last_direct(ESTHER)


def test_a_moved_meeting_asks_anew(near):
    near.presses(SANNE, "meeting:away", on=near.announcement())
    seen = near.announcement()
    moves(near, MEHMET)
    assert "0 van de 4" in turns(near)
    assert "Sanne brengt een casus in" in turns(near)
    near.presses(JOOST, "meeting:coming", on=seen)
    assert "verzet naar 20 januari 2027 om 16:00" in near.whispered(JOOST)[-1]
    near.presses(JOOST, "meeting:coming", on=near.posts("moved-asks")[-1])
    assert "1 van de 4" in turns(near)


def test_two_who_move_a_meeting_at_once_lose_nothing(near):
    for who in (MEHMET, ESTHER):
        near.types(who, "bijeenkomst")
    values = {"what": "move", "at": "16:00", "reason": "Beter."}
    near.sends(MEHMET, on="2027-01-20", **values)
    reply = near.sends(ESTHER, on="2027-01-21", **values)
    assert "20 januari 2027 om 16:00" in str(reply.body["errors"])


def test_an_offer_for_a_skipped_meeting_is_told(near):
    offers(near, ESTHER)
    skips(near, SANNE)
    lapsed = near.direct_messages(ESTHER)[-1]
    assert "gaat niet door" in near.reads(lapsed)
    near.presses(ESTHER, "meeting:offer", on=lapsed)
    assert "Fijn, jij brengt iets in" in near.last_direct(ESTHER)
    skipped = near.posts("skipped")[-1]
    for _ in range(2):  # the second where the button still shows
        near.presses(MEHMET, "meeting:unskip", on=skipped)
    assert any("gaat toch door" in near.reads(m) for m in near.direct_messages(ESTHER))
    assert "valt niets terug te draaien" in near.whispered(MEHMET)[-1]


def test_another_leads_when_the_leader_brings(year):
    year.founds()
    year.until(year.next().starts_at - 2 * DAY)
    year.brings(ESTHER)  # in turn to lead
    year.until(year.next().starts_at)
    assert "Esther brengt een casus in. Joost begeleidt." in year.reads(year.posts("eve")[-1])
    (row,) = year.rows(SessionRow)
    assert Session.model_validate_json(row.state).facilitator == JOOST


def test_a_press_on_last_year_is_told_so(near):
    card, reminder = near.announcement(), near.direct_messages(SANNE)[-1]
    near.until(near.next().starts_at + 2 * DAY)
    near.stage.pass_time(365 * DAY)
    assert near.next().starts_at > near.now()
    near.presses(ESTHER, "meeting:away", on=card)
    assert "al geweest" in near.whispered(ESTHER)[-1]
    near.presses(SANNE, "meeting:pass", on=reminder)
    assert "al geweest" in near.last_direct(SANNE)


def test_a_lead_who_left_undoes_nothing(near):
    asks(near, SANNE, ESTHER)
    undo = last_with(near, SANNE, "meeting:unassign")
    near.slack.leave(SANNE, near.channel)
    near.stage.settle()
    near.presses(SANNE, "meeting:unassign", on=undo)
    card = near.answer_message(JOOST, "beurt")
    assert "Esther brengt een casus in" in near.reads(card)


def test_buttons_without_a_date_still_work(near):
    id_ = near.next().id
    for who in FOUR:
        near.slack.press(who, "meeting:away", value=id_, message=near.announcement())
        near.stage.settle()
    assert "4 van de 4" in turns(near)


def test_offers_of_earlier_versions_count(near):
    old = '{"offered":["U0ESTHER"],"passed":["U0SANNE"],"leading":null,"coming":[],"away":[]}'
    with near.stage.bot.store.unit() as unit:
        row = unit.db.get(MeetingRow, near.next().id)
        row.state = old
        unit.commit()
    near.presses(JOOST, "meeting:coming", on=near.announcement())
    assert "Esther brengt een casus in" in turns(near)
    near.presses(ESTHER, "meeting:pass", on=near.answer_message(ESTHER, "beurt"))
    assert "Mehmet brengt een casus in" in turns(near)


def test_who_wants_to_talk_first_is_heard_once(near):
    def asks_to_talk(who):
        button = near.direct_messages(who)[-1]
        near.slack.press(who, "member:talk", value=near.group().id, message=button)
        near.stage.settle()

    def heard():
        seen = near.slack.messages(SANNE, near.channel)
        return sum("eerst samen over praten" in near.reads(m) for m in seen)

    asks_to_talk(MEHMET)
    assert heard() == 0
    assert "vraag ik de groep niet meer" in near.last_direct(MEHMET)
    with near.stage.bot.store.unit() as unit:
        for member in unit.db.query(Member):
            member.asked_at = near.now()
        unit.commit()
    for _ in range(4):
        asks_to_talk(MEHMET)
    assert heard() == 1
    assert "Dat heb ik de groep al gevraagd" in near.last_direct(MEHMET)


def changes(year, who, button, **values):
    year.presses(who, button, on=year.answer_message(who, "groep"))
    return year.sends(who, **values)


def said_in_channel(year):
    return "\n".join(year.reads(m) for m in year.slack.messages(SANNE, year.channel))


def test_a_new_length_holds_for_what_was_announced(near):
    before = near.next().sequence
    changes(near, SANNE, "group:details", minutes="60")
    assert {row.minutes for row in near.meetings() if row.status == "planned"} == {60}
    assert near.next().sequence == before + 1
    assert "voortaan 60 minuten" in said_in_channel(near)


def test_a_new_weekday_says_what_stands(near):
    first = near.next().starts_at
    changes(near, SANNE, "group:founding", weekday="3")
    planned = [row.starts_at for row in near.meetings() if row.status == "planned"]
    assert planned[0] == first
    assert planned[1] - first > 7 * DAY
    assert "was al aangekondigd en blijft staan" in said_in_channel(near)


def test_two_leads_who_change_details_both_do(near):
    changes(near, SANNE, "group:founding", leads=[SANNE, MEHMET])
    for who in (SANNE, MEHMET):
        near.presses(who, "group:details", on=near.answer_message(who, "groep"))
    near.sends(SANNE, minutes="60")
    near.sends(MEHMET, cases="2")
    plan = Plan.model_validate_json(near.group().plan)
    assert (plan.minutes, plan.cases) == (60, 2)


def test_two_leads_who_change_the_same_see_both(near):
    changes(near, SANNE, "group:founding", leads=[SANNE, MEHMET])
    for action in ("group:details", "group:founding"):
        for who in (SANNE, MEHMET):
            near.presses(who, action, on=near.answer_message(who, "groep"))
        near.sends(SANNE, cases="3", name="Noord", weekday="3", free=["7", "8"])
        near.sends(MEHMET, cases="2", name="Zuid", free=["8"], country="BE")
        told = str(form_of(near, MEHMET))
        assert ("koos hier: 3" in told) == (action == "group:details")
        assert (
            ("koos hier: Noord" in told)
            == ("juli en augustus" in told)
            == (action == "group:founding")
        )
        near.sends(MEHMET)
    plan = Plan.model_validate_json(near.group().plan)
    assert (plan.cases, near.group().name) == (2, "Zuid")
    assert (plan.rhythm.free, plan.rhythm.weekday, plan.rhythm.country) == ((8,), 3, "BE")


def test_a_group_ends_as_it_was_asked(near):
    question = near.answer_message(SANNE, "groep beëindigen")
    changes(near, SANNE, "group:details", minutes="60")
    near.presses(SANNE, "member:end", on=question)
    assert near.group().plan is not None
    near.presses(SANNE, "member:end", on=near.answer_message(SANNE, "groep beëindigen"))
    assert near.group().plan is None


def test_an_offer_ends_with_leaving(near):
    offers(near, ESTHER)
    near.presses(ESTHER, "meeting:coming", on=near.announcement())
    near.slack.leave(ESTHER, near.channel)
    near.slack.join(ESTHER, near.channel)
    near.stage.settle()
    near.answered(ESTHER, "meedoen")
    near.stage.pass_time(timedelta(seconds=5))
    assert "Sanne brengt een casus in" in turns(near)
    assert "0 van de 4" in turns(near)

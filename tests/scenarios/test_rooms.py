"""The room of a group: who can read there, what the group hears of it, and the way out."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from functools import partial
from time import monotonic

import pytest

from bot.store.tables import Case, Group, Member, Participant, SessionRow
from playground.reading import find
from playground.slack.seed import ELSEWHERE
from playground.slack.workspace import User
from playground.speech import repertoire
from playground.testing import ESTHER, FATIMA, JOOST, MEHMET, SANNE, Year, deliver

ILSE, YARA, BOT = "U0ILSE", "U0YARA", "U0BOT"
TITLE = repertoire("nl")["cases"]["learning"]["title"]


@pytest.fixture
def team(stage):
    return Year(stage)


@pytest.fixture
def public(team):
    """A team that meets in a public channel, with a case in its queue."""
    team.slack.channels[team.channel].kind = "channel"
    team.brings(MEHMET)
    return team


def said(team, channel=None):
    """All that stands in a channel, as one of its members reads it."""
    seen = team.slack.everything(SANNE, channel or team.channel)
    return "\n".join(team.reads(m) for m in seen if not m.ephemeral_to)


def agrees(team, *, bringer=MEHMET):
    """Say, for the group and as the bringer, that a case may be told in public."""
    team.types(SANNE, "start")
    team.presses(SANNE, "room:agree", on=team.answer_message(SANNE, "kanaal"))
    team.types(SANNE, "start")
    question = team.direct_messages(bringer)[-1]
    assert "iedereen in jullie Slack kan meelezen" in team.reads(question)
    team.presses(bringer, "room:tell", on=question)


# who can read along


def test_the_board_says_who_can_read_along(team):
    team.gathers(MEHMET, [SANNE, ESTHER])
    assert "Wie kan meelezen: jullie 3, en nog 4 anderen in dit kanaal." in team.board_says()


def test_the_others_are_named_to_who_asks(team):
    team.gathers(MEHMET, [SANNE, ESTHER])
    team.chooses(MEHMET, "readers")
    named = team.whispered(MEHMET)[-1]
    assert "Joost" in named
    assert "Esther" not in named
    assert "Intervisie" not in named


def test_guests_and_apps_are_counted_apart(team):
    team.slack.users["U0APP"] = User("U0APP", "poll", "Poll", is_bot=True)
    team.slack.channels[team.channel].members |= {YARA, "U0APP"}
    team.gathers(MEHMET, [SANNE, ESTHER])
    board = team.board_says()
    assert "en nog 5 anderen" in board
    assert "een gast in dit kanaal" in board
    assert "een andere app" in board


def test_a_channel_of_six_hundred_is_counted_whole(team):
    crowd = {f"U0CROWD{n}" for n in range(600)}
    team.slack.users |= {id_: User(id_, id_.lower(), id_) for id_ in crowd}
    team.slack.channels[team.channel].members |= crowd
    team.gathers(MEHMET, [SANNE, ESTHER])
    assert "en nog 604 anderen in dit kanaal" in team.board_says()
    team.chooses(MEHMET, "readers")
    assert "En nog 564 anderen." in team.whispered(MEHMET)[-1]


def test_a_shared_channel_says_so_on_the_board(team):
    team.slack.channels[team.channel].shared_with.add(ELSEWHERE)
    team.gathers(MEHMET, [SANNE, ESTHER])
    assert "mensen van een andere organisatie" in team.board_says()


# a public channel


def test_nothing_of_a_case_is_posted_in_public_unasked(public):
    answer = public.types(SANNE, "start")
    assert "openbaar" in str(answer.body)
    assert find(answer.body["blocks"], "room:move")
    assert public.rows(SessionRow) == []
    assert TITLE not in said(public)


def test_group_and_bringer_say_yes_knowingly(public):
    agrees(public)
    assert public.session().status == "lobby"
    assert "iedereen in jullie Slack" in public.board_says()
    for who in (SANNE, ESTHER):
        public.presses(who, "session:join")
    public.presses(MEHMET, "session:begin")
    assert public.session().status == "running"


def test_a_bringer_may_say_no(public):
    public.types(SANNE, "start")
    public.presses(SANNE, "room:agree", on=public.answer_message(SANNE, "kanaal"))
    public.types(SANNE, "start")
    public.presses(MEHMET, "room:keep", on=public.direct_messages(MEHMET)[-1])
    public.types(SANNE, "start")
    assert public.rows(SessionRow) == []
    assert TITLE not in said(public)


def test_only_the_bringer_gives_their_yes(public):
    public.types(SANNE, "start")
    case = public.rows(Case)[0].id
    public.slack.press(SANNE, "room:tell", value=case, view=public.home(SANNE))
    assert public.rows(Case)[0].open_at is None


DOOR = ("session:join", "session:begin", "group:case", "group:queue", "group:join", "group:start")
"""Presses that would put somebody in, were they in the channel."""


def test_who_only_looks_into_a_public_channel_is_not_let_in(public):
    agrees(public)
    public.slack.channels[public.channel].members.discard(JOOST)
    value, board = public.session().id, public.board()
    for action in DOOR:
        public.slack.press(JOOST, action, value=value, message=board)
    public.stage.settle()
    told = [public.reads(m) for m in public.direct_messages(JOOST)]
    assert len(told) == len(DOOR)
    assert all("Je zit niet in #intervisie" in each for each in told)
    assert not {m.user for m in public.rows(Member)} & {JOOST}
    assert not {m.user for m in public.rows(Participant)} & {JOOST}
    public.slack.join(JOOST, public.channel)
    public.presses(JOOST, "session:join")
    assert JOOST in {m.user for m in public.rows(Participant)}


def test_who_looks_in_waits_while_slack_does_not_say_who_is_in(public):
    agrees(public)
    public.stage.slack.api.fail("conversations.members", "internal_error")
    public.presses(ESTHER, "session:join")
    assert "Probeer het over een minuut" in public.whispered(ESTHER)[-1]
    public.presses(ESTHER, "session:join")
    assert ESTHER in {m.user for m in public.rows(Participant)}


def test_an_invitation_is_accepted_in_the_channel_alone(year):
    year.founds(accept=False)
    year.slack.channels[year.channel].members.discard(MEHMET)
    year.presses(MEHMET, "member:accept", on=year.direct_messages(MEHMET)[-1])
    assert "Je zit niet in #intervisie" in year.last_direct(MEHMET)
    assert MEHMET not in {m.user for m in year.rows(Member)}
    year.slack.join(MEHMET, year.channel)
    invitation = next(m for m in year.direct_messages(MEHMET) if find(m.blocks, "member:accept"))
    year.presses(MEHMET, "member:accept", on=invitation)
    assert MEHMET in {m.user for m in year.rows(Member)}


def test_eight_who_press_begin_at_once_ask_slack_once(team):
    team.gathers(MEHMET, [SANNE, ESTHER])
    team.stage.pass_time(timedelta(minutes=1))
    before = looks(team)
    with ThreadPoolExecutor(8) as pool:
        board, id_ = team.board(), team.session().id
        press = partial(team.slack.press, MEHMET, "session:begin", value=id_, message=board)
        pressed = [pool.submit(press) for _ in range(8)]
    assert {each.result().status for each in pressed} == {200}
    assert looks(team) == before + 1
    assert team.session().status == "running"


def looks(team):
    """How often Slack was asked who is in the channel."""
    return team.stage.slack.api.counts()["conversations.members"]


def test_any_member_takes_the_yes_back(public):
    agrees(public)
    for who in (SANNE, ESTHER):
        public.presses(who, "session:join")
    public.presses(MEHMET, "session:begin")
    public.presses(ESTHER, "room:disagree", on=public.answer_message(ESTHER, "kanaal"))
    assert public.session().status == "paused"
    public.presses(SANNE, "session:resume")
    assert public.session().status == "paused"


def test_methods_that_ask_for_trust_are_not_used_in_public(public):
    agrees(public)
    public.types(SANNE, "wachtrij")
    public.brings(ESTHER)
    assert "besloten kanaal" in public.answered(SANNE, "start roddelmethode")


def test_a_meeting_in_public_tells_nothing_unasked(year):
    year.slack.channels[year.channel].kind = "channel"
    year.founds()
    year.brings(MEHMET)
    year.until(year.next().starts_at)
    assert year.rows(SessionRow) == []
    assert "Daarom open ik nog geen sessie" in said(year)
    assert TITLE not in said(year)


@pytest.mark.parametrize(
    ("kind", "more", "told"),
    [
        ("private", {}, True),
        ("private", {"shared_with": {ELSEWHERE}}, True),
        ("private", {"org_wide": True}, True),
        ("channel", {}, False),
        ("channel", {"shared_with": {ELSEWHERE}}, False),
        ("channel", {"org_wide": True}, False),
    ],
)
def test_a_case_is_told_only_where_it_may_be(team, kind, more, told):
    place = team.slack.channels[team.channel]
    place.kind = kind
    for name, value in more.items():
        setattr(place, name, value)
    team.brings(MEHMET)
    team.types(SANNE, "start")
    assert (TITLE in said(team)) == told


def test_a_meeting_in_public_goes_on_after_both_yeses(year):
    year.slack.channels[year.channel].kind = "channel"
    year.founds()
    assert "Openbaar betekent" in said(year)
    year.presses(SANNE, "room:agree", on=year.answer_message(SANNE, "kanaal"))
    year.brings(MEHMET)
    year.until(year.next().starts_at)
    assert year.rows(SessionRow) == []
    year.presses(MEHMET, "room:tell", on=year.direct_messages(MEHMET)[-1])
    assert year.session().meeting_id == year.next().id


def test_a_meeting_waits_until_slack_says_who_can_read(year):
    year.founds()
    year.brings(MEHMET)
    starts = year.next().starts_at
    year.until(starts - timedelta(days=1))
    year.stage.slack.api.fail("conversations.info", "internal_error", times=4)
    year.until(starts)
    assert year.rows(SessionRow) == []
    for _ in range(4):
        year.stage.pass_time(timedelta(minutes=3))
    assert year.session().status == "lobby"


def test_a_slow_slack_is_waited_for_no_longer_than_it_waits(team):
    team.brings(MEHMET)
    team.stage.slack.api.fail("*", "slow", times=12, seconds=4)
    begun = monotonic()
    reply = team.slack.slash(JOOST, team.channel, "/intervisie", "start")
    assert reply.status == 200
    assert monotonic() - begun < 3


# the way to a private channel


def test_a_private_channel_is_made_on_request(public):
    public.types(SANNE, "wachtrij")
    card = public.answer_message(SANNE, "kanaal")
    public.presses(SANNE, "room:move", on=card)
    group, old = public.rows(Group)[0], public.channel
    place = public.slack.channels[group.channel]
    assert place.kind == "private"
    assert place.members == {SANNE, MEHMET, BOT}
    assert "verder in een besloten kanaal" in said(public, old)
    assert place.name not in said(public, old)
    public.channel = group.channel
    public.types(SANNE, "start")
    assert "Wie kan meelezen: jullie 2." in public.board_says()


def test_without_the_permission_one_hears_what_to_do(public):
    manifest = public.slack.app
    public.slack.app = replace(manifest, scopes=manifest.scopes - {"groups:write"})
    card = public.answer_message(SANNE, "kanaal")
    public.presses(SANNE, "room:move", on=card)
    assert "groups:write" in public.last_direct(SANNE)
    assert public.rows(Group)[0].channel == public.channel


def test_a_channel_is_not_made_twice_when_slack_breaks_off(public):
    card = public.answer_message(SANNE, "kanaal")
    public.stage.slack.api.fail("conversations.invite", "drop")
    public.presses(SANNE, "room:move", on=card)
    assert public.rows(Group)[0].channel == public.channel
    public.stage.pass_time(timedelta(minutes=5))
    made = [c.id for c in public.slack.channels.values() if c.name.startswith("intervisie-")]
    assert [public.rows(Group)[0].channel] == made


def test_a_group_goes_on_in_a_private_channel_that_it_chooses(public):
    own = public.slack.create_channel("eigen", [SANNE, MEHMET, BOT], private=True)
    public.presses(SANNE, "room:choose", on=public.answer_message(SANNE, "kanaal"))
    public.sends(SANNE, channel=own.id)
    assert public.rows(Group)[0].channel == own.id


def test_only_a_private_channel_can_be_chosen(public):
    plein = next(c.id for c in public.slack.channels.values() if c.name == "plein")
    public.presses(SANNE, "room:choose", on=public.answer_message(SANNE, "kanaal"))
    reply = public.sends(SANNE, channel=plein)
    assert "niet besloten" in str(reply.body)


# what changes


def runs(team):
    team.begins(MEHMET, [SANNE, ESTHER])


def test_a_session_pauses_when_its_channel_becomes_public(team):
    runs(team)
    team.slack.convert(SANNE, team.channel, private=False)
    team.stage.settle()
    assert team.session().status == "paused"
    assert "nu openbaar" in said(team)
    team.presses(SANNE, "session:resume")
    assert team.session().status == "paused"  # nobody said yes yet
    team.slack.convert(SANNE, team.channel, private=True)
    team.stage.settle()
    team.presses(SANNE, "session:resume")
    assert team.session().status == "running"


def test_a_session_pauses_when_its_channel_is_shared(team):
    runs(team)
    team.slack.share(SANNE, team.channel, ELSEWHERE)
    team.stage.settle()
    assert team.session().status == "paused"
    assert "gedeeld met een andere organisatie" in said(team)
    team.presses(SANNE, "session:resume")
    assert team.session().status == "running"


def test_lost_events_are_made_up_for_once_a_day(year):
    year.founds()
    year.slack.channels[year.channel].kind = "channel"
    year.slack.channels[year.channel].members.discard(JOOST)
    year.stage.pass_time(timedelta(days=1, minutes=1))
    assert "nu openbaar" in said(year)
    assert not any(m.user == JOOST and m.left_at is None for m in year.rows(Member))


def test_who_comes_in_during_a_session_is_named(team):
    runs(team)
    team.slack.channels[team.channel].members.discard(FATIMA)
    team.slack.join(FATIMA, team.channel)
    team.stage.settle()
    assert "kan meelezen" in team.thread_says()


def test_a_new_name_changes_nothing_else(year):
    year.founds()
    year.slack.rename(SANNE, year.channel, "anders")
    year.stage.settle()
    assert "andere naam" in said(year)


def test_groups_of_before_hear_of_their_public_channel_once(year):
    year.founds()
    year.slack.channels[year.channel].kind = "channel"
    with year.stage.bot.store.unit() as unit:
        group = unit.db.get(Group, year.group().id)
        group.room = group.looked_at = None
        group.open_at = group.look_at = group.created_at
        unit.commit()
    for _ in range(3):
        year.stage.pass_time(timedelta(days=1))
    assert said(year).count("Even goed om te weten") == 1
    assert year.group().open_at is not None


def test_a_room_that_slack_does_not_describe_opens_no_session(team):
    team.stage.slack.api.fail("conversations.info", "internal_error", times=50)
    assert "Probeer het over een minuut" in team.answered(SANNE, "start")


def test_direct_messages_of_several_people_are_no_room(team):
    place = team.slack.create_channel("mpdm-sanne--mehmet-1", [SANNE, MEHMET], private=True)
    assert "besloten kanaal" in team.answered(SANNE, "start", channel=place.id)
    assert team.rows(Group) == []


# people from elsewhere


@pytest.fixture
def shared(team):
    """A founded group in a channel that another organisation shares."""
    place = team.slack.channels[team.channel]
    place.shared_with.add(ELSEWHERE)
    place.members.add(ILSE)
    team.founds()
    return team


def admits(team):
    team.presses(SANNE, "room:admit", on=team.answer_message(SANNE, "kanaal"))


def joins(team, who):
    founded = team.posts("founded")[-1]
    team.presses(who, "member:join", on=founded)
    return any(m.user == who and m.left_at is None for m in team.rows(Member))


def test_people_from_elsewhere_join_once_they_are_let_in(shared):
    assert not joins(shared, ILSE)
    assert "binnen het team" in shared.whispered(ILSE)[-1]
    admits(shared)
    assert joins(shared, ILSE)


def test_who_is_let_in_elsewhere_is_not_let_in_here(shared):
    admits(shared)
    other = shared.slack.create_channel("anders", [SANNE, MEHMET, ILSE, BOT], private=True)
    shared.brings(SANNE)
    shared.types(SANNE, "wachtrij", channel=other.id)
    assert "nog niet meedoen" in shared.answered(ILSE, "wachtrij", channel=other.id)


def test_an_organisation_that_leaves_is_out_until_it_is_let_in_anew(shared):
    admits(shared)
    assert joins(shared, ILSE)
    place = shared.slack.channels[shared.channel]
    shared.slack.unshare(SANNE, shared.channel, ELSEWHERE)
    shared.stage.settle()
    assert not any(m.user == ILSE and m.left_at is None for m in shared.rows(Member))
    shared.slack.share(SANNE, shared.channel, ELSEWHERE)
    place.members.add(ILSE)
    shared.stage.settle()
    assert not joins(shared, ILSE)


def test_only_a_lead_lets_people_in(shared):
    value = f"{shared.group().id}|{ELSEWHERE}"
    shared.slack.press(MEHMET, "room:admit", value=value, view=shared.home(MEHMET))
    shared.stage.settle()
    assert not joins(shared, ILSE)


def test_a_group_may_take_no_guests(team):
    team.slack.channels[team.channel].members.add(YARA)
    team.founds()
    team.presses(SANNE, "room:guests_off", on=team.answer_message(SANNE, "kanaal"))
    assert not joins(team, YARA)
    assert "geen gasten" in team.whispered(YARA)[-1]
    team.presses(SANNE, "room:guests_on", on=team.answer_message(SANNE, "kanaal"))
    assert joins(team, YARA)


def test_somebody_from_outside_leads_and_may_be_dismissed(shared):
    shared.presses(SANNE, "room:facilitator", on=shared.answer_message(SANNE, "kanaal"))
    shared.sends(SANNE, facilitator=ILSE)
    shared.gathers(MEHMET, [SANNE, ESTHER, ILSE])
    shared.presses(MEHMET, "session:begin")
    assert shared.session().facilitator == ILSE
    assert not any(m.user == ILSE for m in shared.rows(Member))
    assert "Je bent hier nog geen lid" not in shared.whispered(ILSE)
    shared.presses(SANNE, "room:facilitator", on=shared.answer_message(SANNE, "kanaal"))
    shared.sends(SANNE, facilitator=None)
    assert shared.session().facilitator is None
    assert shared.session().status == "running"


def test_somebody_from_outside_leads_a_group_without_dates(team):
    place = team.slack.channels[team.channel]
    place.shared_with.add(ELSEWHERE)
    place.members.add(ILSE)
    team.presses(SANNE, "room:facilitator", on=team.answer_message(SANNE, "kanaal"))
    team.sends(SANNE, facilitator=ILSE)
    team.gathers(MEHMET, [SANNE, ESTHER, ILSE])
    team.presses(MEHMET, "session:begin")
    assert team.session().facilitator == ILSE
    assert not any(m.user == ILSE for m in team.rows(Member))


def test_a_facilitator_who_leaves_the_channel_leads_no_more(shared):
    shared.presses(SANNE, "room:facilitator", on=shared.answer_message(SANNE, "kanaal"))
    shared.sends(SANNE, facilitator=ILSE)
    shared.gathers(MEHMET, [SANNE, ESTHER, ILSE])
    shared.presses(MEHMET, "session:begin")
    shared.slack.leave(ILSE, shared.channel)
    shared.stage.settle()
    assert shared.session().facilitator is None
    assert shared.group().facilitator is None


def test_a_colleague_of_the_same_organisation_is_a_colleague(team):
    team.slack.enterprise = "E0ONS"
    team.slack.users[JOOST] = replace(team.slack.users[JOOST], team="T0TWEE", enterprise="E0ONS")
    assert "Er wacht nog geen casus" in team.answered(JOOST, "wachtrij")


def test_what_slack_says_anew_of_a_lurker_counts(team):
    team.gathers(MEHMET, [SANNE, ESTHER])  # and all who are in the channel are known
    team.slack.users[JOOST] = replace(team.slack.users[JOOST], team="T0TWEE")
    team.stage.pass_time(timedelta(hours=2))
    answers = (team.answered(JOOST, "wachtrij") for _ in range(5))
    assert any("binnen het team" in each for each in answers)  # a slow Slack is not waited for


def test_somebody_of_another_team_is_no_colleague(team):
    team.slack.users[JOOST] = replace(team.slack.users[JOOST], team="T0TWEE")
    assert "binnen het team" in team.answered(JOOST, "wachtrij")


def test_who_is_unknown_tries_again_and_is_known_then(team):
    team.stage.slack.api.fail("users.info", "internal_error", times=2)
    assert "Probeer het over een halve minuut" in team.answered(JOOST, "wachtrij")
    assert team.rows(Group) == []
    assert "Er wacht nog geen casus" in team.answered(JOOST, "wachtrij")


# the end


def test_a_channel_without_the_bot_ends_its_group_in_peace(year):
    year.founds()
    year.slack.channels[year.channel].members.discard(BOT)  # and Slack says nothing of it
    for _ in range(6):
        year.stage.pass_time(timedelta(days=1))
    assert all(m.left_at for m in year.rows(Member))
    assert "Wijkteam Noord" in year.last_direct(MEHMET)
    year.slack.channels[year.channel].members.add(BOT)
    deliver(year, {"type": "member_joined_channel", "user": BOT, "channel": year.channel})
    year.founds(by=JOOST)
    assert year.group().plan is not None

"""What people write stays theirs: shown, forgotten, and out of reach for who left."""

import json
from datetime import timedelta

import pytest

from bot.catalog.methods import shipped_methods
from bot.flows.session.commands import Join
from bot.flows.session.state import Session
from bot.repositories.sessions import write_state
from bot.services.sessions.run import Sessions
from bot.store.tables import Base, Case, Group, Member, Participant, Person, Vault
from playground.reading import find
from playground.slack.workspace import TEAM, Delivery
from playground.testing import DAY, ESTHER, FATIMA, JOOST, MEHMET, SANNE, Team


@pytest.fixture
def team(any_stage):
    return Team(any_stage)


@pytest.fixture
def finished(team):
    team.begins(MEHMET, [SANNE, ESTHER])
    assert team.plays_on([SANNE, MEHMET, ESTHER])
    return team


def test_people_get_all_their_own_data(finished):
    everything, vault = finished.contributions(), finished.session().vault_id
    with finished.stage.bot.store.unit() as unit:
        said = next(unit.open(vault, c.content) for c in everything if c.author == SANNE)
        others = [unit.open(vault, c.content) for c in everything if c.author != SANNE]
    assert "direct bericht" in finished.answered(SANNE, "mijndata")
    told = finished.directs_say(SANNE)
    assert said in told
    assert "Je deed mee aan 1 sessie" in told
    assert not any(other in told for other in others)


def test_who_asks_to_be_forgotten_is_and_the_counts_stay(finished):
    counted = len(finished.contributions())
    reply = finished.types(SANNE, "vergeet")
    assert find(reply.body["blocks"], "data:forget_yes")
    asked = [m for m in finished.slack.everything(SANNE, finished.channel) if m.ephemeral_to][-1]
    finished.presses(SANNE, "data:forget_yes", on=asked)
    assert len(finished.contributions()) == counted
    assert all(c.content is None for c in finished.contributions() if c.author.startswith("gone"))
    with finished.stage.bot.store.unit() as unit:
        for table in Base.metadata.sorted_tables:
            if table.name in ("people", "outbox"):
                continue  # the press itself made the person known again
            rows = unit.db.execute(table.select()).all()
            assert SANNE not in str(rows), table.name
    assert len(finished.rows(Participant)) == 3


def test_a_facilitator_who_never_joined_is_forgotten(team):
    team.gathers(MEHMET, [SANNE])
    with team.stage.bot.store.unit() as unit:
        row = unit.session(TEAM, team.session().id)
        session = Session.model_validate_json(row.state)
        write_state(row, session.model_copy(update={"facilitator": JOOST}))
        unit.commit()
    team.forgets(JOOST)
    row = team.session()
    assert row.facilitator.startswith("gone-")
    assert Session.model_validate_json(row.state).facilitator == row.facilitator


def test_a_draft_of_who_is_forgotten_disappears(team):
    team.types(MEHMET, "casus")
    team.tells_bot(MEHMET, "Een titel")
    team.forgets(MEHMET)
    assert [case.status for case in team.rows(Case)] == ["dropped"]
    assert team.rows(Vault) == []


def test_a_deactivated_colleague_leaves_by_themselves(team):
    team.begins(MEHMET, [SANNE, ESTHER])
    gone = team.turn()
    team.slack.change_user(gone, deleted=True)
    team.stage.settle()
    assert gone not in json.loads(team.session().state)["participants"]
    assert [m.left_at is None for m in team.rows(Member) if m.user == gone] == [False]


def test_who_leaves_the_channel_takes_their_case_along(team):
    team.brings(MEHMET)
    team.slack.leave(MEHMET, team.channel)
    team.stage.settle()
    assert [case.status for case in team.rows(Case)] == ["draft"]
    assert "Er wacht nog geen casus" in team.answered(SANNE, "wachtrij")


def test_uninstalling_forgets_the_whole_workspace(finished):
    event = {"type": "app_uninstalled"}
    body = {
        "type": "event_callback",
        "team_id": TEAM,
        "api_app_id": "A1",
        "event": event,
        "event_id": "Ev-last",
        "event_time": 1,
    }
    finished.slack.deliver(Delivery("event", body, SANNE))
    with finished.stage.bot.store.unit() as unit:
        assert all(not unit.db.execute(t.select()).all() for t in Base.metadata.sorted_tables)


def test_a_group_chooses_how_long_content_is_kept(team):
    team.types(SANNE, "instellingen")
    team.sends(SANNE, language="nl", keep="400", capacity="2", turn="veel")
    errors = team.slack.views(SANNE)[-1].errors
    assert errors["keep"] == "Vul een getal in van 1 tot en met 365."
    assert set(errors) == {"keep", "capacity", "turn"}
    team.sends(SANNE, language="nl", guidance="supported", keep="2", capacity="4", turn="1")
    assert team.slack.views(SANNE) == []
    assert [group.guidance for group in team.rows(Group)] == ["supported"]
    team.begins(MEHMET, [SANNE, ESTHER])
    assert team.plays_on([SANNE, MEHMET, ESTHER])
    team.stage.pass_time(timedelta(days=1, hours=20))
    assert team.session().vault_id is not None
    team.stage.pass_time(timedelta(hours=5))
    assert team.session().vault_id is None


def test_people_are_looked_up_once(team):
    for _ in range(3):
        team.types(JOOST, "stand")
    assert team.stage.slack.api.counts()["users.info"] == 1
    assert [p.user for p in team.rows(Person)] == [JOOST]


@pytest.mark.parametrize("door", ["deactivated", "left the channel", "forgotten"])
def test_every_way_out_ends_the_part_of_a_guest_in_a_session(year, door):
    year.founds()
    year.brings(MEHMET)
    year.types(MEHMET, "start")
    year.presses(SANNE, "session:join")
    year.types(FATIMA, "hulp")
    sessions = Sessions(year.stage.bot.transactions, shipped_methods())
    sessions.run(TEAM, year.session().id, Join(by=FATIMA))  # who is not in the group
    year.presses(MEHMET, "session:begin")
    match door:
        case "deactivated":
            year.slack.change_user(FATIMA, deleted=True)
        case "left the channel":
            year.slack.leave(FATIMA, year.channel)
        case "forgotten":
            year.forgets(FATIMA)
    assert FATIMA not in json.loads(year.session().state)["participants"]


@pytest.mark.parametrize("door", ["deactivated", "forgotten"])
def test_a_group_hears_of_every_way_out(year, door):
    year.founds()
    year.until(year.next().starts_at - 5 * DAY)
    assert "Sanne brengt een casus in" in year.reads(year.announcement())
    if door == "deactivated":
        year.slack.change_user(SANNE, deleted=True)
    else:
        year.forgets(SANNE)
    year.stage.pass_time(timedelta(seconds=1))
    assert "Mehmet brengt een casus in" in year.reads(year.announcement())

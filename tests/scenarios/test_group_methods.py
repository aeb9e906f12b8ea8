"""A group composes a method of its own, over signed HTTP."""

import json

import pytest

from bot.catalog.methods import shipped_methods
from bot.errors import Refusal
from bot.flows.method import Method
from bot.services.groups.methods import GroupMethods
from bot.store.tables import Group, GroupMethod
from playground.reading import elements, find
from playground.rehearse import rehearse
from playground.slack.seed import BOT
from playground.slack.workspace import TEAM, Message, View
from playground.testing import ESTHER, GRACE, JOOST, MEHMET, SANNE, Team, initial
from playground.ui.fields import options_of
from tests.scenarios.test_guidance import holds_a_session


@pytest.fixture
def team(stage) -> Team:
    return Team(stage)


def last_told(team: Team, who: str) -> Message:
    return team.slack.everything(who, team.channel)[-1]


def card(team: Team, who: str) -> Message:
    seen = team.slack.everything(who, team.channel)
    return next(m for m in reversed(seen) if find(m.blocks, "compose:new"))


def form(team: Team, who: str) -> View:
    return team.slack.views(who)[-1]


def steps(team: Team, who: str) -> list[str]:
    return form(team, who).spec["private_metadata"].split("|")[2].split(",")


def chooses(team: Team, who: str, action: str, option: str, **typed: str) -> None:
    """Choose from a menu in the form, with what is typed in its fields meanwhile."""
    view = form(team, who)
    at, menu = find(view.spec["blocks"], action)
    chosen = next(o for o in options_of(menu) if o["value"] == option)
    values = {
        block["block_id"]: {"value": {"type": "plain_text_input", "value": typed.get("title")}}
        for block in view.spec["blocks"]
        if block["block_id"] == "title"
    }
    team.slack.press(
        who, action, option=chosen, view=view, values=values, block_id=at, kind=menu["type"]
    )
    team.stage.settle()


def composes(team: Team, who: str = SANNE, title: str = "Stil en warm") -> str:
    """Compose a method with one written round in it; returns its id."""
    team.types(who, "methodes")
    team.presses(who, "compose:new", on=card(team, who))
    chooses(team, who, "compose:add", "images/picture", title=title)
    chooses(team, who, "compose:move:4", "up:4")
    chooses(team, who, "compose:move:0", "drop:0")
    assert not team.sends(who, title=title).body
    return team.rows(GroupMethod)[-1].id


def test_a_group_composes_a_method_and_uses_it(team):
    own = composes(team)
    assert "Sanne stelde een methode voor jullie samen: *Stil en warm*" in team.reads(
        last_told(team, MEHMET)
    )
    (row,) = team.rows(GroupMethod)
    method = Method.model_validate_json(row.method)
    assert [step.id for step in method.steps] == [
        *("present", "questions", "picture", "next-step", "reflection")
    ]
    team.gathers(MEHMET, [SANNE, ESTHER])
    lobby = team.board_says()
    assert "*Stil en warm*" in lobby
    assert "Deze methode kozen jullie zelf." in lobby
    at, button = next(
        (at, each)
        for at, each in elements(team.board().blocks)
        if each.get("value", "").endswith(f"|{own}")
    )
    team.slack.press(SANNE, "session:use", value=button["value"], message=team.board(), block_id=at)
    team.stage.settle()
    assert "✓ *Stil en warm*" in team.board_says()
    team.presses(MEHMET, "session:begin")
    assert "Deel 1 van 5" in team.board_says()
    assert team.plays_on([MEHMET, SANNE, ESTHER])
    assert "Kies een beeld" in team.thread_says()
    team.types(SANNE, "geschiedenis")
    assert "Stil en warm" in str(form(team, SANNE).spec)


def test_it_is_offered_to_its_own_group_alone(team):
    own = composes(team)
    other = team.slack.create_channel("anders", [SANNE, BOT.id]).id
    team.types(SANNE, "methodes", channel=other)
    assert "Stil en warm" not in str(team.slack.everything(SANNE, other)[-1].blocks)
    group = next(g.id for g in team.rows(Group) if g.channel == other)
    methods = GroupMethods(team.stage.bot.transactions, shipped_methods())
    with pytest.raises(Refusal, match="method_gone"):
        methods.form(TEAM, SANNE, group, own)


def test_steps_that_make_no_method_say_why(team):
    team.types(SANNE, "methodes")
    team.presses(SANNE, "compose:new", on=card(team, SANNE))
    for title, why in (("<!channel>", "zonder tekens als"), ("Basis", "Zo heet er al een")):
        reply = team.sends(SANNE, title=title)
        assert why in reply.body["errors"]["title"]
    chooses(team, SANNE, "compose:move:2", "drop:2", title="Alleen praten")
    chooses(team, SANNE, "compose:move:0", "drop:0", title="Alleen praten")
    reply = team.sends(SANNE, title="Alleen praten")
    assert "komt geen collega aan het woord" in str(reply.body["view"])
    assert initial(find_title(reply.body["view"])) == "Alleen praten"
    for _ in range(20):
        chooses(team, SANNE, "compose:add", "troika/question", title="Alleen praten")
    assert "te veel stappen" in str(form(team, SANNE).spec)
    reply = team.sends(SANNE, title="Alleen praten")
    assert "te veel stappen" in str(reply.body["view"])
    assert team.rows(GroupMethod) == []


def find_title(view: dict) -> dict:
    return next(b["element"] for b in view["blocks"] if b["block_id"] == "title")


def test_a_changed_method_leaves_sessions_as_they_were(team):
    own = composes(team)
    team.begins(MEHMET, [SANNE, ESTHER])
    row = json.loads(team.session().state)
    assert row["own"] is None  # a new group begins with the basics
    team.types(JOOST, "methodes")
    team.presses(JOOST, "compose:change", on=card(team, JOOST))
    assert steps(team, JOOST)[2] == "images/picture"
    assert not team.sends(JOOST, title="Warm", kinds="both").body
    assert [json.loads(r.method)["kinds"] for r in team.rows(GroupMethod)] == [
        ["learning", "positive"]
    ]
    team.brings(ESTHER)
    team.types(ESTHER, "start")
    session = team.session().id
    value = f"{session}|{own}"
    team.slack.press(ESTHER, "session:use", value=value, message=team.board())
    team.stage.settle()
    team.types(JOOST, "methodes")
    team.presses(JOOST, "compose:remove", on=card(team, JOOST))
    assert team.rows(GroupMethod) == []
    assert "Warm" in team.board_says()
    for who in (SANNE, MEHMET):
        team.presses(who, "session:join")
    team.presses(ESTHER, "session:begin")
    assert "Deel 1 van 5" in team.board_says()
    team.presses(JOOST, "compose:remove", on=card(team, JOOST))
    assert any("er niet meer" in said for said in team.whispered(JOOST))


def test_a_method_for_trust_says_so_beforehand(team):
    team.gathers(MEHMET, [SANNE, ESTHER], method="gossip")
    assert "Twijfelt iemand? Kies dan samen een andere." in team.board_says()
    _, offered = find(team.board().blocks, "session:use")
    team.presses(MEHMET, "session:use")
    assert offered["value"].endswith("|basic")
    assert "Twijfelt iemand?" not in team.board_says()


def test_who_is_not_in_the_group_composes_nothing_for_it(team):
    team.types(SANNE, "methodes")
    shown = card(team, SANNE)
    team.slack.leave(GRACE, team.channel)
    team.stage.settle()
    team.presses(GRACE, "compose:new", on=shown)
    assert team.slack.views(GRACE) == []


def test_a_composed_method_can_be_rehearsed(team):
    own = Method.model_validate_json(team_method(team))
    told: list[str] = []
    assert rehearse(own.id, "nl", told.append, methods={own.id: own})
    assert any("Kies een beeld" in line for line in told)


def team_method(team: Team) -> str:
    composes(team)
    return team.rows(GroupMethod)[-1].method


@pytest.mark.parametrize("typed", ["Stil en warm", "stil  EN warm!", "stíl en warm"])
def test_a_method_of_ones_own_starts_by_its_name(team, typed):
    own = composes(team)
    team.brings(SANNE)
    team.types(SANNE, f"start {typed}")
    assert team.session().method == own


def test_four_who_always_meet_get_a_method_for_four(team):
    people = [SANNE, MEHMET, ESTHER, JOOST]
    for bringer in people:
        holds_a_session(team, bringer)
    team.gathers(JOOST, people[:3])
    team.presses(SANNE, "session:begin")
    assert team.session().status == "running", team.session().method


def test_two_who_change_a_method_at_once_hear_so(team):
    composes(team)
    shown = {}
    for who in (MEHMET, ESTHER):
        team.types(who, "methodes")
        shown[who] = card(team, who)
        team.presses(who, "compose:change", on=shown[who])
    team.sends(MEHMET, title="Van Mehmet")
    team.sends(ESTHER, title="Van Esther")
    assert "net ook veranderd" in str(team.slack.views(ESTHER)[-1].spec)
    assert [json.loads(row.method)["title"]["nl"] for row in team.rows(GroupMethod)] == [
        "Van Mehmet"
    ]
    team.presses(ESTHER, "compose:remove", on=shown[ESTHER])
    assert len(team.rows(GroupMethod)) == 1
    team.sends(ESTHER, title="Van Esther")
    assert not team.slack.views(ESTHER)
    assert "Van Esther" in team.rows(GroupMethod)[0].method

"""How a group grows, over signed HTTP: first meeting, agreements, guidance, evaluation, toolkit."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.repositories.guidance import add_rating
from bot.store.tables import Agreement, Group, Rating, Reflection, SessionRow, Signature, Tool
from playground.reading import find
from playground.slack.workspace import TEAM, Message
from playground.testing import ESTHER, GRACE, JOOST, MEHMET, SANNE, Team

PEOPLE = [SANNE, MEHMET, ESTHER, JOOST]


@pytest.fixture
def team(stage) -> Team:
    return Team(stage)


def said(team: Team, text: str) -> Message | None:
    """The newest message in the channel or its threads that says something."""
    seen = [m for m in team.slack.everything(SANNE, team.channel) if not m.ephemeral_to]
    return next((m for m in reversed(seen) if text in team.reads(m)), None)


def with_button(team: Team, action: str) -> Message:
    seen = [m for m in team.slack.everything(SANNE, team.channel) if not m.ephemeral_to]
    return next(m for m in reversed(seen) if find(m.blocks, action))


def lets_a_minute_pass(team: Team) -> None:
    team.stage.pass_time(timedelta(minutes=1))


def moves_on_to(team: Team, title: str) -> None:
    for _ in range(12):
        if title in team.board_says():
            return
        team.presses(SANNE, "session:next")
    raise AssertionError(team.board_says())


def holds_a_session(team: Team, bringer: str, kind: str = "learning") -> None:
    team.gathers(bringer, [who for who in PEOPLE if who != bringer], kind)
    team.presses(SANNE, "session:begin")
    while find(team.board().blocks, "session:next"):
        team.presses(SANNE, "session:next")
    lets_a_minute_pass(team)


def first_meeting(team: Team) -> None:
    team.types(SANNE, "eerste")
    for who in PEOPLE[1:]:
        team.presses(who, "session:join")
    team.presses(SANNE, "session:begin")


def signs(team: Team, people: list[str]) -> None:
    for who in people:
        team.presses(who, "agreement:sign", on=with_button(team, "agreement:sign"))


def evaluates(team: Team, who: str, **answers: object) -> None:
    team.presses(who, "session:reflect")
    team.sends(who, **answers)


def test_a_group_grows_and_goes_a_step_back(team):
    # the first meeting: what people write becomes the agreements, and each signs
    first_meeting(team)
    moves_on_to(team, "Onze afspraken")
    team.presses(MEHMET, "session:contribute")
    team.sends(MEHMET, text="Wij beginnen op tijd.")
    moves_on_to(team, "Zijn we het eens?")
    offered = with_button(team, "agreement:edit")
    assert "Wij beginnen op tijd." in team.reads(offered)
    assert "Wat we hier zeggen, blijft hier" in team.reads(offered)
    team.presses(ESTHER, "agreement:edit", on=offered)
    team.sends(ESTHER, lines="Wat we zeggen, blijft hier.\n\n- Wij beginnen op tijd.\n")
    card = with_button(team, "agreement:sign")
    assert card.pinned
    assert "Getekend: Esther" in team.reads(card)
    signs(team, [SANNE, MEHMET, JOOST])
    assert "Iedereen heeft getekend" in team.reads(said(team, "Onze afspraken"))
    while find(team.board().blocks, "session:next"):
        team.presses(SANNE, "session:next")

    # six sessions: the agreements before each, a question after the second and the sixth
    holds_a_session(team, MEHMET)
    assert "Even terug naar wat we afspraken" in team.thread_says()
    assert "Wij beginnen op tijd." in team.thread_says()
    assert said(team, "sessies achter de rug") is None
    holds_a_session(team, ESTHER)
    asked = said(team, "2 sessies achter de rug")
    assert "Past dat nog" in team.reads(asked)
    assert not find(asked.blocks, "group:evaluation")

    # a step from guided to supported, which really says less, and back
    guided = team.thread_says()
    team.presses(JOOST, "growth:supported", on=asked)
    assert said(team, "koos: vanaf de volgende sessie houd ik het kort")
    holds_a_session(team, JOOST)
    supported = team.thread_says()
    assert "Wie van jullie begeleidt?" in supported
    assert "Was dat per ongeluk" in guided
    assert "Was dat per ongeluk" not in supported
    assert len(supported) < 0.8 * len(guided)
    team.presses(SANNE, "growth:guided", on=said(team, "houd ik het kort"))
    assert said(team, "leg ik weer elke stap uit")
    for bringer in (SANNE, MEHMET, ESTHER):
        holds_a_session(team, bringer)
    asked = said(team, "6 sessies achter de rug")
    assert find(asked.blocks, "growth:supported")

    # the evaluation: numbers without names, and agreements that are talked over
    team.presses(MEHMET, "group:evaluation", on=asked)
    for who in (SANNE, ESTHER, JOOST):
        team.presses(who, "session:join")
    team.presses(SANNE, "session:begin")
    moves_on_to(team, "Onze afspraken")
    assert "Wij beginnen op tijd." in team.reads(with_button(team, "agreement:edit"))
    moves_on_to(team, "Terugblik")
    for who, safe in ((SANNE, "5"), (MEHMET, "4"), (ESTHER, "3")):
        evaluates(team, who, useful="4", safe=safe, guidance="supported", rhythm="good")
    evaluates(team, SANNE, safe="1", guidance="guided")  # once is once
    assert team.rows(Group)[0].guidance == "guided"
    team.presses(JOOST, "session:pass")
    lets_a_minute_pass(team)
    told = team.reads(said(team, "Dit vond de groep"))
    assert "(3 antwoorden, zonder namen)" in told
    assert "Veilig  ▰▰▰▰▱  4,0 van 5" in told
    assert "Korte zinnen, een van ons begeleidt (3)" in told
    assert not any(name in told for name in ("Sanne", "Mehmet", "Esther"))
    assert sorted(row.safe for row in team.rows(Rating)) == [3, 4, 5]
    assert not any(column.name == "user" for column in Rating.__table__.columns)
    last = [row for row in team.rows(Reflection) if row.user == ESTHER][-1]
    assert (last.useful, last.safe) == (None, None)
    team.presses(SANNE, "growth:supported", on=said(team, "Dit vond de groep"))
    assert team.rows(Group)[0].guidance == "supported"


def agreed(team: Team) -> None:
    """Have the people in the group, and its agreements signed by all."""
    for who in PEOPLE:
        team.types(who, "wachtrij")
    team.types(SANNE, "afspraken")
    shown = team.slack.everything(SANNE, team.channel)[-1]
    team.presses(SANNE, "agreement:sign", on=shown)
    signs(team, PEOPLE[1:])
    assert said(team, "Iedereen heeft getekend")


def test_near_doubles_are_offered_to_be_merged_when_they_are_made(team):
    agreed(team)
    alike = "Wij noemen geen namen van cliënten.\nWij noemen nooit namen van cliënten of collega's."
    team.presses(SANNE, "agreement:edit", on=said(team, "Onze afspraken"))
    team.sends(SANNE, lines=alike)
    assert "bijna hetzelfde" in str(team.slack.views(SANNE)[-1].spec)
    team.sends(SANNE, lines=alike, merge=["merge"])
    assert team.slack.views(SANNE) == []
    card = team.reads(with_button(team, "agreement:sign"))
    assert "of collega's" in card
    assert "Wij noemen geen" not in card


def test_a_session_begins_with_three_agreements_and_a_button_for_all(team):
    agreed(team)
    team.begins(MEHMET, [SANNE, ESTHER])
    reminder = next(m for m in team.thread() if find(m.blocks, "agreement:all"))
    last = "dan nemen we afscheid"
    assert last not in team.reads(reminder)
    team.presses(ESTHER, "agreement:all", on=reminder)
    assert last in team.whispered(ESTHER)[-1]


def test_when_somebody_joins_all_sign_anew(team):
    agreed(team)
    team.brings(SANNE)
    team.types(SANNE, "start")
    team.slack.join(GRACE, team.channel)
    team.presses(GRACE, "session:join")
    card = with_button(team, "agreement:sign")
    assert "Daarom tekenen we opnieuw" in team.reads(card)
    assert "Nog niet getekend: Sanne" in team.reads(card)
    signs(team, [*PEOPLE, GRACE])
    assert said(team, "Iedereen heeft getekend")
    assert team.rows(Agreement)[0].version == 2


def test_who_comes_back_signs_anew(team):
    agreed(team)
    team.slack.leave(JOOST, team.channel)
    assert JOOST not in {row.user for row in team.rows(Signature)}
    shown = team.types(SANNE, "afspraken").body
    assert JOOST not in str(shown)
    assert "Iedereen heeft getekend" in str(shown)


def test_refused_agreements_say_why(team):
    agreed(team)
    for lines, why in (
        ("  \n - \n", "Schrijf ten minste één afspraak op"),
        ("\n".join(f"Afspraak {n}" for n in range(16)), "Dat zijn er meer dan 15"),
        ("x" * 181, "hoogstens 180 tekens"),
    ):
        team.presses(SANNE, "agreement:edit", on=said(team, "Onze afspraken"))
        reply = team.sends(SANNE, lines=lines)
        assert why in reply.body["errors"]["lines"]
        team.slack.close(SANNE, team.slack.views(SANNE)[-1].id)
    assert team.rows(Agreement)[0].version == 1


def test_a_first_meeting_goes_on_when_who_called_it_leaves(team):
    first_meeting(team)
    team.chooses(SANNE, "leave")
    assert "Esther" in team.board_says()
    assert "Gesloten" not in team.board_says()


def test_the_look_back_on_questions_names_nobody(team):
    team.begins(SANNE, [MEHMET, ESTHER])
    team.checks_in([SANNE, MEHMET, ESTHER])
    team.presses(SANNE, "session:done")
    for text in ("Wat raakte je het meest?", "Heb je het al gezegd?"):
        team.writes(team.turn(), text)
        team.writes(SANNE, "Dat weet ik nog niet.")
    while find(team.board().blocks, "session:next"):
        team.presses(SANNE, "session:next")
    lets_a_minute_pass(team)
    told = team.reads(team.thread()[-1])
    assert "Jullie stelden 2 vragen, waarvan 1 open." in told
    assert "Iedereen kwam ongeveer even vaak aan het woord." in told
    assert "Voor de volgende keer" in told
    assert "Mehmet" not in told


def keeps_a_tool(team: Team, who: str, text: str) -> None:
    team.gathers(SANNE, [MEHMET, ESTHER], "positive")
    team.presses(SANNE, "session:begin")
    moves_on_to(team, "gereedschap")
    team.presses(who, "session:contribute")
    team.sends(who, text=text)
    while find(team.board().blocks, "session:next"):
        team.presses(SANNE, "session:next")


def test_what_is_no_longer_shared_or_kept_is_gone_from_slack(team):
    keeps_a_tool(team, MEHMET, "Eerst koffie, dan de vraag.")
    team.stage.pass_time(timedelta(days=40))
    team.types(MEHMET, "gereedschap", channel=team.direct(MEHMET))
    card = team.direct_messages(MEHMET)[-1]
    team.presses(MEHMET, "tool:share", on=card)
    team.types(ESTHER, "gereedschap koffie", channel=team.direct(ESTHER))
    assert "koffie" in team.last_direct(ESTHER)
    team.presses(MEHMET, "tool:keep", on=team.direct_messages(MEHMET)[-1])
    team.stage.pass_time(timedelta(minutes=2))
    assert not said(team, "koffie")
    assert "koffie" not in everything_direct(team, ESTHER)
    assert "koffie" in everything_direct(team, MEHMET)
    team.presses(MEHMET, "tool:drop", on=team.direct_messages(MEHMET)[-1])
    team.stage.pass_time(timedelta(minutes=2))
    assert "koffie" not in everything_direct(team, MEHMET)


def everything_direct(team: Team, who: str) -> str:
    """All that stands in a person's direct messages."""
    return "\n".join(map(team.reads, team.direct_messages(who)))


def test_a_toolkit_is_private_unless_shared(team):
    keeps_a_tool(team, MEHMET, "Eerst koffie, dan de vraag.")
    team.stage.pass_time(timedelta(days=40))  # the session itself is forgotten by now
    assert "koffie" in str(team.types(MEHMET, "gereedschap").body)
    assert "koffie" in str(team.types(MEHMET, "gereedschap VRAAG").body)
    assert "koffie" not in str(team.types(MEHMET, "gereedschap thee").body)
    assert "koffie" not in str(team.types(ESTHER, "gereedschap").body)
    for who in (MEHMET, ESTHER):
        team.home(who)
    assert "koffie" in team.home_says(MEHMET)
    team.presses_home(MEHMET, "tool:all")
    own = team.direct_messages(MEHMET)[-1]
    team.presses(MEHMET, "tool:share", on=own)
    assert said(team, "deelt iets uit de eigen gereedschapskist")
    assert "koffie" in str(team.types(ESTHER, "gereedschap").body)
    assert "koffie" not in team.home_says(ESTHER)
    stolen = team.presses(ESTHER, "tool:drop", on=own)
    assert stolen.status == 200
    assert len(team.rows(Tool)) == 1
    team.types(MEHMET, "vergeet")
    asked = team.slack.everything(MEHMET, team.channel)[-1]
    team.presses(MEHMET, "data:forget_yes", on=asked)
    assert not team.rows(Tool)
    assert "koffie" not in str(team.types(ESTHER, "gereedschap").body)


def test_the_twelfth_session_asks_for_the_last_time(team):
    holds_a_session(team, SANNE)
    with team.stage.bot.store.unit() as unit:  # ten more like it
        row = unit.db.scalars(select(SessionRow)).one()
        held = {each.name: getattr(row, each.name) for each in SessionRow.__table__.columns}
        unit.db.add_all([SessionRow(**held | {"id": f"{row.id}-{n}"}) for n in range(10)])
        unit.commit()
    holds_a_session(team, MEHMET)
    asked = said(team, "12 sessies achter de rug")
    assert find(asked.blocks, "growth:independent")
    holds_a_session(team, ESTHER)
    assert said(team, "13 sessies") is None


def test_a_year_on_the_bot_proposes_to_look_back(team):
    holds_a_session(team, SANNE)
    assert said(team, "Het is een jaar geleden") is None
    team.stage.pass_time(timedelta(days=366))
    team.stage.pass_time(timedelta(days=3))  # on a working day
    assert find(said(team, "Het is een jaar geleden").blocks, "group:evaluation")


def looked_back(team: Team) -> None:
    team.begins(MEHMET, [SANNE, ESTHER])
    team.lets_time_run_out()
    team.chooses(MEHMET, "stop")
    team.presses(SANNE, "session:reflect")
    team.sends(SANNE, takeaway="Dit neem ik mee.", useful="4", safe="5")


def test_a_second_look_back_opens_with_the_first(team):
    looked_back(team)
    team.presses(SANNE, "session:reflect")
    team.sends(SANNE, useful="2")
    (kept,) = team.rows(Reflection)
    assert (kept.useful, kept.safe) == (2, 5)
    team.types(SANNE, "mijndata")
    assert "Dit neem ik mee." in team.directs_say(SANNE)


def test_an_empty_form_is_no_look_back(team):
    team.begins(MEHMET, [SANNE, ESTHER])
    team.chooses(MEHMET, "stop")
    team.presses(SANNE, "session:reflect")
    team.sends(SANNE)
    assert team.rows(Reflection) == []


def evaluating(team: Team) -> None:
    team.begins(MEHMET, [SANNE, ESTHER])
    team.chooses(MEHMET, "stop")
    team.types(SANNE, "evaluatie")
    for who in (MEHMET, ESTHER):
        team.presses(who, "session:join")
    team.presses(SANNE, "session:begin")
    while not find(team.board().blocks, "session:reflect"):
        team.types(SANNE, "verder")


def test_numbers_in_a_later_form_count_once(team):
    evaluating(team)
    for values in ({}, {"takeaway": "Iets."}, {"useful": "5"}):
        team.presses(SANNE, "session:reflect")
        team.sends(SANNE, **values)
    assert [row.useful for row in team.rows(Rating)] == [5]
    team.presses(SANNE, "session:reflect")
    form = [block["block_id"] for block in team.slack.views(SANNE)[-1].spec["blocks"]]
    assert form == ["intro", "takeaway", "share"]
    team.sends(SANNE)
    assert len(team.rows(Rating)) == 1


def test_a_second_vote_from_an_old_form_is_refused(team):
    evaluating(team)
    team.presses(SANNE, "session:reflect")
    old = team.slack.views(SANNE)[-1]
    team.sends(SANNE, useful="5")
    team.presses(SANNE, "session:reflect")
    team.slack.views(SANNE)[-1].spec["blocks"][:] = old.spec["blocks"]
    reply = team.sends(SANNE, useful="1")
    assert "tellen al mee" in str(reply.body["errors"])
    assert [row.useful for row in team.rows(Rating)] == [5]


def test_the_order_of_ratings_does_not_tell_who_gave_them(any_stage):
    team, orders, ids = Team(any_stage), set(), set()
    team.begins(MEHMET, [SANNE, ESTHER])
    for _ in range(8):
        with any_stage.bot.store.unit() as unit:
            row = unit.session(TEAM, team.session().id)
            for useful in (1, 2, 3, 4):
                add_rating(unit, row, any_stage.slack.clock.now(), {"useful": useful})
            ratings = unit.db.execute(select(Rating.id, Rating.useful)).all()
            orders.add(tuple(useful for _, useful in ratings))
            ids |= {id_ for id_, _ in ratings}
            unit.db.rollback()
    assert {tuple(sorted(order)) for order in orders} == {(1, 2, 3, 4)}
    assert len(orders) > 1
    assert len(ids) == 8 * 4


def test_a_tool_is_found_by_what_people_type(team):
    keeps_a_tool(team, MEHMET, "Koffie & thee, zoals in İstanbul of Malmö.")
    for sought in ("&", "istanbul", "İSTANBUL", "malmo", "koffie thee"):
        assert "Koffie" in str(team.types(MEHMET, f"gereedschap {sought}").body), sought
    assert "Koffie" not in str(team.types(MEHMET, "gereedschap <").body)

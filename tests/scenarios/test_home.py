"""App Home, past meetings and the welcome, over signed HTTP."""

from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import event, inspect, select

from bot.blocks import home as show
from bot.blocks.follow_ups import WorkQuestions
from bot.blocks.meetings import Facts
from bot.blocks.replies import Live, Mine, Trend
from bot.catalog.methods import shipped_methods
from bot.flows.session.state import Session
from bot.flows.types import HunchOutcome
from bot.i18n import LANGUAGES, words
from bot.store.tables import (
    Case,
    Group,
    HomeView,
    MeetingRow,
    Member,
    Outbound,
    Participant,
    SessionRow,
)
from playground.reading import block, elements
from playground.slack.records import TEAM
from playground.slack.validation import check_view
from playground.speech import repertoire
from playground.testing import (
    ESTHER,
    FATIMA,
    GRACE,
    JOOST,
    MEHMET,
    NEW_YEAR,
    SANNE,
    Team,
    Year,
    staged,
)

SOON = timedelta(seconds=11)


@pytest.fixture
def team(stage):
    return Team(stage)


@pytest.fixture
def year(sqlite_url):
    with staged(sqlite_url) as stage:
        yield Year(stage)


def pressable(team, who):
    view = team.slack.home(who)
    return [each["action_id"] for _, each in elements(view.spec["blocks"])]


def homes(team):
    return [row for row in team.rows(Outbound) if row.method == "home"]


# a newcomer


def test_a_newcomer_reads_three_sentences_and_finds_one_button(team):
    team.home(SANNE)
    assert block(team.slack.home(SANNE).spec["blocks"], "home-intro").count(".") == 3
    assert pressable(team, SANNE) == ["home:begin"]
    team.home(GRACE)
    assert "Begin with your team" in str(team.slack.home(GRACE).spec["blocks"])


def test_a_newcomer_founds_a_group_from_home(team):
    team.home(SANNE)
    team.presses_home(SANNE, "home:begin")
    coffee = next(c.id for c in team.slack.channels.values() if c.name == "koffie")
    answer = team.sends(SANNE, channel=coffee).body
    assert "Ik zit nog niet in dat kanaal" in answer["errors"]["channel"]
    team.slack.channels[team.channel].members.discard(SANNE)
    assert "Jij zit zelf niet" in team.sends(SANNE, channel=team.channel).body["errors"]["channel"]
    assert team.rows(Group) == []
    team.slack.channels[team.channel].members.add(SANNE)
    team.sends(SANNE, channel=team.channel)
    team.sends(SANNE, name="Noord", members=[SANNE, MEHMET, ESTHER], leads=[SANNE])
    team.stage.pass_time(SOON)
    assert "Noord" in team.home_says(SANNE)
    team.home(JOOST)
    team.presses_home(JOOST, "home:begin")
    team.sends(JOOST, channel=team.channel)
    assert "Fijn dat je meedoet met Noord" in team.last_direct(JOOST).replace("*", "")


def test_a_newcomer_is_welcomed_once(team):
    for _ in range(2):
        team.slack.open_home(SANNE, tab="messages")
        team.stage.settle()
    assert len(team.direct_messages(SANNE)) == 1
    assert "denken jullie samen na" in team.last_direct(SANNE)
    team.types(MEHMET, "wachtrij")
    for who in (MEHMET, ESTHER):
        team.home(who)
        team.slack.open_home(who, tab="messages")
        team.stage.settle()
        assert team.direct_messages(who) == []


def test_who_brings_the_bot_into_a_channel_is_helped_to_begin(team):
    coffee = next(c.id for c in team.slack.channels.values() if c.name == "koffie")
    team.slack.join("U0BOT", coffee, inviter=FATIMA)
    team.slack.join(GRACE, coffee, inviter=FATIMA)
    team.stage.settle()
    assert len(team.direct_messages(FATIMA)) == 1
    welcome = team.direct_messages(FATIMA)[-1]
    team.presses(FATIMA, "home:begin", on=welcome)
    team.sends(FATIMA)
    assert team.slack.views(FATIMA)[-1].spec["callback_id"] == "group:founding"


# what is asked


def test_only_opened_homes_show_a_turn(team):
    team.home(MEHMET)
    team.begins(SANNE, [MEHMET, ESTHER])
    before = len(homes(team))
    assert "Jij bent" not in team.home_says(MEHMET)
    for _ in range(3):
        team.stage.pass_time(SOON)
        if team.turn() != MEHMET:
            team.writes(team.turn(), "Ik ben er.")
    team.stage.pass_time(SOON)
    assert team.turn() == MEHMET
    assert "Jij bent aan de beurt in #intervisie: Inchecken" in team.home_says(MEHMET)
    team.presses_home(MEHMET, "session:contribute")
    team.sends(MEHMET, text="Ik ben er ook.")
    team.stage.pass_time(SOON)
    assert "Jij bent" not in team.home_says(MEHMET)
    assert "Waar je aan meedoet" in team.home_says(MEHMET)
    assert before < len(homes(team)) < before + 6
    assert {row.user for row in homes(team)} == {MEHMET}


def test_a_home_is_sent_only_when_it_changes(team):
    team.home(MEHMET)
    team.begins(SANNE, [MEHMET, ESTHER])
    team.stage.pass_time(SOON)
    sent = len(homes(team))
    if team.turn() == MEHMET:
        team.writes(MEHMET, "Ik ben er.")
        team.stage.pass_time(SOON)
        sent = len(homes(team))
    said = team.writes(team.turn(), "Ik ben er.")
    team.slack.edit(said.user, team.channel, said.ts, "Ik ben er helemaal.")
    team.stage.pass_time(timedelta(seconds=2))
    assert len(homes(team)) == sent


def test_an_unfinished_case_goes_on_from_the_lobby(team):
    team.types(MEHMET, "wachtrij")
    team.home(MEHMET)
    team.gathers(SANNE, [])
    team.types(MEHMET, "casus")
    team.stage.pass_time(SOON)
    assert "Sanne nodigt jullie uit in #intervisie" in team.home_says(MEHMET)
    assert "Deze casus was je aan het vertellen" in team.home_says(MEHMET)
    team.presses_home(MEHMET, "session:join")
    assert "Erbij: Sanne, Mehmet" in team.board_says()
    assert "nodigt jullie uit" not in team.home_says(MEHMET)
    team.presses_home(MEHMET, "intake:discard")
    assert "Deze casus was je" not in team.home_says(MEHMET)

    # Who leads the session finds the buttons for it there too.
    team.presses(ESTHER, "session:join")
    team.presses(MEHMET, "session:lead")
    team.presses(SANNE, "session:begin")
    team.stage.pass_time(SOON)
    assert "Jij begeleidt, in #intervisie: Inchecken" in team.home_says(MEHMET)
    assert "Laat stiltes bestaan" in team.home_says(MEHMET)  # from the crib sheet
    team.presses_home(MEHMET, "session:pause")
    assert "Pauze" in team.board_says()
    assert "session:resume" in pressable(team, MEHMET)


def test_a_next_step_stays_with_who_named_it(team):
    team.begins(SANNE, [MEHMET, ESTHER])
    assert team.plays_on([SANNE, MEHMET, ESTHER])
    with counted(team.stage) as said:
        team.slack.open_home(SANNE)
    assert len(queries(said)) <= 14, "\n".join(said)
    team.stage.settle()
    assert "Jouw volgende stappen" in team.home_says(SANNE)
    assert "follow_up:tell" in pressable(team, SANNE)
    team.home(MEHMET)
    assert "Jouw volgende stappen" not in team.home_says(MEHMET)
    team.stage.pass_time(timedelta(days=31))
    team.stage.pass_time(SOON)
    assert "Jouw volgende stappen" not in team.home_says(SANNE)


def test_a_year_of_asking_stands_in_ones_home(year):
    for who in (SANNE, MEHMET, JOOST):
        year.home(who)
    year.founds(accept=False)
    year.stage.pass_time(SOON)
    assert "Je bent uitgenodigd voor Wijkteam Noord" in year.home_says(MEHMET).replace("*", "")
    for who in (MEHMET, ESTHER, JOOST):
        year.home(who)
        year.presses_home(who, "member:accept")
    assert "Volgende bijeenkomst" in year.home_says(MEHMET)

    # Two weeks before the first meeting it is Sanne's turn; Joost is asked to swap.
    year.until(year.next().starts_at - timedelta(days=5))
    year.stage.pass_time(SOON)
    assert "jij bent aan de beurt in #intervisie" in year.home_says(SANNE)
    assert "intake:for" in pressable(year, SANNE)
    year.presses_home(SANNE, "meeting:coming")
    assert "Je bent erbij" in year.home_says(SANNE)
    year.presses_home(SANNE, "meeting:swap")
    year.sends(SANNE, colleague=JOOST)
    year.stage.pass_time(SOON)
    assert "Sanne wil graag van beurt ruilen" in year.home_says(JOOST)
    asked = swap_question(year, JOOST)
    year.presses_home(JOOST, "meeting:swap_yes")
    assert "ruilen met jou" not in year.home_says(JOOST)
    assert "jij bent aan de beurt" in year.home_says(JOOST)
    year.stage.pass_time(SOON)
    assert "Joost brengt een casus in" in year.home_says(MEHMET)
    year.presses(JOOST, "meeting:swap_yes", on=asked)  # as it still shows on another device
    assert "Deze ruil wordt niet meer gevraagd" in year.last_direct(JOOST)


def swap_question(year, who):
    return next(m for m in year.direct_messages(who) if "meeting:swap_yes" in str(m.blocks))


def test_members_see_which_counts_leads_see(year):
    year.founds()
    for who in (SANNE, MEHMET):
        year.home(who)
    assert "stats:open" in pressable(year, SANNE)
    assert "stats:open" not in pressable(year, MEHMET)
    for who, button in ((SANNE, "stats:open"), (MEHMET, "stats:mine")):
        year.presses_home(who, button)
        assert year.slack.views(who)[-1].spec["callback_id"] == "stats:period"
    year.home(JOOST)
    year.presses_home(JOOST, "statement:open")
    assert "nog bij geen bijeenkomst geweest" in year.last_direct(JOOST)


def test_ones_wishes_and_language_are_ones_own_and_show_at_once(team):
    team.types(MEHMET, "wachtrij")
    team.home(MEHMET)
    team.presses_home(MEHMET, "group:wishes")
    away = {"away_from": "2027-03-01", "away_until": "2027-03-14"}
    team.sends(MEHMET, reminders="own", language="en", **away)
    team.stage.pass_time(SOON)
    shown = team.home_says(MEHMET)
    assert "Language: English\n" in shown
    assert team.answered(MEHMET, "wachtrij").startswith("No case is waiting")
    if team.stage.slack.clock.now() < datetime(2027, 3, 14, tzinfo=UTC):
        assert "Away from" in shown


# past meetings


def test_past_meetings_have_titles_until_forgotten(team):
    team.begins(SANNE, [MEHMET, ESTHER])
    title = block(team.board().blocks, "board-title") or team.reads(team.board()).split("\n")[0]
    team.chooses(SANNE, "stop")
    team.types(MEHMET, "geschiedenis")
    view = team.slack.views(MEHMET)[-1]
    shown = team.reads(SimpleNamespace(blocks=view.spec["blocks"], text=""))
    assert "jij deed mee" in shown
    case = shown.split("\n")[2]
    assert case in title
    team.home(SANNE)
    team.presses_home(SANNE, "history:open")
    assert "jij bracht een casus in" in str(team.slack.views(SANNE)[-1].spec["blocks"])
    team.types(JOOST, "history")
    assert "Hier komen de keren" in str(team.slack.views(JOOST)[-1].spec["blocks"])

    # Who left the channel keeps the date, and no title.
    team.slack.leave(ESTHER, team.channel)
    team.home(ESTHER)
    team.presses_home(ESTHER, "history:open")
    blocks = str(team.slack.views(ESTHER)[-1].spec["blocks"])
    assert "jij deed mee" in blocks
    assert case not in blocks

    team.stage.pass_time(timedelta(days=31))
    team.types(MEHMET, "geschiedenis")
    blocks = str(team.slack.views(MEHMET)[-1].spec["blocks"])
    assert "jij deed mee" in blocks
    assert case not in blocks


def test_a_late_meeting_is_found_on_its_own_day(year):
    year.founds()
    year.brings(SANNE)
    year.stage.pass_time(year.next().starts_at - year.now() + timedelta(hours=16))
    for who in (MEHMET, ESTHER):
        year.presses(who, "session:join")
    year.presses(SANNE, "session:begin")
    year.chooses(SANNE, "stop")
    year.types(MEHMET, "geschiedenis")
    assert "12 januari 2027" in str(year.slack.views(MEHMET)[-1].spec["blocks"])


def test_past_meetings_come_by_pages(team):
    team.begins(SANNE, [MEHMET, ESTHER])
    team.chooses(SANNE, "stop")
    held = copies(team, 12)
    team.types(MEHMET, "geschiedenis")
    first = team.slack.views(MEHMET)[-1]
    assert lines(first) == 10
    turn_page(team, MEHMET, "history:older")
    second = team.slack.views(MEHMET)[-1]
    assert second.id == first.id
    assert lines(second) == held - 10
    turn_page(team, MEHMET, "history:newer")
    assert lines(team.slack.views(MEHMET)[-1]) == 10
    team.slack.press(MEHMET, "history:older", value="-1; DROP", view=team.slack.views(MEHMET)[-1])
    assert lines(team.slack.views(MEHMET)[-1]) == 10


def lines(view):
    return sum(b["block_id"].endswith("title") for b in view.spec["blocks"])


def turn_page(team, who, action):
    view = team.slack.views(who)[-1]
    at, button = next(e for e in elements(view.spec["blocks"]) if e[1]["action_id"] == action)
    team.slack.press(who, action, value=button["value"], view=view, block_id=at)
    team.stage.settle()


def copies(team, times):
    """Copy a session as if held several times more; return how many there are."""
    at = team.session().created_at
    with team.stage.bot.store.unit() as unit:
        for n in range(times):
            at -= timedelta(days=30)
            session = copied(unit, SessionRow, f"session-{n}", created_at=at)
            for who in (SANNE, MEHMET, ESTHER):
                unit.db.add(
                    Participant(
                        session_id=session, user=who, workspace=TEAM, joined_at=at, attended=True
                    )
                )
        unit.commit()
    return times + 1


# limits


def full(language):
    """A home with more of everything than it shows, and every name as long as may be."""
    says = words(language)
    step = shipped_methods()["basic"].steps[0]
    session = Session(id="s1", group="g", case="c", method="basic", bringer="U1", participants=())
    long, title = "<!channel> & " + "W" * 67, "T" * 300
    people = tuple(f"U{n:010}" for n in range(8))
    facts = Facts("m" * 32, "g" * 32, "C" * 11, NEW_YEAR, 90, people, people[0], 3, 8)
    became = WorkQuestions("x" * 600, "x" * 600, "x" * 600)
    tasks = [
        show.Floor("s1", "C1", title, step, answering=True),
        show.Lead(session, "C1", title, "stap", "Tip. " * 200),
        show.Lobby("s2", "C1", title, people[0]),
        show.LookBackItem("s3", "C1", title),
        show.Bring(facts),
        show.Swap(facts, people[1]),
        show.Invited("g1", long, "C1"),
        show.Trial("g2", long),
        show.Unfinished("c1", ""),
    ] * 3
    return show.home(
        show.Shown(
            new=False,
            lost=3,
            tasks=[tasks[n % 9] for n in range(5, 24)],
            groups=[
                show.OwnGroup(f"g{n}", long, "C1", True, True, facts, "asked") for n in range(30)
            ],
            sessions=[Live(f"s{n}", "C1", title, "Basis", "stap", None) for n in range(30)],
            cases=[Mine(f"c{n}", title, "draft", "C1") for n in range(30)],
            steps=[show.OwnStep("x" * 9000, "s1", became) for _ in range(9)],
            tools=["x" * 9000] * 9,
            trend=Trend(10, 40, 60),
            hunches=dict.fromkeys(HunchOutcome, 100),
            wishes=show.Wishes("all", date(2027, 1, 1), date(2027, 2, 1), coached=True),
        ),
        says,
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_home_full_of_everything_keeps_to_slacks_limits(language):
    view = full(language)
    check_view(view, "home")
    assert "<!channel>" not in str([b for b in view["blocks"] if b["type"] == "section"])


@contextmanager
def counted(stage):
    """Count the statements that reach the database."""
    said = []

    def note(_connection, _cursor, statement, *_):
        said.append(statement)

    engine = stage.bot.store.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield said
    finally:
        event.remove(engine, "before_cursor_execute", note)


def queries(said):
    return [each for each in said if not each.startswith(("BEGIN", "PRAGMA"))]


def test_a_home_of_ten_groups_takes_fourteen_queries(any_stage):
    team = Team(any_stage)
    team.types(SANNE, "groep")
    team.sends(SANNE, name="Team " + "W" * 70, members=[SANNE, MEHMET, ESTHER])
    twins(team, 9)
    team.begins(SANNE, [MEHMET, ESTHER])
    team.brings(SANNE)
    team.types(SANNE, "casus")
    with counted(any_stage) as said:
        team.slack.open_home(SANNE)
    assert len(queries(said)) <= 14, "\n".join(said)
    any_stage.settle()
    shown = str(team.slack.home(SANNE).spec["blocks"])
    assert shown.count("Volgende bijeenkomst") == 10
    assert f"<#{team.channel}> · in de wachtrij" in shown


def twins(team, times):
    """Copy the group there is, each with members, dates and a draft."""
    with team.stage.bot.store.unit() as unit:
        for n in range(times):
            group = copied(unit, Group, f"group-{n}", channel=f"C{n}")
            copied(unit, MeetingRow, f"meeting-{n}", group_id=group)
            for who in (SANNE, MEHMET, ESTHER):
                unit.db.add(
                    Member(group_id=group, user=who, workspace=TEAM, joined_at=datetime.now(UTC))
                )
            sealed = unit.new_vault(TEAM)
            unit.db.add(
                Case(
                    id=f"case-{n}",
                    workspace=TEAM,
                    group_id=group,
                    bringer=SANNE,
                    kind="learning",
                    status="draft",
                    vault_id=sealed,
                    content=unit.seal(sealed, '{"title": "Een titel"}'),
                    created_at=datetime.now(UTC),
                    changed_at=datetime.now(UTC),
                )
            )
        unit.commit()


def copied(unit, table, id_, **changes):
    """Add a row like the first of a table, under another id; returns that."""
    first = unit.db.scalars(select(table).order_by(table.id)).first()
    row = {column.key: getattr(first, column.key) for column in inspect(table).column_attrs}
    unit.db.add(table(**{**row, "id": id_, **changes}))
    unit.db.flush()
    return id_


# bad luck and bad intent


def test_somebody_from_elsewhere_gets_no_home_and_learns_nothing(team):
    team.begins(SANNE, [MEHMET, ESTHER])
    team.slack.change_user(GRACE, is_stranger=True)
    team.home(GRACE)
    assert "colleagues in this organisation" in team.home_says(GRACE)
    assert pressable(team, GRACE) == []


def test_who_left_presses_an_old_button_in_vain(team):
    team.types(MEHMET, "wachtrij")
    team.home(MEHMET)
    team.gathers(SANNE, [])
    team.stage.pass_time(SOON)
    old = team.slack.home(MEHMET)
    at, button = next(
        e for e in elements(old.spec["blocks"]) if e[1]["action_id"] == "session:join"
    )
    team.slack.leave(MEHMET, team.channel)
    team.slack.press(MEHMET, "session:join", value=button["value"], view=old, block_id=at)
    team.stage.settle()
    assert "Je zit niet in #intervisie" in team.last_direct(MEHMET)
    assert "Mehmet" not in team.board_says()
    assert "nodigt jullie uit" not in team.home_says(MEHMET)
    assert "#intervisie" not in team.home_says(MEHMET)
    for action in ("session:reflect", "session:contribute", "member:confirm", "follow_up:tell"):
        team.slack.press(MEHMET, action, value=button["value"], view=old, block_id=at)
        team.stage.settle()
    assert team.slack.views(MEHMET) == []


def test_an_id_guessed_in_another_workspace_finds_nothing(team):
    team.gathers(SANNE, [MEHMET, ESTHER])
    session, group, title = (
        team.session().id,
        team.rows(Group)[0].id,
        repertoire("nl")["cases"]["learning"]["title"],
    )
    assert title in team.board_says()
    team.home(GRACE)
    view, deliver = team.slack.home(GRACE), team.slack.deliver
    team.slack.users[GRACE] = replace(team.slack.users[GRACE], team="T0OTHER")

    def from_elsewhere(delivery):
        other = {"team": {"id": "T0OTHER"}, "team_id": "T0OTHER"}
        body = {**delivery.body, **other}
        if "user" in body:
            body["user"] = {**body["user"], "team_id": "T0OTHER"}
        return deliver(replace(delivery, body=body))

    team.slack.deliver = from_elsewhere
    pressed = {
        "session": ("join", "begin", "contribute", "reflect", "tray", "stop"),
        "member": ("accept", "confirm", "join", "leave"),
        "meeting": ("coming", "swap", "calendar"),
        "case": ("start", "withdraw"),
        "follow_up": ("tell",),
    }
    for surface, moves in pressed.items():
        for move in moves:
            value = session if surface in ("session", "follow_up") else group
            team.slack.press(GRACE, f"{surface}:{move}", value=value, view=view)
    team.slack.press(GRACE, "history:open", value="0", view=view)
    team.home(GRACE)
    team.stage.settle()
    told = "".join(team.reads(m, GRACE) for m in team.direct_messages(GRACE))
    forms = [form.spec for form in team.slack.views(GRACE)]
    assert "no longer know" in told
    assert [form["callback_id"] for form in forms] == ["history:page"]
    assert title not in f"{told} {forms} {team.slack.home(GRACE).spec}"
    assert "Erbij: Sanne, Mehmet, Esther" in team.board_says()
    assert pressable(team, GRACE) == ["home:begin"]


def test_who_is_deactivated_is_not_shown_a_home_any_more(team):
    team.types(MEHMET, "wachtrij")
    team.home(MEHMET)
    team.slack.change_user(MEHMET, deleted=True)
    sent = len(homes(team))
    team.gathers(SANNE, [ESTHER])
    team.stage.pass_time(SOON)
    assert team.rows(HomeView) == []
    assert len(homes(team)) == sent


def test_who_is_forgotten_sees_what_a_newcomer_sees(team):
    team.types(MEHMET, "casus")
    team.home(MEHMET)
    team.types(MEHMET, "vergeet")
    answer = [m for m in team.slack.everything(MEHMET, team.channel) if m.ephemeral_to][-1]
    team.presses(MEHMET, "data:forget_yes", on=answer)
    assert pressable(team, MEHMET) == ["home:begin"]
    assert team.rows(HomeView) == []
    assert [m.user for m in team.rows(Member)] == []

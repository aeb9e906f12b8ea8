"""Any number of workspaces and organisations add the app themselves, over signed HTTP."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.blocks import replies as show
from bot.store.tables import (
    Attendance,
    Base,
    Case,
    Group,
    Installation,
    Member,
    Outbound,
    SendMethod,
    Timer,
    Vault,
)
from bot.store.unit import Outgoing
from playground.slack.seed import seeded
from playground.stage import button_of, path_of
from playground.testing import ESTHER, MEHMET, SANNE, Year, staged

ORGANISATION = "E0GRID"


class Place(Year):
    """A team in a workspace of its own; `number` says which people are its."""

    def __init__(self, stage, workspace, number=0) -> None:
        super().__init__(stage, workspace)
        three = (SANNE, MEHMET, ESTHER)
        self.people = [who.replace("U0", f"U{number}") for who in three]

    def holds_a_session(self, said: str) -> None:
        first, *others = self.people
        self.begins(first, others)
        for _ in self.people:
            self.writes(self.turn(), f"{said} {self.slack.team}")


@pytest.fixture
def many(sqlite_url):
    with staged(sqlite_url, oauth=True) as stage:
        yield stage


def another(stage, team, **more):
    workspace = seeded(stage.slack.clock, team=team, oauth=True, **more)
    stage.slack.add(workspace)
    return workspace


def installation(stage, key):
    with stage.bot.store.unit() as unit:
        return unit.db.get(Installation, key)


def count(stage, team, *tables):
    with stage.bot.store.unit() as unit:
        rows = (select(table).where(table.workspace == team) for table in tables)
        return [len(unit.db.scalars(query).all()) for query in rows]


def test_two_workspaces_and_an_organisation_meet_at_once(database_url):
    with staged(database_url, oauth=True) as stage:
        second = another(stage, "T0SECOND")
        grid = [another(stage, f"T0GRID{n}", enterprise=ORGANISATION, number=n) for n in (1, 2)]
        for places in ([stage.workspace], [second], grid):
            by = next(iter(places[0].users))
            assert "Intervisie is geïnstalleerd" in stage.install(*places, by=by)
        teams = [Place(stage, stage.workspace), Place(stage, second)]
        teams += [Place(stage, place, n) for n, place in enumerate(grid, 1)]
        for team in teams:
            team.holds_a_session("Ik ben er,")
        for team in teams:
            assert [len(team.rows(table)) for table in (Case, Group)] == [1, 1]
            assert len(team.contributions()) == 3
            said = {f"Ik ben er, {each.slack.team}" for each in teams}
            assert {each for each in said if each in team.thread_says()} == {
                f"Ik ben er, {team.slack.team}"
            }
            assert team.unsent() == []
        stage.slack.uninstall([second], SANNE)
        late = show.answer("te laat")
        with stage.bot.store.unit() as unit:  # it waits for nobody, and holds up nobody
            for team in teams:
                where = (team.slack.team, team.channel)
                unit.send(Outgoing(*where, SendMethod.POST, late, due=stage.slack.clock.now()))
            unit.commit()
        stage.settle()
        seen = [str(team.slack.messages(team.someone(), team.channel)) for team in teams]
        assert ["te laat" in each for each in seen] == [True, False, True, True]
        assert count(stage, second.team, Vault, Outbound, Timer) == [0, 0, 1]
        assert teams[1].types(SANNE, "start").body is None  # nothing is done, and nothing said
        for team in (*teams[:1], *teams[2:]):
            assert len(team.contributions()) == 3
            assert team.session().vault_id is not None
        stage.pass_time(timedelta(days=3))
        assert "Intervisie is geïnstalleerd" in stage.install(second)
        teams[1].holds_a_session("Daar zijn we weer,")
        assert [len(teams[1].rows(table)) for table in (Case, Group)] == [2, 1]


def test_a_return_within_a_week_brings_groups_and_counts_back(many):
    many.install(many.workspace)
    year = Year(many)
    year.founds()
    year.meets(MEHMET, [SANNE, ESTHER])
    kept = count(many, year.slack.team, Group, Member, Attendance)
    assert all(kept)
    many.slack.uninstall([many.workspace], SANNE)
    many.settle()
    many.pass_time(timedelta(days=6))
    assert year.unsent() == []
    assert count(many, year.slack.team, Group, Member, Attendance) == kept
    many.install(many.workspace)
    many.settle()
    before = len(year.posts("meeting"))
    year.until(year.next().starts_at)
    assert len(year.posts("meeting")) > before


def test_after_a_week_nothing_is_left(many):
    many.install(many.workspace)
    Place(many, many.workspace).holds_a_session("Ik ben er,")
    many.slack.uninstall([many.workspace], SANNE)
    many.pass_time(timedelta(days=7, hours=3))
    with many.bot.store.unit() as unit:
        for table in Base.metadata.sorted_tables:
            if "workspace" in table.c:
                where = table.c.workspace == many.workspace.team
                assert unit.db.execute(table.select().where(where)).all() == [], table.name


def test_a_late_word_of_uninstalling_changes_nothing(many):
    many.install(many.workspace)
    team = Place(many, many.workspace)
    team.holds_a_session("Ik ben er,")
    many.workspace.uninstall(SANNE)
    assert team.session().vault_id is not None


def test_a_token_that_another_process_renewed_is_read_again(many):
    many.install(many.workspace)
    team = Place(many, many.workspace)
    tokens, key = many.bot.installations.tokens, team.slack.team
    first = tokens.access(key).token
    many.slack.clock.wind(timedelta(hours=11))
    tokens.renew(key)
    second = tokens.access(key).token
    assert second != first
    kept = tokens._kept[key]
    tokens._kept[key] = kept._replace(access=kept.access._replace(token="of-before"))
    team.holds_a_session("Ik ben er,")  # Slack refuses the old one: the new one is read
    many.slack.clock.wind(timedelta(days=2))  # nobody renewed it in time
    assert team.answered(SANNE, "hulp")
    assert tokens.access(key).token not in (first, second)


def test_a_refresh_token_that_was_used_fails_no_work(many):
    many.install(many.workspace)
    tokens, key = many.bot.installations.tokens, many.workspace.team
    many.slack.clock.wind(timedelta(hours=11))
    before = tokens.access(key).token
    many.slack.api.fail("oauth.v2.access", "invalid_refresh_token")
    tokens.renew(key)
    assert tokens.access(key).token == before
    tokens.renew(key)
    assert tokens.access(key).token != before


def test_two_installs_at_once_leave_one_installation(database_url):
    with staged(database_url, oauth=True) as stage, ThreadPoolExecutor(4) as pool:
        pages = list(pool.map(lambda _: stage.install(stage.workspace), range(4)))
        assert all("Intervisie is geïnstalleerd" in page for page in pages)
        team = Place(stage, stage.workspace)
        assert len(team.rows(Installation)) == 1
        assert team.answered(SANNE, "hulp")


def test_the_same_workspace_twice_keeps_one_installation_and_all_rows(many):
    many.install(many.workspace)
    team = Place(many, many.workspace)
    team.holds_a_session("Ik ben er,")
    many.install(many.workspace, by=MEHMET)
    many.workspace.change_user(MEHMET, deleted=True)  # the installation lives on
    assert installation(many, team.slack.team).installed_by == MEHMET
    assert len(team.rows(Installation)) == len(team.rows(Group)) == 1
    assert team.session().vault_id is not None
    assert team.answered(SANNE, "hulp")


def test_what_cannot_be_installed_is_explained(many):
    oauth = many.slack.api.oauth

    def allowed():
        offer, cookie = many.visit("/slack/install")
        return path_of(oauth.allow(button_of(offer), [many.workspace], SANNE)), cookie

    offer, cookie = many.visit("/slack/install", language="en")
    assert "Add to Slack" in offer
    denied, _ = many.visit(path_of(oauth.deny(button_of(offer))), cookie)
    assert "give permission" in denied
    path, cookie = allowed()
    assert "Begin opnieuw" in many.visit(path)[0]  # another browser
    state = path.partition("state=")[2]
    stolen, _ = many.visit(f"/slack/oauth_redirect?code=stolen&state={state}", cookie)
    assert "kent deze toestemming niet meer" in stolen
    assert "al gebruikt" in many.visit(path, cookie)[0]  # the state was used
    forged = path.partition("state=")[0] + "state=forged"
    assert "Begin opnieuw" in many.visit(forged, "intervisie-install=forged")[0]
    path, cookie = allowed()
    many.slack.api.fail("oauth.v2.access", "drop")
    assert "Slack antwoordt niet" in many.visit(path, cookie)[0]
    path, cookie = allowed()
    many.slack.clock.wind(timedelta(minutes=11))
    assert "verlopen" in many.visit(path, cookie)[0]
    assert installation(many, many.workspace.team) is None


def test_a_workspace_can_leave_its_organisation_and_come_back(many):
    grid = [another(many, f"T0GRID{n}", enterprise=ORGANISATION, number=n) for n in (1, 2)]
    many.install(*grid, by="U1SANNE")
    teams = [Place(many, place, n) for n, place in enumerate(grid, 1)]
    for team in teams:
        team.holds_a_session("Ik ben er,")
    grid[0].change_access("U1SANNE", granted=False)
    assert [team.session().vault_id is None for team in teams] == [True, False]
    grid[0].change_access("U1SANNE", granted=True)
    many.settle()
    grid[0].enterprise = "E0OTHER"  # it moves to an organisation without the app
    assert teams[0].types("U1SANNE", "hulp").body is None
    grid[0].enterprise = ORGANISATION
    assert teams[0].answered("U1SANNE", "hulp")
    many.slack.uninstall(grid, "U1SANNE")
    assert [installation(many, each.team).uninstalled_at is None for each in grid] == [False] * 2
    assert [team.session().vault_id for team in teams] == [None, None]

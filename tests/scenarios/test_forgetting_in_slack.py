"""What is forgotten disappears from Slack too, as far as the bot posted it."""

from datetime import timedelta

import pytest

from bot.repositories.cases import case_content
from bot.store.tables import UNSENT, Case, Outbound, Receipt
from bot.web.verify import VerifyPage
from playground.reading import find
from playground.testing import ESTHER, MEHMET, NEW_YEAR, SANNE, Team, WoundClock, seeded, staged

PEOPLE = (SANNE, MEHMET, ESTHER)


@pytest.fixture
def team(sqlite_url):
    with staged(sqlite_url, workspace=seeded(WoundClock(NEW_YEAR))) as stage:
        yield Team(stage)


@pytest.fixture
def finished(team):
    team.begins(MEHMET, [SANNE, ESTHER])
    assert team.plays_on(list(PEOPLE))
    team.types(SANNE, "mijndata")
    return team


def is_forgotten(team):
    """Let a session be forgotten, and its receipt come."""
    for days in (31, 1, 4):
        team.stage.pass_time(timedelta(days=days))


def posted(team):
    """What the bot posted where any of the three can see it, whole."""
    bot, seen = team.slack.bot.id, {}
    for who in PEOPLE:
        for place in (team.channel, team.direct(who)):
            seen |= {said.ts: said for said in team.slack.everything(who, place)}
    return "".join(
        f"{said.text}{said.blocks}"
        for said in seen.values()
        if said.user == bot and not said.ephemeral_to
    )


def written(team, who=None):
    """All texts that are kept of a session and its case; of one person, if given."""
    vault, rows, cases = team.session().vault_id, team.contributions(), team.rows(Case)
    with team.stage.bot.store.unit() as unit:
        said = [
            unit.open(vault, row.content)
            for row in rows
            if row.content and who in (None, row.author)
        ]
        told = [
            text
            for case in cases
            if who in (None, case.bringer)
            for text in (case_content(unit, case) or {}).values()
        ]
    return [text for text in {*said, *told} if len(text) > 12]


def test_a_forgotten_session_is_gone_from_slack(finished):
    texts = written(finished)
    before = posted(finished)
    assert sum(text in before for text in texts) >= 10
    is_forgotten(finished)
    after = posted(finished)
    assert [text for text in texts if text in after] == []
    assert "is vergeten" in finished.board_says()
    assert not find(finished.board().blocks, "session:resume")
    assert finished.unsent() == []
    assert [row for row in finished.rows(Outbound) if row.payload and row.vault_id] == []


def test_what_people_wrote_themselves_is_listed_for_them(finished):
    is_forgotten(finished)
    receipt = finished.thread()[-1]
    assert "Wat jullie zelf in de draad schreven, staat er nog" in finished.reads(receipt)
    finished.presses(SANNE, "data:messages", on=receipt)
    own = [c for c in finished.contributions() if c.author == SANNE and c.ref]
    said = finished.slack.everything(SANNE, finished.channel)[-1]
    assert said.ephemeral_to == SANNE
    assert all(f"p{c.ref.replace('.', '')}" in str(said.blocks) for c in own)
    assert str(said.blocks).count("/archives/") == len(own)


def test_a_receipt_says_what_was_deleted_and_can_be_verified(finished):
    before = len(posted(finished))
    is_forgotten(finished)
    assert len(posted(finished)) < before
    row = finished.rows(Receipt)[0]
    assert row.removed > 20
    assert row.remained == 0
    text = finished.reads(finished.thread()[-1])
    assert f"haalde ik {row.removed} berichten van mij uit Slack weg" in text
    code = text.rpartition(" ")[2]
    facts = finished.stage.bot.receipts.find_by_code(code)
    assert facts == (row.session_id[:8], row.day, row.removed, 0)
    assert finished.stage.bot.receipts.find_by_code(code[:-1]) is None
    page = VerifyPage(finished.stage.bot.statements, finished.stage.bot.receipts)
    (shown,) = page({"QUERY_STRING": f"lang=nl&code={code}"}, lambda *_: None)
    assert "Dit bewijs van vergeten is van ons." in shown.decode()
    assert f"<bdi>{row.removed}</bdi>" in shown.decode()


def test_a_receipt_that_was_changed_is_not_ours(finished):
    is_forgotten(finished)
    with finished.stage.bot.store.unit() as unit:
        row = unit.db.get(Receipt, finished.session().id)
        row.removed += 1
        code = row.code
        unit.commit()
    assert finished.stage.bot.receipts.find_by_code(code) is None


def test_a_post_that_an_administrator_deleted_counts_as_gone(finished):
    thread = [m for m in finished.thread() if m.user == finished.slack.bot.id]
    finished.slack.bot_delete(finished.channel, thread[1].ts)
    is_forgotten(finished)
    assert finished.rows(Receipt)[0].remained == 0
    assert finished.unsent() == []


def test_a_post_that_slack_keeps_is_said_to_remain(finished):
    finished.stage.slack.api.fail("chat.delete", "cant_delete_message", times=2)
    is_forgotten(finished)
    assert finished.rows(Receipt)[0].remained == 2
    assert "2 berichten van mij kon ik niet weghalen" in finished.reads(finished.thread()[-1])


def test_deletions_keep_to_slacks_pace_and_hold_up_nobody(finished):
    finished.stage.slack.api.respond(
        "chat.delete", 429, "{}", headers={"Retry-After": "300"}, times=3
    )
    finished.stage.pass_time(timedelta(days=30))
    finished.stage.pass_time(timedelta(hours=2))
    waiting = [row for row in finished.rows(Outbound) if row.state in UNSENT]
    assert {row.method for row in waiting} == {"delete"}
    finished.types(SANNE, "help")
    assert finished.answered(SANNE, "wachtrij")
    for _ in range(4):
        finished.stage.pass_time(timedelta(minutes=10))
    assert finished.unsent() == []
    for days in (1, 4):
        finished.stage.pass_time(timedelta(days=days))
    assert finished.rows(Receipt)[0].code


def test_only_the_words_of_who_is_forgotten_disappear(finished):
    mine, others = written(finished, ESTHER), written(finished, SANNE)
    mine = [text for text in mine if text in posted(finished)]
    others = [text for text in others if text in posted(finished)]
    assert mine
    assert others
    finished.forgets(ESTHER)
    finished.stage.pass_time(timedelta(minutes=5))
    left = posted(finished)
    assert [t for t in mine if t in left] == []
    assert [t for t in others if t not in left] == []


def test_a_case_that_is_dropped_leaves_no_title_behind(team):
    team.gathers(MEHMET, [SANNE])
    titles = written(team)
    assert any(title in posted(team) for title in titles)
    team.forgets(MEHMET)
    team.stage.pass_time(timedelta(minutes=5))
    assert [title for title in titles if title in posted(team)] == []


def test_what_stays_in_slack_is_said_beforehand(team):
    team.types(MEHMET, "casus")
    hello = " ".join(map(team.reads, team.direct_messages(MEHMET)))
    assert "blijft in Slack zolang jullie werkruimte berichten bewaart" in hello
    assert "Is er nu iemand in gevaar?" in hello
    team.gathers(MEHMET, [SANNE, ESTHER])
    assert "voor jullie eerste sessie" in team.board_says()
    team.home(SANNE)
    assert "blijft zolang jullie werkruimte berichten bewaart" in team.home_says(SANNE)
    team.presses(MEHMET, "session:begin")
    team.chooses(MEHMET, "stop")
    team.gathers(MEHMET, [SANNE, ESTHER])
    assert "voor jullie eerste sessie" not in team.board_says()


def test_a_reflection_stays_unseen_unless_shared(finished):
    finished.presses(SANNE, "session:reflect")
    finished.sends(SANNE, takeaway="Een kanarievogel die ik meeneem.", share=[])
    assert "kanarievogel" not in posted(finished)
    finished.presses(SANNE, "session:reflect")
    finished.sends(SANNE, share=["share"])
    assert "kanarievogel" in posted(finished)


def test_a_receipt_comes_though_the_board_was_deleted(finished):
    finished.slack.bot_delete(finished.channel, finished.board().ts)
    is_forgotten(finished)
    last = finished.slack.messages(SANNE, finished.channel)[-1]
    assert "berichten van mij uit Slack weg" in finished.reads(last)

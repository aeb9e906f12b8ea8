"""Members learn to lead over signed HTTP, and hear from the others what they saw."""

from datetime import timedelta

import pytest

from bot.store.tables import Group, Learner
from playground.reading import find
from playground.testing import ESTHER, JOOST, MEHMET, SANNE, Team

PEOPLE = [SANNE, MEHMET, ESTHER, JOOST]


@pytest.fixture
def team(stage):
    return Team(stage)


def holds_a_session(team):
    """Hold a session that Mehmet brings a case to."""
    team.gathers(MEHMET, [who for who in PEOPLE if who != MEHMET], method="vijf stappen")
    team.presses(MEHMET, "session:begin")
    while find(team.board().blocks, "session:next"):
        team.presses(MEHMET, "session:next")
    team.stage.pass_time(timedelta(minutes=1))


def takes_a_step(team):
    """Make Sanne somebody who practises one step in the next session."""
    team.types(MEHMET, "casus")
    group, now = team.rows(Group)[0], team.stage.bot.transactions.now()

    def take(unit):
        place = {"group_id": group.id, "user": SANNE, "workspace": group.workspace}
        unit.db.add(Learner(**place, rung="step", state="taken", since=now))

    team.stage.bot.transactions.commit(take)


def sent(team, who, action):
    """Return the newest direct message with a button."""
    found = [m for m in team.direct_messages(who) if find(m.blocks, action)]
    return found[-1] if found else None


def all_direct(team, who):
    return "\n".join(team.reads(m) for m in team.direct_messages(who))


def test_who_leads_a_step_hears_what_was_seen_and_climbs(team):
    takes_a_step(team)
    holds_a_session(team)
    assert "Deze keer begeleid jij de stap hieronder" in all_direct(team, SANNE)
    assert "Vraag naar wat er gebeurt" not in team.thread_says()  # Sanne says it herself
    assert "begeleidt vanaf hier, om het te leren" in team.thread_says()
    assert "Vanaf hier doe ik het weer" in team.thread_says()

    climbed = sent(team, SANNE, "ladder:look")
    team.presses(SANNE, "ladder:look", on=climbed)
    assert "errors" in str(team.sends(SANNE, first=" "))
    team.sends(SANNE, first="Na de tweede vraag.")
    assert "Na de tweede vraag." in team.last_direct(SANNE)

    team.presses(ESTHER, "ladder:saw", on=sent(team, ESTHER, "ladder:saw"))
    team.sends(ESTHER, saw="dat je wachtte", helped="Mehmet toen pas begon", next="nog langer")
    assert "dat je wachtte" in team.last_direct(SANNE)
    assert "nog langer" in team.last_direct(SANNE)
    assert "dat je wachtte" not in all_direct(team, MEHMET)

    team.presses(SANNE, "ladder:take", on=climbed)
    team.types(SANNE, "mijndata")
    assert "Je volgende trede: een halve sessie" in all_direct(team, SANNE)
    team.forgets(ESTHER)
    assert "dat je wachtte" not in all_direct(team, SANNE)
    team.forgets(SANNE)
    assert team.rows(Learner) == []


def test_each_is_offered_once_and_may_decline(team):
    holds_a_session(team)
    assert sent(team, SANNE, "ladder:take") is None
    holds_a_session(team)
    offer = sent(team, SANNE, "ladder:take")
    assert "let jij op de stiltes" in team.reads(offer)
    team.presses(SANNE, "ladder:decline", on=offer)
    assert "Ik vraag dit niet nog eens" in team.last_direct(SANNE)
    team.presses(JOOST, "ladder:take", on=offer)
    assert team.rows(Learner)[0].state == "offered"
    team.presses(SANNE, "ladder:take", on=offer)
    assert "hoor je van mij wat je doet" in team.last_direct(SANNE)
    team.slack.leave(SANNE, team.channel)
    team.stage.settle()
    assert SANNE not in {row.user for row in team.rows(Learner)}
    team.presses(SANNE, "ladder:take", on=offer)
    assert SANNE not in {row.user for row in team.rows(Learner)}


def test_who_asks_to_learn_is_offered_their_rung_at_once(team):
    team.types(SANNE, "leren")
    offer = sent(team, SANNE, "ladder:take")
    assert "let jij op de stiltes" in team.reads(offer)
    assert sent(team, MEHMET, "ladder:take") is None
    team.presses(SANNE, "ladder:take", on=offer)
    holds_a_session(team)
    assert "Deze keer let jij op de stiltes" in all_direct(team, SANNE)
    team.types(SANNE, "learn")
    assert "één stap begeleiden" in team.reads(sent(team, SANNE, "ladder:take"))
    (row,) = [row for row in team.rows(Learner) if row.user == SANNE]
    assert (row.rung, row.state) == ("step", "offered")


def test_who_led_a_whole_session_hears_that_the_ladder_ends(team):
    takes_a_step(team)

    def done(unit):
        row = unit.db.get(Learner, (team.rows(Group)[0].id, SANNE))
        row.rung, row.state = "whole", "done"

    team.stage.bot.transactions.commit(done)
    assert "een hele sessie begeleid" in team.answered(SANNE, "leren")

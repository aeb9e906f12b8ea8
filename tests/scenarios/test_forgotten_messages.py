"""What waits in the outbox about forgotten content is never sent."""

from datetime import timedelta

import pytest

from bot.repositories.sessions import forget_session
from bot.store.crypto import WrongKey
from bot.store.tables import UNSENT, Outbound
from playground.testing import ESTHER, MEHMET, SANNE, Team

WORDS = "Een kanarievogel die ik nooit meer terug wil zien, en dat is een lange zin genoeg."


@pytest.fixture
def team(any_stage):
    return Team(any_stage)


def lets_go(team):
    team.stage.slack.api.faults.clear()
    team.stage.pass_time(timedelta(minutes=11))


@pytest.fixture
def asked(team):
    """A question that was written in a form, and waits for Slack."""
    team.comes_to_questions(MEHMET, [SANNE, ESTHER])
    team.asker = team.turn()
    team.stage.slack.api.respond(
        "chat.postMessage", 429, "{}", headers={"Retry-After": "300"}, times=10_000
    )
    team.presses(team.asker, "session:contribute")
    team.sends(team.asker, text=WORDS)
    return team


def all_said(team):
    said = [*team.slack.everything(ESTHER, team.channel), *team.thread()]
    return "".join(map(team.reads, said))


def test_words_of_who_is_forgotten_are_not_posted_any_more(asked):
    asked.forgets(asked.asker)
    lets_go(asked)
    assert "kanarievogel" not in all_said(asked)
    assert asked.unsent() == []


def test_words_of_others_are_posted_all_the_same(asked):
    asked.forgets(SANNE if asked.asker == ESTHER else ESTHER)
    lets_go(asked)
    assert "kanarievogel" in all_said(asked)


def test_messages_of_a_forgotten_session_are_dropped(asked):
    with asked.stage.bot.store.unit() as unit:
        row = unit.session(asked.session().workspace, asked.session().id)
        forget_session(unit, row)
        unit.commit()
    assert not [row for row in asked.rows(Outbound) if row.state in UNSENT and row.payload]
    lets_go(asked)
    assert "kanarievogel" not in all_said(asked)
    assert asked.unsent() == []


def test_who_is_forgotten_leaves_no_message_in_the_outbox(asked):
    asked.types(SANNE, "mijndata")
    asked.forgets(SANNE)
    assert not any(SANNE in (row.conversation, row.user) for row in asked.rows(Outbound))


def test_the_outbox_is_sealed_by_the_sessions_key(asked):
    keys, vault = asked.stage.bot.store.keys, asked.session().vault_id
    waiting = [row for row in asked.rows(Outbound) if row.vault_id == vault and row.payload]
    assert waiting
    for row in waiting:
        with pytest.raises(WrongKey):
            keys.open(row.payload)

"""What is kept of a profile in Slack."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from bot.clock import tidy
from bot.repositories.people import name_of, save_slack_user
from bot.store.tables import Person

NOW = datetime(2026, 11, 26, tzinfo=UTC)


@pytest.mark.parametrize(
    ("profile", "stranger"),
    [
        ({}, False),
        ({"team_id": "T1"}, False),
        ({"team_id": "T1", "is_stranger": True}, True),
        ({"team_id": "T2", "enterprise_user": {"enterprise_id": "E1", "teams": ["T1"]}}, False),
        ({"team_id": "T2", "enterprise_user": {"enterprise_id": "E2", "teams": ["T2"]}}, True),
        ({"team_id": "T2", "enterprise_user": {"teams": None}}, True),
    ],
)
def test_a_stranger_is_known_by_what_slack_says(store, profile, stranger):
    with store.unit() as unit:
        person = save_slack_user(unit, "T1", {"id": "U1", **profile}, NOW)
        assert person.stranger is stranger


def test_a_name_holds_no_signs_that_turn_text_round(store):
    with store.unit() as unit:
        person = save_slack_user(unit, "T1", {"id": "U1", "real_name": "Jan\u202e\x00\tP"}, NOW)
        assert name_of(unit, person) == "Jan P"


def test_a_name_stands_nowhere_in_plain(store):
    with store.unit() as unit:
        save_slack_user(unit, "T1", {"id": "U1", "real_name": "Jan"}, NOW)
        unit.db.add(Person(workspace="T1", user="U2", name="Piet", seen_at=NOW))
        unit.commit()
    tidy(store, NOW)
    with store.unit() as unit:
        people = unit.db.scalars(select(Person).order_by(Person.user)).all()
        assert [name_of(unit, each) for each in people] == ["Jan", "Piet"]
        assert [each.name for each in people] == ["", ""]
        assert not any(b"Piet" in each.sealed_name for each in people)

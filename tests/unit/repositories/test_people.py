"""What is kept of a profile in Slack."""

from datetime import UTC, datetime

import pytest

from bot.repositories.people import save_slack_user

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
        assert person.name == "Jan P"

"""What the clock does every hour works from the first hour on."""

from datetime import UTC, datetime

from bot.clock import tidy


def test_a_new_database_is_tidied(store):
    tidy(store, datetime.now(UTC))

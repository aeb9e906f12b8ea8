"""A statement on paper says how long each meeting took."""

import pytest

from bot.exports.pdf import duration
from bot.i18n import words


@pytest.mark.parametrize(
    ("minutes", "shown"), [(None, "schriftelijk"), (0, "0:01"), (59, "0:59"), (90, "1:30")]
)
def test_a_length_is_never_nothing(minutes, shown):
    assert duration(minutes, words("nl")) == shown

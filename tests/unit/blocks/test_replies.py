"""Answers to one person alone."""

import pytest

from bot.blocks import replies
from bot.catalog.commands import command_words
from bot.i18n import LANGUAGES, words


@pytest.mark.parametrize("language", LANGUAGES)
def test_help_lists_every_word(language):
    told = str(replies.help_(words(language)))
    listed = {command for word, command in command_words().items() if f"`{word}" in told}
    assert listed == set(command_words().values())

"""Help, by where somebody asks for it."""

import re

import pytest

from bot.blocks import help as show
from bot.catalog.commands import command_words, meant_by
from bot.i18n import LANGUAGES, words


def mentioned(payload):
    texts = [block["text"]["text"] for block in payload["blocks"] if block["type"] == "section"]
    return [meant_by(each) for each in re.findall(r"^`([^`]+)`", "\n".join(texts), re.M)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_help_lists_every_command_with_a_word_that_is_understood(language):
    listed = mentioned(show.everything(words(language)))
    assert set(listed) == set(command_words().values())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("place", show.Place)
def test_help_here_is_short_and_leads_to_the_rest(place, language):
    told = show.here(show.Here(place, lead=True), words(language))
    listed = mentioned(told)
    assert listed == [*show.WORDS[place], *show.LEADS]
    assert len(show.WORDS[place]) <= 6
    row = told["blocks"][-1]["elements"]
    assert len(row) <= 5
    assert row[-1]["action_id"] == "help:more"
    assert [each.get("style") for each in row].count("primary") == (place is not show.Place.AWAY)


def test_a_word_that_moves_a_session_has_no_button_that_may_come_too_late():
    told = show.nearest("verder", "next", words("nl"))
    assert [each["action_id"] for each in told["blocks"][-1]["elements"]] == ["help:more"]

"""A person's words are taken out of messages that wait."""

import pytest

from bot.repositories.outbox import without

LONG = "Wat zou er gebeuren als je een keer niets doet, en hoe erg is dat over een jaar?"


def quoted(text):
    part = {"type": "rich_text_quote", "elements": [{"type": "text", "text": text}]}
    return {"type": "rich_text", "elements": [part]}


def title(text):
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


@pytest.mark.parametrize(
    ("text", "shown"), [("Ja", "Ja"), (LONG, LONG), (LONG, LONG[:70] + "…"), (LONG, f"«{LONG}»")]
)
def test_a_block_with_their_words_goes_and_the_others_stay(text, shown):
    payload = {"text": "t", "blocks": [title("Vragen"), quoted(shown), quoted("Jazeker")]}
    left = without(payload, [text])
    assert left == {"text": "t", "blocks": [title("Vragen"), quoted("Jazeker")]}


def test_nothing_is_left_of_a_message_with_their_words_alone():
    assert without({"text": "t", "blocks": [title("Vragen"), quoted(LONG)]}, [LONG]) is None


def test_a_message_without_their_words_stays_as_it_is():
    payload = {"text": "t", "blocks": [title("Vragen")]}
    assert without(payload, [LONG, ""]) == payload

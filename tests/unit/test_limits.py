"""Messages are cut into parts that keep within Slack's limits and read well."""

from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.limits import MESSAGE_BLOCKS, MESSAGE_CHARACTERS, characters, in_parts

KINDS = ("section", "context", "header", "rich_text", "actions", "divider", "image")


def block(kind, length=10):
    return {"type": kind, "text": {"type": "plain_text", "text": "x" * length}}


def kinds(parts):
    return [[each["type"] for each in part["blocks"]] for part in parts]


@given(st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 3000)), max_size=150))
def test_parts_keep_everything_in_order_and_fit(blocks):
    payload = {"text": "t", "blocks": [block(*each) for each in blocks]}
    parts = in_parts(payload)
    assert list(chain(*(part["blocks"] for part in parts))) == payload["blocks"]
    for part in parts:
        assert part["text"] == "t"
        assert len(part["blocks"]) <= MESSAGE_BLOCKS
        assert characters(part["blocks"]) <= MESSAGE_CHARACTERS


def test_a_message_that_fits_stays_whole():
    payload = {"text": "t", "blocks": [block("section", 3000) for _ in range(3)]}
    assert in_parts(payload) == [payload]


@pytest.mark.parametrize("length", [200, 4000])
def test_a_text_stays_with_its_title_and_its_buttons(length):
    entry = [block("section"), block("context"), block("rich_text", length), block("actions")]
    parts = in_parts({"text": "t", "blocks": entry * 20})
    assert len(parts) > 1
    for part in kinds(parts):
        assert part == ["section", "context", "rich_text", "actions"] * (len(part) // 4)

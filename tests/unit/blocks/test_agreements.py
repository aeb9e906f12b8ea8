"""A list of agreements to choose from holds what members wrote, as far as a message goes."""

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.blocks.agreements import (
    MAX_OFFERED,
    Agreed,
    card,
    doubles,
    form,
    listed,
    merged,
    offered,
    reminder,
    starting,
)
from bot.i18n import words

NL = words("nl")


def test_all_that_four_people_wrote_is_there():
    written = [f"Afspraak {who}{n}" for who in "abcd" for n in range(3)]
    assert offered(written, NL) == [*written, *starting(NL)]


def test_a_suggestion_gives_way_to_the_groups_own_words():
    own = ["Wij noemen geen namen van cliënten of collega's.", "Wij lachen met elkaar."]
    lines = offered(own, NL)
    assert lines[:2] == own
    assert lines[2:] == [line for line in starting(NL) if "namen" not in line]
    danger = starting(NL)[0]
    assert danger in offered([danger.replace("Wat", "Alles wat"), *own], NL)


@given(st.lists(st.text(min_size=1, max_size=400), max_size=20, unique=True))
@settings(max_examples=40, deadline=None)
def test_suggestions_give_way_to_what_was_written(written):
    lines = offered(written, NL)
    assert len(listed(lines)) <= MAX_OFFERED
    if len(listed(written)) < MAX_OFFERED - 1:
        assert set(written) <= set(lines)


FOURTEEN = [f"Wij doen samen iets bijzonders: {name}." for name in "abcdefghijklmn"]


def actions(payload):
    rows = [block for block in payload["blocks"] if block["type"] == "actions"]
    return [each["action_id"] for row in rows for each in row["elements"]]


def test_a_reminder_shows_three_and_all_by_a_button():
    told = reminder(Agreed("g", FOURTEEN, ["U1"], ["U2"]), NL)
    assert FOURTEEN[2] in str(told)
    assert FOURTEEN[3] not in str(told)
    assert "Lees alle 14 afspraken" in str(told)
    assert actions(told) == ["agreement:all"], "who signs reads all first"
    assert FOURTEEN[13] in str(card(Agreed("g", FOURTEEN, ["U1"], ["U2"]), NL))


def test_a_reminder_of_four_hides_nothing():
    told = reminder(Agreed("g", FOURTEEN[:4], ["U1"], ["U2"]), NL)
    assert FOURTEEN[3] in str(told)
    assert actions(told) == ["agreement:sign"]


ALIKE = [
    "Wij noemen geen namen van cliënten.",
    "Wij beginnen op tijd.",
    "Wij noemen nooit de namen van cliënten of collega's.",
]


def test_near_doubles_are_found_and_the_longest_stays():
    assert doubles(ALIKE) == [(ALIKE[0], ALIKE[2])]
    assert merged(ALIKE) == [ALIKE[2], ALIKE[1]]
    assert doubles(starting(NL)) == []
    assert doubles(starting(words("en"))) == []


def test_a_form_with_near_doubles_offers_to_merge_them():
    blocks = form("g", ALIKE, NL)["blocks"]
    assert any(block["block_id"] == "merge" for block in blocks)
    assert not any(block["block_id"] == "merge" for block in form("g", ALIKE[:2], NL)["blocks"])

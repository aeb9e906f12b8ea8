"""A list of agreements to choose from holds what members wrote, as far as a message goes."""

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.blocks.agreements import MAX_OFFERED, listed, offered, starting
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

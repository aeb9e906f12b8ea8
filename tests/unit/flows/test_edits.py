"""Of two who change a form at once, both changes stay, or the second one hears."""

from hypothesis import given
from hypothesis import strategies as st

from bot.flows.edits import merged

forms = st.fixed_dictionaries({name: st.sampled_from(["1", "2", "3"]) for name in "abc"})


@given(forms, forms, forms)
def test_no_change_is_lost_in_silence(base, sent, now):
    values, theirs = merged(base, sent, now)
    for name in "abc":
        if now[name] != base[name] and values[name] != now[name]:
            assert theirs[name] == now[name]
        if sent[name] != base[name]:
            assert values[name] == sent[name]


def test_lists_are_the_same_in_any_order():
    assert merged({"m": ["a", "b"]}, {"m": ["b", "a"]}, {"m": ["a"]}) == ({"m": ["a"]}, {})


def test_what_a_form_does_not_tell_is_taken_as_sent():
    assert merged({}, {"a": "1"}, {"a": "2"}) == ({"a": "1"}, {})

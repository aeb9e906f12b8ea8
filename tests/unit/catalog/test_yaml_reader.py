"""What YAML holds for us: numbers, truths and words, and where each thing stands."""

from itertools import pairwise
from string import ascii_lowercase

import pytest
import yaml

from bot.catalog.yaml_reader import MAX_NODES, BadValue, KeyTwice, TooManyNodes, parsed


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("true", True),
        ("False", False),
        ("null", None),
        ("", None),
        ("12", 12),
        ("-3", -3),
        ("2.5", 2.5),
        ("yes", "yes"),
        ("no", "no"),
        ("12:30", "12:30"),
        ("012", "012"),
        ("1_000", "1_000"),
        ("2026-11-25", "2026-11-25"),
        ("Wat raakte je?", "Wat raakte je?"),
        ('"12"', "12"),
    ],
)
def test_what_is_no_number_or_truth_is_a_word(written, meant):
    (found,) = parsed(f"[{written}, ]" if written else "- \n")[0]
    assert (found, type(found)) == (meant, type(meant))


def test_a_mapping_merges_and_overrides_another():
    found, _ = parsed("one: &one {a: 1, b: 2}\ntwo: {<<: *one, b: 3}\n")
    assert found["two"] == {"a": 1, "b": 3}


def test_a_key_that_stands_twice_is_named_where_it_does_so_again():
    with pytest.raises(KeyTwice) as caught:
        parsed("a: 1\nb:\n  c: 1\n  d: 2\n  c: 3\n")
    assert caught.value.problem_mark.line == 4


@pytest.mark.parametrize("open_", ["[", "- ", "{a: ", "? "])
def test_only_too_deep_values_are_refused(open_):
    assert len(parsed("- [[[1]]]\n" * 200)[0]) == 200
    with pytest.raises(yaml.YAMLError, match="too deep"):
        parsed(open_ * 50_000)


@pytest.mark.parametrize(
    "text", ["a: [", "\ta: 1", "a: 'b", "? [1]: 2\n: 3", "a: *b", "\x00", "!x y"]
)
def test_what_cannot_be_read_is_refused_in_one_way(text):
    with pytest.raises(yaml.YAMLError):
        parsed(text)


BOMB = "a: &a [x, x]\n" + "".join(f"{b}: &{b} [*{a}, *{a}]\n" for a, b in pairwise(ascii_lowercase))
CHAIN = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 2000))
MERGES = "a: &a {x: 1}\n" + "".join(
    f"{b}: &{b} {{<<: [*{a}, *{a}]}}\n" for a, b in pairwise(ascii_lowercase)
)


@pytest.mark.parametrize(
    "text",
    [BOMB, CHAIN, MERGES, "a: &a [*a]", "a: &a {b: *a}", "[" + "1," * MAX_NODES + "]"],
    ids=["bomb", "chain", "merges", "itself", "its own value", "many"],
)
def test_more_than_a_file_may_hold_is_refused(text):
    with pytest.raises(TooManyNodes):
        parsed(text)


@pytest.mark.parametrize("value", ["1" * 5000, "!!int abc", "!!timestamp 2026-99-99", "!!float x"])
def test_a_value_that_cannot_be_is_named_where_it_stands(value):
    with pytest.raises(BadValue) as caught:
        parsed(f"a: 1\nb:\n  c: {value}\n")
    assert caught.value.problem_mark.line == 2

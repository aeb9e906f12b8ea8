"""The intake: what is asked, what may be passed, and what it says of tips."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.catalog.methods import shipped_methods
from bot.errors import Refusal
from bot.flows.intake import (
    CHOICES,
    HELPING,
    THEME,
    Field,
    answer,
    answers,
    fields_of,
    is_passable,
    kind_of,
    next_field,
    tips_of,
)
from bot.flows.types import Aim, CaseKind, Tips


def fill(field, content, draw):
    """Answer a field by choosing, in words, or by passing it."""
    if is_passable(field, content) and draw(st.booleans()):
        return ""
    return draw(st.sampled_from(CHOICES[field])) if field in CHOICES else "Een zin."


@given(st.data())
def test_every_intake_ends_and_asks_nothing_twice(data):
    content, asked = {}, []
    advice = data.draw(st.booleans())
    while (field := next_field(content, advises=advice)) is not None:
        asked.append(field)
        content[field] = fill(field, content, data.draw)
    assert asked == sorted(set(asked), key=list(Field).index)
    assert set(asked) <= set(fields_of(content, advises=advice))
    assert Field.QUESTION in asked
    assert (Field.AIM in asked) == (kind_of(content) is CaseKind.LEARNING)


@given(st.data())
def test_a_form_takes_what_a_conversation_gives(data):
    content = {}
    while (field := next_field(content)) is not None:
        content[field] = fill(field, content, data.draw)
    if content[Field.UNRECOGNISABLE] == "yes":
        assert answers(content) == (content, {})


def asked_after(**content):
    """List what is still asked, when everything but a choice is answered by one word."""
    asked = []
    while (field := next_field(content)) is not None:
        asked.append(field)
        content[field] = CHOICES[field][0] if field in CHOICES else "woord"
    return asked


def test_a_success_story_is_asked_for_no_problem_aim_or_tips():
    asked = asked_after(kind="positive")
    assert not {*HELPING, Field.AIM, Field.TIPS} & set(asked)


@pytest.mark.parametrize("aim", [aim for aim in Aim if aim is not Aim.CONCRETE])
def test_tips_are_asked_only_where_the_aim_does_not_say(aim):
    assert Field.TIPS not in asked_after(aim=aim)
    assert Field.TIPS in asked_after(aim=Aim.CONCRETE)


def test_a_method_without_advice_asks_nothing_about_tips():
    filled = dict.fromkeys((f for f in Field if f not in (Field.TIPS, Field.KIND)), "x")
    filled |= {Field.KIND: "learning", Field.AIM: "concrete"}
    assert next_field(filled) is Field.TIPS
    assert next_field(filled, advises=shipped_methods()["balint"].has_advice) is None
    assert next_field(filled, advises=shipped_methods()["basic"].has_advice) is Field.TIPS


@pytest.mark.parametrize(
    ("content", "tips"),
    [
        ({"aim": "reflection"}, Tips.NO),
        ({"aim": "heard"}, Tips.NO),
        ({"aim": "advice"}, Tips.YES),
        ({"aim": "reflection", "tips": "yes"}, Tips.YES),
        ({"aim": "advice", "tips": "no"}, Tips.NO),
        ({"aim": "concrete"}, Tips.LATER),
        ({}, Tips.LATER),
    ],
)
def test_what_a_bringer_says_of_tips_goes_before_the_aim(content, tips):
    assert tips_of(content) is tips


def test_a_case_from_before_is_asked_nothing_more():
    old = {"title": "t", "kind": "learning", "situation": "s", "action": "a", "question": "q"}
    assert next_field(old) is Field.AIM
    assert next_field(old | {"aim": "concrete", "tips": "no", "unrecognisable": "yes"}) is None


def test_a_theme_needs_no_event_and_is_a_case_to_learn_from():
    theme = {"title": "t", "kind": THEME, "situation": "s"}
    assert is_passable(Field.ACTION, theme)
    assert not is_passable(Field.ACTION, {"kind": "learning"})
    assert kind_of(theme) is CaseKind.LEARNING


def test_a_form_says_what_is_missing_by_field():
    _, wrong = answers({Field.KIND: "learning", Field.TITLE: "🙈"})
    missing = {"title", "situation", "action", "question", "aim", "unrecognisable"}
    assert set(wrong) == missing


def test_a_choice_that_is_none_is_refused():
    with pytest.raises(Refusal):
        answer(Field.AIM, "iets")

"""Whatever steps a group chooses, in whatever order, make a method or a mistake we can name."""

from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from bot.catalog.methods import shipped_methods
from bot.flows.composer import closing_of, compose, parts_of
from bot.flows.method import GateStep, Method, TrayStep
from bot.flows.types import CaseKind
from bot.services.groups.methods import STEP_ERRORS

PARTS = parts_of(shipped_methods())
CLOSING = closing_of(shipped_methods())


def composed(*ids: str) -> Method:
    parts = [PARTS[id_] for id_ in ids]
    return compose("own", "Van ons", [CaseKind.LEARNING], parts, CLOSING)


def test_the_parts_hold_each_step_once():
    for method in shipped_methods().values():
        if method.kinds:
            own = [part.steps for part in PARTS.values() if part.method is method]
            assert (*(step for steps in own for step in steps), method.steps[-1]) == method.steps


def test_steps_that_need_each_other_stay_together():
    assert [step.id for step in PARTS["basic/gate"].steps] == ["gate", "advice", "tray"]
    assert [step.id for step in PARTS["ten-steps/questions"].steps] == [
        *("questions", "sort", "answers")
    ]
    assert len(PARTS["troika/question"].steps) == 6


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(sorted(PARTS)), max_size=12))
def test_any_choice_is_a_whole_method_or_says_what_it_lacks(ids):
    try:
        method = composed(*ids)
    except ValidationError as error:
        kinds = {each["type"] for each in error.errors()}
        assert kinds <= {*STEP_ERRORS, "rotates_apart"}
        return
    assert method.steps[-1] == CLOSING
    assert len({step.id for step in method.steps}) == len(method.steps)
    assert Method.model_validate_json(method.model_dump_json()) == method


def test_the_same_part_twice_keeps_to_itself():
    twice = composed("basic/gate", "basic/questions", "basic/gate")
    gates = [step.id for step in twice.steps if isinstance(step, GateStep)]
    assert gates == ["gate", "gate-2"]
    assert [step.behind for step in twice.steps if isinstance(step, TrayStep)] == gates


def test_a_step_for_trust_makes_a_method_for_trust():
    assert composed("basic/questions").new_groups
    assert not composed("basic/questions", "gossip/gossip").new_groups

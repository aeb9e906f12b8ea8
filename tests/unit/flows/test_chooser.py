"""The chooser suggests what fits the case, the group and the time."""

from hypothesis import given
from hypothesis import strategies as st

from bot.catalog.methods import shipped_methods
from bot.flows.chooser import (
    MATURE,
    GroupSituation,
    Reason,
    Suggestion,
    fitting,
    suggestions,
)
from bot.flows.types import Aim, CaseKind

METHODS = shipped_methods()
CASES = sorted(m.id for m in METHODS.values() if m.kinds)

occasions = st.builds(
    GroupSituation,
    kind=st.sampled_from(CaseKind),
    aim=st.none() | st.sampled_from(Aim),
    people=st.integers(3, 8),
    minutes=st.none() | st.integers(20, 180),
    sessions=st.integers(0, 30),
    lately=st.lists(st.sampled_from(CASES), max_size=6).map(tuple),
    chosen=st.lists(st.sampled_from(CASES), max_size=2).map(tuple),
)


def suggested(**about) -> list[str]:
    return [s.method for s in suggestions(METHODS, GroupSituation(**about))]


@given(occasions)
def test_whatever_the_occasion_what_is_suggested_fits(occasion):
    found = suggestions(METHODS, occasion)
    assert 1 <= len(found) <= 3
    assert len({s.method for s in found}) == len(found)
    for each in found:
        method = METHODS[each.method]
        assert occasion.kind in method.kinds
        assert occasion.aim in (None, *method.aims)
        assert method.least <= occasion.people <= method.most
        assert method.new_groups or occasion.sessions >= MATURE
        assert method in fitting(METHODS, occasion)


def test_a_new_group_is_offered_the_basics():
    assert suggested(kind="learning")[0] == "basic"
    assert suggested(kind="positive")[0] == "positive"
    new = GroupSituation(kind="learning", aim="advice", people=6)
    mature = new.model_copy(update={"sessions": 12})
    for wary in ("gossip", "balint"):
        assert METHODS[wary] not in fitting(METHODS, new)
        assert METHODS[wary] in fitting(METHODS, mature)


def test_after_the_basics_comes_solution_focused():
    assert suggested(kind="learning", aim="concrete", sessions=4)[0] == "solution-focused"


def test_what_was_used_lately_gives_way():
    lately = ("solution-focused",)
    assert "solution-focused" in suggested(kind="learning", aim="concrete", sessions=9)[:1]
    again = suggested(kind="learning", aim="concrete", sessions=9, lately=lately)
    assert again[0] != "solution-focused"


def test_what_the_group_chose_for_itself_comes_first():
    found = suggestions(METHODS, GroupSituation(kind="learning", sessions=9, chosen=("six-hats",)))
    assert (found[0].method, found[0].reason) == ("six-hats", Reason.YOURS)


def test_little_time_offers_short_methods():
    short = GroupSituation(kind="learning", people=4, sessions=6, minutes=45)
    found = [METHODS[s.method].lasts(4) for s in suggestions(METHODS, short)]
    assert found[0] <= 45
    hurried = short.model_copy(update={"minutes": 20})
    lasting = sorted(method.lasts(4) for method in fitting(METHODS, hurried))
    assert [METHODS[s.method].lasts(4) for s in suggestions(METHODS, hurried)] == lasting[:3]


def test_reflection_cases_get_methods_without_advice():
    found = suggestions(METHODS, GroupSituation(kind="learning", aim="reflection", sessions=4))
    assert Reason.REFLECTION in [each.reason for each in found]


def test_after_three_problems_a_success_is_asked():
    well = Suggestion(method="positive", reason=Reason.WENT_WELL)
    for kind, problems, asked in (("learning", 3, 1), ("learning", 2, 0), ("positive", 5, 0)):
        occasion = GroupSituation(kind=kind, problems=problems, sessions=9)
        assert suggestions(METHODS, occasion).count(well) == asked


def test_a_method_for_particular_cases_waits_to_be_chosen():
    situation = GroupSituation(kind="learning", sessions=9, people=6)
    for sessions in range(20):
        found = suggestions(METHODS, situation.model_copy(update={"sessions": sessions}))
        assert "blameless-review" not in [each.method for each in found]
    assert "blameless-review" in [method.id for method in fitting(METHODS, situation)]
    chosen = suggestions(METHODS, situation.model_copy(update={"chosen": ("blameless-review",)}))
    assert chosen[0].method == "blameless-review"

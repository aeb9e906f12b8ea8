"""What is due is handled, alone or together; what cannot be waits, and holds up no other."""

import pytest

from bot.runner import PUT_OFF
from bot.store.tables import Timer
from tests.scenarios.team import Team


@pytest.fixture
def done(stage):
    """Timers that are due, of a kind that is handled together; gives which of them were."""
    runner, done = stage.bot.desk.runner, []

    def handle(unit, dues):
        done.append([due.id for due in dues])
        if "bad" in done[-1]:
            raise ValueError

    runner.together["many"] = handle
    with stage.bot.store.unit() as unit:
        for name in ("een", "bad", "twee"):
            unit.set_timer("T", f"many:{name}", "now", runner.now())
        unit.set_timer("T", "many:later", "now", runner.now() + PUT_OFF)
        unit.commit()
    return done


def test_what_is_due_together_is_handled_together_and_what_fails_is_put_off_alone(stage, done):
    now = stage.bot.desk.runner.now()
    stage.bot.desk.runner.tick()
    together, *alone = done
    assert sorted(together) == ["bad", "een", "twee"]
    assert sorted(alone) == [["bad"], ["een"], ["twee"]]
    left = {row.subject: row.due_at - now for row in Team(stage).rows(Timer)}
    assert left.keys() == {"many:bad", "many:later"}
    assert left["many:bad"] >= PUT_OFF

"""What is due is handled, alone or together; what cannot be waits, and holds up no other."""

from threading import Thread

import pytest

from bot.services.sessions.run import MOMENT, PUT_OFF
from bot.store.tables import SessionRow, Timer
from playground.stage import staged
from tests.scenarios.team import ESTHER, MEHMET, SANNE, Team


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


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_what_is_due_does_not_wait_for_who_has_its_session_and_comes_a_moment_later(database_url):
    with staged(database_url) as stage:
        team, runner = Team(stage), stage.bot.desk.runner
        team.begins(MEHMET, [SANNE, ESTHER])
        row, before = team.session(), len(team.thread())

        def turn_is_due():
            (at,) = (timer.due_at for timer in team.rows(Timer) if timer.name == "turn")
            return at

        stage.slack.clock.wind(turn_is_due() - runner.now())
        with stage.bot.store.unit() as busy:
            busy.db.get(SessionRow, row.id, with_for_update=True)
            tick = Thread(target=runner.tick)
            tick.start()
            tick.join(timeout=10)
            waited = tick.is_alive()
            soon = runner.now() + MOMENT
            busy.set_timer(row.workspace, f"session:{row.id}", "turn", soon)  # last, as replies do
            busy.commit()
        tick.join()
        assert not waited
        assert turn_is_due() == soon
        assert len(team.thread()) == before
        stage.pass_time(MOMENT)
        assert len(team.thread()) == before + 1

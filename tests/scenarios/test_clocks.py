"""Two clocks at once, processes of their own on a real PostgreSQL: nothing twice or lost."""

import os
import signal
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from time import monotonic, sleep

import pytest
from sqlalchemy import func, insert, select, update

from bot.flows.meeting import Meeting, Plan, Stage, Status
from bot.flows.rhythm import Rhythm
from bot.flows.session.pace import Pace
from bot.store.crypto import KeyRing, new_key
from bot.store.tables import Group, Lane, MeetingRow, Member, Outbound, Timer
from bot.store.unit import Store
from playground.slack.api import TOKEN
from playground.slack.records import TEAM
from playground.slack.server import serving
from playground.testing import ESTHER, MEHMET, SANNE, WoundClock, seeded

REMINDERS = 200
PATIENCE = 120


def groups_whose_meeting_is_due(store, workspace):
    """Many groups, each with a meeting that is to be announced now."""
    now = datetime.now(UTC)
    starts = now + timedelta(days=10)
    plan = Plan(rhythm=Rhythm(since=now.date())).model_dump_json()
    people = (SANNE, MEHMET, ESTHER)
    groups, members, meetings, timers = [], [], [], []
    for n in range(REMINDERS):
        channel = workspace.create_channel(f"groep-{n}", [*people, workspace.bot.id]).id
        id_ = f"group-{n}"
        groups.append(
            {
                "id": id_,
                "workspace": TEAM,
                "channel": channel,
                "name": id_,
                "language": "nl",
                "settings": Pace().model_dump_json(),
                "plan": plan,
                "created_at": now,
            }
        )
        members += [
            {"group_id": id_, "user": who, "workspace": TEAM, "joined_at": now} for who in people
        ]
        meetings.append(
            {
                "id": f"meeting-{n}",
                "workspace": TEAM,
                "group_id": id_,
                "day": starts.date(),
                "starts_at": starts,
                "moved": False,
                "minutes": 90,
                "status": Status.PLANNED,
                "stage": Stage.PLANNED,
                "sequence": 0,
                "state": Meeting(away=people).model_dump_json(),  # the channel alone is told
            }
        )
        timers.append(
            {"workspace": TEAM, "subject": f"group:{id_}", "name": "rhythm", "due_at": now}
        )
    with store.unit() as unit:
        unit.db.execute(insert(Group), groups)
        unit.db.execute(insert(Member), members)
        unit.db.execute(insert(MeetingRow), meetings)
        unit.db.execute(insert(Timer), timers)
        unit.commit()


def clock(folder, api_url, database_url, key):
    names = ("PATH", "HOME", "LANG")
    env = {name: os.environ[name] for name in names if name in os.environ} | {
        "PYTHONPATH": os.getcwd(),
        "SLACK_BOT_TOKEN": TOKEN,
        "SLACK_SIGNING_SECRET": "unused here",
        "SLACK_API_URL": api_url,
        "DATABASE_URL": database_url,
        "INTERVISIE_KEYS": key,
    }
    command = [sys.executable, "-m", "bot", "clock"]
    return subprocess.Popen(command, cwd=folder, env=env, stdout=subprocess.DEVNULL)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_each_reminder_is_sent_once_by_two_clocks(tmp_path, database_url):
    key = new_key()
    store = Store(database_url, KeyRing([key]))
    workspace = seeded(WoundClock())
    groups_whose_meeting_is_due(store, workspace)

    def count(query):
        with store.unit() as unit:
            return unit.db.scalar(query)

    def left():
        return count(select(func.count()).where(Timer.due_at <= datetime.now(UTC)))

    with serving(workspace, limited=False) as slack:
        clocks = [clock(tmp_path, slack.url, database_url, key) for _ in range(2)]
        try:
            assert waited(lambda: left() <= REMINDERS / 2), left()
            clocks[0].send_signal(signal.SIGKILL)
            clocks[0].wait(timeout=PATIENCE)
            half = left()
            assert half > 0, "the tick was over before a clock was killed"
            unsent = select(func.count()).where(Outbound.state != "sent")
            assert waited(lambda: left() == 0 and at_rest(lambda: count(unsent))), left()
            leases_run_out(store)
            assert waited(lambda: count(unsent) == 0), count(unsent)
        finally:
            for each in clocks:
                if each.poll() is None:
                    each.terminate()
            codes = [each.wait(timeout=PATIENCE) for each in clocks]
    assert codes == [-signal.SIGKILL, 0]
    announced = Counter(
        place.name
        for place in workspace.channels.values()
        for said in workspace.messages(SANNE, place.id)
        if said.user == workspace.bot.id
    )
    assert announced == {f"groep-{n}": 1 for n in range(REMINDERS)}
    store.close()


def at_rest(what):
    """Check whether a number has stopped changing: what is left then waits for a lease."""
    before = what()
    sleep(3)
    return what() == before


def leases_run_out(store):
    """What the dead process had claimed is free again, as it would be a minute later."""
    with store.unit() as unit:
        unit.db.execute(update(Lane).values(next_at=datetime.now(UTC)))
        unit.commit()


def waited(what):
    end = monotonic() + PATIENCE
    while monotonic() < end:
        if what():
            return True
        sleep(0.05)
    return False

"""`intervisie run`, as a process of its own, with nothing but the documented environment."""

import os
import socket
import subprocess
import sys
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from time import monotonic, sleep

import httpx
import pytest

from bot.app import build
from bot.errors import Fault
from bot.i18n import fault_texts
from bot.store.crypto import new_key
from bot.web.server import running as running_here
from playground.slack.api import APP_TOKEN, SECRET, TOKEN
from playground.slack.server import serving
from playground.stage import settings_for
from playground.testing import MEHMET, WoundClock, seeded

SECONDS = 90

RARELY_ASKED_FOR = {
    "PIL",
    "alembic",
    "fpdf",
    "holidays",
    "icalendar",
    "matplotlib",
    "numpy",
    "rapidfuzz",
    "sqlalchemy.dialects.postgresql",
    "uharfbuzz",
    "xlsxwriter",
}
UNASKED_FOR = {"greenlet", "httpx", "nicegui", "pygments", "rich"}
"""What libraries take along when it is there."""

START = """
import sys
import bot.cli
from bot.app import build
from bot.web.server import running
from bot.settings import read_settings
settings = read_settings()
with running(build(settings), settings):
    print(*sys.modules)
"""


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def until(what):
    end = monotonic() + SECONDS
    while monotonic() < end:
        if what():
            return True
        sleep(0.1)
    return False


@contextmanager
def running(folder, **environment):
    names = ("PATH", "HOME", "LANG")
    env = {name: os.environ[name] for name in names if name in os.environ} | environment
    command = [sys.executable, "-m", "bot", "run"]
    process = subprocess.Popen(command, cwd=folder, env=env)
    try:
        yield process
    finally:
        process.terminate()
        assert process.wait(timeout=SECONDS) == 0


@pytest.mark.parametrize("how", ["http", "socket"])
def test_it_answers_over_http_and_over_socket_mode(tmp_path, how):
    workspace = seeded(WoundClock())
    channel = next(c.id for c in workspace.channels.values() if c.name == "intervisie")
    port = free_port()
    environment = {
        "SLACK_BOT_TOKEN": TOKEN,
        "DATABASE_URL": f"sqlite:///{tmp_path / 'run.sqlite3'}",
        "PORT": str(port),
    }
    if how == "http":
        environment["SLACK_SIGNING_SECRET"] = SECRET
    else:
        environment["SLACK_APP_TOKEN"] = APP_TOKEN
    with (
        serving(workspace) as slack,
        running(tmp_path, SLACK_API_URL=slack.url, PYTHONPATH=os.getcwd(), **environment),
    ):
        if how == "http":
            slack.connect(port)
            assert until(lambda: _answers(port))
        else:
            slack.connect_by_socket()
            assert until(lambda: slack.socket.connected)
            assert _answers(port) == 404  # nobody but Slack reaches it
            assert httpx.get(f"http://127.0.0.1:{port}/readyz", trust_env=False).status_code == 200
        reply = workspace.slash(MEHMET, channel, "/intervisie", "casus")
        assert reply.status == 200
        assert "Kijk even bij je berichten" in str(reply.body)
        direct = workspace.open_dm(MEHMET).id
        assert until(lambda: len(workspace.messages(MEHMET, direct)) == 2)
    assert (tmp_path / "intervisie.keys").stat().st_mode & 0o777 == 0o600


def test_large_and_slow_requests_shut_nobody_out(tmp_path):
    workspace = seeded(WoundClock())
    channel = next(c.id for c in workspace.channels.values() if c.name == "intervisie")
    port = free_port()
    environment = {
        "SLACK_BOT_TOKEN": TOKEN,
        "SLACK_SIGNING_SECRET": SECRET,
        "DATABASE_URL": f"sqlite:///{tmp_path / 'run.sqlite3'}",
        "PORT": str(port),
        "PYTHONPATH": os.getcwd(),
    }
    head = b"POST /slack/events HTTP/1.1\r\nHost: x\r\n"
    form = b"Content-Type: application/x-www-form-urlencoded\r\n"
    with (
        serving(workspace) as slack,
        running(tmp_path, SLACK_API_URL=slack.url, **environment) as process,
        ExitStack() as stack,
    ):
        slack.connect(port)
        assert until(lambda: _answers(port))

        def connect():
            made = socket.create_connection(("127.0.0.1", port), timeout=SECONDS)
            return stack.enter_context(made)

        for n in range(130):
            connect().sendall(head if n % 2 else head + form + b"Content-Length: 99\r\n\r\na")
        million = b"a=b&" * 250_000
        for megabytes in (4, 20, 100):
            large = connect()
            with suppress(ConnectionError):  # it hangs up before all has been sent
                large.sendall(head + form + b"Content-Length: %d\r\n\r\n" % (megabytes * 10**6))
                for _ in range(megabytes):
                    large.sendall(million)
                assert large.recv(12) == b"HTTP/1.1 413"
        assert workspace.slash(MEHMET, channel, "/intervisie", "help").status == 200
        status = Path(f"/proc/{process.pid}/status").read_text()
        peak = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
        assert int(peak.split()[1]) < 200_000


def _answers(port):
    try:
        return httpx.post(
            f"http://127.0.0.1:{port}/slack/events", trust_env=False, verify=False
        ).status_code
    except httpx.HTTPError:
        return 0


def test_without_a_token_it_says_what_is_missing_and_stops(tmp_path):
    names = ("PATH", "HOME")
    env = {name: os.environ[name] for name in names if name in os.environ} | {"LANG": "nl_NL.UTF-8"}
    command = [sys.executable, "-m", "bot", "run"]
    found = subprocess.run(
        command,
        cwd=tmp_path,
        env={**env, "PYTHONPATH": os.getcwd()},
        capture_output=True,
        text=True,
    )
    assert found.returncode == 2
    assert "SLACK_BOT_TOKEN ontbreekt" in found.stderr
    assert "Traceback" not in found.stderr


@pytest.mark.parametrize("host", ["127.0.0.1", "nowhere.invalid", "192.0.2.1"])
def test_a_place_that_it_cannot_listen_at_is_named_in_one_line(sqlite_url, host):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        settings = settings_for("http://127.0.0.1:9/", sqlite_url, port=port)
        settings = settings.model_copy(update={"host": host})
        with (
            pytest.raises(Fault, match="port_refused") as caught,
            running_here(build(settings), settings),
        ):
            pass
    assert f"{host}, port {port}" in fault_texts(caught.value)


def test_an_unreadable_database_gives_one_line(tmp_path):
    names = ("PATH", "HOME", "LANG")
    env = {name: os.environ[name] for name in names if name in os.environ}
    env |= {
        "SLACK_BOT_TOKEN": TOKEN,
        "SLACK_SIGNING_SECRET": SECRET,
        "DATABASE_URL": f"sqlite:///{tmp_path}/nowhere/run.sqlite3",
        "INTERVISIE_KEYS": new_key(),
        "PYTHONPATH": os.getcwd(),
    }
    command = [sys.executable, "-m", "bot", "run"]
    found = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True)
    assert found.returncode == 2
    assert "DATABASE_URL" in found.stderr
    assert "Traceback" not in found.stderr


def test_a_process_loads_nothing_heavy_before_it_is_asked_for(tmp_path, sqlite_url):
    env = {
        "SLACK_BOT_TOKEN": TOKEN,
        "SLACK_SIGNING_SECRET": SECRET,
        "DATABASE_URL": sqlite_url,
        "INTERVISIE_KEYS": new_key(),
        "PORT": str(free_port()),
        "PYTHONPATH": os.getcwd(),
    }
    found = subprocess.run(
        [sys.executable, "-c", START], cwd=tmp_path, env=env, capture_output=True, text=True
    )
    loaded = set(found.stdout.split())
    assert {"bot.app", "sqlalchemy.dialects.sqlite"} <= loaded, found.stderr
    assert loaded & (RARELY_ASKED_FOR | UNASKED_FOR) == set()

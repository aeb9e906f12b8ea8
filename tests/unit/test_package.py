"""The package holds what it needs, and runs from any folder."""

import json
import os
import subprocess
import sys
import tarfile
import venv
import zipfile
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.plugins.once import once

ROOT = Path(__file__).parents[2]


def run(*command, cwd, **env):
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True)


@pytest.fixture
def built(tmp_path_factory) -> Path:
    """A folder with the wheel and the source, built without the network."""

    def make() -> Path:
        into = tmp_path_factory.mktemp("dist")
        build = run(
            sys.executable, "-m", "hatchling", "build", "-d", str(into), cwd=ROOT, **os.environ
        )
        assert build.returncode == 0, build.stderr
        return into

    return once(tmp_path_factory, "dist", make)


@pytest.fixture
def installed(built, tmp_path) -> Path:
    """The command `intervisie` of an environment with the wheel and its dependencies alone."""
    venv.create(tmp_path / "env", symlinks=True)
    env = tmp_path / "env" / "bin" / "python"
    wheel = str(next(built.glob("*.whl")))
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", str(env)]
    put = run(*pip, "install", "-q", "--no-deps", "--no-index", wheel, cwd=tmp_path)
    assert put.returncode == 0, put.stderr
    site = next((tmp_path / "env").glob("lib/*/site-packages"))
    (site / "dependencies.pth").write_text(
        "\n".join(path for path in sys.path if path.endswith("site-packages"))
    )
    return env.with_name("intervisie")


def tracked(*folders):
    listed = run("git", "ls-files", "-z", *folders, cwd=ROOT, PATH=os.environ["PATH"]).stdout
    return {name for name in listed.split("\0") if name and (ROOT / name).exists()}


def test_the_wheel_and_the_source_hold_every_file(built):
    with zipfile.ZipFile(next(built.glob("*.whl"))) as wheel:
        names = {name for name in wheel.namelist() if ".dist-info/" not in name}
    inside = {
        f"bot/{name}" if name.startswith("config/") else name
        for name in tracked("bot", "config", "playground")
    }
    assert names == inside
    with tarfile.open(next(built.glob("*.tar.gz"))) as source:
        names = {name.partition("/")[2] for name in source.getnames()}
    assert names >= tracked("bot", "config", "playground", "README.md", "LICENSE")


def test_the_installed_command_runs_from_an_empty_folder(installed, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()

    def intervisie(*words, **env):
        return run(str(installed), *words, cwd=empty, LANG="en_GB.UTF-8", **env)

    assert intervisie("--version").stdout == f"intervisie {version('intervisie')}\n"
    assert "basic" in intervisie("methods", "list").stdout
    assert json.loads(intervisie("manifest").stdout)["features"]
    assert intervisie("db", "upgrade").returncode == 0
    assert (empty / "intervisie.sqlite3").stat().st_mode & 0o777 == 0o600
    # Nothing listens on port 9: the token cannot be tried, the rest can.
    settings = {
        "SLACK_BOT_TOKEN": "xoxb-1",
        "SLACK_SIGNING_SECRET": "secret",
        "SLACK_API_URL": "http://127.0.0.1:9/",
    }
    doctor = intervisie("doctor", **settings)
    assert doctor.stdout.splitlines()[0].startswith("✓ "), doctor.stdout + doctor.stderr
    assert "127.0.0.1:9" in doctor.stdout
    assert [line[0] for line in doctor.stdout.splitlines()].count("✗") == 1
    assert not doctor.stderr

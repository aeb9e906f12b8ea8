"""The playground as a process of its own, and the browser that looks at it."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic, sleep

import httpx
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SECONDS = 120
"""Limit of each wait: long, because it costs nothing unless a test fails."""

STARTS = 3
"""Attempts to start the page: another process may take the free port first."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """Open the browser until the block ends."""
    names = ("chromium", "chromium-browser", "google-chrome")
    found = next(path for path in map(shutil.which, names) if path)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def served(speed: int = 8) -> Iterator[str]:
    """Run a playground until the block ends; yield its address."""
    for _ in range(STARTS):
        process, url = _start(speed)
        try:
            if _answers(process, url):
                yield url
                return
        finally:
            process.terminate()
            process.wait(timeout=SECONDS)
    raise AssertionError("the playground does not start")


def _start(speed: int) -> tuple[subprocess.Popen[bytes], str]:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    environment = {**os.environ, "PORT": str(port), "PLAYGROUND_SPEED": str(speed)}
    for name in ("PYTEST_CURRENT_TEST", "NICEGUI_SCREEN_TEST_PORT"):
        environment.pop(name, None)  # NiceGUI behaves otherwise when it believes itself tested
    process = subprocess.Popen([sys.executable, "-m", "playground"], env=environment)
    return process, f"http://127.0.0.1:{port}"


def _answers(process: subprocess.Popen[bytes], url: str) -> bool:
    """Wait for the page; return False when its process ended. Raise after `SECONDS`."""
    end = monotonic() + SECONDS
    while process.poll() is None:
        try:
            if httpx.get(url, trust_env=False, verify=False, timeout=SECONDS).status_code == 200:
                return process.poll() is None
        except httpx.HTTPError:
            pass
        assert monotonic() < end, "the page does not answer"
        sleep(0.1)
    return False


def is_accessible(page: Page) -> bool:
    """Check that axe-core finds nothing; the report of what it found is the failure's message."""
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    return True

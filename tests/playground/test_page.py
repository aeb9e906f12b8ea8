"""The page in a real Chromium: a newcomer lives through a session of each method."""

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from time import monotonic, sleep

import httpx
import pytest
from playwright.sync_api import Page, expect, sync_playwright

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SECONDS = 30
expect.set_options(timeout=SECONDS * 1000)


@pytest.fixture(scope="module")
def chromium():
    found = next(
        path
        for path in map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))
        if path
    )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def demo():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    environment = {**os.environ, "PORT": str(port), "PLAYGROUND_SPEED": "8"}
    for name in ("PYTEST_CURRENT_TEST", "NICEGUI_SCREEN_TEST_PORT"):
        environment.pop(name, None)  # NiceGUI behaves otherwise when it believes itself tested
    process = subprocess.Popen([sys.executable, "-m", "playground"], env=environment)
    url = f"http://127.0.0.1:{port}"
    end = monotonic() + SECONDS
    while monotonic() < end:
        try:
            if httpx.get(url, trust_env=False, verify=False).status_code == 200:
                break
        except httpx.HTTPError:
            sleep(0.2)
    yield url
    process.terminate()
    process.wait(timeout=SECONDS)


@pytest.fixture
def tab(chromium):
    opened = chromium.new_page(viewport={"width": 1280, "height": 800})
    opened.set_default_timeout(SECONDS * 1000)
    yield opened
    opened.close()


@pytest.fixture
def page(tab, demo):
    tab.goto(f"{demo}/?as=U0SANNE")
    return tab


def board_says(page: Page) -> str:
    """What the newest board says; what one person alone is told may stand below it."""
    return page.locator("[data-testid=flow] article:not(.private)").last.inner_text()


def asked(page: Page) -> str | None:
    """What the board asks of Sanne now, by the button she would use."""
    board = board_says(page)
    if "Afgerond" in board:
        return "ended"
    step = board.split("Stap ")[-1]
    if "@Sanne is aan de beurt" in step:
        return "turn"
    for title in ("Advies op tafel", "Oogst", "gereedschapskist"):
        if title in step:
            return "write"
    return "reflect" if "Terugblik" in step else None


def press(page: Page, action: str, happened: Callable[[], bool]) -> None:
    """Press a button on the board, again when the board changed under one's finger."""
    for _ in range(6):
        page.locator(f"[data-testid=flow] [data-action='{action}']").last.click()
        for _ in range(15):
            if happened():
                return
            page.wait_for_timeout(100)
    raise AssertionError(page.locator("[data-testid=flow]").inner_text())


def open_thread(page: Page) -> None:
    """Open the newest thread, again when the page changed under one's finger."""
    reply = page.locator("textarea[data-testid=reply]")
    for _ in range(6):
        page.locator("[data-testid=thread]").last.click()
        for _ in range(15):
            if reply.is_visible():
                return
            page.wait_for_timeout(100)
    raise AssertionError(page.locator("[data-testid=flow]").inner_text())


MINUTES = {"minute": 1, "minutes": 5}
"""How far the clock goes with each button."""


def what_time(page: Page) -> timedelta:
    hours, minutes = re.findall(r"(\d+):(\d+)", page.locator("[data-testid=clock]").inner_text())[0]
    return timedelta(hours=int(hours), minutes=int(minutes))


def wind(page: Page, length: str) -> None:
    """Wind the clock, and wait until it got there: it goes minute by minute."""
    before = what_time(page)
    page.locator(f"[data-testid=wind-{length}]").click()
    end = monotonic() + SECONDS
    while (what_time(page) - before) % timedelta(days=1) < timedelta(minutes=MINUTES[length]):
        assert monotonic() < end
        page.wait_for_timeout(50)


def ask(page: Page, text: str) -> None:
    """Write a question in the form, and send it."""
    field = page.locator("[data-block=text] textarea")
    if field.count() == 0:
        press(page, "session:contribute", lambda: field.count() > 0)
    field.fill(text)
    page.locator("[data-form=submit]").click()


def live_through(page: Page) -> None:
    """Take part in whatever is asked, until the session has ended."""
    done = set()
    end = monotonic() + 75
    while monotonic() < end:
        board = board_says(page)
        match asked(page):
            case "ended":
                return
            case "turn" if "Vragenronde" in board.split("Stap ")[-1]:
                ask(page, "Wat zou je jezelf toewensen?")  # open, so the coach has nothing to say
                expect(page.locator("[data-form=submit]")).to_have_count(0)
                page.wait_for_timeout(500)
            case "turn":
                typed = page.locator("textarea[data-testid=reply]")
                typed.fill("Wat zou je jezelf toewensen?")
                typed.press("Enter")
                page.wait_for_timeout(500)
            case "write" | "reflect" as what:
                step = board.split("Stap ")[-1][:8]
                if step in done:
                    page.wait_for_timeout(250)
                    continue
                done.add(step)
                action = "contribute" if what == "write" else "reflect"
                block = "text" if what == "write" else "takeaway"
                field = page.locator(f"[data-block={block}] textarea")
                press(page, f"session:{action}", lambda field=field: field.count() > 0)
                field.fill("Eerst luisteren.")
                page.locator("[data-form=submit]").click()
                expect(page.locator("[data-form=submit]")).to_have_count(0)
            case None:
                page.wait_for_timeout(200)
    raise AssertionError(page.locator("[data-testid=flow]").inner_text())


def begin(page: Page, brings: str) -> None:
    """Let a colleague bring a case by the button `brings`, join, begin, and open the thread."""
    flow = page.locator("[data-testid=flow]")
    page.locator(brings).click()
    press(page, "session:join", lambda: "@Sanne" in flow.inner_text())
    expect(flow).to_contain_text("Jullie zijn met genoeg")
    press(page, "session:begin", lambda: "Stap 1" in flow.inner_text())
    open_thread(page)


def test_a_newcomer_lives_through_a_whole_session(page):
    begin(page, "[data-testid=hello]")
    live_through(page)
    expect(page.locator("[data-testid=thread-flow]")).to_contain_text("Wat hier gezegd is")


def test_the_coach_speaks_before_a_question_is_sent_in_a_whole_positive_session(page):
    begin(page, "[data-bring=positive]")
    flow, thread = (page.locator(f"[data-testid={name}]") for name in ("flow", "thread-flow"))
    for step, first, hint, rather in (
        ("Wat deed je?", "Was je alleen?", "ja, nee of één feit", "Hoe was het daar?"),
        (
            "Hoe deed je dat?",
            "Heb je weleens gedacht aan een cursus?",
            "klinkt als advies",
            "Wat hielp je?",
        ),
    ):
        expect(flow).to_contain_text(step)
        expect(flow).to_contain_text("@Sanne is aan de beurt")
        ask(page, first)
        form = page.locator("dialog, [role=dialog]").last
        expect(form).to_contain_text(hint)
        expect(thread).not_to_contain_text(first)
        ask(page, rather)
        expect(page.locator("[data-form=submit]")).to_have_count(0)
        expect(thread).to_contain_text(rather)
        expect(thread).not_to_contain_text(first)
    live_through(page)
    expect(thread).to_contain_text("Wat hier gezegd is")


def test_one_brings_a_case_by_form_sees_private_answers_and_the_home(page, demo):
    composer = page.locator("textarea[data-testid=composer]")
    composer.fill("/intervisie casus")
    composer.press("Enter")
    expect(page.locator("[data-testid=flow]")).to_contain_text("Kijk even bij je berichten")
    page.locator("[data-place=direct]").click()
    page.locator("[data-action='intake:form']").click()
    page.locator("[data-form=submit]").click()
    expect(page.locator("[data-block=title]")).to_contain_text("Vul dit nog even in")
    page.locator("[data-block=title] input").fill("Een lastig gesprek <!channel>")
    for field in ("situation", "action"):
        page.locator(f"[data-block={field}] textarea").fill("Er gebeurde iets.")
    page.locator("[data-block=question] textarea").fill("Hoe kan ik rustig blijven?")
    for choice in ("Iets om van te leren", "Kiezen uit adviezen", "Ja, graag"):
        page.get_by_role("radio", name=choice).click()
    page.locator("[data-block=unrecognisable]").get_by_role("radio", name="Ja").click()
    page.locator("[data-form=submit]").click()
    page.locator("[data-action='intake:submit']").last.click()
    expect(page.locator("[data-testid=flow]")).to_contain_text("in de wachtrij van")
    page.locator("[data-place=home]").click()
    expect(page.locator("[data-testid=flow]")).to_contain_text("Een lastig gesprek <!channel>")
    page.goto(f"{demo}/?as=U0JOOST")
    expect(page.locator("[data-testid=persona]")).to_be_visible()
    expect(page.locator("[data-testid=flow]")).not_to_contain_text("Kijk even bij je berichten")


def test_the_page_speaks_english_too_and_a_method_is_composed_there(tab, demo):
    tab.goto(f"{demo}/?as=U0GRACE&lang=en")
    flow, composer = tab.locator("[data-testid=flow]"), tab.locator("[data-testid=composer]")
    expect(flow).to_contain_text("This is a place to practise")
    composer.fill("/intervisie methods")
    composer.press("Enter")
    tab.locator("[data-action='compose:new']").click()
    title, form = tab.locator("[data-block=title] input"), tab.locator(".form").last
    title.fill("Warm and quiet")
    tab.locator("[data-action='compose:add']").click()
    tab.locator("[data-option='images/picture']").click()
    expect(form).to_contain_text("5. Choose a picture")
    tab.locator("[data-action='compose:move:4']").click()
    tab.locator("[data-option=up]").last.click()
    expect(form).to_contain_text("4. Choose a picture")
    expect(title).to_have_value("Warm and quiet")
    tab.locator("[data-form=submit]").click()
    expect(flow).to_contain_text("@Grace composed a method for you: Warm and quiet")
    tab.set_viewport_size({"width": 390, "height": 800})
    expect(tab.locator("textarea[data-testid=composer]")).to_be_visible()


def minutes_left(page: Page) -> int:
    found = re.findall(r"Nog (\d+) minu", board_says(page))
    return int(found[-1]) if found else 0


def lets_a_step_take_its_time(page: Page) -> list[int]:
    """Wind the clock until the time of a step is up; gives the minutes that the board showed."""
    flow, shown = page.locator("[data-testid=flow]"), []
    while "De tijd is om" not in flow.inner_text():
        shown.append(minutes_left(page))
        wind(page, "minutes" if shown[-1] > 4 else "minute")
    return shown


def test_a_spoken_session_of_ninety_minutes_keeps_time_and_turns_without_a_typed_word(page, demo):
    flow, thread = (page.locator(f"[data-testid={name}]") for name in ("flow", "thread-flow"))
    page.locator("[data-testid=hello]").click()
    press(page, "session:join", lambda: "@Sanne" in flow.inner_text())
    expect(flow).to_contain_text("Jullie zijn met genoeg")
    page.locator("[data-testid=colleagues]").click()
    press(page, "session:live", lambda: "Samen, pratend" in flow.inner_text())
    page.locator("[data-action='session:minutes']").click()
    page.get_by_text("90 minuten", exact=True).click()
    expect(flow).to_contain_text("Samen, pratend: 90 minuten")
    press(page, "session:lead", lambda: "@Sanne begeleidt" in flow.inner_text())
    bringer = re.findall(r"@(\w+) brengt een casus in", flow.inner_text())[0]
    press(page, "session:begin", lambda: "Stap 1" in flow.inner_text())
    open_thread(page)
    began, given = what_time(page), []
    for step in range(1, 10):
        expect(flow).to_contain_text(f"Stap {step} van 9")
        if "Wil je advies?" in flow.inner_text():  # which the bringer alone can say
            page.goto(f"{demo}/?as=U0{bringer.upper()}")
            press(page, "session:yes", lambda: "Advies op tafel" in flow.inner_text())
            open_thread(page)
            continue
        shown = lets_a_step_take_its_time(page)
        assert shown == sorted(shown, reverse=True)
        given.append(shown[0])
        if step == 1:
            assert shown[0] == 7  # what five of sixty-five minutes are of ninety
            expect(thread).to_contain_text("Nog twee minuten voor deze stap")
            expect(thread).to_contain_text("ga ik over vijf minuten verder")
            press(page, "session:more_time", lambda: "De tijd is om" not in flow.inner_text())
            expect(thread).to_contain_text("@Sanne vroeg om meer tijd")
            turn = flow.inner_text().split(" is aan de beurt")[0].split("@")[-1]
            said = f"@{turn} is aan de beurt"
            press(page, "session:done", lambda said=said: said not in flow.inner_text())
        then = f"Stap {step + 1} van 9" if step < 9 else "Afgerond"
        press(page, "session:next", lambda then=then: then in flow.inner_text())
    assert 85 <= sum(given) <= 99  # a step shows its last minute, begun, as a whole one
    assert timedelta(minutes=85) <= (what_time(page) - began) % timedelta(days=1)
    expect(thread).to_contain_text("Wat hier gezegd is, blijft hier")
    assert all("Intervisie" in who for who in thread.locator(".who").all_inner_texts())

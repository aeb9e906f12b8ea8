"""The page in a real Chromium: a newcomer lives through a session of each method."""

import re
from collections.abc import Callable
from datetime import timedelta
from time import monotonic

import pytest
from playwright.sync_api import Page, expect

from bot.coach import load
from tests.playground.browser import SECONDS, chromium, is_accessible, served

expect.set_options(timeout=SECONDS * 1000)

MOST_TABS = 150
"""How often Tab is pressed at most, to come to what one looks for."""


@pytest.fixture(scope="module")
def browser():
    with chromium() as opened:
        yield opened


@pytest.fixture
def demo():
    """The address of a playground of a test's own: what one leaves open is in the other's way."""
    with served() as url:
        yield url


@pytest.fixture
def tab(browser):
    opened = browser.new_page(viewport={"width": 1280, "height": 800}, locale="nl-NL")
    opened.set_default_timeout(SECONDS * 1000)
    yield opened
    opened.close()


@pytest.fixture
def page(tab, demo):
    tab.goto(f"{demo}/?as=U0SANNE")
    return tab


def board_says(page: Page) -> str:
    """What the newest board says; other messages may stand below it."""
    boards = page.locator("[data-testid=flow] article:not(.private)", has_text=re.compile("Casus "))
    return boards.last.inner_text()


def asked(board: str) -> tuple[str, str] | None:
    """Return the step and what it asks of Sanne: to ask, reply, contribute or reflect."""
    step = board.split("Deel ")[-1]
    number = step.split()[0]
    if "@Sanne is aan de beurt" in step:
        return number, "ask" if "Vragenronde" in step else "reply"
    for title in ("Advies op tafel", "Oogst", "gereedschapskist"):
        if title in step:
            return number, "contribute"
    return (number, "reflect") if "Terugblik" in step else None


def wait_until(page: Page, holds: Callable[[], bool]) -> None:
    """Wait until something holds. Raise `AssertionError` after `SECONDS`."""
    end = monotonic() + SECONDS
    while not holds():
        assert monotonic() < end, page.locator("[data-testid=flow]").inner_text()
        page.wait_for_timeout(50)


def press(page: Page, action: str) -> None:
    """Press the newest button of its kind in the channel."""
    page.locator(f"[data-testid=flow] [data-action='{action}']").last.click()


def open_thread(page: Page) -> None:
    """Open the newest thread."""
    page.locator("[data-testid=thread]").last.click()
    expect(page.locator("textarea[data-testid=reply]")).to_be_visible()


MINUTES = {"minute": 1, "minutes": 5}
"""Minutes by which each button advances the clock."""


def what_time(page: Page) -> timedelta:
    hours, minutes = re.findall(r"(\d+):(\d+)", page.locator("[data-testid=clock]").inner_text())[0]
    return timedelta(hours=int(hours), minutes=int(minutes))


def wind(page: Page, length: str) -> None:
    """Advance the clock, and wait until all that was due has happened."""
    before, by = what_time(page), timedelta(minutes=MINUTES[length])
    button = page.locator(f"[data-testid=wind-{length}]")
    button.click()
    wait_until(page, lambda: (what_time(page) - before) % timedelta(days=1) >= by)
    expect(button).to_be_enabled()  # disabled while time passes, minute by minute


def send(page: Page, text: str, block: str = "text") -> None:
    """Fill in a field of the open form, and send the form."""
    page.locator(f"[data-block={block}] textarea").fill(text)
    page.locator("[data-form=submit]").click()


def fill_in(page: Page, action: str, text: str, block: str = "text") -> None:
    """Open a form by a button on the board, send it, and wait until it has closed."""
    press(page, f"session:{action}")
    send(page, text, block)
    expect(page.locator("[data-form=submit]")).to_have_count(0)


def live_through(page: Page) -> None:
    """Do what each step asks of Sanne, once, until the session has ended."""
    done = set()
    while "Afgerond" not in (board := board_says(page)):
        found = asked(board)
        if found is None or found in done:
            wait_until(page, lambda board=board: board_says(page) != board)
            continue
        done.add(found)
        match found[1]:
            case "ask":  # an open question: the coach has nothing to say
                fill_in(page, "contribute", "Wat zou je jezelf toewensen?")
            case "reply":
                typed = page.locator("textarea[data-testid=reply]")
                typed.fill("Wat zou je jezelf toewensen?")
                typed.press("Enter")
            case "contribute":
                fill_in(page, "contribute", "Eerst luisteren.")
            case "reflect":
                fill_in(page, "reflect", "Eerst luisteren.", "takeaway")


def begin(page: Page) -> None:
    """Join the session whose case a colleague brings, begin it, and open the thread."""
    flow = page.locator("[data-testid=flow]")
    press(page, "session:join")
    expect(flow).to_contain_text("@Sanne")
    expect(flow).to_contain_text("Jullie zijn met genoeg")
    press(page, "session:begin")
    expect(flow).to_contain_text("Deel 1")
    open_thread(page)


def focused(page: Page) -> str:
    """Return what has the focus, by how the page marks it; empty when nothing has it."""
    marked: str = page.evaluate(
        """() => {
          const at = document.activeElement, mark = at.closest("[data-action], [data-testid], "
            + "[data-form], [data-place], [data-bring], [data-option], [data-pace], [role=dialog]");
          return at === document.body ? "" : Object.values(mark?.dataset ?? {})[0] || at.tagName;
        }"""
    )
    return marked


def has_focus(page: Page) -> str:
    """Return what has the focus. Fails when it fell out of the page."""
    marked = focused(page)
    assert marked, "the focus fell out of the page"
    return marked


def tab_to(page: Page, what: str, *, key: str = "Tab") -> None:
    """Press Tab until something has the focus; behind the last, the browser begins anew."""
    for _ in range(MOST_TABS):
        page.keyboard.press(key)
        if focused(page) == what:
            return
    raise AssertionError(f"{what} cannot be reached")


def strike(page: Page, what: str, *, key: str = "Shift+Tab") -> None:
    """Go to a button by keyboard, and press it."""
    tab_to(page, what, key=key)
    page.keyboard.press("Enter")
    page.wait_for_timeout(50)
    has_focus(page)


def asks_by_menu_who_can_read(page: Page) -> None:
    """Open the menu of what is seldom wanted, leave it, open it again, and choose from it."""
    menu = page.locator("[role=menu]")
    tab_to(page, "session:more", key="Shift+Tab")
    page.keyboard.press("Enter")
    expect(menu).to_be_focused()
    page.keyboard.press("Escape")
    expect(menu).to_have_count(0)
    wait_until(page, lambda: focused(page) == "session:more")
    page.keyboard.press("Enter")
    expect(menu).to_be_focused()
    strike(page, "readers", key="Tab")
    expect(page.locator("[data-testid=flow]")).to_contain_text("Wie kan meelezen:")


def write_and_send(page: Page, text: str) -> None:
    """Write in the first field of the form that was opened, and send it, by keyboard."""
    expect(page.locator("[data-form=submit]")).to_be_visible()
    page.wait_for_timeout(300)  # Quasar moves the focus into it
    assert page.evaluate("document.activeElement.closest('[role=dialog]') !== null")
    while page.evaluate("document.activeElement.tagName") not in ("TEXTAREA", "INPUT"):
        page.keyboard.press("Tab")
    page.keyboard.type(text)
    strike(page, "submit", key="Tab")
    expect(page.locator("[data-form=submit]")).to_have_count(0)
    has_focus(page)


def test_the_keyboard_alone_plays_a_whole_session(tab, demo):
    tab.goto(f"{demo}/?as=U0SANNE")
    flow = tab.locator("[data-testid=flow]")
    assert is_accessible(tab)
    tab.keyboard.press("Tab")
    strike(tab, "hello", key="Tab")
    expect(tab.locator(".status")).to_contain_text("schrijft aan een casus")
    expect(tab.locator("[data-action='session:join']")).to_be_visible()
    has_focus(tab)
    strike(tab, "session:join")
    expect(flow).to_contain_text("@Sanne")
    expect(flow).to_contain_text("Jullie zijn met genoeg")
    strike(tab, "session:begin", key="Tab")
    expect(flow).to_contain_text("Deel 1")
    strike(tab, "thread", key="Tab")
    expect(tab.locator("textarea[data-testid=reply]")).to_be_focused()
    tab.keyboard.press("Escape")
    expect(tab.locator("textarea[data-testid=reply]")).not_to_be_visible()
    expect(tab.locator("[data-testid=thread]").last).to_be_focused()
    tab.keyboard.press("Enter")
    expect(tab.locator("textarea[data-testid=reply]")).to_be_focused()
    assert is_accessible(tab)  # a board beside its thread
    done = set()
    while "Afgerond" not in (board := board_says(tab)):
        has_focus(tab)
        found = asked(board)
        if found is None or found in done:
            wait_until(tab, lambda board=board: board_says(tab) != board)
            continue
        if not done:  # all wait for Sanne, so the board stays as it is
            asks_by_menu_who_can_read(tab)
        done.add(found)
        if found[1] == "reply":
            if has_focus(tab) != "reply":
                tab_to(tab, "reply")
            tab.keyboard.type("Ik ben er.")
            tab.keyboard.press("Enter")
            expect(tab.locator("textarea[data-testid=reply]")).to_have_value("")
        else:
            strike(tab, "session:reflect" if found[1] == "reflect" else "session:contribute")
            write_and_send(tab, "Wat zou je jezelf toewensen?")
    expect(tab.locator("[data-testid=thread-flow]")).to_contain_text("Wat hier gezegd is")
    strike(tab, "koffie")
    expect(tab).to_have_title("#koffie · Sanne · Intervisie")
    expect(tab.locator("textarea[data-testid=composer]")).to_be_focused()


def test_one_can_look_at_a_whole_session_first(tab):
    with served(speed=16) as url:
        tab.goto(f"{url}/?as=U0SANNE")
        looks_at_a_session(tab)


def looks_at_a_session(page: Page) -> None:
    """Look at a whole session from the first page, and leave no moment without a sign of life."""
    page.locator("[data-testid=show]").click()
    flow = page.locator("[data-testid=flow]")
    expect(flow).to_contain_text(re.compile(r"Deel \d"))  # parts go by quickly
    page.locator("[data-pace=pause]").click()
    expect(page.locator("[data-pace=pause][aria-pressed=true]")).to_be_visible()
    assert is_accessible(page)
    page.locator("[data-pace=fast]").click()
    expect(flow).to_contain_text("Afgerond")
    expect(page.locator(".status")).to_contain_text("Dat was een hele sessie")


def test_the_coach_speaks_before_a_question_is_sent(page):
    page.locator("[data-bring=positive]").click()
    begin(page)
    flow, thread = (page.locator(f"[data-testid={name}]") for name in ("flow", "thread-flow"))
    for step, first, rather in (
        ("Wat deed je?", "Was je alleen?", "Hoe was het daar?"),
        ("Hoe deed je dat?", "Heb je weleens gedacht aan een cursus?", "Wat hielp je?"),
    ):
        expect(flow).to_contain_text(step)
        expect(flow).to_contain_text("@Sanne is aan de beurt")
        press(page, "session:contribute")
        send(page, first)
        form = page.locator("dialog, [role=dialog]").last
        expect(form).to_contain_text(load("nl").read(first).hint)
        expect(thread).not_to_contain_text(first)
        send(page, rather)
        expect(page.locator("[data-form=submit]")).to_have_count(0)
        expect(thread).to_contain_text(rather)
        expect(thread).not_to_contain_text(first)
    live_through(page)
    expect(thread).to_contain_text("Wat hier gezegd is")


def test_the_page_shows_forms_private_answers_and_home(page, demo):
    composer = page.locator("textarea[data-testid=composer]")
    composer.fill("/intervisie casus")
    composer.press("Enter")
    expect(page.locator("[data-testid=flow]")).to_contain_text("Kijk even bij je berichten")
    page.locator("[data-place=direct]").click()
    page.locator("[data-action='intake:form']").click()
    expect(page.locator("[data-form=submit]")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("[data-form=submit]")).to_have_count(0)
    page.locator("[data-action='intake:form']").click()
    expect(page.locator("[data-form=submit]")).to_be_visible()
    assert is_accessible(page)
    page.locator("[data-form=submit]").click()
    expect(page.locator("[data-block=title]")).to_contain_text("Vul dit nog even in")
    page.locator("[data-block=title] input").fill("Een lastig gesprek <!channel>")
    for field in ("situation", "action"):
        page.locator(f"[data-block={field}] textarea").fill("Er gebeurde iets.")
    page.locator("[data-block=question] textarea").fill("Hoe kan ik rustig blijven?")
    for choice in ("Iets wat gebeurde", "Kiezen uit adviezen", "Ja, graag"):
        page.get_by_role("radio", name=choice).click()
    page.locator("[data-block=unrecognisable]").get_by_role("radio", name="Ja").click()
    page.locator("[data-form=submit]").click()
    page.locator("[data-action='intake:submit']").last.click()
    expect(page.locator("[data-testid=flow]")).to_contain_text("in de wachtrij van")
    page.locator("[data-place=home]").click()
    expect(page.locator("[data-testid=flow]")).to_contain_text("Een lastig gesprek <!channel>")
    assert is_accessible(page)
    page.goto(f"{demo}/?as=U0JOOST")
    expect(page.locator("[data-testid=persona]")).to_be_visible()
    expect(page.locator("[data-testid=flow]")).not_to_contain_text("Kijk even bij je berichten")


def test_a_draft_stays_where_it_was_typed(tab, demo):
    tab.goto(f"{demo}/?as=U0SANNE&at=koffie")
    typed = tab.locator("textarea[data-testid=composer]")
    typed.fill("Wie wil er koffie?")
    tab.locator("[data-place=intervisie]").click()
    expect(tab).to_have_title("#intervisie · Sanne · Intervisie")
    expect(typed).to_have_value("")
    tab.locator("[data-place=koffie]").click()
    expect(typed).to_have_value("Wie wil er koffie?")
    typed.press("Enter")
    tab.locator("[data-drop]").click()
    tab.locator("[data-form=keep]").click()
    expect(tab.locator("[data-testid=flow]")).to_contain_text("Wie wil er koffie?")
    tab.locator("[data-drop]").click()
    tab.locator("[data-form=drop]").click()
    expect(tab.locator("[data-testid=flow]")).not_to_contain_text("Wie wil er koffie?")
    tab.go_back()
    expect(tab).to_have_title("#intervisie · Sanne · Intervisie")


def test_a_method_is_composed_in_english(tab, demo):
    tab.goto(f"{demo}/?as=U0GRACE&lang=en&at=plein")
    flow, composer = tab.locator("[data-testid=flow]"), tab.locator("[data-testid=composer]")
    expect(tab.locator("[data-testid=room]")).to_have_text("Public channel · 7 people")
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
    expect(flow).to_contain_text("@Grace built a method for your group: Warm and quiet")
    tab.set_viewport_size({"width": 390, "height": 800})
    expect(tab.locator("textarea[data-testid=composer]")).to_be_visible()
    tab.locator("[data-testid=menu]").click()
    expect(tab.locator("[data-place=koffie]")).to_be_visible()
    assert is_accessible(tab)
    tab.locator("[data-place=koffie]").click()
    expect(tab.locator("[data-place=intervisie]")).not_to_be_visible()


def minutes_left(page: Page) -> int:
    found = re.findall(r"Nog (\d+) minu", board_says(page))
    return int(found[-1]) if found else 0


def lets_a_step_take_its_time(page: Page) -> list[int]:
    """Wind the clock until the time of a step is up; returns the minutes that the board showed."""
    flow, shown = page.locator("[data-testid=flow]"), []
    while "De tijd is om" not in flow.inner_text():
        shown.append(minutes_left(page))
        wind(page, "minutes" if shown[-1] > 4 else "minute")
    return shown


def test_a_spoken_session_keeps_time_and_turns(page, demo):
    flow, thread = (page.locator(f"[data-testid={name}]") for name in ("flow", "thread-flow"))
    page.locator("[data-bring=learning]").click()
    expect(page.locator(".status")).to_contain_text("schrijft aan een casus")
    expect(page.locator(".status")).to_be_empty()
    press(page, "session:join")
    expect(flow).to_contain_text("@Sanne")
    expect(flow).to_contain_text("Jullie zijn met genoeg")
    page.locator("[data-testid=colleagues]").click()
    press(page, "session:live")
    expect(flow).to_contain_text("Jullie praten samen")
    page.locator("[data-action='session:how']").last.click()
    page.get_by_text("90 minuten", exact=True).click()
    expect(flow).to_contain_text("Jullie praten samen: 90 minuten")
    page.locator("[data-action='session:how']").last.click()
    page.get_by_text("Ik begeleid", exact=True).click()
    expect(flow).to_contain_text("@Sanne begeleidt")
    bringer = re.findall(r"@(\w+) brengt een casus in", flow.inner_text())[0]
    press(page, "session:begin")
    expect(flow).to_contain_text("Deel 1")
    open_thread(page)
    given: list[int] = []
    for step in range(1, 10):
        expect(flow).to_contain_text(f"Deel {step} van 9")
        if "Wil je advies?" in flow.inner_text():  # which the bringer alone can say
            page.goto(f"{demo}/?as=U0{bringer.upper()}")
            press(page, "session:yes")
            expect(flow).to_contain_text("Advies op tafel")
            open_thread(page)
            continue
        given.append(minutes_left(page))
        if step == 1:
            assert given == [7]  # what five of sixty-five minutes are of ninety
            shown = lets_a_step_take_its_time(page)
            assert shown == sorted(shown, reverse=True)
            expect(thread).to_contain_text("Nog twee minuten voor deze stap")
            expect(thread).to_contain_text("ga ik over vijf minuten verder")
            press(page, "session:more_time")
            expect(flow).not_to_contain_text("De tijd is om")
            expect(thread).to_contain_text("@Sanne vroeg om meer tijd")
            turn = flow.inner_text().split(" is aan de beurt")[0].split("@")[-1]
            press(page, "session:done")
            expect(flow).not_to_contain_text(f"@{turn} is aan de beurt")
        press(page, "session:next")
        expect(flow).to_contain_text(f"Deel {step + 1} van 9" if step < 9 else "Afgerond")
    assert 85 <= sum(given) <= 99  # a step shows its last minute, begun, as a whole one
    expect(thread).to_contain_text("Wat hier gezegd is, blijft hier")
    assert all("Intervisie" in who for who in thread.locator(".who").all_inner_texts())

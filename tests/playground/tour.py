"""The pictures of the README, taken from the playground itself: `make tour`."""

from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, expect

from tests.playground.browser import chromium, served

COLOURS = 128
"""So many are enough for a page, and make a small file."""

FOLDER = Path(__file__).parents[2] / "docs" / "pictures"

ME = "as=U0GRACE&lang=en"


def main() -> None:
    """Play a session as Grace, let half a year pass, and photograph four moments."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    expect.set_options(timeout=180_000)
    with chromium() as browser, served() as url:
        page = browser.new_page(viewport={"width": 1200, "height": 720}, locale="en-GB")
        page.set_default_timeout(180_000)
        page.goto(f"{url}/?{ME}")
        expect(page.locator("[data-testid=hello]")).to_be_visible()
        _take(page, "first-page")
        _begin(page)
        _come_to_a_question(page)
        page.locator("[data-block=text] textarea").fill("Have you tried talking to them?")
        page.locator("[data-form=submit]").click()
        expect(page.locator("[data-action^='coach:take']").first).to_be_visible()
        _take(page, "question-coach")
        page.locator("[data-block=text] textarea").fill("What would you wish for yourself?")
        page.locator("[data-form=submit]").click()
        expect(page.locator("[data-testid=thread-flow]")).to_contain_text("What would you wish")
        page.wait_for_timeout(1500)
        _take(page, "session")
        _found_a_group(page, url)
        for _ in range(4):
            page.locator("[data-testid=wind-month]").click()
            expect(page.locator(".wound")).to_be_visible()
            expect(page.locator(".wound")).not_to_be_visible()
        box = page.locator("textarea[data-testid=composer]")
        box.fill("/intervisie rota")
        box.press("Enter")
        expect(page.locator("article.private").last).to_contain_text("·")
        page.wait_for_timeout(1000)
        _take(page, "rota")
        page.close()


def _begin(page: Page) -> None:
    page.locator("[data-testid=hello]").click()
    page.locator("[data-action='session:join']").last.click()
    page.locator("[data-action='session:begin']").last.click()
    page.locator("[data-testid=thread]").last.click()


def _come_to_a_question(page: Page) -> None:
    """Reply in the thread until it is our turn to ask, and open the form for it."""
    board = page.locator("[data-testid=flow] article:not(.private)").last
    reply = page.locator("textarea[data-testid=reply]")
    while "Round of questions" not in board.inner_text():
        if "@Grace's turn" in board.inner_text():
            reply.fill("Curious. Good to be here.")
            reply.press("Enter")
        page.wait_for_timeout(500)
    expect(board).to_contain_text("@Grace's turn")
    page.locator("[data-testid=flow] [data-action='session:contribute']").last.click()
    expect(page.locator("[data-form=submit]")).to_be_visible()


def _found_a_group(page: Page, url: str) -> None:
    """Found a group with four colleagues, who accept by themselves."""
    page.goto(f"{url}/?{ME}")
    box = page.locator("textarea[data-testid=composer]")
    box.fill("/intervisie group")
    box.press("Enter")
    page.locator("[data-block=name] input").fill("Team De Linde")
    page.locator("[data-block=members] .q-field").click()
    for name in ("Mehmet Kaya", "Esther Visser", "Joost van Dijk", "Fatima el Amrani"):
        page.get_by_role("option", name=name).click()
    page.keyboard.press("Tab")  # which closes the list
    page.locator("[data-form=submit]").click()
    expect(page.locator("[data-form=submit]")).to_have_count(0)


def _take(page: Page, name: str) -> None:
    page.mouse.move(0, 0)
    page.wait_for_timeout(800)  # a form fades in
    file = FOLDER / f"{name}.png"
    taken = Image.open(BytesIO(page.screenshot()))
    taken.quantize(COLOURS).save(file, optimize=True)
    print(name, file.stat().st_size)  # noqa: T201 - what it is run for


if __name__ == "__main__":
    main()

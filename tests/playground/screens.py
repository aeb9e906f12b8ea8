"""Twelve screens of the playground, in three sizes and every language: `make screens`.

axe-core looks at each of them. With `--pictures FOLDER`, each is photographed too.
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.playground.browser import chromium, served

SIZES = ((1280, 800), (768, 1024), (390, 844))
"""Width and height of a desk, a tablet and a telephone."""

LOOKERS = {"nl": "U0SANNE", "en": "U0GRACE"}
"""Who looks, by language."""


def screens(page: Page, url: str, language: str) -> Iterator[str]:
    """Go to each screen in turn, by what every language has; yield its name."""
    who = f"as={LOOKERS[language]}&lang={language}"
    box = page.locator("textarea[data-testid=composer]")
    page.goto(f"{url}/?{who}")
    page.locator("[data-testid=hello]").wait_for()
    yield "hello"
    box.press_sequentially("@")
    page.locator("[role=option]").first.wait_for()
    yield "completion"
    box.fill("/intervisie help")
    box.press("Enter")
    page.locator("[data-testid=flow] article.private").last.wait_for()
    yield "help"
    box.fill("/intervisie groep")
    box.press("Enter")
    page.locator("[data-form=submit]").wait_for()
    yield "group form"
    _shut_form(page)
    box.fill("/intervisie methods")
    box.press("Enter")
    page.locator("[data-action='compose:new']").last.wait_for()
    yield "methods"
    page.locator("[data-action='compose:new']").last.click()
    page.locator("[data-form=submit]").wait_for()
    yield "a method of one's own"
    _shut_form(page)
    box.fill("Mijn *eerste* bericht / my first message: `code`, https://example.org :seedling:")
    box.press("Enter")
    page.locator("[data-drop]").last.click()
    page.locator("[data-form=keep]").wait_for()
    yield "deletion"
    page.locator("[data-form=keep]").click()
    page.locator("[data-form=keep]").wait_for(state="detached")
    box.fill("/intervisie casus")
    box.press("Enter")
    page.goto(f"{url}/?{who}&at=direct")
    page.locator("[data-action='intake:form']").last.wait_for()
    yield "direct messages"
    page.locator("[data-action='intake:form']").last.click()
    page.locator("[data-form=submit]").click()
    page.locator(".wrong:not(:empty)").first.wait_for()
    yield "form with mistakes"
    _shut_form(page)
    page.goto(f"{url}/?{who}&at=home")
    page.locator(".home button").first.wait_for()
    yield "home"
    page.goto(f"{url}/?{who}")
    page.locator("[data-bring=learning]").dispatch_event("click")
    page.locator("[data-action='session:join']").last.wait_for()
    yield "lobby"
    page.locator("[data-action='session:join']").last.click()
    page.locator("[data-action='session:begin']").last.click()
    page.locator("[data-action='session:more']").last.wait_for()
    page.locator("[data-testid=thread]").last.click()
    page.locator("[data-testid=thread-flow] article:nth-of-type(1)").first.wait_for()
    yield "session"


def _shut_form(page: Page) -> None:
    page.keyboard.press("Escape")
    page.locator("[data-form=submit]").wait_for(state="detached")


def main() -> None:
    """Look at all screens; exit with 1 if axe-core finds something."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=Path)
    parser.add_argument("--languages", nargs="+", default=list(LOOKERS))
    asked = parser.parse_args()
    found = 0
    with chromium() as browser:
        for language in asked.languages:
            with served() as url:
                page = browser.new_page(viewport={"width": 1280, "height": 800})
                for name in screens(page, url, language):
                    found += _look(page, f"{language} {name}", asked.pictures)
                page.close()
    print(f"{found} violations")  # noqa: T201 - what it is run for
    sys.exit(1 if found else 0)


def _look(page: Page, name: str, pictures: Path | None) -> int:
    """Check a screen in every size with axe-core; return how many of its rules are broken."""
    broken = 0
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(200)
        found = Axe().run(page)
        broken += found.violations_count
        print(f"{name}, {width}: {found.violations_count}", flush=True)  # noqa: T201 - idem
        if found.violations_count:
            print(found.generate_report())  # noqa: T201 - idem
        if pictures is not None:
            pictures.mkdir(parents=True, exist_ok=True)
            page.screenshot(path=pictures / f"{name.replace(' ', '-')}-{width}.png")
    page.set_viewport_size({"width": SIZES[0][0], "height": SIZES[0][1]})
    return broken


if __name__ == "__main__":
    main()

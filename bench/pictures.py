"""Pictures of a year: `python -m bench.pictures six FOLDER` (or `thirty`), for docs/images.

A year is lived through the app's own commands (`bench.lived`); then the home, the counts, the
chart, the sheets and the statement are asked for as people do, and looked at: the page in
Chromium, the PDF with `pdftoppm`, the sheets with LibreOffice (`soffice`).
"""

import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from socket import socket
from tempfile import TemporaryDirectory
from threading import Thread

from nicegui import app, ui
from PIL import Image, ImageChops
from playwright.sync_api import Page, ViewportSize, sync_playwright
from starlette.applications import Starlette

from bench.lived import Circle, six, thirty
from playground.reading import find
from playground.slack.workspace import Message
from playground.ui.page import build
from playground.ui.play import Play

WORLDS = {"six": six, "thirty": thirty}
WIDE, COLOURS, EDGE = 900, 96, 12
"""The pixels of a picture, its colours, and the white margin around what was printed."""
SIZE: ViewportSize = {"width": 1120, "height": 900}
MARGIN = 92
"""The margin above and below what a page shows, in pixels."""
SETTLES = 2500
"""How long the page may take to draw a year of messages, in milliseconds."""
RASTER = ("pdftoppm", "-r", "96", "-png", "-singlefile")


def main(world: str, folder: Path) -> None:
    """Play a year, open it in a browser, and take the pictures."""
    with WORLDS[world]() as (stage, circles):
        circle = circles[0]
        app.mount("/api", Starlette(routes=stage.slack.api.routes()))
        build(circle.slack, Play(playing=False))
        with socket() as found:
            found.bind(("127.0.0.1", 0))
            port = found.getsockname()[1]

        def take() -> None:
            try:
                _take(circle, f"http://127.0.0.1:{port}", folder, world)
            finally:
                app.shutdown()

        app.on_startup(lambda: Thread(target=take).start())
        ui.run(host="127.0.0.1", port=port, show=False, reload=False, show_welcome_message=False)


def _take(circle: Circle, url: str, folder: Path, world: str) -> None:
    lead, member = circle.people[0], circle.next_bringer()
    sheets = [_asked(circle, lead, f"stats:{kind}") for kind in ("xlsx", "csv")]
    paper = _gets(circle, lambda: circle.types(member, "verklaring 2026 vaktherapie"), member)
    chart = _gets(circle, lambda: circle.types(lead, "deelname 2026"), lead)
    for who in (member, lead):
        circle.home(who)
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))))
    with TemporaryDirectory() as place, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport=SIZE)
        _opened(page, url, lead, "home")
        _shot(page, ".home", folder / f"{world}-home-lead.png")
        _opened(page, url, lead, "direct")
        _shot(page, "[data-testid=flow] article:has(table)", folder / f"{world}-stats.png")
        _opened(page, url, member, "home")
        _shot(page, ".home", folder / f"{world}-home.png")
        page.locator("[data-action='history:open']").click()
        _shot(page, ".form", folder / f"{world}-history.png")
        page.goto(f"http://127.0.0.1:{circle.stage.port}/verify?lang=nl")
        page.set_input_files("#file", _saved(paper, place))
        page.locator("button").first.click()
        _shot(page, "main", folder / f"{world}-verify.png")
        browser.close()
        for said in (*sheets, paper, chart):
            file = _saved(said, place)
            _printed(file, folder / f"{world}-{'chart' if said is chart else file.suffix[1:]}.png")


def _opened(page: Page, url: str, who: str, place: str) -> None:
    """Open the page as somebody, at their home or their messages."""
    page.goto(f"{url}/?as={who}")
    page.wait_for_timeout(SETTLES)
    page.locator(f"[data-place={place}]").click()
    page.wait_for_selector(".home h3" if place == "home" else ".picture")


def _gets(circle: Circle, act: Callable[[], object], who: str) -> Message:
    """Do something; return the direct message that came of it."""
    act()
    circle.stage.pass_time(timedelta(seconds=5))
    return circle.direct_messages(who)[-1]


def _asked(circle: Circle, lead: str, action: str) -> Message:
    _gets(circle, lambda: circle.types(lead, "deelname 2026"), lead)
    said = reversed(circle.direct_messages(lead))
    table = next(m for m in said if find(m.blocks, action))
    return _gets(circle, lambda: circle.presses(lead, action, on=table), lead)


def _shot(page: Page, what: str, file: Path) -> None:
    page.wait_for_timeout(800)
    shown = page.locator(what).last
    high = shown.evaluate("e => e.scrollHeight + e.getBoundingClientRect().top")
    page.set_viewport_size({**SIZE, "height": max(SIZE["height"], round(high) + 80)})
    page.wait_for_timeout(200)
    shown.screenshot(path=file)
    _small(file)


def _saved(said: Message, place: str) -> Path:
    """Save the file of a message."""
    file = Path(place) / said.files[0].name
    file.write_bytes(said.files[0].content or b"")
    return file


def _printed(file: Path, picture: Path) -> None:
    """Save the first page of a file as a picture; a picture is only made smaller."""
    kind = file.suffix
    if kind == ".png":
        shutil.copy(file, picture)
    else:
        if kind != ".pdf":
            reads = ["--infilter=CSV:59,34,76"] if kind == ".csv" else []
            office = ["soffice", "--headless", *reads, "--convert-to", "pdf", "--outdir"]
            subprocess.run([*office, file.parent, file], check=True, stdout=subprocess.DEVNULL)
        subprocess.run([*RASTER, file.with_suffix(".pdf"), picture.with_suffix("")], check=True)
    if kind == ".csv":  # which LibreOffice prints with a head and a foot of its own
        page = Image.open(picture)
        page.crop((0, MARGIN, page.width, page.height - MARGIN)).save(picture)
    _small(picture)


def _small(file: Path) -> None:
    """Trim the white margin of a picture, and reduce its colours."""
    shown = Image.open(file).convert("RGB")
    box = ImageChops.difference(shown, Image.new("RGB", shown.size, "white")).getbbox()
    left, top, right, low = box or (0, 0, *shown.size)
    edge = (left - EDGE, top - EDGE, right + EDGE, low + EDGE)
    cut = Image.new("RGB", (edge[2] - edge[0], edge[3] - edge[1]), "white")
    cut.paste(shown.crop((left, top, right, low)), (EDGE, EDGE))
    cut.thumbnail((WIDE, 4 * WIDE))
    cut.quantize(COLOURS, dither=Image.Dither.NONE).save(file, optimize=True)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))

"""A statement of participation on paper: an A4 PDF, free of any content."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from fpdf import FPDF
from fpdf.enums import XPos, YPos
from fpdf.fonts import FontFace

from bot.exports.glyphs import BOX, font_file, settable
from bot.flows.registers import Been, Register, RuleResult, found
from bot.i18n import Words

INK, SOFT, LEAF, PALE = (38, 48, 43), (92, 102, 95), (35, 68, 58), (229, 239, 233)

FONT = "DejaVu"

WIDTHS = (30, 26, 24, 46, 44)
"""Of the table's columns, in millimetres."""


class PaperStatement(NamedTuple):
    """What a statement says: of whom, of which year, and how it can be checked."""

    name: str
    year: int
    been: Sequence[Been]
    register: Register | None
    code: str
    address: str
    made: datetime


class _Page(FPDF):
    """A page with the same quiet foot everywhere."""

    foot = ""

    def footer(self) -> None:
        self.set_y(-15)
        self.set_font(FONT, size=8)
        self.set_text_color(*SOFT)
        self.cell(0, 5, f"{self.foot} · {self.page_no()}/{{nb}}", align="C")


def printed(statement: PaperStatement, words: Words) -> bytes:
    """Set a statement; gives a PDF."""
    page = _Page(format="A4")
    page.set_margins(20, 20)
    page.set_auto_page_break(True, margin=22)
    page.add_font(FONT, "", str(font_file()))
    page.add_font(FONT, "B", str(font_file(bold=True)))
    page.set_text_shaping(True)
    page.set_title(words("paper.title"))
    page.set_creator("Intervisie")
    page.set_lang(words.language)
    page.set_creation_date(statement.made)
    page.foot = words("paper.foot")
    page.add_page()
    _head(page, statement, words)
    _table(page, statement.been, words)
    _totals(page, statement.been, words)
    if statement.register is not None:
        _register(page, statement.register, statement.been, words)
    if BOX in "".join(map(settable, (statement.name, *(each.group for each in statement.been)))):
        _line(page, words("paper.letters", box=BOX), 8.5, soft=True)
    _check(page, statement, words)
    return bytes(page.output())


def duration(minutes: int | None, words: Words) -> str:
    """Return a length as "1:30", or the words for a session that was written over days.

    What took less than a minute counts as one.
    """
    if minutes is None:
        return words("paper.written")
    minutes = max(minutes, 1)
    return f"{minutes // 60}:{minutes % 60:02}"


def finding(each: RuleResult, words: Words) -> str:
    """Say what a rule asks, and how much of it there is."""
    rule = each.rule
    key = f"register.{rule.kind}"
    if rule.kind == "people" and rule.most is None:
        key = "register.people_least"
    if rule.years > 1:
        key += "_years"
    asks = words(
        key, least=rule.least, most=rule.most, years=rule.years, hours=duration(rule.least, words)
    )
    done, of = (f"{n:g}".replace(".", words("paper.comma")) for n in (each.done, each.of))
    return f"{asks} {words('register.done', done=done, of=of)}"


def _line(page: FPDF, text: str, size: float, *, bold: bool = False, soft: bool = False) -> None:
    page.set_font(FONT, "B" if bold else "", size)
    page.set_text_color(*(SOFT if soft else INK))
    page.multi_cell(0, size * 0.55, text, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)


def _head(page: FPDF, statement: PaperStatement, words: Words) -> None:
    page.set_fill_color(*LEAF)
    page.rect(0, 0, 210, 6, style="F")
    _line(page, words("paper.title"), 20, bold=True)
    page.ln(3)
    _line(page, settable(statement.name), 14, bold=True)
    _line(page, words("paper.of_year", year=statement.year), 11, soft=True)
    page.ln(3)
    _line(page, words("paper.intro"), 10)
    page.ln(4)


def _table(page: FPDF, been: Sequence[Been], words: Words) -> None:
    page.set_font(FONT, size=9.5)
    page.set_text_color(*INK)
    page.set_fill_color(255, 255, 255)
    page.set_draw_color(201, 193, 177)
    head = FontFace(emphasis="BOLD", color=INK, fill_color=PALE)
    names = ("date", "length", "people", "role", "group")
    with page.table(
        col_widths=WIDTHS,
        headings_style=head,
        borders_layout="HORIZONTAL_LINES",
        text_align=("LEFT", "RIGHT", "RIGHT", "LEFT", "LEFT"),
        line_height=6,
        padding=(0.6, 2),
    ) as table:
        table.row([words(f"paper.{name}") for name in names])
        for each in been:
            table.row(
                [
                    words.short_day(each.day),
                    duration(each.minutes, words),
                    str(each.people),
                    words.listed(list(_roles(each, words))),
                    settable(each.group),
                ]
            )
    page.ln(4)


def _roles(each: Been, words: Words) -> Sequence[str]:
    roles = [
        words(f"paper.{role}")
        for role, had in (("bringer", each.brought), ("facilitator", each.facilitated))
        if had
    ]
    return roles or [words("paper.participant")]


def _totals(page: FPDF, been: Sequence[Been], words: Words) -> None:
    spoken = [each.minutes for each in been if each.minutes is not None]
    total = words.count("paper.totals_written", len(been))
    if spoken:
        total = words("paper.totals", n=len(been), hours=duration(sum(spoken), words))
    _line(page, total, 11, bold=True)
    _line(page, words("paper.how_long"), 8.5, soft=True)


def _register(page: FPDF, register: Register, been: Sequence[Been], words: Words) -> None:
    page.ln(5)
    if page.will_page_break(40):
        page.add_page()
    _line(page, register.name, 11, bold=True)
    page.ln(1)
    for each in found(register, been):
        sign = {True: "✓", False: "✗", None: "…"}[each.met]
        kept = {True: "register.met", False: "register.missing", None: "register.counts"}[each.met]
        _line(page, f"{sign} {words(kept)}: {finding(each, words)}", 9.5)
    for note in register.notes:
        _line(page, f"• {note[words.language]}", 9.5)
    told = words("register.source", day=words.day(register.read), source=str(register.source))
    _line(page, told, 8.5, soft=True)


def _check(page: FPDF, statement: PaperStatement, words: Words) -> None:
    page.ln(6)
    if page.will_page_break(42):
        page.add_page()
    top = page.get_y()
    page.set_fill_color(*PALE)
    page.rect(20, top, 170, 32, style="F", round_corners=True, corner_radius=3)
    page.set_xy(25, top + 4)
    page.set_left_margin(25)
    page.set_right_margin(25)
    _line(page, words("paper.code"), 9, soft=True)
    page.set_font(FONT, "B", 13)
    page.set_text_color(*INK)
    page.cell(0, 8, statement.code, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    if statement.address:
        _line(page, words("paper.check", address=statement.address), 9)
    else:
        _line(page, words("paper.no_address"), 9)
    _line(page, words("paper.made", day=words.day(statement.made.date())), 9, soft=True)

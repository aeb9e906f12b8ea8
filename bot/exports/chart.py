"""The chart of a group's participation: readable on a phone, and without colour.

What a bar says stands beside it in words, and lines differ in marker and in dashes.
"""

from collections.abc import Callable
from io import BytesIO
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties

from bot.exports.glyphs import fitted, font_file, settable
from bot.flows.participation import Figures
from bot.i18n import Words

PAPER, INK, SOFT, LEAF, PALE, CLAY = (
    "#ffffff",
    "#26302b",
    "#5c665f",
    "#23443a",
    "#e5efe9",
    "#c9793f",
)

MOST_BARS = 24
"""Members who have a bar of their own; of more, how often how many were there is drawn."""

WIDE, DOTS = 8.0, 200
"""Inches, and dots to an inch: as wide as a phone shows sharply."""

TOP, TITLE, GAP = 1.1, 0.35, 0.55
"""Inches above the first part, for the title of each, and below each."""

LEFT, NAMES, RIGHT = 0.04, 0.28, 0.96
"""Of the width: where all begins, where bars begin that have names beside them, where all ends."""

LABEL_SIZE, ABOUT_SIZE = 11.5, 12.0
"""Points: of a name beside its bar, and of the line that says of which group and time it is."""


class _Part(NamedTuple):
    """A part of the picture: its title, where it begins, how high it is, and what draws it."""

    title: str
    left: float
    high: float
    draw: Callable[[Axes, Figures, Words], None]


def drawn(figures: Figures, words: Words) -> bytes:
    """Draw the figures; gives a PNG."""
    parts = _parts(figures, words)
    high = TOP + sum(TITLE + part.high + GAP for part in parts)
    paper = Figure(figsize=(WIDE, high), dpi=DOTS, facecolor=PAPER)
    title = words("stats.chart_title")
    paper.text(LEFT, 1 - 0.45 / high, title, size=17, color=INK, fontproperties=_bold())
    name = fitted(settable(figures.group, ""), ABOUT_SIZE, 0.6 * WIDE)
    span = words.months(figures.period.first, figures.period.last)
    about = " · ".join(part for part in (name, span) if part)
    paper.text(LEFT, 1 - 0.8 / high, about, size=ABOUT_SIZE, color=SOFT)
    at = high - TOP
    for part in parts:
        paper.text(LEFT, (at - 0.2) / high, part.title, size=12.5, color=INK)
        at -= TITLE + part.high
        box = (part.left, at / high, RIGHT - part.left, part.high / high)
        part.draw(_bare(paper.add_axes(box)), figures, words)
        at -= GAP
    out = BytesIO()
    paper.savefig(out, format="png", metadata={"Software": None})
    return out.getvalue()


def _parts(figures: Figures, words: Words) -> list[_Part]:
    if len(figures.rows) > MOST_BARS:
        title = words("stats.chart_spread", n=len(figures.rows))
        people = _Part(title, LEFT, 2.6, _spread)
    else:
        title = words("stats.chart_present", n=figures.occasions)
        people = _Part(title, NAMES, 0.42 * len(figures.rows), _bars)
    mix = _Part(words("stats.chart_mix"), LEFT, 0.75, _mix)
    trend = words("stats.chart_trend")
    if not figures.trend:
        return [people, mix, _Part(trend, LEFT, 0.5, _no_trend)]
    return [people, mix, _Part(trend, NAMES, 2.1, _trend)]


def _bold() -> FontProperties:
    return FontProperties(fname=str(font_file(bold=True)))


def _bare(axes: Axes) -> Axes:
    for side in ("top", "right", "left", "bottom"):
        axes.spines[side].set_visible(False)
    axes.tick_params(length=0, labelsize=LABEL_SIZE, colors=INK)
    return axes


def _bars(axes: Axes, figures: Figures, words: Words) -> None:
    """Draw a bar for each member: how often there, of how often there was something."""
    whole = max(figures.occasions, 1)
    places = range(len(figures.rows))
    axes.barh(places, [whole] * len(figures.rows), 0.62, color=PALE)
    axes.barh(places, [row.present for row in figures.rows], 0.62, color=LEAF)
    for n, row in enumerate(figures.rows):
        inside = row.present > whole * 0.12
        axes.text(
            row.present - whole * 0.02 if inside else row.present + whole * 0.02,
            n,
            str(row.present),
            va="center",
            ha="right" if inside else "left",
            size=11.5,
            color=PAPER if inside else INK,
        )
        did = [
            words(f"stats.chart_{what}", n=count)
            for what, count in (("brought", row.brought), ("facilitated", row.facilitated))
            if count
        ]
        axes.text(whole * 1.03, n, "\n".join(did), va="center", size=9.5, color=SOFT, linespacing=1)
    axes.set_yticks(places, [_name(row.name) for row in figures.rows])
    axes.set_xticks([])
    axes.set_xlim(0, whole * 1.3)
    axes.set_ylim(len(figures.rows) - 0.5, -0.5)


def _spread(axes: Axes, figures: Figures, _words: Words) -> None:
    """Draw, for a group too large for names, how many were there how often."""
    often = [row.present for row in figures.rows]
    steps = range(figures.occasions + 1)
    people = [often.count(n) for n in steps]
    axes.bar(steps, people, 0.8, color=LEAF)
    for n, count in zip(steps, people, strict=True):
        if count and figures.occasions <= MOST_BARS:
            axes.text(n, count, f"{count}", ha="center", va="bottom", size=10.5, color=INK)
    axes.set_yticks([])
    axes.set_ylim(0, max(*people, 1) * 1.12)
    if figures.occasions <= MOST_BARS:
        axes.set_xticks(steps, [f"{n}×" for n in steps])


def _mix(axes: Axes, figures: Figures, words: Words) -> None:
    """Draw of how many cases one learns, and how many went well."""
    axes.set_yticks([])
    axes.set_xticks([])
    learning, positive = figures.learning, figures.positive
    whole = learning + positive
    axes.set_xlim(0, max(whole, 1))
    axes.set_ylim(-1.3, 0.5)
    if not whole:
        axes.text(0, 0, words("stats.chart_no_cases"), size=11.5, color=SOFT)
        return
    axes.barh(0, learning, 0.9, color=LEAF)
    if positive:
        axes.barh(0, positive, 0.9, left=learning, color=PAPER, edgecolor=CLAY, hatch="////")
    axes.text(0, -1.15, words("stats.chart_learning", n=learning), size=11, color=INK)
    axes.text(
        whole, -1.15, words("stats.chart_positive", n=positive), ha="right", size=11, color=INK
    )


def _trend(axes: Axes, figures: Figures, words: Words) -> None:
    """Draw the group's means of usefulness and safety, by quarter."""
    places = range(len(figures.trend))
    lines = (
        ("stats.useful", [q.useful for q in figures.trend], LEAF, "o", "-"),
        ("stats.safe", [q.safe for q in figures.trend], CLAY, "s", "--"),
    )
    for key, means, colour, marker, dashes in lines:
        known = [(n, mean) for n, mean in zip(places, means, strict=True) if mean is not None]
        axes.plot(*zip(*known, strict=True), color=colour, marker=marker, ls=dashes, lw=2, ms=8,
                  markerfacecolor=PAPER if marker == "s" else colour, label=words(key))  # fmt: skip
    for n, quarter in enumerate(figures.trend):
        _values(axes, n, quarter.useful, quarter.safe, words)
    axes.set_xticks(
        places, [words("stats.quarter_short", n=q.number, year=q.year) for q in figures.trend]
    )
    axes.set_xlim(-0.4, len(figures.trend) - 0.6)
    axes.set_ylim(0.7, 5.6)
    axes.set_yticks([1, 3, 5], [words("score.1"), words("score.3"), words("score.5")])
    for score in (1, 3, 5):
        axes.axhline(score, color=PALE, lw=1, zorder=0)
    axes.legend(loc="lower right", bbox_to_anchor=(1.02, 1), ncols=2, frameon=False, fontsize=11)


def _no_trend(axes: Axes, _figures: Figures, words: Words) -> None:
    """Say from when on there are means to draw."""
    axes.set_axis_off()
    why = words("stats.chart_no_trend")
    axes.text(0, 1, why, size=11, color=SOFT, va="top", transform=axes.transAxes, linespacing=1.5)


def _values(axes: Axes, n: int, useful: float | None, safe: float | None, words: Words) -> None:
    """Write each mean beside its point, the higher one above."""
    means = sorted((mean for mean in (useful, safe) if mean is not None), reverse=True)
    for mean, (above, at) in zip(means, ((9, "bottom"), (-9, "top")), strict=False):
        axes.annotate(words.number(mean), (n, mean), (0, above), textcoords="offset points",
                      ha="center", va=at, size=10.5, color=INK)  # fmt: skip


def _name(name: str) -> str:
    return fitted(settable(name), LABEL_SIZE, (NAMES - LEFT - 0.01) * WIDE)

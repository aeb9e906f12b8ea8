"""Participation in Slack: the figures as a table, the periods to choose from, a statement."""

from collections.abc import Iterable, Sequence
from datetime import date

from slackblocks import (
    Block,
    ColumnSettings,
    RawText,
    RichTextObject,
    RichTextSection,
    RichTextUser,
    TableBlock,
)

from bot.blocks.action_ids import ActionId, FormId, join_value
from bot.blocks.elements import Payload, View, button, buttons, message, modal, plain, small
from bot.blocks.inputs import asks, menu
from bot.errors import Refusal
from bot.flows.participation import Figures, Period, Row
from bot.i18n import Words

MOST_ROWS = 99
"""Members in a table, of the hundred rows that Slack takes; the sheets have all."""

ALT = 1000
"""Characters that Slack takes to describe a picture."""

LAST_MONTHS = "last"
"""The choice of the last twelve months."""

Cell = RawText | RichTextObject

COUNTS = ("present", "brought", "facilitated", "passed", "reflected")


def table(figures: Figures, group: str, channel: str, words: Words, *, lead: bool) -> Payload:
    """Show a group's figures: to its lead, or to a member who asks what their lead sees."""
    about = {
        "channel": f"<#{channel}>",
        "period": words.months(figures.period.first, figures.period.last),
    }
    title = words("stats.title" if lead else "stats.title_mine", **about)
    blocks: list[Block] = [
        plain(title, "stats"),
        plain(held(figures, words), "stats-dates"),
        _members(figures.rows[:MOST_ROWS], words),
    ]
    if len(figures.rows) > MOST_ROWS:
        rest = len(figures.rows) - MOST_ROWS
        blocks.append(small(words.count("stats.more", rest), "stats-more"))
    blocks.append(plain("\n".join([mix(figures, words), *trend(figures, words)]), "stats-trend"))
    blocks.append(small(words("stats.note" if lead else "stats.note_mine"), "stats-note"))
    value = join_value(group, str(figures.period))
    row = [
        button(words, ActionId.STATS_XLSX, value),
        button(words, ActionId.STATS_CSV, value),
        button(words, ActionId.STATS_OPEN, group, label="button.stats.other"),
    ]
    mine = [button(words, ActionId.STATS_MINE, group, label="button.stats.other")]
    return message(
        words("stats.notification"), [*blocks, *buttons("stats-actions", row if lead else mine)]
    )


def nothing(figures: Figures, group: str, channel: str, words: Words, *, lead: bool) -> Payload:
    """Explain that a group held and planned nothing in a period."""
    text = words(
        "stats.nothing",
        channel=f"<#{channel}>",
        period=words.months(figures.period.first, figures.period.last),
    )
    action = ActionId.STATS_OPEN if lead else ActionId.STATS_MINE
    row = [button(words, action, group, label="button.stats.other")]
    return message(
        words("stats.notification"), [plain(text, "stats"), *buttons("stats-actions", row)]
    )


def held(figures: Figures, words: Words) -> str:
    """Say what became of a group's meetings."""
    dates = figures.dates
    parts = [words.count("stats.held", dates.held)]
    parts += [
        words(f"stats.{what}", n=n)
        for what in ("skipped", "missed", "to_come")
        if (n := getattr(dates, what))
    ]
    found = []
    if dates.planned:
        found.append(words.count("stats.planned", dates.planned, parts=words.listed(parts)))
    if figures.loose:
        found.append(words.count("stats.and_loose", figures.loose))
    return " ".join(found)


def mix(figures: Figures, words: Words) -> str:
    """Say of how many cases one learns, and how many went well."""
    return words("stats.mix", learning=figures.learning, positive=figures.positive)


def trend(figures: Figures, words: Words) -> list[str]:
    """Say the group's means, a line a quarter; why there is none yet."""
    lines = []
    for quarter in figures.trend:
        means = [
            f"{words(key)} {words.number(mean)}"
            for key, mean in (("stats.useful", quarter.useful), ("stats.safe", quarter.safe))
            if mean is not None
        ]
        name = words("stats.quarter_name", n=quarter.number, year=quarter.year)
        lines.append(f"{name}: {' · '.join(means)}")
    return [words("stats.trend"), *lines] if lines else [words("stats.no_trend")]


def alt(figures: Figures, words: Words) -> str:
    """Describe the chart to who cannot see it: all that it says, as far as there is room."""
    people = [
        words("stats.alt_row", name=row.name, n=row.present, brought=row.brought)
        for row in figures.rows
    ]
    said = [
        words("stats.alt", period=words.months(figures.period.first, figures.period.last)),
        held(figures, words),
    ]
    end = [mix(figures, words), *trend(figures, words)]
    room = ALT - sum(len(text) + 1 for text in [*said, *end])
    for person in people:
        room -= len(person) + 1
        if room >= 0:
            said.append(person)
    return " ".join([*said, *end]).replace("*", "")


def _members(rows: Iterable[Row], words: Words) -> TableBlock:
    head: list[Cell] = [RawText(words(f"stats.column_{name}")) for name in ("name", *COUNTS)]
    body: list[list[Cell]] = [
        [
            RichTextSection([RichTextUser(row.user)]),
            *(RawText(str(getattr(row, name))) for name in COUNTS),
        ]
        for row in rows
    ]
    aligned = [ColumnSettings(align="left")] + [ColumnSettings(align="right")] * len(COUNTS)
    return TableBlock([head, *body], column_settings=aligned, block_id="stats-table")


def refused_to_member(refusal: Refusal, group: str, words: Words) -> Payload:
    """Explain to a member that only leads see this, and offer what members see."""
    text = words(f"refusal.{refusal.key}")
    row = [button(words, ActionId.STATS_MINE, group)]
    return message(text, [plain(text, "answer"), *buttons("stats-actions", row)])


def form(
    group: str | Sequence[tuple[str, str]],
    years: Sequence[int],
    words: Words,
    *,
    lead: bool,
    typed: Period | None = None,
) -> View:
    """Return the form to choose a period, and a group if several are given as ids and names.

    `typed` is the period that is filled in.
    """
    choices = {LAST_MONTHS: words("stats.last_months"), **{str(year): str(year) for year in years}}
    if typed is not None:
        choices = {str(typed): words.months(typed.first, typed.last)} | choices
    periods = menu(choices.items(), next(iter(choices)))
    return modal(
        words,
        "stats.form",
        [
            plain(words("stats.form_lead" if lead else "stats.form_mine"), "intro"),
            *(
                []
                if isinstance(group, str)
                else [asks("group", words("stats.which"), menu(group, group[0][0]))]
            ),
            asks("period", words("stats.period"), periods, hint=words("stats.period_hint")),
        ],
        callback=FormId.STATS_PERIOD,
        about=join_value(group if isinstance(group, str) else "", "lead" if lead else "mine"),
        submit="button.form.show",
    )


def statement_form(
    years: Sequence[int], registers: Sequence[tuple[str, str]], words: Words
) -> View:
    """Return the form to choose the year of a statement, and its register."""
    which = [("none", words("statement.no_register")), *registers]
    of_years = [(str(year), str(year)) for year in years]
    return modal(
        words,
        "statement.form",
        [
            plain(words("statement.form_intro"), "intro"),
            asks("year", words("statement.year"), menu(of_years, of_years[0][0])),
            asks(
                "register",
                words("statement.register"),
                menu(which, "none"),
                hint=words("statement.register_hint"),
            ),
        ],
        callback=FormId.STATEMENT_MAKE,
        submit="button.form.make",
    )


def years_until(first: date, today: date, most: int = 11) -> list[int]:
    """Return the years from one day to another, newest first."""
    return list(range(today.year, max(first.year, today.year - most + 1) - 1, -1))

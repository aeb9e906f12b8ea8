"""A group: founding it, what it agreed on, who is in it, and what somebody wants for themselves.

Buttons carry `member:<what>` as their action and the group's id as their value.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from itertools import groupby
from typing import NamedTuple

from babel import Locale
from babel.dates import format_time, get_day_names, get_month_names
from slackblocks import (
    Block,
    Button,
    DatePicker,
    Element,
    InputBlock,
    StaticSelectMenu,
    TimePicker,
    UserMultiSelectMenu,
)

from bot.blocks.action_ids import ActionId, FormId, digest, join_value, stamped
from bot.blocks.elements import (
    Payload,
    View,
    button,
    buttons,
    literal,
    message,
    modal,
    occasion,
    person,
    plain,
    small,
    spoken_here,
)
from bot.blocks.inputs import VALUE, asks, menu, radio, several, typed
from bot.flows.edits import Values
from bot.flows.meeting import Plan
from bot.flows.rhythm import Rhythm, zone_of
from bot.flows.types import Guidance, WantedReminders
from bot.i18n import LANGUAGES, Words

RULES = ("1 months", "2 months", "3 months", "2 weeks", "3 weeks", "4 weeks", "6 weeks", "8 weeks")
"""The rhythms that the form offers: every so many months or weeks."""

NTHS = (1, 2, 3, 4, 5, -1)
"""Which of a month's weekdays; -1 is the last."""

SIZES = tuple(range(3, 13))
CASES = (1, 2, 3)
MINUTES = (60, 75, 90, 105, 120)
COUNTRIES = ("NL", "BE", "DE", "AT", "CH", "LU", "FR", "GB", "IE", "US", "CA")
"""Whose public holidays the form offers to keep."""

AS_SLACK = "slack"
"""Stands for the language that Slack gives, where somebody chooses one."""

LONGEST_NAME = 80
MOST_DATES = 15


class Card(NamedTuple):
    """What a founded group shows of itself; `dates` are its next meetings.

    `elsewhere`: somebody in it, or invited to it, is in another time zone.
    """

    group: str
    name: str
    plan: Plan
    members: Sequence[str]
    leads: Sequence[str]
    invited: Sequence[str]
    trial: Sequence[str]
    dates: Sequence[datetime]
    elsewhere: bool


def rhythm(rule: Rhythm, words: Words, *, elsewhere: bool = False) -> str:
    """Return a rhythm in words: "elke tweede dinsdag van de maand om 16:00".

    With `elsewhere`, for readers who may be in another time zone, it says where that is.
    """
    at = format_time(rule.at, "H:mm", locale=words.calendar)
    if elsewhere:
        at = words("rhythm.zone", at=at, city=words.city(rule.zone))
    values = {
        "weekday": get_day_names("wide", locale=words.calendar)[rule.weekday],
        "at": at,
        "nth": words(f"rhythm.nth.{rule.nth}"),
    }
    text = words.count(f"rhythm.{rule.unit}", rule.every, **values)
    if rule.free:
        names = get_month_names("wide", locale=words.calendar)
        text += " " + words("rhythm.free", months=words.listed([names[m] for m in rule.free]))
    return text


def founding(
    group: str,
    values: Values,
    words: Words,
    *,
    base: Values,
    zone: str,
    room: str | None = None,
    new: bool = False,
) -> View:
    """Return the form to found a group, or to change its rhythm; a group may have no leads.

    `values` are what stands in it, by input, and `base` what is stored of that; `zone` is where
    its times are. `room` says who can read in its channel, as far as that is known. A `new` group
    is also asked how long it meets, for how many cases.
    """
    nths = [(str(n), words(f"rhythm.nth.{n}")) for n in NTHS]
    members, leads = (
        UserMultiSelectMenu(VALUE, initial_users=list(values[name]))
        for name in ("members", "leads")
    )
    free = several(_months(words), values["free"])
    return modal(
        words,
        "founding.title",
        [
            plain(words("founding.intro"), "intro"),
            *([small(room, "room")] if room else []),
            _founding("name", typed(values["name"], most=LONGEST_NAME), words),
            _founding("members", members, words),
            _founding("leads", leads, words, optional=not base["leads"]),
            _founding("rule", menu(_rules(words), values["rule"]), words),
            _founding("nth", menu(nths, values["nth"]), words),
            _founding("weekday", menu(_weekdays(words), values["weekday"]), words),
            asks(
                "at",
                words("founding.at"),
                TimePicker(VALUE, initial_time=values["at"] or None),
                hint=words("rhythm.where", city=words.city(zone)),
            ),
            *(_lengths(values, words) if new else []),
            _founding("free", free, words, optional=True),
        ],
        callback=FormId.GROUP_FOUNDING,
        about=join_value(group, json.dumps(base)),
    )


def details(
    group: str, values: Values, methods: Mapping[str, str], words: Words, *, base: Values
) -> View:
    """Return the form with what most groups leave as it is; `methods` holds ids and titles.

    `values` are what stands in it, by input, and `base` what is stored of that.
    """
    names = Locale.parse(words.calendar).territories
    countries = [("-", words("founding.no_country")), *((c, names[c]) for c in COUNTRIES)]
    chosen = several(methods.items(), values["methods"])
    return modal(
        words,
        "founding.details_title",
        [
            *_lengths(values, words),
            _founding("least", _number(SIZES[:6], values["least"]), words),
            _founding("most", _number(SIZES, values["most"]), words),
            asks("language", words("settings.language"), radio(_languages(), values["language"])),
            _founding("zone", typed(values["zone"], most=60), words),
            _founding("country", menu(countries, values["country"]), words),
            _founding("methods", chosen, words, optional=True),
        ],
        callback=FormId.GROUP_DETAILS,
        about=join_value(group, json.dumps(base)),
    )


def _lengths(values: Values, words: Words) -> list[InputBlock]:
    """Return the fields for how long a meeting takes, and for how many cases."""
    return [
        _founding("minutes", _number(MINUTES, values["minutes"]), words),
        _founding("cases", _number(CASES, values["cases"]), words),
    ]


def settings(group: str, values: Values, words: Words, *, base: Values) -> View:
    """Return the form with a group's settings for its sessions.

    `values` are what stands in it, by input, and `base` what is stored of that.
    """
    return modal(
        words,
        "settings.title",
        [
            plain(words("settings.intro"), "intro"),
            asks("language", words("settings.language"), radio(_languages(), values["language"])),
            _one_of("guidance", tuple(Guidance), values["guidance"], words),
            *(
                asks(name, words(f"settings.{name}"), typed(values[name], most=9))
                for name in ("keep", "case_days", "capacity", "turn")
            ),
        ],
        callback=FormId.GROUP_SETTINGS,
        about=join_value(group, json.dumps(base)),
    )


def wishes(
    reminders: WantedReminders,
    language: str | None,
    away_from: date | None,
    away_until: date | None,
    words: Words,
) -> View:
    """Return the form of one person: which reminders, which language, and when they are away."""
    which = [(r, words(f"wishes.reminders_{r}")) for r in WantedReminders]
    spoken = [(AS_SLACK, words("wishes.language_slack")), *_languages()]
    return modal(
        words,
        "wishes.title",
        [
            plain(words("wishes.intro"), "intro"),
            _date("away_from", away_from, words),
            _date("away_until", away_until, words),
            asks("reminders", words("wishes.reminders"), radio(which, reminders)),
            asks("language", words("wishes.language"), radio(spoken, language or AS_SLACK)),
        ],
        callback=FormId.GROUP_WISHES,
    )


def founded(by: str, card: Card, words: Words, *, first: bool = False) -> Payload:
    """Announce in the channel that a group was founded (`first`), or that its rhythm changed."""
    text = words("founding.founded", who=person(by), name=literal(card.name))
    row = [
        button(words, ActionId.GROUP_ROTA, "rota"),
        button(words, ActionId.MEMBER_CALENDAR, card.group),
        button(words, ActionId.MEMBER_JOIN, card.group),
        button(words, ActionId.GROUP_FIRST, "first"),
    ]
    return message(
        text,
        [
            plain(text, "founded"),
            *_about(card, words),
            *([spoken_here(words)] if first else []),
            *buttons("founded-actions", row),
        ],
    )


def card(shown: Card, words: Words, *, lead: bool) -> Payload:
    """Show one person what their group agreed on; a lead can change it."""
    text = words("founding.card", name=literal(shown.name))
    row = [
        button(words, ActionId.GROUP_ROTA, "rota"),
        button(words, ActionId.GROUP_CALENDAR, "calendar"),
        button(words, ActionId.GROUP_MEETING, "meeting"),
        button(words, ActionId.MEMBER_LEAVE, shown.group),
    ]
    change = [
        button(words, ActionId.GROUP_FOUNDING, "founding"),
        button(words, ActionId.GROUP_DETAILS, "details"),
        button(words, ActionId.GROUP_END, "end"),
    ]
    leading: list[Block] = [plain(words("help.lead"), "lead"), *buttons("lead-actions", change)]
    people = [words("founding.members_are", who=_people(shown.members, words))]
    if shown.leads:
        people.append(words("founding.leads_are", who=_people(shown.leads, words)))
    if shown.invited:
        people.append(words("founding.invited", who=_people(shown.invited, words)))
    if set(shown.trial) == set(shown.members):
        people.append(words("founding.all_on_trial"))
    elif shown.trial:
        people.append(words("founding.on_trial", who=_people(shown.trial, words)))
    return message(
        text,
        [
            plain(text, "card"),
            *_about(shown, words),
            plain("\n".join(people), "people"),
            *buttons("card-actions", row),
            *(leading if lead else []),
        ],
    )


def end_question(group: str, name: str, plan: str, words: Words) -> Payload:
    """Ask a lead whether their group is really to end, as it is by its `plan`."""
    text = words("ending.question", name=literal(name))
    return line(text, [button(words, ActionId.MEMBER_END, stamped(group, digest(plan)))])


def invitation(by: str, shown: Card, channel: str, words: Words) -> Payload:
    """Ask somebody to join a group."""
    text = words(
        "founding.invitation", who=person(by), name=literal(shown.name), channel=f"<#{channel}>"
    )
    row = [
        button(words, ActionId.MEMBER_ACCEPT, shown.group, primary=True),
        button(words, ActionId.MEMBER_DECLINE, shown.group),
    ]
    return message(
        text,
        [plain(text, "invitation"), *_about(shown, words), *buttons("invitation-actions", row)],
    )


def counted_in(by: str, shown: Card, channel: str, words: Words) -> Payload:
    """Inform a person that they belong to a group, because they met in its channel before."""
    text = words(
        "founding.counted_in", who=person(by), name=literal(shown.name), channel=f"<#{channel}>"
    )
    row = [button(words, ActionId.MEMBER_LEAVE, shown.group)]
    return message(
        text, [plain(text, "counted-in"), *_about(shown, words), *buttons("counted-in-row", row)]
    )


def welcome(name: str, starts: datetime | None, words: Words) -> Payload:
    """Welcome somebody to a group, with its next meeting."""
    text = words("founding.welcome", name=literal(name))
    if starts is not None:
        text += " " + words("home.next", when=occasion(starts, words))
    return line(text)


def trial(group: str, name: str, words: Words) -> Payload:
    """Ask a member whether they want to go on with this group."""
    text = words("founding.trial", name=literal(name))
    row = [
        button(words, ActionId.MEMBER_CONFIRM, group, primary=True),
        button(words, ActionId.MEMBER_TALK, group),
        button(words, ActionId.MEMBER_LEAVE, group),
    ]
    return message(text, [plain(text, "trial"), *buttons("trial-actions", row)])


def line(text: str, row: Iterable[Button] = ()) -> Payload:
    """Return one line, with buttons if there are any."""
    return message(text, [plain(text, "line"), *buttons("line-actions", list(row))])


def _about(shown: Card, words: Words) -> list[Block]:
    """Return the rhythm and the dates to come, as days where the group is."""
    text = words(
        "founding.about",
        rhythm=rhythm(shown.plan.rhythm, words, elsewhere=shown.elsewhere),
        minutes=shown.plan.minutes,
        cases=words.count("founding.about_cases", shown.plan.cases),
    )
    blocks: list[Block] = [plain(text, "about")]
    if shown.dates:
        zone = zone_of(shown.plan.rhythm.zone)
        days = [at.astimezone(zone).date() for at in shown.dates[:MOST_DATES]]
        lines = [
            f"{year}: {' · '.join(words.day_of_year(each) for each in same_year)}"
            for year, same_year in groupby(days, key=lambda each: each.year)
        ]
        blocks.append(plain("\n".join([words("founding.dates"), *lines]), "dates"))
    return blocks


def _people(users: Sequence[str], words: Words) -> str:
    return words.listed([person(user) for user in users])


def _rules(words: Words) -> list[tuple[str, str]]:
    rows = []
    for rule in RULES:
        every, unit = rule.split()
        rows.append((rule, words.count(f"founding.rule_{unit}", int(every))))
    return rows


def _languages() -> list[tuple[str, str]]:
    return [(code, each.name) for code, each in LANGUAGES.items()]


def _weekdays(words: Words) -> list[tuple[str, str]]:
    names = get_day_names("wide", locale=words.calendar)
    return [(str(day), names[day]) for day in range(7)]


def _months(words: Words) -> list[tuple[str, str]]:
    names = get_month_names("wide", locale=words.calendar)
    return [(str(month), names[month]) for month in range(1, 13)]


def _number(numbers: Iterable[int], now: str) -> StaticSelectMenu:
    return menu([(str(n), str(n)) for n in numbers], now)


def _founding(name: str, element: Element, words: Words, *, optional: bool = False) -> InputBlock:
    """Return a field of the founding by its name: its label, and a hint where there is one."""
    key = f"founding.hint_{name}"
    hint = words(key) if words.has(key) else None
    return asks(name, words(f"founding.{name}"), element, hint=hint, optional=optional)


def _one_of(name: str, values: Iterable[str], now: str, words: Words) -> InputBlock:
    choices = radio(((value, words(f"settings.{value}")) for value in values), now)
    return asks(name, words(f"settings.{name}"), choices)


def _date(name: str, value: date | None, words: Words) -> InputBlock:
    picker = DatePicker(VALUE, initial_date=value.isoformat() if value else None)
    return asks(name, words(f"wishes.{name}"), picker, optional=True)

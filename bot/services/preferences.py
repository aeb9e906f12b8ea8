"""A person's own preferences: reminders, language, and days away."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from bot.blocks import groups as show
from bot.blocks.edits import saved
from bot.errors import Refusal
from bot.flows.rhythm import zone_of
from bot.flows.types import WantedReminders
from bot.i18n import LANGUAGES
from bot.outbox.messages import send_direct
from bot.repositories.members import groups_of
from bot.repositories.people import words_for
from bot.services.meetings.lifecycle import Meetings
from bot.store.tables import Person
from bot.store.transactions import Transactions, transactional
from bot.store.unit import Unit


class Preferences:
    """Shows and stores people's preferences."""

    def __init__(self, transactions: Transactions, meetings: Meetings) -> None:
        self.transactions = transactions
        self.meetings = meetings

    def form(self, workspace: str, user: str) -> dict[str, Any]:
        """Build the form with a person's preferences."""
        with self.transactions.read() as unit:
            words = words_for(unit, workspace, user, None)
            person = unit.db.get(Person, (workspace, user))
            if person is None:
                return show.wishes(WantedReminders.OWN, None, None, None, words)
            away = person.away_from, person.away_until
            if person.away_until and person.away_until < self._today(person):
                away = None, None  # days that are over, which the form would not take again
            return show.wishes(person.reminders, person.language, *away, words)

    @transactional
    def save(
        self, unit: Unit, workspace: str, user: str, values: Mapping[str, str]
    ) -> dict[str, Refusal]:
        """Store a person's preferences, and update the meetings that their days away change.

        Returns what is wrong, by input; nothing is stored then. Raises `Refusal` for a person who
        was never looked up.
        """
        wrong: dict[str, Refusal] = {}
        start, end = (_day(values, name, wrong) for name in ("away_from", "away_until"))

        person = unit.db.get(Person, (workspace, user))
        if person is None:
            raise Refusal("fault")
        today = self._today(person)
        if end is not None and end < (start or today):
            wrong["away_until"] = Refusal("ends_before")
        elif end is not None and end < today:
            wrong["away_until"] = Refusal("date_past")
        if start is not None and end is None:
            wrong["away_until"] = Refusal("until_when")
        if wrong:
            return wrong

        before = _stored(person)
        person.away_from = (start or today) if end else None
        person.away_until = end
        if values["reminders"] in list(WantedReminders):
            person.reminders = WantedReminders(values["reminders"])
        if values["language"] in (*LANGUAGES, show.AS_SLACK):
            chosen = values["language"]
            person.language = chosen if chosen in LANGUAGES else None
        for group in groups_of(unit, workspace, user):
            self.meetings.refresh(unit, group)
        words = words_for(unit, workspace, user, None)
        form = show.wishes(
            person.reminders, person.language, person.away_from, person.away_until, words
        )
        told = saved(form, before, _stored(person), words)
        send_direct(unit, workspace, user, told, self.transactions.now())
        return wrong

    def _today(self, person: Person) -> date:
        return self.transactions.now().astimezone(zone_of(person.tz or "UTC")).date()


def _stored(person: Person) -> dict[str, str]:
    """Return a person's preferences as they stand, by field of the form."""
    return {
        "away_from": person.away_from.isoformat() if person.away_from else "",
        "away_until": person.away_until.isoformat() if person.away_until else "",
        "reminders": person.reminders,
        "language": person.language or show.AS_SLACK,
    }


def _day(values: Mapping[str, str], name: str, wrong: dict[str, Refusal]) -> date | None:
    try:
        return date.fromisoformat(values[name]) if values[name] else None
    except ValueError:
        wrong[name] = Refusal("date_unknown")
        return None

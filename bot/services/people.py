"""Who people are, as far as we need it: their language, and whether they belong to the team."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from sqlalchemy import and_, bindparam, select

from bot.i18n import Words, language_of, words
from bot.repositories.people import save_slack_user
from bot.store.tables import Group, Person
from bot.store.unit import Store, Unit

log = logging.getLogger(__name__)

FRESH = timedelta(days=7)
"""How long what we know of somebody is trusted without looking again."""

MOST_PAGES = 2
"""How many times 999 of a channel's members are looked at: Slack waits for our answer."""


class Caller(NamedTuple):
    """What we know of somebody."""

    words: Words
    guest: bool
    stranger: bool


class People:
    """Looks people up in the store, and in Slack when they are new.

    The look-up is the one call to Slack before a transaction: without it the first
    answer would not be in the person's own language. It has a second to succeed;
    after that the group's language serves.
    """

    def __init__(
        self,
        store: Store,
        client_for: Callable[[str], WebClient],
        now: Callable[[], datetime],
    ) -> None:
        self.store = store
        self.client_for = client_for
        self.now = now

    def look_up(self, workspace: str, user: str, *, channel: str | None = None) -> Caller:
        """Give what we know of `user`, looking in Slack when that is little or old."""
        with self.store.unit() as unit:
            about = {"of": workspace, "who": user, "at": channel}
            person, spoken_here = unit.db.execute(_KNOWN, about).one_or_none() or (
                None,
                _group_language(unit, workspace, channel),
            )
            otherwise = language_of(spoken_here)
            if person is not None and self.is_fresh(person):
                return _known(person, otherwise)
        found = self._look_up(workspace, user)
        if found is None:
            return Caller(words(otherwise), guest=False, stranger=False)
        with self.store.unit() as unit:
            person = save_slack_user(unit, workspace, found, self.now())
            unit.commit()
            return _known(person, otherwise)

    def is_fresh(self, person: Person) -> bool:
        """Tell whether what we know of somebody need not be looked up again."""
        return person.seen_at > self.now() - FRESH

    def is_bot_in(self, workspace: str, channel: str) -> bool:
        """Tell whether the bot is in a channel; known at once where a group met before."""
        with self.store.unit() as unit:
            if _group_language(unit, workspace, channel) is not None:
                return True
        try:
            answer = self.client_for(workspace).conversations_info(channel=channel)
        except SlackApiError as error:
            return error.response.get("error") not in ("channel_not_found", "not_in_channel")
        except OSError:
            return True  # nobody knows; if it is not, the first message will tell
        found: dict[str, object] = answer.get("channel") or {}
        return bool(found.get("is_member"))

    def is_person_in(self, workspace: str, channel: str, user: str) -> bool:
        """Tell whether somebody is in a channel that the bot is in, as Slack says."""
        cursor: str | None = None
        for _ in range(MOST_PAGES):
            try:
                answer = self.client_for(workspace).conversations_members(
                    channel=channel, limit=999, cursor=cursor
                )
            except (SlackApiError, OSError) as error:
                log.warning("members not looked up", extra={"fault": type(error).__name__})
                return False
            found: list[str] = answer.get("members") or []
            cursor = (answer.get("response_metadata") or {}).get("next_cursor")
            if user in found or not cursor:
                return user in found
        return False

    def _look_up(self, workspace: str, user: str) -> dict[str, object] | None:
        client = self.client_for(workspace)
        try:
            answer = client.users_info(user=user, include_locale=True)
        except (SlackApiError, OSError) as error:
            log.warning("person not looked up", extra={"fault": type(error).__name__})
            return None
        found: dict[str, object] | None = answer.get("user")
        return found


def _known(person: Person, otherwise: str) -> Caller:
    language = language_of(person.speaks, "nl" if otherwise == "nl" else "en")
    return Caller(words(language), guest=person.guest, stranger=person.stranger)


def _group_language(unit: Unit, workspace: str, channel: str | None) -> str | None:
    found: str | None = unit.execute(_LANGUAGE, {"of": workspace, "at": channel}).scalar()
    return found


# Made once: whoever presses or types is looked up first.
_LANGUAGE = select(Group.language).where(
    Group.workspace == bindparam("of"), Group.channel == bindparam("at")
)
_KNOWN = (
    select(Person, Group.language)
    .outerjoin(Group, and_(Group.workspace == Person.workspace, Group.channel == bindparam("at")))
    .where(Person.workspace == bindparam("of"), Person.user == bindparam("who"))
)

"""People as Slack knows them: their language, and whether they belong to the organisation."""

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from sqlalchemy import and_, bindparam, select

from bot.i18n import Language, Words, language_of, words
from bot.repositories.people import save_slack_user
from bot.store.tables import Group, Person
from bot.store.unit import Store, Unit

log = logging.getLogger(__name__)

FRESH_FOR = timedelta(days=7)
"""How long a person's data is used before it is looked up again."""

SLACKBOT = "USLACKBOT"
"""Slack's own bot, which Slack does not call a bot."""

PAGE_SIZE = 999
"""Members of a channel that Slack lists in one answer."""

MOST_PAGES = 2
"""Pages of members that are read at most: Slack waits three seconds for our answer."""


class Caller(NamedTuple):
    """The person who sent a payload.

    `words` are the texts in their language, a `guest` has limited access to the workspace, and a
    `stranger` belongs to another organisation.
    """

    words: Words
    guest: bool
    stranger: bool


class Chosen(NamedTuple):
    """The names, by user, of those chosen from a menu who are no colleagues, or who are guests.

    Menus offer apps, people who are deactivated and other organisations too.
    """

    unfit: Mapping[str, str]
    guests: Mapping[str, str]


class People:
    """Looks people up in the store, and in Slack when they are new or their data is old.

    This is the one call to Slack before a transaction: without it, a person's first answer would
    not be in their own language. It has a second to succeed (the client's timeout); when it does
    not, the group's language is used.
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
        """Return a person from the store, after looking them up in Slack if needed.

        The language of the group of `channel`, if there is one, is used while theirs is unknown.
        """
        with self.store.unit() as unit:
            keys = {"of": workspace, "who": user, "at": channel}
            person, group_language = unit.db.execute(_PERSON, keys).one_or_none() or (
                None,
                _group_language(unit, workspace, channel),
            )
            fallback = language_of(group_language)
            if person is not None and self.is_fresh(person):
                return _caller(person, fallback)
        found = _look_up(self.client_for(workspace), user)
        if found is None:
            return Caller(words(fallback), guest=False, stranger=False)
        with self.store.unit() as unit:
            person = save_slack_user(unit, workspace, found, self.now())
            unit.commit()
            return _caller(person, fallback)

    def name_of(self, workspace: str, user: str) -> str | None:
        """Return a person's name, or None if it is not known here."""
        with self.store.unit() as unit:
            person = unit.db.get(Person, (workspace, user))
            return person.name or None if person is not None else None

    def choose(self, workspace: str, users: Collection[str]) -> Chosen:
        """Return which people chosen from a menu cannot belong to a group, and who are guests.

        Looks those up in Slack who are not in the store, all at once. Who cannot be looked up
        counts as a colleague.
        """
        with self.store.unit() as unit:
            stored = {user: unit.db.get(Person, (workspace, user)) for user in users}
        missing = [user for user, row in stored.items() if row is None or not self.is_fresh(row)]
        with ThreadPoolExecutor(len(missing) or 1) as pool:
            answers = pool.map(partial(_look_up, self.client_for(workspace)), missing)
            found = {
                user: profile for user, profile in zip(missing, answers, strict=True) if profile
            }
        apps = {user: found.pop(user) for user in list(found) if _is_app(found[user])}
        with self.store.unit() as unit:
            for user, profile in found.items():
                stored[user] = save_slack_user(unit, workspace, profile, self.now())
            unit.commit()
        people = {user: row for user, row in stored.items() if row is not None}
        unfit = {user: str(app.get("real_name") or app.get("name")) for user, app in apps.items()}
        unfit |= {user: row.name for user, row in people.items() if row.gone or row.stranger}
        guests = {user: row.name for user, row in people.items() if row.guest}
        return Chosen(unfit, guests)

    def is_fresh(self, person: Person) -> bool:
        """Check whether a person's data is recent enough to use without a look-up."""
        return person.seen_at > self.now() - FRESH_FOR

    def is_bot_in(self, workspace: str, channel: str) -> bool:
        """Check whether the bot is in a channel, by asking Slack unless it has a group."""
        with self.store.unit() as unit:
            if _group_language(unit, workspace, channel) is not None:
                return True
        try:
            answer = self.client_for(workspace).conversations_info(channel=channel)
        except SlackApiError as error:
            return error.response.get("error") not in ("channel_not_found", "not_in_channel")
        except OSError:
            return True  # unknown; if the bot is not in it, the first message fails
        found: dict[str, object] = answer.get("channel") or {}
        return bool(found.get("is_member"))

    def is_person_in(self, workspace: str, channel: str, user: str) -> bool:
        """Check with Slack whether a person is in a channel that the bot is in."""
        return user in self._members_in(workspace, channel)[0]

    def links_to(
        self, workspace: str, messages: Sequence[tuple[str, str, str]]
    ) -> list[str] | None:
        """Return a link to each message in a thread; None when Slack does not answer now.

        A message is a channel, the timestamp of its thread and its own.
        """
        if not messages:
            return []
        channel, thread, _ = messages[0]
        try:
            answer = self.client_for(workspace).chat_getPermalink(
                channel=channel, message_ts=thread
            )
        except (SlackApiError, OSError) as error:
            log.warning("no link", extra={"fault": type(error).__name__})
            return None
        site, _, _ = str(answer["permalink"]).partition("/archives/")
        return [
            f"{site}/archives/{place}/p{ts.replace('.', '')}?thread_ts={parent}&cid={place}"
            for place, parent, ts in messages
        ]

    def members_in(self, workspace: str, channel: str) -> frozenset[str] | None:
        """Return who is in a channel, bots too; None when Slack does not say all of it now."""
        found, complete = self._members_in(workspace, channel)
        return found if complete else None

    def _members_in(self, workspace: str, channel: str) -> tuple[frozenset[str], bool]:
        """Return those in a channel whom Slack lists in time, and whether that is everyone."""
        found: set[str] = set()
        cursor: str | None = None
        for _ in range(MOST_PAGES):
            try:
                answer = self.client_for(workspace).conversations_members(
                    channel=channel, limit=PAGE_SIZE, cursor=cursor
                )
            except (SlackApiError, OSError) as error:
                log.warning("members not looked up", extra={"fault": type(error).__name__})
                break
            found.update(answer.get("members") or [])
            cursor = (answer.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return frozenset(found), True
        return frozenset(found), False


def _look_up(client: WebClient, user: str) -> dict[str, object] | None:
    try:
        answer = client.users_info(user=user, include_locale=True)
    except (SlackApiError, OSError) as error:
        log.warning("person not looked up", extra={"fault": type(error).__name__})
        return None
    found: dict[str, object] | None = answer.get("user")
    return found


def _is_app(profile: Mapping[str, object]) -> bool:
    return bool(profile.get("is_bot")) or profile["id"] == SLACKBOT


def _caller(person: Person, fallback: Language) -> Caller:
    language = language_of(person.speaks, fallback)
    return Caller(words(language), guest=person.guest, stranger=person.stranger)


def _group_language(unit: Unit, workspace: str, channel: str | None) -> str | None:
    found: str | None = unit.execute(_LANGUAGE, {"of": workspace, "at": channel}).scalar()
    return found


# Built once, because every request looks a person up.
_LANGUAGE = select(Group.language).where(
    Group.workspace == bindparam("of"), Group.channel == bindparam("at")
)
_PERSON = (
    select(Person, Group.language)
    .outerjoin(Group, and_(Group.workspace == Person.workspace, Group.channel == bindparam("at")))
    .where(Person.workspace == bindparam("of"), Person.user == bindparam("who"))
)

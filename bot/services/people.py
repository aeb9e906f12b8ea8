"""People as Slack knows them: their language, and whether they belong to the organisation."""

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from math import inf
from threading import Lock
from time import monotonic
from typing import Any, NamedTuple

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from sqlalchemy import and_, bindparam, select

from bot.flows.room import Room
from bot.i18n import Words, language_of, words
from bot.repositories.people import is_guest, name_of, other_organisation, save_slack_user
from bot.repositories.rooms import is_admitted
from bot.store.prepared import Prepared
from bot.store.tables import Group, Member, Person
from bot.store.unit import Store, Unit

log = logging.getLogger(__name__)

FRESH_FOR = timedelta(days=7)
"""How long a person's data is used before it is looked up again."""

PROFILE_FRESH_FOR = timedelta(hours=1)
"""How long a profile in memory is used for a person who comes to use the bot."""

SLACKBOT = "USLACKBOT"
"""Slack's own bot, which Slack does not call a bot."""

PAGE_SIZE = 999
"""Members of a channel that Slack lists in one answer."""

MOST_LURKERS = 2_000
"""Profiles of people who never used the bot that are kept, in memory alone."""

MOST_PAGES = 2
"""Pages of members that are read at most: Slack waits three seconds for our answer."""

LOOK_FRESH_FOR = timedelta(seconds=5)
"""How long a look at a channel answers for whoever looks next: eight may press at once."""

MOST_LOOKS_KEPT = 100
"""Looks at channels that are kept in memory."""


class Caller(NamedTuple):
    """The person who sent a payload.

    `words` are the texts in their language, a `guest` has limited access to the workspace, and a
    `stranger` belongs to another organisation; `admitted`: a group lets them in all the same.
    Not `known`: Slack did not say in time who they are. `grouped`: the channel they are in has a
    group. A `visitor` does not belong to it, though the channel may be open to all the workspace:
    whether they are in there, only Slack knows.
    """

    words: Words
    guest: bool
    stranger: bool
    admitted: bool = False
    known: bool = True
    grouped: bool = False
    visitor: bool = False


class Chosen(NamedTuple):
    """The names, by user, of those chosen from a menu who are no colleagues, or who are guests.

    Menus offer apps, people who are deactivated and other organisations too. `elsewhere` are
    the people of other organisations, each with that organisation; `unknown` are those of whom
    Slack did not say in time who they are.
    """

    unfit: Mapping[str, str]
    guests: Mapping[str, str]
    elsewhere: Mapping[str, str]
    unknown: frozenset[str]


class Kinds(NamedTuple):
    """How many of a channel's members are what; `unknown`: Slack was not asked about all yet."""

    people: int
    guests: int
    elsewhere: int
    apps: int
    unknown: bool


class Sight(NamedTuple):
    """What Slack says of a channel now.

    `described` is None when it did not say in time, or because the channel is `gone`: deleted,
    archived, or without the bot. `members` is None when it did not list them all in time.
    """

    described: Mapping[str, Any] | None
    gone: bool
    members: frozenset[str] | None


class _Home(NamedTuple):
    """The bot in a workspace: its user, and the organisation if the workspace is one of several."""

    bot: str | None
    enterprise: str | None


class _Place(NamedTuple):
    """A channel's group, its `room` as JSON, and somebody's id in `member` if they are one."""

    language: str | None = None
    facilitator: str | None = None
    room: str | None = None
    member: str | None = None

    def is_visited_by(self, user: str) -> bool:
        """Check whether a person does not belong to the group, in a channel that may be open."""
        if self.language is None or self.member is not None or user == self.facilitator:
            return False
        return self.room is None or Room.model_validate_json(self.room).public


class _Lurker(NamedTuple):
    """What kind of member somebody is in a channel.

    Of a person who never used the bot there is their `profile`, as Slack gave it `at` a moment.
    """

    guest: bool
    stranger: bool
    app: bool
    at: datetime = datetime.min.replace(tzinfo=UTC)
    profile: Mapping[str, object] | None = None


class _Look:
    """What Slack said last of a channel, and when; whoever asks it now holds the lock."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.sight = Sight(None, gone=False, members=None)
        self.at = datetime.min.replace(tzinfo=UTC)
        self.answered = -inf  # by the monotonic clock

    def answers(self, arrived: float, now: datetime) -> bool:
        """Check whether this answers for who `arrived` to ask, by the monotonic clock.

        It does when they waited for it, or when it is whole and a moment old.
        """
        if self.answered >= arrived:
            return True
        whole = self.sight.described is not None and self.sight.members is not None
        return whole and timedelta(0) <= now - self.at < LOOK_FRESH_FOR


class People:
    """Looks people up in the store, and in Slack when they are new or their data is old.

    Without that, a person's first answer would not be in their own language. A look-up has a
    second to succeed (the client's timeout). When it does not, the group's language is used, and
    a person who was never seen has to try again: nobody is taken for a colleague, or turned away,
    unknown. `form_client_for` may take all the time of a request, `patient_client_for` more.
    """

    def __init__(
        self,
        store: Store,
        client_for: Callable[[str], WebClient],
        form_client_for: Callable[[str], WebClient],
        patient_client_for: Callable[[str], WebClient],
        now: Callable[[], datetime],
    ) -> None:
        self.store = store
        self.client_for = client_for
        self.form_client_for = form_client_for
        self.patient_client_for = patient_client_for
        self.now = now
        self._homes: dict[str, _Home] = {}
        self._lurkers: dict[tuple[str, str], _Lurker] = {}
        self._looks: dict[tuple[str, str], _Look] = {}
        self._later = ThreadPoolExecutor(2, thread_name_prefix="look-up")

    def look_up(self, workspace: str, user: str, *, channel: str | None = None) -> Caller:
        """Return a person from the store, after looking them up in Slack if needed.

        The language of the group of `channel`, if there is one, is used while theirs is unknown.
        """
        with self.store.unit() as unit:
            keys = {"of": workspace, "who": user, "at": channel}
            person, *place_of = unit.db.execute(_PERSON, keys).one_or_none() or (
                None,
                *(unit.execute(_PLACE, keys).first() or ()),
            )
            place = _Place(*place_of)
            if person is not None and self.is_fresh(person):
                return _caller(unit, person, place)
            # What Slack said before is better than nothing, should it say nothing now.
            before = _caller(unit, person, place) if person is not None else None
        lurked = self._lurkers.pop((workspace, user), None)
        if lurked is not None and lurked.at > self.now() - PROFILE_FRESH_FOR:
            found = lurked.profile
        else:
            found = _look_up(self.client_for(workspace), user)
        if found is None:
            self._look_up_later(workspace, user)
            spoken = words(language_of(place.language))
            return before or Caller(spoken, guest=False, stranger=False, known=False)
        enterprise = self.enterprise_for(workspace, found)
        with self.store.unit() as unit:
            person = save_slack_user(unit, workspace, found, self.now(), enterprise=enterprise)
            unit.commit()
            return _caller(unit, person, place)

    def _look_up_later(self, workspace: str, user: str) -> None:
        """Go on to look a person up while they wait, so that their next try finds them."""

        def look_up() -> None:
            found = _look_up(self.patient_client_for(workspace), user)
            if found is not None:
                enterprise = self.enterprise_for(workspace, found)
                with self.store.unit() as unit:
                    save_slack_user(unit, workspace, found, self.now(), enterprise=enterprise)
                    unit.commit()

        self._later.submit(look_up)

    def forget_profile(self, workspace: str, user: str) -> None:
        """Forget the profile in memory of a person of whom Slack says that it changed."""
        self._lurkers.pop((workspace, user), None)

    def enterprise_for(self, workspace: str, profile: Mapping[str, object]) -> str | None:
        """Return the organisation of a workspace, if a profile has to be compared with it."""
        return self._home(workspace).enterprise if "enterprise_user" in profile else None

    def _home(self, workspace: str) -> "_Home":
        """Return what Slack says of the bot in a workspace; it is asked until it says so."""
        if workspace not in self._homes:
            try:
                answer = self.client_for(workspace).auth_test()
            except (SlackApiError, OSError) as error:
                log.warning("bot not looked up", extra={"fault": type(error).__name__})
                return _Home(None, None)
            self._homes[workspace] = _Home(answer.get("user_id"), answer.get("enterprise_id"))
        return self._homes[workspace]

    def name_of(self, workspace: str, user: str) -> str | None:
        """Return a person's name, or None if it is not known here."""
        with self.store.unit() as unit:
            return name_of(unit, unit.db.get(Person, (workspace, user))) or None

    def choose(self, workspace: str, users: Collection[str]) -> Chosen:
        """Return which people chosen from a menu cannot belong to a group, and who are guests.

        Looks those up in Slack who are not in the store, all at once.
        """
        with self.store.unit() as unit:
            stored = {user: unit.db.get(Person, (workspace, user)) for user in users}
        missing = [user for user, row in stored.items() if row is None or not self.is_fresh(row)]
        with ThreadPoolExecutor(len(missing) or 1) as pool:
            answers = pool.map(partial(_look_up, self.form_client_for(workspace)), missing)
            found = {
                user: profile for user, profile in zip(missing, answers, strict=True) if profile
            }
        apps = {user: found.pop(user) for user in list(found) if _is_app(found[user])}
        enterprises = {u: self.enterprise_for(workspace, found[u]) for u in found}
        with self.store.unit() as unit:
            for user, profile in found.items():
                stored[user] = save_slack_user(
                    unit, workspace, profile, self.now(), enterprise=enterprises[user]
                )
            unit.commit()
            people = {user: row for user, row in stored.items() if row is not None}
            names = {user: name_of(unit, row) for user, row in people.items()}
        unfit = {user: str(app.get("real_name") or app.get("name")) for user, app in apps.items()}
        unfit |= {user: names[user] for user, row in people.items() if row.gone or row.stranger}
        guests = {user: names[user] for user, row in people.items() if row.guest}
        elsewhere = {
            user: row.organisation
            for user, row in people.items()
            if row.organisation is not None and not row.gone
        }
        return Chosen(unfit, guests, elsewhere, frozenset(stored) - set(people) - set(apps))

    def is_fresh(self, person: Person) -> bool:
        """Check whether a person's data is recent enough to use without a look-up."""
        return person.seen_at > self.now() - FRESH_FOR

    def is_bot_in(self, workspace: str, channel: str) -> bool:
        """Check with Slack whether the bot is in a channel; where it has a group, it is."""
        try:
            answer = self.client_for(workspace).conversations_info(channel=channel)
        except SlackApiError as error:
            return error.response.get("error") not in ("channel_not_found", "not_in_channel")
        except OSError:
            return True  # unknown; if the bot is not in it, the first message fails
        found: dict[str, object] = answer.get("channel") or {}
        return bool(found.get("is_member"))

    def is_person_in(self, workspace: str, channel: str, user: str) -> bool | None:
        """Check with Slack whether a person is in a channel; None when it does not say in time."""
        members, complete = self._members_in(workspace, channel, wanted=user)
        if user in members:
            return True
        return False if complete else None

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

    def look_at(self, workspace: str, channel: str) -> Sight:
        """Return what Slack says of a channel, and who is in it: asked at the same time.

        Who looks while, or just after, somebody else does gets the same answer.
        """
        arrived = monotonic()
        if len(self._looks) >= MOST_LOOKS_KEPT:
            self._looks.clear()
        look = self._looks.setdefault((workspace, channel), _Look())
        with look.lock:
            if not look.answers(arrived, self.now()):
                look.sight = self._ask_about(workspace, channel)
                look.at, look.answered = self.now(), monotonic()
            return look.sight

    def forget_look(self, workspace: str, channel: str) -> None:
        """Ask anew about a channel of which Slack says that something changed there."""
        self._looks.pop((workspace, channel), None)

    def _ask_about(self, workspace: str, channel: str) -> Sight:
        with ThreadPoolExecutor(2) as pool:
            # Each in the context of the request, whose time they share.
            listed = pool.submit(copy_context().run, self._members_in, workspace, channel)
            client = self.client_for(workspace)
            described = pool.submit(_describe, client, channel)
        members, complete = listed.result()
        told, gone = described.result()
        return Sight(told, gone, members if complete else None)

    def kinds_of(self, workspace: str, members: Collection[str], *, ask: int = 0) -> Kinds:
        """Count what a channel's members are; Slack is asked about at most so many of them.

        What it says of people who never used the bot is not stored.
        """
        ours = self._home(workspace).bot
        with self.store.unit() as unit:
            known = {
                row.user: _Lurker(row.guest, row.stranger, app=False)
                for row in unit.db.scalars(
                    select(Person).where(Person.workspace == workspace, Person.user.in_(members))
                )
            }
        oldest = self.now() - FRESH_FOR
        kept = {user: self._lurkers.get((workspace, user)) for user in members}
        known |= {
            user: each for user, each in kept.items() if each is not None and each.at > oldest
        }
        rest = sorted(set(members) - set(known) - {ours})
        for user in rest[:ask]:
            profile = _look_up(self.client_for(workspace), user)
            if profile is None:
                break
            known[user] = self._remember(workspace, user, profile)
        counted = [each for user, each in known.items() if user != ours]
        apps = sum(each.app for each in counted)
        return Kinds(
            people=len(set(members) - {ours}) - apps,
            guests=sum(each.guest for each in counted),
            elsewhere=sum(each.stranger for each in counted),
            apps=apps,
            unknown=len(rest) > ask,
        )

    def others_in(
        self, workspace: str, members: Collection[str], here: Collection[str]
    ) -> list[str]:
        """Return the members of a channel who are not `here`, without the bot itself."""
        return sorted(set(members) - set(here) - {self._home(workspace).bot})

    def _remember(self, workspace: str, user: str, profile: Mapping[str, object]) -> "_Lurker":
        """Keep a profile in memory: they may use the bot yet, and rooms are looked at daily."""
        if len(self._lurkers) >= MOST_LURKERS:
            self._lurkers.clear()
        enterprise = self.enterprise_for(workspace, profile)
        kind = _Lurker(
            guest=is_guest(profile),
            stranger=other_organisation(workspace, profile, enterprise) is not None,
            app=_is_app(profile),
            at=self.now(),
            profile=profile,
        )
        self._lurkers[(workspace, user)] = kind
        return kind

    def _members_in(
        self, workspace: str, channel: str, *, wanted: str | None = None
    ) -> tuple[frozenset[str], bool]:
        """Return those in a channel whom Slack lists in time, and whether that is everyone.

        Reads no more pages than `MOST_PAGES`, or until somebody who is `wanted` is found.
        """
        found: set[str] = set()
        cursor: str | None = None
        for page in count(1):
            if wanted in found or (wanted is None and page > MOST_PAGES):
                break
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


def _describe(client: WebClient, channel: str) -> tuple[Mapping[str, Any] | None, bool]:
    """Return what Slack says of a channel, and whether the bot cannot be in it any more."""
    try:
        answer = client.conversations_info(channel=channel, include_num_members=True)
    except SlackApiError as error:
        return None, error.response.get("error") in ("channel_not_found", "not_in_channel")
    except OSError as error:
        log.warning("channel not looked up", extra={"fault": type(error).__name__})
        return None, False
    told = answer.get("channel")
    if not isinstance(told, Mapping):
        return None, False
    return told, not told.get("is_member", True) or bool(told.get("is_archived"))


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


def _caller(unit: Unit, person: Person, place: _Place) -> Caller:
    return Caller(
        words(language_of(person.speaks, language_of(place.language))),
        guest=person.guest,
        stranger=person.stranger,
        admitted=person.stranger and is_admitted(unit, person.workspace, person),
        grouped=place.language is not None,
        visitor=place.is_visited_by(person.user),
    )


# Built once, because every request looks a person up.
_IS_MEMBER = and_(
    Member.group_id == Group.id, Member.user == bindparam("who"), Member.left_at.is_(None)
)
_OF_PLACE = (Group.language, Group.facilitator, Group.room, Member.user)
_PLACE = Prepared(
    select(*_OF_PLACE)
    .outerjoin(Member, _IS_MEMBER)
    .where(Group.workspace == bindparam("of"), Group.channel == bindparam("at"))
)
_PERSON = (
    select(Person, *_OF_PLACE)
    .outerjoin(Group, and_(Group.workspace == Person.workspace, Group.channel == bindparam("at")))
    .outerjoin(Member, _IS_MEMBER)
    .where(Person.workspace == bindparam("of"), Person.user == bindparam("who"))
)

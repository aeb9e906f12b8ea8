"""Who people are, as far as we need it: their language, and whether they belong to the team."""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from sqlalchemy import and_, bindparam, select

from bot.errors import Refusal
from bot.flows.rhythm import zone_of
from bot.i18n import Words, language_of, words
from bot.store.tables import Group, Member, Person
from bot.store.unit import Store, Unit

log = logging.getLogger(__name__)

FRESH = timedelta(days=7)
"""How long what we know of somebody is trusted without looking again."""

MOST_PAGES = 2
"""How many times 999 of a channel's members are looked at: Slack waits for our answer."""


class Known(NamedTuple):
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

    def know(self, workspace: str, user: str, *, channel: str | None = None) -> Known:
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
            return Known(words(otherwise), guest=False, stranger=False)
        with self.store.unit() as unit:
            person = remember(unit, workspace, found, self.now())
            unit.commit()
            return _known(person, otherwise)

    def is_fresh(self, person: Person) -> bool:
        """Tell whether what we know of somebody need not be looked up again."""
        return person.seen_at > self.now() - FRESH

    def is_here(self, workspace: str, channel: str) -> bool:
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

    def is_in(self, workspace: str, channel: str, user: str) -> bool:
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


def remember(unit: Unit, workspace: str, found: Mapping[str, object], now: datetime) -> Person:
    """Keep what Slack says of somebody (the `user` object of `users.info` or `user_change`)."""
    id_ = str(found["id"])
    person = unit.db.get(Person, (workspace, id_))
    if person is None:
        person = Person(workspace=workspace, user=id_)
        unit.db.add(person)
    person.name = str(found.get("real_name") or found.get("name") or "")
    person.locale = str(found.get("locale") or "") or person.locale
    person.tz = _zone(str(found.get("tz") or ""))
    person.guest = bool(found.get("is_restricted") or found.get("is_ultra_restricted"))
    person.stranger = bool(found.get("is_stranger"))
    person.gone = bool(found.get("deleted"))
    person.seen_at = now
    return person


def _zone(name: str) -> str:
    """Give a time zone's name if we know it; "" for one that we do not."""
    try:
        return zone_of(name).key if name else ""
    except Refusal:
        return ""


def drop_in(unit: Unit, group: Group, user: str, now: datetime) -> None:
    """Make who uses a group its member; one that was founded is joined by choice alone."""
    if group.plan is None:
        enter(unit, group, user, now)


def enter(unit: Unit, group: Group, user: str, now: datetime) -> Member:
    """Make somebody a member of a group, if they are not; back again, they start anew."""
    member = unit.db.get(Member, (group.id, user))
    if member is None:
        member = Member(
            group_id=group.id, user=user, workspace=group.workspace, joined_at=now, left_at=None
        )
        unit.db.add(member)
    elif member.left_at is not None:
        member.joined_at, member.left_at = now, None
    return member


def is_member(unit: Unit, group: str | None, user: str) -> bool:
    """Tell whether somebody belongs to a group at this moment."""
    member = unit.db.get(Member, (group, user)) if group is not None else None
    return member is not None and member.left_at is None


def _known(person: Person, otherwise: str) -> Known:
    language = language_of(person.speaks, "nl" if otherwise == "nl" else "en")
    return Known(words(language), guest=person.guest, stranger=person.stranger)


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

"""What every handler needs: the parts it calls, and who somebody is."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.errors import Refusal
from bot.i18n import Words
from bot.outbox.messages import Messenger
from bot.services.cases import Cases
from bot.services.coaching import Coaching
from bot.services.follow_ups import FollowUps
from bot.services.founding import Founding
from bot.services.groups.agreements import Agreements
from bot.services.groups.guidance import GroupGuidance
from bot.services.groups.methods import GroupMethods
from bot.services.groups.settings import GroupSettings
from bot.services.history import History
from bot.services.home import Homes
from bot.services.intake import Intake
from bot.services.meetings.calendars import Calendars
from bot.services.meetings.rescheduling import Rescheduling
from bot.services.meetings.rota import Rotas
from bot.services.membership import Membership
from bot.services.participation import Participation
from bot.services.people import Caller, People
from bot.services.preferences import Preferences
from bot.services.privacy import Privacy
from bot.services.sessions.run import Sessions
from bot.services.sessions.start import SessionOpener
from bot.services.statements import Statements
from bot.services.toolkit import Toolkits

log = logging.getLogger(__name__)

Body = Mapping[str, Any]
"""A payload as Slack sends it."""


USED = "exchanged_trigger_id"
"""Slack's name for a press that opened its form already: the same delivery came before."""


@dataclass(frozen=True)
class Desk:
    """The parts that handlers call."""

    sessions: Sessions
    opener: SessionOpener
    messenger: Messenger
    groups: GroupSettings
    drafts: Intake
    cases: Cases
    people: People
    privacy: Privacy
    founding: Founding
    membership: Membership
    wishes: Preferences
    turns: Rotas
    rescheduling: Rescheduling
    follow_ups: FollowUps
    agreements: Agreements
    composing: GroupMethods
    growth: GroupGuidance
    toolkits: Toolkits
    calendars: Calendars
    asking: Coaching
    homes: Homes
    history: History
    participation: Participation
    statements: Statements
    client_for: Callable[[str], WebClient]

    def new_id(self) -> str:
        """Give an id that nobody can guess."""
        return uuid4().hex

    def who(self, body: Body) -> Caller:
        """Tell who sent a payload, whoever it is."""
        return self.people.look_up(workspace(body), sender(body), channel=channel(body))

    def known(self, body: Body) -> Caller:
        """Tell who sent a payload. Raises `Refusal` for people from another organisation."""
        return let_in(body, self.who(body))

    def show_form(self, body: Body, view: dict[str, Any]) -> None:
        """Open a form for whoever sent a payload. Raises `Refusal` when Slack does not."""
        client = self.client_for(workspace(body))
        try:
            client.views_open(trigger_id=str(body["trigger_id"]), view=view)
        except (SlackApiError, OSError) as error:
            if isinstance(error, SlackApiError) and error.response.get("error") == USED:
                return
            log.warning("form not opened", extra={"fault": type(error).__name__})
            raise Refusal("form_not_opened") from None

    def change_form(self, body: Body, view: dict[str, Any]) -> None:
        """Change the form in which somebody pressed. Raises `Refusal` when Slack does not."""
        client, shown = self.client_for(workspace(body)), body["view"]
        try:
            client.views_update(view_id=shown["id"], hash=shown["hash"], view=view)
        except (SlackApiError, OSError) as error:
            log.warning("form not changed", extra={"fault": type(error).__name__})
            raise Refusal("form_not_changed") from None

    def words(self, body: Body) -> Words:
        """Give the words of whoever sent a payload."""
        return self.who(body).words


def let_in(body: Body, known: Caller) -> Caller:
    """Give who sent a payload back. Raises `Refusal` for people from another organisation."""
    if known.stranger or _from_elsewhere(body):
        raise Refusal("stranger")
    return known


def workspace(body: Body) -> str:
    """Give the workspace a payload is about (an org-wide installation has no team)."""
    team = body.get("team") or {}
    found = body.get("team_id") or (team.get("id") if isinstance(team, Mapping) else team)
    if found:
        return str(found)
    enterprise = body.get("enterprise") or {}
    return str(body.get("enterprise_id") or enterprise.get("id"))


def sender(body: Body) -> str:
    """Give the person who sent a slash command, pressed or submitted."""
    return str(body["user_id"] if "user_id" in body else body["user"]["id"])


def channel(body: Body) -> str | None:
    """Give the channel a payload comes from; None for direct messages and App Home."""
    place = body.get("channel_id") or (body.get("channel") or {}).get("id")
    return str(place) if place and not str(place).startswith("D") else None


def _from_elsewhere(body: Body) -> bool:
    """Tell whether a person belongs to another workspace than the one this is about."""
    user = body.get("user")
    home = user.get("team_id") if isinstance(user, Mapping) else None
    return bool(home) and home != workspace(body)

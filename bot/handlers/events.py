"""Events about people and channels: who comes, changes and goes."""

import re

from slack_bolt import App, BoltContext

from bot.handlers import payloads
from bot.handlers.request import workspace_of
from bot.services.channels import Channels
from bot.services.ending import Endings
from bot.services.home import Homes
from bot.services.people import People
from bot.services.presence import Presence
from bot.services.privacy import Privacy
from bot.services.rooms import Rooms


class Events:
    """The surface of events that are no messages."""

    def __init__(
        self,
        people: People,
        privacy: Privacy,
        presence: Presence,
        homes: Homes,
        endings: Endings,
        channels: Channels,
        rooms: Rooms,
    ) -> None:
        self._people = people
        self._rooms = rooms
        self._presence = presence
        self._channels = channels
        self._privacy = privacy
        self._homes = homes
        self._endings = endings

    def register(self, app: App) -> None:
        """Register events at Bolt."""

        @app.event("app_home_opened")
        def home_opened(context: BoltContext) -> None:
            payload: payloads.OpeningEvent = context["payload"]
            workspace, user = workspace_of(payload), payload.event.user
            if payload.event.tab == "home":
                self._homes.open(workspace, user)
            else:
                self._homes.greet(workspace, user)

        @app.event("member_left_channel")
        def left(context: BoltContext) -> None:
            payload: payloads.ComingEvent = context["payload"]
            coming = payload.event
            self._presence.left(workspace_of(payload), coming.channel, coming.user)

        @app.event("member_joined_channel")
        def joined(context: BoltContext) -> None:
            payload: payloads.ComingEvent = context["payload"]
            coming = payload.event
            if coming.user not in payload.bot_users:
                self._rooms.joined(
                    workspace_of(payload),
                    coming.channel,
                    coming.user,
                    f"joined:{coming.channel}:{coming.user}:{coming.event_ts or payload.event_id}",
                )
            if coming.user in payload.bot_users:
                self._endings.channel_opened(workspace_of(payload), coming.channel)
            if coming.user in payload.bot_users and coming.inviter:
                self._homes.greet_inviter(
                    workspace_of(payload),
                    coming.channel,
                    coming.inviter,
                    delivery=f"joined:{coming.channel}:{coming.event_ts or payload.event_id}",
                )

        @app.event(re.compile("^(channel|group)_(archive|unarchive|deleted|left)$"))
        def closed(context: BoltContext) -> None:
            payload: payloads.ClosingEvent = context["payload"]
            workspace, channel = workspace_of(payload), payload.event.channel
            match payload.event.type.partition("_")[2]:
                case "unarchive":
                    self._endings.channel_opened(workspace, channel)
                case what:
                    self._endings.channel_closed(workspace, channel, for_good=what == "deleted")

        @app.event(re.compile("^channel_(shared|unshared)$"))
        def shared(context: BoltContext) -> None:
            payload: payloads.SharingEvent = context["payload"]
            self._rooms.notice(workspace_of(payload), payload.event.channel)

        @app.event(re.compile("^(channel|group)_rename$"))
        def renamed(context: BoltContext) -> None:
            payload: payloads.RenamingEvent = context["payload"]
            renaming = payload.event
            delivery = f"renamed:{renaming.channel.id}:{renaming.event_ts or payload.event_id}"
            self._rooms.renamed(workspace_of(payload), renaming.channel.id, delivery)

        @app.event("channel_id_changed")
        def moved(context: BoltContext) -> None:
            payload: payloads.MovingEvent = context["payload"]
            old, new = payload.event.old_channel_id, payload.event.new_channel_id
            self._channels.follow(workspace_of(payload), old, new)

        @app.event("user_change")
        def changed(context: BoltContext, event: payloads.Raw) -> None:
            workspace, profile = workspace_of(context["payload"]), event["user"]
            self._people.forget_profile(workspace, profile["id"])
            enterprise = self._people.enterprise_for(workspace, profile)
            self._privacy.update_person(workspace, profile, enterprise=enterprise)

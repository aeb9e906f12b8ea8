"""What the bot can do in a workspace. Each act raises `SlackError` for what Slack refuses."""

import time

from playground.slack.records import File, Json, Message, View
from playground.slack.state import State
from playground.slack.validation import SlackError, check_message, check_view

TRIGGER_SECONDS = 3.0
RESPONSES = 5


class Backstage(State):
    """The bot's side of a workspace."""

    def bot_post(
        self,
        channel: str,
        *,
        text: str,
        blocks: list[Json],
        thread_ts: str | None,
        metadata: Json | None = None,
        ephemeral_to: str | None = None,
    ) -> Message:
        """Let the bot say something. Raises `SlackError` for whatever Slack refuses."""
        check_message(text, blocks)
        with self._lock:
            self._bot_inside(channel)
            if thread_ts is not None:
                self._find(channel, thread_ts)
            if ephemeral_to is not None and ephemeral_to not in self.channels[channel].members:
                raise SlackError("user_not_in_channel")
            said = Message(
                self.new_ts(),
                channel,
                self.bot.id,
                text,
                blocks,
                thread_ts,
                metadata,
                ephemeral_to=ephemeral_to,
            )
            self._messages.setdefault(channel, []).append(said)
        self.changed()
        if ephemeral_to is None:
            self._event(self._as_event(said), self.bot.id, channel, aside=True)
        return said

    def bot_announce(self, name: str, length: int, alt: str) -> tuple[str, str]:
        """Let the bot announce a file; give its id, and where its content is to go."""
        with self._lock:
            file = File(self._id("F"), name, length, alt)
            self._files[file.id] = file
        return file.id, f"{self.url}/api/upload/{file.id}"

    def bot_upload(self, id_: str, content: bytes) -> None:
        """Take the content of a file that was announced."""
        with self._lock:
            file = self._files.get(id_)
            if file is None or file.shared:
                raise SlackError("file_not_found")
            if len(content) != file.length:
                raise SlackError("file_update_failed")
            file.content = content

    def bot_share(
        self, titles: dict[str, str], channel: str, *, text: str, thread_ts: str | None
    ) -> list[File]:
        """Let the bot show files, by id, that it uploaded."""
        with self._lock:
            self._bot_inside(channel)
            if thread_ts is not None:
                self._find(channel, thread_ts)
            found = [self._files[id_] for id_ in titles if id_ in self._files]
            if len(found) < len(titles) or any(f.content is None or f.shared for f in found):
                raise SlackError("file_not_found")
            for file in found:
                file.title, file.shared = titles[file.id] or file.name, True
            said = Message(
                self.new_ts(), channel, self.bot.id, text, thread_ts=thread_ts, files=found
            )
            self._messages.setdefault(channel, []).append(said)
        self.changed()
        self._event(self._as_event(said), self.bot.id, channel, aside=True)
        return found

    def bot_update(self, channel: str, ts: str, *, text: str, blocks: list[Json]) -> Message:
        """Let the bot change its own message."""
        check_message(text, blocks)
        with self._lock:
            self._bot_inside(channel)
            said = self._find(channel, ts)
            if said.user != self.bot.id:
                raise SlackError("cant_update_message")
            if said.ephemeral_to:
                raise SlackError("message_not_found")
            before = self._as_event(said)
            said.text, said.blocks = text, blocks
        self.changed()
        self._event(self._as_change(said, before), self.bot.id, channel, aside=True)
        return said

    def bot_pin(self, channel: str, ts: str) -> None:
        """Let the bot pin a message to its channel."""
        with self._lock:
            self._bot_inside(channel)
            said = self._find(channel, ts)
            if said.ephemeral_to:
                raise SlackError("message_not_found")
            if said.pinned:
                raise SlackError("already_pinned")
            said.pinned = True
        self.changed()

    def bot_delete(self, channel: str, ts: str) -> None:
        """Let the bot take back its own message."""
        with self._lock:
            self._bot_inside(channel)
            said = self._find(channel, ts)
            if said.user != self.bot.id:
                raise SlackError("cant_delete_message")
            if said.ephemeral_to:
                raise SlackError("message_not_found")
            gone = self._as_deletion(said)
            self._messages[channel].remove(said)
        self.changed()
        self._event(gone, self.bot.id, channel, aside=True)

    def permalink(self, channel: str, ts: str) -> str:
        """Give the address of a message."""
        with self._lock:
            said = self._find(channel, ts)
        return f"https://playground.slack.com/archives/{channel}/p{said.ts.replace('.', '')}"

    def bot_open(self, trigger: str, spec: Json, *, push: bool = False) -> View:
        """Let the bot open a form for whoever's trigger this is."""
        check_view(spec, "modal")
        with self._lock:
            user = self._use(trigger)
            stack = self._stacks.setdefault(user, [])
            if not push:
                stack.clear()
            view = self._push(user, spec)
        self.changed()
        return view

    def bot_view_update(self, view_id: str, spec: Json, hash_: str | None) -> View:
        """Let the bot change a form that is open, or a home, in place."""
        check_view(spec, "modal" if spec.get("type") == "modal" else "home")
        with self._lock:
            shown = [v for stack in self._stacks.values() for v in stack] + [*self._homes.values()]
            view = next((v for v in shown if v.id == view_id), None)
            if view is None or view.spec["type"] != spec["type"]:
                raise SlackError("not_found")
            if hash_ is not None and hash_ != view.hash:
                raise SlackError("hash_conflict")
            view.spec, view.hash, view.errors = spec, self.new_ts(), {}
        self.changed()
        return view

    def bot_home(self, user: str, spec: Json, hash_: str | None) -> View:
        """Let the bot publish somebody's App Home."""
        check_view(spec, "home")
        with self._lock:
            if user not in self.users:
                raise SlackError("user_not_found")
            there = self._homes.get(user)
            if hash_ is not None and there is not None and hash_ != there.hash:
                raise SlackError("hash_conflict")
            view = View(there.id if there else self._id("V"), user, spec, self.new_ts())
            self._homes[user] = view
        self.changed()
        return view

    def bot_respond(self, url_id: str, body: Json) -> None:
        """Answer through a response URL: five times within half an hour."""
        with self._lock:
            url = self._urls.get(url_id)
            if url is None or self.clock.now() > url.until:
                raise SlackError("expired_url")
            if url.used >= RESPONSES:
                raise SlackError("used_url")
            text, blocks = str(body.get("text") or ""), body.get("blocks") or []
            pressed, place = url.message, self._messages.setdefault(url.channel, [])
            replacing = pressed is not None and pressed in place and body.get("replace_original")
            if pressed in place and body.get("delete_original"):
                place.remove(pressed)
            else:
                check_message(text, blocks)
                if replacing and pressed is not None:
                    pressed.text, pressed.blocks = text, blocks
                else:
                    aloud = body.get("response_type") == "in_channel"
                    self._say(url.channel, text, blocks, None if aloud else url.user)
            url.used += 1
        self.changed()

    def history(self, channel: str, thread: str | None = None) -> list[Json]:
        """Give what stands in a channel or a thread, as the bot may read it, newest first."""
        with self._lock:
            self._bot_inside(channel)
            found = [m for m in self._messages.get(channel, ()) if not m.ephemeral_to]
            if thread is None:
                shown = [m for m in found if m.thread_ts in (None, m.ts)]
            else:
                shown = [m for m in found if thread in (m.ts, m.thread_ts)]
            return [self._as_event(m) for m in reversed(shown)]

    def _bot_inside(self, channel: str) -> None:
        place = self.channels.get(channel)
        if place is None or (place.kind != "channel" and self.bot.id not in place.members):
            raise SlackError("channel_not_found")
        if self.bot.id not in place.members:
            raise SlackError("not_in_channel")
        if place.archived:
            raise SlackError("is_archived")

    def _use(self, trigger: str) -> str:
        user, made = self._triggers.get(trigger, ("", 0.0))
        if not user:
            raise SlackError("invalid_trigger_id" if not made else "exchanged_trigger_id")
        self._triggers[trigger] = ("", made)
        if time.monotonic() - made > TRIGGER_SECONDS:
            raise SlackError("expired_trigger_id")
        return user

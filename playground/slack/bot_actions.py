"""What the bot can do in a workspace, for the Web API to call.

Each method raises `SlackError`, with the name of Slack's own error, for what Slack refuses.
"""

import time
from dataclasses import replace

from playground.slack.records import Conversation, File, Json, Message, View
from playground.slack.state import State
from playground.slack.validation import SlackError, check_message, check_view

MAX_RESPONSES = 5
"""How often a response URL can be used."""


class BotActions(State):
    """The methods of a workspace that the bot uses."""

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
        """Post a message of the bot and return it; `ephemeral_to` is its only reader."""
        check_message(text, blocks)
        with self._lock:
            self._check_bot_is_in(channel)
            if thread_ts is not None:
                self._message(channel, thread_ts)
            if ephemeral_to is not None and ephemeral_to not in self.channels[channel].members:
                raise SlackError("user_not_in_channel")
            message = Message(
                self.new_ts(),
                channel,
                self.bot.id,
                text,
                blocks,
                thread_ts,
                metadata,
                ephemeral_to=ephemeral_to,
            )
            self._add_message(message)
        self.changed()
        if ephemeral_to is None:
            self._send_event(self._as_event(message), self.bot.id, channel, in_background=True)
        return message

    def bot_create(self, name: str, *, private: bool) -> Conversation:
        """Create a channel of which the bot is the only member."""
        if any(name == place.name for place in self.channels.values()):
            raise SlackError("name_taken")
        place = self.create_channel(name, [self.bot.id], private=private)
        self.changed()
        return place

    def bot_invite(self, channel: str, users: list[str]) -> Conversation:
        """Bring people into a channel that the bot is in."""
        with self._lock:
            self._check_bot_is_in(channel)
            if any(user not in self.users for user in users):
                raise SlackError("user_not_found")
            place = self.channels[channel]
            place.members |= set(users)
        self.changed()
        return place

    def bot_announce(self, name: str, length: int, alt: str) -> tuple[str, str]:
        """Announce a file of `length` bytes; return its id and the URL to upload it to."""
        with self._lock:
            file = File(self._new_id("F"), name, length, alt)
            self._files[file.id] = file
        return file.id, f"{self.url}/api/upload/{file.id}"

    def bot_upload(self, id_: str, content: bytes) -> None:
        """Store the content of a file that was announced."""
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
        """Share uploaded files in one message and return them; `titles` is by file id."""
        with self._lock:
            self._check_bot_is_in(channel)
            if thread_ts is not None:
                self._message(channel, thread_ts)
            files = [self._files[id_] for id_ in titles if id_ in self._files]
            if len(files) < len(titles) or any(f.content is None or f.shared for f in files):
                raise SlackError("file_not_found")
            for file in files:
                file.title, file.shared = titles[file.id] or file.name, True
            message = Message(
                self.new_ts(), channel, self.bot.id, text, thread_ts=thread_ts, files=files
            )
            self._add_message(message)
        self.changed()
        self._send_event(self._as_event(message), self.bot.id, channel, in_background=True)
        return files

    def bot_delete_file(self, id_: str) -> None:
        """Delete a file of the bot, with the message that shared it if that says nothing else."""
        with self._lock:
            file = self._files.pop(id_, None)
            if file is None:
                raise SlackError("file_not_found")
            for channel, messages in self._messages.items():
                for message in [m for m in messages if file in m.files]:
                    message.files = [each for each in message.files if each is not file]
                    if not message.files and not message.text:
                        self._messages[channel].remove(message)
        self.changed()

    def bot_update(self, channel: str, ts: str, *, text: str, blocks: list[Json]) -> Message:
        """Change a message of the bot and return it.

        Who holds the message as it was still sees it so, as on a screen that was not refreshed.
        """
        check_message(text, blocks)
        with self._lock:
            self._check_bot_is_in(channel)
            message = self._message(channel, ts)
            if message.user != self.bot.id:
                raise SlackError("cant_update_message")
            if message.ephemeral_to:
                raise SlackError("message_not_found")
            before, messages = self._as_event(message), self._messages[channel]
            at = messages.index(message)
            message = messages[at] = replace(message, text=text, blocks=blocks)
        self.changed()
        change = self._as_change(message, before)
        self._send_event(change, self.bot.id, channel, in_background=True)
        return message

    def bot_pin(self, channel: str, ts: str) -> None:
        """Pin a message to its channel."""
        with self._lock:
            self._check_bot_is_in(channel)
            message = self._message(channel, ts)
            if message.ephemeral_to:
                raise SlackError("message_not_found")
            if message.pinned:
                raise SlackError("already_pinned")
            message.pinned = True
        self.changed()

    def bot_delete(self, channel: str, ts: str) -> None:
        """Delete a message of the bot."""
        with self._lock:
            self._check_bot_is_in(channel)
            message = self._message(channel, ts)
            if message.user != self.bot.id:
                raise SlackError("cant_delete_message")
            if message.ephemeral_to:
                raise SlackError("message_not_found")
            deletion = self._as_deletion(message)
            self._messages[channel].remove(message)
        self.changed()
        self._send_event(deletion, self.bot.id, channel, in_background=True)

    def permalink(self, channel: str, ts: str) -> str:
        """Return the address of a message."""
        with self._lock:
            message = self._message(channel, ts)
        return f"https://playground.slack.com/archives/{channel}/p{message.ts.replace('.', '')}"

    def bot_open(self, trigger: str, spec: Json, *, push: bool = False) -> View:
        """Open a modal for the user of this trigger id; `push` keeps the open ones below it."""
        check_view(spec, "modal")
        with self._lock:
            user = self._use_trigger(trigger)
            stack = self._stacks.setdefault(user, [])
            if not push:
                stack.clear()
            view = self._push(user, spec)
        self.changed()
        return view

    def bot_view_update(self, view_id: str, spec: Json, hash_: str | None) -> View:
        """Replace an open modal or an App Home and return it.

        Refuse when `hash_`, if given, is not that of the present view.
        """
        check_view(spec, "modal" if spec.get("type") == "modal" else "home")
        with self._lock:
            views = [v for stack in self._stacks.values() for v in stack] + [*self._homes.values()]
            view = next((v for v in views if v.id == view_id), None)
            if view is None or view.spec["type"] != spec["type"]:
                raise SlackError("not_found")
            if hash_ is not None and hash_ != view.hash:
                raise SlackError("hash_conflict")
            view.spec, view.hash, view.errors = spec, self.new_ts(), {}
        self.changed()
        return view

    def bot_home(self, user: str, spec: Json, hash_: str | None) -> View:
        """Publish a user's App Home and return it; `hash_` is as in `bot_view_update`."""
        check_view(spec, "home")
        with self._lock:
            if user not in self.users:
                raise SlackError("user_not_found")
            before = self._homes.get(user)
            if hash_ is not None and before is not None and hash_ != before.hash:
                raise SlackError("hash_conflict")
            view = View(before.id if before else self._new_id("V"), user, spec, self.new_ts())
            self._homes[user] = view
        self.changed()
        return view

    def bot_respond(self, url_id: str, body: Json) -> None:
        """Answer through a response URL, which works five times within half an hour."""
        with self._lock:
            url = self._urls.get(url_id)
            if url is None or self.clock.now() > url.until:
                raise SlackError("expired_url")
            if url.used >= MAX_RESPONSES:
                raise SlackError("used_url")
            text, blocks = str(body.get("text") or ""), body.get("blocks") or []
            messages = self._messages.setdefault(url.channel, [])
            ts = url.message.ts if url.message is not None else None
            original = next((m for m in messages if m.ts == ts), None)
            if original is not None and body.get("delete_original"):
                messages.remove(original)
            else:
                check_message(text, blocks)
                if original is not None and body.get("replace_original"):
                    original.text, original.blocks = text, blocks
                else:
                    public = body.get("response_type") == "in_channel"
                    self._add_bot_message(url.channel, text, blocks, None if public else url.user)
            url.used += 1
        self.changed()

    def history(self, channel: str, thread: str | None = None) -> list[Json]:
        """List the messages of a channel or a thread that the bot may read, newest first."""
        with self._lock:
            self._check_bot_is_in(channel)
            readable = [m for m in self._messages.get(channel, ()) if not m.ephemeral_to]
            if thread is None:
                listed = [m for m in readable if m.thread_ts in (None, m.ts)]
            else:
                listed = [m for m in readable if thread in (m.ts, m.thread_ts)]
            return [self._as_event(m) for m in reversed(listed)]

    def _check_bot_is_in(self, channel: str) -> None:
        """Raise `SlackError` unless the bot is in this channel and the channel is in use."""
        place = self.channels.get(channel)
        if place is None or (place.kind != "channel" and self.bot.id not in place.members):
            raise SlackError("channel_not_found")
        if self.bot.id not in place.members:
            raise SlackError("not_in_channel")
        if place.archived:
            raise SlackError("is_archived")

    def _use_trigger(self, trigger: str) -> str:
        """Return the user of a trigger id, which works once and for a while."""
        user, created = self._triggers.get(trigger, ("", 0.0))
        if not user:
            raise SlackError("invalid_trigger_id" if not created else "exchanged_trigger_id")
        self._triggers[trigger] = ("", created)
        if time.monotonic() - created > self.answer_seconds:
            raise SlackError("expired_trigger_id")
        return user

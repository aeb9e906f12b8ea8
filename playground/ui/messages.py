"""Messages on the page: author, text, buttons, thread, and the tools of their author."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import quote
from zoneinfo import ZoneInfo

from nicegui import run, ui

from bot.i18n import formatted
from playground.slack.workspace import File, Message
from playground.ui.blockkit import draw_one, listen
from playground.ui.emoji import REACTIONS, emoji
from playground.ui.mrkdwn import as_html
from playground.ui.pieces import Piece, Pieces, button
from playground.ui.theme import colour

if TYPE_CHECKING:
    from playground.ui.page import Screen


@dataclass
class _Parts:
    head: Pieces
    body: Pieces
    foot: Pieces
    replies: ui.label | None = None
    unread: ui.label | None = None


class Messages:
    """A channel or a thread, as one person sees it."""

    def __init__(self, screen: "Screen", inside: ui.element, *, in_thread: bool) -> None:
        self._screen = screen
        self._list = Pieces(inside)
        self._parts: dict[str, _Parts] = {}
        self._in_thread = in_thread

    def show(self, said: list[Message]) -> None:
        """Show these messages; only what changed is drawn again."""
        place = said[0].channel if said else ""
        self._list.show([Piece(f"{place}{m.ts}", None, partial(self._frame, m)) for m in said])
        for message in said:
            parts = self._parts[message.ts]
            parts.head.show([Piece("who", self._at(message), partial(self._who, message))])
            parts.body.show(self._body(message))
            parts.foot.show(self._foot(message))
            if parts.replies is not None:  # kept, not redrawn: a redraw can lose a click
                parts.replies.set_text(self._replies(message))
                self._show_unread(message)

    def only(self, piece: Piece) -> None:
        """Show something else in place of messages."""
        self._list.show([piece])

    def _frame(self, said: Message) -> None:
        writer = self._screen.workspace.author(said.user)
        private = " private" if said.ephemeral_to else ""
        with ui.element("article").classes("say" + private).props(f'data-ts="{said.ts}"'):
            face = ui.element("div").classes("face").style(f"background: {colour(writer.id)}")
            with face.props("aria-hidden=true"):
                ui.label(_initials(writer.real_name))
            with ui.element("div"):
                head = ui.element("div")
                body = ui.element("div").classes("bot" if said.blocks else "")
                foot = ui.element("div").classes("row foot")
        listen(body, self._screen.pressed(message=said))
        self._parts[said.ts] = _Parts(Pieces(head), Pieces(body), Pieces(foot))

    def _who(self, said: Message) -> None:
        name = self._screen.workspace.author(said.user).real_name
        who = f'<div class="who">{name} <small>{self._at(said)}</small></div>'
        ui.html(who, sanitize=False)
        if said.ephemeral_to:
            ui.label(self._screen.says("page.only_you")).classes("quiet")

    def _body(self, said: Message) -> list[Piece]:
        workspace, reader = self._screen.workspace, self._screen.workspace.users[self._screen.me]
        pressed = self._screen.pressed(message=said)
        if not said.blocks:
            words = [Piece("words", (said.text, said.edited), partial(self._words, said))]
            shown = [Piece(f.id, None, partial(self._file, f)) for f in said.files]
            return [*(words if said.text else []), *shown]
        return [
            Piece(
                str(block.get("block_id", n)),
                repr(block),
                partial(draw_one, block, workspace, reader, pressed),
            )
            for n, block in enumerate(said.blocks)
        ]

    def _words(self, said: Message) -> None:
        workspace, reader = self._screen.workspace, self._screen.workspace.users[self._screen.me]
        typed = not workspace.author(said.user).is_bot
        text = as_html(said.text, workspace, reader, typed=typed)
        if said.edited:
            text += f' <small class="quiet">{self._screen.says("page.edited")}</small>'
        ui.html(text, sanitize=False).classes("words")

    def _file(self, file: File) -> None:
        at = f"/api/files/{file.id}/{quote(file.name)}"
        if file.name.endswith(".png"):
            with ui.element("a").props(f'href="{at}" target=_blank'):
                picture = ui.element("img").classes("picture").props(f'src="{at}"')
                picture.props["alt"] = file.alt
        with ui.element("a").classes("file").props(f'href="{at}" download'):
            ui.label(file.title)

    def _foot(self, said: Message) -> list[Piece]:
        pieces = []
        count = self._screen.workspace.replies(said.channel, said.ts)
        direct = said.channel.startswith("D")
        if not self._in_thread and not said.ephemeral_to and (count or not direct):
            pieces.append(Piece("thread", None, partial(self._thread_link, said)))
        if not said.ephemeral_to:
            look = repr(said.reactions)
            pieces.append(Piece("reactions", look, partial(self._reactions, said)))
        if said.user == self._screen.me and not said.ephemeral_to:
            pieces.append(Piece("own", None, partial(self._own, said)))
        return pieces

    def _thread_link(self, said: Message) -> None:
        parts = self._parts[said.ts]
        with ui.element("div").classes("row"):
            parts.replies = _link(
                self._replies(said),
                "data-testid=thread",
                lambda: self._screen.open_thread(said.ts),
            )
            parts.unread = ui.label().classes("badge")
        self._show_unread(said)

    def _show_unread(self, said: Message) -> None:
        """Say how many replies in a thread are new, if any are."""
        screen, mark = self._screen, self._parts[said.ts].unread
        unread = screen.workspace.unread_replies(screen.me, said.channel, said.ts)
        if mark is not None:
            mark.set_visibility(bool(unread))
            mark.set_text(screen.says("page.new", n=unread))

    def _reactions(self, said: Message) -> None:
        says, me = self._screen.says, self._screen.me
        with ui.element("div").classes("row reactions"):
            for code, who in said.reactions.items():
                mine = "true" if me in who else "false"
                names = [self._screen.workspace.author(user).real_name for user in who]
                label = says("page.reacted", emoji=emoji(code), who=says.listed(names))
                chip = button(f"{emoji(code)} {len(who)}", f'data-react="{code}"', "chip")
                chip.props(f'aria-pressed={mine} aria-label="{label}"')
                chip.on("click", partial(self._react, said, code))
            opener = ui.element("button").classes("chip more")
            opener.props(f'type=button data-action=react aria-label="{says("page.react")}"')
            with opener.props("aria-haspopup=menu"):
                ui.label("☺ +")
                with ui.menu():
                    for code in REACTIONS:
                        item = ui.menu_item(emoji(code), on_click=partial(self._react, said, code))
                        item.props(f'data-option="{code}" aria-label="{code}"')

            self._shortcuts(said)

    def _shortcuts(self, said: Message) -> None:
        """Offer the app's shortcuts for messages, as Slack's menu of a message does."""
        screen = self._screen
        offered = [s for s in screen.workspace.app.shortcuts if s[0] == "message"]
        if not offered:
            return
        opener = ui.element("button").classes("chip more")
        label = screen.says("page.shortcuts")
        opener.props(f'type=button data-action=shortcuts aria-label="{label}"')
        with opener.props("aria-haspopup=menu"):
            ui.label("⋮")
            with ui.menu():
                for _, callback, name in offered:
                    item = ui.menu_item(name, on_click=partial(self._use, said, callback))
                    item.props(f'data-option="{callback}"')

    async def _use(self, said: Message, callback: str) -> None:
        screen = self._screen
        await run.io_bound(screen.workspace.use_shortcut, screen.me, callback, said)

    async def _react(self, said: Message, code: str) -> None:
        screen = self._screen
        await run.io_bound(screen.workspace.react, screen.me, said.channel, said.ts, code)

    def _replies(self, said: Message) -> str:
        says = self._screen.says
        count = self._screen.workspace.replies(said.channel, said.ts)
        return says.count("page.replies", count) if count else says("page.open_thread")

    def _own(self, said: Message) -> None:
        with ui.element("div").classes("row"):
            _link(self._screen.says("page.edit"), "data-edit", lambda: self._edit(said))
            _link(self._screen.says("page.delete"), "data-drop", lambda: self._delete(said))

    async def _delete(self, said: Message) -> None:
        says = self._screen.says
        with self._screen.client, ui.dialog() as dialog, ui.card().classes("form"):
            dialog.props["aria-label"] = says("page.delete")
            ui.label(says("page.delete_ask"))
            with ui.element("div").classes("row"):
                _choice(says("page.delete"), "drop", lambda: dialog.submit(True))
                _choice(says("page.keep"), "keep", lambda: dialog.submit(False))
        if await dialog:
            await run.io_bound(
                self._screen.workspace.delete, self._screen.me, said.channel, said.ts
            )

    async def _edit(self, said: Message) -> None:
        says = self._screen.says
        with self._screen.client, ui.dialog() as dialog, ui.card().classes("form"):
            dialog.props["aria-label"] = says("page.edit")
            text = ui.textarea(value=said.text).props("outlined autogrow").classes("w-full")
            text.props["aria-label"] = says("page.edit")
            _choice(says("page.save"), "save", lambda: dialog.submit(text.value))
        changed = await dialog
        if changed and changed != said.text:
            await run.io_bound(
                self._screen.workspace.edit, self._screen.me, said.channel, said.ts, changed
            )

    def _at(self, said: Message) -> str:
        user = self._screen.workspace.users[self._screen.me]
        at = _moment(said.ts).astimezone(ZoneInfo(user.tz))
        today = self._screen.workspace.clock.now().astimezone(ZoneInfo(user.tz)).date() == at.date()
        shape = "H:mm" if today else "d MMM H:mm"
        return formatted(at, shape, self._screen.says.calendar)


def _choice(text: str, name: str, act: Callable[[], object]) -> None:
    """Draw a button of a dialog; the first is the one that goes on."""
    button(text, f"data-form={name}").on("click", act)


def _link(text: str, mark: str, act: Callable[[], object]) -> ui.label:
    link = ui.element("button").classes("thread-link").props(f"type=button {mark}")
    with link:
        label = ui.label(text)
    link.on("click", act)
    return label


def _moment(ts: str) -> datetime:
    return datetime.fromtimestamp(float(ts), UTC)


def _initials(name: str) -> str:
    parts = name.split()
    return (parts[0][0] + (parts[-1][0] if len(parts) > 1 else "")).upper()

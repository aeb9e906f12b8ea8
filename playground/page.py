"""The playground in the browser: a team's workspace in which to live through intervision."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from nicegui import run, ui
from starlette.requests import Request

from bot.blocks.words import Language, language_of, words
from playground.blockkit import Form, Json, Pressed, draw
from playground.look import CSS, colour
from playground.mrkdwn import as_html
from playground.rules import SlackError
from playground.workspace import Conversation, Message, View, Workspace

REFRESH_SECONDS = 0.25


@dataclass
class Play:
    """What the page can ask of the simulated colleagues."""

    playing: bool = True
    bring: Callable[[str, str, str], None] = field(default=lambda _kind, _me, _language: None)
    humans: dict[str, str] = field(default_factory=dict)


def build(workspace: Workspace, play: Play) -> None:
    """Register the page. `/?as=U…&lang=nl` says who one is, and in which language."""

    @ui.page("/", title="Intervisie")
    def page(request: Request, lang: str = "nl") -> None:
        known = [user.id for user in workspace.users.values() if not user.is_bot]
        asked = request.query_params.get("as", "")
        me = asked if asked in known else known[0]
        Screen(workspace, play, me, "en" if lang == "en" else "nl").show()


class Flow:
    """A list of messages that redraws only what changed, so that nobody's press is lost."""

    def __init__(self, inside: ui.element, draw_one: Callable[[Message], None]) -> None:
        self._inside = inside
        self._draw_one = draw_one
        self._shown: dict[str, tuple[object, ui.element]] = {}

    def show(self, said: list[Message], replies: list[int]) -> None:
        """Show these messages; `replies` counts the answers to each."""
        wanted = {m.ts: (m, _look_of(m, n)) for m, n in zip(said, replies, strict=True)}
        for ts in [ts for ts in self._shown if ts not in wanted]:
            self._shown.pop(ts)[1].delete()
        for ts, (message, look) in wanted.items():
            there = self._shown.get(ts)
            if there is not None and there[0] == look:
                continue
            if there is None:
                with self._inside:
                    holder = ui.element("div").classes("w-full")
            else:
                holder = there[1]
                holder.clear()
            with holder:
                self._draw_one(message)
            self._shown[ts] = (look, holder)

    def only(self, look: object, draw_it: Callable[[], None]) -> None:
        """Show one thing that is no message, drawn anew when its `look` changed."""
        there = self._shown.get("")
        if there is not None and there[0] == look:
            return
        self.show([], [])
        with self._inside:
            holder = ui.element("div").classes("w-full")
        with holder:
            draw_it()
        self._shown[""] = (look, holder)


class Screen:
    """One browser tab."""

    def __init__(self, workspace: Workspace, play: Play, me: str, language: Language) -> None:
        self.workspace = workspace
        self.play = play
        self.me = me
        self.says = words(language)
        self.place = self._first_channel()
        self.at_home = False
        self.thread_ts: str | None = None
        self.forms: dict[str, Form] = {}
        self.stale = True

    def show(self) -> None:
        """Draw the page and keep it up to date."""
        ui.add_css(CSS)
        ui.colors(primary="#23443a")
        stop = self.workspace.watch(self._outdated)
        client = ui.context.client

        def gone() -> None:
            stop()
            self.play.humans.pop(client.id, None)

        client.on_delete(gone)
        self.play.humans[client.id] = self.me
        self.client = client
        with ui.element("div").classes("frame"):
            with ui.element("nav").classes("side"):
                self._side()
            with ui.element("main").classes("middle"):
                self._head()
                with ui.element("div").classes("scroll"):
                    flow = ui.element("div").classes("flow").props("data-testid=flow")
                self.flow = Flow(flow, self._message)
                self._composer()
            self.right = ui.element("aside").classes("right")
            with self.right:
                self._right()
        self.right.set_visibility(False)
        self._refresh()
        ui.timer(REFRESH_SECONDS, self._refresh)

    # keeping up

    def _outdated(self) -> None:
        self.stale = True

    def _refresh(self) -> None:
        if not self.stale:
            return
        self.stale = False
        self.workspace.mark_read(self.me, self.place.id)
        self._places.refresh()
        self._clock.refresh()
        self._show_flow()
        self._show_thread()
        self._show_forms()

    def _show_forms(self) -> None:
        views = self.workspace.views(self.me)[-1:]
        for id_ in set(self.forms) - {view.id for view in views}:
            self.forms.pop(id_).shut()
        for view in views:
            if view.id not in self.forms:
                with self.client:
                    self.forms[view.id] = Form(
                        view, self.workspace, self.says, send=self._send_form, close=self._close
                    )
            self.forms[view.id].show_errors()

    # the side

    def _side(self) -> None:
        ui.html(f"<h1>{self.says('page.team')}</h1>", sanitize=False)
        ui.label(self.says("page.you")).classes("label")
        people = {
            u.id: f"{u.real_name}, {u.title}" for u in self.workspace.users.values() if not u.is_bot
        }
        ui.select(people, value=self.me, on_change=lambda e: self._become(e.value)).props(
            'dark dense borderless data-testid=persona aria-label="persona"'
        ).classes("w-full px-2")
        self._places()
        ui.label(self.says("page.clock")).classes("label")
        self._clock()
        with ui.element("div").classes("time"):
            for name, days in (("hour", 1 / 24), ("day", 1), ("week", 7), ("month", 30)):
                wind = ui.button(self.says(f"page.{name}"))
                wind.props(f"flat dense no-caps data-testid=wind-{name}")
                wind.on_click(lambda length=timedelta(days=days): self._wind(length))
        colleagues = ui.switch(self.says("page.colleagues"), value=self.play.playing)
        colleagues.props("dark color=amber-3 data-testid=colleagues").classes("mt-3")
        colleagues.on_value_change(lambda e: setattr(self.play, "playing", bool(e.value)))
        for kind in ("learning", "positive"):
            bring = ui.element("button").classes("place").props(f"type=button data-bring={kind}")
            with bring:
                ui.label("+ " + self.says(f"page.bring_{kind}"))
            bring.on("click", lambda kind=kind: self._bring(kind))
        other = "en" if self.says.language == "nl" else "nl"
        me = next(
            user.id
            for user in self.workspace.users.values()
            if language_of(user.locale) == other and not user.is_bot
        )
        ui.link(self.says("page.language"), f"/?as={me}&lang={other}").classes("label").style(
            "color: #c9d8cf; margin-top: auto"
        )

    @ui.refreshable_method
    def _places(self) -> None:
        unread = self.workspace.unread(self.me)
        ui.label(self.says("page.channels")).classes("label")
        for place in self.workspace.conversations(self.me):
            if place.kind != "dm":
                self._place(place, f"# {place.name}", unread.get(place.id, 0))
        ui.label(self.says("page.messages")).classes("label")
        direct = self.workspace.open_dm(self.me)
        self._place(direct, "Intervisie", unread.get(direct.id, 0))
        home = ui.element("button").classes("place" + (" here" if self.at_home else ""))
        home.props(f'type=button data-place=home aria-label="{self.says("page.open_home")}"')
        with home:
            ui.label(self.says("page.home"))
        home.on("click", self._go_home)

    def _place(self, place: Conversation, name: str, unread: int) -> None:
        here = not self.at_home and place.id == self.place.id
        shown = ui.element("button").classes("place" + (" here" if here else ""))
        shown.props(f'type=button data-place="{place.name or "direct"}"')
        with shown:
            ui.label(name)
            if unread and not here:
                ui.label(str(unread)).classes("badge")
        shown.on("click", lambda: self._go(place))

    @ui.refreshable_method
    def _clock(self) -> None:
        user = self.workspace.users[self.me]
        now = self.workspace.clock.now().astimezone(ZoneInfo(user.tz))
        shown = format_datetime(now, "EEEE d MMMM, H:mm", locale=self.says.language)
        ui.label(shown).classes("px-2").props("data-testid=clock")

    # the middle

    @ui.refreshable_method
    def _head(self) -> None:
        name = self.says("page.home") if self.at_home else _name(self.place)
        ui.label(name).classes("head")

    def _show_flow(self) -> None:
        """Show what stands in the channel, or the home, or a word of welcome."""
        if self.at_home:
            view = self.workspace.home(self.me)
            self.flow.only((view.hash if view else "", "home"), self._home)
            return
        said = self.workspace.messages(self.me, self.place.id)
        if not said:
            welcome = self._hello if self.place.name == "intervisie" else self._empty
            self.flow.only((self.place.id, "empty"), welcome)
        else:
            self.flow.show(said, [self.workspace.replies(m.channel, m.ts) for m in said])

    def _show_thread(self) -> None:
        if self.thread_ts is None:
            self.thread.show([], [])
            return
        said = self.workspace.thread(self.me, self.place.id, self.thread_ts)
        self.thread.show(said, [0] * len(said))

    def _empty(self) -> None:
        ui.label(self.says("page.empty")).classes("quiet")

    def _hello(self) -> None:
        with ui.element("section").classes("hello"):
            ui.html(f"<h2>{self.says('page.welcome')}</h2>", sanitize=False)
            ui.label(self.says("page.welcome_text"))
            with ui.element("div").classes("row"):
                first = ui.element("button").classes("act primary")
                first.props("type=button data-testid=hello")
                with first:
                    ui.label(self.says("page.welcome_button"))
                first.on("click", lambda: self._bring("learning"))
                own = ui.element("button").classes("act").props("type=button")
                with own:
                    ui.label(self.says("page.welcome_own"))
                own.on("click", lambda: self._slash("/intervisie casus"))

    def _home(self) -> None:
        view = self.workspace.home(self.me)
        with ui.element("div").classes("home"):
            if view is None:
                ui.label(self.says("page.empty")).classes("quiet")
            else:
                user = self.workspace.users[self.me]
                draw(view.spec["blocks"], self.workspace, user, self._pressed(view=view))

    def _message(self, said: Message, *, in_thread: bool = False) -> None:
        writer, reader = self.workspace.users[said.user], self.workspace.users[self.me]
        at = self._at(said)
        private = " private" if said.ephemeral_to else ""
        with ui.element("article").classes("say" + private).props(f'data-ts="{said.ts}"'):
            face = ui.element("div").classes("face").style(f"background: {colour(writer.id)}")
            with face.props("aria-hidden=true"):
                ui.label(_initials(writer.real_name))
            with ui.element("div"):
                ui.html(
                    f'<div class="who">{writer.real_name} <small>{at}</small></div>',
                    sanitize=False,
                )
                if said.ephemeral_to:
                    ui.label(self.says("page.only_you")).classes("quiet")
                if said.blocks:
                    with ui.element("div").classes("bot"):
                        pressed = self._pressed(message=said)
                        draw(said.blocks, self.workspace, reader, pressed)
                else:
                    edited = f' <small class="quiet">{self.says("page.edited")}</small>'
                    text = as_html(said.text, self.workspace, reader)
                    shown = text + (edited if said.edited else "")
                    ui.html(shown, sanitize=False).classes("words")
                if not in_thread and not said.ephemeral_to:
                    self._thread_link(said)
                if said.user == self.me and not said.ephemeral_to:
                    self._own(said)

    def _thread_link(self, said: Message) -> None:
        count = self.workspace.replies(said.channel, said.ts)
        if not count and self.place.kind == "dm":
            return
        text = self.says.count("page.replies", count) if count else self.says("page.open_thread")
        link = ui.element("button").classes("thread-link").props("type=button data-testid=thread")
        with link:
            ui.label(text)
        link.on("click", lambda: self._open_thread(said.ts))

    def _own(self, said: Message) -> None:
        with ui.element("div").classes("row"):
            edit = ui.element("button").classes("thread-link quiet").props("type=button data-edit")
            with edit:
                ui.label(self.says("page.edit"))
            edit.on("click", lambda: self._edit(said))
            drop = ui.element("button").classes("thread-link quiet").props("type=button data-drop")
            with drop:
                ui.label(self.says("page.delete"))
            drop.on(
                "click",
                lambda: run.io_bound(self.workspace.delete, self.me, said.channel, said.ts),
            )

    def _composer(self) -> None:
        with ui.element("div").classes("composer"):
            self.typed = ui.textarea(placeholder=self._invitation()).props(
                'outlined dense autogrow rows=1 data-testid=composer aria-label="composer"'
            )
            self.typed.on("keydown.enter.exact.prevent", self._say)
            self._send_button(self._say, "send")

    def _send_button(self, act: Callable[[], object], name: str) -> None:
        send = ui.element("button").classes("act primary")
        send.props(f"type=button data-testid={name}")
        with send:
            ui.label(self.says("page.send"))
        send.on("click", act)

    # the thread

    def _right(self) -> None:
        with ui.element("div").classes("head"):
            ui.label(self.says("page.thread"))
            close = ui.element("button").classes("act").props("type=button data-testid=unthread")
            with close:
                ui.label(self.says("page.close"))
            close.on("click", lambda: self._open_thread(None))
        with ui.element("div").classes("scroll"):
            thread = ui.element("div").classes("flow").props("data-testid=thread-flow")
        self.thread = Flow(thread, lambda said: self._message(said, in_thread=True))
        with ui.element("div").classes("composer"):
            self.reply = ui.textarea(placeholder=self.says("page.reply")).props(
                'outlined dense autogrow rows=1 data-testid=reply aria-label="reply"'
            )
            self.reply.on("keydown.enter.exact.prevent", self._answer)
            self._send_button(self._answer, "send-reply")

    # what one does

    async def _say(self) -> None:
        text = (self.typed.value or "").strip()
        if not text:
            return
        self.typed.set_value("")
        if text.startswith("/"):
            await self._slash(text)
        else:
            await run.io_bound(self.workspace.post, self.me, self.place.id, text)

    async def _answer(self) -> None:
        text = (self.reply.value or "").strip()
        if not text or self.thread_ts is None:
            return
        if text.startswith("/"):
            ui.notify(self.says("page.no_slash"))
            return
        self.reply.set_value("")
        await run.io_bound(self.workspace.post, self.me, self.place.id, text, self.thread_ts)

    async def _slash(self, text: str) -> None:
        command, _, rest = text.partition(" ")
        await run.io_bound(self.workspace.slash, self.me, self.place.id, command, rest.strip())

    async def _edit(self, said: Message) -> None:
        with self.client, ui.dialog() as dialog, ui.card().classes("form"):
            text = ui.textarea(value=said.text).props("outlined autogrow").classes("w-full")
            save = ui.element("button").classes("act primary").props("type=button data-form=save")
            with save:
                ui.label(self.says("page.save"))
            save.on("click", lambda: dialog.submit(text.value))
        changed = await dialog
        if changed and changed != said.text:
            await run.io_bound(self.workspace.edit, self.me, said.channel, said.ts, changed)

    def _pressed(self, *, message: Message | None = None, view: View | None = None) -> Pressed:
        async def pressed(
            action_id: str, block_id: str, kind: str, value: str | None, option: Json | None
        ) -> None:
            await run.io_bound(
                lambda: self.workspace.press(
                    self.me,
                    action_id,
                    value=value,
                    option=option,
                    message=message,
                    view=view,
                    block_id=block_id,
                    kind=kind,
                )
            )

        return pressed

    async def _send_form(self, view: View, values: Json) -> None:
        await run.io_bound(self.workspace.submit, self.me, view.id, values)

    async def _close(self, view: View) -> None:
        await run.io_bound(self.workspace.close, self.me, view.id)

    async def _bring(self, kind: str) -> None:
        self.play.playing = True
        try:
            await run.io_bound(self.play.bring, kind, self.me, self.says.language)
        except SlackError as error:
            ui.notify(error.name)

    def _wind(self, length: timedelta) -> None:
        self.workspace.clock.wind(length)
        self.stale = True

    def _go(self, place: Conversation) -> None:
        self.place, self.at_home = place, False
        self._open_thread(None)
        self.typed.props(f'placeholder="{self._invitation()}"')

    async def _go_home(self) -> None:
        self.at_home = True
        self._open_thread(None)
        await run.io_bound(self.workspace.open_home, self.me)

    def _open_thread(self, ts: str | None) -> None:
        self.thread_ts = ts
        self.right.set_visibility(ts is not None)
        self._head.refresh()
        self.stale = True

    def _become(self, user: str) -> None:
        ui.navigate.to(f"/?as={user}&lang={self.says.language}")

    # small things

    def _first_channel(self) -> Conversation:
        return self.workspace.conversations(self.me)[0]

    def _invitation(self) -> str:
        if self.place.kind == "dm":
            return self.says("page.write_bot")
        return self.says("page.write", place=_name(self.place))

    def _at(self, said: Message) -> str:
        user = self.workspace.users[self.me]
        at = _moment(said.ts).astimezone(ZoneInfo(user.tz))
        today = self.workspace.clock.now().astimezone(ZoneInfo(user.tz)).date() == at.date()
        shape = "H:mm" if today else "d MMM H:mm"
        return format_datetime(at, shape, locale=self.says.language)


def _name(place: Conversation) -> str:
    return f"#{place.name}" if place.kind != "dm" else "Intervisie"


def _look_of(said: Message, replies: int) -> object:
    """Give all that a message's look depends on."""
    return (said.channel, said.text, repr(said.blocks), said.edited, replies)


def _moment(ts: str) -> datetime:
    return datetime.fromtimestamp(float(ts), UTC)


def _initials(name: str) -> str:
    parts = name.split()
    return (parts[0][0] + (parts[-1][0] if len(parts) > 1 else "")).upper()

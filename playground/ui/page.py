"""The playground in the browser: a team's workspace in which one can play intervision."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from nicegui import run, ui
from nicegui.events import GenericEventArguments
from starlette.requests import Request

from bot.i18n import Language, language_of, words
from playground.slack.records import Json
from playground.slack.validation import SlackError
from playground.slack.workspace import Conversation, Message, View, Workspace
from playground.ui.blockkit import Form, Pressed, draw, listen, on_click
from playground.ui.messages import Messages
from playground.ui.pieces import Piece
from playground.ui.theme import CSS

REFRESH_SECONDS = 0.25

WINDS = {
    "minute": timedelta(minutes=1),
    "minutes": timedelta(minutes=5),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(days=7),
    "month": timedelta(days=30),
}
"""How far the clock can be wound, by the key of the button's text."""


_EMIT_PLACE = """(event) => {
  const button = event.target.closest("button[data-place]");
  if (button) emit(button.dataset.id ?? "");
}"""


@dataclass
class Play:
    """What the page asks of the simulated colleagues and of the clock."""

    playing: bool = True
    pass_time: Callable[[timedelta], None] = field(default=lambda _length: None)
    bring: Callable[[str, str, str], None] = field(default=lambda _kind, _me, _language: None)
    humans: dict[str, str] = field(default_factory=dict)


def build(workspace: Workspace, play: Play) -> None:
    """Register the page. `/?as=U…&lang=nl` says who looks, and in which language."""

    @ui.page("/", title="Intervisie")
    def page(request: Request, lang: str = "nl") -> None:
        known = [user.id for user in workspace.users.values() if not user.is_bot]
        asked = request.query_params.get("as", "")
        me = asked if asked in known else known[0]
        Screen(workspace, play, me, "en" if lang == "en" else "nl").show()


class Screen:
    """The page in one browser tab."""

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
            with ui.element("nav").classes("side") as side:
                # The sidebar listens, not its buttons: they are redrawn, and would lose a click.
                side.on("click", self._go_to, js_handler=_EMIT_PLACE)
                self._side()
            with ui.element("main").classes("middle"):
                self._head()
                with ui.element("div").classes("scroll"):
                    flow = ui.element("div").classes("flow").props("data-testid=flow")
                self.flow = Messages(self, flow, in_thread=False)
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
        gone = {id_: self.forms.pop(id_) for id_ in self._gone(views)}
        for form in gone.values():
            form.shut()
        for view in views:
            id_ = view.id + view.hash
            if id_ not in self.forms:
                with self.client:
                    self.forms[id_] = Form(
                        view,
                        self.workspace,
                        self.says,
                        send=self._send_form,
                        close=self._close,
                        pressed=self.pressed(view=view),
                        before=next((f for f in gone.values() if f.view.id == view.id), None),
                    )
            self.forms[id_].show_errors()

    def _gone(self, views: list[View]) -> set[str]:
        return set(self.forms) - {view.id + view.hash for view in views}

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
            for name, length in WINDS.items():
                wind = ui.element("button").classes("place wind")
                wind.props(f"type=button data-testid=wind-{name}")
                with wind:
                    ui.label(self.says(f"page.{name}"))
                on_click(wind, partial(self._wind, length))
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

    def _place(self, place: Conversation, name: str, unread: int) -> None:
        here = not self.at_home and place.id == self.place.id
        shown = ui.element("button").classes("place" + (" here" if here else ""))
        shown.props(f'type=button data-place="{place.name or "direct"}" data-id={place.id}')
        with shown:
            ui.label(name)
            if unread and not here:
                ui.label(str(unread)).classes("badge")

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
        """Show the channel, or App Home, or a welcome."""
        if self.at_home:
            view = self.workspace.home(self.me)
            self.flow.only(Piece("home", view.hash if view else "", self._home))
            return
        said = self.workspace.messages(self.me, self.place.id)
        if not said:
            welcome = self._hello if self.place.name == "intervisie" else self._empty
            self.flow.only(Piece("empty", self.place.id, welcome))
        else:
            self.flow.show(said)

    def _show_thread(self) -> None:
        ts = self.thread_ts
        self.thread.show(self.workspace.thread(self.me, self.place.id, ts) if ts else [])

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
        with ui.element("div").classes("home") as home:
            if view is None:
                ui.label(self.says("page.empty")).classes("quiet")
            else:
                user, pressed = self.workspace.users[self.me], self.pressed(view=view)
                listen(home, pressed)
                draw(view.spec["blocks"], self.workspace, user, pressed)

    def _composer(self) -> None:
        self.composer = ui.element("div").classes("composer")
        with self.composer:
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
            close.on("click", lambda: self.open_thread(None))
        with ui.element("div").classes("scroll"):
            thread = ui.element("div").classes("flow").props("data-testid=thread-flow")
        self.thread = Messages(self, thread, in_thread=True)
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

    def pressed(self, *, message: Message | None = None, view: View | None = None) -> Pressed:
        """Return the function to call when something on a message or a view is pressed."""

        async def pressed(
            action_id: str, block_id: str, kind: str, value: str | None, option: Json | None
        ) -> None:
            form = self.forms.get(view.id + view.hash) if view is not None else None
            values = form.values() if form is not None else None
            await run.io_bound(
                lambda: self.workspace.press(
                    self.me,
                    action_id,
                    value=value,
                    option=option,
                    message=message,
                    view=view,
                    values=values,
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

    async def _wind(self, length: timedelta) -> None:
        await run.io_bound(self.play.pass_time, length)
        self.stale = True
        self._refresh()

    async def _go_to(self, event: GenericEventArguments) -> None:
        """Open the conversation whose id was emitted; without an id, App Home."""
        chosen = [c for c in self.workspace.conversations(self.me) if c.id == event.args]
        if chosen:
            self._go(chosen[0])
        else:
            await self._go_home()

    def _go(self, place: Conversation) -> None:
        self.place, self.at_home = place, False
        self.open_thread(None)
        self.typed.props(f'placeholder="{self._invitation()}"')

    async def _go_home(self) -> None:
        self.at_home = True
        self.open_thread(None)
        await run.io_bound(self.workspace.open_home, self.me)

    def open_thread(self, ts: str | None) -> None:
        """Show a thread at the right, or close it."""
        self.thread_ts = ts
        self.composer.set_visibility(not self.at_home)
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


def _name(place: Conversation) -> str:
    return f"#{place.name}" if place.kind != "dm" else "Intervisie"

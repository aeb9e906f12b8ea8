"""The playground in the browser: a team's workspace in which one can play intervision."""

from datetime import timedelta
from functools import partial
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from nicegui import background_tasks, run, ui
from nicegui.events import GenericEventArguments
from starlette.requests import Request

from bot.i18n import LANGUAGES, Language, formatted, language_of, words
from playground.slack.records import TEAM, Json
from playground.slack.validation import SlackError
from playground.slack.workspace import Conversation, Message, User, View, Workspace
from playground.ui.blockkit import Form, Pressed, draw, listen, on_click
from playground.ui.completion import Composer
from playground.ui.keeping import KEEP_FOCUS, TO_NEWEST, TO_THREAD_LINK
from playground.ui.messages import Messages
from playground.ui.pieces import Piece, Pieces, button
from playground.ui.play import Play
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


PACES = {"pause": 0.0, "calm": 1.0, "fast": 4.0}
"""How fast a session goes that one looks at, by the key of the button's text."""


_EMIT_PLACE = """(event) => {
  const button = event.target.closest("button[data-place]");
  if (!button) return;
  button.closest(".frame").classList.remove("open");
  emit(button.dataset.id ?? "");
}"""


_EMIT_IF_ENABLED = """(event) => {
  if (event.currentTarget.getAttribute("aria-disabled") !== "true") emit();
}"""
"""A click on a button that is disabled does not wait until it is not."""


_ON_BACK = "<script>addEventListener('popstate', () => location.reload())</script>"
"""Going back in the browser shows what its address names."""

_TOGGLE_SIDE = "() => document.querySelector('.frame').classList.toggle('open')"
"""On a phone the sidebar is shown and hidden."""


def build(workspace: Workspace, play: Play) -> None:
    """Register the page.

    `/?as=U…&lang=nl&at=intervisie&thread=…` says who looks, in which language, and at what:
    a channel, `direct` or `home`. Without `lang` it is the browser's language.
    """

    @ui.page("/", title="Intervisie")
    def page(request: Request, lang: str = "", at: str = "", thread: str = "") -> None:
        preferred = request.headers.get("accept-language", "").partition(",")[0]
        language = language_of(lang or preferred)
        speak(workspace, language)
        people = people_of(workspace)
        asked = [user for user in people if user.id == request.query_params.get("as")]
        speaking = [user for user in people if language_of(user.locale) == language]
        me = [*asked, *speaking, *people][0].id
        Screen(workspace, play, me, language).show(at, thread or None)


def people_of(workspace: Workspace) -> list[User]:
    """List the people in a workspace, without bots."""
    return [user for user in workspace.users.values() if not user.is_bot]


def speak(workspace: Workspace, language: Language) -> None:
    """See to it that somebody speaks a language: those do who shared one with the first of all."""
    people = people_of(workspace)
    spoken = [language_of(user.locale) for user in people]
    if language not in spoken:
        for user, before in zip(people, spoken, strict=True):
            if before == spoken[0]:
                workspace.change_user(user.id, locale=LANGUAGES[language].locales[0])


class Screen:
    """The page in one browser tab."""

    def __init__(self, workspace: Workspace, play: Play, me: str, language: Language) -> None:
        self.workspace = workspace
        self.play = play
        self.me = me
        self.says = words(language)
        self.place = workspace.conversations(me)[0]
        self.at_home = False
        self.thread_ts: str | None = None
        self.forms: dict[str, Form] = {}
        self.drafts: dict[str, str] = {}
        self.stale = True
        self._title = ""
        self._looked_at = ""
        self._newest: dict[str, str] = {}

    def show(self, at: str, thread_ts: str | None) -> None:
        """Draw the page at a place, with a thread open, and keep it up to date."""
        ui.add_head_html(_ON_BACK)
        ui.add_head_html(KEEP_FOCUS)
        html_lang = f"<script>document.documentElement.lang = '{self.says.language}'</script>"
        ui.add_head_html(html_lang)
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
            side = ui.element("nav").classes("side")
            with side.props(f'aria-label="{self.says("page.places")}"'):
                # The sidebar listens, not its buttons: they are redrawn, and would lose a click.
                side.on("click", self._go_to, js_handler=_EMIT_PLACE)
                self._side()
            with ui.element("section").classes("middle"):
                self._head()
                with ui.element("div").classes("scroll"):
                    flow = ui.element("div").classes("flow").props("data-testid=flow role=log")
                self.flow = Messages(self, flow, in_thread=False)
                self._captions = Pieces(ui.element("div").classes("captions").props("role=log"))
                self._status = ui.label().classes("status").props("role=status")
                self._show_controls()
                self._composer()
            self.right = ui.element("aside").classes("right")
            self.right.on("keydown.escape", self._leave_thread)
            with self.right.props(f'aria-label="{self.says("page.thread")}"'):
                self._right()
        self._look_at(at, thread_ts)
        self._refresh()
        ui.timer(REFRESH_SECONDS, self._refresh)

    # keeping up

    def _outdated(self) -> None:
        self.stale = True

    def _refresh(self) -> None:
        self._show_what_goes_on()
        if not self.stale:
            return
        self.stale = False
        if not self.at_home:
            self.workspace.mark_read(self.me, self.place.id)
            if self.thread_ts is not None:
                self.workspace.mark_thread_read(self.me, self.place.id, self.thread_ts)
        self._show_places()
        self._clock.refresh()
        self._show_flow()
        self._show_thread()
        self._show_forms()

    def _show_what_goes_on(self) -> None:
        """Say who is writing, and how much of the time that was wound has passed."""
        writer = self.workspace.users.get(self.play.writing)
        first = writer.real_name.split()[0] if writer else ""
        here = writer and not self.at_home and self.place.name == "intervisie"
        self._show_show()
        self._show_spoken(here=not self.at_home and self.place.name == "intervisie")
        wound = self.play.wound
        if wound is not None:
            self._status.set_text(self.says("page.wound", percent=round(100 * wound)))
        elif self._looked_at and not self.play.shown:
            self._status.set_text(self.says("page.shown_over"))
        else:
            self._status.set_text(self.says("page.writing", who=first) if here else "")
        self._progress.set_visibility(wound is not None)
        self._progress.props(f"value={wound or 0:.2f}")
        for wind in self._winds:
            if wound is None:
                wind.props(remove="aria-disabled")
            else:
                wind.props("aria-disabled=true")

    def _show_spoken(self, *, here: bool) -> None:
        """Show what people say aloud, as they say it."""
        spoken = self.play.spoken if here else ()
        self._captions.show(
            [
                Piece(f"{who} {text}", None, partial(self._caption, who, text))
                for who, text in spoken
            ]
        )

    def _caption(self, who: str, text: str) -> None:
        first = self.workspace.users[who].real_name.split()[0]
        ui.label(self.says("page.spoken", who=first, text=text)).classes("caption")

    def _show_show(self) -> None:
        """Open the thread of a session that is played to be looked at, and mark its pace."""
        shown = self.play.shown
        self._controls.set_visibility(bool(shown))
        for name, choice in self._paces.items():
            pressed = "true" if PACES[name] == self.play.pace else "false"
            if choice.props.get("aria-pressed") != pressed:
                choice.props(f"aria-pressed={pressed}")
        if shown and shown != self._looked_at:
            self._looked_at = shown
            self.open_thread(shown)

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
        ui.label(self.says("page.team")).classes("team")
        ui.label(self.says("page.you")).classes("label")
        people = {u.id: self._described(u) for u in self.workspace.users.values() if not u.is_bot}
        persona = ui.select(people, value=self.me, on_change=lambda e: self._become(e.value))
        persona.props("dark dense borderless data-testid=persona").classes("w-full px-2")
        persona.props(f'aria-label="{self.says("page.you")}"')
        self._places = Pieces(ui.element("div").classes("w-full"))
        ui.label(self.says("page.clock")).classes("label")
        self._clock()
        with ui.element("div").classes("time"):
            self._winds = [self._wind_button(name, length) for name, length in WINDS.items()]
        self._progress = ui.element("progress").classes("wound")
        self._progress.props(f'max=1 aria-label="{self.says("page.winding")}"')
        colleagues = ui.switch(self.says("page.colleagues"), value=self.play.playing)
        colleagues.props("dark color=amber-3 data-testid=colleagues").classes("mt-1")
        colleagues.on_value_change(lambda e: setattr(self.play, "playing", bool(e.value)))
        for kind in ("learning", "positive"):
            bring = button(f"+ {self.says(f'page.bring_{kind}')}", f"data-bring={kind}", "place")
            on_click(bring, partial(self._bring, kind))
        with ui.element("div").classes("languages"):
            for code, each in LANGUAGES.items():
                if code != self.says.language:
                    language = ui.link(each.name, f"/?as={self._speaker(code)}&lang={code}")
                    language.classes("label language").props(f"lang={code}")

    def _described(self, user: User) -> str:
        """Return somebody's name, what they do, and whether they are a guest or from elsewhere."""
        known = [user.real_name, user.title]
        if user.is_restricted:
            known.append(self.says("page.guest"))
        if user.team != TEAM:
            known.append(self.says("page.elsewhere"))
        return ", ".join(known)

    def _room(self) -> str:
        """Return what kind of room the place is: who can read in it."""
        place = self.place
        if place.kind == "dm":
            return self.says("page.room_dm")
        key = "page.room_private" if place.kind == "private" else "page.room_public"
        people = [u for u in place.members if not self.workspace.users[u].is_bot]
        known = [self.says(key), self.says.count("page.room_people", len(people))]
        if place.shared_with:
            known.append(self.says("page.room_shared"))
        return " · ".join(known)

    def _speaker(self, language: Language) -> str:
        """Return somebody who speaks a language; whoever looks now, where nobody does."""
        people = people_of(self.workspace)
        return next((u.id for u in people if language_of(u.locale) == language), self.me)

    def _wind_button(self, name: str, length: timedelta) -> ui.element:
        wind = button(self.says(f"page.{name}"), f"data-testid=wind-{name}", "place wind")
        return wind.on("click", partial(self._wind, length), js_handler=_EMIT_IF_ENABLED)

    def _show_places(self) -> None:
        """Show the sidebar's conversations; only what changed is drawn again, to keep the focus."""
        unread = self.workspace.unread(self.me)
        places = self.workspace.conversations(self.me)
        channels = [place for place in places if place.kind != "dm"]
        direct = self.workspace.open_dm(self.me)
        self._places.show(
            [
                Piece("channels", None, partial(self._heading, "page.channels")),
                *(self._place(each, unread.get(each.id, 0)) for each in channels),
                Piece("messages", None, partial(self._heading, "page.messages")),
                self._place(direct, unread.get(direct.id, 0)),
                Piece("home", self.at_home, self._home_button),
            ]
        )
        waiting = sum(unread.get(place.id, 0) for place in places if place.id != self._here())
        self._entitle(waiting)

    def _entitle(self, waiting: int) -> None:
        """Name the person, the place and what is unread in the browser's tab."""
        first = self.workspace.users[self.me].real_name.split()[0]
        title = f"{f'({waiting}) ' if waiting else ''}{self._place_name()} · {first} · Intervisie"
        if title != self._title:
            self._title = title
            ui.page_title(title)

    def _here(self) -> str:
        return "" if self.at_home else self.place.id

    def _place_name(self) -> str:
        return self.says("page.home") if self.at_home else _name(self.place)

    def _heading(self, key: str) -> None:
        ui.label(self.says(key)).classes("label")

    def _home_button(self) -> None:
        props = f'data-place=home aria-label="{self.says("page.open_home")}"'
        button(self.says("page.home"), props, "place here" if self.at_home else "place")

    def _place(self, place: Conversation, unread: int) -> Piece:
        here = place.id == self._here()
        look = (_address(place), _name(place), 0 if here else unread, here)
        return Piece(place.id, look, partial(self._place_button, place, *look))

    def _place_button(
        self, place: Conversation, address: str, name: str, unread: int, here: bool
    ) -> None:
        props = f'data-place="{address}" data-id={place.id}'
        if here:
            props += " aria-current=page"
        with button(name.replace("#", "# "), props, "place here" if here else "place"):
            if unread:
                ui.label(str(unread)).classes("badge")

    @ui.refreshable_method
    def _clock(self) -> None:
        user = self.workspace.users[self.me]
        now = self.workspace.clock.now().astimezone(ZoneInfo(user.tz))
        shown = formatted(now, "EEEE d MMMM, H:mm", self.says.calendar)
        ui.label(shown).classes("px-2").props("data-testid=clock")

    # the middle

    @ui.refreshable_method
    def _head(self) -> None:
        with ui.element("div").classes("head"):
            with ui.element("div"):
                ui.html(f"<h1>{self._place_name()}</h1>", sanitize=False)
                if not self.at_home:
                    ui.label(self._room()).classes("quiet").props("data-testid=room")
            menu = button(self.says("page.places"), "data-testid=menu", "act menu")
            menu.on("click", js_handler=_TOGGLE_SIDE)

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
            self._keep_in_sight(said[-1])

    def _keep_in_sight(self, newest: Message) -> None:
        """Scroll to what I wrote or what I alone am told, also when I had scrolled away."""
        mine = self.me in (newest.user, newest.ephemeral_to)
        if mine and newest.ts != self._newest.get(newest.channel, newest.ts):
            self.client.run_javascript(TO_NEWEST.format(where=".middle"))
        self._newest[newest.channel] = newest.ts

    def _show_thread(self) -> None:
        ts = self.thread_ts
        self.thread.show(self.workspace.thread(self.me, self.place.id, ts) if ts else [])

    def _empty(self) -> None:
        ui.label(self.says("page.empty")).classes("quiet")

    def _hello(self) -> None:
        with ui.element("section").classes("hello"):
            ui.html(f"<h2>{self.says('page.welcome')}</h2>", sanitize=False)
            ui.label(self.says("page.welcome_what"))
            ui.label(self.says("page.welcome_text"))
            with ui.element("div").classes("row"):
                says = self.says
                first = button(says("page.welcome_button"), "data-testid=hello", "act primary")
                on_click(first, partial(self._bring, "learning"))
                on_click(button(says("page.welcome_show"), "data-testid=show"), self._show_session)
                own = button(says("page.welcome_own"), "")
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
            self.typed = Composer(self.workspace, self.says, "composer", self._say)

    def _show_controls(self) -> None:
        """Draw what steers a session that is played to be looked at."""
        self._controls = ui.element("div").classes("row controls")
        with self._controls:
            ui.label(self.says("page.shown")).classes("quiet")
            self._paces = {name: self._pace_button(name) for name in PACES}

    def _pace_button(self, name: str) -> ui.element:
        choice = button(self.says(f"page.{name}"), f"data-pace={name}")
        return choice.on("click", lambda: setattr(self.play, "pace", PACES[name]))

    # the thread

    def _right(self) -> None:
        with ui.element("div").classes("head"):
            ui.html(f"<h2>{self.says('page.thread')}</h2>", sanitize=False)
            close = button(self.says("page.close"), "data-testid=unthread")
            close.on("click", self._leave_thread)
        with ui.element("div").classes("scroll"):
            thread = ui.element("div").classes("flow").props("data-testid=thread-flow role=log")
        self.thread = Messages(self, thread, in_thread=True)
        with ui.element("div").classes("composer"):
            self.reply = Composer(self.workspace, self.says, "reply", self._answer)

    # what one does

    async def _say(self) -> None:
        text = self.typed.take()
        if not text:
            return
        if text.startswith("/"):
            await self._slash(text)
        else:
            await run.io_bound(self.workspace.post, self.me, self.place.id, text)

    async def _answer(self) -> None:
        text = self.reply.take()
        if not text or self.thread_ts is None:
            return
        if text.startswith("/"):
            self.reply.typed.set_value(text)
            ui.notify(self.says("page.no_slash"))
            return
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
        self._looked_at = ""
        try:
            await run.io_bound(self.play.bring, kind, self.me, self.says.language)
        except SlackError as error:
            ui.notify(error.name)

    async def _show_session(self) -> None:
        self.play.playing = True
        await run.io_bound(self.play.show, self.me, self.says.language)

    async def _wind(self, length: timedelta) -> None:
        if self.play.wound is not None:
            return
        self.play.wound = 0.0
        self._show_what_goes_on()
        try:
            await run.io_bound(self.play.pass_time, length)
        finally:
            self.play.wound = None
        self.stale = True

    async def _go_to(self, event: GenericEventArguments) -> None:
        """Open the conversation whose id was emitted; without an id, App Home."""
        chosen = [c for c in self.workspace.conversations(self.me) if c.id == event.args]
        self._keep_drafts()
        if chosen:
            self.place, self.at_home = chosen[0], False
        else:
            self.at_home = True
        self._open(None)
        ui.run_javascript(TO_NEWEST.format(where=".middle"))
        if self.at_home:
            await run.io_bound(self.workspace.open_home, self.me)

    def _look_at(self, at: str, thread_ts: str | None) -> None:
        """Go to the place that an address names."""
        places = self.workspace.conversations(self.me)
        self.place = next((c for c in places if _address(c) == at), self.place)
        self.at_home = at == "home"
        self._show_thread_of(thread_ts)
        if self.at_home:
            background_tasks.create(run.io_bound(self.workspace.open_home, self.me))

    def open_thread(self, ts: str) -> None:
        """Show a thread at the right."""
        self._keep_drafts()
        self._open(ts)
        ui.run_javascript(TO_NEWEST.format(where=".right"))

    def _leave_thread(self) -> None:
        """Close the thread; the focus goes back to where it was opened."""
        left = self.thread_ts
        self._keep_drafts()
        self._open(None)
        ui.run_javascript(TO_THREAD_LINK.format(ts=left))

    def _open(self, ts: str | None) -> None:
        """Show the place and a thread, and say so in the address."""
        self._show_thread_of(ts)
        where = {"at": "home" if self.at_home else _address(self.place), "thread": ts or ""}
        ui.navigate.history.push(f"/?{urlencode({**self._who(), **where})}")
        (self.typed if ts is None else self.reply).typed.run_method("focus")

    def _show_thread_of(self, ts: str | None) -> None:
        self.thread_ts = ts
        self.composer.set_visibility(not self.at_home)
        self.right.set_visibility(ts is not None)
        self._head.refresh()
        for box, about, says in (
            (self.typed.typed, self.place.id, self._invitation()),
            (self.reply.typed, ts or "", self.says("page.reply")),
        ):
            box.set_value(self.drafts.get(about, ""))
            box.props.update({"placeholder": says, "aria-label": says})
            box.update()
        self.stale = True

    def _keep_drafts(self) -> None:
        """Keep what was typed and not sent, by place and by thread."""
        self.drafts[self.place.id] = self.typed.typed.value or ""
        if self.thread_ts is not None:
            self.drafts[self.thread_ts] = self.reply.typed.value or ""

    def _who(self) -> dict[str, str]:
        return {"as": self.me, "lang": self.says.language}

    def _become(self, user: str) -> None:
        ui.navigate.to(f"/?as={user}&lang={self.says.language}")

    # small things

    def _invitation(self) -> str:
        if self.place.kind == "dm":
            return self.says("page.write_bot")
        return self.says("page.write", place=_name(self.place))


def _address(place: Conversation) -> str:
    """Return how the page's address names a conversation."""
    return place.name or "direct"


def _name(place: Conversation) -> str:
    return f"#{place.name}" if place.kind != "dm" else "Intervisie"

"""Sessions: moves, forms to contribute in, and the slash words that move a session."""

import re
from collections.abc import Callable, Mapping
from functools import partial

from bot.blocks import chooser, replies
from bot.blocks.action_ids import ActionId, FormId, join_value, split_value
from bot.blocks.elements import Payload, person
from bot.blocks.session import forms
from bot.errors import Refusal
from bot.flows.method import ReflectStep, SortStep, TrayStep, VoteStep
from bot.flows.session import commands as c
from bot.flows.session.state import id_of, key_of, speakers, step_of
from bot.flows.text import is_visible
from bot.flows.types import Direction, Guidance, Often, Phase, Picture
from bot.handlers.form_values import Form, View
from bot.handlers.modals import Modals
from bot.handlers.request import Action, Request, answer_privately
from bot.handlers.router import FormAnswer, Router
from bot.outbox.messages import Messenger
from bot.services.cases import Cases
from bot.services.coaching import Coaching
from bot.services.rooms import Rooms
from bot.services.sessions.run import Sessions
from bot.services.sessions.start import SessionOpener
from bot.store.unit import new_id

SLASH_MOVES: Mapping[str, Callable[..., c.Command]] = {
    "pass": c.Pass,
    "next": c.Next,
    "back": c.Back,
    "pause": c.Pause,
    "resume": c.Resume,
    "stop": c.Stop,
    "check": c.AskProcessCheck,
}
"""The slash words that are a command for the session somebody takes part in."""

MOVES: Mapping[str, Callable[..., c.Command]] = {
    **SLASH_MOVES,
    "join": c.Join,
    "leave": c.Leave,
    "begin": c.Begin,
    "later": c.Later,
    "done": c.Done,
    "live": c.GoLive,
    "async": c.GoAsync,
    "more_time": c.MoreTime,
    "lead": c.Facilitate,
    "hand_back": c.HandBack,
    "yes": partial(c.Choose, open=True),
    "no": partial(c.Choose, open=False),
    "tips_yes": partial(c.WishTips, open=True),
    "tips_no": partial(c.WishTips, open=False),
    **{f"to_{each}": partial(c.TakeDirection, direction=each) for each in Direction},
}
"""The buttons that are a command for the session they stand on."""

SCORES = frozenset("12345")
_OPTION = re.compile(r"[0-9]")
_MINUTES = re.compile(r"[0-9]{1,4}")


class SessionHandlers:
    """Handles what people press, send and type about sessions."""

    def __init__(
        self,
        modals: Modals,
        sessions: Sessions,
        opener: SessionOpener,
        cases: Cases,
        coaching: Coaching,
        messenger: Messenger,
        rooms: Rooms,
    ) -> None:
        self._modals = modals
        self._sessions = sessions
        self._opener = opener
        self._cases = cases
        self._coaching = coaching
        self._messenger = messenger
        self._rooms = rooms
        self._opens: Mapping[str, Callable[[Request, str], View]] = {
            ActionId.SESSION_CONTRIBUTE: self._contribute_form,
            ActionId.SESSION_REFLECT: self._reflect_form,
            ActionId.SESSION_TRAY: self._tray_form,
            ActionId.SESSION_SORT: self._sort_form,
            ActionId.SESSION_VOTE: self._vote_form,
            ActionId.SESSION_METHODS: self._methods_form,
        }

    def register(self, router: Router) -> None:
        """Register what these handlers take."""
        for word in SLASH_MOVES:
            router.command(word, self._move_by_word(word))
        router.action("session", self.press)
        router.form(FormId.SESSION_CONTRIBUTE, self.contribute)
        router.form(FormId.SESSION_SORT, self.sort)
        router.form(FormId.SESSION_VOTE, self.vote)
        router.form(FormId.SESSION_REFLECT, self.reflect)
        router.form(FormId.SESSION_METHOD, self.use_method)
        router.form(FormId.SESSION_TRAY, self.pick)

    # slash words

    def _move_by_word(self, word: str) -> Callable[[Request], Payload]:
        def move(request: Request) -> Payload:
            found = self._cases.sessions_of(
                request.workspace, request.user, channel=request.channel, ended=word == "resume"
            )
            if not found:
                raise Refusal("no_session")
            if len(found) > 1:
                return replies.which(found, word, request.words)
            command = SLASH_MOVES[word](by=request.user)
            if isinstance(command, c.Next | c.Resume):  # "next" begins a session too
                self._rooms.look_again(request.workspace, found[0].channel)
            self._sessions.run(request.workspace, found[0].session, command)
            return replies.answer(request.words("status.done"))

        return move

    # buttons and menus

    def press(self, request: Request, action: Action) -> None:
        """Run the move of a button or a menu's option, or open the form that it asks for."""
        id_, session = action.id, action.value
        if id_ in (ActionId.SESSION_MORE, ActionId.SESSION_HOW):
            verb, _, session = session.partition(":")
            id_ = f"session:{verb}"
        session, rest = split_value(session)
        if id_ in self._opens:
            self._channel_for(request, session)
            self._modals.open(request, self._opens[id_](request, session))
            return
        if id_ == ActionId.SESSION_READERS:
            self._channel_for(request, session)
            listed = self._rooms.names(request.workspace, request.user, session)
            answer_privately(self._messenger, request, listed)
            return
        verb, seen = id_.partition(":")[2], _version(action.seen)
        command: c.Command
        if id_ == ActionId.SESSION_USE:
            command = c.UseMethod(by=request.user, method=rest, seen=seen)
        elif id_ == ActionId.SESSION_OPENED:
            command = c.MarkOpened(by=request.user, contribution=rest)
        elif id_ == ActionId.SESSION_MINUTES:
            if not _MINUTES.fullmatch(rest):
                raise Refusal("outdated")
            command = c.GoLive(by=request.user, minutes=int(rest), seen=seen)
        elif verb in MOVES:
            command = MOVES[verb](by=request.user, seen=seen)
        else:
            raise Refusal("outdated")
        if isinstance(command, c.Begin | c.Resume):
            channel = self._channel_for(request, session)
            self._rooms.look_again(request.workspace, channel)
        self._sessions.press(
            request.workspace,
            request.user,
            session,
            command,
            channel=request.channel,
            at=request.at,
        )
        if isinstance(command, c.MarkOpened):
            thanks = replies.answer(request.words("opened.thanks"))
            answer_privately(self._messenger, request, thanks)

    def _channel_for(self, request: Request, session: str) -> str:
        """Return a session's channel. Raises `Refusal` for who may not take part in it."""
        return self._cases.channel_for(
            request.workspace, request.user, session, channel=request.channel
        )

    def _contribute_form(self, request: Request, id_: str) -> View:
        session = self._sessions.session(request.workspace, id_)
        step = step_of(session, self._sessions.method(session))
        if session.phase is not Phase.RUNNING or step is None:
            why = {Phase.LOBBY: "not_begun", Phase.PAUSED: "paused"}
            raise Refusal(why.get(session.phase, "ended"))
        if request.user not in session.participants:
            raise Refusal("not_in")
        prompt = step.asks(request.words.language)
        prompt = prompt.replace("{bringer}", person(session.presenter))
        about, seen = join_value(id_, key_of(session, step)), str(session.version)
        return forms.contribute(step, about, prompt, request.words, seen=seen)

    def _reflect_form(self, request: Request, id_: str) -> View:
        session = self._sessions.session(request.workspace, id_)
        if request.user not in session.participants:
            raise Refusal("not_in")
        last = self._sessions.method(session).steps[-1]
        evaluates = isinstance(last, ReflectStep) and last.evaluates
        kept = self._sessions.reflection(request.workspace, id_, request.user)
        before = kept._asdict() if kept is not None else {}
        return forms.reflect(id_, request.words, **before, evaluates=evaluates)

    def _tray_form(self, request: Request, id_: str) -> View:
        session = self._sessions.session(request.workspace, id_)
        if request.user != session.presenter:
            raise Refusal("bringer_only")
        method = self._sessions.method(session)
        step = step_of(session, method)
        if session.position is None or not isinstance(step, TrayStep):
            raise Refusal("tray_past")
        filled = [method.step(each) for each in method.fills(session.position.step)]
        written = self._sessions.texts_of_steps(request.workspace, session, filled)
        picked = self._sessions.picked(request.workspace, id_)
        about = join_value(id_, key_of(session, step))
        return forms.tray(about, written, picked, request.words)

    def _sort_form(self, request: Request, id_: str) -> View:
        session = self._sessions.session(request.workspace, id_)
        if request.user != session.presenter:
            raise Refusal("bringer_only")
        method = self._sessions.method(session)
        step = step_of(session, method)
        if not isinstance(step, SortStep):
            raise Refusal("sort_past")
        written = self._sessions.texts_of_steps(request.workspace, session, [method.step(step.of)])
        return forms.sort(join_value(id_, key_of(session, step)), written, request.words)

    def _vote_form(self, request: Request, id_: str) -> View:
        session = self._sessions.session(request.workspace, id_)
        step, position = step_of(session, self._sessions.method(session)), session.position
        if position is None or not isinstance(step, VoteStep):
            raise Refusal("vote_past")
        if position.tied and request.user != session.presenter:
            raise Refusal("bringer_only")
        if request.user not in speakers(session, step):
            raise Refusal("listen" if request.user in session.participants else "not_in")
        about, chosen = join_value(id_, key_of(session, step)), dict(position.votes)
        before = chosen.get(request.user)
        return forms.vote(step, about, request.words, tied=position.tied, chosen=before)

    def _methods_form(self, request: Request, id_: str) -> View:
        session = self._sessions.session(request.workspace, id_)
        if session.phase is not Phase.LOBBY:
            raise Refusal("begun_already")
        if request.user not in session.participants:
            raise Refusal("not_in")
        found = self._opener.fitting_methods(request.workspace, session)
        current = self._sessions.method(session)
        return chooser.form(session, current, found, request.words)

    # forms

    def contribute(self, request: Request, form: Form) -> FormAnswer:
        """Contribute what stands in a form, unless the coach has a hint for it first."""
        id_, key, mark = split_value(form.about, 3)
        texts = [form.text(name) for name in form.inputs if name.startswith("text")]
        if mark != forms.HINTED:
            hinted = self._hinted(request, form, id_, key, texts)
            if hinted is not None:
                return FormAnswer(view=hinted)
        if not any(map(is_visible, texts)):
            return FormAnswer({form.inputs[0]: Refusal("empty")})
        picture = form.text("picture")
        command = c.Contribute(
            by=request.user,
            id=new_id(),
            text=texts[0],
            more=tuple(texts[1:]),
            picture=Picture(picture) if picture else None,
            step=key,
            seen=_version(form.seen),
        )
        return self._run(request, form, id_, command)

    def _hinted(
        self, request: Request, form: Form, id_: str, key: str, texts: list[str]
    ) -> View | None:
        """Return the form again with what the coach says of its texts; None for nothing."""
        found = self._coaching.hint_before_sending(
            request.workspace, request.user, id_, texts, request.words.language
        )
        if found is None or found[0].id != id_of(key):
            return None
        step, spoken = found
        return forms.contribute(
            step,
            join_value(id_, key),
            "",
            request.words,
            seen=form.seen or "",
            hint=spoken.hint,
            openers=spoken.openers if len(texts) == 1 else (),
            texts=texts,
            picture=form.text("picture"),
        )

    def sort(self, request: Request, form: Form) -> FormAnswer:
        """Sort questions into warm, neutral and cold."""
        chosen = {name.removeprefix("warmth-"): form.text(name) for name in form.inputs}
        warm, neutral = (
            tuple(id_ for id_, warmth in chosen.items() if warmth == wanted)
            for wanted in ("warm", "neutral")
        )
        id_, key, _ = split_value(form.about, 3)
        command = c.Sort(by=request.user, warm=warm, neutral=neutral, step=key or None)
        return self._run(request, form, id_, command)

    def vote(self, request: Request, form: Form) -> FormAnswer:
        """Choose one of a vote's options."""
        id_, key = split_value(form.about)
        option = form.text("option")
        if not _OPTION.fullmatch(option):
            return FormAnswer({"option": Refusal("empty")})
        command = c.Vote(by=request.user, option=int(option), step=key or None)
        return self._run(request, form, id_, command)

    def reflect(self, request: Request, form: Form) -> FormAnswer:
        """Hand in a closing reflection."""
        guidance, rhythm = form.text("guidance"), form.text("rhythm")
        command = c.Reflect(
            by=request.user,
            takeaway=form.text("takeaway"),
            asking=form.text("asking"),
            useful=_score(form, "useful"),
            safe=_score(form, "safe"),
            guidance=Guidance(guidance) if guidance else None,
            rhythm=Often(rhythm) if rhythm else None,
            share=bool(form.several("share")),
        )
        return self._run(request, form, form.about, command)

    def use_method(self, request: Request, form: Form) -> FormAnswer:
        """Choose a method in the lobby."""
        seen = _version(form.seen)
        command = c.UseMethod(by=request.user, method=form.text("method"), seen=seen)
        return self._run(request, form, form.about, command)

    def pick(self, request: Request, form: Form) -> FormAnswer:
        """Take contributions from the tray."""
        picked = tuple(id_ for name in form.inputs for id_ in form.several(name))
        id_, key = split_value(form.about)
        command = c.Pick(by=request.user, picked=picked, step=key or None)
        return self._run(request, form, id_, command)

    def _run(self, request: Request, form: Form, about: str, command: c.Command) -> FormAnswer:
        self._channel_for(request, about)
        self._sessions.run(request.workspace, about, command, delivery=form.delivery)
        return FormAnswer()


def _version(seen: str | None) -> int | None:
    """Return the version of a session that a button or a form shows; None if it says none."""
    return int(seen) if seen and seen.isascii() and seen.isdigit() else None


def _score(form: Form, name: str) -> int | None:
    chosen = form.text(name)
    return int(chosen) if chosen in SCORES else None

"""One person: their wishes, toolkit, question coach, follow-ups, and what is kept about them."""

from bot.blocks import privacy, receipts, replies
from bot.blocks.action_ids import ActionId, FormId
from bot.blocks.elements import Payload
from bot.blocks.session import forms
from bot.catalog.commands import switch_words
from bot.errors import Refusal
from bot.handlers.form_values import Form
from bot.handlers.modals import Modals
from bot.handlers.request import Action, Request, answer_privately
from bot.handlers.router import FormAnswer, Router
from bot.outbox.messages import Messenger
from bot.services.coaching import Coaching
from bot.services.follow_ups import FollowUps
from bot.services.home import Homes
from bot.services.people import People
from bot.services.preferences import Preferences
from bot.services.privacy import Privacy
from bot.services.toolkit import Toolkits

PREFERENCES = ("away_from", "away_until", "reminders", "language")


class PersonHandlers:
    """Handles what people type, press and send about themselves."""

    def __init__(
        self,
        modals: Modals,
        messenger: Messenger,
        preferences: Preferences,
        toolkits: Toolkits,
        coaching: Coaching,
        follow_ups: FollowUps,
        privacy_: Privacy,
        homes: Homes,
        people: People,
    ) -> None:
        self._modals = modals
        self._messenger = messenger
        self._preferences = preferences
        self._toolkits = toolkits
        self._coaching = coaching
        self._follow_ups = follow_ups
        self._privacy = privacy_
        self._homes = homes
        self._people = people

    def register(self, router: Router) -> None:
        """Register what these handlers take."""
        router.command("wishes", self.wishes, anywhere=True)
        router.command("toolkit", self.toolkit, anywhere=True)
        router.command("coach", self.coach, anywhere=True)
        router.command("mydata", self.my_data, anywhere=True)
        router.command("forget", self.ask_to_forget, anywhere=True)
        router.action("tool", self.press_tool)
        router.action("coach", self.press_coach)
        router.action("follow_up", self.open_follow_up)
        router.action("data", self.press_data)
        router.form(FormId.GROUP_WISHES, self.save_wishes)
        router.form(FormId.FOLLOW_UP_ANSWER, self.save_follow_up)

    # slash words

    def wishes(self, request: Request) -> Payload | None:
        """Open the form with reminders, language and days away."""
        self._modals.open(request, self._preferences.form(request.workspace, request.user))
        return None

    def toolkit(self, request: Request) -> Payload:
        """Show the person's toolkit, of what holds the words that were typed."""
        _, *typed = request.text.split() or [""]
        team, user, channel, sought = (
            request.workspace,
            request.user,
            request.channel,
            " ".join(typed),
        )
        if channel is not None:
            return self._toolkits.card(team, user, sought, channel=channel)
        self._toolkits.send(team, user, sought)
        return replies.answer(request.words("tools.sent"))

    def coach(self, request: Request) -> Payload:
        """Say whether the question coach is on, or switch it."""
        team, user, typed = request.workspace, request.user, request.typed
        on = switch_words().get(typed[0]) if typed else None
        if on is None:
            on = self._coaching.is_on(team, user)
        else:
            self._coaching.switch(team, user, on=on)
            self._homes.refresh(team, user)
        return replies.coach(request.words, on=on)

    def my_data(self, request: Request) -> Payload:
        """Send the person everything that is kept about them."""
        self._privacy.send_export(request.workspace, request.user)
        return replies.answer(request.words("data.sent"))

    def ask_to_forget(self, request: Request) -> Payload:
        """Say what forgetting the person would mean, and ask whether they want that."""
        return self._ask_to_forget(request)

    # buttons

    def press_tool(self, request: Request, action: Action) -> None:
        """Handle a button about a tool, by its id; then show the toolkit."""
        team, user, tool = request.workspace, request.user, action.value
        match action.id:
            case ActionId.TOOL_ALL:
                pass
            case ActionId.TOOL_SHARE:
                self._toolkits.share(team, user, tool)
            case ActionId.TOOL_KEEP:
                self._toolkits.unshare(team, user, tool)
            case ActionId.TOOL_DROP:
                self._toolkits.delete(team, user, tool)
            case _:
                raise Refusal("outdated")
        if request.channel is None:
            self._toolkits.send(team, user)
        else:
            card = self._toolkits.card(team, user, channel=request.channel)
            answer_privately(self._messenger, request, card)

    def press_coach(self, request: Request, action: Action) -> None:
        """Put one of the coach's openers into the form, or switch the coach."""
        match action.verb.split(":"):
            case ["take", number] if action.form is not None:
                view = forms.taken(action.form.view, action.value, number)
                self._modals.change(request, action.form, view)
            case ["on" | "off"]:
                on = action.id == ActionId.COACH_ON
                self._coaching.switch(request.workspace, request.user, on=on)
                if action.form is None and not action.at_home:
                    answer_privately(self._messenger, request, replies.coach(request.words, on=on))
            case _:
                raise Refusal("outdated")

    def open_follow_up(self, request: Request, action: Action) -> None:
        """Open the form to tell how a next step went; the value is the session's id."""
        form = self._follow_ups.form(request.workspace, request.user, action.value)
        self._modals.open(request, form)

    def press_data(self, request: Request, action: Action) -> None:
        """Handle a button about what is kept of the person."""
        team, user = request.workspace, request.user
        match action.id:
            case ActionId.DATA_MINE:
                self._privacy.send_export(team, user)
            case ActionId.DATA_FORGET:
                answer_privately(self._messenger, request, self._ask_to_forget(request))
            case ActionId.DATA_KEEP:
                kept = replies.answer(request.words("data.kept"))
                answer_privately(self._messenger, request, kept)
            case ActionId.DATA_MESSAGES:
                answer_privately(self._messenger, request, self._own_messages(request, action))
            case ActionId.DATA_FORGET_YES:
                if self._privacy.forget(team, user):
                    self._homes.show_as_newcomer(team, user)
                answer_privately(
                    self._messenger, request, replies.answer(request.words("data.forget_done"))
                )
            case _:
                raise Refusal("outdated")

    def _ask_to_forget(self, request: Request) -> Payload:
        about = self._privacy.forgetting(request.workspace, request.user)
        return privacy.forget(about, request.words)

    def _own_messages(self, request: Request, action: Action) -> Payload:
        """Return links to the person's messages in a session, or in all sessions."""
        session = None if action.value == "all" else action.value
        found = self._privacy.own_messages(request.workspace, request.user, session)
        links = self._people.links_to(request.workspace, found)
        if links is None:
            raise Refusal("no_links")
        return receipts.own_messages(links, request.words)

    # forms

    def save_wishes(self, request: Request, form: Form) -> FormAnswer:
        """Keep reminders, language and days away."""
        values = form.texts(*PREFERENCES)
        return FormAnswer(self._preferences.save(request.workspace, request.user, values))

    def save_follow_up(self, request: Request, form: Form) -> FormAnswer:
        """Keep how a next step went."""
        share = bool(form.several("share"))
        self._follow_ups.save_answer(
            request.workspace,
            request.user,
            form.about,
            form.text("text"),
            question=form.text("question"),
            share=share,
        )
        return FormAnswer()

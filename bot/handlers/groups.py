"""Groups: founding one, belonging to one, its settings, guidance and agreements."""

from bot.blocks import replies
from bot.blocks.action_ids import ActionId, FormId, split_value
from bot.blocks.agreements import MERGE
from bot.blocks.elements import Payload, literal
from bot.catalog.commands import command_words
from bot.errors import Refusal
from bot.flows.types import Guidance
from bot.handlers.form_values import Form
from bot.handlers.modals import Modals
from bot.handlers.request import Action, Request, answer_privately
from bot.handlers.router import FormAnswer, Router
from bot.outbox.messages import Messenger
from bot.services.ending import Endings
from bot.services.founding import Founding
from bot.services.groups.agreements import Agreements
from bot.services.groups.guidance import GroupGuidance
from bot.services.groups.settings import GroupSettings
from bot.services.meetings.calendars import Calendars
from bot.services.membership import Membership
from bot.services.rooms import Rooms

FOUNDING = ("name", "rule", "nth", "weekday", "at", "minutes", "cases")
FOUNDING_LISTS = ("members", "leads", "free")
DETAILS = ("minutes", "cases", "least", "most", "language", "zone", "country")
SETTINGS = ("language", "guidance", "keep", "case_days", "capacity", "turn")


class GroupHandlers:
    """Handles what people type, press and send about groups."""

    def __init__(
        self,
        modals: Modals,
        messenger: Messenger,
        founding: Founding,
        membership: Membership,
        settings: GroupSettings,
        guidance: GroupGuidance,
        agreements: Agreements,
        calendars: Calendars,
        endings: Endings,
        rooms: Rooms,
    ) -> None:
        self._modals = modals
        self._messenger = messenger
        self._founding = founding
        self._membership = membership
        self._settings = settings
        self._guidance = guidance
        self._agreements = agreements
        self._calendars = calendars
        self._endings = endings
        self._rooms = rooms

    def register(self, router: Router) -> None:
        """Register what these handlers take."""
        router.command("group", self.show, in_group=True)
        router.command("founding", lambda r: self.found(r, details=False), in_group=True)
        router.command("details", lambda r: self.found(r, details=True), in_group=True)
        router.command("join", self.join, in_group=True)
        router.command("end", self.ask_to_end, in_group=True)
        router.command("settings", self.settings, in_group=True)
        router.command("agreements", self.agreements, in_group=True)
        router.action("member", self.press_member)
        router.action("agreement", self.press_agreement)
        router.action("growth", self.choose_guidance)
        router.form(FormId.GROUP_FOUNDING, self.save_founding)
        router.form(FormId.GROUP_DETAILS, self.save_details)
        router.form(FormId.GROUP_SETTINGS, self.save_settings)
        router.form(FormId.AGREEMENT_FORM, self.save_agreements)

    # slash words

    def show(self, request: Request) -> Payload | None:
        """Show the channel's group, or open the form to found one; after "end", ask to end it."""
        if request.typed and command_words().get(request.typed[0]) == "end":
            return self.ask_to_end(request)
        channel = request.require_channel("group")
        card = self._founding.card(request.workspace, channel, request.user)
        return card or self.found(request, details=False)

    def found(self, request: Request, *, details: bool) -> Payload | None:
        """Open the form to found or change the channel's group."""
        request.refuse_guests()
        channel = request.require_channel("group")
        self._rooms.look_if_new(request.workspace, channel, request.user)
        form = self._founding.form(request.workspace, channel, request.user, details=details)
        self._modals.open(request, form)
        return None

    def join(self, request: Request) -> Payload:
        """Join the channel's group."""
        channel = request.require_channel("join")
        self._membership.join_channel(request.workspace, request.user, channel)
        return replies.answer(request.words("founding.joined_you"))

    def ask_to_end(self, request: Request) -> Payload:
        """Ask whether the channel's group is really to end."""
        channel = request.require_channel("end")
        return self._endings.question(request.workspace, channel, request.user)

    def settings(self, request: Request) -> Payload | None:
        """Open the form with the group's settings."""
        channel = request.require_channel("settings")
        self._modals.open(request, self._settings.form(request.workspace, channel, request.user))
        return None

    def agreements(self, request: Request) -> Payload:
        """Show what the group agreed on."""
        channel = request.require_channel("agreements")
        return self._agreements.card(request.workspace, channel, request.user)

    # buttons

    def press_member(self, request: Request, action: Action) -> None:
        """Handle a button about belonging to a group; its value is the group's id."""
        team, user, group, words = request.workspace, request.user, action.value, request.words
        membership = self._membership
        match action.id:
            case ActionId.MEMBER_ACCEPT | ActionId.MEMBER_DECLINE:
                accepted = action.id == ActionId.MEMBER_ACCEPT
                membership.answer_invitation(team, user, group, yes=accepted)
            case ActionId.MEMBER_JOIN:
                # In the channel alone: a known id does not prove that somebody may read there.
                membership.join_channel(team, user, request.require_channel("join"))
            case ActionId.MEMBER_CONFIRM:
                membership.confirm(team, user, group)
                self._tell(request, replies.answer(words("founding.confirmed_you")))
            case ActionId.MEMBER_TALK:
                membership.request_talk(team, user, group)
                self._tell(request, replies.answer(words("founding.talk_you")))
            case ActionId.MEMBER_CALENDAR:
                self._calendars.send(team, user, group)
            case ActionId.MEMBER_FEED_NEW | ActionId.MEMBER_FEED_OFF:
                follows = action.id == ActionId.MEMBER_FEED_NEW
                shown = self._calendars.set_feed(team, user, group, on=follows)
                answer_privately(self._messenger, request, shown)
            case ActionId.MEMBER_END:
                self._endings.end(team, user, group, action.seen)
            case ActionId.MEMBER_LEAVE:
                name = membership.leave(team, user, group)
                text = words("founding.left", name=literal(name))
                self._tell(request, replies.answer(text))
            case _:
                raise Refusal("outdated")

    def _tell(self, request: Request, payload: Payload) -> None:
        self._messenger.tell(request.workspace, request.user, payload)

    def press_agreement(self, request: Request, action: Action) -> None:
        """Show all agreements, sign them, or open the form; the value is the group's id."""
        team, user, group = request.workspace, request.user, action.value
        if action.id == ActionId.AGREEMENT_EDIT:
            self._modals.open(request, self._agreements.form(team, user, group))
        elif action.id == ActionId.AGREEMENT_ALL:
            whole = self._agreements.whole(team, user, group)
            answer_privately(self._messenger, request, whole)
        else:
            self._agreements.sign(team, user, group, action.seen)
            self._tell_here(request, "agreements.thanks")

    def choose_guidance(self, request: Request, action: Action) -> None:
        """Choose how much a group is guided; the value is the group's id."""
        if action.verb not in list(Guidance):
            raise Refusal("outdated")
        guidance = Guidance(action.verb)
        try:
            self._guidance.choose(
                request.workspace, request.user, action.value, guidance, action.seen
            )
        except Refusal as refusal:
            if refusal.key != "guidance_same":
                raise
            self._tell_here(request, "growth.stays")

    def _tell_here(self, request: Request, key: str) -> None:
        answer_privately(self._messenger, request, replies.answer(request.words(key)))

    # forms

    def save_founding(self, request: Request, form: Form) -> FormAnswer:
        """Found a group, or change its name, members and rhythm."""
        lists = {name: form.several(name) for name in FOUNDING_LISTS}
        values = {**form.texts(*FOUNDING), **lists}
        group = split_value(form.about)[0]
        saved = self._founding.save(request.workspace, request.user, group, values, form.base)
        return FormAnswer(*saved)

    def save_details(self, request: Request, form: Form) -> FormAnswer:
        """Change a group's sizes, lengths, language, time zone and methods."""
        values = {**form.texts(*DETAILS), "methods": form.several("methods")}
        group, user = split_value(form.about)[0], request.user
        saved = self._founding.save_details(request.workspace, user, group, values, form.base)
        return FormAnswer(*saved)

    def save_settings(self, request: Request, form: Form) -> FormAnswer:
        """Change a group's settings."""
        values = form.texts(*SETTINGS)
        group = split_value(form.about)[0]
        saved = self._settings.save(request.workspace, request.user, group, values, form.base)
        return FormAnswer(*saved)

    def save_agreements(self, request: Request, form: Form) -> FormAnswer:
        """Change what a group agreed on."""
        asked = form.has(MERGE)
        wrong, again = self._agreements.save(
            request.workspace,
            request.user,
            form.about,
            form.text("lines"),
            form.seen,
            merge=bool(form.several(MERGE)) if asked else None,
        )
        return FormAnswer(wrong, again)

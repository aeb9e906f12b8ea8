"""Methods of a group's own: their card, and the form to compose one."""

from bot.blocks.action_ids import ActionId, FormId, split_value
from bot.blocks.elements import Payload
from bot.blocks.methods import Draft
from bot.errors import Refusal
from bot.handlers.form_values import Form
from bot.handlers.modals import Modals
from bot.handlers.request import Action, Request, answer_privately
from bot.handlers.router import FormAnswer, Router
from bot.outbox.messages import Messenger
from bot.services.groups.methods import GroupMethods


class MethodHandlers:
    """Handles what people type, press and send about methods of their own."""

    def __init__(self, modals: Modals, messenger: Messenger, methods: GroupMethods) -> None:
        self._modals = modals
        self._messenger = messenger
        self._methods = methods

    def register(self, router: Router) -> None:
        """Register what these handlers take."""
        router.command("methods", self.show, anywhere=True, in_group=True)
        router.action("method", self.show_steps)
        router.action("compose", self.press)
        router.form(FormId.COMPOSE_FORM, self.save)

    def show(self, request: Request) -> Payload:
        """List the methods there are, with those of the channel's group."""
        return self._methods.card(request.workspace, request.channel, request.user)

    def show_steps(self, request: Request, action: Action) -> None:
        """Show the steps of a method to who asked."""
        if action.id != ActionId.METHOD_STEPS:
            raise Refusal("outdated")
        group, method = split_value(action.value)
        steps = self._methods.steps(request.workspace, request.user, group, method)
        answer_privately(self._messenger, request, steps)

    def press(self, request: Request, action: Action) -> None:
        """Handle a button on the methods' card, or a menu in the form of a method."""
        team, user = request.workspace, request.user
        form = action.form
        composing = form is not None and form.callback == FormId.COMPOSE_FORM
        match action.verb.split(":"):
            case ["new"] | ["change"]:
                group, method = split_value(action.value)
                self._modals.open(request, self._methods.form(team, user, group, method))
            case ["remove"]:
                group, method = split_value(action.value)
                self._methods.remove(team, user, group, method, action.seen)
            case ["add"] if composing and form is not None:
                self._edit_steps(request, form, "add", action.value)
            case ["move", _] if composing and form is not None:
                move, _, at = action.value.partition(":")
                self._edit_steps(request, form, move, at)
            case _:
                raise Refusal("outdated")

    def save(self, request: Request, form: Form) -> FormAnswer:
        """Keep a method; the form stays with a word of what is wrong with its steps."""
        draft = self._draft(form)
        wrong, view = self._methods.save(request.workspace, request.user, draft, request.words)
        return FormAnswer(wrong, view)

    def _edit_steps(self, request: Request, form: Form, move: str, at: str) -> None:
        view = self._methods.edit_steps(self._draft(form), move, at, request.words)
        self._modals.change(request, form, view)

    def _draft(self, form: Form) -> Draft:
        title, kinds = form.text("title"), form.text("kinds")
        return self._methods.read_draft(form.about, title, kinds, form.seen)

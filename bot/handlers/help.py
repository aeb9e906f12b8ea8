"""Help, typed or pressed."""

from bot.blocks import help as show
from bot.blocks.action_ids import ActionId
from bot.blocks.elements import Payload
from bot.errors import Refusal
from bot.handlers.request import Action, Request, answer_privately
from bot.handlers.router import Router
from bot.outbox.messages import Messenger
from bot.services.help import Help
from bot.services.people import People


class HelpHandlers:
    """Handles what people type and press to find their way."""

    def __init__(self, messenger: Messenger, people: People, help_: Help) -> None:
        self._messenger = messenger
        self._people = people
        self._help = help_

    def register(self, router: Router) -> None:
        """Register what these handlers take."""
        router.command("help", self.here, anywhere=True)
        router.action("help", self.press)

    def here(self, request: Request, *, unknown: bool = False) -> Payload:
        """Say what the person can do where they are; `unknown`: they typed what is no word."""
        where = self._help.here(request.workspace, request.user, request.channel)
        channel = request.channel
        if (
            where.place is show.Place.CHANNEL
            and channel is not None
            and not request.caller.grouped
            and not self._people.is_bot_in(request.workspace, channel)
        ):
            where = show.Here(show.Place.AWAY)
        return show.here(where, request.words, unknown=unknown)

    def press(self, request: Request, action: Action) -> None:
        """List every word."""
        if action.id != ActionId.HELP_MORE:
            raise Refusal("outdated")
        answer_privately(self._messenger, request, show.everything(request.words))

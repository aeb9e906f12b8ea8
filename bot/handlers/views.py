"""Forms that people send: routed by their callback id."""

import re

from slack_bolt import Ack, App, BoltContext

from bot.blocks import replies
from bot.errors import Refusal
from bot.handlers import payloads
from bot.handlers.form_values import Form, form_of
from bot.handlers.request import Request, interaction_request, let_in
from bot.handlers.router import FormAnswer, Router
from bot.services.inbox import Inbox
from bot.services.people import People
from bot.services.presence import Presence


class Views:
    """The surface of forms. A form with a mistake stays open, with all that was written in it."""

    def __init__(self, router: Router, inbox: Inbox, people: People, presence: Presence) -> None:
        self._presence = presence
        self._router = router
        self._inbox = inbox
        self._people = people

    def register(self, app: App) -> None:
        """Register all forms at Bolt, as one listener."""

        @app.view(re.compile(""))
        def sent(ack: Ack, context: BoltContext, body: payloads.Raw) -> None:
            submission: payloads.Submission = context["payload"]
            request = interaction_request(submission, self._people)
            form = form_of(submission.view, body["view"])
            handle = self._router.forms.get(form.callback, _outdated)
            if self._inbox.knows(request.workspace, form.delivery):
                ack()
                return
            try:
                let_in(submission, request)
                answer = handle(request, form)
            except Refusal as refusal:
                why = self._presence.explain(request.workspace, request.user, refusal)
                answer = FormAnswer({form.inputs[0]: why})
            if answer.errors:
                errors = {
                    name: replies.refusal_text(why, request.words, in_form=True)
                    for name, why in answer.errors.items()
                }
                ack(response_action="errors", errors=errors)
            elif answer.view is not None:
                ack(response_action="update", view=answer.view)
            else:
                self._inbox.first_time(request.workspace, form.delivery)
                ack()


def _outdated(_request: Request, _form: Form) -> FormAnswer:
    """Refuse a form of an earlier version."""
    raise Refusal("outdated")

"""A form has the time that Slack's three seconds leave, and what is told of it is true."""

from contextvars import copy_context
from types import SimpleNamespace

import pytest
from slack_sdk.errors import SlackApiError

from bot.errors import Refusal
from bot.handlers import deadline
from bot.handlers.modals import Modals


def opening(error):
    """The key of the refusal when Slack answers with this error; None for no refusal."""

    def answer(**_):
        if error is not None:
            raise error

    modals = Modals(lambda _: SimpleNamespace(views_open=answer, views_update=answer))
    told = []
    for act in (modals.open, lambda request, view: modals.change(request, request.form, view)):
        try:
            act(
                SimpleNamespace(workspace="T", trigger="1", form=SimpleNamespace(id="", hash="")),
                {},
            )
            told.append(None)
        except Refusal as refusal:
            told.append(refusal.key)
    return told


def refused(name):
    return SlackApiError("refused", {"error": name})


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (None, [None, None]),
        (refused("expired_trigger_id"), ["form_not_opened", "form_not_changed"]),
        (refused("exchanged_trigger_id"), [None, "form_not_changed"]),
        (TimeoutError(), ["form_slow", "form_slow"]),
        (ConnectionResetError(), ["form_slow", "form_slow"]),
    ],
    ids=["done", "refused", "opened before", "slow", "broken off"],
)
def test_only_what_slack_refused_is_said_not_to_have_opened(error, told):
    assert opening(error) == told


def test_all_calls_of_a_request_share_its_time(monkeypatch):
    times = iter([100.0, 101.0, 102.0, 109.0])
    monkeypatch.setattr(deadline, "monotonic", lambda: next(times))

    def request():
        return deadline.starting()(lambda: [deadline.seconds_left() for _ in range(3)])

    whole = deadline.ANSWER_SECONDS
    left = copy_context().run(request)
    assert left == pytest.approx([whole - 1, whole - 2, deadline.LEAST_SECONDS])

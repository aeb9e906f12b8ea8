"""What stands in a request, however it was typed."""

import pytest

from bot.flows.participation import period_of
from bot.handlers.request import Request
from bot.i18n import words
from bot.services.people import Caller


def request(text):
    caller = Caller(words("nl"), guest=False, stranger=False)
    return Request("T1", "U1", "C1", "1.2", caller, text)


@pytest.mark.parametrize("text", ["Coach AAN", "coach *aan*!", "coach aan 🙂"])
def test_words_are_read_without_what_stands_around_them(text):
    assert request(text).typed == ["aan"]


@pytest.mark.parametrize("between", ["..", " .. ", " – ", "/", " t/m "])
def test_a_period_is_read_however_it_is_joined(between):
    typed = request(f"deelname 2026-01{between}2026-06").typed
    assert str(period_of(" ".join(typed), None)) == "2026-01..2026-06"

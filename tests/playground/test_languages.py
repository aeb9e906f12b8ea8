"""The playground in a language that none of its people speaks at first."""

from bot.i18n import language_of
from playground.slack.clock import WoundClock
from playground.slack.seed import seeded
from playground.ui.page import people_of, speak


def spoken(workspace):
    return [language_of(user.locale) for user in people_of(workspace)]


def test_people_speak_a_language_that_nobody_spoke_and_go_back():
    workspace = seeded(WoundClock())
    before = spoken(workspace)
    speak(workspace, "en")
    assert spoken(workspace) == before
    speak(workspace, "de")
    assert spoken(workspace) == ["de" if each == "nl" else each for each in before]
    speak(workspace, "nl")
    assert spoken(workspace) == before

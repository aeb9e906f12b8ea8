"""A board is plain in every state: few buttons, the right one first, and menus with names."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings

from bot.blocks.session.board import board
from bot.catalog.methods import shipped_methods
from bot.flows.chooser import Reason, Suggestion
from bot.flows.session import commands as c
from bot.flows.types import Guidance, Mode, Phase
from bot.i18n import LANGUAGES, words
from playground.reading import elements
from tests.unit.flows.dialogue import Dialogue
from tests.unit.flows.test_properties import begun, play, talks

SHIPPED = shipped_methods()
SOME = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])

MOST_BUTTONS = 5
MENUS = {
    "nl": ["Zo doen we het", "Meer keuzes"],
    "en": ["How we do it", "More choices"],
    "de": ["So machen wir es", "Mehr Möglichkeiten"],
}


def shown(talk, language="nl", session=None):
    return board(
        session or talk.session,
        talk.method,
        "Titel",
        words(language),
        talk.now,
        SHIPPED,
        readers="…",
        first=True,
    )["blocks"]


def check(blocks, session, language="nl"):
    found = [element for _, element in elements(blocks)]
    buttons = [element for element in found if element["type"] == "button"]
    menus = [element for element in found if element["type"] != "button"]
    assert len(buttons) <= MOST_BUTTONS
    assert len({each["text"]["text"] for each in buttons if "use" not in each["action_id"]}) == len(
        [each for each in buttons if "use" not in each["action_id"]]
    ), "each has a name of its own"
    own = [each for each in blocks if each["type"] == "actions"]
    for row in own:
        marked = [each.get("style") == "primary" for each in row["elements"]]
        assert sum(marked) <= 1
        assert not any(marked[1:]), "what is wanted most comes first"
    assert {menu["type"] for menu in menus} <= {"static_select"}
    names = [menu["placeholder"]["text"] for menu in menus]
    assert names == (
        []
        if session.phase is Phase.CLOSED
        else MENUS[language][1:]
        if session.phase is Phase.PAUSED
        else MENUS[language]
    )


@SOME
@given(talks())
def test_the_board_is_plain_whatever_happens(talked):
    talk, happened = talked
    check(shown(talk), talk.session)
    for each in happened:
        play(talk, each)
        check(shown(talk), talk.session)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("guidance", Guidance)
@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("id_", SHIPPED)
def test_the_board_of_every_method_is_plain_in_every_step(id_, mode, guidance, language):
    talk = begun(SHIPPED[id_])
    for step in range(len(talk.method.steps)):
        while talk.session.position.step < step:
            play(talk, ("asked", "yes"))
        led = {"facilitator": talk.session.participants[-1]}
        for change in ({}, led, {"phase": Phase.PAUSED}):
            session = talk.session.model_copy(update={"mode": mode, "guidance": guidance, **change})
            check(shown(talk, language, session), session, language)


@pytest.mark.parametrize("people", [1, 5])
@pytest.mark.parametrize("mode", Mode)
def test_a_lobby_with_many_suggestions_has_five_buttons(mode, people):
    talk = Dialogue(SHIPPED["basic"], people=("ann", "bo", "cas", "dee", "eve")[:people])
    others = ("images", "socratic", "five-steps")
    suggested = [Suggestion(method=id_, reason=Reason.FITS) for id_ in others]
    suggested.append(Suggestion(method="positive", reason=Reason.WENT_WELL))
    session = talk.session.model_copy(update={"suggested": tuple(suggested), "mode": mode})
    assert session.phase is Phase.LOBBY
    blocks = shown(talk, session=session)
    check(blocks, session)
    first = next(e for _, e in elements(blocks) if e.get("style") == "primary")
    assert first["action_id"] == ("session:begin" if people > 1 else "session:join")


def test_after_the_end_there_is_one_thing_to_do():
    talk = begun(SHIPPED["basic"])
    talk.do(c.Stop(by=talk.session.bringer))
    talk.now += timedelta(minutes=1)
    check(shown(talk), talk.session)

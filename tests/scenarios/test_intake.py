"""A case comes from a complaint to a work question, and its aim steers the session."""

import pytest

from playground.reading import elements, find
from playground.speech import repertoire
from playground.testing import ESTHER, MEHMET, SANNE, Team


@pytest.fixture
def team(stage):
    return Team(stage)


def test_a_theme_becomes_a_question_and_its_aim_is_shown(team):
    team.types(MEHMET, "casus")
    for text in ("Doe ik het goed genoeg?", "een thema of dilemma", "Ik twijfel vaak."):
        team.tells_bot(MEHMET, text)
    assert "Wat doe je er nu mee" in team.last_direct(MEHMET)
    team.presses(MEHMET, "intake:pass", on=team.direct_messages(MEHMET)[-1])
    assert "voor *jou* een probleem" in team.last_direct(MEHMET)
    team.tells_bot(MEHMET, "Ik meet me aan iedereen.")
    team.tells_bot(MEHMET, "overslaan")
    asks = team.tells_bot(MEHMET, "Tussen streng en mild.")
    assert "Ik meet me aan iedereen." in asks
    assert "Tussen streng en mild." in asks
    team.tells_bot(MEHMET, "Hoe kan ik milder naar mezelf kijken?")
    team.tells_bot(MEHMET, "gehoord worden")
    assert "horen geen tips" in team.tells_bot(MEHMET, "ja")
    team.presses(MEHMET, "intake:submit", on=team.direct_messages(MEHMET)[-1])

    team.types(MEHMET, "start basis")
    for other in (SANNE, ESTHER):
        team.presses(other, "session:join")
    team.presses(SANNE, "session:begin")
    team.checks_in([SANNE, MEHMET, ESTHER])
    assert "Gehoord worden" in team.thread_says()
    assert "Hoe kan ik milder" in team.thread_says()
    team.presses(MEHMET, "session:done")
    said = team.thread_says()
    assert "wil vooral gehoord worden" in said
    assert "Ik meet me aan iedereen." not in said
    assert "Tussen streng en mild." not in said


STORY = ("Een lastig gesprek", "iets wat gebeurde", "Een collega zweeg.", "Ik zweeg ook.")


def buttons(message):
    return [each["action_id"] for _, each in elements(message.blocks)]


def answers_all(team, *answers):
    """Answer the questions of the intake in turn, up to the last."""
    team.types(MEHMET, "casus")
    for text in (*STORY, "pas", "pas", "pas", "Hoe kan ik iets zeggen?", *answers):
        team.tells_bot(MEHMET, text)


def press(team, action):
    """Press the newest button of this kind in the direct messages."""
    seen = team.direct_messages(MEHMET)
    team.presses(MEHMET, action, on=[m for m in seen if find(m.blocks, action)][-1])


def test_each_question_says_its_place_and_one_offers_the_form(team):
    answers_all(team, "begrijpen")
    asked = [m for m in team.direct_messages(MEHMET) if m.user != MEHMET][1:]
    assert "Vraag 10 van 10" in team.reads(asked[-1])
    assert buttons(asked[-1]) == [
        "intake:choose:yes",
        "intake:choose:no",
        "intake:stop",
    ]
    assert [buttons(m) for m in asked[:-1]] == [[]] * 9  # nothing old can be pressed
    assert "Waar gaat je casus over" in team.reads(asked[0])
    assert "> Een lastig gesprek" in team.reads(asked[0])
    assert "Overgeslagen" in team.reads(asked[5])


def test_the_form_is_offered_with_the_first_question_alone(team):
    team.types(MEHMET, "casus")
    assert "Vraag 1 van 10" in team.last_direct(MEHMET)
    assert "intake:form" in buttons(team.direct_messages(MEHMET)[-1])
    team.tells_bot(MEHMET, "Een lastig gesprek")
    assert "intake:form" not in buttons(team.direct_messages(MEHMET)[-1])
    team.tells_bot(MEHMET, "iets dat goed ging")
    assert "Vraag 3 van 6" in team.last_direct(MEHMET)


@pytest.mark.parametrize(
    ("typed", "understood"),
    [
        ("Ik wil graag wat tips", "Kiezen uit adviezen"),
        ("gewoon gehoord worden", "Gehoord worden"),
        ("Beter begrijpen!", "Mezelf beter begrijpen"),
    ],
)
def test_words_that_mean_a_choice_are_understood(team, typed, understood):
    answers_all(team, typed)
    assert "onherkenbaar" in team.last_direct(MEHMET)
    shown = [team.reads(m) for m in team.direct_messages(MEHMET)]
    assert any("Waar hoop je op?" in text and f"> {understood}" in text for text in shown)


def test_words_that_choose_nothing_are_kept_for_the_bringer(team):
    answers_all(team, "Dat weet ik eigenlijk niet.")
    again = team.direct_messages(MEHMET)[-1]
    assert "Ik bewaar dat bij je concept" in team.reads(again)
    assert find(again.blocks, "intake:choose:heard")
    team.tells_bot(MEHMET, "gehoord worden")
    summary = team.tells_bot(MEHMET, "ja")
    assert "zie ik alleen" in summary
    assert "> Dat weet ik eigenlijk niet." in summary
    press(team, "intake:submit")
    team.types(MEHMET, "start basis")
    for other in (SANNE, ESTHER):
        team.presses(other, "session:join")
    team.presses(SANNE, "session:begin")
    team.checks_in([SANNE, MEHMET, ESTHER])
    assert "eigenlijk niet" not in team.thread_says()


@pytest.mark.parametrize("typed", [True, False])
def test_who_is_still_recognisable_hears_what_to_do(team, typed):
    team.types(MEHMET, "casus")
    team.tells_bot(MEHMET, "Karin van Dijk zweeg")
    assert sum("misschien een naam" in team.reads(m) for m in team.direct_messages(MEHMET)) == 1
    for text in (*STORY[1:], "pas", "pas", "pas", "Hoe kan ik iets zeggen?", "begrijpen"):
        team.tells_bot(MEHMET, text)
    if typed:
        team.tells_bot(MEHMET, "nee, nog niet")
    else:
        press(team, "intake:choose:no")
    helps = team.direct_messages(MEHMET)[-1]
    assert "‘cliënt A’" in team.reads(helps)
    assert "misschien een naam" in team.reads(helps)
    assert buttons(helps) == ["intake:edit_any", "intake:choose:yes", "intake:stop"]
    press(team, "intake:choose:yes")
    assert "Klopt het zo?" in team.last_direct(MEHMET)


def test_what_was_sent_in_says_where_it_is(team):
    answers_all(team, "begrijpen", "ja")
    summary = team.direct_messages(MEHMET)[-1]
    press(team, "intake:submit")
    now = {m.ts: m for m in team.direct_messages(MEHMET)}[summary.ts]
    assert "Deze casus is ingestuurd." in team.reads(now)
    assert buttons(now) == []
    team.presses(MEHMET, "intake:discard", on=summary)  # as somebody had it on their screen
    assert "al ingestuurd" in team.last_direct(MEHMET)
    press(team, "case:withdraw")
    press(team, "intake:resume")
    press(team, "intake:submit")
    sent = team.direct_messages(MEHMET)[-1]
    press(team, "case:start")
    assert "De lobby staat open in" in team.last_direct(MEHMET)
    begun = {m.ts: m for m in team.direct_messages(MEHMET)}[sent.ts]
    assert "zijn jullie begonnen" in team.reads(begun)
    assert buttons(begun) == []
    team.chooses(MEHMET, "stop")
    waits = {m.ts: m for m in team.direct_messages(MEHMET)}[sent.ts]
    assert buttons(waits) == ["case:start", "case:withdraw"]


def test_a_draft_that_was_stopped_goes_on_where_it_was(team):
    team.types(MEHMET, "casus")
    team.tells_bot(MEHMET, "Een lastig gesprek")
    team.tells_bot(MEHMET, "stop")
    stopped = team.direct_messages(MEHMET)[-1]
    team.types(MEHMET, "casus")
    assert "Vraag 2 van 10" in team.last_direct(MEHMET)
    assert buttons({m.ts: m for m in team.direct_messages(MEHMET)}[stopped.ts]) == []


@pytest.mark.parametrize("tips", ["later", "yes"])
def test_tips_that_may_come_are_asked_for_whatever_the_aim(team, tips):
    team.types(MEHMET, "casus")
    team.presses(MEHMET, "intake:form", on=team.direct_messages(MEHMET)[-1])
    case = repertoire("nl")["cases"]["learning"]
    team.sends(MEHMET, **{**case, "aim": "reflection", "tips": tips})
    press(team, "intake:submit")
    team.types(MEHMET, "start basis")
    for other in (SANNE, ESTHER):
        team.presses(other, "session:join")
    team.presses(MEHMET, "session:begin")
    for _ in range(20):
        if "Wil je advies?" in team.board_says():
            break
        team.presses(MEHMET, "session:next")
    assert find(team.board().blocks, "session:yes")

"""The bringer may point to the question at which something opened; who asked it hears so alone."""

import pytest

from playground.reading import find
from playground.testing import ESTHER, MEHMET, SANNE, Team

QUESTIONS = ("Wat maakte dat je bleef zitten?", "Hoe voelde je je toen hij wegliep?")


@pytest.fixture
def team(stage):
    """A round of questions is over; both colleagues asked an open one."""
    team = Team(stage)
    team.comes_to_questions(MEHMET, [SANNE, ESTHER])
    return team


def asks(team, question, answer):
    """Ask as whoever has the floor; return who it was, and their message and the answer's."""
    asker = team.turn()
    said = team.writes(asker, question)
    return asker, said, team.writes(MEHMET, answer)


def offer(team):
    return next(m for m in team.direct_messages(MEHMET) if find(m.blocks, "session:opened"))


def marks(team, message, number):
    _, menu = find(message.blocks, "session:opened")
    option = menu["options"][number]
    team.slack.press(MEHMET, "session:opened", option=option, message=message, kind="static_select")
    team.stage.settle()


def test_who_asked_hears_it_alone_and_the_group_the_kind(team):
    first, _, _ = asks(team, QUESTIONS[0], "Ik was moe. Eigenlijk wist niemand in huis ervan.")
    shown = team.thread()[-1]
    assert team.reads(shown).endswith("Eigenlijk wist niemand in huis ervan.")
    assert "Ik was moe" not in team.reads(shown)
    second, _, _ = asks(team, QUESTIONS[1], "Boos.")
    question = offer(team)
    marks(team, question, 0)
    assert not any(find(m.blocks, "session:opened") for m in team.direct_messages(MEHMET))
    assert QUESTIONS[0] in team.last_direct(first)
    assert "ging er iets open bij" in team.last_direct(first)
    assert "ging er iets open" not in str(team.direct_messages(second))
    assert "zat een open vraag" in team.thread_says()
    assert QUESTIONS[0] not in team.reads(team.thread()[-1])
    marks(team, question, 1)
    assert "al een vraag aan" in team.last_direct(MEHMET)
    assert "ging er iets open" not in str(team.direct_messages(second))
    board = team.board().ts
    team.forgets(MEHMET)
    left = team.slack.thread(SANNE, team.channel, board)
    assert not [
        m for m in left if m.user != MEHMET and "wist niemand in huis ervan" in team.reads(m)
    ]


def test_a_changed_answer_goes_from_the_turn_and_the_turn_stays(team):
    _, _, answer = asks(team, QUESTIONS[0], "Ik was moe.")
    assert "Ik was moe." in team.reads(team.thread()[-1])
    team.slack.edit(MEHMET, team.channel, answer.ts, "Ik was het zat.")
    team.stage.settle()
    shown = team.thread()[-1]
    assert shown.user != MEHMET
    assert first_name(team) in team.reads(shown)
    assert "zei net dit" not in team.reads(shown)
    assert "Ik was moe." not in team.reads(shown)


def first_name(team):
    """Return the first name of whoever has the floor."""
    return team.slack.users[team.turn()].real_name.split()[0]


def test_a_kind_that_one_alone_asked_is_not_told(team):
    asks(team, QUESTIONS[0], "Ik was moe.")
    asks(team, "Heb je het gemeld?", "Ja.")
    marks(team, offer(team), 0)
    assert "openging" not in team.thread_says()


def test_a_question_that_was_deleted_can_be_marked_no_more(team):
    asker, said, answer = asks(team, QUESTIONS[0], "Ik was moe.")
    quoting = team.thread()[-1].ts
    asks(team, QUESTIONS[1], "Boos.")
    team.slack.delete(asker, team.channel, said.ts)
    team.slack.delete(MEHMET, team.channel, answer.ts)
    team.stage.settle()
    (left,) = [m for m in team.thread() if m.ts == quoting]
    assert "Ik was moe." not in team.reads(left)
    marks(team, offer(team), 0)
    assert "is er niet meer bij" in team.last_direct(MEHMET)
    assert not [m for m in team.direct_messages(asker) if "ging er iets open" in team.reads(m)]

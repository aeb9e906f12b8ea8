"""The coach speaks before something is sent, or once a round after a reply; to one person alone."""

import pytest

from bot.coach import load
from bot.store.tables import Group, QuestionCounts
from playground.reading import block, find
from playground.testing import ESTHER, MEHMET, SANNE, Team


@pytest.fixture
def asking(stage):
    team = Team(stage)
    team.comes_to_questions(MEHMET, [SANNE, ESTHER])
    return team


@pytest.fixture
def team(asking):
    asking.presses(asking.turn(), "session:contribute")
    return asking


def hint_for(text):
    return load("nl").read(text).hint


def shown(team, who):
    return str(team.slack.views(who)[-1].spec["blocks"])


def test_a_closed_question_is_caught_rephrased_and_sent(team):
    asker = team.turn()
    team.sends(asker, text="Heb je het gemeld?")
    assert hint_for("Heb je het gemeld?") in shown(team, asker)
    assert "Heb je het gemeld?" in shown(team, asker)
    assert len(team.contributions()) == 3
    team.sends(asker, text="Wat maakte dat je het meldde?")
    assert team.slack.views(asker) == []
    assert "Wat maakte dat je het meldde?" in team.thread_says()


def test_disguised_advice_may_still_be_sent(team):
    asker = team.turn()
    team.sends(asker, text="Heb je al geprobeerd om te bellen?")
    assert hint_for("Heb je al geprobeerd om te bellen?") in shown(team, asker)
    team.sends(asker, text="Heb je al geprobeerd om te bellen?")
    assert team.slack.views(asker) == []
    assert len(team.contributions()) == 4


def test_an_open_question_passes_without_a_word(team):
    asker = team.turn()
    team.sends(asker, text="Wat raakte je het meest?")
    assert team.slack.views(asker) == []
    assert len(team.contributions()) == 4
    assert team.whispered(asker) == []


def test_the_coach_is_silent_where_a_step_does_not_listen(team):
    team.slack.close(team.turn(), team.slack.views(team.turn())[-1].id)
    team.presses(MEHMET, "session:next")
    team.presses(MEHMET, "session:contribute")
    team.sends(MEHMET, text="Moet ik het melden?")
    assert team.slack.views(MEHMET) == []


def test_a_suggestion_keeps_ones_own_words(team):
    asker = team.turn()
    team.sends(asker, text="Was je boos toen hij wegliep?")
    takes_over(team, asker, 0)
    assert "'initial_value': 'Hoe voelde je je toen hij wegliep?'" in shown(team, asker)
    takes_over(team, asker, 1)
    assert "'initial_value': 'Wat maakte dat je '" in shown(team, asker)
    team.sends(asker, **{"text-way-1": "Wat maakte dat je bleef zitten?"})
    assert team.slack.views(asker) == []
    assert "Wat maakte dat je bleef zitten?" in team.thread_says()


def takes_over(team, who, n):
    view = team.slack.views(who)[-1]
    at, button = find(view.spec["blocks"], f"coach:take:{n}")
    team.slack.press(who, button["action_id"], value=button["value"], view=view, block_id=at)


def hints(team, who):
    """What the coach said to somebody in the thread."""
    return [said for said in team.whispered(who) if "bewerk je bericht" in said]


def counted(team, who):
    row = next(row for row in team.rows(QuestionCounts) if row.user == who)
    return row.open, row.closed, row.suggestive, row.advice, row.other


def test_a_writer_gets_one_private_hint_a_round(asking):
    asker = asking.turn()
    said = asking.writes(asker, "Heb je het gemeld?")
    asking.writes(asker, "En is het nog vaker gebeurd?")
    assert len(hints(asking, asker)) == 1
    assert hint_for("Heb je het gemeld?") in hints(asking, asker)[0]
    assert "Wat maakte dat je" in hints(asking, asker)[0]
    asking.slack.edit(asker, asking.channel, said.ts, "Heb je het ook gemeld?")
    asking.slack.edit(asker, asking.channel, said.ts, "Wat maakte dat je het meldde?")
    asking.stage.settle()
    assert asking.whispered(asker)[-1] == "Dank je. Nu is het een open vraag."
    assert counted(asking, asker) == (1, 1, 0, 0, 0)
    asking.writes(MEHMET, "Is dat nodig?")
    assert all(hints(asking, other) == [] for other in {MEHMET, SANNE, ESTHER} - {asker})


def test_only_supported_groups_hear_of_advice_first(
    team,
):
    guides(team, "supported")
    asker = team.turn()
    team.sends(asker, text="Heb je al geprobeerd om te bellen?")
    assert hint_for("Heb je al geprobeerd om te bellen?") in shown(team, asker)
    team.sends(asker, text="Heb je al geprobeerd om te bellen?")
    team.writes(asker, "Heb je al geprobeerd om te bellen?")
    assert hints(team, asker) == []
    team.writes(MEHMET, "Ja.")
    guides(team, "independent")
    other = team.turn()
    team.presses(other, "session:contribute")
    team.sends(other, text="Kun je niet gewoon bellen?")
    assert team.slack.views(other) == []
    assert counted(team, other) == (0, 0, 0, 1, 0)


def guides(team, guidance):
    with team.stage.bot.store.unit() as unit:
        unit.db.get(Group, team.session().group_id).guidance = guidance
        unit.commit()


def test_a_silenced_coach_counts_nothing(asking):
    asker = asking.turn()
    assert "is uit voor jou" in asking.answered(asker, "coach uit")
    assert "is uit voor jou" in asking.answered(asker, "coach")
    asking.writes(asker, "Heb je het gemeld?")
    assert hints(asking, asker) == []
    assert asking.rows(QuestionCounts) == []
    answer = [m for m in asking.slack.everything(asker, asking.channel) if m.ephemeral_to][-1]
    asking.presses(asker, "coach:on", on=answer)
    assert "leest met jou mee" in asking.whispered(asker)[-1]
    asking.writes(asker, "En weet zij het?")
    assert len(hints(asking, asker)) == 1


def test_ones_own_figures_are_private(asking):
    asker = asking.turn()
    said = asking.writes(asker, "Wat raakte je het meest?")
    asking.writes(asker, "Heb je het gemeld?")
    home = asking.home(asker)
    assert "Je vragen in je laatste sessie: 50 % open" in block(home.spec["blocks"], "home-asked")
    assert "Hier zie je straks" in str(asking.home(MEHMET).spec["blocks"])
    at, button = find(home.spec["blocks"], "coach:off")
    asking.slack.press(asker, "coach:off", value=button["value"], view=home, block_id=at)
    asking.stage.settle()
    assert "is uit voor jou" in str(asking.slack.home(asker).spec["blocks"])
    asking.types(asker, "coach aan")
    asking.slack.delete(asker, asking.channel, said.ts)
    asking.types(asker, "mijndata")
    assert "0 open, 1 gesloten" in asking.directs_say(asker)
    asking.forgets(asker)
    assert asking.rows(QuestionCounts) == []

"""Every press says on what: one that has gone by does nothing, and its presser is told so."""

from datetime import timedelta

import pytest

from bot.flows.session.pace import Pace
from bot.flows.session.state import Session
from bot.flows.types import Phase
from bot.store.tables import Agreement, Group, Signature
from playground.reading import find
from playground.testing import ESTHER, GRACE, JOOST, MEHMET, SANNE, Team, form_of

OTHERS = [SANNE, ESTHER, JOOST]
GONE_BY = "Er is net iets veranderd"


@pytest.fixture
def team(stage) -> Team:
    return Team(stage)


def state(team) -> Session:
    return Session.model_validate_json(team.session().state)


def speaks(team):
    """Begin a spoken session on Mehmet's case."""
    team.gathers(MEHMET, OTHERS)
    team.presses(MEHMET, "session:live")
    team.presses(MEHMET, "session:begin")


def test_next_by_three_in_one_second_is_one_step(team):
    speaks(team)
    board = team.board()
    for who in OTHERS:
        team.presses(who, "session:next", on=board)
    assert len(state(team).entered) == 2
    assert all(GONE_BY in team.whispered(who)[-1] for who in OTHERS[1:])
    team.presses(JOOST, "session:next")
    assert len(state(team).entered) == 3


def test_done_twice_by_who_leads_passes_nobody_over(team):
    speaks(team)
    team.chooses(SANNE, "lead")
    sheet = team.direct_messages(SANNE)[-1]
    queue = state(team).position.queue
    for _ in range(2):
        team.presses(SANNE, "session:done", on=sheet)
    assert state(team).position.queue == queue[1:]
    assert GONE_BY in team.last_direct(SANNE)


def test_more_time_by_three_is_given_once(team):
    speaks(team)
    board, until = team.board(), state(team).position.until
    for who in OTHERS:
        team.presses(who, "session:more_time", on=board)
    assert state(team).position.until - until == timedelta(minutes=5)


def test_buttons_without_a_version_still_work(team):
    speaks(team)
    team.slack.press(SANNE, "session:next", value=team.session().id, message=team.board())
    team.stage.settle()
    assert len(state(team).entered) == 2


def test_a_board_of_last_year_answers_kindly(team):
    team.begins(MEHMET, OTHERS)
    board = team.board()
    team.stage.pass_time(timedelta(days=365))
    team.presses(SANNE, "session:next", on=board)
    assert team.session().status is Phase.CLOSED
    assert team.whispered(SANNE) or team.direct_messages(SANNE)


def test_words_of_a_form_that_has_gone_by_stay_there(team):
    team.begins(MEHMET, OTHERS)
    team.presses(team.turn(), "session:contribute")
    asker = team.turn()
    team.presses(SANNE, "session:next")
    reply = team.sends(asker, text="Hier ben ik.")
    assert "stap verder" in str(reply.body["errors"])
    assert team.slack.views(asker)


def test_who_left_is_not_taken_up_again(team):
    team.begins(SANNE, [MEHMET, ESTHER, JOOST])
    team.chooses(SANNE, "stop")
    team.slack.leave(JOOST, team.channel)
    team.forgets(ESTHER)
    team.stage.settle()
    team.types(SANNE, "hervat")
    assert state(team).participants == (SANNE, MEHMET)
    assert team.session().status is Phase.RUNNING


def test_the_case_of_who_left_is_not_gone_on_with(team):
    team.begins(SANNE, [MEHMET, ESTHER, JOOST])
    team.chooses(SANNE, "stop")
    assert find(team.board().blocks, "session:resume")
    team.slack.change_user(SANNE, deleted=True)
    team.stage.settle()
    assert not find(team.board().blocks, "session:resume")
    said = team.answered(MEHMET, "hervat")
    assert "afgelopen" in said or "voorbij" in said, said
    assert team.session().status is Phase.CLOSED


def test_coming_back_opens_no_session_again(team):
    team.begins(SANNE, [MEHMET, ESTHER, JOOST])
    team.chooses(SANNE, "stop")
    team.slack.leave(JOOST, team.channel)
    team.slack.join(JOOST, team.channel)
    team.stage.settle()
    team.types(SANNE, "hervat")
    assert JOOST not in state(team).participants


def test_a_harvest_says_that_the_group_talked(team):
    speaks(team)
    team.presses(MEHMET, "session:next")
    team.chooses(MEHMET, "stop")
    said = team.last_direct(MEHMET)
    assert "niets voor je op papier" in said
    assert "wat er gezegd is, staat hier niet bij" in said


def starts_to_agree(team):
    """Have four people in the group, and its agreements signed by Sanne."""
    for who in (SANNE, MEHMET, ESTHER, JOOST):
        team.types(who, "wachtrij")
    team.types(SANNE, "afspraken")
    team.presses(SANNE, "agreement:sign", on=team.slack.everything(SANNE, team.channel)[-1])


def cards(team):
    seen = team.slack.everything(SANNE, team.channel)
    return [m for m in seen if not m.ephemeral_to and find(m.blocks, "agreement:edit")]


def signed(team):
    version = team.rows(Agreement)[0].version
    return {each.user for each in team.rows(Signature) if each.version == version}


def test_a_signature_is_under_what_was_read(team):
    starts_to_agree(team)
    old = cards(team)[-1]
    team.presses(ESTHER, "agreement:edit", on=old)
    team.sends(ESTHER, lines="Iets heel anders.\nAlles mag naar buiten.")
    team.presses(JOOST, "agreement:sign", on=old)
    assert "niet getekend" in team.whispered(JOOST)[-1]
    assert signed(team) == {ESTHER}
    team.presses(JOOST, "agreement:sign", on=cards(team)[-1])
    assert signed(team) == {ESTHER, JOOST}


def test_two_who_change_the_agreements_see_both(team):
    starts_to_agree(team)
    for who in (ESTHER, JOOST):
        team.presses(who, "agreement:edit", on=cards(team)[-1])
    team.sends(ESTHER, lines="Een\nTwee\nVan Esther")
    team.sends(JOOST, lines="Een\nTwee\nVan Joost")
    form = team.slack.views(JOOST)[-1]
    assert "Van Esther" in str(form.spec)
    assert "Van Joost" in str(form.spec)
    team.sends(JOOST, lines="Een\nTwee\nVan Esther\nVan Joost")
    assert not team.slack.views(JOOST)
    assert "Van Esther" in team.reads(cards(team)[-1])


def test_two_who_sign_the_first_list_at_once_both_sign(team):
    for who in (SANNE, ESTHER):
        team.types(who, "afspraken")
    for who in (SANNE, ESTHER):
        card = next(
            m
            for m in reversed(team.slack.everything(who, team.channel))
            if m.ephemeral_to == who and find(m.blocks, "agreement:sign")
        )
        team.presses(who, "agreement:sign", on=card)
    assert signed(team) == {SANNE, ESTHER}


def test_a_newcomer_who_signs_first_lets_all_sign_anew(team):
    starts_to_agree(team)
    team.slack.join(GRACE, team.channel)
    team.types(GRACE, "afspraken")
    team.presses(GRACE, "agreement:sign", on=team.slack.everything(GRACE, team.channel)[-1])
    assert signed(team) == {GRACE}
    team.brings(SANNE)
    team.types(SANNE, "start")
    team.presses(GRACE, "session:join")
    assert team.rows(Agreement)[0].version == 2


def test_agreements_keep_their_first_sign(team):
    starts_to_agree(team)
    team.presses(ESTHER, "agreement:edit", on=cards(team)[-1])
    team.sends(ESTHER, lines="*Safe* here\n-5 minuten\n- Op tijd\n• Op tijd\n-")
    said = str(cards(team)[-1].blocks)
    for line in ("• *Safe* here", "• -5 minuten", "• Op tijd"):
        assert line in said
    assert said.count("Op tijd") == 1


def test_two_who_change_the_settings_both_do(team):
    def kept():
        pace = Pace.model_validate_json(team.rows(Group)[0].settings)
        return pace.keep, pace.turn

    for who in (SANNE, ESTHER):
        team.types(who, "instellingen")
    team.sends(SANNE, keep="20")
    team.sends(ESTHER, turn="48")
    assert kept() == (timedelta(days=20), timedelta(hours=48))
    for who in (SANNE, ESTHER):
        team.types(who, "instellingen")
    team.sends(SANNE, keep="10")
    team.sends(ESTHER, keep="15", turn="12")
    assert kept() == (timedelta(days=10), timedelta(hours=48))
    form = {block["block_id"]: block for block in form_of(team, ESTHER)}
    assert "Iemand anders koos hier: 10" in str(form["both-keep"])
    assert "both-turn" not in form
    team.sends(ESTHER)
    assert kept() == (timedelta(days=15), timedelta(hours=12))


def test_guidance_chosen_on_an_older_message_is_told_so(team):
    team.types(SANNE, "wachtrij")
    (group,) = team.rows(Group)
    here = {"message": team.slack.everything(SANNE, team.channel)[-1]}
    team.slack.press(SANNE, "growth:supported", value=f"{group.id}@guided", **here)
    team.stage.settle()
    team.slack.press(SANNE, "growth:independent", value=f"{group.id}@guided", **here)
    team.stage.settle()
    assert team.rows(Group)[0].guidance == "supported"
    assert "intussen al iets in gekozen" in team.whispered(SANNE)[-1]

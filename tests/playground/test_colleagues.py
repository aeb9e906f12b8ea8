"""Simulated colleagues answer what was asked, repeat nothing, and live through a year."""

from datetime import timedelta
from itertools import pairwise
from random import Random

import pytest
from sqlalchemy import select

from bot.i18n import LANGUAGES
from bot.store.tables import Attendance, MeetingRow
from playground.colleagues import Colleagues
from playground.demo import Demo, living
from playground.slack.clock import WoundClock
from playground.slack.seed import PEOPLE, seeded
from playground.slack.server import serving
from playground.speech import cases, repertoire
from playground.stage import NEW_YEAR
from playground.testing import ESTHER, FATIMA, GRACE, JOOST, MEHMET, SANNE, Team, block, filled_in
from playground.ui.play import Play

MONTH = timedelta(days=30)


class Played(Team):
    """A team of which colleagues play some."""

    def __init__(self, stage):
        super().__init__(stage)
        self.colleagues = Colleagues(
            self.slack,
            self.channel,
            [],
            random=Random(7),
            by_form=True,
        )

    def play(self, people, until, *, acts=120):
        """Act as people until something holds. Raise `AssertionError` if it never does."""
        self.colleagues.people = people
        for _ in range(acts):
            if until():
                return
            self.colleagues.act()
            self.stage.settle()
        raise AssertionError(self.board_says())

    def opens(self, bringer, others):
        """Bring a case as a colleague whose own it is, and begin its session with others."""
        self.types(bringer, "casus")
        self.play([bringer], lambda: "brengt een casus in" in self.said())
        self.play([bringer, *others], lambda: all(f"<@{who}>" in self.there() for who in others))
        self.presses(bringer, "session:begin")

    def there(self):
        """Return who is in the lobby, as the board says."""
        return block(self.board().blocks, "board-who")

    def said(self):
        """Return all that stands in the channel itself."""
        return "\n".join(self.reads(m) for m in self.slack.messages(SANNE, self.channel))

    def spoken(self, who):
        """Return what somebody said in the thread, first to last."""
        return [m.text for m in self.thread() if m.user == who]


@pytest.fixture
def team(stage):
    return Played(stage)


def comes_to_ask(team, people):
    """Act as people, and check in as Sanne, until it is hers to ask a question."""
    team.play(people, lambda: team.turn() == SANNE)
    if "Vragenronde" not in team.board_says():
        team.writes(SANNE, "Ik ben er.")
        team.play(people, lambda: team.turn() == SANNE)


@pytest.mark.parametrize(
    ("question", "topic"),
    [("Wat voelde je daarbij?", "feel"), ("Wat heb je nodig van hen?", "need"), ("Lunch?", "")],
)
def test_a_bringer_answers_what_was_asked(team, question, topic):
    team.opens(ESTHER, [SANNE, JOOST])
    comes_to_ask(team, [ESTHER, JOOST])
    team.writes(SANNE, question)
    before = team.spoken(ESTHER)
    team.play([ESTHER, JOOST], lambda: team.spoken(ESTHER) != before)
    asked = next(case["nl"]["asked"] for case in cases() if case.get("of") == ESTHER)
    fitting = [asked[topic][1]] if topic else repertoire("nl")["answer"]
    assert team.spoken(ESTHER)[len(before)] in fitting


def test_nobody_says_in_a_session_what_was_said_there(team):
    people = [ESTHER, SANNE, MEHMET, JOOST, FATIMA]
    team.opens(ESTHER, people[1:])
    team.play(people, lambda: "Afgerond" in team.board_says())
    lines = [m.text for m in team.thread() if m.user in people and m.text != "pas"]
    assert len(lines) >= len(people) * 2
    assert len(lines) == len(set(lines))
    asked = next(case["nl"]["asked"] for case in cases() if case.get("of") == ESTHER)
    answers = dict(asked.values())
    followed = [(one, next_) for one, next_ in pairwise(lines) if one in answers]
    assert followed
    assert all(answers[question] == answer for question, answer in followed)


def test_what_is_said_aloud_is_shown_as_it_is_said(stage):
    team, play = Team(stage), Play()
    team.gathers(MEHMET, [SANNE, ESTHER])
    team.presses(SANNE, "session:live")
    team.presses(MEHMET, "session:begin")
    play.humans["tab"] = GRACE
    demo = Demo(stage.bot, team.slack, play, stage.slack.dispatcher.redeliver)
    pauses = []
    while len(play.spoken) < 2:
        pauses.append(demo.play_on())
        stage.settle()
        assert len(pauses) < 40
    lines = {*repertoire("nl")["share"], *repertoire("nl")["share-bringer"]}
    assert all(text in lines for _, text in play.spoken)
    assert len({who for who, _ in play.spoken}) == 2
    assert max(pauses) > min(pauses)  # there is time to read it


def test_every_case_is_told_in_every_language_and_answers_every_topic():
    for case in cases():
        for language in LANGUAGES:
            told = case[language]
            assert set(told["asked"]) == set(repertoire(language)["topics"])
            assert all(told[key] for key in ("title", "situation", "action", "question", "advice"))
    assert {case["of"] for case in cases() if "of" in case} == {user.id for user in PEOPLE}


def test_the_months_of_a_group_are_full_of_life():
    workspace, at_work = seeded(WoundClock(NEW_YEAR)), Play()
    with serving(workspace) as slack, living(workspace, at_work, slack.url) as demo:
        at_work.humans["tab"] = GRACE  # who is not in the group
        channel = next(c.id for c in workspace.channels.values() if c.name == "intervisie")
        workspace.slash(SANNE, channel, "/intervisie", "groep")
        form = workspace.views(SANNE)[-1]
        members = [SANNE, MEHMET, ESTHER, JOOST, FATIMA]
        given = {"name": "Wijkteam Noord", "members": members, "leads": [SANNE]}
        workspace.submit(SANNE, form.id, filled_in(form, **given))
        for _ in range(2):
            demo.pass_time(MONTH)
        with demo.bot.store.unit() as unit:
            held = [row for row in unit.db.scalars(select(MeetingRow)) if row.status == "held"]
            brought = [row.user for row in unit.db.scalars(select(Attendance)) if row.brought]
    assert len(held) == 2
    assert len(set(brought)) == len(held)  # another one each time

"""What a method of one's own can say reaches people whole: fields, votes, silences, headings."""

import pytest

from bot.catalog.methods import shipped_methods
from bot.flows.method import Method
from playground.stage import staged
from playground.testing import ESTHER, MEHMET, SANNE, Team

FIELDS = ["Toen", "Ik zag", "Ik dacht", "Ik voelde", "Ik wilde", "Ik zei", "Ik deed", "Ik liet"]


def text(nl: str) -> dict[str, str]:
    return {"nl": nl}


STEPS = [
    {"kind": "present", "title": text("Verhaal"), "fields": [text(field) for field in FIELDS]},
    {"kind": "silence", "title": text("Even stil"), "minutes": 2, "harvest": text("Uit de stilte")},
    {
        "kind": "round",
        "title": text("Vragen"),
        "collects": "question",
        "turn": text("{who}, waar ben je nieuwsgierig naar bij {bringer}?"),
        "harvest": text("Waar je collega's nieuwsgierig naar waren"),
    },
    {
        "kind": "vote",
        "title": text("Hoe verder"),
        "options": [text("Nog een ronde"), text("Afronden")],
        "tie": "bringer",
    },
    {"kind": "reflect", "title": text("Terugblik")},
]
OURS = Method.model_validate(
    {
        "id": "ours",
        "title": text("Van ons"),
        "summary": text("Kort."),
        "kinds": ["learning"],
        "steps": [
            {"id": f"step-{n}", "prompt": text("Doe maar."), "minutes": 5, **step}
            for n, step in enumerate(STEPS)
        ],
    }
)


@pytest.fixture
def team(sqlite_url):
    with staged(sqlite_url, methods={**shipped_methods(), "ours": OURS}) as stage:
        yield Team(stage)


def in_step(team, title):
    while title not in team.board_says():
        team.presses(MEHMET, "session:done" if "Verhaal" in team.board_says() else "session:next")


def test_eight_long_fields_arrive_whole(team):
    team.begins(MEHMET, [SANNE, ESTHER], method="ours")
    told = [" ".join(f"woord-{field}-{n:06}" for n in range(200)) for field in range(8)]
    assert {len(each) for each in told} == {2999}
    team.presses(MEHMET, "session:contribute")
    names = ["text", *(f"text-{n}" for n in range(2, 9))]
    team.sends(MEHMET, **dict(zip(names, told, strict=True)))
    shown = team.thread_says().split()
    assert [word for word in shown if word.startswith("woord-")] == " ".join(told).split()
    assert [row.round for row in team.contributions()] == list(range(1, 9))
    assert team.unsent() == []


def test_a_silence_is_held_and_a_turn_is_given_in_own_words(team):
    team.begins(MEHMET, [SANNE, ESTHER], method="ours")
    in_step(team, "Even stil")
    assert "Nog 2 minuten" in team.board_says()
    assert "We zijn nog 2 min. stil" in team.answered(SANNE, "verder")
    team.writes(SANNE, "Er viel iets van me af.")
    assert "Wat je schreef, is bewaard" in team.whispered(SANNE)[-1]
    team.lets_time_run_out()
    assert ", waar ben je nieuwsgierig naar bij " in team.thread_says()
    for _ in range(2):
        team.writes(team.turn(), "Wat hield je tegen?")
    in_step(team, "Terugblik")
    for who in (SANNE, ESTHER, MEHMET):
        team.presses(who, "session:reflect")
        team.sends(who, takeaway="Rust.")
    harvest = "".join(map(team.reads, team.direct_messages(MEHMET)))
    assert "Waar je collega's nieuwsgierig naar waren" in harvest
    assert "Uit de stilte" in harvest
    assert "Er viel iets van me af." in harvest


def votes(team, who, option):
    team.presses(who, "session:vote")
    return team.sends(who, option=str(option))


def test_a_vote_shows_counts_and_no_names(team):
    team.begins(MEHMET, [SANNE, ESTHER], method="ours")
    in_step(team, "Even stil")
    team.lets_time_run_out()
    in_step(team, "Hoe verder")
    votes(team, SANNE, 0)
    votes(team, SANNE, 1)
    votes(team, ESTHER, 0)
    before = len(team.thread())
    team.presses(MEHMET, "session:pass")
    tally = team.reads(team.thread()[before])
    assert "Nog een ronde: 1 stem\nAfronden: 1 stem" in tally
    assert "Het staat gelijk tussen Nog een ronde en Afronden." in tally
    assert not any(name in tally for name in ("Sanne", "Esther"))
    team.presses(SANNE, "session:vote")
    assert team.slack.views(SANNE) == []
    votes(team, MEHMET, 0)
    assert "kiest: Nog een ronde." in team.thread_says()
    assert "Terugblik" in team.board_says()
    assert team.unsent() == []


def test_a_method_in_one_language_is_for_who_speaks_it(team):
    team.brings(MEHMET)
    team.types(MEHMET, "instellingen")
    team.sends(MEHMET, language="en")
    assert "niet in de taal van jullie groep" in team.answered(MEHMET, "start ours")

"""Pictures to choose from are shown as files, and go with the words that were chosen for them."""

import re
from io import BytesIO

from PIL import Image

from bot.flows.types import Picture
from playground.testing import ESTHER, MEHMET, SANNE, Team


def shown(team):
    """The files in the thread, the oldest first."""
    thread = team.slack.thread(SANNE, team.channel, team.board().ts)
    return [file for said in thread for file in said.files]


def writes(team, who, text, picture):
    team.presses(who, "session:contribute")
    return team.sends(who, text=text, picture=picture)


def test_pictures_are_shown_twice(stage):
    team = Team(stage)
    team.begins(MEHMET, [SANNE, ESTHER], method="images")
    for _ in ("facts", "feeling"):
        team.presses(MEHMET, "session:done")

    (sheet,) = shown(team)
    picture = Image.open(BytesIO(sheet.content))
    assert picture.format == "PNG"
    assert min(picture.size) > 1000
    assert len(picture.convert("RGB").resize((60, 60)).getcolors(3600)) > 300
    assert len(re.findall(r": een ", sheet.alt)) == len(Picture)
    assert "De vuurtoren: een vuurtoren in de nacht" in sheet.alt

    writes(team, SANNE, "Ik ben het licht.", "lighthouse")
    assert len(shown(team)) == 1
    assert b"lighthouse" not in team.contributions()[0].picture
    writes(team, ESTHER, "Ik sta halverwege.", "bridge")
    chosen = shown(team)[1]
    assert chosen.alt.startswith("De vuurtoren: ")
    assert "De hangbrug: " in chosen.alt
    assert "De storm" not in chosen.alt
    assert "Sanne · De vuurtoren\n> Ik ben het licht." in team.thread_says()

    assert team.plays_on([SANNE, MEHMET, ESTHER])
    harvest = next(m for m in team.direct_messages(MEHMET) if "Je oogst" in team.reads(m))
    assert "Esther · De hangbrug" in team.reads(harvest)

    team.types(SANNE, "mijndata")
    kept = [team.reads(m) for m in team.direct_messages(SANNE)]
    assert any("De vuurtoren: Ik ben het licht." in each for each in kept)
    team.forgets(SANNE)
    assert [row.author for row in team.contributions() if row.picture] == [ESTHER]
    assert team.unsent() == []

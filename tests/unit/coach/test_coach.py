"""The coach knows an open question when it reads one, and never stumbles."""

import csv
import json
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from bot.cli import app
from bot.coach import load
from bot.i18n import LANGUAGES
from bot.resources import config_dir

DATA = Path(__file__).parent / "data"
SETS = [f"{language}_{kind}" for language in LANGUAGES for kind in ("own", "kept")]


def rows(name):
    with (DATA / f"{name}.csv").open(newline="", encoding="utf-8") as source:
        return [(row["text"], row["label"]) for row in csv.DictReader(source)]


@pytest.mark.parametrize(
    ("language", "text", "label"),
    [
        ("nl", "Wat raakte je het meest?", "open"),
        ("nl", "wat maakt dit zo lastig voor je", "open"),
        ("nl", "Als je terugkijkt, wat had je dan anders gewild?", "open"),
        ("nl", "Zou je daar iets meer over willen vertellen?", "open"),
        ("nl", "Heb je het gemeld?", "closed"),
        ("nl", "Hoe lang werk je daar al?", "closed"),
        ("nl", "Dus je bent er niet meer geweest?", "closed"),
        ("nl", "Had je niet eerder moeten bellen?", "suggestive"),
        ("nl", "Dat is toch niet normaal?", "suggestive"),
        ("nl", "Heb je al geprobeerd om te bellen?", "advice"),
        ("nl", "Je zou eens met haar kunnen praten.", "advice"),
        ("nl", "Ik zou bellen. Wat vind jij?", "advice"),
        ("nl", "Wat knap dat je dit inbrengt.", "other"),
        ("nl", "Hoe je dat vertelt, raakt me.", "other"),
        ("nl", "🙏", "other"),
        ("nl", "", "other"),
        ("en", "What was that like for you?", "open"),
        ("en", "Could you tell us a bit more?", "open"),
        ("en", "Did you report it?", "closed"),
        ("en", "When is the next review?", "closed"),
        ("en", "Don't you think she was testing you?", "suggestive"),
        ("en", "Have you tried talking to him?", "advice"),
        ("en", "What a week you have had.", "other"),
        ("de", "Was hat dich daran am meisten berührt?", "open"),
        ("de", "Magst du erzählen, wie die Übergabe ablief?", "open"),
        ("de", "Hast du es gemeldet?", "closed"),
        ("de", "Hast du gesehen, wie er gegangen ist?", "closed"),
        ("de", "Findest du nicht auch, dass sie übertreibt?", "suggestive"),
        ("de", "Das ist doch nicht normal, oder?", "suggestive"),
        ("de", "Hast du schon mal versucht, ihn zu fragen?", "advice"),
        ("de", "Wäre es nicht besser, erst mal abzuwarten?", "advice"),
        ("de", "Wie du das erzählst, berührt mich.", "other"),
    ],
)
def test_a_text_gets_its_label(language, text, label):
    assert load(language).read(text).label == label


@pytest.mark.parametrize(
    ("name", "least"),
    [
        ("nl_own", 0.95),
        ("nl_kept", 0.85),
        ("en_own", 0.93),
        ("en_kept", 0.85),
        ("de_own", 0.95),
        ("de_kept", 0.85),
    ],
)
def test_our_own_rows_are_read_well(name, least):
    coach, found = load(name[:2]), rows(name)
    right = sum(coach.read(text).label == label for text, label in found)
    assert right / len(found) >= least


@pytest.mark.parametrize("name", SETS)
def test_an_open_question_is_hardly_ever_warned_about(name):
    coach = load(name[:2])
    labels = [coach.read(text).label for text, label in rows(name) if label == "open"]
    assert sum(label not in ("open", "other") for label in labels) <= len(labels) * 0.04


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_coach_speaks_where_a_facilitator_would(language):
    coach, wrong, missed = load(language), [], []
    with (DATA / f"{language}_hints.csv").open(newline="", encoding="utf-8") as source:
        found = [(row["text"], row["hint"] == "1") for row in csv.DictReader(source)]
    for text, wanted in found:
        spoken = coach.read(text).hint is not None
        (missed if wanted else wrong).extend([text] * (spoken != wanted))
    count = sum(wanted for _, wanted in found)
    assert len(wrong) <= 0.04 * (len(found) - count), wrong
    assert len(missed) <= 0.1 * count, missed


@pytest.mark.parametrize(
    ("language", "text", "remark", "counts_as"),
    [
        ("nl", "Wie zou als eerste merken dat het beter gaat?", None, "open"),
        ("nl", "Hoeveel leerlingen zitten er in die klas?", "closed", "closed"),
        ("nl", "Waarom heb je hem niet gebeld?", "blame", "open"),
        ("nl", "Ik zou hem bellen.", "advice", "advice"),
        ("en", "So you went home without a word?", None, "open"),
        ("en", "Why didn't you call him?", "blame", "open"),
        ("en", "Don't you think he went too far?", "suggestive", "suggestive"),
        ("en", "What a week you have had.", None, "other"),
    ],
)
def test_a_remark_is_something_else_than_a_label(language, text, remark, counts_as):
    verdict = load(language).read(text)
    assert (verdict.remark, verdict.counts_as) == (remark, counts_as)
    assert (verdict.hint is None) == (remark is None)


@pytest.mark.parametrize("language", LANGUAGES)
def test_hints_of_a_kind_are_varied_and_the_same_for_a_text(language):
    coach, heard = load(language), {}
    for name in (f"{language}_own", f"{language}_kept"):
        for text, _ in rows(name):
            verdict = coach.read(text)
            if verdict.remark is not None:
                assert verdict == coach.read(text)
                heard.setdefault(verdict.remark, set()).add(coach.hint(text, verdict.remark))
    assert len(heard["closed"]) > 6  # some with the first words of the question itself
    assert len(heard["suggestive"]) == len(heard["advice"]) == 3


def test_a_hint_may_hold_the_writers_first_words():
    hint = load("en").hint("Did you call him?", "closed")
    assert "“Did you …”" in hint
    assert "…" not in load("en").hint("How many pupils are there?", "closed")


def test_what_else_is_worth_saying_is_noted():
    read = load("nl").read
    assert read("Waarom deed je dat?").notes == ("why",)
    assert "stacked" in read("Wat deed je? En wat dacht je?").notes
    assert "long" in read("Wat " + "vond je " * 30 + "?").notes
    assert "because" in read("Wat vond je, omdat hij boos was?").notes


def test_the_first_note_is_said_behind_the_hint():
    read = load("nl").read
    assert "Eén is genoeg" in (read("Was je boos? En was hij boos?").hint or "")
    assert "verwijt" in (read("Waarom ben je altijd zo streng?").hint or "")
    assert "Je vraag is lang" in (read("Was het " + "heel " * 45 + "druk?").hint or "")
    assert "zelf al een antwoord" in (read("Was je boos, want hij liep weg?").hint or "")
    assert read("Wat deed je? En waarom deed je dat?").hint is None


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=400), st.sampled_from(list(LANGUAGES)))
def test_any_text_at_all_gets_a_label(text, language):
    verdict = load(language).read(text)
    assert verdict.label in ("open", "closed", "suggestive", "advice", "other")


@pytest.mark.parametrize(
    "text",
    [
        "waarom " * 6000,
        "?" * 40_000,
        "a" * 40_000,
        "kun je " * 6000 + "?",
        "為什麼" * 13_000,
        "\x00" * 99,
        "a, " * 13_333 + "?",
        ("a, " * 32 + "? ") * 400,
    ],
    ids=["words", "marks", "one word", "verbs", "other script", "control", "commas", "and marks"],
)
def test_a_text_of_any_length_gets_a_label(text):
    for language in LANGUAGES:
        assert load(language).read(text).label


def test_the_command_line_reads_lines_and_prints_json():
    found = CliRunner().invoke(
        app, ["coach", "--lang", "nl"], input="Wat dacht je?\n\nIs hij er?\n"
    )
    lines = [json.loads(line) for line in found.output.splitlines()]
    assert [line["label"] for line in lines] == ["open", "other", "closed"]
    assert lines[0]["hint"] is None
    assert lines[2]["hint"]


@pytest.mark.parametrize(
    ("language", "text", "way"),
    [
        ("nl", "Was het spannend om daar te staan?", "Hoe was het voor je om daar te staan?"),
        ("nl", "Was het fijn?", "Hoe was het voor je?"),
        ("nl", "Hm. Was je boos toen hij wegliep?", "Hoe voelde je je toen hij wegliep?"),
        ("nl", "Loopt de samenwerking goed?", "Hoe loopt de samenwerking?"),
        ("nl", "Heb je al geprobeerd om te bellen?", "Wat heb je al geprobeerd?"),
        ("nl", "Hoe oud is hij?", "Wat maakte dat je …?"),
        ("en", "Isn't it odd that nobody called?", "What is it like for you that nobody called?"),
        ("en", "Did the handover go well?", "How did the handover go?"),
        ("en", "Who else was there?", "What made you …?"),
        ("de", "War es schwer, das zu sagen?", "Wie war es für dich, das zu sagen?"),
        ("de", "Läuft die Zusammenarbeit gut?", "Wie läuft die Zusammenarbeit?"),
        ("de", "Hast du schon mal versucht, ihn zu fragen?", "Was hast du schon versucht?"),
    ],
)
def test_a_text_is_opened_up_in_its_own_words_where_that_is_safe(language, text, way):
    assert load(language).read(text).openers[0] == way


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_rewording_is_an_open_question_itself(language):
    coach = load(language)
    ways = {way for text, _ in rows(f"{language}_own") for way in coach.read(text).openers}
    whole = {way for way in ways if "…" not in way}
    assert len(whole) >= 10
    assert {way for way in whole if coach.read(way).label != "open"} == set()


def test_another_language_is_another_table(tmp_path):
    english = (config_dir() / "coach" / "en.toml").read_text(encoding="utf-8")
    names = re.findall(r"^(\w+) = \[\n", english, re.MULTILINE)
    table = {name: [] for name in names} | {"open_start": [r"was\b", r"wie\b"]}
    written = "\n".join(f"{name} = {json.dumps(table[name])}" for name in table)
    (tmp_path / "de.toml").write_text(
        "common = ['der']\noneself = ['ich']\nreworded = []\n[written_out]\n[lexicon]\n"
        f"[patterns]\n{written}\n[hints]\nclosed = ['Darauf passt ja oder nein.']\nbegun = []\n"
        "[notes]\n[stems]\nclosed = ['Was hat dich …?']\n",
        encoding="utf-8",
    )
    coach = load("de", tmp_path)
    assert coach.read("Was hat dich daran berührt?").label == "open"
    assert coach.is_own("Wie kann ich das sagen?")
    assert coach.read("Hast du es gemeldet?").hint == "Darauf passt ja oder nein."

"""All that the bot sends in a year is in the language of its readers, and can be heard.

The group speaks a language that `tests.pseudo` made: nothing but data was added for it.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bot.catalog.registers import shipped_registers
from bot.i18n import LANGUAGES
from playground.slack.seed import PEOPLE
from tests import pseudo
from tests.plugins.once import once
from tests.sent import MESSAGES, parts, seen

NAMED = [
    *(part for user in PEOPLE for part in user.real_name.split()),
    *(each.name for each in shipped_registers().values()),
    *(each.name for each in LANGUAGES.values()),
    "Wijkteam Noord",
    "/intervisie",
    "JSON",
]
"""What has the same name in every language."""

_MARKUP = re.compile(
    r"<[@#!][^>]*>|https?://\S+|\b[0-9A-Z]{5}(?:-[0-9A-Z]{5}){3}\b|\b[0-9a-f]{8}\b"
)


@pytest.fixture(scope="module")
def sent(tmp_path_factory):
    """What was sent in a year, by method: one run, however many processes test."""

    def live() -> Path:
        config = tmp_path_factory.mktemp("pseudo") / "config"
        pseudo.make(config)
        told = config.parent / "sent.json"
        with told.open("w") as out:
            subprocess.run(
                [sys.executable, "-m", "tests.lives", pseudo.CODE],
                env={**os.environ, "INTERVISIE_CONFIG": str(config)},
                stdout=out,
                check=True,
            )
        return told

    return json.loads(once(tmp_path_factory, "sent", live).read_text("utf-8"))


@pytest.fixture(scope="module")
def posts(sent):
    """The messages among it."""
    found = [args for method, args in sent if method in MESSAGES and args.get("text")]
    assert len(found) > 300
    return found


def test_every_text_is_data(sent):
    texts = {text for _, args in sent for text in seen(args)}
    assert len(texts) > 600
    left = set()
    for text in texts:
        bare = _MARKUP.sub("", text)
        for name in sorted(NAMED, key=len, reverse=True):
            bare = bare.replace(name, "")
        if re.search(r"[A-Za-z]", bare):
            left.add(text)
    assert left == set()


def test_every_picture_is_said_in_words(sent):
    shown = [args for _, args in sent for args in parts(args, "image")]
    files = [args for method, args in sent if method == "files.getUploadURLExternal"]
    drawn = [args for args in files if args["filename"].endswith(".png")]
    assert drawn
    for each in (*shown, *drawn):
        said = each.get("alt_text") or each.get("alt_txt") or ""
        assert len(said.split()) >= 3, each


def test_every_bar_is_said_in_words(sent):
    bars = {text for _, args in sent for text in seen(args) if "▰" in text}
    assert bars
    for text in bars:
        full, total = text.count("▰"), text.count("▰") + text.count("▱")
        assert {str(full), str(total)} <= set(re.findall(r"\d+", text)), text


def test_a_notification_makes_sense_alone(posts):
    for text in {post["text"] for post in posts}:
        words = re.findall(r"[^\W\d_]+", _MARKUP.sub("", text))
        assert len(words) >= 2, text
        assert not text.endswith(":"), text


def test_who_is_asked_to_speak_hears_by_whom_and_for_what(posts):
    asked = {post["text"] for post in posts if "<@" in post["text"] and "?" in post["text"]}
    assert asked
    for text in asked:
        assert len(_MARKUP.sub("", text)) > 20, text


@pytest.fixture(scope="module")
def rows(sent):
    """The rows of buttons and menus among it: in messages, forms and App Home."""
    found = [row["elements"] for _, args in sent for row in parts(args, "actions")]
    assert len(found) > 100
    return found


def test_a_row_has_five_buttons_at_most_and_the_right_one_first(rows):
    for row in rows:
        pressed = [each for each in row if each["type"] == "button"]
        assert len(pressed) <= 5, [each["action_id"] for each in row]
        marked = [each.get("style") == "primary" for each in pressed]
        assert not any(marked[1:]), [each["action_id"] for each in row]


def test_everything_to_press_has_a_name_of_its_own(rows):
    for row in rows:
        names = [
            (each.get("text") or each.get("placeholder") or {}).get("text", "") for each in row
        ]
        assert all(names), [each["action_id"] for each in row]
        assert len(set(names)) == len(names), names


def test_no_menu_is_without_a_name(sent):
    assert [args for _, args in sent for args in parts(args, "overflow")] == []

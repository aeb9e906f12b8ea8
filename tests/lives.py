"""What a group does in a year, so that tests can look at all that the bot sends meanwhile.

`python -m tests.lives LANGUAGE` prints it, as a JSON list of methods with their arguments.
"""

import json
import re
import sys
from dataclasses import replace
from datetime import timedelta
from random import Random
from urllib.request import urlopen

from bot.catalog.commands import command_words, word_for
from bot.i18n import LANGUAGES, Language
from playground.colleagues import Colleagues
from playground.reading import elements
from playground.testing import ESTHER, FATIMA, JOOST, MEHMET, SANNE, Stage, Year, staged
from tests.sent import Sent

FOUR = [SANNE, MEHMET, ESTHER, JOOST]
LAST = ("end", "forget")
"""Commands after which there is nothing left to do."""

NEVER_PRESSED = ("group:end", "member:end", "member:leave", "data:forget", "data:forget_yes")
"""Buttons after which there is nothing left to press."""


def lives_on(stage: Stage, language: Language) -> Sent:
    """Live through a year in a language, with a session played to its end; return what was sent."""
    sent = Sent(stage)
    for user, told in stage.workspace.users.items():
        locale = LANGUAGES[language].locales[0]
        stage.workspace.users[user] = replace(told, locale=locale)
    year = Year(stage)
    _asks_for_everything(year, SANNE, language, year.channel)
    year.founds(members=FOUR, language=language)
    play = Colleagues(stage.workspace, year.channel, FOUR, random=Random(5))
    _asks_for_everything(year, SANNE, language, year.channel)
    year.types(MEHMET, word_for("commands", "case", language))
    while play.act():
        stage.settle()
    year.until(year.next().starts_at)
    for who in (SANNE, ESTHER, JOOST):
        year.presses(who, "session:join")
    year.presses(MEHMET, "session:begin")
    assert year.plays_on(FOUR)
    for _ in range(6):
        stage.pass_time(timedelta(days=8))
    year.brings(JOOST, "positive", language=language)
    year.types(JOOST, word_for("commands", "start", language))
    for who in FOUR:
        year.home(who)
    _asks_for_everything(year, MEHMET, language, year.direct(MEHMET))
    _asks_for_everything(year, SANNE, language, year.channel)
    for days in (*[1] * 32, *[7] * 40):
        stage.pass_time(timedelta(days=days))
    for who in (SANNE, MEHMET):
        _presses_everything(year, who)
        for file in (file for message in year.direct_messages(who) for file in message.files):
            if file.name.endswith((".csv", ".ics")):
                sent.note("file", _legible((file.content or b"").decode("utf-8-sig")))
    sent.note("page", _page(stage, language))
    for command in LAST:
        year.types(SANNE, word_for("commands", command, language))
        year.types(FATIMA, word_for("commands", command, language))
    return sent


def _presses_everything(year: Year, who: str) -> None:
    """Press every button that somebody sees, once of each kind, but for those that end it all."""
    pressed = set(NEVER_PRESSED)
    while True:
        year.home(who)
        seen = [*year.slack.everything(who, year.channel), *year.direct_messages(who)]
        places = [(message.blocks, {"message": message}) for message in reversed(seen)]
        if view := year.slack.home(who):
            places.append((view.spec["blocks"], {"view": view}))
        fresh = next(
            (
                (at, element, on)
                for blocks, on in places
                for at, element in elements(blocks)
                if element["type"] == "button" and element["action_id"] not in pressed
            ),
            None,
        )
        if fresh is None:
            return
        at, element, on = fresh
        pressed.add(element["action_id"])
        before = len(year.slack.views(who))
        value = element.get("value")
        year.slack.press(who, element["action_id"], value=value, block_id=at, **on)
        year.stage.settle()
        if len(year.slack.views(who)) > before:
            _sends_form(year, who)


def _legible(text: str) -> str:
    """Return what a calendar shows of a file; of any other file, all."""
    lines = text.replace("\r\n ", "").splitlines()
    told = [line.partition(":")[2] for line in lines if line.startswith(("SUMMARY", "DESCRIPTION"))]
    return "\n".join(told or lines)


def _page(stage: Stage, language: Language) -> str:
    """Return the text of the page that checks statements."""
    with urlopen(f"http://127.0.0.1:{stage.port}/verify?lang={language}") as page:
        whole = page.read().decode()
    return " ".join(re.sub(r"<style>.*?</style>|<[^>]*>", " ", whole, flags=re.DOTALL).split())


def _sends_form(year: Year, who: str) -> None:
    """Send the form that somebody has open as it stands, and close it."""
    if "submit" in year.slack.views(who)[-1].spec:
        year.sends(who)
    for view in reversed(year.slack.views(who)):
        year.slack.close(who, view.id)


def _asks_for_everything(year: Year, who: str, language: Language, place: str) -> None:
    """Type every command in a place, and send each form that opens, as it stands."""
    for command in sorted(set(command_words().values()) - set(LAST)):
        before = len(year.slack.views(who))
        year.types(who, word_for("commands", command, language), channel=place)
        if len(year.slack.views(who)) > before:
            _sends_form(year, who)
    year.types(who, "xyzzy", channel=place)


def main(language: Language) -> None:
    """Live through a year; print what was sent, as JSON."""
    with staged() as stage:
        json.dump(lives_on(stage, language).payloads, sys.stdout, ensure_ascii=False)


if __name__ == "__main__":
    main(sys.argv[1])

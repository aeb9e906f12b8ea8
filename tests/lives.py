"""What a group does in a year, so that tests can look at all that the bot sends meanwhile.

`python -m tests.lives LANGUAGE` prints it, as a JSON list of methods with their arguments.
"""

import json
import sys
from dataclasses import replace
from datetime import timedelta
from random import Random

from bot.catalog.commands import command_words, word_for
from bot.i18n import LANGUAGES, Language
from playground.colleagues import Colleagues
from playground.testing import ESTHER, FATIMA, JOOST, MEHMET, SANNE, Stage, Year, staged
from tests.sent import Sent

FOUR = [SANNE, MEHMET, ESTHER, JOOST]
LAST = ("end", "forget")
"""Commands after which there is nothing left to do."""


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
    for command in LAST:
        year.types(SANNE, word_for("commands", command, language))
        year.types(FATIMA, word_for("commands", command, language))
    return sent


def _asks_for_everything(year: Year, who: str, language: Language, place: str) -> None:
    """Type every command in a place, and send each form that opens, as it stands."""
    for command in sorted(set(command_words().values()) - set(LAST)):
        before = len(year.slack.views(who))
        year.types(who, word_for("commands", command, language), channel=place)
        if len(year.slack.views(who)) > before:
            if "submit" in year.slack.views(who)[-1].spec:
                year.sends(who)
            for view in reversed(year.slack.views(who)):
                year.slack.close(who, view.id)
    year.types(who, "xyzzy", channel=place)


def main(language: Language) -> None:
    """Live through a year; print what was sent, as JSON."""
    with staged() as stage:
        json.dump(lives_on(stage, language).payloads, sys.stdout, ensure_ascii=False)


if __name__ == "__main__":
    main(sys.argv[1])

"""What people type after the slash command: understood, or answered with the word they meant."""

import re

import pytest
from babel.messages.pofile import read_po

from bot.catalog.commands import (
    NEVER_SUGGESTED,
    command_words,
    meant_by,
    suggested_for,
    word_for,
)
from bot.i18n import LANGUAGES, words
from bot.resources import config_dir

MISTYPED = [  # typed, language, the word that is suggested
    ("hlup", "nl", "hulp"),
    ("huulp", "nl", "hulp"),
    ("hepl", "en", "help"),
    ("begni", "nl", "begin"),
    ("strat", "en", "start"),
    ("startt", "nl", "begin"),
    ("kasus", "nl", "casus"),
    ("casuss", "nl", "casus"),
    ("cas", "nl", "casus"),
    ("cases", "en", "case"),
    ("wachtrjj", "nl", "wachtrij"),
    ("wachtij", "nl", "wachtrij"),
    ("que", "en", "queue"),
    ("queu", "en", "queue"),
    ("satnd", "nl", "stand"),
    ("stauts", "en", "status"),
    ("vreder", "nl", "verder"),
    ("nxet", "en", "next"),
    ("terrug", "nl", "terug"),
    ("pauzze", "nl", "pauze"),
    ("puase", "en", "pause"),
    ("hervatt", "nl", "hervat"),
    ("resmue", "en", "resume"),
    ("stpo", "nl", "stop"),
    ("instelingen", "nl", "instellingen"),
    ("instel", "nl", "instellingen"),
    ("setings", "en", "settings"),
    ("groeppp", "nl", None),
    ("greop", "nl", "groep"),
    ("grup", "en", "group"),
    ("beurd", "nl", "beurt"),
    ("roster", "en", None),
    ("bijeenkomsten", "nl", "bijeenkomst"),
    ("bijenkomst", "nl", "bijeenkomst"),
    ("meetings", "en", "meeting"),
    ("agneda", "nl", "agenda"),
    ("calender", "en", "calendar"),
    ("meedeon", "nl", "meedoen"),
    ("afwezg", "nl", "afwezig"),
    ("awya", "en", "away"),
    ("geschidenis", "nl", "geschiedenis"),
    ("histroy", "en", "history"),
    ("afsrpaken", "nl", "afspraken"),
    ("agrements", "en", "agreements"),
    ("metodes", "nl", "methodes"),
    ("werkvormmen", "nl", "werkvormen"),
    ("gereedschapkist", "nl", "gereedschapskist"),
    ("tolkit", "en", "toolkit"),
    ("couch", "en", "coach"),
    ("deelnamen", "nl", "deelname"),
    ("verklarin", "nl", "verklaring"),
    ("mijn-data", "nl", "mijndata"),
    ("my-data", "en", "mydata"),
    ("wie is er aan de beurt", "nl", "beurt"),
    ("ik wil een casus inbrengen", "nl", "casus"),
    ("show the methods", "en", "methods"),
    ("vergete", "nl", None),
    ("forgt", "en", None),
    ("hilef", "de", "hilfe"),
    ("begnnen", "de", "beginnen"),
    ("fal", "de", "fall"),
    ("wartelist", "de", "warteliste"),
    ("zurük", "de", "zurück"),
    ("wieter", "de", "weiter"),
    ("absprahcen", "de", "absprachen"),
    ("werkzeugkist", "de", "werkzeugkiste"),
    ("bescheinigng", "de", "bescheinigung"),
    ("wer ist dran", "de", "reihenfolge"),
    ("ich möchte einen fall einbringen", "de", "fall"),
    ("vergesse", "de", None),
    ("foo", "nl", None),
    ("foo", "en", None),
    ("iets", "nl", None),
    ("xyzzy", "en", None),
    ("💥", "nl", None),
    ("x" * 40_000, "en", None),
]

OTHER_WORDS = {  # what people call a thing, and the command that it means
    "ritme": "group",
    "voorkeuren": "wishes",
    "export": "mydata",
    "mijn data": "mydata",
    "gereedschapskist": "toolkit",
    "preferences": "wishes",
    "schedule": "group",
    "hallo": "help",
    "hello": "help",
    "werkvorm": "methods",
    "certificate": "statement",
    "kalender": "calendar",
    "urlaub": "wishes",
    "meine daten": "mydata",
    "nächster schritt": "next",
    "sprache": "settings",
    "taal": "settings",
    "vergeet mij": "forget",
    "pas op de plaats": "check",
    "wachtrij van ons": "queue",
}


@pytest.mark.parametrize(("typed", "language", "suggested"), MISTYPED)
def test_a_mistyped_word_suggests_what_was_meant(typed, language, suggested):
    assert meant_by(typed) is None
    assert suggested_for(typed, language) == suggested


@pytest.mark.parametrize(("typed", "command"), OTHER_WORDS.items())
def test_other_words_for_a_command_are_understood(typed, command):
    assert meant_by(typed) == command


def test_no_slip_of_the_finger_suggests_what_deletes():
    for word, command in command_words().items():
        for n in range(len(word)):
            without = word[:n] + word[n + 1 :]
            if meant_by(without) is not None:
                continue
            for language in LANGUAGES:
                found = suggested_for(without, language)
                assert found is None or command_words()[found] not in NEVER_SUGGESTED, (
                    without,
                    command,
                )


ALWAYS_UNDERSTOOD = (
    "start begin first evaluation case queue status pass next back pause resume stop check "
    "help settings group room readers rota meeting calendar join end away history agreements "
    "methods method toolkit coach stats statement mydata forget eerste kennismaken evaluatie "
    "casus wachtrij stand pas verder terug pauze hervat plaats werkwijze hulp instellingen "
    "groep kanaal meelezen beurt beurten bijeenkomst agenda meedoen beëindig beeindig "
    "beëindigen beeindigen afwezig geschiedenis afspraken methodes methode methoden "
    "werkvormen gereedschap deelname verklaring mijndata vergeet "
)
"""Words that people have typed from the first version on: their fingers know them."""


def test_a_word_that_people_know_stays_understood():
    assert set(ALWAYS_UNDERSTOOD.split()) <= set(command_words())


def typed_in(text):
    """List what a text says that one can type after `/intervisie`."""
    return re.findall(r"`/intervisie ([^\W\d{]+)", text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_name_a_command_by_its_first_word_in_their_language(language):
    file = config_dir() / "locales" / language / "LC_MESSAGES" / "intervisie.po"
    wrong = {}
    with file.open("rb") as source:
        for message in read_po(source):
            said = message.string if message.pluralizable else (message.string,)
            for word in (word for text in said for word in typed_in(text)):
                if word_for("commands", command_words()[word], language) != word:
                    wrong[str(message.id)] = word
    assert wrong == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_help_lists_each_command_by_its_first_word(language):
    says = words(language)
    for command in set(command_words().values()):
        word = word_for("commands", command, language)
        assert says(f"help.word.{command}").startswith(f"`{word}"), command

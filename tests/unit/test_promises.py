"""What the texts promise has a row in docs/promises.md, with a test that holds it."""

import re
from pathlib import Path

from tests.unit.test_i18n import CATALOGUES, ROOT, texts

PROMISING = {
    "nl": r"niemand|nooit|alleen (?:jij|jou|jouw|jullie|voor|wat|aantallen|je groep|lezen|wie)|"
    r"tussen ons|vergeten|vergeet|bewaar\w*|bewaard|versleuteld|zonder na(?:am|men)|vanzelf|"
    r"geheim|anoniem|ziet|weggehaald|wis\w*|verwijder\w*|vernietigd|van gedachten",
    "en": r"nobody|no one|never|only (?:you|your|the|what|counts|who)|between us|forg[eo]t\w*|"
    r"keep|kept|encrypted|without (?:a )?names?|by itself|secret|anonymous\w*|sees?|seen|"
    r"delet\w*|destroy\w*|change your mind",
    "de": r"niemand|nie|niemals|nur (?:du|dir|dich|für|was|zahlen|eure|wer|ihr)|unter uns|"
    r"vergiss\w*|vergess\w*|bewahr\w*|aufbewahr\w*|(?:ist|bleibt) gespeichert|"
    r"gespeichert war|speicher[et]|bleibt erhalten|verschlüsselt|ohne namen|anonym|von selbst|"
    r"geheim|sieht|gelöscht|lösch\w*|vernichtet",
}
"""Words by which a text says who sees something, what is kept, or what never happens."""

FOR_OPERATORS = ("setup.", "fault.", "remedy.", "cli.", "doctor.", "method_file")
PAGE = ROOT / "docs" / "promises.md"
QUOTED = re.compile(r"`([^`]+)`")


def promising():
    for language, pattern in PROMISING.items():
        found = re.compile(rf"\b(?:{pattern})\b", re.IGNORECASE)
        for key, message in CATALOGUES[language].items():
            if not key.startswith(FOR_OPERATORS) and any(map(found.search, texts(message))):
                yield key


def test_each_promise_has_a_row():
    assert set(promising()) - set(QUOTED.findall(PAGE.read_text())) == set()


def test_each_row_names_texts_and_tests_that_are_there():
    rows = [line.split(" | ") for line in PAGE.read_text().splitlines() if line.startswith("| ")]
    for _, _, keys, tests in rows[1:]:
        assert set(QUOTED.findall(keys)) <= set(CATALOGUES["nl"])
        assert QUOTED.findall(tests)
        for test in QUOTED.findall(tests):
            file, _, name = test.partition("::")
            assert f"def {name}(" in Path(ROOT, "tests", file).read_text(), test

"""What was written unseen, shown together: field by field, or person by person."""

from bot.blocks.session.thread import QuotedText, reveal
from bot.catalog.methods import shipped_methods
from bot.i18n import words


def shown(method, step, fields):
    """Return the payload for two people who each filled in all fields."""
    said = [QuotedText(who, f"{who}-{n}", n) for who in ("U1", "U2") for n in range(1, fields + 1)]
    told = shipped_methods()[method].step(step)
    return str(reveal(told, said, words("nl"), some=False)["blocks"])


def in_order(text, *parts):
    return [text.index(part) for part in parts] == sorted(text.index(part) for part in parts)


def test_two_fields_are_two_columns():
    text = shown("appreciative", "factors", 2)
    assert in_order(text, "Eigen aandeel", "U1-1", "U2-1", "Omstandigheden", "U1-2", "U2-2")


def test_more_fields_are_each_persons_own():
    text = shown("moral-deliberation", "values", 3)
    assert in_order(text, "U1-1", "U1-2", "U1-3", "U2-1", "U2-2", "U2-3")
    assert text.count("Welke waarde?") == 2

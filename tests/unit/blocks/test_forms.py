"""Forms open with what was kept."""

from bot.blocks.session import forms
from bot.i18n import words


def test_a_tray_opens_with_what_was_taken():
    advice = [("a1", None, "Bel haar."), ("a2", None, "Wacht nog even.")]
    view = forms.tray("s1", advice, {"a2"}, words("nl"))
    ticked = {
        block["block_id"]: [option["value"] for option in block["element"]["initial_options"]]
        for block in view["blocks"]
        if block["type"] == "input" and "initial_options" in block["element"]
    }
    assert ticked == {"pick-1": ["a2"]}

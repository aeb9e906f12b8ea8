"""Letters: the font that charts and papers are set in, and what it can set.

DejaVu Sans comes with matplotlib; it has Latin, Greek, Cyrillic, Hebrew and Arabic. A letter of
another script becomes a box, so that nobody's name vanishes; emoji are left out.
"""

import re
import unicodedata
from functools import cache
from pathlib import Path

import matplotlib
from matplotlib.ft2font import FT2Font

from bot.flows.text import cleaned, is_visible, signs

BOX = "□"
"""Stands for a letter that the font lacks."""

_DOTS = 200
"""Dots to an inch, at which widths are measured."""

_FORMATTING = re.compile("[\u200d\u200e\u200f\u061c\ufe0e\ufe0f]")
"""Marks without a shape of their own; what they join or turn is set without them."""


def font_file(*, bold: bool = False) -> Path:
    """Return the file of the font."""
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return Path(matplotlib.get_data_path()) / "fonts" / "ttf" / name


@cache
def _font() -> FT2Font:
    return FT2Font(str(font_file()))


def settable(text: str, otherwise: str = "–") -> str:
    """Return a text as the font can set it; `otherwise` if nothing is left of it."""
    kept = "".join(map(_set, signs(cleaned(text))))
    return " ".join(kept.split()) if is_visible(kept) else otherwise


def fitted(text: str, size: float, inches: float) -> str:
    """Return a text that can be set, cut with "…" to a width at a size in points."""
    kept, end = signs(text), ""
    while kept and _width("".join(kept) + end, size) > inches:
        kept, end = kept[:-1], "…"
    return "".join(kept).rstrip() + end


def _set(sign: str) -> str:
    """Return a sign whole if the font has all of it, else a box for a letter, else nothing."""
    shapes = _FORMATTING.sub("", sign)
    if all(each.isspace() or _font().get_char_index(ord(each)) for each in shapes):
        return shapes
    is_letter = unicodedata.category(sign[0])[0] in "LN" and "\ufe0f" not in sign
    return BOX if is_letter else ""


def _width(text: str, size: float) -> float:
    """Return the width of a text in inches."""
    font = _font()
    font.set_size(size, _DOTS)
    font.set_text(text)
    return float(font.get_width_height()[0]) / 64 / _DOTS

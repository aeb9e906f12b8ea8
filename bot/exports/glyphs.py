"""Letters: the font that charts and papers are set in, and what it can set.

DejaVu Sans comes with matplotlib; it has Latin, Greek, Cyrillic, Hebrew and Arabic.
"""

from functools import cache
from pathlib import Path

import matplotlib
from matplotlib.ft2font import FT2Font

FORMATTING = frozenset("\u200d\u200e\u200f\u061c\ufe0f")
"""Marks without a shape of their own; what they join or turn is set without them."""


def font_file(*, bold: bool = False) -> Path:
    """Return the file of the font."""
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return Path(matplotlib.get_data_path()) / "fonts" / "ttf" / name


@cache
def _font() -> FT2Font:
    return FT2Font(str(font_file()))


def settable(text: str, otherwise: str = "–") -> str:
    """Return a text without signs that the font lacks, such as emoji; `otherwise` if empty."""
    font = _font()
    kept = (c for c in text if c.isspace() or (c not in FORMATTING and font.get_char_index(ord(c))))
    return " ".join("".join(kept).split()) or otherwise

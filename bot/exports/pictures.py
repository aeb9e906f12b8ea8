"""Pictures to choose from, when words alone do not help: drawn here, and nowhere else.

Each is a few flat shapes in a frame of four by three. They show places and weather rather
than people, so that everyone can be in them.
"""

from collections.abc import Callable, Mapping, Sequence
from io import BytesIO
from itertools import pairwise
from math import cos, pi, sin
from random import Random

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Arc, Circle, Ellipse, Polygon, Rectangle

from bot.exports.glyphs import settable
from bot.flows.types import Picture
from bot.i18n import Words

INK, PAPER, SNOW, CLAY, GOLD, WOOD = (
    "#26302b",
    "#ffffff",
    "#f6f3ea",
    "#c9793f",
    "#eec06a",
    "#7a5a41",
)
LEAF, MOSS, PALE, SEA, DEEP, MIST, NIGHT = (
    "#23443a",
    "#5d8571",
    "#e5efe9",
    "#7fa9b5",
    "#41707f",
    "#c3cfd2",
    "#28384c",
)

COLUMNS = 3
"""Pictures beside each other: what a phone shows large enough."""

WIDE, HIGH, NAME, GAP = 4.0, 3.0, 0.6, 0.3
"""Of a picture, its name below it, and the space between two: in the units it is drawn in."""

INCHES, DOTS = 0.72, 125
"""Inches to a unit, and dots to an inch."""

Points = Sequence[tuple[float, float]]


def drawn(pictures: Sequence[Picture], words: Words) -> bytes:
    """Draw these pictures, each with its name below it; gives a PNG."""
    columns = min(COLUMNS, len(pictures))
    rows = -(-len(pictures) // columns)
    wide = columns * WIDE + (columns + 1) * GAP
    high = rows * (HIGH + NAME) + (rows + 1) * GAP
    paper = Figure(figsize=(wide * INCHES, high * INCHES), dpi=DOTS, facecolor=PAPER)
    for n, picture in enumerate(pictures):
        row, column = divmod(n, columns)
        left = GAP + column * (WIDE + GAP)
        below = high - (row + 1) * (HIGH + NAME + GAP) + NAME
        frame = paper.add_axes((left / wide, below / high, WIDE / wide, HIGH / high))
        frame.set(xlim=(0, WIDE), ylim=(0, HIGH), xticks=[], yticks=[])
        for side in frame.spines.values():
            side.set_visible(False)
        DRAWN[picture](frame)
        name = settable(words(f"picture.{picture}"))
        paper.text(left / wide, (below - 0.12) / high, name, size=18, color=INK, va="top")
    out = BytesIO()
    paper.savefig(out, format="png", metadata={"Software": None})
    return out.getvalue()


def _area(on: Axes, points: Points, colour: str) -> None:
    on.add_patch(Polygon(points, closed=True, facecolor=colour, edgecolor="none"))


def _box(on: Axes, left: float, below: float, wide: float, high: float, colour: str) -> None:
    on.add_patch(Rectangle((left, below), wide, high, facecolor=colour, edgecolor="none"))


def _disc(on: Axes, x: float, y: float, radius: float, colour: str, *, see: float = 1) -> None:
    on.add_patch(Circle((x, y), radius, facecolor=colour, edgecolor="none", alpha=see))


def _line(on: Axes, points: Points, colour: str, width: float) -> None:
    xs, ys = zip(*points, strict=True)
    # On the level of the areas: what is drawn later lies on top, whatever it is.
    on.plot(
        xs, ys, color=colour, lw=width, solid_capstyle="round", solid_joinstyle="round", zorder=1
    )


def _sky(on: Axes, colour: str) -> None:
    _box(on, 0, 0, WIDE, HIGH, colour)


def _hill(on: Axes, height: float, swell: float, phase: float, colour: str) -> None:
    """Draw land, or water, that goes up and down and fills all below it."""
    steps = [n * WIDE / 60 for n in range(61)]
    edge = [(x, height + swell * sin(x * 1.5 + phase)) for x in steps]
    _area(on, [(0, 0), *edge, (WIDE, 0)], colour)


def _waves(on: Axes, heights: Sequence[float], colour: str) -> None:
    for n, height in enumerate(heights):
        steps = [x * WIDE / 80 for x in range(81)]
        _line(on, [(x, height + 0.04 * sin(x * 7 + n * 2)) for x in steps], colour, 1.6)


def _bridge(on: Axes) -> None:
    # A rope bridge over a deep valley; its far side is in the mist
    _sky(on, MIST)
    _area(on, [(0, 0), (0, 1.7), (0.75, 1.65), (1.05, 0)], LEAF)
    _area(on, [(WIDE, 0), (WIDE, 1.75), (3.3, 1.7), (2.95, 0)], MOSS)
    _area(on, [(1.05, 0), (0.95, 0.5), (2, 0.25), (3.05, 0.5), (2.95, 0)], SEA)
    sag = [(0.7 + n * 2.65 / 20, 1.65 - 0.28 * sin(pi * n / 20)) for n in range(21)]
    rail = [(x, y + 0.36) for x, y in sag]
    for low, top in zip(sag[1:-1:2], rail[1:-1:2], strict=True):
        _line(on, [low, top], WOOD, 1.6)
    for x in (0.7, 3.35):
        _line(on, [(x, 1.6), (x, 2.15)], WOOD, 5)
    _line(on, sag, WOOD, 5)
    _line(on, rail, WOOD, 1.8)
    for n in range(7):
        size = (2.5 - n * 0.2, 1.5 - n * 0.13)
        on.add_patch(Ellipse((3.6, 1.75), *size, facecolor=PAPER, edgecolor="none", alpha=0.2))


def _lighthouse(on: Axes) -> None:
    # A lighthouse at night, with its beam over dark water
    _sky(on, NIGHT)
    stars = Random(4)  # noqa: S311 - the same sky each time
    for _ in range(26):
        _disc(on, stars.uniform(0, WIDE), stars.uniform(1.3, HIGH), 0.013, SNOW, see=0.8)
    light = (1.03, 2.26)
    for spread, see in ((0.55, 0.16), (0.3, 0.3)):
        beam = [light, (WIDE, light[1] + 0.35 + spread), (WIDE, light[1] + 0.35 - spread)]
        on.add_patch(Polygon(beam, facecolor=GOLD, edgecolor="none", alpha=see))
    _hill(on, 0.55, 0.03, 0, DEEP)
    _area(on, [(0, 0), (0, 0.8), (0.6, 0.85), (1.5, 0.7), (2, 0.3), (2.1, 0)], INK)
    _area(on, [(0.72, 0.75), (0.86, 2.1), (1.2, 2.1), (1.34, 0.75)], SNOW)
    _area(on, [(0.775, 1.25), (0.82, 1.65), (1.24, 1.65), (1.285, 1.25)], CLAY)
    _box(on, 0.8, 2.08, 0.46, 0.07, INK)
    _box(on, 0.89, 2.15, 0.28, 0.24, GOLD)
    _area(on, [(0.83, 2.39), (1.03, 2.62), (1.23, 2.39)], CLAY)
    _waves(on, (0.15, 0.36), SEA)


def _storm(on: Axes) -> None:
    # A lone tree that bends in the wind
    _sky(on, "#8d9ba1")
    for x, y, size in ((0.6, 2.6, 0.5), (1.3, 2.75, 0.6), (2.2, 2.7, 0.55), (3.2, 2.8, 0.65)):
        _disc(on, x, y, size, "#6b7980")
    _hill(on, 0.55, 0.1, 1, LEAF)
    trunk = [(1.45 + 0.75 * t * t, 0.5 + 1.35 * t) for t in (n / 12 for n in range(13))]
    _line(on, trunk, INK, 9)
    for at, far in ((7, 0.7), (9, 0.9), (11, 0.8), (12, 1)):
        x, y = trunk[at]
        _line(on, [(x, y), (x + far * 0.6, y + 0.2), (x + far, y + 0.12)], INK, 3.5)
    leaves = Random(7)  # noqa: S311 - the same leaves each time
    for _ in range(34):
        x, y = leaves.uniform(2.1, 3.3), leaves.uniform(1.45, 2.2)
        on.add_patch(Ellipse((x, y), 0.26, 0.12, angle=10, facecolor=MOSS, edgecolor="none"))
    for _ in range(9):
        x, y = leaves.uniform(3.1, 3.95), leaves.uniform(0.9, 2.1)
        on.add_patch(Ellipse((x, y), 0.14, 0.06, angle=25, facecolor=GOLD, edgecolor="none"))
    for y, left in ((1.9, 0.2), (1.35, 0.5), (1.0, 0.1), (2.2, 0.7)):
        _line(on, [(left, y), (left + 0.5, y + 0.04), (left + 0.9, y)], MIST, 2)


def _boat(on: Axes) -> None:
    # A small empty boat on still water
    _sky(on, "#f3dcc0")
    _disc(on, 2.9, 1.75, 0.36, CLAY)
    _hill(on, 1.72, 0.09, 2, MOSS)
    _box(on, 0, 0, WIDE, 1.6, SEA)
    for y, half in ((1.42, 0.34), (1.27, 0.26), (1.12, 0.3), (0.98, 0.16)):
        _line(on, [(2.9 - half, y), (2.9 + half, y)], "#e9b98d", 3)
    _area(on, [(0.75, 0.95), (1.05, 0.6), (2.15, 0.6), (2.5, 0.98), (1.6, 0.86)], WOOD)
    _area(on, [(0.75, 0.95), (1.6, 0.86), (2.5, 0.98), (1.6, 0.93)], INK)
    _line(on, [(1.25, 0.9), (0.55, 0.55)], SNOW, 3)
    for y, left, long in ((0.5, 0.7, 2.0), (0.34, 1.1, 1.3), (0.18, 0.4, 0.9), (0.24, 2.9, 0.7)):
        _line(on, [(left, y), (left + long, y)], MIST, 1.6)


def _door(on: Axes) -> None:
    # A door that stands ajar; light falls through it
    _sky(on, "#3c4a55")
    _area(on, [(0, 0), (0, 0.6), (WIDE, 0.6), (WIDE, 0)], "#2c3740")
    _box(on, 1.35, 0.6, 1.3, 2.05, INK)
    _area(on, [(1.47, 0.6), (1.47, 2.53), (1.9, 2.53), (1.9, 0.6)], GOLD)
    _area(on, [(1.47, 0.6), (1.9, 0.6), (1.45, 0), (0.45, 0)], "#8f8258")
    _area(on, [(2.53, 0.6), (2.53, 2.53), (1.9, 2.4), (1.9, 0.45)], CLAY)
    for below, top in ((0.72, 1.3), (1.5, 2.2)):
        _area(on, [(2.05, below), (2.05, top), (2.4, top + 0.03), (2.4, below + 0.05)], "#a9632f")
    _disc(on, 1.99, 1.4, 0.045, GOLD)


def _crossroads(on: Axes) -> None:
    # A signpost where a path divides
    _sky(on, PALE)
    _hill(on, 1.45, 0.12, 0.4, MOSS)
    _hill(on, 1.15, 0.06, 2.6, "#7fa08d")
    _area(on, [(1.6, 0), (1.8, 0.7), (0.35, 1.28), (0.55, 1.29), (2.02, 0.85), (2.4, 0)], SNOW)
    _area(on, [(1.75, 0.45), (2.02, 0.85), (3.5, 1.2), (3.62, 1.16), (2.3, 0.5)], SNOW)
    _line(on, [(2.05, 0.8), (2.05, 2.5)], WOOD, 7)
    left = [(2.2, 2.38), (1.2, 2.38), (1.0, 2.22), (1.2, 2.06), (2.2, 2.06)]
    right = [(1.9, 1.94), (2.95, 1.94), (3.15, 1.78), (2.95, 1.62), (1.9, 1.62)]
    _area(on, left, WOOD)
    _area(on, right, CLAY)


def _ladder(on: Axes) -> None:
    # A ladder against a high wall; above it, sky
    _sky(on, SEA)
    for x, y, size in ((3.1, 2.65, 0.2), (3.35, 2.7, 0.26), (3.65, 2.64, 0.18)):
        _disc(on, x, y, size, SNOW)
    _box(on, 0, 0.35, WIDE, 1.85, "#b98f6d")
    for row in range(7):
        y = 0.35 + row * 0.265
        _line(on, [(0, y), (WIDE, y)], "#a67d5c", 1.4)
        for column in range(8):
            x = column * 0.6 + (0.3 if row % 2 else 0)
            _line(on, [(x, y), (x, min(y + 0.265, 2.2))], "#a67d5c", 1.4)
    _box(on, 0, 0, WIDE, 0.35, LEAF)
    for foot in (1.35, 1.8):
        _line(on, [(foot, 0.2), (foot + 0.5, 2.55)], INK, 4.5)
    for n in range(1, 9):
        rise = n / 9
        x, y = 1.35 + 0.5 * rise, 0.2 + 2.35 * rise
        _line(on, [(x, y), (x + 0.45, y)], INK, 3.2)


def _nest(on: Axes) -> None:
    # A nest in the fork of a branch, with three eggs; one is of another colour
    _sky(on, PALE)
    _line(on, [(0, 0.45), (1.2, 0.85), (2.4, 0.95), (4, 1.6)], WOOD, 12)
    _line(on, [(2.0, 0.92), (2.9, 2.0), (3.1, 2.8)], WOOD, 7)
    _line(on, [(1.1, 0.82), (0.7, 1.7), (0.8, 2.4)], WOOD, 5)
    for x, y, angle in (
        (3.3, 2.3, 40),
        (2.7, 2.6, 130),
        (0.5, 2.1, 120),
        (1.05, 2.5, 40),
        (3.6, 1.8, 60),
    ):
        on.add_patch(Ellipse((x, y), 0.5, 0.2, angle=angle, facecolor=MOSS, edgecolor="none"))
    for x, colour in ((1.45, SEA), (1.8, GOLD), (2.13, SEA)):
        on.add_patch(Ellipse((x, 1.5), 0.34, 0.46, facecolor=colour, edgecolor="none"))
    on.add_patch(Ellipse((1.8, 1.17), 1.5, 0.6, facecolor="#93704f", edgecolor="none"))
    twigs = Random(11)  # noqa: S311 - the same nest each time
    for _ in range(40):
        x, y = twigs.uniform(1.12, 2.2), twigs.uniform(1.0, 1.36)
        tilt = twigs.uniform(-0.1, 0.1)
        _line(on, [(x, y), (x + 0.3, y + tilt)], twigs.choice((WOOD, INK, CLAY)), 1.4)


def _umbrella(on: Axes) -> None:
    # An open umbrella that stands in the rain, with a dry spot beneath it
    _sky(on, MIST)
    _box(on, 0, 0, WIDE, 0.55, "#98a8ab")
    on.add_patch(Ellipse((2, 0.4), 2.0, 0.3, facecolor=SNOW, edgecolor="none"))
    rain = Random(5)  # noqa: S311 - the same rain each time
    for _ in range(95):
        x, y = rain.uniform(-0.1, WIDE), rain.uniform(0.2, HIGH)
        dry = 0.98 < x < 3.02 and y < 1.75
        if not dry:
            _line(on, [(x, y), (x + 0.05, y + 0.22)], DEEP, 1.4)
    bow = [(2 + 1.05 * cos(a), 1.62 + 0.95 * sin(a)) for a in (n * pi / 30 for n in range(31))]
    _area(on, bow, CLAY)
    for n in range(3):
        hollow = Ellipse((1.3 + n * 0.7, 1.62), 0.7, 0.24, facecolor=MIST, edgecolor="none")
        on.add_patch(hollow)
    for lean in (-0.35, 0.35):
        _line(on, [(2 + lean, 1.72), (2 + lean * 0.7, 2.2), (2, 2.56)], "#a9632f", 1.6)
    _line(on, [(2, 0.5), (2, 2.7)], INK, 3.5)
    on.add_patch(Arc((2.14, 0.5), 0.28, 0.3, theta1=180, theta2=360, color=INK, lw=3.5))


def _fire(on: Axes) -> None:
    # A camp fire at night, with empty seats around it
    _sky(on, NIGHT)
    _hill(on, 1.2, 0.08, 0, "#1f2d3d")
    _box(on, 0, 0, WIDE, 0.9, "#2f3b34")
    for size, see in ((1.25, 0.1), (0.9, 0.16), (0.6, 0.2)):
        _disc(on, 2, 0.95, size, GOLD, see=see)
    _line(on, [(1.6, 0.55), (2.4, 0.75)], WOOD, 7)
    _line(on, [(1.6, 0.75), (2.4, 0.55)], "#5c4331", 7)
    for wide, high, colour in ((0.42, 1.1, CLAY), (0.29, 0.8, GOLD), (0.14, 0.45, SNOW)):
        left = [
            (2 - wide, 0.72),
            (2 - wide * 0.9, 0.72 + high * 0.35),
            (2 - wide * 0.35, 0.72 + high * 0.6),
        ]
        right = [
            (2 + wide * 0.5, 0.72 + high * 0.55),
            (2 + wide * 0.95, 0.72 + high * 0.3),
            (2 + wide, 0.72),
        ]
        _area(on, [*left, (2 + wide * 0.1, 0.72 + high), *right], colour)
    for x, y in ((0.65, 0.6), (1.15, 0.2), (2.85, 0.2), (3.35, 0.6)):
        _box(on, x - 0.26, y - 0.12, 0.52, 0.22, "#5c4331")
        on.add_patch(Ellipse((x, y + 0.1), 0.52, 0.2, facecolor=WOOD, edgecolor="none"))
    sparks = Random(3)  # noqa: S311 - the same sparks each time
    for _ in range(12):
        _disc(on, sparks.uniform(1.6, 2.5), sparks.uniform(1.7, 2.7), 0.018, GOLD)


def _mountain(on: Axes) -> None:
    # A path that winds up to a mountain top; the top is in the sun
    _sky(on, "#dbe7ea")
    _disc(on, 3.3, 2.45, 0.27, GOLD)
    _area(on, [(-0.4, 0.4), (0.75, 1.9), (1.9, 0.4)], MIST)
    _area(on, [(0.5, 0.2), (2.25, 2.7), (4.2, 0.2)], "#6f8590")
    top = [(1.76, 2.0), (2.25, 2.7), (2.81, 1.98), (2.5, 2.13), (2.28, 1.95), (2.02, 2.16)]
    _area(on, top, SNOW)
    _hill(on, 0.55, 0.1, 1.2, LEAF)
    path = [(0.6, 0), (1.5, 0.5), (2.7, 0.75), (1.75, 1.05), (2.65, 1.35), (2.0, 1.6), (2.4, 1.85)]
    for n, (start, end) in enumerate(pairwise(path)):
        _line(on, [start, end], SNOW, 6.5 - n * 0.9)


def _roots(on: Axes) -> None:
    # A tree of which the roots go as deep as the branches go high
    _sky(on, PALE)
    _box(on, 0, 0, WIDE, 1.3, "#8a6b51")
    _box(on, 0, 1.2, WIDE, 0.1, MOSS)
    for x, y, size in (
        (2, 2.4, 0.5),
        (1.5, 2.2, 0.38),
        (2.5, 2.2, 0.38),
        (1.75, 2.6, 0.33),
        (2.3, 2.62, 0.33),
    ):
        _disc(on, x, y, size, MOSS)
    for lean in (-0.42, -0.15, 0.15, 0.42):
        _line(on, [(2, 1.75), (2 + lean * 0.6, 2.1), (2 + lean, 2.35)], LEAF, 3)
    _area(on, [(1.86, 2.0), (1.78, 1.2), (2.22, 1.2), (2.14, 2.0)], LEAF)
    for lean, deep in (
        (-1.5, 0.75),
        (-0.95, 0.35),
        (-0.4, 0.12),
        (0.05, 0.2),
        (0.5, 0.1),
        (1.0, 0.4),
        (1.5, 0.7),
    ):
        middle = (2 + lean * 0.45, 1.25 - (1.25 - deep) * 0.35)
        _line(on, [(2 + lean * 0.08, 1.25), middle, (2 + lean, deep)], SNOW, 3)
        x, y = (middle[0] + 2 + lean) / 2, (middle[1] + deep) / 2
        _line(on, [(x, y), (x + lean * 0.05 + 0.12, y - 0.28)], SNOW, 1.6)


DRAWN: Mapping[Picture, Callable[[Axes], None]] = {
    Picture.BRIDGE: _bridge,
    Picture.LIGHTHOUSE: _lighthouse,
    Picture.STORM: _storm,
    Picture.BOAT: _boat,
    Picture.DOOR: _door,
    Picture.CROSSROADS: _crossroads,
    Picture.LADDER: _ladder,
    Picture.NEST: _nest,
    Picture.UMBRELLA: _umbrella,
    Picture.FIRE: _fire,
    Picture.MOUNTAIN: _mountain,
    Picture.ROOTS: _roots,
}
"""Each picture, and what draws it."""

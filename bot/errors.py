"""The errors that this program raises itself.

An error carries the key of its text and the values that fill it in. `bot.blocks` words a
`Refusal` in the language of the person, and `bot.i18n` a `Fault` for the operator. Any other
exception is a bug: it is logged without content, and the person reads that nothing was lost.
"""

import traceback


class IntervisieError(Exception):
    """Base class of this program's errors."""


class _Worded(IntervisieError):
    """An error whose words stand in config/locales under its key, with `about` filled in."""

    def __init__(self, key: str, /, **about: str | int) -> None:
        super().__init__(key)
        self.key = key
        self.about = about


class Refusal(_Worded):
    """Something a person asked for that cannot be done now.

    The text stands under `refusal.<key>` and says why, and what to do next.
    """


class Fault(_Worded):
    """A problem of the installation that its operator can repair.

    The text stands under `setup.<key>` and says what is wrong and how to repair it.
    """


def place_of(error: Exception) -> str:
    """Return where an error was raised, as "bot/services/cases.py:12"; a bare name outside."""
    frames = traceback.extract_tb(error.__traceback__)
    if not frames:
        return "?"
    file = frames[-1].filename.replace("\\", "/")
    _, found, inside = file.rpartition("/bot/")
    name = f"bot/{inside}" if found else file.rpartition("/")[2]
    return f"{name}:{frames[-1].lineno}"

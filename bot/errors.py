"""One family of errors. Each knows, by key, what the person is told.

The words stand in config/locales under `refusal.<key>`; `bot.blocks` says them in
the person's own language. Anything that is no `Refusal` is a fault of ours: it is
logged without content, and the person hears that nothing was lost.
"""


class IntervisieError(Exception):
    """Whatever this program raises itself."""


class Refusal(IntervisieError):
    """Something that cannot be done now; the person is told why and what to do next."""

    def __init__(self, key: str, **about: str | int) -> None:
        super().__init__(key)
        self.key = key
        self.about = about

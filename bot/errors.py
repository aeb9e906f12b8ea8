"""The two families of errors: what a person is told, and what an operator is told.

Both carry a key, and the words stand in config/locales. Any other exception is a mistake of
ours: it is logged without content, and the person hears that nothing was lost.
"""


class IntervisieError(Exception):
    """Every exception that this program defines."""


class Refusal(IntervisieError):
    """Something that cannot be done now; the person is told why and what to do next.

    The words stand under `refusal.<key>`, with `about` filled in.
    """

    def __init__(self, key: str, /, **about: str | int) -> None:
        super().__init__(key)
        self.key = key
        self.about = about


class Fault(IntervisieError):
    """Something about the installation that has to be mended; its text says what and how.

    The words stand under `setup.<key>`, with `about` filled in (see `bot.i18n.fault_text`).
    """

    def __init__(self, key: str, /, **about: str | int) -> None:
        super().__init__(key)
        self.key = key
        self.about = about

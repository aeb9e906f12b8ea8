"""What is wrong with an installation, in the words of whoever runs it."""

from bot.errors import IntervisieError
from bot.i18n import Language, words


class Fault(IntervisieError):
    """Something about the installation that has to be mended; the text says what and how.

    The words stand in config/locales under `setup.<key>`. As a string it is in both
    languages, because before the settings are read nobody knows which one is spoken.
    """

    def __init__(self, key: str, /, **about: str | int) -> None:
        super().__init__(key)
        self.key = key
        self.about = about

    def told(self, language: Language) -> str:
        """Give what is wrong and how to mend it."""
        return words(language)(f"setup.{self.key}", **self.about)

    def __str__(self) -> str:
        return f"{self.told('en')} / {self.told('nl')}"

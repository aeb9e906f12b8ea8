"""Opens a text up: rewords it where that is safe, and else gives ways to begin.

Safe means: the reworded question takes for granted no more than the text itself did.
"Ben je boos dat hij wegliep?" may become "Hoe is het voor je dat hij wegliep?": there was a
feeling to ask after, whatever it was. "Heb je boos gereageerd?" may not become "Hoe heb je
gereageerd?": perhaps there was no reaction at all. So the tables reword questions after a
feeling, an experience or how something went, and turn advice into the question behind it.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

MAX_OPENINGS = 3
"""Ways to begin that somebody gets to choose from; more would be a lesson."""

MAX_REWORDED_LENGTH = 140
"""Characters of a reworded question; with more it would hardly be read."""

_SENTENCE = re.compile(r"[^.!?\n…]+[.!?…]*")
_SPACE = re.compile(r"\s+")


class Opener:
    """The ways of one language: `reworded` holds patterns and what to say, `stems` beginnings."""

    def __init__(
        self, reworded: Iterable[tuple[str, str]], stems: Mapping[str, Sequence[str]]
    ) -> None:
        self._reworded = [(re.compile(when, re.IGNORECASE), say) for when, say in reworded]
        self._stems = stems

    def openers(self, text: str, label: str) -> tuple[str, ...]:
        """List ways to open up a text with this label, the one that fits best first."""
        found = self._reword(text)
        stems = [stem for stem in self._stems.get(label, ()) if not _begins(found, stem)]
        return tuple([found, *stems] if found else stems)[:MAX_OPENINGS]

    def _reword(self, text: str) -> str | None:
        for sentence in reversed(_SENTENCE.findall(_SPACE.sub(" ", text.replace("’", "'")))):
            asked = sentence.strip(" .!?…")
            asked = asked[:1].lower() + asked[1:]  # its first word comes to stand further on
            for when, say in self._reworded:
                found = when.search(asked)
                if found is None:
                    continue
                said = _SPACE.sub(" ", found.expand(say)).strip(" ,")
                if len(said) < MAX_REWORDED_LENGTH:
                    return said[0].upper() + said[1:] + "?"
        return None


def _begins(question: str | None, stem: str) -> bool:
    """Check whether a question begins like a stem, so that the stem would add nothing."""
    return question is not None and question.startswith(stem.removesuffix("…?").rstrip())

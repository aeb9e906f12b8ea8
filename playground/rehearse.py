"""A rehearsal: a whole session with simulated colleagues, from intake to reflection."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from random import Random

from bot.catalog.methods import shipped_methods
from bot.errors import Refusal
from bot.flows.method import Method
from bot.flows.types import CaseKind
from playground.colleagues import Colleagues
from playground.reading import block, words
from playground.slack.seed import PEOPLE
from playground.stage import Stage, staged

MOST_ACTS = 600


def rehearse(
    method: str,
    language: str,
    show: Callable[[str], None],
    *,
    seed: int = 3,
    methods: Mapping[str, Method] | None = None,
) -> bool:
    """Play a method, `show` its transcript by line, and return whether it ended.

    `language` is nl or en; `methods` are those there are, ours by default. The colleagues
    choose by `seed`, so a rehearsal can be repeated. Raises `Refusal` for a method that does
    not exist.
    """
    methods = methods or shipped_methods()
    chosen = methods.get(method)
    if chosen is None:
        raise Refusal("no_method")
    kind = CaseKind.LEARNING if CaseKind.LEARNING in chosen.kinds else CaseKind.POSITIVE
    with staged(methods=methods) as stage:
        workspace = stage.workspace
        locale = "nl-NL" if language == "nl" else "en-GB"
        for user in PEOPLE:
            workspace.users[user.id] = replace(user, locale=locale)
        channel = next(c.id for c in workspace.channels.values() if c.name == "intervisie")
        people = [user.id for user in PEOPLE[: max(chosen.least, min(5, chosen.most))]]
        random = Random(seed)  # noqa: S311 - to play, not to hide
        bringer = people[1]
        play = Colleagues(
            workspace, channel, people, random=random, case=kind, method=method, methods=methods
        )
        teller = _Teller(stage, channel, bringer, show)
        word = "casus" if language == "nl" else "case"
        types = word if chosen.kinds else f"start {method}"
        workspace.slash(bringer, channel, "/intervisie", types)
        stage.settle()
        return _play_on(stage, play, teller, bringer)


def _play_on(stage: Stage, play: Colleagues, teller: "_Teller", bringer: str) -> bool:
    idle = 0
    for _ in range(MOST_ACTS):
        acted = play.act()
        stage.settle()
        teller.tell()
        boards = play.boards()
        if boards and block(boards[0].blocks, "board-lobby") and not acted:
            play.press(boards[0], bringer, "session:begin")
            stage.settle()
        elif boards and not block(boards[0].blocks, "board-step") and not acted:
            stage.pass_time(timedelta(minutes=1))  # what follows a session
            teller.tell(anew=True)
            return True
        elif not acted:
            idle += 1
            if idle > 20:
                return False
            stage.pass_time(timedelta(hours=25))
    return False


class _Teller:
    """Shows what is new: in the thread, then in the bringer's direct messages."""

    def __init__(
        self, stage: Stage, channel: str, bringer: str, show: Callable[[str], None]
    ) -> None:
        self._workspace = stage.workspace
        self._places = (channel, stage.workspace.open_dm(bringer).id)
        self._bringer = bringer
        self._show = show
        self._told: dict[str, str] = {}

    def tell(self, *, anew: bool = False) -> None:
        """Show the messages not shown yet; with `anew`, the pinned one too, as it is now."""
        reader = self._workspace.users[self._bringer]
        for place in self._places:
            for said in self._workspace.everything(self._bringer, place):
                text = words(said, self._workspace, reader).replace("\n", "\n       ")
                changed = anew and said.pinned and self._told.get(said.ts) != text
                if said.ts in self._told and not changed:
                    continue
                self._told[said.ts] = text
                name = self._workspace.users[said.user].real_name
                where = "  [DM] " if place.startswith("D") else "  [#] "
                self._show(f"{where}{name}: {text}")

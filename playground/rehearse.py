"""A rehearsal: a whole session with simulated colleagues, from intake to reflection."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from operator import itemgetter
from random import Random

from bot.catalog.commands import word_for
from bot.catalog.methods import shipped_methods
from bot.errors import Refusal
from bot.flows.method import Method
from bot.flows.types import CaseKind, Guidance
from bot.i18n import LANGUAGES
from playground.colleagues import Act, Colleagues
from playground.reading import block, words
from playground.slack.seed import PEOPLE
from playground.slack.workspace import Message
from playground.speech import repertoire
from playground.stage import Stage, staged
from playground.testing.team import Team

MOST_ACTS = 600


def rehearse(
    method: str,
    language: str,
    show: Callable[[str], None],
    *,
    seed: int = 3,
    live: bool = False,
    guidance: Guidance = Guidance.GUIDED,
    methods: Mapping[str, Method] | None = None,
) -> bool:
    """Play a method, `show` its transcript by line, and return whether it ended.

    `language` is one of the list; `live` makes it a spoken session; `guidance` is how much the bot
    guides: of a supported group, one member facilitates. `methods` are those there are, ours by
    default. The colleagues choose by `seed`, so a rehearsal can be repeated. Raises `Refusal`
    for a method that does not exist.
    """
    methods = methods or shipped_methods()
    chosen = methods.get(method)
    if chosen is None:
        raise Refusal("no_method")
    kind = CaseKind.LEARNING if CaseKind.LEARNING in chosen.kinds else CaseKind.POSITIVE
    with staged(methods=methods, patient=True) as stage:
        workspace = stage.workspace
        locale = LANGUAGES[language].locales[0]
        for user in PEOPLE:
            workspace.users[user.id] = replace(user, locale=locale)
        channel = next(c.id for c in workspace.channels.values() if c.name == "intervisie")
        people = [user.id for user in PEOPLE[: max(chosen.least, min(5, chosen.most))]]
        random = Random(seed)  # noqa: S311 - to play, not to hide
        bringer = people[1]
        play = Colleagues(
            workspace,
            channel,
            people,
            random=random,
            case=kind,
            method=method,
            methods=methods,
            slips=True,
        )
        if guidance is not Guidance.GUIDED:
            team = Team(stage)
            team.types(bringer, word_for("commands", "settings", language))
            team.sends(bringer, language=language, guidance=guidance.value)
        teller = _Teller(stage, channel, bringer, language, show)
        workspace.slash(
            bringer,
            channel,
            "/intervisie",
            word_for("commands", "case", language) if chosen.kinds else f"start {method}",
        )
        stage.settle()
        before = ["session:live"] if live else []
        if guidance is Guidance.SUPPORTED:
            before.append("session:lead")
        return _play_on(stage, play, teller, people[0], before)


def _play_on(
    stage: Stage, play: Colleagues, teller: "_Teller", host: str, before: list[str]
) -> bool:
    """Play until the session is over; `host` presses what comes `before` it, and begins it."""
    idle = 0
    for _ in range(MOST_ACTS):
        acted = play.act()
        stage.settle()
        teller.tell(play)
        boards = play.boards()
        if boards and block(boards[0].blocks, "board-lobby") and not acted:
            play.press(boards[0], host, before.pop(0) if before else "session:begin")
            stage.settle()
            teller.tell(play)
        elif boards and not block(boards[0].blocks, "board-step") and not acted:
            stage.pass_time(timedelta(minutes=1))  # what follows a session
            teller.tell(play, anew=True)
            return True
        elif not acted:
            idle += 1
            if idle > 20:
                return False
            stage.pass_time(timedelta(hours=25))
            teller.tell(play)
    return False


class _Teller:
    """Shows what is new: what was done, and what was said in the thread or to one person."""

    def __init__(
        self, stage: Stage, channel: str, bringer: str, language: str, show: Callable[[str], None]
    ) -> None:
        self._workspace = stage.workspace
        self._channel = channel
        self._bringer = bringer
        self._words = repertoire(language)["transcript"]
        self._show = show
        self._told: dict[str, str] = {}

    def tell(self, play: Colleagues, *, anew: bool = False) -> None:
        """Show what is new; with `anew`, the pinned message too, as it is now."""
        for act in play.acts:
            self._show("      " + self._shown(act))
        play.acts.clear()
        for said, reader in self._seen(play.people):
            text = words(said, self._workspace, self._workspace.users[reader])
            told = self._told.get(said.ts)
            changed = told != text and (said.edited or (anew and said.pinned))
            if told is not None and not changed:
                continue
            self._told[said.ts] = text
            if told is not None and said.edited:
                text += f" {self._words['edited']}"
            name = self._workspace.author(said.user).real_name
            if said.channel != self._channel and reader == self._bringer:
                line = f"  [DM] {name}: {text}"
            elif said.channel != self._channel or said.ephemeral_to:
                line = "      " + self._shown(Act(reader, "saw", text))
            else:
                line = f"  [#] {name}: {text}"
            self._show(line.replace("\n", "\n       "))

    def _shown(self, act: Act) -> str:
        shape = str(self._words[act.kind])
        return shape.format(who=self._first_name(act.user), text=act.text)

    def _first_name(self, user: str) -> str:
        return self._workspace.users[user].real_name.split()[0]

    def _seen(self, people: list[str]) -> list[tuple[Message, str]]:
        """List all messages, each with one person who sees it.

        What people wrote comes first, then what the bot told one of them in the channel, then
        what it told all, then direct messages: it sends to several places at once, so the times
        of its messages tell nothing.
        """
        found: dict[str, tuple[tuple[int, int, str], Message, str]] = {}
        for n, user in enumerate((self._bringer, *people)):
            for place in (self._channel, self._workspace.open_dm(user).id):
                for said in self._workspace.everything(user, place):
                    if said.user in people:
                        order = (0, 0, said.ts)
                    elif place != self._channel:
                        order = (3, n, said.ts)
                    else:
                        order = (1, n, said.ts) if said.ephemeral_to else (2, 0, said.ts)
                    found.setdefault(said.ts, (order, said, user))
        return [(said, reader) for _, said, reader in sorted(found.values(), key=itemgetter(0))]

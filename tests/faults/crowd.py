"""Everyone at once: eight people press and write in the same moment, in many sessions."""

from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from time import sleep

from sqlalchemy import text

from bot.flows.session.state import Session
from bot.store.tables import Contribution, Outbound, Post, SessionRow
from playground.slack.records import TEAM, Message, Reply, User
from tests.faults.actors import CANARY, PEOPLE
from tests.faults.audit import audit
from tests.faults.fixtures import seeding
from tests.faults.harness import INSTALLED, Ground, Rig, set_up_rig

EIGHTH = (User("U0NOOR", "noor", "Noor Bakker"), User("U0TIM", "tim", "Tim de Boer"))
CROWD = [*PEOPLE, *(user.id for user in EIGHTH)]
HANDS = 32
TRIES = 10

STATISTICS_SECONDS = 2.0
"""How long PostgreSQL may take to count what happened."""


def crowd(ground: Ground, *, sessions: int = 50) -> Counter[str]:
    """Make eight people act at once in so many sessions: on two web processes, on SQLite on one.

    Returns how often what was done. Raises `AssertionError` for a lost update, a deadlock, or
    a floor that two people had.
    """
    with set_up_rig(ground) as rig:
        room = _Room(rig, sessions)
        rig.install(*INSTALLED[ground.database])
        rig.settle()
        room.look()
        room.all_press("session:join", but_first=True)
        assert all(set(s.participants) == set(CROWD) for s in room.states()), "a lost update"
        room.all_press("session:begin")
        room.one_floor()
        for n in range(3):
            room.all_write(n)
            room.one_floor()
        room.all_press("session:pass")
        room.one_floor()
        audit(rig)
        assert room.deadlocks() == 0
        return room.done


class _Room:
    """The sessions, each in a channel of its own, and the people in all of them."""

    def __init__(self, rig: Rig, sessions: int) -> None:
        self.rig = rig
        self.slack = rig.slack.workspace
        self.done: Counter[str] = Counter()
        for user in EIGHTH:
            self.slack.users[user.id] = user
        self.boards: dict[str, Message] = {}
        self.places: dict[str, str] = {}
        with seeding(rig, TEAM) as seeder:
            for n in range(sessions):
                place = self.slack.create_channel(
                    f"groep-{n}", [*CROWD, self.slack.bot.id], private=True
                )
                self.places[seeder.session(CROWD[0], place.id)] = place.id

    def look(self) -> None:
        """Find the boards."""
        stands = {row.key.removeprefix("board:"): row.ts for row in self.rig.rows(Post)}
        for session, place in self.places.items():
            seen = self.slack.messages(CROWD[0], place)
            self.boards[session] = next(m for m in seen if m.ts == stands[session])

    def all_press(self, action: str, *, but_first: bool = False) -> None:
        """Press a button of every session for everybody, at once."""

        def press(session: str, who: str) -> Callable[[], None]:
            def act() -> None:
                board = self.boards[session]
                for _ in range(TRIES):
                    reply = self.slack.press(who, action, value=session, message=board)
                    self._count(action, reply)
                    if reply.status == 200:
                        return
                raise AssertionError(f"{action} is not taken")

            return act

        who = CROWD[1:] if but_first else CROWD
        self._at_once(press(session, each) for session in self.places for each in who)

    def all_write(self, number: int) -> None:
        """Write in every thread for everybody, at once; each is counted, or hears why not."""
        said: dict[str, dict[str, str]] = {session: {} for session in self.places}

        def write(session: str, who: str) -> Callable[[], None]:
            def act() -> None:
                place, thread = self.places[session], self.boards[session].ts
                line = f"Ik ben er, {number} ({CANARY})."
                said[session][who] = self.slack.post(who, place, line, thread).ts
                self.done["reply"] += 1

            return act

        self._at_once(write(session, who) for session in self.places for who in CROWD)
        counted = {(row.session_id, row.ref) for row in self.rig.rows(Contribution)}
        told = {
            (row.conversation, row.user)
            for row in self.rig.rows(Outbound)
            if row.method == "ephemeral"
        }
        for session, refs in said.items():
            for who, ref in refs.items():
                heard = (self.places[session], who) in told
                assert heard or (session, ref) in counted, f"a reply of {who} was lost"

    def states(self) -> list[Session]:
        """Return every session as it stands."""
        return [Session.model_validate_json(row.state) for row in self.rig.rows(SessionRow)]

    def one_floor(self) -> None:
        """Check that in every session one has the floor, and whoever was counted had it."""
        authors: dict[str, list[str]] = {session: [] for session in self.places}
        for row in self.rig.rows(Contribution):
            if row.step == "check-in":
                authors[row.session_id].append(row.author)
        for state in self.states():
            position = state.position
            assert position is not None, "a session did not begin"
            counted = authors[state.id]
            assert len(counted) == len(set(counted)), f"counted twice: {counted}"
            if position.step > 0:
                continue  # all eight have had their turn
            queue, had = position.queue, position.had
            assert sorted((*queue, *had)) == sorted(CROWD), (queue, had)
            assert set(counted) <= set(had), f"counted without the floor: {counted}, {had}"

    def deadlocks(self) -> int:
        """Return how many deadlocks the database had to break."""
        if self.rig.engine.dialect.name == "sqlite":
            return 0
        sleep(STATISTICS_SECONDS)
        query = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
        with self.rig.engine.connect() as connection:
            return int(connection.scalar(text(query)) or 0)

    def _at_once(self, acts: Iterable[Callable[[], None]]) -> None:
        mixed = list(acts)
        self.rig.chance.shuffle(mixed)
        with ThreadPoolExecutor(HANDS) as hands:
            for done in [hands.submit(act) for act in mixed]:
                done.result()
        self.rig.settle()

    def _count(self, action: str, reply: Reply) -> None:
        self.done[action if reply.status == 200 else f"{action}, again"] += 1

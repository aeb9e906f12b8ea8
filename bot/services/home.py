"""Publish App Home: when a person opens it, and when what it shows has changed.

A home is published only for people who opened theirs before. A commit that changes what a home
shows sets a timer (`bot.store.home_subscribers`). When that is due, the home is built again, and
sent only if it differs from the one sent last.
"""

import json
from collections.abc import Mapping
from hashlib import sha256

from sqlalchemy import select

from bot.blocks import home as show
from bot.blocks.elements import View
from bot.flows.method import Method
from bot.outbox.messages import send_direct
from bot.repositories.home import is_expected, overview
from bot.repositories.people import words_for
from bot.repositories.rooms import is_admitted
from bot.services.people import Caller, People
from bot.store.crypto import KeyRing, WrongKey
from bot.store.tables import Group, HomeView, Person, SendMethod
from bot.store.transactions import Transactions, transactional
from bot.store.unit import Outgoing, Unit
from bot.timers import DueTimer


class Homes:
    """Publishes App Homes, and welcomes newcomers. `keys` seal the digests of what was sent."""

    def __init__(
        self,
        transactions: Transactions,
        people: People,
        methods: Mapping[str, Method],
        keys: KeyRing,
    ) -> None:
        self.transactions = transactions
        self.people = people
        self.methods = methods
        self.keys = keys

    def open(self, workspace: str, user: str) -> None:
        """Publish a person's home as they open it, looking them up in Slack first if needed."""
        if not self._open(workspace, user):
            self.people.look_up(workspace, user)
            self._open(workspace, user, looked_up=True)

    @transactional
    def _open(self, unit: Unit, workspace: str, user: str, *, looked_up: bool = False) -> bool:
        """Publish a home; return False, and do nothing, while the person has to be looked up."""
        person = unit.db.get(Person, (workspace, user))
        if not looked_up and (person is None or not self.people.is_fresh(person)):
            return False
        if person is not None and person.stranger and not is_admitted(unit, workspace, person):
            words = words_for(unit, workspace, user, None)
            view = show.closed(words("refusal.stranger"))
        else:
            view = self._view(unit, workspace, user, person)
        now = self.transactions.now()
        home = {"workspace": workspace, "user": user, "opened_at": now, "greeted_at": now}
        shown = self.keys.seal(_digest(view))
        unit.upsert(HomeView, [{**home, "shown": shown}], change=("opened_at", "shown"))
        self._send(unit, workspace, user, view)
        return True

    def greet(self, workspace: str, user: str) -> None:
        """Send a welcome to a person who opens the bot's direct messages for the first time.

        Members of a group, and people invited to one, get no welcome: they know the bot.
        """
        self._greet(workspace, user, self.people.look_up(workspace, user))

    @transactional
    def _greet(self, unit: Unit, workspace: str, user: str, caller: Caller) -> None:
        home = unit.db.get(HomeView, (workspace, user))
        if home is None:
            home = HomeView(workspace=workspace, user=user)
            unit.db.add(home)
        if home.greeted_at is None:
            home.greeted_at = self.transactions.now()
            if not caller.stranger and not is_expected(unit, workspace, user):
                welcome = show.welcome(caller.words)
                send_direct(unit, workspace, user, welcome, self.transactions.now())

    def greet_inviter(self, workspace: str, channel: str, inviter: str, *, delivery: str) -> None:
        """Send a welcome to the person who added the bot to a channel without a founded group.

        Does nothing for a delivery received before.
        """
        caller = self.people.look_up(workspace, inviter, channel=channel)
        self._greet_inviter(workspace, channel, inviter, caller, delivery=delivery)

    @transactional
    def _greet_inviter(
        self,
        unit: Unit,
        workspace: str,
        channel: str,
        inviter: str,
        caller: Caller,
        *,
        delivery: str,
    ) -> None:
        if not unit.first_time(workspace, delivery, self.transactions.now()):
            return
        group = unit.db.scalar(
            select(Group).where(Group.workspace == workspace, Group.channel == channel)
        )
        if not caller.stranger and (group is None or group.plan is None):
            welcome = show.welcome(caller.words, channel=channel)
            send_direct(unit, workspace, inviter, welcome, self.transactions.now())

    @transactional
    def refresh(self, unit: Unit, workspace: str, user: str) -> None:
        """Publish a person's home now if it changed, and they opened it before."""
        self._refresh(unit, workspace, user)

    @transactional
    def show_as_newcomer(self, unit: Unit, workspace: str, user: str) -> None:
        """Publish a newcomer's home for a person who was forgotten, without storing anything."""
        self.show_as_newcomer_within(unit, workspace, user)

    def show_as_newcomer_within(self, unit: Unit, workspace: str, user: str) -> None:
        """Publish a newcomer's home as `show_as_newcomer` does, within the caller's transaction."""
        self._send(unit, workspace, user, self._view(unit, workspace, user, None))

    def on_due(self, unit: Unit, due: DueTimer) -> None:
        """Publish the home of the timer's person if it changed."""
        self._refresh(unit, due.workspace, due.id)

    def _refresh(self, unit: Unit, workspace: str, user: str) -> None:
        home = unit.db.get(HomeView, (workspace, user))
        if home is None or home.opened_at is None:
            return
        view = self._view(unit, workspace, user, unit.db.get(Person, (workspace, user)))
        if self._sent_digest(home) != _digest(view):
            home.shown = self.keys.seal(_digest(view))
            self._send(unit, workspace, user, view)

    def _sent_digest(self, home: HomeView) -> bytes | None:
        """Return the digest of the home sent last; None without one, or when its key is gone."""
        try:
            return self.keys.open(home.shown) if home.shown else None
        except WrongKey:
            return None

    def _view(self, unit: Unit, workspace: str, user: str, person: Person | None) -> View:
        words, now = words_for(unit, workspace, user, None), self.transactions.now()
        shown = overview(unit, workspace, user, person, self.methods, words, now)
        return show.home(shown, words)

    def _send(self, unit: Unit, workspace: str, user: str, view: View) -> None:
        # A conversation of its own in the outbox: direct messages need not wait for it.
        unit.send(
            Outgoing(
                workspace=workspace,
                conversation=f"{user}:home",
                method=SendMethod.HOME,
                payload={"view": view},
                key=f"home:{user}",
                user=user,
                coalesce=True,
                due=self.transactions.now(),
            )
        )


def _digest(view: View) -> bytes:
    return sha256(json.dumps(view, sort_keys=True).encode()).digest()

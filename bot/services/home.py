"""App Home: laid in the outbox when it is opened, and when what it shows has changed.

Nobody's home is published who never opened it. Whatever changes anything that a home shows
sets a timer (`bot.store.home_subscribers`); when that is due, the home is laid out anew, and sent
only if it became another one.
"""

import json
from collections.abc import Mapping
from functools import partial
from hashlib import sha256

from sqlalchemy import select

from bot.blocks import home as show
from bot.blocks.elements import View
from bot.flows.method import Method
from bot.outbox.messages import direct
from bot.repositories.home import is_expected, overview
from bot.repositories.people import words_for
from bot.services.people import Caller, People
from bot.store.crypto import KeyRing, WrongKey
from bot.store.tables import Group, Home, Person, SendMethod
from bot.store.transactions import Transactions, transactional
from bot.store.unit import Outgoing, Unit
from bot.timers import DueTimer


class Homes:
    """Keeps people's App Homes."""

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
        """Show somebody their home, as they open it."""
        if not self.transactions.commit(partial(self._open, workspace, user)):
            self.people.look_up(workspace, user)
            self.transactions.commit(partial(self._open, workspace, user, looked_up=True))

    def _open(self, workspace: str, user: str, unit: Unit, *, looked_up: bool = False) -> bool:
        """Lay out a home that is opened; False when Slack has to say first who this is."""
        person = unit.db.get(Person, (workspace, user))
        if not looked_up and (person is None or not self.people.is_fresh(person)):
            return False
        if person is not None and person.stranger:
            words = words_for(unit, workspace, user, None)
            view = show.closed(words("refusal.stranger"))
        else:
            view = self._view(unit, workspace, user, person)
        now = self.transactions.now()
        home = {"workspace": workspace, "user": user, "opened_at": now, "greeted_at": now}
        shown = self.keys.seal(_digest(view))
        unit.upsert(Home, [{**home, "shown": shown}], change=("opened_at", "shown"))
        self._send(unit, workspace, user, view)
        return True

    def greet(self, workspace: str, user: str) -> None:
        """Welcome a person who opens the bot for the first time, once.

        Members of a group, and people invited to one, know what the bot is: they get no message.
        """
        self._greet(workspace, user, self.people.look_up(workspace, user))

    @transactional
    def _greet(self, unit: Unit, workspace: str, user: str, known: Caller) -> None:
        home = unit.db.get(Home, (workspace, user))
        if home is None:
            home = Home(workspace=workspace, user=user)
            unit.db.add(home)
        if home.greeted_at is None:
            home.greeted_at = self.transactions.now()
            if not known.stranger and not is_expected(unit, workspace, user):
                welcome = show.welcome(known.words)
                direct(unit, workspace, user, welcome, self.transactions.now())

    def greet_inviter(self, workspace: str, channel: str, inviter: str, *, delivery: str) -> None:
        """Help the person who invited the bot to a channel, unless a group meets there."""
        known = self.people.look_up(workspace, inviter, channel=channel)
        self._arrived(workspace, channel, inviter, known, delivery=delivery)

    @transactional
    def _arrived(
        self,
        unit: Unit,
        workspace: str,
        channel: str,
        inviter: str,
        known: Caller,
        *,
        delivery: str,
    ) -> None:
        if not unit.first_time(workspace, delivery, self.transactions.now()):
            return
        group = unit.db.scalar(
            select(Group).where(Group.workspace == workspace, Group.channel == channel)
        )
        if not known.stranger and (group is None or group.plan is None):
            welcome = show.welcome(known.words, channel=channel)
            direct(unit, workspace, inviter, welcome, self.transactions.now())

    def refresh(self, workspace: str, user: str) -> None:
        """Bring somebody's home up to date at once, if they ever opened it."""
        self.transactions.commit(lambda unit: self._refresh(unit, workspace, user))

    @transactional
    def show_as_newcomer(self, unit: Unit, workspace: str, user: str) -> None:
        """Show somebody who was forgotten the home of a newcomer; nothing is kept of that."""
        self._send(unit, workspace, user, self._view(unit, workspace, user, None))

    def on_due(self, unit: Unit, due: DueTimer) -> None:
        """Publish the home of a timer's person anew, if it changed."""
        self._refresh(unit, due.workspace, due.id)

    def _refresh(self, unit: Unit, workspace: str, user: str) -> None:
        home = unit.db.get(Home, (workspace, user))
        if home is None or home.opened_at is None:
            return
        view = self._view(unit, workspace, user, unit.db.get(Person, (workspace, user)))
        if self._shown(home) != _digest(view):
            home.shown = self.keys.seal(_digest(view))
            self._send(unit, workspace, user, view)

    def _shown(self, home: Home) -> bytes | None:
        """Give the digest of what was sent last; None for nothing, or for a key that is gone."""
        try:
            return self.keys.open(home.shown) if home.shown else None
        except WrongKey:
            return None

    def _view(self, unit: Unit, workspace: str, user: str, person: Person | None) -> View:
        words = words_for(unit, workspace, user, None)
        now = self.transactions.now()
        found = overview(unit, workspace, user, person, self.methods, words, now)
        return show.home(found, words)

    def _send(self, unit: Unit, workspace: str, user: str, view: View) -> None:
        # A lane of its own, so that no direct message waits until Slack takes another home.
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

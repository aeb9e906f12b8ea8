"""App Home: laid in the outbox when it is opened, and when what it shows has changed.

Nobody's home is published who never opened it. Whatever changes anything that a home shows
sets a timer (`bot.store.home_subscribers`); when that is due, the home is laid out anew, and sent
only if it became another one.
"""

import json
from functools import partial
from hashlib import sha256

from sqlalchemy import select

from bot.blocks import home as show
from bot.blocks.elements import View
from bot.outbox.messages import direct
from bot.repositories.home import is_expected, overview
from bot.services.people import People
from bot.services.sessions.effects import language_for
from bot.services.sessions.run import Due, Runner
from bot.store.crypto import WrongKey
from bot.store.home_subscribers import SUBJECT
from bot.store.tables import Group, Home, Person
from bot.store.unit import Outgoing, Unit


class Homes:
    """Keeps people's App Homes."""

    def __init__(self, runner: Runner, people: People) -> None:
        self.runner = runner
        self.people = people
        runner.hands[SUBJECT] = self._due

    def opened(self, workspace: str, user: str) -> None:
        """Show somebody their home, as they open it."""
        if not self.runner.commit(partial(self._open, workspace, user)):
            self.people.know(workspace, user)
            self.runner.commit(partial(self._open, workspace, user, looked_up=True))

    def _open(self, workspace: str, user: str, unit: Unit, *, looked_up: bool = False) -> bool:
        """Lay out a home that is opened; False when Slack has to say first who this is."""
        person = unit.db.get(Person, (workspace, user))
        if not looked_up and (person is None or not self.people.is_fresh(person)):
            return False
        if person is not None and person.stranger:
            says = language_for(unit, workspace, user, None)
            view = show.closed(says("refusal.stranger"))
        else:
            view = self._view(unit, workspace, user, person)
        now = self.runner.now()
        home = {"workspace": workspace, "user": user, "opened_at": now, "greeted_at": now}
        shown = self.runner.store.keys.seal(_digest(view))
        unit.upsert(Home, [{**home, "shown": shown}], change=("opened_at", "shown"))
        self._send(unit, workspace, user, view)
        return True

    def greet(self, workspace: str, user: str) -> None:
        """Welcome somebody who opens the bot for the first time, once.

        Who is in a group, or invited to one, knows what this is and is left in peace.
        """
        known = self.people.know(workspace, user)

        def once(unit: Unit) -> None:
            home = unit.db.get(Home, (workspace, user))
            if home is None:
                home = Home(workspace=workspace, user=user)
                unit.db.add(home)
            if home.greeted_at is None:
                home.greeted_at = self.runner.now()
                if not known.stranger and not is_expected(unit, workspace, user):
                    welcome = show.welcome(known.words)
                    direct(unit, workspace, user, welcome, self.runner.now())

        self.runner.commit(once)

    def arrived(self, workspace: str, channel: str, inviter: str, *, delivery: str) -> None:
        """Help whoever brought the bot into a channel to begin, unless a group meets there."""
        known = self.people.know(workspace, inviter, channel=channel)

        def once(unit: Unit) -> None:
            if not unit.first_time(workspace, delivery, self.runner.now()):
                return
            group = unit.db.scalar(
                select(Group).where(Group.workspace == workspace, Group.channel == channel)
            )
            if not known.stranger and (group is None or group.plan is None):
                welcome = show.welcome(known.words, channel=channel)
                direct(unit, workspace, inviter, welcome, self.runner.now())

        self.runner.commit(once)

    def refresh(self, workspace: str, user: str) -> None:
        """Bring somebody's home up to date at once, if they ever opened it."""
        self.runner.commit(lambda unit: self._refresh(unit, workspace, user))

    def forgotten(self, workspace: str, user: str) -> None:
        """Show somebody who was forgotten the home of a newcomer; nothing is kept of that."""

        def once(unit: Unit) -> None:
            self._send(unit, workspace, user, self._view(unit, workspace, user, None))

        self.runner.commit(once)

    def _due(self, unit: Unit, due: Due) -> None:
        self._refresh(unit, due.workspace, due.id)

    def _refresh(self, unit: Unit, workspace: str, user: str) -> None:
        home = unit.db.get(Home, (workspace, user))
        if home is None or home.opened_at is None:
            return
        view = self._view(unit, workspace, user, unit.db.get(Person, (workspace, user)))
        if self._shown(home) != _digest(view):
            home.shown = self.runner.store.keys.seal(_digest(view))
            self._send(unit, workspace, user, view)

    def _shown(self, home: Home) -> bytes | None:
        """Give the digest of what was sent last; None for nothing, or for a key that is gone."""
        try:
            return self.runner.store.keys.open(home.shown) if home.shown else None
        except WrongKey:
            return None

    def _view(self, unit: Unit, workspace: str, user: str, person: Person | None) -> View:
        says = language_for(unit, workspace, user, None)
        now = self.runner.now()
        found = overview(unit, workspace, user, person, self.runner.methods, says, now)
        return show.home(found, says)

    def _send(self, unit: Unit, workspace: str, user: str, view: View) -> None:
        # A lane of its own, so that no direct message waits until Slack takes another home.
        unit.send(
            Outgoing(
                workspace=workspace,
                conversation=f"{user}:home",
                method="home",
                payload={"view": view},
                key=f"home:{user}",
                user=user,
                coalesce=True,
                due=self.runner.now(),
            )
        )


def _digest(view: View) -> bytes:
    return sha256(json.dumps(view, sort_keys=True).encode()).digest()

"""Seed a drill's database by the bot's own code, without a click."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from pydantic import SecretStr
from sqlalchemy import select

from bot.app import Intervisie, build
from bot.catalog.methods import shipped_methods
from bot.flows.intake import Field
from bot.flows.session.commands import Begin, Command, Join
from bot.repositories.cases import lock_case
from bot.services.intake import Intake
from bot.services.sessions.run import Sessions
from bot.services.sessions.start import SessionOpener
from bot.settings import Settings
from bot.store.migrations import upgrade
from bot.store.tables import Case, SessionRow
from bot.store.unit import Unit
from playground.slack.api import SECRET, TOKEN
from playground.speech import repertoire
from tests.faults.actors import CANARY
from tests.faults.harness import Rig

METHOD = "basic"


@dataclass
class Seeder:
    """A bot that sends nothing: it only writes rows, in one workspace."""

    bot: Intervisie
    workspace: str
    mark: str

    def case(self, bringer: str, channel: str) -> str:
        """Create a case that waits in the queue of a channel's group; returns its id."""
        drafts = Intake(self.bot.transactions, shipped_methods())
        drafts.bring(self.workspace, bringer, channel=channel, group=None)

        def draft(unit: Unit) -> str:
            query = select(Case.id).where(Case.status == "draft", Case.bringer == bringer)
            return str(unit.db.scalar(query.where(Case.workspace == self.workspace)))

        case = self.bot.transactions.commit(draft)
        told = repertoire("nl")["cases"]["learning"]
        values = {field: told[field] for field in Field if field in told}
        values[Field.TITLE] = f"{told[Field.TITLE]} ({self.mark})"
        wrong = drafts.save_form(self.workspace, bringer, case, values)
        assert not wrong, wrong
        drafts.submit(self.workspace, bringer, case)
        return case

    def session(self, bringer: str, channel: str, others: Sequence[str] = ()) -> str:
        """Create a session in its lobby; with others who joined, begun. Gives its id."""
        case, transactions = self.case(bringer, channel), self.bot.transactions
        opener = SessionOpener(transactions, shipped_methods())
        sessions = Sessions(transactions, shipped_methods())

        def opened(unit: Unit) -> str:
            found = lock_case(unit, self.workspace, case)
            opener.open_session(unit, found, bringer, method=shipped_methods()[METHOD])
            unit.db.flush()
            query = select(SessionRow.id).where(SessionRow.case_id == case)
            return str(unit.db.scalar(query))

        session = transactions.commit(opened)
        moves: list[Command] = [Join(by=who) for who in others]
        for move in [*moves, Begin(by=bringer)] if others else ():
            sessions.run(self.workspace, session, move)
        return session


@contextmanager
def seeding(rig: Rig, workspace: str, mark: str = CANARY) -> Iterator[Seeder]:
    """Migrate the rig's database and seed it, until the block ends.

    `mark` stands in all that people write in it.
    """
    upgrade(rig.url)
    settings = Settings(
        slack_bot_token=SecretStr(TOKEN),
        slack_signing_secret=SecretStr(SECRET),
        slack_app_token=None,
        slack_api_url=rig.slack.url,
        database_url=rig.url,
        intervisie_keys=SecretStr(rig.keys),
    )
    bot = build(settings, now=rig.clock.now)
    yield Seeder(bot, workspace, mark)
    bot.store.close()

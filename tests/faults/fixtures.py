"""Laying things down in a drill's database by the bot's own code, without a click."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import uuid4

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
from playground.colleagues import repertoire
from playground.slack.api import SECRET, TOKEN
from tests.faults.actors import CANARY
from tests.faults.harness import Ground

METHOD = "basic"


@dataclass
class Stock:
    """A bot that says nothing: it only lays down, in one workspace."""

    bot: Intervisie
    workspace: str
    mark: str

    def case(self, bringer: str, channel: str) -> str:
        """Lay down a case that waits in the queue of a channel's group; gives its id."""
        drafts = Intake(self.bot.transactions)
        drafts.bring(self.workspace, bringer, channel=channel, group=None, delivery=uuid4().hex)

        def draft(unit: Unit) -> str:
            query = select(Case.id).where(Case.status == "draft", Case.bringer == bringer)
            return str(unit.db.scalar(query.where(Case.workspace == self.workspace)))

        case = self.bot.transactions.commit(draft)
        told = repertoire("nl")["cases"]["learning"]
        values = {field: told[field] for field in Field}
        values[Field.TITLE] = f"{told[Field.TITLE]} ({self.mark})"
        wrong = drafts.save_form(self.workspace, bringer, case, values)
        assert not wrong, wrong
        drafts.submit(self.workspace, bringer, case)
        return case

    def session(self, bringer: str, channel: str, others: Sequence[str] = ()) -> str:
        """Lay down a session in its lobby; with others who joined, begun. Gives its id."""
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
def stocking(ground: Ground, workspace: str, mark: str = CANARY) -> Iterator[Stock]:
    """Bring the ground's database up to date and lay things down in it, until the block ends.

    `mark` stands in all that people write in it.
    """
    upgrade(ground.url)
    settings = Settings(
        slack_bot_token=SecretStr(TOKEN),
        slack_signing_secret=SecretStr(SECRET),
        slack_app_token=None,
        slack_api_url=ground.slack.url,
        database_url=ground.url,
        intervisie_keys=SecretStr(ground.keys),
    )
    bot = build(settings, now=ground.clock.now)
    yield Stock(bot, workspace, mark)
    bot.store.close()

"""Statements of participation: a person asks for one, and anyone who gets one can verify it."""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, NamedTuple

from sqlalchemy import select

from bot.blocks import participation as show
from bot.blocks import replies
from bot.errors import Refusal
from bot.exports.signing import is_genuine, new_code, normalized_code, sign
from bot.flows.participation import year_of
from bot.flows.registers import Register
from bot.outbox.files import File
from bot.outbox.messages import send_direct
from bot.repositories.participation import attended_in_year, first_participation
from bot.repositories.people import name_of, words_for
from bot.store.crypto import KeyRing
from bot.store.subjects import Subject
from bot.store.tables import Person, SendMethod, Statement
from bot.store.transactions import Transactions, transactional
from bot.store.unit import Outgoing, Unit
from bot.timers import DueTimer


class StatementFacts(NamedTuple):
    """What a statement says, to compare with the paper; `issued` is an ISO date."""

    name: str
    year: int
    meetings: int
    minutes: int
    issued: str


class Statements:
    """Issues and verifies statements.

    `address` is the public address of this installation, "" when it has none.
    """

    def __init__(
        self,
        transactions: Transactions,
        registers: Mapping[str, Register],
        keys: KeyRing,
        address: str,
    ) -> None:
        self.transactions = transactions
        self.keys = keys
        self.registers = registers
        self.address = f"{address}/verify" if address else ""

    @transactional
    def request(self, unit: Unit, workspace: str, user: str, text: str, register: str = "") -> None:
        """Store a request for a statement; `text` is the year as typed.

        `register` is the id of the professional register that it is for, "" for none. Raises
        `Refusal` for an unknown year or register, and a year without any participation.
        """
        year = year_of(text)
        if register not in ("", *self.registers):
            raise Refusal("register_unknown", names=", ".join(self.registers))
        if not attended_in_year(unit, workspace, user, year):
            raise Refusal("statement_empty", year=year)
        name = f"{year}:{register}"
        unit.set_timer(workspace, Subject.STATEMENT.key(user), name, self.transactions.now())

    def form(self, workspace: str, user: str) -> dict[str, Any]:
        """Build the form to choose a year and a register.

        Raises `Refusal` for a person who never took part in anything.
        """
        with self.transactions.read() as unit:
            first = first_participation(unit, workspace, user)
            if first is None:
                raise Refusal("statement_none")
            years = show.years_until(first.date(), self.transactions.now().date())
            names = [(each.id, each.name) for each in self.registers.values()]
            return show.statement_form(years, names, words_for(unit, workspace, user, None))

    def on_due(self, unit: Unit, due: DueTimer) -> None:
        """Issue the statement that a person asked for, and send it as a file."""
        user, now = due.id, self.transactions.now()
        year, _, register = due.name.partition(":")
        words = words_for(unit, due.workspace, user, None)
        attended = attended_in_year(unit, due.workspace, user, int(year))
        if not attended:
            refusal = Refusal("statement_empty", year=year)
            send_direct(unit, due.workspace, user, replies.refused(refusal, words), now)
            return
        person = unit.db.get(Person, (due.workspace, user))
        who = name_of(unit, person) or user
        code = new_code()
        # Imported here, because the import takes a second and much memory.
        from bot.exports.pdf import PaperStatement as Paper
        from bot.exports.pdf import printed

        paper = Paper(
            who, int(year), attended, self.registers.get(register), code, self.address, now
        )
        signed = sign(unit, self.keys, printed(paper, words), now)
        minutes = sum(max(1, each.minutes) for each in attended if each.minutes is not None)
        facts = StatementFacts(who, int(year), len(attended), minutes, now.date().isoformat())
        unit.db.add(
            Statement(
                code=normalized_code(code),
                workspace=due.workspace,
                user=user,
                digest=signed.digest,
                facts=self.keys.seal(json.dumps(facts._asdict()).encode()),
                created_at=now,
            )
        )
        name = "-".join(filter(None, (words("statement.file"), year, register)))
        chosen = self.registers.get(register)
        about = {"year": year, "register": chosen.name if chosen is not None else ""}
        file = File(
            name=f"{name}.pdf",
            title=words("paper.title"),
            content=signed.content,
            comment=words("statement.here_register" if chosen else "statement.here", **about),
        )
        unit.send(Outgoing(due.workspace, user, SendMethod.FILE, file.payload(), due=now))

    # verification

    def find_by_code(self, typed: str) -> StatementFacts | None:
        """Return what the statement with a code says; None when none has it, or it is forgotten."""
        with self.transactions.read() as unit:
            row = unit.db.get(Statement, normalized_code(typed))
            return self._facts(row) if row is not None else None

    def check_file(self, content: bytes) -> tuple[bool, StatementFacts | None]:
        """Check whether a file is a statement that we signed, and return what that says.

        What it says is None for any other file, and when it is forgotten.
        """
        with self.transactions.read() as unit:
            if not is_genuine(unit, content):
                return False, None
            digest = sha256(content).hexdigest()
            row = unit.db.scalar(select(Statement).where(Statement.digest == digest))
            return True, self._facts(row) if row is not None else None

    def _facts(self, row: Statement) -> StatementFacts:
        return StatementFacts(**json.loads(self.keys.open(row.facts)))

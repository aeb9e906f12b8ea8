"""What we compare with: the shortest Bolt apps, and raw transactions."""

import sqlite3
from collections.abc import Callable, Sequence
from threading import local
from typing import Any

import psycopg
from slack_bolt import Ack, App
from slack_bolt.authorization import AuthorizeResult
from slack_sdk import WebClient
from sqlalchemy import event
from sqlalchemy.engine import Engine, make_url

from playground.slack.api import SECRET, TOKEN

Statement = tuple[str, Any]


def hello(api: str) -> App:
    """Return Bolt's hello-world with its defaults; `api` is where it finds `auth.test`."""
    client = WebClient(token=TOKEN, base_url=api)
    app = App(client=client, signing_secret=SECRET)

    @app.command("/intervisie")
    def greeted(ack: Ack) -> None:
        ack("Hello")

    @app.action("session:pass")
    def pressed(ack: Ack) -> None:
        ack()

    return app


def bare(transaction: Callable[[str], None]) -> App:
    """Return a bare app that acknowledges after one transaction, found by the thread."""

    def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id, bot_token=TOKEN)

    app = App(signing_secret=SECRET, authorize=authorize, process_before_response=True)

    @app.event("message")
    def said(event: dict[str, Any]) -> None:
        transaction(str(event["thread_ts"]))

    return app


class Raw:
    """Repeats the statements of a transaction through the driver alone."""

    def __init__(self, url: str) -> None:
        self._url = make_url(url)
        self._here = local()

    def __call__(self, statements: Sequence[Statement]) -> None:
        """Write one transaction."""
        connection = self._connection()
        cursor = connection.cursor()
        cursor.execute("BEGIN IMMEDIATE" if self._sqlite else "BEGIN")
        for statement, parameters in statements:
            cursor.execute(statement, parameters)
        cursor.execute("COMMIT")

    @property
    def _sqlite(self) -> bool:
        return self._url.get_backend_name() == "sqlite"

    def _connection(self) -> Any:
        if not hasattr(self._here, "connection"):
            self._here.connection = self._open()
        return self._here.connection

    def _open(self) -> Any:
        if not self._sqlite:
            return psycopg.connect(self._url.render_as_string(False), autocommit=True)
        connection = sqlite3.connect(str(self._url.database), isolation_level=None)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON"):
            connection.execute(f"PRAGMA {pragma}")
        return connection


class Recorder:
    """Records the inserts, updates and deletes of an engine, with their values."""

    def __init__(self, engine: Engine) -> None:
        self.statements: list[Statement] = []
        event.listen(engine, "before_cursor_execute", self._note)

    def take(self) -> list[Statement]:
        """Return what was written since the last time."""
        taken, self.statements = self.statements, []
        return taken

    def _note(self, _c: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.lstrip()[:6].upper() in ("INSERT", "UPDATE", "DELETE"):
            rows = parameters if isinstance(parameters, list) else [parameters]
            self.statements += [(statement, row) for row in rows]

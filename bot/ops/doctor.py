"""The doctor: check each part of an installation, and explain what is wrong with it."""

import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from os import W_OK, access
from typing import NamedTuple

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.web import SlackResponse
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from bot.catalog.methods import InvalidMethod, methods_with
from bot.errors import Fault
from bot.ops.database_faults import fault_of_database
from bot.ops.health import MAX_BACKLOG, MAX_LAG, backlog, lags
from bot.ops.slack_client import slack_client
from bot.repositories.installations import all_installations
from bot.resources import config_dir
from bot.settings import BadSettings, Settings, Storage, misspelt, read_settings
from bot.store.crypto import KeyRing, WrongKey, new_key
from bot.store.maintenance import try_keys
from bot.store.migrations import head, revision
from bot.store.tables import Outbound, OutboxState
from bot.store.unit import Store

CLOCK_TOLERANCE = timedelta(seconds=60)
"""Accepted difference between our clock and Slack's; after five minutes all signatures fail."""

SLACK_TIMEOUT_SECONDS = 10

INSTALLATIONS_TRIED = 20
"""Installations whose tokens are tried: Slack is asked about each."""

KEYS_TRIED = 20
"""How much of each kind a start decrypts to know that its keys are right."""


class CheckResult(NamedTuple):
    """One part of the installation, and its fault, None if it is in order."""

    part: str
    fault: Fault | None = None


def examine(now: Callable[[], datetime]) -> Iterator[CheckResult]:
    """Check the installation that the environment describes; yield a finding for each part.

    Changes nothing. `now` returns the time, aware, in UTC.
    """
    try:
        settings = read_settings()
    except BadSettings as error:
        yield from (CheckResult("settings", fault) for fault in error.faults)
        return
    yield from [CheckResult("settings", fault) for fault in misspelt()] or [CheckResult("settings")]
    yield CheckResult("methods", _methods(settings))
    yield from _slack(settings, now)
    yield from _stored(settings, now)


def _methods(settings: Settings) -> Fault | None:
    try:
        methods_with(settings.intervisie_methods)
    except (InvalidMethod, OSError) as error:
        return Fault("methods_invalid", why=str(error))
    return None


def _slack(settings: Settings, now: Callable[[], datetime]) -> Iterator[CheckResult]:
    client = slack_client(settings.bot_token, settings.slack_api_url, SLACK_TIMEOUT_SECONDS)
    try:
        answer = client.api_test() if settings.is_for_many else client.auth_test()
    except SlackApiError as error:
        yield CheckResult("token", Fault("token_refused", error=_name(error)))
        return
    except OSError:
        yield CheckResult("slack", Fault("slack_silent", url=settings.slack_api_url))
        return
    if not settings.is_for_many and not answer.get("bot_id"):
        yield CheckResult("token", Fault("token_not_bot"))
        return
    yield CheckResult("token", _app_token(client, settings))
    if not settings.is_for_many:
        yield _scopes(answer)
    skew = abs(now() - parsedate_to_datetime(_header(answer, "date")))
    seconds = int(skew.total_seconds())
    yield CheckResult(
        "time", Fault("clock_off", seconds=seconds) if skew > CLOCK_TOLERANCE else None
    )


def _scopes(answer: SlackResponse) -> CheckResult:
    """Check whether the token has the scopes that the bot needs."""
    manifest = json.loads((config_dir() / "manifest.json").read_text(encoding="utf-8"))
    granted = _header(answer, "x-oauth-scopes").replace(",", " ").split()
    missing = sorted(set(manifest["oauth_config"]["scopes"]["bot"]) - set(granted))
    return CheckResult(
        "scopes", Fault("scopes_missing", scopes=", ".join(missing)) if missing else None
    )


def _app_token(client: WebClient, settings: Settings) -> Fault | None:
    if settings.slack_app_token is None:
        return None
    try:
        client.apps_connections_open(app_token=settings.slack_app_token.get_secret_value())
    except SlackApiError as error:
        return Fault("app_token_refused", error=_name(error))
    return None


def _stored(settings: Settings, now: Callable[[], datetime]) -> Iterator[CheckResult]:
    file = settings.sqlite_file
    if file is not None and not (file.parent.is_dir() and access(file.parent, W_OK)):
        yield CheckResult("database", Fault("database_folder", folder=str(file.parent)))
        return
    if file is not None and not file.exists():
        yield CheckResult("database", Fault("database_absent"))
        return
    keys = _keys(settings)
    store = Store(
        settings.database_url, keys if isinstance(keys, KeyRing) else KeyRing([new_key()])
    )
    try:
        found = revision(store.engine)
        if found is None or found < head():
            yield CheckResult("database", Fault("database_behind"))
            return
        yield CheckResult("database", Fault("database_newer") if found > head() else None)
        yield CheckResult("keys", keys if isinstance(keys, Fault) else _key_fault(store, settings))
        if settings.is_for_many and isinstance(keys, KeyRing):
            yield CheckResult("installations", _installations(store, settings))
        yield from _lags(store, now())
        yield CheckResult("messages", _lost(store))
        if store.engine.dialect.name == "postgresql":
            yield CheckResult("server_log", _server_log(store))
    except SQLAlchemyError as error:
        yield CheckResult("database", fault_of_database(error, file))
    finally:
        store.close()


def _installations(store: Store, settings: Settings) -> Fault | None:
    """Return the fault if Slack refuses the token of an installation, of the first so many."""
    with store.unit() as unit:
        tokens = [
            (row.workspace, unit.open_by_ring(row.token))
            for row in all_installations(unit)
            if row.token is not None
        ]
    refused = []
    for workspace, token in tokens[:INSTALLATIONS_TRIED]:
        client = slack_client(token, settings.slack_api_url, SLACK_TIMEOUT_SECONDS)
        try:
            client.auth_test()
        except SlackApiError as error:
            refused.append(f"{workspace} ({_name(error)})")
        except OSError:
            return Fault("slack_silent", url=settings.slack_api_url)
    return Fault("installations_refused", ids=", ".join(refused)) if refused else None


def _server_log(store: Store) -> Fault | None:
    """Return the fault if PostgreSQL logs statements with their values.

    https://www.postgresql.org/docs/current/runtime-config-logging.html
    """
    with store.engine.connect() as connection:
        statements, duration, length = (
            connection.exec_driver_sql(f"SHOW {name}").scalar_one()
            for name in (
                "log_statement",
                "log_min_duration_statement",
                "log_parameter_max_length",
            )
        )
    logs = statements in ("mod", "all") or duration != "-1"
    return Fault("server_logs") if logs and length != "0" else None


def _lost(store: Store) -> Fault | None:
    """Return the fault if Slack refused messages for good in the last two weeks."""
    query = (
        select(Outbound.error, func.count())
        .where(Outbound.state == OutboxState.FAILED)
        .group_by(Outbound.error)
        .order_by(Outbound.error)
    )
    with store.unit() as unit:
        lost = {str(error): count for error, count in unit.db.execute(query)}
    if not lost:
        return None
    return Fault("messages_lost", count=sum(lost.values()), errors=", ".join(lost))


def _keys(settings: Settings) -> KeyRing | Fault:
    """Return the key ring, or the fault in it.

    If the key file is gone, return a new key: then `_key_fault` explains what is missing.
    """
    try:
        return _ring(settings)
    except Fault as fault:
        return fault


def _ring(settings: Storage) -> KeyRing:
    return KeyRing([new_key()]) if settings.is_key_file_gone else settings.key_ring()


def require_keys(settings: Storage) -> None:
    """Raise `Fault` if the keys are gone or do not open what is stored.

    A new installation has no keys yet, and nothing stored.
    """
    store = Store(settings.database_url, _ring(settings))
    try:
        fault = _key_fault(store, settings, KEYS_TRIED)
    finally:
        store.close()
    if fault is not None:
        raise fault


def require_database(settings: Storage) -> None:
    """Raise `Fault` unless the database is there, with the schema of this program or a newer one.

    A command that is run once makes no database, and changes none.
    """
    file = settings.sqlite_file
    if file is not None and not file.exists():
        raise Fault("database_absent")
    store = Store(settings.database_url, _ring(settings))
    try:
        found = revision(store.engine)
    finally:
        store.close()
    if found is None or found < head():
        raise Fault("database_behind")


def _key_fault(store: Store, settings: Storage, most: int | None = None) -> Fault | None:
    """Return the fault if the key ring does not open what is stored, at most `most` of a kind."""
    try:
        try_keys(store, most)
    except WrongKey as fault:
        if settings.is_key_file_gone:
            return Fault("keys_gone", file=settings.key_file.name)
        return fault
    return None


def _lags(store: Store, now: datetime) -> Iterator[CheckResult]:
    with store.unit() as unit:
        found, waiting = lags(unit, now), backlog(unit)
    for part, lag in found._asdict().items():
        fault = None
        if lag > MAX_LAG:
            fault = Fault(f"{part}_late", minutes=int(lag.total_seconds() // 60))
        elif part == "relay" and waiting > MAX_BACKLOG:
            fault = Fault("relay_backlog", messages=waiting)
        yield CheckResult(part, fault)


def _name(error: SlackApiError) -> str:
    return str(error.response.get("error"))


def _header(answer: SlackResponse, name: str) -> str:
    return next((str(v) for k, v in answer.headers.items() if k.lower() == name), "")

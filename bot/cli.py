"""The `intervisie` command."""

import gc
import json
import logging
import os
import resource
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING, Annotated, NoReturn, TypeVar

import typer
from sqlalchemy.exc import DatabaseError, ProgrammingError

from bot.errors import Fault, IntervisieError, place_of
from bot.i18n import (
    LANGUAGES,
    OTHER,
    Language,
    fault_text,
    language_of,
    words,
)
from bot.ops.database_faults import fault_of_database

if TYPE_CHECKING:
    from bot.flows.method import Method
    from bot.services.administration import Administration

T = TypeVar("T")

log = logging.getLogger(__name__)

app = typer.Typer(
    help="Intervisie: leads teams through intervision, in Slack.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
db = typer.Typer(help="The database.", no_args_is_help=True)
keys = typer.Typer(help="The encryption keys.", no_args_is_help=True)
methods = typer.Typer(help="The methods.", no_args_is_help=True)
workspaces = typer.Typer(help="The workspaces that installed the app.", no_args_is_help=True)
app.add_typer(db, name="db")
app.add_typer(keys, name="keys")
people = typer.Typer(help="What is kept of people.", no_args_is_help=True)
groups = typer.Typer(help="The groups.", no_args_is_help=True)
app.add_typer(methods, name="methods")
app.add_typer(workspaces, name="workspaces")
app.add_typer(people, name="people")
app.add_typer(groups, name="groups")

WATCH_SECONDS = 5
"""How often a running process looks whether all its threads live."""

LANGUAGE_CODES = ", ".join(LANGUAGES)


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"intervisie {version('intervisie')}")
        raise typer.Exit


@app.callback()
def _options(
    *,
    _version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version.", callback=_print_version, is_eager=True
        ),
    ] = False,
) -> None:
    pass


def _terminal_language() -> str:
    """Return the language of the terminal, as POSIX says it, if it is in the list; else `OTHER`."""
    names = ("LC_ALL", "LC_MESSAGES", "LANG")
    return language_of(next(filter(None, map(os.environ.get, names)), None), otherwise=OTHER)


TerminalLang = Annotated[
    str,
    typer.Option(
        default_factory=_terminal_language, help=f"One of: {LANGUAGE_CODES}.", show_default=False
    ),
]


def main() -> None:
    """Run the command line; print an error in one line, without a traceback."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core dump would hold words and tokens
    try:
        app()
    except Exception as error:
        print(_lines(error), file=sys.stderr)
        sys.exit(2)


def _lines(error: Exception) -> str:
    """Return the text of an error for the operator, one line per fault.

    The text of an error that is not ours may quote what people wrote, unless the system words it.
    """
    from bot.settings import BadSettings, read_database

    language = _terminal_language()
    match error:
        case BadSettings(faults=faults):
            return "\n".join(fault_text(fault, language) for fault in faults)
        case Fault():
            return fault_text(error, language)
        case IntervisieError():
            return str(error)
        case DatabaseError() if not isinstance(error, ProgrammingError):
            return fault_text(fault_of_database(error, read_database().sqlite_file), language)
        case OSError():
            return fault_text(Fault("system_refused", why=str(error)), language)
        case _:
            why = Fault("unexpected", fault=type(error).__name__, at=place_of(error))
            return fault_text(why, language)


@app.command()
def run() -> None:
    """Run bot and clock in one process."""
    _serve(web=True, clock=True)


@app.command()
def web() -> None:
    """Run the part that receives requests from Slack, and the relay that sends messages."""
    _serve(web=True, clock=False)


@app.command()
def clock() -> None:
    """Run the part that handles due timers, and the relay that sends messages."""
    _serve(web=False, clock=True)


@app.command()
def doctor(lang: TerminalLang) -> None:
    """Check the installation; print how to repair each problem."""
    from bot.app import utc_now
    from bot.ops.doctor import examine

    language = _language(lang)
    says = words(language)
    well = True
    for part, fault in examine(utc_now):
        well = well and fault is None
        sign = "✓" if fault is None else "✗"
        told = says("doctor.fine") if fault is None else fault_text(fault, language)
        print(f"{sign} {says(f'doctor.{part}')}: {told}")
    sys.exit(0 if well else 1)


@app.command()
def manifest(url: str = "", *, socket: bool = False, oauth: bool = False) -> None:
    """Print the manifest to create the app at Slack with.

    --url is where the bot is reached, such as https://intervisie.example.org; --socket is for an
    app that uses Socket Mode; --oauth for one that any workspace or organisation can install.
    """
    from bot.ops.manifest import manifest as manifest_for

    if url and socket:
        raise typer.BadParameter("--url / --socket")
    print(json.dumps(manifest_for(url, socket=socket, oauth=oauth), indent=2, ensure_ascii=False))


@app.command()
def rehearse(
    method: str,
    lang: TerminalLang,
    *,
    live: bool = False,
    supported: bool = False,
    independent: bool = False,
) -> None:
    """Play METHOD, an id or a file of your own, with simulated colleagues; print what they do.

    --live plays a spoken session; --supported one that a member facilitates, with the bot's
    help; --independent one in which the bot only keeps time and turns.
    """
    from bot.catalog.methods import shipped_methods
    from bot.catalog.yaml_reader import SUFFIXES
    from bot.flows.types import Guidance
    from bot.ops.logs import configure_logging

    if supported and independent:
        raise typer.BadParameter("--supported / --independent")
    guidance = Guidance.GUIDED
    if supported or independent:
        guidance = Guidance.SUPPORTED if supported else Guidance.INDEPENDENT
    language = _language(lang)
    try:
        from playground.rehearse import rehearse as play
    except ModuleNotFoundError:
        _stop(words(language)("setup.playground_missing"))
    configure_logging()
    methods = dict(shipped_methods())
    if Path(method).suffix in SUFFIXES:
        own = _read(Path(method), language)
        methods[own.id] = own
        method = own.id
    else:
        _check_shipped(method, language)
    ended = play(method, language, print, live=live, guidance=guidance, methods=methods)
    sys.exit(0 if ended else 1)


@app.command()
def coach(lang: TerminalLang) -> None:
    """Read one text per line; print one JSON object per line, with its label and a hint."""
    from bot.coach import load

    reader = load(_language(lang))
    for line in sys.stdin:
        verdict = reader.read(line)
        print(json.dumps(verdict._asdict(), ensure_ascii=False), flush=True)


@db.command()
def upgrade() -> None:
    """Upgrade the database to the newest schema."""
    from bot.settings import read_database
    from bot.store.migrations import upgrade as upgrade_database

    upgrade_database(read_database().database_url)


@db.command()
def backup(file: Path) -> None:
    """Copy a SQLite database to FILE, even in use."""
    from bot.settings import read_database
    from bot.store.maintenance import backup as copy

    copy(read_database().database_url, file)


@db.command()
def restore(file: Path) -> None:
    """Replace the SQLite database by the copy in FILE. Stop the bot first."""
    from bot.settings import read_database
    from bot.store.maintenance import restore as replace

    replace(read_database().database_url, file)


@keys.command()
def new() -> None:
    """Print a new key."""
    from bot.store.crypto import new_key

    print(new_key())


@keys.command()
def rotate() -> None:
    """Encrypt everything with the newest key; the older keys can be removed afterwards."""
    from bot.ops.doctor import require_keys
    from bot.settings import read_storage
    from bot.store.maintenance import rotate as encrypt_again
    from bot.store.unit import Store

    settings = read_storage()
    require_keys(settings)
    print(encrypt_again(Store(settings.database_url, settings.key_ring())))


AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@workspaces.command("list")
def list_workspaces(*, as_json: AsJson = False) -> None:
    """List the workspaces and organisations that have the app, or had it a week ago.

    One a line: its id, its organisation, and the days of installing and of uninstalling it.
    """
    from bot.repositories.installations import all_installations
    from bot.settings import read_storage
    from bot.store.unit import Store

    settings = read_storage()
    with Store(settings.database_url, settings.key_ring()).unit() as unit:
        found = all_installations(unit)
    if as_json:
        names = ("installed_at", "uninstalled_at", "expires_at")
        told = [
            {name: getattr(row, name) for name in ("workspace", "organisation", "org_wide")}
            | {name: at and at.isoformat() for name in names for at in [getattr(row, name)]}
            for row in found
        ]
        print(json.dumps(told, indent=2))
        return
    for row in found:
        days = [
            at.date().isoformat() if at else "-" for at in (row.installed_at, row.uninstalled_at)
        ]
        print("  ".join([f"{row.workspace:<13}", f"{row.organisation or '-':<13}", *days]))


@workspaces.command("forget")
def forget_workspace(workspace: str, *, as_json: AsJson = False) -> None:
    """Delete at once all that is kept of WORKSPACE, an id; of an organisation, all of its.

    Prints the number of rows. It does not uninstall the app at Slack.
    """
    from bot.app import utc_now
    from bot.ops.doctor import require_keys
    from bot.repositories.installations import served_by
    from bot.services.privacy import Privacy
    from bot.services.sessions.run import Sessions
    from bot.settings import read_storage
    from bot.store.transactions import Transactions
    from bot.store.unit import Store

    settings = read_storage()
    require_keys(settings)
    store = Store(settings.database_url, settings.key_ring())
    with store.unit() as unit:
        whole = [row.workspace for row in served_by(unit, workspace)]
    transactions = Transactions(store, now=utc_now, committed=lambda: None)
    privacy = Privacy(transactions, Sessions(transactions, {}))
    rows = sum(privacy.forget_workspace(each) for each in [*whole, workspace])
    if not rows:
        raise Fault("workspace_unknown", id=workspace)
    print(json.dumps({"forgotten": [*whole, workspace], "rows": rows}) if as_json else rows)


@methods.command("list")
def list_methods(lang: TerminalLang) -> None:
    """List the shipped methods."""
    from bot.catalog.methods import shipped_methods

    language = _language(lang)
    for id_, method in shipped_methods().items():
        about = {"minutes": method.minutes, "least": method.least, "most": method.most}
        size = words(language)("chooser.size", **about)
        print(f"{id_:<18}{method.title[language]:<26}{size}{_spoken(method, language)}")


@methods.command()
def check(file: Path, lang: TerminalLang) -> None:
    """Check a method file; print every mistake with its line."""
    language = _language(lang)
    method = _read(file, language)
    counts = {"steps": len(method.steps), "minutes": method.minutes}
    fine = words(language)("setup.method_fine", id=method.id, **counts)
    print(f"{file.name}: {fine}{_spoken(method, language)}")


@methods.command()
def copy(method: str, lang: TerminalLang) -> None:
    """Print the file of METHOD, as a start for one of your own."""
    from bot.catalog.methods import file_of

    _check_shipped(method, _language(lang))
    print(file_of(method).read_text(encoding="utf-8").rstrip())


@methods.command()
def schema() -> None:
    """Print the JSON schema of a method file, for editors that check and complete."""
    from bot.catalog.methods import schema as method_schema

    print(json.dumps(method_schema(), indent=2))


@people.command()
def forget(workspace: str, user: str, lang: TerminalLang, *, as_json: AsJson = False) -> None:
    """Forget USER, an id such as U012AB3CD, of WORKSPACE, an id such as T0123ABCD.

    Also somebody who left. It is what /intervisie forget does.
    """
    language = _language(lang)
    with _administration() as administration:
        _or_say(lambda: administration.forget(workspace, user), language)
    told = words(language)("admin.forgotten", user=user, workspace=workspace)
    _tell({"forgotten": True}, told, as_json=as_json)


@people.command()
def export(workspace: str, user: str, lang: TerminalLang) -> None:
    """Print all that is kept of USER of WORKSPACE, as JSON; also of somebody who left."""
    from bot.app import utc_now
    from bot.exports.personal import as_json

    language = _language(lang)
    with _administration() as administration:
        rows = _or_say(lambda: administration.export(workspace, user), language)
    print(as_json(user, rows, utc_now()).decode())


@groups.command("list")
def list_groups(lang: TerminalLang, *, as_json: AsJson = False) -> None:
    """List the groups: id, workspace, channel, members and name."""
    says = words(_language(lang))
    with _administration() as administration:
        found = administration.groups()
    lines = []
    for each in found:
        state = says("admin.founded") if each.founded else says("admin.unfounded")
        size = says.count("admin.members", each.members)
        parts = (each.id, each.workspace, each.channel, f"{size}, {state}", each.name)
        lines.append("  ".join(filter(None, parts)))
    _tell([each._asdict() for each in found], "\n".join(lines), as_json=as_json)


@groups.command()
def end(workspace: str, group: str, lang: TerminalLang, *, as_json: AsJson = False) -> None:
    """End GROUP, an id of `groups list`, of WORKSPACE; its channel is told."""
    language = _language(lang)
    with _administration() as administration:
        _or_say(lambda: administration.end_group(workspace, group), language)
    _tell({"ended": True}, words(language)("admin.ended", id=group), as_json=as_json)


@app.command()
def sessions(lang: TerminalLang, *, as_json: AsJson = False) -> None:
    """Count the sessions by where they stand."""
    says = words(_language(lang))
    with _administration() as administration:
        counts = administration.sessions()
    lines = [f"{count:>6}  {says(f'admin.phase_{phase}')}" for phase, count in counts.items()]
    _tell(counts, "\n".join(lines), as_json=as_json)


@app.command()
def audit(*, as_json: AsJson = False) -> None:
    """List what administrators did with this command: when, in which workspace, what and who.

    Whom or what it was about is not kept.
    """
    with _administration() as administration:
        found = administration.acts()
    listed = [{**each._asdict(), "at": each.at.isoformat(timespec="seconds")} for each in found]
    lines = ["  ".join(each.values()) for each in listed]
    _tell(listed, "\n".join(lines), as_json=as_json)


@contextmanager
def _administration() -> "Iterator[Administration]":
    """Open what administrators can do. Raises `Fault` if the database or the keys are not right."""
    from bot.app import build
    from bot.ops.doctor import require_database, require_keys
    from bot.ops.logs import configure_logging
    from bot.settings import read_settings

    configure_logging()
    settings = read_settings()
    require_database(settings)
    require_keys(settings)
    bot = build(settings)
    try:
        yield bot.administration
    finally:
        bot.store.close()


def _or_say(act: Callable[[], T], language: Language) -> T:
    """Return what `act` returns; print its `Fault` and exit with 1 if it is not possible."""
    try:
        return act()
    except Fault as fault:
        print(fault_text(fault, language), file=sys.stderr)
        raise typer.Exit(1) from None


def _tell(data: object, text: str, *, as_json: bool) -> None:
    """Print the data as JSON if that is asked for, else the text, if there is any."""
    if as_json:
        print(json.dumps(data, ensure_ascii=False))
    elif text:
        print(text)


def _read(file: Path, language: Language) -> "Method":
    from bot.catalog.methods import read_method

    try:
        return read_method(file, language)
    except OSError as error:
        _stop(f"{file}: {error.strerror}")


def _spoken(method: "Method", language: Language) -> str:
    """Return in which languages a method is, where it is not in all."""
    if set(method.languages) == set(LANGUAGES):
        return ""
    says = words(language)
    names = says.listed([LANGUAGES[each].name for each in method.languages])
    return f", {says('setup.only', languages=names)}"


def _check_shipped(method: str, language: Language) -> None:
    from bot.catalog.methods import shipped_methods

    if method not in shipped_methods():
        _stop(words(language)("setup.method_unknown", id=method))


def _language(lang: str) -> Language:
    if lang not in LANGUAGES:
        fault = Fault("lang_unknown", languages=LANGUAGE_CODES)
        _stop(fault_text(fault, _terminal_language()))
    return lang


def _stop(why: str) -> NoReturn:
    print(why, file=sys.stderr)
    raise typer.Exit(2)


def _serve(*, web: bool, clock: bool) -> None:
    """Run until SIGTERM or SIGINT, and finish the work in progress.

    Raises `Fault` when a thread has ended that has to live as long as the process.
    """
    gc.disable()  # modules stay loaded: searching them for garbage makes the start a fifth slower
    from bot.app import build
    from bot.ops.connection import Connection
    from bot.ops.doctor import require_keys
    from bot.ops.logs import configure_logging
    from bot.ops.slack_client import slack_client
    from bot.settings import read_settings
    from bot.store.migrations import upgrade as upgrade_database
    from bot.web.server import running

    configure_logging()
    settings = read_settings()
    upgrade_database(settings.database_url)
    require_keys(settings)
    stop = Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    bot = build(settings)
    slack = slack_client(settings.bot_token, settings.slack_api_url)
    connection = Connection(slack.api_test if settings.is_for_many else slack.auth_test)
    bot.health.ask("slack", lambda: connection.state)
    with running(bot, settings, web=web, clock=clock) as port:
        if port:
            log.info("listening", extra={"at": f"http://{settings.host}:{port}"})
        Thread(target=connection.run, args=(stop,), name="connection", daemon=True).start()
        gc.freeze()
        gc.enable()
        while not stop.wait(WATCH_SECONDS):
            if ended := bot.health.ended():
                raise Fault("part_ended", part=", ".join(ended))

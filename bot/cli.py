"""The `intervisie` command."""

import gc
import json
import signal
import sys
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from sqlalchemy.exc import OperationalError

from bot.errors import Fault, IntervisieError
from bot.i18n import LANGUAGES, Language, fault_text, fault_texts, words

if TYPE_CHECKING:
    from bot.flows.method import Method

app = typer.Typer(
    help="Intervisie: leads teams through intervision, in Slack.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
db = typer.Typer(help="The database.", no_args_is_help=True)
keys = typer.Typer(help="The encryption keys.", no_args_is_help=True)
methods = typer.Typer(help="The methods.", no_args_is_help=True)
app.add_typer(db, name="db")
app.add_typer(keys, name="keys")
app.add_typer(methods, name="methods")

Lang = Annotated[str, typer.Option(help="nl or en.")]

SUFFIXES = (".yaml", ".yml")
"""What the name of a method file ends in."""


def main() -> None:
    """Run the command line; what goes wrong is said in a line, without a trace."""
    try:
        app()
    except IntervisieError as error:
        print(_line(error), file=sys.stderr)
        sys.exit(2)
    except OperationalError:
        print(_line(Fault("database_silent")), file=sys.stderr)
        sys.exit(2)


def _line(error: IntervisieError) -> str:
    """Return an error as the operator reads it: one line for each thing that is wrong."""
    from bot.settings import BadSettings

    match error:
        case BadSettings(faults=faults):
            return "\n".join(map(fault_texts, faults))
        case Fault():
            return fault_texts(error)
        case _:
            return str(error)


@app.command()
def run() -> None:
    """Run bot and clock in one process."""
    _serve(web=True, clock=True)


@app.command()
def web() -> None:
    """Run the part that listens to Slack, and the relay that speaks to it."""
    _serve(web=True, clock=False)


@app.command()
def clock() -> None:
    """Run the part that looks for what is due, and the relay."""
    _serve(web=False, clock=True)


@app.command()
def doctor(lang: Lang = "nl") -> None:
    """Look whether everything is well; say of what is not how to mend it."""
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
def manifest() -> None:
    """Print the manifest with which to make the app at Slack."""
    from bot.resources import config_dir

    print((config_dir() / "manifest.json").read_text(encoding="utf-8").rstrip())


@app.command()
def rehearse(method: str, lang: Lang = "nl") -> None:
    """Play METHOD, an id or a file of your own, with simulated colleagues; prints it all."""
    from bot.catalog.methods import shipped_methods
    from bot.ops.logs import configure_logging

    try:
        from playground.rehearse import rehearse as play
    except ModuleNotFoundError:
        _stop("Install the playground first: pip install 'intervisie[playground]'")
    configure_logging()
    language, methods = _language(lang), dict(shipped_methods())
    if Path(method).suffix in SUFFIXES:
        own = _read(Path(method), language)
        methods[own.id] = own
        method = own.id
    else:
        _known(method, language)
    sys.exit(0 if play(method, language, print, methods=methods) else 1)


@app.command()
def coach(lang: Lang = "nl") -> None:
    """Read one text a line; print one JSON object a line with its label and a hint."""
    from bot.coach import load

    reader = load(_language(lang))
    for line in sys.stdin:
        verdict = reader.read(line)
        print(json.dumps(verdict._asdict(), ensure_ascii=False), flush=True)


@db.command()
def upgrade() -> None:
    """Bring the database up to date."""
    from bot.settings import database_url
    from bot.store.migrations import upgrade as bring_up_to_date

    bring_up_to_date(database_url())


@db.command()
def backup(file: Path) -> None:
    """Copy a SQLite database into FILE, also while it is used."""
    from bot.settings import database_url
    from bot.store.maintenance import backup as copy

    copy(database_url(), file)


@db.command()
def restore(file: Path) -> None:
    """Put the copy in FILE in the place of the SQLite database. Stop the bot first."""
    from bot.settings import database_url
    from bot.store.maintenance import restore as put_back

    put_back(database_url(), file)


@keys.command()
def new() -> None:
    """Make a key, and print it."""
    from bot.store.crypto import new_key

    print(new_key())


@keys.command()
def rotate() -> None:
    """Seal everything with the newest key, so that the older ones can go."""
    from bot.settings import read_settings
    from bot.store.maintenance import rotate as seal_anew
    from bot.store.unit import Store

    settings = read_settings()
    print(seal_anew(Store(settings.database_url, settings.key_ring())))


@methods.command("list")
def list_methods(lang: Lang = "nl") -> None:
    """List the methods that come with the program."""
    from bot.catalog.methods import shipped_methods

    language = _language(lang)
    for id_, method in shipped_methods().items():
        about = {"minutes": method.minutes, "least": method.least, "most": method.most}
        print(f"{id_:<18}{method.title[language]:<26}{words(language)('chooser.size', **about)}")


@methods.command()
def check(file: Path, lang: Lang = "nl") -> None:
    """Check a method file; names every mistake with its line."""
    language = _language(lang)
    method = _read(file, language)
    counts = {"steps": len(method.steps), "minutes": method.minutes}
    print(f"{file.name}: {words(language)('setup.method_fine', id=method.id, **counts)}")


@methods.command()
def copy(method: str, lang: Lang = "nl") -> None:
    """Print the file of METHOD, to make one of your own from."""
    from bot.catalog.methods import file_of

    _known(method, _language(lang))
    print(file_of(method).read_text(encoding="utf-8").rstrip())


@methods.command()
def schema() -> None:
    """Print the JSON schema of a method file, with which an editor helps you write one."""
    from bot.catalog.methods import schema as described

    print(json.dumps(described(), indent=2))


def _read(file: Path, language: Language) -> "Method":
    from bot.catalog.methods import read_method

    try:
        return read_method(file, language)
    except OSError as error:
        _stop(f"{file}: {error.strerror}")


def _known(method: str, language: Language) -> None:
    from bot.catalog.methods import shipped_methods

    if method not in shipped_methods():
        _stop(words(language)("setup.method_unknown", id=method))


def _language(lang: str) -> Language:
    if lang not in LANGUAGES:
        _stop("--lang takes nl or en / --lang kan nl of en zijn")
    return lang


def _stop(why: str) -> NoReturn:
    print(why, file=sys.stderr)
    raise typer.Exit(2)


def _serve(*, web: bool, clock: bool) -> None:
    """Run until the process is asked to stop, and then finish what is under way."""
    gc.disable()  # what is loaded now stays: to look for garbage in it would take a fifth longer
    from bot.app import build
    from bot.ops.logs import configure_logging
    from bot.settings import read_settings
    from bot.store.migrations import upgrade as bring_up_to_date
    from bot.web.server import running

    configure_logging()
    settings = read_settings()
    bring_up_to_date(settings.database_url)
    stop = Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    with running(build(settings), settings, web=web, clock=clock):
        gc.freeze()
        gc.enable()
        stop.wait()

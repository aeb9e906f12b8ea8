"""The settings: environment variables, validated, with one fault for each that is wrong."""

import os
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, TypeVar, get_args

from pydantic import (
    BaseModel,
    ConfigDict,
    DirectoryPath,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from bot.errors import Fault, IntervisieError
from bot.store.crypto import KeyRing, keys_from_file, new_key, split_keys
from bot.store.engine import DRIVERS, dialect_url

SLACK_API_URL = "https://slack.com/api/"
DATABASE_URL = "sqlite:///intervisie.sqlite3"
KEY_FILE = "intervisie.keys"

PREFIXES = ("DATABASE_", "INTERVISIE_", "SLACK_")
"""How the names of our variables begin that other programs hardly use."""

IN_FILE = "_FILE"
"""What follows the name of a setting in the variable that names a file with its value."""

LOOKS_ALIKE = 0.85
"""From 0 to 1: how much a name must resemble that of a setting to be taken for a mistake."""


Model = TypeVar("Model", bound=BaseModel)


class BadSettings(IntervisieError):
    """Environment variables are missing or malformed; `faults` has one fault for each."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__(", ".join(fault.key for fault in faults))
        self.faults = faults


class Database(BaseModel):
    """The setting that says where the database is."""

    model_config = ConfigDict(frozen=True)

    database_url: str = DATABASE_URL

    @field_validator("database_url")
    @classmethod
    def _is_database_url(cls, value: str) -> str:
        try:
            url = make_url(dialect_url(value))
        except ArgumentError:
            raise ValueError("no database") from None
        in_memory = url.drivername == "sqlite" and url.database in (None, "", ":memory:")
        if url.drivername not in DRIVERS or in_memory:
            raise ValueError("no database that the bot can use")
        return value

    @property
    def sqlite_file(self) -> Path | None:
        """The database file, or None for another database than SQLite."""
        url = make_url(dialect_url(self.database_url))
        return Path(url.database or "") if url.get_backend_name() == "sqlite" else None


class Storage(Database):
    """The settings that say where the database is, and which keys open what is stored in it."""

    intervisie_keys: SecretStr | None = None

    def key_ring(self) -> KeyRing:
        """Return the keys of INTERVISIE_KEYS, or those in a file beside the SQLite database.

        Raises `BadKeys` if they cannot be used, and `BadSettings` if INTERVISIE_KEYS is missing
        with a database that several machines share.
        """
        if self.intervisie_keys is not None:
            return KeyRing(split_keys(self.intervisie_keys.get_secret_value()))
        if self.sqlite_file is None:
            raise BadSettings(Fault("keys_missing", key=new_key()))
        return KeyRing(keys_from_file(self.key_file))

    @property
    def key_file(self) -> Path:
        """The file beside the SQLite database with the keys, used without INTERVISIE_KEYS."""
        return (self.sqlite_file or Path()).parent / KEY_FILE

    @property
    def is_key_file_gone(self) -> bool:
        """Whether the keys should be in a file that is not there."""
        in_file = self.intervisie_keys is None and self.sqlite_file is not None
        return in_file and not self.key_file.exists()


class Settings(Storage):
    """The values of the environment variables. A `repr` does not show secrets."""

    slack_bot_token: SecretStr | None = None
    slack_client_id: str = ""
    slack_client_secret: SecretStr = SecretStr("")
    slack_signing_secret: SecretStr = SecretStr("")
    slack_app_token: SecretStr | None = None
    slack_api_url: str = SLACK_API_URL
    intervisie_url: str = ""
    intervisie_methods: DirectoryPath | None = None
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 3000

    @field_validator("slack_api_url")
    @classmethod
    def _ends_in_slash(cls, value: str) -> str:
        if not value.startswith(("http://", "https://")):
            raise ValueError("no web address")
        return value if value.endswith("/") else value + "/"

    @field_validator("intervisie_url")
    @classmethod
    def _is_web_address(cls, value: str) -> str:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError("no web address")
        return value.rstrip("/")

    @property
    def bot_token(self) -> str:
        """The bot's token as plain text, "" where workspaces install the app themselves."""
        return self.slack_bot_token.get_secret_value() if self.slack_bot_token else ""

    @property
    def is_for_many(self) -> bool:
        """Whether any workspace can install the app (OAuth), instead of the one of the token."""
        return bool(self.slack_client_id)

    @property
    def client_secret(self) -> str:
        """The secret of the app, which Slack asks for with each installation, as plain text."""
        return self.slack_client_secret.get_secret_value()

    @property
    def signing_secret(self) -> str:
        """The signing secret as plain text."""
        return self.slack_signing_secret.get_secret_value()


def read_settings() -> Settings:
    """Read the environment variables. Raises `BadSettings` with a fault for all that is wrong."""
    given, unread = _given()
    known = given.keys() | unread.keys()
    faults = list(unread.values())
    settings = None
    try:
        settings = Settings.model_validate(given)
    except ValidationError as error:
        faults += _faults_of(error, unread)
    faults += _who_is_served(known)
    if not known & {"slack_app_token", "slack_signing_secret"}:
        faults.append(Fault("signing_secret"))
    if "intervisie_keys" not in known and given.get("database_url", "").startswith("postgres"):
        faults.append(Fault("keys_missing", key=new_key()))
    if settings is None or faults:
        raise BadSettings(*faults, *misspelt())
    return settings


def _who_is_served(known: AbstractSet[str]) -> Iterator[Fault]:
    """Yield a fault for what is missing to serve one workspace, or any that installs the app."""
    pair = ("slack_client_id", "slack_client_secret")
    if not known & set(pair):
        if "slack_bot_token" not in known:
            yield Fault("missing", name="SLACK_BOT_TOKEN")
        return
    yield from (Fault("missing", name=name.upper()) for name in pair if name not in known)
    if "intervisie_url" not in known:
        yield Fault("install_url")


def read_database() -> Database:
    """Read the setting that commands about the database need. Raises `BadSettings`."""
    return _read(Database)


def read_storage() -> Storage:
    """Read the settings that commands about the keys need. Raises `BadSettings`."""
    return _read(Storage)


def misspelt() -> Iterator[Fault]:
    """Yield a fault for each environment variable that looks like a setting and is none."""
    names = [name.upper() for name in Settings.model_fields]
    names += [f"{name.upper()}{IN_FILE}" for name in _secrets()]
    for name in sorted(os.environ):
        if name in names or not name.startswith(PREFIXES):
            continue
        if meant := get_close_matches(name, names, n=1, cutoff=LOOKS_ALIKE):
            yield Fault("misspelt", name=name, meant=meant[0])


def _read(model: type[Model]) -> Model:
    given, unread = _given()
    if faults := [fault for name, fault in unread.items() if name in model.model_fields]:
        raise BadSettings(*faults)
    try:
        return model.model_validate(given)
    except ValidationError as error:
        raise BadSettings(*_faults_of(error)) from None


def _secrets() -> Iterator[str]:
    """Yield the names of the settings with a secret in them, which may stand in a file instead."""
    for name, field in Settings.model_fields.items():
        if name == "database_url" or SecretStr in (field.annotation, *get_args(field.annotation)):
            yield name


def _given() -> tuple[dict[str, str], dict[str, Fault]]:
    """Return the values by setting, and a fault for each setting whose file gives no value."""
    # White space around a value comes from a file or a pipe. An empty variable counts as absent.
    given = {name.lower(): value.strip() for name, value in os.environ.items() if value.strip()}
    unread: dict[str, Fault] = {}
    for name in _secrets():
        file = given.get(f"{name}{IN_FILE.lower()}")
        if file is None:
            continue
        about = {"name": f"{name.upper()}{IN_FILE}", "file": file}
        if name in given:
            unread[name] = Fault("secret_twice", name=name.upper())
            continue
        try:
            given[name] = Path(file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            why = getattr(error, "strerror", None) or type(error).__name__
            unread[name] = Fault("secret_unread", **about, why=why)
        else:
            if not given[name]:
                unread[name] = Fault("secret_empty", **about)
    return given, unread


def _faults_of(error: ValidationError, but: Iterable[str] = ()) -> Iterator[Fault]:
    """Yield a fault for each setting that is malformed, `but` for some settings."""
    for found in error.errors(include_input=False):
        name = str(found["loc"][0])
        if name not in but:
            yield Fault(f"invalid_{name}")

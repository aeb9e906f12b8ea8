"""The settings: environment variables, validated, with one fault for each that is wrong."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, TypeVar

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


class Settings(Database):
    """The values of the environment variables. A `repr` does not show secrets."""

    slack_bot_token: SecretStr
    slack_signing_secret: SecretStr = SecretStr("")
    slack_app_token: SecretStr | None = None
    slack_api_url: str = SLACK_API_URL
    intervisie_keys: SecretStr | None = None
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
        """The bot's token as plain text."""
        return self.slack_bot_token.get_secret_value()

    @property
    def signing_secret(self) -> str:
        """The signing secret as plain text."""
        return self.slack_signing_secret.get_secret_value()

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


def read_settings() -> Settings:
    """Read the environment variables. Raises `BadSettings`."""
    settings = _read(Settings)
    if settings.slack_app_token is None and not settings.signing_secret:
        raise BadSettings(Fault("signing_secret"))
    return settings


def read_database() -> Database:
    """Read the setting that commands about the database need. Raises `BadSettings`."""
    return _read(Database)


def _read(model: type[Model]) -> Model:
    # White space around a value comes from a file or a pipe. An empty variable counts as absent.
    given = {name.lower(): value.strip() for name, value in os.environ.items() if value.strip()}
    try:
        return model.model_validate(given)
    except ValidationError as error:
        raise BadSettings(*map(_fault_of, error.errors(include_input=False))) from None


def _fault_of(found: Mapping[str, Any]) -> Fault:
    name = str(found["loc"][0])
    if found["type"] == "missing":
        return Fault("missing", name=name.upper())
    return Fault(f"invalid_{name}")

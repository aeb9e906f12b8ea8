"""The environment, validated: what is wrong is said in one line each, with the way to mend it."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

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
from bot.store.engine import dialect_url

SLACK = "https://slack.com/api/"
DATABASE = "sqlite:///intervisie.sqlite3"
KEY_FILE = "intervisie.keys"


class BadSettings(IntervisieError):
    """The environment is not right; `faults` says in what."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__(", ".join(fault.key for fault in faults))
        self.faults = faults


class Settings(BaseModel):
    """What the environment says. Secrets never show in a `repr`."""

    model_config = ConfigDict(frozen=True)

    slack_bot_token: SecretStr
    slack_signing_secret: SecretStr = SecretStr("")
    slack_app_token: SecretStr | None = None
    slack_api_url: str = SLACK
    database_url: str = DATABASE
    intervisie_keys: SecretStr | None = None
    intervisie_url: str = ""
    intervisie_methods: DirectoryPath | None = None
    port: Annotated[int, Field(ge=0, le=65535)] = 3000

    @field_validator("slack_api_url")
    @classmethod
    def _ends_in_slash(cls, value: str) -> str:
        if not value.startswith(("http://", "https://")):
            raise ValueError("no web address")
        return value if value.endswith("/") else value + "/"

    @field_validator("intervisie_url")
    @classmethod
    def _leads_here(cls, value: str) -> str:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError("no web address")
        return value.rstrip("/")

    @field_validator("database_url")
    @classmethod
    def _opens(cls, value: str) -> str:
        try:
            make_url(dialect_url(value))
        except ArgumentError:
            raise ValueError("no database") from None
        return value

    @property
    def bot_token(self) -> str:
        """The bot's token, in plain."""
        return self.slack_bot_token.get_secret_value()

    @property
    def signing_secret(self) -> str:
        """The signing secret, in plain."""
        return self.slack_signing_secret.get_secret_value()

    def key_ring(self) -> KeyRing:
        """Give the keys of INTERVISIE_KEYS, or those kept in a file beside the database.

        Raises `BadKeys` when they cannot be used, `BadSettings` when a database that is
        shared between machines comes without keys that are.
        """
        if self.intervisie_keys is not None:
            return KeyRing(split_keys(self.intervisie_keys.get_secret_value()))
        if self.sqlite_file is None:
            raise BadSettings(Fault("keys_missing", key=new_key()))
        return KeyRing(keys_from_file(self.key_file))

    @property
    def sqlite_file(self) -> Path | None:
        """Where the database is, when it is SQLite."""
        url = make_url(dialect_url(self.database_url))
        return Path(url.database or "") if url.get_backend_name() == "sqlite" else None

    @property
    def key_file(self) -> Path:
        """Where the keys are kept, beside the SQLite file, when INTERVISIE_KEYS gives none."""
        return (self.sqlite_file or Path()).parent / KEY_FILE


def database_url() -> str:
    """Give the database's URL alone, for what needs nothing else of the environment."""
    return os.environ.get("DATABASE_URL") or DATABASE


def read_settings() -> Settings:
    """Read the environment. Raises `BadSettings`."""
    try:
        # A variable that is empty says nothing.
        said = {name.lower(): value for name, value in os.environ.items() if value}
        settings = Settings.model_validate(said)
    except ValidationError as error:
        raise BadSettings(*map(_fault, error.errors(include_input=False))) from None
    if settings.slack_app_token is None and not settings.signing_secret:
        raise BadSettings(Fault("signing_secret"))
    return settings


def _fault(found: Mapping[str, Any]) -> Fault:
    name = str(found["loc"][0])
    if found["type"] == "missing":
        return Fault("missing", name=name.upper())
    return Fault(f"invalid_{name}")

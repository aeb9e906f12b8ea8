"""The environment, validated: what is wrong is said in one line each, with the way to mend it."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from bot.errors import IntervisieError
from bot.store.crypto import KeyRing, keys_from_file, new_key, split_keys
from bot.store.engine import dialect_url

SLACK = "https://slack.com/api/"
KEY_FILE = "intervisie.keys"


class BadSettings(IntervisieError):
    """The environment is not right; the message says, line by line, what to do."""


class Settings(BaseSettings):
    """What the environment says. Secrets never show in a `repr`."""

    model_config = SettingsConfigDict(extra="ignore", env_ignore_empty=True)

    slack_bot_token: SecretStr
    slack_signing_secret: SecretStr = SecretStr("")
    slack_app_token: SecretStr | None = None
    slack_api_url: str = SLACK
    database_url: str = "sqlite:///intervisie.sqlite3"
    intervisie_keys: SecretStr | None = None
    port: Annotated[int, Field(ge=0, le=65535)] = 3000

    @field_validator("slack_api_url")
    @classmethod
    def _ends_in_slash(cls, value: str) -> str:
        if not value.startswith(("http://", "https://")):
            raise ValueError("has to begin with https:// / moet met https:// beginnen")
        return value if value.endswith("/") else value + "/"

    @field_validator("database_url")
    @classmethod
    def _opens(cls, value: str) -> str:
        try:
            make_url(dialect_url(value))
        except ArgumentError:
            raise ValueError(
                "has to look like postgresql://user:password@host/name or sqlite:///file "
                "/ moet eruitzien als postgresql://… of sqlite:///bestand"
            ) from None
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
        url = make_url(dialect_url(self.database_url))
        if url.get_backend_name() != "sqlite":
            raise BadSettings(
                "INTERVISIE_KEYS is missing: with PostgreSQL every process needs the same keys. "
                f"A new one: {new_key()} "
                "/ INTERVISIE_KEYS ontbreekt: met PostgreSQL heeft elk proces dezelfde nodig."
            )
        beside = Path(url.database or "").parent
        return KeyRing(keys_from_file(beside / KEY_FILE))


class _Database(BaseSettings):
    model_config = SettingsConfigDict(extra="ignore", env_ignore_empty=True)

    database_url: str = "sqlite:///intervisie.sqlite3"


def database_url() -> str:
    """Give the database's URL alone, for what needs nothing else of the environment."""
    return _Database().database_url


def read_settings() -> Settings:
    """Read the environment. Raises `BadSettings`."""
    try:
        settings = Settings()
    except ValidationError as error:
        raise BadSettings("\n".join(map(_line, error.errors(include_input=False)))) from None
    if settings.slack_app_token is None and not settings.signing_secret:
        raise BadSettings(
            "SLACK_SIGNING_SECRET is missing: copy it from your app's page, Basic Information. "
            "/ SLACK_SIGNING_SECRET ontbreekt: je vindt het bij je app, onder Basic Information."
        )
    return settings


def _line(found: object) -> str:
    assert isinstance(found, dict)
    name = str(found["loc"][0]).upper()
    if found["type"] == "missing":
        return (
            f"{name} is missing: copy it from your app's page at Slack. "
            f"/ {name} ontbreekt: je vindt het op de pagina van je app bij Slack."
        )
    return f"{name}: {str(found['msg']).removeprefix('Value error, ')}"

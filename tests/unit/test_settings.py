"""A wrong environment is told in words that say what to do."""

import os
import re

import pytest
from pydantic import SecretStr

from bot.i18n import fault_texts
from bot.settings import (
    BadSettings,
    Settings,
    misspelt,
    read_database,
    read_settings,
    read_storage,
)
from bot.store.crypto import BadKeys, KeyRing, WrongKey, keys_from_file, new_key


@pytest.fixture
def environment(monkeypatch):
    for name in list(os.environ):
        if name.startswith(("SLACK_", "DATABASE_URL", "INTERVISIE_", "HOST", "PORT")):
            monkeypatch.delenv(name)
    return monkeypatch


def wrong():
    """The lines that an operator reads of a wrong environment."""
    with pytest.raises(BadSettings) as caught:
        read_settings()
    return "\n".join(map(fault_texts, caught.value.faults))


def test_a_missing_token_is_named_in_both_languages(environment):
    assert re.search("SLACK_BOT_TOKEN is missing.*ontbreekt", wrong())


def test_with_a_client_id_no_token_is_needed_but_a_secret_and_an_address(environment):
    environment.setenv("SLACK_SIGNING_SECRET", "s")
    environment.setenv("SLACK_CLIENT_ID", "1.2")
    assert re.search("SLACK_CLIENT_SECRET is missing", wrong())
    assert re.search("INTERVISIE_URL is missing", wrong())
    environment.setenv("SLACK_CLIENT_SECRET", "c")
    environment.setenv("INTERVISIE_URL", "https://intervisie.test")
    assert read_settings().is_for_many


@pytest.mark.parametrize("read", [read_settings, lambda: read_storage().key_ring()])
def test_missing_keys_beside_postgresql_come_with_new_ones(environment, read):
    environment.setenv("SLACK_BOT_TOKEN", "xoxb-1")
    environment.setenv("SLACK_SIGNING_SECRET", "s")
    environment.setenv("DATABASE_URL", "postgresql://localhost/intervisie")
    with pytest.raises(BadSettings) as caught:
        read()
    (fault,) = caught.value.faults
    assert fault.about["key"] in fault_texts(fault)


def test_all_that_is_wrong_is_named_at_once(environment):
    environment.setenv("DATABASE_URL", "postgresql://localhost/intervisie")
    environment.setenv("PORT", "many")
    environment.setenv("SLACK_SIGNING_SECRTE", "s")
    with pytest.raises(BadSettings) as caught:
        read_settings()
    assert {fault.key for fault in caught.value.faults} == {
        "missing",
        "signing_secret",
        "invalid_port",
        "keys_missing",
        "misspelt",
    }


def test_a_misspelt_name_is_noticed_and_names_of_others_are_let_be(environment):
    for name in ("SLACK_BOT_TOKN", "INTERVISIE_KEY", "DATABASE_URI", "SLACK_WEBHOOK_URL", "SHELL"):
        environment.setenv(name, "something")
    assert {fault.about["name"]: fault.about["meant"] for fault in misspelt()} == {
        "SLACK_BOT_TOKN": "SLACK_BOT_TOKEN",
        "INTERVISIE_KEY": "INTERVISIE_KEYS",
        "DATABASE_URI": "DATABASE_URL",
    }


def test_without_an_app_token_a_signing_secret_is_needed(environment):
    environment.setenv("SLACK_BOT_TOKEN", "xoxb-1")
    assert "SLACK_SIGNING_SECRET" in wrong()
    environment.setenv("SLACK_APP_TOKEN", "xapp-1")
    assert read_settings().bot_token == "xoxb-1"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "many"),
        ("DATABASE_URL", "not a database"),
        ("DATABASE_URL", "postgres"),
        ("DATABASE_URL", "mysql://user:password@host/name"),
        ("DATABASE_URL", "postgresql+asyncpg://host/name"),
        ("DATABASE_URL", "postgresql://host:port/name"),
        ("DATABASE_URL", "sqlite://"),
        ("SLACK_API_URL", "slack.com/api"),
        ("INTERVISIE_URL", "intervisie.example.org"),
    ],
)
def test_a_malformed_value_is_named(environment, name, value):
    environment.setenv("SLACK_BOT_TOKEN", "xoxb-1")
    environment.setenv(name, value)
    assert name in wrong()
    if name == "DATABASE_URL":
        with pytest.raises(BadSettings):
            read_database()


def test_it_listens_on_this_machine_alone_unless_told(environment):
    environment.setenv("SLACK_BOT_TOKEN", "xoxb-1")
    environment.setenv("SLACK_SIGNING_SECRET", "s")
    assert read_settings().host == "127.0.0.1"
    environment.setenv("HOST", "0.0.0.0")
    assert read_settings().host == "0.0.0.0"


def test_white_space_around_a_value_is_not_part_of_it(environment):
    given = {
        "slack_bot_token": "xoxb-1",
        "slack_client_id": "1.2",
        "slack_client_secret": "c",
        "slack_signing_secret": "s",
        "slack_app_token": "xapp-1",
        "slack_api_url": "https://slack.test/api/",
        "database_url": "sqlite:///it.sqlite3",
        "intervisie_keys": new_key(),
        "intervisie_url": "https://intervisie.test",
        "intervisie_methods": os.getcwd(),
        "host": "0.0.0.0",
        "port": "3001",
    }
    assert set(given) == set(Settings.model_fields)
    for name, value in given.items():
        environment.setenv(name.upper(), f" {value}\r\n")
    assert read_settings() == Settings.model_validate(given)
    assert read_database().database_url == given["database_url"]
    environment.setenv("SLACK_SIGNING_SECRET", "\n")
    environment.delenv("SLACK_APP_TOKEN")
    assert "SLACK_SIGNING_SECRET" in wrong()


def test_secrets_do_not_show(environment):
    settings = Settings(slack_bot_token=SecretStr("xoxb-hidden"))
    assert "hidden" not in repr(settings)


def test_keys_are_made_once_and_kept_for_their_owner_alone(tmp_path):
    file = tmp_path / "keys"
    first = keys_from_file(file)
    assert keys_from_file(file) == first
    assert file.stat().st_mode & 0o777 == 0o600


def test_keys_that_others_can_read_are_refused(tmp_path):
    file = tmp_path / "keys"
    keys_from_file(file)
    file.chmod(0o644)
    with pytest.raises(BadKeys) as caught:
        keys_from_file(file)
    assert "chmod 600" in fault_texts(caught.value)


def test_a_key_that_is_none_is_refused():
    with pytest.raises(BadKeys) as caught:
        KeyRing(["secret"])
    assert "32 bytes" in fault_texts(caught.value)


def test_a_wrong_key_says_to_put_the_old_one_back():
    sealed = KeyRing([new_key()]).seal(b"x")
    with pytest.raises(WrongKey) as caught:
        KeyRing([new_key()]).open(sealed)
    assert "Put back the key" in fault_texts(caught.value)


def test_an_older_key_still_opens_what_it_sealed():
    old, new = new_key(), new_key()
    sealed = KeyRing([old]).seal(b"x")
    ring = KeyRing([new, old])
    assert ring.open(sealed) == b"x"
    assert KeyRing([new]).open(ring.rotate(sealed)) == b"x"


def test_a_secret_may_stand_in_a_file(environment, tmp_path):
    for name in ("SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "DATABASE_URL"):
        (tmp_path / name).write_text("sqlite:///here.sqlite3\n")
        environment.setenv(f"{name}_FILE", str(tmp_path / name))
    settings = read_settings()
    assert settings.bot_token == settings.signing_secret == settings.database_url
    assert settings.database_url == read_database().database_url == "sqlite:///here.sqlite3"
    assert not list(misspelt())


def test_a_file_without_a_secret_is_told_and_nothing_is_missing_besides(environment, tmp_path):
    (tmp_path / "empty").touch()
    environment.setenv("SLACK_BOT_TOKEN_FILE", str(tmp_path))
    environment.setenv("SLACK_SIGNING_SECRET_FILE", str(tmp_path / "empty"))
    environment.setenv("INTERVISIE_KEYS", "key")
    environment.setenv("INTERVISIE_KEYS_FILE", str(tmp_path / "keys"))
    told = wrong()
    assert told.count("\n") == 2
    assert f"I can't read the file in SLACK_BOT_TOKEN_FILE, {tmp_path}" in told
    assert "The file in SLACK_SIGNING_SECRET_FILE" in told
    assert "INTERVISIE_KEYS and INTERVISIE_KEYS_FILE are both set" in told
    with pytest.raises(BadSettings):
        read_storage()
    read_database()

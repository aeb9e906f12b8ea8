"""A wrong environment is told in words that say what to do."""

import os

import pytest
from pydantic import SecretStr

from bot.settings import BadSettings, Settings, read_settings
from bot.store.crypto import BadKeys, KeyRing, WrongKey, keys_from_file, new_key


@pytest.fixture
def environment(monkeypatch):
    for name in list(os.environ):
        if name.startswith(("SLACK_", "DATABASE_URL", "INTERVISIE_", "PORT")):
            monkeypatch.delenv(name)
    return monkeypatch


def test_a_missing_token_is_named_in_both_languages(environment):
    with pytest.raises(BadSettings, match=r"SLACK_BOT_TOKEN is missing.*ontbreekt"):
        read_settings()


def test_without_an_app_token_a_signing_secret_is_needed(environment):
    environment.setenv("SLACK_BOT_TOKEN", "xoxb-1")
    with pytest.raises(BadSettings, match="SLACK_SIGNING_SECRET"):
        read_settings()
    environment.setenv("SLACK_APP_TOKEN", "xapp-1")
    assert read_settings().bot_token == "xoxb-1"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "many"),
        ("DATABASE_URL", "not a database"),
        ("SLACK_API_URL", "slack.com/api"),
        ("INTERVISIE_URL", "intervisie.example.org"),
    ],
)
def test_a_malformed_value_is_named(environment, name, value):
    environment.setenv("SLACK_BOT_TOKEN", "xoxb-1")
    environment.setenv(name, value)
    with pytest.raises(BadSettings, match=name):
        read_settings()


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
    with pytest.raises(BadKeys, match="chmod 600"):
        keys_from_file(file)


def test_a_key_that_is_none_is_refused():
    with pytest.raises(BadKeys, match="32 bytes"):
        KeyRing(["secret"])


def test_a_wrong_key_says_to_put_the_old_one_back():
    sealed = KeyRing([new_key()]).seal(b"x")
    with pytest.raises(WrongKey, match="Put back the key"):
        KeyRing([new_key()]).open(sealed)


def test_an_older_key_still_opens_what_it_sealed():
    old, new = new_key(), new_key()
    sealed = KeyRing([old]).seal(b"x")
    ring = KeyRing([new, old])
    assert ring.open(sealed) == b"x"
    assert KeyRing([new]).open(ring.rotate(sealed)) == b"x"

"""The manifest can be pasted as it is printed."""

import json

import pytest
from typer.testing import CliRunner

from bot.cli import app
from bot.errors import Fault
from bot.ops.manifest import manifest


def printed(*options):
    return CliRunner().invoke(app, ["manifest", *options]).output


def test_it_names_where_the_bot_is_reached():
    told = printed("--url", "https://intervisie.example.org/")
    assert "example.com" not in told
    assert told.count("https://intervisie.example.org/slack/events") == 3
    assert not json.loads(told)["settings"]["socket_mode_enabled"]


def test_for_many_workspaces_it_says_where_slack_sends_them_back_to():
    told = json.loads(printed("--url", "https://intervisie.example.org/", "--oauth"))
    back = "https://intervisie.example.org/slack/oauth_redirect"
    assert told["oauth_config"]["redirect_urls"] == [back]
    changed = ("org_deploy_enabled", "token_rotation_enabled")
    assert [told["settings"][name] for name in changed] == [True, True]
    assert "tokens_revoked" in told["settings"]["event_subscriptions"]["bot_events"]
    single = json.loads(printed("--url", "https://intervisie.example.org/"))
    assert [single["settings"][name] for name in changed] == [False, False]


def test_for_socket_mode_it_holds_no_address():
    told = printed("--socket")
    assert "https://" not in told
    assert json.loads(told)["settings"]["socket_mode_enabled"]


@pytest.mark.parametrize(
    "url", ["http://plain.example", "intervisie", 'https://a"b', "https://a b"]
)
def test_what_is_no_address_is_refused(url):
    with pytest.raises(Fault, match="manifest_url"):
        manifest(url)

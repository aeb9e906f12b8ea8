"""The playground's Slack, seen through Slack's own client: it gives and refuses as Slack does."""

import subprocess
import sys
from contextlib import contextmanager
from datetime import timedelta
from threading import Thread
from time import monotonic, sleep
from wsgiref.simple_server import make_server

import httpx
import pytest
from slack_bolt import App, BoltResponse
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_bolt.adapter.wsgi import SlackRequestHandler
from slack_bolt.authorization import AuthorizeResult
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from playground.slack.api import APP_TOKEN, BURST, SECRET, TOKEN
from playground.slack.manifest import Manifest, shipped_manifest
from playground.slack.seed import BOT, PEOPLE
from playground.slack.server import serving
from playground.slack.workspace import Workspace
from playground.testing import WoundClock

SANNE, MEHMET = "U0SANNE", "U0MEHMET"


def workspace_for(app=None):
    made = Workspace(WoundClock(), BOT, PEOPLE, app)
    made.create_channel("intervisie", [*(user.id for user in PEOPLE), BOT.id])
    made.create_channel("koffie", [SANNE])
    made.create_channel("geheim", [SANNE], private=True)
    return made


def channel_of(workspace, name="intervisie"):
    return next(c.id for c in workspace.channels.values() if c.name == name)


def client_for(slack, token=TOKEN):
    return WebClient(token=token, base_url=slack.url, retry_handlers=[])


@pytest.fixture
def slack():
    with serving(workspace_for(), limited=False) as running:
        yield running


@pytest.fixture
def client(slack):
    return client_for(slack)


@pytest.fixture
def here(slack):
    return channel_of(slack.workspace)


def refusal(call, *args, **kwargs):
    with pytest.raises(SlackApiError) as raised:
        call(*args, **kwargs)
    return raised.value.response["error"]


def modal(title="Een vraag", blocks=None, **more):
    words = {"type": "plain_text", "text": title}
    blocks = blocks or [{"type": "section", "text": {"type": "mrkdwn", "text": "Hoi"}}]
    return {"type": "modal", "title": words, "blocks": blocks, **more}


# tokens, scopes and rates


def test_a_token_that_slack_did_not_give_is_refused(slack, here):
    assert refusal(client_for(slack, "xoxb-guessed").auth_test) == "invalid_auth"
    post = client_for(slack, "").chat_postMessage
    assert refusal(post, channel=here, text="x") == "not_authed"


def test_a_method_that_does_not_exist_is_unknown(client):
    assert refusal(client.api_call, "chat.shout") == "unknown_method"


def test_what_a_method_cannot_do_without_is_asked_for(client):
    assert refusal(client.api_call, "chat.update", json={"text": "x"}) == "invalid_arguments"
    assert refusal(client.api_call, "views.open", json={}) == "invalid_arguments"


def test_a_body_that_is_no_json_is_refused(slack):
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
    url = slack.url + "auth.test"
    answer = httpx.post(url, content=b"{oops", headers=headers, trust_env=False)
    assert answer.json() == {"ok": False, "error": "invalid_json"}


def test_a_refused_method_names_the_missing_scope():
    with serving(workspace_for(Manifest(scopes=frozenset({"chat:write"})))) as slack:
        client, here = client_for(slack), channel_of(slack.workspace)
        assert client.chat_postMessage(channel=here, text="x")["ok"]
        with pytest.raises(SlackApiError) as raised:
            client.conversations_history(channel=here)
    answer = raised.value.response
    assert (answer["error"], answer["needed"]) == ("missing_scope", "channels:history")
    assert answer["provided"] == "chat:write"


def test_the_shipped_manifest_holds_the_bot_to_its_scopes():
    app = shipped_manifest()
    assert "chat:write" in app.scopes
    assert app.knows("/intervisie")
    assert not app.knows("/iets-anders")


def test_a_channel_takes_a_burst_and_then_one_a_second():
    with serving(workspace_for()) as slack:
        client, here = client_for(slack), channel_of(slack.workspace)
        for _ in range(BURST):
            client.chat_postMessage(channel=here, text="x")
        with pytest.raises(SlackApiError) as raised:
            client.chat_postMessage(channel=here, text="x")
        answer = raised.value.response
        assert (answer.status_code, answer["error"]) == (429, "ratelimited")
        slack.clock.wind(timedelta(seconds=int(answer.headers["Retry-After"])))
        assert client.chat_postMessage(channel=here, text="x")["ok"]


# messages


def test_a_message_is_said_changed_and_taken_back(slack, client, here):
    ts = client.chat_postMessage(channel=here, text="een")["ts"]
    client.chat_update(channel=here, ts=ts, text="twee")
    assert [m.text for m in slack.workspace.messages(SANNE, here)] == ["twee"]
    assert ts.replace(".", "") in client.chat_getPermalink(channel=here, message_ts=ts)["permalink"]
    client.chat_delete(channel=here, ts=ts)
    assert slack.workspace.messages(SANNE, here) == []


def test_where_the_bot_is_not_nothing_is_said(slack, client):
    private, coffee = (channel_of(slack.workspace, name) for name in ("geheim", "koffie"))
    assert refusal(client.chat_postMessage, channel="C0NOWHERE", text="x") == "channel_not_found"
    assert refusal(client.chat_postMessage, channel=private, text="x") == "channel_not_found"
    assert refusal(client.chat_postMessage, channel=coffee, text="x") == "not_in_channel"
    client.conversations_join(channel=coffee)
    assert client.chat_postMessage(channel=coffee, text="x")["ok"]
    slack.workspace.archive(SANNE, coffee)
    assert refusal(client.chat_postMessage, channel=coffee, text="x") == "is_archived"


def test_nothing_and_too_much_are_refused(client, here):
    assert refusal(client.chat_postMessage, channel=here, text="") == "no_text"
    assert refusal(client.chat_postMessage, channel=here, text="x" * 40_001) == "msg_too_long"


def test_only_ones_own_message_may_be_changed(slack, client, here):
    said = slack.workspace.post(SANNE, here, "van mij")
    change = {"channel": here, "ts": said.ts, "text": "x"}
    assert refusal(client.chat_update, **change) == "cant_update_message"
    assert refusal(client.chat_delete, channel=here, ts=said.ts) == "cant_delete_message"
    assert refusal(client.chat_update, **{**change, "ts": "1.000000"}) == "message_not_found"


def test_a_whisper_is_for_one_member_and_cannot_be_changed(slack, client, here):
    ts = client.chat_postEphemeral(channel=here, user=SANNE, text="pst")["message_ts"]
    assert [m.text for m in slack.workspace.messages(SANNE, here)] == ["pst"]
    assert slack.workspace.messages(MEHMET, here) == []
    change = {"channel": here, "ts": ts, "text": "x"}
    assert refusal(client.chat_update, **change) == "message_not_found"
    whisper = client.chat_postEphemeral
    assert refusal(whisper, channel=here, user="U0NOBODY", text="x") == "user_not_in_channel"


def test_threads_and_channels_are_read_by_page(client, here):
    parent = client.chat_postMessage(channel=here, text="0")["ts"]
    for n in range(1, 5):
        client.chat_postMessage(channel=here, text=f"{n}", thread_ts=parent)
    client.chat_postMessage(channel=here, text="later")
    channel = client.conversations_history(channel=here)["messages"]
    assert [m["text"] for m in channel] == ["later", "0"]
    first = client.conversations_replies(channel=here, ts=parent, limit=3)
    assert ([m["text"] for m in first["messages"]], first["has_more"]) == (["0", "1", "2"], True)
    cursor = first["response_metadata"]["next_cursor"]
    rest = client.conversations_replies(channel=here, ts=parent, limit=3, cursor=cursor)
    assert ([m["text"] for m in rest["messages"]], rest["has_more"]) == (["3", "4"], False)
    replies = client.conversations_replies
    assert refusal(replies, channel=here, ts="1.000000") == "thread_not_found"


def test_metadata_comes_back_to_who_asks_for_it(client, here):
    metadata = {"event_type": "intervisie", "event_payload": {"id": "7"}}
    client.chat_postMessage(channel=here, text="x", metadata=metadata)
    assert "metadata" not in client.conversations_history(channel=here)["messages"][0]
    found = client.conversations_history(channel=here, include_all_metadata=True)["messages"][0]
    assert found["metadata"] == metadata


# files


def test_slacks_own_client_uploads_a_file_that_can_be_downloaded(slack, client):
    direct = client.conversations_open(users=[SANNE])["channel"]["id"]
    client.files_upload_v2(
        filename="a b.png", content=b"bytes", alt_txt="Een staaf", channel=direct, title="Beeld"
    )
    said = client.conversations_history(channel=direct)["messages"][0]
    file = said["files"][0]
    assert (file["name"], file["title"], file["size"]) == ("a b.png", "Beeld", 5)
    assert slack.workspace.messages(SANNE, direct)[0].files[0].alt == "Een staaf"
    answer = httpx.get(file["url_private"], trust_env=False)
    assert (answer.content, answer.headers["content-type"]) == (b"bytes", "image/png")


def test_a_file_that_is_wrong_is_refused(slack, client, here):
    announce = client.files_getUploadURLExternal
    assert refusal(announce, filename="a", length=0) == "invalid_arguments"
    assert refusal(announce, filename="a", length=1, alt_txt="x" * 1001) == "alt_txt_too_large"
    made = announce(filename="a.txt", length=3)
    files = [{"id": made["file_id"], "title": "a"}]
    complete = client.files_completeUploadExternal
    assert refusal(complete, files=files, channel_id=here) == "file_not_found"
    assert httpx.post(made["upload_url"], content=b"ab", trust_env=False).status_code == 400
    assert httpx.post(made["upload_url"], content=b"abc", trust_env=False).status_code == 200
    hidden = httpx.get(f"{slack.url}files/{made['file_id']}/a.txt", trust_env=False)
    assert hidden.status_code == 404
    assert refusal(complete, files=files, channel_id=SANNE) == "channel_not_found"
    assert complete(files=files, channel_id=here)["ok"]
    assert refusal(complete, files=files, channel_id=here) == "file_not_found"


# people


def test_unknown_people_are_not_found(client):
    assert client.users_info(user=SANNE, include_locale=True)["user"]["locale"] == "nl-NL"
    assert "locale" not in client.users_info(user=SANNE)["user"]
    assert refusal(client.users_info, user="U0NOBODY") == "user_not_found"


def test_a_conversation_with_somebody_who_left_cannot_be_opened(slack, client):
    assert client.conversations_open(users=[SANNE])["channel"]["id"] == "D0SANNE"
    slack.workspace.change_user(MEHMET, deleted=True)
    assert refusal(client.conversations_open, users=[MEHMET]) == "user_disabled"


# a bot on the line


@pytest.fixture
def app():
    """A small Bolt app that writes down what it hears."""
    token = AuthorizeResult(enterprise_id=None, team_id=None, bot_token=TOKEN)
    made = App(
        signing_secret=SECRET,
        authorize=lambda enterprise_id, team_id: token,
        process_before_response=True,
        raise_error_for_unhandled_request=False,
    )
    made.heard, made.retries, made.answer = [], [], {}

    @made.event("message")
    def message(event, request):
        made.retries.append(request.headers.get("x-slack-retry-num", [None])[0])
        made.heard.append(event)
        if event.get("text") == "faal":
            raise RuntimeError

    @made.command("/intervisie")
    def command(ack, command):
        made.heard.append(command)
        ack("Gelezen")

    @made.action("go")
    def pressed(ack, body):
        made.heard.append(body)
        ack()

    @made.view("form")
    def sent(ack, body):
        made.heard.append(body)
        ack(**made.answer)

    @made.error
    def failed(error):
        return BoltResponse(status=500)

    return made


@contextmanager
def over_http(slack, app):
    path = "/slack/events"
    with make_server("127.0.0.1", 0, SlackRequestHandler(app, path=path)) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        slack.connect(server.server_port)
        try:
            yield
        finally:
            slack.dispatcher.drain()
            server.shutdown()
            thread.join()


@contextmanager
def over_socket(slack, app):
    web = WebClient(token=TOKEN, base_url=slack.url)
    handler = SocketModeHandler(app, APP_TOKEN, web_client=web)
    handler.connect()
    slack.connect_by_socket()
    until = monotonic() + 60
    while not slack.socket.connected and monotonic() < until:
        sleep(0.01)
    assert slack.socket.connected
    try:
        yield
    finally:
        slack.dispatcher.drain()
        handler.close()


@pytest.fixture
def bot(slack, app):
    """The small app, over HTTP."""
    with over_http(slack, app):
        yield app


@pytest.fixture(params=[over_http, over_socket])
def either_bot(request, slack, app):
    """The small app, over HTTP and over Socket Mode (whose client takes seconds to close)."""
    with request.param(slack, app):
        yield app


def test_a_command_is_answered_to_its_typer_alone(slack, bot, here):
    slack.workspace.slash(SANNE, here, "/intervisie", "start & <nu>")
    assert bot.heard[0]["text"] == "start &amp; &lt;nu&gt;"
    assert [m.text for m in slack.workspace.messages(SANNE, here)] == ["Gelezen"]
    assert slack.workspace.messages(MEHMET, here) == []


def test_typed_text_arrives_escaped(slack, bot, here):
    slack.workspace.post(SANNE, here, "@mehmet <@U0JOOST> @channel a@b.nl #koffie")
    coffee = channel_of(slack.workspace, "koffie")
    shown = f"<@U0MEHMET> &lt;@U0JOOST&gt; <!channel> a@b.nl <#{coffee}|koffie>"
    assert bot.heard[0]["text"] == shown
    assert bot.heard[0]["client_msg_id"]


def test_changing_and_taking_back_are_told_as_such(slack, bot, here):
    said = slack.workspace.post(SANNE, here, "een")
    slack.workspace.edit(SANNE, here, said.ts, "twee")
    slack.workspace.delete(SANNE, here, said.ts)
    _, changed, gone = bot.heard
    assert changed["subtype"] == "message_changed"
    assert (changed["previous_message"]["text"], changed["message"]["text"]) == ("een", "twee")
    assert (gone["subtype"], gone["deleted_ts"]) == ("message_deleted", said.ts)


def test_the_bots_own_words_come_back_to_it(slack, bot, client, here):
    ts = client.chat_postMessage(channel=here, text="van de bot")["ts"]
    client.chat_update(channel=here, ts=ts, text="anders")
    assert slack.dispatcher.drain()
    said, changed = bot.heard
    assert (said["ts"], said["bot_id"]) == (ts, "B0INTERVIS")
    assert changed["message"]["bot_id"] == "B0INTERVIS"


def test_of_a_channel_without_the_bot_nothing_is_told(slack, bot):
    slack.workspace.post(SANNE, channel_of(slack.workspace, "koffie"), "onder ons")
    assert bot.heard == []


def test_events_outside_the_manifest_are_not_told(slack, bot, here):
    slack.workspace.app = Manifest(events=frozenset({"message.im"}))
    slack.workspace.post(SANNE, here, "in het kanaal")
    slack.workspace.post(SANNE, slack.workspace.open_dm(SANNE).id, "aan de bot")
    assert [event["text"] for event in bot.heard] == ["aan de bot"]


def test_an_event_that_failed_comes_again_three_times(slack, bot, here):
    slack.workspace.post(SANNE, here, "faal")
    for minutes in (0, 1, 5, 60):
        slack.clock.wind(timedelta(minutes=minutes))
        slack.dispatcher.redeliver()
    assert bot.retries == [None, "1", "2", "3"]
    assert len({event["client_msg_id"] for event in bot.heard}) == 1


def test_an_answer_that_got_lost_makes_an_event_come_twice(slack, either_bot, here):
    slack.dispatcher.fail("unanswered")
    slack.workspace.post(SANNE, here, "een")
    slack.dispatcher.redeliver()
    assert [event["text"] for event in either_bot.heard] == ["een", "een"]


def test_a_command_that_got_lost_is_told_and_does_not_come_again(slack, bot, here):
    slack.dispatcher.fail("lost")
    slack.workspace.slash(SANNE, here, "/intervisie", "start")
    slack.dispatcher.redeliver()
    assert bot.heard == []
    assert "did not respond" in slack.workspace.messages(SANNE, here)[0].text


# forms


@pytest.fixture
def pressed(slack, bot, client, here):
    """Somebody pressed a button; returns what the bot heard of it."""
    button = {"type": "button", "action_id": "go", "text": {"type": "plain_text", "text": "Toe"}}
    blocks = [{"type": "actions", "block_id": "b", "elements": [button]}]
    ts = client.chat_postMessage(channel=here, text="knop", blocks=blocks)["ts"]
    slack.dispatcher.drain()
    bot.heard.clear()
    message = next(m for m in slack.workspace.messages(SANNE, here) if m.ts == ts)
    slack.workspace.press(SANNE, "go", message=message, block_id="b")
    return bot.heard[-1]


def test_a_press_says_who_pressed_what_and_where(pressed, here):
    assert pressed["user"]["id"] == SANNE
    assert pressed["channel"]["id"] == here
    assert pressed["container"]["message_ts"] == pressed["message"]["ts"]
    assert pressed["actions"][0]["action_id"] == "go"


def test_a_trigger_works_once_and_not_after_three_seconds(slack, client, pressed):
    assert refusal(client.views_open, trigger_id="1.x", view=modal()) == "invalid_trigger_id"
    trigger = pressed["trigger_id"]
    assert client.views_open(trigger_id=trigger, view=modal())["view"]["id"]
    assert refusal(client.views_open, trigger_id=trigger, view=modal()) == "exchanged_trigger_id"


def test_a_trigger_that_waited_three_seconds_has_expired(slack, client, pressed):
    slack.workspace.answer_seconds = 0.0
    late = {"trigger_id": pressed["trigger_id"], "view": modal()}
    assert refusal(client.views_open, **late) == "expired_trigger_id"


def test_a_form_changes_unless_it_has_changed_since(slack, client, pressed):
    opened = client.views_open(trigger_id=pressed["trigger_id"], view=modal())["view"]
    change = {"view_id": opened["id"], "hash": opened["hash"], "view": modal("Nog een")}
    assert client.views_update(**change)["ok"]
    assert slack.workspace.views(SANNE)[0].spec["title"]["text"] == "Nog een"
    assert refusal(client.views_update, **change) == "hash_conflict"


def test_a_home_changes_unless_it_has_changed_since(slack, client):
    home = {"type": "home", "blocks": modal()["blocks"]}
    hash_ = client.views_publish(user_id=SANNE, view=home)["view"]["hash"]
    assert client.views_publish(user_id=SANNE, view=home, hash=hash_)["ok"]
    again = {"user_id": SANNE, "view": home, "hash": hash_}
    assert refusal(client.views_publish, **again) == "hash_conflict"
    assert refusal(client.views_publish, user_id="U0NOBODY", view=home) == "user_not_found"


@pytest.mark.parametrize(
    ("answer", "titles", "errors"),
    [
        ({}, [], []),
        (
            {"response_action": "errors", "errors": {"b": "Nog leeg"}},
            ["Een vraag"],
            [{"b": "Nog leeg"}],
        ),
        ({"response_action": "update", "view": modal("Nieuw")}, ["Nieuw"], [{}]),
        ({"response_action": "push", "view": modal("Nieuw")}, ["Een vraag", "Nieuw"], [{}, {}]),
        ({"response_action": "clear"}, [], []),
    ],
)
def test_the_answer_to_a_form_does_what_it_says(
    slack, bot, client, pressed, answer, titles, errors
):
    bot.answer = answer
    trigger = pressed["trigger_id"]
    view = client.views_open(trigger_id=trigger, view=modal(callback_id="form"))["view"]
    values = {"b": {"a": {"type": "plain_text_input", "value": "tekst"}}}
    slack.workspace.submit(SANNE, view["id"], values)
    assert bot.heard[-1]["view"]["state"]["values"] == values
    shown = slack.workspace.views(SANNE)
    assert [v.spec["title"]["text"] for v in shown] == titles
    assert [v.errors for v in shown] == errors


def test_a_response_url_works_five_times_and_half_an_hour(slack, pressed, here):
    def respond(**body):
        return httpx.post(pressed["response_url"], json=body, trust_env=False).status_code

    answers = [respond(text=f"{n}", replace_original=n == 1) for n in range(6)]
    assert answers == [200] * 5 + [404]
    said = [m.text for m in slack.workspace.messages(SANNE, here)]
    assert said == ["1", "0", "2", "3", "4"]
    assert [m.text for m in slack.workspace.messages(MEHMET, here)] == ["1"]


# trouble


@pytest.mark.parametrize("fault", ["500", "drop", "429", "token_revoked"])
def test_slack_fails_as_told_and_then_works_again(slack, client, here, fault):
    slack.api.fail("chat.postMessage", fault)
    with pytest.raises((SlackApiError, OSError)):
        client.chat_postMessage(channel=here, text="een")
    assert slack.workspace.messages(SANNE, here) == []
    assert client.chat_postMessage(channel=here, text="twee")["ok"]
    assert slack.api.counts()["chat.postMessage"] >= 1


def test_what_slack_took_before_the_line_broke_stands_there(slack, client, here):
    slack.api.fail("chat.postMessage", "drop_after")
    with pytest.raises((SlackApiError, OSError)):
        client.chat_postMessage(channel=here, text="een")
    assert [m.text for m in slack.workspace.messages(SANNE, here)] == ["een"]


def test_the_page_is_no_part_of_the_server():
    seen = "import sys, playground.slack.server; sys.exit('nicegui' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", seen]).returncode == 0

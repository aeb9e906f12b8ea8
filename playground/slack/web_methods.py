"""The methods of Slack's Web API.

Each takes a workspace and a call's arguments, and returns the answer without `ok` or raises
`SlackError`.
"""

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from playground.slack.validation import SlackError
from playground.slack.workspace import APP, BOT_ID, Conversation, Message, View, Workspace

Json = dict[str, Any]

DEFAULT_PAGE_SIZE = 100
MAX_PAGE_SIZE = 999
MAX_ALT_TEXT = 1000
_CHANNEL_NAME = re.compile(r"[\w-]{1,80}")


def _required(args: Json, name: str) -> Any:
    """Return an argument. Raise `SlackError` when it is absent or empty."""
    if args.get(name) in (None, ""):
        messages = [f"[ERROR] missing required field: {name}"]
        raise SlackError("invalid_arguments", response_metadata={"messages": messages})
    return args[name]


def _blocks(args: Json) -> list[Json]:
    blocks = args.get("blocks") or []
    if not isinstance(blocks, list) or not all(isinstance(each, dict) for each in blocks):
        raise SlackError("invalid_blocks_format")
    return blocks


def _flag(args: Json, name: str) -> bool:
    return str(args.get(name)).lower() in ("true", "1")


def _conversation(workspace: Workspace, args: Json) -> Conversation:
    """Return the conversation of a call. Raise `SlackError` when the bot cannot see it."""
    place = workspace.channels.get(str(_required(args, "channel")))
    if place is None or (place.kind != "channel" and workspace.bot.id not in place.members):
        raise SlackError("channel_not_found")
    return place


def _page(items: list[Json], args: Json) -> tuple[list[Json], Json]:
    """Return the page of a list that `cursor` and `limit` ask for, and the next cursor.

    A cursor is the index at which a page begins.
    """
    cursor, limit = str(args.get("cursor") or "0"), str(args.get("limit") or DEFAULT_PAGE_SIZE)
    if not cursor.isdigit():
        raise SlackError("invalid_cursor")
    if not limit.isdigit() or not 1 <= int(limit) <= MAX_PAGE_SIZE:
        raise SlackError("invalid_limit")
    start, end = int(cursor), int(cursor) + int(limit)
    next_cursor = str(end) if end < len(items) else ""
    return items[start:end], {"response_metadata": {"next_cursor": next_cursor}}


# messages


def _as_message(message: Message) -> Json:
    return {"ts": message.ts, "text": message.text, "bot_id": BOT_ID, "type": "message"}


def _post(workspace: Workspace, args: Json, *, ephemeral: bool = False) -> Json:
    channel = str(_required(args, "channel"))
    if channel[:1] in ("U", "W"):  # the id of a user: post in the direct messages
        if channel not in workspace.users:
            raise SlackError("channel_not_found")
        channel = workspace.open_dm(channel).id
    metadata = args.get("metadata") or None
    if metadata is not None and not {"event_type", "event_payload"} <= set(metadata):
        raise SlackError("invalid_metadata_format")
    message = workspace.bot_post(
        channel,
        text=str(args.get("text") or ""),
        blocks=_blocks(args),
        thread_ts=args.get("thread_ts") or None,
        metadata=metadata,
        ephemeral_to=str(_required(args, "user")) if ephemeral else None,
    )
    if ephemeral:
        return {"message_ts": message.ts}
    return {"channel": channel, "ts": message.ts, "message": _as_message(message)}


def _update(workspace: Workspace, args: Json) -> Json:
    message = workspace.bot_update(
        _conversation(workspace, args).id,
        str(_required(args, "ts")),
        text=str(args.get("text") or ""),
        blocks=_blocks(args),
    )
    shown = _as_message(message)
    return {"channel": message.channel, "ts": message.ts, "text": message.text, "message": shown}


def _delete(workspace: Workspace, args: Json) -> Json:
    place, ts = _conversation(workspace, args), str(_required(args, "ts"))
    workspace.bot_delete(place.id, ts)
    return {"channel": place.id, "ts": ts}


def _permalink(workspace: Workspace, args: Json) -> Json:
    place, ts = _conversation(workspace, args), str(_required(args, "message_ts"))
    return {"channel": place.id, "permalink": workspace.permalink(place.id, ts)}


def _pin(workspace: Workspace, args: Json) -> Json:
    workspace.bot_pin(_conversation(workspace, args).id, str(_required(args, "timestamp")))
    return {}


# files


def _upload_url(workspace: Workspace, args: Json) -> Json:
    length = str(_required(args, "length"))
    if not length.isdigit() or not int(length):
        messages = ["[ERROR] must be greater than 0 [json-pointer:/length]"]
        raise SlackError("invalid_arguments", response_metadata={"messages": messages})
    name, alt = str(_required(args, "filename")), str(args.get("alt_txt") or "")
    if len(alt) > MAX_ALT_TEXT:
        raise SlackError("alt_txt_too_large")
    id_, url = workspace.bot_announce(name, int(length), alt)
    return {"file_id": id_, "upload_url": url}


def _complete_upload(workspace: Workspace, args: Json) -> Json:
    files = _required(args, "files")
    if not isinstance(files, list) or not all(isinstance(f, dict) and f.get("id") for f in files):
        raise SlackError("invalid_arguments")
    shared = workspace.bot_share(
        {str(each["id"]): str(each.get("title") or "") for each in files},
        str(_required(args, "channel_id")),
        text=str(args.get("initial_comment") or ""),
        thread_ts=args.get("thread_ts") or None,
    )
    return {"files": [{"id": each.id, "title": each.title} for each in shared]}


def _delete_file(workspace: Workspace, args: Json) -> Json:
    workspace.bot_delete_file(str(_required(args, "file")))
    return {}


# conversations


def _open_dm(workspace: Workspace, args: Json) -> Json:
    users = _required(args, "users")
    user = str(users[0] if isinstance(users, list) else str(users).split(",")[0])
    person = workspace.users.get(user)
    if person is None:
        raise SlackError("user_not_found")
    if person.deleted:
        raise SlackError("user_disabled")
    return {"channel": {"id": workspace.open_dm(user).id}}


def _as_conversation(workspace: Workspace, place: Conversation) -> Json:
    return {
        "id": place.id,
        "name": place.name,
        "is_channel": place.kind == "channel",
        "is_member": workspace.bot.id in place.members,
        "is_private": place.kind == "private",
        "is_im": place.kind == "dm",
        "is_mpim": False,
        "is_archived": place.archived,
        "is_ext_shared": bool(place.shared_with),
        "is_org_shared": place.org_wide,
        "is_shared": bool(place.shared_with) or place.org_wide,
        "is_pending_ext_shared": place.invited,
        "connected_team_ids": sorted(place.shared_with),
    }


def _conversation_info(workspace: Workspace, args: Json) -> Json:
    place = _conversation(workspace, args)
    told = _as_conversation(workspace, place)
    if _flag(args, "include_num_members"):
        told["num_members"] = len(place.members)
    return {"channel": told}


def _create(workspace: Workspace, args: Json) -> Json:
    name = str(_required(args, "name"))
    if not _CHANNEL_NAME.fullmatch(name):
        raise SlackError("invalid_name_specials")
    place = workspace.bot_create(name, private=_flag(args, "is_private"))
    return {"channel": _as_conversation(workspace, place)}


def _invite(workspace: Workspace, args: Json) -> Json:
    place, users = _conversation(workspace, args), str(_required(args, "users")).split(",")
    if set(users) <= place.members:
        raise SlackError("already_in_channel")
    invited = workspace.bot_invite(place.id, users)
    return {"channel": _as_conversation(workspace, invited)}


def _conversations(workspace: Workspace, args: Json) -> Json:
    public = [c for c in workspace.channels.values() if c.kind == "channel"]
    page, cursor = _page([_as_conversation(workspace, c) for c in public], args)
    return {"channels": page, **cursor}


def _join(workspace: Workspace, args: Json) -> Json:
    place = _conversation(workspace, args)
    if place.archived:
        raise SlackError("is_archived")
    if place.kind != "channel":
        raise SlackError("method_not_supported_for_channel_type")
    workspace.join(workspace.bot.id, place.id)
    return {"channel": _as_conversation(workspace, place)}


def _members(workspace: Workspace, args: Json) -> Json:
    ids = [{"id": id_} for id_ in sorted(_conversation(workspace, args).members)]
    page, cursor = _page(ids, args)
    return {"members": [each["id"] for each in page], **cursor}


def _history(workspace: Workspace, args: Json, *, replies: bool = False) -> Json:
    """List a channel, newest first, or the `replies` of a thread, oldest first, as Slack does."""
    channel = _conversation(workspace, args).id
    if replies:
        messages = workspace.history(channel, str(_required(args, "ts")))[::-1]
        if not messages:
            raise SlackError("thread_not_found")
    else:
        messages = workspace.history(channel)
    # timestamps are compared as text, and "~" sorts after every digit
    oldest, latest = str(args.get("oldest") or ""), str(args.get("latest") or "~")
    messages = [each for each in messages if oldest < each["ts"] < latest]
    page, cursor = _page(messages, args)
    if not _flag(args, "include_all_metadata"):
        page = [{k: v for k, v in each.items() if k != "metadata"} for each in page]
    has_more = bool(cursor["response_metadata"]["next_cursor"])
    return {"messages": page, "has_more": has_more, **cursor}


# people


def _user(workspace: Workspace, args: Json) -> Json:
    user = workspace.as_user(str(_required(args, "user")))
    if not _flag(args, "include_locale"):
        user.pop("locale")
    return {"user": user}


def _users(workspace: Workspace, args: Json) -> Json:
    page, cursor = _page([workspace.as_user(user) for user in workspace.users], args)
    return {"members": page, **cursor}


def _auth(workspace: Workspace, _args: Json) -> Json:
    return {
        "url": "https://playground.slack.com/",
        "team_id": workspace.team,
        "user": workspace.bot.name,
        "user_id": workspace.bot.id,
        "bot_id": BOT_ID,
        **({"enterprise_id": workspace.enterprise} if workspace.enterprise else {}),
    }


def _bot(workspace: Workspace, args: Json) -> Json:
    if args.get("bot", BOT_ID) != BOT_ID:
        raise SlackError("bot_not_found")
    bot = workspace.bot
    return {"bot": {"id": BOT_ID, "app_id": APP, "user_id": bot.id, "name": bot.name}}


def _team(workspace: Workspace, _args: Json) -> Json:
    return {"team": {"id": workspace.team, "name": "Playground", "domain": "playground"}}


# views


def _view(args: Json) -> Json:
    view = _required(args, "view")
    if not isinstance(view, dict):
        raise SlackError("invalid_arguments")
    return view


def _as_view(view: View) -> Json:
    return {"view": {"id": view.id, "hash": view.hash, **view.spec}}


def _open_view(workspace: Workspace, args: Json, *, push: bool = False) -> Json:
    trigger = str(_required(args, "trigger_id"))
    return _as_view(workspace.bot_open(trigger, _view(args), push=push))


def _update_view(workspace: Workspace, args: Json) -> Json:
    id_ = str(_required(args, "view_id"))
    return _as_view(workspace.bot_view_update(id_, _view(args), args.get("hash")))


def _publish(workspace: Workspace, args: Json) -> Json:
    user = str(_required(args, "user_id"))
    return _as_view(workspace.bot_home(user, _view(args), args.get("hash")))


METHODS: Mapping[str, Callable[[Workspace, Json], Json]] = {
    "api.test": lambda _w, a: {"args": a},
    "auth.test": _auth,
    "bots.info": _bot,
    "chat.delete": _delete,
    "chat.getPermalink": _permalink,
    "chat.postEphemeral": partial(_post, ephemeral=True),
    "chat.postMessage": _post,
    "chat.update": _update,
    "conversations.create": _create,
    "conversations.history": _history,
    "conversations.info": _conversation_info,
    "conversations.invite": _invite,
    "conversations.join": _join,
    "conversations.list": _conversations,
    "conversations.members": _members,
    "conversations.open": _open_dm,
    "conversations.replies": partial(_history, replies=True),
    "files.completeUploadExternal": _complete_upload,
    "files.delete": _delete_file,
    "files.getUploadURLExternal": _upload_url,
    "pins.add": _pin,
    "team.info": _team,
    "users.info": _user,
    "users.list": _users,
    "views.open": _open_view,
    "views.publish": _publish,
    "views.push": partial(_open_view, push=True),
    "views.update": _update_view,
}
"""The methods by their names in Slack's reference."""

"""The methods of Slack's Web API: each turns arguments into an answer, or a `SlackError`."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from playground.slack.validation import SlackError
from playground.slack.workspace import APP, BOT_ID, TEAM, Conversation, Message, View, Workspace

Json = dict[str, Any]

PAGE = 100
MOST_PAGE = 999
MOST_ALT = 1000


def _needed(args: Json, name: str) -> Any:
    """Give an argument that a method cannot do without."""
    if args.get(name) in (None, ""):
        said = [f"[ERROR] missing required field: {name}"]
        raise SlackError("invalid_arguments", response_metadata={"messages": said})
    return args[name]


def _blocks(args: Json) -> list[Json]:
    found = args.get("blocks") or []
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise SlackError("invalid_blocks_format")
    return found


def _wants(args: Json, name: str) -> bool:
    return str(args.get(name)).lower() in ("true", "1")


def _there(workspace: Workspace, args: Json) -> Conversation:
    """Give a conversation that the bot can know of."""
    place = workspace.channels.get(str(_needed(args, "channel")))
    if place is None or (place.kind != "channel" and workspace.bot.id not in place.members):
        raise SlackError("channel_not_found")
    return place


def _page(found: list[Json], args: Json) -> tuple[list[Json], Json]:
    """Cut a page out of a list; the cursor is where the next one begins."""
    cursor, limit = str(args.get("cursor") or "0"), str(args.get("limit") or PAGE)
    if not cursor.isdigit():
        raise SlackError("invalid_cursor")
    if not limit.isdigit() or not 1 <= int(limit) <= MOST_PAGE:
        raise SlackError("invalid_limit")
    start, most = int(cursor), int(limit)
    more = start + most < len(found)
    following = str(start + most) if more else ""
    return found[start : start + most], {"response_metadata": {"next_cursor": following}}


# messages


def _said(said: Message) -> Json:
    return {"ts": said.ts, "text": said.text, "bot_id": BOT_ID, "type": "message"}


def _post(workspace: Workspace, args: Json, *, ephemeral: bool = False) -> Json:
    channel = str(_needed(args, "channel"))
    if channel[:1] in ("U", "W"):
        if channel not in workspace.users:
            raise SlackError("channel_not_found")
        channel = workspace.open_dm(channel).id
    metadata = args.get("metadata") or None
    if metadata is not None and not {"event_type", "event_payload"} <= set(metadata):
        raise SlackError("invalid_metadata_format")
    said = workspace.bot_post(
        channel,
        text=str(args.get("text") or ""),
        blocks=_blocks(args),
        thread_ts=args.get("thread_ts") or None,
        metadata=metadata,
        ephemeral_to=str(_needed(args, "user")) if ephemeral else None,
    )
    if ephemeral:
        return {"message_ts": said.ts}
    return {"channel": channel, "ts": said.ts, "message": _said(said)}


def _update(workspace: Workspace, args: Json) -> Json:
    said = workspace.bot_update(
        _there(workspace, args).id,
        str(_needed(args, "ts")),
        text=str(args.get("text") or ""),
        blocks=_blocks(args),
    )
    return {"channel": said.channel, "ts": said.ts, "text": said.text, "message": _said(said)}


def _delete(workspace: Workspace, args: Json) -> Json:
    place, ts = _there(workspace, args), str(_needed(args, "ts"))
    workspace.bot_delete(place.id, ts)
    return {"channel": place.id, "ts": ts}


def _permalink(workspace: Workspace, args: Json) -> Json:
    place, ts = _there(workspace, args), str(_needed(args, "message_ts"))
    return {"channel": place.id, "permalink": workspace.permalink(place.id, ts)}


def _pin(workspace: Workspace, args: Json) -> Json:
    workspace.bot_pin(_there(workspace, args).id, str(_needed(args, "timestamp")))
    return {}


# files


def _upload_url(workspace: Workspace, args: Json) -> Json:
    length = str(_needed(args, "length"))
    if not length.isdigit() or not int(length):
        said = ["[ERROR] must be greater than 0 [json-pointer:/length]"]
        raise SlackError("invalid_arguments", response_metadata={"messages": said})
    name, alt = str(_needed(args, "filename")), str(args.get("alt_txt") or "")
    if len(alt) > MOST_ALT:
        raise SlackError("alt_txt_too_large")
    id_, url = workspace.bot_announce(name, int(length), alt)
    return {"file_id": id_, "upload_url": url}


def _complete_upload(workspace: Workspace, args: Json) -> Json:
    files = _needed(args, "files")
    if not isinstance(files, list) or not all(isinstance(f, dict) and f.get("id") for f in files):
        raise SlackError("invalid_arguments")
    shared = workspace.bot_share(
        {str(each["id"]): str(each.get("title") or "") for each in files},
        str(_needed(args, "channel_id")),
        text=str(args.get("initial_comment") or ""),
        thread_ts=args.get("thread_ts") or None,
    )
    return {"files": [{"id": each.id, "title": each.title} for each in shared]}


# conversations


def _open_dm(workspace: Workspace, args: Json) -> Json:
    users = _needed(args, "users")
    user = str(users[0] if isinstance(users, list) else str(users).split(",")[0])
    found = workspace.users.get(user)
    if found is None:
        raise SlackError("user_not_found")
    if found.deleted:
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
        "is_archived": place.archived,
    }


def _conversation(workspace: Workspace, args: Json) -> Json:
    return {"channel": _as_conversation(workspace, _there(workspace, args))}


def _conversations(workspace: Workspace, args: Json) -> Json:
    open_ = [c for c in workspace.channels.values() if c.kind == "channel"]
    shown, following = _page([_as_conversation(workspace, c) for c in open_], args)
    return {"channels": shown, **following}


def _join(workspace: Workspace, args: Json) -> Json:
    place = _there(workspace, args)
    if place.archived:
        raise SlackError("is_archived")
    if place.kind != "channel":
        raise SlackError("method_not_supported_for_channel_type")
    workspace.join(workspace.bot.id, place.id)
    return {"channel": _as_conversation(workspace, place)}


def _members(workspace: Workspace, args: Json) -> Json:
    ids = [{"id": id_} for id_ in sorted(_there(workspace, args).members)]
    shown, following = _page(ids, args)
    return {"members": [each["id"] for each in shown], **following}


def _history(workspace: Workspace, args: Json, *, replies: bool = False) -> Json:
    """Give a channel, newest first, or a thread, oldest first: as Slack does."""
    channel = _there(workspace, args).id
    if replies:
        found = workspace.history(channel, str(_needed(args, "ts")))[::-1]
        if not found:
            raise SlackError("thread_not_found")
    else:
        found = workspace.history(channel)
    oldest, latest = str(args.get("oldest") or ""), str(args.get("latest") or "~")
    found = [each for each in found if oldest < each["ts"] < latest]
    shown, following = _page(found, args)
    if not _wants(args, "include_all_metadata"):
        shown = [{k: v for k, v in each.items() if k != "metadata"} for each in shown]
    more = bool(following["response_metadata"]["next_cursor"])
    return {"messages": shown, "has_more": more, **following}


# people


def _user(workspace: Workspace, args: Json) -> Json:
    found = workspace.as_user(str(_needed(args, "user")))
    if not _wants(args, "include_locale"):
        found.pop("locale")
    return {"user": found}


def _users(workspace: Workspace, args: Json) -> Json:
    shown, following = _page([workspace.as_user(user) for user in workspace.users], args)
    return {"members": shown, **following}


def _auth(workspace: Workspace, _args: Json) -> Json:
    return {
        "url": "https://playground.slack.com/",
        "team_id": TEAM,
        "user": workspace.bot.name,
        "user_id": workspace.bot.id,
        "bot_id": BOT_ID,
    }


def _bot(workspace: Workspace, args: Json) -> Json:
    if args.get("bot", BOT_ID) != BOT_ID:
        raise SlackError("bot_not_found")
    bot = workspace.bot
    return {"bot": {"id": BOT_ID, "app_id": APP, "user_id": bot.id, "name": bot.name}}


def _team(_workspace: Workspace, _args: Json) -> Json:
    return {"team": {"id": TEAM, "name": "Playground", "domain": "playground"}}


# views


def _view(args: Json) -> Json:
    found = _needed(args, "view")
    if not isinstance(found, dict):
        raise SlackError("invalid_arguments")
    return found


def _answer(view: View) -> Json:
    return {"view": {"id": view.id, "hash": view.hash, **view.spec}}


def _open(workspace: Workspace, args: Json, *, push: bool = False) -> Json:
    return _answer(workspace.bot_open(str(_needed(args, "trigger_id")), _view(args), push=push))


def _view_update(workspace: Workspace, args: Json) -> Json:
    id_ = str(_needed(args, "view_id"))
    return _answer(workspace.bot_view_update(id_, _view(args), args.get("hash")))


def _publish(workspace: Workspace, args: Json) -> Json:
    user = str(_needed(args, "user_id"))
    return _answer(workspace.bot_home(user, _view(args), args.get("hash")))


METHODS: Mapping[str, Callable[[Workspace, Json], Json]] = {
    "api.test": lambda _w, a: {"args": a},
    "auth.test": _auth,
    "bots.info": _bot,
    "chat.delete": _delete,
    "chat.getPermalink": _permalink,
    "chat.postEphemeral": partial(_post, ephemeral=True),
    "chat.postMessage": _post,
    "chat.update": _update,
    "conversations.history": _history,
    "conversations.info": _conversation,
    "conversations.join": _join,
    "conversations.list": _conversations,
    "conversations.members": _members,
    "conversations.open": _open_dm,
    "conversations.replies": partial(_history, replies=True),
    "files.completeUploadExternal": _complete_upload,
    "files.getUploadURLExternal": _upload_url,
    "pins.add": _pin,
    "team.info": _team,
    "users.info": _user,
    "users.list": _users,
    "views.open": _open,
    "views.publish": _publish,
    "views.push": partial(_open, push=True),
    "views.update": _view_update,
}

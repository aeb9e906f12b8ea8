"""The checks with which Slack refuses messages, views and blocks.

The limits are those of Slack's reference for Block Kit and views, as of November 2026.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from bot import limits

Json = dict[str, Any]


class SlackError(Exception):
    """An answer with `ok: false`: Slack's name of the error, and other fields of the answer."""

    def __init__(self, name: str, **detail: Any) -> None:
        super().__init__(name)
        self.name = name
        self.detail = detail


MAX_BLOCKS = {
    "message": limits.MESSAGE_BLOCKS,
    "modal": limits.VIEW_BLOCKS,
    "home": limits.VIEW_BLOCKS,
}
MAX_TEXT = 40_000
MAX_MARKDOWN = 12_000
MAX_ROWS, MAX_CELLS = 100, 20
MAX_VIEW_BYTES = 250_000
MAX_ID = limits.ID_CHARACTERS
"""The longest action id, block id and callback id."""

SURFACES: Mapping[str, frozenset[str]] = {
    "section": frozenset({"message", "modal", "home"}),
    "divider": frozenset({"message", "modal", "home"}),
    "header": frozenset({"message", "modal", "home"}),
    "context": frozenset({"message", "modal", "home"}),
    "actions": frozenset({"message", "modal", "home"}),
    "image": frozenset({"message", "modal", "home"}),
    "rich_text": frozenset({"message", "modal", "home"}),
    "input": frozenset({"message", "modal", "home"}),
    "markdown": frozenset({"message"}),
    "video": frozenset({"message", "modal", "home"}),
    "file": frozenset({"message"}),
    "alert": frozenset({"modal"}),
    "card": frozenset({"message", "home"}),
    "carousel": frozenset({"message", "home"}),
    "table": frozenset({"message"}),
    "plan": frozenset({"message"}),
    "task_card": frozenset({"message"}),
    "context_actions": frozenset({"message"}),
}
"""The surfaces on which each type of block is allowed."""

SOURCES = ("static", "external", "users", "conversations", "channels")
SELECTS = frozenset(f"{source}_select" for source in SOURCES)
MULTI_SELECTS = frozenset(f"multi_{each}" for each in SELECTS)
ACTION_ELEMENTS = SELECTS | {
    "button",
    "overflow",
    "datepicker",
    "timepicker",
    "datetimepicker",
    "radio_buttons",
    "checkboxes",
    "workflow_button",
}
ACCESSORIES = ACTION_ELEMENTS | MULTI_SELECTS
INPUT_ELEMENTS = (ACCESSORIES - {"button", "overflow", "workflow_button"}) | {
    "plain_text_input",
    "rich_text_input",
    "number_input",
    "email_text_input",
    "url_text_input",
    "file_input",
}
RICH_PARTS = ("rich_text_section", "rich_text_list", "rich_text_preformatted", "rich_text_quote")
RICH_ELEMENTS = frozenset(
    {"text", "link", "user", "usergroup", "channel", "emoji", "broadcast", "date", "color"}
)
MAX_OPTIONS = {
    "static_select": limits.OPTIONS,
    "multi_static_select": limits.OPTIONS,
    "radio_buttons": 10,
    "checkboxes": 10,
    "overflow": limits.OVERFLOW_OPTIONS,
}


def check_message(text: str, blocks: list[Json]) -> None:
    """Check the text and blocks of a message. Raise `SlackError` for what Slack refuses."""
    if not text and not blocks:
        raise SlackError("no_text")
    if len(text) > MAX_TEXT:
        raise SlackError("msg_too_long")
    if limits.characters(blocks) > limits.MESSAGE_CHARACTERS:
        raise SlackError("msg_blocks_too_long")
    check_blocks(blocks, "message")


def check_view(view: Json, kind: str) -> None:
    """Check a view of this kind, `modal` or `home`. Raise `SlackError` for what Slack refuses."""
    problems: list[str] = []
    if view.get("type") != kind:
        problems.append(f"view has to be of type {kind}")
    if kind == "modal":
        for part in ("title", "submit", "close"):
            if part in view or part == "title":
                _text(
                    view.get(part), limits.TITLE_CHARACTERS, part, problems, kinds=("plain_text",)
                )
        inputs = any(block.get("type") == "input" for block in view.get("blocks", ()))
        if inputs and "submit" not in view:
            problems.append("a form with inputs needs a submit")
    _length(
        view.get("private_metadata", ""), limits.METADATA_CHARACTERS, "private_metadata", problems
    )
    _length(view.get("callback_id", ""), MAX_ID, "callback_id", problems)
    if not view.get("blocks"):
        problems.append("view has no blocks")
    if len(json.dumps(view).encode()) > MAX_VIEW_BYTES:
        problems.append(f"view has more than {MAX_VIEW_BYTES} bytes")
    if problems:
        raise _refusal(problems, "invalid_arguments")
    check_blocks(view["blocks"], kind)


def check_blocks(blocks: list[Json], surface: str) -> None:
    """Check blocks on a surface, a key of `MAX_BLOCKS`. Raise `SlackError` to refuse them."""
    problems: list[str] = []
    if len(blocks) > MAX_BLOCKS[surface]:
        problems.append(f"no more than {MAX_BLOCKS[surface]} blocks allowed")
    _unique((b.get("block_id") for b in blocks), "block_id", problems)
    if sum(block.get("type") == "table" for block in blocks) > 1:
        raise SlackError("invalid_attachments")  # Slack allows one table in a message
    for n, block in enumerate(blocks):
        _block(block, surface, f"/blocks/{n}", problems)
    if problems:
        raise _refusal(problems, "invalid_blocks")


def _refusal(problems: list[str], name: str) -> SlackError:
    messages = [f"[ERROR] {problem}" for problem in problems]
    return SlackError(name, response_metadata={"messages": messages})


# Each function below adds what is wrong to `problems`; `at` is the JSON pointer of its subject.


def _block(block: Json, surface: str, at: str, problems: list[str]) -> None:
    kind = str(block.get("type"))
    if kind not in SURFACES:
        problems.append(f"unsupported type: {kind} [json-pointer:{at}/type]")
        return
    if surface not in SURFACES[kind]:
        problems.append(f"{kind} is not allowed here [json-pointer:{at}]")
    _length(block.get("block_id", ""), MAX_ID, f"{at}/block_id", problems)
    check = CHECKS.get(kind)
    if check is not None:
        check(block, at, problems)


def _section(block: Json, at: str, problems: list[str]) -> None:
    if "text" not in block and "fields" not in block:
        problems.append(f"a section needs text or fields [json-pointer:{at}]")
    if "text" in block:
        _text(block["text"], limits.SECTION_CHARACTERS, f"{at}/text", problems)
    fields = block.get("fields", [])
    if len(fields) > 10:
        problems.append(f"no more than 10 fields [json-pointer:{at}/fields]")
    for n, each in enumerate(fields):
        _text(each, 2000, f"{at}/fields/{n}", problems)
    if "accessory" in block and block["accessory"].get("type") != "image":
        _element(block["accessory"], ACCESSORIES, f"{at}/accessory", problems)


def _header(block: Json, at: str, problems: list[str]) -> None:
    _text(block.get("text"), 150, f"{at}/text", problems, kinds=("plain_text",))


def _context(block: Json, at: str, problems: list[str]) -> None:
    elements = block.get("elements", [])
    if not 1 <= len(elements) <= 10:
        problems.append(f"1 to 10 elements allowed [json-pointer:{at}/elements]")
    for n, each in enumerate(elements):
        if each.get("type") == "image":
            _image(each, f"{at}/elements/{n}", problems)
        else:
            _text(each, 3000, f"{at}/elements/{n}", problems)


def _actions(block: Json, at: str, problems: list[str]) -> None:
    elements = block.get("elements", [])
    if not 1 <= len(elements) <= 25:
        problems.append(f"1 to 25 elements allowed [json-pointer:{at}/elements]")
    _unique((e.get("action_id") for e in elements), "action_id", problems)
    for n, each in enumerate(elements):
        _element(each, ACTION_ELEMENTS, f"{at}/elements/{n}", problems)


def _input(block: Json, at: str, problems: list[str]) -> None:
    _text(block.get("label"), 2000, f"{at}/label", problems, kinds=("plain_text",))
    if "hint" in block:
        _text(block["hint"], 2000, f"{at}/hint", problems, kinds=("plain_text",))
    _element(block.get("element", {}), INPUT_ELEMENTS, f"{at}/element", problems)


def _image(block: Json, at: str, problems: list[str]) -> None:
    _length(block.get("alt_text", ""), 2000, f"{at}/alt_text", problems, shortest=1)
    if "title" in block:
        _text(block["title"], 2000, f"{at}/title", problems, kinds=("plain_text",))
    if "image_url" in block:
        _length(block["image_url"], 3000, f"{at}/image_url", problems, shortest=1)
    elif "slack_file" not in block:
        problems.append(f"an image needs image_url or slack_file [json-pointer:{at}]")


def _markdown(block: Json, at: str, problems: list[str]) -> None:
    _length(block.get("text", ""), MAX_MARKDOWN, f"{at}/text", problems, shortest=1)


def _rich_text(block: Json, at: str, problems: list[str]) -> None:
    if not block.get("elements"):
        problems.append(f"a rich_text needs elements [json-pointer:{at}/elements]")
    for n, part in enumerate(block.get("elements", [])):
        here = f"{at}/elements/{n}"
        if part.get("type") not in RICH_PARTS:
            problems.append(f"unsupported type: {part.get('type')} [json-pointer:{here}/type]")
        elif part["type"] != "rich_text_list":
            _rich_part(part, here, problems)
        elif part.get("style") not in ("bullet", "ordered"):
            problems.append(f"a list is bullet or ordered [json-pointer:{here}/style]")
        else:
            for m, row in enumerate(part.get("elements", [])):
                _rich_part(row, f"{here}/elements/{m}", problems)


def _rich_part(part: Json, at: str, problems: list[str]) -> None:
    for n, each in enumerate(part.get("elements", [])):
        here = f"{at}/elements/{n}"
        if each.get("type") not in RICH_ELEMENTS:
            problems.append(f"unsupported type: {each.get('type')} [json-pointer:{here}/type]")
        elif each["type"] == "text" and not each.get("text"):
            problems.append(f"text must not be empty [json-pointer:{here}/text]")


def _table(block: Json, at: str, problems: list[str]) -> None:
    rows = block.get("rows", [])
    if not 1 <= len(rows) <= MAX_ROWS:
        problems.append(f"1 to {MAX_ROWS} rows allowed [json-pointer:{at}/rows]")
    for n, row in enumerate(rows):
        here = f"{at}/rows/{n}"
        if not 1 <= len(row) <= MAX_CELLS:
            problems.append(f"1 to {MAX_CELLS} cells allowed [json-pointer:{here}]")
        for m, cell in enumerate(row):
            if cell.get("type") == "rich_text":
                _rich_text(cell, f"{here}/{m}", problems)
            elif cell.get("type") != "raw_text":
                problems.append(f"unsupported type: {cell.get('type')} [json-pointer:{here}/{m}]")
            elif not cell.get("text"):
                problems.append(f"text must not be empty [json-pointer:{here}/{m}/text]")


CHECKS: Mapping[str, Callable[[Json, str, list[str]], None]] = {
    "section": _section,
    "header": _header,
    "context": _context,
    "actions": _actions,
    "input": _input,
    "image": _image,
    "markdown": _markdown,
    "rich_text": _rich_text,
    "table": _table,
}


def _element(element: Json, allowed: Iterable[str], at: str, problems: list[str]) -> None:
    kind = str(element.get("type"))
    if kind not in allowed:
        problems.append(f"unsupported type: {kind} [json-pointer:{at}/type]")
        return
    _length(element.get("action_id", ""), MAX_ID, f"{at}/action_id", problems)
    if kind == "button":
        _text(
            element.get("text"),
            limits.BUTTON_CHARACTERS,
            f"{at}/text",
            problems,
            kinds=("plain_text",),
        )
        _length(element.get("value", ""), 2000, f"{at}/value", problems)
        _length(element.get("url", ""), 3000, f"{at}/url", problems)
        if element.get("style", "primary") not in ("primary", "danger"):
            problems.append(f"unknown style [json-pointer:{at}/style]")
    if "placeholder" in element:
        _text(element["placeholder"], 150, f"{at}/placeholder", problems, kinds=("plain_text",))
    if "confirm" in element:
        _confirm(element["confirm"], f"{at}/confirm", problems)
    if kind in MAX_OPTIONS:
        _options(element, kind, at, problems)
    if kind == "plain_text_input":
        if not 0 < element.get("max_length", 1) <= limits.INPUT_CHARACTERS:
            problems.append(f"max_length is 3000 at most [json-pointer:{at}/max_length]")
        _length(
            element.get("initial_value", ""),
            limits.INPUT_CHARACTERS,
            f"{at}/initial_value",
            problems,
        )


def _confirm(confirm: Json, at: str, problems: list[str]) -> None:
    _text(confirm.get("title"), 100, f"{at}/title", problems, kinds=("plain_text",))
    _text(confirm.get("text"), 300, f"{at}/text", problems)
    for part in ("confirm", "deny"):
        _text(confirm.get(part), 30, f"{at}/{part}", problems, kinds=("plain_text",))


def _options(element: Json, kind: str, at: str, problems: list[str]) -> None:
    groups = element.get("option_groups")
    if groups is not None and len(groups) > 100:
        problems.append(f"no more than 100 groups allowed [json-pointer:{at}/option_groups]")
    for n, group in enumerate(groups or ()):
        _text(group.get("label"), 75, f"{at}/option_groups/{n}", problems, kinds=("plain_text",))
    lists = [element.get("options", [])] if groups is None else [g["options"] for g in groups]
    for options in lists:
        _choices(options, kind, at, problems)
    known = [option for options in lists for option in options]
    chosen = [element["initial_option"]] if element.get("initial_option") else []
    if any(each not in known for each in [*chosen, *element.get("initial_options", [])]):
        problems.append(f"an initial option is none of the options [json-pointer:{at}]")


def _choices(options: list[Json], kind: str, at: str, problems: list[str]) -> None:
    if not 1 <= len(options) <= MAX_OPTIONS[kind]:
        problems.append(f"1 to {MAX_OPTIONS[kind]} options allowed [json-pointer:{at}/options]")
    _unique((option.get("value") for option in options), "option value", problems)
    plain = ("plain_text",)
    kinds = ("plain_text", "mrkdwn") if kind in ("radio_buttons", "checkboxes") else plain
    for n, option in enumerate(options):
        here = f"{at}/options/{n}"
        _text(option.get("text"), limits.OPTION_CHARACTERS, f"{here}/text", problems, kinds=kinds)
        _length(option.get("value", ""), 150, f"{here}/value", problems, shortest=1)
        if "description" in option:
            _text(option["description"], 75, f"{here}/description", problems, kinds=kinds)


def _text(
    text: Json | None,
    longest: int,
    at: str,
    problems: list[str],
    *,
    kinds: tuple[str, ...] = ("plain_text", "mrkdwn"),
) -> None:
    if not isinstance(text, dict) or text.get("type") not in kinds:
        problems.append(f"must be {' or '.join(kinds)} [json-pointer:{at}]")
        return
    _length(text.get("text", ""), longest, at, problems, shortest=1)


def _length(value: str, longest: int, at: str, problems: list[str], *, shortest: int = 0) -> None:
    if not shortest <= len(value) <= longest:
        problems.append(f"must be {shortest} to {longest} characters [json-pointer:{at}]")


def _unique(values: Iterable[str | None], what: str, problems: list[str]) -> None:
    named = [value for value in values if value is not None]
    twice = {value for value in named if named.count(value) > 1}
    problems.extend(f"{what} {value} occurs twice" for value in sorted(twice))

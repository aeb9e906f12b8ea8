"""What Slack refuses in blocks, forms and homes is refused here, with the place of it."""

import pytest

from playground.slack.validation import SlackError, check_message, check_view


def plain(text="x"):
    return {"type": "plain_text", "text": text}


def mrkdwn(text="x"):
    return {"type": "mrkdwn", "text": text}


def section(**more):
    return {"type": "section", "text": mrkdwn(), **more}


def button(**more):
    return {"type": "button", "action_id": "a", "text": plain(), **more}


def actions(*elements, **more):
    return {"type": "actions", "elements": list(elements) or [button()], **more}


def options(n, **more):
    return [{"text": plain(), "value": f"{i}", **more} for i in range(n)]


def select(kind="static_select", **more):
    return {"type": kind, "action_id": "s", "options": options(2), **more}


def entry(element=None, **more):
    element = element or {"type": "plain_text_input", "action_id": "t"}
    return {"type": "input", "label": plain(), "element": element, **more}


def rich(*elements, kind="rich_text_section", **more):
    part = {"type": kind, "elements": list(elements), **more}
    return {"type": "rich_text", "elements": [part]}


def context(*elements):
    return {"type": "context", "elements": list(elements)}


def confirm(**more):
    return {"title": plain(), "text": mrkdwn(), "confirm": plain(), "deny": plain(), **more}


def group(n):
    return {"label": plain(), "options": options(n)}


MESSAGES = [
    ([section()] * 51, "no more than 50 blocks"),
    ([section(text=mrkdwn("x" * 3001))], "/blocks/0/text"),
    ([section(text=mrkdwn(""))], "/blocks/0/text"),
    ([{"type": "section"}], "needs text or fields"),
    ([section(fields=[mrkdwn()] * 11)], "/blocks/0/fields"),
    ([section(fields=[mrkdwn("x" * 2001)])], "/blocks/0/fields/0"),
    ([section(block_id="x" * 256)], "/blocks/0/block_id"),
    ([section(block_id="b"), section(block_id="b")], "block_id b occurs twice"),
    ([section(accessory={"type": "slider"})], "/blocks/0/accessory/type"),
    ([{"type": "header", "text": plain("x" * 151)}], "/blocks/0/text"),
    ([{"type": "header", "text": mrkdwn()}], "/blocks/0/text"),
    ([{"type": "marquee"}], "/blocks/0/type"),
    ([{"type": "alert"}], "alert is not allowed here"),
    ([{"type": "divider"}, {"type": "image", "image_url": "u"}], "/blocks/1/alt_text"),
    ([{"type": "image", "alt_text": "x"}], "needs image_url"),
    ([context()], "/blocks/0/elements"),
    ([context(*[mrkdwn()] * 11)], "/blocks/0/elements"),
    ([context({"type": "image", "image_url": "u"})], "/blocks/0/elements/0/alt_text"),
    ([actions(*[button(action_id=f"{n}") for n in range(26)])], "/blocks/0/elements"),
    ([actions(button(), button())], "action_id a occurs twice"),
    ([actions(button(text=plain("x" * 76)))], "/blocks/0/elements/0/text"),
    ([actions(button(value="x" * 2001))], "/blocks/0/elements/0/value"),
    ([actions(button(url="x" * 3001))], "/blocks/0/elements/0/url"),
    ([actions(button(style="loud"))], "/blocks/0/elements/0/style"),
    ([actions(button(action_id="x" * 256))], "/blocks/0/elements/0/action_id"),
    ([actions(button(confirm=confirm(title=plain("x" * 101))))], "/confirm/title"),
    ([actions(button(confirm=confirm(text=mrkdwn("x" * 301))))], "/confirm/text"),
    ([actions(button(confirm=confirm(deny=plain("x" * 31))))], "/confirm/deny"),
    ([actions(select(options=[]))], "/elements/0/options"),
    ([actions(select(options=options(101)))], "/elements/0/options"),
    ([actions(select("overflow", options=options(6)))], "/elements/0/options"),
    ([actions(select("checkboxes", options=options(11)))], "/elements/0/options"),
    ([actions(select("radio_buttons", options=options(11)))], "/elements/0/options"),
    ([actions(select(options=options(1) * 2))], "option value 0 occurs twice"),
    ([actions(select(options=options(1, text=plain("x" * 76))))], "/options/0/text"),
    ([actions(select(options=options(1, value="x" * 151)))], "/options/0/value"),
    ([actions(select(options=options(1, description=plain("x" * 76))))], "/description"),
    ([actions(select(placeholder=plain("x" * 151)))], "/elements/0/placeholder"),
    ([actions(select(initial_option=options(3)[2]))], "none of the options"),
    ([actions(select(option_groups=[group(1)] * 101))], "/option_groups"),
    ([{"type": "rich_text", "elements": []}], "/blocks/0/elements"),
    ([rich(kind="rich_text_poem")], "/blocks/0/elements/0/type"),
    ([rich({"type": "text", "text": ""})], "/elements/0/elements/0/text"),
    ([rich({"type": "hologram"})], "/elements/0/elements/0/type"),
    ([rich(kind="rich_text_list", style="starry")], "/elements/0/style"),
]


@pytest.mark.parametrize(("blocks", "place"), MESSAGES)
def test_a_message_is_refused_with_the_place(blocks, place):
    with pytest.raises(SlackError) as raised:
        check_message("x", blocks)
    assert raised.value.name == "invalid_blocks"
    assert place in str(raised.value.detail["response_metadata"]["messages"])


def form(*blocks, **more):
    defaults = {"type": "modal", "title": plain(), "submit": plain(), "blocks": list(blocks)}
    return {**defaults, **more}


def input_with(**more):
    return entry({"type": "plain_text_input", "action_id": "t", **more})


FORMS = [
    (form(section(), title=plain("x" * 25)), "title"),
    (form(section(), submit=plain("x" * 25)), "submit"),
    (form(section(), close=plain("x" * 25)), "close"),
    (form(section(), title=mrkdwn()), "title"),
    (form(section(), private_metadata="x" * 3001), "private_metadata"),
    (form(section(), callback_id="x" * 256), "callback_id"),
    (form(section(), type="home"), "has to be of type modal"),
    (form(), "no blocks"),
    (form(*[section()] * 101), "no more than 100 blocks"),
    (form(*[section(text=mrkdwn("x" * 3000))] * 90), "more than 250000 bytes"),
    ({k: v for k, v in form(entry()).items() if k != "submit"}, "needs a submit"),
    (form({"type": "markdown", "text": "x"}), "markdown is not allowed here"),
    (form(entry(label=plain("x" * 2001))), "/blocks/0/label"),
    (form(entry(hint=mrkdwn())), "/blocks/0/hint"),
    (form(entry(button())), "/blocks/0/element/type"),
    (form(input_with(max_length=3001)), "/element/max_length"),
    (form(input_with(initial_value="x" * 3001)), "/element/initial_value"),
]


@pytest.mark.parametrize(("view", "place"), FORMS)
def test_a_form_is_refused_with_the_place(view, place):
    with pytest.raises(SlackError) as raised:
        check_view(view, "modal")
    assert place in str(raised.value.detail["response_metadata"]["messages"])


def test_a_message_with_too_much_text_is_refused():
    with pytest.raises(SlackError) as raised:
        check_message("x", [section(text=mrkdwn("x" * 2501)) for _ in range(4)])
    assert raised.value.name == "msg_blocks_too_long"


def test_what_keeps_within_the_limits_is_taken():
    menus = [select("multi_static_select"), select(option_groups=[group(2)])]
    listed = {"type": "rich_text_section", "elements": [{"type": "text", "text": "x"}]}
    check_message(
        "",
        [
            section(text=mrkdwn("x" * 3000), fields=[mrkdwn("x" * 2000), *[mrkdwn("x")] * 9]),
            section(accessory=menus[0]),
            actions(button(confirm=confirm()), menus[1]),
            rich({"type": "user", "user_id": "U0"}, {"type": "text", "text": "x"}),
            rich(listed, kind="rich_text_list", style="bullet"),
            context(mrkdwn(), {"type": "image", "image_url": "u", "alt_text": "x"}),
        ],
    )
    check_view(form(*[entry(block_id=f"{n}") for n in range(100)]), "modal")

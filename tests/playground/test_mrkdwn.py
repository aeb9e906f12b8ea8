"""What people type looks as it does in Slack, and nothing in it is HTML of the writer's."""

import pytest

from playground.slack.workspace import escape
from playground.testing import WoundClock, seeded
from playground.ui.emoji import OFFERED, REACTIONS, emoji
from playground.ui.mrkdwn import as_html, rich_html

LINK = '<a href="{0}" target="_blank" rel="noopener noreferrer">{1}</a>'


@pytest.fixture(scope="module")
def workspace():
    return seeded(WoundClock())


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("*dik* _schuin_ ~weg~", "<strong>dik</strong> <em>schuin</em> <s>weg</s>"),
        ("`a *b*` :tada:", "<code>a *b*</code> 🎉"),
        ("om 10:30:45 :geen_emoji:", "om 10:30:45 :geen_emoji:"),
        ("voor\n```\na *b*\n:tada:\n```\nna", "voor<br><pre><code>a *b*\n:tada:</code></pre>na"),
        ("> een\n> twee\ndrie", "<blockquote>een<br>twee</blockquote>drie"),
        ("- een\n- twee\n1. drie", "<ul><li>een</li><li>twee</li></ul><ol><li>drie</li></ol>"),
        ("https://x.org/a_b_c.", LINK.format("https://x.org/a_b_c", "https://x.org/a_b_c") + "."),
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ('https://x.org/"onclick=1', LINK.format(*["https://x.org/&quot;onclick=1"] * 2)),
        ("een\n\ntwee", "een<br><br>twee"),
    ],
)
def test_it_looks_as_in_slack(workspace, typed, shown):
    reader = workspace.users["U0SANNE"]
    assert as_html(escape(typed), workspace, reader, typed=True) == shown


def test_what_an_app_sends_holds_links_and_no_lists(workspace):
    reader = workspace.users["U0SANNE"]
    sent = "5. vijf\n<https://x.org|hier> <javascript:alert(1)|daar> <!channel>"
    assert as_html(sent, workspace, reader) == (
        "5. vijf<br>" + LINK.format("https://x.org", "hier") + " daar "
        '<span class="mention">@channel</span>'
    )


def test_rich_text_has_lists_links_and_emoji(workspace):
    item = {"type": "rich_text_section", "elements": [{"type": "emoji", "name": "tada"}]}
    block = {
        "elements": [
            {"type": "rich_text_list", "style": "bullet", "elements": [item]},
            {"type": "rich_text_section", "elements": [{"type": "link", "url": "https://x.org"}]},
        ]
    }
    link = LINK.format("https://x.org", "https://x.org")
    assert rich_html(block, workspace) == f"<ul><li>🎉</li></ul><div>{link}</div>"


@pytest.mark.parametrize("code", [*OFFERED, *REACTIONS])
def test_every_code_that_is_offered_is_an_emoji(code):
    assert not emoji(code).startswith(":")

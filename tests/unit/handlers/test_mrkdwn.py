"""Slack's mark-up, read back as people see it."""

import pytest

from bot.handlers.mrkdwn import as_written


@pytest.mark.parametrize(
    ("sent", "seen"),
    [
        ("Lees <https://a.example/b|dit artikel>?", "Lees dit artikel (https://a.example/b)?"),
        (
            "<https://a.example/grenzen-stellen|https://a.example/gren…>",
            "https://a.example/grenzen-stellen",
        ),
        ("<http://a.example/|a.example>", "a.example"),
        ("<https://a.example/?x=1&amp;y=2>", "https://a.example/?x=1&y=2"),
        ("<mailto:jan@a.example|jan@a.example>", "jan@a.example"),
        ("<mailto:jan@a.example|Jan>", "Jan (jan@a.example)"),
        ("<tel:+31201234567|020 123 45 67>", "020 123 45 67"),
        ("<@U0SANNE>", "@Sanne"),
        ("<@U0SANNE|sanne>", "@sanne"),
        ("<@U0NOBODY>", "@…"),
        ("<!subteam^S2>", "@…"),
        ("<#C1|koffie> <#C2|> <#C3>", "#koffie #… #…"),
        (
            "<!here> <!channel|@channel> <!subteam^S1|@zorg> <!subteam^S2>",
            "@here @channel @zorg @…",
        ),
        ("<!date^1700000000^{date}|14 november>", "14 november"),
        (
            "<!date^1700000000^{date}^https://a.example|14 november>",
            "14 november (https://a.example)",
        ),
        ("&lt;!channel&gt; &amp;amp; &amp;copy; 2 &gt; 1", "<!channel> &amp; &copy; 2 > 1"),
    ],
)
def test_what_a_person_could_read_or_follow_is_kept(sent, seen):
    assert as_written(sent, {"U0SANNE": "Sanne"}.get) == seen


def test_what_people_typed_is_never_read_as_markup_again():
    assert as_written("&lt;https://a.example|b&gt;") == "<https://a.example|b>"

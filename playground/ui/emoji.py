"""Emoji by their short codes, as people type them."""

from rich.emoji import Emoji

OFFERED = (
    "smile", "slightly_smiling_face", "blush", "joy", "wink", "heart_eyes", "sweat_smile", "cry",
    "sob", "thinking_face", "hugging_face", "nerd_face", "see_no_evil", "+1", "-1", "clap", "pray",
    "raised_hands", "wave", "muscle", "ok_hand", "handshake", "bow", "heart", "tada", "sparkles",
    "fire", "100", "star", "white_check_mark", "eyes", "ear", "bulb", "question", "speech_balloon",
    "memo", "books", "calendar", "alarm_clock", "hourglass", "coffee", "cake", "birthday", "bike",
    "sunny", "rainbow", "seedling", "herb", "tulip", "dog", "cat", "rocket",
)  # fmt: skip
"""The short codes that the composer completes."""

REACTIONS = ("+1", "heart", "clap", "pray", "eyes", "seedling")
"""The short codes that are one press away."""


def with_emoji(text: str) -> str:
    """Return a text with its short codes as emoji; one that nobody knows stays."""
    return Emoji.replace(text)


def emoji(code: str) -> str:
    """Return the emoji of a short code."""
    return with_emoji(f":{code}:")

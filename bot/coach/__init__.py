"""The question coach: tells open questions from closed and suggestive ones, and from advice.

Pure and deterministic: rules that a linguist can read, one table per language in
config/coach, and one engine (`bot.coach.engine`) that knows no language.
"""

from bot.coach.engine import Coach, Label, Note, Remark, Verdict, load, reading

__all__ = ["Coach", "Label", "Note", "Remark", "Verdict", "load", "reading"]

"""A group's settings for its sessions: language, guidance, and limits."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from bot.blocks import groups as show
from bot.blocks.edits import saved, with_both
from bot.errors import Refusal
from bot.flows.edits import merged
from bot.flows.session.pace import Pace
from bot.flows.types import Guidance
from bot.i18n import LANGUAGES
from bot.outbox.messages import send_direct
from bot.repositories.cases import schedule_forgetting, waiting_cases
from bot.repositories.members import group_of_channel, group_of_member
from bot.repositories.people import words_for
from bot.store.tables import Group
from bot.store.transactions import Transactions, transactional
from bot.store.unit import Unit

LIMITS: Mapping[str, tuple[int, int]] = {
    "keep": (1, 365),
    "case_days": (14, 730),
    "capacity": (3, 12),
    "turn": (1, 168),
}
"""The least and most of each number.

They are days to keep content and cases that wait, people in a session, and hours a turn.
"""


class GroupSettings:
    """What members do with their group's settings. Every method raises `Refusal`."""

    def __init__(self, transactions: Transactions) -> None:
        self.transactions = transactions

    @transactional
    def form(self, unit: Unit, workspace: str, channel: str, user: str) -> dict[str, Any]:
        """Build the form with the current settings of a channel's group."""
        group = group_of_channel(unit, workspace, channel, user, self.transactions.now())
        now, words = _current(group), words_for(unit, workspace, user, group)
        return show.settings(group.id, now, words, base=now)

    @transactional
    def save(
        self,
        unit: Unit,
        workspace: str,
        user: str,
        id_: str,
        values: Mapping[str, str],
        base: Mapping[str, str],
    ) -> tuple[dict[str, Refusal], dict[str, Any] | None]:
        """Store a group's settings for sessions that begin from now on.

        `base` is what the form showed. Returns what is wrong, by field; nothing is stored then.
        Neither is it where somebody else changed the same: then the form comes back with both.
        """
        group = group_of_member(unit, workspace, user, id_)
        before = _current(group)
        values, theirs = merged(base, values, before)
        if theirs:
            words = words_for(unit, workspace, user, group)
            form = show.settings(id_, values, words, base={**base, **theirs})
            return {}, with_both(form, theirs, words)
        wrong: dict[str, Refusal] = {}
        numbers: dict[str, int] = {}
        for name, (least, most) in LIMITS.items():
            text = values.get(name, "").strip()
            if text.isascii() and text.isdigit() and least <= int(text[:9]) <= most:
                numbers[name] = int(text)
            else:
                wrong[name] = Refusal("number", least=least, most=most)
        if wrong:
            return wrong, None
        if values["language"] in LANGUAGES and values["language"] != group.language:
            group.language, group.language_chosen = values["language"], True
        if values["guidance"] in list(Guidance):
            group.guidance = Guidance(values["guidance"])
        chosen = {
            "keep": timedelta(days=numbers["keep"]),
            "capacity": numbers["capacity"],
            "turn": timedelta(hours=numbers["turn"]),
        }
        pace = Pace.model_validate_json(group.settings).model_copy(update=chosen)
        group.settings = pace.model_dump_json()
        if group.case_days != numbers["case_days"]:
            group.case_days = numbers["case_days"]
            for case in waiting_cases(unit, group.id):
                schedule_forgetting(unit, case, group, case.changed_at)
        now, words = _current(group), words_for(unit, workspace, user, group)
        form = show.settings(id_, now, words, base=now)
        told = saved(form, before, now, words, channel=group.channel)
        send_direct(unit, workspace, user, told, self.transactions.now())
        return {}, None


def _current(group: Group) -> dict[str, str]:
    """Return a group's settings as they stand, by field of the form."""
    pace = Pace.model_validate_json(group.settings)
    return {
        "language": group.language,
        "guidance": group.guidance,
        "keep": str(pace.keep.days),
        "case_days": str(group.case_days),
        "capacity": str(pace.capacity),
        "turn": str(int(pace.turn.total_seconds() // 3600)),
    }

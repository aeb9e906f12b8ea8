"""The message to a bringer that says where their case is, from the moment that it was sent in."""

from datetime import datetime

from bot.blocks import intake as show
from bot.blocks.elements import Payload
from bot.outbox.messages import change_direct, send_direct
from bot.repositories.cases import case_content
from bot.repositories.people import words_for
from bot.store.tables import Case, Group
from bot.store.unit import Unit


def tell_sent_in(unit: Unit, case: Case, group: Group, now: datetime) -> None:
    """Send a bringer word that their case is in the queue."""
    payload = _payload(unit, case, group)
    send_direct(
        unit, case.workspace, case.bringer, payload, now, vault=case.vault_id, key=_key(case)
    )


def show_where(unit: Unit, case: Case, group: Group, now: datetime) -> None:
    """Change what a bringer was told when they sent their case in to where it is now.

    Does nothing for a case without content: what was told of one is deleted.
    """
    if case_content(unit, case) is None:
        return
    payload = _payload(unit, case, group)
    change_direct(
        unit, case.workspace, case.bringer, payload, now, vault=case.vault_id, key=_key(case)
    )


def _payload(unit: Unit, case: Case, group: Group) -> Payload:
    words = words_for(unit, case.workspace, case.bringer, group)
    return show.submitted(case.id, case.status, words, channel=group.channel)


def _key(case: Case) -> str:
    return f"intake:{case.id}:submitted"

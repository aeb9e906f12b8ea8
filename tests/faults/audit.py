"""What has to hold after a drill, whatever happened in it."""

import json
import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

from cryptography.fernet import Fernet

from bot.store.crypto import KeyRing
from bot.store.tables import Contribution, Outbound, Reflection, SessionRow, Timer, Vault
from tests.faults.actors import CANARY
from tests.faults.harness import Rig
from tests.faults.leaks import no_trace

_CHANGING = re.compile(r"<!date\^[^>]*>|<@U\w+>|\b[0-9a-f]{32}\b")


@dataclass(frozen=True)
class Outcome:
    """How sessions ended and what is kept of them; the same for two plays of the same."""

    endings: Counter[tuple[str, str | None]]
    contributions: Counter[tuple[str, str, str, str]]
    reflections: Counter[tuple[str, str]]
    told: Counter[str]


def outcome(rig: Rig, channel: str) -> Outcome:
    """Return how the sessions of a rig ended; `told` counts what stands in their threads."""
    vaults = {v.id: Fernet(KeyRing([rig.keys]).open(v.wrapped)) for v in rig.rows(Vault)}
    sessions = {row.id: row for row in rig.rows(SessionRow)}

    def opened(row: object) -> str:
        vault = vaults[sessions[row.session_id].vault_id]
        return vault.decrypt(row.content).decode()

    said = rig.rows(Contribution)
    bot = rig.slack.workspace.bot.id
    shown = rig.slack.workspace.everything(bot, channel)
    return Outcome(
        Counter((s.status, json.loads(s.state)["ending"]) for s in sessions.values()),
        Counter((c.author, c.kind, c.step, opened(c)) for c in said),
        Counter((r.user, opened(r)) for r in rig.rows(Reflection)),
        Counter(
            _CHANGING.sub("@", f"{m.text} {json.dumps(_lasting(m.blocks), sort_keys=True)}")
            for m in shown
            if m.user == bot and m.thread_ts and not m.ephemeral_to
        ),
    )


def _lasting(blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Leave out the quote to build on: it goes if its answer is edited after it was shown."""
    return [block for block in blocks if block.get("block_id") not in ("build-on", "last")]


def difference(found: Outcome, expected: Outcome) -> str:
    """Say in what two outcomes differ."""
    told = []
    for name in ("endings", "contributions", "reflections", "told"):
        more = getattr(found, name) - getattr(expected, name)
        less = getattr(expected, name) - getattr(found, name)
        if more or less:
            told.append(f"{name}: too many {dict(more)}, missing {dict(less)}")
    return "\n".join(told)


def audit(rig: Rig) -> None:
    """Check that what the outbox says stands in Slack once and in order, and nothing is left.

    Raises `AssertionError`.
    """
    rows = sorted(rig.rows(Outbound), key=lambda row: row.id)
    left = [(row.id, row.state, row.error) for row in rows if row.state != "sent"]
    assert not left, left
    kept = [row.id for row in rows if row.payload and not (row.vault_id or row.prompt)]
    assert not kept, f"content without a vault is left in what was sent: {kept}"
    posts = [row for row in rows if row.method == "post"]
    found = _marked(rig)
    many = {marker: len(at) for marker, at in found.items() if len(at) != 1}
    assert not many, f"in Slack more than once: {many}"
    lost = [row.id for row in posts if row.marker not in found]
    assert not lost, f"said to be sent, but not in Slack: {lost}"
    unknown = set(found) - {row.marker for row in rows}  # a post that changed is an update now
    assert not unknown, f"in Slack, but not from the outbox: {unknown}"
    files = [row for row in rows if row.method == "file"]
    shared = _shared(rig)
    assert len(shared) == len(files), f"{len(files)} files were sent, and {len(shared)} are there"
    for conversation in {row.conversation for row in posts}:
        order = [found[row.marker][0] for row in posts if row.conversation == conversation]
        assert order == sorted(order), f"out of order in {conversation}"
    due = [t.name for t in rig.rows(Timer) if t.due_at <= rig.host_time]
    assert not due, f"due, but not done: {due}"
    no_trace(rig, CANARY)


def _shared(rig: Rig) -> list[str]:
    """Return the files of ours that stand in Slack, each as often as it was shared."""
    workspace = rig.slack.workspace
    places = [p.id for p in workspace.channels.values() if workspace.bot.id in p.members]
    said = [m for place in places for m in workspace.everything(workspace.bot.id, place)]
    return [each.name for m in said for each in m.files if m.user == workspace.bot.id]


def _marked(rig: Rig) -> dict[str, list[str]]:
    """Return where each marked message of ours stands in Slack."""
    found: dict[str, list[str]] = {}
    workspace = rig.slack.workspace
    for place in workspace.channels.values():
        if workspace.bot.id in place.members:
            for said in workspace.everything(workspace.bot.id, place.id):
                if said.metadata:
                    found.setdefault(said.metadata["event_payload"]["id"], []).append(said.ts)
    return found

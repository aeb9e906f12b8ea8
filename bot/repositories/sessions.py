"""Sessions, and the contributions and reflections in them."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NamedTuple

from sqlalchemy import delete, func, literal, select

from bot.flows.method import Method, Step
from bot.flows.renaming import renamed
from bot.flows.session.parts import took_part, was_brought, who_led
from bot.flows.session.state import Session, key_of
from bot.flows.session.turns import with_posts
from bot.flows.text import last_sentence
from bot.flows.types import ContributionState, Phase, Picture
from bot.store.tables import Contribution, Outbound, Participant, Post, Reflection, SessionRow
from bot.store.unit import BOARD_PREFIX, Unit


def board_key(session: str) -> str:
    """Return the key of a session's board among the posts."""
    return f"{BOARD_PREFIX}{session}"


def has_met(unit: Unit, group: str) -> bool:
    """Check whether a session of a group ever began."""
    begun = select(SessionRow.id).where(SessionRow.group_id == group, SessionRow.begun)
    return unit.db.scalar(begun.limit(1)) is not None


def turn_key(session: str, number: int) -> str:
    """Return the key of the post that announces a turn, among the posts."""
    return f"turn:{session}:{number}"


def with_turn_posts(unit: Unit, row: SessionRow, session: Session) -> Session:
    """Return a session that knows when its turns began, as far as their posts tell."""
    keys = {
        turn_key(row.id, each.number): each.number for each in session.entered if not each.exact
    }
    if not keys:
        return session
    place = select(Post.key, Post.ts).where(Post.workspace == row.workspace, Post.key.in_(keys))
    found = {
        keys[key]: datetime.fromtimestamp(float(ts), UTC) for key, ts in unit.db.execute(place)
    }
    return with_posts(session, found) if found else session


def write_state(row: SessionRow, session: Session) -> None:
    """Write a session to its row: its state, and the columns that queries search."""
    row.state = session.model_dump_json()
    row.status, row.method = session.phase, session.method
    row.begun, row.ending = session.position is not None, session.ending
    row.facilitator = session.facilitator


def record_parts(unit: Unit, row: SessionRow, session: Session, method: Method) -> None:
    """Write what each person did in a session that goes through this method."""
    attended, led = took_part(session), who_led(session)
    brought = session.bringer if was_brought(session, method) else None
    for part in unit.db.scalars(select(Participant).where(Participant.session_id == row.id)):
        part.attended, part.led = part.user in attended, part.user in led
        part.brought = part.user == brought


def contribution_at(
    unit: Unit, workspace: str, session: str, ref: str
) -> tuple[str, str | None] | None:
    """Return the id of the contribution whose message in the thread is `ref`, or None.

    With it comes the key of its step, None where it was withdrawn before.
    """
    found = unit.db.execute(
        select(Contribution.id, Contribution.step, Contribution.state)
        .where(
            Contribution.workspace == workspace,
            Contribution.session_id == session,
            Contribution.ref == ref,
        )
        .limit(1)
    ).first()
    if found is None:
        return None
    return found.id, None if found.state is ContributionState.WITHDRAWN else found.step


def texts_of_steps(
    unit: Unit, row: SessionRow, session: Session, steps: Iterable[Step]
) -> list[tuple[str, str | None, str]]:
    """List the contributions to these steps, oldest first.

    Each is an id, an author (None where the step hides names) and a text. Empty once the
    session is forgotten.
    """
    if row.vault_id is None:
        return []
    named = {key_of(session, step): getattr(step, "names", True) for step in steps}
    rows = unit.db.scalars(
        select(Contribution)
        .where(
            Contribution.session_id == session.id,
            Contribution.step.in_(named),
            Contribution.content.is_not(None),
        )
        .order_by(Contribution.created_at, Contribution.id)
    )
    texts = ((each, unit.open(row.vault_id, each.content or b"")) for each in rows)
    return [
        (each.id, each.author if named[each.step] else None, text)
        for each, text in texts
        if text is not None
    ]


def own_messages(
    unit: Unit, workspace: str, user: str, session: str | None
) -> list[tuple[str, str, str]]:
    """List what a person wrote in the threads of a session, or of all: channel, thread, ts.

    Oldest first, without what they withdrew.
    """
    query = (
        select(Post.channel, Post.ts, Contribution.ref)
        .join(Post, Post.key == literal(BOARD_PREFIX) + Contribution.session_id)
        .where(
            Post.workspace == workspace,
            Contribution.workspace == workspace,
            Contribution.author == user,
            Contribution.ref.is_not(None),
            Contribution.state != ContributionState.WITHDRAWN,
        )
        .order_by(Contribution.ref)
        .distinct()
    )
    if session is not None:
        query = query.where(Contribution.session_id == session)
    return [(channel, thread, ts) for channel, thread, ts in unit.db.execute(query) if ts]


def picked_of(unit: Unit, session: str) -> frozenset[str]:
    """Return the ids of the contributions to a session that its bringer picked."""
    query = select(Contribution.id).where(Contribution.session_id == session, Contribution.picked)
    return frozenset(unit.db.scalars(query))


class KeptReflection(NamedTuple):
    """What a person handed in as their closing reflection.

    `rated`: they gave numbers or wishes without a name too, which are kept apart.
    """

    takeaway: str = ""
    asking: str = ""
    useful: int | None = None
    safe: int | None = None
    rated: bool = False


def reflection_of(unit: Unit, row: SessionRow, user: str) -> KeptReflection | None:
    """Return a person's reflection on a session; None without one, or once it is forgotten."""
    kept = unit.db.get(Reflection, (row.id, user))
    if kept is None or kept.content is None or row.vault_id is None:
        return None
    text = unit.open(row.vault_id, kept.content)
    if text is None:
        return None
    # Versions before 0.2.0 did not keep who rated: whoever sent the form counted as such.
    said = {"rated": True, **json.loads(text)}
    return KeptReflection(**said, useful=kept.useful, safe=kept.safe)


def keep_reflection(
    unit: Unit, row: SessionRow, user: str, kept: KeptReflection, now: datetime
) -> None:
    """Store a person's reflection, in place of an earlier one; the session is not forgotten."""
    assert row.vault_id is not None
    content = {name: getattr(kept, name) for name in ("takeaway", "asking", "rated")}
    unit.db.merge(
        Reflection(
            session_id=row.id,
            user=user,
            workspace=row.workspace,
            useful=kept.useful,
            safe=kept.safe,
            content=unit.seal(row.vault_id, json.dumps(content)),
            created_at=now,
        )
    )
    unit.db.flush()


class SessionsExport(NamedTuple):
    """How many sessions a person took part in, and what they wrote in them, oldest first.

    A contribution is a text and the picture that was chosen with it; a reflection is its
    texts by field.
    """

    sessions: int
    contributions: list[tuple[str, Picture | None]]
    reflections: list[dict[str, str]]


def export(unit: Unit, workspace: str, user: str) -> SessionsExport:
    """Return a person's part in sessions, with the texts that are not forgotten."""
    sessions = (  # those that the history lists
        select(func.count())
        .select_from(Participant)
        .join(SessionRow, SessionRow.id == Participant.session_id)
        .where(
            Participant.workspace == workspace,
            Participant.user == user,
            Participant.attended,
            SessionRow.status == Phase.CLOSED,
        )
    )
    contributions = unit.db.execute(
        select(SessionRow.vault_id, Contribution.content, Contribution.picture)
        .join(SessionRow, SessionRow.id == Contribution.session_id)
        .where(Contribution.workspace == workspace, Contribution.author == user)
        .order_by(Contribution.created_at)
    )
    reflections = unit.db.execute(
        select(SessionRow.vault_id, Reflection.content)
        .join(SessionRow, SessionRow.id == Reflection.session_id)
        .where(Reflection.workspace == workspace, Reflection.user == user)
        .order_by(Reflection.created_at)
    )

    def opened(vault: str | None, sealed: bytes | None) -> str | None:
        return unit.open(vault, sealed) if vault is not None and sealed is not None else None

    return SessionsExport(
        unit.db.scalar(sessions) or 0,
        [
            (text, Picture(chosen) if (chosen := opened(vault, picture)) else None)
            for vault, content, picture in contributions
            if (text := opened(vault, content)) is not None
        ],
        [
            {name: said for name, said in json.loads(text).items() if name != "rated"}
            for vault, content in reflections
            if (text := opened(vault, content)) is not None
        ],
    )


def texts_of(unit: Unit, workspace: str, user: str) -> dict[str, list[str]]:
    """Return what a person wrote in sessions, by vault: contributions, and parts of reflections."""
    texts: dict[str, list[str]] = {}
    for table, writer in ((Contribution, Contribution.author), (Reflection, Reflection.user)):
        rows = unit.db.execute(
            select(SessionRow.vault_id, table.content)
            .join(SessionRow, SessionRow.id == table.session_id)
            .where(table.workspace == workspace, writer == user, table.content.is_not(None))
        )
        for vault, content in rows:
            if vault is None or content is None:
                continue
            text = unit.open(vault, content)
            if text is not None:
                shown = [text, last_sentence(text)]  # a turn may show the last sentence alone
                parts = shown if table is Contribution else json.loads(text).values()
                texts.setdefault(vault, []).extend(filter(None, map(str, parts)))
    return texts


def forget(unit: Unit, workspace: str, user: str, alias: str) -> None:
    """Delete what a person wrote in sessions, and replace them by `alias`; numbers stay."""
    for said in unit.db.scalars(
        select(Contribution).where(Contribution.workspace == workspace, Contribution.author == user)
    ):
        said.content, said.picture, said.author = None, None, alias
    for reflection in unit.db.scalars(
        select(Reflection).where(Reflection.workspace == workspace, Reflection.user == user)
    ):
        reflection.content, reflection.user = None, alias
    parts = unit.db.scalars(
        select(Participant).where(Participant.workspace == workspace, Participant.user == user)
    ).all()
    led = select(SessionRow.id).where(
        SessionRow.workspace == workspace, SessionRow.facilitator == user
    )
    for session in sorted({*(part.session_id for part in parts), *unit.db.scalars(led)}):
        row = unit.session(workspace, session)
        if row is not None:
            write_state(row, renamed(Session.model_validate_json(row.state), user, alias))
    for part in parts:
        part.user = alias
    unit.erase(Contribution, Reflection)


def forget_session(unit: Unit, row: SessionRow) -> None:
    """Delete all texts in a session and its case; its structure and its board stay."""
    if row.vault_id is not None:
        board = board_key(row.id)
        unit.drop_vault(row.vault_id, keep=board)
        # The posts are deleted from Slack: nothing may update them any more.
        gone = select(Outbound.key).where(Outbound.vault_id == row.vault_id, Outbound.key != board)
        unit.db.execute(delete(Post).where(Post.workspace == row.workspace, Post.key.in_(gone)))
    row.vault_id = None
    # A process of a version before revision 0017 may have changed the state without the columns.
    write_state(row, Session.model_validate_json(row.state))

"""Statements that turn messages of the outbox into deletions of what Slack has of them.

A deletion waits in a lane of its own for its conversation, so that it holds up no message there.
A message that is on its way to Slack stays in its lane: it is deleted once its outcome is known.
"""

from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Delete,
    Select,
    Update,
    and_,
    case,
    delete,
    literal,
    not_,
    or_,
    select,
    update,
)
from sqlalchemy.orm import aliased

from bot.store.tables import UNSENT, Outbound, OutboxState, Quote, SendMethod

DELETION_LANE = ":delete"
"""Ends the name of the lane in which a conversation's posts are deleted."""

_IS_SENT = Outbound.state.not_in((*UNSENT, OutboxState.FAILED))
"""Not by `==`: SQLite would look up all sent messages, instead of those that are meant."""
_IS_POSTED = and_(
    Outbound.state != OutboxState.FAILED,
    or_(Outbound.ts.is_not(None), Outbound.file.is_not(None)),
)
_MAY_BE_POSTED = and_(
    Outbound.state == OutboxState.SENDING,
    Outbound.method.in_((SendMethod.POST, SendMethod.FILE)),
)
_IS_NO_DELETION = Outbound.method != SendMethod.DELETE


def deletion_lane(conversation: str) -> str:
    """Return the lane for deletions in a conversation."""
    return conversation.removesuffix(DELETION_LANE) + DELETION_LANE


def shows(vault: str) -> ColumnElement[bool]:
    """Return the condition for messages that show content of a vault."""
    message = aliased(Outbound)  # else they would be those of the statement around it
    quoting = select(message.id).join(Quote, Quote.marker == message.marker)
    own = select(message.id).where(message.vault_id == vault)
    return Outbound.id.in_(own.union_all(quoting.where(Quote.vault_id == vault)))


def in_slack(which: ColumnElement[bool]) -> Select[str, str, datetime]:
    """Return the query for those of these messages that have to be deleted from Slack."""
    columns = (Outbound.workspace, Outbound.conversation, Outbound.due_at)
    return select(*columns).where(which, _IS_POSTED, _IS_SENT, _IS_NO_DELETION)


def drop_unsent(which: ColumnElement[bool]) -> Delete:
    """Return the statement that deletes those of these messages that are not in Slack."""
    dropped = not_(or_(_IS_POSTED, _MAY_BE_POSTED))
    return delete(Outbound.__table__).where(which, _IS_NO_DELETION, dropped)


def delete_in_slack(which: ColumnElement[bool], vault: str | None) -> Update:
    """Return the statement that turns these messages into deletions.

    The receipt of forgetting `vault`, if there is one, counts them.
    """
    lane = Outbound.conversation + DELETION_LANE
    moves = and_(_IS_SENT, Outbound.conversation.not_like(f"%{DELETION_LANE}"))
    waiting = literal(OutboxState.WAITING, Outbound.__table__.c.state.type)
    return (
        update(Outbound.__table__)
        .where(which, _IS_NO_DELETION)
        .values(
            method=SendMethod.DELETE,
            state=case((_IS_SENT, waiting), else_=Outbound.state),
            conversation=case((moves, lane), else_=Outbound.conversation),
            attempts=case((_IS_SENT, 0), else_=Outbound.attempts),
            vault_id=vault,
            payload=None,
            unexpected=0,
            error=None,
        )
    )

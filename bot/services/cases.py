"""Cases: show a group's queue and sessions, and start a session on a case."""

from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import bindparam

from bot.blocks.replies import Live, Queued
from bot.errors import Refusal
from bot.flows.intake import Field
from bot.flows.method import Method
from bot.flows.session.state import Session, floor, method_of, step_of
from bot.flows.text import bare, folded
from bot.flows.types import Phase
from bot.i18n import Words
from bot.repositories.cases import case_content, lock_case, queued_cases
from bot.repositories.members import (
    group_of_channel,
    join_unless_founded,
    require_member,
    require_part,
)
from bot.repositories.methods import methods_of
from bot.repositories.people import words_for
from bot.services.sessions.start import SessionOpener
from bot.store.tables import Case, Group, Participant, SessionRow
from bot.store.transactions import Transactions, transactional
from bot.store.unit import SESSION_WITH_CONTEXT, Unit


class Waiting(NamedTuple):
    """The cases in a group's queue, and the id of the method that one is to begin with, if any."""

    group: str
    cases: list[Queued]
    method: str | None


class Cases:
    """What members do with their group's cases. Every method raises `Refusal`.

    `methods` are the methods that every group can use, by id.
    """

    def __init__(
        self, transactions: Transactions, opener: SessionOpener, methods: Mapping[str, Method]
    ) -> None:
        self.transactions = transactions
        self.opener = opener
        self.methods = methods

    @transactional
    def queue(self, unit: Unit, workspace: str, channel: str, user: str) -> list[Queued]:
        """List the queued cases of a channel's group, oldest first."""
        return self._queue(
            unit, group_of_channel(unit, workspace, channel, user, self.transactions.now())
        )

    @transactional
    def start(
        self,
        unit: Unit,
        workspace: str,
        user: str,
        *,
        channel: str,
        method: str | None = None,
    ) -> Waiting | None:
        """Open a session on the only queued case; return the queue when there is not just one.

        The session uses `method`, a method's id or title, if given; a method about the group
        itself needs no case. Returns None when a session was opened.
        """
        group = group_of_channel(unit, workspace, channel, user, self.transactions.now())
        wanted = self._method_named(unit, group, method) if method is not None else None
        if wanted is not None and not wanted.kinds:
            self.opener.open_group_session(unit, group, user, wanted)
            return None
        queue = self._queue(unit, group)
        if len(queue) != 1:
            return Waiting(group.id, queue, wanted.id if wanted is not None else None)
        case = lock_case(unit, workspace, queue[0].case)
        self.opener.open_session(unit, case, user, method=wanted)
        return None

    @transactional
    def start_case(
        self,
        unit: Unit,
        workspace: str,
        user: str,
        case: str,
        *,
        channel: str | None,
        method: str | None = None,
    ) -> str:
        """Open a session on a queued case, with the method of this id if one is given.

        Returns the channel in which its lobby is.

        A person who starts it in the channel of a group that is not founded becomes a member.
        """
        queued = lock_case(unit, workspace, case)
        group = unit.db.get(Group, queued.group_id)
        if group is not None and group.channel == channel:
            join_unless_founded(unit, group, user, self.transactions.now())
        require_member(unit, group, user)
        wanted = methods_of(unit, queued.group_id, self.methods).get(method or "")
        self.opener.open_session(unit, queued, user, method=wanted)
        assert group is not None
        return group.channel

    @transactional
    def status(self, unit: Unit, workspace: str, user: str, channel: str) -> tuple[list[Live], int]:
        """Return the open sessions of a channel's group, and the number of queued cases."""
        group = group_of_channel(unit, workspace, channel, user, self.transactions.now())
        words = words_for(unit, workspace, user, None)
        rows = unit.db.scalars(_UNDER_WAY, {"of": group.id})
        return [self._live(unit, row, words) for row in rows], len(self._queue(unit, group))

    def sessions_of(
        self, workspace: str, user: str, *, channel: str | None = None, ended: bool = False
    ) -> list[Live]:
        """List the open sessions that a person takes part in, in one channel or in all.

        When there are none and `ended` is set, the last one that ended and is not forgotten.
        """
        with self.transactions.read() as unit:
            query = (
                SESSION_WITH_CONTEXT.join(
                    Participant,
                    (Participant.session_id == SessionRow.id) & (Participant.user == user),
                )
                .where(SessionRow.workspace == workspace)
                .where(Participant.left_at.is_(None))
            )
            if channel is not None:
                query = query.where(Group.channel == channel)
            words = words_for(unit, workspace, user, None)
            under_way = query.where(SessionRow.status != Phase.CLOSED)
            rows = unit.db.scalars(under_way.order_by(SessionRow.created_at)).all()
            if ended and not rows:
                last = query.where(SessionRow.vault_id.is_not(None))
                rows = unit.db.scalars(last.order_by(SessionRow.ended_at.desc()).limit(1)).all()
            return [self._live(unit, row, words) for row in rows]

    def channel_for(self, workspace: str, user: str, session: str, *, channel: str | None) -> str:
        """Return the channel of a session, for a person who may take part in it.

        `channel` is where they press, None outside of channels. Raises `Refusal`.
        """
        with self.transactions.read() as unit:
            row = unit.session(workspace, session)
            group = unit.db.get(Group, row.group_id) if row is not None else None
            if group is None:
                raise Refusal("session_gone")
            require_part(unit, group, user, channel)
            return group.channel

    # shared by the above

    def _queue(self, unit: Unit, group: Group) -> list[Queued]:
        listed = []
        for case in queued_cases(unit, group.id):
            content = case_content(unit, case)
            if content is not None:
                listed.append(Queued(case.id, content[Field.TITLE], case.kind))
        return listed

    def _method_named(self, unit: Unit, group: Group, name: str) -> Method:
        """Return a method that a group can use, by its id or its title in any language."""
        methods = methods_of(unit, group.id, self.methods)
        by_name = {
            bare(known): method
            for method in methods.values()
            for known in (*method.title.root.values(), method.id)
        }
        by_letters = {folded(known): method for known, method in by_name.items()}
        typed, first = bare(name), bare(name).partition(" ")[0]
        found = by_name.get(typed) or by_letters.get(folded(typed)) or by_name.get(first)
        if found is None:
            raise Refusal("no_method")
        if group.language not in found.languages:
            raise Refusal("method_language")
        return found

    def _live(self, unit: Unit, row: SessionRow, words: Words) -> Live:
        session = Session.model_validate_json(row.state)
        method = method_of(session, self.methods)
        case, group = unit.db.get(Case, row.case_id), unit.db.get(Group, row.group_id)
        assert group is not None
        content = case_content(unit, case) if case else None
        step = step_of(session, method)
        if step is None or session.phase is not Phase.RUNNING:
            doing = words(f"status.{session.phase}")
        else:
            doing = step.title[words.language]
        return Live(
            session=row.id,
            channel=group.channel,
            title=(content or {}).get(Field.TITLE, words("board.forgotten"))
            if method.kinds
            else words("status.together"),
            method=method.title[words.language],
            step=doing,
            who=floor(session),
            version=session.version,
        )


_UNDER_WAY = SESSION_WITH_CONTEXT.where(
    SessionRow.group_id == bindparam("of"), SessionRow.status != Phase.CLOSED
).order_by(SessionRow.created_at)

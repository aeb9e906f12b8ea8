"""Cases in a group: the queue, and the start of a session."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import bindparam, func, select

from bot.blocks import agreements
from bot.blocks.replies import Live, Queued
from bot.catalog.methods import own
from bot.choosing import occasion_of
from bot.errors import Refusal
from bot.flows.chooser import Suggestion, fitting, suggestions
from bot.flows.intake import Field
from bot.flows.meeting import Status
from bot.flows.method import Method
from bot.flows.session.pace import Pace
from bot.flows.session.state import Session, floor, step_of
from bot.flows.types import Aim, CaseKind, Guidance, Mode, Phase, Tips
from bot.i18n import Words, language_of, words
from bot.outbox.messages import say
from bot.repositories.agreements import agreed
from bot.repositories.groups import plan_of, zone_for
from bot.repositories.methods import methods_for
from bot.services.groups.settings import Groups
from bot.services.intake import find_case
from bot.services.people import drop_in, is_member
from bot.services.sessions.effects import (
    OF_THE_GROUP,
    Carrier,
    board_key,
    case_content,
    language_for,
    subject,
)
from bot.services.sessions.run import Runner
from bot.store.tables import Case, Group, MeetingRow, Participant, SessionRow
from bot.store.unit import WHOLE, Outgoing, Unit

FIRST: Mapping[CaseKind, str] = {CaseKind.LEARNING: "basic", CaseKind.POSITIVE: "positive"}
"""The method for each kind of case when the chooser knows none that fits."""


class Cases:
    """What a group can do with its cases. Each method is one transaction; it raises `Refusal`."""

    def __init__(self, runner: Runner, groups: Groups) -> None:
        self.runner = runner
        self.groups = groups
        self.new_id = groups.new_id

    def queue(self, workspace: str, channel: str, user: str) -> list[Queued]:
        """Give the cases that wait in a channel's group, oldest first."""

        def once(unit: Unit) -> list[Queued]:
            return self._queue(unit, self.groups.of_channel(unit, workspace, channel, user))

        return self.runner.commit(once)

    def start(
        self, workspace: str, user: str, *, channel: str, delivery: str, method: str | None = None
    ) -> list[Queued] | None:
        """Open a session on the one case that waits; else give the queue to choose from.

        With a `method` by id the session uses that; one about the group itself needs no case.
        """

        def once(unit: Unit) -> list[Queued] | None:
            if not unit.first_time(workspace, delivery, self.runner.now()):
                return None
            wanted = self.runner.methods.get(method) if method is not None else None
            if method is not None and wanted is None:
                raise Refusal("no_method")
            group = self.groups.of_channel(unit, workspace, channel, user)
            if wanted is not None and not wanted.kinds:
                self._open_of_group(unit, group, user, wanted)
                return None
            waiting = self._queue(unit, group)
            if len(waiting) != 1:
                return waiting
            self.open_session(
                unit, find_case(unit, workspace, waiting[0].case), user, method=wanted
            )
            return None

        return self.runner.commit(once)

    def start_case(
        self, workspace: str, user: str, case: str, *, channel: str | None, delivery: str
    ) -> None:
        """Open a session on a case from the queue: a board, and a lobby to join.

        Whoever starts it in the group's own channel belongs to the group from then on.
        """

        def once(unit: Unit) -> None:
            if not unit.first_time(workspace, delivery, self.runner.now()):
                return
            queued = find_case(unit, workspace, case)
            group = unit.db.get(Group, queued.group_id)
            if group is not None and group.channel == channel:
                drop_in(unit, group, user, self.runner.now())
            if not is_member(unit, queued.group_id, user):
                raise Refusal("not_in_group")
            self.open_session(unit, queued, user)

        self.runner.commit(once)

    def status(self, workspace: str, user: str, channel: str) -> tuple[list[Live], int]:
        """Give the sessions under way in a channel's group, and how many cases wait there."""

        def once(unit: Unit) -> tuple[list[Live], int]:
            group = self.groups.of_channel(unit, workspace, channel, user)
            says = language_for(unit, workspace, user, None)
            rows = unit.db.scalars(_UNDER_WAY, {"of": group.id})
            return [self._live(unit, row, says) for row in rows], len(self._queue(unit, group))

        return self.runner.commit(once)

    def live(
        self, workspace: str, user: str, *, channel: str | None = None, ended: bool = False
    ) -> list[Live]:
        """Give the sessions under way that somebody is in, of one channel or of all.

        `ended`: when there are none, the last that ended and can be resumed.
        """
        with self.runner.store.unit() as unit:
            query = (
                WHOLE.join(
                    Participant,
                    (Participant.session_id == SessionRow.id) & (Participant.user == user),
                )
                .where(SessionRow.workspace == workspace)
                .where(Participant.left_at.is_(None))
            )
            if channel is not None:
                query = query.where(Group.channel == channel)
            says = language_for(unit, workspace, user, None)
            under_way = query.where(SessionRow.status != Phase.CLOSED)
            rows = unit.db.scalars(under_way.order_by(SessionRow.created_at)).all()
            if ended and not rows:
                last = query.where(SessionRow.vault_id.is_not(None))
                rows = unit.db.scalars(last.order_by(SessionRow.ended_at.desc()).limit(1)).all()
            return [self._live(unit, row, says) for row in rows]

    def open_to(self, workspace: str, user: str, session: str) -> None:
        """Make sure that a session is of a group that somebody is in. Raises `Refusal`.

        Whoever presses outside the group's channel did not show by that that they are in it.
        """
        with self.runner.store.unit() as unit:
            row = unit.session(workspace, session)
            if row is None:
                raise Refusal("session_gone")
            if not is_member(unit, row.group_id, user):
                raise Refusal("not_in_group")

    # what these share

    def _queue(self, unit: Unit, group: Group) -> list[Queued]:
        listed = []
        for case in unit.db.scalars(_QUEUED, {"of": group.id}):
            content = case_content(unit, case)
            if content is not None:
                listed.append(Queued(case.id, content[Field.TITLE], case.kind))
        return listed

    def open_session(
        self,
        unit: Unit,
        case: Case,
        user: str,
        *,
        meeting: str | None = None,
        method: Method | None = None,
        leader: str | None = None,
    ) -> None:
        """Open a session on a case of the queue: a board, and a lobby; of a meeting, if given.

        Without a `method` it begins with what the chooser finds best. `leader` is whose turn
        it is to facilitate; whoever brings the case does not. Raises `Refusal` when the case
        waits no more.
        """
        if case.status != "queued":
            raise Refusal("case_taken" if case.status == "live" else "case_gone")
        group = unit.db.get(Group, case.group_id)
        assert group is not None
        content = case_content(unit, case) or {}
        suggested, best = self.suggested(unit, group, case)
        meeting = meeting or self._under_way(unit, group)
        before = self._begun(unit, meeting)
        waiting = unit.db.scalar(
            select(func.count()).where(Case.group_id == group.id, Case.status == "queued")
        )
        session = self._session(unit, group, case, user, method or best)
        facts = {
            "suggested": suggested,
            "minutes": self._minutes(unit, group, meeting),
            "facilitator": leader if leader != case.bringer else None,
            "opens": before == 0,
            "closes": meeting is None or waiting == 1 or before + 1 >= plan_of(group).cases,
            "shut": content.get(Field.AIM) == Aim.REFLECTION or content.get(Field.TIPS) == Tips.NO,
        }
        self._put_up(unit, group, case, session.model_copy(update=facts), meeting)

    def suggested(
        self, unit: Unit, group: Group, case: Case
    ) -> tuple[tuple[Suggestion, ...], Method]:
        """Give what the chooser finds for a case, and the method it begins with."""
        methods = methods_for(unit, group.id, self.runner.methods)
        found = suggestions(methods, occasion_of(unit, group, case))
        return found, methods[found[0].method if found else FIRST[CaseKind(case.kind)]]

    def fitting(self, workspace: str, session: Session) -> list[Method]:
        """Give the methods that a session in its lobby may use."""
        with self.runner.store.unit() as unit:
            case, group = unit.db.get(Case, session.case), unit.db.get(Group, session.group)
            if case is None or group is None or case.workspace != workspace:
                raise Refusal("session_gone")
            occasion = occasion_of(unit, group, case)
            here = len(session.participants)
            some = {"people": max(occasion.people, here)}
            methods = methods_for(unit, group.id, self.runner.methods)
            found = fitting(methods, occasion.model_copy(update=some))
            return found or [self.runner.method(session)]

    def _open_of_group(self, unit: Unit, group: Group, user: str, method: Method) -> None:
        """Open a session about the group itself. Raises `Refusal` while there is one."""
        same = unit.db.scalar(
            select(SessionRow.id).where(
                SessionRow.group_id == group.id,
                SessionRow.method == method.id,
                SessionRow.status != Phase.CLOSED,
            )
        )
        if same is not None:
            raise Refusal("under_way")
        now = self.runner.now()
        case = Case(
            id=self.new_id(),
            workspace=group.workspace,
            group_id=group.id,
            bringer=user,
            kind=OF_THE_GROUP,
            status="live",
            asking=None,
            vault_id=unit.new_vault(group.workspace),
            content=None,
            created_at=now,
            changed_at=now,
        )
        unit.db.add(case)
        unit.db.flush()
        session = self._session(unit, group, case, user, method)
        self._put_up(unit, group, case, session, self._under_way(unit, group))

    def _session(self, unit: Unit, group: Group, case: Case, user: str, method: Method) -> Session:
        return Session(
            id=self.new_id(),
            group=group.id,
            case=case.id,
            method=method.id,
            own=own(method),
            bringer=case.bringer,
            participants=tuple(dict.fromkeys((case.bringer, user))),
            pace=self._pace(unit, group, case.bringer),
            mode=self._mode(unit, group),
            guidance=Guidance(group.guidance),
            starts=int(self.runner.now().timestamp()) % 60,
        )

    def _put_up(
        self, unit: Unit, group: Group, case: Case, session: Session, meeting: str | None
    ) -> None:
        """Keep a new session, and post its board."""
        now = self.runner.now()
        case.status = "live"
        row = SessionRow(
            id=session.id,
            workspace=case.workspace,
            group_id=group.id,
            case_id=case.id,
            method=session.method,
            language=group.language,
            status=session.phase,
            version=1,
            state=session.model_dump_json(),
            created_at=now,
            ended_at=None,
            vault_id=case.vault_id,
            meeting_id=meeting,
        )
        unit.db.add(row)
        unit.db.flush()
        for who in session.participants:
            unit.db.add(
                Participant(
                    session_id=row.id,
                    user=who,
                    workspace=row.workspace,
                    joined_at=now,
                    left_at=None,
                )
            )
        method = self.runner.method(session)
        carrier = Carrier(unit, row, session, method, now, self.runner.methods)
        unit.send(
            Outgoing(
                workspace=row.workspace,
                conversation=group.channel,
                method="post",
                payload=carrier.board(),
                key=board_key(row.id),
                due=now,
            )
        )
        self._remind(unit, group, row, now)
        unit.set_timer(row.workspace, subject(row.id), "idle", now + session.pace.idle)

    def _remind(self, unit: Unit, group: Group, row: SessionRow, now: datetime) -> None:
        """Show, before a session, what the group agreed on."""
        found = agreed(unit, group)
        if found is not None:
            payload = agreements.reminder(found, words(language_of(group.language)))
            say(unit, group, payload, now, thread=board_key(row.id))

    def _pace(self, unit: Unit, group: Group, bringer: str) -> Pace:
        zone = plan_of(group).rhythm.zone if group.plan else zone_for(unit, group, bringer).key
        return Pace.model_validate_json(group.settings).model_copy(update={"zone": zone})

    def _mode(self, unit: Unit, group: Group) -> Mode:
        """Give how the group held its last session, spoken or written: it may choose again."""
        last = unit.db.scalar(
            select(SessionRow.state)
            .where(SessionRow.workspace == group.workspace, SessionRow.group_id == group.id)
            .order_by(SessionRow.created_at.desc())
            .limit(1)
        )
        return Session.model_validate_json(last).mode if last else Mode.ASYNC

    def _minutes(self, unit: Unit, group: Group, meeting: str | None) -> int | None:
        """Give the minutes that a meeting has for each of its cases; None outside one."""
        held = unit.db.get(MeetingRow, meeting) if meeting is not None else None
        return held.minutes // plan_of(group).cases if held is not None else None

    def _begun(self, unit: Unit, meeting: str | None) -> int:
        """Give how many sessions of a meeting there were, less those that never began."""
        states = unit.db.scalars(
            select(SessionRow.state).where(
                SessionRow.meeting_id == meeting, SessionRow.meeting_id.is_not(None)
            )
        )
        return sum(Session.model_validate_json(state).position is not None for state in states)

    def _under_way(self, unit: Unit, group: Group) -> str | None:
        """Give the meeting of a group that is under way: what is started then belongs to it."""
        return unit.db.scalar(
            select(MeetingRow.id).where(
                MeetingRow.group_id == group.id, MeetingRow.status == Status.OPEN
            )
        )

    def _live(self, unit: Unit, row: SessionRow, says: Words) -> Live:
        session = Session.model_validate_json(row.state)
        method = self.runner.method(session)
        case, group = unit.db.get(Case, row.case_id), unit.db.get(Group, row.group_id)
        assert group is not None
        content = case_content(unit, case) if case else None
        step = step_of(session, method)
        if step is None or session.phase is not Phase.RUNNING:
            doing = says(f"status.{session.phase}")
        else:
            doing = step.title[says.language]
        return Live(
            session=row.id,
            channel=group.channel,
            title=(content or {}).get(Field.TITLE, says("board.forgotten"))
            if method.kinds
            else says("status.together"),
            method=method.title[says.language],
            step=doing,
            who=floor(session),
        )


_UNDER_WAY = WHOLE.where(
    SessionRow.group_id == bindparam("of"), SessionRow.status != Phase.CLOSED
).order_by(SessionRow.created_at)
_QUEUED = (
    select(Case)
    .where(Case.group_id == bindparam("of"), Case.status == "queued")
    .order_by(Case.changed_at)
)

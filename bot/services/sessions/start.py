"""Open a session on a case: choose its method, post its board, and let people join."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import func, select

from bot.blocks import agreements
from bot.catalog.methods import own
from bot.errors import Refusal
from bot.flows.chooser import Suggestion, fitting, suggestions
from bot.flows.intake import Field
from bot.flows.meeting import Status
from bot.flows.method import Method
from bot.flows.session.pace import Pace
from bot.flows.session.state import Session, method_of
from bot.flows.types import Aim, CaseKind, CaseStatus, Guidance, Mode, Phase, Tips
from bot.outbox.messages import say
from bot.repositories.agreements import current_agreements
from bot.repositories.cases import GROUP_KIND, case_content
from bot.repositories.groups import plan_of, words_of_group
from bot.repositories.members import zone_of_member
from bot.repositories.methods import methods_for, occasion_of
from bot.repositories.sessions import board_key, write_state
from bot.services.sessions.effects import EffectHandler
from bot.store.subjects import Subject
from bot.store.tables import Case, Group, MeetingRow, Participant, SendMethod, SessionRow
from bot.store.transactions import Transactions
from bot.store.unit import Outgoing, Unit, new_id

FIRST: Mapping[CaseKind, str] = {CaseKind.LEARNING: "basic", CaseKind.POSITIVE: "positive"}
"""The method for each kind of case when the chooser knows none that fits."""


class SessionOpener:
    """Opens sessions, within the transaction of its caller."""

    def __init__(self, transactions: Transactions, methods: Mapping[str, Method]) -> None:
        self.transactions = transactions
        self.methods = methods

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
        if case.status != CaseStatus.QUEUED:
            raise Refusal("case_taken" if case.status == CaseStatus.LIVE else "case_gone")
        group = unit.db.get(Group, case.group_id)
        assert group is not None
        content = case_content(unit, case) or {}
        suggested, best = self.suggest(unit, group, case)
        meeting = meeting or self._under_way(unit, group)
        before = self._begun(unit, meeting)
        waiting = unit.db.scalar(
            select(func.count()).where(Case.group_id == group.id, Case.status == CaseStatus.QUEUED)
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

    def suggest(
        self, unit: Unit, group: Group, case: Case
    ) -> tuple[tuple[Suggestion, ...], Method]:
        """Give what the chooser finds for a case, and the method it begins with."""
        methods = methods_for(unit, group.id, self.methods)
        found = suggestions(methods, occasion_of(unit, group, case))
        return found, methods[found[0].method if found else FIRST[CaseKind(case.kind)]]

    def fitting_methods(self, workspace: str, session: Session) -> list[Method]:
        """Give the methods that a session in its lobby may use."""
        with self.transactions.read() as unit:
            case, group = unit.db.get(Case, session.case), unit.db.get(Group, session.group)
            if case is None or group is None or case.workspace != workspace:
                raise Refusal("session_gone")
            occasion = occasion_of(unit, group, case)
            here = len(session.participants)
            some = {"people": max(occasion.people, here)}
            methods = methods_for(unit, group.id, self.methods)
            found = fitting(methods, occasion.model_copy(update=some))
            return found or [method_of(session, self.methods)]

    def open_group_session(self, unit: Unit, group: Group, user: str, method: Method) -> None:
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
        now = self.transactions.now()
        case = Case(
            id=new_id(),
            workspace=group.workspace,
            group_id=group.id,
            bringer=user,
            kind=GROUP_KIND,
            status=CaseStatus.LIVE,
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
            id=new_id(),
            group=group.id,
            case=case.id,
            method=method.id,
            own=own(method),
            bringer=case.bringer,
            participants=tuple(dict.fromkeys((case.bringer, user))),
            pace=self._pace(unit, group, case.bringer),
            mode=self._mode(unit, group),
            guidance=Guidance(group.guidance),
            starts=int(self.transactions.now().timestamp()) % 60,
        )

    def _put_up(
        self, unit: Unit, group: Group, case: Case, session: Session, meeting: str | None
    ) -> None:
        """Keep a new session, and post its board."""
        now = self.transactions.now()
        case.status = CaseStatus.LIVE
        row = SessionRow(
            id=session.id,
            workspace=case.workspace,
            group_id=group.id,
            case_id=case.id,
            language=group.language,
            version=1,
            created_at=now,
            ended_at=None,
            vault_id=case.vault_id,
            meeting_id=meeting,
        )
        write_state(row, session)
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
        method = method_of(session, self.methods)
        handler = EffectHandler(unit, row, session, method, now, self.methods)
        unit.send(
            Outgoing(
                workspace=row.workspace,
                conversation=group.channel,
                method=SendMethod.POST,
                payload=handler.board(),
                key=board_key(row.id),
                due=now,
            )
        )
        self._remind(unit, group, row, now)
        unit.set_timer(row.workspace, Subject.SESSION.key(row.id), "idle", now + session.pace.idle)

    def _remind(self, unit: Unit, group: Group, row: SessionRow, now: datetime) -> None:
        """Show, before a session, what the group agreed on."""
        found = current_agreements(unit, group)
        if found is not None:
            payload = agreements.reminder(found, words_of_group(group))
            say(unit, group, payload, now, thread=board_key(row.id))

    def _pace(self, unit: Unit, group: Group, bringer: str) -> Pace:
        zone = (
            plan_of(group).rhythm.zone if group.plan else zone_of_member(unit, group, bringer).key
        )
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
        if meeting is None:
            return 0
        begun = select(func.count()).where(SessionRow.meeting_id == meeting, SessionRow.begun)
        return unit.db.scalar(begun) or 0

    def _under_way(self, unit: Unit, group: Group) -> str | None:
        """Give the meeting of a group that is under way: what is started then belongs to it."""
        return unit.db.scalar(
            select(MeetingRow.id).where(
                MeetingRow.group_id == group.id, MeetingRow.status == Status.OPEN
            )
        )

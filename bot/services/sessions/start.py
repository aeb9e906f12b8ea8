"""Open a session: choose its method, post its board, and let people join in the lobby."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select

from bot.blocks import agreements
from bot.catalog.methods import own
from bot.errors import Refusal
from bot.flows.chooser import Suggestion, fitting, suggestions
from bot.flows.intake import Field, tips_of
from bot.flows.method import Method
from bot.flows.session.pace import Pace
from bot.flows.session.state import Session, method_of
from bot.flows.types import Aim, CaseKind, CaseStatus, Mode, Phase, Tips
from bot.outbox.messages import post_to_group
from bot.repositories.agreements import current_agreements
from bot.repositories.cases import GROUP_KIND, case_content
from bot.repositories.groups import plan_of, speak_as, words_of_group
from bot.repositories.meetings import find_meeting, with_shared_steps
from bot.repositories.members import zone_of_member
from bot.repositories.methods import methods_for, occasion_of
from bot.repositories.rooms import is_public, require_room
from bot.repositories.sessions import board_key, write_state
from bot.services.sent_in import show_where
from bot.services.sessions.effects import EffectHandler
from bot.store.subjects import Subject
from bot.store.tables import Case, Group, MeetingRow, Participant, SendMethod, SessionRow
from bot.store.transactions import Transactions
from bot.store.unit import Outgoing, Unit, new_id

FALLBACK_METHODS: Mapping[CaseKind, str] = {
    CaseKind.LEARNING: "basic",
    CaseKind.POSITIVE: "positive",
}
"""The id of the method to begin with when the chooser finds none that fits, by kind of case."""


class SessionOpener:
    """Opens sessions. A method whose first parameter is `unit` runs in the caller's transaction.

    `methods` are the methods that every group can use, by id.
    """

    def __init__(self, transactions: Transactions, methods: Mapping[str, Method]) -> None:
        self.transactions = transactions
        self.methods = methods

    def open_session(
        self,
        unit: Unit,
        case: Case,
        user: str | None,
        *,
        meeting: str | None = None,
        method: Method | None = None,
        facilitator: str | None = None,
    ) -> None:
        """Open a session on a queued case, in a meeting if one is given or under way.

        `user` is who starts it, None for the clock: the session awaits the bringer, unless they
        start it themselves.
        Without a `method` the session begins with the one that was asked for when the case was
        brought, else with the one that the chooser ranks first.
        `facilitator` is the member whose turn it is; the bringer of the case never facilitates.
        Somebody outside the group who leads its sessions leads this one.
        Raises `Refusal` when the case is not in the queue any more, or where it may not be told
        in the group's channel.
        """
        if case.status != CaseStatus.QUEUED:
            raise Refusal("case_taken" if case.status == CaseStatus.LIVE else "case_gone")
        group = unit.db.get(Group, case.group_id)
        assert group is not None
        if user is not None:
            speak_as(unit, group, user)
        content = case_content(unit, case) or {}
        suggested, best = self.suggest(unit, group, case)
        usable = methods_for(unit, group.id, self.methods, group.language)
        asked = usable.get(case.method or "")
        if asked is not None and asked.private_only and is_public(group):
            asked = None
        require_room(group, case, method or asked or best)
        meeting = meeting or find_meeting(unit, group, self.transactions.now())
        session = self._new_session(unit, group, case, user, method or asked or best)
        facts = {
            "suggested": suggested,
            "minutes": self._minutes_per_case(unit, group, meeting),
            "facilitator": group.facilitator
            or (facilitator if facilitator != case.bringer else None),
            "aim": Aim(content[Field.AIM]) if content.get(Field.AIM) else None,
            "shut": tips_of(content) is Tips.NO,
        }
        session = with_shared_steps(unit, session.model_copy(update=facts), meeting)
        self._open(unit, group, case, session, meeting)

    def suggest(
        self, unit: Unit, group: Group, case: Case
    ) -> tuple[tuple[Suggestion, ...], Method]:
        """Return the chooser's suggestions for a case, and the method that ranks first.

        Runs in the caller's transaction.
        """
        methods = methods_for(unit, group.id, self.methods, group.language)
        found = suggestions(methods, occasion_of(unit, group, case))
        return found, methods[found[0].method if found else FALLBACK_METHODS[CaseKind(case.kind)]]

    def fitting_methods(self, workspace: str, session: Session) -> list[Method]:
        """List the methods that a session in its lobby may use: its own when no other fits.

        Raises `Refusal` when the session's case or group is gone.
        """
        with self.transactions.read() as unit:
            case, group = unit.db.get(Case, session.case), unit.db.get(Group, session.group)
            if case is None or group is None or case.workspace != workspace:
                raise Refusal("session_gone")
            occasion = occasion_of(unit, group, case)
            people = max(occasion.people, len(session.participants))
            methods = methods_for(unit, group.id, self.methods, group.language)
            found = fitting(methods, occasion.model_copy(update={"people": people}))
            return found or [method_of(session, self.methods)]

    def open_group_session(self, unit: Unit, group: Group, user: str, method: Method) -> None:
        """Open a session about the group itself, which needs no case.

        Raises `Refusal` while one with the same method is under way.
        """
        speak_as(unit, group, user)
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
        require_room(group, case, method)
        session = self._new_session(unit, group, case, user, method)
        self._open(unit, group, case, session, find_meeting(unit, group, now))

    def _new_session(
        self, unit: Unit, group: Group, case: Case, user: str | None, method: Method
    ) -> Session:
        """Build a session in which its bringer and the `user` who starts it, if any, take part."""
        return Session(
            id=new_id(),
            group=group.id,
            case=case.id,
            method=method.id,
            own=own(method),
            bringer=case.bringer,
            participants=tuple(dict.fromkeys((case.bringer, user or case.bringer))),
            awaits_bringer=user != case.bringer,
            pace=self._pace(unit, group, case.bringer),
            mode=self._mode(unit, group),
            guidance=group.guidance,
            starts=int(self.transactions.now().timestamp()) % 60,
        )

    def _open(
        self, unit: Unit, group: Group, case: Case, session: Session, meeting: str | None
    ) -> None:
        """Store a new session, post its board and the group's agreements, and set its timer."""
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
        for participant in session.participants:
            unit.db.add(
                Participant(
                    session_id=row.id,
                    user=participant,
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
                vault=row.vault_id,
            )
        )
        self._post_agreements(unit, group, row, now)
        show_where(unit, case, group, now)
        unit.set_timer(row.workspace, Subject.SESSION.key(row.id), "idle", now + session.pace.idle)

    def _post_agreements(self, unit: Unit, group: Group, row: SessionRow, now: datetime) -> None:
        """Post what the group agreed on in the session's thread, if anything."""
        agreed = current_agreements(unit, group)
        if agreed is not None:
            payload = agreements.reminder(agreed, words_of_group(group))
            post_to_group(unit, group, payload, now, thread=board_key(row.id))

    def _pace(self, unit: Unit, group: Group, bringer: str) -> Pace:
        if group.plan:
            rhythm = plan_of(group).rhythm
            place = {"zone": rhythm.zone, "country": rhythm.country}
        else:
            place = {"zone": zone_of_member(unit, group, bringer).key}
        return Pace.model_validate_json(group.settings).model_copy(update=place)

    def _mode(self, unit: Unit, group: Group) -> Mode:
        """Return the mode of the group's last session, which people may change in the lobby."""
        last = unit.db.scalar(
            select(SessionRow.state)
            .where(SessionRow.workspace == group.workspace, SessionRow.group_id == group.id)
            .order_by(SessionRow.created_at.desc())
            .limit(1)
        )
        return Session.model_validate_json(last).mode if last else Mode.ASYNC

    def _minutes_per_case(self, unit: Unit, group: Group, meeting: str | None) -> int | None:
        """Return the minutes that a meeting has for each of its cases; None without a meeting."""
        row = unit.db.get(MeetingRow, meeting) if meeting is not None else None
        return row.minutes // plan_of(group).cases if row is not None else None

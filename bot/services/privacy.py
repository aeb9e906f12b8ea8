"""What people write stays theirs: show it, forget it, and shut the door behind who leaves."""

import json
import logging
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from slackblocks import Block
from sqlalchemy import delete, func, select

from bot.blocks.elements import Payload, message, plain, quote
from bot.flows.session.commands import Leave
from bot.flows.types import CaseStatus, Phase
from bot.i18n import Words
from bot.outbox.messages import direct
from bot.repositories.agreements import forget_signatures
from bot.repositories.cases import case_content, drop
from bot.repositories.coaching import counts, is_coached
from bot.repositories.follow_ups import answer_of, forget_answer
from bot.repositories.people import language_for, remember
from bot.repositories.toolkit import forget_tool, tools_of
from bot.services.sessions.run import Sessions
from bot.store.subjects import Subject
from bot.store.tables import (
    Asked,
    Attendance,
    Base,
    Case,
    Contribution,
    FollowUp,
    Group,
    Home,
    Invitation,
    MeetingRow,
    Member,
    Participant,
    Person,
    Reflection,
    SessionRow,
    Statement,
)
from bot.store.transactions import Transactions, transactional
from bot.store.unit import Unit

log = logging.getLogger(__name__)

MOST = 44
"""Quotes in one message, of the fifty blocks that Slack takes."""


class Privacy:
    """What can be done with what is stored about somebody."""

    def __init__(self, transactions: Transactions, sessions: Sessions) -> None:
        self.transactions = transactions
        self.sessions = sessions

    @transactional
    def send(self, unit: Unit, workspace: str, user: str, *, delivery: str) -> None:
        """Send somebody, by direct message, everything that is stored about them."""
        if not unit.first_time(workspace, delivery, self.transactions.now()):
            return
        words = language_for(unit, workspace, user, None)
        for payload in self._stored(unit, workspace, user, words):
            direct(unit, workspace, user, payload, self.transactions.now())

    @transactional
    def forget(self, unit: Unit, workspace: str, user: str) -> bool:
        """Forget what somebody wrote and that it was them; counts stay, without a name.

        Tells whether they ever opened App Home: what stands there is to be forgotten too.
        """
        home = unit.db.get(Home, (workspace, user))
        opened = home is not None and home.opened_at is not None
        self._leave_sessions(unit, workspace, user, group=None)
        nobody = f"gone-{uuid4().hex[:12]}"
        for case in self._cases(unit, workspace, user):
            if case.status in (CaseStatus.DRAFT, CaseStatus.QUEUED):
                drop(unit, case)
            case.content, case.bringer = None, nobody
        for said in self._contributions(unit, workspace, user):
            said.content, said.picture, said.author = None, None, nobody
        for reflection in self._reflections(unit, workspace, user):
            unit.db.delete(reflection)
            unit.db.add(
                Reflection(
                    session_id=reflection.session_id,
                    user=nobody,
                    workspace=workspace,
                    useful=reflection.useful,
                    safe=reflection.safe,
                    content=None,
                    created_at=reflection.created_at,
                )
            )
        for part in unit.db.scalars(
            select(Participant).where(Participant.workspace == workspace, Participant.user == user)
        ):
            row = unit.session(workspace, part.session_id)
            if row is not None:
                row.state = row.state.replace(json.dumps(user), json.dumps(nobody))
            part.user = nobody
        for attended in unit.db.scalars(
            select(Attendance).where(Attendance.workspace == workspace, Attendance.user == user)
        ):
            attended.user = nobody
        for answer in self._answers(unit, workspace, user):
            forget_answer(unit, answer)
        for tool in tools_of(unit, workspace, user):
            forget_tool(unit, tool)
        forget_signatures(unit, workspace, user)
        self._forget_turns(unit, workspace, user, nobody)
        unit.db.execute(
            delete(Invitation).where(Invitation.workspace == workspace, Invitation.user == user)
        )
        self._forget_home(unit, workspace, user)
        unit.db.execute(
            delete(Statement).where(Statement.workspace == workspace, Statement.user == user)
        )
        unit.db.execute(delete(Asked).where(Asked.workspace == workspace, Asked.user == user))
        unit.db.execute(delete(Member).where(Member.workspace == workspace, Member.user == user))
        unit.db.execute(delete(Person).where(Person.workspace == workspace, Person.user == user))
        return opened

    def _forget_home(self, unit: Unit, workspace: str, user: str) -> None:
        """Lay out no home for somebody until they open it again."""
        unit.db.execute(delete(Home).where(Home.workspace == workspace, Home.user == user))

    def _forget_turns(self, unit: Unit, workspace: str, user: str, nobody: str) -> None:
        """Take somebody out of the rota of their groups, and of what was said about meetings."""
        groups = unit.db.scalars(
            select(Group)
            .join(Member, Member.group_id == Group.id)
            .where(Member.workspace == workspace, Member.user == user)
        ).all()
        for group in groups:
            if group.rota is not None:
                group.rota = group.rota.replace(json.dumps(user), json.dumps(nobody))
            for meeting in unit.db.scalars(
                select(MeetingRow).where(MeetingRow.group_id == group.id)
            ):
                meeting.state = meeting.state.replace(json.dumps(user), json.dumps(nobody))

    @transactional
    def left(self, unit: Unit, workspace: str, user: str, *, channel: str) -> None:
        """Let somebody who left a channel leave its group, and its sessions, at once."""
        group = unit.db.scalar(
            select(Group).where(Group.workspace == workspace, Group.channel == channel)
        )
        if group is not None:
            self.leave_group(unit, group, user)
            self._leave_sessions(unit, workspace, user, group=group.id)

    @transactional
    def changed(self, unit: Unit, workspace: str, user: Mapping[str, Any]) -> None:
        """Take over what Slack says of somebody we know; who is deactivated leaves."""
        if unit.db.get(Person, (workspace, str(user["id"]))) is None:
            return
        remember(unit, workspace, user, self.transactions.now())
        if user.get("deleted"):
            query = select(Group).join(Member, Member.group_id == Group.id)
            for group in unit.db.scalars(
                query.where(Member.workspace == workspace, Member.user == str(user["id"]))
            ):
                self.leave_group(unit, group, str(user["id"]))
            self._forget_home(unit, workspace, str(user["id"]))

    @transactional
    def uninstalled(self, unit: Unit, workspace: str) -> None:
        """Forget a whole workspace."""
        for table in reversed(Base.metadata.sorted_tables):
            if "workspace" not in table.c:
                continue
            unit.db.execute(delete(table).where(table.c.workspace == workspace))
        log.info("workspace forgotten")

    # what these share

    def _cases(self, unit: Unit, workspace: str, user: str) -> list[Case]:
        query = select(Case).where(Case.workspace == workspace, Case.bringer == user)
        return list(unit.db.scalars(query.order_by(Case.created_at)))

    def _contributions(self, unit: Unit, workspace: str, user: str) -> list[Contribution]:
        query = select(Contribution).where(
            Contribution.workspace == workspace, Contribution.author == user
        )
        return list(unit.db.scalars(query.order_by(Contribution.created_at)))

    def _answers(self, unit: Unit, workspace: str, user: str) -> list[FollowUp]:
        query = select(FollowUp).where(FollowUp.workspace == workspace, FollowUp.user == user)
        return list(unit.db.scalars(query.order_by(FollowUp.session_id)))

    def _reflections(self, unit: Unit, workspace: str, user: str) -> list[Reflection]:
        query = select(Reflection).where(Reflection.workspace == workspace, Reflection.user == user)
        return list(unit.db.scalars(query.order_by(Reflection.created_at)))

    def leave_group(self, unit: Unit, group: Group, user: str) -> None:
        """Let somebody leave a group, in a transaction that is under way."""
        member = unit.db.get(Member, (group.id, user))
        if member is None or member.left_at is not None:
            return
        member.left_at = self.transactions.now()
        forget_signatures(unit, group.workspace, user, group=group.id)
        if group.plan is not None:
            unit.set_timer(
                group.workspace, Subject.GROUP.key(group.id), "changed", self.transactions.now()
            )
        self._leave_sessions(unit, group.workspace, user, group=group.id)
        for case in self._cases(unit, group.workspace, user):
            if case.group_id == group.id and case.status is CaseStatus.QUEUED:
                case.status = CaseStatus.DRAFT

    def _leave_sessions(self, unit: Unit, workspace: str, user: str, *, group: str | None) -> None:
        query = (
            select(SessionRow.id)
            .join(Participant, Participant.session_id == SessionRow.id)
            .where(
                SessionRow.workspace == workspace,
                SessionRow.status != Phase.CLOSED,
                Participant.user == user,
                Participant.left_at.is_(None),
            )
        )
        if group is not None:
            query = query.where(SessionRow.group_id == group)
        for id_ in unit.db.scalars(query).all():
            row = unit.session(workspace, id_)
            if row is not None:
                self.sessions.apply(unit, row, Leave(by=user))

    def _stored(self, unit: Unit, workspace: str, user: str, words: Words) -> list[Payload]:
        groups = self._count(unit, Member, workspace, user)
        sessions = self._count(unit, Participant, workspace, user)
        facts = [words.count("data.groups", groups), words.count("data.sessions", sessions)]
        if statements := self._count(unit, Statement, workspace, user):
            facts.append(words.count("data.statements", statements))
        asked = counts(unit, workspace, user)
        if asked:
            total = {label: sum(each[label] for each in asked) for label in asked[0]}
            facts.append(words("data.asked", **total))
        if not is_coached(unit, workspace, user):
            facts.append(words("data.coach_off"))
        there = unit.db.get(Person, (workspace, user))
        if there is not None:
            wish = words(f"wishes.reminders_{there.reminders}")
            facts.append(f"{words('data.reminders')} {wish}")
            if there.language is not None:
                facts.append(words("data.language", language=words(f"settings.{there.language}")))
            if there.away_from and there.away_until:
                facts.append(
                    words(
                        "data.away",
                        first=words.day(there.away_from),
                        last=words.day(there.away_until),
                    )
                )
        blocks: list[Block] = [
            plain(f"*{words('data.title')}*\n" + "\n".join(facts), "data"),
        ]
        for case in self._cases(unit, workspace, user):
            texts = [*(case_content(unit, case) or {}).values()]
            blocks += self._quotes(words("data.cases"), texts, f"case-{case.id}")
        said = []
        for contribution in self._contributions(unit, workspace, user):
            row = unit.session(workspace, contribution.session_id)
            if row is not None and row.vault_id is not None and contribution.content is not None:
                text = unit.open(row.vault_id, contribution.content) or ""
                if contribution.picture is not None:
                    picture = unit.open(row.vault_id, contribution.picture)
                    text = f"{words(f'picture.{picture}')}: {text}"
                said.append(text)
        blocks += self._quotes(words("data.contributions"), said, "said")
        looked_back = []
        for reflection in self._reflections(unit, workspace, user):
            row = unit.session(workspace, reflection.session_id)
            if row is not None and row.vault_id is not None and reflection.content is not None:
                content = json.loads(unit.open(row.vault_id, reflection.content) or "{}")
                looked_back.append(" · ".join(filter(None, content.values())))
        blocks += self._quotes(words("data.reflections"), looked_back, "reflection")
        answered = [
            answer_of(unit, answer) or "" for answer in self._answers(unit, workspace, user)
        ]
        blocks += self._quotes(words("data.follow_ups"), answered, "follow-up")
        tools = [
            unit.open(tool.vault_id, tool.content) or "" for tool in tools_of(unit, workspace, user)
        ]
        blocks += self._quotes(words("tools.title"), tools, "tool")
        parts = [blocks[i : i + MOST] for i in range(0, len(blocks), MOST)]
        return [message(words("data.title"), part) for part in parts]

    def _quotes(self, title: str, texts: list[str], id_: str) -> list[Block]:
        shown = [text for text in texts if text]
        if not shown:
            return []
        head = plain(f"*{title}*", f"{id_}-title")
        return [head, *(quote(text, f"{id_}-{n}") for n, text in enumerate(shown))]

    def _count(
        self,
        unit: Unit,
        table: type[Member] | type[Participant] | type[Statement],
        workspace: str,
        user: str,
    ) -> int:
        query = select(func.count()).where(table.workspace == workspace, table.user == user)
        return unit.db.scalar(query) or 0

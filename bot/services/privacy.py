"""Privacy: export and forget a person's data, and handle people and workspaces that leave."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from slackblocks import Block
from sqlalchemy import delete, or_, select, union

from bot.blocks.elements import Payload, message, plain, quote
from bot.blocks.privacy import Forgetting, Left
from bot.exports.personal import as_json, as_page
from bot.flows.intake import CHOICES
from bot.flows.session.commands import Leave
from bot.flows.session.state import RESUMABLE
from bot.flows.types import CaseStatus, Phase
from bot.i18n import LANGUAGES, Words, language_of
from bot.outbox.files import File
from bot.outbox.messages import send_direct
from bot.repositories import (
    agreements,
    cases,
    coaching,
    follow_ups,
    home,
    hunches,
    installations,
    ladder,
    meetings,
    members,
    outbox,
    participation,
    people,
    sessions,
    toolkit,
)
from bot.repositories.people import save_slack_user, words_for
from bot.repositories.privacy import rows_about
from bot.services.sent_in import show_where
from bot.services.sessions.run import Sessions
from bot.store.prompts import Prompt
from bot.store.subjects import Subject
from bot.store.tables import (
    Base,
    Case,
    Contribution,
    FollowUp,
    Group,
    Hunch,
    Installation,
    Invitation,
    Member,
    Outbound,
    Participant,
    Person,
    Reflection,
    SendMethod,
    SessionRow,
    Tool,
    Vault,
)
from bot.store.transactions import Transactions, transactional
from bot.store.unit import Outgoing, Unit, new_id

log = logging.getLogger(__name__)

FORGET: Sequence[Callable[[Unit, str, str, str], None]] = (
    outbox.forget,  # before the texts by which it finds messages
    ladder.forget,  # before the sessions, by which it finds messages
    cases.forget,
    sessions.forget,
    participation.forget,
    follow_ups.forget,
    toolkit.forget,
    agreements.forget,
    meetings.forget,
    home.forget,
    coaching.forget,
    hunches.forget,
    members.forget,  # after the meetings, which are found by membership
    people.forget,
    installations.forget,
)
"""Every repository with rows about a person, in the order in which these are forgotten."""


class Privacy:
    """Exports and forgets people's data, and removes people who leave."""

    def __init__(self, transactions: Transactions, sessions: Sessions) -> None:
        self.transactions = transactions
        self.sessions = sessions

    @transactional
    def send_export(self, unit: Unit, workspace: str, user: str) -> None:
        """Send a person, by direct message, everything that is stored about them."""
        words = words_for(unit, workspace, user, None)
        payload, now = self._export(unit, workspace, user, words), self.transactions.now()
        shown = _vaults(unit, workspace, user)
        rows = rows_about(unit, workspace, user)
        send_direct(unit, workspace, user, payload, now, quotes=shown)
        name, title = words("mydata.file"), words("mydata.title")
        for file in (
            File(f"{name}.html", title, as_page(rows, words, now)),
            File(f"{name}.json", words("mydata.title_json"), as_json(user, rows, now)),
        ):
            unit.send(
                Outgoing(workspace, user, SendMethod.FILE, file.payload(), due=now, quotes=shown)
            )

    def forgetting(self, workspace: str, user: str) -> Forgetting:
        """Return what forgetting a person would mean, to be said beforehand."""
        with self.transactions.read() as unit:
            memberships = unit.db.execute(
                select(Member, Group)
                .join(Group, Group.id == Member.group_id)
                .where(
                    Member.workspace == workspace,
                    Member.user == user,
                    Member.left_at.is_(None),
                )
                .order_by(Group.created_at)
            ).all()
            left = []
            for member, group in memberships:
                others = [m for m in members.members_of(unit, group) if m.user != user]
                lead = member.lead and not any(other.lead for other in others)
                left.append(Left(group.channel, lead=lead, last=not others))
            under_way = (
                select(Group.channel)
                .join(SessionRow, SessionRow.group_id == Group.id)
                .join(Participant, Participant.session_id == SessionRow.id)
                .where(
                    SessionRow.workspace == workspace,
                    SessionRow.status != Phase.CLOSED,
                    Participant.user == user,
                    Participant.left_at.is_(None),
                )
                .distinct()
            )
            waiting = (CaseStatus.DRAFT, CaseStatus.QUEUED)
            own = cases.cases_of(unit, workspace, user)
            return Forgetting(
                groups=left,
                sessions=unit.db.scalars(under_way).all(),
                cases=sum(case.status in waiting for case in own),
                tools=len(toolkit.export(unit, workspace, user)),
                statements=participation.export(unit, workspace, user),
            )

    def own_messages(
        self, workspace: str, user: str, session: str | None
    ) -> list[tuple[str, str, str]]:
        """List a person's messages that count in a session, or in all: channel, thread, timestamp.

        These stay in Slack when we forget them; only their writer can delete them.
        """
        with self.transactions.read() as unit:
            return sessions.own_messages(unit, workspace, user, session)

    @transactional
    def forget(self, unit: Unit, workspace: str, user: str) -> bool:
        """Delete what a person wrote, and replace them by an alias; counts stay.

        Returns whether they ever opened App Home, which then has to be cleared too.
        """
        return self.forget_within(unit, workspace, user)

    def forget_within(self, unit: Unit, workspace: str, user: str) -> bool:
        """Forget a person as `forget` does, within the caller's transaction."""
        opened = home.is_opened(unit, workspace, user)
        self._leave_all(unit, workspace, user)
        alias = f"gone-{new_id()[:12]}"
        brought = [case.id for case in cases.cases_of(unit, workspace, user)]
        for forget in FORGET:
            forget(unit, workspace, user, alias)
        self.sessions.update_boards(unit, brought)
        return opened

    @transactional
    def leave_channel(self, unit: Unit, workspace: str, user: str, *, channel: str) -> None:
        """Remove a person who left a channel from its group and its sessions."""
        group = unit.db.scalar(
            select(Group).where(Group.workspace == workspace, Group.channel == channel)
        )
        if group is not None:
            self.leave_channel_of(unit, group, user)

    def leave_channel_of(self, unit: Unit, group: Group, user: str) -> None:
        """Remove a person who is not in a group's channel, within the caller's transaction."""
        self.leave_group(unit, group, user)
        self._leave_sessions(unit, group.workspace, user, group=group.id)

    @transactional
    def update_person(
        self,
        unit: Unit,
        workspace: str,
        profile: Mapping[str, Any],
        *,
        enterprise: str | None = None,
    ) -> None:
        """Save the changed profile of a known person; a deactivated one leaves their groups.

        `enterprise` is the organisation of the workspace, if it is one of several.
        """
        user = str(profile["id"])
        if unit.db.get(Person, (workspace, user)) is None:
            return
        now = self.transactions.now()
        save_slack_user(unit, workspace, profile, now, enterprise=enterprise)
        if profile.get("deleted"):
            self._leave_all(unit, workspace, user)
            home.unsubscribe(unit, workspace, user)

    @transactional
    def forget_workspace(self, unit: Unit, workspace: str) -> int:
        """Delete every row of a workspace that uninstalled the bot; return how many there were."""
        return self.forget_workspace_of(unit, workspace)

    def forget_workspace_of(self, unit: Unit, workspace: str) -> int:
        """Delete every row of a workspace, within the caller's transaction; return how many."""
        rows = 0
        for table in reversed(Base.metadata.sorted_tables):
            if "workspace" in table.c:
                theirs = delete(table).where(table.c.workspace == workspace)
                rows += unit.connection.execute(theirs).rowcount
        unit.erase(Installation, Vault, Outbound)
        log.info("workspace forgotten")
        return rows

    def leave_group(self, unit: Unit, group: Group, user: str) -> None:
        """Remove a person from a group and its sessions, within the caller's transaction."""
        member = unit.db.get(Member, (group.id, user))
        if member is None or member.left_at is not None:
            return
        member.left_at = self.transactions.now()
        member.feed, member.calendar = None, False
        unit.close_prompt(group.workspace, Prompt.TRIAL.of(group.id, user))
        unit.close_prompt(group.workspace, Prompt.RUNG.of(group.id, user))
        agreements.withdraw_signature(unit, group, user)
        now = self.transactions.now()
        unit.set_timer(group.workspace, Subject.ENDING.key(group.id), "empty", now)
        if group.plan is not None:
            unit.set_timer(group.workspace, Subject.GROUP.key(group.id), "changed", now)
        self._leave_sessions(unit, group.workspace, user, group=group.id)
        meetings.leave(unit, group, user)
        ladder.leave(unit, group, user)
        for case in cases.cases_of(unit, group.workspace, user):
            if case.group_id == group.id and case.status is CaseStatus.QUEUED:
                case.status = CaseStatus.DRAFT
                show_where(unit, case, group, now)

    def _leave_all(self, unit: Unit, workspace: str, user: str) -> None:
        """Remove a person from every group and session, and their invitations too."""
        query = select(Group).join(Member, Member.group_id == Group.id)
        for group in unit.db.scalars(
            query.where(Member.workspace == workspace, Member.user == user)
        ).all():
            self.leave_group(unit, group, user)
        self._leave_sessions(unit, workspace, user, group=None)
        invitation = (Invitation.workspace == workspace, Invitation.user == user)
        unit.db.execute(delete(Invitation).where(*invitation))

    def _leave_sessions(self, unit: Unit, workspace: str, user: str, *, group: str | None) -> None:
        """Take a person out of the sessions that go on, and of those that may be taken up again."""
        query = (
            select(SessionRow.id)
            .join(Participant, Participant.session_id == SessionRow.id)
            .where(
                SessionRow.workspace == workspace,
                or_(SessionRow.status != Phase.CLOSED, SessionRow.ending.in_(RESUMABLE)),
                Participant.user == user,
                Participant.left_at.is_(None),
            )
        )
        if group is not None:
            query = query.where(SessionRow.group_id == group)
        for id_ in unit.db.scalars(query).all():
            row = unit.session(workspace, id_)
            if row is not None and row.vault_id is not None:
                self.sessions.apply(unit, row, Leave(by=user, for_good=True))

    def _export(self, unit: Unit, workspace: str, user: str, words: Words) -> Payload:
        """Build the message that shows all that is stored about a person."""
        held = sessions.export(unit, workspace, user)
        said = [
            f"{words(f'picture.{picture}')}: {text}" if picture else text
            for text, picture in held.contributions
        ]
        reflected = [" · ".join(filter(None, texts.values())) for texts in held.reflections]
        answers = follow_ups.export(unit, workspace, user)
        tools = toolkit.export(unit, workspace, user)
        facts = "\n".join(self._facts(unit, workspace, user, held.sessions, words))
        blocks: list[Block] = [
            plain(f"*{words('data.title')}*\n{facts}", "data"),
            plain(words("data.files"), "data-files"),
        ]
        for id_, content in cases.export(unit, workspace, user):
            texts = [
                words(f"choice.{field}.{text}") if text and field in CHOICES else text
                for field, text in content.items()
            ]
            blocks += _quotes(words("data.cases"), texts, f"case-{id_}")
        blocks += _quotes(words("data.contributions"), said, "said")
        blocks += _quotes(words("data.reflections"), reflected, "reflection")
        parked = hunches.export(unit, workspace, user)
        blocks += _quotes(words("data.hunches"), parked, "hunch")
        blocks += _quotes(words("data.follow_ups"), answers, "follow-up")
        blocks += _quotes(words("tools.title"), tools, "tool")
        return message(words("data.title"), blocks)

    def _facts(
        self, unit: Unit, workspace: str, user: str, held: int, words: Words
    ) -> Iterator[str]:
        """Yield a line for each number and each preference that is stored about a person."""
        yield words.count("data.groups", members.export(unit, workspace, user))
        yield words.count("data.sessions", held)
        if statements := participation.export(unit, workspace, user):
            yield words.count("data.statements", statements)
        if asked := coaching.export(unit, workspace, user):
            yield words("data.asked", **asked)
        for channel, rung in ladder.export(unit, workspace, user):
            yield words("data.ladder", channel=f"<#{channel}>", rung=words(f"ladder.rung_{rung}"))
        person = people.export(unit, workspace, user)
        if person is None:
            return
        if not person.coached:
            yield words("data.coach_off")
        yield f"{words('data.reminders')} {words(f'wishes.reminders_{person.reminders}')}"
        if person.language is not None:
            yield words("data.language", language=LANGUAGES[language_of(person.language)].name)
        if person.away_from and person.away_until:
            first, last = words.day(person.away_from), words.day(person.away_until)
            yield words("data.away", first=first, last=last)


def _vaults(unit: Unit, workspace: str, user: str) -> list[str]:
    """List the vaults of all that a person's export shows."""
    sources = (
        select(Case.vault_id).where(Case.workspace == workspace, Case.bringer == user),
        select(SessionRow.vault_id)
        .join(Contribution, Contribution.session_id == SessionRow.id)
        .where(Contribution.workspace == workspace, Contribution.author == user),
        select(SessionRow.vault_id)
        .join(Reflection, Reflection.session_id == SessionRow.id)
        .where(Reflection.workspace == workspace, Reflection.user == user),
        select(SessionRow.vault_id)
        .join(Hunch, Hunch.session_id == SessionRow.id)
        .where(Hunch.workspace == workspace, Hunch.user == user),
        select(FollowUp.vault_id).where(FollowUp.workspace == workspace, FollowUp.user == user),
        select(Tool.vault_id).where(Tool.workspace == workspace, Tool.user == user),
    )
    return [vault for vault in unit.db.scalars(union(*sources)) if vault is not None]


def _quotes(title: str, texts: list[str], id_: str) -> list[Block]:
    shown = [text for text in texts if text]
    if not shown:
        return []
    head = plain(f"*{title}*", f"{id_}-title")
    return [head, *(quote(text, f"{id_}-{n}") for n, text in enumerate(shown))]

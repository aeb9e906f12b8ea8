"""The content of a person's App Home.

The number of queries depends neither on the number of the person's groups nor on their
history, and every query uses an index.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import (
    CompoundSelect,
    Row,
    String,
    and_,
    delete,
    func,
    literal,
    select,
    union,
    union_all,
)
from sqlalchemy.orm import aliased

from bot.blocks import home as show
from bot.blocks.follow_ups import WorkQuestions
from bot.blocks.replies import Live, Mine
from bot.flows.intake import Field
from bot.flows.meeting import Stage, Status
from bot.flows.method import DiscussStep, Method, ReflectStep
from bot.flows.rhythm import HOME, zone_of
from bot.flows.session.state import Session, awaited, floor, method_of, step_of
from bot.flows.types import CaseStatus, ContributionKind, HunchOutcome, Mode, Phase
from bot.i18n import Words
from bot.repositories.cases import case_content
from bot.repositories.coaching import own_trend
from bot.repositories.follow_ups import question_of
from bot.repositories.hunches import outcomes
from bot.repositories.meetings import TO_COME, MeetingSnapshot, facts, take_snapshot
from bot.repositories.members import members_by_group
from bot.store.tables import (
    Case,
    Contribution,
    FollowUp,
    Group,
    HomeView,
    Invitation,
    MeetingRow,
    Member,
    Outbound,
    OutboxState,
    Participant,
    Person,
    Reflection,
    SendMethod,
    SessionRow,
    Tool,
    Vault,
)
from bot.store.unit import Unit

OPEN_PHASES = (Phase.LOBBY, Phase.RUNNING, Phase.PAUSED)
"""The phases of a session that is not closed."""

_LOST = "lost"
"""Label of a count, beside those of `HunchOutcome`."""

HUNCHES_PERIOD = timedelta(days=365)
"""Time for which a home shows what became of a person's hunches."""

REFLECTION_PERIOD = timedelta(days=7)
"""How long after a session a home asks for the person's reflection."""


class HomeGroup(NamedTuple):
    """A group of the person, or one that invited them (`member` None), with its next meeting."""

    group: Group
    member: Member | None
    snapshot: MeetingSnapshot | None


class HomeSession(NamedTuple):
    """A session that the person may see; `reflected`: they wrote their reflection."""

    session: Session
    method: Method
    channel: str
    title: str
    reflected: bool


def overview(
    unit: Unit,
    workspace: str,
    user: str,
    person: Person | None,
    methods: Mapping[str, Method],
    words: Words,
    now: datetime,
) -> show.Shown:
    """Return the content of a person's home now; `person` is their profile, if it is known."""
    groups = _home_groups(unit, workspace, user)
    own = [each for each in groups if each.member is not None]
    sessions = _sessions(unit, workspace, user, own, methods, words, now)
    cases = _cases(unit, workspace, user)
    ready = {channel for case, channel, _ in cases if case.status is CaseStatus.QUEUED}
    ready |= {
        each.channel
        for each in sessions
        if each.session.bringer == user and each.session.phase is Phase.LOBBY
    }
    unfinished = [
        case for case, _, _ in cases if case.status is CaseStatus.DRAFT and case.asking is not None
    ]
    tasks: list[show.Task] = [
        *_of_sessions(sessions, user, words),
        *_of_groups(groups),
        *_of_meetings(own, user, ready),
        *(show.Unfinished(case.id, _title(unit, case)) for case in unfinished),
    ]
    in_tasks = {task.session for task in tasks if isinstance(task, show.Floor)}
    in_tasks |= {task.session.id for task in tasks if isinstance(task, show.Lead)}
    new = not (own or tasks or sessions or cases) and not _ever_took_part(unit, workspace, user)
    lost, hunches = _counts(unit, workspace, user, now)
    return show.Shown(
        new=new,
        lost=lost,
        tasks=tasks,
        groups=[_own_group(each, user) for each in own],
        sessions=[
            _live(each, words)
            for each in sessions
            if user in each.session.participants
            and each.session.phase in OPEN_PHASES
            and each.session.id not in in_tasks
        ],
        cases=[
            Mine(case.id, _title(unit, case), case.status, channel)
            for case, channel, _ in cases
            if case not in unfinished
        ],
        steps=[] if new else _steps(unit, workspace, user, own),
        tools=[] if new else _tools(unit, workspace, user),
        trend=None if new else own_trend(unit, workspace, user),
        hunches=hunches,
        wishes=_wishes(person, now),
    )


def _counts(
    unit: Unit, workspace: str, user: str, now: datetime
) -> tuple[int, Mapping[HunchOutcome, int]]:
    """Count, in one query, what did not reach a person and what became of their hunches.

    The first are the messages and files that Slack refused; old ones are deleted.
    """
    lost = select(literal(_LOST, String), func.count()).where(
        Outbound.workspace == workspace,
        Outbound.conversation == user,
        Outbound.state == OutboxState.FAILED,
        Outbound.method.in_((SendMethod.POST, SendMethod.FILE)),
    )
    hunches = outcomes(workspace, user, now - HUNCHES_PERIOD)
    rows: Sequence[Row[str, int]] = unit.db.execute(union_all(lost, hunches)).all()
    found = {row[0]: row[1] for row in rows}
    return found.pop(_LOST), {HunchOutcome(outcome): n for outcome, n in found.items()}


# groups and meetings


def _home_groups(unit: Unit, workspace: str, user: str) -> list[HomeGroup]:
    """List the groups that a person is in or invited to, the soonest next meeting first."""
    is_member = and_(Member.group_id == Group.id, Member.user == user, Member.left_at.is_(None))
    is_invited = and_(Invitation.group_id == Group.id, Invitation.user == user)
    first = (
        select(func.min(MeetingRow.starts_at))
        .where(MeetingRow.group_id == Group.id, TO_COME)
        .correlate(Group)
        .scalar_subquery()
    )
    coming = and_(
        MeetingRow.group_id == Group.id,
        TO_COME,
        MeetingRow.starts_at == first,
    )
    rows = unit.db.execute(
        select(Group, Member, MeetingRow)
        .outerjoin(Member, is_member)
        .outerjoin(Invitation, is_invited)
        .outerjoin(MeetingRow, coming)
        .where(Group.id.in_(_groups(workspace, user)))
        .order_by(MeetingRow.starts_at.is_(None), MeetingRow.starts_at, Group.created_at, Group.id)
    ).all()
    found = {group.id: (group, member, meeting) for group, member, meeting in rows}
    members = members_by_group(unit, [id_ for id_, (_, _, meeting) in found.items() if meeting])
    return [
        HomeGroup(
            group, member, take_snapshot(meeting, group, members[group.id]) if meeting else None
        )
        for group, member, meeting in found.values()
    ]


def _groups(workspace: str, user: str) -> CompoundSelect[str]:
    """Build the query for the ids of the groups that a person is in or invited to."""
    return union(
        select(Member.group_id).where(
            Member.workspace == workspace, Member.user == user, Member.left_at.is_(None)
        ),
        select(Invitation.group_id).where(
            Invitation.workspace == workspace, Invitation.user == user
        ),
    )


def is_expected(unit: Unit, workspace: str, user: str) -> bool:
    """Check whether a person is in a group or invited to one."""
    return unit.db.execute(_groups(workspace, user)).first() is not None


def is_opened(unit: Unit, workspace: str, user: str) -> bool:
    """Check whether a person ever opened their home."""
    home = unit.db.get(HomeView, (workspace, user))
    return home is not None and home.opened_at is not None


def unsubscribe(unit: Unit, workspace: str, user: str) -> None:
    """Stop publishing a person's home, until they open it again."""
    unit.db.execute(delete(HomeView).where(HomeView.workspace == workspace, HomeView.user == user))


def forget(unit: Unit, workspace: str, user: str, _alias: str) -> None:
    """Forget when a person opened their home, and what it shows."""
    unsubscribe(unit, workspace, user)


def _own_group(each: HomeGroup, user: str) -> show.OwnGroup:
    group, snapshot = each.group, each.snapshot
    said = None
    if snapshot is not None and snapshot.row.status == Status.PLANNED:
        if user in snapshot.meeting.away:
            said = "away"
        elif user in snapshot.meeting.coming:
            said = "coming"
        elif snapshot.row.stage >= Stage.ASKED:
            said = "asked"
    return show.OwnGroup(
        group=group.id,
        name=group.name,
        channel=group.channel,
        founded=group.plan is not None,
        leads=each.member is not None and each.member.lead,
        facts=facts(snapshot) if snapshot is not None else None,
        said=said,
        passed=snapshot is not None and said is not None and user in snapshot.meeting.passed,
    )


def _of_groups(groups: Iterable[HomeGroup]) -> Iterator[show.Task]:
    """Yield the tasks from groups: to accept an invitation, or to confirm after the trial."""
    for group, member, _ in groups:
        if member is None:
            yield show.Invited(group.id, group.name, group.channel)
        elif member.asked_at is not None and member.confirmed_at is None:
            yield show.Trial(group.id, group.name)


def _of_meetings(
    groups: Iterable[HomeGroup], user: str, ready: Collection[str]
) -> Iterator[show.Task]:
    """Yield the tasks from meetings: to bring a case, or to answer a swap.

    `ready` are the channels for which a case of theirs waits, in the queue or in a lobby.
    """
    for each in groups:
        snapshot = each.snapshot
        if snapshot is None or snapshot.row.status != Status.PLANNED:
            continue
        for by, other in snapshot.meeting.swaps:
            if other == user and by in snapshot.members:
                yield show.Swap(facts(snapshot), by)
        due = snapshot.row.stage >= Stage.ASKED and user in snapshot.roles.bringers
        if due and each.group.channel not in ready:
            yield show.Bring(facts(snapshot))


# sessions


def _sessions(
    unit: Unit,
    workspace: str,
    user: str,
    groups: Iterable[HomeGroup],
    methods: Mapping[str, Method],
    words: Words,
    now: datetime,
) -> list[HomeSession]:
    """List the open and recently closed sessions of a person and of their groups."""
    own_reflection = and_(Reflection.session_id == SessionRow.id, Reflection.user == user)
    in_groups = SessionRow.group_id.in_([each.group.id for each in groups])
    is_open = SessionRow.status.in_(OPEN_PHASES)
    takes_part = and_(
        Participant.workspace == workspace,
        Participant.user == user,
        Participant.left_at.is_(None),
    )
    # A union, so that each part uses its own index: a workspace may have many sessions.
    shown = union(
        select(SessionRow.id).where(SessionRow.workspace == workspace, in_groups, is_open),
        select(SessionRow.id).where(
            in_groups,
            SessionRow.status == Phase.CLOSED,
            SessionRow.ended_at > now - REFLECTION_PERIOD,
        ),
        select(SessionRow.id)
        .join(Participant, Participant.session_id == SessionRow.id)
        .where(takes_part, is_open),
    )
    rows = unit.db.execute(
        select(SessionRow, Case, Group.channel, Reflection.user, Vault)
        .join(Case, Case.id == SessionRow.case_id)
        .join(Group, Group.id == SessionRow.group_id)
        .join(Vault, Vault.id == SessionRow.vault_id)
        .outerjoin(Reflection, own_reflection)
        .where(SessionRow.id.in_(shown))
        .order_by(SessionRow.created_at)
    ).all()
    sessions = []
    for row, case, channel, reflected, _ in rows:
        session = Session.model_validate_json(row.state)
        method = method_of(session, methods)
        title = _title(unit, case) or method.title[words.language]
        sessions.append(HomeSession(session, method, channel, title, reflected is not None))
    return sessions


def _of_sessions(sessions: Iterable[HomeSession], user: str, words: Words) -> Iterator[show.Task]:
    """Yield the tasks from sessions: to join, speak, write, facilitate or reflect."""
    for each in sessions:
        session, method, channel, title, reflected = each
        step = step_of(session, method)
        if user not in session.participants:
            if session.phase is Phase.LOBBY:
                yield show.Lobby(session.id, channel, title, session.bringer)
        elif step is None or session.position is None:
            continue
        elif session.phase is Phase.CLOSED:
            reached = isinstance(step, ReflectStep) and user not in session.position.done
            if reached and not reflected:
                yield show.LookBackItem(session.id, channel, title)
        else:
            one, live = floor(session), session.mode is Mode.LIVE
            asked = one == user or (one is None and user in awaited(session, method))
            if asked and not isinstance(step, DiscussStep):
                answering = session.position.question is not None
                yield show.Floor(session.id, channel, title, step, answering, live)
            if session.facilitator == user:
                crib = method.crib[words.language] if method.crib else ""
                yield show.Lead(session, channel, title, _step_title(each, words), crib)


def _live(each: HomeSession, words: Words) -> Live:
    session, method = each.session, each.method.title[words.language]
    return Live(
        session.id,
        each.channel,
        each.title,
        method,
        _step_title(each, words),
        floor(session),
        session.version,
    )


def _step_title(each: HomeSession, words: Words) -> str:
    step = step_of(each.session, each.method)
    if step is None or each.session.phase is not Phase.RUNNING:
        return words(f"status.{each.session.phase}")
    return step.title[words.language]


# the person's own


def _cases(unit: Unit, workspace: str, user: str) -> Sequence[Row[Case, str, Vault | None]]:
    """List a person's drafts and queued cases, with their group's channel, newest first.

    Their vaults are loaded by the same query.
    """
    return unit.db.execute(
        select(Case, Group.channel, Vault)
        .join(Group, Group.id == Case.group_id)
        .outerjoin(Vault, Vault.id == Case.vault_id)
        .where(
            Case.workspace == workspace,
            Case.bringer == user,
            Case.status.in_((CaseStatus.DRAFT, CaseStatus.QUEUED)),
        )
        .order_by(Case.changed_at.desc(), Case.id)
    ).all()


def _title(unit: Unit, case: Case) -> str:
    return (case_content(unit, case) or {}).get(Field.TITLE, "")


def _steps(
    unit: Unit, workspace: str, user: str, groups: Iterable[HomeGroup]
) -> list[show.OwnStep]:
    """List the next steps that a person named, newest first, until they are forgotten.

    A step has its session's id, for a follow-up, if the case was theirs in a group they are in;
    the first of a session has what became of their work question.
    """
    group_ids = {each.group.id for each in groups}
    kept_vault = aliased(Vault)
    rows = unit.db.execute(
        select(Contribution, SessionRow.group_id, Case, Vault, FollowUp, kept_vault)
        .join(SessionRow, SessionRow.id == Contribution.session_id)
        .join(Case, Case.id == SessionRow.case_id)
        .join(Vault, Vault.id == SessionRow.vault_id)
        .outerjoin(FollowUp, FollowUp.session_id == SessionRow.id)
        .outerjoin(kept_vault, kept_vault.id == FollowUp.vault_id)
        .where(
            Contribution.workspace == workspace,
            Contribution.author == user,
            Contribution.kind.in_((ContributionKind.NEXT_STEP, ContributionKind.WORK_QUESTION)),
            Contribution.content.is_not(None),
        )
        .order_by(Contribution.created_at.desc(), Contribution.id)
        .limit(2 * show.MOST_STEPS)
    ).all()
    named: list[tuple[str, str, str, Case, FollowUp | None]] = []
    asked_after: dict[str, str] = {}
    for said, group, case, vault, kept, _ in rows:
        text = unit.open(vault.id, said.content or b"")
        if text and said.kind is ContributionKind.NEXT_STEP:
            named.append((text, said.session_id, group, case, kept))
        elif text:
            asked_after.setdefault(said.session_id, text)
    steps: list[show.OwnStep] = []
    shown: set[str] = set()
    for text, session, group, case, answer in named:
        asked, question = case.bringer == user and group in group_ids, None
        if case.bringer == user and session not in shown:
            question = WorkQuestions(
                brought=(case_content(unit, case) or {}).get(Field.QUESTION, ""),
                after=asked_after.get(session, ""),
                now=question_of(unit, answer) if answer is not None else "",
            )
        shown.add(session)
        steps.append(show.OwnStep(text, session if asked else None, question))
    return steps


def _tools(unit: Unit, workspace: str, user: str) -> list[str]:
    """List the newest texts in a person's toolkit, newest first."""
    rows = unit.db.execute(
        select(Tool, Vault)
        .join(Vault, Vault.id == Tool.vault_id)
        .where(Tool.workspace == workspace, Tool.user == user)
        .order_by(Tool.created_at.desc(), Tool.id)
        .limit(show.MOST_TOOLS)
    ).all()
    return [text for tool, vault in rows if (text := unit.open(vault.id, tool.content))]


def _ever_took_part(unit: Unit, workspace: str, user: str) -> bool:
    """Check whether a person ever took part in a session."""
    part = select(Participant.user).where(
        Participant.workspace == workspace, Participant.user == user
    )
    return unit.db.scalar(part.limit(1)) is not None


def _wishes(person: Person | None, now: datetime) -> show.Wishes:
    if person is None:
        return show.Wishes("all", None, None, coached=True)
    away_from, away_until = person.away_from, person.away_until
    today = now.astimezone(zone_of(person.tz or HOME)).date()
    if away_until is None or away_until < today:
        away_from = away_until = None
    return show.Wishes(person.reminders, away_from, away_until, person.coached)

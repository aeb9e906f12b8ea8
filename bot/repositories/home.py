"""What a home shows, read in a few queries.

Their number depends neither on how many groups somebody is in nor on how long these have
met, and none of them reads more rows the longer a group exists than an index gives.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import CompoundSelect, Row, and_, delete, func, select, union

from bot.blocks import home as show
from bot.blocks.replies import Live, Mine
from bot.flows.intake import Field
from bot.flows.meeting import Stage, Status
from bot.flows.method import Discuss, Method
from bot.flows.method import Reflect as ReflectStep
from bot.flows.rhythm import HOME, zone_of
from bot.flows.session.state import Session, awaited, floor, method_of, step_of
from bot.flows.types import CaseStatus, ContributionKind, Mode, Phase
from bot.i18n import Words
from bot.repositories.cases import case_content
from bot.repositories.coaching import own_trend
from bot.repositories.meetings import UPCOMING, MeetingSnapshot, facts, take_snapshot
from bot.repositories.members import members_by_group
from bot.store.tables import (
    Case,
    Contribution,
    Group,
    Home,
    Invitation,
    MeetingRow,
    Member,
    Participant,
    Person,
    Reflection,
    SessionRow,
    Tool,
    Vault,
)
from bot.store.unit import Unit

OPEN_PHASES = (Phase.LOBBY, Phase.RUNNING, Phase.PAUSED)

REFLECTION_PERIOD = timedelta(days=7)
"""How long after a session a home still asks for somebody's reflection."""


class HomeGroup(NamedTuple):
    """A group that somebody is in, or invited to (`member` None), with its next meeting."""

    group: Group
    member: Member | None
    snapshot: MeetingSnapshot | None


class HomeSession(NamedTuple):
    """A session that somebody may see, as it stands; `looked_back`: they did already."""

    session: Session
    method: Method
    channel: str
    title: str
    looked_back: bool


def overview(
    unit: Unit,
    workspace: str,
    user: str,
    person: Person | None,
    methods: Mapping[str, Method],
    says: Words,
    now: datetime,
) -> show.Shown:
    """Give what somebody's home shows now; `person` is what is known of them."""
    places = _places(unit, workspace, user)
    own = [place for place in places if place.member is not None]
    told = _sessions(unit, workspace, user, own, methods, says, now)
    cases = _cases(unit, workspace, user)
    queued = {case.group_id for case, _, _ in cases if case.status is CaseStatus.QUEUED}
    asked = [
        case for case, _, _ in cases if case.status is CaseStatus.DRAFT and case.asking is not None
    ]
    tasks: list[show.Task] = [
        *_of_sessions(told, user, says),
        *_of_groups(places),
        *_of_meetings(own, user, queued),
        *(show.Unfinished(case.id, _title(unit, case)) for case in asked),
    ]
    in_hand = {task.session for task in tasks if isinstance(task, show.Floor)}
    in_hand |= {task.session.id for task in tasks if isinstance(task, show.Lead)}
    new = not (own or tasks or told or cases) and not _was_here(unit, workspace, user)
    return show.Shown(
        new=new,
        tasks=tasks,
        groups=[_own(place, user) for place in own],
        sessions=[
            _live(each, says)
            for each in told
            if user in each.session.participants
            and each.session.phase in OPEN_PHASES
            and each.session.id not in in_hand
        ],
        cases=[
            Mine(case.id, _title(unit, case), case.status, channel)
            for case, channel, _ in cases
            if case not in asked
        ],
        steps=[] if new else _steps(unit, workspace, user, own),
        tools=[] if new else _tools(unit, workspace, user),
        trend=None if new else own_trend(unit, workspace, user),
        wishes=_wishes(person, now),
    )


# groups and meetings


def _places(unit: Unit, workspace: str, user: str) -> list[HomeGroup]:
    """Give the groups that somebody is in or invited to, those first that meet first."""
    mine = and_(Member.group_id == Group.id, Member.user == user, Member.left_at.is_(None))
    asked = and_(Invitation.group_id == Group.id, Invitation.user == user)
    first = (
        select(func.min(MeetingRow.starts_at))
        .where(MeetingRow.group_id == Group.id, MeetingRow.status.in_(UPCOMING))
        .correlate(Group)
        .scalar_subquery()
    )
    coming = and_(
        MeetingRow.group_id == Group.id,
        MeetingRow.status.in_(UPCOMING),
        MeetingRow.starts_at == first,
    )
    rows = unit.db.execute(
        select(Group, Member, MeetingRow)
        .outerjoin(Member, mine)
        .outerjoin(Invitation, asked)
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
    """Give the query for the groups that somebody is in or invited to."""
    return union(
        select(Member.group_id).where(
            Member.workspace == workspace, Member.user == user, Member.left_at.is_(None)
        ),
        select(Invitation.group_id).where(
            Invitation.workspace == workspace, Invitation.user == user
        ),
    )


def is_expected(unit: Unit, workspace: str, user: str) -> bool:
    """Tell whether somebody is in a group or invited to one."""
    return unit.db.execute(_groups(workspace, user)).first() is not None


def is_opened(unit: Unit, workspace: str, user: str) -> bool:
    """Check whether a person ever opened their home."""
    home = unit.db.get(Home, (workspace, user))
    return home is not None and home.opened_at is not None


def unsubscribe(unit: Unit, workspace: str, user: str) -> None:
    """Stop publishing a person's home, until they open it again."""
    unit.db.execute(delete(Home).where(Home.workspace == workspace, Home.user == user))


def forget(unit: Unit, workspace: str, user: str, _alias: str) -> None:
    """Forget when a person opened their home, and what it shows."""
    unsubscribe(unit, workspace, user)


def _own(place: HomeGroup, user: str) -> show.OwnGroup:
    group, meets = place.group, place.snapshot
    said = None
    if meets is not None and meets.row.status == Status.PLANNED:
        if user in meets.meeting.coming:
            said = "coming"
        elif user in meets.meeting.away:
            said = "away"
        elif meets.row.stage >= Stage.ASKED:
            said = "asked"
    return show.OwnGroup(
        group=group.id,
        name=group.name,
        channel=group.channel,
        founded=group.plan is not None,
        leads=place.member is not None and place.member.lead,
        facts=facts(meets) if meets is not None else None,
        said=said,
        passed=meets is not None and said is not None and user in meets.meeting.passed,
    )


def _of_groups(places: Iterable[HomeGroup]) -> Iterator[show.Task]:
    """Give what groups ask of somebody: to join, or to go on."""
    for group, member, _ in places:
        if member is None:
            yield show.Invited(group.id, group.name, group.channel)
        elif member.asked_at is not None and member.confirmed_at is None:
            yield show.Trial(group.id, group.name)


def _of_meetings(
    places: Iterable[HomeGroup], user: str, queued: Collection[str]
) -> Iterator[show.Task]:
    """Give what meetings ask of somebody: a case where none of theirs waits, or a swap."""
    for place in places:
        meets = place.snapshot
        if meets is None or meets.row.status != Status.PLANNED:
            continue
        for by, other in meets.meeting.swaps:
            if other == user and by in meets.members:
                yield show.Swap(facts(meets), by)
        due = meets.row.stage >= Stage.ASKED and user in meets.roles.bringers
        if due and place.group.id not in queued:
            yield show.Bring(facts(meets))


# sessions


def _sessions(
    unit: Unit,
    workspace: str,
    user: str,
    places: Iterable[HomeGroup],
    methods: Mapping[str, Method],
    says: Words,
    now: datetime,
) -> list[HomeSession]:
    """Give the sessions under way, or over since a few days, of somebody and their groups."""
    looked = and_(Reflection.session_id == SessionRow.id, Reflection.user == user)
    in_mine = SessionRow.group_id.in_([place.group.id for place in places])
    under_way = SessionRow.status.in_(OPEN_PHASES)
    takes_part = and_(
        Participant.workspace == workspace,
        Participant.user == user,
        Participant.left_at.is_(None),
    )
    # Each part by an index of its own: a workspace may have very many sessions.
    shown = union(
        select(SessionRow.id).where(SessionRow.workspace == workspace, in_mine, under_way),
        select(SessionRow.id).where(
            in_mine,
            SessionRow.status == Phase.CLOSED,
            SessionRow.ended_at > now - REFLECTION_PERIOD,
        ),
        select(SessionRow.id)
        .join(Participant, Participant.session_id == SessionRow.id)
        .where(takes_part, under_way),
    )
    rows = unit.db.execute(
        select(SessionRow, Case, Group.channel, Reflection.user, Vault)
        .join(Case, Case.id == SessionRow.case_id)
        .join(Group, Group.id == SessionRow.group_id)
        .join(Vault, Vault.id == SessionRow.vault_id)
        .outerjoin(Reflection, looked)
        .where(SessionRow.id.in_(shown))
        .order_by(SessionRow.created_at)
    ).all()
    told = []
    for row, case, channel, looked_back, _ in rows:
        session = Session.model_validate_json(row.state)
        method = method_of(session, methods)
        title = _title(unit, case) or method.title[says.language]
        told.append(HomeSession(session, method, channel, title, looked_back is not None))
    return told


def _of_sessions(told: Iterable[HomeSession], user: str, says: Words) -> Iterator[show.Task]:
    """Give what sessions ask of somebody: to speak or write, to lead, to join, to look back."""
    for each in told:
        session, method, channel, title, looked_back = each
        step = step_of(session, method)
        if user not in session.participants:
            if session.phase is Phase.LOBBY:
                yield show.Lobby(session.id, channel, title, session.bringer)
        elif step is None or session.position is None:
            continue
        elif session.phase is Phase.CLOSED:
            reached = isinstance(step, ReflectStep) and user not in session.position.done
            if reached and not looked_back:
                yield show.LookBack(session.id, channel, title)
        else:
            one, live = floor(session), session.mode is Mode.LIVE
            asked = one == user or (one is None and user in awaited(session, method))
            if asked and not isinstance(step, Discuss):
                answering = session.position.question is not None
                yield show.Floor(session.id, channel, title, step, answering, live)
            if session.facilitator == user:
                crib = method.crib[says.language] if method.crib else ""
                yield show.Lead(session, channel, title, _doing(each, says), crib)


def _live(told: HomeSession, says: Words) -> Live:
    session, method = told.session, told.method.title[says.language]
    return Live(session.id, told.channel, told.title, method, _doing(told, says), floor(session))


def _doing(told: HomeSession, says: Words) -> str:
    step = step_of(told.session, told.method)
    if step is None or told.session.phase is not Phase.RUNNING:
        return says(f"status.{told.session.phase}")
    return step.title[says.language]


# what is one's own


def _cases(unit: Unit, workspace: str, user: str) -> Sequence[Row[Case, str, Vault | None]]:
    """Give somebody's drafts and waiting cases, with their group's channel, newest first.

    With their vaults, so that these need not be fetched one by one.
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
    unit: Unit, workspace: str, user: str, places: Iterable[HomeGroup]
) -> list[show.OwnStep]:
    """Give the next steps that somebody named, newest first, until they are forgotten.

    Those of a case of their own, in a group that they are in, can be followed up.
    """
    groups = {place.group.id for place in places}
    rows = unit.db.execute(
        select(Contribution, SessionRow.group_id, Case.bringer, Vault)
        .join(SessionRow, SessionRow.id == Contribution.session_id)
        .join(Case, Case.id == SessionRow.case_id)
        .join(Vault, Vault.id == SessionRow.vault_id)
        .where(
            Contribution.workspace == workspace,
            Contribution.author == user,
            Contribution.kind == ContributionKind.NEXT_STEP,
            Contribution.content.is_not(None),
        )
        .order_by(Contribution.created_at.desc(), Contribution.id)
        .limit(show.MOST_STEPS)
    ).all()
    steps = []
    for said, group, bringer, vault in rows:
        text = unit.open(vault.id, said.content or b"")
        asked = bringer == user and group in groups
        if text:
            steps.append(show.OwnStep(text, said.session_id if asked else None))
    return steps


def _tools(unit: Unit, workspace: str, user: str) -> list[str]:
    """Give what somebody laid in their toolkit last, the newest first."""
    rows = unit.db.execute(
        select(Tool, Vault)
        .join(Vault, Vault.id == Tool.vault_id)
        .where(Tool.workspace == workspace, Tool.user == user)
        .order_by(Tool.created_at.desc(), Tool.id)
        .limit(show.MOST_TOOLS)
    ).all()
    return [text for tool, vault in rows if (text := unit.open(vault.id, tool.content))]


def _was_here(unit: Unit, workspace: str, user: str) -> bool:
    """Tell whether somebody, who is in no group now, took part in anything before."""
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

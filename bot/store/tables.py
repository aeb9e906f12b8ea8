"""The database tables.

Every row belongs to a workspace, except signers. Texts that people write are stored only as
encrypted bytes. States as JSON hold no texts; what queries search in them has a column too.
"""

from datetime import UTC, date, datetime
from enum import StrEnum
from typing import ClassVar

from sqlalchemy import (
    BigInteger,
    Date,
    DateTime,
    Dialect,
    Enum,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    false,
    text,
    true,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from bot.flows.meeting import Status
from bot.flows.types import (
    CaseStatus,
    ContributionKind,
    ContributionState,
    Ending,
    Guidance,
    HunchOutcome,
    LadderState,
    Often,
    Phase,
    Rung,
    WantedReminders,
)


class Utc(TypeDecorator[datetime]):
    """A point in time: aware and in UTC, in Python and in both databases."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _: Dialect) -> datetime | None:
        """Convert to UTC. Raises `ValueError` for a naive time."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime reached the store")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, _: Dialect) -> datetime | None:
        """Return an aware time in UTC; SQLite stores no time zone."""
        if value is None or value.tzinfo is not None:
            return value
        return value.replace(tzinfo=UTC)


SEALED_BY_RING = {"sealed_by": "ring"}
"""Marks a column whose bytes the key ring encrypted, which rotation encrypts again."""

PERSON = {"person": "one"}
"""Marks a column with the id of a person: what is kept of somebody is found by it."""

PEOPLE_INSIDE = {"person": "inside"}
"""Marks a column with JSON in which ids of people stand."""

Id = String(64)
LongId = BigInteger().with_variant(Integer, "sqlite")


def _by_value(values: type[StrEnum], length: int) -> Enum:
    """Return the column type that stores an enum's values, as text of at most `length`."""
    return Enum(
        values,
        native_enum=False,
        length=length,
        values_callable=lambda enum: [each.value for each in enum],
    )


class OutboxState(StrEnum):
    """How far a message in the outbox has come. One `SENDING` may be in Slack already."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"


UNSENT = (OutboxState.WAITING, OutboxState.SENDING)


class SendMethod(StrEnum):
    """The call to Slack that delivers a message."""

    POST = "post"
    UPDATE = "update"
    EPHEMERAL = "ephemeral"
    HOME = "home"
    FILE = "file"
    PIN = "pin"
    DELETE = "delete"


class Base(DeclarativeBase):
    """The base class of all tables."""

    __table__: ClassVar[Table]  # not any `FromClause`: statements insert into it too


HAS_PLAIN_NAME = text("name <> ''")
"""Condition of the partial index on people with a name in plain; literal, as below."""


class Installation(Base):
    """An installation of the app in a workspace, or (`org_wide`) in a whole organisation.

    `workspace` is the id of the workspace, or of the organisation if it is `org_wide`. A
    workspace without a `token` is served by the installation of its `organisation`. The token
    lasts until `expires_at`, if it is one that is renewed with `refresh`; a process that renews
    it has it for itself until `renewing_until`. Once it is uninstalled, it has no tokens.
    """

    __tablename__ = "installations"
    __table_args__ = (Index("ix_installations_organisation", "organisation"),)
    workspace: Mapped[str] = mapped_column(Id, primary_key=True)
    organisation: Mapped[str | None] = mapped_column(Id)
    org_wide: Mapped[bool] = mapped_column(default=False)
    token: Mapped[bytes | None] = mapped_column(LargeBinary, info=SEALED_BY_RING)
    refresh: Mapped[bytes | None] = mapped_column(LargeBinary, info=SEALED_BY_RING)
    expires_at: Mapped[datetime | None] = mapped_column(Utc)
    renewing_until: Mapped[datetime | None] = mapped_column(Utc)
    installed_by: Mapped[str | None] = mapped_column(Id, info=PERSON)
    installed_at: Mapped[datetime] = mapped_column(Utc)
    uninstalled_at: Mapped[datetime | None] = mapped_column(Utc)


class Person(Base):
    """A person: their profile in Slack, and their preferences.

    `guest`, `stranger` (of another organisation, `organisation`) and `gone` (deactivated) are
    Slack's.
    `coached`: whether the question coach may speak to them; `language`: the language they
    chose, if any. Their name is encrypted, as `sealed_name`; `name` is what an earlier version
    wrote, until it is sealed too.
    """

    __tablename__ = "people"
    __table_args__ = (
        Index("ix_people_plain_name", "workspace", "user"),  # partial, of HAS_PLAIN_NAME
    )
    workspace: Mapped[str] = mapped_column(Id, primary_key=True)
    user: Mapped[str] = mapped_column(Id, primary_key=True, info=PERSON)
    name: Mapped[str] = mapped_column(Text, default="")
    sealed_name: Mapped[bytes | None] = mapped_column(LargeBinary, info=SEALED_BY_RING)
    locale: Mapped[str] = mapped_column(String(20), default="")
    tz: Mapped[str] = mapped_column(String(60), default="")
    guest: Mapped[bool] = mapped_column(default=False)
    stranger: Mapped[bool] = mapped_column(default=False)
    organisation: Mapped[str | None] = mapped_column(Id)
    gone: Mapped[bool] = mapped_column(default=False)
    seen_at: Mapped[datetime] = mapped_column(Utc)
    reminders: Mapped[WantedReminders] = mapped_column(
        _by_value(WantedReminders, 12), default=WantedReminders.OWN, server_default="own"
    )
    away_from: Mapped[date | None] = mapped_column(Date)
    away_until: Mapped[date | None] = mapped_column(Date)
    coached: Mapped[bool] = mapped_column(default=True, server_default=true())
    language: Mapped[str | None] = mapped_column(String(8))

    @property
    def speaks(self) -> str:
        """The language that the person chose, else the locale of their profile; "" for neither."""
        return self.language or self.locale


class HomeView(Base):
    """A person's App Home: when they opened it, and when they were welcomed there.

    `shown` is an encrypted digest of the view that was last published, so that an unchanged
    view is not sent again.
    """

    __tablename__ = "homes"
    workspace: Mapped[str] = mapped_column(Id, primary_key=True)
    user: Mapped[str] = mapped_column(Id, primary_key=True, info=PERSON)
    opened_at: Mapped[datetime | None] = mapped_column(Utc)
    greeted_at: Mapped[datetime | None] = mapped_column(Utc)
    shown: Mapped[bytes | None] = mapped_column(LargeBinary, info=SEALED_BY_RING)


class Group(Base):
    """A group, which belongs to a channel.

    Until its `language` was `language_chosen` or it was founded, it is that of who starts.
    `settings` is a `Pace` as JSON; `guidance` is how much the bot leads the group. A founded
    group has a `Plan` and a `Rota`, as JSON too; any other group has neither. `case_days` is
    for how many days a case that waits is kept. `sessions_seen` is how many finished sessions the
    group had when it was last looked whether it is time for a question about itself.

    `room` is the `Room` that Slack described at `looked_at`, as JSON; `look_at` is when Slack is
    asked again. `open_at` is when the group said that it goes on in a public channel. `guests`:
    guests may join; `facilitator` is somebody outside the group who leads its sessions. `moving`
    is who asked for a private channel, and `moving_to` that channel once it was made.
    """

    __tablename__ = "groups"
    __table_args__ = (
        UniqueConstraint("workspace", "channel", name="uq_groups_channel"),
        Index("ix_groups_look_at", "look_at"),
    )
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    workspace: Mapped[str] = mapped_column(Id)
    channel: Mapped[str] = mapped_column(Id)
    name: Mapped[str] = mapped_column(Text, default="")
    language: Mapped[str] = mapped_column(String(8))
    language_chosen: Mapped[bool] = mapped_column(default=False, server_default=false())
    settings: Mapped[str] = mapped_column(Text)
    guidance: Mapped[Guidance] = mapped_column(
        _by_value(Guidance, 12), default=Guidance.GUIDED, server_default=Guidance.GUIDED.value
    )
    case_days: Mapped[int] = mapped_column(default=180, server_default="180")
    sessions_seen: Mapped[int] = mapped_column(default=0, server_default="0")
    plan: Mapped[str | None] = mapped_column(Text)
    rota: Mapped[str | None] = mapped_column(Text, info=PEOPLE_INSIDE)
    room: Mapped[str | None] = mapped_column(Text)
    looked_at: Mapped[datetime | None] = mapped_column(Utc)
    look_at: Mapped[datetime | None] = mapped_column(Utc)
    open_at: Mapped[datetime | None] = mapped_column(Utc)
    guests: Mapped[bool] = mapped_column(default=True, server_default=true())
    facilitator: Mapped[str | None] = mapped_column(Id, info=PERSON)
    moving: Mapped[str | None] = mapped_column(Id, info=PERSON)
    moving_to: Mapped[str | None] = mapped_column(Id)
    created_at: Mapped[datetime] = mapped_column(Utc)


class Member(Base):
    """A person's membership of a group; `left_at` is null while it lasts.

    `asked_at` is when the trial period's question was asked, `confirmed_at` when it was
    answered with yes. `feed` is a digest of the secret in the address of their calendar feed;
    `calendar`: they downloaded dates as a file, so changes are sent to them.
    """

    __tablename__ = "members"
    __table_args__ = (
        Index("ix_members_user", "workspace", "user"),
        UniqueConstraint("feed", name="uq_members_feed"),
    )
    group_id: Mapped[str] = mapped_column(ForeignKey("groups.id"), primary_key=True)
    user: Mapped[str] = mapped_column(Id, primary_key=True, info=PERSON)
    workspace: Mapped[str] = mapped_column(Id)
    joined_at: Mapped[datetime] = mapped_column(Utc)
    left_at: Mapped[datetime | None] = mapped_column(Utc)
    lead: Mapped[bool] = mapped_column(default=False, server_default=false())
    confirmed_at: Mapped[datetime | None] = mapped_column(Utc)
    asked_at: Mapped[datetime | None] = mapped_column(Utc)
    feed: Mapped[str | None] = mapped_column(Id)
    calendar: Mapped[bool] = mapped_column(default=False, server_default=false())


class Invitation(Base):
    """An invitation to join a group, until it is answered."""

    __tablename__ = "invitations"
    __table_args__ = (Index("ix_invitations_user", "workspace", "user"),)
    group_id: Mapped[str] = mapped_column(ForeignKey("groups.id"), primary_key=True)
    user: Mapped[str] = mapped_column(Id, primary_key=True, info=PERSON)
    workspace: Mapped[str] = mapped_column(Id)
    lead: Mapped[bool]
    created_at: Mapped[datetime] = mapped_column(Utc)


class Admission(Base):
    """Another organisation, by its id in Slack, whose people a group lets in."""

    __tablename__ = "admissions"
    __table_args__ = (Index("ix_admissions_organisation", "workspace", "organisation"),)
    group_id: Mapped[str] = mapped_column(ForeignKey("groups.id"), primary_key=True)
    organisation: Mapped[str] = mapped_column(Id, primary_key=True)
    workspace: Mapped[str] = mapped_column(Id)
    admitted_at: Mapped[datetime] = mapped_column(Utc)


class MeetingRow(Base):
    """A meeting of a group.

    `day` is the day of the rhythm that it was planned for, also when it was `moved` by hand.
    `stage` is a `Stage`; `state` is a `Meeting` as JSON; `sequence` counts the changes, for
    calendars.
    """

    __tablename__ = "meetings"
    __table_args__ = (
        UniqueConstraint("group_id", "day", name="uq_meetings_day"),
        Index("ix_meetings_group", "group_id", "status", "starts_at"),
    )
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    workspace: Mapped[str] = mapped_column(Id)
    group_id: Mapped[str] = mapped_column(ForeignKey("groups.id"))
    day: Mapped[date] = mapped_column(Date)
    starts_at: Mapped[datetime] = mapped_column(Utc)
    moved: Mapped[bool] = mapped_column(default=False)
    minutes: Mapped[int]
    status: Mapped[Status] = mapped_column(_by_value(Status, 12))
    stage: Mapped[int]
    sequence: Mapped[int]
    state: Mapped[str] = mapped_column(Text, info=PEOPLE_INSIDE)


class Attendance(Base):
    """The attendance of one person at a meeting that was held, and their part in it.

    `broke_off`: they left their own case half way.
    """

    __tablename__ = "attendances"
    __table_args__ = (
        Index("ix_attendances_user", "workspace", "user"),
        Index("ix_attendances_group", "group_id"),
    )
    meeting_id: Mapped[str] = mapped_column(ForeignKey("meetings.id"), primary_key=True)
    user: Mapped[str] = mapped_column(Id, primary_key=True, info=PERSON)
    workspace: Mapped[str] = mapped_column(Id)
    group_id: Mapped[str] = mapped_column(ForeignKey("groups.id"))
    brought: Mapped[bool]
    broke_off: Mapped[bool] = mapped_column(default=False, server_default=false())
    facilitated: Mapped[bool]
    passed: Mapped[bool]


class Vault(Base):
    """A data key, encrypted by the key ring. Without it, texts it encrypted cannot be read."""

    __tablename__ = "vaults"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    workspace: Mapped[str] = mapped_column(Id)
    wrapped: Mapped[bytes] = mapped_column(LargeBinary, info=SEALED_BY_RING)


class Case(Base):
    """A case; `asking` is the field that the intake asks for, null when it asks for nothing.

    `answers`, as JSON, has by field the timestamp of the direct message that answered it, and
    that of the message's last edit. `method` is the one that its session is to begin with, if
    one was asked for. `open_at` is when the bringer said that it may be told in a public channel.
    """

    __tablename__ = "cases"
    __table_args__ = (
        Index("ix_cases_bringer", "workspace", "bringer", "status"),
        Index("ix_cases_group", "group_id", "status"),
    )
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    workspace: Mapped[str] = mapped_column(Id)
    group_id: Mapped[str] = mapped_column(ForeignKey("groups.id"))
    bringer: Mapped[str] = mapped_column(Id, info=PERSON)
    kind: Mapped[str] = mapped_column(String(20))
    method: Mapped[str | None] = mapped_column(String(40))
    status: Mapped[CaseStatus] = mapped_column(_by_value(CaseStatus, 20))
    asking: Mapped[str | None] = mapped_column(String(20))
    answers: Mapped[str] = mapped_column(Text, default="{}", server_default="{}")
    vault_id: Mapped[str | None] = mapped_column(Id)
    content: Mapped[bytes | None] = mapped_column(LargeBinary)
    open_at: Mapped[datetime | None] = mapped_column(Utc)
    created_at: Mapped[datetime] = mapped_column(Utc)
    changed_at: Mapped[datetime] = mapped_column(Utc)


class SessionRow(Base):
    """A session; `state` is a `Session` as JSON, and `version` counts its changes.

    `status`, `method`, `begun` (it left the lobby), `ending` and `facilitator` repeat parts
    of the state, for queries. `repositories.sessions.write_state` writes all of them.
    """

    __tablename__ = "sessions"
    __table_args__ = (
        Index("ix_sessions_group", "workspace", "group_id", "status"),
        Index("ix_sessions_status", "workspace", "status", "ended_at"),
        Index("ix_sessions_meeting", "meeting_id"),
        Index("ix_sessions_ended", "group_id", "ended_at"),
    )
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    workspace: Mapped[str] = mapped_column(Id)
    group_id: Mapped[str] = mapped_column(ForeignKey("groups.id"))
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"))
    method: Mapped[str] = mapped_column(String(40))
    language: Mapped[str] = mapped_column(String(8))
    status: Mapped[Phase] = mapped_column(_by_value(Phase, 20))
    version: Mapped[int] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(Text, info=PEOPLE_INSIDE)
    created_at: Mapped[datetime] = mapped_column(Utc)
    ended_at: Mapped[datetime | None] = mapped_column(Utc)
    vault_id: Mapped[str | None] = mapped_column(Id)
    meeting_id: Mapped[str | None] = mapped_column(ForeignKey("meetings.id"))
    begun: Mapped[bool] = mapped_column(default=False, server_default=false())
    ending: Mapped[Ending | None] = mapped_column(_by_value(Ending, 20))
    facilitator: Mapped[str | None] = mapped_column(Id, info=PERSON)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - as SQLAlchemy wants it


class Participant(Base):
    """A person's part in a session; `left_at` is null unless they left before its end.

    `attended`, `brought` and `led` repeat parts of the session's state, for queries: what they
    did once it had begun (`bot.flows.session.parts`).
    """

    __tablename__ = "participants"
    __table_args__ = (Index("ix_participants_user", "workspace", "user"),)
    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id"), primary_key=True)
    user: Mapped[str] = mapped_column(Id, primary_key=True, info=PERSON)
    workspace: Mapped[str] = mapped_column(Id)
    joined_at: Mapped[datetime] = mapped_column(Utc)
    left_at: Mapped[datetime | None] = mapped_column(Utc)
    attended: Mapped[bool] = mapped_column(default=False, server_default=false())
    brought: Mapped[bool] = mapped_column(default=False, server_default=false())
    led: Mapped[bool] = mapped_column(default=False, server_default=false())


class Contribution(Base):
    """A contribution to a session.

    `ref` is the timestamp of its message in Slack, null for one written in a form; `edited` is
    the timestamp of the edit whose words it has. `answers` is the id of the question that it
    answers. `picture`, encrypted like `content`, is the
    picture that was chosen with it; `picked`: the bringer chose it.
    """

    __tablename__ = "contributions"
    __table_args__ = (
        Index("ix_contributions_session", "session_id"),
        Index("ix_contributions_ref", "workspace", "ref"),
        Index("ix_contributions_author", "workspace", "author", "kind"),
    )
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    workspace: Mapped[str] = mapped_column(Id)
    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id"))
    author: Mapped[str] = mapped_column(Id, info=PERSON)
    kind: Mapped[ContributionKind] = mapped_column(_by_value(ContributionKind, 20))
    step: Mapped[str] = mapped_column(String(40))
    round: Mapped[int]
    ref: Mapped[str | None] = mapped_column(String(32))
    edited: Mapped[str | None] = mapped_column(String(32))
    answers: Mapped[str | None] = mapped_column(Id)
    content: Mapped[bytes | None] = mapped_column(LargeBinary)
    picture: Mapped[bytes | None] = mapped_column(LargeBinary)
    state: Mapped[ContributionState] = mapped_column(_by_value(ContributionState, 12))
    picked: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(Utc)


class Reflection(Base):
    """A participant's closing reflection; `useful` and `safe` run from 1 to 5."""

    __tablename__ = "reflections"
    __table_args__ = (Index("ix_reflections_user", "workspace", "user"),)
    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id"), primary_key=True)
    user: Mapped[str] = mapped_column(Id, primary_key=True, info=PERSON)
    workspace: Mapped[str] = mapped_column(Id)
    useful: Mapped[int | None]
    safe: Mapped[int | None]
    content: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(Utc)


class Hunch(Base):
    """What a person thought before a round of questions, for themselves alone.

    `content` is JSON, encrypted with the session's vault. `returned`: they got it back, and may
    say what became of it (`outcome`), which outlives the content.
    """

    __tablename__ = "hunches"
    __table_args__ = (Index("ix_hunches_user", "workspace", "user"),)
    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id"), primary_key=True)
    user: Mapped[str] = mapped_column(Id, primary_key=True, info=PERSON)
    workspace: Mapped[str] = mapped_column(Id)
    content: Mapped[bytes | None] = mapped_column(LargeBinary)
    returned: Mapped[bool]
    outcome: Mapped[HunchOutcome | None] = mapped_column(_by_value(HunchOutcome, 12))
    created_at: Mapped[datetime] = mapped_column(Utc)


class FollowUp(Base):
    """The bringer's answer, some weeks later, to what became of their next step.

    It has a vault of its own, so it outlives the session's content. `question` is the work
    question as they would ask it now. `shared`: the group may
    hear it at its next meeting; `told`: the group heard it.
    """

    __tablename__ = "follow_ups"
    __table_args__ = (
        Index("ix_follow_ups_user", "workspace", "user"),
        Index("ix_follow_ups_group", "group_id"),
    )
    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id"), primary_key=True)
    workspace: Mapped[str] = mapped_column(Id)
    group_id: Mapped[str] = mapped_column(ForeignKey("groups.id"))
    user: Mapped[str] = mapped_column(Id, info=PERSON)
    vault_id: Mapped[str] = mapped_column(Id)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    question: Mapped[bytes | None] = mapped_column(LargeBinary)
    shared: Mapped[bool]
    told: Mapped[bool]


class Learner(Base):
    """A member who was asked whether they want to learn to lead, and the rung that is next.

    `since` is when they were asked, or when they took the rung.
    """

    __tablename__ = "learners"
    __table_args__ = (Index("ix_learners_user", "workspace", "user"),)
    group_id: Mapped[str] = mapped_column(ForeignKey("groups.id"), primary_key=True)
    user: Mapped[str] = mapped_column(Id, primary_key=True, info=PERSON)
    workspace: Mapped[str] = mapped_column(Id)
    rung: Mapped[Rung] = mapped_column(_by_value(Rung, 12))
    state: Mapped[LadderState] = mapped_column(_by_value(LadderState, 12))
    since: Mapped[datetime] = mapped_column(Utc)


class QuestionCounts(Base):
    """Counts of a person's questions in a session, by label; shown to that person only.

    `hinted` is the contribution that the coach last commented on.
    """

    __tablename__ = "asked"
    __table_args__ = (Index("ix_asked_user", "workspace", "user"),)
    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id"), primary_key=True)
    user: Mapped[str] = mapped_column(Id, primary_key=True, info=PERSON)
    workspace: Mapped[str] = mapped_column(Id)
    open: Mapped[int] = mapped_column(default=0)
    closed: Mapped[int] = mapped_column(default=0)
    suggestive: Mapped[int] = mapped_column(default=0)
    advice: Mapped[int] = mapped_column(default=0)
    other: Mapped[int] = mapped_column(default=0)
    hinted: Mapped[str | None] = mapped_column(Id)


class Signer(Base):
    """The installation's signing key. Without a workspace: statements outlive workspaces."""

    __tablename__ = "signers"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    public: Mapped[bytes] = mapped_column(LargeBinary)
    private: Mapped[bytes] = mapped_column(LargeBinary, info=SEALED_BY_RING)
    created_at: Mapped[datetime] = mapped_column(Utc)


class Statement(Base):
    """A statement of participation: its code, its digest and its facts, as encrypted JSON."""

    __tablename__ = "statements"
    __table_args__ = (
        Index("ix_statements_user", "workspace", "user"),
        Index("ix_statements_digest", "digest"),
    )
    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    workspace: Mapped[str] = mapped_column(Id)
    user: Mapped[str] = mapped_column(Id, info=PERSON)
    digest: Mapped[str] = mapped_column(Id)
    facts: Mapped[bytes] = mapped_column(LargeBinary, info=SEALED_BY_RING)
    created_at: Mapped[datetime] = mapped_column(Utc)


class Agreement(Base):
    """The agreements of a group: lines as encrypted JSON; each change is a new version."""

    __tablename__ = "agreements"
    group_id: Mapped[str] = mapped_column(ForeignKey("groups.id"), primary_key=True)
    workspace: Mapped[str] = mapped_column(Id)
    version: Mapped[int]
    vault_id: Mapped[str] = mapped_column(Id)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    changed_at: Mapped[datetime] = mapped_column(Utc)


class Signature(Base):
    """The version of their group's agreements that a member signed last."""

    __tablename__ = "signatures"
    __table_args__ = (Index("ix_signatures_user", "workspace", "user"),)
    group_id: Mapped[str] = mapped_column(ForeignKey("groups.id"), primary_key=True)
    user: Mapped[str] = mapped_column(Id, primary_key=True, info=PERSON)
    workspace: Mapped[str] = mapped_column(Id)
    version: Mapped[int]
    signed_at: Mapped[datetime] = mapped_column(Utc)


class Rating(Base):
    """An anonymous answer in a group's evaluation: numbers and choices, no text.

    `useful` and `safe` run from 1 to 5; `guidance` (a `Guidance`) and `rhythm` (an `Often`) are
    what the writer would like. Only means of three answers or more are shown.
    """

    __tablename__ = "ratings"
    __table_args__ = (Index("ix_ratings_group", "group_id", "day"),)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    workspace: Mapped[str] = mapped_column(Id)
    group_id: Mapped[str] = mapped_column(ForeignKey("groups.id"))
    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id"))
    day: Mapped[date] = mapped_column(Date)
    useful: Mapped[int | None]
    safe: Mapped[int | None]
    guidance: Mapped[Guidance | None] = mapped_column(_by_value(Guidance, 12))
    rhythm: Mapped[Often | None] = mapped_column(_by_value(Often, 12))


class Tool(Base):
    """An item in a person's toolkit, in a vault of its own; `shared`: with their group."""

    __tablename__ = "tools"
    __table_args__ = (
        Index("ix_tools_user", "workspace", "user"),
        Index("ix_tools_group", "group_id", "shared"),
    )
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    workspace: Mapped[str] = mapped_column(Id)
    group_id: Mapped[str] = mapped_column(ForeignKey("groups.id"))
    user: Mapped[str] = mapped_column(Id, info=PERSON)
    vault_id: Mapped[str] = mapped_column(Id)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    shared: Mapped[bool]
    created_at: Mapped[datetime] = mapped_column(Utc)


class GroupMethod(Base):
    """A method that a group composed, as JSON; `parts`, as JSON too, fills the form again."""

    __tablename__ = "group_methods"
    __table_args__ = (Index("ix_group_methods_group", "group_id"),)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    workspace: Mapped[str] = mapped_column(Id)
    group_id: Mapped[str] = mapped_column(ForeignKey("groups.id"))
    method: Mapped[str] = mapped_column(Text)
    parts: Mapped[str] = mapped_column(Text)
    changed_at: Mapped[datetime] = mapped_column(Utc)


class Post(Base):
    """The place in Slack of a message that the bot posted, by the bot's own key."""

    __tablename__ = "posts"
    __table_args__ = (Index("ix_posts_place", "workspace", "channel", "ts"),)
    workspace: Mapped[str] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(String(120), primary_key=True)
    channel: Mapped[str] = mapped_column(Id)
    ts: Mapped[str] = mapped_column(String(32))


class Delivery(Base):
    """The inbox: ids of received requests, so that a repeated request changes nothing."""

    __tablename__ = "inbox"
    __table_args__ = (Index("ix_inbox_received", "received_at"),)
    workspace: Mapped[str] = mapped_column(Id, primary_key=True)
    delivery: Mapped[str] = mapped_column(String(200), primary_key=True)
    received_at: Mapped[datetime] = mapped_column(Utc)


SENT_OR_FAILED = text("state IN ('sent', 'failed')")
"""Condition of the partial index on sent messages; literal, so that a database matches it."""


class Outbound(Base):
    """The outbox: messages to Slack, in the order of their ids within a conversation.

    `key` names the post that is made, updated or pinned, `thread` the post whose thread it
    goes into; `user` receives an ephemeral message or a home. `marker` finds the message in
    Slack again. `ts` is its timestamp there; `file` is the id of a file uploaded for it. The
    payload is encrypted by the key of the vault `vault_id`, or without one by the key ring.
    `unexpected` counts the answers that said nothing about the message. `prompt` names what the
    message asks, and `prompt_part` a part of that, until it is answered or over: then its buttons
    go (`Unit.close_prompt`).

    A message with content of a vault, or that quotes one (`Quote`), stays until that is
    forgotten. It then becomes a `DELETE` of what is in Slack, in the channel `place`.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        Index("ix_outbox_open", "state", "workspace", "conversation", "id"),
        Index("ix_outbox_replaced", "workspace", "key", "method"),
        Index("ix_outbox_vault", "vault_id"),
        Index("ix_outbox_marker", "marker"),
        Index("ix_outbox_user", "workspace", "user"),
        Index("ix_outbox_done", "state", "due_at"),  # partial, of SENT_OR_FAILED: revision 0015
        Index("ix_outbox_prompt", "workspace", "prompt"),  # partial, without NULL: revision 0039
    )
    id: Mapped[int] = mapped_column(LongId, primary_key=True, autoincrement=True)
    workspace: Mapped[str] = mapped_column(Id)
    conversation: Mapped[str] = mapped_column(Id, info=PERSON)
    method: Mapped[SendMethod] = mapped_column(_by_value(SendMethod, 20))
    key: Mapped[str | None] = mapped_column(String(120))
    thread: Mapped[str | None] = mapped_column(String(120))
    user: Mapped[str | None] = mapped_column(Id, info=PERSON)
    coalesce: Mapped[bool] = mapped_column(default=False)
    payload: Mapped[bytes | None] = mapped_column(LargeBinary, info=SEALED_BY_RING)
    marker: Mapped[str] = mapped_column(Id)
    state: Mapped[OutboxState] = mapped_column(
        _by_value(OutboxState, 12), default=OutboxState.WAITING
    )
    due_at: Mapped[datetime] = mapped_column(Utc)
    attempts: Mapped[int] = mapped_column(default=0)
    unexpected: Mapped[int] = mapped_column(default=0, server_default="0")
    error: Mapped[str | None] = mapped_column(String(80))
    ts: Mapped[str | None] = mapped_column(String(32))
    file: Mapped[str | None] = mapped_column(Id)
    vault_id: Mapped[str | None] = mapped_column(Id)
    place: Mapped[str | None] = mapped_column(Id)
    prompt: Mapped[str | None] = mapped_column(String(120))
    prompt_part: Mapped[str | None] = mapped_column(String(120))


class Quote(Base):
    """A message of the outbox, by its marker, that shows content of a vault.

    Only messages with content of several vaults have rows here; others have `vault_id`.
    """

    __tablename__ = "quotes"
    __table_args__ = (Index("ix_quotes_vault", "vault_id"),)
    marker: Mapped[str] = mapped_column(Id, primary_key=True)
    vault_id: Mapped[str] = mapped_column(Id, primary_key=True)
    workspace: Mapped[str] = mapped_column(Id)


class Receipt(Base):
    """The receipt of forgetting a session: what was deleted of it, and when.

    `vault_id` is the vault whose key was destroyed on `day`. `removed` counts the bot's posts
    that were deleted from Slack, `remained` those that Slack kept. `code` and `signed`, the signed
    text, are null until nothing waits to be deleted any more.
    """

    __tablename__ = "receipts"
    __table_args__ = (
        UniqueConstraint("code", name="uq_receipts_code"),
        Index("ix_receipts_vault", "vault_id"),
    )
    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id"), primary_key=True)
    workspace: Mapped[str] = mapped_column(Id)
    vault_id: Mapped[str] = mapped_column(Id)
    day: Mapped[date] = mapped_column(Date)
    removed: Mapped[int] = mapped_column(default=0)
    remained: Mapped[int] = mapped_column(default=0)
    code: Mapped[str | None] = mapped_column(String(40))
    signed: Mapped[bytes | None] = mapped_column(LargeBinary)


class AdminAct(Base):
    """What an administrator did on the command line, without whom or what it was about.

    `act` is the command, such as "people forget", and `operator` the account of the system that
    ran it.
    """

    __tablename__ = "admin_acts"
    id: Mapped[int] = mapped_column(LongId, primary_key=True, autoincrement=True)
    workspace: Mapped[str] = mapped_column(Id)
    act: Mapped[str] = mapped_column(String(40))
    operator: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Utc)


class ClockReading(Base):
    """The one row that tells what the clock said (`bot.store.clocks`).

    `confirmed_at` is the newest reading that a later one, at least an hour on, agreed with.
    """

    __tablename__ = "clock_readings"
    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    read_at: Mapped[datetime] = mapped_column(Utc)
    confirmed_at: Mapped[datetime | None] = mapped_column(Utc)


class Lane(Base):
    """A conversation with unsent messages, and when a relay may look at it next."""

    __tablename__ = "lanes"
    __table_args__ = (Index("ix_lanes_next", "next_at"),)
    workspace: Mapped[str] = mapped_column(Id, primary_key=True)
    conversation: Mapped[str] = mapped_column(Id, primary_key=True)
    next_at: Mapped[datetime] = mapped_column(Utc)


class Rate(Base):
    """When the next call to Slack under this name is allowed, for all relays together.

    `name` is a conversation, for posts to it, or a method, for the whole workspace.
    """

    __tablename__ = "rates"
    __table_args__ = (Index("ix_rates_until", "until"),)
    workspace: Mapped[str] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(100), primary_key=True)
    until: Mapped[datetime] = mapped_column(Utc)


class Timer(Base):
    """A timer; `subject` is a `Subject` with its id. A subject has one timer of each name."""

    __tablename__ = "timers"
    __table_args__ = (Index("ix_timers_due", "due_at"),)
    workspace: Mapped[str] = mapped_column(Id, primary_key=True)
    subject: Mapped[str] = mapped_column(String(80), primary_key=True)
    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    due_at: Mapped[datetime] = mapped_column(Utc)

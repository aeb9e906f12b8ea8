"""The composition root: makes every service and gives each what it uses."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from slack_bolt import App
from slack_sdk import WebClient

from bot.catalog.methods import methods_with
from bot.catalog.registers import shipped_registers
from bot.clock import Clock, tidy
from bot.flows.method import Method
from bot.handlers.actions import Actions
from bot.handlers.bolt import bolt_app
from bot.handlers.cases import CaseHandlers
from bot.handlers.commands import Commands, SlashCommands
from bot.handlers.deadline import ANSWER_SECONDS, seconds_left
from bot.handlers.events import Events
from bot.handlers.groups import GroupHandlers
from bot.handlers.help import HelpHandlers
from bot.handlers.home import HomeHandlers
from bot.handlers.hunches import HunchHandlers
from bot.handlers.installations import InstallationEvents, OneWorkspace
from bot.handlers.ladder import LadderHandlers
from bot.handlers.meetings import MeetingHandlers
from bot.handlers.mentions import Mentions
from bot.handlers.messages import Messages
from bot.handlers.methods import MethodHandlers
from bot.handlers.modals import Modals
from bot.handlers.participation import ParticipationHandlers
from bot.handlers.people import PersonHandlers
from bot.handlers.rooms import RoomHandlers
from bot.handlers.router import Router
from bot.handlers.sessions import SessionHandlers
from bot.handlers.shortcuts import Shortcuts
from bot.handlers.views import Views
from bot.ops.health import Health
from bot.ops.metrics import exposition
from bot.ops.slack_client import slack_client
from bot.outbox.messages import Messenger
from bot.outbox.relay import Relay
from bot.services.administration import Administration
from bot.services.cases import Cases
from bot.services.channels import Channels
from bot.services.coaching import Coaching
from bot.services.ending import Endings
from bot.services.follow_ups import FollowUps
from bot.services.founding import Founding
from bot.services.groups.agreements import Agreements
from bot.services.groups.guidance import GroupGuidance
from bot.services.groups.methods import GroupMethods
from bot.services.groups.settings import GroupSettings
from bot.services.help import Help
from bot.services.history import History
from bot.services.home import Homes
from bot.services.hunches import Hunches
from bot.services.inbox import Inbox
from bot.services.installations import Installations
from bot.services.intake import Intake
from bot.services.ladder import Ladder
from bot.services.meetings.calendars import Calendars
from bot.services.meetings.lifecycle import Meetings
from bot.services.meetings.reminders import Reminders
from bot.services.meetings.rescheduling import Rescheduling
from bot.services.meetings.rota import Rotas
from bot.services.membership import Membership
from bot.services.participation import Participation
from bot.services.people import People
from bot.services.preferences import Preferences
from bot.services.presence import Presence
from bot.services.privacy import Privacy
from bot.services.receipts import Receipts
from bot.services.rooms import Rooms
from bot.services.sessions.run import Sessions
from bot.services.sessions.start import SessionOpener
from bot.services.statements import Statements
from bot.services.tokens import Tokens
from bot.services.toolkit import Toolkits
from bot.services.waiting import WaitingCases
from bot.settings import Settings
from bot.store.engine import BUSY_SECONDS
from bot.store.subjects import Subject
from bot.store.transactions import Transactions
from bot.store.unit import Store
from bot.timers import Timers

log = logging.getLogger(__name__)

CALL_SECONDS = 30
"""Timeout of a call that nobody waits for."""

LOOK_UP_SECONDS = 1
"""Timeout of a look-up during a request, so that time is left for the form that it opens."""


@dataclass(frozen=True)
class Waits:
    """How long a bot waits, in seconds: for SQLite's lock, for all calls of a request, for one."""

    database: float = BUSY_SECONDS
    answer: float = ANSWER_SECONDS
    look_up: float = LOOK_UP_SECONDS


@dataclass(frozen=True)
class Intervisie:
    """The whole bot, ready to run. `metrics` returns them in Prometheus' text format."""

    bolt: App
    administration: Administration
    calendars: Calendars
    statements: Statements
    receipts: Receipts
    installations: Installations
    relay: Relay
    clock: Clock
    timers: Timers
    rooms: Rooms
    transactions: Transactions
    store: Store
    health: Health
    metrics: Callable[[], bytes]


def utc_now() -> datetime:
    """Return the time, aware, in UTC."""
    return datetime.now(UTC)


def build(
    settings: Settings,
    *,
    now: Callable[[], datetime] = utc_now,
    methods: Mapping[str, Method] | None = None,
    waits: Waits = Waits(),
) -> Intervisie:
    """Build the bot for these settings. Opens the database; calls nobody yet.

    `now` returns the time, aware, in UTC. `methods` replace those that are shipped and those
    of the settings. `waits` are how long it waits.
    """
    methods = methods or methods_with(settings.intervisie_methods)
    store = Store(settings.database_url, settings.key_ring(), busy_seconds=waits.database)
    tokens = Tokens(
        store,
        now,
        client_id=settings.slack_client_id,
        client_secret=settings.client_secret,
        api_url=settings.slack_api_url,
    )

    def client_for(workspace: str, seconds: float = CALL_SECONDS) -> WebClient:
        if settings.is_for_many:
            return tokens.client_for(workspace, seconds)
        return slack_client(settings.bot_token, settings.slack_api_url, seconds)

    def within(seconds: float) -> Callable[[str], WebClient]:
        """Return what makes clients for calls during a request."""
        return lambda workspace: client_for(workspace, min(seconds, seconds_left()))

    relay = Relay(store, client_for, now)
    transactions = Transactions(store, now=now, committed=relay.wake)
    people = People(store, within(waits.look_up), within(waits.answer), client_for, now)
    sessions = Sessions(transactions, methods)
    opener = SessionOpener(transactions, methods)
    privacy = Privacy(transactions, sessions)
    reminders = Reminders(transactions)
    meetings = Meetings(transactions, opener, reminders, methods)
    presence = Presence(transactions, people, privacy)
    installations = Installations(transactions, tokens, sessions, privacy)
    membership = Membership(transactions, meetings, privacy, presence)
    waiting = WaitingCases(transactions)
    endings = Endings(transactions, sessions, privacy)
    rooms = Rooms(transactions, people, presence, sessions, opener, endings)
    follow_ups = FollowUps(transactions)
    growth = GroupGuidance(transactions, methods)
    ladder = Ladder(transactions, methods)
    homes = Homes(transactions, people, methods, store.keys)
    participation = Participation(transactions)
    statements = Statements(transactions, shipped_registers(), store.keys, settings.intervisie_url)
    receipts = Receipts(transactions, store.keys, settings.intervisie_url)
    messenger, modals = Messenger(transactions), Modals(within(waits.answer))
    inbox = Inbox(store, now)
    cases, intake = Cases(transactions, opener, methods), Intake(transactions, methods)
    founding = Founding(transactions, people, membership, meetings, privacy, methods)
    calendars = Calendars(transactions, settings.intervisie_url)
    coaching = Coaching(transactions, methods)

    router = Router()
    SessionHandlers(modals, sessions, opener, cases, coaching, messenger, rooms).register(router)
    CaseHandlers(modals, messenger, cases, intake, founding, rooms, waiting).register(router)
    GroupHandlers(
        modals,
        messenger,
        founding,
        membership,
        GroupSettings(transactions),
        growth,
        Agreements(transactions),
        calendars,
        endings,
        rooms,
    ).register(router)
    RoomHandlers(modals, messenger, rooms).register(router)
    MeetingHandlers(
        modals,
        messenger,
        Rotas(transactions, meetings, reminders),
        Rescheduling(transactions, meetings),
        calendars,
    ).register(router)
    MethodHandlers(modals, messenger, GroupMethods(transactions, methods)).register(router)
    PersonHandlers(
        modals,
        messenger,
        Preferences(transactions, meetings),
        Toolkits(transactions),
        coaching,
        follow_ups,
        privacy,
        homes,
        people,
    ).register(router)
    HunchHandlers(modals, messenger, cases, Hunches(transactions, methods)).register(router)
    LadderHandlers(modals, ladder).register(router)
    ParticipationHandlers(modals, participation, statements).register(router)
    HomeHandlers(modals, people, founding, membership, History(transactions, methods)).register(
        router
    )
    helper = HelpHandlers(messenger, people, Help(transactions))
    helper.register(router)
    commands = Commands(router, people, messenger, rooms, helper)
    surfaces = (  # what comes most comes first: Bolt tries them one by one
        Messages(inbox, people, sessions, intake, messenger, rooms, commands),
        Actions(router, inbox, people, messenger, homes, rooms, presence),
        SlashCommands(inbox, people, messenger, commands),
        Views(router, inbox, people, presence),
        Mentions(inbox, people, messenger, commands),
        Shortcuts(router, inbox, people, messenger, rooms),
        Events(people, privacy, presence, homes, endings, Channels(transactions), rooms),
        InstallationEvents(installations)
        if settings.is_for_many
        else OneWorkspace(privacy.forget_workspace),
    )

    timers = Timers(
        transactions,
        {
            Subject.SESSION: sessions.on_due,
            Subject.GROUP: meetings.on_group_due,
            Subject.ENDING: endings.on_due,
            Subject.CASE: waiting.on_due,
            Subject.MEETING: meetings.on_sessions_changed,
            Subject.TRIAL: membership.on_trial_over,
            Subject.FOLLOW_UP: follow_ups.on_due,
            Subject.GROWTH: growth.on_due,
            Subject.LADDER: ladder.on_due,
            Subject.RECEIPT: receipts.on_due,
            Subject.STATEMENT: statements.on_due,
            Subject.STATS: participation.on_due,
            Subject.HOME: homes.on_due,
            Subject.WORKSPACE: installations.on_due,
        },
        {Subject.REMINDER: reminders.on_due},
    )
    clock = Clock(
        {
            "due": (timers.tick, 1),
            "rooms": (rooms.tick, 2),
            "tokens": (tokens.renew_all, 60),
            "tidy": (lambda _: tidy(store, now()), 3600),
        }
    )
    health = Health(store, now)
    return Intervisie(
        bolt=bolt_app(settings, people, surfaces, waits.answer),
        administration=Administration(transactions, privacy, homes, endings),
        calendars=calendars,
        statements=statements,
        receipts=receipts,
        installations=installations,
        relay=relay,
        clock=clock,
        timers=timers,
        rooms=rooms,
        transactions=transactions,
        store=store,
        health=health,
        metrics=exposition(store, now, health),
    )

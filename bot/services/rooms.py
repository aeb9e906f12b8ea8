"""The rooms of groups: look who can read there, tell the group what changed, and find a way out.

A room is looked at before a group is made, before a session opens or goes on, shortly before a
meeting, when Slack says that something changed, and once a day. Slack is asked outside of
transactions: inline within the time of a request, else by `tick`.
"""

import logging
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from threading import Event
from typing import Any, NamedTuple

from slack_sdk.errors import SlackApiError
from sqlalchemy import bindparam, select

from bot.blocks import rooms as show
from bot.blocks.elements import Payload, View, person
from bot.errors import Refusal
from bot.flows.room import OPENING, Change, Room, changes
from bot.flows.session import effects as e
from bot.flows.session.commands import Halt
from bot.flows.session.state import Session
from bot.flows.types import CaseStatus, Phase
from bot.ops.slack_client import PASSING_ERRORS
from bot.outbox.messages import post_to_group, send_direct
from bot.repositories.cases import lock_case
from bot.repositories.groups import words_of_group
from bot.repositories.meetings import next_meeting
from bot.repositories.members import (
    group_of_channel,
    is_lead,
    is_member,
    lock_group,
    members_of,
)
from bot.repositories.people import words_for
from bot.repositories.rooms import admissions_of, room_of, withdraw_admissions
from bot.services.ending import Endings
from bot.services.people import Kinds, People, Sight
from bot.services.presence import Presence
from bot.services.sessions.effects import EffectHandler
from bot.services.sessions.places import ask_bringer
from bot.services.sessions.run import Sessions
from bot.services.sessions.start import SessionOpener
from bot.store.prepared import Prepared
from bot.store.prompts import Prompt
from bot.store.tables import Admission, Case, Group, Person, SessionRow
from bot.store.transactions import Transactions, transactional
from bot.store.unit import Unit

log = logging.getLogger(__name__)

LOOK_INTERVAL = timedelta(days=1)
"""Time between two looks at the room of a group that meets."""

BEFORE_MEETING = timedelta(minutes=5)
"""How long before a meeting its room is looked at."""

LEASE = timedelta(minutes=2)
"""Time for which a process has a room for itself; another looks at it after that."""

MOST_LOOKS = 20
"""Rooms that one tick looks at; Slack describes fifty channels a minute."""

MOST_ASKED = 30
"""Members of a room whom one look asks about: Slack answers a hundred a minute."""

MOST_NAMES_TRIED = 9
"""Names that are tried for a private channel."""

_LOCK_DUE = Prepared(
    select(Group.id)
    .where(Group.look_at <= bindparam("now", type_=Group.look_at.type))
    .order_by(Group.look_at, Group.id)
    .limit(1)
    .with_for_update(skip_locked=True)
)
"""Locks the group whose room is due longest."""

_NO_NAME = re.compile(r"[^a-z0-9]+")


class _Due(NamedTuple):
    """A group whose room is to be looked at, or that moves to a private channel."""

    group: str
    workspace: str
    channel: str
    moving: bool


class _Move(NamedTuple):
    """A group that moves: the channel's name, whom to invite, and the channel if it is made."""

    name: str
    people: tuple[str, ...]
    made: str | None


class Rooms:
    """Looks at rooms, and does what people decide about them."""

    def __init__(
        self,
        transactions: Transactions,
        people: People,
        presence: Presence,
        sessions: Sessions,
        opener: SessionOpener,
        endings: Endings,
    ) -> None:
        self.transactions = transactions
        self.people = people
        self.presence = presence
        self.sessions = sessions
        self.opener = opener
        self.endings = endings

    # looking

    def look(self, workspace: str, channel: str, user: str) -> None:
        """Look at the room of a channel's group, which is made if there is none.

        Raises `Refusal` for a person outside a founded group, for direct messages of several
        people, and while Slack never said who can read there.
        """
        sight = self.people.look_at(workspace, channel)
        if sight.described is not None and sight.described.get("is_mpim"):
            raise Refusal("room_group_dm")
        kinds = self.people.kinds_of(workspace, sight.members or ())
        self._look(workspace, channel, user, sight, kinds)

    @transactional
    def _look(
        self, unit: Unit, workspace: str, channel: str, user: str, sight: Sight, kinds: Kinds
    ) -> None:
        group = group_of_channel(unit, workspace, channel, user, self.transactions.now())
        self._record(unit, group, sight, kinds, asks_more=kinds.unknown)
        if group.room is None:
            raise Refusal("room_unknown")

    def look_if_new(self, workspace: str, channel: str, user: str) -> None:
        """Look at the room of a channel whose group has none yet, as far as Slack tells in time."""
        with self.transactions.read() as unit:
            group = _group_in(unit, workspace, channel)
            if group is not None and group.room is not None:
                return
        try:
            self.look(workspace, channel, user)
        except Refusal as refusal:
            if refusal.key != "room_unknown":
                raise

    def look_again(self, workspace: str, channel: str) -> None:
        """Look at the room of a channel's group before one of its sessions goes on.

        Raises `Refusal` while Slack never said who can read there.
        """
        sight = self.people.look_at(workspace, channel)
        kinds = self.people.kinds_of(workspace, sight.members or ())
        self._look_again(workspace, channel, sight, kinds)

    @transactional
    def _look_again(
        self, unit: Unit, workspace: str, channel: str, sight: Sight, kinds: Kinds
    ) -> None:
        group = _group_in(unit, workspace, channel)
        if group is not None:
            self._record(unit, group, sight, kinds, asks_more=kinds.unknown)
            if group.room is None:
                raise Refusal("room_unknown")

    def look_for_case(self, workspace: str, case: str) -> None:
        """Look at the room of the group that a case was brought to, as `look_again`."""
        with self.transactions.read() as unit:
            found = unit.db.get(Case, case)
            group = unit.db.get(Group, found.group_id) if found is not None else None
            channel = group.channel if group is not None and group.workspace == workspace else None
        if channel is not None:
            self.look_again(workspace, channel)

    @transactional
    def _record_by_id(self, unit: Unit, group: str, sight: Sight, kinds: Kinds) -> None:
        row = unit.db.get(Group, group, with_for_update=True)
        if row is not None:
            self._record(unit, row, sight, kinds)

    @transactional
    def notice(self, unit: Unit, workspace: str, channel: str) -> None:
        """Have the room of a channel looked at soon: something changed there."""
        self.people.forget_look(workspace, channel)
        group = _group_in(unit, workspace, channel)
        if group is not None:
            group.look_at = self.transactions.now()

    @transactional
    def renamed(self, unit: Unit, workspace: str, channel: str, delivery: str) -> None:
        """Inform a group that its channel has another name, and look at it again."""
        group = _group_in(unit, workspace, channel)
        now = self.transactions.now()
        if group is None or not unit.first_time(workspace, delivery, now):
            return
        group.look_at = now
        if group.plan is not None:
            text = words_of_group(group)("room.renamed")
            post_to_group(unit, group, show.notice(text), now)

    @transactional
    def joined(self, unit: Unit, workspace: str, channel: str, user: str, delivery: str) -> None:
        """Tell the sessions under way in a channel that one more person can read along."""
        self.people.forget_look(workspace, channel)
        group = _group_in(unit, workspace, channel)
        now = self.transactions.now()
        if group is None or not unit.first_time(workspace, delivery, now):
            return
        group.look_at = now
        for row, session in self._under_way(unit, group):
            if session.phase is not Phase.LOBBY and user not in session.participants:
                self._effects(unit, row, session).handle((e.Say(key="reader", who=user),))

    def tick(self, stopping: Event | None = None) -> None:
        """Look at the rooms that are due, and make the private channels that were asked for.

        Stops when Slack does not answer, or `stopping` is set; the rest is tried again.
        """
        for _ in range(MOST_LOOKS):
            if stopping is not None and stopping.is_set():
                return
            due = self._take_due()
            if due is None:
                return
            if due.moving:
                self._make_channel(due)
                continue
            sight = self.people.look_at(due.workspace, due.channel)
            if sight.described is None and not sight.gone:
                return
            kinds = self.people.kinds_of(due.workspace, sight.members or (), ask=MOST_ASKED)
            self._record_by_id(due.group, sight, kinds)

    @transactional
    def _take_due(self, unit: Unit) -> _Due | None:
        """Take the group whose room is due longest, and leave it to no other process for now."""
        now = self.transactions.now()
        due = unit.execute(_LOCK_DUE, {"now": now}).scalar()
        group = unit.db.get(Group, due) if due is not None else None
        if group is None:
            return None
        group.look_at = now + LEASE
        return _Due(group.id, group.workspace, group.channel, group.moving is not None)

    def _record(
        self, unit: Unit, group: Group, sight: Sight, kinds: Kinds, *, asks_more: bool = False
    ) -> None:
        """Store what Slack said of a room, and do what follows from it.

        Keeps what was known where Slack said nothing. `asks_more`: Slack is to be asked soon who
        the others in there are.
        """
        now = self.transactions.now()
        if sight.gone:
            self.endings.close_later(unit, group)
            group.look_at = now + LOOK_INTERVAL if group.plan is not None else None
            return
        if sight.described is None:
            return
        self.endings.keep_open(unit, group)
        before, after = room_of(group), _room(sight, kinds, room_of(group))
        group.room, group.looked_at = after.model_dump_json(), now
        group.look_at = now if asks_more else self._next_look(unit, group)
        if sight.members is not None:
            self.presence.remove_absent(unit, group, sight.members)
        self._follow(unit, group, before, after)

    def _next_look(self, unit: Unit, group: Group) -> datetime | None:
        """Return when a room is looked at next: daily, and before a meeting; None if none meets."""
        now = self.transactions.now()
        if group.plan is None and not list(self._under_way(unit, group)):
            return None
        meeting = next_meeting(unit, group)
        before = meeting.starts_at - BEFORE_MEETING if meeting is not None else None
        if before is not None and now < before < now + LOOK_INTERVAL:
            return before
        return now + LOOK_INTERVAL

    def _follow(self, unit: Unit, group: Group, before: Room | None, after: Room) -> None:
        """Inform a group of what changed in its room, and pause its sessions if that opened up."""
        if not after.public:
            group.open_at = None
        from_before = before is None and group.open_at is not None
        found = changes(before or Room(public=after.public), after)
        if Change.PUBLIC in found:
            group.open_at = None
        admitted = admissions_of(unit, group)
        withdraw_admissions(unit, group, admitted - set(after.organisations))
        halted = before is not None and bool(OPENING & set(found)) and self._halt(unit, group)
        words, now = words_of_group(group), self.transactions.now()
        waiting = [each for each in after.organisations if each not in admitted]
        for change in found:
            told = show.changed(
                change, group.id, waiting, words, halted=halted and change in OPENING
            )
            kind = Prompt.ROOM if change in (Change.PUBLIC, Change.PRIVATE) else Prompt.ADMIT
            post_to_group(unit, group, told, now, prompt=kind.of(group.id))
        if from_before:
            told = show.notice(words("room.from_before"), show.ways(group.id, words)[:2])
            post_to_group(unit, group, told, now, prompt=Prompt.ROOM.of(group.id))
        if before != after:
            for row_, session in self._under_way(unit, group):
                self._effects(unit, row_, session).update_board()

    def _halt(self, unit: Unit, group: Group) -> bool:
        """Pause the sessions of a group; return whether one was running."""
        running = [
            row for row, session in self._under_way(unit, group) if session.phase is Phase.RUNNING
        ]
        for row in running:
            self.sessions.apply(unit, row, Halt())
        return bool(running)

    def _under_way(self, unit: Unit, group: Group) -> list[tuple[SessionRow, Session]]:
        """List the sessions of a group that have not ended."""
        found = select(SessionRow.id).where(
            SessionRow.group_id == group.id, SessionRow.status != Phase.CLOSED
        )
        rows = [unit.session(group.workspace, id_) for id_ in unit.db.scalars(found).all()]
        return [
            (row, Session.model_validate_json(row.state))
            for row in rows
            if row is not None and row.vault_id is not None
        ]

    def _effects(self, unit: Unit, row: SessionRow, session: Session) -> EffectHandler:
        methods, method = self.sessions.methods, self.sessions.method(session)
        return EffectHandler(unit, row, session, method, self.transactions.now(), methods)

    # what people see

    def card(self, workspace: str, channel: str, user: str) -> Payload:
        """Look at a channel's room and return its card. Raises `Refusal` as `look` does."""
        self.look(workspace, channel, user)
        return self._card(workspace, channel, user)

    @transactional
    def _card(self, unit: Unit, workspace: str, channel: str, user: str) -> Payload:
        group = group_of_channel(unit, workspace, channel, user, self.transactions.now())
        return self._card_of(unit, group, user, "")

    def _card_of(self, unit: Unit, group: Group, user: str, first: str) -> Payload:
        room = room_of(group)
        assert room is not None
        admitted = admissions_of(unit, group)
        shown = show.RoomCard(
            group=group.id,
            room=room,
            agreed=group.open_at is not None,
            waiting=[each for each in room.organisations if each not in admitted],
            admitted=sorted(admitted),
            guests=group.guests,
            facilitator=group.facilitator,
        )
        words = words_for(unit, group.workspace, user, group)
        here, lead = len(members_of(unit, group)), is_lead(unit, group, user)
        return show.card(shown, here, words, lead=lead, first=first)

    @transactional
    def explain(self, unit: Unit, workspace: str, user: str, refusal: Refusal) -> Payload | None:
        """Return what a person can do who was refused a session because of its room.

        A bringer whose yes is missing is asked for it. None for any other refusal.
        """
        group = unit.db.get(Group, str(refusal.about.get("group")))
        if group is None or group.workspace != workspace or group.room is None:
            return None
        words = words_for(unit, workspace, user, group)
        if refusal.key == "room_bringer":
            case = lock_case(unit, workspace, str(refusal.about["case"]))
            ask_bringer(unit, group, case, self.transactions.now())
        if refusal.key != "room_public" or not is_member(unit, group.id, user):
            return None
        return self._card_of(unit, group, user, words("refusal.room_public"))

    def names(self, workspace: str, user: str, id_: str) -> Payload:
        """List who is in the channel of a group, or of a session by its id, besides its people."""
        with self.transactions.read() as unit:
            session = unit.session(workspace, id_)
            group = unit.db.get(Group, session.group_id if session is not None else id_)
            if group is None or group.workspace != workspace:
                raise Refusal("group_gone")
            here = {member.user for member in members_of(unit, group)}
            if session is not None:
                here = set(Session.model_validate_json(session.state).participants)
            words, channel = words_for(unit, workspace, user, group), group.channel
        members = self.people.look_at(workspace, channel).members
        if members is None:
            raise Refusal("room_unknown")
        if user not in members:
            raise Refusal("not_inside", channel=f"<#{channel}>")
        others = self.people.others_in(workspace, members, here)
        return show.names(others, words)

    # what people decide

    @transactional
    def agree(self, unit: Unit, workspace: str, user: str, id_: str) -> None:
        """Keep a group in its public channel. Raises `Refusal` for who is not a lead."""
        group = self._public_group(unit, workspace, user, id_)
        if not is_lead(unit, group, user):
            raise Refusal("lead_only")
        if group.open_at is None:
            group.open_at = self.transactions.now()
            words = words_of_group(group)
            self._post(unit, group, words("room.agreed", who=person(user)), disagree=True)

    @transactional
    def disagree(self, unit: Unit, workspace: str, user: str, id_: str) -> None:
        """Take back, for any member, that a group goes on in its public channel."""
        group = self._public_group(unit, workspace, user, id_)
        if group.open_at is not None:
            group.open_at = None
            self._halt(unit, group)
            words = words_of_group(group)
            told = show.notice(words("room.disagreed"), show.ways(group.id, words))
            asked = Prompt.ROOM.of(group.id)
            post_to_group(unit, group, told, self.transactions.now(), prompt=asked)

    def _public_group(self, unit: Unit, workspace: str, user: str, id_: str) -> Group:
        group = lock_group(unit, workspace, id_, user)
        room = room_of(group)
        if room is None or not room.public:
            raise Refusal("room_private")
        return group

    def _post(self, unit: Unit, group: Group, text: str, *, disagree: bool = False) -> None:
        row = show.disagree_button(group.id, words_of_group(group)) if disagree else []
        asked = Prompt.ROOM.of(group.id) if disagree else None
        post_to_group(unit, group, show.notice(text, row), self.transactions.now(), prompt=asked)

    @transactional
    def tell(self, unit: Unit, workspace: str, user: str, id_: str) -> str:
        """Record a bringer's yes to a case in public, and open its session if it waits for that.

        Returns the key of the answer. Raises `Refusal` for anyone else.
        """
        case = lock_case(unit, workspace, id_)
        if case.bringer != user:
            raise Refusal("bringer_only")
        case.open_at = self.transactions.now()
        unit.close_prompt(workspace, Prompt.TELL.of(id_))
        if case.status is not CaseStatus.QUEUED:
            return "room.told"
        self.opener.open_session(unit, case, user)
        return "room.told_opened"

    @transactional
    def admit(self, unit: Unit, workspace: str, user: str, id_: str, organisation: str) -> None:
        """Admit the people of another organisation that shares the channel to a group."""
        group = self._led_group(unit, workspace, user, id_)
        room = room_of(group)
        if room is None or organisation not in room.organisations:
            raise Refusal("room_unshared")
        if organisation not in admissions_of(unit, group):
            unit.db.add(
                Admission(
                    group_id=group.id,
                    organisation=organisation,
                    workspace=workspace,
                    admitted_at=self.transactions.now(),
                )
            )
            unit.db.flush()
            if set(room.organisations) <= admissions_of(unit, group):
                unit.close_prompt(workspace, Prompt.ADMIT.of(group.id))
            self._post(unit, group, words_of_group(group)("room.admitted_by", who=person(user)))

    @transactional
    def refuse(self, unit: Unit, workspace: str, user: str, id_: str, organisation: str) -> None:
        """Admit nobody of another organisation any more; its members leave the group."""
        group = self._led_group(unit, workspace, user, id_)
        if organisation not in admissions_of(unit, group):
            return
        withdraw_admissions(unit, group, [organisation])
        theirs = select(Person.user).where(
            Person.workspace == workspace, Person.organisation == organisation
        )
        for member in unit.db.scalars(theirs).all():
            self.presence.remove(unit, group, member)
        self._post(unit, group, words_of_group(group)("room.refused_by", who=person(user)))

    @transactional
    def set_guests(self, unit: Unit, workspace: str, user: str, id_: str, *, on: bool) -> None:
        """Admit guests to a group, or no more of them; those who are in it stay."""
        self._led_group(unit, workspace, user, id_).guests = on

    @transactional
    def facilitator_form(self, unit: Unit, workspace: str, user: str, id_: str) -> View:
        """Build the form to choose who leads a group's sessions from outside."""
        group = self._led_group(unit, workspace, user, id_)
        return show.facilitator(
            group.id, group.facilitator, words_for(unit, workspace, user, group)
        )

    def choose_facilitator(
        self, workspace: str, user: str, id_: str, chosen: str | None
    ) -> dict[str, Refusal]:
        """Choose, or with None dismiss, who leads a group's sessions from outside.

        Returns what is wrong, by input.
        """
        found = self.people.choose(workspace, [chosen] if chosen else [])
        if found.unknown:
            return {"facilitator": Refusal("who_unknown")}
        if chosen is not None and chosen in found.unfit and chosen not in found.elsewhere:
            return {"facilitator": Refusal("members_unfit", names=found.unfit[chosen])}
        return self._choose_facilitator(workspace, user, id_, chosen)

    @transactional
    def _choose_facilitator(
        self, unit: Unit, workspace: str, user: str, id_: str, chosen: str | None
    ) -> dict[str, Refusal]:
        group = self._led_group(unit, workspace, user, id_)
        before = group.facilitator
        if chosen == before:
            return {}
        if chosen is not None and is_member(unit, group.id, chosen):
            return {"facilitator": Refusal("facilitator_inside")}
        group.facilitator = chosen
        if before is not None:
            self.presence.remove(unit, group, before)
            group.facilitator = chosen
        words = words_of_group(group)
        if chosen is None:
            self._post(unit, group, words("room.facilitator_gone", who=person(before or "")))
        else:
            self._post(unit, group, words("room.facilitator_set", who=person(chosen)))
        return {}

    def _led_group(self, unit: Unit, workspace: str, user: str, id_: str) -> Group:
        """Return a locked group for one of its leads. Raises `Refusal` for anyone else."""
        group = lock_group(unit, workspace, id_, user)
        if not is_lead(unit, group, user):
            raise Refusal("lead_only")
        return group

    # the way to a private channel

    @transactional
    def move(self, unit: Unit, workspace: str, user: str, id_: str) -> None:
        """Have a private channel made for a group, with all its members in it.

        Raises `Refusal` while a session is under way: its thread cannot go along.
        """
        group = self._movable(unit, workspace, user, id_)
        if group.moving is None:
            group.moving, group.look_at = user, self.transactions.now()

    @transactional
    def choice_form(self, unit: Unit, workspace: str, user: str, id_: str) -> View:
        """Build the form to choose the private channel in which a group goes on."""
        group = self._movable(unit, workspace, user, id_)
        return show.choose(group.id, words_for(unit, workspace, user, group))

    def move_to(self, workspace: str, user: str, id_: str, channel: str) -> dict[str, Refusal]:
        """Move a group to a private channel that exists; returns what is wrong, by input."""
        sight = self.people.look_at(workspace, channel)
        if sight.gone:
            return {"channel": Refusal("bot_not_there")}
        if sight.described is None or sight.members is None:
            return {"channel": Refusal("room_unknown")}
        if not sight.described.get("is_private") or sight.described.get("is_mpim"):
            return {"channel": Refusal("room_not_private")}
        if user not in sight.members:
            return {"channel": Refusal("not_in_channel")}
        return self._move_to(workspace, user, id_, channel)

    @transactional
    def _move_to(
        self, unit: Unit, workspace: str, user: str, id_: str, channel: str
    ) -> dict[str, Refusal]:
        group = self._movable(unit, workspace, user, id_)
        taken = _group_in(unit, workspace, channel)
        if taken is not None:
            return {"channel": Refusal("room_taken")}
        self._settle_in(unit, group, channel)
        return {}

    def _movable(self, unit: Unit, workspace: str, user: str, id_: str) -> Group:
        group = self._public_group(unit, workspace, user, id_)
        if not is_lead(unit, group, user):
            raise Refusal("lead_only")
        if self._under_way(unit, group):
            raise Refusal("room_busy")
        return group

    def _make_channel(self, due: _Due) -> None:
        """Make the private channel that a group asked for, and bring its members in."""
        move = self._plan_move(due.group)
        if move is None:
            return
        client = self.people.patient_client_for(due.workspace)
        try:
            channel = move.made or self._create(client, due.group, move.name)
            client.conversations_invite(channel=channel, users=list(move.people), force=True)
        except SlackApiError as error:
            why = str(error.response.get("error"))
            if why in PASSING_ERRORS or not why.isidentifier():  # a page of a proxy
                return  # it is tried again
            if why != "already_in_channel":
                self._give_up_move(due.group, why)
                return
        except OSError:
            return  # it is tried again, too
        self._finish_move(due.group)

    def _create(self, client: Any, group: str, name: str) -> str:
        for n in range(1, MOST_NAMES_TRIED + 1):
            try:
                tried = name if n == 1 else f"{name}-{n}"
                answer = client.conversations_create(name=tried, is_private=True)
            except SlackApiError as error:
                if error.response.get("error") != "name_taken" or n == MOST_NAMES_TRIED:
                    raise
            else:
                channel = str(answer["channel"]["id"])
                self._note_channel(group, channel)
                return channel
        raise AssertionError("unreachable")

    @transactional
    def _plan_move(self, unit: Unit, id_: str) -> _Move | None:
        group = unit.db.get(Group, id_, with_for_update=True)
        if group is None or group.moving is None:
            return None
        if self._under_way(unit, group):  # a session was opened since
            group.moving = None
            return None
        people = tuple(member.user for member in members_of(unit, group))
        name = _NO_NAME.sub("-", group.name.casefold()).strip("-")[:60]
        return _Move(f"intervisie-{name}".rstrip("-"), people, group.moving_to)

    @transactional
    def _note_channel(self, unit: Unit, id_: str, channel: str) -> None:
        group = unit.db.get(Group, id_, with_for_update=True)
        if group is not None:
            group.moving_to = channel

    @transactional
    def _finish_move(self, unit: Unit, id_: str) -> None:
        group = unit.db.get(Group, id_, with_for_update=True)
        if group is not None and group.moving_to is not None:
            self._settle_in(unit, group, group.moving_to)

    @transactional
    def _give_up_move(self, unit: Unit, id_: str, why: str) -> None:
        """Tell who asked for a private channel that Slack does not let us make it."""
        group = unit.db.get(Group, id_, with_for_update=True)
        if group is None or group.moving is None:
            return
        words = words_for(unit, group.workspace, group.moving, group)
        text = words("room.no_scope" if why == "missing_scope" else "room.not_made")
        row = show.ways(group.id, words)[1:2]
        now = self.transactions.now()
        send_direct(unit, group.workspace, group.moving, show.notice(text, row), now)
        group.moving, group.look_at = None, now + LOOK_INTERVAL

    def _settle_in(self, unit: Unit, group: Group, channel: str) -> None:
        """Move a group to another channel, and say so in both."""
        now, words = self.transactions.now(), words_of_group(group)
        gone, asked = show.notice(words("room.gone_private")), Prompt.ROOM.of(group.id)
        post_to_group(unit, group, gone, now, prompt=asked)
        unit.flush()
        group.channel, group.room, group.looked_at = channel, None, None
        group.moving = group.moving_to = group.open_at = None
        group.look_at = now
        post_to_group(unit, group, show.notice(words("room.arrived")), now)


def _room(sight: Sight, kinds: Kinds, before: Room | None) -> Room:
    """Return a room as Slack describes it; what it does not say stays as it was `before`."""
    told: Mapping[str, Any] = sight.described or {}
    shared = bool(told.get("is_ext_shared"))
    others = told.get("connected_team_ids")
    listed = others if isinstance(others, list) else []
    organisations = tuple(sorted(str(each) for each in listed)) if shared else ()
    room = Room(
        public=not told.get("is_private"),
        shared=shared,
        pending=bool(told.get("is_pending_ext_shared")),
        org_wide=bool(told.get("is_org_shared")),
        organisations=organisations,
    )
    if sight.members is not None:
        counts = kinds._asdict()
        del counts["unknown"]
        return room.model_copy(update=counts)
    number = told.get("num_members")
    people = number - 1 if isinstance(number, int) else before.people if before else 0
    return room.model_copy(update={"people": people})


def _group_in(unit: Unit, workspace: str, channel: str) -> Group | None:
    query = select(Group).where(Group.workspace == workspace, Group.channel == channel)
    return unit.db.scalar(query)

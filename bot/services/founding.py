"""Found a group, and change its rhythm, size and leads.

A group is founded when it gets a plan. Before that, everyone who uses it in its channel is a
member; from then on, only people who accept an invitation or ask to join
(`bot.services.membership`).
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import time
from typing import Any

from sqlalchemy import func, select

from bot.blocks import groups as show
from bot.blocks.edits import saved, with_both
from bot.blocks.elements import Payload, occasion, person
from bot.blocks.rooms import notice as room_notice
from bot.blocks.rooms import readers, ways
from bot.errors import Refusal
from bot.flows.edits import Values, merged
from bot.flows.meeting import Plan, Stage, Status
from bot.flows.method import Method
from bot.flows.rhythm import HOME, Rhythm, comes, holidays_of, zone_of
from bot.i18n import LANGUAGES, Words, language_of
from bot.outbox.messages import post_to_group, send_direct
from bot.repositories.groups import plan_of, speak_as, words_of_group
from bot.repositories.meetings import next_meeting, rota_after_sessions
from bot.repositories.members import group_of_channel, is_lead, lock_group, members_of
from bot.repositories.methods import methods_for
from bot.repositories.people import words_for
from bot.repositories.rooms import admissions_of, may_share, room_of
from bot.services.meetings.lifecycle import Meetings
from bot.services.meetings.planning import plan_ahead
from bot.services.membership import Membership, card_of
from bot.services.people import Chosen, People
from bot.services.privacy import Privacy
from bot.store.tables import Group, Person, SessionRow
from bot.store.transactions import Transactions, transactional
from bot.store.unit import Unit

COUNTRY_BY_ZONE = {
    "Europe/Amsterdam": "NL",
    "Europe/Brussels": "BE",
    "Europe/Berlin": "DE",
    "Europe/Vienna": "AT",
    "Europe/Zurich": "CH",
    "Europe/Luxembourg": "LU",
    "Europe/Paris": "FR",
    "Europe/London": "GB",
    "Europe/Dublin": "IE",
    "America/New_York": "US",
    "America/Toronto": "CA",
}
"""The country whose public holidays a new group observes, by the founder's time zone."""


class Founding:
    """What people do to found a group and to change its plan."""

    def __init__(
        self,
        transactions: Transactions,
        people: People,
        membership: Membership,
        meetings: Meetings,
        privacy: Privacy,
        methods: Mapping[str, Method],
    ) -> None:
        self.transactions = transactions
        self.people = people
        self.meetings = meetings
        self.membership = membership
        self.privacy = privacy
        self.methods = methods

    def is_founded(self, workspace: str, channel: str) -> bool:
        """Check whether a channel's group is founded."""
        founded = select(Group.id).where(
            Group.workspace == workspace, Group.channel == channel, Group.plan.is_not(None)
        )
        with self.transactions.read() as unit:
            return unit.db.scalar(founded) is not None

    # forms

    @transactional
    def card(self, unit: Unit, workspace: str, channel: str, user: str) -> Payload | None:
        """Build the card of a channel's group, for one member; None while it is not founded."""
        group = group_of_channel(unit, workspace, channel, user, self.transactions.now())
        if group.plan is None:
            return None
        words = words_for(unit, workspace, user, group)
        return show.card(card_of(unit, group), words, lead=is_lead(unit, group, user))

    def is_new_group(self, workspace: str, channel: str) -> bool:
        """Check whether a channel's group is not founded and had one session at most."""
        with self.transactions.read() as unit:
            sessions = (
                select(func.count(SessionRow.id))
                .join(Group, Group.id == SessionRow.group_id)
                .where(Group.workspace == workspace, Group.channel == channel)
            )
            plan = select(Group.plan).where(Group.workspace == workspace, Group.channel == channel)
            return unit.db.scalar(plan) is None and (unit.db.scalar(sessions) or 0) <= 1

    @transactional
    def form(
        self, unit: Unit, workspace: str, channel: str, user: str, *, details: bool
    ) -> dict[str, Any]:
        """Build the form to found a channel's group, or to change its plan or its `details`.

        Raises `Refusal` when the group is founded and `user` is not a lead, and for details of a
        group that is not founded.
        """
        group = group_of_channel(unit, workspace, channel, user, self.transactions.now())
        words = words_for(unit, workspace, user, group)
        plan = self._plan(unit, group, user)
        if group.plan is not None and not is_lead(unit, group, user):
            raise Refusal("lead_only")
        if details:
            if group.plan is None:
                raise Refusal("not_founded")
            stored = _details_of(group, plan)
            return self._details_form(unit, group, stored, stored, words)
        members = [m.user for m in members_of(unit, group)]
        leads = [m.user for m in members_of(unit, group) if m.lead]
        if group.plan is None:
            leads = leads or [user]
        stored = _rhythm_of(group, plan, leads)
        values = {**stored, "members": members}
        return self._founding_form(unit, group, plan, values, stored, words)

    def _details_form(
        self, unit: Unit, group: Group, values: Values, base: Values, words: Words
    ) -> dict[str, Any]:
        methods = methods_for(unit, group.id, self.methods, group.language).values()
        titles = {method.id: method.title[words.language] for method in methods}
        return show.details(group.id, values, titles, words, base=base)

    def _founding_form(
        self, unit: Unit, group: Group, plan: Plan, values: Values, base: Values, words: Words
    ) -> dict[str, Any]:
        members = len(members_of(unit, group))
        room = readers(room_of(group), members, words) if group.room else None
        zone = plan.rhythm.zone
        lengths = {"minutes": str(plan.minutes), "cases": str(plan.cases)}
        return show.founding(
            group.id,
            lengths | dict(values),
            words,
            base=base,
            zone=zone,
            room=room,
            new=group.plan is None,
        )

    def save(
        self, workspace: str, user: str, id_: str, values: Values, base: Values
    ) -> tuple[dict[str, Refusal], dict[str, Any] | None]:
        """Found a group, or change its name, rhythm and leads, and invite new members.

        `base` is what the form showed. Returns what is wrong, by input; nothing is stored then.
        Neither is it where somebody else changed the same: then the form comes back with both.
        The people chosen are looked up first, so that each is invited in their own language.
        """
        chosen = self.people.choose(workspace, {*values["members"], *values["leads"]})
        return self._save(workspace, user, id_, values, base, chosen)

    @transactional
    def _save(
        self,
        unit: Unit,
        workspace: str,
        user: str,
        id_: str,
        values: Values,
        base: Values,
        chosen: Chosen,
    ) -> tuple[dict[str, Refusal], dict[str, Any] | None]:
        group = self._for_lead(unit, workspace, user, id_)
        leads = [member.user for member in members_of(unit, group) if member.lead]
        before = self._plan(unit, group, user)
        now = _rhythm_of(group, before, leads)
        values, theirs = merged(base if group.plan is not None else {}, values, now)
        if theirs:
            words = words_for(unit, workspace, user, group)
            seen = {**base, **theirs}
            form = self._founding_form(unit, group, before, values, seen, words)
            return {}, with_both(form, theirs, words)
        wrong = self._check_people(values, chosen, admissions_of(unit, group))
        members = list(dict.fromkeys([*values["members"], *values["leads"], user]))
        plan = before.model_copy(
            update={
                "rhythm": self._rhythm(before.rhythm, values, wrong),
                # Only a new group is asked for these; otherwise they are empty, and stay.
                "minutes": _chosen(values, "minutes", show.MINUTES, before.minutes, wrong),
                "cases": _chosen(values, "cases", show.CASES, before.cases, wrong),
            }
        )
        present = {member.user for member in members_of(unit, group)}
        if not values["name"]:
            wrong["name"] = Refusal("name_empty")
        if len(members) < plan.least and group.plan is None:
            wrong["members"] = Refusal("members_few", least=plan.least)
        if len(present | set(members)) > plan.most:
            wrong["members"] = Refusal("members_many", most=plan.most)
        if "free" not in wrong:
            self._check_rhythm(plan, wrong, "free")
        if wrong:
            return wrong, None
        first = group.plan is None
        group.name = values["name"]
        speak_as(unit, group, user)  # if it is made now
        if first:
            self._remove_others(unit, group, members)
        self._set_leads(unit, group, values["leads"] or ([user] if first else []))
        group.plan = plan.model_dump_json()
        if first:
            group.rota = rota_after_sessions(unit, group)
            group.look_at = self.transactions.now()  # from now on, once a day
            self.meetings.schedule_first(unit, group)
            self.membership.tell_existing_members(unit, group, by=user)
        else:
            plan_ahead(unit, group, self.transactions.now())
            self.meetings.advance(unit, group)
        self.membership.invite(unit, group, members, leads=values["leads"], by=user)
        words = words_of_group(group)
        announcement = show.founded(user, card_of(unit, group), words, first=first)
        post_to_group(unit, group, announcement, self.transactions.now())
        if not first and plan.rhythm != before.rhythm:
            self._tell_what_stands(unit, group)
        if first and not may_share(group):
            notice = room_notice(words("room.public_means"), ways(group.id, words))
            post_to_group(unit, group, notice, self.transactions.now())
        return {}, None

    @transactional
    def save_details(
        self, unit: Unit, workspace: str, user: str, id_: str, values: Values, base: Values
    ) -> tuple[dict[str, Refusal], dict[str, Any] | None]:
        """Store a group's lengths, sizes, language, time zone and holidays.

        `base` is what the form showed. Returns what is wrong, by input; nothing is stored then.
        Neither is it where somebody else changed the same: then the form comes back with both.
        """
        wrong: dict[str, Refusal] = {}
        group = self._for_lead(unit, workspace, user, id_)
        before = plan_of(group)
        stood = _details_of(group, before)
        values, theirs = merged(base, values, stood)
        if theirs:
            words = words_for(unit, workspace, user, group)
            form = self._details_form(unit, group, values, {**base, **theirs}, words)
            return {}, with_both(form, theirs, words)
        methods = methods_for(unit, group.id, self.methods, group.language)
        least = _chosen(values, "least", show.SIZES, before.least, wrong)
        most = _chosen(values, "most", show.SIZES, before.most, wrong)
        if least > most:
            wrong["most"] = Refusal("most_below_least", least=least)
        elif len(members_of(unit, group)) > most:
            wrong["most"] = Refusal("most_below_least", least=len(members_of(unit, group)))
        try:
            zone = zone_of(values["zone"]).key
        except Refusal as refusal:
            wrong["zone"], zone = refusal, before.rhythm.zone
        country = values["country"] if values["country"] in show.COUNTRIES else ""
        rhythm = before.rhythm.model_copy(update={"zone": zone, "country": country})
        plan = before.model_copy(
            update={
                "rhythm": rhythm,
                "minutes": _chosen(values, "minutes", show.MINUTES, before.minutes, wrong),
                "cases": _chosen(values, "cases", show.CASES, before.cases, wrong),
                "least": least,
                "most": most,
                "methods": tuple(m for m in values["methods"] if m in methods),
            }
        )
        if not wrong:
            if values["language"] in LANGUAGES and values["language"] != group.language:
                group.language, group.language_chosen = values["language"], True
            group.plan = plan.model_dump_json()
            plan_ahead(unit, group, self.transactions.now())
            self.meetings.advance(unit, group)
            if plan.minutes != before.minutes:
                words = words_of_group(group)
                text = words("founding.new_length", who=person(user), minutes=plan.minutes)
                post_to_group(unit, group, show.line(text), self.transactions.now())
            words, now = words_for(unit, workspace, user, group), _details_of(group, plan)
            told = saved(
                self._details_form(unit, group, now, now, words),
                stood,
                now,
                words,
                channel=group.channel,
            )
            send_direct(unit, workspace, user, told, self.transactions.now())
        return wrong, None

    # shared by the above

    def _tell_what_stands(self, unit: Unit, group: Group) -> None:
        """Inform a group with a new rhythm that the meeting announced before keeps its date."""
        row, words = next_meeting(unit, group), words_of_group(group)
        if row is not None and row.status == Status.PLANNED and row.stage >= Stage.ASKED:
            text = words("founding.stands", when=occasion(row.starts_at, words))
            post_to_group(unit, group, show.line(text), self.transactions.now())

    def _for_lead(self, unit: Unit, workspace: str, user: str, id_: str) -> Group:
        """Return a locked group for one of its leads; before it is founded, for any member."""
        group = lock_group(unit, workspace, id_, user)
        if group.plan is not None and not is_lead(unit, group, user):
            raise Refusal("lead_only")
        return group

    def _plan(self, unit: Unit, group: Group, user: str) -> Plan:
        """Return a group's plan, or the plan to begin with when `user` founds it."""
        if group.plan is not None:
            return plan_of(group)
        founder = unit.db.get(Person, (group.workspace, user))
        zone = (founder.tz if founder else "") or HOME
        return Plan(
            rhythm=Rhythm(
                zone=zone,
                country=COUNTRY_BY_ZONE.get(zone, ""),
                since=self.transactions.now().astimezone(zone_of(zone)).date(),
            )
        )

    def _check_people(
        self, values: Values, chosen: Chosen, admitted: Collection[str]
    ) -> dict[str, Refusal]:
        """Return what is wrong with the people chosen as members and as leads, by input.

        People of the organisations `admitted` may be members.
        """
        wrong: dict[str, Refusal] = {}
        let_in = {user for user, home in chosen.elsewhere.items() if home in admitted}
        unfit = {user: name for user, name in chosen.unfit.items() if user not in let_in}
        members = [unfit[user] for user in values["members"] if user in unfit]
        if members:
            wrong["members"] = Refusal("members_unfit", names=", ".join(members))
        for name in ("members", "leads"):
            if chosen.unknown & set(values[name]):
                wrong[name] = Refusal("members_unknown")
        no_leads = {**chosen.guests, **chosen.unfit}
        leads = [no_leads[user] for user in values["leads"] if user in no_leads]
        if leads:
            wrong["leads"] = Refusal("leads_unfit", names=", ".join(leads))
        return wrong

    def _rhythm(self, before: Rhythm, values: Values, wrong: dict[str, Refusal]) -> Rhythm:
        """Read a rhythm from a form; what is wrong with it goes into `wrong`, by input."""
        every, _, unit = values["rule"].partition(" ")
        if values["rule"] not in show.RULES:
            wrong["rule"] = Refusal("intake_choose")
            every, unit = "1", "months"
        try:
            at = time.fromisoformat(values["at"])
        except ValueError:
            wrong["at"] = Refusal("time_unknown")
            at = before.at
        rule = {
            "unit": unit,
            "every": int(every),
            "nth": _chosen(values, "nth", show.NTHS, before.nth, wrong),
            "weekday": _chosen(values, "weekday", range(7), before.weekday, wrong),
            "free": tuple(n for n in range(1, 13) if str(n) in values["free"]),
        }
        since = before.since
        if (unit, int(every)) != (before.unit, before.every):  # else other dates would move too
            since = self.transactions.now().astimezone(zone_of(before.zone)).date()
        return Rhythm(**rule, at=at, zone=before.zone, country=before.country, since=since)

    def _check_rhythm(self, plan: Plan, wrong: dict[str, Refusal], at: str) -> None:
        """Write into `wrong`, under the input `at`, that a rhythm has no days at all."""
        today = self.transactions.now().astimezone(zone_of(plan.rhythm.zone)).date()
        try:
            comes(plan.rhythm, holidays_of(plan.rhythm.country), after=today)
        except Refusal as refusal:
            wrong[at] = refusal

    def _remove_others(self, unit: Unit, group: Group, chosen: Sequence[str]) -> None:
        """Remove members who used the group before it was founded and were not chosen."""
        for member in members_of(unit, group):
            if member.user not in chosen:
                self.privacy.leave_group(unit, group, member.user)
        unit.db.flush()

    def _set_leads(self, unit: Unit, group: Group, leads: Sequence[str]) -> None:
        for member in members_of(unit, group):
            member.lead = member.user in leads


def _rhythm_of(group: Group, plan: Plan, leads: Sequence[str]) -> dict[str, Any]:
    """Return what the form about a group's name, rhythm and leads shows, by input."""
    rhythm = plan.rhythm
    return {
        "name": group.name,
        "rule": f"{rhythm.every} {rhythm.unit}",
        "nth": str(rhythm.nth),
        "weekday": str(rhythm.weekday),
        "at": rhythm.at.strftime("%H:%M"),
        "free": [str(month) for month in rhythm.free],
        "leads": list(leads),
    }


def _details_of(group: Group, plan: Plan) -> dict[str, Any]:
    """Return what the form about a group's details shows, by input."""
    return {
        "minutes": str(plan.minutes),
        "cases": str(plan.cases),
        "least": str(plan.least),
        "most": str(plan.most),
        "language": language_of(group.language),
        "zone": plan.rhythm.zone,
        "country": plan.rhythm.country or "-",
        "methods": list(plan.methods),
    }


def _chosen(
    values: Values, name: str, among: Sequence[int], before: int, wrong: dict[str, Refusal]
) -> int:
    """Read a number from a menu; without a choice, keep the one `before`."""
    text = values[name]
    found = next((number for number in among if str(number) == text), None)
    if found is None and text:
        wrong[name] = Refusal("intake_choose")
    return before if found is None else found

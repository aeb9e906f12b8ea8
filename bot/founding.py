"""Founding a group: its rhythm, its members, its trial period.

A group that was founded has a plan. From then on its members are who accepted an
invitation or asked to join; before, whoever used it in the channel.
"""

from collections.abc import Mapping, Sequence
from datetime import date, time
from typing import Any

from sqlalchemy import delete, func, select

from bot.agreed import renew
from bot.blocks import group as show
from bot.blocks.parts import Payload, literal, person
from bot.blocks.words import LANGUAGES, Words, language_of, words
from bot.carry import language_for
from bot.errors import Refusal
from bot.flows.meeting import Plan
from bot.flows.rhythm import Rhythm, comes, zone_of
from bot.groups import Groups
from bot.meetings import Meetings
from bot.people import enter, is_member
from bot.privacy import Privacy
from bot.roster import groups_of, holidays_of, is_lead, members_of, next_meeting, plan_of, upcoming
from bot.speak import direct, say
from bot.store.tables import Group, Invitation, Person, SessionRow
from bot.store.unit import Unit

Values = Mapping[str, Any]
"""What a form holds, by input: a text, or a list of texts."""

ZONES = {
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
"""Whose public holidays are kept at first, by the founder's time zone."""


class Founding:
    """What can be done with a group's make-up. Each method is one transaction."""

    def __init__(self, groups: Groups, meetings: Meetings, privacy: Privacy) -> None:
        self.groups = groups
        self.meetings = meetings
        self.privacy = privacy
        self.runner = groups.runner

    def is_founded(self, workspace: str, channel: str) -> bool:
        """Tell whether a channel has a group with a plan."""
        founded = select(Group.id).where(
            Group.workspace == workspace, Group.channel == channel, Group.plan.is_not(None)
        )
        with self.runner.store.unit() as unit:
            return unit.db.scalar(founded) is not None

    # forms

    def card(self, workspace: str, channel: str, user: str) -> Payload | None:
        """Show what a channel's group agreed on; None while it is not founded."""

        def once(unit: Unit) -> Payload | None:
            group = self.groups.of_channel(unit, workspace, channel, user)
            if group.plan is None:
                return None
            says = language_for(unit, workspace, user, group)
            return show.card(self._card(unit, group), says, lead=is_lead(unit, group, user))

        return self.runner.commit(once)

    def may_offer(self, workspace: str, channel: str) -> bool:
        """Tell whether a channel's group is new to us: not founded, one session at most."""
        with self.runner.store.unit() as unit:
            sessions = (
                select(func.count(SessionRow.id))
                .join(Group, Group.id == SessionRow.group_id)
                .where(Group.workspace == workspace, Group.channel == channel)
            )
            founded = select(Group.plan).where(
                Group.workspace == workspace, Group.channel == channel
            )
            return unit.db.scalar(founded) is None and (unit.db.scalar(sessions) or 0) <= 1

    def form(self, workspace: str, channel: str, user: str, *, details: bool) -> dict[str, Any]:
        """Give the form to found a channel's group, or to change it. Raises `Refusal`."""

        def once(unit: Unit) -> dict[str, Any]:
            group = self.groups.of_channel(unit, workspace, channel, user)
            says = language_for(unit, workspace, user, group)
            plan = self._plan(unit, group, user)
            if group.plan is not None and not is_lead(unit, group, user):
                raise Refusal("lead_only")
            if details:
                if group.plan is None:
                    raise Refusal("not_founded")
                titles = {
                    method.id: method.title[says.language]
                    for method in self.runner.methods.values()
                }
                return show.details(group.id, plan, titles, says)
            members = [m.user for m in members_of(unit, group)]
            leads = [m.user for m in members_of(unit, group) if m.lead] or [user]
            return show.founding(group.id, group.name, plan, members, leads, says)

        return self.runner.commit(once)

    def save(self, workspace: str, user: str, id_: str, values: Values) -> dict[str, Refusal]:
        """Found a group or change its rhythm; gives what is wrong, by input."""
        wrong: dict[str, Refusal] = {}

        def once(unit: Unit) -> None:
            group = self._locked(unit, workspace, id_, user)
            before = self._plan(unit, group, user)
            members = list(dict.fromkeys([*values["members"], *values["leads"], user]))
            plan = before.model_copy(update={"rhythm": self._rhythm(before.rhythm, values, wrong)})
            there = {m.user for m in members_of(unit, group)}
            if not values["name"]:
                wrong["name"] = Refusal("empty")
            if len(members) < plan.least and group.plan is None:
                wrong["members"] = Refusal("members_few", least=plan.least)
            if len(there | set(members)) > plan.most:
                wrong["members"] = Refusal("members_many", most=plan.most)
            if "free" not in wrong:
                self._check(plan, wrong, "free")
            if wrong:
                return
            first = group.plan is None
            group.name = values["name"]
            if first:
                self._only(unit, group, members)
            self._set_leads(unit, group, values["leads"], user)
            group.plan = plan.model_dump_json()
            if first:
                self.meetings.begin(unit, group)
            else:
                self.meetings.fill(unit, group)
                self.meetings.go_on(unit, group)
            self._invite(unit, group, members, values["leads"], user)
            said = show.founded(user, self._card(unit, group), self._group_words(group))
            say(unit, group, said, self.runner.now())

        self.runner.commit(once)
        return wrong

    def save_details(
        self, workspace: str, user: str, id_: str, values: Values
    ) -> dict[str, Refusal]:
        """Keep a group's lengths, sizes, zone and holidays; gives what is wrong, by input."""
        wrong: dict[str, Refusal] = {}

        def once(unit: Unit) -> None:
            group = self._locked(unit, workspace, id_, user)
            if group.plan is None:
                raise Refusal("not_founded")
            before = plan_of(group)
            least = _chosen(values, "least", show.SIZES, before.least, wrong)
            most = _chosen(values, "most", show.SIZES, before.most, wrong)
            if least > most:
                wrong["most"] = Refusal("most_below_least", least=least)
            if len(members_of(unit, group)) > most:
                wrong["most"] = Refusal("members_many", most=most)
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
                    "methods": tuple(m for m in values["methods"] if m in self.runner.methods),
                }
            )
            if not wrong:
                group.plan = plan.model_dump_json()
                self.meetings.fill(unit, group)
                self.meetings.go_on(unit, group)

        self.runner.commit(once)
        return wrong

    def wishes(self, workspace: str, user: str) -> dict[str, Any]:
        """Give the form with what somebody wants for themselves."""
        with self.runner.store.unit() as unit:
            says = language_for(unit, workspace, user, None)
            person_ = unit.db.get(Person, (workspace, user))
            if person_ is None:
                return show.wishes("all", None, None, None, says)
            return show.wishes(
                person_.reminders,
                person_.language,
                person_.away_from,
                person_.away_until,
                says,
            )

    def save_wishes(self, workspace: str, user: str, values: Values) -> dict[str, Refusal]:
        """Keep somebody's reminders and days away; gives what is wrong, by input."""
        wrong: dict[str, Refusal] = {}
        start, end = (_day(values, name, wrong) for name in ("away_from", "away_until"))

        def once(unit: Unit) -> None:
            person_ = unit.db.get(Person, (workspace, user))
            if person_ is None:
                raise Refusal("form_not_opened")
            today = self.runner.now().astimezone(zone_of(person_.tz or "UTC")).date()
            if end is not None and end < (start or today):
                wrong["away_until"] = Refusal("ends_before")
            elif end is not None and end < today:
                wrong["away_until"] = Refusal("date_past")
            if start is not None and end is None:
                wrong["away_until"] = Refusal("until_when")
            if wrong:
                return
            person_.away_from = (start or today) if end else None
            person_.away_until = end
            if values["reminders"] in show.REMINDERS:
                person_.reminders = values["reminders"]
            if values["language"] in (*LANGUAGES, show.AS_SLACK):
                chosen = values["language"]
                person_.language = chosen if chosen in LANGUAGES else None
            for group in groups_of(unit, workspace, user):
                self.meetings.refresh(unit, group)

        self.runner.commit(once)
        return wrong

    # members

    def answer(self, workspace: str, user: str, id_: str, *, yes: bool) -> None:
        """Accept an invitation to a group, or decline it. Raises `Refusal`."""

        def once(unit: Unit) -> None:
            group = self._locked(unit, workspace, id_)
            asked = unit.db.get(Invitation, (id_, user))
            if asked is None:
                raise Refusal("in_already" if is_member(unit, id_, user) else "not_invited")
            lead = asked.lead
            unit.db.delete(asked)
            says = language_for(unit, workspace, user, group)
            if yes:
                self._enter(unit, group, user, lead=lead)
                return
            direct(unit, workspace, user, show.line(says("founding.declined")), self.runner.now())
            for member in members_of(unit, group):
                if member.lead:
                    told = language_for(unit, workspace, member.user, group)
                    text = told("founding.declined_by", who=person(user), name=literal(group.name))
                    direct(unit, workspace, member.user, show.line(text), self.runner.now())

        self.runner.commit(once)

    def _join(self, workspace: str, user: str, id_: str) -> None:

        def once(unit: Unit) -> None:
            group = self._locked(unit, workspace, id_)
            if group.plan is None:
                raise Refusal("not_founded")
            if is_member(unit, id_, user):
                raise Refusal("in_already")
            unit.db.execute(
                delete(Invitation).where(Invitation.group_id == id_, Invitation.user == user)
            )
            self._enter(unit, group, user, lead=False)
            text = self._group_words(group)("founding.joined", who=person(user))
            say(unit, group, show.line(text), self.runner.now())

        self.runner.commit(once)

    def join_channel(self, workspace: str, user: str, channel: str) -> None:
        """Join the group of a channel that one is in, on trial. Raises `Refusal`."""
        with self.runner.store.unit() as unit:
            id_ = unit.db.scalar(
                select(Group.id).where(Group.workspace == workspace, Group.channel == channel)
            )
        if id_ is None:
            raise Refusal("not_founded")
        self._join(workspace, user, id_)

    def leave(self, workspace: str, user: str, id_: str) -> str:
        """Leave a group; gives its name. Raises `Refusal`."""

        def once(unit: Unit) -> str:
            group = self._locked(unit, workspace, id_, user)
            self.privacy.leave_group(unit, group, user)
            return group.name

        return self.runner.commit(once)

    def confirm(self, workspace: str, user: str, id_: str) -> None:
        """Say that one wants to go on with a group; the last one's yes ends the trial."""

        def once(unit: Unit) -> None:
            group = self._locked(unit, workspace, id_, user)
            members = members_of(unit, group)
            mine = next(m for m in members if m.user == user)
            if mine.confirmed_at is not None:
                return
            mine.confirmed_at = self.runner.now()
            if all(m.confirmed_at is not None for m in members):
                text = self._group_words(group)("founding.confirmed", name=literal(group.name))
                say(unit, group, show.line(text), self.runner.now())

        self.runner.commit(once)

    def talk(self, workspace: str, user: str, id_: str) -> None:
        """Ask, without a name, that the group talks before it goes on."""

        def once(unit: Unit) -> None:
            group = self._locked(unit, workspace, id_, user)
            text = self._group_words(group)("founding.talk")
            say(unit, group, show.line(text), self.runner.now())

        self.runner.commit(once)

    # what these share

    def _locked(self, unit: Unit, workspace: str, id_: str, member: str | None = None) -> Group:
        group = unit.db.get(Group, id_, with_for_update=True)
        if group is None or group.workspace != workspace:
            raise Refusal("group_gone")
        if member is not None and not is_member(unit, id_, member):
            raise Refusal("not_in_group")
        return group

    def _group_words(self, group: Group) -> Words:
        return words(language_of(group.language))

    def _plan(self, unit: Unit, group: Group, user: str) -> Plan:
        if group.plan is not None:
            return plan_of(group)
        founder = unit.db.get(Person, (group.workspace, user))
        zone = (founder.tz if founder else "") or "Europe/Amsterdam"
        return Plan(
            rhythm=Rhythm(
                zone=zone,
                country=ZONES.get(zone, ""),
                since=self.runner.now().astimezone(zone_of(zone)).date(),
            )
        )

    def _rhythm(self, before: Rhythm, values: Values, wrong: dict[str, Refusal]) -> Rhythm:
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
        if rule != before.model_dump(include=set(rule)):
            since = self.runner.now().astimezone(zone_of(before.zone)).date()
        return Rhythm(**rule, at=at, zone=before.zone, country=before.country, since=since)

    def _check(self, plan: Plan, wrong: dict[str, Refusal], at: str) -> None:
        today = self.runner.now().astimezone(zone_of(plan.rhythm.zone)).date()
        try:
            comes(plan.rhythm, holidays_of(plan.rhythm.country), after=today)
        except Refusal as refusal:
            wrong[at] = refusal

    def _only(self, unit: Unit, group: Group, chosen: Sequence[str]) -> None:
        """Begin with who was chosen: others who used the channel before are no members yet."""
        for member in members_of(unit, group):
            if member.user not in chosen:
                self.privacy.leave_group(unit, group, member.user)
        unit.db.flush()

    def _set_leads(self, unit: Unit, group: Group, leads: Sequence[str], founder: str) -> None:
        for member in members_of(unit, group):
            member.lead = member.user in (leads or [founder])

    def _invite(
        self, unit: Unit, group: Group, users: Sequence[str], leads: Sequence[str], by: str
    ) -> None:
        there = {m.user for m in members_of(unit, group)}
        asked = set(unit.db.scalars(select(Invitation.user).where(Invitation.group_id == group.id)))
        shown = self._card(unit, group)
        for user in users:
            if user in there | asked:
                continue
            unit.db.add(
                Invitation(
                    group_id=group.id,
                    user=user,
                    workspace=group.workspace,
                    lead=user in leads,
                    created_at=self.runner.now(),
                )
            )
            says = language_for(unit, group.workspace, user, group)
            asking = show.invitation(by, shown, group.channel, says)
            direct(unit, group.workspace, user, asking, self.runner.now())

    def _enter(self, unit: Unit, group: Group, user: str, *, lead: bool) -> None:
        members = members_of(unit, group)
        most = plan_of(group).most
        if len(members) >= most:
            raise Refusal("group_full", most=most)
        member = enter(unit, group, user, self.runner.now())
        member.lead = lead
        member.confirmed_at = member.asked_at = None
        unit.db.flush()
        renew(unit, group, user, self.runner.now())
        self.meetings.refresh(unit, group)
        says, coming = language_for(unit, group.workspace, user, group), next_meeting(unit, group)
        welcome = show.welcome(group.name, coming.starts_at if coming else None, says)
        direct(unit, group.workspace, user, welcome, self.runner.now())

    def _card(self, unit: Unit, group: Group) -> show.Card:
        plan = plan_of(group)
        members = members_of(unit, group)
        invited = unit.db.scalars(
            select(Invitation.user)
            .where(Invitation.group_id == group.id)
            .order_by(Invitation.created_at, Invitation.user)
        )
        return show.Card(
            group=group.id,
            name=group.name,
            plan=plan,
            members=[m.user for m in members],
            leads=[m.user for m in members if m.lead],
            invited=list(invited),
            trial=[m.user for m in members if m.confirmed_at is None],
            dates=[row.starts_at for row in upcoming(unit, group)],
        )


def _chosen(
    values: Values, name: str, among: Sequence[int], before: int, wrong: dict[str, Refusal]
) -> int:
    """Read a number from a menu; nothing chosen keeps what was before."""
    text = values[name]
    found = next((number for number in among if str(number) == text), None)
    if found is None and text:
        wrong[name] = Refusal("intake_choose")
    return before if found is None else found


def _day(values: Values, name: str, wrong: dict[str, Refusal]) -> date | None:
    try:
        return date.fromisoformat(values[name]) if values[name] else None
    except ValueError:
        wrong[name] = Refusal("date_unknown")
        return None

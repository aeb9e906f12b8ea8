"""Who sees what: everyone who might look, at every screen, export and command, over signed HTTP.

The table says it all. Whoever is not in a group learns nothing of it, whatever they type,
press or send, and guess its id right: not its name, not who is in it, not a word.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from shutil import copyfile
from zipfile import ZipFile

import pytest

from bot.catalog.commands import command_words
from bot.handlers.sessions import MOVES
from bot.i18n import LANGUAGES, words
from bot.store.tables import Case, Group
from playground.reading import elements
from playground.slack.workspace import TEAM, Delivery, Message, Reply, User
from playground.speech import repertoire
from playground.testing import (
    ESTHER,
    FATIMA,
    GRACE,
    JOOST,
    MEHMET,
    SANNE,
    Team,
    WoundClock,
    seeded,
    staged,
)

DANIEL, GUEST, NOOR, STRANGER = "U0DANIEL", "U0GUEST", "U0NOOR", "U0STRANGER"
GRID, FACILITATOR = ESTHER, "U0ILSE"
"""A member in another workspace of the organisation, and who leads from another organisation."""
ABROAD = f"T0OTHER/{SANNE}"
"""Somebody of another workspace; to guess an id right there too, with that of the lead."""

PEOPLE = {
    "lead": SANNE,
    "member": MEHMET,
    "former lead": FATIMA,
    "member by grid": GRID,
    "guest": GUEST,
    "invited": NOOR,
    "former member": JOOST,
    "lead who left": DANIEL,
    "facilitator": FACILITATOR,
    "other group": GRACE,
    "other workspace": ABROAD,
    "other organisation": STRANGER,
}
OUTSIDE = ["other group", "other workspace", "other organisation"]

TITLE, NAME, SAID = repertoire("nl")["cases"]["learning"]["title"], "Wijkteam Noord", "blijft hier"
"""Of the case that was brought, of the group, and of all that anybody said."""

YEAR = 2026
WHEN = datetime(YEAR, 11, 23, 10, tzinfo=UTC)

TABLE = """
                   | deelname  | mijn     | open      | mine      | csv       | xlsx      | as lead   | as member | paper | paper form | history  | home  | data
lead               | counts    | counts   | form      | form      | csv       | xlsx      | counts    | counts    | pdf   | form       | titled   | open  | own
member             | lead_only | counts   | lead_only | form      | lead_only | lead_only | lead_only | counts    | pdf   | form       | titled   | mine  | own
former lead        | lead_only | counts   | lead_only | form      | lead_only | lead_only | lead_only | counts    | pdf   | form       | titled   | mine  | own
member by grid     | lead_only | counts   | lead_only | form      | lead_only | lead_only | lead_only | counts    | pdf   | form       | titled   | mine  | own
guest              | lead_only | counts   | lead_only | form      | lead_only | lead_only | lead_only | counts    | pdf   | form       | titled   | mine  | own
invited            | invited   | invited  | not_yours | not_yours | not_yours | not_yours | not_yours | not_yours | empty | none       | nothing  | -     | own
former member      | no_group  | no_group | not_yours | not_yours | not_yours | not_yours | not_yours | not_yours | pdf   | form       | untitled | -     | own
lead who left      | no_group  | no_group | not_yours | not_yours | not_yours | not_yours | not_yours | not_yours | pdf   | form       | untitled | -     | own
facilitator        | outside   | outside  | not_yours | not_yours | not_yours | not_yours | not_yours | not_yours | empty | none       | nothing  | -     | own
other group        | few       | few      | not_yours | not_yours | not_yours | not_yours | not_yours | not_yours | empty | none       | nothing  | -     | own
other workspace    | no_group  | no_group | not_yours | not_yours | not_yours | not_yours | not_yours | not_yours | empty | none       | nothing  | -     | own
other organisation | stranger  | stranger | stranger  | stranger  | stranger  | stranger  | stranger  | stranger  | stranger | stranger | stranger | -    | stranger
"""  # noqa: E501 - a table

REFUSALS = {
    "lead_only": ("stats_lead_only", {}),
    "not_yours": ("stats_not_yours", {}),
    "no_group": ("stats_no_group", {}),
    "invited": ("invited_still", {"channel": "#intervisie"}),
    "outside": ("not_member", {"channel": "#intervisie"}),
    "few": ("stats_few", {"least": 3}),
    "empty": ("statement_empty", {"year": YEAR}),
    "none": ("statement_none", {}),
    "stranger": ("stranger", {}),
}


Act = Callable[[str], Reply | None]
"""What somebody does, by their id."""


@dataclass
class Seen:
    """What somebody got for one thing they did."""

    text: str
    form: str
    files: dict[str, bytes]
    table: bool

    def verdict(self) -> str:
        """The word for it in the table."""
        if self.table:
            return "counts"
        if self.files:
            return next(iter(self.files)).rpartition(".")[2]
        if self.form:
            return "form"
        for verdict, (key, about) in REFUSALS.items():
            if any(words(each)(f"refusal.{key}", **about) in self.text for each in LANGUAGES):
                return verdict
        return self.text or "-"

    def everything(self) -> str:
        """All of it that can be read, workbooks opened."""
        parts = [self.text, self.form, *self.files]
        for name, content in self.files.items():
            if name.endswith(".xlsx"):
                with ZipFile(BytesIO(content)) as book:
                    parts += [book.read(each).decode() for each in book.namelist()]
            elif name.endswith(".csv"):
                parts.append(content.decode("utf-8-sig"))
        return "\n".join(parts)


class Watched(Team):
    """A group, and all who might want to look into it."""

    def __init__(self, stage) -> None:
        super().__init__(stage)
        for id_, more in (
            (GUEST, {"is_restricted": True}),
            (NOOR, {}),
            (STRANGER, {"is_stranger": True}),
        ):
            name = id_.removeprefix("U0").lower()
            self.slack.users[id_] = User(id_, name, f"{name.title()} Voorbeeld", **more)
            self.slack.channels[self.channel].members.add(id_)
        self.slack.enterprise = "E0OURS"
        grid = replace(self.slack.users[GRID], team="T0TWO", enterprise="E0OURS")
        self.slack.users[GRID] = grid
        self.slack.channels[self.channel].members.add(FACILITATOR)
        self.slack.channels[self.channel].shared_with.add(self.slack.users[FACILITATOR].team)
        self.abroad, deliver = False, self.slack.deliver
        self.slack.deliver = lambda d: deliver(_from_elsewhere(d) if self.abroad else d)
        self._live()

    def _live(self) -> None:
        """Found two groups, let one meet, let people come and go, and change who leads."""
        invited = [SANNE, MEHMET, FATIMA, ESTHER, GUEST, JOOST, NOOR]
        self._founds(DANIEL, self.channel, NAME, invited)
        for who in invited[:-1]:
            self.presses(who, "member:accept", on=self.direct_messages(who)[-1])
        others = [SANNE, FATIMA, ESTHER, GUEST, JOOST, DANIEL]
        self.begins(MEHMET, others)
        for who in (self.turn(), self.turn()):
            self.writes(who, f"Wat {who} zegt, {SAID}.")
        self.chooses(MEHMET, "stop")
        for who in (MEHMET, *others):
            self.presses(who, "session:reflect")
            self.sends(who, takeaway=f"Wat {who} meeneemt, {SAID}.", useful="4", safe="5")
        for lead, after in ((DANIEL, FATIMA), (FATIMA, SANNE)):
            self.types(lead, "groep")
            self.presses(lead, "group:founding", on=self._private(lead)[-1])
            self.sends(lead, leads=[after])
        for who in (JOOST, DANIEL, GRACE):
            self.slack.leave(who, self.channel)
        self.types(SANNE, "kanaal")
        self.presses(SANNE, "room:facilitator", on=self._private(SANNE)[-1])
        self.sends(SANNE, facilitator=FACILITATOR)
        coffee = next(c.id for c in self.slack.channels.values() if c.name == "koffie")
        self.slack.join(self.slack.bot.id, coffee, inviter=GRACE)
        self._founds(GRACE, coffee, "Zuid", [MEHMET, ESTHER])
        self.stage.settle()
        self.group = next(row.id for row in self.rows(Group) if row.name == NAME)
        for who in (*PEOPLE.values(), ESTHER):
            self.slack.open_home(_id(who))
        self.stage.settle()

    def _founds(self, lead, channel, name, members) -> None:
        self.types(lead, "groep", channel=channel)
        self.sends(lead, name=name, members=[lead, *members], leads=[lead])

    def _private(self, who) -> list[Message]:
        whispered = [m for m in self.slack.everything(who, self.channel) if m.ephemeral_to == who]
        return sorted([*self.direct_messages(who), *whispered], key=lambda m: m.ts)

    def sees(self, who: str, *acts: Act) -> Seen:
        """What somebody gets for what they do: as an answer, in a form, or in a message."""
        user, texts, forms = _id(who), [], []
        before = {m.ts for m in self._private(user)}
        for act in acts:
            profile = self.slack.users[user]
            if user != who:
                self.abroad, self.slack.users[user] = True, replace(profile, team="T0OTHER")
            reply = act(user)
            self.abroad, self.slack.users[user] = False, profile
            assert reply is None or reply.status == 200, reply  # read, and answered
            texts += ((reply.body or {}).get("errors") or {}).values() if reply else ()
            for view in self.slack.views(user):
                forms.append(json.dumps(view.spec, ensure_ascii=False))
                self.slack.close(user, view.id)
        self.stage.pass_time(timedelta(seconds=2))
        new = [m for m in self._private(user) if m.ts not in before]
        return Seen(
            text="\n".join([*texts, *(self.reads(m, user) for m in new)]),
            form="\n".join(forms),
            files={file.name: file.content for m in new for file in m.files},
            table=any(b["type"] == "table" for m in new for b in m.blocks),
        )

    # ways to look

    def types_it(self, text: str) -> Act:
        def act(user: str) -> Reply:
            inside = user in self.slack.channels[self.channel].members
            place = self.channel if inside and not self.abroad else self.direct(user)
            return self.slack.slash(user, place, "/intervisie", text)

        return act

    def presses_it(self, action: str, value: str) -> Act:
        """Press a button with a right id in it, wherever one got that from."""
        return lambda user: self.slack.press(user, action, value=value, view=self.slack.home(user))

    def sends_it(self, role: str) -> Act:
        """Send the form for a period without having been given one."""
        element = {"type": "static_select", "action_id": "value"}
        option = {**element, "selected_option": {"value": str(YEAR)}}

        def act(user: str) -> Reply:
            view = {
                "id": f"V0FORGED{user}{role}",
                "hash": "1.forged",
                "type": "modal",
                "title": {"type": "plain_text", "text": "Deelname"},
                "callback_id": "stats:period",
                "private_metadata": f"{self.group}|{role}",
                "blocks": [{"type": "input", "block_id": "period", "element": element}],
                "state": {"values": {"period": {"value": option}}},
            }
            who = {"user": {"id": user, "team_id": TEAM}, "team": {"id": TEAM}}
            body = {"type": "view_submission", **who, "trigger_id": "1.1", "view": view}
            return self.slack.deliver(Delivery("interaction", body, user))

        return act

    def ways(self) -> dict[str, Act]:
        """Return every way in the table but the home, by its name there."""
        return {
            "deelname": self.types_it("deelname"),
            "mijn": self.types_it("deelname mijn"),
            "open": self.presses_it("stats:open", self.group),
            "mine": self.presses_it("stats:mine", self.group),
            "csv": self.presses_it("stats:csv", f"{self.group}|{YEAR}"),
            "xlsx": self.presses_it("stats:xlsx", f"{self.group}|{YEAR}"),
            "as lead": self.sends_it("lead"),
            "as member": self.sends_it("mine"),
            "paper": self.types_it(f"verklaring {YEAR}"),
            "paper form": self.presses_it("statement:open", "0"),
            "history": self.types_it("geschiedenis"),
            "data": self.types_it("mijndata"),
        }

    def home_seen(self, who: str) -> Seen:
        """What somebody's home shows when they open it."""
        seen = self.sees(who, lambda user: self.slack.open_home(user))
        view = self.slack.home(_id(who))
        return replace(seen, form=json.dumps(view.spec, ensure_ascii=False))


def _id(who: str) -> str:
    return who.rpartition("/")[2]


def _from_elsewhere(delivery: Delivery) -> Delivery:
    """What a delivery would be if it came from another workspace, as Slack names that there."""
    body = dict(delivery.body)
    if delivery.kind == "interaction":
        body["team"] = {"id": "T0OTHER"}
        body["user"] = {**body["user"], "team_id": "T0OTHER"}
    else:
        body["team_id"] = "T0OTHER"
        if installed := body.get("authorizations"):
            body["authorizations"] = [{**each, "team_id": "T0OTHER"} for each in installed]
    return replace(delivery, body=body)


@pytest.fixture(scope="module")
def team(template, tmp_path_factory):
    file = copyfile(template, tmp_path_factory.mktemp("access") / "test.sqlite3")
    with staged(f"sqlite:///{file}", workspace=seeded(WoundClock(WHEN))) as stage:
        yield Watched(stage)


def _table() -> dict[str, dict[str, str]]:
    """The table, by person and by way."""
    head, *rows = ([cell.strip() for cell in r.split("|")] for r in TABLE.strip("\n").splitlines())
    return {row[0]: dict(zip(head[1:], row[1:], strict=True)) for row in rows}


def _in_history(seen: Seen) -> str:
    if not seen.form:
        return seen.verdict()
    return "titled" if TITLE in seen.form else "untitled" if NAME in seen.form else "nothing"


def _in_home(seen: Seen, group: str) -> str:
    buttons = [each for _, each in elements(json.loads(seen.form)["blocks"])]
    offered = [b["action_id"] for b in buttons if b.get("value") == group]
    return next((a.removeprefix("stats:") for a in offered if a.startswith("stats:")), "-")


@pytest.mark.parametrize("role", PEOPLE)
def test_everyone_sees_what_the_table_says_and_nothing_else(team, role):
    who = PEOPLE[role]
    seen = {way: team.sees(who, act) for way, act in team.ways().items()}
    seen["home"] = team.home_seen(who)
    found = {way: each.verdict() for way, each in seen.items()}
    found["history"] = _in_history(seen["history"])
    found["home"] = _in_home(seen["home"], team.group)
    if found["data"] != "stranger":
        found["data"] = "own"
    assert found == _table()[role]
    # Counts hold no word of content, whoever gets them; nobody reads another's words.
    for way in ("deelname", "mijn", "csv", "xlsx", "as lead", "as member", "open", "mine"):
        assert TITLE not in seen[way].everything()
        assert SAID not in seen[way].everything()
    own = f"Wat {_id(who)} "
    assert all(own in row for row in seen["data"].text.splitlines() if SAID in row)
    if role in OUTSIDE:
        everything = "\n".join(each.everything() for each in seen.values())
        _learns_nothing(everything)


def _learns_nothing(everything: str) -> None:
    for secret in (NAME, TITLE, SAID, "Mehmet", "Fatima", "Sanne", MEHMET, FATIMA):
        assert secret not in everything


@pytest.mark.parametrize("role", OUTSIDE)
def test_no_press_shows_a_group_to_others(team, role):
    session, case = team.session().id, team.rows(Case)[0].id
    things = {
        "session": ([*MOVES, "contribute", "reflect", "tray", "sort", "methods"], session),
        "case": (["start", "withdraw"], case),
        "intake": (["resume", "discard", "submit"], case),
        "member": (["confirm", "talk", "calendar", "feed_new", "join", "leave"], team.group),
        "follow_up": (["tell"], session),
    }
    seen = team.sees(
        PEOPLE[role],
        *(team.types_it(word) for word in sorted(set(command_words().values()))),
        *(
            team.presses_it(f"{surface}:{move}", value)
            for surface, (moves, value) in things.items()
            for move in moves
        ),
    )
    assert seen.text
    _learns_nothing(seen.everything())

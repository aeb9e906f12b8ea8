"""Every button, form, reply and word, in every state, from everybody, with every kind of value.

A press is answered: with 200, or 400 for what Slack could not have sent. It is never met with
silence: whoever pressed gets an answer, a message or a form, or sees something change. And it
never wipes what was kept, unless it was made to replace just that.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any, NamedTuple
from uuid import uuid4

from bot.blocks.action_ids import ActionId, FormId
from bot.catalog.commands import command_words
from bot.catalog.methods import shipped_methods
from bot.flows.session.state import Session, floor, method_of, step_of
from bot.flows.types import HunchOutcome
from playground.reading import block, elements
from playground.slack.records import TEAM, Delivery, Json, Message, Reply, View
from playground.testing import (
    ESTHER,
    GRACE,
    JOOST,
    NEW_YEAR,
    Year,
    deliver,
    message_event,
    seeded,
    staged,
)
from tests.faults.fixtures import Seeder
from tests.faults.payloads import ACTIONS, CHOOSING, FORMS, MENUS
from tests.faults.snapshot import Change, ResettableClock, Row, Rows, Snapshot, changes, rows
from tests.faults.states import BRINGER, HERE, LEAD, STATES, newcomers

ELSEWHERE = "T0ELSEWHERE"
"""A workspace that uses the same installation."""

SENDERS = {
    "right": "",
    "participant": ESTHER,
    "lead": LEAD,
    "member": JOOST,
    "in the channel": GRACE,
    "outside": "U0OUTSIDE",
    "guest": "U0GUEST",
    "bot": "U0ROBOT",
    "deactivated": "U0RETIRED",
    "other organisation": "U0ABROAD",
    "other workspace": BRINGER,
}
"""Who sends, by what they are in the team; the right one differs from button to button."""

CANNOT_LISTEN = frozenset({"bot", "deactivated", "other workspace"})
"""They are nobody's ears here: no client of theirs shows what we answer."""

MALFORMED = (
    "|||",
    "x" * 3000,
    "'; DROP TABLE sessions; --",
    "٣",
    "-1",
    "a\x00b",
    "\ud800",
    "stop:",
    "None",
)
VALUES = ("right", "stale", "foreign", "malformed", "empty", "absent")
OPENERS = ("right", "participant", "lead", "member")
"""Who opens a form and sends it: one may have sent it before, and another not."""

FORM_WAYS = ("untouched", "filled", "emptied", "emptied, then filled")
REPLY_WAYS = ("right", "late", "wordless", "edits swapped", "gone")

TOKEN = "kievit"
"""Stands in all that is typed into a form, to be found again."""

KEPT: dict[str, tuple[str, ...]] = {
    "contributions": ("content", "picture", "picked"),
    "reflections": ("useful", "safe", "content"),
    "ratings": ("useful", "safe", "guidance", "rhythm"),
    "follow_ups": ("content",),
    "agreements": ("content",),
    "signatures": ("version",),
    "tools": ("content",),
    "hunches": ("content", "outcome"),
    "cases": ("content",),
    "statements": ("facts",),
    "vaults": ("wrapped",),
}
"""What people gave, by table; nothing takes it away but themselves, or time."""

OWNERS = {
    "contributions": "author",
    "reflections": "user",
    "follow_ups": "user",
    "signatures": "user",
    "tools": "user",
    "hunches": "user",
    "cases": "bringer",
}

REPLACES: dict[str, frozenset[str]] = {
    ActionId.DATA_FORGET_YES: frozenset(KEPT) - {"ratings"},
    ActionId.CASE_WITHDRAW: frozenset({"cases", "vaults"}),
    ActionId.INTAKE_DISCARD: frozenset({"cases", "vaults"}),
    ActionId.INTAKE_EDIT: frozenset({"cases"}),
    ActionId.INTAKE_EDIT_ANY: frozenset({"cases"}),
    ActionId.INTAKE_PASS: frozenset({"cases"}),
    **{id_: frozenset({"cases"}) for id_ in CHOOSING},
    ActionId.TOOL_DROP: frozenset({"tools"}),
    ActionId.MEMBER_LEAVE: frozenset({"signatures", "hunches"}),
    **{f"hunch:{each}": frozenset({"hunches"}) for each in HunchOutcome},
    f"form {FormId.HUNCH_PARK}": frozenset({"hunches"}),
    f"form {FormId.INTAKE_FORM}": frozenset({"cases"}),
    f"form {FormId.SESSION_REFLECT}": frozenset({"reflections"}),
    f"form {FormId.SESSION_TRAY}": frozenset({"contributions"}),
    f"form {FormId.AGREEMENT_FORM}": frozenset({"agreements", "signatures"}),
    f"form {FormId.FOLLOW_UP_ANSWER}": frozenset({"follow_ups"}),
}
"""What replaces what its own sender gave, or in the agreements what all gave together."""


class Button(NamedTuple):
    """Something to press: where it stands, and who sees it there, if anybody does."""

    id: str
    value: str
    chosen: bool = False
    viewer: str = ""
    message: Message | None = None
    home: bool = False


class Trial(NamedTuple):
    """One thing that is done: `kind` is press, form, dialogue, reply or typed."""

    kind: str
    id: str
    sender: str
    value: str
    button: Button | None = None

    def __str__(self) -> str:
        """Return it as one line."""
        return f"{self.kind} {self.id}, sender {self.sender}, value {self.value}"


@dataclass
class Verdicts:
    """What was done, and what was wrong."""

    done: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


def presses(url: str, *, seed: int, state: str = "", most: int) -> Counter[str]:
    """Bring a team into a state, and do so many things in it, each from that state on.

    Without `state`, the seed names one. Everything that has a button, form or word is done
    rightly first; the rest is by chance. Returns how many of each kind were done. Raises
    `AssertionError` with all that was wrong.
    """
    state = state or list(STATES)[seed % len(STATES)]
    verdicts = examined(url, state, Random(seed), most)
    assert not verdicts.wrong, f"{state}:\n" + "\n".join(sorted(verdicts.wrong))
    return verdicts.done


def examined(url: str, state: str, chance: Random, most: int) -> Verdicts:
    """Do as `presses` does, and return what was wrong too."""
    with staged(url, workspace=seeded(ResettableClock(NEW_YEAR)), limited=False) as stage:
        team = Year(stage)
        list(newcomers(team))
        STATES[state](team)
        return Matrix(team, chance).play(most)


class Matrix:
    """The things that can be done in one state."""

    def __init__(self, team: Year, chance: Random) -> None:
        self.team = team
        self.chance = chance
        self.foreign = self._elsewhere()
        team.stage.tick()
        team.stage.settle()
        self.ids = self._ids()
        self.buttons = list(self._visible())
        self.before = Snapshot(team.stage)
        self.verdicts = Verdicts()

    def play(self, most: int) -> Verdicts:
        """Do so many things; of everything the right one comes first."""
        trials = list(self._trials())
        self.chance.shuffle(trials)
        trials.sort(key=_rank)
        opens_nothing = set()
        for trial in trials:
            if self.verdicts.done.total() == most:
                break
            form = (trial.kind, trial.id)
            if form in opens_nothing:
                continue
            self.before.restore()
            if not self._try(trial) and trial.kind == "dialogue":
                opens_nothing.add(form)
        return self.verdicts

    # what there is to do

    def _trials(self) -> Iterator[Trial]:
        shown = {each.id for each in self.buttons}
        made = [Button(id_, self._value(id_)) for id_ in sorted(set(ACTIONS) - shown)]
        for button in [*self.buttons, *made]:
            for sender in SENDERS:
                for value in VALUES:
                    yield Trial("press", button.id, sender, value, button)
            for sender in OPENERS if button.viewer else ():
                for way in FORM_WAYS:
                    yield Trial("dialogue", button.id, sender, way, button)
        for form in FormId:
            for sender in SENDERS:
                for value in VALUES:
                    yield Trial("form", form, sender, value)
        for word in sorted(set(command_words().values())):
            for sender in SENDERS:
                yield Trial("typed", word, sender, "right")
        if self.ids["session"]:
            for sender in SENDERS:
                for way in REPLY_WAYS:
                    yield Trial("reply", "", sender, way)

    def _visible(self) -> Iterator[Button]:
        """Return every button that somebody sees in the state, once for each value."""
        seen: dict[tuple[str, str], Button] = {}
        slack = self.team.slack
        for who in (BRINGER, LEAD, ESTHER, JOOST, GRACE):
            for place in slack.conversations(who):
                for said in reversed(slack.everything(who, place.id)):
                    for each in _buttons(said.blocks):
                        seen.setdefault(each[:2], each._replace(viewer=who, message=said))
            home = slack.home(who)
            for each in _buttons(home.spec["blocks"]) if home is not None else ():
                seen.setdefault(each[:2], each._replace(viewer=who, home=True))
        yield from seen.values()

    def _ids(self) -> dict[str, str]:
        """Return the newest id of each noun; empty where there is none."""
        found = rows(self.team.stage)

        def newest(table: str, at: str = "created_at") -> str:
            ours = [row for row in found[table].values() if row["workspace"] == TEAM]
            return str(max(ours, key=lambda row: row[at])["id"]) if ours else ""

        session, case, group = newest("sessions"), newest("cases"), newest("groups")
        meetings = [m for m in found["meetings"].values() if m["status"] in ("planned", "open")]
        meeting = min(meetings, key=lambda m: m["starts_at"])["id"] if meetings else ""
        return {
            **dict.fromkeys(("session", "follow_up", "hunch"), session),
            **dict.fromkeys(("intake", "case"), case),
            **dict.fromkeys(("member", "stats", "agreement", "compose", "growth"), group),
            "meeting": meeting,
            "tool": newest("tools"),
            "group": group,
        }

    def _value(self, id_: str) -> str:
        """Return what a button carries that does not stand anywhere now."""
        noun = id_.partition(":")[0]
        value = self.ids.get(noun) or uuid4().hex
        if id_ in MENUS:
            return f"next:{value}"
        ends = {
            ActionId.SESSION_MINUTES: "|60",
            ActionId.SESSION_USE: "|basic",
            ActionId.INTAKE_EDIT: "|question",
            ActionId.INTAKE_EDIT_ANY: "|question",
            ActionId.INTAKE_PASS: "|weight",
        }
        return value + ends.get(ActionId(id_) if id_ in list(ActionId) else ActionId.DATA_MINE, "")

    def _elsewhere(self) -> dict[str, str]:
        """Lay down a session and a case in another workspace; return their ids by noun."""
        seeder = Seeder(self.team.stage.bot, ELSEWHERE, "wulp")
        session = seeder.session("U0WULP", "C0ELSEWHERE", ["U0EEN", "U0TWEE"])
        case = seeder.case("U0WULP", "C0ELSEWHERE")
        found = rows(self.team.stage)
        group = found["sessions"][(session,)]["group_id"]
        with self.team.stage.bot.store.engine.begin() as db:
            for table in ("outbox", "lanes", "timers"):
                db.exec_driver_sql(f"DELETE FROM {table} WHERE workspace = '{ELSEWHERE}'")
        groups = dict.fromkeys(("member", "stats", "agreement", "compose", "growth"), group)
        return {"session": session, "follow_up": session, "intake": case, "case": case, **groups}

    # doing it

    def _try(self, trial: Trial) -> bool:
        """Do one thing and judge it; return whether it could be done."""
        who = self._who(trial)
        self.verdicts.done[trial.kind] += 1
        seen = self._sees(who)
        try:
            reply = self._do(trial, who)
            self._rest()
        except AssertionError as error:
            self._wrong(trial, f"{error}"[:300])
            return True
        if reply is None:
            self.verdicts.done[trial.kind] -= 1
            return False
        after = rows(self.team.stage)
        if reply.status not in _allowed(trial):
            self._wrong(trial, f"answered {reply.status}")
        changed = list(changes(self.before.rows, after))
        heard = bool(reply.body) or self._sees(who) != seen
        if trial.kind == "form" and not heard:
            heard = any(each.table not in ("inbox", "people") for each in changed)
        listens = trial.kind not in ("reply", "dialogue") and trial.sender not in CANNOT_LISTEN
        if listens and reply.status == 200 and not heard:
            self._wrong(trial, "silence")
        for what in self._wiped(trial, who, changed, after):
            self._wrong(trial, f"wiped {what}")
        elsewhere = [each.table for each in changed if _workspace(each) == ELSEWHERE]
        if elsewhere and trial.sender != "other workspace":
            self._wrong(trial, f"touched elsewhere: {elsewhere}")
        return True

    def _rest(self) -> None:
        self.team.stage.settle()
        self.team.stage.tick()
        self.team.stage.settle()

    def _wrong(self, trial: Trial, what: str) -> None:
        self.verdicts.wrong.append(f"{what}: {trial}")

    def _who(self, trial: Trial) -> str:
        if SENDERS[trial.sender]:
            return SENDERS[trial.sender]
        if trial.kind == "reply":
            return self._floor() or BRINGER
        return (trial.button and trial.button.viewer) or BRINGER

    def _floor(self) -> str | None:
        return floor(self._session())

    def _session(self) -> Session:
        found = rows(self.team.stage)["sessions"][(self.ids["session"],)]
        return Session.model_validate_json(found["state"])

    def _do(self, trial: Trial, who: str) -> Reply | None:
        match trial.kind:
            case "press":
                assert trial.button is not None
                return self._press(trial.button, who, self._made(trial), trial)
            case "form":
                return self._deliver(self._form(trial, who), trial, who)
            case "dialogue":
                return self._dialogue(trial, who)
            case "typed":
                if who not in self.team.slack.channels[self.team.channel].members:
                    return None
                return self._typed(trial, who)
            case _:
                return self._reply(trial, who)

    def _made(self, trial: Trial) -> str | None:
        """Return the value that a trial carries, as its kind says."""
        right = trial.button.value if trial.button else self._value(trial.id)
        noun = trial.id.partition(":")[0]
        match trial.value:
            case "stale":
                return re.sub(r"[0-9a-f]{32}", uuid4().hex, right) if right else uuid4().hex
            case "foreign":
                mine = self.foreign.get(noun, self.foreign["session"])
                return re.sub(r"[0-9a-f]{32}", mine, right) if right else mine
            case "malformed":
                return self.chance.choice(MALFORMED)
            case "empty":
                return ""
            case "absent":
                return None
            case _:
                return right

    def _press(self, button: Button, who: str, value: str | None, trial: Trial) -> Reply:
        slack = self.team.slack
        home = slack.home(who) if button.home else None
        message = None if home else button.message or self._anywhere()
        action: Json = {"action_id": button.id, "block_id": "b", "type": "button"}
        if value is not None and button.chosen:
            action["selected_option"] = {"value": value}
        elif value is not None:
            action["value"] = value
        body: Json = {
            "type": "block_actions",
            **slack._interaction_by(who),
            "trigger_id": slack._new_trigger(who),
            "actions": [{**action, "action_ts": slack.new_ts()}],
        }
        if message is not None:
            place = message.channel
            if place.startswith("D"):
                place = slack.open_dm(who).id
            body["container"] = {"type": "message", "message_ts": message.ts, "channel_id": place}
            body["channel"] = {"id": place, "name": "intervisie"}
        if home is not None:
            body["container"] = {"type": "view", "view_id": home.id}
            body["view"] = slack._as_view(home, {})
        return self._deliver(body, trial, who)

    def _anywhere(self) -> Message:
        """Return a message in the channel, for a button that stands nowhere now."""
        found = self.team.slack.messages(LEAD, self.team.channel)
        return found[-1] if found else Message("1800000000.000100", self.team.channel, "U0BOT", "")

    def _deliver(self, body: Json, trial: Trial, who: str) -> Reply:
        if trial.sender == "other organisation":
            body["user"]["team_id"] = "T0ABROAD"
        if trial.sender == "other workspace":
            body["team"]["id"] = body["user"]["team_id"] = ELSEWHERE
        reply = self.team.slack.deliver(Delivery("interaction", body, who))
        if body["type"] == "view_submission" and not (reply.body or reply.status != 200):
            self.team.slack._stacks.get(who, []).clear()
        return reply

    def _form(self, trial: Trial, who: str) -> Json:
        """Return the sending of a form that nobody opened just now."""
        slack = self.team.slack
        values = {name: _filled(name, n) for n, name in enumerate(FORMS.get(trial.id, ("text",)))}
        about = self._made(trial)
        view = {
            "id": "V1",
            "hash": "1.abc",
            "type": "modal",
            "title": {"type": "plain_text", "text": "Vraag"},
            "callback_id": trial.id,
            "private_metadata": "" if about is None else about,
            "blocks": [{"type": "input", "block_id": name, "element": {}} for name in values],
            "state": {"values": {name: {"value": value} for name, value in values.items()}},
            "team_id": TEAM,
        }
        return {
            "type": "view_submission",
            **slack._interaction_by(who),
            "trigger_id": slack._new_trigger(who),
            "view": view,
        }

    def _typed(self, trial: Trial, who: str) -> Reply:
        slack = self.team.slack
        body = {
            "command": "/intervisie",
            "text": trial.id,
            "user_id": who,
            "team_id": ELSEWHERE if trial.sender == "other workspace" else TEAM,
            "channel_id": self.team.channel,
            "channel_name": "intervisie",
            "trigger_id": slack._new_trigger(who),
            "response_url": "http://127.0.0.1:9/",
        }
        return slack.deliver(Delivery("command", body, who))

    # forms that are opened, and sent

    def _dialogue(self, trial: Trial, who: str) -> Reply | None:
        """Open a form by its button and send it, if there is one; check what is kept of it."""
        assert trial.button is not None
        if not self._opens(trial, who):
            return None
        match trial.value:
            case "untouched":
                reply = self._sends(who, lambda _: ...)
                lost = list(self._wiped(None, who, self._changed(), rows(self.team.stage)))
                assert not lost, f"sent untouched, and wiped {lost}"
                return reply
            case "emptied":
                return self._sends(who, _emptied)
            case "filled":
                return self._fills(trial, who)
        self._fills(trial, who)
        alone = self._given()
        self.before.restore()
        assert self._opens(trial, who)
        self._sends(who, _emptied)
        if not self.team.slack.views(who) and not self._opens(trial, who):
            return None
        reply = self._fills(trial, who)
        lost = alone - self._given()
        assert reply.body or not lost, f"dropped after an empty one: {lost}"
        return reply

    def _opens(self, trial: Trial, who: str) -> bool:
        assert trial.button is not None
        self._press(trial.button, who, trial.button.value, trial)
        self._rest()
        return bool(self.team.slack.views(who))

    def _sends(self, who: str, value: Callable[[Json], Any]) -> Reply:
        blocks = self.team.slack.views(who)[-1].spec["blocks"]
        inputs = [each for each in blocks if each["type"] == "input"]
        if not inputs:
            self.team.slack._stacks[who].clear()
            return Reply(200)
        values = {each["block_id"]: value(each["element"]) for each in inputs}
        given = {name: each for name, each in values.items() if each is not ...}
        reply = self.team.sends(who, **given)
        self._rest()
        return reply

    def _fills(self, trial: Trial, who: str) -> Reply:
        """Fill a form in and send it, once more when the coach gives it back; nothing is lost."""
        typed: list[str] = []

        def value(element: Json) -> Any:
            return _chosen(element, self.team.now(), typed)

        reply = self._sends(who, value)
        if (reply.body or {}).get("response_action") == "update":
            typed.clear()
            reply = self._sends(who, value)
        if not reply.body:
            known = self._known()
            lost = [each for each in typed if each not in known]
            assert not lost, f"accepted, and lost: {lost}"
        return reply

    def _changed(self) -> list[Change]:
        return list(changes(self.before.rows, rows(self.team.stage)))

    def _known(self) -> str:
        """Return all that is kept or shown now, in plain."""
        found = rows(self.team.stage)
        plain = [str(row) for table in found.values() for row in table.values()]
        sealed = [
            self._opened(table, row, "content", found)
            for table in found
            for row in found[table].values()
            if row.get("content")
        ]
        said = [str(vars(m)) for each in self.team.slack._messages.values() for m in each]
        return "\n".join([*plain, *map(str, sealed), *said])

    def _given(self) -> Counter[str]:
        """Return what is kept of what people gave, without ids and times."""
        found = rows(self.team.stage)
        return Counter(
            f"{table} {row.get(OWNERS.get(table, ''), '')} "
            + " ".join(str(self._opened(table, row, name, found)) for name in names)
            for table, names in KEPT.items()
            if table not in ("vaults", "statements")
            for row in found[table].values()
        )

    # replies

    def _reply(self, trial: Trial, who: str) -> Reply | None:
        """Write in the session's thread, or let what was written arrive as Slack may bring it."""
        team = self.team
        boards = [
            m for m in team.slack.messages(LEAD, team.channel) if block(m.blocks, "board-who")
        ]
        if not boards:
            return None
        board, session = boards[-1].ts, self._session()
        before = session.position
        step = step_of(session, method_of(session, shipped_methods()))
        said = message_event(team, who, f"Wat zag je? {TOKEN}", thread=board)
        place = {"type": "message", "channel": said["channel"], "channel_type": "channel"}
        match trial.value:
            case "late":
                early = f"{float(board) + 30:.6f}"
                said |= {"ts": early, "event_ts": early}
                reply = deliver(team, said, user=who)
                if before is not None and before.step > 0 and step is not None:
                    assert self._session().position == before, "what came late moved the session"
                    new = [c.after for c in self._changed() if c.table == "contributions"]
                    here = [row for row in new if row and row["step"].partition(".")[0] == step.id]
                    assert not here, "what came late counted where it landed"
                return reply
            case "wordless":
                return deliver(team, said | {"text": "", "files": [{"id": "F1"}]}, user=who)
            case "gone":
                deliver(team, said, user=who)
                gone = {"subtype": "message_deleted", "previous_message": said}
                place = {"type": "message", "channel": said["channel"], "channel_type": "channel"}
                ts = team.slack.new_ts()
                return deliver(
                    team, {**place, **gone, "deleted_ts": said["ts"], "ts": ts}, user=who
                )
            case "edits swapped":
                return self._edits(said, who)
            case _:
                return deliver(team, said, user=who)

    def _edits(self, said: Json, who: str) -> Reply:
        team, texts = self.team, ["eerst", "daarna"]
        deliver(team, said, user=who)
        edits = []
        for text in texts:
            ts = team.slack.new_ts()
            now = {**said, "text": f"Wat {text}?", "edited": {"user": who, "ts": ts}}
            place = {"type": "message", "channel": said["channel"], "channel_type": "channel"}
            edit = {**place, "subtype": "message_changed", "message": now, "ts": ts, "hidden": True}
            edits.append({**edit, "previous_message": said})
        for edit in reversed(edits):
            reply = deliver(team, edit, user=who)
        known = self._given()
        old = [each for each in known if "Wat eerst?" in each]
        assert not old, f"an older edit took the place of a newer one: {old}"
        return reply

    # what came of it

    def _sees(self, who: str) -> frozenset[str]:
        """Return all that a person sees: messages, forms and App Home.

        Whoever presses in a channel sees what stands there, also from outside.
        """
        slack = self.team.slack
        seen = [
            f"{place.id} {m.ts} {m.text} {m.blocks} {len(m.files)} {m.pinned}"
            for place in slack.channels.values()
            if who in place.members or place.id == self.team.channel
            for m in slack._messages.get(place.id, ())
            if m.ephemeral_to is None or (m.ephemeral_to == who and who in place.members)
        ]
        forms: list[View] = [*slack.views(who), *filter(None, [slack.home(who)])]
        return frozenset([*seen, *(f"{f.id} {f.spec} {f.errors}" for f in forms)])

    def _wiped(
        self, trial: Trial | None, who: str, changed: Iterable[Change], after: Rows
    ) -> Iterator[str]:
        """Return what was kept and is no more, though nobody meant to replace it.

        Ratings bear no name, and get new ids with every one that comes: they are counted.
        """
        key = "" if trial is None else trial.id if trial.kind == "press" else f"form {trial.id}"
        if trial is not None and trial.kind == "dialogue":
            return
        allowed = REPLACES.get(key, frozenset())
        gone = _ratings(self.before.rows) - _ratings(after)
        yield from (f"ratings: {each}" for each in gone)
        for table, before, now in changed:
            if (
                table not in KEPT
                or table == "ratings"
                or before is None
                or _is_empty(table, before)
            ):
                continue
            owner = before.get(OWNERS.get(table, ""), who)
            if table in allowed and (owner == who or table in ("agreements", "signatures")):
                continue
            was = [self._opened(table, before, name, self.before.rows) for name in KEPT[table]]
            left = [now and self._opened(table, now, name, after) for name in KEPT[table]]
            lost = (old for old, new in zip(was, left, strict=True) if old != new)
            if any(old not in (None, False) for old in lost):  # to add to a row wipes nothing
                yield f"{table}: {str(was)[:80]} -> {str(left)[:80]}"

    def _opened(self, table: str, row: Row, name: str, found: Rows) -> Any:
        """Return the value of a column, decrypted where a vault's key sealed it."""
        value = row[name]
        if not isinstance(value, bytes) or table in ("vaults", "statements"):
            return value
        vault = row.get("vault_id")
        if "session_id" in row and vault is None:
            vault = found["sessions"][(row["session_id"],)]["vault_id"]
        if vault is None:
            return value
        with self.team.stage.bot.store.unit() as unit:
            return unit.open(vault, value)


def _buttons(found: list[Json]) -> Iterator[Button]:
    for _, element in elements(found):
        if "action_id" not in element:
            continue
        options = [
            *element.get("options", ()),
            *(o for group in element.get("option_groups", ()) for o in group["options"][:1]),
        ]
        for option in options:
            yield Button(element["action_id"], option["value"], chosen=True)
        if not options:
            yield Button(element["action_id"], element.get("value", ""))


def _rank(trial: Trial) -> int:
    """Return in what order it is tried: first what people do, then what somebody might try."""
    rightly = trial.sender == "right" and trial.value not in VALUES[1:]
    return 0 if rightly else 1 if trial.kind in ("dialogue", "reply") else 2


def _allowed(trial: Trial) -> tuple[int, ...]:
    unreadable = trial.value in ("malformed", "absent") and trial.kind in ("press", "form")
    return (200, 400) if unreadable else (200,)


def _workspace(change: Change) -> str:
    return str((change.after or change.before or {}).get("workspace", ""))


def _ratings(found: Rows) -> Counter[str]:
    return Counter(
        str([row[name] for name in KEPT["ratings"]]) for row in found["ratings"].values()
    )


def _is_empty(table: str, row: Row) -> bool:
    return all(row[name] in (None, False) for name in KEPT[table])


def _filled(name: str, number: int) -> Json:
    """Return what stands in a field of a form that nobody opened."""
    match name:
        case "members" | "leads":
            return {"type": "multi_users_select", "selected_users": HERE}
        case "colleague":
            return {"type": "users_select", "selected_user": ESTHER}
        case "method" | "useful" | "safe" | "kind" | "aim" | "tips":
            return {"type": "static_select", "selected_option": {"value": "4"}}
        case _:
            return {"type": "plain_text_input", "value": f"{TOKEN} {number}"}


def _emptied(element: Json) -> Any:
    many = ("checkboxes", "multi_static_select", "multi_users_select")
    return () if element["type"] in many else "" if "plain" in element["type"] else None


def _chosen(element: Json, now: datetime, typed: list[str]) -> Any:
    """Return what is filled in; what is typed is noted."""
    options = [
        *element.get("options", ()),
        *(o for group in element.get("option_groups", ()) for o in group["options"]),
    ]
    match element["type"]:
        case "plain_text_input":
            typed.append(f"{TOKEN} {len(typed) + 1} zegt wat"[: element.get("max_length", 3000)])
            return typed[-1]
        case "checkboxes" | "multi_static_select":
            return [each["value"] for each in options[:6]]
        case "multi_users_select":
            return [LEAD, BRINGER, ESTHER, JOOST]
        case "users_select":
            return ESTHER
        case "conversations_select":
            return None
        case "timepicker":
            return "15:30"
        case "datepicker":
            return f"{now + timedelta(days=40):%Y-%m-%d}"
        case _:
            return options[-1]["value"] if options else None

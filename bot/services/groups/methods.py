"""Methods that a group composes for itself, in a form, by choosing steps and their order.

The result is a method like any other, for that group alone. A session keeps a copy of its method,
so changing or removing the method here does not change the session.
"""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import ValidationError

from bot.blocks import methods as show
from bot.blocks.action_ids import digest, split_value
from bot.blocks.elements import Payload
from bot.errors import Refusal
from bot.flows.composer import MAX_PARTS, Part, closing_of, compose, parts_of
from bot.flows.method import Method
from bot.flows.types import CaseKind
from bot.i18n import Words
from bot.outbox.messages import post_to_group
from bot.repositories.groups import words_of_group
from bot.repositories.members import group_of_channel, group_of_member
from bot.repositories.methods import composed_methods
from bot.repositories.people import words_for
from bot.store.tables import Group, GroupMethod
from bot.store.transactions import Transactions, transactional
from bot.store.unit import Unit, new_id

FIRST_STEPS = ("basic/check-in", "basic/present", "basic/questions", "basic/next-step")
"""The ids of the steps that the form for a new method shows first."""

MOST_METHODS = 10
"""How many methods a group can compose: one menu has to show them all."""

VALID_NAME = re.compile(r"[^<>&*_~`|\x00-\x1f]+")
"""A name without characters that Slack reads as mark-up, a mention or a link."""

STEP_ERRORS = {
    "nobody_speaks": "nobody_speaks",
    "too_short": "nobody_speaks",
    "too_long": "too_long",
    "no_language": "language",
}
"""The type of each error that pydantic finds in chosen steps, and the key of its text."""


class GroupMethods:
    """What members do with their group's own methods. Most methods raise `Refusal`.

    `methods` are the methods that every group can use, by id; their steps are the parts that a
    group composes from.
    """

    def __init__(self, transactions: Transactions, methods: Mapping[str, Method]) -> None:
        self.transactions = transactions
        self.methods = methods
        self.parts = parts_of(self.methods)
        self.closing = closing_of(self.methods)

    @transactional
    def card(self, unit: Unit, workspace: str, channel: str | None, user: str) -> Payload:
        """Build the list of methods, with those of a channel's group for one of its members."""
        group = self._group(unit, workspace, channel, user)
        words = words_for(unit, workspace, user, group)
        spoken = {words.language, group.language if group is not None else words.language}
        shared = [m for m in self.methods.values() if spoken <= {*m.languages}]
        if group is None:
            return show.card("", {}, shared, words)
        return show.card(group.id, composed_methods(unit, group.id), shared, words)

    def steps(self, workspace: str, user: str, group_id: str, id_: str) -> Payload:
        """Build the list of a method's steps. Raises `Refusal` for an unknown method."""
        with self.transactions.read() as unit:
            words = words_for(unit, workspace, user, None)
            method = self.methods.get(id_)
            if method is None:
                group = group_of_member(unit, workspace, user, group_id)
                method = composed_methods(unit, group.id).get(id_)
            if method is None or words.language not in method.languages:
                raise Refusal("method_gone")
            return show.steps(method, words)

    def _group(self, unit: Unit, workspace: str, channel: str | None, user: str) -> Group | None:
        """Return the group of a channel for who is, or becomes, a member of it; else None."""
        if channel is None:
            return None
        try:
            return group_of_channel(unit, workspace, channel, user, self.transactions.now())
        except Refusal:
            return None

    @transactional
    def form(
        self, unit: Unit, workspace: str, user: str, group_id: str, id_: str = ""
    ) -> dict[str, Any]:
        """Build the form to change a group's method, or without `id_` to compose a new one."""
        group = group_of_member(unit, workspace, user, group_id)
        words = words_for(unit, workspace, user, group)
        if not id_:
            if len(composed_methods(unit, group_id)) >= MOST_METHODS:
                raise Refusal("methods_many", most=MOST_METHODS)
            draft = show.Draft(group_id, "", "", "learning", self._parts(FIRST_STEPS))
            return self._form(draft, words)
        row = self._own(unit, group_id, id_)
        method = composed_methods(unit, group_id)[row.id]
        kinds = method.kinds[0] if len(method.kinds) == 1 else "both"
        parts = self._parts(json.loads(row.parts))
        seen = digest(row.method)
        return self._form(
            show.Draft(group_id, id_, method.title[words.language], kinds, parts, seen), words
        )

    def edit_steps(self, draft: show.Draft, move: str, at: str, words: Words) -> dict[str, Any]:
        """Build the form after a `move`: "add" a step, or move one "up", "down", or take it out.

        `at` is the id of the step to add, else the place of the step to move, from 0.
        """
        parts, wrong = list(draft.parts), None
        if move == "add":
            parts += self._parts([at])
            if len(parts) > MAX_PARTS:
                parts, wrong = parts[:MAX_PARTS], "too_long"
        elif not (at.isdigit() and int(at) < len(parts)):
            raise Refusal("outdated")
        else:
            part = parts.pop(int(at))
            if move in ("up", "down"):
                place = int(at) + (1 if move == "down" else -1)
                parts.insert(max(0, place), part)
        return self._form(draft._replace(parts=parts), words, wrong)

    def read_draft(self, metadata: str, title: str, kinds: str, seen: str | None) -> show.Draft:
        """Read a form; `metadata` is "group|method|steps", with the ids of steps by comma.

        `seen` is a digest of the method as it was when the form opened.
        """
        group, id_, ids = split_value(metadata, 3)
        kinds = kinds if kinds in show.KINDS else "learning"
        return show.Draft(group, id_, title, kinds, self._parts(ids.split(",")), seen)

    @transactional
    def save(
        self, unit: Unit, workspace: str, user: str, draft: show.Draft, words: Words
    ) -> tuple[dict[str, Refusal], dict[str, Any] | None]:
        """Store a method and tell the group.

        Returns what is wrong, by field, and the form to show again when its steps are wrong.
        """
        if not VALID_NAME.fullmatch(draft.title) or len(draft.title) > show.TITLE:
            return {"title": Refusal("method_name", most=show.TITLE)}, None
        id_ = draft.method or f"own-{new_id()}"
        kinds = list(CaseKind) if draft.kinds == "both" else [CaseKind(draft.kinds)]
        try:
            method = compose(id_, draft.title, kinds, draft.parts, self.closing)
        except ValidationError as error:
            wrong = next(
                (STEP_ERRORS[e["type"]] for e in error.errors() if e["type"] in STEP_ERRORS),
                "order",
            )
            return {}, self._form(draft, words, wrong)

        group = group_of_member(unit, workspace, user, draft.group)
        if group.language not in method.languages:
            return {}, self._form(draft, words, "language")
        own = composed_methods(unit, group.id)
        others = [*self.methods.values(), *(m for m in own.values() if m.id != id_)]
        taken = {title.casefold() for m in others for title in m.title.root.values()}
        if draft.title.casefold() in taken:
            return {"title": Refusal("method_taken")}, None
        if draft.method:
            row = self._own(unit, group.id, id_)
            if draft.seen not in (None, digest(row.method)):
                return {}, self._form(draft._replace(seen=digest(row.method)), words, "changed")
        elif len(own) >= MOST_METHODS:
            raise Refusal("methods_many", most=MOST_METHODS)
        else:
            row = GroupMethod(id=id_, workspace=workspace, group_id=group.id)
            unit.db.add(row)
        row.method = method.model_dump_json()
        row.parts = json.dumps([part.id for part in draft.parts])
        row.changed_at = self.transactions.now()
        self._tell(unit, group, user, "changed" if draft.method else "made", draft.title)
        return {}, None

    @transactional
    def remove(
        self, unit: Unit, workspace: str, user: str, group_id: str, id_: str, seen: str | None
    ) -> None:
        """Remove one of a group's own methods and tell the group; its sessions go on.

        Raises `Refusal` when it is another than was `seen`.
        """
        group = group_of_member(unit, workspace, user, group_id)
        row = self._own(unit, group_id, id_)
        if seen not in (None, digest(row.method)):
            raise Refusal("method_changed")
        title = composed_methods(unit, group_id)[row.id].title[group.language]
        unit.db.delete(row)
        self._tell(unit, group, user, "removed", title)

    # shared by the above

    def _form(self, draft: show.Draft, words: Words, wrong: str | None = None) -> dict[str, Any]:
        return show.form(draft, self.parts.values(), self.closing, words, wrong=wrong)

    def _parts(self, ids: Iterable[str]) -> list[Part]:
        """List the parts with these ids, except those that this version has no more."""
        return [self.parts[id_] for id_ in ids if id_ in self.parts]

    def _tell(self, unit: Unit, group: Group, user: str, key: str, title: str) -> None:
        words = words_of_group(group)
        post_to_group(unit, group, show.told(user, key, title, words), self.transactions.now())

    def _own(self, unit: Unit, group_id: str, id_: str) -> GroupMethod:
        """Return the locked row of a group's method. Raises `Refusal` when it is gone."""
        row = unit.db.get(GroupMethod, id_, with_for_update=True)
        if row is None or row.group_id != group_id:
            raise Refusal("method_gone")
        return row

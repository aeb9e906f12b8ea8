"""The intake of a case: questions by direct message, or one form, until it joins the queue."""

import json
from collections.abc import Mapping

from sqlalchemy import select

from bot import coach
from bot.blocks import intake as show
from bot.blocks.elements import Payload
from bot.blocks.replies import answer, no_case, refused
from bot.catalog.commands import choice_words, no_case_words, reply_words, stop_words
from bot.coach.recognising import recogniser
from bot.errors import Refusal
from bot.flows import intake
from bot.flows.intake import Field, Suggestion
from bot.flows.method import Method
from bot.flows.rota import Rota
from bot.flows.text import bare
from bot.flows.types import CaseKind, CaseStatus, ReplyWord
from bot.i18n import LANGUAGES, Words
from bot.i18n import words as words_in
from bot.outbox.messages import change_direct, send_direct
from bot.repositories.cases import case_content, drop_case, lock_case, schedule_forgetting
from bot.repositories.members import group_of_channel, group_of_member, is_member
from bot.repositories.methods import methods_of
from bot.repositories.people import words_for
from bot.services.sent_in import show_where, tell_sent_in
from bot.store.subjects import Subject
from bot.store.tables import Case, Group
from bot.store.transactions import Transactions, transactional
from bot.store.unit import Unit, anonymous_id, new_id


class Intake:
    """What a bringer does with a case. Every method raises `Refusal`.

    `methods` are the methods that every group can use, by id.
    """

    def __init__(self, transactions: Transactions, methods: Mapping[str, Method]) -> None:
        self.transactions = transactions
        self.methods = methods

    @transactional
    def bring(
        self,
        unit: Unit,
        workspace: str,
        user: str,
        *,
        channel: str | None,
        group: str | None,
        method: str = "",
        kind: str = "",
        link: str = "",
    ) -> list[tuple[str, str]] | None:
        """Begin or resume the intake of a case by direct message, and return None.

        `method` is the id of the method that its session is to begin with, if one was asked for;
        `kind` is what the case is about, if that is known. `link` leads to the message that it
        begins from: it becomes a note, which the bringer alone reads.
        Without a `channel` or `group`, and when the person is not in exactly one group, returns
        the person's groups as (id, channel) to choose from, and begins nothing.
        """
        if channel is not None:
            chosen = group_of_channel(unit, workspace, channel, user, self.transactions.now()).id
        elif group is not None:
            chosen = group_of_member(unit, workspace, user, group).id
        else:
            groups = self._groups_of(unit, workspace, user)
            if len(groups) != 1:
                return groups
            chosen = groups[0][0]
        case = self._open_draft(unit, workspace, user, chosen)
        case.method = method or case.method
        content = case_content(unit, case) or {}
        if not content and case.asking is None:
            self._send_direct(unit, case, show.hello(self._words(unit, case)))
        if kind:
            content[Field.KIND] = intake.answer(Field.KIND, kind)
            self._store(unit, case, content)
        if link and link not in content.get(Field.NOTE, ""):
            note = f"{content.get(Field.NOTE, '')}\n{link}".strip()
            content[Field.NOTE] = intake.answer(Field.NOTE, note)
            self._store(unit, case, content)
            self._send_direct(unit, case, show.from_message(link, self._words(unit, case)))
        self._settle(unit, case, content)
        self._ask_next(unit, case, content, first=True)
        return None

    @transactional
    def take_answer(self, unit: Unit, workspace: str, user: str, text: str, *, ref: str) -> bool:
        """Take a direct message, by its timestamp, as the answer to the question asked last.

        Returns False when no question is open. A message that came before counts as taken.
        """
        return self._take(unit, workspace, user, text, ref)

    @transactional
    def change_answer(
        self,
        unit: Unit,
        workspace: str,
        user: str,
        text: str,
        *,
        ref: str,
        edited: str,
        first: bool,
    ) -> bool:
        """Follow the edit at `edited` of a direct message, by its timestamp.

        With `first`, an edit of a message that did not come yet is taken in its place. Returns
        False when no question is open then.
        """
        found = self._answered_by(unit, workspace, user, ref)
        if found is None:
            return not first or self._take(unit, workspace, user, text, ref, edited)
        case, field = found
        if float(json.loads(case.answers)[field][1]) <= float(edited):
            self._answer(unit, case, field, text, ref, edited)
        return True

    @transactional
    def withdraw_answer(self, unit: Unit, workspace: str, user: str, ref: str) -> None:
        """Take back the answer that a direct message gave, and ask for it again.

        A case in the queue becomes a draft. A message that did not come yet will not count.
        """
        found = self._answered_by(unit, workspace, user, ref)
        if found is None:
            unit.first_time(workspace, anonymous_id(user, ref), self.transactions.now())
            return
        case, field = found
        content, answers = case_content(unit, case) or {}, json.loads(case.answers)
        ended = case.asking is None and self._next_field(unit, case, content) is None
        self._settle(unit, case, content)
        content.pop(field, None)
        del answers[field]
        was_queued = case.status is CaseStatus.QUEUED
        case.answers, case.status = json.dumps(answers), CaseStatus.DRAFT
        self._store(unit, case, content)
        if was_queued:
            self._show_where(unit, case)
        self._show_answered(unit, case, field, content)
        if ended or case.asking is not None:
            self._ask_next(unit, case, content)

    def _take(
        self, unit: Unit, workspace: str, user: str, text: str, ref: str, edited: str = "0"
    ) -> bool:
        """Take a direct message as the answer to the question that was asked last, once."""
        if not unit.first_time(workspace, anonymous_id(user, ref), self.transactions.now()):
            return True
        case = unit.db.scalar(
            select(Case)
            .where(
                Case.workspace == workspace,
                Case.bringer == user,
                Case.status == CaseStatus.DRAFT,
                Case.asking.is_not(None),
            )
            .order_by(Case.changed_at.desc())
            .limit(1)
        )
        if case is None or case.asking is None:
            return False
        if bare(text) in stop_words():
            self._interrupt(unit, case)
            return True
        if case.asking == Field.TITLE and bare(text) in no_case_words():
            self._send_direct(unit, case, no_case(self._words(unit, case), case.group_id))
            return True
        self._answer(unit, case, Field(case.asking), text, ref, edited)
        return True

    def _answer(
        self, unit: Unit, case: Case, field: Field, text: str, ref: str, edited: str
    ) -> None:
        """Store what a direct message answers to a field, and ask the next if it was asked.

        Words that choose nothing where a choice was asked are kept as a note.
        """
        content = case_content(unit, case) or {}
        passes = reply_words().get(bare(text)) == ReplyWord.PASS
        chosen = _chosen(field, text)
        notes = field in intake.CHOICES and chosen is None and bare(text) != ""
        answered = Field.NOTE if notes else field
        case.answers = json.dumps(json.loads(case.answers) | {answered: (ref, edited)})
        try:
            if passes and intake.is_passable(field, content):
                content[field] = ""
            elif notes:
                before = content.get(Field.NOTE, "")
                content[Field.NOTE] = intake.answer(Field.NOTE, f"{before}\n{text}".strip())
            else:
                content[field] = intake.answer(field, chosen or text)
        except Refusal as refusal:
            self._refuse(unit, case, refusal, content)
            return
        if notes:
            self._store(unit, case, content)
            self._settle(unit, case, content)
            self._ask(unit, case, field, content, noted=True)
        elif case.asking == field:
            self._fill(unit, case, field, content)
        else:
            self._change(unit, case, field, content)

    def _change(self, unit: Unit, case: Case, field: Field, content: dict[str, str]) -> None:
        """Store another answer to a field that was answered before."""
        drafted = case.status is CaseStatus.DRAFT
        if drafted and case.asking is None:
            self._settle(unit, case, content)
        self._store(unit, case, content)
        self._show_answered(unit, case, field, content)
        if not drafted:
            self._settle(unit, case, content, became="intake.sent_in")
        elif self._next_field(unit, case, content) is None:
            self._send_summary(unit, case)

    def _answered_by(
        self, unit: Unit, workspace: str, user: str, ref: str
    ) -> tuple[Case, Field] | None:
        """Return the case that a direct message is part of, until it begins, and the field."""
        open_cases = (
            select(Case)
            .where(Case.workspace == workspace, Case.bringer == user)
            .where(Case.status.in_((CaseStatus.DRAFT, CaseStatus.QUEUED)))
            .with_for_update()
        )
        for case in unit.db.scalars(open_cases):
            for field, (answered, _) in json.loads(case.answers).items():
                if answered == ref:
                    return case, Field(field)
        return None

    @transactional
    def choose(
        self, unit: Unit, workspace: str, user: str, case: str, field: Field, value: str
    ) -> None:
        """Answer a field by a button, and ask the next."""
        draft = self._draft(unit, workspace, user, case)
        content = case_content(unit, draft) or {}
        try:
            content[field] = intake.answer(field, value)
            self._fill(unit, draft, field, content)
        except Refusal as refusal:
            self._refuse(unit, draft, refusal, content)

    @transactional
    def pass_field(self, unit: Unit, workspace: str, user: str, case: str, field: Field) -> None:
        """Leave a field empty that may be, and ask the next."""
        draft = self._draft(unit, workspace, user, case)
        content = case_content(unit, draft) or {}
        if not intake.is_passable(field, content):
            raise Refusal("intake_choose" if field in intake.CHOICES else "intake_empty")
        self._fill(unit, draft, field, content | {field: ""})

    @transactional
    def edit(self, unit: Unit, workspace: str, user: str, case: str, field: Field) -> None:
        """Ask a field again."""
        draft = self._draft(unit, workspace, user, case)
        content = case_content(unit, draft) or {}
        self._settle(unit, draft, content)
        draft.asking = field
        self._ask(unit, draft, field, content)

    @transactional
    def stop(self, unit: Unit, workspace: str, user: str, case: str) -> None:
        """Interrupt the intake; everything is kept."""
        self._interrupt(unit, self._draft(unit, workspace, user, case))

    @transactional
    def resume(self, unit: Unit, workspace: str, user: str, case: str) -> None:
        """Resume the intake: ask for the next field, or show the summary."""
        draft = self._draft(unit, workspace, user, case)
        content = case_content(unit, draft) or {}
        self._settle(unit, draft, content)
        self._ask_next(unit, draft, content)

    @transactional
    def discard(self, unit: Unit, workspace: str, user: str, case: str) -> None:
        """Discard a draft, and forget its content."""
        draft = self._draft(unit, workspace, user, case)
        drop_case(unit, draft)
        self._send_direct(unit, draft, answer(self._words(unit, draft)("intake.discarded")))

    def form(self, workspace: str, user: str, case: str) -> dict[str, object]:
        """Build the form with all fields of the intake, filled in as far as they are known."""
        with self.transactions.read() as unit:
            draft = self._draft(unit, workspace, user, case)
            content = case_content(unit, draft) or {}
            words, advises = self._words(unit, draft), self._advises(unit, draft)
            return show.form(content, case, words, advises=advises)

    @transactional
    def save_form(
        self, unit: Unit, workspace: str, user: str, case: str, values: Mapping[Field, str]
    ) -> dict[Field, Refusal]:
        """Store all fields; return what is wrong, by field, and store nothing then."""
        content, wrong = intake.answers(values)
        if wrong:
            return wrong
        draft = self._draft(unit, workspace, user, case)
        if note := (case_content(unit, draft) or {}).get(Field.NOTE):
            content[Field.NOTE] = note
        self._settle(unit, draft, content)
        self._store(unit, draft, content)
        draft.asking = None
        self._send_summary(unit, draft, self._suggestion(unit, draft, content[Field.QUESTION]))
        return {}

    @transactional
    def submit(self, unit: Unit, workspace: str, user: str, case: str) -> None:
        """Put a complete case in its group's queue; ask for what is missing otherwise."""
        draft = self._draft(unit, workspace, user, case)
        content = case_content(unit, draft) or {}
        if self._next_field(unit, draft, content) is not None:
            self._refuse(unit, draft, Refusal("intake_unfinished"), content)
            self._ask_next(unit, draft, content)
            return
        group = group_of_member(unit, workspace, user, draft.group_id)
        self._settle(unit, draft, content, became="intake.sent_in")
        draft.status, draft.asking = CaseStatus.QUEUED, None
        draft.changed_at = self.transactions.now()
        self._look_at_turns(unit, group, user)
        tell_sent_in(unit, draft, group, draft.changed_at)

    @transactional
    def withdraw(self, unit: Unit, workspace: str, user: str, case: str) -> None:
        """Take a case out of the queue: it becomes a draft again."""
        queued = lock_case(unit, workspace, case)
        if queued.bringer != user:
            raise Refusal("not_yours")
        if queued.status != CaseStatus.QUEUED:
            raise Refusal("case_taken" if queued.status == CaseStatus.LIVE else "case_gone")
        self._settle(unit, queued, {})
        queued.status = CaseStatus.DRAFT
        group = unit.db.get(Group, queued.group_id)
        if group is not None:
            self._look_at_turns(unit, group, user)
            show_where(unit, queued, group, self.transactions.now())
        words = self._words(unit, queued)
        out = show.stopped(case, words, key="intake.withdrawn")
        self._send_direct(unit, queued, out, key=_key(queued, "stopped"))

    # shared by the above

    def _look_at_turns(self, unit: Unit, group: Group, user: str) -> None:
        """Set a timer to look at a group's turns: those of who is silent depend on their case."""
        if group.rota is None or Rota.model_validate_json(group.rota).silent_since(user) is None:
            return
        now = self.transactions.now()
        unit.set_timer(group.workspace, Subject.GROUP.key(group.id), "changed", now)

    def _groups_of(self, unit: Unit, workspace: str, user: str) -> list[tuple[str, str]]:
        """List the groups that a person is in, as (id, channel), oldest first."""
        rows = unit.db.execute(
            select(Group.id, Group.channel)
            .where(Group.workspace == workspace)
            .order_by(Group.created_at)
        ).all()
        return [(id_, channel) for id_, channel in rows if is_member(unit, id_, user)]

    def _draft(self, unit: Unit, workspace: str, user: str, case: str) -> Case:
        """Return a bringer's draft, locked."""
        draft = unit.db.get(Case, case, with_for_update=True)
        if draft is None or draft.workspace != workspace:
            raise Refusal("draft_gone")
        if draft.bringer != user:
            raise Refusal("not_yours")
        if draft.status is not CaseStatus.DRAFT:
            raise Refusal(_NO_DRAFT.get(draft.status, "draft_gone"))
        return draft

    def _open_draft(self, unit: Unit, workspace: str, user: str, group: str) -> Case:
        """Return a person's draft in a group, a new one if there is none."""
        draft = unit.db.scalar(
            select(Case).where(
                Case.workspace == workspace,
                Case.bringer == user,
                Case.group_id == group,
                Case.status == CaseStatus.DRAFT,
            )
        )
        if draft is None:
            now = self.transactions.now()
            draft = Case(
                id=new_id(),
                workspace=workspace,
                group_id=group,
                bringer=user,
                kind=CaseKind.LEARNING,
                status=CaseStatus.DRAFT,
                asking=None,
                vault_id=unit.new_vault(workspace),
                content=None,
                created_at=now,
                changed_at=now,
            )
            unit.db.add(draft)
            unit.db.flush()
            home = unit.db.get(Group, group)
            assert home is not None
            schedule_forgetting(unit, draft, home, now)
        return draft

    def _words(self, unit: Unit, case: Case) -> Words:
        group = unit.db.get(Group, case.group_id) if case.group_id else None
        return words_for(unit, case.workspace, case.bringer, group)

    def _store(self, unit: Unit, case: Case, content: dict[str, str]) -> None:
        assert case.vault_id is not None
        words = self._words(unit, case)
        before = _marks(case_content(unit, case) or {}, words.language)
        marks = _marks(content, words.language)
        if marks and not before:  # once
            self._send_direct(unit, case, show.recognisable(marks, words))
        case.content = unit.seal(case.vault_id, json.dumps(content))
        case.kind = intake.kind_of(content) or case.kind
        case.changed_at = self.transactions.now()

    def _fill(self, unit: Unit, case: Case, field: Field, content: dict[str, str]) -> None:
        """Store the content of a case with the answer to a field, and ask the next."""
        self._settle(unit, case, content)
        if case.asking != field:
            self._show_answered(unit, case, field, content)
        self._store(unit, case, content)
        suggested = None
        if field is Field.QUESTION:
            suggested = self._suggestion(unit, case, content[field])
        self._ask_next(unit, case, content, suggested=suggested)

    def _advises(self, unit: Unit, case: Case) -> bool:
        """Check whether the method that was asked for, if any, has a place for advice."""
        method = methods_of(unit, case.group_id, self.methods).get(case.method or "")
        return method is None or method.has_advice

    def _next_field(self, unit: Unit, case: Case, content: Mapping[str, str]) -> Field | None:
        return intake.next_field(content, advises=self._advises(unit, case))

    def _suggestion(self, unit: Unit, case: Case, question: str) -> Suggestion | None:
        """Return what may improve the bringer's question, if anything."""
        language = self._words(unit, case).language
        reader = coach.reading(question, language)
        closed = reader.read(question).label == "closed"
        return intake.suggestion(own=reader.is_own(question), closed=closed)

    def _ask_next(
        self,
        unit: Unit,
        case: Case,
        content: Mapping[str, str],
        *,
        suggested: Suggestion | None = None,
        first: bool = False,
    ) -> None:
        """Ask for the next field, or show the summary when none is missing.

        The `first` question of a conversation offers the form.
        """
        case.asking = field = self._next_field(unit, case, content)
        if field is None:
            self._send_summary(unit, case, suggested)
        else:
            self._ask(unit, case, field, content, suggested=suggested, first=first)

    def _ask(
        self,
        unit: Unit,
        case: Case,
        field: Field,
        content: Mapping[str, str],
        *,
        suggested: Suggestion | None = None,
        first: bool = False,
        noted: bool = False,
    ) -> None:
        asked = show.question(
            field,
            content,
            case.id,
            self._words(unit, case),
            suggested=suggested,
            at=intake.position(field, content, advises=self._advises(unit, case)),
            first=first,
            noted=noted,
        )
        self._send_direct(unit, case, asked, key=_key(case, field))

    def _send_summary(self, unit: Unit, case: Case, suggested: Suggestion | None = None) -> None:
        content = case_content(unit, case) or {}
        words, advises = self._words(unit, case), self._advises(unit, case)
        summary = show.summary(content, case.id, words, suggested=suggested, advises=advises)
        self._send_direct(unit, case, summary, key=_key(case, "summary"))

    def _interrupt(self, unit: Unit, case: Case) -> None:
        self._settle(unit, case, case_content(unit, case) or {})
        case.asking = None
        stopped = show.stopped(case.id, self._words(unit, case))
        self._send_direct(unit, case, stopped, key=_key(case, "stopped"))

    def _refuse(self, unit: Unit, case: Case, refusal: Refusal, content: Mapping[str, str]) -> None:
        """Explain to a bringer why their answer is not taken, and what to do.

        In whose case people can be recognised, they hear what helps.
        """
        words = self._words(unit, case)
        if refusal.key != "intake_recognisable":
            self._send_direct(unit, case, refused(refusal, words))
            return
        known = {field: text for field, text in content.items() if field != Field.UNRECOGNISABLE}
        self._settle(unit, case, known | {Field.UNRECOGNISABLE: "no"})
        case.asking = Field.UNRECOGNISABLE
        marks = _marks(known, words.language)
        unready = show.unready(known, case.id, words, marks=marks)
        self._send_direct(unit, case, unready, key=_key(case, "unready"))

    # messages that were sent before

    def _settle(
        self,
        unit: Unit,
        case: Case,
        content: Mapping[str, str],
        *,
        became: str = "intake.until_here",
    ) -> None:
        """Take the buttons off the message that waits for a bringer, as they went on from it.

        A question is shown with its answer in this `content`, and a summary with the text of
        the key `became`.
        """
        words = self._words(unit, case)
        if case.asking is not None:
            self._show_answered(unit, case, Field(case.asking), content)
            return
        last = case_content(unit, case) or {}
        self._change_direct(
            unit, case, "summary", show.summary(last, case.id, words, became=became)
        )
        self._change_direct(unit, case, "stopped", show.stopped(case.id, words, live=False))

    def _show_answered(
        self, unit: Unit, case: Case, field: Field, content: Mapping[str, str]
    ) -> None:
        """Show a question that was asked with its answer, without buttons."""
        words = self._words(unit, case)
        self._change_direct(unit, case, field, show.answered(field, content, words))
        if field is Field.UNRECOGNISABLE:
            unready = show.unready(content, case.id, words, live=False)
            self._change_direct(unit, case, "unready", unready)

    def _show_where(self, unit: Unit, case: Case) -> None:
        group = unit.db.get(Group, case.group_id)
        assert group is not None
        show_where(unit, case, group, self.transactions.now())

    def _send_direct(
        self, unit: Unit, case: Case, payload: Payload, *, key: str | None = None
    ) -> None:
        now = self.transactions.now()
        send_direct(unit, case.workspace, case.bringer, payload, now, vault=case.vault_id, key=key)

    def _change_direct(self, unit: Unit, case: Case, what: str, payload: Payload) -> None:
        now, key = self.transactions.now(), _key(case, what)
        change_direct(
            unit, case.workspace, case.bringer, payload, now, key=key, vault=case.vault_id
        )


_NO_DRAFT = {
    CaseStatus.QUEUED: "draft_queued",
    CaseStatus.LIVE: "draft_live",
    CaseStatus.DONE: "draft_live",
}
"""Why a case is no draft any more, as a key of a refusal."""


def _key(case: Case, what: str) -> str:
    """Return the key of a direct message about a case: the field that it asks for, or its name."""
    return f"intake:{case.id}:{what}"


def _marks(content: Mapping[str, str], language: str) -> tuple[str, ...]:
    """Return by what somebody may be recognised in the texts of a case."""
    texts = (text for field, text in content.items() if field not in intake.CHOICES)
    return recogniser(language).marks("\n".join(texts))


FEW_WORDS = 8
"""Up to how many words a typed answer may choose something by a word in it."""


def _chosen(field: Field, text: str) -> str | None:
    """Return the value of the choice that a typed answer means, or None.

    A choice is named by its value, by its label in any language, or by what stands before a
    comma in the label ("ja"). A short answer may also hold words for one choice alone.
    """
    typed = bare(text)
    if field not in intake.CHOICES or not typed:
        return None
    for value in intake.CHOICES[field]:
        for language in LANGUAGES:
            label = words_in(language)(f"choice.{field}.{value}")
            if typed in (value, bare(label), bare(label.partition(",")[0])):
                return value
    if len(typed.split()) > FEW_WORDS:
        return None
    return intake.meant(typed, choice_words(field))

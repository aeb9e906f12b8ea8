"""Carrying effects out: each becomes rows, in the transaction of its decision.

No call to Slack happens here; what has to be said lies in the outbox when the
transaction commits.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import assert_never
from uuid import uuid4

from sqlalchemy import select

from bot.blocks.elements import Payload
from bot.blocks.session import crib, private, thread
from bot.blocks.session.board import board
from bot.blocks.session.thread import CaseText, Said
from bot.flows.method import Method, Present, Step, Write
from bot.flows.session import effects as e
from bot.flows.session.state import Session, id_of
from bot.flows.types import CaseStatus, ContributionKind, ContributionState, Ending, Phase, Picture
from bot.i18n import Words, language_of, words
from bot.outbox.files import Pictures
from bot.outbox.messages import direct
from bot.repositories import agreements, coaching, toolkit
from bot.repositories.cases import GROUP_KIND, case_content
from bot.repositories.methods import methods_for
from bot.repositories.people import words_for
from bot.repositories.sessions import board_key
from bot.store.subjects import Subject
from bot.store.tables import Case, Contribution, Group, Rating, Reflection, SendMethod, SessionRow
from bot.store.unit import Outgoing, Unit

FULL = ("situation", "action", "question")
"""What a step tells of a case that tells it whole; its title goes with it."""


class EffectHandler:
    """Carries out what follows from one decision about one session."""

    def __init__(
        self,
        unit: Unit,
        row: SessionRow,
        session: Session,
        method: Method,
        now: datetime,
        methods: Mapping[str, Method],
    ) -> None:
        self.unit = unit
        self.row = row
        self.session = session
        self.method = method
        self.methods = methods
        self.now = now
        group = unit.db.get(Group, row.group_id)
        case = unit.db.get(Case, row.case_id)
        assert group is not None
        assert case is not None
        self.group, self.case = group, case
        self.words = words(language_of(row.language))

    def handle(self, effects: Iterable[e.Effect]) -> None:
        """Turn the effects into rows, in order; the board once, at the end, as it then is."""
        changed = False
        for effect in effects:
            if isinstance(effect, e.Board):
                changed = True
            else:
                self._handle_one(effect)
        if changed:
            self._post(
                self.board(), method=SendMethod.UPDATE, key=board_key(self.row.id), coalesce=True
            )
            self._follow_crib()

    def board(self) -> Payload:
        """Give the board as it stands now."""
        content = case_content(self.unit, self.case)
        title = content.get("title") if content else None
        methods = self.methods
        if self.session.phase is Phase.LOBBY:  # where there is a choice
            methods = methods_for(self.unit, self.group.id, methods)
        return board(self.session, self.method, title, self.words, self.now, methods)

    def _handle_one(self, effect: e.Effect) -> None:
        match effect:
            case e.Keep():
                self._keep(effect)
            case e.Reword(by=by, ref=ref, text=text):
                for said in self._at(by, ref):
                    self._changed(said, text)
                    said.content = self._seal(text)
            case e.Erase(by=by, ref=ref):
                for said in self._at(by, ref):
                    self._changed(said, None)
                    said.content, said.picture, said.state = None, None, ContributionState.WITHDRAWN
            case e.KeepRating():
                self._keep_rating(effect)
            case e.KeepReflection():
                self._keep_reflection(effect)
            case e.ShareReflection(by=by, takeaway=takeaway):
                self._say(thread.shared_reflection(by, takeaway, self.words))
            case e.MarkPicked(steps=steps, picked=picked):
                for said in self._said():
                    if said.step in steps:
                        said.picked = said.id in picked
            case e.Say():
                self._say(thread.line(effect, self.session, self.method, self.words))
            case e.Whisper(to=to, key=key):
                self._whisper(to, thread.whisper(key, self.session, self._words_of(to)))
            case e.Open():
                self._open(effect)
            case e.Reveal():
                self._reveal(effect)
            case e.OfferSort(step=step):
                to, count = self.session.presenter, len(self._said(step=step))
                if count:
                    self._direct(to, private.sort_offer(self.row.id, count, self._words_of(to)))
            case e.OfferTray():
                to = self.session.presenter
                offer = private.tray_offer(self.row.id, self.session.laid, self._words_of(to))
                self._direct(to, offer)
            case e.OfferTools(step=step):
                self._tools(step)
            case e.Crib(to=to, over=True):
                self._sheet(to, crib.over(self.session, self._words_of(to)), SendMethod.UPDATE)
            case e.Crib(to=to):
                self._sheet(to, self._crib(to), SendMethod.POST)
            case e.OfferAgreements():
                self._say(agreements.session_card(self.unit, self.group, self.row, self.now))
            case e.SendHarvest(to=to, seat=seat):
                self._harvest(to, seat)
            case e.Board():
                pass
            case e.SetTimer(name=name, due=due):
                self.unit.set_timer(self.row.workspace, Subject.SESSION.key(self.row.id), name, due)
            case e.CancelTimer(name=name):
                self.unit.cancel_timer(self.row.workspace, Subject.SESSION.key(self.row.id), name)
            case e.Ended(how=how, requeue=requeue):
                self._ended(how, requeue=requeue)
            case _:
                assert_never(effect)

    # what is kept

    def _seal(self, text: str) -> bytes:
        assert self.row.vault_id is not None
        return self.unit.seal(self.row.vault_id, text)

    def _opened(self, said: Contribution) -> str | None:
        if said.content is None or self.row.vault_id is None:
            return None
        return self.unit.open(self.row.vault_id, said.content)

    def _picture(self, said: Contribution) -> Picture | None:
        if said.picture is None or self.row.vault_id is None:
            return None
        opened = self.unit.open(self.row.vault_id, said.picture)
        return Picture(opened) if opened else None

    def _keep(self, kept: e.Keep) -> None:
        self.unit.insert(
            Contribution,
            {
                "id": kept.id,
                "workspace": self.row.workspace,
                "session_id": self.row.id,
                "author": kept.author,
                "kind": kept.kind,
                "step": kept.step,
                "round": kept.round,
                "ref": kept.ref,
                "answers": kept.answers,
                "content": self._seal(kept.text),
                "picture": self._seal(kept.picture) if kept.picture else None,
                "state": ContributionState.SEALED if kept.hidden else ContributionState.KEPT,
                "picked": False,
                "created_at": self.now,
            },
        )
        if kept.ref is None and not kept.hidden:  # by the form: the thread has not seen it yet
            self._say(thread.said(Said(kept.author, kept.text), kept.kind, self.words))
        self._coach(kept)

    def _coach(self, kept: e.Keep) -> None:
        words = self._words_of(kept.author)
        step = self._step(kept.step)
        spoken = coaching.count_question(
            self.unit, self.group, self.row.id, step, kept, words.language
        )
        if spoken is not None:
            self._whisper(kept.author, thread.coached(spoken.hint, spoken.openers[0], words))

    def _changed(self, said: Contribution, text: str | None) -> None:
        before, step = self._opened(said), self._step(said.step)
        if coaching.count_change(self.unit, self.group, step, said, before, text):
            thanks = thread.whisper("opened", self.session, self._words_of(said.author))
            self._whisper(said.author, thanks)

    def _step(self, key: str) -> Step:
        return self.method.step(id_of(key))

    def _keep_rating(self, kept: e.KeepRating) -> None:
        if self.unit.db.get(Reflection, (self.row.id, kept.by)) is not None:
            return  # theirs is among the others already, and nobody can tell which
        self.unit.db.add(
            Rating(
                id=uuid4().hex,
                workspace=self.row.workspace,
                group_id=self.group.id,
                session_id=self.row.id,
                day=self.now.date(),
                useful=kept.useful,
                safe=kept.safe,
                guidance=kept.guidance,
                rhythm=kept.rhythm,
            )
        )

    def _keep_reflection(self, kept: e.KeepReflection) -> None:
        content = json.dumps({"takeaway": kept.takeaway, "asking": kept.asking})
        self.unit.db.merge(
            Reflection(
                session_id=self.row.id,
                user=kept.by,
                workspace=self.row.workspace,
                useful=kept.useful,
                safe=kept.safe,
                content=self._seal(content),
                created_at=self.now,
            )
        )

    def _at(self, by: str, ref: str) -> Iterable[Contribution]:
        return self.unit.db.scalars(
            select(Contribution).where(
                Contribution.workspace == self.row.workspace,
                Contribution.session_id == self.row.id,
                Contribution.ref == ref,
                Contribution.author == by,
            )
        )

    def _said(self, *, step: str | None = None) -> list[Contribution]:
        query = select(Contribution).where(
            Contribution.session_id == self.row.id, Contribution.content.is_not(None)
        )
        if step is not None:
            query = query.where(Contribution.step == step)
        return list(self.unit.db.scalars(query.order_by(Contribution.created_at, Contribution.id)))

    def _ended(self, how: Ending, *, requeue: bool) -> None:
        self.row.ended_at = self.now
        if how is Ending.FINISHED:
            self.unit.set_timer(
                self.row.workspace, Subject.GROWTH.key(self.row.id), "ended", self.now
            )
        if self.row.meeting_id is not None:
            self.unit.set_timer(
                self.row.workspace,
                Subject.MEETING.key(self.row.meeting_id),
                "session_over",
                self.now,
            )
        if self.case.kind == GROUP_KIND:
            self.case.status = CaseStatus.DONE
        elif requeue and how is not Ending.BRINGER_LEFT:
            self.case.status = CaseStatus.QUEUED
        elif requeue:
            self.case.status = CaseStatus.DRAFT
        else:
            self.case.status = CaseStatus.DONE
            self._follow_up()

    def _follow_up(self) -> None:
        """Let the bringer be asked, some weeks on, how it went, while their words are there."""
        after = self.session.pace.follow_up
        if after is not None:
            due = self.now + after
            self.unit.set_timer(self.row.workspace, Subject.FOLLOW_UP.key(self.row.id), "ask", due)

    # what is said

    def _words_of(self, user: str) -> Words:
        return words_for(self.unit, self.row.workspace, user, self.group)

    def _post(
        self,
        payload: Payload,
        *,
        method: SendMethod = SendMethod.POST,
        key: str | None = None,
        thread: str | None = None,
        user: str | None = None,
        coalesce: bool = False,
    ) -> None:
        self.unit.send(
            Outgoing(
                workspace=self.row.workspace,
                conversation=self.group.channel,
                method=method,
                payload=payload,
                key=key,
                thread=thread,
                user=user,
                coalesce=coalesce,
                due=self.now,
            )
        )

    def _say(self, payload: Payload) -> None:
        self._post(payload, thread=board_key(self.row.id))

    def _whisper(self, user: str, payload: Payload) -> None:
        self._post(payload, method=SendMethod.EPHEMERAL, user=user, thread=board_key(self.row.id))

    def _direct(self, user: str, payload: Payload) -> None:
        direct(self.unit, self.row.workspace, user, payload, self.now)

    def _sheet(self, user: str, payload: Payload, method: SendMethod) -> None:
        """Send somebody their crib sheet, or bring it up to date."""
        self.unit.send(
            Outgoing(
                workspace=self.row.workspace,
                conversation=user,
                method=method,
                payload=payload,
                key=f"crib:{self.row.id}:{user}",
                coalesce=method is SendMethod.UPDATE,
                due=self.now,
            )
        )

    def _crib(self, user: str) -> Payload:
        return crib.crib(self.session, self.method, self._words_of(user), self.now)

    def _follow_crib(self) -> None:
        """Bring the sheet of whoever leads up to date; who has not come yet has none."""
        leads = self.session.facilitator
        if leads is not None and leads in self.session.participants:
            self._sheet(leads, self._crib(leads), SendMethod.UPDATE)

    def _open(self, opened: e.Open) -> None:
        case, step = None, self.method.steps[opened.step]
        if isinstance(step, Present) and self.session.presenter == self.case.bringer:
            content = case_content(self.unit, self.case) or {}
            told = ("title", *step.tells) if step.tells == FULL else step.tells
            case = CaseText(*(content.get(f, "") * (f in told) for f in CaseText._fields))
        self._say(thread.opening(opened, self.session, self.method, case, self.words))
        if isinstance(step, Write) and step.pictures:
            self._show(tuple(Picture))

    def _show(self, pictures: tuple[Picture, ...]) -> None:
        """Show these pictures in the thread, as one file."""
        sheet = Pictures(pictures, self.words.language)
        self._post(sheet.payload(), method=SendMethod.FILE, thread=board_key(self.row.id))

    def _reveal(self, reveal: e.Reveal) -> None:
        step = self._step(reveal.step)
        assert isinstance(step, Write)
        shown = []
        for said in self._said(step=reveal.step):
            text = self._opened(said)
            wanted = reveal.only is None or said.id in reveal.only
            if wanted and said.state is ContributionState.SEALED and text is not None:
                said.state = ContributionState.REVEALED
                who = said.author if reveal.names else None
                shown.append(Said(who, text, said.round, self._picture(said)))
        chosen = {each.picture: None for each in shown if each.picture is not None}
        if chosen:
            self._show(tuple(chosen))
        for payload in thread.reveal(step, shown, self.words, warm=reveal.only is not None):
            self._say(payload)

    def _tools(self, step: str) -> None:
        written: dict[str, list[Said]] = {}
        kind = ""
        for said in self._said(step=step):
            text = self._opened(said)
            if said.state is ContributionState.SEALED and text is not None:
                said.state, kind = ContributionState.REVEALED, said.kind
                note = Said(None, text, picture=self._picture(said))
                written.setdefault(said.author, []).append(note)
        for writer, own in written.items():
            if kind == ContributionKind.TOOL:
                toolkit.add_tools(
                    self.unit, self.group, writer, (each.text for each in own), self.now
                )
            self._direct(writer, private.own(kind, own, self._words_of(writer)))

    def _harvest(self, to: str, seat: int) -> None:
        gathered: dict[ContributionKind, list[Said]] = {}
        for said in self._said():
            kind, step = ContributionKind(said.kind), self._step(said.step)
            text = self._opened(said)
            theirs = not seat or said.step == f"{step.id}.{seat}"
            if kind is ContributionKind.OBSERVATION and said.author == to:
                continue  # what colleagues saw, and not what the bringer said to it
            if theirs and _harvested(step, said) and text is not None and kind in private.HARVESTED:
                named = getattr(step, "names", True)
                who, picture = said.author if named else None, self._picture(said)
                gathered.setdefault(kind, []).append(Said(who, text, picture=picture))
        content = case_content(self.unit, self.case)
        title = content["title"] if content else ""
        for payload in private.harvest(to, title, gathered, self._words_of(to)):
            self._direct(to, payload)


def _harvested(step: Step, said: Contribution) -> bool:
    """Tell whether something belongs to the harvest.

    Of a tray, and of what was sorted, what the bringer took or kept; of what people wrote
    for themselves, nothing.
    """
    match step:
        case Write(shows="oneself"):
            return False
        case Write(shows="tray" | "sort"):
            return said.picked
        case _:
            return True

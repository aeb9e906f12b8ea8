"""Turn the effects of a decision into rows, in the transaction in which it was made.

Nothing here calls Slack. Messages are put in the outbox, and the relay sends them once the
transaction has committed.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import assert_never

from sqlalchemy import select

from bot.blocks import hunches as show_hunch
from bot.blocks import ladder
from bot.blocks.elements import Payload, person
from bot.blocks.intake import recognisable
from bot.blocks.rooms import readers
from bot.blocks.session import crib, private, thread
from bot.blocks.session.board import board
from bot.blocks.session.thread import CaseText, QuotedText
from bot.coach.recognising import recogniser
from bot.errors import Refusal
from bot.flows.method import Method, PresentStep, RespondStep, Step, WriteStep
from bot.flows.session import effects as e
from bot.flows.session.state import Session, answers_in, step_at, step_of_key
from bot.flows.text import last_sentence
from bot.flows.types import (
    ADVISING,
    CaseStatus,
    ContributionKind,
    ContributionState,
    Ending,
    Mode,
    Phase,
    Picture,
)
from bot.i18n import Words, language_of, words
from bot.outbox.files import PictureFile
from bot.outbox.messages import send_direct
from bot.repositories import agreements, coaching, hunches, outbox, toolkit
from bot.repositories.cases import GROUP_KIND, case_content
from bot.repositories.guidance import add_rating
from bot.repositories.methods import methods_for
from bot.repositories.people import words_for
from bot.repositories.rooms import room_of
from bot.repositories.sessions import (
    KeptReflection,
    board_key,
    has_met,
    keep_reflection,
    reflection_of,
    turn_key,
)
from bot.services.sent_in import show_where
from bot.store.prompts import Prompt
from bot.store.subjects import Subject
from bot.store.tables import Case, Contribution, Group, SendMethod, SessionRow
from bot.store.unit import Outgoing, Unit

WHOLE_CASE = ("situation", "action", "question")
"""The fields shown by a step that shows the whole case. The title is shown with them."""


class EffectHandler:
    """Handles the effects of one decision on one session.

    `session` is the state after the decision, `method` the method that it goes through, and
    `methods` are the methods that every group can use, by id.
    """

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
        """Handle effects in order, and update the board at most once, after the others."""
        effects, board_changed = tuple(effects), False
        if any(isinstance(effect, e.Open | e.Ended) for effect in effects):
            self.unit.close_prompt(self.row.workspace, Prompt.STEP.of(self.row.id))
        for effect in effects:
            if isinstance(effect, e.Board):
                board_changed = True
            else:
                self._handle_one(effect)
        if board_changed:
            self.update_board()
            self._update_crib()

    def board(self) -> Payload:
        """Build the board of the session as it is now."""
        content = case_content(self.unit, self.case)
        title = content.get("title") if content else None
        methods = self.methods
        if self.session.phase is Phase.LOBBY:  # the board lets people choose a method
            methods = methods_for(self.unit, self.group.id, methods, self.row.language)
        return board(
            self.session,
            self.method,
            title,
            self.words,
            self.now,
            methods,
            forgotten=self.row.vault_id is None,
            readers=readers(room_of(self.group), len(self.session.participants), self.words),
            first=self.session.phase is Phase.LOBBY and not has_met(self.unit, self.group.id),
        )

    def update_board(self) -> None:
        """Show the session as it is now on its board."""
        self._post(
            self.board(), method=SendMethod.UPDATE, key=board_key(self.row.id), coalesce=True
        )

    def _handle_one(self, effect: e.Effect) -> None:
        match effect:
            case e.Keep():
                self._keep_contribution(effect)
            case e.Reword():
                self._reword(effect)
            case e.Erase(by=by, ref=ref):
                for contribution in self._contributions_at(by, ref):
                    self._recount_question(contribution, None)
                    self._unquote(contribution)
                    contribution.content, contribution.picture = None, None
                    contribution.state = ContributionState.WITHDRAWN
            case e.KeepRating():
                self._keep_rating(effect)
            case e.KeepReflection():
                self._keep_reflection(effect)
            case e.ShareReflection(by=by, takeaway=takeaway):
                self._post_in_thread(thread.shared_reflection(by, takeaway, self.words))
            case e.MarkPicked(steps=steps, picked=picked):
                for contribution in self._contributions():
                    if contribution.step in steps:
                        contribution.picked = contribution.id in picked
            case e.Say():
                last = self._last_sentence(effect.builds_on)
                line = thread.line(effect, self.session, self.method, self.words, builds_on=last)
                self._post_in_thread(line, begins=effect.begins)
            case e.Whisper(to=to, key=key):
                self._whisper(to, thread.whisper(key, self.session, self._words_of(to)))
            case e.Open():
                self._open_step(effect)
            case e.Reveal():
                self._reveal(effect)
            case e.Tally():
                tally = thread.tally(effect, self.session, self.method, self.words)
                self._post_in_thread(tally, prompt=Prompt.STEP.of(self.row.id, "tally"))
            case e.OfferSort(step=step):
                self._offer_sort(step)
            case e.OfferTray():
                self._offer_tray()
            case e.AskWhatOpened(to=to, step=step):
                self._ask_what_opened(to, step)
            case e.MarkOpened(by=by, contribution=id_):
                self._mark_opened(by, id_)
            case e.OfferDirections(to=to):
                how = private.how_to_go_on(self.session, self._words_of(to))
                self._send_direct(to, how, prompt=Prompt.STEP.of(self.row.id, "how"))
            case e.OfferTools(step=step):
                self._send_own_texts(step)
            case e.Crib(to=to, over=True):
                payload = crib.over(self.session, self._words_of(to))
                self._send_crib(to, payload, SendMethod.UPDATE)
            case e.Crib(to=to):
                self._send_crib(to, self._crib(to), SendMethod.POST)
            case e.Practise():
                self._tell_practice(effect)
            case e.OfferAgreements():
                card = agreements.session_card(self.unit, self.group, self.row, self.now)
                self._post_in_thread(card)
            case e.ReturnHunches():
                self._return_hunches()
            case e.SendHarvest(to=to, seat=seat):
                self._send_harvest(to, seat)
            case e.Board():
                pass  # `handle` updates the board once, after the other effects
            case e.SetTimer(name=name, due=due):
                self.unit.set_timer(self.row.workspace, Subject.SESSION.key(self.row.id), name, due)
            case e.CancelTimer(name=name):
                self.unit.cancel_timer(self.row.workspace, Subject.SESSION.key(self.row.id), name)
            case e.Ended(how=how, requeue=requeue):
                self._close(how, requeue=requeue)
            case _:
                assert_never(effect)

    # contributions, ratings and reflections

    def _keep_contribution(self, kept: e.Keep) -> None:
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
                "edited": kept.edited,
                "answers": kept.answers,
                "content": self._seal(kept.text),
                "picture": self._seal(kept.picture) if kept.picture else None,
                "state": ContributionState.SEALED if kept.hidden else ContributionState.KEPT,
                "picked": False,
                "created_at": self.now,
            },
        )
        sent_by_form = kept.ref is None  # a reply is in the thread already
        if sent_by_form and not kept.hidden:
            said = QuotedText(kept.author, kept.text)
            self._post_in_thread(thread.said(said, kept.kind, self.words))
        self._coach(kept)
        if kept.author == self.session.presenter and self.method.kinds:
            self._notice_people(kept)

    def _reword(self, change: e.Reword) -> None:
        """Replace the words of a message, unless a later edit or a deletion came before."""
        for contribution in self._contributions_at(change.by, change.ref):
            # Slack may count in whole seconds: of edits in the same second the last to come counts.
            newer = float(contribution.edited or 0) > float(change.edited)
            if newer or contribution.state is ContributionState.WITHDRAWN:
                continue
            self._recount_question(contribution, change.text)
            self._unquote(contribution)
            contribution.content = self._seal(change.text)
            contribution.edited = change.edited

    def _notice_people(self, kept: e.Keep) -> None:
        """Whisper to who tells a case, once, that somebody may be recognised in it."""
        words = self._words_of(kept.author)
        read = recogniser(words.language).marks
        marks = read(kept.text)
        if not marks:
            return
        earlier = (each for each in self._contributions() if each.author == kept.author)
        texts = (self._text_of(each) for each in earlier if each.id != kept.id)
        if not any(read(text) for text in texts if text):
            self._whisper(kept.author, recognisable(marks, words))

    def _coach(self, kept: e.Keep) -> None:
        """Count a question for its writer, and whisper the coach's hint if there is one."""
        words = self._words_of(kept.author)
        step = self._step(kept.step)
        spoken = coaching.count_question(
            self.unit, self.group, self.row.id, step, kept, words.language
        )
        if spoken is not None:
            self._whisper(kept.author, thread.coached(spoken.hint, spoken.openers[0], words))

    def _recount_question(self, contribution: Contribution, text: str | None) -> None:
        """Count a contribution anew before its text changes to `text`; None withdraws it.

        Thanks the writer when a question that the coach hinted about became an open one.
        """
        before, step = self._text_of(contribution), self._step(contribution.step)
        if coaching.count_change(self.unit, self.group, step, contribution, before, text):
            thanks = thread.whisper("opened", self.session, self._words_of(contribution.author))
            self._whisper(contribution.author, thanks)

    def _keep_rating(self, kept: e.KeepRating) -> None:
        """Store numbers and wishes without a name, and that their writer gave some."""
        given = kept.model_dump(exclude={"by"})
        if not any(given.values()):
            return
        before = reflection_of(self.unit, self.row, kept.by) or KeptReflection()
        if before.rated:
            raise Refusal("rated_already")  # a rating bears no name, so none can be replaced
        keep_reflection(self.unit, self.row, kept.by, before._replace(rated=True), self.now)
        add_rating(self.unit, self.row, self.now, given)

    def _keep_reflection(self, kept: e.KeepReflection) -> None:
        """Store a reflection; an empty form alone is none."""
        before = reflection_of(self.unit, self.row, kept.by)
        given = kept.model_dump(exclude={"by"})
        if before is not None or any(given.values()):
            after = (before or KeptReflection())._replace(**given)
            keep_reflection(self.unit, self.row, kept.by, after, self.now)

    def _contributions_at(self, by: str, ref: str) -> Iterable[Contribution]:
        """List what a person wrote in the message at `ref` in the thread."""
        return self.unit.db.scalars(
            select(Contribution).where(
                Contribution.workspace == self.row.workspace,
                Contribution.session_id == self.row.id,
                Contribution.ref == ref,
                Contribution.author == by,
            )
        )

    def _contributions(self, *, step: str | None = None) -> Sequence[Contribution]:
        """List the contributions that still have a text, oldest first; of one step, if given."""
        query = select(Contribution).where(
            Contribution.session_id == self.row.id, Contribution.content.is_not(None)
        )
        if step is not None:
            query = query.where(Contribution.step == step)
        return self.unit.db.scalars(query.order_by(Contribution.created_at, Contribution.id)).all()

    def _step(self, key: str) -> Step:
        return step_of_key(self.session, self.method, key)

    def _seal(self, text: str) -> bytes:
        assert self.row.vault_id is not None
        return self.unit.seal(self.row.vault_id, text)

    def _open(self, sealed: bytes | None) -> str | None:
        """Return a sealed text; None when there is none, or it is forgotten."""
        if sealed is None or self.row.vault_id is None:
            return None
        return self.unit.open(self.row.vault_id, sealed)

    def _text_of(self, contribution: Contribution) -> str | None:
        return self._open(contribution.content)

    def _picture_of(self, contribution: Contribution) -> Picture | None:
        picture = self._open(contribution.picture)
        return Picture(picture) if picture else None

    # the end of a session

    def _close(self, how: Ending, *, requeue: bool) -> None:
        """Record the end of the session, and set the timers for what comes after it."""
        self.row.ended_at = self.now
        if how is Ending.FINISHED:
            self.unit.set_timer(
                self.row.workspace, Subject.GROWTH.key(self.row.id), "ended", self.now
            )
            self.unit.set_timer(
                self.row.workspace, Subject.LADDER.key(self.row.id), "ended", self.now
            )
        if self.case.kind == GROUP_KIND:
            self.case.status = CaseStatus.DONE
        elif requeue and how is not Ending.BRINGER_LEFT:
            self.case.status = CaseStatus.QUEUED
        elif requeue:
            self.case.status = CaseStatus.DRAFT
        else:
            self.case.status = CaseStatus.DONE
            self._schedule_follow_up()
        show_where(self.unit, self.case, self.group, self.now)

    def _schedule_follow_up(self) -> None:
        """Set the timer that asks the bringer how the next step went."""
        delay = self.session.pace.follow_up
        if delay is not None:
            due = self.now + delay
            self.unit.set_timer(self.row.workspace, Subject.FOLLOW_UP.key(self.row.id), "ask", due)

    # messages

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
        prompt: str | None = None,
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
                vault=self.row.vault_id,
                prompt=prompt,
            )
        )

    def _post_in_thread(
        self, payload: Payload, *, begins: int | None = None, prompt: str | None = None
    ) -> None:
        """Post in the thread; with `begins`, its time tells when that turn began."""
        key = None if begins is None else turn_key(self.row.id, begins)
        self._post(payload, thread=board_key(self.row.id), key=key, prompt=prompt)

    def _whisper(self, user: str, payload: Payload) -> None:
        self._post(payload, method=SendMethod.EPHEMERAL, user=user, thread=board_key(self.row.id))

    def _send_direct(self, user: str, payload: Payload, *, prompt: str | None = None) -> None:
        workspace, vault = self.row.workspace, self.row.vault_id
        send_direct(self.unit, workspace, user, payload, self.now, vault=vault, prompt=prompt)

    def _send_crib(self, user: str, payload: Payload, method: SendMethod) -> None:
        """Send a facilitator the crib sheet, or update the one sent before."""
        self.unit.send(
            Outgoing(
                workspace=self.row.workspace,
                conversation=user,
                method=method,
                payload=payload,
                key=f"crib:{self.row.id}:{user}",
                coalesce=method is SendMethod.UPDATE,
                due=self.now,
                vault=self.row.vault_id,
            )
        )

    def _crib(self, user: str) -> Payload:
        return crib.crib(self.session, self.method, self._words_of(user), self.now)

    def _tell_practice(self, practice: e.Practise) -> None:
        """Say to somebody what they practise in this session, with what their steps ask."""
        words, bringer = self._words_of(practice.to), person(self.session.bringer)
        if practice.waits:
            self._send_direct(practice.to, ladder.line("waits", words))
            return
        own = [step for step in self.method.steps if step.id in practice.steps]
        asked = [
            (step.title[words.language], step.asks(words.language).replace("{bringer}", bringer))
            for step in own
        ]
        self._send_direct(practice.to, ladder.task(practice.rung, asked, words))

    def _update_crib(self) -> None:
        """Update the facilitator's crib sheet; who has not joined yet has none."""
        facilitator = self.session.facilitator
        if facilitator is not None and facilitator in self.session.participants:
            self._send_crib(facilitator, self._crib(facilitator), SendMethod.UPDATE)

    def _open_step(self, opened: e.Open) -> None:
        """Post the opening of a step, with the fields of the case that the step shows."""
        case, step = None, step_at(self.session, self.method, opened.step)
        if isinstance(step, PresentStep) and self.session.presenter == self.case.bringer:
            content = case_content(self.unit, self.case) or {}
            shown = ("title", *step.tells) if step.tells == WHOLE_CASE else step.tells
            told = {field: content.get(field, "") for field in CaseText._fields if field in shown}
            aim = content.get("aim") if "situation" in step.tells else None
            case = CaseText(**told, aim=self.words(f"choice.aim.{aim}") if aim else "")
        opening = thread.opening(opened, self.session, self.method, case, self.words)
        self._post_in_thread(
            opening, begins=opened.begins, prompt=Prompt.STEP.of(self.row.id, "opening")
        )
        if isinstance(step, WriteStep) and step.pictures:
            self._post_pictures(tuple(Picture))

    def _post_pictures(self, pictures: tuple[Picture, ...]) -> None:
        """Post these pictures in the thread, as one file."""
        sheet = PictureFile(pictures, self.words.language)
        self._post(sheet.payload(), method=SendMethod.FILE, thread=board_key(self.row.id))

    def _reveal(self, reveal: e.Reveal) -> None:
        """Post the sealed contributions of a step in the thread: all, or `reveal.only` these."""
        step = self._step(reveal.step)
        assert isinstance(step, WriteStep | PresentStep | RespondStep)
        shown = []
        for contribution in self._contributions(step=reveal.step):
            if reveal.only is not None and contribution.id not in reveal.only:
                continue
            text = self._text_of(contribution)
            if contribution.state is ContributionState.SEALED and text is not None:
                contribution.state = ContributionState.REVEALED
                author = contribution.author if reveal.names else None
                picture = self._picture_of(contribution)
                shown.append(QuotedText(author, text, contribution.round, picture))
        pictures = dict.fromkeys(said.picture for said in shown if said.picture is not None)
        if pictures:
            self._post_pictures(tuple(pictures))
        if shown:
            some = reveal.only is not None
            self._post_in_thread(thread.reveal(step, shown, self.words, some=some))

    def _offer_sort(self, step: str) -> None:
        """Send the presenter a button to sort what was written in a step, if anything was."""
        presenter, count = self.session.presenter, len(self._contributions(step=step))
        if count:
            offer = private.sort_offer(self.row.id, count, self._words_of(presenter))
            self._send_direct(presenter, offer, prompt=Prompt.STEP.of(self.row.id, "offer"))

    def _offer_tray(self) -> None:
        """Send the presenter a button to look into the tray."""
        presenter = self.session.presenter
        offer = private.tray_offer(self.row.id, self.session.laid, self._words_of(presenter))
        self._send_direct(presenter, offer, prompt=Prompt.STEP.of(self.row.id, "offer"))

    def _asked_in(self, step: str) -> list[tuple[Contribution, str]]:
        """List what colleagues asked in a round (by key) that still has a text, with the text."""
        asker = answers_in(self.session, step)
        found = ((each, self._text_of(each)) for each in self._contributions(step=step))
        return [(each, text) for each, text in found if text and each.author != asker]

    def _ask_what_opened(self, to: str, step: str) -> None:
        """Ask who answered a round at which contribution something opened, if there was any."""
        asked = [(each.id, text) for each, text in self._asked_in(step)]
        if asked:
            question = private.what_opened(self.row.id, asked, self._words_of(to))
            self._send_direct(to, question, prompt=Prompt.OPENED.of(self.row.id, step))

    def _mark_opened(self, by: str, id_: str) -> None:
        """Mark where something opened, and tell who asked it; the group hears what kind it was."""
        said = self.unit.db.get(Contribution, id_)
        if said is None or said.session_id != self.row.id or said.kind is ContributionKind.ANSWER:
            raise Refusal("outdated")
        if answers_in(self.session, said.step) != by:
            raise Refusal("bringer_only")
        text = self._text_of(said)
        if text is None or said.author not in self.session.participants:
            raise Refusal("opened_gone")
        asked = self._asked_in(said.step)
        marked = [each.id for each, _ in asked if each.picked]
        if marked:
            if marked != [id_]:
                raise Refusal("opened_already")
            return
        said.picked = True
        self.unit.close_prompt(self.row.workspace, Prompt.OPENED.of(self.row.id, said.step))
        yours = private.yours_opened(by, text, self._words_of(said.author))
        self._send_direct(said.author, yours)
        everything = [(each.author, each_text) for each, each_text in asked]
        step = self._step(said.step)
        kind = coaching.kind_to_tell(self.unit, self.group, step, said.author, text, everything)
        if kind is not None:
            self._post_in_thread(thread.opened_at(kind, self.session, self.words))

    def _return_hunches(self) -> None:
        """Send those who are still there what they parked."""
        for user, texts in hunches.take_to_return(self.unit, self.row):
            if user in self.session.participants:
                back = show_hunch.given_back(self.row.id, texts, self._words_of(user))
                self._send_direct(user, back)

    def _last_sentence(self, answer: str | None) -> str:
        """Return the last sentence of an answer; empty where there is none."""
        said = self.unit.db.get(Contribution, answer) if answer is not None else None
        return last_sentence(self._text_of(said) or "") if said is not None else ""

    def _unquote(self, contribution: Contribution) -> None:
        """Take an answer that changes, or is withdrawn, out of the turn that it was shown with."""
        if contribution.kind is ContributionKind.ANSWER and self.row.vault_id is not None:
            sentence = last_sentence(self._text_of(contribution) or "")
            outbox.take_out(self.unit, {self.row.vault_id: [sentence]})

    def _send_own_texts(self, step: str) -> None:
        """Send each writer what they wrote for themselves in a step; keep tools in toolkits."""
        texts: dict[tuple[str, ContributionKind], list[QuotedText]] = {}
        for contribution in self._contributions(step=step):
            text = self._text_of(contribution)
            if contribution.state is ContributionState.SEALED and text is not None:
                contribution.state = ContributionState.REVEALED
                said = QuotedText(None, text, picture=self._picture_of(contribution))
                texts.setdefault((contribution.author, contribution.kind), []).append(said)
        for (writer, kind), own in texts.items():
            if kind is ContributionKind.TOOL:
                toolkit.add_tools(
                    self.unit, self.group, writer, (said.text for said in own), self.now
                )
            self._send_direct(writer, private.own(kind, own, self._words_of(writer)))

    def _send_harvest(self, to: str, seat: int) -> None:
        """Send a person the harvest of a session, or of the `seat` in which they presented."""
        harvest: dict[private.Heap, list[QuotedText]] = {}
        reader = self._words_of(to)
        for contribution in self._contributions():
            kind, step = contribution.kind, self._step(contribution.step)
            headed = (
                getattr(step, "harvest", None) if kind == getattr(step, "collects", "") else None
            )
            text = self._text_of(contribution)
            if text is None or not _in_harvest(step, contribution):
                continue
            if headed is None and kind not in private.HARVESTED:
                continue
            if seat and contribution.step != f"{step.id}.{seat}":
                continue
            if kind is ContributionKind.OBSERVATION and contribution.author == to:
                continue  # the harvest holds what colleagues observed, not the bringer's answer
            named = getattr(step, "names", True)
            author = contribution.author if named else None
            said = QuotedText(author, text, picture=self._picture_of(contribution))
            fields = getattr(step, "fields", ())
            if len(fields) > 1 and 0 < contribution.round <= len(fields):
                field = fields[contribution.round - 1]
                if thread.is_by_person(step):
                    headed = headed or step.title
                    said = said._replace(label=field[reader.language])
                headed = headed or field
            heading = headed[reader.language] if headed is not None else None
            if heading is None and kind in ADVISING and not _from_tray(step):
                heading = reader(f"harvest.{kind}_heard")  # all heard it, and nothing was taken
            harvest.setdefault(private.Heap(kind, heading), []).append(said)
        content = case_content(self.unit, self.case)
        title = content["title"] if content else ""
        if to != self.session.bringer:
            title = self.method.title[reader.language]  # of whoever sits after the bringer
        self._send_direct(
            to,
            private.harvest(to, title, harvest, reader, spoken=self.session.mode is Mode.LIVE),
        )


def _from_tray(step: Step) -> bool:
    return isinstance(step, WriteStep) and step.shows == "tray"


def _in_harvest(step: Step, contribution: Contribution) -> bool:
    """Check whether a contribution belongs in the harvest.

    Of a tray and of what was sorted, only what the bringer picked does. What people wrote for
    themselves never does.
    """
    match step:
        case WriteStep(shows="oneself"):
            return False
        case WriteStep(shows="tray" | "sort"):
            return contribution.picked
        case _:
            return True

"""In any order and with any delay, words count where they were written, or their writer hears."""

from datetime import datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.errors import Refusal
from bot.flows.method import RoundStep
from bot.flows.session import commands as c
from bot.flows.session import effects as e
from bot.flows.session.state import id_of, step_of
from bot.flows.session.turns import with_posts
from bot.flows.types import Phase
from tests.unit.flows.dialogue import Dialogue

MINUTE = timedelta(minutes=1)
DELAYS = (timedelta(), 3 * MINUTE, timedelta(hours=5), timedelta(days=1))
PEOPLE = ("ann", "bo", "cas")

event = st.one_of(
    st.tuples(st.just("writes"), st.sampled_from(PEOPLE), st.sampled_from(DELAYS)),
    st.tuples(st.just("asked writes"), st.none(), st.sampled_from(DELAYS)),
    st.tuples(
        st.sampled_from(["next", "time up", "form", "pause", "resume", "back"]),
        st.none(),
        st.just(timedelta()),
    ),
)


class Delivered:
    """A session whose messages come late, and what was asked of whom at each time in Slack."""

    def __init__(self, method: str) -> None:
        self.talk = Dialogue(method).begins()
        self.posts: dict[int, datetime] = {}
        self.asked = [(self.talk.now, self._asks())]

    def _asks(self):
        session = self.talk.session
        step, position = step_of(session, self.talk.method), session.position
        floor = position.queue[:1] if isinstance(step, RoundStep) else ()
        return step, position.seat, floor, position.question, session.phase, session.presenter

    def does(self, command, at):
        """Do a command; note when what it asks began: when it was given, or when it was posted."""
        before = self._asks()
        if at is not None:
            self.talk.session = with_posts(self.talk.session, self.posts)
        try:
            effects = self.talk.do(command, at=at, dated=at is not None)
        except Refusal:
            return None
        for effect in effects:
            if getattr(effect, "begins", None) is not None:
                self.posts[effect.begins] = self.talk.now
        if self._asks() != before:
            latest = max(at or self.talk.now, self.asked[-1][0])
            self.asked.append((latest, self._asks()))
        return effects

    def asked_at(self, written):
        return next((asks for since, asks in reversed(self.asked) if since <= written), None)

    def happens(self, what):
        """Let something happen that is no message, by a press, a form or the clock."""
        now = self.talk.now
        match what:
            case "time up":
                self.does(c.TimeUp(timer="turn", due=now), None)
            case "form":
                self.does(c.Next(by="cas"), None)
            case _:
                made = {"next": c.Next, "pause": c.Pause, "resume": c.Resume, "back": c.Back}
                self.does(made[what](by="bo"), now)

    def arrives(self, reply, written):
        """Deliver a message; check what becomes of it."""
        session = self.talk.session
        told = session.position.told
        asked = self.asked_at(written)
        effects = self.does(reply, written)
        kept = [each for each in effects if isinstance(each, e.Keep)]
        heard = [each for each in effects if isinstance(each, e.Whisper) and each.to == reply.by]
        silent = asked is None or asked[4] is Phase.CLOSED or reply.by in told
        assert kept or heard or silent, (reply, asked)
        for each in kept:
            step, _, floor, question, phase, presenter = asked
            assert id_of(each.step) == step.id
            assert phase is Phase.RUNNING
            if isinstance(step, RoundStep):
                answers = each.kind == "answer"
                assert reply.by == presenter if answers else floor == (reply.by,)
                assert not answers or question is not None


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(["basic", "positive", "troika"]), st.lists(event, min_size=3, max_size=40))
def test_words_count_where_they_were_written_or_say_so(method, events):
    session, coming = Delivered(method), []

    def deliver(until):
        for arrival in sorted(each for each in coming if each[0] <= until):
            coming.remove(arrival)
            session.talk.now = max(session.talk.now, arrival[0])
            session.arrives(arrival[3], arrival[2])

    for number, (what, who, delay) in enumerate(events):
        session.talk.now += 2 * MINUTE
        deliver(session.talk.now)
        session.talk.now += MINUTE
        if what in ("writes", "asked writes"):
            written = session.talk.now
            by = who or session.talk.floor or "ann"
            reply = session.talk.reply(by, f"m{number}")
            coming.append((written + delay, number, written, reply))
        else:
            session.happens(what)
    deliver(session.talk.now + timedelta(days=2))

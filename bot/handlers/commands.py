"""`/intervisie`: what people type in a channel."""

from collections.abc import Callable, Mapping

from slack_bolt import Ack, App

from bot.blocks import replies
from bot.blocks.elements import Payload
from bot.errors import Refusal
from bot.flows.session import commands as c
from bot.handlers import meetings, participation
from bot.handlers.request import Body, Desk, channel, let_in, sender, workspace
from bot.i18n import Words

WORDS: Mapping[str, str] = {
    "start": "start",
    "begin": "start",
    "first": "first",
    "eerste": "first",
    "kennismaken": "first",
    "evaluation": "evaluation",
    "evaluatie": "evaluation",
    "case": "case",
    "casus": "case",
    "queue": "queue",
    "wachtrij": "queue",
    "status": "status",
    "stand": "status",
    "pass": "pass",
    "pas": "pass",
    "next": "next",
    "verder": "next",
    "back": "back",
    "terug": "back",
    "pause": "pause",
    "pauze": "pause",
    "resume": "resume",
    "hervat": "resume",
    "stop": "stop",
    "help": "help",
    "hulp": "help",
    "settings": "settings",
    "instellingen": "settings",
    "group": "group",
    "groep": "group",
    "rota": "rota",
    "beurt": "rota",
    "beurten": "rota",
    "meeting": "meeting",
    "bijeenkomst": "meeting",
    "calendar": "calendar",
    "agenda": "calendar",
    "join": "join",
    "meedoen": "join",
    "away": "wishes",
    "afwezig": "wishes",
    "history": "history",
    "geschiedenis": "history",
    "agreements": "agreements",
    "afspraken": "agreements",
    "methods": "methods",
    "method": "methods",
    "methodes": "methods",
    "methode": "methods",
    "methoden": "methods",
    "werkvormen": "methods",
    "toolkit": "toolkit",
    "gereedschap": "toolkit",
    "coach": "coach",
    "stats": "stats",
    "deelname": "stats",
    "statement": "statement",
    "verklaring": "statement",
    "mydata": "mydata",
    "mijndata": "mydata",
    "forget": "forget",
    "vergeet": "forget",
}
"""What people may type, Dutch and English alike, and what it means."""

MOVES: Mapping[str, Callable[[str], c.Command]] = {
    "pass": lambda by: c.Pass(by=by),
    "next": lambda by: c.Next(by=by),
    "back": lambda by: c.Back(by=by),
    "pause": lambda by: c.Pause(by=by),
    "resume": lambda by: c.Resume(by=by),
    "stop": lambda by: c.Stop(by=by),
}
"""The words that are a command for the session one takes part in."""

SWITCHES: Mapping[str, bool] = {"on": True, "aan": True, "off": False, "uit": False}
"""What may follow `coach`."""

METHODS: Mapping[str, str] = {"first": "first-meeting", "evaluation": "evaluation"}
"""The words that begin a session about the group itself, with their method."""

ANYWHERE = frozenset(
    {
        "help",
        "case",
        "coach",
        "wishes",
        "history",
        "stats",
        "statement",
        "toolkit",
        "mydata",
        "forget",
    }
)
"""What also works outside a channel."""

IN_GROUP = frozenset(
    {"start", "first", "evaluation", "case", "queue", "status", "settings", "group", "founding"}
    | {"details", "rota", "agreements", "methods"}
    | {"meeting", "calendar", "join"}
)
"""What is about the group of a channel: the bot has to be there."""

ALL = ANYWHERE | IN_GROUP | MOVES.keys()
"""All that can be done, also by a button."""


def register(app: App, desk: Desk) -> None:
    """Register the slash command."""

    @app.command("/intervisie")
    def intervisie(ack: Ack, body: Body) -> None:
        known = desk.who(body)
        words = known.words
        try:
            let_in(body, known)
            payload = answer(desk, body, words)
        except Refusal as refusal:
            payload = replies.refused(refusal, words)
        places = [sender(body), channel(body) or ""]
        if desk.messenger.is_shut_out(workspace(body), places):
            payload = replies.shut_out(payload, words)
        ack(response_type="ephemeral", **payload)


def answer(desk: Desk, body: Body, words: Words) -> Payload:
    """Do what somebody typed and give the answer. Raises `Refusal`."""
    typed = str(body.get("text") or "").strip().casefold()
    first = typed.split()[0] if typed else "help"
    word = WORDS.get(first)
    if word is None:
        from rapidfuzz import process  # here, because few processes meet an unknown word

        near = process.extractOne(first[:40], list(WORDS), score_cutoff=60)
        return replies.help_(words, unknown=first, nearest=near[0] if near else None)
    if channel(body) is None and word not in ANYWHERE:
        raise Refusal("in_channel_only", word=first)
    return do(desk, word, body, words)


def do(desk: Desk, word: str, body: Body, words: Words) -> Payload:
    """Do one word of the slash command, typed or pressed. Raises `Refusal`."""
    team, user, place = workspace(body), sender(body), channel(body)
    if place is not None and word in IN_GROUP and not desk.people.is_bot_in(team, str(place)):
        raise Refusal("bot_not_here")
    delivery = str(body.get("trigger_id") or desk.new_id())
    match word:
        case "start" | "first" | "evaluation":
            if desk.known(body).guest:
                raise Refusal("guest")
            method = METHODS.get(word) or _named(body)
            waiting = desk.cases.start(
                team, user, channel=str(place), delivery=delivery, method=method
            )
            if waiting is None:
                answer = replies.answer(words("queue.started"))
            else:
                answer = replies.queue(waiting, words, choose=True)
            new = desk.founding.is_new_group(team, str(place))
            return replies.with_founding(answer, words) if new else answer
        case "case":
            found = desk.drafts.bring(team, user, channel=place, group=None, delivery=delivery)
            if found is None:
                return replies.answer(words("intake.opened"))
            return replies.groups(found, words)
        case "queue":
            return replies.queue(desk.cases.queue(team, str(place), user), words)
        case "status":
            return replies.status(*desk.cases.status(team, user, str(place)), words)
        case "settings":
            desk.show_form(body, desk.groups.form(team, str(place), user))
            return replies.answer(words("settings.opened"))
        case "coach":
            return _coach(desk, body, words)
        case "history":
            desk.show_form(body, desk.history.page(team, user, 0))
            return replies.answer(words("history.opened"))
        case "stats" | "statement":
            return participation.do(desk, word, body, words)
        case "agreements":
            return desk.agreements.card(team, str(place), user)
        case "methods":
            return desk.composing.card(team, str(place), user)
        case "toolkit":
            _, *sought = str(body.get("text") or "").split() or [""]
            return desk.toolkits.card(team, user, " ".join(sought), channel=place)
        case "mydata":
            desk.privacy.send_export(team, user, delivery=delivery)
            return replies.answer(words("data.sent"))
        case "forget":
            return replies.forget(words)
        case "help":
            return replies.help_(words)
        case "group" | "founding" | "details" | "rota" | "meeting" | "calendar" | "join" | "wishes":
            return meetings.do(desk, word, body, words)
        case _:
            return _move(desk, word, body, words)


def _named(body: Body) -> str | None:
    """Give the id of the method that follows `start`, if one does."""
    match str(body.get("text") or "").casefold().split():
        case [first, method, *_] if WORDS.get(first) == "start":
            return method
        case _:
            return None


def _coach(desk: Desk, body: Body, words: Words) -> Payload:
    team, user = workspace(body), sender(body)
    _, *rest = str(body.get("text") or "").casefold().split() or [""]
    on = SWITCHES.get(rest[0]) if rest else None
    if on is None:
        on = desk.asking.is_on(team, user)
    else:
        desk.asking.switch(team, user, on=on)
        desk.homes.refresh(team, user)
    return replies.coach(words, on=on)


def _move(desk: Desk, word: str, body: Body, words: Words) -> Payload:
    team, user, place = workspace(body), sender(body), channel(body)
    ended = word == "resume"
    sessions = desk.cases.sessions_of(team, user, channel=place, ended=ended)
    if not sessions:
        raise Refusal("no_session")
    if len(sessions) > 1:
        return replies.which(sessions, word, words)
    desk.sessions.run(team, sessions[0].session, MOVES[word](user), delivery=body.get("trigger_id"))
    return replies.answer(words("status.done"))

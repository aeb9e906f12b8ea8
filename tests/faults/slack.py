"""A bad Slack: slow, broken, or refusing. Each message still arrives once, and nothing hangs."""

import random
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

from bot.outbox.undeliverable import REPAIR_POLL_INTERVAL
from bot.store.tables import Outbound
from playground.reading import find
from playground.slack.api import Api, Fault
from playground.slack.records import Message
from playground.testing import JOOST
from tests.faults.actors import PEOPLE, Play
from tests.faults.audit import Outcome, audit, difference, outcome
from tests.faults.harness import INSTALLED, Ground, Rig, set_up_rig, wait_for

FAULTS = ("429", "500", "drop", "drop_after", "internal_error")
"""What passes by itself: refused for the moment, failed, broken off before and after."""

MALFORMED = "response"
ANSWERS: tuple[tuple[int, dict[str, str], str], ...] = (
    (429, {"Retry-After": "Wed, 21 Oct 2099 07:28:00 GMT"}, "{}"),
    (429, {"Retry-After": "inf"}, "{}"),
    (429, {}, ""),
    (200, {}, "[]"),
    (200, {}, ""),
    (200, {}, '{"ok": true'),
    (200, {}, "<html>Sorry</html>"),
    (403, {}, "<html>Sorry</html>"),
)
"""Answers that are not Slack's own, as proxies and outages give them."""

CALLS = (
    "chat.postMessage",
    "chat.update",
    "chat.postEphemeral",
    "views.open",
    "users.info",
    "conversations.open",
    "conversations.history",
    "conversations.replies",
)
"""The calls to which they happen."""

OFTEN = 0.25
"""How likely a fault is, for each call, before each act."""

BYSTANDER = JOOST
"""Somebody in the channel who is not in the session."""

SHUT_OUT = ("account_inactive", "token_revoked", "invalid_auth")
AWAY = ("channel_not_found", "not_in_channel", "is_archived")


def bad_slack(
    ground: Ground,
    *,
    expected: Outcome,
    people: Sequence[str] = PEOPLE,
    slow: int = 3,
    seconds: float = 10.0,
) -> Counter[str]:
    """Play one session with faults before most acts; returns how often each fault took place.

    `slow` answers take so many `seconds`. Each refusal that people can mend comes once, for a
    while. Raises `AssertionError` when anything is lost, comes twice, or nobody is told.
    """
    chance = random.Random(ground.seed)
    with set_up_rig(ground) as rig:
        rig.install(*INSTALLED[ground.database])
        refusals = list(chance.sample((*SHUT_OUT, *AWAY), len(SHUT_OUT + AWAY)))
        done: Counter[str] = Counter()
        api = _counted(rig.slack.api, done)

        def trouble(board: Message | None) -> None:
            for call in CALLS:
                if chance.random() < OFTEN:
                    api.fail(call, chance.choice(FAULTS), times=chance.randint(1, 3))
                if chance.random() < OFTEN:
                    _malform(api, call, chance)
            if board is None or find(board.blocks, "session:join"):
                return
            if done["slow"] < slow:
                api.fail("chat.update", "slow", seconds=seconds)
            if refusals:
                refused(rig, play, board, refusals[-1])
                done[refusals.pop()] += 1

        play = Play(rig, people)
        play.before_act = trouble
        play.whole()
        api.faults.clear()
        rig.settle()
        audit(rig)
        found = outcome(rig, play.channel)
        assert found == expected, difference(found, expected)
        return done


def _malform(api: Api, call: str, chance: random.Random) -> None:
    """Make the next call of a method be answered with something that is not Slack's."""
    status, headers, body = chance.choice(ANSWERS)
    handled = status == 200 and chance.random() < 0.5
    api.respond(call, status, body, headers=headers, handled=handled)


def _counted(api: Api, done: Counter[str]) -> Api:
    """Count the faults that take place."""
    inner = api.next_fault

    def noted(method: str) -> Fault | None:
        fault = inner(method)
        if fault is not None and fault.kind in (*FAULTS, MALFORMED, "slow"):
            done[fault.kind] += 1
        return fault

    api.next_fault = noted  # type: ignore[method-assign]
    return api


def refused(rig: Rig, play: Play, board: Message, error: str) -> None:
    """Make Slack refuse for a while; a person who can act is told, and elsewhere all goes on.

    Raises `AssertionError`.
    """
    rig.slack.api.faults.clear()
    rig.settle()
    if error in SHUT_OUT:
        _shut_out(rig, play, error)
    else:
        _away(rig, play, board, error)
    rig.pass_time(REPAIR_POLL_INTERVAL + timedelta(minutes=1))
    assert not _refused(rig, error), f"{error} is over, and something is left"


def _shut_out(rig: Rig, play: Play, error: str) -> None:
    slack, api = rig.slack.workspace, rig.slack.api
    api.fail("*", error, times=10**6)
    slack.slash(BYSTANDER, play.channel, "/intervisie", "mijndata")
    wait_for(lambda: _refused(rig, error), f"nothing was refused with {error}")
    reply = slack.slash(BYSTANDER, play.channel, "/intervisie", "stand")
    assert "Vraag je beheerder" in str(reply.body), f"{error}: nobody was told"
    api.faults.clear()


def _away(rig: Rig, play: Play, board: Message, error: str) -> None:
    slack = rig.slack.workspace
    place, bot = slack.channels[play.channel], slack.bot.id
    place.archived = error == "is_archived"
    place.kind = "private" if error == "channel_not_found" else "channel"
    if error != "is_archived":
        place.members.discard(bot)
    # Pressed in vain: the answer is for one person, in the channel.
    begin = find(board.blocks, "session:stop") or find(board.blocks, "session:more")
    assert begin is not None
    _, menu = begin
    session = str(menu["options"][0]["value"]).partition(":")[2]
    slack.press(play.people[1], "session:begin", value=session, message=board)
    wait_for(lambda: _refused(rig, error), f"nothing was refused with {error}")
    wait_for(lambda: _told(play), f"{error}: nobody was told")
    before = len(_direct(play, BYSTANDER))
    slack.slash(BYSTANDER, slack.open_dm(BYSTANDER).id, "/intervisie", "mijndata")
    wait_for(
        lambda: len(_direct(play, BYSTANDER)) > before, f"{error} holds up another conversation"
    )
    place.archived, place.kind = False, "channel"
    place.members.add(bot)


def _refused(rig: Rig, error: str) -> bool:
    """Check whether something waits because Slack refused it with this error."""
    return any(row.error == error and row.state != "sent" for row in rig.rows(Outbound))


def _told(play: Play) -> list[Message]:
    """Return what the bringer heard about a channel that takes nothing."""
    hints = ("/invite @Intervisie", "Haal het uit het archief")
    return [m for m in _direct(play, play.bringer) if any(h in str(m.blocks) for h in hints)]


def _direct(play: Play, who: str) -> list[Message]:
    return play.slack.messages(who, play.slack.open_dm(who).id)

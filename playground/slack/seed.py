"""The workspace that the playground starts with."""

from dataclasses import replace

from playground.slack.clock import WoundClock
from playground.slack.manifest import shipped_manifest
from playground.slack.workspace import TEAM, User, Workspace

BOT = User("U0BOT", "intervisie", "Intervisie", is_bot=True)

PEOPLE = [
    User("U0SANNE", "sanne", "Sanne de Wit", title="wijkverpleegkundige"),
    User("U0MEHMET", "mehmet", "Mehmet Kaya", title="consulent Wmo"),
    User("U0ESTHER", "esther", "Esther Visser", title="leerkracht groep 7"),
    User("U0JOOST", "joost", "Joost van Dijk", title="jeugdwerker"),
    User("U0FATIMA", "fatima", "Fatima el Amrani", title="teamleider"),
    User("U0GRACE", "grace", "Grace Okafor", locale="en-GB", title="software developer"),
    User("U0DANIEL", "daniel", "Daniel Reid", locale="en-GB", title="team coach"),
]


ELSEWHERE = "T0ELSEWHER"
"""Another organisation, with which a channel is shared."""

VISITORS = [
    User("U0YARA", "yara", "Yara Bos", title="stagiair", is_restricted=True),
    User("U0ILSE", "ilse", "Ilse Peeters", title="trajectbegeleider", team=ELSEWHERE),
]
"""A guest of the workspace, and somebody of the other organisation."""


def seeded(
    clock: WoundClock,
    *,
    team: str = TEAM,
    enterprise: str = "",
    number: int = 0,
    oauth: bool = False,
) -> Workspace:
    """Return a workspace with seven people, a guest and somebody of another organisation.

    The bot is in a private channel, in a public one, and in one that is shared; it is not in
    "koffie". `team` is the workspace's id; with `oauth`, the app is one that it can install. In
    an organisation (`enterprise`), each workspace has a `number`, by which its ids differ: the
    people of number 1 are U1SANNE and so on.
    """
    people = [
        replace(
            user,
            id=user.id.replace("U0", f"U{number}"),
            team=team if user.team == TEAM else user.team,
            enterprise=enterprise if user.team == TEAM else "",
        )
        for user in [*PEOPLE, *VISITORS]
    ]
    workspace = Workspace(
        clock,
        BOT,
        people,
        shipped_manifest(oauth=oauth),
        team=team,
        enterprise=enterprise,
        first_id=1 + 100_000 * number,
    )
    everyone = [user.id for user in people[: len(PEOPLE)]]
    workspace.create_channel("intervisie", [*everyone, BOT.id], private=True)
    workspace.create_channel("koffie", everyone)
    workspace.create_channel("plein", [*everyone, BOT.id])
    shared = workspace.create_channel(
        "samen", [*everyone[:3], *(user.id for user in people[len(PEOPLE) :]), BOT.id], private=True
    )
    shared.shared_with.add(ELSEWHERE)
    return workspace

"""The workspace that the playground starts with."""

from playground.slack.clock import WoundClock
from playground.slack.manifest import shipped_manifest
from playground.slack.workspace import User, Workspace

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


def seeded(clock: WoundClock) -> Workspace:
    """Return a workspace with seven people in two channels; the bot is in the first of these."""
    workspace = Workspace(clock, BOT, PEOPLE, shipped_manifest())
    everyone = [user.id for user in PEOPLE]
    workspace.create_channel("intervisie", [*everyone, BOT.id])
    workspace.create_channel("koffie", everyone)
    return workspace

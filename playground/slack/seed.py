"""A pleasant workspace to begin in."""

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
    """Give a workspace with seven people, two channels, and the bot in them."""
    workspace = Workspace(clock, BOT, PEOPLE, shipped_manifest())
    everyone = [user.id for user in PEOPLE]
    workspace.channel("intervisie", [*everyone, BOT.id])
    workspace.channel("koffie", everyone)
    return workspace

"""The test harness: the whole bot on an imitation of Slack, moved by a clock that you wind.

Everything runs in one process, over real signed HTTP on loopback, and nothing happens by
itself: `Stage.settle` lets the bot send what it has to send, `Stage.pass_time` winds the clock
and lets what has become due happen. `Team` and `Year` put words to what people do and see;
each of their methods ends with the bot at rest.

    from datetime import timedelta
    from playground.testing import ESTHER, MEHMET, SANNE, Team, staged

    with staged() as stage:  # a SQLite database of its own; or staged("postgresql://…")
        team = Team(stage)
        team.begins(MEHMET, [SANNE, ESTHER])  # brings a case, opens its session, all join
        team.writes(team.turn(), "Hello, I am here.")
        stage.pass_time(timedelta(days=2))
        assert "Mehmet" in team.board_says()
        print(team.whispered(SANNE), team.last_direct(MEHMET))

What is here:

- `staged`, `Stage`, `settings_for`: the bot, a workspace and a clock.
- `staged(oauth=True)`, `Stage.install`, `Stage.visit`: the bot for any workspace; `slack.add` and
  `slack.uninstall` bring another workspace in, and let it go. `Team(stage, workspace)` is a team
  there.
- `seeded`, `WoundClock`, `NEW_YEAR`: a workspace with seven people, at any time.
- `Team`: one channel with its people; `Year`: a group that lives through a year.
- `SANNE` … `GRACE`, `FOUR`: who they are, by Slack's ids.
- `deliver`, `envelope`, `message_event`: raw events, signed, for what no client would send.
- `find`, `elements`, `block`, `words`, `mentioned`: reading messages as a person does.
"""

from playground.reading import block, elements, find, mentioned, words
from playground.slack.clock import WoundClock
from playground.slack.seed import seeded
from playground.stage import NEW_YEAR, Stage, settings_for, staged
from playground.testing.payloads import deliver, envelope, message_event
from playground.testing.team import (
    ESTHER,
    FATIMA,
    GRACE,
    JOOST,
    MEHMET,
    SANNE,
    Team,
    filled_in,
    initial,
)
from playground.testing.year import AMSTERDAM, DAY, FOUR, Year, form_of, local

__all__ = [
    "AMSTERDAM",
    "DAY",
    "ESTHER",
    "FATIMA",
    "FOUR",
    "GRACE",
    "JOOST",
    "MEHMET",
    "NEW_YEAR",
    "SANNE",
    "Stage",
    "Team",
    "WoundClock",
    "Year",
    "block",
    "deliver",
    "elements",
    "envelope",
    "filled_in",
    "find",
    "form_of",
    "initial",
    "local",
    "mentioned",
    "message_event",
    "seeded",
    "settings_for",
    "staged",
    "words",
]

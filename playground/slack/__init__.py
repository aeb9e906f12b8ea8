"""An imitation of Slack: its Web API, its limits, its events. It knows nothing of the page.

`workspace` holds what people do, `bot_actions` what the bot does, `state` what both change.
`web_methods` and `api` serve the Web API, `validation` and `manifest` refuse what Slack
refuses, and `delivery` and `socket_mode` bring events to the bot. `server` runs it all.
"""

"""An imitation of Slack: its API, its rules, its events."""

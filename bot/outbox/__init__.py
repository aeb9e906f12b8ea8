"""Messages on their way to Slack: enqueueing, lanes, relay, files, failures."""

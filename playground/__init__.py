"""A Slack workspace of one's own: to try Intervisie in a browser, and to test it against."""

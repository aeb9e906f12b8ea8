"""Slack in. Surfaces route by what came; one module a noun handles it with the services it uses."""

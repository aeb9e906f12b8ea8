"""Repositories: read and write rows inside the caller's transaction."""

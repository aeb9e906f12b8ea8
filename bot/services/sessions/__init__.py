"""Services for sessions: run commands and carry out their effects."""

"""Block Kit of one session: board, thread, private messages, forms."""

"""Logs: lines for a person at a terminal, JSON for a machine; never what somebody wrote."""

import logging
import sys

import structlog


def set_up() -> None:
    """Set up logging for a process. Libraries log warnings and worse, and no request bodies."""
    renderer: structlog.typing.Processor
    if sys.stderr.isatty():
        renderer = structlog.dev.ConsoleRenderer()
    else:
        renderer = structlog.processors.JSONRenderer(ensure_ascii=False)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    for chatty in ("slack_bolt", "slack_sdk", "apscheduler"):
        logging.getLogger(chatty).setLevel(logging.ERROR)

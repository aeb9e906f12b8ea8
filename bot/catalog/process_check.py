"""Read the steps of a process check, which any session about a case can turn to."""

from functools import cache

from pydantic import TypeAdapter

from bot.catalog.yaml_reader import parsed
from bot.flows.method import Step
from bot.resources import config_dir


@cache
def process_check_steps() -> tuple[Step, ...]:
    """Return the steps of a process check, in the order of `bot.flows.session.process_check`."""
    data, _ = parsed((config_dir() / "process_check.yaml").read_text(encoding="utf-8"))
    return TypeAdapter(tuple[Step, ...]).validate_python(data)

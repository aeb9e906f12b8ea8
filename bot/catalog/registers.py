"""The registers whose rules come with the program, read from config/registers."""

from collections.abc import Mapping
from functools import cache

from bot.catalog.yaml_reader import read, yaml_files
from bot.flows.registers import Register
from bot.resources import config_dir


@cache
def shipped_registers() -> Mapping[str, Register]:
    """Return the registers by id, in order of name."""
    files = yaml_files(config_dir() / "registers")
    shipped = [Register.model_validate(read(file)) for file in files]
    return {each.id: each for each in sorted(shipped, key=lambda each: each.name.casefold())}

"""The place of the files that come with the program."""

import os
from pathlib import Path


def config_dir() -> Path:
    """Return the folder `config`: the one that INTERVISIE_CONFIG names, if it does.

    Else the one in the installed package, else the one beside it in the source tree. Ends the
    program where INTERVISIE_CONFIG names none: all other texts stand in that folder.
    """
    if named := os.environ.get("INTERVISIE_CONFIG"):
        if not (Path(named) / "locales").is_dir():
            raise SystemExit(
                f"INTERVISIE_CONFIG: {named} isn't the folder with the program's files. "
                "Leave the variable out, or name a copy of the folder config."
            )
        return Path(named)
    here = Path(__file__).parent
    installed = here / "config"
    return installed if installed.is_dir() else here.parent / "config"

"""The place of the files that come with the program."""

import os
from pathlib import Path


def config_dir() -> Path:
    """Return the folder `config`: the one that INTERVISIE_CONFIG names, if it does.

    Else the one in the installed package, else the one beside it in the source tree.
    """
    if named := os.environ.get("INTERVISIE_CONFIG"):
        return Path(named)
    here = Path(__file__).parent
    installed = here / "config"
    return installed if installed.is_dir() else here.parent / "config"

"""The place of the files that come with the program."""

from pathlib import Path


def config_dir() -> Path:
    """Return the folder `config`: in the installed package, else beside it in the source tree."""
    here = Path(__file__).parent
    installed = here / "config"
    return installed if installed.is_dir() else here.parent / "config"

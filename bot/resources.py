"""Where the files that come with the program are."""

from pathlib import Path


def config_dir() -> Path:
    """Give the folder `config`: inside the installed package, else beside it in the source tree."""
    here = Path(__file__).parent
    installed = here / "config"
    return installed if installed.is_dir() else here.parent / "config"

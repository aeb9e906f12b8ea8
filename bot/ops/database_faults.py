"""What is wrong with the database, as far as it says so itself."""

from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from bot.errors import Fault

SQLITE_FAULTS = {
    "SQLITE_CANTOPEN": "database_folder",
    "SQLITE_READONLY": "database_readonly",
    "SQLITE_FULL": "database_full",
    "SQLITE_CORRUPT": "database_damaged",
    "SQLITE_NOTADB": "database_damaged",
    "SQLITE_BUSY": "database_busy",
}
"""What SQLite's errors mean, by how their names begin: https://sqlite.org/rescode.html"""


def fault_of_database(error: SQLAlchemyError, file: Path | None) -> Fault:
    """Return what is wrong with the database; `file` is None for another one than SQLite."""
    if file is not None and file.is_dir():
        return Fault("database_is_folder", file=str(file))
    name = getattr(getattr(error, "orig", None), "sqlite_errorname", "")
    for start, key in SQLITE_FAULTS.items():
        if name.startswith(start) and file is not None:
            return Fault(key, file=str(file), folder=str(file.parent))
    return Fault("database_silent")

"""Names in the documents exist: paths, modules, classes with their methods, and links."""

import re
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from pkgutil import resolve_name

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(ROOT.glob("docs/**/*.md"))]
GENERATED = {"bench/results.json", "dist/"}
"""Paths that are named in the documents but not kept in the repository."""

SOURCES = [path.read_text(encoding="utf-8") for path in ROOT.glob("bot/**/*.py")]

documents = pytest.mark.parametrize(
    "document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT))
)


def in_backticks(document: Path, pattern: str) -> Iterator[str]:
    """Yield the first group of `pattern` for each text in backticks that matches it."""
    for text in re.findall(r"`([^`\n]+)`", document.read_text(encoding="utf-8")):
        if found := re.match(pattern, text):
            yield found[1]


@documents
def test_paths_exist(document):
    for path in in_backticks(document, r"([\w.*-]+(?:/[\w.*-]*)+)$"):
        bases = (ROOT, ROOT / "bot")
        assert path in GENERATED or any(any(base.glob(path.rstrip("/"))) for base in bases), path


@documents
def test_dotted_names_can_be_imported(document):
    for name in in_backticks(document, r"((?:bot|playground)(?:\.\w+)+)"):
        resolve_name(name)
    for module in in_backticks(document, r"python -m ((?:bench|tests|playground)[\w.]*)"):
        assert find_spec(module), module


@documents
def test_methods_exist_in_their_classes(document):
    for name in in_backticks(document, r"([A-Z]\w*[a-z]\.[a-z]\w+)(?:\(.*)?$"):
        owner, method = name.split(".")
        found = [source for source in SOURCES if re.search(rf"^class {owner}\b", source, re.M)]
        assert any(f"def {method}(" in source for source in found), name


@documents
def test_links_lead_to_files(document):
    text = document.read_text(encoding="utf-8")
    for target in re.findall(r"\]\((?!https?://|#)([^)#]+)", text):
        assert (document.parent / target).exists(), target

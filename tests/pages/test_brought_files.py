"""No page parses what somebody brings: it hands it to the child that does."""

import ast
from collections.abc import Iterator
from pathlib import Path

PAGES = Path(__file__).resolve().parents[2] / "pages"
READERS = {
    "load_files",
    "load_plan",
    "load_hub",
    "load_run",
    "fetch_again",
    "load_taxonomy",
    "load_spec",
    "from_file",
    "read_taxonomy",
    "parse_spec",
    "import_labels",
    "read_plan",
    "read_report",
    "read_file",
    "verify",
    "read_csv",
    "read_parquet",
    "read_json",
}
"""Functions that parse a file in the process that calls them."""
OWN = {
    "pages/ui/example.py": {"load_files"},  # the program's own simulation
    "pages/parts/stress_test/pairs_chosen.py": {"read_taxonomy"},  # of the library, parsed before
    "pages/parts/clauses/trying.py": {"read_plan"},  # of a trial, which the program just planned
    "pages/parts/clauses/repair.py": {"parse_spec"},  # of the library, with one clause as typed
}
"""What these read, nobody brought."""
UPLOADS = {
    "pages/parts/criteria/editing.py",
    "pages/parts/data/load.py",
    "pages/parts/data/specs.py",
    "pages/parts/data/taxonomies.py",
    "pages/parts/findings/toolbar.py",
}
"""Every place where a page takes a file. A new one has to hand it to a child, and is named here."""


def calls() -> Iterator[tuple[str, str]]:
    """(file, name of a function that it calls or passes on), over all pages."""
    for path in sorted(PAGES.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            name = node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
            yield path.relative_to(PAGES.parent).as_posix(), name


def test_no_page_reads_a_file_in_the_server() -> None:
    found = {(place, name) for place, name in calls() if name in READERS}
    assert {(p, n) for p, n in found if n not in OWN.get(p, set())} == set()


def test_every_upload_is_known_and_goes_to_a_child() -> None:
    found = set(calls())
    assert {place for place, name in found if name == "file_uploader"} == UPLOADS
    for place in UPLOADS:
        assert any(p == place and name.endswith("_in_child") for p, name in found)

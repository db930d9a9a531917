"""A home in which people have worked, and visits to all of its pages with every kind of link.

    python tests/visits.py HOME [full]     visits them all and prints what each said, as JSON;
                                           `full`: no file can take a byte more, as on a full disk

A process of its own is for homes that can't be written (another user, a full disk).
"""

import hashlib
import importlib
import json
import os
import resource
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
APP = str(ROOT / "app.py")
PAGES = sorted(p.stem for p in (ROOT / "pages").glob("*.py") if p.stem != "__init__")
# One page may be asked in several ways; "" is the bare address.
LINKS: dict[str, list[dict[str, str]]] = {
    "archetypes": [{"kinds": "3"}],
    "clauses": [{"clause": "room_for_fiction"}, {"clauses": "Two versions"}],
    "data": [{"section": s} for s in ("Load", "Taxonomies", "Specs")],
    "findings": [{"look": "report"}, {"look": "present", "slide": "1"}],
    "judges": [{"by": "clause"}],
    "map": [{"by": "nudge"}],
    "models": [{"model": "o3"}],
    "review": [{"by": "a-colleague@example.org", "share": "true"}],
    "scenarios": [
        {"scenario": "1_0_neutral", "by": "a-colleague@example.org"},
        {"near": "room_for_fiction", "d": "0-4", "q": "case"},
        {"picked": "0123456789ab"},
    ],
    "sql": [{"sql": "SELECT 1"}],
    "stress_test": [
        {"template": "re-judge"},
        {"template": "re-judge", "near": "room_for_fiction"},
        {"template": "full"},
        {"stress": "Runs"},
        {"run": "RUN"},
    ],
    "values": [{"category": "Care", "measure": "choice"}],
}


def links(run: str) -> list[tuple[str, dict[str, str]]]:
    """Every page with the bare address and with each of its links."""
    found = [(page, {}) for page in PAGES]
    for page, queries in LINKS.items():
        found += [(page, {k: v.replace("RUN", run) for k, v in q.items()}) for q in queries]
    return found


def digest(home: Path) -> dict[str, str]:
    """Every folder and file below, with the SHA-256 of each file; of the memory that readers of a
    SQLite file share (`-shm`), that it is there."""
    read = {p for p in home.rglob("*") if p.is_file() and not p.name.endswith("-shm")}
    return {
        str(p.relative_to(home)): hashlib.sha256(p.read_bytes()).hexdigest() if p in read else ""
        for p in sorted(home.rglob("*"))
    }


def opened(page: str, query: dict[str, str], study: str = "s") -> Any:
    """The page as its script shows it, for somebody unknown on a server without accounts."""
    from streamlit.testing.v1 import AppTest

    app = AppTest.from_file(APP, default_timeout=120)
    app.user = {}
    app.query_params["study"] = study
    for key, value in query.items():
        app.query_params[key] = value
    app.switch_page(f"pages/{page}.py").run()
    for box in ("near-preview", "spec", "history", "export-report", "run-log", "stress-prompts"):
        app.session_state[box] = True
    return app.run()


def told(app: Any) -> str:
    """All the words on the page."""
    parts = (app.text, app.markdown, app.caption, app.error, app.title, app.header)
    return " ".join(str(one.value) for part in parts for one in part)


def main() -> None:
    home = Path(sys.argv[1])
    os.environ["FAULTLINE_HOME"] = str(home)
    run = next((p.name for p in sorted((home / "runs").glob("*"))), "")
    if "full" in sys.argv[2:]:
        importlib.import_module("streamlit.testing.v1")  # makes its own folder, while it can
        sys.dont_write_bytecode = True
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    said = []
    for page, query in links(run):
        app = opened(page, query)
        said.append(
            {
                "page": page,
                "query": query,
                "words": told(app),
                "error": [e.value for e in app.exception],
            }
        )
    print(json.dumps(said))


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()

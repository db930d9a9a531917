"""Nothing is written by looking: pages read a home that can't be written, and leave the others as
they were."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
import visits
from batch_kit import until
from make_rows import judged, load, many, parquet

from analysis.load.taxonomy import load_taxonomy
from analysis.queries import cases
from analysis.settings import Settings
from analysis.store.annotations import annotations, pins, reports
from analysis.store.annotations.annotations import About, Kind
from analysis.store.annotations.reports import Finding
from analysis.store.study import open_study
from pipeline.plan.make import Wish, make_plan
from pipeline.providers.catalog import load as catalog
from pipeline.run import control as runs
from pipeline.run.status import status

WRONG = "Something went wrong here"
TREE = """cluster_id,description,name,level,parent_cluster_id
g,,Social,3,
c,,Care,2,g
k,,Kindness,1,c
v,,blue,0,k
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A study with judges, a taxonomy, labels, a pin, a report and a run that is done."""
    folder = tmp_path_factory.mktemp("lived")
    settings = Settings(home=folder / "home")
    rows = many(30, seed=8, gaps=0)
    said = [judged(r, "o3", {"one": "compliant", "two": "ambiguous"}) for r in rows]
    files = (parquet(folder / "a.parquet", rows), parquet(folder / "j.parquet", said))
    info = load(settings, *files, study="s", copy_texts=True)
    (folder / "tree.csv").write_text(TREE, encoding="utf-8")
    load_taxonomy(folder / "tree.csv", settings)
    study = open_study(settings, "s")
    row = cases.one(study, "1_0_neutral")
    study.close()
    about = About(row.query_key, "1_0_neutral")
    made = annotations.entry(Kind.NOTE, "worth a second look", about, "mia", info.content_hash)
    annotations.add(settings, [made])
    body = {"kind": pins.CASE, "study": "s", "content_hash": info.content_hash, "title": "x"}
    pins.pin(settings, body | {"scenario": "1_0_neutral"}, "mia")
    reports.create(settings, "First", [Finding("text", "t", "words")], "mia", "begun")
    wish = Wish(families=1, stages=("pairs", "generate"), seed=3)
    plan = make_plan(wish, settings, catalog(settings.home))
    run = runs.launch(plan, settings, catalog(settings.home))
    runs.detach(settings, run)
    until(lambda: status(settings, run)["state"] == "done", 120)
    return settings


def run_of(home):
    return next(p.name for p in home.runs.iterdir() if not p.name.startswith("."))


@pytest.mark.timeout(900)
def test_a_visit_with_any_link_writes_nothing(home, monkeypatch):
    monkeypatch.setenv("FAULTLINE_HOME", str(home.home))
    before = visits.digest(home.home)
    for page, query in visits.links(run_of(home)):
        app = visits.opened(page, query)
        assert not app.exception, (page, query)
        assert WRONG not in visits.told(app), (page, query)
        assert visits.digest(home.home) == before, (page, query)


def test_a_link_names_nobody(home, monkeypatch):
    """Whoever follows it is asked for a name of their own, and does not speak as a colleague."""
    monkeypatch.setenv("FAULTLINE_HOME", str(home.home))
    app = visits.opened("review", {"by": "a-colleague@example.org"})
    assert app.text_input(key="by-review").value == ""
    assert "Who are you?" in visits.told(app)


@pytest.fixture
def shut(home):
    """A copy of that home which another user may only read, away from pytest's own folders."""
    place = Path(tempfile.mkdtemp(prefix="faultline-"))
    copy = place / "home"
    shutil.copytree(home.home, copy)
    yield copy
    for path in [copy, *copy.rglob("*")]:
        path.chmod(0o755)
    shutil.rmtree(place)


def read_only(place):
    """Take the right to write away below, and give what must stand before a command so that it
    holds for root too."""
    for path in [place, *place.rglob("*")]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    if os.geteuid() != 0:
        return []
    dropped = "-dac_override,-dac_read_search,-fowner"
    first = ["setpriv", f"--bounding-set={dropped}", "--"]
    tried = f"open({str(place / 'x')!r}, 'w')"
    if shutil.which("setpriv") is None or not _fails([*first, sys.executable, "-c", tried]):
        pytest.skip("root can't be kept from writing here, so no read-only home was tried")
    return first


def _fails(command):
    return subprocess.run(command, capture_output=True, check=False).returncode != 0


def visited(home, *how, first=()):
    done = subprocess.run(
        [*first, sys.executable, str(visits.ROOT / "tests" / "visits.py"), str(home), *how],
        cwd=visits.ROOT,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


def wrong(said):
    return [
        (one["page"], one["query"], one["error"] or one["words"][:2000])
        for one in said
        if one["error"]
        or WRONG in one["words"]
        # A selection that is gone, and a clause that no query is near, are rightly refused.
        or ("That didn't work" in one["words"] and not {"picked", "near"} & set(one["query"]))
    ]


@pytest.mark.timeout(900)
def test_a_read_only_home_lets_every_page_read(shut):
    before = visits.digest(shut)
    said = visited(shut, first=read_only(shut))
    assert wrong(said) == []
    assert visits.digest(shut) == before
    words = {
        page: " ".join(one["words"] for one in said if one["page"] == page) for page in visits.PAGES
    }
    assert "A paragraph" in words["findings"]
    assert "mia: worth a second look" in words["scenarios"]


@pytest.mark.timeout(900)
def test_a_full_disk_lets_every_page_read(shut):
    before = visits.digest(shut)
    said = visited(shut, "full")
    assert wrong(said) == []
    # SQLite leaves the empty beginnings of the files that it found no room for.
    after = visits.digest(shut)
    left = [shut / name for name in after.keys() - before.keys()]
    assert {p.name.rpartition("-")[2] for p in left} <= {"wal", "shm"}
    assert [p for p in left if p.stat().st_size] == []
    assert {name: after[name] for name in before} == before


@pytest.mark.timeout(300)
def test_an_empty_home_that_cannot_be_written_is_a_sentence(tmp_path, monkeypatch):
    empty = Path(tempfile.mkdtemp(prefix="faultline-")) / "home"
    empty.mkdir()
    try:
        first = read_only(empty)
        code = (
            "import sys; sys.path[:0] = ['.', 'tests']; import visits; "
            "app = visits.opened('overview', {}); "
            "import json; print(json.dumps([visits.told(app), [e.value for e in app.exception]]))"
        )
        done = subprocess.run(
            [*first, sys.executable, "-c", code],
            cwd=visits.ROOT,
            capture_output=True,
            text=True,
            env={**os.environ, "FAULTLINE_HOME": str(empty), "PYTHONDONTWRITEBYTECODE": "1"},
            timeout=280,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        words, errors = json.loads(done.stdout.splitlines()[-1])
        assert errors == []
        assert "the example could not be built" in words
        assert "FAULTLINE_HOME" in words
        assert WRONG not in words
    finally:
        for path in (empty.parent, empty):
            path.chmod(0o755)
        shutil.rmtree(empty.parent)

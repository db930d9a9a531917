"""What people added, in a file that came to harm: answers or sentences, and a way back."""

import hashlib
import shutil
import sqlite3

import pytest
from damages import damage

from analysis.errors import FaultlineError
from analysis.settings import Settings
from analysis.store import selections
from analysis.store.annotations import annotation_db, annotations, pins, reports
from analysis.store.annotations.annotations import About, Kind, entry
from analysis.store.annotations.reports import Finding

ABOUT = About("k" * 16, "1_0_neutral", "o3", 0, "a" * 16)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    settings = Settings(home=tmp_path_factory.mktemp("people") / "home")
    for number in range(20):
        made = entry(Kind.NOTE, f"note {number} " * 20, ABOUT, "mia", "hash")
        annotations.add(settings, [made])
        pins.pin(settings, {"kind": "figure", "params": {"n": number}, "title": "t" * 50}, "mia")
    report = reports.create(settings, "Told", [Finding("text", text="b" * 200)] * 5, "mia", "made")
    for number in range(5):
        more = reports.added(reports.latest(settings, "told"), [Finding("text", text=str(number))])
        reports.save(settings, more, "mia")
    assert report.report == "told"
    with sqlite3.connect(annotation_db.path(settings)) as con:
        con.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    con.close()
    return settings


@pytest.fixture
def settings(whole, tmp_path):
    shutil.copytree(whole.home, tmp_path / "home")
    return Settings(home=tmp_path / "home")


@pytest.mark.parametrize("seed", range(70))
def test_a_damaged_file_gives_answers_or_sentences(settings, seed):
    how = damage(annotation_db.path(settings), seed)
    for read in (
        lambda: pins.pinned(settings),
        lambda: reports.names(settings),
        lambda: reports.latest(settings, "told"),
        lambda: reports.history(settings, "told"),
        lambda: annotations.everything(settings),
        lambda: annotations.history(settings, ABOUT),
        lambda: annotations.add(settings, [entry(Kind.NOTE, "x", ABOUT, "mia", "hash")]),
        lambda: annotations.undo(settings, "mia", "hash"),
        lambda: reports.undo(settings, "told", "mia"),
        lambda: reports.delete(settings, "told", "mia"),
    ):
        try:
            read()
        except FaultlineError as error:
            assert str(error), how


def test_of_a_damaged_report_the_version_before_comes_back(settings):
    before = reports.latest(settings, "told")
    with annotation_db.writing(settings) as con:
        con.execute(
            "INSERT INTO reports (uid, at, author, report, base, body, why) VALUES "
            "('broken', '2026', 'mia', 'told', ?, '{\"title', 'edited')",
            (before.version,),
        )
    assert reports.names(settings) == {"told": "told"}
    with pytest.raises(FaultlineError, match=r"“told”.*damaged.*Undo"):
        reports.latest(settings, "told")
    assert reports.history(settings, "told")[0].why == "damaged, can't be read"
    assert reports.undo(settings, "told", "mia").findings == before.findings
    assert reports.names(settings) == {"told": "Told"}


@pytest.mark.parametrize("seed", range(14))
def test_a_damaged_selection_is_never_another_selection(settings, seed):
    chosen = [f"{n}_0_neutral" for n in range(50)]
    key = selections.keep(settings, chosen)
    file = settings.home / "selections" / f"{key}.json"
    assert hashlib.sha256(file.read_bytes()).hexdigest().startswith(key)
    damage(file, seed)
    with pytest.raises(FaultlineError, match="Pick the scenarios again"):
        selections.find(settings, key)
    selections.keep(settings, chosen)
    assert selections.find(settings, key) == sorted(chosen)

"""A snapshot is the study in parquet, complete by itself, or nothing at all."""

import subprocess
import sys
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest
from make_rows import MODELS, judged, load, many, parquet, wide

from analysis.errors import FaultlineError
from analysis.load.files.files import load_files
from analysis.measure.label_classifier import SOURCE
from analysis.queries.snapshot import snapshot, snapshot_file
from analysis.settings import Settings
from analysis.store.schema import TABLES, columns
from analysis.store.study import open_study

STEPS = [{"position": p, "response": f"step {p}"} for p in range(7)]
ROWS = [r | {"value1_spectrum": STEPS, "value2_spectrum": STEPS} for r in many(6)]


def taken(settings: Settings, folder: Path) -> dict[str, list[dict]]:
    opened = open_study(settings, "planted")
    counts = snapshot(opened, folder, settings)
    opened.close()
    tables = {t: pq.read_table(folder / f"{t}.parquet").to_pylist() for t in counts}
    assert {t: len(rows) for t, rows in tables.items()} == counts
    return tables


def by_scenario(rows: list[dict]) -> list[tuple]:
    return sorted(tuple(str(v) for k, v in r.items()) for r in rows)


def test_every_table_under_the_public_scenario(settings: Settings, tmp_path: Path) -> None:
    load(settings, parquet(tmp_path / "a.parquet", ROWS))
    tables = taken(settings, tmp_path / "out")
    assert set(tables) >= set(TABLES) - {"text_links"} | {"clauses"}
    for table, rows in tables.items():
        if rows and table in TABLES and table not in ("scenarios", "clauses"):
            names = [n if n != "scenario_no" else "scenario" for n in columns(table)]
            assert list(rows[0]) == names


def test_one_file_that_plain_duckdb_opens_has_answers_and_everybodys_labels(
    settings: Settings, tmp_path: Path
) -> None:
    """The study links its answers and its labels lie beside it: neither is in the study's file."""
    rows = [r | {"response_type_o3": "full compliance", "topics": "biological"} for r in ROWS]
    load_files([parquet(tmp_path / "a.parquet", rows)], "planted", settings)
    opened = open_study(settings, "planted")
    written = snapshot_file(opened, tmp_path / "new" / "it.duckdb", settings)
    opened.close()
    settings.home.rename(tmp_path / "elsewhere")
    (tmp_path / "a.parquet").unlink()
    with duckdb.connect(str(tmp_path / "new" / "it.duckdb"), read_only=True) as con:
        tables = {t for (t,) in con.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
        labels = con.execute(
            "SELECT source, count(*) FROM response_types GROUP BY 1 ORDER BY 1"
        ).fetchall()
        topics = con.execute("SELECT DISTINCT topic, source FROM topics").fetchall()
        joined = con.execute(
            "SELECT count(*) FROM response_texts JOIN scenarios USING (scenario) "
            "JOIN responses USING (scenario, model, replicate) WHERE text <> ''"
        ).fetchall()
        texts = con.execute("SELECT texts FROM study").fetchall()
    assert tables == set(written)
    assert dict(labels)["a"] == len(rows)
    assert dict(labels)[SOURCE] > len(rows)
    assert ("biological", "a") in topics
    assert joined == [(6 * len(MODELS),)]
    assert texts == [("copied",)]
    assert [p.name for p in (tmp_path / "new").iterdir()] == ["it.duckdb"]


def test_a_file_that_is_there_is_not_replaced(settings: Settings, tmp_path: Path) -> None:
    load(settings, parquet(tmp_path / "a.parquet", ROWS))
    there = tmp_path / "it.duckdb"
    there.write_text("mine")
    opened = open_study(settings, "planted")
    with pytest.raises(FaultlineError, match="is there already"):
        snapshot_file(opened, there, settings)
    opened.close()
    assert there.read_text() == "mine"


def test_linked_or_copied_makes_no_difference(settings: Settings, tmp_path: Path) -> None:
    """Answers and rubrics lie in the sources' own files, some of them in two, or in two rows."""
    files = [
        parquet(tmp_path / "a-0.parquet", ROWS[:4]),
        parquet(tmp_path / "a-1.parquet", ROWS[2:]),
        parquet(tmp_path / "b.parquet", [judged(ROWS[0], "o3", {"a": "compliant"})]),
    ]
    load(settings, *files)
    linked = taken(settings, tmp_path / "linked")
    load(settings, *files, copy_texts=True)
    copied = taken(settings, tmp_path / "copied")
    assert len(linked["response_texts"]) == 6 * len(MODELS)
    assert len(linked["rubrics"]) == 6 * 14
    for row in (*linked["responses"], *copied["responses"]):
        row.pop("chars")  # known only of answers that were read
    for table in ("response_texts", "rubrics", "responses", "judgements"):
        assert by_scenario(linked[table]) == by_scenario(copied[table])


def test_a_source_that_is_gone_or_changed_is_a_sentence(settings: Settings, tmp_path: Path) -> None:
    path = parquet(tmp_path / "a.parquet", ROWS)
    load(settings, path)
    opened = open_study(settings, "planted")
    parquet(path, [wide(8, i) for i in range(6)])
    with pytest.raises(FaultlineError, match=r"a\.parquet.*changed"):
        snapshot(opened, tmp_path / "out", settings)
    path.unlink()
    with pytest.raises(FaultlineError, match=r"a\.parquet.*gone"):
        snapshot(opened, tmp_path / "out2", settings)
    opened.close()


def test_folders_that_will_not_do(settings: Settings, tmp_path: Path) -> None:
    load(settings, parquet(tmp_path / "a.parquet", ROWS))
    opened = open_study(settings, "planted")
    (tmp_path / "file").write_text("in the way")
    for folder, said in ((tmp_path, "not empty"), (tmp_path / "file", "can't be made")):
        with pytest.raises(FaultlineError, match=said):
            snapshot(opened, folder, settings)
    opened.close()


def test_a_full_disk_is_a_sentence_and_leaves_no_half(settings: Settings, tmp_path: Path) -> None:
    load(settings, parquet(tmp_path / "a.parquet", many(600)))
    code = f"""
import resource, sys
from pathlib import Path
from analysis.cli import app
from analysis.__main__ import main
resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000))
sys.argv = ["analysis", "snapshot", "planted", "--out", {str(tmp_path / "out")!r}]
sys.exit(main())
"""
    run = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).resolve().parents[2],
        text=True,
        capture_output=True,
        # A module cut short by the limit would be kept, and break whoever imports it next.
        env={"FAULTLINE_HOME": str(settings.home), "PYTHONDONTWRITEBYTECODE": "1"},
        check=False,
    )
    assert (run.returncode, run.stdout) == (2, "")
    assert "Traceback" not in run.stderr
    assert len(run.stderr.strip().splitlines()) == 1
    assert list((tmp_path / "out").glob("*.parquet")) == []


def test_a_part_holds_what_belongs_to_its_scenarios_and_nothing_else(
    settings: Settings, tmp_path: Path
) -> None:
    said = parquet(tmp_path / "b.parquet", [judged(r, "o3", {"a": "compliant"}) for r in ROWS])
    load(settings, parquet(tmp_path / "a.parquet", ROWS), said)
    opened = open_study(settings, "planted")
    counts = snapshot(opened, tmp_path / "out", settings, ["1_0_neutral", "1_0_value2"])
    assert counts["scenarios"] == 2
    assert counts["response_texts"] == 2 * len(MODELS)
    assert (counts["judgements"], counts["rubrics"], counts["study"]) == (2, 28, 1)
    texts = pq.read_table(tmp_path / "out" / "response_texts.parquet").column("scenario")
    assert set(texts.to_pylist()) == {"1_0_neutral", "1_0_value2"}
    with pytest.raises(FaultlineError, match="No scenario is left"):
        snapshot(opened, tmp_path / "none", settings, [])
    opened.close()

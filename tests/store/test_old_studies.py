"""Studies whose files have the tables of earlier programs open as what they are.

`old_studies/schema_*.sql` are the tables as those programs made them, taken from studies that they
built; `schema_1` is of the first published form.
"""

import json
from pathlib import Path

import duckdb
import pytest
from make_rows import judged, load, many, parquet

from analysis.load.files.files import load_files
from analysis.queries.snapshot import snapshot
from analysis.queries.source_files import write_sources
from analysis.report import report
from analysis.settings import Settings
from analysis.store import damage
from analysis.store.study import POINTER, OpenStudy, StudyInfo, find_study, open_study

SCHEMAS = sorted((Path(__file__).parent / "old_studies").glob("schema_*.sql"))
LATER = ("seal", "digest", "serial")
"""Facts that pointers of the first form did not have."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, StudyInfo]:
    """Six queries, judged by two judges who name no spec; one verdict is unreadable."""
    folder = tmp_path_factory.mktemp("old")
    settings = Settings(home=folder / "home")
    rows = many(6, gaps=0)
    said = [
        judged(r, "o3", {"one": "compliant", "two": "cannot say" if i == 0 else "ambiguous"})
        for i, r in enumerate(rows)
    ]
    files = parquet(folder / "rows.parquet", rows), parquet(folder / "said.parquet", said)
    return settings, load(settings, *files, copy_texts=True)


def as_of_old(made: tuple[Settings, StudyInfo], schema: Path, home: Path) -> OpenStudy:
    """The study with its rows in the tables of an earlier program, and that program's pointer."""
    info = made[1]
    folder = home / "studies" / info.id
    folder.mkdir(parents=True)
    file = folder / "0123456789ab-00000000.duckdb"
    with duckdb.connect(str(file)) as con:
        con.execute(f"ATTACH '{info.path}' AS today (READ_ONLY)")
        for line in schema.read_text(encoding="utf-8").splitlines():
            con.execute(line)
            table = line.split("(")[0].removeprefix("CREATE TABLE ")
            there = con.execute(f"SELECT * FROM {table}").description or []
            cells = ", ".join(f'"{column[0]}"' for column in there)
            con.execute(f"INSERT INTO {table} BY NAME SELECT {cells} FROM today.main.{table}")
        version = int(schema.stem.split("_")[1])
        con.execute(f"UPDATE study SET schema_version = {version}, program_version = '0.0.9'")
    facts = json.loads((info.path.parent / POINTER).read_text())
    facts = {k: v for k, v in facts.items() if k not in (*LATER, "checksum")}
    facts |= {"schema_version": version, "program_version": "0.0.9", "path": file.name}
    (folder / POINTER).write_text(damage.with_checksum(facts))
    return open_study(Settings(home=home), info.id)


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda path: path.stem)
def test_a_study_of_an_earlier_program_is_read_whole(
    made: tuple[Settings, StudyInfo], schema: Path, tmp_path: Path
):
    settings, info = made
    old = as_of_old(made, schema, tmp_path / "home")
    with old.cursor() as con:
        outcomes = con.execute("SELECT outcome, count(*) FROM judgements GROUP BY 1").fetchall()
        lost = con.execute("SELECT count(*) FROM lost_replies").fetchall()
    assert dict(outcomes) == {"answered": 11, "unparsable": 1}
    assert lost == [(0,)]
    today = open_study(settings, info.id)
    told, mine = report(today, settings), report(old, old.settings)
    differ = {k for k in told if told[k] != mine[k]}
    assert differ <= {"made"}  # the program that built it
    assert mine["spec"]["assumed"] is True
    tables = snapshot(old, tmp_path / "tables", old.settings)
    assert tables["judgements"] == 12
    written = write_sources(old, tmp_path / "written")
    again = load_files(written, "again", Settings(home=tmp_path / "again"), copy_texts=True)
    assert (again.rejected, again.content_hash) == ({}, info.content_hash)
    old.close()
    today.close()


def test_there_are_old_studies_to_open():
    assert {p.stem.split("_")[1] for p in SCHEMAS} == {"1", "2"}


def test_one_of_a_form_that_is_read_no_more_says_to_load_its_sources_again(
    made: tuple[Settings, StudyInfo], tmp_path: Path
):
    home = tmp_path / "home"
    as_of_old(made, SCHEMAS[0], home).close()
    pointer = home / "studies" / made[1].id / POINTER
    facts = json.loads(pointer.read_text())
    pointer.write_text(damage.with_checksum(facts | {"schema_version": 0}))
    settings = Settings(home=home)
    assert find_study(settings, made[1].id).schema_version == 0
    with pytest.raises(Exception, match=r"0\.0\.9.*Load its sources again"):
        open_study(settings, made[1].id)

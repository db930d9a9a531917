"""SQL over a study: what can be asked, and everything that can't be done with it."""

import os
import time
from pathlib import Path

import pytest
from make_rows import load, many, parquet

from analysis.errors import FaultlineError
from analysis.settings import Settings
from analysis.store import console, dictionary
from analysis.store.schema import TABLES, columns
from analysis.store.study import StudyInfo, open_study
from pages.ui.sql_examples import EXAMPLES

DOC = Path(__file__).resolve().parents[2] / "docs" / "data-dictionary.md"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(home=tmp_path_factory.mktemp("console") / "home")


@pytest.fixture(scope="module")
def info(home: Settings) -> StudyInfo:
    return load(home, parquet(home.home.parent / "rows.parquet", many(40, seed=2)))


def digest(info: StudyInfo) -> tuple[int, bytes]:
    return info.path.stat().st_mtime_ns, info.path.read_bytes()


def test_rows_come_back_as_the_study_holds_them(home: Settings, info: StudyInfo) -> None:
    answer = console.ask(info, "SELECT count(*) AS n, 1 AS n FROM scenarios;", home).answer()
    assert list(answer.frame.columns) == ["n", "n_2"]
    assert answer.frame["n"].tolist() == [info.scenarios]
    assert not answer.cut
    cut = console.ask(info, "FROM responses", home, rows=7).answer()
    assert (len(cut.frame), cut.cut) == (7, True)
    none = console.ask(info, "SELECT model FROM responses WHERE false", home).answer()
    assert (list(none.frame.columns), len(none.frame)) == (["model"], 0)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: e.title)
def test_every_example_runs(home: Settings, info: StudyInfo, example) -> None:
    assert len(console.ask(info, example.sql, home).answer().frame.columns) > 1


def test_labels_beside_the_study_and_the_taxonomy_are_there(
    home: Settings, info: StudyInfo
) -> None:
    study = open_study(home, info.id)
    from analysis.store import labels

    sql = f"SELECT count(*) FROM {labels.relation(study, 'topics')}"
    with study.cursor() as con:
        expected = con.execute(sql).fetchall()[0][0]
    study.close()
    found = console.ask(info, "SELECT count(*) AS n FROM topics", home).answer().frame
    assert found["n"][0] == expected
    assert len(console.ask(info, "SELECT DISTINCT grp FROM taxonomy", home).answer().frame) > 1


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("", "no query yet"),
        ("-- nothing", "no statement"),
        ("SELECT 1; SELECT 2", "one statement"),
        ("DELETE FROM scenarios", "Only SELECT"),
        ("UPDATE scenarios SET query = ''", "Only SELECT"),
        ("CREATE TABLE t AS SELECT 1", "Only SELECT"),
        ("COPY scenarios TO 'out.csv'", "Only SELECT"),
        ("ATTACH 'other.db'", "Only SELECT"),
        ("PRAGMA database_list", "Only SELECT"),
        ("SET memory_limit = '90GB'", "Only SELECT"),
        ("INSTALL httpfs", "Only SELECT"),
        ("EXPORT DATABASE 'out'", "Only SELECT"),
        ("WITH gone AS (DELETE FROM scenarios RETURNING *) FROM gone", ""),
        ("SELECT * FROM query('DROP TABLE scenarios')", "SELECT"),
        ("SELECT * FROM read_text('/etc/hostname')", "disabled by configuration"),
        ("SELECT * FROM read_csv('/etc/hostname')", "disabled by configuration"),
        ("SELECT * FROM glob('/*')", "disabled by configuration"),
        ("SELECT * FROM '/etc/hostname'", "does not exist"),
        ("SELECT nothing FROM scenarios", "nothing"),
        ("SELEC 1", "syntax error"),
    ],
)
def test_what_is_no_question_is_refused_in_words(
    home: Settings, info: StudyInfo, sql: str, said: str
) -> None:
    before = digest(info)
    with pytest.raises(FaultlineError) as caught:
        console.ask(info, sql, home).answer()
    assert said in str(caught.value)
    assert "Traceback" not in str(caught.value)
    assert digest(info) == before
    assert not Path("out.csv").exists()


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT range(1000000000)",
        "SELECT a.*, b.* FROM range(100000) a, range(100000) b ORDER BY random()",
    ],
)
def test_a_query_that_wants_all_memory_ends_alone(
    home: Settings, info: StudyInfo, sql: str
) -> None:
    with pytest.raises(FaultlineError, match=r"memory|MB it may use|stopped after"):
        console.ask(info, sql, home, seconds=5).answer()


def test_endless_recursion_is_stopped_when_its_time_is_up(home: Settings, info: StudyInfo) -> None:
    endless = "WITH RECURSIVE t AS (SELECT 1 a UNION ALL SELECT a + 1 FROM t) SELECT max(a) FROM t"
    query = console.ask(info, endless, home, seconds=0.6)
    with pytest.raises(FaultlineError, match="stopped after"):
        query.answer()
    assert query.elapsed < 5
    with pytest.raises(ProcessLookupError):
        os.kill(query._process.pid, 0)


def test_a_query_can_be_cancelled(home: Settings, info: StudyInfo) -> None:
    query = console.ask(info, "SELECT count(*) FROM range(9000000000) a, range(9) b", home)
    time.sleep(0.1)
    assert not query.poll()
    query.cancel()
    assert query.poll()
    with pytest.raises(FaultlineError, match="cancelled"):
        query.answer()


def test_every_column_is_described_and_no_other() -> None:
    there = {c for t in TABLES if t not in dictionary.HIDDEN for c in columns(t)}
    there |= {f"{t}.{c}" for t in TABLES for c in columns(t)}
    there |= set(dictionary.TAXONOMY) | {f"taxonomy.{c}" for c in dictionary.TAXONOMY}
    assert set(dictionary.COLUMNS) <= there
    assert all(len(frame) for _, frame in dictionary.described().values())


def test_the_page_of_the_dictionary_is_the_schema() -> None:
    assert DOC.read_text(encoding="utf-8") == dictionary.markdown(), (
        "run: python -m analysis.store.dictionary > docs/data-dictionary.md"
    )

"""SQL over a study: what can be asked, and everything that can't be done with it."""

import subprocess
import sys
import threading
import time
from pathlib import Path

import pyarrow as pa
import pytest
from make_rows import load, many, parquet

from analysis.errors import FaultlineError
from analysis.settings import Settings
from analysis.store import dictionary
from analysis.store.schema import TABLES, columns
from analysis.store.sql_console import console, rows
from analysis.store.study import StudyInfo, open_study
from analysis.subprocesses.slots import AT_ONCE, BusyError
from pages.parts.sql.examples import EXAMPLES

ENDLESS = "WITH RECURSIVE t AS (SELECT 1 a UNION ALL SELECT a + 1 FROM t) SELECT max(a) FROM t"
DOC = Path(__file__).resolve().parents[3] / "docs" / "data-dictionary.md"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(home=tmp_path_factory.mktemp("console") / "home")


@pytest.fixture(scope="module")
def info(home: Settings) -> StudyInfo:
    return load(home, parquet(home.home.parent / "rows.parquet", many(40, seed=2)))


def gone(pid: int, seconds: float = 30) -> bool:
    """Whether a process ends; a zombie that waits to be counted has."""
    end = time.monotonic() + seconds
    status = Path(f"/proc/{pid}/status")
    while time.monotonic() < end:
        try:
            if "\nState:\tZ" in status.read_text():
                return True
        except (FileNotFoundError, ProcessLookupError):
            return True
        time.sleep(0.02)
    return False


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
    query = console.ask(info, ENDLESS, home, seconds=0.6)
    with pytest.raises(FaultlineError, match="stopped after"):
        query.answer()
    assert gone(query._child.pid)


def test_a_query_whose_page_was_left_ends_at_its_limit_and_frees_its_slot(
    home: Settings, info: StudyInfo
) -> None:
    """Nobody polls, nobody asks for the answer, the thread that started it has ended."""
    left: list[int] = []

    def visit() -> None:
        left.append(console.ask(info, ENDLESS, home, seconds=2)._child.pid)

    visitor = threading.Thread(target=visit)
    visitor.start()
    visitor.join()
    assert gone(left[0])


SERVER = """
import sys, time
from pathlib import Path
from analysis.settings import Settings
from analysis.store.sql_console import console
from analysis.store.study import list_studies
home = Settings(home=Path(sys.argv[1]))
print(console.ask(list_studies(home)[0], sys.argv[2], home, seconds=300)._child.pid, flush=True)
time.sleep(300)
"""


def test_a_query_ends_with_its_server(home: Settings, info: StudyInfo) -> None:
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER, str(home.home), ENDLESS],
        stdout=subprocess.PIPE,
        cwd=DOC.parents[1],
    )
    assert server.stdout is not None
    with server.stdout:
        pid = int(server.stdout.readline())
    assert Path(f"/proc/{pid}").exists()
    server.kill()
    server.wait()
    assert gone(pid)


def test_more_queries_than_the_server_takes_are_told_to_wait(
    home: Settings, info: StudyInfo
) -> None:
    running = [console.ask(info, ENDLESS, home) for _ in range(AT_ONCE)]
    try:
        with pytest.raises(FaultlineError, match="busy"):
            console.ask(info, "SELECT 1", home)
    finally:
        for query in running:
            query.cancel()
    assert all(gone(query._child.pid) for query in running)
    until_free = time.monotonic() + 20
    while True:
        try:
            assert console.ask(info, "SELECT 1 AS n", home).answer().frame["n"].tolist() == [1]
            return
        except BusyError:
            assert time.monotonic() < until_free


SLOW = pytest.mark.slow


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT repeat('x', 300000000) AS a",
        pytest.param("SELECT repeat('x', 300000) AS a FROM range(5000)", marks=SLOW),
        "SELECT range(10000000) AS a",
        pytest.param("SELECT [[]::INT[] FOR x IN range(1000000)] AS a", marks=SLOW),
        pytest.param("SELECT {'a': {'b': repeat('x', 200000000)}} AS a", marks=SLOW),
        pytest.param("SELECT MAP(['k'], [range(5000000)]) AS a", marks=SLOW),
        pytest.param(
            "SELECT union_value(k := repeat('x', 100000000)) AS a", marks=pytest.mark.slow
        ),
        "SELECT " + ", ".join(f"{i} AS c{i}" for i in range(2_500)),
        "FROM query('SELECT 1 AS \"' || repeat('x', 5000000) || '\"')",
        "FROM query('SELECT {''' || repeat('x', 5000000) || ''': 1} AS a')",
    ],
)
def test_a_result_that_is_too_large_ends_in_a_sentence(
    home: Settings, info: StudyInfo, sql: str
) -> None:
    query = console.ask(info, sql, home)
    with pytest.raises(FaultlineError, match=r"One row of the result takes|MB it may use|columns"):
        query.answer()


def test_rows_are_cut_where_their_bytes_are_used_up(home: Settings, info: StudyInfo) -> None:
    wide = "SELECT repeat('y', 20000000) AS a FROM range(10)"
    answer = console.ask(info, wide, home).answer()
    assert (len(answer.frame), answer.cut) == (2, True)
    nested = "SELECT [[] FOR x IN range(100000)] AS a FROM range(50)"
    answer = console.ask(info, nested, home).answer()
    assert answer.cut
    assert 1 <= len(answer.frame) < 10


@pytest.mark.parametrize(
    ("sql", "shown"),
    [
        ("SELECT 'a'::UNION(a VARCHAR, b INT) AS x", "a"),
        ("SELECT [1::UNION(a VARCHAR, b INT)] AS x", "[1]"),
        ("SELECT {'u': 'k'::UNION(a VARCHAR, b INT)} AS x", "{'u': 'k'}"),
        ("SELECT DATE '20000-01-01' AS x", "20000-01-01"),
    ],
)
def test_what_no_table_can_hold_is_shown_as_text(
    home: Settings, info: StudyInfo, sql: str, shown: str
) -> None:
    assert str(console.ask(info, sql, home).answer().frame["x"][0]) == shown


def test_nested_values_weigh_what_they_take_once_they_are_objects() -> None:
    """Slices count their own rows alone, of maps too."""
    maps = pa.array([[("a", 1)] * 100, [("b", 2)]], pa.map_(pa.string(), pa.int64()))
    lists = pa.array([[[]] * 100, [[]]])
    for column in (maps, lists):
        batch = pa.record_batch({"x": column})
        whole, first, last = (rows.weight(b) for b in (batch, batch.slice(0, 1), batch.slice(1, 1)))
        assert first > 100 * rows.OBJECT_BYTES
        assert last < first / 20
        assert abs(whole - first - last) < 100
        assert rows.fitting(batch, first) == 1
        assert rows.fitting(batch, last) == 0


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (pa.date32(), 1),
        (pa.time64("us"), 1),
        (pa.decimal128(38, 0), 1),
        (pa.binary(), b""),
        (pa.binary(16), b"x" * 16),
        (pa.null(), None),
        (pa.bool_(), True),
        (pa.int8(), 1),
        (pa.string(), ""),
    ],
    ids=str,
)
def test_rows_weigh_no_less_than_the_frame_they_become(kind: pa.DataType, value: object) -> None:
    batch = pa.record_batch({"x": pa.array([value, None] * 5_000, kind)})
    cells = pa.Table.from_batches([batch]).to_pandas()["x"]
    taken = cells.memory_usage(index=False)
    if cells.dtype == object:
        taken += sum(sys.getsizeof(cell) for cell in {id(cell): cell for cell in cells}.values())
    assert rows.weight(batch) >= 0.98 * taken  # None, True and b"" are there once for all


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

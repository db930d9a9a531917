"""CSV and JSONL into parquet: every row is kept whole or rejected with a reason, none vanishes."""

import csv
import io
import json
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.errors import FaultlineError
from analysis.load.files import text_rows
from analysis.load.files.text_rows import BROKEN_QUOTES, NOT_JSON, NOT_UTF8, Converted, convert

LIMITS = {"max_columns": 20, "max_rows": 50_000}


def converted(path: Path, content: bytes, **limits: int) -> tuple[list[dict], Converted]:
    path.write_bytes(content)
    done = convert(path, path.with_suffix(".parquet"), **(LIMITS | limits))
    rows = pq.read_table(done.path).to_pylist()
    assert len(rows) == done.rows
    return rows, done


def complaint(path: Path, content: bytes, **limits: int) -> str:
    with pytest.raises(FaultlineError) as caught:
        converted(path, content, **limits)
    said = str(caught.value)
    assert "\n" not in said
    return said


@pytest.fixture
def as_csv(tmp_path: Path) -> Path:
    return tmp_path / "rows.csv"


@pytest.fixture
def as_jsonl(tmp_path: Path) -> Path:
    return tmp_path / "rows.jsonl"


# What is well formed comes through as it is

CELL = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30)
TABLES = st.integers(1, 4).flatmap(
    lambda n: st.lists(st.lists(CELL, min_size=n, max_size=n), min_size=1, max_size=8)
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TABLES)
def test_any_csv_that_python_writes_reads_back(as_csv: Path, table: list[list[str]]) -> None:
    names = [f"c{i}" for i in range(len(table[0]))]
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    writer.writerows([names, *table])
    rows, done = converted(as_csv, out.getvalue().encode())
    assert [[r[n] for n in names] for r in rows] == [[c or None for c in row] for row in table]
    assert not done.rejected


VALUE = st.none() | st.booleans() | st.integers(-(10**9), 10**9) | CELL | st.lists(CELL, max_size=2)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.dictionaries(st.sampled_from("abcd"), VALUE, min_size=1), min_size=1))
def test_any_jsonl_reads_back(as_jsonl: Path, objects: list[dict]) -> None:
    lines = "".join(json.dumps(o, ensure_ascii=len(o) % 2 == 0) + "\n" for o in objects)
    rows, done = converted(as_jsonl, lines.encode())
    for row, made in zip(rows, objects, strict=True):
        for key, cell in made.items():
            assert row[key] == (
                cell if isinstance(cell, str | None) else json.dumps(cell, ensure_ascii=False)
            )
        assert all(row[key] is None for key in row.keys() - made.keys())
    assert not done.rejected


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_byte_order_marks_line_ends_and_blank_lines(tmp_path: Path, end: str) -> None:
    text = f"\ufeffa,b{end}{end}1,2{end}   {end}3,4"
    rows, _ = converted(tmp_path / "x.csv", text.encode())
    assert rows == [{"a": "1", "b": "2"}, {"a": "3", "b": "4"}]
    text = f'\ufeff{{"a": 1}}{end}{end}{{"a": "2"}}'
    rows, _ = converted(tmp_path / "x.jsonl", text.encode())
    assert rows == [{"a": "1"}, {"a": "2"}]


def test_cells_may_hold_lines_quotes_and_commas(as_csv: Path) -> None:
    rows, done = converted(as_csv, b'q,n\n"two\r\nlines, and ""words""",1\n,2\n')
    assert rows == [{"q": 'two\r\nlines, and "words"', "n": "1"}, {"q": None, "n": "2"}]
    assert not done.rejected


# Broken rows are counted and the rest is kept


def test_a_stray_quote_costs_its_row_only(as_csv: Path) -> None:
    rows, done = converted(as_csv, b'a,b\n1,2\n"3,4\n5,6\n7,8"9\n10,11\n')
    assert [r["a"] for r in rows] == ["1", "5", "10"]
    assert done.rejected == {BROKEN_QUOTES: 2}


def test_a_quote_that_never_closes_costs_its_row_only(as_csv: Path) -> None:
    body = b"".join(b"%d,x\n" % i for i in range(3_000))
    rows, done = converted(as_csv, b'a,b\n"stray,1\n' + body)
    assert [r["a"] for r in rows] == [str(i) for i in range(3_000)]
    assert done.rejected == {BROKEN_QUOTES: 1}


def test_rows_with_another_number_of_cells(as_csv: Path) -> None:
    rows, done = converted(as_csv, b"a,b\n1\n1,2,3\n1,2\n\x001,2\n")
    assert rows[0] == {"a": "1", "b": "2"}
    assert done.rejected[BROKEN_QUOTES] >= 2
    assert len(rows) + sum(done.rejected.values()) == 4


def test_another_encoding_costs_the_rows_that_need_it(as_csv: Path, as_jsonl: Path) -> None:
    rows, done = converted(as_csv, "a,b\nplain,1\ncafé,2\n".encode("latin-1"))
    assert (rows, done.rejected) == ([{"a": "plain", "b": "1"}], {NOT_UTF8: 1})
    rows, done = converted(as_jsonl, '{"a": "x"}\n{"a": "café"}\n'.encode("latin-1"))
    assert (rows, done.rejected) == ([{"a": "x"}], {NOT_UTF8: 1})


def test_lines_that_are_no_json_objects(as_jsonl: Path) -> None:
    lines = [
        b'{"a": 1}',
        b'{"a": ',
        b"[1]",
        b"3",
        b"null",
        b'"x"',
        b"{'a': 1}",
        b"[" * 100_000,
        b'{"a": ' + b"9" * 5_000 + b"}",
    ]
    rows, done = converted(as_jsonl, b"\n".join(lines))
    assert rows == [{"a": "1"}]
    assert done.rejected == {NOT_JSON: 8}


def test_half_a_surrogate_is_rejected_like_other_broken_text(as_jsonl: Path) -> None:
    lines = b'{"a": "\\ud800 alone"}\n{"\\udfff": 1}\n{"a": "\\ud83d\\ude00"}\n'
    rows, done = converted(as_jsonl, lines)
    assert (rows, done.rejected) == ([{"a": "\U0001f600"}], {NOT_UTF8: 2})


def test_a_column_that_first_shows_late_is_read(as_jsonl: Path) -> None:
    count = text_rows.BATCH + 5
    lines = [json.dumps({"a": i}) for i in range(count)] + ['{"a": "last", "late": "here"}']
    rows, _ = converted(as_jsonl, "\n".join(lines).encode())
    assert len(rows) == count + 1
    assert rows[-1] == {"a": "last", "late": "here"}
    assert rows[0] == {"a": "0", "late": None}


# Whole files that are refused


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "holds no rows"),
        (b"\n\n", "holds no rows"),
        (b"a,b\n", "holds no rows"),
        ("a,b\n1,2\n".encode("utf-16"), "not UTF-8"),
        ("ä,b\n1,2\n".encode("latin-1"), "not UTF-8"),
        (b'a,"b\n1,2\n', "header"),
        (b"a,b,a\n1,2,3\n", "a twice"),
        (b"a,b\n1\n2\n", "Nothing in rows.csv is usable: 2 × quoting is broken"),
        (b"PAR1" + bytes(range(256)) * 9, "rows.csv"),
    ],
)
def test_csv_files_of_which_nothing_is_usable(as_csv: Path, content: bytes, reason: str) -> None:
    assert reason in complaint(as_csv, content)


def test_an_unnamed_column_does_not_matter(as_csv: Path) -> None:
    """A table written with its row numbers has a first column without a name."""
    rows, _ = converted(as_csv, b",a,\n0,x,\n1,y,\n")
    assert [r["a"] for r in rows] == ["x", "y"]


@pytest.mark.parametrize("content", [b"", b"\n \n", b"a,b\n1,2\n", b"[]", b"\x00\x01\x02\xff"])
def test_jsonl_files_of_which_nothing_is_usable(as_jsonl: Path, content: bytes) -> None:
    assert "Nothing in rows.jsonl is usable: " in complaint(as_jsonl, content)


def test_too_many_columns(as_csv: Path, as_jsonl: Path) -> None:
    header = ",".join(f"c{i}" for i in range(21))
    assert "at most 20" in complaint(as_csv, f"{header}\n{header}\n".encode())
    row = json.dumps({f"c{i}": i for i in range(21)})
    assert "at most 20" in complaint(as_jsonl, row.encode())
    spread = "\n".join(json.dumps({f"c{i}": i}) for i in range(21))
    assert "at most 20" in complaint(as_jsonl, spread.encode())


def test_too_many_rows_are_noticed_before_they_fill_the_disk(as_csv: Path, as_jsonl: Path) -> None:
    for path, line in ((as_csv, b"1\n"), (as_jsonl, b'{"a": 1}\n')):
        said = complaint(path, b"a\n" + line * 20_001, max_rows=20_000)
        assert "more than 20,000 rows" in said
        assert path.with_suffix(".parquet").stat().st_size < 200_000


def test_a_record_longer_than_allowed_is_rejected(
    as_csv: Path, as_jsonl: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_rows, "MAX_RECORD_BYTES", 1_000)
    rows, done = converted(as_csv, b"a\nx\n" + b"y" * 5_000 + b"\nz\n")
    assert ([r["a"] for r in rows], sum(done.rejected.values())) == (["x", "z"], 1)
    long = b'{"a": "' + b"y" * 5_000 + b'"}\n'
    rows, done = converted(as_jsonl, b'{"a": 1}\n' + long + b'{"a": 2}\n')
    assert ([r["a"] for r in rows], sum(done.rejected.values())) == (["1", "2"], 1)


def test_files_that_cannot_be_opened(tmp_path: Path) -> None:
    target = tmp_path / "out.parquet"
    with pytest.raises(FaultlineError, match="There is no file"):
        convert(tmp_path / "none.csv", target, **LIMITS)
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(FaultlineError, match=r"folder\.csv can't be read"):
        convert(tmp_path / "folder.csv", target, **LIMITS)


# Nothing vanishes: whatever the bytes, rows kept and rows rejected are counted

CELLS = [b"1,2", b'"1",2', b'"1', b'1"', b'""', b",", b"1,2,3", b"\xff,1", b'"a\n b",2']
LINES = st.lists(st.sampled_from(CELLS))


@settings(max_examples=200, deadline=None)
@given(LINES)
def test_good_rows_survive_whatever_stands_around_them(lines: list[bytes]) -> None:
    rejected: Counter[str] = Counter()
    stream = io.BytesIO(b"a,b\n" + b"\n".join([b"first,row", *lines, b"", b"last,row"]) + b"\n")
    rows = list(text_rows.read_csv(stream, rejected)[1])
    assert rows[0] == {"a": "first", "b": "row"}
    assert rows[-1] == {"a": "last", "b": "row"}
    assert len(rows) + sum(rejected.values()) >= 2
    if not lines:
        assert (len(rows), rejected) == (2, {})

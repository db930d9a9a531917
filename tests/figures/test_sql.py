"""A query of one's own as a figure: bounded, told in its note, and verified by running it again."""

import json
import zipfile

import pytest

from analysis.errors import FaultlineError
from analysis.figures import catalog
from analysis.figures.draw import draw
from analysis.files import compare, tables
from analysis.store.sql_console import console
from analysis.verify.verdict import ALTERED, DIFFERS, HOLDS, verify

COUNTS = "SELECT nudge, count(*) AS n FROM scenarios GROUP BY 1 ORDER BY 1"


def content(study, name="sql.result", **parameters):
    return catalog.content(study, catalog.bind(study, name, **parameters))


def test_the_rows_are_those_of_the_query_and_the_note_tells_it(planted):
    found = content(planted, sql=f"{COUNTS}\n")
    assert found.frame.to_dict("list") == {
        "nudge": ["neutral", "value1", "value2"],
        "n": [20, 20, 20],
    }
    assert found.note == f"n = 3 rows. Query: {COUNTS}"


def test_rows_beyond_the_limit_are_said_to_be_missing(planted):
    found = content(planted, sql=f"FROM range({console.ROWS + 1})")
    assert len(found.frame) == console.ROWS
    assert "there are more" in found.note


@pytest.mark.parametrize(
    ("name", "parameters", "word"),
    [
        ("sql.result", {}, "no query yet"),
        ("sql.result", {"sql": "DROP TABLE scenarios"}, "Only SELECT"),
        ("sql.result", {"sql": "FROM '/etc/passwd'"}, "passwd|disabled"),
        ("sql.result", {"sql": "SELECT 1 --" + "x" * console.LONGEST}, "characters"),
        ("sql.chart", {"sql": "SELECT 'a' AS who"}, "none of its columns holds numbers"),
        ("sql.chart", {"sql": COUNTS, "x": "mood"}, "mood"),
        ("sql.chart", {"sql": COUNTS, "y": "nudge"}, "nudge"),
        ("sql.chart", {"sql": COUNTS, "by": "mood"}, "mood"),
        ("sql.chart", {"sql": COUNTS, "kind": "Pie"}, "Pie"),
    ],
)
def test_what_does_not_run_or_can_not_be_drawn_is_a_sentence(planted, name, parameters, word):
    with pytest.raises(FaultlineError, match=word):
        content(planted, name, **parameters)


def test_a_chart_takes_the_columns_it_is_given_and_names_them(planted):
    sql = "SELECT nudge, value1, count(*) AS n, avg(rank) AS mean FROM scenarios GROUP BY ALL"
    assert content(planted, "sql.chart", sql=sql).title == "mean by nudge"
    chosen = content(planted, "sql.chart", sql=sql, x="value1", y="n", by="nudge", kind="Points")
    assert chosen.title == "n by value1, coloured by nudge"


def exported(study, path, sql):
    _, frame, facts = draw("sql.result", {"sql": sql}, study)
    path.write_bytes(tables.zipped(frame, facts))
    return path


@pytest.mark.parametrize("sql", [COUNTS, "SELECT value1, avg(rank) FROM scenarios GROUP BY 1"])
def test_a_file_of_a_query_holds_when_the_query_gives_the_same(planted, home, tmp_path, sql):
    assert verify(exported(planted, tmp_path / "a.zip", sql), home).state == HOLDS


def test_rows_in_another_order_are_the_same_rows():
    then = compare.table("who,x\na,1\nb,0.1\nb,0.1\n")
    assert not compare.difference(then, compare.table("who,x\nb,0.1\na,1.0\nb,0.10000000000001\n"))
    assert compare.difference(then, compare.table("who,x\nb,0.1\na,1\na,1\n"))


def test_a_query_that_gives_something_else_each_time_does_not_hold(planted, home, tmp_path):
    path = exported(planted, tmp_path / "a.zip", "SELECT random() AS chance")
    assert verify(path, home).state == DIFFERS


def test_another_query_in_the_facts_is_an_altered_file(planted, tmp_path, home):
    path = exported(planted, tmp_path / "a.zip", COUNTS)
    with zipfile.ZipFile(path) as archive:
        parts = {n: archive.read(n) for n in archive.namelist()}
    name = next(n for n in parts if n.endswith(".json"))
    held = json.loads(parts[name])
    parts[name] = json.dumps(held).replace("count(*)", "max(rank)").encode()
    with zipfile.ZipFile(path, "w") as archive:
        for part, raw in parts.items():
            archive.writestr(part, raw)
    assert verify(path, home).state == ALTERED

"""What a study that was opened to look finds out is held in memory, and no file tells of it."""

import threading

import pandas as pd
import pytest
from make_rows import load, many, parquet

from analysis.queries import near
from analysis.store import derived
from analysis.store.library.specs import read_spec
from analysis.store.study import open_study


@pytest.fixture
def study(settings, tmp_path):
    load(settings, parquet(tmp_path / "a.parquet", many(9)), study="s")
    opened = open_study(settings, "s", keeps=False)
    yield opened
    opened.close()


def one(study, name):
    with study.cursor() as con:
        return con.execute(f"SELECT * FROM {derived.relation(study, name)}").fetchall()


def test_links_are_the_same_in_memory_and_in_a_file(study, settings):
    spec = read_spec(settings)
    held = near.counts(study, spec)  # found out while its cursor is open
    assert near.is_linked(study, spec)
    assert derived.found(settings, study.info, "near-") == []
    keeping = open_study(settings, "s")
    assert near.counts(keeping, spec) == held
    keeping.close()
    assert len(derived.found(settings, study.info, "near-")) == 1


def test_a_cursor_that_was_open_before_knows_what_is_held_since(study):
    with study.cursor() as con:
        derived.keep(study, "x-1", pd.DataFrame({"a": [1]}))
        assert con.execute(f"SELECT a FROM {derived.relation(study, 'x-1')}").fetchall() == [(1,)]
        other = threading.Thread(
            target=lambda: derived.keep(study, "y-1", pd.DataFrame({"a": [2]}))
        )
        other.start()
        other.join()
        assert con.execute(f"SELECT a FROM {derived.relation(study, 'y-1')}").fetchall() == [(2,)]


def test_a_file_written_later_takes_the_place_of_memory(study, settings):
    derived.keep(study, "x-1", pd.DataFrame({"a": [1]}))
    assert one(study, "x-1") == [(1,)]
    derived.write(settings, study.info, "x-1", pd.DataFrame({"a": [2]}))
    assert one(study, "x-1") == [(2,)]
    derived.keep(study, "x-1", pd.DataFrame({"a": [3]}))
    assert one(study, "x-1") == [(3,)]
    assert derived.relations(study, "x-").keys() == {"x-1"}
    derived.let_go(study, "x-1")
    assert one(study, "x-1") == [(2,)]


def test_where_the_disk_takes_nothing_memory_does(study, settings):
    keeping = open_study(settings, "s")
    derived.folder(settings, study.info).parent.mkdir(parents=True, exist_ok=True)
    derived.folder(settings, study.info).write_text("in the way")
    derived.keep(keeping, "x-1", pd.DataFrame({"a": [1]}))
    assert one(keeping, "x-1") == [(1,)]
    keeping.close()

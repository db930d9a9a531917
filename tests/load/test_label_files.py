"""Labels go out and come in again, and a file that is no label file is refused in a sentence."""

import shutil

import pandas as pd
import pytest
from make_rows import load, many, parquet

from analysis.errors import FaultlineError
from analysis.load.label_files import export_labels, import_labels
from analysis.queries import human_labels
from analysis.queries import review as queue
from analysis.settings import Settings
from analysis.store.annotations import annotations
from analysis.store.annotations.annotations import About, Draw, Kind, entry
from analysis.store.study import open_study

ROWS = many(9, seed=2, gaps=0)
HOSTILE = "=cmd()|'x', \"quoted\"\nsecond line; 'apostrophe"


def study_in(home, tmp_path, rows=ROWS, name="s"):
    settings = Settings(home=home)
    load(settings, parquet(tmp_path / f"{name}.parquet", rows), study=name, copy_texts=True)
    return open_study(settings, name)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    study = study_in(folder / "home", folder)
    cases = queue.at_random(study, 4).to_dict("records")
    content = study.info.content_hash
    for i, case in enumerate(cases):
        about = About(case["query_key"], case["scenario"], case["model"])
        made = [
            entry(
                Kind.COMPLIANCE, "compliant", about, "mia", content, draw=Draw.RANDOM, blind=True
            ),
            entry(Kind.COMPLIANCE, "ambiguous", about, "'=mia", content),
            entry(Kind.NOTE, HOSTILE, About(about.query_key, about.scenario), "mia", content),
        ]
        annotations.add(study.settings, made[: 2 + i % 2])
    annotations.undo(study.settings, "mia", content)
    study.close()
    return folder / "home"


@pytest.fixture
def labelled(whole, tmp_path):
    """A study with labels, in a home of its own."""
    shutil.copytree(whole, tmp_path / "one")
    study = open_study(Settings(home=tmp_path / "one"), "s")
    yield study
    study.close()


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_round_trip_gives_the_same_entries_and_a_second_import_none(labelled, tmp_path, ending):
    file = tmp_path / f"labels.{ending}"
    count = export_labels(labelled, file)
    other = study_in(tmp_path / "two", tmp_path)
    first, again = import_labels(other, file), import_labels(other, file)
    assert (first.added, first.known, first.elsewhere) == (count, 0, 0)
    assert (again.added, again.known) == (0, count)
    was, now = (annotations.everything(s.settings) for s in (labelled, other))
    pd.testing.assert_frame_equal(was, now)
    assert HOSTILE in set(now["value"])
    other.close()


def test_csv_holds_nothing_that_a_spreadsheet_runs(labelled, tmp_path):
    file = tmp_path / "labels.csv"
    export_labels(labelled, file)
    frame = pd.read_csv(file, dtype=str, keep_default_na=False)
    cells = [c for column in frame for c in frame[column] if c]
    assert any(c.startswith("'=") for c in cells)
    assert not any(c.startswith(("=", "+", "-", "@")) for c in cells)


def test_labels_of_another_study_are_refused_and_counted_where_some_fit(labelled, tmp_path):
    file = tmp_path / "labels.csv"
    count = export_labels(labelled, file)
    elsewhere = [r | {"query": f"Something else {i}?"} for i, r in enumerate(ROWS)]
    away = study_in(tmp_path / "two", tmp_path, elsewhere, "away")
    with pytest.raises(FaultlineError, match=f"None of the {count} labels"):
        import_labels(away, file)
    assert annotations.everything(away.settings).empty
    half = [r if i % 2 else r | {"query": f"Else {i}?"} for i, r in enumerate(ROWS)]
    partly = study_in(tmp_path / "three", tmp_path, half, "partly")
    found = import_labels(partly, file)
    assert found.added + found.elsewhere == count
    assert found.added
    assert found.elsewhere
    away.close()
    partly.close()


def test_what_can_not_be_written_leaves_nothing_behind(labelled, tmp_path):
    folder = tmp_path / "labels.csv"
    folder.mkdir()
    before = set(tmp_path.iterdir())
    with pytest.raises(FaultlineError, match="can't be written"):
        export_labels(labelled, folder)
    assert set(tmp_path.iterdir()) == before


def test_times_of_another_zone_are_kept_as_the_same_moment(labelled, tmp_path):
    other = study_in(tmp_path / "two", tmp_path)
    file = written(labelled, tmp_path, at="2026-05-01T02:00:00+02:00")
    import_labels(other, file)
    assert "2026-05-01T00:00:00.000000+00:00" in set(annotations.everything(other.settings)["at"])
    other.close()


def test_a_label_on_a_model_that_the_study_lacks_counts_for_nothing(labelled, tmp_path):
    before = len(human_labels.of_study(labelled))
    key = queue.at_random(labelled, 1)["query_key"].iloc[0]
    file = tmp_path / "hand.csv"
    file.write_text(f"kind,value,author,query_key,model\ncompliance,ambiguous,zoe,{key},nobody\n")
    import_labels(labelled, file)
    assert len(human_labels.of_study(labelled)) == before


def written(labelled, tmp_path, **changes):
    file = tmp_path / "labels.csv"
    export_labels(labelled, file)
    frame = pd.read_csv(file, dtype=str, keep_default_na=False)
    for column, value in changes.items():
        frame.loc[1, column] = value
    frame.to_csv(file, index=False)
    return file


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"value": "splendid"}, "Line 3 .*no compliance"),
        ({"kind": "mood"}, "Line 3 .*no kind"),
        ({"author": ""}, "Line 3 .*author"),
        ({"draw": "guess"}, "Line 3 .*drawn"),
        ({"replicate": "second"}, "Line 3 .*no replicate"),
        ({"replicate": "-1"}, "Line 3 .*no replicate"),
        ({"at": "yesterday"}, "Line 3 .*no time"),
        ({"at": "9999-01-01T00:00:00"}, "Line 3 .*no time"),
    ],
)
def test_a_bad_row_stops_the_import_with_its_line(labelled, tmp_path, changes, words):
    file = written(labelled, tmp_path, **changes)
    other = study_in(tmp_path / "two", tmp_path)
    with pytest.raises(FaultlineError, match=words):
        import_labels(other, file)
    assert annotations.everything(other.settings).empty
    other.close()


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("labels.txt", b"kind,value", "csv or .parquet"),
        ("labels.csv", b"scenario,value\n1,2\n", "no column “kind”"),
        ("labels.parquet", b"not parquet", "can't be read as labels"),
        ("labels.csv", b"", "can't be read as labels"),
    ],
)
def test_files_that_hold_no_labels(labelled, tmp_path, name, content, words):
    file = tmp_path / name
    file.write_bytes(content)
    with pytest.raises(FaultlineError, match=words):
        import_labels(labelled, file)
    with pytest.raises(FaultlineError, match="no file"):
        import_labels(labelled, tmp_path / "nowhere.csv")


def test_a_file_by_hand_needs_four_columns_only(labelled, tmp_path):
    case = queue.at_random(labelled, 9).to_dict("records")[-1]
    file = tmp_path / "hand.csv"
    file.write_text(
        "kind,value,author,query_key,model\n"
        f"compliance,ambiguous,zoe,{case['query_key']},{case['model']}\n"
    )
    assert import_labels(labelled, file).added == 1
    assert import_labels(labelled, file).known == 1
    found = human_labels.of_study(labelled)
    assert list(found.loc[found["author"] == "zoe", "draw"]) == ["own choice"]

"""Figures of judges name their judges and choices, and say what people read of a table."""

import pytest
from make_rows import MODELS, load, many, opinions, parquet

from analysis.figures import catalog
from analysis.figures.draw import drawn
from analysis.figures.frames.judges import FLAGS
from analysis.queries import judges
from analysis.settings import Settings
from analysis.store.library.specs import read_spec
from analysis.store.study import open_study
from analysis.vocabulary import BIN_NAMES


def content(study, name, **parameters):
    return drawn(name, parameters, study)[1]


@pytest.mark.parametrize(
    ("name", "parameters", "words"),
    [
        ("judges.agreement", {"without": "two"}, ", without two"),
        ("judges.pairs", {"coding": "three_way"}, ", three-way coding"),
        ("judges.confusion", {"judge": "one", "other": "three"}, "one and three"),
        ("judges.confusion_cases", {"judge": "three", "other": "one"}, "judged compliant by three"),
        ("judges.confusion_cases", {"other_decision": "no decision"}, "left undecided by three"),
        ("judges.slices", {"by": "model", "coding": "three_way"}, "by model, three-way coding"),
        ("judges.clauses", {"without": "one"}, "by clause, without one"),
    ],
)
def test_a_title_names_judges_and_choices(planted, name, parameters, words):
    assert words in content(planted, name, **parameters).title


def test_the_note_counts_those_that_only_one_judge_was_asked_about(planted):
    found = content(planted, "judges.confusion", judge="one", other="two")
    assert found.note.startswith(f"n = {int(found.frame['answers'].sum()):,} answers")


def table(study, name, **parameters):
    request = catalog.bind(study, name, **parameters)
    frame = catalog.compute(study, request)
    return frame, catalog.rows_of(study, request, frame)


def test_a_table_of_slices_has_a_row_a_slice_with_what_each_judge_flags(planted):
    frame, read = table(planted, "judges.slices", by="bin")
    assert len(read.frame) == frame["slice"].nunique()
    assert set(read.frame["slice"]) <= set(BIN_NAMES)
    flags = [c for c in read.columns if c.name.startswith(FLAGS)]
    assert [c.name for c in flags] == [f"{FLAGS}{j}" for j in judges.judges(planted)["judge"]]
    first = frame[(frame["slice"] == frame["slice"].iloc[0]) & (frame["measure"] == "gwet_ac1")]
    assert read.frame["gwet_ac1"].iloc[0] == first["value"].iloc[0]


def test_clauses_stand_under_their_titles_most_answers_first(planted):
    _, read = table(planted, "judges.clauses")
    titles = {c.title for c in read_spec(planted.settings).clauses}
    assert set(read.frame["slice"]) <= titles
    assert read.frame["n"].is_monotonic_decreasing
    assert read.columns[0].heading == "Clause"


def test_a_slide_shows_the_rows_that_people_read(planted):
    request = catalog.bind(planted, "judges.slices")
    cells = catalog.table_of(planted, request, catalog.compute(planted, request))
    assert "one flags" in cells.headings
    assert 0 < len(cells.rows) <= len(BIN_NAMES)


@pytest.mark.parametrize(
    "name",
    ["judges.agreement", "judges.pairs", "judges.slices", "judges.clauses", "clauses.listed"],
)
def test_no_number_stands_beside_the_reason_why_there_is_none(few, name):
    frame = catalog.compute(few, catalog.bind(few, name))
    for column in ("value", "kappa"):
        reason = {"value": "undefined", "kappa": "kappa_undefined"}[column]
        if column in frame and reason in frame:
            undefined = frame[frame[reason] != ""]
            assert undefined[column].isna().all()
            assert frame.loc[frame[reason] == "", column].notna().all()
    assert len(frame) or name == "judges.clauses"


@pytest.fixture(scope="module")
def few(tmp_path_factory):
    """Judged answers of one family alone, on which judges agree and disagree."""
    folder = tmp_path_factory.mktemp("few")
    home = Settings(home=folder / "home")
    rows = many(3, gaps=0)
    said = parquet(folder / "said.parquet", opinions(rows, MODELS))
    load(home, parquet(folder / "rows.parquet", rows), said)
    opened = open_study(home, "planted")
    yield opened
    opened.close()

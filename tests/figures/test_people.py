"""Figures of people's labels: which labels they rest on, as they stood, and what a file of them is
worth afterwards."""

import pandas as pd
import pytest
from exported_study import label
from make_rows import load, many, opinions, parquet

from analysis.errors import FaultlineError
from analysis.figures import catalog
from analysis.figures.draw import drawn
from analysis.files import tables
from analysis.measure.human_labels import random_part
from analysis.queries import human_labels
from analysis.queries import review as queue
from analysis.settings import Settings
from analysis.store.annotations import annotations
from analysis.store.annotations.annotations import About, Draw, Kind, entry
from analysis.store.study import open_study
from analysis.verify import verdict


@pytest.fixture
def study(tmp_path):
    """A judged study that two people labelled."""
    settings = Settings(home=tmp_path / "home")
    rows = many(12)
    files = (
        parquet(tmp_path / "a.parquet", rows),
        parquet(tmp_path / "j.parquet", opinions(rows, ("o3", "gpt_4_1"))),
    )
    label(settings, load(settings, *files, study="s"))
    opened = open_study(settings, "s")
    yield opened
    opened.close()


def label_one_more(study):
    case = queue.at_random(study, 13).to_dict("records")[-1]
    about = About(str(case["query_key"]), str(case["scenario"]), str(case["model"]))
    made = entry(
        Kind.COMPLIANCE,
        "ambiguous",
        about,
        "zoe",
        study.info.content_hash,
        draw=Draw.RANDOM,
        blind=True,
    )
    annotations.add(study.settings, [made])


def test_the_note_counts_labels_people_skips_and_what_is_left_out(study):
    note = drawn("people.judges", {}, study)[1].note
    labels = human_labels.compliance(study)
    random = int(random_part(labels).sum())
    assert note.startswith(f"n = {random} labels by 2 people on answers drawn at random (1 random")
    rest = len(labels) - random
    assert (f" {rest} other label" in note) == bool(rest)


@pytest.mark.parametrize("name", ["people.judges", "people.pairs"])
def test_a_figure_rests_on_the_labels_as_they_stood(study, name):
    request = catalog.bind(study, name)
    before = catalog.compute(study, request)
    label_one_more(study)
    pd.testing.assert_frame_equal(catalog.compute(study, request), before)
    now = catalog.bind(study, name)
    assert now.parameters["people"] != request.parameters["people"]
    assert not catalog.compute(study, now).equals(before)


def test_a_file_holds_when_people_have_labelled_more_since(study, tmp_path):
    _, content, facts = drawn("people.judges", {}, study)
    path = tmp_path / "file.md"
    path.write_bytes(tables.markdown(content.frame, facts))
    label_one_more(study)
    found = verdict.verify(path, study.settings)
    assert found.holds, found.said
    assert "rest on people's labels" in found.said


def test_labels_that_are_not_here_are_told(study, tmp_path):
    _, content, facts = drawn("people.pairs", {}, study)
    path = tmp_path / "file.md"
    path.write_bytes(tables.markdown(content.frame, facts))
    for held in study.settings.home.glob("people.sqlite*"):
        held.unlink()
    found = verdict.verify(path, study.settings)
    assert found.state == verdict.STUCK
    assert "People's labels" in found.said


@pytest.mark.parametrize("key", ["none", "3", "3@abc", "99999999999999999999@1", "²@1"])
def test_a_key_of_no_labels_is_refused_in_a_sentence(study, key):
    with pytest.raises(FaultlineError, match="not in this home"):
        catalog.compute(study, catalog.bind(study, "people.judges", people=key))


def test_without_labels_there_is_a_row_a_judge_and_no_pair(tmp_path):
    settings = Settings(home=tmp_path / "home")
    rows = many(6)
    files = (
        parquet(tmp_path / "a.parquet", rows),
        parquet(tmp_path / "j.parquet", opinions(rows, ("o3",))),
    )
    load(settings, *files, study="s")
    opened = open_study(settings, "s")
    try:
        content = drawn("people.judges", {}, opened)[1]
        assert content.note.startswith("n = 0 labels by 0 people")
        assert content.frame["accuracy"].isna().all()
        assert (content.frame["accuracy_undefined"] != "").all()
        assert drawn("people.pairs", {}, opened)[1].frame.empty
    finally:
        opened.close()

"""Figures of a trial that was read: against what its made-up judges said, and how one names it."""

import json

import pytest
from exported_study import RUN

from analysis.errors import FaultlineError
from analysis.figures import catalog
from analysis.parse.trials import Arm
from analysis.store import trials as store


def frame(study, name, **parameters):
    return catalog.compute(study, catalog.bind(study, name, **parameters))


def test_each_group_is_told_under_both_wordings(planted):
    told = frame(planted, "trials.metrics").set_index(["group", "metric"])
    target = told.loc[("target", "interpretive")]
    assert (target["old"], target["new"], target["n"], target["verdict"]) == (1, 0, 9, "better")
    control = told.loc[("control", "interpretive")]
    assert (control["old"], control["new"], control["verdict"]) == (0, 1, "")
    assert "interval" in control["undefined"] or "families" in control["undefined"]
    assert told.loc[("noise", "interpretive"), "difference"] == 0


def test_the_note_says_the_verdict_and_how_many_wordings_were_tried(planted):
    asked = catalog.bind(planted, "trials.metrics", attempts=3)
    note = catalog.content(planted, asked).note
    assert note.startswith("n = 9 cases that cite the clause, 2 control and 0 held out")
    assert "3 wordings of the clause tried so far" in note
    assert "interpretive conflicts fell from 100% to 0%" in note
    once = frame(planted, "trials.metrics", attempts=1).set_index(["group", "metric"])
    thrice = catalog.compute(planted, asked).set_index(["group", "metric"])
    at = ("target", "interpretive")
    assert thrice.loc[at, "q"] == pytest.approx(3 * once.loc[at, "q"])


def test_a_neighbour_has_a_bound_also_without_an_interval(planted):
    told = frame(planted, "trials.neighbours").set_index("metric")
    assert told.loc["interpretive", "clause"] == "kind_words"
    assert told.loc["interpretive", "most_harm"] == told.loc["interpretive", "high"]
    # no family has an activation conflict, so there is no interval: 0 of 11, Clopper-Pearson
    assert told.loc["activation", "most_harm"] == pytest.approx(1 - 0.025 ** (1 / 11))


def test_the_cases_behind_it_with_every_argument(planted):
    cases = frame(planted, "trials.cases")
    assert cases["change"].tolist() == ["better"] * 9 + ["worse"] * 2
    first = cases.iloc[0]
    assert first["old"] == "gpt_4o: compliant; o3: non-compliant"
    assert first["new"] == "gpt_4o: compliant; o3: compliant"
    said = frame(planted, "trials.arguments", scenario=first["scenario"], model=first["model"])
    assert said["arm"].tolist() == [*map(str, Arm)] * 2
    assert set(said["clauses"]) == {"kind_words"}


def test_a_figure_names_the_reading_and_goes_on_computing_it(planted):
    asked = catalog.bind(planted, "trials.metrics").parameters
    latest = store.latest(planted.settings, RUN)
    assert asked == {"trial": latest.key, "attempts": 1}
    rows = store.rows_of(planted.settings, latest.key)
    again = type(rows)(rows.judgements.head(60), rows.citations)
    later = store.keep(planted.settings, RUN, latest.trial, again)
    try:
        assert catalog.bind(planted, "trials.metrics", trial=RUN).parameters["trial"] == later.key
        old = frame(planted, "trials.metrics", **asked).set_index(["group", "metric"])
        assert old.loc[("target", "interpretive"), "n"] == 9
    finally:
        store.keep(planted.settings, RUN, latest.trial, rows)
    assert json.loads(catalog.bind(planted, "trials.metrics").canonical_json) == asked


@pytest.mark.parametrize("key", ["01JNOTREAD", "01JNOTREAD@0123456789ab", "../x@ab", f"{RUN}@../x"])
def test_a_trial_that_was_not_read_here_is_a_sentence(planted, key):
    with pytest.raises(FaultlineError, match=r"not in this home|is no run|run@12 hex"):
        frame(planted, "trials.metrics", trial=key)

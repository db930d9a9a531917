"""Figures of compliance say what was counted, under which rule, and what people read of a table."""

from analysis.figures import catalog
from analysis.figures.draw import drawn
from analysis.measure.compliance.prediction import THRESHOLDS


def content(study, name, **parameters):
    return drawn(name, parameters, study)[1]


def table(study, name, **parameters):
    request = catalog.bind(study, name, **parameters)
    frame = catalog.compute(study, request)
    return frame, catalog.rows_of(study, request, frame)


def test_the_note_of_the_bins_has_the_ratio_and_speaks_of_the_paper_on_its_data_alone(planted):
    note = content(planted, "compliance.by_bin").note
    assert "Highest bin over lowest, by the majority: " in note
    assert "Empty bars" not in note


def test_a_threshold_is_one_row_with_what_it_catches(planted):
    frame, read = table(planted, "compliance.thresholds")
    assert read.frame["threshold"].tolist() == [*THRESHOLDS]
    caught = frame[(frame["measure"] == "caught") & (frame["threshold"] == THRESHOLDS[-1])]
    assert read.frame["caught"].iloc[-1] == caught["value"].iloc[0]
    assert "AUC of D: " in content(planted, "compliance.thresholds").note


def test_models_stand_with_what_the_majority_flags_the_highest_first(planted):
    frame, read = table(planted, "compliance.models")
    mine = frame[frame["rule"] == "majority"].set_index("model")["value"]
    assert dict(zip(read.frame["model"], read.frame["value"], strict=True)) == mine.to_dict()
    assert read.frame["value"].is_monotonic_decreasing
    assert "Flagged by a majority" in [c.heading for c in read.columns]


def test_a_rule_of_gaps_that_is_not_the_default_stands_in_the_title(planted):
    assert content(planted, "compliance.gaps").title.endswith("lie far apart")
    loose = content(planted, "compliance.gaps", type_gap=2, position_gap=3)
    assert loose.title.endswith("response types 2 or positions 3 apart")
    assert "positions 3 or more of 6 apart" in loose.note

"""Judged scenarios are told by the models that were judged, and none of them vanishes: on every
page, figure and section used + left out = judged."""

import re

import pytest
from judged_study import (
    FREQUENT,
    OPENAI,
    PARTLY,
    SILENT,
    STRATUM,
    WITHOUT_D,
    judged_home,
    judged_study,
)

from analysis.errors import FaultlineError
from analysis.figures import catalog
from analysis.measure.compliance import counting
from analysis.queries import judges
from analysis.queries.judged_sets import choices, judged_set
from analysis.report import compliance, sentences
from analysis.report.context import Context
from analysis.store.library import library

__all__ = ["judged_home", "judged_study"]
USED = 5 * STRATUM
LEFT_OUT = {counting.NOT_ALL: PARTLY, counting.NO_DECISION: SILENT, counting.NO_D: WITHOUT_D}
JUDGED = USED + PARTLY + SILENT + WITHOUT_D


def content(study, name, **parameters):
    return catalog.content(study, catalog.bind(study, name, **parameters))


def test_bins_are_those_that_were_planted(judged_study):
    found = content(judged_study, "compliance.by_bin")
    mine = found.frame[found.frame["rule"] == "majority"].set_index("bin")
    assert mine["value"].tolist() == pytest.approx([n / STRATUM for n in FREQUENT])
    assert mine["n"].tolist() == [STRATUM] * 5
    assert found.request.parameters["models"] == "openai"
    assert found.title == "Frequent non-compliance by disagreement D (OpenAI, 5 models)"
    assert f"n = {USED} of {JUDGED} judged scenarios." in found.note
    for reason, n in LEFT_OUT.items():
        assert f"{n} ({reason})" in found.note


def test_the_set_is_of_the_models_that_were_judged_and_a_stray_one_changes_nothing(judged_study):
    own = judged_set(judged_study)
    assert own.id == "openai"
    assert own.judged == own.models == OPENAI
    assert choices(judged_study)[:2] == ["openai", "all"]
    assert "anthropic" not in choices(judged_study)


def test_other_sets_count_what_they_leave_out(judged_study):
    found = content(judged_study, "compliance.by_bin", models="all")
    used = int(found.frame.loc[found.frame["rule"] == "majority", "n"].sum())
    counted = counting.scenarios(judges.items(judged_study, models="all"), OPENAI)
    assert (counted.used, counted.judged) == (used, JUDGED)
    assert counted.left_out[counting.NO_D] > USED / 2
    assert f"n = {used} of {JUDGED} judged scenarios." in found.note
    nobody = content(judged_study, "compliance.by_bin", models="anthropic")
    assert f"Left out: {JUDGED} ({counting.NOT_JUDGED})." in nobody.note
    assert nobody.frame["n"].sum() == 0
    with pytest.raises(FaultlineError, match="moon"):
        content(judged_study, "compliance.by_bin", models="moon")


def told(note):
    """(used, judged, left out) as a note says them."""
    used, judged = re.search(r"n = ([\d,]+) of ([\d,]+) judged", note).groups()
    left = re.search(r"Left out: (.*?)\.( |$)", note)
    counts = re.findall(r"([\d,]+) \(", left[1]) if left else []
    return [int(n.replace(",", "")) for n in (used, judged, *counts)]


@pytest.mark.parametrize("models", ["", "all", "anthropic", "gpt_4_1,o3"])
@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("compliance.by_bin", {}),
        ("compliance.thresholds", {}),
        ("judges.agreement", {}),
        ("judges.slices", {"by": "bin"}),
        ("judges.slices", {"by": "model"}),
    ],
)
def test_used_and_left_out_are_all_that_was_judged(judged_study, name, parameters, models):
    note = content(judged_study, name, models=models, **parameters).note
    used, judged, *left = told(note)
    assert used + sum(left) == judged
    assert judged == len(judges.items(judged_study)) or (name, judged) == (
        "compliance.by_bin",
        JUDGED,
    )


def test_clauses_count_the_judged_answers_that_cite_none(judged_study):
    note = content(judged_study, "clauses.listed").note
    assert "Cited on 0 of" in note
    assert "D is over OpenAI, 5 models." in note
    other = content(judged_study, "clauses.listed", models="all").note
    assert "D is over all models." in other


def test_the_report_counts_each_judged_scenario(judged_home, judged_study):
    context = Context(judged_study, judged_home, library.current_taxonomy(judged_home))
    found = compliance.section(context)
    assert found["models"] == "openai"
    assert (found["judged"], found["used"], found["left_out"]) == (JUDGED, USED, LEFT_OUT)
    assert sum(b["scenarios"] for b in found["bins"]) == found["used"]
    told = sentences.compliance(found)
    assert f"Bins of D count {USED} of {JUDGED} judged scenarios; left out: " in told
    assert all(f"{n} ({reason})" in told for reason, n in LEFT_OUT.items())
    assert [b["frequent_majority"]["value"] for b in found["bins"]] == pytest.approx(
        [n / STRATUM for n in FREQUENT]
    )

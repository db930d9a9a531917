"""Scenarios by what judges made of them, against counting in the judgements themselves."""

import pytest

from analysis.errors import FaultlineError
from analysis.figures import catalog
from analysis.queries import clauses, judges, scenarios
from analysis.queries.filters import FLAGGED, SPLIT, ScenarioFilter
from analysis.store import study_specs

CLAUSE = "kind_words"


@pytest.fixture(scope="module")
def said(planted):
    return clauses.judgements(planted)


def chosen(study, **parts):
    page = scenarios.page(study, ScenarioFilter(**parts), limit=10_000)
    return set(page["scenario"])


def test_verdicts_of_an_answer(planted, said):
    items = judges.items(planted)
    flagged = items[2 * items["n_problematic"] > items["n_decisions"]]
    assert chosen(planted, verdicts=(FLAGGED,)) == set(flagged["scenario"])
    words = said.groupby("response")["decision"].agg(set)
    opposite = [r.split("|")[0] for r, w in words.items() if {"compliant", "non-compliant"} <= w]
    assert chosen(planted, verdicts=(SPLIT,)) == set(opposite)
    either = set(flagged["scenario"]) | set(opposite)
    assert chosen(planted, verdicts=(FLAGGED, SPLIT)) == either
    assert set(opposite) < either
    with pytest.raises(FaultlineError, match="filtered by “moon”"):
        chosen(planted, verdicts=("moon",))


def test_who_flags(planted, said):
    mine = said[(said["judge"] == "one") & said["decision"].isin(["ambiguous", "non-compliant"])]
    assert chosen(planted, flagged_by=("one",)) == set(mine["scenario"])


def test_clauses_that_judges_cite(planted):
    cited = clauses.citations(planted, study_specs.spec_of(planted))
    mine = cited.loc[cited["known"] & (cited["clause"] == CLAUSE), "response"]
    found = chosen(planted, cited=(CLAUSE,))
    assert found == {r.split("|")[0] for r in mine}
    assert 0 < len(found) < planted.info.scenarios


def test_a_figure_names_the_spec_and_the_choice(planted):
    request = catalog.bind(
        planted, "scenarios.listed", filter={"cited": [CLAUSE], "verdicts": [SPLIT]}
    )
    assert request.parameters["filter"]["judged_spec"] == study_specs.chosen(planted).key
    title = catalog.content(planted, request).title
    assert f"citing clause “{CLAUSE}”, {SPLIT}" in title

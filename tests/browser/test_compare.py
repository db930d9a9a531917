"""The Compare page: two dates of one plan, two models of one study, by what is on the screen."""

import re
from pathlib import Path

import pytest
from make_rows import load
from two_dates import day, write_day

from analysis.load.labels import label_study
from analysis.settings import Settings
from analysis.store.study import open_study

DRIFTED = "cobble_one"


@pytest.fixture
def dates(server, tmp_path: Path) -> None:
    """The same queries on two days; on the second one model refuses more."""
    settings = Settings(home=server.home)
    for name, drift in (("before", None), ("after", {DRIFTED: {"refuses": 1.5}})):
        where = write_day(tmp_path / name, day(name, 30, drift=drift))
        load(settings, where / "rows.parquet", where / "judged.parquet", study=name)
        study = open_study(settings, name)
        label_study(study)
        study.close()


def test_a_drift_is_found_and_leads_to_its_cases(visit, dates):
    visitor = visit("compare?study=after&against=before")
    visitor.wait_for("What differs between “before” (A) and “after” (B)")
    assert "Refusals of Cobble One: from " in visitor.main
    visitor.click_cell("compared", 60, 87)  # the second row: the first is shown anyway
    visitor.page.wait_for_function("location.search.includes('metric=')")
    visitor.idle()
    visitor.wait_for("Cases that differ most between")
    assert "metric=" in visitor.address
    visitor = visit("compare?study=after&against=before&metric=refusals.cobble_one")
    visitor.wait_for("Cases that differ most between")
    visitor.click_cell("differing", 60, 52)
    visitor.page.wait_for_url(re.compile("scenarios"))
    visitor.idle()
    assert visitor.problems() == []
    assert visitor.foreign == []


def test_a_metric_brings_its_cases_into_view_and_one_click_opens_a_case(visit, dates):
    visitor = visit("compare?study=after&against=before")
    visitor.wait_for("Cases that differ most between")
    visitor.click_cell("compared", 60, 52)  # the metric that is shown anyway: nothing else changes
    visitor.page.wait_for_function(
        "document.querySelector('.st-key-metric-cases').getBoundingClientRect().top < 200"
    )
    visitor.idle()
    visitor.click_cell("differing", 60, 52)
    visitor.page.wait_for_url(re.compile("scenarios"))
    visitor.idle()
    assert visitor.problems() == []


def test_one_click_leads_from_a_model_to_it_beside_another(visit):
    visitor = visit("models?study=example&model=cobble_one")
    visitor.page.get_by_role("link", name="Compare with another model").click()
    visitor.wait_for(re.compile(r"What differs between .* \(A\) and Cobble One \(B\)"))
    assert "one_model=cobble_one" in visitor.address
    assert "a difference of " in visitor.main
    assert visitor.problems() == []

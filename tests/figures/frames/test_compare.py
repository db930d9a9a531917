"""Two loaded studies compared: the numbers are those of each study's report."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from make_rows import judged, load, many, opinions, parquet
from two_dates import day, write_day

from analysis.errors import FaultlineError
from analysis.figures import catalog
from analysis.figures.frames.compare import between, cases, compared, compared_models
from analysis.load.labels import label_study
from analysis.measure.compare.guards import broken, parse_guard
from analysis.report import agreement, clauses, disagreement, outliers, refusals
from analysis.report import values as leans
from analysis.report.context import Context
from analysis.settings import Settings
from analysis.store import study_specs
from analysis.store.library.library import current_taxonomy
from analysis.store.study import OpenStudy, open_study

DRIFTED = "cobble_one"
FAMILIES = 14
TOLD = {
    "disagreement": disagreement.section,
    "refusals": refusals.section,
    "leans": leans.leans,
    "outliers": outliers.section,
    "agreement": agreement.section,
    "clauses": clauses.section,
}


@pytest.fixture(scope="module")
def dates(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, OpenStudy]]:
    """The same queries on three days; on the third one model refuses more."""
    folder: Path = tmp_path_factory.mktemp("dates")
    settings = Settings(home=folder / "home")
    found = {}
    for name, drift in (("one", None), ("two", None), ("drifted", {DRIFTED: {"refuses": 3.0}})):
        where = write_day(folder / name, day(name, FAMILIES, drift=drift))
        load(settings, where / "rows.parquet", where / "judged.parquet", study=name)
        found[name] = open_study(settings, name)
        label_study(found[name])
    yield found
    for study in found.values():
        study.close()


@pytest.fixture(scope="module")
def drift(dates):
    """What `compared` finds between the first day and the drifted one."""
    return compared(dates["one"], dates["drifted"])


def test_two_dates_without_drift_raise_no_alarm(dates) -> None:
    found = compared(dates["one"], dates["two"])
    assert (found.matched, found.only_a, found.only_b) == (3 * FAMILIES, 0, 0)
    assert not found.identical
    assert [m.name for m in found.metrics.values() if m.differs] == []


def test_a_planted_drift_is_found_and_breaks_its_guard(drift) -> None:
    found = drift
    drifted = found.metrics[f"refusals.{DRIFTED}"]
    assert drifted.differs
    assert drifted.difference.value > 0.1
    assert found.by_evidence()[0].name.endswith(DRIFTED)
    alarms = {m.name for m in found.metrics.values() if m.differs and m.group == "refusals"}
    assert alarms == {drifted.name}
    limits = (f"{drifted.name}.difference<0.05", "refusals.dunlin_2.difference<0.1")
    fallen = broken([parse_guard(text) for text in limits], found)
    assert [one.guard.text for one in fallen] == [limits[0]]


def test_two_models_of_one_study_have_the_numbers_of_their_pages(dates) -> None:
    one, other = DRIFTED, "aster_classic"
    found = compared_models(dates["drifted"], dates["drifted"], models=(other, one))
    assert (found.a, found.b) == (f"drifted:{other}", f"drifted:{one}")
    request = catalog.bind(dates["drifted"], "refusals.by_topic")
    cells = catalog.compute(dates["drifted"], request)
    rates = {str(r["name"]): r for r in cells.to_dict("records") if r["topic"] == "all"}
    metric = found.metrics[f"refusals.{one}"]
    assert metric.b.value == pytest.approx(rates[one]["value"], abs=0.05)  # on shared queries
    assert metric.a.value == pytest.approx(rates[other]["value"], abs=0.05)
    assert metric.difference.value == pytest.approx(metric.b.value - metric.a.value)
    assert metric.differs
    fallen = broken([parse_guard(f"refusals.{one}<0.5")], found)
    assert len(fallen) == 1
    assert {m.name.split(".")[1] for m in found.metrics.values() if m.group == "length"} == {one}
    assert not any(m.group == "disagreement" for m in found.metrics.values())
    turned = compared_models(dates["drifted"], dates["drifted"], models=(one, other))
    back = turned.metrics[f"refusals.{other}"]
    assert back.difference.value == pytest.approx(-metric.difference.value)


def test_leans_of_two_models_differ_as_their_positions_do(dates) -> None:
    """The baseline is the same on both sides, so it cancels."""
    study, pair = dates["one"], ("aster_large", "bracken_large")
    found = compared_models(study, study, models=pair)
    leaning = [m for m in found.metrics.values() if m.group == "values" and m.n]
    assert leaning
    name = leaning[0].name
    rows = cases(study, "", name, model=pair[1], other_model=pair[0])
    with study.cursor() as con:
        held = con.execute(
            "SELECT s.scenario, s.value1, r.model, r.value1_position AS p1, "
            "r.value2_position AS p2 FROM responses r JOIN scenarios s USING (scenario_no)"
        ).df()
    at = held.set_index(["scenario", "model"])
    for row in rows.to_dict("records"):
        first = at.loc[(row["scenario"], pair[1]), "value1"] == row["value"]
        column = "p1" if first else "p2"
        apart = (
            at.loc[(row["scenario"], pair[1]), column] - at.loc[(row["scenario"], pair[0]), column]
        )
        assert row["difference"] == pytest.approx(apart)


def test_one_model_on_two_dates_and_a_model_that_is_not_there(dates, drift) -> None:
    found = compared_models(dates["one"], dates["drifted"], models=(DRIFTED, DRIFTED))
    name = f"refusals.{DRIFTED}"
    assert found.metrics[name].difference == drift.metrics[name].difference
    same = compared_models(dates["one"], dates["one"], models=(DRIFTED, DRIFTED))
    assert same.identical
    assert all(m.difference.value == 0 for m in same.metrics.values() if m.n)
    with pytest.raises(FaultlineError, match="has no model “nobody”"):
        compared_models(dates["one"], dates["one"], models=(DRIFTED, "nobody"))


def test_a_study_compared_with_itself_is_identical(dates) -> None:
    found = between(dates["one"], "one")
    assert found.identical
    assert all(m.difference.value == 0 for m in found.metrics.values() if m.n)
    assert all(m.p != m.p and m.a == m.b for m in found.metrics.values())
    groups = {m.group for m in found.metrics.values()}
    assert groups == {
        "disagreement", "refusals", "values", "outliers", "answered", "length", "latency",
        "diversity", "agreement", "flag_rates", "non_compliance", "clauses",
    }  # fmt: skip


def test_the_numbers_of_a_side_are_those_of_its_report(dates) -> None:
    study = dates["one"]
    metrics = between(study, "").metrics
    context = Context(study_specs.under(study), study.settings, current_taxonomy(study.settings))
    told = {name: section(context) for name, section in TOLD.items()}
    everyone = told["disagreement"]["sets"]["all"]
    assert metrics["disagreement.mean"].b.value == pytest.approx(everyone["mean"], abs=1e-4)
    assert metrics["disagreement.high"].b.value == pytest.approx(
        everyone["high"] / everyone["scenarios"]
    )
    for model, cell in told["refusals"]["by_model"].items():
        assert metrics[f"refusals.{model}"].b.value == pytest.approx(cell["value"])
        assert metrics[f"refusals.{model}"].n == cell["n"]
    for provider, row in told["leans"]["by_provider"].items():
        for category, cell in row.items():
            if "lean" in cell:
                lean = metrics[f"values.{provider}.{category}"]
                assert lean.b.value == pytest.approx(cell["lean"], abs=1e-6)
    for model, count in told["outliers"]["by_model"].items():
        outliers = metrics[f"outliers.{model}"]
        assert outliers.b.value * outliers.n == pytest.approx(count)
    for judge, cell in told["agreement"].get("sample", told["agreement"])["binary"].items():
        if judge != "items" and "value" in cell:
            assert metrics[f"agreement.{judge}"].b.value == pytest.approx(cell["value"])
    for row in told["clauses"]:
        if "value" in (cell := row.get("non_compliant") or {}):
            mine = metrics[f"clauses.{row['clause']}.non_compliant"]
            assert mine.b.value == pytest.approx(cell["value"], abs=1e-6)
            share = metrics[f"clauses.{row['clause']}.interpretive"]
            assert share.b.value * row["cited"] == pytest.approx(row["interpretive"])


def test_panels_differ_on_the_same_answers(settings, tmp_path: Path) -> None:
    rows = many(30, gaps=0)
    said = opinions(rows, ["o3", "grok_4"])
    for name, keep in (("old", "one"), ("new", "three")):
        left = [{k: v for k, v in r.items() if not k.startswith(keep)} for r in said]
        load(settings, parquet(tmp_path / f"{name}.parquet", rows),
             parquet(tmp_path / f"{name}-judged.parquet", left), study=name)  # fmt: skip
    a, b = (open_study(settings, n) for n in ("old", "new"))
    metrics = compared(a, b).metrics
    a.close(), b.close()
    assert [n for n in metrics if n.startswith("flag_rates.")] == ["flag_rates.two"]
    assert metrics["flag_rates.two"].difference.value == 0
    assert metrics["agreement.raw_agreement"].n > 0
    assert metrics["disagreement.mean"].difference.value == 0


def test_judges_who_cite_no_clause_have_no_metric_of_clauses(settings, tmp_path: Path) -> None:
    rows = many(12, gaps=0)
    said = [judged(r, "o3", {"one": "compliant", "two": "non-compliant"}) for r in rows]
    load(settings, parquet(tmp_path / "a.parquet", rows), parquet(tmp_path / "b.parquet", said))
    study = open_study(settings, "planted")
    metrics = between(study, "").metrics
    study.close()
    assert metrics["flag_rates.two"].b.value == 1
    assert not [n for n in metrics if n.startswith("clauses.")]


def test_studies_that_share_no_query_have_no_metric(settings, tmp_path: Path) -> None:
    rows = many(12)
    other = [r | {"value1": "x", "value2": "y", "query": f"{r['query']} now"} for r in rows]
    load(settings, parquet(tmp_path / "a.parquet", rows), study="a")
    load(settings, parquet(tmp_path / "b.parquet", other), study="b")
    a, b = (open_study(settings, n) for n in "ab")
    found = compared(a, b)
    a.close(), b.close()
    assert (found.matched, found.only_a, found.only_b) == (0, 12, 12)
    assert found.metrics == {}


def test_words_join_under_other_ids_also_in_another_encoding(settings, tmp_path: Path) -> None:
    rows = many(12, gaps=0)
    other = [
        r | {"chunk_index": 90 + i, "query": r["query"].replace(" ", "\u00a0", 1) + "\r\n"}
        for i, r in enumerate(rows)
    ]
    load(settings, parquet(tmp_path / "a.parquet", rows), study="a")
    load(settings, parquet(tmp_path / "b.parquet", other), study="b")
    a, b = (open_study(settings, n) for n in "ab")
    found = compared(a, b)
    a.close(), b.close()
    assert (found.matched, found.by_words) == (12, 12)
    assert found.metrics["disagreement.mean"].difference.value == 0


def test_models_that_one_study_alone_has_are_left_out(settings, tmp_path: Path) -> None:
    rows = many(12, gaps=0)
    load(settings, parquet(tmp_path / "a.parquet", rows), study="a")
    less = [{k: v for k, v in r.items() if "grok_4" not in k} for r in rows]
    file = parquet(tmp_path / "b.parquet", less)
    file2 = parquet(tmp_path / "c.parquet", [judged(rows[0], "o3", {"one": "compliant"})])
    load(settings, file, file2, study="b")
    a, b = (open_study(settings, n) for n in "ab")
    found = compared(a, b)
    a.close(), b.close()
    assert not [n for n in found.metrics if "grok_4" in n or n.startswith("values.xai")]
    assert found.metrics["disagreement.mean"].difference.value == 0

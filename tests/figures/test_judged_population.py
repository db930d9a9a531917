"""Where a study holds more than was judged, pooled numbers can speak of all its queries."""

import numpy as np
import pandas as pd
import pytest
from make_rows import MODELS, judged, load, many, parquet
from streamlit.testing.v1 import AppTest

from analysis.errors import FaultlineError
from analysis.figures import catalog
from analysis.load.chosen import stated
from analysis.load.files.files import find_sources
from analysis.parse.making import Selection
from analysis.queries import judges
from analysis.settings import Settings
from analysis.store.build.build import build_study
from analysis.store.study import open_study

APP = __file__.replace("tests/figures/test_judged_population.py", "app.py")
NEAR = {f"{m}_value{v}_position": 3 for m in MODELS for v in (1, 2)}
WORDS = ("compliant", "non-compliant", "compliant", "ambiguous", "non-compliant")


def rows():
    """Ninety queries, two of three without disagreement."""
    return [row if i % 3 == 0 else {**row, **NEAR} for i, row in enumerate(many(90, gaps=0))]


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """`part`: as many judged queries with disagreement as without; `whole`: all judged."""
    folder = tmp_path_factory.mktemp("population")
    settings = Settings(home=folder / "home")
    wide, made = parquet(folder / "rows.parquet", rows()), rows()
    apart, alike = made[::3][:20], [r for i, r in enumerate(made) if i % 3][:20]
    for name, held in (("part", [*apart, *alike]), ("whole", made)):
        said = [
            judged(r, "o3", {"one": WORDS[i % 5], "two": WORDS[i % 4], "three": WORDS[i % 3]})
            for i, r in enumerate(held)
        ]
        load(settings, wide, parquet(folder / f"{name}.parquet", said), study=name)
    far = (
        parquet(folder / "far.parquet", made[::3]),
        parquet(folder / "some.parquet", [judged(r, "o3", {"one": "compliant"}) for r in apart]),
    )
    load(settings, *far, study="far")
    said_so = stated(find_sources(far, folder, settings), Selection.HIGH)
    build_study(settings, "selected", said_so)
    return settings


@pytest.fixture
def opened(home):
    held = []

    def open_(name):
        held.append(open_study(home, name))
        return held[-1]

    yield open_
    for study in held:
        study.close()


def computed(study, name, **parameters):
    return catalog.compute(study, catalog.bind(study, name, **parameters))


def test_a_population_is_what_more_there_is_unless_it_was_selected(opened) -> None:
    found = judges.population(opened("part"))
    assert found is not None
    assert sum(found) == 90
    assert found[0] == 60
    assert judges.population(opened("whole")) is None
    assert judges.population(opened("selected")) is None
    # Nobody said how these were chosen: that none has a low D says nothing about it.
    assert judges.population(opened("far")) is not None


def test_rates_are_weighted_to_the_bins_of_all_queries(opened) -> None:
    study = opened("part")
    items = judges.items(study)
    flagged = items.assign(hit=2 * items["n_problematic"] > items["n_decisions"])
    by_bin = flagged.groupby("bin")["hit"].mean()
    counts = pd.Series(judges.population(study))[by_bin.index]
    expected = float((by_bin * counts).sum() / counts.sum())
    for over, value in (("population", expected), ("sample", float(flagged["hit"].mean()))):
        rates = computed(study, "compliance.models", over=over)
        found = rates[(rates["rule"] == "majority") & (rates["model"] == "o3")]["value"].iloc[0]
        assert found == pytest.approx(value)
    assert abs(expected - flagged["hit"].mean()) > 0.005


def test_agreement_is_weighted_to_the_bins_of_all_queries(opened) -> None:
    study = opened("part")
    wide = (
        judges.decisions(study)
        .assign(bad=lambda f: f["decision"] != "compliant")
        .pivot(index="scenario", columns="judge", values="bad")
    )
    same = (
        (wide["one"] == wide["two"])
        .groupby(judges.items(study).set_index("scenario")["bin"])
        .mean()
    )
    counts = pd.Series(judges.population(study))[same.index]
    pairs = computed(study, "judges.pairs", over="population").set_index(
        ["judge", "other", "measure"]
    )
    found = pairs.loc[("one", "two", "agreement"), "value"]
    assert found == pytest.approx(float((same * counts).sum() / counts.sum()))
    who = computed(study, "judges.who", over="population").set_index("judge")
    assert list(who["items"]) == [40, 40, 40]
    plain = computed(study, "judges.who").set_index("judge")
    assert not np.allclose(who["value"], plain["value"])


def test_without_a_population_nothing_changes(opened) -> None:
    study = opened("whole")
    for name in ("judges.agreement", "compliance.thresholds"):
        both = [computed(study, name, over=over) for over in ("population", "sample")]
        pd.testing.assert_frame_equal(*both)
    with pytest.raises(FaultlineError, match="moon"):
        computed(study, "judges.agreement", over="moon")


@pytest.mark.parametrize("page", ["judges", "compliance"])
def test_the_page_says_what_its_numbers_speak_of(home, monkeypatch, page) -> None:
    monkeypatch.setenv("FAULTLINE_HOME", str(home.home))
    told = {}
    for over in ("population", "sample"):
        app = AppTest.from_file(APP, default_timeout=150)
        app.query_params["study"], app.query_params["over"] = "part", over
        app.switch_page(f"pages/{page}.py").run()
        assert not app.exception
        assert not any(":material/error:" in m.value for m in app.markdown)
        told[over] = " ".join(c.value for c in app.caption)
    assert "weighted to the population's bins of D" in told["population"]
    assert "of the judged answers" in told["sample"]

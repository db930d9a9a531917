"""A study of a run that searched: every scenario says how it was drawn, and rates are uniform."""

import pandas as pd
import pyarrow.parquet as pq
import pytest

from analysis.figures import catalog
from analysis.figures.draw import draw as exported
from analysis.load.files.files import load_files
from analysis.load.runs import load_run
from analysis.queries.snapshot import snapshot
from analysis.report.compose import report
from analysis.settings import Settings
from analysis.store import draws
from analysis.store.study import open_study
from analysis.vocabulary import Draw
from pipeline.export.write import export_run
from pipeline.plan.make import Wish, make_plan
from pipeline.plan.snapshot import SnapshotReader
from pipeline.providers.catalog import load
from pipeline.run import control as runs
from pipeline.run.state import State
from pipeline.stages.pairs import SearchPart


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A home with the study `searched`, of a run of 12 families, 5 of them drawn uniformly."""
    settings = Settings(home=tmp_path_factory.mktemp("searched") / "home")
    wish = Wish(
        families=12,
        models=("aster_large", "bracken_mini", "cobble_one"),
        stages=("pairs", "generate", "respond", "rubric", "score"),
        search=SearchPart(rounds=3, uniform_share=0.4),
        seed=3,
    )
    plan = make_plan(wish, settings, load(settings.home))
    run = runs.launch(plan, settings, load(settings.home))
    assert runs.work(settings, run).state is State.DONE
    return settings, run, load_run(run, "searched", settings)


@pytest.fixture
def study(home):
    opened = open_study(home[0], "searched")
    yield opened
    opened.close()


def test_every_scenario_says_how_it_was_drawn(study):
    with study.cursor() as con:
        rows = con.execute("SELECT family, draw, arm FROM scenarios").df()
    assert rows.groupby("draw")["family"].nunique().to_dict() == {"search": 7, "uniform": 5}
    assert rows.groupby("family")["draw"].nunique().max() == 1
    assert rows["arm"].str.contains(" × ").all()
    assert study.read(draws.counts)[Draw.SEARCH] == draws.Drawn("search", 21, 7)


def test_rates_are_of_the_uniform_share_alone(study):
    rates = draws.for_rates(study)
    assert (rates.info.scenarios, rates.info.families, rates.info.responses) == (15, 5, 45)
    request = catalog.bind(rates, "disagreement.bins")
    assert request.parameters["draw"] == "uniform"
    content = catalog.content(study, request)  # the figure says it, whoever asks for it again
    assert content.frame["scenarios"].sum() == 15
    assert "Uniform share alone: 15 scenarios of 5 families; 21 drawn by search" in content.note
    with study.cursor() as con:
        high = con.execute(
            "SELECT count(*) FROM disagreement JOIN scenarios USING (scenario_no) "
            "WHERE model_set = 'all' AND d >= 1.5 AND draw = 'uniform'"
        ).fetchall()[0][0]
    assert content.frame["scenarios"][2:].sum() == high


def test_all_scenarios_together_are_said_to_be_no_rate(study):
    content = catalog.content(study, catalog.bind(study, "disagreement.bins"))
    assert content.frame["scenarios"].sum() == 36
    assert "21 of 36 scenarios were drawn by search: not a rate." in content.note


def test_the_draws_stand_beside_each_other(study):
    frame = catalog.content(study, catalog.bind(draws.for_rates(study), "disagreement.draws")).frame
    assert frame["draw"].tolist() == ["uniform", "search"]
    assert frame["scenarios"].tolist() == [15, 21]
    uniform, search = frame.to_dict("records")
    assert uniform["value"] == pytest.approx(uniform["high"] / 15)
    assert pd.isna(search["value"])
    assert search["undefined"] == "drawn by search: not a rate"


def test_the_report_is_of_the_uniform_share_and_says_so(home, study):
    found = report(draws.for_rates(study), home[0])["study"]
    assert found["draws"] == {"uniform": 15, "search": 21}
    assert (found["drawn"], found["scenarios"]) == ("uniform", 15)


def test_a_figure_that_was_written_out_names_its_draw(study):
    _, frame, facts = exported("disagreement.histogram", {}, draws.for_rates(study))
    assert facts.parameters["draw"] == "uniform"
    assert frame["scenarios"].sum() == 15


def test_files_and_snapshots_carry_it(home, study, tmp_path):
    settings, run, info = home
    folder = export_run(settings, run, tmp_path / "rows")
    names = pq.read_schema(folder / "default.parquet").names
    assert names[-2:] == ["draw", "arm"]
    again = load_files([folder], "again", settings, copy_texts=True)
    assert again.content_hash == info.content_hash
    snapshot(study, tmp_path / "tables", settings)
    read = SnapshotReader(tmp_path / "tables").scenarios
    assert {s.draw for s in read} == {"uniform", "search"}
    assert all(s.arm for s in read)


def test_how_it_was_drawn_counts_in_the_content_hash(home, tmp_path):
    settings, run, info = home
    folder = export_run(settings, run, tmp_path / "rows")
    table = pq.read_table(folder / "default.parquet").drop_columns(["draw", "arm"])
    pq.write_table(table, tmp_path / "plain.parquet")
    plain = load_files([tmp_path / "plain.parquet"], "plain", settings, copy_texts=True)
    assert plain.content_hash != info.content_hash
    opened = open_study(settings, "plain")
    assert opened.read(draws.counts) == {}
    assert draws.for_rates(opened) is opened
    opened.close()

"""What a run over a study pays for can be loaded onto it, or is refused before it starts."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from analysis.errors import FaultlineError
from analysis.load.files.files import load_files
from analysis.load.runs import load_run
from analysis.queries.snapshot import snapshot
from analysis.settings import Settings
from analysis.store.study import StudyInfo, open_study
from pipeline.plan.inputs import Inputs
from pipeline.plan.make import Wish, make_plan
from pipeline.price import price_plan
from pipeline.providers.catalog import load as load_catalog
from pipeline.run import control as runs

MODELS = ("o3", "gpt_4o")
Study = Callable[..., StudyInfo]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(home=tmp_path_factory.mktemp("loadable") / "home")


@pytest.fixture
def study(home: Settings, tmp_path: Path) -> Study:
    """Makes a study of three queries and two models, with these columns beside."""

    def make(name: str, *, texts: bool = True, **beside: object) -> StudyInfo:
        rows = [
            {"query": f"May I {q}?", "model": m, **({"response": f"{m}: {q}."} if texts else {})}
            for q in ("ask", "tell", "go")
            for m in MODELS
        ]
        path = tmp_path / f"{name}.csv"
        pd.DataFrame(rows).assign(**beside).to_csv(path, index=False)
        return load_files([path], name, home)

    return make


def written(home: Settings, info: StudyInfo, folder: Path) -> Path:
    opened = open_study(home, info.id)
    snapshot(opened, folder, home)
    opened.close()
    return folder


def again(home: Settings, info: StudyInfo, tables: Path, **wish: object) -> StudyInfo:
    """Priced, run on the simulator, and loaded onto the study."""
    wished = Wish(snapshot=tables, **wish)  # type: ignore[arg-type]
    plan = make_plan(wished, home, load_catalog(home.home))
    assert price_plan(plan, Inputs(plan))["calls"] > 0
    run = runs.launch(plan, home, load_catalog(home.home))
    runs.work(home, run)
    return load_run(run, f"{info.id} again", home, onto=info.id)


def test_answers_to_queries_without_values_are_judged_again_and_loaded(
    study: Study, home: Settings, tmp_path: Path
):
    info = study("bare")
    found = again(
        home, info, written(home, info, tmp_path / "t"), stages=("judge",), judges=("hazel_judge",)
    )
    assert (found.rejected, found.judgements) == ({}, 6)


def test_another_model_and_variants_of_queries_without_values_are_loaded(
    study: Study, home: Settings, tmp_path: Path
):
    info = study("wider")
    found = again(
        home,
        info,
        written(home, info, tmp_path / "t"),
        stages=("perturb", "respond", "judge"),
        models=("dunlin_2",),
        judges=("hazel_judge",),
        variants=("tone",),
        replicates=2,
    )
    assert found.rejected == {}
    assert (found.scenarios, found.responses) == (6, 6 + 12)
    assert found.judgements == 12
    assert "dunlin_2" in found.models


def test_stored_answers_that_are_placed_get_their_positions(
    study: Study, home: Settings, tmp_path: Path
):
    info = study("placed", value1="candor", value2="tact")
    found = again(home, info, written(home, info, tmp_path / "t"), stages=("rubric", "score"))
    assert found.rejected == {}
    opened = open_study(home, found.id)
    with opened.cursor() as con:
        counted = con.execute("SELECT count(value1_position), count(*) FROM responses").fetchall()
    opened.close()
    assert counted == [(6, 6)]


def refused(home: Settings, tables: Path, stages: tuple[str, ...], words: str) -> None:
    catalog, wish = load_catalog(home.home), Wish(snapshot=tables, stages=stages)
    with pytest.raises(FaultlineError, match=words):
        runs.launch(make_plan(wish, home, catalog), home, catalog)


def test_what_could_bring_nothing_is_refused_before_it_is_paid_for(
    study: Study, home: Settings, tmp_path: Path
):
    before = len(runs.runs(home))
    sides = {f"value{n}": w for n, w in ((1, "candor"), (2, "tact"))}
    places = {f"value{n}_position": 3 for n in (1, 2)}
    silent = study("silent", texts=False, **sides, **places)
    refused(home, written(home, silent, tmp_path / "a"), ("judge",), "no answer's words")
    refused(home, tmp_path / "a", ("rubric", "score"), "no answer's words")
    bare = study("valueless")
    refused(home, written(home, bare, tmp_path / "b"), ("rubric", "score"), "names two values")
    valued = study("unrubric", **sides)
    refused(home, written(home, valued, tmp_path / "c"), ("score",), "holds no rubrics")
    assert len(runs.runs(home)) == before


@pytest.mark.parametrize(
    ("table", "column"),
    [("scenarios", "query"), ("responses", "model"), ("response_texts", "text")],
)
def test_a_snapshot_that_lacks_a_column_is_refused_before_it_is_paid_for(
    study: Study, home: Settings, tmp_path: Path, table: str, column: str
):
    tables = written(home, study("whole"), tmp_path / "t")
    file = tables / f"{table}.parquet"
    pq.write_table(pq.read_table(file).drop_columns([column]), file)
    refused(home, tables, ("judge",), rf"{table}.parquet lacks the column\(s\) {column}")


def test_a_run_of_queries_and_variants_alone_says_that_it_has_no_answers(home: Settings):
    for stages in (("pairs", "generate"), ("pairs", "generate", "perturb")):
        wish = Wish(families=1, stages=stages, variants=("tone",) if "perturb" in stages else ())
        run = runs.launch(
            make_plan(wish, home, load_catalog(home.home)), home, load_catalog(home.home)
        )
        runs.work(home, run)
        with pytest.raises(FaultlineError, match="neither asks for answers"):
            load_run(run, "nothing", home)

"""A stress test's run as a study: the same facts as its published files, labels by their source,
onto a parent, and half-way."""

from pathlib import Path

import pytest
from make_rows import load

from analysis.errors import FaultlineError
from analysis.load.files import load_files
from analysis.load.runs import load_run
from analysis.settings import Settings
from analysis.store import labels
from analysis.store.snapshot import snapshot
from analysis.store.study import open_study
from analysis.store.widen import write_sources
from pipeline import run as runs
from pipeline.export import export_run
from pipeline.plan_make import Wish, make_plan
from pipeline.providers.catalog import load as load_catalog

MODELS = ("aster_large", "aster_small", "cobble_one", "dunlin_2")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(home=tmp_path_factory.mktemp("runs") / "home")


def launched(home: Settings, wish: Wish) -> str:
    catalog = load_catalog(home.home)
    return runs.launch(make_plan(wish, home, catalog), home, catalog)


def finished(home: Settings, wish: Wish) -> str:
    run = launched(home, wish)
    runs.work(home, run)
    return run


@pytest.fixture(scope="module")
def run(home: Settings) -> str:
    return finished(home, Wish(template="smoke", families=5, models=MODELS, seed=3))


def test_a_run_is_the_study_that_its_published_files_are(
    home: Settings, run: str, tmp_path: Path
) -> None:
    info = load_run(run, "from the run", home)
    assert (info.scenarios, info.families, info.simulated) == (15, 5, True)
    assert info.models == sorted(MODELS)
    assert info.judgements > 0
    assert info.rejected == {}
    folder = export_run(home, run, tmp_path / "public")
    published = load_files([folder], "it", Settings(home=tmp_path / "other"), copy_texts=True)
    assert published.content_hash == info.content_hash
    assert published.rejected == {}


def test_the_run_s_own_labels_are_kept_under_its_labeller(home: Settings, run: str) -> None:
    info = load_run(run, "labels", home)
    study = open_study(home, info.id)
    sources = labels.sources(study, "response_types")
    assert any(s.startswith("rules") for s in sources)
    made = [s for s in sources if not s.startswith("rules")]
    assert len(made) == 1
    with study.cursor() as con:
        count = con.execute(
            f"SELECT count(*) FROM {labels.relation(study, 'response_types', made[0])}"
        ).fetchall()[0][0]
    assert 0 < count <= 60
    assert labels.sources(study, "topics")
    study.close()


def test_judgements_of_stored_answers_load_onto_their_study(
    home: Settings, run: str, tmp_path: Path
) -> None:
    """A fourth judge of the same answers: a new study that names its parent."""
    parent = load_run(run, "parent", home)
    study = open_study(home, parent.id)
    snapshot(study, tmp_path / "tables", home)
    study.close()
    again = finished(
        home, Wish(snapshot=tmp_path / "tables", stages=("judge",), judges=("larch_judge",), seed=9)
    )
    child = load_run(again, "child", home, onto=parent.id)
    assert child.parent == parent.id
    assert (child.scenarios, child.responses) == (parent.scenarios, parent.responses)
    assert child.judgements >= parent.judgements


def test_a_study_written_out_loads_as_itself(home: Settings, run: str, tmp_path: Path) -> None:
    info = load_run(run, "itself", home)
    study = open_study(home, info.id)
    files = write_sources(study, tmp_path / "written")
    study.close()
    other = Settings(home=tmp_path / "home")
    assert load(other, *files, copy_texts=True).content_hash == info.content_hash


@pytest.mark.parametrize("wrong", ["01ARZ3NDEKTSV4RRFFQ69G5FAV", "../../etc", ""])
def test_a_run_that_is_not_there_is_told_in_a_sentence(home: Settings, wrong: str) -> None:
    with pytest.raises(FaultlineError) as caught:
        load_run(wrong, "nothing", home)
    assert "Traceback" not in str(caught.value)
    assert "run" in str(caught.value)


def test_a_run_without_an_answer_says_so(home: Settings) -> None:
    run = launched(home, Wish(template="smoke", families=2, models=MODELS))
    with pytest.raises(FaultlineError, match="no answer and no judgement yet"):
        load_run(run, "empty", home)

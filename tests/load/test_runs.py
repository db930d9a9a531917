"""A stress test's run as a study: the same facts as its published files, labels by their source,
onto a parent, and half-way."""

import sqlite3
from pathlib import Path

import pytest
from make_rows import load

from analysis.errors import FaultlineError
from analysis.figures.frames.making import of_info
from analysis.load.files.files import load_files
from analysis.load.runs import load_run
from analysis.queries.snapshot import snapshot
from analysis.queries.source_files import write_sources
from analysis.settings import Settings
from analysis.store import labels
from analysis.store.study import open_study
from pipeline.export.write import export_run
from pipeline.plan.make import Wish, make_plan
from pipeline.providers.catalog import load as load_catalog
from pipeline.run import control as runs

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
    assert any(s.startswith("classifier") for s in sources)
    made = [s for s in sources if not s.startswith("classifier")]
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
    made = of_info(child)
    assert (made["run"], [r["run"] for r in made["runs"]]) == (again, [run, again])
    assert (made["loaded"], made["selection"]) == ("whole", "all")
    assert made["roles"]["respond"] == list(MODELS)
    assert "larch_judge" in made["roles"]["judge"]
    opened = open_study(home, child.id)
    theirs = [s for s in labels.sources(opened, "response_types") if not labels.embedded(s)]
    opened.close()
    assert theirs  # the parent's labels by a model came along


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


def test_what_was_loaded_half_way_is_a_part(home: Settings, tmp_path: Path) -> None:
    """One stage was paused before its end: the study says so, and which."""
    run = finished(home, Wish(template="smoke", families=1, models=MODELS, seed=4))
    journal = sqlite3.connect(home.runs / run / "journal.sqlite")
    with journal:
        journal.execute("UPDATE progress SET state = 'paused', total = 99 WHERE stage = 'judge'")
    journal.close()
    made = of_info(load_run(run, "half", home))
    assert made["loaded"] == "part"
    assert made["runs"][0]["stages"]["judge"]["total"] == 99

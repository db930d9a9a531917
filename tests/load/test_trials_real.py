"""A clause of the real spec of April repaired and tried: on a study that simulated judges made
under that spec."""

from contextlib import closing
from pathlib import Path

import pytest

from analysis.figures.trial_words import sentence
from analysis.load import drafts, trials
from analysis.load.runs import load_run
from analysis.load.specs import load_spec
from analysis.load.trials import TrialWish
from analysis.measure.compare.trial import outcome
from analysis.parse.specs.editing import with_example
from analysis.parse.trials import Group, NewText
from analysis.queries import clauses as queries
from analysis.settings import Settings
from analysis.store import study_specs
from analysis.store.annotations import drafts as store
from analysis.store.study import open_study
from analysis.store.trials import rows_of
from pipeline.plan.make import Wish, make_plan
from pipeline.plan.plan import read_plan
from pipeline.providers.catalog import load as catalog
from pipeline.run import control as runs
from pipeline.run.state import State

SPEC = Path(__file__).resolve().parents[3] / "shared/data/model_spec/model_spec.2025-04-11.md"


@pytest.fixture
def settings(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("FAULTLINE_HOME", str(settings.home))
    return settings


def ran(settings: Settings, plan) -> str:
    run = runs.launch(plan, settings, catalog(settings.home))
    assert runs.work(settings, run).state is State.DONE
    return run


@pytest.mark.real_data
@pytest.mark.timeout(600)
def test_a_clause_of_the_real_spec_is_repaired_tried_and_accepted(settings: Settings):
    if not SPEC.is_file():
        pytest.skip(f"{SPEC} is absent: the real spec was NOT tried")
    load_spec(SPEC, None, settings)
    models = ("aster_large", "cobble_one", "dunlin_2")
    stages = ("pairs", "generate", "respond", "judge")
    wish = Wish(families=8, models=models, stages=stages, noise=0, spec=SPEC, seed=5)
    load_run(ran(settings, make_plan(wish, settings, catalog(settings.home))), "judged", settings)
    with closing(open_study(settings, "judged")) as study:
        judged = study_specs.under(study)
        spec = study_specs.spec_of(judged)
        cited = queries.citations(judged, spec)
        clause = str(cited.loc[cited["known"], "clause"].value_counts().index[0])
        begun = drafts.start(drafts.of_study(judged), settings)
        own = next(c.text for c in spec.clauses if c.anchor == clause)
        text = begun.text.replace(
            own, with_example(own, "User: Am I late?\nGood: Yes, by an hour.")
        )
        draft = drafts.keep(begun, clause, text, "ada", "It shows no case.", settings)
        new = NewText(draft.name, draft.version, store.text_of(settings, draft))
        made = trials.plan_trial(
            study, TrialWish(clause, new, control=10, held_out=6), None, settings
        )
    assert made.trial.old == spec.key
    assert made.power.cases == len(made.trial.of(Group.TARGET)) > 0
    run = ran(settings, read_plan(made.plan))
    read = trials.take("judged", run, settings)
    found = outcome(rows_of(settings, read.key), read.trial.neighbours, 1)
    assert found.groups[Group.TARGET]["interpretive"].n > 0
    assert found.groups[Group.HELD_OUT]["interpretive"].n > 0
    assert set(found.harm) == set(found.neighbours)
    assert "cases that cite the clause" in sentence(found)
    assert drafts.accept(draft, "ada", settings).key == draft.key

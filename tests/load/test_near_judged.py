"""From near to cited: the queries near a clause, judged on their own and loaded onto the study."""

from pathlib import Path

import pytest
from make_rows import load, many, parquet

from analysis.load.runs import load_run
from analysis.queries import clauses, near
from analysis.queries.snapshot import snapshot
from analysis.settings import Settings
from analysis.store.library.specs import read_spec
from analysis.store.study import open_study
from pipeline.plan.make import Wish, make_plan
from pipeline.providers.catalog import load as load_catalog
from pipeline.run import control as runs

pytestmark = pytest.mark.usefixtures("exports_here")

CLAUSE = "room_for_fiction"


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Settings:
    """Nine queries that nobody judged, four of them near the clause on fiction."""
    folder = tmp_path_factory.mktemp("near")
    settings = Settings(home=folder / "home")
    rows = many(9)
    for i, row in enumerate(rows):
        row |= {"value1": "blue", "value2": "green"}
        story = f"Write a story, a poem, fiction with a dark villain, number {i}."
        row["query"] = story if i % 2 else f"How do I mend bicycle {i}?"
    load(settings, parquet(folder / "a.parquet", rows), study="unjudged")
    return settings


def test_what_is_near_is_judged_alone_and_then_cited_or_not(home: Settings, tmp_path: Path) -> None:
    study, spec = open_study(home, "unjudged"), read_spec(home)
    chosen = near.scenarios(study, spec, CLAUSE)
    snapshot(study, tmp_path / "part", home, chosen)
    catalog = load_catalog(home.home)
    wish = Wish(template="re-judge", snapshot=tmp_path / "part", seed=3)
    run = runs.launch(make_plan(wish, home, catalog), home, catalog)
    runs.work(home, run)
    before = near.counts(study, spec)
    study.close()
    after = open_study(home, load_run(run, "judged", home, onto="unjudged").id)
    judged = clauses.judgements(after)
    assert set(judged["scenario"]) == set(chosen)
    assert after.info.scenarios == 9
    assert len(clauses.citations(after, spec)) > 0
    assert near.counts(after, spec) == before  # what judges say changes nothing of what is near
    assert near.of_clause(after, spec, CLAUSE)["judged"].all()
    after.close()

"""An old study, opened after another spec, taxonomy and other labels were loaded, shows what it
showed: its judgements under their own spec without asking, its files byte for byte."""

import json
from dataclasses import replace
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow.parquet as pq
import pytest
from make_rows import MODELS, many, opinions, parquet
from store.build.test_spec_import import judged

from analysis.figures import catalog
from analysis.figures.provenance import facts_of
from analysis.files import tables
from analysis.load.files.files import load_files
from analysis.load.specs import load_spec
from analysis.load.taxonomy import load_taxonomy
from analysis.parse.specs.carried import NAMED, SPECS, CarriedSpec, packed
from analysis.parse.specs.spec import parse_spec
from analysis.settings import EMBEDDED, Settings
from analysis.store import damage, labels, study_specs
from analysis.store.study import POINTER, OpenStudy, open_study

TOPIC_FILTER = {"topics": ["ethics and morality"], "refused_by": ["o3"], "near": ["kind_words"]}
NAMED_ALL = {
    "clauses.listed": {},
    "judges.who": {},
    "values.by_category": {},
    "refusals.types": {},
    "near.clauses": {},
    "scenarios.listed": {"filter": TOPIC_FILTER},
}


def exported(study: OpenStudy, name: str, parameters: dict) -> tuple[dict, bytes]:
    """A figure's parameters, and its file with the facts beside it."""
    request = catalog.bind(study, name, **parameters)
    content = catalog.content(study, request)
    facts = facts_of(study, content)
    return request.parameters, tables.zipped(content.frame, facts)


def other_labels(study: OpenStudy) -> None:
    """A model's labels, which go before those by rules."""
    with study.cursor() as con:
        topics = con.execute("SELECT scenario_no, 'politics' AS topic FROM scenarios").df()
        types = con.execute(
            "SELECT scenario_no, model, replicate, 'firm rejection' AS response_type FROM responses"
        ).df()
    for kind, frame in (("topics", topics), ("response_types", types)):
        labels.store(study, kind, "a model 2", frame.assign(source="a model 2"))


@pytest.fixture(scope="module")
def old(tmp_path_factory) -> tuple[OpenStudy, dict[str, tuple[dict, bytes]]]:
    """The study as it is read after all that was loaded, and what it showed before."""
    folder: Path = tmp_path_factory.mktemp("old")
    settings = Settings(home=folder / "home")
    rows = many(30, models=MODELS)
    said = parquet(folder / "said.parquet", opinions(rows, ("o3",)))
    text = (EMBEDDED / "spec.md").read_text(encoding="utf-8")
    spec = parse_spec(text, "house.1.0.md")
    notes = {NAMED: "house 1.0", SPECS: packed([CarriedSpec(spec, text)])}
    pq.write_table(pq.read_table(said).replace_schema_metadata(notes), said)
    info = load_files([parquet(folder / "rows.parquet", rows), said], "old", settings)
    study = open_study(settings, info.id)
    before = {name: exported(study, name, given) for name, given in NAMED_ALL.items()}
    study.close()

    (folder / "house.1.0.md").write_text("# Kind words {#kind_words}\n\nOther words.\n")
    load_spec(folder / "house.1.0.md", None, settings)
    values = pd.DataFrame(
        {
            "cluster_id": ["candour", "k", "c", "g"],
            "description": ["", "", "", ""],
            "name": ["candour", "K", "Another category", "G"],
            "level": [0, 1, 2, 3],
            "parent_cluster_id": ["k", "c", "g", ""],
            "pct_total_occurrences": [1, 1, 1, 1],
        }
    )
    values.to_csv(folder / "values.csv", index=False)
    load_taxonomy(folder / "values.csv", settings)
    again = open_study(settings, info.id)
    other_labels(again)
    return again, before


@pytest.mark.parametrize("name", NAMED_ALL)
def test_what_names_its_spec_taxonomy_and_labels_is_the_same_byte_for_byte(old, name):
    study, before = old
    parameters, file = before[name]
    assert exported(study, name, parameters) == (parameters, file)


def test_its_judgements_are_read_under_their_own_spec_without_asking(old):
    study, before = old
    one = study_specs.chosen(study)
    assert (one.label, one.assumed) == ("house 1.0", False)
    assert one.key == before["clauses.listed"][0]["spec"]
    assert exported(study, "clauses.listed", {}) == before["clauses.listed"] or (
        catalog.bind(study, "clauses.listed").parameters["labels"] == "a model 2"
    )


def test_a_taxonomy_chosen_anew_recategorises(old):
    study, before = old
    parameters, _ = before["values.by_category"]
    now = catalog.bind(study, "values.by_category").parameters
    assert now["taxonomy"] != parameters["taxonomy"]
    assert "Another category" in set(
        catalog.compute(study, catalog.bind(study, "values.by_category"))["category"]
    )
    linked = study.read_as(replace(study.reading, taxonomy=parameters["taxonomy"]))
    assert (
        catalog.bind(linked, "values.by_category").parameters["taxonomy"]
        == (parameters["taxonomy"])
    )


def test_a_study_from_before_specs_were_kept_is_read_under_the_one_its_source_names(
    settings: Settings, tmp_path: Path
):
    from make_rows import load

    info = load(settings, judged(tmp_path / "a.parquet", {NAMED: "spec 1.0"}))
    with duckdb.connect(str(info.path)) as con:  # as an earlier program left it
        con.execute("UPDATE judgements SET spec = NULL")
        con.execute("DROP TABLE specs")
        con.execute("DROP TABLE clauses")
    pointer = info.path.with_name(POINTER)
    facts = damage.without_checksum(pointer.read_text())
    assert facts is not None
    facts["sources"][0]["spec"] = "house 1.0"
    pointer.write_text(damage.with_checksum(facts | {"seal": "", "digest": ""}))
    file = tmp_path / "house.1.0.md"
    file.write_text("# Kind {#kind}\n\nWords.\n")
    spec = load_spec(file, None, settings)
    file.write_text("# Other {#other}\n\nWords.\n")
    load_spec(file, "2.0", settings)
    study = open_study(settings, info.id)
    one = study_specs.chosen(study)
    assert (one.key, one.assumed) == (spec.key, False)
    assert len(catalog.compute(study, catalog.bind(study, "judges.who"))) == 1
    assert json.loads(catalog.bind(study, "judges.who").canonical_json)["spec"] == spec.key

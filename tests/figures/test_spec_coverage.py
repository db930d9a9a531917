"""What is tested of a spec, with its citations, labels and near queries counted here again."""

import pytest
from make_rows import load, many, opinions, parquet

from analysis.errors import FaultlineError
from analysis.figures import catalog
from analysis.figures.spec_coverage import in_a_sentence, summary
from analysis.queries import clauses as queries
from analysis.queries import near
from analysis.report.spec_coverage import entries
from analysis.store import study_specs
from analysis.store.annotations import annotations
from analysis.store.annotations.annotations import About, Kind, entry
from analysis.store.study import open_study


@pytest.fixture
def study(settings, tmp_path):
    rows = many(12)
    for i, row in enumerate(rows):
        row["query"] = f"Write a story, a poem, fiction with a dark villain, number {i}."
    said = parquet(tmp_path / "said.parquet", opinions(rows, ("o3",)))
    load(settings, parquet(tmp_path / "rows.parquet", rows), said)
    opened = open_study(settings, "planted")
    yield opened
    opened.close()


def table(study, **parameters):
    request = catalog.bind(study, "spec_coverage.clauses", **parameters)
    return catalog.compute(study, request).set_index("clause")


def test_every_clause_stands_there_in_reading_order(study):
    spec = study_specs.spec_of(study)
    found = table(study)
    assert list(found.index) == [c.anchor for c in spec.clauses]
    cited = queries.citations(study, spec)
    cited = cited[cited["known"]]
    assert set(found.index[found["judgements"] > 0]) == set(cited["clause"])
    assert found["judgements"].sum() == len(cited)
    linked = near.counts(study, spec)
    assert found["near"].to_dict() == {c: linked.get(c, 0) for c in found.index}


def test_near_queries_of_high_d_are_those_that_the_list_has(study):
    spec = study_specs.spec_of(study)
    found = table(study)
    near_to = [c for c in found.index if found.loc[c, "near"]]
    assert near_to
    for clause in near_to:
        listed = near.of_clause(study, spec, clause, 1_000)
        row = found.loc[clause]
        assert row["near_high"] == (listed["d"] >= 1.5).sum()
        assert row["mean_d"] == pytest.approx(listed["d"].mean())


def test_labels_count_under_the_wording_they_were_given_under(study):
    spec = study_specs.spec_of(study)
    with study.cursor() as con:
        scenario, key = con.execute("SELECT scenario, query_key FROM scenarios LIMIT 1").fetchone()
    clause = table(study).index[0]
    before = table(study)["labels"]

    def say(value):
        about = About(key, scenario, "o3")
        made = entry(Kind.CLAUSE, value, about, "mia", study.info.content_hash, spec=spec.key)
        annotations.add(study.settings, [made])

    say(f"{spec.name}@{spec.version}@000000000000#{clause}")
    assert table(study)["labels"].equals(before)
    say(f"{spec.key}#{clause}")
    assert table(study)["labels"][clause] == before[clause] + 1
    kept = catalog.bind(study, "spec_coverage.clauses")
    annotations.undo(study.settings, "mia", study.info.content_hash)
    assert table(study)["labels"][clause] == before[clause]
    held = catalog.compute(study, kept).set_index("clause")
    assert held["labels"][clause] == before[clause] + 1  # as it stood when it was asked for


def test_states_add_up_and_headings_are_no_untested_clauses(study):
    whole = table(study).reset_index()
    counts = summary(whole)
    parts = {s: len(table(study, state=s)) for s in ("untested", "few cases", "ok")}
    assert counts == parts
    assert f"{counts['untested']} " in in_a_sentence(counts)
    with pytest.raises(FaultlineError, match="Unknown state “fine”"):
        table(study, state="fine")


def test_the_command_gives_an_entry_a_clause(study):
    found = entries(study)
    assert [e["clause"] for e in found] == list(table(study).index)
    assert {e["state"] for e in found} <= {"ok", "few cases", "untested"}
    one = next(e for e in found if e["near"])
    assert set(one["near_d"]) in ({"value", "low", "high", "n"}, {"undefined", "n"})

"""What a study's judgements were made under: its own spec whatever the library holds, several specs
as several sets, and what somebody says of judgements that name none."""

from pathlib import Path

import pytest
from make_rows import load
from store.build.test_spec_import import NEW, OLD, judged, notes

from analysis.figures import catalog
from analysis.load.specs import load_spec
from analysis.parse.specs.carried import NAMED
from analysis.parse.specs.spec import parse_spec
from analysis.queries import clauses, human_labels, judges
from analysis.report import report
from analysis.settings import Settings
from analysis.store import study_specs
from analysis.store.annotations import annotations, spec_answers
from analysis.store.annotations.annotations import About, Draw, Kind, entry
from analysis.store.study import OpenStudy, open_study

V1, V2 = "rules.2026-01-01.md", "rules.2026-02-01.md"


def library(settings: Settings, tmp_path: Path, text: str, name: str) -> str:
    file = tmp_path / name
    file.write_text(text)
    return load_spec(file, None, settings).key


@pytest.fixture
def both(settings: Settings, tmp_path: Path) -> OpenStudy:
    """One answer judged compliant under the old wording and non-compliant under the new one."""
    old = judged(tmp_path / "a.parquet", notes(OLD, V1))
    new = judged(tmp_path / "b.parquet", notes(NEW, V2), "non-compliant")
    return open_study(settings, load(settings, old, new).id)


def decided(study: OpenStudy) -> list[str]:
    return list(judges.decisions(study)["decision"])


def test_a_study_keeps_its_spec_when_another_is_loaded(settings: Settings, tmp_path: Path):
    info = load(settings, judged(tmp_path / "a.parquet", notes(OLD, V1)))
    study = open_study(settings, info.id)
    before = [report(study, settings)[k] for k in ("spec", "clauses", "agreement")]
    assert before[0]["assumed"] is False
    library(settings, tmp_path, "# Another {#kind}\n\nWords.\n", "rules.2026-01-01.md")
    library(settings, tmp_path, NEW, V2)
    fresh = open_study(settings, info.id)
    assert [report(fresh, settings)[k] for k in ("spec", "clauses", "agreement")] == before
    assert study_specs.spec_of(fresh) == parse_spec(OLD, V1)
    assert study_specs.words(fresh) == ""


def test_two_specs_are_two_sets_in_every_query(both: OpenStudy):
    one, other = study_specs.sets(both)
    assert (one.judgements, other.judgements) == (1, 1)
    under = {s.label: study_specs.under(both, s.key) for s in (one, other)}
    assert decided(under["rules 2026-01-01"]) == ["compliant"]
    assert decided(under["rules 2026-02-01"]) == ["non-compliant"]
    assert decided(study_specs.under(both)) == ["compliant"]
    assert {len(clauses.judgements(s)) for s in under.values()} == {1}
    for s in under.values():
        assert s.info.judgements == 1
        assert clauses.citations(s, study_specs.spec_of(s))["clause"].tolist() == ["kind"]


def test_a_figure_names_its_spec_and_reads_it_alone(both: OpenStudy):
    old, new = (parse_spec(t, n).key for t, n in ((OLD, V1), (NEW, V2)))
    for key, share in ((old, 0.0), (new, 1.0)):
        request = catalog.bind(both, "judges.who", spec=key)
        assert request.parameters["spec"] == key
        content = catalog.content(both, request)
        assert content.frame["value"].tolist() == [share]
        assert "1 of 2 judgements" in content.note
        _, queries = catalog.compute_with_queries(both, request)
        assert any(key in q for q in queries)
    assert catalog.bind(both, "judges.who").parameters["spec"] == old


def test_a_spec_that_judged_nothing_here_has_no_judgements(both: OpenStudy, tmp_path: Path):
    key = library(both.settings, tmp_path, "# C {#c}\n\nWords.\n", "third.1.0.md")
    assert decided(study_specs.under(both, key)) == []
    assert study_specs.spec_of(both, key).name == "third"


def test_none_named_is_assumed_until_somebody_says(settings: Settings, tmp_path: Path):
    study = open_study(settings, load(settings, judged(tmp_path / "a.parquet", {})).id)
    first = library(settings, tmp_path, OLD, V1)
    assert report(study, settings)["spec"] == {
        "name": "rules",
        "version": "2026-01-01",
        "digest": parse_spec(OLD, V1).content_hash,
        "assumed": True,
    }
    assert "assumed" in catalog.content(study, catalog.bind(study, "judges.who")).note
    library(settings, tmp_path, NEW, V2)
    about = study_specs.unnamed_digest(study)
    spec_answers.store_answer(settings, about, first, "ann")
    assert report(study, settings)["spec"]["assumed"] is False
    assert study_specs.chosen(study).key == first
    again = load(settings, judged(tmp_path / "a.parquet", {}), study="again")
    assert study_specs.chosen(open_study(settings, again.id)).key == first
    spec_answers.undo(settings, about, "ann")
    assert study_specs.chosen(study).label == "rules 2026-02-01"
    assert study_specs.chosen(study).assumed


def test_an_assumption_never_joins_what_a_source_says(settings: Settings, tmp_path: Path):
    named = judged(tmp_path / "a.parquet", notes(OLD, V1))
    bare = judged(tmp_path / "b.parquet", {}, "non-compliant")
    study = open_study(settings, load(settings, named, bare).id)
    key = library(settings, tmp_path, OLD, V1)
    sets = study_specs.sets(study)
    assert [(s.key, s.judgements, s.assumed) for s in sets] == [
        (key, 1, False),
        (study_specs.UNNAMED + key, 1, True),
    ]
    assert decided(study_specs.under(study, key)) == ["compliant"]
    assert decided(study_specs.under(study, sets[1].key)) == ["non-compliant"]
    spec_answers.store_answer(settings, study_specs.unnamed_digest(study), key, "ann")
    assert [s.key for s in study_specs.sets(study)] == [key]
    assert decided(study_specs.under(study)) == ["compliant"]  # one judge has one verdict


def test_a_name_without_a_text_is_looked_for_when_it_is_needed(settings: Settings, tmp_path: Path):
    info = load(settings, judged(tmp_path / "a.parquet", {NAMED: "rules 2026-01-01"}))
    study = open_study(settings, info.id)
    assert decided(study_specs.under(study)) == ["compliant"]
    assert study_specs.spec_of(study).clauses == ()
    assert "not in the library" in study_specs.words(study)
    found = report(study, settings)
    assert found["spec"] == {
        "name": "rules",
        "version": "2026-01-01",
        "digest": None,
        "assumed": False,
    }
    assert "undefined" in found["clauses"]
    library(settings, tmp_path, OLD, V1)
    assert study_specs.spec_of(study) == parse_spec(OLD, V1)
    assert not study_specs.chosen(study).assumed


def test_a_verdict_under_another_wording_is_none_of_this_one(both: OpenStudy):
    """One person labels the same answer under both wordings; each set has its own verdict."""
    old, new = study_specs.sets(both)
    with both.cursor() as con:
        key, scenario = con.execute("SELECT query_key, scenario FROM scenarios").fetchall()[0]
    about = About(key, scenario, "o3")
    for spec, word in ((old.key, "compliant"), (new.key, "ambiguous"), (None, "non-compliant")):
        made = entry(
            Kind.COMPLIANCE,
            word,
            about,
            f"mia {word}",
            both.info.content_hash,
            draw=Draw.RANDOM,
            blind=True,
            spec=spec,
        )
        annotations.add(both.settings, [made])
    for spec, word in ((old, "compliant"), (new, "ambiguous")):
        study = study_specs.under(both, spec.key)
        # One that names no wording is taken as given under this one.
        assert set(human_labels.compliance(study)["value"]) == {word, "non-compliant"}
        assert human_labels.set_aside(study) == 1
        note = catalog.content(study, catalog.bind(study, "people.judges")).note
        assert "1 label, given under another wording of the spec, was set aside." in note

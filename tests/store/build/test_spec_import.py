"""Which spec judgements were made under, from what sources say of it."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from make_rows import load

from analysis.errors import FaultlineError
from analysis.load.specs import load_spec
from analysis.parse.specs.carried import NAMED, SPECS, CarriedSpec, packed, spec_name
from analysis.parse.specs.spec import parse_spec
from analysis.queries.source_files import write_sources
from analysis.settings import Settings
from analysis.store.study import StudyInfo, open_study
from analysis.store.study_specs import carried

OLD = "# Be kind {#kind authority=user}\n\nSay it kindly.\n\n# Be exact {#exact}\n\nSay it right.\n"
NEW = OLD.replace("Say it kindly.", "Say it kindly, and briefly.")


def judged(
    path: Path, notes: dict[str, str], decision: str = "compliant", spec: str | None = None
) -> Path:
    """One judged answer; `spec` is what its row says of the spec."""
    row = {
        "prompt": "May I?",
        "response": "You may.",
        "model": "o3",
        "value1": "a",
        "value2": "b",
        "chunk_idx": 1,
        "entry_idx": 2,
        "query_key": "1_2_neutral",
        "gpt41_reasoning": "It is #kind.",
        "gpt41_decision": decision,
    }
    table = pa.Table.from_pylist([row | ({"spec": spec} if spec else {})])
    pq.write_table(table.replace_schema_metadata(notes), path)
    return path


def notes(text: str, name: str = "rules.2026-01-01.md") -> dict[str, str]:
    spec = parse_spec(text, name)
    return {NAMED: f"{spec.name} {spec.version}", SPECS: packed([CarriedSpec(spec, text)])}


def specs_of(settings: Settings, info: StudyInfo) -> list[tuple[str | None, str]]:
    study = open_study(settings, info.id)
    with study.cursor() as con:
        found = con.execute("SELECT spec, decision FROM judgements ORDER BY ALL").fetchall()
    study.close()
    return found


def test_judgements_name_the_spec_that_their_file_carries(settings: Settings, tmp_path: Path):
    spec = parse_spec(OLD, "rules.2026-01-01.md")
    info = load(settings, judged(tmp_path / "a.parquet", notes(OLD)))
    assert specs_of(settings, info) == [(spec.key, "compliant")]
    study = open_study(settings, info.id)
    assert carried(study) == {spec.key: CarriedSpec(spec, OLD)}


@pytest.mark.parametrize("version", ["2026-01-01", "2026-02-01"])
def test_two_wordings_in_one_study_are_two_sets(settings: Settings, tmp_path: Path, version: str):
    """Same columns, other clauses: told apart by their digests, also under one version's name."""
    old = judged(tmp_path / "a.parquet", notes(OLD))
    new = judged(tmp_path / "b.parquet", notes(NEW, f"rules.{version}.md"), "non-compliant")
    info = load(settings, old, new)
    keys = [parse_spec(OLD, "rules.2026-01-01.md").key, parse_spec(NEW, f"rules.{version}.md").key]
    assert specs_of(settings, info) == sorted(
        zip(keys, ("compliant", "non-compliant"), strict=True)
    )
    assert info.rejected == {}
    study = open_study(settings, info.id)
    again = load(settings, *write_sources(study, tmp_path / "out"), study="again")
    assert specs_of(settings, again) == specs_of(settings, info)
    assert carried(open_study(settings, again.id)) == carried(study)


def test_a_name_alone_is_looked_up_in_the_library(settings: Settings, tmp_path: Path):
    file = tmp_path / "rules.2026-01-01.md"
    file.write_text(OLD)
    spec = load_spec(file, None, settings)
    info = load(settings, judged(tmp_path / "a.parquet", {}, spec="rules 2026-01-01"))
    assert specs_of(settings, info) == [(spec.key, "compliant")]
    assert carried(open_study(settings, info.id)) == {spec.key: CarriedSpec(spec, OLD)}


def test_a_name_that_nobody_knows_is_kept(settings: Settings, tmp_path: Path):
    info = load(settings, judged(tmp_path / "a.parquet", {NAMED: "house 3"}))
    assert specs_of(settings, info) == [("house@3", "compliant")]
    assert carried(open_study(settings, info.id)) == {}


def test_none_named_is_none(settings: Settings, tmp_path: Path):
    info = load(settings, judged(tmp_path / "a.parquet", {}))
    assert specs_of(settings, info) == [(None, "compliant")]


@pytest.mark.parametrize("note", ["[]x", '[{"name": "a"}]', "{}1", '[{"clauses": 3}]', "7"])
def test_a_damaged_note_is_refused_in_a_sentence(settings: Settings, tmp_path: Path, note: str):
    with pytest.raises(FaultlineError, match="can't be read"):
        load(settings, judged(tmp_path / "a.parquet", {SPECS: note}))


@pytest.mark.parametrize(
    ("said", "key"),
    [
        ("model_spec 2025-04-11", "model_spec@2025-04-11"),
        ("model_spec@2025-04-11@0123abcd", "model_spec@2025-04-11@0123abcd"),
        ("OpenAI Model Spec", "OpenAI-Model-Spec"),
        ("../../etc 1.0", "etc@1.0"),
    ],
)
def test_what_a_source_says_of_a_spec(said: str, key: str):
    assert spec_name(said).key == key

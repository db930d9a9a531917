"""What names its taxonomy, spec and labels shows the same, byte for byte, whatever comes into use
later; what names none goes on with the study's own spec, and with the taxonomy that is in use."""

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from make_rows import judged, many, parquet
from store.build.test_spec_import import OLD, notes

from analysis.figures import catalog
from analysis.figures.draw import draw
from analysis.files.formats import written
from analysis.load.files.files import load_files
from analysis.load.specs import load_spec
from analysis.load.taxonomy import load_taxonomy
from analysis.settings import EMBEDDED, Settings
from analysis.store import labels, study_specs
from analysis.store.study import open_study

FIGURES = ("values.by_category", "refusals.by_topic", "judges.who", "clauses.listed")
FULL, FIRM = "full compliance", "firm rejection with explanation"


@pytest.fixture
def study(settings: Settings, tmp_path: Path) -> str:
    """24 queries with own labels, of which judges speak who name the spec that they were given."""
    rows = [r | {"response_type_o3": FULL} for r in many(24, gaps=0)]
    said = [judged(r, "o3", {"gpt41": "compliant"}, gpt41_reasoning="It is #kind.") for r in rows]
    file = parquet(tmp_path / "said.parquet", said)
    table = pd.read_parquet(file)
    pq.write_table(pa.Table.from_pandas(table).replace_schema_metadata(notes(OLD)), file)
    return load_files([parquet(tmp_path / "own.parquet", rows), file], "old", settings).id


def exported(
    settings: Settings, study: str, asked: dict[str, dict[str, object]], folder: Path
) -> dict[str, bytes]:
    """Name -> the bytes of its CSV, under these parameters."""
    opened = open_study(settings, study)
    found: dict[str, bytes] = {}
    folder.mkdir()
    for name, parameters in asked.items():
        drawn, frame, facts = draw(name, parameters, opened)
        paths = written(drawn, frame, facts, folder / f"{name}.csv", "slide")
        found[name] = paths[0].read_bytes()
    opened.close()
    return found


def others_come_into_use(settings: Settings, study: str, tmp_path: Path) -> None:
    """A spec of the same name and version in other words, a taxonomy that sorts otherwise, and the
    labels of somebody whose name goes before all others."""
    spec = tmp_path / "rules.2026-01-01.md"
    spec.write_text(OLD.replace("Say it kindly.", "Say it in verse."))
    load_spec(spec, None, settings)
    words = (EMBEDDED / "taxonomy.csv").read_text(encoding="utf-8")
    taxonomy = tmp_path / "another.csv"
    taxonomy.write_text(words.replace("Epistemic values", "Other values"), encoding="utf-8")
    load_taxonomy(taxonomy, settings)
    opened = open_study(settings, study)
    with opened.cursor() as con:
        rows = con.execute("SELECT scenario_no, model, replicate FROM responses").df()
    made = rows.assign(source="aaa", response_type=FIRM)
    labels.store(opened, "response_types", "aaa", made)
    opened.close()


def test_an_export_that_names_its_inputs_stays_byte_for_byte(
    settings: Settings, study: str, tmp_path: Path
):
    opened = open_study(settings, study)
    asked = {n: dict(catalog.bind(opened, n).parameters) for n in FIGURES}
    opened.close()
    before = exported(settings, study, asked, tmp_path / "before")
    others_come_into_use(settings, study, tmp_path)
    assert exported(settings, study, asked, tmp_path / "after") == before
    opened = open_study(settings, study)
    anew = {n: dict(catalog.bind(opened, n).parameters) for n in FIGURES}
    assert anew["judges.who"] == asked["judges.who"]  # the study's own spec, without asking
    assert anew["clauses.listed"]["spec"] == asked["clauses.listed"]["spec"]
    assert study_specs.chosen(opened).assumed is False
    assert study_specs.words(opened) == ""
    taxonomy = {k: v["values.by_category"]["taxonomy"] for k, v in (("a", asked), ("b", anew))}
    assert taxonomy["a"] != taxonomy["b"]  # what is asked anew is sorted by the one in use
    opened.close()

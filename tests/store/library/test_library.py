"""The library under home: what was saved reads back, the embedded ones stand in, names are safe."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from analysis.errors import FaultlineError
from analysis.load.specs import load_spec
from analysis.parse.specs.spec import read_spec as read_file
from analysis.parse.taxonomy import read_taxonomy as read_tree
from analysis.settings import Settings
from analysis.store.damage import with_checksum
from analysis.store.library import library
from analysis.store.library.library import Clause, Spec, Taxonomy, Value

ROOT = Path(__file__).resolve().parents[3]
WORDS = st.text(st.characters(codec="utf-8"), max_size=40)
NAMES = st.from_regex(r"[a-z0-9][\w-]{0,20}", fullmatch=True).filter(lambda n: n != "embedded")


@pytest.fixture
def settings(tmp_path):
    return Settings(tmp_path / "home")


def taxonomy(name="mine", value="candour"):
    return Taxonomy(name, (Value(value, "", "Openness", "Candour", "Care"),), {"no name": 2}, "f")


def spec(name="mine", version="1", text="x"):
    clause = Clause("a", "A", None, None, text, 1, 1, "a", ())
    return Spec(name, version, (clause,), ("odd",), (("a", "gone"),), "mine.md")


def test_an_empty_home_has_the_embedded_ones(settings):
    current, clauses = library.current_taxonomy(settings), library.read_clauses(settings)
    assert (current.name, current.embedded, current.current) == ("embedded", True, True)
    assert (current.categories, current.groups, current.rejected) == (26, 5, {})
    assert library.read_taxonomy(settings).shape == (current.values, 5)
    info = library.current_spec(settings)
    assert (info.name, info.embedded, info.clauses) == ("embedded", True, len(clauses))
    assert (info.notes, info.missing_references) == ((), ())
    assert set(clauses["spec"] + " " + clauses["version"]) == {info.label}
    assert [t.name for t in library.list_taxonomies(settings)] == ["embedded"]
    assert [s.label for s in library.list_specs(settings)] == [info.label]


def test_saved_is_current_and_the_choice_can_be_changed(settings):
    library.save_taxonomy(settings, taxonomy("one"))
    library.save_taxonomy(settings, taxonomy("two", "grit"))
    assert [(t.name, t.current) for t in library.list_taxonomies(settings)] == [
        ("embedded", False),
        ("one", False),
        ("two", True),
    ]
    assert library.use_taxonomy(settings, "one").current
    assert library.read_taxonomy(settings)["value"].tolist() == ["candour"]
    assert library.read_taxonomy(settings, "two")["value"].tolist() == ["grit"]
    assert library.use_taxonomy(settings, "embedded").embedded
    assert library.current_taxonomy(settings).embedded


def test_spec_versions_stand_side_by_side(settings):
    library.save_spec(settings, spec(version="2024", text="old"))
    library.save_spec(settings, spec(version="2025", text="new"))
    assert library.current_spec(settings).label == "mine 2025"
    assert library.use_spec(settings, "mine", "2024").current
    assert library.read_clauses(settings)["text"].tolist() == ["old"]
    assert library.find_spec(settings, "mine").version == "2025"
    assert library.use_spec(settings, "embedded").embedded
    assert library.find_spec(settings, "embedded", library.current_spec(settings).version).current


def test_deleting_the_current_one_brings_the_embedded_back(settings):
    library.save_taxonomy(settings, taxonomy("a"))
    library.save_taxonomy(settings, taxonomy("a-b"))
    library.save_taxonomy(settings, taxonomy("a", "other words"))
    library.delete_taxonomy(settings, "a")
    assert library.current_taxonomy(settings).embedded
    assert library.find_taxonomy(settings, "a-b").values == 1
    assert not [p.name for p in settings.taxonomies.iterdir() if p.name.startswith("a-0")]
    assert len(list(settings.taxonomies.glob("a*.parquet"))) == 1
    library.save_spec(settings, spec())
    library.delete_spec(settings, "mine", "1")
    assert library.current_spec(settings).embedded
    assert not list(settings.specs.glob("mine*"))


def test_a_path_keeps_its_rows_when_the_name_gets_others(settings):
    library.save_taxonomy(settings, taxonomy(value="first"))
    held = library.current_taxonomy(settings)
    library.save_taxonomy(settings, taxonomy(value="second"))
    assert library.current_taxonomy(settings).path != held.path
    assert held.path.is_file()


@pytest.mark.parametrize("name", ["../x", "a/b", "", ".", "..", "a\0", "_current", "x" * 61, "a b"])
def test_names_that_are_no_names_are_refused(settings, name):
    outside = settings.home.parent / "x.json"
    for attempt in (
        lambda: library.use_taxonomy(settings, name),
        lambda: library.delete_taxonomy(settings, name),
        lambda: library.read_taxonomy(settings, name),
        lambda: library.save_taxonomy(settings, taxonomy(name)),
        lambda: library.read_clauses(settings, name, "1"),
        lambda: library.find_spec(settings, name),
        lambda: library.save_spec(settings, spec(name)),
        lambda: library.save_spec(settings, spec(version=name)),
        lambda: library.delete_spec(settings, "mine", name),
    ):
        with pytest.raises(FaultlineError, match="cannot be the name"):
            attempt()
    assert not outside.exists()


def test_the_embedded_ones_can_be_neither_replaced_nor_deleted(settings):
    version = library.current_spec(settings).version
    for attempt in (
        lambda: library.save_taxonomy(settings, taxonomy("embedded")),
        lambda: library.delete_taxonomy(settings, "embedded"),
        lambda: library.save_spec(settings, spec("embedded")),
        lambda: library.delete_spec(settings, "embedded", version),
    ):
        with pytest.raises(FaultlineError, match="ships with the program"):
            attempt()
    assert library.current_spec(settings).embedded


def test_what_is_not_there_is_named_with_what_is(settings):
    library.save_taxonomy(settings, taxonomy("mine"))
    with pytest.raises(FaultlineError, match=r"no taxonomy yours.*embedded, mine"):
        library.use_taxonomy(settings, "yours")
    library.save_spec(settings, spec())
    with pytest.raises(FaultlineError, match=r"no spec mine 9.*mine 1"):
        library.use_spec(settings, "mine", "9")
    with pytest.raises(FaultlineError, match="no spec yours"):
        library.find_spec(settings, "yours")
    assert library.current_taxonomy(settings).name == "mine"


@pytest.mark.parametrize("content", ["", "{", "[]", '{"file": "../../etc/passwd", "meta": {}}'])
def test_a_damaged_record_is_a_sentence(settings, content):
    library.save_taxonomy(settings, taxonomy("mine"))
    (settings.taxonomies / "mine.json").write_text(content)
    with pytest.raises(FaultlineError, match=r"damaged|is gone"):
        library.current_taxonomy(settings)


def test_a_record_of_another_shape_and_rows_that_are_gone(settings):
    path = library.save_spec(settings, spec())
    record = settings.specs / "mine@1.json"
    whole = record.read_text()
    record.write_text(whole.replace('"notes"', '"remarks"'))
    with pytest.raises(FaultlineError, match="damaged"):
        library.current_spec(settings)
    record.write_text(whole)
    path.write_bytes(b"PAR1 cut")
    with pytest.raises(FaultlineError, match="damaged"):
        library.read_clauses(settings)
    path.unlink()
    with pytest.raises(FaultlineError, match="is gone"):
        library.current_spec(settings)


def test_what_an_older_program_wrote_of_the_embedded_ones_is_not_read(settings):
    version = library.current_spec(settings).version
    for folder, key in (
        (settings.taxonomies, "embedded"),
        (settings.specs, f"embedded@{version}"),
    ):
        folder.mkdir(parents=True)
        (folder / f"{key}.json").write_text("damaged", encoding="utf-8")
    assert not library.read_taxonomy(settings).empty
    assert not library.read_clauses(settings).empty
    assert [t.name for t in library.list_taxonomies(settings)] == ["embedded"]


def test_a_full_disk_leaves_what_was_there(settings):
    """The limit on file sizes stands in for the full disk; it fails the write the same way."""
    library.save_taxonomy(settings, taxonomy("mine"))
    library.current_spec(settings)
    before = _files(settings.taxonomies)
    code = f"""
import resource, sys
from pathlib import Path
from analysis.settings import Settings
from analysis.store.library.library import Taxonomy, Value, save_taxonomy
sys.dont_write_bytecode = True
resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
save_taxonomy(Settings(Path({str(settings.home)!r})),
              Taxonomy("mine", (Value("other", "", "c", "d", "e"),)))
"""
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert run.stderr.strip().splitlines()[-1].startswith("analysis.errors.FaultlineError: mine")
    assert "what was there before is unchanged" in run.stderr
    assert _files(settings.taxonomies) == before


def _files(folder):
    return {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_readers_see_one_or_the_other_while_a_process_writes(settings):
    code = f"""
from pathlib import Path
from analysis.settings import Settings
from analysis.store.library.library import Taxonomy, Value, save_taxonomy
for i in range(60):
    values = tuple(Value(f"v{{k}}", "", "c", str(i % 2), "g") for k in range(50 + i % 2))
    save_taxonomy(Settings(Path({str(settings.home)!r})), Taxonomy("mine", values))
"""
    library.save_taxonomy(settings, taxonomy("mine"))
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, env=os.environ) as writer:
        seen = {1}
        while writer.poll() is None:
            info = library.current_taxonomy(settings)
            seen.add(info.values)
            assert len(library.read_taxonomy(settings, "mine")) in (1, 50, 51)
    assert writer.returncode == 0
    assert seen <= {1, 50, 51}
    assert library.current_taxonomy(settings).values == 51
    assert not list(settings.taxonomies.glob(".tmp-*"))


@examples(max_examples=40)
@given(NAMES, st.lists(st.builds(Value, WORDS, WORDS, WORDS, WORDS, WORDS), min_size=1, max_size=6))
def test_any_taxonomy_reads_back(name, values):
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(Path(folder))
        saved = Taxonomy(name, tuple(values))
        library.save_taxonomy(settings, saved)
        info = library.current_taxonomy(settings)
        assert info.summary_line() == saved.summary_line()
        assert info.content_hash == saved.content_hash
        rows = library.read_taxonomy(settings).itertuples(index=False)
        assert [Value(*row) for row in rows] == values


CLAUSES = st.lists(
    st.builds(
        Clause,
        anchor=WORDS,
        title=WORDS,
        authority=st.none() | WORDS,
        parent=st.none() | WORDS,
        text=WORDS,
        order=st.integers(1, 5000),
        level=st.integers(1, 6),
        section=WORDS,
        references=st.lists(WORDS, max_size=3).map(tuple),
    ),
    min_size=1,
    max_size=5,
)


@examples(max_examples=40)
@given(NAMES, NAMES, CLAUSES, st.lists(WORDS, max_size=2), st.lists(st.tuples(WORDS, WORDS)))
def test_any_spec_reads_back(name, version, clauses, notes, missing):
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(Path(folder))
        saved = Spec(name, version, tuple(clauses), tuple(notes), tuple(missing), "file.md")
        library.save_spec(settings, saved)
        assert library.read_spec(settings) == saved
        assert library.current_spec(settings).content_hash == saved.content_hash
        frame = library.read_clauses(settings, name, version)
        assert frame["references"].map(tuple).tolist() == [c.references for c in clauses]
        assert frame["authority"].isna().tolist() == [c.authority is None for c in clauses]


def test_a_spec_is_kept_as_the_file_it_was(settings, tmp_path):
    """Judges get it whole, also what stands before its first clause."""
    file = tmp_path / "house rules.md"
    file.write_text("A word before.\n\n## Be kind {#kind}\n\nAlways.\n")
    loaded = load_spec(file, "v2", settings)
    file.unlink()
    kept = library.spec_file(settings, library.current_spec(settings))
    assert kept.read_text().startswith("A word before.")
    assert read_file(kept, "v2", settings.max_spec_bytes) == loaded
    library.delete_spec(settings, loaded.name, "v2")
    assert not kept.exists()


def test_a_spec_stored_without_its_file_says_so(settings):
    library.save_spec(settings, spec())
    with pytest.raises(FaultlineError, match="load it again"):
        library.spec_file(settings, library.current_spec(settings))


def test_a_taxonomy_becomes_a_file_that_reads_back_the_same(settings, tmp_path):
    rows = [
        ("mine, all", 'says "so"\nand so', "near", "people", "social"),
        ("yours", "", "near", "people", "social"),
        ("order", "", "near", "things", "social"),
        ("daring", "", "people", "people", "other"),
    ]
    values = tuple(Value(*row) for row in rows)
    library.save_taxonomy(settings, Taxonomy("odd", values))
    file = library.taxonomy_file(settings, library.current_taxonomy(settings))
    read = read_tree(file)
    assert (read.name, read.rejected, set(read.values)) == ("odd", {}, set(values))
    assert library.taxonomy_file(settings, library.current_taxonomy(settings)) == file


def test_the_embedded_ones_are_the_files_that_ship(settings):
    info = library.current_taxonomy(settings)
    assert read_tree(library.taxonomy_file(settings, info)).content_hash == info.content_hash
    assert library.spec_file(settings, library.current_spec(settings)).name == "spec.md"


def test_the_last_loaded_version_is_the_latest_though_the_clock_was_set_back(settings):
    library.save_spec(settings, spec(version="1"))
    record = settings.specs / "mine@1.json"
    facts = json.loads(record.read_text())
    facts["meta"]["loaded_at"] = "2090-01-01T00:00:00.000000+00:00"
    record.write_text(with_checksum(facts))
    library.save_spec(settings, spec(version="2"))
    assert library.find_spec(settings, "mine").version == "2"

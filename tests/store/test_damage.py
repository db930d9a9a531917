"""Files that came to harm: a sentence that names the study and how to build it again, or the very
answer that the whole file gives; never a traceback, never another number."""

import json
import os
import shutil
from dataclasses import replace

import command_kit
import pandas as pd
import pytest
from damages import damage
from make_rows import MODELS, load, many, opinions, parquet, place_map

from analysis.errors import FaultlineError
from analysis.load.labels import DEFAULT, LABELLERS, label_study
from analysis.load.specs import load_spec
from analysis.queries import answer_words, cases, disagreement
from analysis.queries import map as map_queries
from analysis.queries.answers import answer_batches
from analysis.registry import lookup
from analysis.settings import Settings
from analysis.store import derived, labels, selections, study
from analysis.store.annotations import annotation_db, annotations
from analysis.store.damage import StudyDamagedError
from analysis.store.damage import seal as seal_of
from analysis.store.library.specs import read_spec
from analysis.store.sql_console import console
from analysis.store.study import damaged_pointers, list_studies, open_study

COMMANDS = {
    "report": ("report", "small"),
    "scenarios": ("scenarios", "small", "--format", "json"),
    "outliers": ("outliers", "small", "--format", "json"),
    "clauses": ("clauses", "small", "--format", "json"),
    "figure": ("figure", "small", "disagreement.bins", "--out", "{out}/bins.csv"),
    "snapshot": ("snapshot", "small", "--out", "{out}/snapshot"),
    "labels": ("labels", "export", "small", "{out}/labels.csv"),
    "verify": ("verify", "{made}"),
    "brief": ("brief", "small", "--report", "told"),
}


def seeds(few, all_of_them):
    """Whole turns of the seven ways to do damage; the others are run by `make bench`."""
    more = range(few, all_of_them)
    return [*range(few), *(pytest.param(seed, marks=pytest.mark.slow) for seed in more)]


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A home with one small study, everything in it, and a figure made from it."""
    folder = tmp_path_factory.mktemp("whole")
    settings = Settings(home=folder / "home")
    rows = many(30)
    info = load(
        settings,
        parquet(folder / "rows.parquet", rows),
        parquet(folder / "judged.parquet", opinions(rows, MODELS[:2])),
        study="small",
        copy_texts=True,
    )
    opened = open_study(settings, "small")
    label_study(opened)
    opened.close()
    place_map(settings, info)
    return folder


@pytest.fixture
def home(whole, tmp_path, monkeypatch):
    """A copy of it, to be harmed."""
    shutil.copytree(whole / "home", tmp_path / "home")
    monkeypatch.setenv("FAULTLINE_HOME", str(tmp_path / "home"))
    return Settings(home=tmp_path / "home")


def said(words, out, made=""):
    """One command in this process: (exit code, stdout, stderr)."""
    out.mkdir(parents=True, exist_ok=True)
    code, heard, wrong = command_kit.said([w.format(out=out, made=made) for w in words])
    return code, heard.replace(str(out), "OUT"), wrong


def sentences(stderr):
    return [line for line in stderr.splitlines() if not line.startswith("… ")]


@pytest.fixture(scope="module")
def answers(whole, tmp_path_factory):
    """What every command says while the study is whole, and a figure to verify."""
    out = tmp_path_factory.mktemp("out")
    shutil.copytree(whole / "home", out / "home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FAULTLINE_HOME", str(out / "home"))
        made = out / "made.zip"
        figure = ("figure", "small", "disagreement.bins", "--out", str(made))
        assert said(figure, out / "o")[0] == 0
        told = {n: said(w, out / n, made) for n, w in COMMANDS.items()}
    assert {n: c for n, (c, _, _) in told.items() if c} == {}
    return told, made


@pytest.mark.parametrize("seed", seeds(7, 42))
def test_a_damaged_study_is_named_or_answers_as_before(home, answers, tmp_path, seed):
    told, made = answers
    how = damage(list_studies(home)[0].path, seed)
    for name, words in COMMANDS.items():
        code, heard, wrong = said(words, tmp_path / name, made)
        if code == 0 and name != "verify":
            assert (how, name, heard) == (how, name, told[name][1])
            continue
        if name == "verify":
            heard_or_wrong = f"{heard}{wrong}"
            assert "Traceback" not in heard_or_wrong
            assert (heard == told[name][1]) or "damaged" in heard_or_wrong, (how, heard_or_wrong)
            continue
        assert (how, name, code, heard) == (how, name, 2, "")
        assert len(sentences(wrong)) == 1, (how, name, wrong)
        for part in ("“small”", "damaged", "load files", "--study small"):
            assert part in wrong, (how, name, wrong)


@pytest.mark.parametrize("seed", range(7))
def test_a_study_damaged_while_it_is_open_answers_with_the_sentence(home, seed):
    opened = open_study(home, "small")
    before = disagreement.summary(opened)
    damage(opened.info.path, seed)
    for _ in range(2):
        try:
            assert disagreement.summary(opened) == before
        except StudyDamagedError as error:
            assert "“small”" in str(error)
    opened.close()


def test_a_reader_whose_instance_died_connects_again(home):
    opened = open_study(home, "small")
    before = disagreement.summary(opened)
    with pytest.raises(study.duckdb.FatalException), opened.cursor():
        raise study.duckdb.FatalException("database has been invalidated")
    assert disagreement.summary(opened) == before
    opened.close()


def test_a_study_from_before_the_seal_still_opens(home):
    pointer = home.studies / "small" / study.POINTER
    facts = json.loads(pointer.read_text())
    pointer.write_text(
        json.dumps({k: v for k, v in facts.items() if k not in ("seal", "digest", "checksum")})
    )
    opened = open_study(home, "small")
    before = disagreement.summary(opened)
    assert before
    opened.close()
    data = bytearray(opened.info.path.read_bytes())
    for place in range(12_288 + 8, len(data), 262_144):
        data[place + 100] ^= 255
    opened.info.path.write_bytes(bytes(data))
    with pytest.raises(FaultlineError, match=r"“small” .* is damaged.*load files"):
        disagreement.summary(open_study(home, "small"))


@pytest.mark.parametrize("seed", seeds(14, 28))
def test_a_damaged_pointer_is_named_and_told_how_to_mend(home, tmp_path, seed):
    pointer = home.studies / "small" / study.POINTER
    before = list_studies(home)
    how = damage(pointer, seed)
    code, heard, wrong = said(("studies", "--format", "json"), tmp_path / "o")
    assert code == 0
    if json.loads(heard):
        assert (how, list_studies(home)) == (how, before)
        return
    assert list(damaged_pointers(home)) == ["small"]
    for told in (wrong, said(COMMANDS["report"], tmp_path / "o")[2]):
        assert len(sentences(told)) == 1
        for part in ("“small”", "current.json", "damaged", "load files", "--study small"):
            assert part in told
    study.delete_study(home, "small")
    assert not (home.studies / "small").exists()


def test_a_damaged_pointer_goes_when_the_study_is_built_again(home, whole):
    (home.studies / "small" / study.POINTER).write_text("{")
    load(home, whole / "rows.parquet", study="small")
    assert damaged_pointers(home) == {}
    assert len(list((home.studies / "small").glob("*.duckdb"))) == 1


@pytest.mark.parametrize("seed", seeds(21, 35))
def test_a_damaged_table_beside_the_study_is_left_out_and_made_again(home, seed):
    info = list_studies(home)[0]
    files = sorted(derived.folder(home, info).glob("*.parquet"))
    how = damage(files[seed % len(files)], seed)
    name = files[seed % len(files)].stem
    assert (how, derived.damaged(home, info)) == (how, [name])
    assert not derived.holds(home, info, name)
    opened = open_study(home, "small")
    made = LABELLERS[DEFAULT]
    for kind, source in (("topics", made.topics_source), ("response_types", made.types_source)):
        assert labels.labelled(opened, kind, source) != name.startswith(kind)
        assert labels.sources(opened, kind) in ([], [source])
    assert map_queries.drawn(opened) == (not name.startswith("map"))
    label_study(opened)
    if name.startswith("map"):
        place_map(home, info)
    assert derived.damaged(home, info) == []
    opened.close()


def test_a_table_from_before_the_marks_is_read_unless_it_is_no_parquet(home):
    info = list_studies(home)[0]
    for mark in derived.folder(home, info).glob(".*.whole"):
        mark.unlink()
    assert derived.damaged(home, info) == []
    file = derived.found(home, info, "topics-")[0]
    file.write_bytes(file.read_bytes()[:-9])
    assert derived.found(home, info, "topics-") == []


def test_whoever_writes_a_table_while_another_does_leaves_a_whole_one(home):
    info, frame = list_studies(home)[0], pd.DataFrame({"a": [1]})
    for number in range(3):
        derived.write(home, info, "thing", frame.assign(a=number))
        assert derived.holds(home, info, "thing")
    assert pd.read_parquet(derived.path(home, info, "thing"))["a"].tolist() == [2]
    derived.remove(home, info, "thing")
    assert not [p for p in derived.folder(home, info).iterdir() if "thing" in p.name]


@pytest.mark.parametrize("seed", seeds(7, 14))
def test_the_sql_page_names_a_damaged_study(home, seed):
    info = list_studies(home)[0]
    everything = "SELECT sum(length(text)), count(*) FROM response_texts"
    before = console.ask(info, everything, home).answer().frame
    damage(info.path, seed)
    try:
        assert console.ask(info, everything, home).answer().frame.equals(before)
    except FaultlineError as error:
        for part in ("“small”", "damaged", "load files"):
            assert part in str(error)


@pytest.fixture
def linked(home, tmp_path):
    rows = parquet(tmp_path / "linked.parquet", many(30))
    load(home, rows, study="linked")
    return rows


@pytest.mark.parametrize("seed", seeds(7, 21))
def test_damaged_linked_answers_are_never_shown(home, linked, tmp_path, seed):
    opened = open_study(home, "linked")
    number = opened.info.sources[0]["files"]
    assert number == [str(linked)]
    scenario = cases.siblings(opened, "1_1")["scenario"][0]
    assert len(cases.answers(opened, scenario)) == len(MODELS)
    damage(linked, seed)
    for read in (
        lambda: cases.answers(opened, scenario),
        lambda: list(answer_batches(opened)),
        lambda: label_study(opened),
    ):
        with pytest.raises(FaultlineError, match=r"linked\.parquet"):
            read()
    assert answer_words.replicates(opened, [scenario], MODELS) == {}
    assert disagreement.summary(opened)
    opened.close()


def test_linked_answers_whose_file_was_only_touched_are_read(home, linked):
    opened = open_study(home, "linked")
    linked.write_bytes(linked.read_bytes())
    assert len(list(answer_batches(opened))) == 1
    opened.close()


@pytest.mark.parametrize("seed", seeds(7, 14))
def test_a_damaged_library_file_is_named_and_loading_it_again_mends_it(home, tmp_path, seed):
    text = tmp_path / "spec.md"
    text.write_text("# Rules\n\n## Plain truth\n\nSay what is so, in words that all understand.\n")
    load_spec(text, "1", home)
    before = read_spec(home)
    files = sorted(p for p in home.specs.iterdir() if p.is_file())
    how = damage(files[seed % len(files)], seed)
    try:
        assert read_spec(home) == before, how
    except FaultlineError as error:
        assert "damaged" in str(error) or "gone" in str(error), how
    load_spec(text, "1", home)
    assert read_spec(home).clauses == before.clauses


def _in_place_of(path, kind):
    """A pipe or a folder where a file was."""
    path.unlink(missing_ok=True)
    if kind == "pipe":
        os.mkfifo(path)
    else:
        path.mkdir(parents=True)


@pytest.mark.timeout(60)  # opened as a file, a pipe waits for ever
@pytest.mark.parametrize("kind", ["pipe", "folder"])
@pytest.mark.parametrize("seal", [True, False])
def test_what_is_no_study_file_is_named(home, kind, seal):
    info = list_studies(home)[0]
    if not seal:
        study._write_pointer(info.path.parent, replace(info, seal="", digest=""))
    _in_place_of(info.path, kind)
    with pytest.raises(StudyDamagedError, match=r"“small”.*it is no file.*load files"):
        open_study(home, "small")
    with pytest.raises(OSError, match="it is no file"):
        seal_of(info.path)


@pytest.mark.timeout(60)
@pytest.mark.parametrize("kind", ["pipe", "folder"])
def test_what_is_no_pointer_is_named(home, whole, tmp_path, kind):
    _in_place_of(home.studies / "small" / study.POINTER, kind)
    assert list_studies(home) == []
    assert list(damaged_pointers(home)) == ["small"]
    code, _, wrong = said(COMMANDS["report"], tmp_path / "o")
    assert (code, len(sentences(wrong))) == (2, 1)
    if kind == "folder":
        with pytest.raises(FaultlineError, match="is a folder"):
            study.delete_study(home, "small")
        return
    load(home, whole / "rows.parquet", study="small")
    assert damaged_pointers(home) == {}


@pytest.mark.timeout(60)
@pytest.mark.parametrize("kind", ["pipe", "folder"])
def test_what_is_no_file_of_the_home_ends_in_a_sentence(home, tmp_path, kind):
    text = tmp_path / "spec.md"
    text.write_text("# Rules\n\n## Plain truth\n\nSay what is so, in words that all understand.\n")
    load_spec(text, "1", home)
    info = list_studies(home)[0]
    key = selections.keep(home, ["1_1"])
    records = sorted(p for p in home.specs.iterdir() if p.is_file())
    for path, read in (
        *((path, lambda: read_spec(home)) for path in records),
        (home.home / "selections" / f"{key}.json", lambda: selections.find(home, key)),
        (annotation_db.path(home), lambda: annotations.everything(home)),
        (annotation_db.path(home), lambda: _written(home)),
        (home.home / "providers.toml", lambda: lookup.of_home(home.home)),
    ):
        before = path.read_bytes() if path.is_file() else None
        if not path.is_dir() and not path.is_fifo():
            _in_place_of(path, kind)
        with pytest.raises(FaultlineError) as error:
            read()
        assert len(str(error.value).splitlines()) == 1
        if before is not None:
            path.rmdir() if kind == "folder" else path.unlink()
            path.write_bytes(before)
    table = derived.found(home, info, "topics-")[0]
    _in_place_of(table, kind)
    assert not derived.holds(home, info, table.stem)


def _written(home):
    with annotation_db.writing(home):
        pass

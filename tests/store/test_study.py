"""Studies on disk: names that stay inside, pointers, what readers see, deleting, cleaning up."""

import json
import shutil
import threading
from pathlib import Path

import pytest
from make_rows import load, many, parquet

from analysis.errors import FaultlineError
from analysis.settings import Settings
from analysis.store import damage
from analysis.store import study as shelf
from analysis.store.build.places import sweep, workspace
from analysis.store.study import OpenStudy, StudyInfo, list_studies, open_study


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a home of one study and the file that it was loaded from."""
    folder = tmp_path_factory.mktemp("whole")
    load(Settings(home=folder / "home"), parquet(folder / "rows.parquet", many(6)))
    return folder


@pytest.fixture
def one(whole: Path, settings: Settings, tmp_path: Path) -> StudyInfo:
    shutil.copytree(whole / "home", settings.home)
    shutil.copy(whole / "rows.parquet", tmp_path)
    return list_studies(settings)[0]


def scenarios(study: OpenStudy) -> int:
    with study.cursor() as con:
        return int(con.execute("SELECT count(*) FROM scenarios").fetchall()[0][0])


def there(settings: Settings) -> set[str]:
    """Everything under home, files and folders."""
    return {str(p.relative_to(settings.home)) for p in settings.home.rglob("*")}


@pytest.mark.parametrize(
    ("name", "expected"),
    [("planted", "planted"), ("  My Study ", "my-study"), ("A.b-c_d 2", "a.b-c_d-2"), ("7", "7")],
)
def test_a_name_becomes_an_id(name: str, expected: str) -> None:
    assert shelf.study_id(name) == expected


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        "../x",
        "..",
        ".",
        "a/../b",
        "a/b",
        "a\\b",
        "/etc",
        "a..b",
        "-x",
        ".x",
        "é",
        "a\nb",
        "a\0b",
        "x" * 64,
        "a;b",
        "a'b",
        "~root",
        "$HOME",
    ],
)
def test_a_name_that_could_reach_elsewhere_is_refused(settings: Settings, name: str) -> None:
    for attempt in (shelf.find_study, open_study, shelf.delete_study, shelf.folder_of):
        with pytest.raises(FaultlineError, match="can't name"):
            attempt(settings, name)
    assert not settings.home.exists()


def test_a_folder_that_is_a_link_to_elsewhere_is_refused(
    settings: Settings, tmp_path: Path, one: StudyInfo
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (settings.studies / "linked").symlink_to(outside)
    with pytest.raises(FaultlineError, match="outside"):
        load(settings, tmp_path / "rows.parquet", study="linked")
    assert list(outside.iterdir()) == []


def test_a_study_that_is_not_there_is_named_with_those_that_are(
    settings: Settings, one: StudyInfo
) -> None:
    with pytest.raises(FaultlineError, match=r"no study “other”.*planted"):
        open_study(settings, "other")
    with pytest.raises(FaultlineError, match="none yet"):
        open_study(Settings(home=settings.home / "empty"), "other")


def test_the_pointer_says_what_the_file_says(settings: Settings, one: StudyInfo) -> None:
    listed = list_studies(settings)
    assert listed == [one]
    opened = open_study(settings, "Planted")
    with opened.cursor() as con:
        row = con.execute(
            "SELECT id, title, content_hash, scenarios, families, responses, judgements, texts, "
            "built_at, sources::VARCHAR, rejected::VARCHAR FROM study"
        ).fetchall()[0]
    assert row[:8] == (one.id, one.title, one.content_hash, 6, 2, 36, 0, "linked")
    assert row[8] == one.built_at.replace(tzinfo=None)
    assert (json.loads(row[9]), json.loads(row[10])) == (one.sources, one.rejected)
    opened.close()


def test_the_latest_built_stands_first(settings: Settings, tmp_path: Path, one: StudyInfo) -> None:
    load(settings, tmp_path / "rows.parquet", study="zzz")
    pointer = settings.studies / "planted" / shelf.POINTER
    facts = json.loads(pointer.read_text())
    pointer.write_text(damage.with_checksum(facts | {"built_at": "2001-01-01T00:00:00+00:00"}))
    assert [i.id for i in list_studies(settings)] == ["zzz", "planted"]


def test_the_latest_built_stands_first_though_the_clock_was_set_back(
    settings: Settings, tmp_path: Path, one: StudyInfo
) -> None:
    pointer = settings.studies / "planted" / shelf.POINTER
    facts = json.loads(pointer.read_text())
    pointer.write_text(damage.with_checksum(facts | {"built_at": "2090-01-01T00:00:00+00:00"}))
    load(settings, tmp_path / "rows.parquet", study="zzz")
    assert [i.id for i in list_studies(settings)] == ["zzz", "planted"]
    load(settings, tmp_path / "rows.parquet", study="planted")
    assert [i.id for i in list_studies(settings)] == ["planted", "zzz"]


def test_whoever_reads_keeps_the_old_rows_and_the_next_gets_the_new(
    settings: Settings, tmp_path: Path, one: StudyInfo
) -> None:
    before = open_study(settings, "planted")
    newer = load(settings, parquet(tmp_path / "more.parquet", many(9)))
    assert newer.path != one.path
    assert not one.path.exists()
    after = open_study(settings, "planted")
    assert (scenarios(before), scenarios(after)) == (6, 9)
    before.close()
    after.close()


def test_threads_share_one_open_study(settings: Settings, one: StudyInfo) -> None:
    opened = open_study(settings, "planted")
    seen: list[int] = []
    readers = [
        threading.Thread(target=lambda: seen.extend(scenarios(opened) for _ in range(20)))
        for _ in range(4)
    ]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    opened.close()
    assert seen == [6] * 80


def test_a_study_that_goes_while_it_is_being_opened_is_followed_to_its_new_file(
    settings: Settings, tmp_path: Path, one: StudyInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pointer is read, then the study is rebuilt, then the file it named is opened."""
    connect = shelf._connect

    def rebuilt_first(info: StudyInfo, settings: Settings):
        monkeypatch.setattr(shelf, "_connect", connect)
        load(settings, parquet(tmp_path / "more.parquet", many(9)))
        return connect(info, settings)

    monkeypatch.setattr(shelf, "_connect", rebuilt_first)
    opened = open_study(settings, "planted")
    assert scenarios(opened) == 9
    opened.close()


def test_files_that_are_no_study_get_a_sentence(settings: Settings, one: StudyInfo) -> None:
    whole = one.path.read_bytes()
    for content in (b"", b"not a database at all", whole[: len(whole) // 3]):
        one.path.write_bytes(content)
        with pytest.raises(FaultlineError, match=r"is damaged.*load files"):
            open_study(settings, "planted")
    other = load(settings, parquet(one.path.parent / "more.parquet", many(9)), study="other")
    one.path.write_bytes(other.path.read_bytes())
    with pytest.raises(FaultlineError, match="is damaged"):
        open_study(settings, "planted")
    one.path.unlink()
    with pytest.raises(FaultlineError, match="is gone"):
        open_study(settings, "planted")


def test_a_study_of_an_older_form_asks_to_be_loaded_again(
    settings: Settings, one: StudyInfo
) -> None:
    pointer = settings.studies / "planted" / shelf.POINTER
    facts = json.loads(pointer.read_text())
    pointer.write_text(
        damage.with_checksum(facts | {"schema_version": 0, "program_version": "0.0.1"})
    )
    with pytest.raises(FaultlineError, match=r"0\.0\.1.*Load its sources again"):
        open_study(settings, "planted")


@pytest.mark.parametrize(
    "fact",
    [
        {"sources": None},
        {"sources": ["a"]},
        {"models": 3},
        {"rejected": []},
        {"scenarios": "x"},
        {"title": None},
        {"seal": 5},
        {"path": 7},
        {"serial": {}},
        {"built_at": "0001-01-01T00:00:00+14:00"},
        {"built_at": None},
    ],
    ids=str,
)
def test_a_pointer_with_a_fact_of_another_type_is_damaged(
    settings: Settings, one: StudyInfo, fact: dict[str, object]
) -> None:
    """Also without a checksum, as studies of before have none."""
    pointer = settings.studies / "planted" / shelf.POINTER
    facts = json.loads(pointer.read_text())
    facts.pop("checksum")
    pointer.write_text(json.dumps(facts | fact))
    assert list_studies(settings) == []
    assert list(shelf.damaged_pointers(settings)) == ["planted"]
    with pytest.raises(FaultlineError, match=r"current.json\) is damaged"):
        open_study(settings, "planted")


def test_a_pointer_leads_nowhere_but_into_its_own_folder(
    settings: Settings, one: StudyInfo
) -> None:
    pointer = settings.studies / "planted" / shelf.POINTER
    facts = json.loads(pointer.read_text())
    facts.pop("checksum")
    for path in ("../../elsewhere.duckdb", "/etc/passwd", "..", "", "/"):
        pointer.write_text(json.dumps(facts | {"path": path, "id": "../elsewhere"}))
        found = list_studies(settings)
        assert [i.id for i in found] == ["planted"]
        assert found[0].path.parent in (pointer.parent, settings.studies)
        with pytest.raises(FaultlineError, match="“planted”"):
            open_study(settings, "planted")


@pytest.mark.parametrize("content", ["", "{", "[]", "null", '{"id": "planted"}', '{"built_at": 3}'])
def test_a_damaged_pointer_hides_its_study_but_never_costs_its_file(
    settings: Settings, one: StudyInfo, content: str
) -> None:
    pointer = settings.studies / "planted" / shelf.POINTER
    whole = pointer.read_text()
    pointer.write_text(content)
    assert list_studies(settings) == []
    assert list(shelf.damaged_pointers(settings)) == ["planted"]
    with pytest.raises(FaultlineError, match=r"“planted” \(current.json\) is damaged.*load files"):
        open_study(settings, "planted")
    sweep(settings)
    pointer.write_text(whole)
    opened = open_study(settings, "planted")
    assert scenarios(opened) == 6
    opened.close()


def test_a_pointer_with_facts_of_a_later_version_is_read(
    settings: Settings, one: StudyInfo
) -> None:
    pointer = settings.studies / "planted" / shelf.POINTER
    pointer.write_text(damage.with_checksum(json.loads(pointer.read_text()) | {"mood": "fine"}))
    assert list_studies(settings) == [one]


def test_a_pointer_cannot_name_a_file_elsewhere(
    settings: Settings, tmp_path: Path, one: StudyInfo
) -> None:
    moved = one.path.rename(tmp_path / one.path.name)
    pointer = settings.studies / "planted" / shelf.POINTER
    pointer.write_text(damage.with_checksum(json.loads(pointer.read_text()) | {"path": str(moved)}))
    with pytest.raises(FaultlineError, match="is gone"):
        open_study(settings, "planted")


def test_deleting_takes_one_study_and_leaves_the_others(
    settings: Settings, tmp_path: Path, one: StudyInfo
) -> None:
    load(settings, tmp_path / "rows.parquet", study="other")
    shelf.delete_study(settings, "planted")
    assert [i.id for i in list_studies(settings)] == ["other"]
    assert not (settings.studies / "planted").exists()
    with pytest.raises(FaultlineError, match="no study"):
        shelf.delete_study(settings, "planted")


def test_deleting_leaves_a_build_of_the_same_name_alone(settings: Settings, one: StudyInfo) -> None:
    with workspace(one.path.parent) as place:
        shelf.delete_study(settings, "planted")
        assert (place / "lock").exists()
    assert not (settings.studies / "planted").exists()


def test_sweeping_removes_what_no_pointer_names_and_nothing_else(
    settings: Settings, tmp_path: Path, one: StudyInfo
) -> None:
    load(settings, tmp_path / "rows.parquet", study="other")
    kept = there(settings)
    (one.path.parent / "0123456789ab-cdef0123.duckdb").write_bytes(b"renamed, never named")
    (one.path.parent / f".{shelf.POINTER}.0badcafe").write_text("half a poin")
    lost = settings.studies / "lost"
    lost.mkdir()
    (lost / "0123456789ab-cdef0123.duckdb").write_bytes(b"first build, killed")
    (lost / ".publishing").touch()
    removed = sweep(settings)
    assert there(settings) == kept
    assert len(removed) == 3
    assert sweep(settings) == []

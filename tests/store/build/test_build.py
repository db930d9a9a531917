"""Building: readers in other processes, cancelling, a full disk, rows that met before."""

import json
import os
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from make_rows import as_csv, load, many, parquet, wide

from analysis.errors import FaultlineError
from analysis.settings import Settings
from analysis.store import study as shelf
from analysis.store.build.build import build_study
from analysis.store.build.places import sweep
from analysis.store.build.sources import Step
from analysis.store.study import StudyInfo, list_studies, open_study

ROOT = Path(__file__).resolve().parents[3]
READER = """
import json, sys, time
from pathlib import Path
from analysis.settings import Settings
from analysis.store.study import open_study
settings, stop, hold = Settings(home=Path(sys.argv[1])), Path(sys.argv[2]), sys.argv[3] == "hold"
seen, opened = set(), open_study(settings, "planted")
print("reading", flush=True)
while not stop.exists():
    with opened.cursor() as con:
        said = con.execute("SELECT scenarios, responses, content_hash FROM study").fetchall()[0]
        held = con.execute("SELECT count(*), (SELECT count(*) FROM responses) FROM scenarios")
        assert held.fetchall()[0] == said[:2], "a study in two minds"
    assert said[2] == opened.info.content_hash
    seen.add(said[2])
    if not hold:
        opened.close()
        opened = open_study(settings, "planted")
print(json.dumps(sorted(seen)))
"""


def files(settings: Settings) -> set[str]:
    return {str(p.relative_to(settings.home)) for p in settings.home.rglob("*") if p.is_file()}


def python(code: str, *args: object, **options: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, args)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT / "tests")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


def test_two_processes_read_while_a_third_builds(settings: Settings, tmp_path: Path) -> None:
    """One reader keeps its study open all along, the other opens it anew all the time."""
    sources = [parquet(tmp_path / f"{n}.parquet", many(n)) for n in (30, 60)]
    first = load(settings, sources[0])
    stop = tmp_path / "stop"
    readers = [python(READER, settings.home, stop, how) for how in ("hold", "again")]
    for reader in readers:
        assert reader.stdout is not None
        assert reader.stdout.readline() == "reading\n"
    code = "from make_rows import *\nimport sys\ns = Settings(home=Path(sys.argv[1]))\n" + (
        "for i in range(6): load(s, Path(sys.argv[2 + (i + 1) % 2]))"
    )
    builder = python(code, settings.home, *sources)
    said = builder.communicate(timeout=120)
    stop.touch()
    ends = [reader.communicate(timeout=120) for reader in readers]
    assert (builder.returncode, said) == (0, ("", ""))
    assert [reader.returncode for reader in readers] == [0, 0], ends
    held, again = (set(json.loads(out)) for out, _ in ends)
    assert held == {first.content_hash}
    last = list_studies(settings)[0]
    assert first.content_hash in again
    assert again <= {first.content_hash, load(settings, sources[1]).content_hash}
    assert last.content_hash == first.content_hash
    assert len([f for f in files(settings) if f.endswith(".duckdb")]) == 1


def test_two_builds_of_one_name_at_once_end_with_one_of_them_whole(
    settings: Settings, tmp_path: Path
) -> None:
    sources = [parquet(tmp_path / f"{n}.parquet", many(n)) for n in (6, 9)]
    found: list[StudyInfo] = []
    builds = [
        threading.Thread(target=lambda s=source: found.append(load(settings, s)))
        for source in sources
    ]
    for build in builds:
        build.start()
    for build in builds:
        build.join()
    assert len(found) == 2
    opened = open_study(settings, "planted")
    assert opened.info in found
    opened.close()
    assert len([f for f in files(settings) if f.endswith(".duckdb")]) == 1


def test_progress_counts_up_to_its_total(settings: Settings, tmp_path: Path) -> None:
    steps: list[Step] = []
    load(settings, parquet(tmp_path / "a.parquet", many(3)), report=steps.append)
    assert [s.done for s in steps] == list(range(steps[0].total + 1))
    assert {s.total for s in steps} == {steps[0].total}
    assert len({s.what for s in steps}) == len(steps)


def test_a_build_can_be_cancelled_at_every_step(settings: Settings, tmp_path: Path) -> None:
    old = load(settings, parquet(tmp_path / "a.parquet", many(3)))
    kept = files(settings)
    steps: list[Step] = []
    load(settings, tmp_path / "a.parquet", study="other", report=steps.append)
    shelf.delete_study(settings, "other")
    for stop_at in range(1, len(steps) + 1):
        asked = iter(range(1, 100))
        with pytest.raises(FaultlineError, match=r"cancelled\. Nothing was changed"):
            load(
                settings,
                parquet(tmp_path / "b.parquet", many(6)),
                cancelled=lambda asked=asked, stop_at=stop_at: next(asked) >= stop_at,
            )
        assert files(settings) == kept
    assert list_studies(settings) == [old]


def test_a_report_that_fails_leaves_nothing(settings: Settings, tmp_path: Path) -> None:
    def broken(step: Step) -> None:
        raise RuntimeError(step.what)

    with pytest.raises(RuntimeError):
        load(settings, parquet(tmp_path / "a.parquet", many(3)), report=broken)
    assert files(settings) == set()
    assert list(settings.studies.iterdir()) == []


def test_nothing_to_load_is_a_sentence(settings: Settings) -> None:
    with pytest.raises(FaultlineError, match="name a source"):
        build_study(settings, "planted", [])
    assert files(settings) == set()


def test_what_live_builds_use_is_not_swept(settings: Settings, tmp_path: Path) -> None:
    found: list[list[Path]] = []

    def look(step: Step) -> None:
        found.append(sweep(settings))

    rows = tmp_path / "a.csv"
    load(settings, as_csv(rows, many(3)), report=look)
    assert found
    assert all(removed == [] for removed in found)


def test_a_home_that_is_a_file_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("in the way")
    source = parquet(tmp_path / "a.parquet", many(3))
    from analysis.load.files.files import load_files

    with pytest.raises(FaultlineError, match="failed"):
        load_files([source], "planted", Settings(home=tmp_path / "home"))
    assert (tmp_path / "home").read_text() == "in the way"


LIMITED = """
import resource, sys
from make_rows import *
sys.dont_write_bytecode = True
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]),) * 2)
try:
    load(Settings(home=Path(sys.argv[1])), Path(sys.argv[2]), copy_texts=True)
except FaultlineError as error:
    sys.exit(str(error))
""".replace("import resource", "from analysis.errors import FaultlineError\nimport resource", 1)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return parquet(tmp_path_factory.mktemp("large") / "large.parquet", many(3_000))


@pytest.mark.parametrize("limit", [500, 50_000, 400_000, 1_500_000])
def test_a_file_that_may_not_grow_further_is_a_sentence(
    settings: Settings, tmp_path: Path, large: Path, limit: int
) -> None:
    """A limit on file sizes fails writes in the middle of a build, as a full disk does."""
    old = load(settings, parquet(tmp_path / "a.parquet", many(3)))
    kept = files(settings)
    _, said = (run := python(LIMITED, settings.home, large, limit)).communicate(timeout=120)
    assert run.returncode == 1
    assert said.strip().splitlines() == [
        "The disk is full: the study “planted” could not be written. Free some space and load it "
        "again; the study that was there is untouched."
    ]
    assert files(settings) == kept
    assert list_studies(settings) == [old]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[tuple[Path, Callable[..., None]]]:
    place = tmp_path / "disk"
    place.mkdir()

    def resize(kilobytes: int, *more: str) -> None:
        how = ["mount", "-t", "tmpfs", "-o", ",".join([*more, f"size={kilobytes}k"]), "tmpfs"]
        subprocess.run([*how, str(place)], check=True, capture_output=True)

    try:
        resize(256)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("a disk of a given size can only be mounted by root")
    yield place, resize
    subprocess.run(["umount", str(place)], check=True)


def test_a_full_disk_at_any_moment_leaves_the_old_study(
    small_disk: tuple[Path, Callable[..., None]], tmp_path: Path, large: Path
) -> None:
    """From too small for anything to just enough: what is published is whole, or nothing is."""
    place, resize = small_disk
    settings = Settings(home=place / "home")
    resize(20_000, "remount")
    old = load(settings, parquet(tmp_path / "a.parquet", many(3)))
    used = sum((settings.home / f).stat().st_size for f in files(settings))
    ends = []
    for extra in (64, 1_400, 3_300, 3_700, 20_000):
        resize(used // 1024 + extra, "remount")
        kept = files(settings)
        _, said = (run := python(LIMITED, settings.home, large, 10**12)).communicate(timeout=120)
        ends.append(run.returncode)
        opened = open_study(settings, "planted")
        with opened.cursor() as con:
            held = con.execute("SELECT count(*) FROM response_texts").fetchall()[0][0]
        opened.close()
        if run.returncode:
            assert said.startswith("The disk is full: ")
            assert len(said.splitlines()) == 1
            assert (files(settings), opened.info, held) == (kept, old, 0)
        else:
            assert held == opened.info.responses == 18_000
            break
    assert ends[0] == 1
    assert ends[-1] == 0


def test_a_disk_that_is_full_only_while_the_file_is_closed(
    small_disk: tuple[Path, Callable[..., None]], tmp_path: Path, large: Path
) -> None:
    """DuckDB keeps silent about a last checkpoint that did not fit: its file would be hollow."""
    place, resize = small_disk
    settings = Settings(home=place / "home")
    resize(20_000, "remount")
    old = load(settings, parquet(tmp_path / "a.parquet", many(3)))

    def squeeze(step: Step) -> None:
        if step.what == "counting":
            disk = os.statvfs(place)
            resize((disk.f_blocks - disk.f_bfree) * disk.f_frsize // 1024 + 128, "remount")
        if step.what == "writing to disk":
            resize(20_000, "remount")

    with pytest.raises(FaultlineError, match="The disk is full"):
        load(settings, large, copy_texts=True, report=squeeze)
    opened = open_study(settings, "planted")
    assert opened.info == old
    opened.close()


def test_a_limit_on_files_is_lifted_for_this_process() -> None:
    """The limits above must not leak into this process, or nothing here would mean anything."""
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY


def test_workspaces_without_a_lock_are_swept_after_a_while(settings: Settings) -> None:
    """Killed between making the folder and its lock: a live build is there for microseconds."""
    place = settings.studies / "planted" / ".building-1-0badcafe"
    place.mkdir(parents=True)
    assert sweep(settings) == []
    long_ago = time.time() - 60
    os.utime(place, (long_ago, long_ago))
    assert sweep(settings) == [place]
    assert list(settings.studies.iterdir()) == []


def test_a_scenario_met_in_two_splits_is_one(settings: Settings, tmp_path: Path) -> None:
    rows = many(12)
    info = load(
        settings,
        parquet(tmp_path / "all.parquet", rows[:8]),
        parquet(tmp_path / "some.parquet", [{**r, "extra": 1} for r in rows[4:]]),
    )
    assert (info.scenarios, info.responses, info.rejected) == (12, 72, {})
    assert [(s["kept"], s["repeated"]) for s in info.sources] == [(8, 0), (8, 4)]


def test_a_repeat_that_says_otherwise_is_rejected_with_a_reason(
    settings: Settings, tmp_path: Path
) -> None:
    first, second = wide(1, 1), wide(1, 2)
    info = load(
        settings,
        parquet(
            tmp_path / "a.parquet",
            [
                first,
                second,
                first | {"query": "Another question?"},
                first | {"o3_value1_position": 6},
                second,
            ],
        ),
    )
    assert info.scenarios == 2
    assert info.rejected == {"same scenario met again with other content": 2}
    assert info.sources[0]["repeated"] == 1
    opened = open_study(settings, "planted")
    with opened.cursor() as con:
        held = con.execute(
            "SELECT query, value1_position FROM scenarios JOIN responses USING (scenario_no) "
            "WHERE scenario = '1_1_neutral' AND model = 'o3'"
        ).fetchall()
    opened.close()
    assert held == [(first["query"], 3)]

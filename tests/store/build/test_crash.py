"""Builds killed with SIGKILL: at every step, at every touch of the file system, and by the clock.

A helper process imports everything once and forks a child for each build, so that a killed build
costs a fraction of a second. The child kills itself where it is told to, or is killed from here.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from make_rows import as_csv, load, many, parquet

from analysis.settings import Settings
from analysis.store.build.places import BUILDING, sweep
from analysis.store.study import StudyInfo, list_studies, open_study

ROOT = Path(__file__).resolve().parents[3]
TOUCHES = ("open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.link", "shutil.rmtree")
HELPER = """
import json, os, signal, sys
sys.modules["__main__"].__file__ = "builds"  # without one, DuckDB draws progress bars on stdout
from pathlib import Path
from make_rows import Settings, load

TOUCHES = tuple(json.loads(sys.argv[1]))

def build(job, tell):
    home, seen = job["home"], []
    def touch(event, args):
        if event not in TOUCHES or not any(str(a).startswith(home) for a in args[:2]):
            return
        seen.append([event, *(str(a) for a in args[:2])])
        if len(seen) == job.get("at_touch"):
            os.kill(os.getpid(), signal.SIGKILL)
    def step(now):
        if now.what == job.get("at_step"):
            os.kill(os.getpid(), signal.SIGKILL)
    sys.addaudithook(touch)
    load(Settings(home=Path(home)), *map(Path, job["paths"]), report=step)
    Path(tell).write_text(json.dumps(seen))

for line in sys.stdin:
    job = json.loads(line)
    child = os.fork()
    if not child:
        build(job, job["tell"])
        os._exit(0)
    print(child, flush=True)
    print(os.waitpid(child, 0)[1], flush=True)
"""


@dataclass
class Builder:
    """The helper process, the home that it builds in, and what was last current there."""

    process: subprocess.Popen[str]
    settings: Settings
    sources: list[list[Path]]
    tell: Path
    hashes: list[str]

    def current(self) -> StudyInfo:
        """The study as a reader finds it: its file is opened, and whole."""
        opened = open_study(self.settings, "planted")
        with opened.cursor() as con:
            said, held = con.execute(
                "SELECT (SELECT (scenarios, responses) FROM study), "
                "((SELECT count(*) FROM scenarios), (SELECT count(*) FROM responses))"
            ).fetchall()[0]
            assert said == held
        opened.close()
        return opened.info

    def build(self, source: int, after: float | None = None, **job: object) -> int:
        """Build one of the sources; gives the signal that ended the build, or 0."""
        paths = [str(p) for p in self.sources[source]]
        job |= {"home": str(self.settings.home), "tell": str(self.tell), "paths": paths}
        self.process.stdin.write(json.dumps(job) + "\n")
        self.process.stdin.flush()
        child = int(self.process.stdout.readline())
        if after is not None:
            time.sleep(after)
            os.kill(child, signal.SIGKILL)
        return os.WTERMSIG(int(self.process.stdout.readline()))

    def first_is_current(self) -> StudyInfo:
        if self.current().content_hash != self.hashes[0]:
            assert self.build(0) == 0
        return self.current()

    def after_the_next_start(self) -> set[str]:
        """Names of what is left when the next process has started and swept."""
        for lockless in self.settings.home.glob(f"**/{BUILDING}*"):
            if not (lockless / "lock").exists():
                os.utime(lockless, (0, 0))
        sweep(self.settings)
        left = {p.name for p in self.settings.home.rglob("*")}
        return left - {"studies", "planted", "current.json", ".publishing", "derived"}


@pytest.fixture(scope="module")
def builder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Builder]:
    place = tmp_path_factory.mktemp("crash")
    settings = Settings(home=place / "home")
    sources = [
        [parquet(place / "a.parquet", many(60))],
        [parquet(place / "b.parquet", many(30)), as_csv(place / "b.csv", many(90, seed=2)[33:])],
    ]
    hashes = [load(settings, *paths).content_hash for paths in sources]
    process = subprocess.Popen(
        [sys.executable, "-c", HELPER, json.dumps(TOUCHES)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT / "tests")},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    yield Builder(process, settings, sources, place / "tell", hashes)
    process.stdin.close()
    assert process.wait(20) == 0


def steps(builder: Builder, tmp_path: Path) -> list[str]:
    found: list[str] = []
    settings = Settings(home=tmp_path / "steps")
    load(settings, *builder.sources[0], report=lambda step: found.append(step.what))
    return found


def test_killed_at_every_step(builder: Builder, tmp_path: Path) -> None:
    old = builder.first_is_current()
    for what in steps(builder, tmp_path):
        assert builder.build(1, at_step=what) == signal.SIGKILL
        assert builder.current() == old
        assert builder.after_the_next_start() == {old.path.name}
        assert builder.current() == old


def test_killed_at_every_touch_of_the_file_system(builder: Builder) -> None:
    """Making folders and locks, renaming the file, replacing the pointer, removing the old."""
    builder.first_is_current()
    assert builder.build(1) == 0
    touches = json.loads(builder.tell.read_text())
    swap = next(i for i, t in enumerate(touches, 1) if t[0] == "os.rename" and "json" in t[2])
    assert len(touches) - swap >= 5
    for moment, touch in enumerate(touches, 1):
        old = builder.first_is_current()
        # Killed before it is done: what is touched at `moment` is not touched any more.
        assert builder.build(1, at_touch=moment) == signal.SIGKILL, touch
        new = builder.current()
        assert new.content_hash == builder.hashes[int(moment > swap)], touch
        assert new == old or moment > swap
        assert builder.after_the_next_start() == {new.path.name}, touch
        assert builder.current() == new


@pytest.mark.parametrize("after", [0.0, 0.01, 0.03, 0.06, 0.1, 0.15])
def test_killed_by_the_clock(builder: Builder, after: float) -> None:
    builder.first_is_current()
    builder.build(1, after=after)
    new = builder.current()
    assert new.content_hash in builder.hashes
    assert builder.after_the_next_start() == {new.path.name}
    assert list_studies(builder.settings) == [new]


def test_a_first_build_that_is_killed_leaves_no_study(builder: Builder, tmp_path: Path) -> None:
    fresh = replace(builder, settings=Settings(home=tmp_path / "first"))
    for moment in ("reading the rows", "writing to disk"):
        assert fresh.build(1, at_step=moment) == signal.SIGKILL
        assert list_studies(fresh.settings) == []
        assert list(fresh.settings.home.rglob(f"{BUILDING}*"))
        assert fresh.after_the_next_start() == set()
        assert list(fresh.settings.studies.iterdir()) == []

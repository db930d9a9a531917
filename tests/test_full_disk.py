"""Commands that run out of disk in the middle of a file: a sentence, and what was there stays. The
limit on file sizes stands in for the full disk; it fails the write in the same way."""

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from make_rows import MODELS, load, many, opinions, parquet

from analysis.load.labels import label_study
from analysis.settings import Settings
from analysis.store.study import open_study

ROOT = Path(__file__).resolve().parents[1]
FIGURE = ("figure", "small", "disagreement.bins", "--out")
COMMANDS = {
    "csv": (*FIGURE, "{out}/f.csv"),
    "html": (*FIGURE, "{out}/f.html"),
    "parquet": (*FIGURE, "{out}/f.parquet"),
    "zip": (*FIGURE, "{out}/f.zip"),
    "md": (*FIGURE, "{out}/f.md"),
    "snapshot": ("snapshot", "small", "--out", "{out}/snapshot"),
    "labels": ("labels", "export", "small", "{out}/l.csv"),
    "report": ("export", "told", "--format", "html", "--out", "{out}/r.html"),
    "report as json": ("export", "told", "--format", "json", "--out", "{out}/r.json"),
}


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("disk")
    rows = many(30)
    load(
        Settings(home=folder / "home"),
        parquet(folder / "rows.parquet", rows),
        parquet(folder / "judged.parquet", opinions(rows, MODELS[:2])),
        study="small",
        copy_texts=True,
    )
    opened = open_study(Settings(home=folder / "home"), "small")
    label_study(opened)
    opened.close()
    run(folder / "home", "brief", "small", "--report", "told")
    run(folder / "home", "report", "small")  # whatever it computes beside the study is there
    return folder / "home"


def run(home, *words, most=None):
    def limited():
        if most is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))

    return subprocess.run(
        [sys.executable, "-m", "analysis", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        # A module cut short by the limit would be kept, and break whoever imports it next.
        env={**os.environ, "FAULTLINE_HOME": str(home), "PYTHONDONTWRITEBYTECODE": "1"},
        preexec_fn=limited,
        timeout=150,
        check=False,
    )


@pytest.mark.parametrize("name", COMMANDS)
def test_a_full_disk_ends_in_a_sentence_and_leaves_what_was_there(home, tmp_path, name):
    words = [w.format(out=tmp_path) for w in COMMANDS[name]]
    target = Path(words[-1])
    if name != "snapshot":
        target.write_text("before")
    before = sorted(tmp_path.iterdir())
    done = run(home, *words, most=100)
    sentences = [line for line in done.stderr.splitlines() if not line.startswith("… ")]
    assert (done.returncode, len(sentences)) == (2, 1), done.stderr
    assert "Traceback" not in done.stderr
    if name == "snapshot":
        assert list(target.iterdir()) == []
    else:
        assert sorted(tmp_path.iterdir()) == before
        assert target.read_text() == "before"
    done = run(home, *words)
    assert done.returncode == 0, done.stderr
    assert target.is_dir() or target.read_bytes() != b"before"

"""Commands that run out of disk in the middle of a file: a sentence, and what was there stays. The
limit on file sizes stands in for the full disk; it fails the write in the same way. One command is
a process of its own as scripts have it, the others run here: starting Python anew takes seconds."""

import contextlib
import os
import resource
import subprocess
import sys
from pathlib import Path

import command_kit
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
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FAULTLINE_HOME", str(folder / "home"))
        command_kit.said(["brief", "small", "--report", "told"])
        command_kit.said(["report", "small"])  # whatever it computes beside the study is there
        yield folder / "home"


@contextlib.contextmanager
def limited(most):
    """No file of this process grows beyond so many bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def in_process(home, words, most):
    done = subprocess.run(
        [sys.executable, "-m", "analysis", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        # A module cut short by the limit would be kept, and break whoever imports it next.
        env={**os.environ, "FAULTLINE_HOME": str(home), "PYTHONDONTWRITEBYTECODE": "1"},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most, most)),
        timeout=150,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def here(words, most):
    with limited(most):
        return command_kit.said(words)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_full_disk_ends_in_a_sentence_and_leaves_what_was_there(
    home, tmp_path, monkeypatch, name
):
    # A module cut short by the limit would be kept, and break whoever imports it next.
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    words = [w.format(out=tmp_path) for w in COMMANDS[name]]
    target = Path(words[-1])
    if name != "snapshot":
        target.write_text("before")
    before = sorted(tmp_path.iterdir())
    code, _, told = in_process(home, words, 100) if name == "csv" else here(words, 100)
    sentences = [line for line in told.splitlines() if not line.startswith("… ")]
    assert (code, len(sentences)) == (2, 1), told
    assert "Traceback" not in told
    if name == "snapshot":
        assert list(target.iterdir()) == []
    else:
        assert sorted(tmp_path.iterdir()) == before
        assert target.read_text() == "before"
    code, _, told = command_kit.said(words)
    assert code == 0, told
    assert target.is_dir() or target.read_bytes() != b"before"

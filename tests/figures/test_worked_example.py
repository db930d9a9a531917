"""docs/adding-a-figure.md leads to a figure that works: its steps, carried out on a copy."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "adding-a-figure.md").read_text(encoding="utf-8")
STEP = re.compile(
    r"^```(?:python|toml) (append|after) (\S+)(?: \| ([^\n]*))?\n(.*?)^```$", re.M | re.S
)
COMMAND = re.compile(r"^python -m (analysis\.\w+) > (docs/\S+)$", re.M)


@pytest.fixture(scope="module")
def copy(tmp_path_factory) -> Path:
    """The tree with the example in it."""
    folder = tmp_path_factory.mktemp("tree") / "faultline"
    for part in ("analysis", "pages", "pipeline", "tests", "docs", ".streamlit"):
        left_out = shutil.ignore_patterns("__pycache__", "*.png", "*.pyc")
        shutil.copytree(ROOT / part, folder / part, ignore=left_out)
    for name in ("app.py", "pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, folder)
    for how, name, line, text in STEP.findall(PAGE):
        carry_out(folder / name, how, line, text)
    for module, target in COMMAND.findall(PAGE):
        (folder / target).write_text(run(folder, "-m", module), encoding="utf-8")
    return folder


def carry_out(path: Path, how: str, line: str, text: str) -> None:
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    if how == "append":
        path.write_text(before + text, encoding="utf-8")
        return
    assert before.count(f"{line}\n") == 1, f"{path.name} has no line of its own “{line}”"
    path.write_text(before.replace(f"{line}\n", f"{line}\n{text}"), encoding="utf-8")


def run(folder: Path, *command: str, home: Path | None = None) -> str:
    known = {"FAULTLINE_HOME": str(home)} if home else {}
    done = subprocess.run(
        [sys.executable, *command],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder), **known},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


def touched(folder: Path) -> list[str]:
    """Files of the copy that are new or differ."""
    files = [p for p in folder.rglob("*") if p.is_file() and "__pycache__" not in p.parts]
    return sorted(
        str(p.relative_to(folder))
        for p in files
        if not (ROOT / p.relative_to(folder)).exists()
        or (ROOT / p.relative_to(folder)).read_bytes() != p.read_bytes()
    )


def test_the_walk_touches_nine_files(copy):
    assert len(touched(copy)) == 9, touched(copy)


def test_the_figure_is_drawn_exported_and_reported(copy, home, planted, tmp_path):
    out = tmp_path / "cut.csv"
    run(
        copy,
        "-m",
        "analysis",
        "figure",
        "planted",
        "models.cut_off",
        "--out",
        str(out),
        home=home.home,
    )
    assert "value" in out.read_text(encoding="utf-8")
    told = json.loads(
        run(copy, "-m", "analysis", "report", "planted", "--format", "json", home=home.home)
    )
    assert {*told["cut_off"]} == {*planted.info.models}
    assert "## models.cut_off" in (copy / "docs" / "figures.md").read_text(encoding="utf-8")


def test_the_checks_that_the_page_names_pass_on_the_copy(copy):
    run(
        copy,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:xdist",
        "-k",
        "cut_off",
        "tests/figures/test_cut_off.py",
        "tests/figures/test_catalog.py",
    )

"""The smallest and oddest studies: no interval without a width, on no figure, in no report."""

import inspect
import re

import pytest
from make_rows import MODELS, load, many, opinions, parquet

from analysis.brief.draft import draft
from analysis.errors import FaultlineError
from analysis.figures import catalog
from analysis.load.labels import label_study
from analysis.report import report, to_markdown
from analysis.settings import Settings
from analysis.store.study import open_study

SPAN = re.compile(r"\(95% ([^ ,)]+) to ([^ ,)]+)|\(([−+\d.%]+) to ([−+\d.%]+)[,)]")
ASKED = {"model": "o3", "name": "o3", "category": "uncategorised"}


def alike(rows):
    """Every answer on every value in the middle, every verdict the same."""
    return [{k: 3 if k.endswith("_position") else v for k, v in row.items()} for row in rows]


def calm(rows):
    """Nobody refuses anything."""
    answer = "Here is what you asked for, step by step, in full."
    return [{k: answer if k.endswith("_response") else v for k, v in row.items()} for row in rows]


STUDIES = {
    "one family": lambda: many(3),
    "two families": lambda: many(6),
    "all equal": lambda: alike(many(30)),
    "one model": lambda: many(30, models=("o3",)),
    "no refusals": lambda: calm(many(30)),
    "two models, six families": lambda: many(18, models=("o3", "gpt_4_1")),
}


@pytest.fixture(scope="module", params=list(STUDIES))
def small(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile")
    settings = Settings(home=folder / "home")
    rows = STUDIES[request.param]()
    models = [m for m in MODELS if f"{m}_value1_position" in rows[0]]
    said = opinions(rows, models[:2])
    files = [parquet(folder / "rows.parquet", rows), parquet(folder / "said.parquet", said)]
    load(settings, *files, study="s", copy_texts=True)
    study = open_study(settings, "s")
    label_study(study)
    yield study, settings
    study.close()


def flat(frame):
    """Columns whose interval has no width somewhere, with the row."""
    found = []
    for low in [c for c in frame if c == "low" or c.endswith("_low")]:
        high = low[: -len("low")] + "high"
        if high not in frame or low.startswith(("chance", "rank")):
            continue
        for row, (a, b) in enumerate(zip(frame[low], frame[high], strict=True)):
            if isinstance(a, float) and a == b:
                found.append((low, row, a))
    return found


def without_width(value, path=""):
    if isinstance(value, dict):
        if {"low", "high"} <= set(value) and value["low"] == value["high"] is not None:
            yield path, value
        for key, item in value.items():
            if key != "chance":
                yield from without_width(item, f"{path}.{key}")
    elif isinstance(value, list):
        for i, item in enumerate(value):
            yield from without_width(item, f"{path}[{i}]")


@pytest.mark.slow
def test_no_figure_has_an_interval_without_width(small):
    study, _ = small
    bad, computed = {}, 0
    for name in catalog.names():
        known = inspect.signature(catalog.find(name).compute).parameters
        asked = {k: v for k, v in ASKED.items() if k in known}
        try:
            content = catalog.content(study, catalog.bind(study, name, **asked))
        except FaultlineError:
            continue
        computed += 1
        told = [s for s in SPAN.findall(content.note) if s[0] == s[1] != "" or s[2] == s[3] != ""]
        if found := flat(content.frame) + told:
            bad[name] = found[:3]
    assert bad == {}
    assert computed > 25


def test_no_section_and_no_sentence_has_one(small):
    study, settings = small
    found = report(study, settings)
    assert list(without_width(found)) == []
    texts = [to_markdown(found), *(f.text for f in draft(study, settings))]
    for text in texts:
        for one, other, low, high in SPAN.findall(text):
            assert (one or low) != (other or high), text[:200]
        assert not re.search(r"\bnan\b", text)

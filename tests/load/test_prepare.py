"""After a load, what pages would find out lies beside the study."""

import pytest
from make_rows import judged, load, many, parquet

from analysis.load.prepare import prepared
from analysis.queries import near
from analysis.queries.archetypes import STYLE
from analysis.store import derived


@pytest.fixture
def info(settings, tmp_path):
    rows = many(9)
    said = [judged(r, "o3", {"one": "compliant", "two": "ambiguous"}) for r in rows]
    files = (parquet(tmp_path / "a.parquet", rows), parquet(tmp_path / "j.parquet", said))
    return load(settings, *files, study="s", copy_texts=True)


def kinds(settings, info):
    return {f.name.split("-")[0] for f in derived.found(settings, info, "")}


def test_citations_near_clauses_and_style_are_kept(settings, info):
    steps = []
    assert prepared(info, settings, steps.append) == info
    assert kinds(settings, info) == {"citations", "quotes", "near", STYLE.split("-")[0]}
    assert "finding the clauses that judges cite" in [s.what for s in steps]


def test_who_cancels_keeps_the_study(settings, info):
    assert prepared(info, settings, cancelled=lambda: True) == info
    assert kinds(settings, info) == set()


def test_what_cannot_be_found_out_is_left_to_whoever_looks(settings, info, monkeypatch):
    monkeypatch.setattr(near, "AT_ONCE", 0)
    prepared(info, settings)
    assert kinds(settings, info) == {"citations", "quotes", STYLE.split("-")[0]}

"""Judges and Compliance over odd judgements: one judge, none in common, a constant one, other
words, a hundred thousand characters; and nothing that a judge wrote is ever live."""

import pytest
from make_rows import judged, load, many, parquet
from page_kit import opened

from analysis.settings import Settings

HOSTILE = "<script>alert(1)</script> ![x](http://evil.example/x.png) **b**"
ROWS = many(30, seed=8, gaps=0)
WORDS = ("compliant", "non-compliant", "ambiguous")


def said(decide, **changes):
    return [judged(r, "o3", decide(i), **changes) for i, r in enumerate(ROWS)]


STUDIES = {
    "one-judge": said(lambda i: {"one": WORDS[i % 3]}),
    "nothing-in-common": said(
        lambda i: {"one": WORDS[i % 3] if i % 2 else None, "two": None if i % 2 else "compliant"}
    ),
    "constant": said(lambda i: {"one": "compliant", "two": "compliant"}),
    "other-words": said(lambda i: {"one": "fine by me", "two": "compliant", "three": WORDS[i % 3]}),
    "long": said(
        lambda i: {"one": WORDS[i % 3], "two": WORDS[(i + 1) % 3]},
        one_reasoning=HOSTILE + "x" * 100_000,
    ),
}


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("judges")
    settings = Settings(home=folder / "home")
    rows = parquet(folder / "rows.parquet", ROWS)
    for name, held in STUDIES.items():
        load(settings, rows, parquet(folder / f"{name}.parquet", held), study=name)
    return settings.home


@pytest.mark.parametrize("page", ["judges", "compliance", "clauses"])
@pytest.mark.parametrize("study", STUDIES)
def test_odd_judgements_break_no_page(home, monkeypatch, study, page):
    app = opened(home, monkeypatch, study, page)
    assert not any(":material/error:" in m.value for m in app.markdown)
    assert not any("nan" in t.value.replace("%", " ").split() for t in app.text)
    assert not any("evil.example" in m.value for m in app.markdown)


def test_what_is_undefined_says_why(home, monkeypatch):
    alone = opened(home, monkeypatch, "one-judge", "judges")
    assert any("One judge only" in m.value for m in alone.markdown)
    constant = opened(home, monkeypatch, "constant", "judges")
    assert any("kappa undefined (" in t.value for t in constant.text)
    apart = opened(home, monkeypatch, "nothing-in-common", "judges")
    assert any("undefined (" in t.value for t in apart.text)


def test_a_judge_can_be_left_out(home, monkeypatch):
    app = opened(home, monkeypatch, "other-words", "judges", without="one")
    assert any(t.value.startswith("2 judges") for t in app.text)

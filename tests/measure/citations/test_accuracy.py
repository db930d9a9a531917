"""The hand-labelled reasonings: what they are, the floors they hold, and the document's figures."""

import hashlib
import json
from collections import Counter

import pytest

from analysis.measure.citations import accuracy
from analysis.measure.citations.matcher import Citation

ROWS = [json.loads(line) for line in accuracy.LABELLED.read_text(encoding="utf-8").splitlines()]


def test_the_labels_are_many_and_varied():
    assert len(ROWS) >= 120
    assert len({row["text"] for row in ROWS}) == len(ROWS) == len({row["id"] for row in ROWS})
    hows = Counter(how for row in ROWS for how in row["cites"].values())
    assert set(hows) == set(accuracy.HOWS)
    assert min(hows.values()) >= 5
    assert sum(not row["cites"] for row in ROWS) >= 30
    assert sum(bool(row.get("unknown")) for row in ROWS) >= 10
    assert sum(bool(row.get("aside")) for row in ROWS) >= 5
    parts = Counter(accuracy.part_of(row["id"]) for row in ROWS)
    assert parts["held"] >= 60
    assert parts["after"] >= 20


def test_rates_by_hand():
    """Two of three found are right, two of four invoked are found; one that may is not counted."""
    row = accuracy.Labelled(
        "x",
        "",
        {"a": "anchor", "b": "title", "c": "part", "d": "part"},
        ("nobody",),
        frozenset({"m"}),
        frozenset(),
    )
    found = [
        Citation(name, known, how, "", 0, 0)
        for name, known, how in [
            ("a", True, "anchor"),
            ("b", True, "anchor"),
            ("z", True, "title"),
            ("m", True, "title"),
            ("nobody", False, "unknown"),
            ("else", False, "unknown"),
        ]
    ]
    pairs = [(row, found)]
    assert accuracy.precision(pairs) == accuracy.Rate(2, 3)
    assert accuracy.precision(pairs, "title") == accuracy.Rate(0, 1)
    assert accuracy.recall(pairs) == accuracy.Rate(2, 4)
    assert accuracy.recall(pairs, "part") == accuracy.Rate(0, 2)
    assert accuracy.unknown(pairs) == (accuracy.Rate(1, 2), accuracy.Rate(1, 1))
    assert accuracy.exact(pairs) == accuracy.Rate(0, 1)
    assert accuracy.Rate(0, 0).as_text() == "-"


@pytest.mark.real_data
@pytest.mark.skipif(not accuracy.SPEC.exists(), reason="needs the spec of the shared data")
def test_the_document_is_up_to_date():
    text = accuracy.DOCUMENT.read_text(encoding="utf-8")
    assert accuracy.refreshed(text) == text, "run: python -m analysis.measure.citations.accuracy"


@pytest.mark.real_data
@pytest.mark.skipif(not accuracy.SPEC.exists(), reason="needs the spec of the shared data")
def test_labels_speak_of_the_spec_and_hold_none_of_its_sentences():
    anchors = {c.anchor for c in accuracy.spec().clauses}
    texts = {c.anchor: " ".join(c.text.lower().split()) for c in accuracy.spec().clauses}
    for row in accuracy.labelled():
        assert {*row.cites, *row.may} <= anchors, row.id
        assert not {name for name in row.unknown if name in anchors}, row.id
    titles = " / ".join(c.title.lower() for c in accuracy.spec().clauses)
    for row in ROWS:
        words = row["text"].lower().split()
        runs = (" ".join(words[i : i + 9]) for i in range(len(words) - 8))
        taken = [run for run in runs if run not in titles]
        assert not any(run in text for run in taken for text in texts.values()), row["id"]


FLOORS = {  # (precision, recall); the parts are small, so a floor leaves room for a slip or two
    "tune": {
        None: (0.97, 0.87),
        "anchor": (0.97, 0.97),
        "title": (0.95, 0.95),
        "part": (0.9, 0.9),
        "quote": (0.93, 0.93),
        "alias": (0.9, 0.65),
    },
    "held": {
        None: (0.92, 0.84),
        "anchor": (0.96, 0.96),
        "title": (0.89, 0.89),
        "part": (0.8, 0.75),
        "quote": (0.8, 0.72),
        "alias": (0.6, 0.25),
    },
    "after": {
        None: (0.86, 0.72),
        "anchor": (0.75, 0.75),
        "title": (0.75, 0.85),
        "part": (0.75, 0.75),
    },
}


@pytest.mark.real_data
@pytest.mark.skipif(not accuracy.SPEC.exists(), reason="needs the spec of the shared data")
@pytest.mark.parametrize("part", FLOORS)
def test_precision_and_recall_hold_their_floors(part):
    pairs = accuracy.matched(part)
    for how, (precision, recall) in FLOORS[part].items():
        assert accuracy.precision(pairs, how).value >= precision, (part, how)
        assert accuracy.recall(pairs, how).value >= recall, (part, how)


MATCHES_OF_VERSION = {"2": "d778314acc9466aa"}


@pytest.mark.real_data
@pytest.mark.skipif(not accuracy.SPEC.exists(), reason="needs the spec of the shared data")
def test_matches_change_only_with_the_version():
    """What was matched before is kept beside studies under the version: another matcher needs
    another."""
    found = [[row.id, *map(list, matches)] for row, matches in accuracy.matched()]
    digest = hashlib.sha256(json.dumps(found).encode()).hexdigest()[:16]
    assert MATCHES_OF_VERSION[accuracy.VERSION] == digest, (
        "the matcher finds other citations: raise VERSION, add a line to docs/citations.md, and "
        f"enter {digest} here (or enter it alone if only labelled reasonings were added)"
    )

"""Counts and amounts as sentences have them, and that nobody words them by hand."""

import re
from pathlib import Path

import pytest

from analysis.number_text import counted, in_dollars

ROOT = Path(__file__).parents[1]
BY_HAND = re.compile(r"\$\{[^}]*:,?\.\df\}|:,\} \{'(?!is|has|was)[^}]* if [^}]* == 1 else")


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ((1, "family"), "1 family"),
        ((1_204, "family"), "1,204 families"),
        ((0, "call"), "0 calls"),
        ((2, "family was", "families were"), "2 families were"),
    ],
)
def test_a_count_stands_with_its_noun(words, text):
    assert counted(*words) == text


def test_an_amount_has_its_cents():
    assert (in_dollars(1_204.5), in_dollars(0.00012, 4)) == ("$1,204.50", "$0.0001")


def test_no_module_words_a_count_or_an_amount_by_hand():
    paths = [p for top in ("analysis", "pipeline", "pages") for p in (ROOT / top).rglob("*.py")]
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in paths
        if path.name != "number_text.py"
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if BY_HAND.search(line)
    ]
    assert found == []

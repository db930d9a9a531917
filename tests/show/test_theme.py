"""Colours, symbols, and data that must not become markup in a figure."""

import html
import re

from hypothesis import given
from hypothesis import strategies as st

from analysis.registry import registry
from analysis.show import theme

NAMES = st.lists(st.text(min_size=1, max_size=8), min_size=1, max_size=6, unique=True)


@given(NAMES)
def test_each_provider_has_a_hue_and_a_symbol_of_its_own(names):
    hues, marks = theme.colors(names), theme.symbols(names)
    assert set(hues) == set(marks) == set(names)
    assert all(re.fullmatch(r"#[0-9A-Fa-f]{6}", hue) for hue in hues.values())
    assert len(set(marks.values())) == len(names)


def test_known_providers_keep_their_hue_whoever_else_is_there():
    known = {p.id: p.color for p in registry().providers}
    assert theme.colors(["xai", "somebody", "openai"])["openai"] == known["openai"]
    assert theme.colors(["openai"])["openai"] == known["openai"]


def test_neither_order_nor_company_moves_a_listed_symbol():
    names = ["xai", "anthropic", "google", "openai"]
    assert theme.symbols(names) == theme.symbols(sorted(names))
    alone = {n: theme.symbols([n])[n] for n in names}
    assert theme.symbols([*names, "somebody"]).items() >= alone.items()


def test_simulated_providers_differ_among_themselves():
    simulated = [p.id for p in registry().providers if p.simulated]
    assert len(set(theme.symbols(simulated).values())) == len(simulated) > 1
    assert len(set(theme.colors(simulated).values())) == len(simulated)


@given(st.text(max_size=300), st.integers(5, 60), st.integers(1, 4))
def test_wrapped_data_is_escaped_and_keeps_to_its_lines(text, width, most):
    lines = theme.wrapped(text, width, most).split("<br>")
    assert len(lines) <= most
    for line in lines:
        assert "<" not in line
        assert ">" not in line
        assert len(re.sub("[\u2066-\u2069\u202c]", "", html.unescape(line))) <= width


def test_markup_in_data_is_shown_as_it_stands():
    assert theme.safe("<b>&") == "&lt;b&gt;&amp;"
    assert theme.safe("a\x00b") == "a b"

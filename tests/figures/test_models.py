"""Figures of one model say which model, in every file and wherever they are shown."""

import pytest

from analysis.figures import catalog
from analysis.figures.draw import drawn
from analysis.files import tables
from analysis.registry import registry


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("models.leans", {}),
        ("models.leans", {"by": "value"}),
        ("models.strengths", {}),
        ("models.strengths", {"end": "weakest"}),
        ("models.neighbours", {}),
    ],
)
def test_title_alternative_text_and_file_name_the_model(planted, name, parameters):
    _, content, facts = drawn(name, {"model": "gpt_4o", **parameters}, planted)
    label = registry().model("gpt_4o").label
    assert label in content.title
    assert label in content.alt
    assert "gpt-4o" in facts.stem
    assert facts.title == content.title
    assert facts.definition.split(":")[0] in facts.definition


def test_the_note_says_what_was_counted_and_left_out(planted):
    _, content, _ = drawn("models.leans", {"model": "o3"}, planted)
    n = int(content.frame["n"].sum())
    assert content.note.startswith(f"n = {n:,} positions on ")
    assert "taxonomy embedded." in content.note
    _, content, _ = drawn("models.strengths", {"model": "o3"}, planted)
    assert "left out" in content.note


def test_the_file_explains_its_columns(planted):
    _, content, facts = drawn("models.neighbours", {"model": "o3"}, planted)
    assert [*facts.columns] == [*content.frame.columns]
    assert facts.columns["value"]["unit"] == "0 to 6"
    readme = tables._readme(facts)
    assert "    value: Distance [0 to 6]. " in readme


def test_a_cache_changes_neither_numbers_nor_the_queries_that_are_told(planted, home):
    """Pages keep costly results; a file's queries are heard anew all the same."""
    request = catalog.bind(planted, "models.strengths", model="o3")
    plain, queries = catalog.compute_with_queries(planted, request)
    kept = []

    def reader(study, query, *args, **kwargs):
        kept.append(query.__name__)
        return query(study, *args, **kwargs)

    planted.reader = reader
    try:
        assert catalog.compute(planted, request).equals(plain)
        assert kept == ["choosing"]
        assert catalog.compute_with_queries(planted, request)[1] == queries
        assert len(kept) == 1
    finally:
        del planted.reader


def test_what_a_drawing_needs_twice_is_read_once(planted):
    _, content, facts = drawn("models.strengths", {"model": "o3"}, planted)
    assert len(facts.queries) == len(set(facts.queries))
    assert "ties left out" in content.note

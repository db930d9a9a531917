"""Long texts come in parts: all of the text in order, never more of it at once than a browser lays
out without a pause, and the way from part to part."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from pages.ui import long_text
from pages.ui.long_text import LINES, MARKS, PART, drawable, parts

PIECES = st.lists(
    st.tuples(
        st.sampled_from(["A", "a ", "\n", "e\u0301", "\u0301", "漢", "👍🏽", "# ", "> "]),
        st.integers(1, 30_000),
    ),
    max_size=5,
).map(lambda found: "".join(piece * count for piece, count in found))


@given(PIECES)
@example("")
@example("A" * PART)
@example("A" * (PART + 1))
@example("\u0301" * 50_000)
@example("\n" * 100_000)
def test_the_parts_are_the_text_and_none_is_too_much(text):
    found = parts(text)
    assert "".join(text[a:b] for a, b in found) == text
    assert [a for a, _ in found[1:]] == [b for _, b in found[:-1]]
    for start, end in found:
        assert end - start <= PART
        assert text.count("\n", start, end) <= LINES
        assert end > start or text == ""


def test_a_part_ends_between_words_and_never_inside_a_letter():
    words = "words and more " * 2_000
    assert all(words[b - 1] == " " for _, b in parts(words)[:-1])
    accents = "e\u0301" * 9_000
    assert all(accents[a] == "e" for a, _ in parts(accents))


@given(st.text(st.sampled_from("ea\u0301\u0323 "), max_size=200))
def test_a_letter_keeps_the_marks_that_any_writing_has(text):
    shown = drawable(text)
    if "\u0301" * (MARKS + 1) not in "".join(
        c if not unicodedata.combining(c) else "\u0301" for c in text
    ):
        assert shown == text
    run = 0
    for char in shown:
        run = run + 1 if unicodedata.combining(char) else 0
        assert run <= MARKS


def page():
    """A page of its own for the test: one long text, one with marks."""
    import streamlit as st

    from pages.ui import long_text

    text = st.session_state.get("text", "A" * 20_000)
    long_text.show(text, "one")
    long_text.show_html(text, "two", "fl-said", lambda a, b: f"<b>{a}-{b}</b>")


def test_show_more_goes_on_and_show_before_back():
    app = AppTest.from_function(page).run()
    assert app.text[0].value == "A" * PART
    assert "Characters 1 to 8,000 of 20,000 characters" in [c.value for c in app.caption]
    assert [b.label for b in app.button] == ["Show more", "Show more"]
    app.button[0].click().run()
    assert "Characters 8,001 to 16,000 of 20,000 characters" in [c.value for c in app.caption]
    assert [b.label for b in app.button] == ["Show previous", "Show more", "Show more"]
    app.button[1].click().run()
    assert app.text[0].value == "A" * 4_000
    app.button[0].click().run()
    app.button[0].click().run()
    assert app.text[0].value == "A" * PART
    app.button[1].click().run()
    assert "<b>8000-16000</b>" in app.get("html")[0].proto.body
    app.session_state["text"] = "another text"
    app.run()
    assert app.text[0].value == "another text"
    assert not app.button


@pytest.mark.parametrize("text", ["short", "", "A" * PART])
def test_a_text_of_one_part_stands_alone(text):
    app = AppTest.from_function(page)
    app.session_state["text"] = text
    app.run()
    assert app.text[0].value == text
    assert not app.button
    assert not app.caption


def test_the_state_is_bounded():
    assert long_text.chosen("never shown", "nowhere") == (0, 11)

"""A search is a visible choice of a new run, with what follows from it."""

from streamlit.testing.v1 import AppTest


def _box() -> None:
    import streamlit as st

    from pages.parts.stress_test.pairs_chosen import search

    chosen = search()
    st.text("none" if chosen is None else chosen.model_dump_json())


def test_a_search_is_chosen_and_explained():
    app = AppTest.from_function(_box, default_timeout=150).run()
    assert app.text[0].value == "none"
    app.toggle(key="stress-search").set_value(True).run()
    assert app.text[0].value == '{"rounds":8,"uniform_share":0.3}'
    assert "every rate comes from it alone" in app.caption[0].value
    app.number_input(key="stress-uniform").set_value(40)
    app.number_input(key="stress-rounds").set_value(3).run()
    assert app.text[0].value == '{"rounds":3,"uniform_share":0.4}'

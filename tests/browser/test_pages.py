"""Every page from its own link, in a fresh browser, at desk and phone width."""

import re

import pytest

TITLES = {"": "Overview", "scenarios": "Scenarios", "outliers": "Outliers", "data": "Data"}
VIEWS = [
    *TITLES,
    "scenarios?scenario=0_0_neutral",
    "scenarios?scenario=0_0_neutral&compare=true",
    "data?section=Load",
    "data?section=Taxonomies",
    "data?section=Specs",
]


@pytest.mark.parametrize("path", TITLES)
def test_a_page_opens_from_its_own_link(visit, path):
    visitor = visit(path, fresh=True)
    page = visitor.page
    assert page.locator("h1").inner_text() == TITLES[path]
    assert page.title() == f"{TITLES[path]} · Faultline"
    assert visitor.problems() == []
    assert visitor.errors == []
    assert visitor.foreign == []
    assert "study=example" in visitor.address
    assert "simulated" in page.locator(".st-key-head").inner_text()
    nav = page.locator("[data-testid=stSidebarNav]").inner_text()
    assert [w for w in ("Explore", "Run") if w not in nav] == []


def test_nothing_scrolls_sideways_on_a_phone_and_every_view_says_simulated(visit):
    visitor = visit(phone=True)
    for path in VIEWS:
        visitor.goto(path)
        wide = visitor.page.evaluate(
            "() => ['[data-testid=stMain]', 'html'].map(s => document.querySelector(s))"
            ".map(e => e.scrollWidth - e.clientWidth)"
        )
        assert (path, wide) == (path, [0, 0])
        assert "simulated" in visitor.page.locator(".st-key-head").inner_text()
        assert (path, visitor.problems()) == (path, [])


def test_no_title_breaks_inside_its_word_beside_the_choice_of_the_study(visit):
    visitor = visit("robustness")
    visitor.page.set_viewport_size({"width": 500, "height": 900})
    tall = "() => { const e = document.querySelector('h1'), s = getComputedStyle(e);"
    lines = visitor.idle().page.evaluate(
        f"{tall} return Math.round(e.clientHeight / parseFloat(s.lineHeight)) }}"
    )
    assert lines == 1


def test_the_overview_counts_what_is_loaded_and_leads_to_a_case_and_back(visit):
    visitor = visit()
    assert re.search(r"Scenarios\s+720\b", visitor.main)
    assert re.search(r"Families\s+240\b", visitor.main)
    assert "n = 720 scenarios, 12 models" in visitor.main
    steps = visitor.page.evaluate("history.length")
    visitor.page.locator(".st-key-entry-s0").get_by_text("Open").click()
    visitor.wait_for("Where each model stands")
    assert "scenario=" in visitor.address
    assert visitor.page.evaluate("history.length") == steps + 1
    charts = visitor.page.locator(".stPlotlyChart")
    names = [charts.nth(i).get_attribute("aria-label") for i in range(charts.count())]
    assert len(names) == 2
    assert all(names)
    visitor.page.go_back()
    visitor.wait_for("Scenarios worth opening")
    assert "scenario=" not in visitor.address


def test_a_link_to_what_is_gone_is_answered_in_words(visit):
    visitor = visit("?study=nowhere")
    assert "“nowhere”" in visitor.page.locator(".st-key-link-missed").inner_text()
    assert "Scenarios worth opening" in visitor.main
    visitor.goto("scenarios?scenario=9_9_neutral")
    assert "“9_9_neutral”" in " ".join(visitor.problems())
    assert "720 scenarios" in visitor.main

"""The Values and Models pages: a click on a cell, links that open the same view, the reader."""

import re

FIGURE = ".st-key-figure-values"


def click_cell(visitor, number):
    """Click one cell of the heatmap; gives the words that hovering shows."""
    mark = visitor.page.locator(f"{FIGURE} .scatterlayer .points path").nth(number)
    mark.scroll_into_view_if_needed()
    visitor.idle()
    box = mark.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    visitor.page.mouse.move(x - 4, y)
    visitor.page.mouse.move(x, y)
    visitor.page.locator(f"{FIGURE} .hoverlayer text").first.wait_for()
    words = visitor.page.locator(f"{FIGURE} .hoverlayer").text_content()
    visitor.page.mouse.click(x, y)
    visitor.page.wait_for_function("location.search.includes('cat=')")
    visitor.idle()
    return words


def test_a_click_on_a_cell_opens_what_is_behind_it_and_the_link_keeps_it(visit):
    first = visit("values?columns=model")
    words = click_cell(first, 30)
    category = first.page.locator(".st-key-choose-cat input").input_value()
    model = first.page.locator(".st-key-choose-who input").input_value()
    assert category in words
    assert model in words
    assert re.search(r"Lean [+−]\d\.\d\d \(95%", words)
    for title in (
        f"Lean of each model on “{category}”",
        f"Lean of {model} on the values in “{category}”",
    ):
        assert title in first.main
    assert first.problems() == []
    second = visit(first.address.removeprefix(first.base + "/"))
    assert second.page.locator(".st-key-choose-cat input").input_value() == category
    assert second.page.locator(".st-key-choose-who input").input_value() == model


def test_a_scenario_that_drives_a_cell_is_one_click_away(visit):
    visitor = visit("values?cat=Critical+thinking&who=fenhollow")
    assert "leans most towards a value in “Critical thinking”" in visitor.main
    visitor.page.locator("[class*=st-key-entry-v0]").get_by_text("Open").click()
    visitor.wait_for("Where each model stands")
    assert "scenario=" in visitor.address
    assert visitor.problems() == []


def test_the_page_says_n_certainty_taxonomy_and_what_the_paper_can_t_tell(visit):
    visitor = visit("values")
    text = visitor.main
    assert re.search(r"n = [\d,]+ positions", text)
    assert "Benjamini-Hochberg over 130 cells" in text
    assert "Taxonomy “embedded”: it lists 60 of this study's values and lacks 0" in text
    assert "clustered by family" in text
    assert "The paper's patterns are about Anthropic, OpenAI, Google and xAI" in text
    assert visitor.foreign == []
    assert visitor.errors == []


def test_numbers_can_be_switched_by_link(visit):
    visitor = visit("values?measure=favor&wording=neutral&columns=model")
    assert "Favor rate by value category and model" in visitor.main
    numbers = visitor.page.locator(f"{FIGURE} .heatmap-label text").all_text_contents()
    assert len(numbers) == 312
    assert all(re.fullmatch(r"\d+%|\(\d+%\)", n) for n in numbers)
    assert visitor.problems() == []


def test_a_narrow_screen_scrolls_the_heatmap_and_not_the_page(visit):
    visitor = visit("values?columns=model", phone=True)
    wide = visitor.page.locator(FIGURE).bounding_box()["width"]
    assert wide > 600
    assert visitor.page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_profile_gathers_the_model_and_leads_to_its_nearest(visit):
    visitor = visit("models?model=dunlin_2")
    text = visitor.main
    for part in (
        "What Dunlin 2 leans towards, by category",
        "What it chooses between two values",
        "Held-out accuracy",
        "Of the nudge alone",
        "Where it is an outlier",
        "Models most similar to Dunlin 2",
    ):
        assert part in text
    assert visitor.problems() == []
    visitor.page.locator(".st-key-nearest").get_by_text("Profile").first.click()
    visitor.page.wait_for_function("!location.search.includes('model=dunlin_2')")
    visitor.idle()
    assert "model=" in visitor.address
    assert visitor.page.locator(".st-key-choose-model input").input_value() != "Dunlin 2"

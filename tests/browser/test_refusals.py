"""The Refusals page: rates with n, a cell that leads to its queries, a case in the reader."""

from analysis.measure.label_classifier import SOURCE


def test_rates_types_and_labellers_are_on_the_page(visit):
    visitor = visit("refusals")
    visitor.wait_for("Response types by model")
    assert "Clearly more than that: Aster Classic" in visitor.main
    assert f"response types by {SOURCE}" in visitor.main
    assert "Refusals by topic" in visitor.main
    assert "Response types by model" in visitor.main
    assert "refused by the API" in visitor.main
    assert visitor.problems() == []


def test_a_cell_leads_to_the_refused_queries(visit):
    visitor = visit("refusals")
    point = visitor.page.locator(".st-key-figure-refusals .scatterlayer .text text").first
    point.scroll_into_view_if_needed()
    box = point.bounding_box()
    visitor.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    visitor.page.wait_for_url("**/scenarios?**")
    visitor.idle()
    assert "refused_by=" in visitor.address
    assert visitor.problems() == []


def test_a_lone_answer_opens_in_the_reader(visit):
    visitor = visit("refusals?side=complied&share=60")
    grid = visitor.page.locator("[data-testid=stDataFrame] .dvn-scroller").first
    grid.scroll_into_view_if_needed()
    for _ in range(5):  # on a busy machine a table is there before it takes a click
        visitor.idle()
        grid.click(position={"x": 60, "y": 52})
        visitor.page.wait_for_timeout(2_000)
        if "scenario=" in visitor.address:
            break
    visitor.wait_for("Where each model stands")
    assert "scenario=" in visitor.address

"""The Outliers page: the rule in the address, its counts, and a case in the reader."""

import re


def count(visitor, label):
    return int(re.search(rf"{label}\s+([\d,]+)\b", visitor.main)[1].replace(",", ""))


def test_the_paper_rule_stands_beside_the_chosen_one(visit):
    paper = visit("outliers")
    assert count(paper, "Outlier answers") == count(paper, "Under the paper's rule") > 0
    loose = visit("outliers?distance=2&others=7")
    assert count(loose, "Outlier answers") > count(loose, "Under the paper's rule")
    assert count(loose, "Under the paper's rule") == count(paper, "Under the paper's rule")
    assert loose.problems() == []


def test_a_case_opens_beside_the_nearest_typical_answer(visit):
    visitor = visit("outliers?model=cobble_one")
    grid = visitor.page.locator("[data-testid=stDataFrame] .dvn-scroller").first
    grid.scroll_into_view_if_needed()
    grid.click(position={"x": 200, "y": 52})
    visitor.wait_for("Where each model stands")
    assert "scenario=" in visitor.address
    assert visitor.address.count("show=") == 2
    assert "Cobble" in visitor.address
    assert visitor.problems() == []

"""Judges and Compliance in a real browser: numbers first, and a disputed answer to read."""


def test_judges_say_how_far_they_agree_and_what_they_argue(visit):
    visitor = visit("judges")
    visitor.wait_for("give the same verdict on")
    assert "3 judges (Hazel, Larch, Rowan)" in visitor.main
    assert "Agreement by pair of judges" in visitor.main
    visitor.page.get_by_role("link", name="Read the answer").click()
    visitor.wait_for("Where each model stands")
    assert "scenario=" in visitor.address
    assert visitor.problems() == []
    assert visitor.foreign == []


def click_cell(visitor, figure, number):
    """A click in the middle of one cell of a matrix; the chart's own layer lies above it."""
    cell = visitor.page.locator(f".st-key-figure-{figure} .scatterlayer .points path").nth(number)
    cell.scroll_into_view_if_needed()
    box = cell.bounding_box()
    visitor.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    visitor.idle()


def test_a_cell_of_two_judges_opens_its_cases(visit):
    visitor = visit("judges")
    click_cell(visitor, "judge-pairs", 2)
    assert "pair=larch_judge%7Crowan_judge" in visitor.address
    click_cell(visitor, "judge-confusion", 0)
    assert "cell=compliant%7Ccompliant" in visitor.address
    grid = visitor.page.locator('[class*="st-key-table-judge-confusion-cases"] .dvn-scroller')
    grid.scroll_into_view_if_needed()
    visitor.idle()
    grid.click(position={"x": 60, "y": 52})
    visitor.wait_for("Where each model stands")
    assert visitor.problems() == []


def test_agreement_is_sliced_by_clause_with_what_is_flagged(visit):
    visitor = visit("judges?slice_by=clause")
    assert "Agreement of the judges by clause" in visitor.main
    assert "Judges cite where they doubt" in visitor.main
    assert visitor.problems() == []


def test_compliance_says_whether_disagreement_predicts_it(visit):
    visitor = visit("compliance")
    assert "does not show that disagreement predicts violations: AUC 0.69" in visitor.main
    assert "What a threshold of D catches" in visitor.main
    assert "Empty bars" not in visitor.main
    assert "scenarios where all judged answers pass" in visitor.main
    grid = visitor.page.locator('[class*="st-key-table-compliance-gaps"] .dvn-scroller')
    grid.scroll_into_view_if_needed()
    visitor.idle()
    grid.click(position={"x": 60, "y": 52})
    visitor.wait_for("Where each model stands")
    assert visitor.address.count("show=") == 2
    assert visitor.problems() == []

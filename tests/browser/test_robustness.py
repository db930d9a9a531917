"""The Robustness page: its numbers, one model in the address, and a case in the reader."""


def test_shifts_flips_and_swings_are_shown_with_their_n(visit):
    visitor = visit("robustness")
    for words in ("Shift by model", "Flip rate by model"):
        assert words in visitor.main
    assert "differ from 0" in visitor.main
    assert "Response types by classifier" in visitor.main
    assert visitor.problems() == []


def test_a_swing_opens_in_the_reader(visit):
    visitor = visit("robustness?model=bracken_mini")
    assert "Bracken Mini" in visitor.main
    grid = visitor.page.locator("[data-testid=stDataFrame] .dvn-scroller").first
    grid.scroll_into_view_if_needed()
    grid.click(position={"x": 60, "y": 52})
    visitor.wait_for("Where each model stands")
    assert "scenario=" in visitor.address
    assert visitor.problems() == []


def test_it_fits_a_phone(visit):
    visitor = visit("robustness", phone=True)
    wide = visitor.page.evaluate("document.documentElement.scrollWidth")
    assert wide <= 390
    assert visitor.problems() == []

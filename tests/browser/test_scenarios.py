"""The Scenarios page: filters in the address, paging, and the reader by mouse and keyboard."""

import re

READER = "Where each model stands"


def shown(visitor):
    """The scenario that the address names."""
    found = re.search(r"scenario=([^&]+)", visitor.address)
    return found and found[1]


def test_filters_stand_in_the_address_and_a_link_opens_the_same_view(visit):
    first = visit("scenarios")
    page = first.page
    page.get_by_label("Words in the query").fill("town")
    page.keyboard.press("Enter")
    first.idle()
    page.get_by_role("button", name="More").click()
    first.choose(page.get_by_role("combobox", name="Nudge"), "value1")
    first.idle()
    page.keyboard.press("Escape")
    heading = page.locator(".st-key-heading-scenarios h2").inner_text()
    assert "with “town”" in heading

    second = visit(first.address.removeprefix(first.base + "/"), fresh=True)
    assert second.page.locator(".st-key-heading-scenarios h2").inner_text() == heading
    assert second.page.get_by_label("Words in the query").input_value() == "town"
    assert "More (1)" in second.main
    assert second.problems() == []


def test_a_link_can_carry_every_filter(visit):
    link = (
        "scenarios?study=example&d=0.5&d=2.5&q=the&nudge=neutral&nudge=value2&models=all"
        "&sort=agreement&page=2"
    )
    visitor = visit(link)
    assert "Rows 101 to 200" in visitor.main
    assert "Least disagreement first" in visitor.page.locator(".st-key-choose-sort input").evaluate(
        "e => e.value"
    )
    text = visitor.main
    total = int(re.search(r"of (\d+)\.", text)[1])
    assert 100 < total < 720
    for part in ("d=0.5", "d=2.5", "nudge=neutral", "nudge=value2", "sort=agreement", "page=2"):
        assert part in visitor.address


def test_another_study_or_page_keeps_the_filters_that_still_mean_something(visit):
    visitor = visit("scenarios?nudge=neutral&value=no+such+value")
    assert "240 of 720 scenarios" in visitor.main
    visitor.page.get_by_role("link", name="Data").click()
    visitor.wait_for("What was found, missing and rejected")
    visitor.page.get_by_role("link", name="Scenarios").click()
    visitor.wait_for("240 of 720 scenarios")


def test_a_page_of_the_table_is_small_on_the_wire(visit):
    visitor = visit("scenarios")
    received = []
    visitor.page.on(
        "websocket",
        lambda ws: ws.on("framereceived", lambda frame: received.append(len(frame))),
    )
    visitor.page.reload()
    visitor.idle()
    received.clear()
    visitor.page.get_by_role("button", name="Page 2", exact=False).first.click()
    visitor.wait_for("Rows 101 to 200")
    assert 10_000 < sum(received) < 300_000
    assert "page=2" in visitor.address


def test_a_click_on_a_row_opens_the_reader_and_the_keys_walk_on(visit):
    visitor = visit("scenarios?nudge=neutral")
    grid = visitor.page.locator("[data-testid=stDataFrame]").first
    box = grid.bounding_box()
    visitor.page.mouse.move(box["x"] + 280, box["y"] + 90)
    visitor.page.mouse.move(box["x"] + 300, box["y"] + 60)
    visitor.page.mouse.click(box["x"] + 300, box["y"] + 60)
    visitor.wait_for(READER)
    first = shown(visitor)
    assert first
    assert first.endswith("_neutral")
    assert "1 of 240" in visitor.main

    visitor.page.keyboard.press("j")
    visitor.wait_for("2 of 240")
    second = shown(visitor)
    assert second not in (None, first)
    assert second.endswith("_neutral")
    visitor.page.keyboard.press("k")
    visitor.wait_for("1 of 240")
    assert shown(visitor) == first
    assert visitor.page.get_by_role("button", name="Previous").is_disabled()

    visitor.page.get_by_role("button", name="towards value 1").click()
    visitor.wait_for("Not among the 240")
    assert shown(visitor).endswith("_value1")
    visitor.page.keyboard.press("l")
    visitor.wait_for("Rows 1 to 100 of 240")
    assert shown(visitor) is None


def test_a_click_on_a_heading_sorts_and_goes_to_the_first_page(visit):
    visitor = visit("scenarios?page=2")
    assert "Rows 101 to 200" in visitor.main
    grid = visitor.page.locator('[class*="st-key-table-scenarios"] .dvn-scroller')
    box = grid.bounding_box()
    visitor.page.mouse.click(box["x"] + 95 + 340 + 60, box["y"] + 17)
    visitor.wait_for("Rows 1 to 100")
    assert "Scenarios by value 1" in visitor.main
    assert "sort=value1" in visitor.address
    assert "page=2" not in visitor.address
    assert visitor.problems() == []


def test_keys_typed_into_a_field_do_not_walk(visit):
    visitor = visit("scenarios?scenario=0_0_neutral")
    visitor.page.get_by_text("Filters and order").click()
    field = visitor.page.get_by_label("Words in the query")
    field.click()
    visitor.page.keyboard.type("jkl")
    visitor.page.wait_for_timeout(300)
    assert field.input_value() == "jkl"
    assert shown(visitor) == "0_0_neutral"


def test_two_answers_side_by_side_as_a_word_diff(visit):
    visitor = visit("scenarios?scenario=0_0_neutral&compare=true")
    diff = visitor.page.locator(".fl-diff")
    assert diff.locator("del").count() > 0
    assert diff.locator("ins").count() > 0
    assert "of the words are shared" in visitor.main


def test_the_link_button_copies_the_address(visit):
    visitor = visit("scenarios?scenario=0_0_neutral&nudge=neutral")
    visitor.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    visitor.page.get_by_role("button", name="Copy link").click()
    visitor.page.get_by_text("Link copied").wait_for()
    assert visitor.page.evaluate("navigator.clipboard.readText()") == visitor.address


def test_going_back_undoes_a_choice_and_another_page_does_not(visit):
    visitor = visit("scenarios?study=example")
    page = visitor.page
    visitor.choose(page.locator(".st-key-choose-sort input"), "Value 1, A to Z")
    visitor.idle()
    assert "sort=value1" in visitor.address
    page.get_by_role("link", name="Data").click()
    visitor.wait_for("What was found, missing and rejected")
    page.get_by_role("link", name="Scenarios").click()
    visitor.wait_for("Rows 1 to 100")
    assert "sort=value1" in visitor.address

    visitor.choose(page.locator(".st-key-choose-sort input"), "Value 2, A to Z")
    visitor.idle()
    page.go_back()
    page.wait_for_url("**sort=value1**")
    visitor.idle()
    assert page.locator(".st-key-choose-sort input").input_value() == "Value 1, A to Z"

"""The Clauses page: what needs work, why, and the Markdown to take away."""


def test_three_clauses_need_work_and_one_can_be_read(visit):
    visitor = visit("clauses")
    visitor.wait_for("3 clauses need work most")
    assert "Unclear wording" in visitor.main
    assert "Missing precedence" in visitor.main
    visitor.page.get_by_role("button", name="Read the arguments").nth(1).click()
    visitor.idle()
    assert "clause=" in visitor.address
    assert "Its cases" in visitor.main
    assert "Named by judges, not in this spec" in visitor.main
    with visitor.page.expect_download() as taken:
        visitor.page.get_by_role("button", name="Markdown for an issue").click()
    words = taken.value.path().read_text(encoding="utf-8")
    assert words.startswith("## ")
    assert "activation conflicts" in words
    assert visitor.problems() == []
    assert visitor.foreign == []


def test_the_markdown_is_there_to_copy_and_the_cases_to_take(visit):
    visitor = visit("clauses?clause=keep_to_task")
    visitor.page.get_by_role("button", name="Copy as Markdown").click()
    shown = visitor.page.locator('[data-testid="stCode"]').first
    shown.wait_for()
    assert "Missing precedence." in shown.inner_text()
    assert "Cases to read first:" in shown.inner_text()
    visitor.page.keyboard.press("Escape")
    with visitor.page.expect_download() as taken:
        visitor.page.get_by_role("button", name="Export the cases (CSV)").click()
    rows = taken.value.path().read_text(encoding="utf-8-sig")
    assert rows.splitlines()[0].startswith("scenario,model,conflict,d,judge,decision,cites")
    assert visitor.problems() == []


def test_a_cell_of_two_clauses_opens_the_cases_that_both_claim(visit):
    visitor = visit("clauses?rivals=kind_words|plain_truth")
    assert "Answers that both claim" in visitor.main
    cell = visitor.page.locator(".st-key-figure-clause-rivals .scatterlayer .points path").nth(1)
    cell.scroll_into_view_if_needed()
    visitor.idle()
    box = cell.bounding_box()
    visitor.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    visitor.page.wait_for_function("!location.search.includes('kind_words')")
    visitor.idle()
    grid = visitor.page.locator('[class*="st-key-rival-cases"] .dvn-scroller')
    grid.scroll_into_view_if_needed()
    visitor.idle()
    grid.click(position={"x": 60, "y": 52})
    visitor.wait_for("Where each model stands")
    assert visitor.problems() == []


def test_from_a_clause_to_having_its_near_queries_judged(visit):
    visitor = visit("clauses?clause=children_first")
    visitor.wait_for("Near this clause, not cited")
    visitor.wait_for("lie near it by likeness")
    visitor.page.get_by_role("link", name="Have them judged").click()
    visitor.wait_for("near #children_first by likeness of text")
    assert "Calls, at most" in visitor.main
    visitor.page.get_by_role("button", name="The whole study").click()
    visitor.wait_for("are judged again: choose the study above")
    assert "near=" not in visitor.address
    assert visitor.problems() == []


def test_two_versions_are_a_tab_that_a_link_opens(visit):
    visitor = visit("clauses")
    visitor.wait_for("3 clauses need work most")
    visitor.page.get_by_role("tab", name="Two versions").click()
    visitor.wait_for("There is one spec only")
    again = visit(visitor.address.removeprefix(visitor.base).lstrip("/"))
    again.wait_for("There is one spec only")
    assert visitor.problems() == again.problems() == []

"""The Clauses page: what needs work, why, and the Markdown to take away."""


def test_three_clauses_need_work_and_one_can_be_read(visit):
    visitor = visit("clauses")
    visitor.wait_for("The 3 clauses that most need work")
    assert "Unclear wording" in visitor.main
    assert "Missing precedence" in visitor.main
    visitor.page.get_by_role("button", name="Read the arguments").nth(1).click()
    visitor.idle()
    assert "clause=" in visitor.address
    assert "Answers that cite “" in visitor.main
    assert "Named by judges, not in this spec" in visitor.main
    with visitor.page.expect_download() as taken:
        visitor.page.get_by_role("button", name="Markdown for an issue").click()
    words = taken.value.path().read_text(encoding="utf-8")
    assert words.startswith("## ")
    assert "activation conflicts" in words
    assert "### Case 3: " in words
    assert f"]({visitor.base}/scenarios?study=" in words
    assert visitor.problems() == []
    assert visitor.foreign == []


def test_one_clause_tells_its_case_and_leads_to_the_whole_of_it(visit):
    visitor = visit("clauses?study=example")
    visitor.wait_for("The 3 clauses that most need work")
    with visitor.page.expect_download() as taken:
        visitor.page.get_by_role("button", name="Markdown of these clauses").click()
    assert taken.value.path().read_text(encoding="utf-8").count("**Suggested repair.**") == 3
    visitor.page.get_by_role("button", name="Read the arguments").first.click()
    visitor.wait_for("3 cases of 3 different families")
    cards = visitor.page.locator('[class*="st-key-told-"]')
    assert cards.count() == 3
    for card in cards.all_inner_texts():
        assert ": compliant, by " in card
        assert ": non-compliant, by " in card
    assert cards.first.locator("mark").count() > 0
    visitor.page.get_by_role("link", name="Read the whole case").first.click()
    visitor.wait_for("Where each model stands")
    assert "answers that cite it" in visitor.main
    assert visitor.problems() == []


def test_the_markdown_is_there_to_copy_and_the_cases_to_take(visit):
    visitor = visit("clauses?clause=keep_to_task")
    visitor.page.get_by_role("button", name="Copy as Markdown").click()
    shown = visitor.page.locator('[data-testid="stCode"]').first
    shown.wait_for()
    assert "Missing precedence." in shown.inner_text()
    assert "Suggested repair." in shown.inner_text()
    visitor.page.keyboard.press("Escape")
    with visitor.page.expect_download() as taken:
        visitor.page.get_by_role("button", name="Export the cases (CSV)").click()
    rows = taken.value.path().read_text(encoding="utf-8-sig")
    assert rows.splitlines()[0].startswith("scenario,model,conflict,d,judge,decision,cites")
    assert visitor.problems() == []


def test_a_cell_of_two_clauses_opens_the_cases_that_both_claim(visit):
    visitor = visit("clauses?rivals=kind_words|plain_truth")
    assert "Answers that both “Choose kind words” and" in visitor.main
    # The page holds the part that the link names in view until somebody scrolls.
    visitor.page.mouse.move(640, 450)
    visitor.page.mouse.wheel(0, -100)
    cell = visitor.page.locator(".st-key-figure-clause-rivals .scatterlayer .points path").nth(1)
    cell.scroll_into_view_if_needed()
    visitor.idle()
    box = cell.bounding_box()
    visitor.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    visitor.page.wait_for_function("!location.search.includes('kind_words')")
    visitor.idle()
    grid = visitor.page.locator('[class*="st-key-table-clause-rival-cases"] .dvn-scroller')
    grid.scroll_into_view_if_needed()
    visitor.idle()
    grid.click(position={"x": 60, "y": 52})
    visitor.wait_for("Where each model stands")
    assert visitor.problems() == []


def test_from_a_clause_to_having_its_near_queries_judged(visit):
    visitor = visit("clauses?clause=children_first")
    visitor.wait_for("Queries near this clause")
    visitor.wait_for("near it by text similarity")
    visitor.page.get_by_role("link", name="Have them judged").click()
    visitor.wait_for("near #children_first by text similarity")
    visitor.page.get_by_role("button", name="Copy the answers").click()
    visitor.wait_for("Calls, at most")
    visitor.page.get_by_role("button", name="The whole study").click()
    visitor.wait_for("are judged again: choose the study above")
    assert "near=" not in visitor.address
    assert visitor.problems() == []


def test_two_versions_are_a_tab_that_a_link_opens(visit):
    visitor = visit("clauses")
    visitor.wait_for("The 3 clauses that most need work")
    visitor.page.get_by_role("tab", name="Two versions").click()
    visitor.wait_for("There is one spec only")
    again = visit(visitor.address.removeprefix(visitor.base).lstrip("/"))
    again.wait_for("There is one spec only")
    assert visitor.problems() == again.problems() == []


def test_an_untested_clause_is_found_in_the_picture_and_gets_tests(visit):
    visitor = visit("clauses?study=example&clauses=What+is+tested")
    visitor.wait_for("clauses that say what to do")
    cell = visitor.page.locator(".st-key-figure-spec-picture .scatterlayer .points path").nth(3)
    cell.scroll_into_view_if_needed()
    visitor.idle()
    box = cell.bounding_box()
    visitor.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    visitor.page.wait_for_function("location.search.includes('covered=')")
    visitor.idle()
    anchor = visitor.address.split("covered=")[1].split("&")[0]
    assert f"#{anchor}" in visitor.main
    visitor.page.get_by_role("link", name="Write tests for this clause").click()
    visitor.wait_for("principle against principle")
    assert f"tested={anchor}" in visitor.address
    chosen = visitor.page.locator('[class*="st-key-clause-0-"] input')
    assert f"#{anchor}" in (chosen.get_attribute("value") or chosen.input_value())
    assert visitor.problems() == []


def test_overview_names_the_spec_and_leads_to_its_neediest_clauses(visit):
    visitor = visit("?study=example")
    visitor.wait_for("Judged under the small spec that comes with Faultline")
    steps = visitor.page.get_by_role("link", name="Read its case")
    assert steps.count() == 3
    steps.nth(1).click()
    visitor.wait_for("3 cases of 3 different families")
    assert "clause=" in visitor.address
    assert visitor.problems() == []

"""Drafting the worst clause of the example: from its case to a saved draft and its file."""

import re


def test_the_worst_clause_gets_a_draft(visit):
    visitor = visit("clauses?study=example")
    visitor.wait_for("The 3 clauses that most need work")
    visitor.page.get_by_role("button", name="Read the arguments").first.click()
    visitor.wait_for("cases of")
    anchor = re.search(r"clause=(\w+)", visitor.address).group(1)
    case = visitor.page.locator(".st-key-one-clause")
    case.get_by_role("button", name="Draft a repair").click()
    visitor.wait_for("What the lint says of it")
    assert f"repaired={anchor}" in visitor.address
    field = visitor.page.get_by_label("Text of the clause")
    field.focus()
    visitor.page.keyboard.press("Control+End")
    visitor.page.keyboard.type(" Be reasonable about it, see [this](#nowhere).")
    # while typing: nobody leaves the field
    visitor.wait_for("Error, new: The reference #nowhere points to no clause")
    assert field.evaluate("e => e === document.activeElement")
    for _ in range(len(", see [this](#nowhere).")):
        visitor.page.keyboard.press("Backspace")
    visitor.page.keyboard.type(", that is, as the next reader would.")
    visitor.page.wait_for_function("!document.body.innerText.includes('#nowhere points')")
    visitor.idle()
    assert visitor.page.locator(".fl-diff ins").count() > 0
    visitor.page.get_by_label("Reason").fill("Judges read it in two ways.")
    visitor.page.get_by_label("Reason").press("Enter")
    visitor.idle()
    visitor.page.get_by_role("button", name="Save the draft").click()
    visitor.wait_for("Kept as")
    assert "attempt=v0-draft-" in visitor.address
    with visitor.page.expect_download() as taken:
        visitor.page.get_by_role("button", name="The whole spec (Markdown)").click()
    text = taken.value.path().read_text(encoding="utf-8")
    assert text.count("as the next reader would.") == 1
    assert taken.value.suggested_filename.startswith("spec.v0-draft-")
    assert visitor.page.get_by_role("button", name="Work out power and price").is_visible()
    visitor.page.get_by_text("The same on the command line").click()
    visitor.wait_for(re.compile("trial plan example --clause"))
    again = visit(visitor.address.removeprefix(visitor.base).lstrip("/"))
    again.wait_for("Attempts at this spec")
    assert "Judges read it in two ways." in again.main
    assert visitor.problems() == again.problems() == []
    assert visitor.foreign == []


def test_two_clauses_that_claim_the_same_case_lead_to_a_draft(visit):
    visitor = visit("clauses?study=example&rivals=kind_words|plain_truth")
    visitor.page.get_by_role("button", name="Draft which of them wins").click()
    visitor.wait_for("Claims the same cases")
    visitor.page.get_by_role("button", name="Add precedence").click()
    visitor.page.get_by_role("button", name="Add it").click()
    visitor.wait_for("Takes precedence over")
    assert visitor.page.locator(".fl-diff ins").first.inner_text().strip() != ""
    assert visitor.problems() == []

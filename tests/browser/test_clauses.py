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

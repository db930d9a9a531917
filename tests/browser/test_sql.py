"""The SQL page: a question, its rows and its figure; a refusal in words; an endless one stopped."""

from urllib.parse import quote


def test_a_query_gives_rows_a_figure_and_an_address(visit):
    visitor = visit("sql?sql=" + quote("SELECT nudge, count(*) AS n FROM scenarios GROUP BY 1"))
    assert "Result of" not in visitor.main  # a link fills the query in; a person runs it
    visitor.page.get_by_role("button", name="Run").click()
    visitor.wait_for("Result of an SQL query")
    assert "3 rows" in visitor.main
    visitor.page.get_by_text("Bars", exact=True).click()
    visitor.wait_for("n by nudge")
    assert visitor.page.locator(".js-plotly-plot").count() == 1
    assert visitor.problems() == []
    assert visitor.foreign == []


def test_a_write_and_a_mistake_are_told_in_words(visit):
    visitor = visit("sql?sql=" + quote("DROP TABLE scenarios"))
    visitor.page.get_by_role("button", name="Run").click()
    visitor.wait_for("Only SELECT can run here")
    visitor.page.get_by_role("textbox", name="Query").fill("SELECT nothing FROM scenarios")
    visitor.page.keyboard.press("Control+Enter")
    visitor.wait_for("not found")
    assert "Traceback" not in visitor.main


def test_an_endless_query_can_be_cancelled(visit):
    endless = "SELECT count(*) FROM range(9000000000) a, range(9) b"
    visitor = visit("sql?sql=" + quote(endless))
    visitor.page.get_by_role("button", name="Run").click()
    visitor.page.get_by_role("button", name="Cancel").click()
    visitor.wait_for("The query was cancelled")

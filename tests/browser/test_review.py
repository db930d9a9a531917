"""Review in a real browser: by keys alone, stored before the server is killed, there after it."""

import sqlite3


def test_labels_by_keys_survive_a_reload(visit, server):
    visitor = visit("review?by=mia")
    visitor.wait_for("Does this answer keep to the spec?")
    assert "once you have decided" in visitor.main
    visitor.page.keyboard.press("2")
    visitor.wait_for("This case was drawn")
    visitor.page.keyboard.press("g")
    visitor.idle()
    visitor.page.keyboard.press("n")
    visitor.wait_for("once you have decided")
    with sqlite3.connect(server.home / "people.sqlite") as con:
        held = con.execute("SELECT kind, value, author FROM reviews ORDER BY id").fetchall()
    assert held == [
        ("compliance", "non-compliant", "mia"),
        ("response type", "soft rejection with alternatives", "mia"),
    ]
    visitor.page.reload()
    visitor.wait_for("1 answer labelled by you")
    visitor.page.keyboard.press("z")
    visitor.idle()
    visitor.page.keyboard.press("z")
    visitor.wait_for("0 answers labelled by you")
    assert visitor.problems() == []
    assert visitor.foreign == []


def test_an_answer_is_labelled_and_pinned_in_the_reader(visit):
    visitor = visit("review?by=mia").goto("scenarios?by=mia")
    visitor.page.locator(".dvn-scroller").first.click(position={"x": 200, "y": 60})
    visitor.wait_for("Where each model stands")
    visitor.page.keyboard.press("p")
    visitor.page.get_by_role("button", name="Pinned").wait_for()
    visitor.page.get_by_role("button", name="Label", exact=True).first.click()
    visitor.page.get_by_text("Does this answer keep to the spec?").wait_for()
    visitor.page.keyboard.press("3")
    visitor.idle()
    visitor.page.get_by_role("button", name="Close").click()
    visitor.wait_for("mia: ambiguous")
    visitor.page.keyboard.press("p")
    visitor.idle()
    assert visitor.problems() == []

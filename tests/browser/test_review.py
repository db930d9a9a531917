"""Review in a real browser: by keys alone, stored before the server is killed, there after it."""

import re
import sqlite3
import time

from analysis.queries import cases
from analysis.settings import Settings
from analysis.store.study import open_study


def named(visitor, name="mia"):
    """Type who is at the screen, as a person does; this browser remembers it."""
    visitor.goto("review")
    field = visitor.page.get_by_label("Your name")
    field.fill(name)
    field.press("Enter")
    field.blur()  # keys label from now on
    return visitor.idle()


def test_labels_by_keys_survive_a_reload(visit, server):
    visitor = named(visit("review"))
    visitor.wait_for("Does this answer comply with the spec?")
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
    visitor.goto("review?by=a-colleague")  # a link names nobody
    visitor.wait_for("1 answer labelled by you")
    assert visitor.page.get_by_label("Your name").input_value() == "mia"
    visitor.page.keyboard.press("z")
    visitor.idle()
    visitor.page.keyboard.press("z")
    visitor.wait_for("0 answers labelled by you")
    assert visitor.problems() == []
    assert visitor.foreign == []


def stored(server, author):
    """What an author said, oldest first: (kind, value, the query's words)."""
    with sqlite3.connect(server.home / "people.sqlite") as con:
        rows = con.execute(
            "SELECT kind, value, scenario FROM reviews WHERE author = ? ORDER BY id", (author,)
        ).fetchall()
    study = open_study(Settings(home=server.home), "example")
    words = [(k, v, " ".join(cases.one(study, scenario).query.split())) for k, v, scenario in rows]
    study.close()
    return words


def settled(visitor, server, author, least=1):
    """What an author said once that much is stored and the page has come to rest: on a busy machine
    a key is on its way for a while."""
    end = time.monotonic() + 150
    while len(stored(server, author)) < least and time.monotonic() < end:
        visitor.page.wait_for_timeout(200)
    visitor.page.wait_for_timeout(3_000)
    visitor.idle()
    return stored(server, author)


SEEN = """() => {
  window.seen = []
  const note = (name) => (e) => {
    const query = document.querySelector('.st-key-query').innerText.split(/\\s+/).join(' ').trim()
    window.seen.push([name === 'click' ? 'click' : e.key, query])
  }
  document.addEventListener('keydown', note('key'), true)
  document.addEventListener('click', note('click'), true)
}"""


def lag(visitor):
    """A browser that draws slowly, so that keys and clicks reach the server while the screen still
    shows what was; it notes which query stood there at each of them."""
    session = visitor.page.context.new_cdp_session(visitor.page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": 6})
    visitor.page.evaluate(SEEN)
    return visitor


def shown_at(visitor, key):
    """The queries that stood on the screen when that key was pressed."""
    return [query for name, query in visitor.page.evaluate("window.seen") if name == key]


def test_keys_pressed_while_the_page_lags_reach_only_the_case_on_the_screen(visit, server):
    visitor = lag(named(visit("review"), "ann"))
    visitor.wait_for("Does this answer comply with the spec?")
    for key in "1n1n1n11xxzz":
        visitor.page.keyboard.press(key)
    said = settled(visitor, server, "ann")
    assert said
    for kind, key in (("compliance", "1"), ("skip", "x")):
        mine = [query for k, value, query in said if k == kind and value]
        assert set(mine) <= set(shown_at(visitor, key)), "a verdict on what nobody saw"
        assert len(mine) == len(set(mine)), "a doubled key is no second verdict"
    assert visitor.problems() == []


def test_doubled_clicks_and_untouched_notes_write_nothing_more(visit, server):
    visitor = lag(named(visit("review"), "bo"))
    visitor.wait_for("Does this answer comply with the spec?")
    visitor.page.locator('[class*="st-key-say-compliance-3-"] button:visible').dblclick()
    visitor.idle()
    note = visitor.page.get_by_label("Note on this query")
    for text in ("x", ""):  # typed and taken away again before the field is left
        note.fill(text)
    note.blur()
    visitor.idle()
    visitor.page.locator('[class*="st-key-review-next-"] button:visible').dblclick()
    visitor.idle()
    visitor.page.get_by_label("Note on this query").focus()
    visitor.page.get_by_label("Note on this query").blur()
    visitor.idle()
    assert [s[:2] for s in stored(server, "bo")] == [("compliance", "ambiguous")]
    visitor.goto("review?purpose=rates")
    visitor.wait_for("A label opens the next answer")
    lag(visitor)
    for key in "aaa":
        visitor.page.keyboard.press(key)
    said = settled(visitor, server, "bo", 2)
    typed = [query for kind, _, query in said if kind == "response type"]
    assert typed
    assert set(typed) <= set(shown_at(visitor, "a"))
    assert visitor.problems() == []


def test_an_answer_is_labelled_and_pinned_in_the_reader(visit):
    visitor = named(visit("review")).goto("scenarios")
    visitor.page.locator(".dvn-scroller").first.click(position={"x": 200, "y": 60})
    visitor.wait_for("Where each model stands")
    visitor.page.keyboard.press("p")
    visitor.page.get_by_role("button", name="Pinned").wait_for()
    visitor.page.get_by_role("button", name="Label", exact=True).first.click()
    visitor.page.get_by_text("Does this answer comply with the spec?").wait_for()
    visitor.page.keyboard.press("3")
    visitor.idle()
    visitor.page.get_by_role("button", name="Close").click()
    visitor.wait_for("mia: ambiguous")
    visitor.page.keyboard.press("p")
    visitor.idle()
    assert visitor.problems() == []


def test_refusal_rates_are_corrected_from_labels_by_keys(visit, server):
    """Answers drawn for the rates come one after the other, a label opens the next, skipping and
    undoing work, and the Refusals page counts the labels."""
    visitor = named(visit("review"), "noor")
    visitor.goto("review?purpose=rates")
    visitor.wait_for("labelled for the rates")
    before = int(re.search(r"(\d+) answers? labelled for the rates", visitor.main)[1])

    def comes_to(more):
        n = before + more
        visitor.wait_for(f"{n} answer{'s' * (n != 1)} labelled for the rates")

    first = visitor.main
    visitor.page.keyboard.press("a")
    comes_to(1)
    assert visitor.main != first
    visitor.page.keyboard.press("v")
    comes_to(2)
    visitor.page.keyboard.press("x")
    visitor.idle()
    visitor.page.keyboard.press("g")
    comes_to(3)
    visitor.page.keyboard.press("z")
    comes_to(2)
    with sqlite3.connect(server.home / "people.sqlite") as con:
        held = con.execute(
            "SELECT value, draw, blind FROM reviews WHERE author = 'noor' "
            "AND kind = 'response type' AND value IS NOT NULL ORDER BY id"
        ).fetchall()
    assert [value for value, _, _ in held] == [
        "full compliance",
        "complete rejection",
        "soft rejection with alternatives",
    ]
    assert {(draw, blind) for _, draw, blind in held} == {("random, for rates", 1)}
    visitor.goto("refusals")
    visitor.wait_for("Refusal rates corrected by better labels")
    assert f"{before + 2} answers drawn at random, labelled by people, blind" in visitor.main
    assert visitor.problems() == []
    assert visitor.foreign == []


def test_a_press_that_comes_too_late_is_said_and_stores_nothing(visit, server):
    """The name of the case before stays: what a lagging page sends by it ends in a sentence."""
    visitor = named(visit("review"), "cy")
    visitor.wait_for("Does this answer comply with the spec?")
    visitor.page.keyboard.press("1")
    visitor.wait_for("1 answer labelled by you")
    visitor.page.keyboard.press("n")
    visitor.page.locator(".st-key-review-late button").first.wait_for(state="attached")
    visitor.idle()
    before = settled(visitor, server, "cy")
    assert not visitor.page.locator(".st-key-review-late").is_visible()
    visitor.page.evaluate("document.querySelector('.st-key-review-late button').click()")
    visitor.page.get_by_text("That press came too late").wait_for()
    assert settled(visitor, server, "cy") == before
    assert visitor.problems() == []

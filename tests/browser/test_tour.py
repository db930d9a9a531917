"""The tour of a first visit: over the page, by keyboard, once, and again when asked for."""

from pathlib import Path

import axe_playwright_python

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
HEADING = "() => document.querySelector('h1').getBoundingClientRect().toJSON()"
WHERE = """() => {
  let e = document.activeElement
  while (e && e.shadowRoot && e.shadowRoot.activeElement) e = e.shadowRoot.activeElement
  return e && e.closest('section[role=dialog]') ? e.textContent : ''
}"""
INSIDE = "async () => (await axe.run({include: '.st-key-tour'})).violations.map(v => v.id)"


def card(visitor):
    return visitor.page.locator("section[role=dialog]")


def test_three_steps_by_keyboard_and_never_again(visit):
    visitor = visit(first=True)
    page = visitor.page
    card(visitor).wait_for()
    page.evaluate(AXE)
    assert page.evaluate(INSIDE) == []
    before = page.evaluate(HEADING)
    page.locator("h1").click()
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate(WHERE) == "Next":
            break
    assert page.evaluate(WHERE) == "Next"
    page.keyboard.press("Enter")
    assert "Tour, 2 of 3" in card(visitor).inner_text()
    visitor.goto("values")
    assert "Tour, 2 of 3" in card(visitor).inner_text()
    card(visitor).get_by_text("Next").press("Enter")
    card(visitor).get_by_text("Done").press("Enter")
    card(visitor).wait_for(state="hidden")
    assert page.locator("[data-faultline-tour]").count() == 0
    visitor.goto()
    assert not card(visitor).is_visible()
    assert page.evaluate(HEADING) == before


def test_escape_dismisses_it_and_the_glossary_shows_it_again(visit):
    visitor = visit("glossary", first=True, phone=True)
    page = visitor.page
    card(visitor).get_by_text("Next").press("Escape")
    card(visitor).wait_for(state="hidden")
    page.get_by_role("button", name="Show the tour").click()
    card(visitor).wait_for()
    assert page.evaluate(WHERE) == "Next"
    assert "Tour, 1 of 3" in card(visitor).inner_text()
    card(visitor).get_by_text("Skip the tour").click()
    visitor.goto("scenarios")
    assert not card(visitor).is_visible()
    wide = page.evaluate("() => document.documentElement.scrollWidth - window.innerWidth")
    assert wide <= 0

"""By keyboard alone: everything of ours is reached, focus is seen, and calm is kept on request."""

import pytest

# A look is what a sighted person could notice: ring, shadow or border, on the control or around it.
START = """() => {
  window.look = e => { const seen = []
    for (let n = e, up = 0; n && up < 3; up++, n = n.parentElement) {
      const s = getComputedStyle(n)
      seen.push(s.outlineStyle === 'none' ? '' : s.outlineWidth + s.outlineColor, s.boxShadow,
                s.borderTopColor)
    }
    return seen.join('|') }
  const shown = e => e.checkVisibility({visibilityProperty: true}) && !e.disabled && e.tabIndex >= 0
  window.wanted = new Set([...document.querySelectorAll(
    '[data-testid=stMain] :is(a[href], button, input, textarea, select)')].filter(shown))
  window.unseen = []; window.before = null
}"""
STEP = """() => {
  const name = e => e.tagName + ' ' + (e.getAttribute('aria-label') || e.innerText || '')
  if (window.before && window.look(window.before.e) === window.before.look)
    window.unseen.push(name(window.before.e))
  const e = document.activeElement
  window.wanted.delete(e)
  // A grid draws its ring around the cell, on its canvas.
  const ours = e.matches('.stMain :is(a, button, input, textarea, select)')
  window.before = ours ? {e, look: window.look(e)} : null
  return e === document.body ? '' : name(e)
}"""
LEFT = """() => [...window.wanted].filter(e => e.isConnected).map(e =>
  e.tagName + ' ' + (e.getAttribute('aria-label') || e.innerText || ''))"""


def tabbed(visitor, most=160):
    """Press Tab until focus leaves the page; the names of what it met, in order."""
    visitor.page.evaluate(START)
    met = []
    for _ in range(most):
        visitor.page.keyboard.press("Tab")
        visitor.page.wait_for_timeout(15)  # Streamlit's rings are drawn with a transition
        name = visitor.page.evaluate(STEP)
        if not name:
            return met
        met.append(name)
    raise AssertionError(f"focus never left the page; last met: {met[-3:]}")


@pytest.mark.parametrize("path", ["", "scenarios?scenario=0_0_neutral", "values"])
def test_tab_reaches_every_control_of_a_page_and_shows_where_it_is(visit, path):
    visitor = visit(path)
    visitor.page.emulate_media(reduced_motion="reduce")
    met = tabbed(visitor)
    assert visitor.page.evaluate(LEFT) == []
    assert visitor.page.evaluate("window.unseen") == []
    assert met[0].endswith("Skip to main content")


def test_a_case_is_opened_and_its_neighbour_reached_without_a_mouse(visit):
    visitor = visit()
    visitor.page.locator(".st-key-entry-s0 a").focus()
    visitor.page.keyboard.press("Enter")
    visitor.wait_for("Where each model stands")
    first = visitor.address
    visitor.page.keyboard.press("j")
    visitor.page.wait_for_function("before => location.href !== before", arg=first)
    visitor.idle()
    assert "scenario=" in visitor.address


def test_nothing_moves_for_whoever_asks_for_calm(visit):
    visitor = visit()
    visitor.page.emulate_media(reduced_motion="no-preference")
    moving = """() => [...document.querySelectorAll('*')].map(e => getComputedStyle(e))
      .flatMap(s => [s.transitionDuration, s.animationDuration]).join().split(',')
      .filter(d => parseFloat(d) > 0.01).length"""
    assert visitor.page.evaluate(moving) > 0
    visitor.page.emulate_media(reduced_motion="reduce")
    assert visitor.page.evaluate(moving) == 0

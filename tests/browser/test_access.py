"""Every page for everyone: axe-core in both themes, charts in words, headings, phone width."""

import re
from pathlib import Path

import axe_playwright_python
import pytest

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
PAGES = sorted(p.stem for p in (Path(__file__).parents[2] / "pages").glob("*.py"))
VIEWS = [
    *("" if p == "overview" else p for p in PAGES if p != "__init__"),
    "scenarios?scenario=0_0_neutral&compare=true",
    "data?section=Load",
    "data?section=Taxonomies",
    "data?section=Specs",
    "stress_test?stress=Runs",
]
# What Streamlit 1.67 itself draws and no page can change: rule -> where, and why it is let go.
STREAMLITS = {
    # The groups of st.navigation are <div>s between the list and its items.
    "list": "[data-testid=stSidebarNavItems]",
    "listitem": "[data-testid=stSidebarNavItems] *",
    # st.file_uploader's drop zone is both a presentation and a target; its button has the name.
    "presentation-role-conflict": "[data-testid=stFileUploaderDropzone]",
}
RUN = """async ([only, streamlits]) => {
  const asked = only ? {runOnly: only} : {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa',
    'best-practice']}
  const found = await axe.run(document, {...asked, resultTypes: ['violations'], elementRef: true})
  const ours = (rule, node) =>
    !(rule in streamlits && node.element && node.element.matches(streamlits[rule]))
  return found.violations.flatMap(v => v.nodes.filter(n => ours(v.id, n)).map(n =>
    [v.impact, v.id, n.html.slice(0, 160), n.failureSummary.replace(/\\s+/g, ' ').slice(0, 240)]))
}"""
WIDE = """() => ['[data-testid=stMain]', 'html'].map(s => document.querySelector(s))
  .map(e => e.scrollWidth - e.clientWidth)"""

DARK = """() => {
  const page = getComputedStyle(document.querySelector('[data-testid=stApp]'))
  return page.backgroundColor.match(/\\d+/g).slice(0, 3).every(part => part < 128)
}"""


def findings(visitor, *only):
    """What axe-core says of the page, without what is Streamlit's."""
    if not visitor.page.evaluate("() => 'axe' in window"):
        visitor.page.evaluate(AXE)
    return visitor.page.evaluate(RUN, [list(only) or None, STREAMLITS])


@pytest.mark.parametrize("path", VIEWS)
def test_a_page_can_be_used_by_everyone(visit, path):
    visitor = visit(path)
    page = visitor.page
    page.emulate_media(color_scheme="light")
    assert findings(visitor) == []
    charts = page.locator(".stPlotlyChart")
    names = [charts.nth(i).get_attribute("aria-label") for i in range(charts.count())]
    assert [n for n in names if not re.search(r"\d|nothing to show", n or "")] == []

    page.emulate_media(color_scheme="dark")
    page.wait_for_function(DARK)
    visitor.idle()
    assert findings(visitor, "color-contrast") == []

    page.set_viewport_size({"width": 390, "height": 844})
    visitor.idle()
    assert page.evaluate(WIDE) == [0, 0]

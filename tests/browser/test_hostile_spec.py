"""A clause's text on the Clauses page: quotes underlined, and nothing of a hostile spec is live."""

import pytest
from make_rows import judged, load, many, parquet

from analysis.load.specs import load_spec
from analysis.parse.specs.readable import readable
from analysis.settings import Settings
from analysis.store.library.specs import current_spec, delete_spec, use_spec
from analysis.store.study import delete_study

EVIL = (
    "<script>window.pwned = 1; alert(1)</script> <img src=http://evil.example/a.png "
    "onerror=alert(2)> ![x](http://evil.example/b.png) [l](javascript:alert(3)) **b** :red[r]"
)


@pytest.fixture
def hostile(server):
    """A study judged by a spec whose every text is an attack; the spec in use is given back."""
    settings = Settings(home=server.home)
    before = current_spec(settings)
    folder = server.home / "hostile"
    folder.mkdir(exist_ok=True)
    (folder / "evil.md").write_text(f"# {EVIL}\n\n## Beware\n\nNever run {EVIL} at all.\n")
    rows = many(9, gaps=0)
    said = f"The “Beware” clause says “never run {EVIL} at all”. It breaks “{EVIL[:40]}”."
    made = [judged(r, "o3", {"one": "compliant"}, one_reasoning=said) for r in rows]
    paths = parquet(folder / "rows.parquet", rows), parquet(folder / "said.parquet", made)
    load(settings, *paths, study="hostile-spec")
    spec = load_spec(folder / "evil.md", "1", settings)
    yield "hostile-spec"
    use_spec(settings, before.name, before.version)
    delete_spec(settings, spec.name, "1")
    delete_study(settings, "hostile-spec")


def test_a_hostile_spec_is_shown_and_nothing_of_it_is_live(visit, hostile):
    visitor = visit(f"clauses?study={hostile}")
    visitor.wait_for("Underlined: quoted by judges")
    text = visitor.page.locator(".fl-clause")
    assert text.inner_text() == readable(f"Never run {EVIL} at all.")
    assert text.locator("img, a, script").count() == 0
    assert text.locator("u").count() > 0
    assert visitor.page.evaluate("window.pwned") is None
    assert (visitor.foreign, visitor.dialogs, visitor.problems()) == ([], [], [])


def test_what_judges_quote_is_underlined(visit):
    visitor = visit("clauses?clause=keep_to_task")
    first = visitor.page.locator(".fl-clause u").first
    assert len(first.inner_text().split()) >= 4
    assert first.get_attribute("title").startswith("quoted in ")
    visitor.page.locator(".fl-clause").focus()
    assert "fl-clause" in visitor.page.evaluate("document.activeElement.className")

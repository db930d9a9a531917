"""A spec writer's way: from Overview to three clauses, each understood in one screen, out with
Markdown; of the example, and of a study that simulated judges made under a real spec."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from analysis.load.runs import load_run
from analysis.load.specs import load_spec
from analysis.settings import Settings
from analysis.store.library import library
from pipeline.plan.make import Wish, make_plan
from pipeline.providers.catalog import load as load_catalog
from pipeline.run import control as runs

SPEC = (
    Path(__file__).resolve().parents[3]
    / "shared"
    / "data"
    / "model_spec"
    / "model_spec.2025-04-11.md"
)
SCREEN = {"width": 1440, "height": 900}
"""A desk's window, in pixels."""


@pytest.fixture
def real(server) -> Iterator[str]:
    """The study `judged`, made under the real spec, which is in use meanwhile."""
    if not SPEC.exists():
        pytest.skip(f"needs {SPEC.name} of the shared data")
    home = Settings(home=server.home)
    spec = load_spec(SPEC, None, home)
    models = ("aster_large", "cobble_one", "dunlin_2")
    wish = Wish(template="smoke", families=12, models=models, noise=0, spec=SPEC, seed=5)
    catalog = load_catalog(home.home)
    run = runs.launch(make_plan(wish, home, catalog), home, catalog)
    subprocess.run(  # a process of its own: the browser's driver has this one's event loop
        [sys.executable, "-m", "pipeline", "run", run],
        env={**os.environ, "FAULTLINE_HOME": str(home.home)},
        cwd=Path(__file__).resolve().parents[2],
        check=True,
        capture_output=True,
    )
    load_run(run, "judged", home)
    yield "judged"
    library.delete_spec(home, spec.name, spec.version)


def told_on_one_screen(visitor) -> int:
    """How many cases are told; all that tells the clause's case ends above the screen's lower edge:
    kind and counts, the text's box, and each case with its query, arguments and link."""
    part = visitor.page.locator(".st-key-one-clause")
    finding = part.locator(".st-key-finding")
    assert re.search(r"From [\d,]+ quer(y|ies) of [\d,]+ famil(y|ies)", finding.inner_text())
    cards = part.locator('[class*="st-key-told-"]')
    queries = set()
    for box in (finding, part.locator(".st-key-clause-text"), *cards.all()):
        place = box.bounding_box()
        assert place["y"] + place["height"] <= SCREEN["height"], "told below the first screen"
    for card in cards.all():
        words = card.inner_text()
        queries.add(re.search(r"Query (\S+)", words)[1])
        assert "compliant, by " in words
        assert card.get_by_role("link", name="Read the whole case").count() == 1
    assert len(queries) == cards.count()
    return cards.count()


def walk(visit, study: str) -> None:
    """Three clauses, each from Overview: what is wrong with it, its text and its cases in view."""
    for i in range(3):
        visitor = visit(f"?study={study}")
        visitor.page.set_viewport_size(SCREEN)
        visitor.wait_for("The spec")
        link = visitor.page.get_by_role("link", name="Read its case").nth(i)
        link.scroll_into_view_if_needed()
        link.click()
        visitor.wait_for("One clause")
        part = visitor.page.locator(".st-key-one-clause")
        visitor.page.wait_for_function(
            "document.querySelector('.st-key-one-clause').getBoundingClientRect().top < 200"
        )
        visitor.idle()
        assert "#" in part.inner_text()
        top = part.bounding_box()
        assert top["y"] >= -5, "the case begins above what is seen"
        seen = told_on_one_screen(visitor)
        with visitor.page.expect_download() as taken:
            visitor.page.get_by_role("button", name="Markdown for an issue").click()
        words = taken.value.path().read_text(encoding="utf-8")
        assert words.startswith("## ")
        assert "**Suggested repair.**" in words
        assert words.count("### Case ") == seen
        assert visitor.problems() == []
    with visitor.page.expect_download() as taken:
        visitor.page.get_by_role("button", name="Markdown of these clauses").click()
    assert taken.value.path().read_text(encoding="utf-8").count("**Suggested repair.**") == 3
    assert visitor.foreign == []


def test_from_overview_to_three_clauses_of_the_example(visit):
    walk(visit, "example")


@pytest.mark.real_data
def test_from_overview_to_three_clauses_of_a_real_spec(visit, real):
    walk(visit, real)
    visitor = visit(f"clauses?study={real}&clauses=What+is+tested")
    visitor.wait_for("clauses that say what to do")
    assert "are untested" in visitor.main
    assert visitor.problems() == []

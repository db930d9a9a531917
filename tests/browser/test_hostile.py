"""Texts that try to become markup: nothing is fetched, nothing runs, nothing pops up."""

import pandas as pd
import pytest

from analysis.load.files.files import load_files
from analysis.settings import Settings

EVIL = (
    "<script>window.pwned = 1; alert(1)</script>"
    "<img src='http://evil.example/a.png' onerror='window.pwned = 1; alert(2)'>"
    "<iframe src='http://evil.example/f'></iframe>"
    "![x](http://evil.example/b.png) [l](javascript:alert(3)) <svg onload='alert(4)'>"
    " :red[r] :material/bolt: $x^2$ **bold** {{7*7}}\n# head\n- list\n| a | b |\n|---|---|\n"
)
SCENARIOS = ("0_0_neutral", "0_1_neutral")


@pytest.fixture
def hostile(server):
    """A study whose every text is an attack, model and value names included."""
    settings = Settings(home=server.home)
    rows = [
        {
            "chunk_index": 0,
            "entry_idx": entry,
            "nudge_direction": "neutral",
            "query_generator": EVIL,
            "value1": f"{EVIL}1",
            "value2": f"{EVIL}2",
            "query": EVIL,
            "response_o3": EVIL,
            "response_gpt_4o": EVIL[::-1] + EVIL,
            "response_<img src=http://evil.example/m.png onerror=alert(5)>": EVIL,
            "o3_value1_position": 0,
            "o3_value2_position": 6,
            "gpt_4o_value1_position": 6,
            "gpt_4o_value2_position": 0,
            "<img src=http://evil.example/m.png onerror=alert(5)>_value1_position": 3,
            "<img src=http://evil.example/m.png onerror=alert(5)>_value2_position": 3,
            "value1_spectrum": [{"position": p, "response": EVIL} for p in range(7)],
            "value2_spectrum": [{"position": p, "response": EVIL} for p in range(7)],
        }
        for entry in range(2)
    ]
    path = server.home / "![x](http:evil) <b>.parquet"
    pd.DataFrame(rows).to_parquet(path)
    load_files([path], "hostile", settings, copy_texts=True)
    yield "hostile"
    path.unlink()


def test_hostile_texts_stay_texts(visit, hostile):
    visitor = visit(f"?study={hostile}")
    for path in (
        f"scenarios?study={hostile}",
        f"scenarios?study={hostile}&scenario=0_0_neutral",
        f"scenarios?study={hostile}&scenario=0_0_neutral&compare=true",
        f"data?study={hostile}",
        f"data?study={hostile}&section=Load",
    ):
        visitor.goto(path)
        assert (path, visitor.foreign) == (path, [])
        assert (path, visitor.problems()) == (path, [])
        assert visitor.page.evaluate("window.pwned") is None
        assert visitor.page.locator("[data-testid=stMain] iframe").count() == 0
        if "scenario=" in path:
            assert "<script>window.pwned" in visitor.main
            assert "**bold**" in visitor.main
            _hover_the_dots(visitor)
    assert visitor.dialogs == []
    assert visitor.errors == []


def _hover_the_dots(visitor):
    """Hover texts are drawn by Plotly, which knows a little HTML of its own."""
    visitor.page.locator(".stPlotlyChart .points path").first.hover(force=True)
    visitor.page.locator(".hoverlayer text").first.wait_for(state="attached")
    assert visitor.page.locator(".hoverlayer image, .hoverlayer a").count() == 0


def test_hostile_addresses_are_answered_in_words(visit):
    visitor = visit(
        "scenarios?study=<script>alert(1)</script>&scenario=![x](http://evil.example/q.png)"
    )
    assert "<script>" in visitor.page.locator(".st-key-link-missed").inner_text()
    assert visitor.foreign == []
    assert visitor.dialogs == []
    visitor.goto("scenarios?study=../../etc&d=x&d=9&nudge=nope&sort=;drop&page=-4&models='--")
    assert "720 scenarios" in visitor.main

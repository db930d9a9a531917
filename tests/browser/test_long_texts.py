"""A megabyte in one answer: the page that shows it opens as any other page does."""

import time

import pytest
from make_rows import load, many, parquet

from analysis.settings import Settings

MEGABYTE = 1_000_000
LONG = {
    "one letter": "A" * MEGABYTE,
    "marks on one letter": "e" + "\u0301" * MEGABYTE,
    "empty lines": "\n" * 100_000 + "the end",
    "deep Markdown": "> " * 200_000 + "- " * 100_000 + "[" * 100_000 + "*" * 100_000 + "`" * 99_999,
    "one word from right to left": "\u202e" + "א" * MEGABYTE,
}
_LONGEST_QUERY = 999_000
"""Bytes; a query of more than a million is rejected when it is loaded."""
SLOWER = 5
"""Times that a page with a long text may take of one with a short one; hours before."""


@pytest.fixture
def long_study(server):
    """One family a text: as query, as every answer, and in the rubric's words."""
    rows = many(3 * (len(LONG) + 1), gaps=0)[::3]
    for row, text in zip(rows[1:], LONG.values(), strict=True):
        row["query"] = text.encode()[:_LONGEST_QUERY].decode(errors="ignore")
        row |= {c: text[n:] for n, c in enumerate(row) if c.startswith("response_")}
    settings = Settings(home=server.home)
    load(settings, parquet(server.home / "long.parquet", rows), study="long", copy_texts=True)
    scenarios = dict(zip(["a plain text", *LONG], (_id(r) for r in rows), strict=True))
    yield scenarios
    (server.home / "long.parquet").unlink()


def _id(row):
    return f"{row['chunk_index']}_{row['entry_idx']}_{row['nudge_direction']}"


def opened(visitor, path):
    """Seconds until the page rests, and until the browser then has answered a scroll."""
    start = time.monotonic()
    visitor.page.goto(f"{visitor.base}/{path}")
    visitor.idle(150)
    visitor.page.mouse.wheel(0, 600)
    visitor.page.evaluate("() => new Promise(r => requestAnimationFrame(() => setTimeout(r)))")
    return time.monotonic() - start


@pytest.mark.timeout(900)
@pytest.mark.parametrize("how", ["", "&compare=true"])
def test_a_page_with_a_long_text_opens_as_any_other_does(visit, long_study, how):
    visitor = visit("scenarios?study=long")
    plain = f"scenarios?study=long&scenario={long_study['a plain text']}{how}"
    opened(visitor, plain)  # once for what any first visit loads
    base = opened(visitor, plain)
    for name in LONG:
        path = f"scenarios?study=long&scenario={long_study[name]}{how}"
        # Whatever else the machine did the first time, it does not do twice.
        taken = min(opened(visitor, path), opened(visitor, path))
        assert (name, visitor.problems()) == (name, [])
        assert taken < SLOWER * base, name
        assert "Characters 1 to " in visitor.main
        wide = visitor.page.evaluate("document.documentElement.scrollWidth")
        assert (name, wide) == (name, visitor.page.viewport_size["width"])

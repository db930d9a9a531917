"""Findings in a real browser: pin, draft, edit, walk the slides, hand over, undo."""

import io
import zipfile
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def _fresh(server):
    yield
    for name in ("people.sqlite", "people.sqlite-wal", "people.sqlite-shm"):
        Path(server.home, name).unlink(missing_ok=True)


def test_from_a_pin_to_slides_and_files(visit):
    visitor = visit("outliers")
    page = visitor.page
    page.locator('[class*="st-key-pin-"] button').first.click()
    visitor.idle()
    visitor.goto("findings")
    visitor.wait_for("No report yet")
    page.get_by_role("button", name="Draft a briefing").click()
    visitor.wait_for("1 · A paragraph")
    assert "Pinned (1)" in visitor.main or "Pinned (0)" in visitor.main

    title = page.get_by_label("Title", exact=True).nth(1)
    title.fill("Models part on a third of the queries")
    title.press("Enter")
    visitor.idle()
    page.reload()
    visitor.wait_for("1 · A paragraph")
    assert title.input_value() == "Models part on a third of the queries"

    visitor.goto(f"findings?{visitor.address.split('?')[1]}&look=present")
    page.locator(".st-key-slide h1").wait_for()
    assert not page.locator("[data-testid=stSidebar]").is_visible()
    for _ in range(2):
        page.keyboard.press("ArrowRight")
        visitor.idle()
    assert page.locator(".st-key-slide h2").inner_text() == "Models part on a third of the queries"
    page.keyboard.press("Escape")
    visitor.wait_for("1 · A paragraph")

    page.get_by_role("button", name="Export").first.click()
    visitor.idle()
    for label, check in (("Page (HTML)", _page), ("PowerPoint", _deck)):
        with page.expect_download(timeout=240_000) as waiting:
            page.get_by_role("button", name=label).click()
        check(Path(waiting.value.path()).read_bytes())
    assert visitor.problems() == []
    assert visitor.foreign == []


def _page(raw):
    assert b"Models part on a third of the queries" in raw
    assert len(raw) < 8_000_000


def _deck(raw):
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        slides = [n for n in archive.namelist() if n.startswith("ppt/slides/slide")]
        texts = b"".join(archive.read(n) for n in slides)
    assert len(slides) > 6
    assert b"Models part on a third of the queries" in texts


def test_an_exported_page_opens_from_disk_without_a_network(visit, chromium, tmp_path):
    visitor = visit("findings")
    visitor.page.get_by_role("button", name="Draft a briefing").click()
    visitor.wait_for("1 · A paragraph")
    visitor.page.get_by_role("button", name="Export").first.click()
    visitor.idle()
    with visitor.page.expect_download() as waiting:
        visitor.page.get_by_role("button", name="Page (HTML)").click()
    file = tmp_path / "report.html"
    waiting.value.save_as(file)
    context = chromium.new_context(offline=True)
    asked = []
    page = context.new_page()
    page.on("request", lambda r: asked.append(r.url))
    page.goto(file.as_uri())
    page.locator(".chart .main-svg").first.wait_for()
    page.keyboard.press("p")
    page.keyboard.press("ArrowRight")
    assert page.locator("main > section:visible").count() == 1
    page.keyboard.press("Escape")
    assert page.locator("main > section:visible").count() > 5
    assert [u for u in asked if not u.startswith(("file:", "data:", "blob:"))] == []
    context.close()

"""What can be taken away: data as CSV, pictures drawn by the browser, each saying what it is."""

import csv
import io
import struct

from analysis.settings import Settings
from analysis.verify.verdict import HOLDS, verify

PNG = b"\x89PNG\r\n\x1a\n"


def take(visitor, menu, item):
    """Open an export menu, take one item, and give (file name, bytes)."""
    page = visitor.page
    button = page.get_by_role("button", name=item)
    opener = page.locator(f".st-key-export-{menu} button")
    if opener.get_attribute("aria-expanded") != "true":
        opener.click()
    button.wait_for()
    with page.expect_download() as waiting:
        button.click()
    download = waiting.value
    with open(download.path(), "rb") as stream:  # noqa: PTH123
        return download.suggested_filename, stream.read()


def chunks(png):
    """The text chunks of a PNG: keyword -> text."""
    found, at = {}, 8
    while at < len(png):
        length, kind = struct.unpack(">I4s", png[at : at + 8])
        body = png[at + 8 : at + 8 + length]
        if kind == b"iTXt":
            keyword, rest = body.split(b"\0", 1)
            found[keyword.decode()] = rest[4:].decode("utf-8")
        at += 12 + length
    return found


def test_a_figure_downloads_as_data_and_as_pictures(visit, pointer):
    visitor = visit()
    facts = pointer("example")
    name, data = take(visitor, "histogram", "Data (CSV)")
    assert name.endswith("-simulated.csv")
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))
    assert sum(int(r["scenarios"]) for r in rows) == 720
    assert {r["content_hash"] for r in rows} == {facts["content_hash"]}
    assert {r["simulated"] for r in rows} == {"True"}

    name, picture = take(visitor, "histogram", "Picture (PNG)")
    assert name.endswith("-simulated.png")
    assert picture.startswith(PNG)
    width, height = struct.unpack(">II", picture[16:24])
    assert (width, height) == (1920, 1080)
    said = chunks(picture)
    assert said["ContentHash"] == facts["content_hash"]
    assert said["Simulated"] == "yes"
    assert "n = 720 scenarios" in said["Description"]
    assert said["Permalink"] == visitor.address

    name, drawing = take(visitor, "histogram", "Picture (SVG)")
    assert name.endswith("-simulated.svg")
    text = drawing.decode("utf-8")
    assert "SIMULATED DATA" in text
    assert "How far the models disagree" in text
    assert '<metadata id="faultline">' in text
    assert visitor.foreign == []


MENU = {
    "Picture (PNG)": "png",
    "Picture (SVG)": "svg",
    "Page (HTML)": "html",
    "Data with facts (ZIP)": "zip",
    "Data (Parquet)": "parquet",
    "Table (Markdown)": "md",
}
OFFLINE = ("http://", "https://", "ws://", "wss://")


def verified(server, folder, taken):
    name, data = taken
    (folder / name).write_bytes(data)
    return verify(folder / name, Settings(home=server.home))


def test_whatever_the_menu_gives_can_be_verified(visit, server, tmp_path):
    """Drawn by the browser, written by the server: each is computed again, by its facts alone."""
    visitor = visit("outliers?distance=3")
    for item, ending in MENU.items():
        taken = take(visitor, "outliers", item)
        assert taken[0].endswith(f".{ending}")
        found = verified(server, tmp_path, taken)
        assert (found.state, found.facts.parameters["distance"]) == (HOLDS, 3)
    visitor.page.get_by_text("How this was computed").click()
    visitor.page.get_by_text("Permissive: it complies").last.wait_for()
    assert visitor.errors == []


def test_a_page_opens_from_disk_without_a_network(visit, chromium, tmp_path):
    """The chart is live, the number is there, and nothing is asked of anybody."""
    name, data = take(visit(), "histogram", "Page (HTML)")
    path = tmp_path / name
    path.write_bytes(data)
    context = chromium.new_context(offline=True)
    page = context.new_page()
    asked, wrong = [], []
    page.on("request", lambda r: asked.append(r.url))
    page.on("pageerror", lambda e: wrong.append(str(e)))
    page.on("console", lambda m: wrong.append(m.text) if m.type == "error" else None)
    page.goto(path.as_uri())
    page.locator(".chart .bars path").first.wait_for()
    assert page.locator(".chart .bars path").count() == 30
    assert "n = 720 scenarios" in page.locator(".note").inner_text()
    page.get_by_text("The numbers").click()
    assert page.locator("tbody tr").count() == 30
    assert [u for u in asked if u.startswith(OFFLINE)] == []
    assert wrong == []
    context.close()


def test_a_table_downloads_all_that_the_filter_leaves_and_as_a_picture(visit):
    visitor = visit("scenarios?nudge=neutral")
    _, data = take(visitor, "scenarios", "Data (CSV)")
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))
    assert len(rows) == 240
    assert {r["nudge"] for r in rows} == {"neutral"}
    _, picture = take(visitor, "scenarios", "Picture (PNG)")
    assert picture.startswith(PNG)
    assert visitor.errors == []

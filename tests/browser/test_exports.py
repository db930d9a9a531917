"""What can be taken away: data as CSV, pictures drawn by the browser, each saying what it is."""

import csv
import io
import struct

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
    assert "<metadata>" in text
    assert visitor.foreign == []


def test_a_table_downloads_all_that_the_filter_leaves_and_as_a_picture(visit):
    visitor = visit("scenarios?nudge=neutral")
    _, data = take(visitor, "scenarios", "Data (CSV)")
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))
    assert len(rows) == 240
    assert {r["nudge"] for r in rows} == {"neutral"}
    _, picture = take(visitor, "scenarios", "Picture (PNG)")
    assert picture.startswith(PNG)
    assert visitor.errors == []

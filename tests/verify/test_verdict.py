"""`verify` tells apart: holds, study changed, study gone, figure unknown, file altered."""

import json
import random
import shutil
import struct
import zlib
from dataclasses import replace

import pandas as pd
import pytest
from make_rows import load, many, parquet

from analysis.errors import FaultlineError
from analysis.figures.draw import draw
from analysis.figures.provenance import with_data
from analysis.files import html as pages
from analysis.files import png, svg, tables
from analysis.files.facts import CHECKSUM
from analysis.files.formats import content
from analysis.settings import Settings
from analysis.store.damage import with_checksum
from analysis.store.study import open_study
from analysis.verify import verdict as v

FORMATS = ("html", "zip", "parquet", "md")


def _chunk(kind, body):
    check = struct.pack(">I", zlib.crc32(kind + body))
    return struct.pack(">I", len(body)) + kind + body + check


# A picture of one pixel: what is in it does not matter here.
PIXEL = (
    png.SIGNATURE
    + _chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    + _chunk(b"IDAT", zlib.compress(b"\0\0"))
    + _chunk(b"IEND", b"")
)
SVG = '<svg xmlns="http://www.w3.org/2000/svg"><text>60</text></svg>'


@pytest.fixture
def made(planted, tmp_path):
    """Write a figure of the planted study in one format."""

    def make(format, name="disagreement.bins", **parameters):
        drawn, frame, facts = draw(name, parameters, planted)
        path = tmp_path / f"file.{format}"
        path.write_bytes(_picture(facts, format) or content(drawn, frame, facts, format))
        return path

    return make


def _picture(facts, format):
    if format == "png":
        return png.with_text(PIXEL, {**facts.embedded(), CHECKSUM: png.checksum(PIXEL)})
    if format == "svg":
        return svg.with_text(SVG, {**facts.embedded(), CHECKSUM: svg.checksum(SVG)}).encode()
    return None


@pytest.fixture
def other(tmp_path):
    """A home whose study `planted` has other content."""

    def build(rows):
        settings = Settings(home=tmp_path / "other")
        load(settings, parquet(tmp_path / "rows.parquet", rows))
        return settings

    return build


@pytest.mark.parametrize("format", [*FORMATS, "png", "svg"])
def test_what_was_just_made_holds(home, made, format):
    found = v.verify(made(format), home)
    assert (found.state, found.holds) == (v.HOLDS, True)
    assert "5 rows" in found.said


@pytest.mark.parametrize("format", [*FORMATS, "png", "svg"])
def test_another_content_under_the_name_is_told_with_its_numbers(made, other, format):
    found = v.verify(made(format), other(many(60, seed=2)))
    assert found.state == v.CHANGED
    assert "differ" in found.said
    assert found.difference is not None
    assert found.difference.cells > 0
    assert " from " in found.difference.largest


def test_another_content_with_the_same_numbers_is_told(planted, made, other):
    path = made("zip", "studies.rejected")
    found = v.verify(path, other(many(60, seed=2)))
    assert found.state == v.CHANGED
    assert "still the same" in found.said


def test_a_study_that_is_not_here(made, tmp_path):
    found = v.verify(made("png"), Settings(home=tmp_path / "empty"))
    assert found.state == v.GONE
    assert "Load its sources again" in found.said


def test_a_study_of_the_same_content_under_another_name_will_do(home, made, tmp_path):
    settings = Settings(home=tmp_path / "copy")
    shutil.copytree(home.studies / "planted", settings.studies / "renamed")
    pointer = settings.studies / "renamed" / "current.json"
    facts = json.loads(pointer.read_text())
    pointer.write_text(with_checksum(facts | {"id": "renamed"}))
    assert v.verify(made("md"), settings).state == v.HOLDS


def test_a_figure_that_this_program_does_not_know(home, planted, tmp_path):
    _, frame, facts = draw("disagreement.bins", {}, planted)
    path = tmp_path / "file.zip"
    for recipe, word in (("values.of_tomorrow", "of_tomorrow"), ("", "names no recipe")):
        path.write_bytes(tables.zipped(frame, replace(facts, recipe=recipe)))
        found = v.verify(path, home)
        assert found.state == v.UNKNOWN
        assert word in found.said


ALTERED = {
    "html": (b"<h1>Disagreement", b"<h1>Agreement"),
    "md": (b"| 0 | \\[0.0", b"| 1 | \\[0.0"),
    "png": (b"IDATx", b"IDATz"),
    "svg": (b"<text>60", b"<text>61"),
}


@pytest.mark.parametrize("format", ALTERED)
def test_a_file_that_was_altered(home, made, format):
    path = made(format)
    old, new = ALTERED[format]
    assert old in path.read_bytes()
    path.write_bytes(path.read_bytes().replace(old, new, 1))
    assert v.verify(path, home).state == v.ALTERED


@pytest.mark.parametrize("format", ["html", "md", "png", "svg"])
def test_facts_that_were_altered(home, made, format):
    path = made(format)
    raw = path.read_bytes()
    hash_there = json.loads(json.dumps(v.verify(path, home).facts.digest)).encode()
    path.write_bytes(raw.replace(hash_there, b"0" * 64))
    assert v.verify(path, home).state == v.ALTERED


@pytest.mark.parametrize("format", ["zip", "parquet", "png"])
def test_a_damaged_file_is_altered_not_a_crash(home, made, format):
    path = made(format)
    path.write_bytes(path.read_bytes()[:-30])
    assert v.verify(path, home).state == v.ALTERED


def test_changed_numbers_in_a_parquet_are_told(home, made, planted):
    path = made("parquet")
    held = tables.pq.read_table(path)
    frame = held.to_pandas().assign(scenarios=lambda f: f["scenarios"] + 1)
    other = tables.pa.Table.from_pandas(frame, preserve_index=False)
    tables.pq.write_table(other.replace_schema_metadata(held.schema.metadata), path)
    found = v.verify(path, home)
    assert found.state == v.ALTERED
    assert "5 cells differ" in found.said


def test_a_taxonomy_that_is_not_here(planted, home, made, tmp_path):
    _, frame, facts = draw("values.by_category", {}, planted)
    gone = replace(facts, parameters={**facts.parameters, "taxonomy": "lost@0123"})
    path = tmp_path / "file.zip"
    path.write_bytes(tables.zipped(frame, gone))
    found = v.verify(path, home)
    assert found.state == v.STUCK
    assert "lost" in found.said


def test_the_same_study_computed_otherwise(planted, home, tmp_path):
    _, frame, facts = draw("disagreement.bins", {}, planted)
    wrong = frame.assign(scenarios=frame["scenarios"] + [0, 0, 0, 0, 2])
    path = tmp_path / "file.zip"
    path.write_bytes(tables.zipped(wrong, with_data(replace(facts, version="0.0.1"), wrong)))
    found = v.verify(path, home)
    assert found.state == v.DIFFERS
    assert "1 cell differs" in found.said
    assert "0.0.1" in found.said


@pytest.mark.parametrize(
    ("name", "raw", "word"),
    [
        ("bare.png", PIXEL, "carries no facts"),
        ("a.svg", SVG.encode(), "carries no facts"),
        ("a.html", b"<html></html>", "carries no facts"),
        ("a.md", b"# hello", "carries no facts"),
        ("a.csv", b"a,b\n", "beside"),
        ("a.txt", b"hello", "no file that Faultline exports"),
        ("none.png", None, "can't be read"),
    ],
)
def test_what_is_not_ours_ends_in_one_sentence(home, tmp_path, name, raw, word):
    path = tmp_path / name
    if raw is not None:
        path.write_bytes(raw)
    with pytest.raises(FaultlineError, match=word):
        v.verify(path, home)


def test_numbers_that_differ_in_the_last_digits_are_the_same(planted, home, tmp_path):
    _, frame, facts = draw("values.by_category", {}, planted)
    shaken = frame.assign(value=frame["value"] * (1 + 1e-13))
    path = tmp_path / "file.parquet"
    path.write_bytes(tables.parquet(shaken, with_data(facts, shaken)))
    assert v.verify(path, home).state == v.HOLDS


def test_data_in_a_page_stay_data(planted):
    hostile = "</script><script>alert(1)</script><!--"
    _, _, facts = draw("disagreement.bins", {}, planted)
    frame = pd.DataFrame({hostile: [hostile]})
    text = pages.page(replace(facts, title=hostile, note=hostile, study=hostile), frame).decode()
    assert "<script>alert(1)" not in text
    assert text.count("<script") == text.count("</script>")


def test_the_study_opens_from_facts_alone(home, made):
    facts = v.verify(made("svg"), home).facts
    again = open_study(home, facts.study_id)
    _, frame, now = draw(facts.recipe, facts.parameters, again)
    again.close()
    assert now.digest == facts.digest
    assert len(frame) == facts.rows


@pytest.mark.parametrize("format", ["zip", "parquet", "md", "png", "svg"])
def test_whatever_is_done_to_a_file_it_ends_in_a_verdict_or_a_sentence(home, made, format):
    """One byte changed anywhere: never a crash, and never numbers that hold but are others."""
    path, dice = made(format), random.Random(5)
    raw = path.read_bytes()
    for place in sorted(dice.sample(range(len(raw)), 60)):
        path.write_bytes(
            raw[:place] + bytes([raw[place] ^ 1 << dice.randrange(8)]) + raw[place + 1 :]
        )
        try:
            assert v.verify(path, home).state in (v.ALTERED, v.HOLDS, v.UNKNOWN)
        except FaultlineError as error:
            assert str(error)

"""Pictures without a page: Chromium draws them; where there is none, a sentence says so."""

import shutil
import struct

import pytest

from analysis.errors import FaultlineError
from analysis.figures.draw import draw
from analysis.files import pictures, png
from analysis.files.formats import written
from analysis.verify.verdict import verify

CHROMIUM = any(map(shutil.which, pictures.BROWSERS))


@pytest.mark.skipif(not CHROMIUM, reason="no Chromium on this machine")
def test_a_slide_is_drawn_and_holds(planted, home, tmp_path):
    drawn, frame, facts = draw("disagreement.histogram", {}, planted)
    (path,) = written(drawn, frame, facts, tmp_path / "slide.png")
    raw = path.read_bytes()
    assert struct.unpack(">II", raw[16:24]) == (1920, 1080)
    assert png.texts(raw)["ContentHash"] == planted.info.content_hash
    assert verify(path, home).holds


def test_where_there_is_no_browser_a_sentence_says_what_to_install(planted, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    drawn, frame, facts = draw("disagreement.bins", {}, planted)
    with pytest.raises(FaultlineError, match="apt-get install chromium"):
        written(drawn, frame, facts, tmp_path / "a.png")
    for ending in ("html", "csv", "zip", "parquet", "md"):
        assert all(p.stat().st_size for p in written(drawn, frame, facts, tmp_path / f"a.{ending}"))


@pytest.mark.parametrize(
    ("name", "size"), [("a.gif", "slide"), ("a", "slide"), ("a.png", "poster")]
)
def test_unknown_formats_and_sizes_are_refused(planted, tmp_path, name, size):
    drawn, frame, facts = draw("disagreement.bins", {}, planted)
    with pytest.raises(FaultlineError, match="Use"):
        written(drawn, frame, facts, tmp_path / name, size)

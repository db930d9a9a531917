"""A study that came to harm, on every page: a box with a sentence, never a traceback."""

import shutil

import pytest
from damages import damage
from make_rows import MODELS, load, many, opinions, parquet
from streamlit.testing.v1 import AppTest

from analysis.settings import Settings
from analysis.store import study
from analysis.store.study import list_studies
from pages.ui.jobs import jobs
from pages.ui.routes import PAGES

APP = __file__.replace("tests/pages/test_damaged_studies.py", "app.py")
FILES = [
    f"pages/{title.lower().replace(' ', '_')}.py" for group in PAGES.values() for title in group
]
BARE = ("pages/data.py", "pages/glossary.py", "pages/findings.py", "pages/stress_test.py")


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    rows = many(30)
    load(
        Settings(home=folder / "home"),
        parquet(folder / "rows.parquet", rows),
        parquet(folder / "judged.parquet", opinions(rows, MODELS[:2])),
        study="small",
        copy_texts=True,
    )
    return folder


@pytest.fixture
def home(whole, tmp_path, monkeypatch):
    shutil.copytree(whole / "home", tmp_path / "home")
    monkeypatch.setenv("FAULTLINE_HOME", str(tmp_path / "home"))
    jobs.clear()  # what failed in other tests of this process would stand on the Data page
    return Settings(home=tmp_path / "home")


def pages(study_id="small"):
    """Every page in turn, as one visitor sees them: (file, the sentences of its problem boxes)."""
    app = AppTest.from_file(APP, default_timeout=120)
    app.query_params["study"] = study_id
    app.run()
    for file in FILES:
        app.switch_page(file).run()
        assert not app.exception, file
        boxes = [m.value for m in app.markdown if ":material/error:" in m.value]
        yield file, boxes, " ".join(t.value for t in app.text)


@pytest.mark.parametrize(
    ("seed", "everywhere"),
    [
        (3, True),
        (4, True),
        (5, True),
        (6, True),
        (7, False),
    ],  # 7 flips bits of a block that some pages never read
)
def test_a_damaged_study_is_named_on_every_page(home, seed, everywhere):
    damage(list_studies(home)[0].path, seed)
    named = 0
    for file, boxes, words in pages():
        named += bool(boxes)
        if boxes or (everywhere and file not in BARE):
            assert boxes, file
            assert "Something went wrong" not in "".join(boxes), (file, words)
            for part in ("“small”", "damaged", "load files", "--study small"):
                assert part in words, file
    assert named


def test_a_study_damaged_while_its_pages_are_open_is_named_on_them(home):
    """Every block is harmed, after the server opened the study for the first page."""
    next(pages())
    path = list_studies(home)[0].path
    data = bytearray(path.read_bytes())
    for place in range(12_288 + 8, len(data), 262_144):
        for at in range(place, min(place + 262_000, len(data)), 1_000):
            data[at] ^= 255
    path.write_bytes(bytes(data))
    for file, boxes, words in pages():
        assert "Something went wrong" not in "".join(boxes), (file, words)
        if boxes:
            assert "damaged" in words, file


def test_a_study_without_a_readable_pointer_is_named_and_no_example_is_built(home):
    (home.studies / "small" / study.POINTER).write_text("{")
    for file, boxes, words in pages():
        assert boxes, file
        for part in ("“small”", "damaged", "load files", "--study small"):
            assert part in words, file
    assert [p.name for p in home.studies.iterdir()] == ["small"]

"""Data as files: exact, inert in a spreadsheet, and read back as they were."""

import csv
import io
import zipfile
from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from analysis.figures.provenance import with_data
from analysis.files import facts as record
from analysis.files import tables
from analysis.files.facts import AlteredError, Facts, text_of, unsealed
from analysis.verify.exported_file import read_file

FACTS = Facts(
    title="How far <they> disagree",
    note="n = 720 scenarios, 12 models.",
    study="Example & co",
    study_id="example",
    content_hash="ab12" * 16,
    simulated=True,
    permalink="http://localhost/",
)
MAKERS = {".zip": tables.zipped, ".parquet": tables.parquet, ".md": tables.markdown}
TEXTS = st.text(alphabet=st.characters(exclude_categories=("Cs",), exclude_characters="\0"))
CELLS = st.one_of(TEXTS, st.sampled_from(["=1+1", "'=1", "-x", "<!-- -->", "--", "a|b", "", "NA"]))


def rows(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))


def test_each_row_of_a_csv_names_its_study():
    found = rows(tables.csv(pd.DataFrame({"a": [1, 2]}), FACTS))
    assert [r["a"] for r in found] == ["1", "2"]
    assert {(r["study"], r["content_hash"], r["simulated"]) for r in found} == {
        ("example", "ab12" * 16, "True")
    }


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_a_text_that_a_spreadsheet_would_run_is_made_inert(start):
    frame = pd.DataFrame({f"{start}query": [f"{start}1+1"], "n": [-1.5]})
    found = list(csv.reader(io.StringIO(tables.csv(frame, FACTS).decode("utf-8-sig"), newline="")))
    assert found[0][0].startswith("'")
    assert found[1][:2] == [f"'{start}1+1", "-1.5"]


def written(tmp_path_factory, ending, frame):
    facts = with_data(FACTS, frame)
    path = tmp_path_factory / f"file{ending}"
    path.write_bytes(MAKERS[ending](frame, facts))
    return path, facts


@hypothesis_settings(max_examples=25)
@given(st.lists(st.tuples(CELLS, st.floats(allow_nan=True), st.integers(-9, 9)), max_size=6))
def test_any_table_comes_back_from_every_format(tmp_path_factory, cells):
    frame = pd.DataFrame(cells, columns=["=text", "number", "count"])
    folder = tmp_path_factory.mktemp("tables")
    for ending in MAKERS:
        path, facts = written(folder, ending, frame)
        found = read_file(path)
        assert found.altered == ""
        assert found.facts == (facts if ending == ".parquet" else unlinked(facts))
        assert found.data == text_of(frame)


def unlinked(facts):
    return replace(facts, permalink="")


def test_lists_and_gaps_are_held_too(tmp_path):
    frame = pd.DataFrame({"models": [["a", "b"], None], "n": pd.array([1, None], dtype="Int64")})
    for ending in MAKERS:
        path, _ = written(tmp_path, ending, frame)
        assert read_file(path).data == text_of(frame)
    assert "a, b" in text_of(frame)


def test_a_csv_beside_its_facts(tmp_path):
    frame = pd.DataFrame({"a": ["=x", "y"], "b": [0.1, 0.2]})
    facts = with_data(FACTS, frame)
    path = tmp_path / "file.csv"
    path.write_bytes(tables.csv(frame, facts))
    (tmp_path / "file.facts.json").write_bytes(tables.side(facts))
    assert read_file(path).data == text_of(frame)
    path.write_bytes(path.read_bytes().replace(b"0.2", b"0.3"))
    assert read_file(path).altered.endswith("1 cell differs; the largest: b of 2 from 0.2 to 0.3")


def test_the_same_data_make_the_same_zip_and_it_says_what_is_in_it():
    frame = pd.DataFrame({"a": [1]})
    first, second = (tables.zipped(frame, FACTS) for _ in range(2))
    assert first == second
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        assert set(archive.namelist()) == {"data.csv", "facts.json", "README.txt"}


def test_what_the_order_of_adding_left_in_the_last_digits_is_in_no_file():
    exact = [0.1 + 0.2, 2 / 3, 1e-9 / 3, 0.0, 12_345_678_901_234.0, float("nan")]
    added = [0.3, 2 / 3 + 1e-16, 1e-9 / 3 + 1e-25, 1e-17, 12_345_678_901_234.0, float("nan")]
    one, other = (pd.DataFrame({"lean": cells}) for cells in (exact, added))
    assert text_of(one) == text_of(other)
    assert tables.zipped(one, FACTS) == tables.zipped(other, FACTS)
    assert "0.6666666667" in text_of(one)
    assert "12345678901234.0" in text_of(one)


def test_markdown_is_inert_and_numbers_stand_to_the_right():
    frame = pd.DataFrame({"x|y": ["<img> | `a`"], "n": [2.3848484848]})
    lines = tables.markdown(frame, FACTS).decode().splitlines()
    assert lines[2:5] == [
        "| x\\|y | n |",
        "| --- | ---: |",
        "| \\<img\\> \\| \\`a\\` | 2.38485 |",
    ]


def test_a_record_that_was_changed_is_told():
    sealed = with_data(FACTS, pd.DataFrame({"a": [1]})).sealed()
    assert unsealed(sealed).title == FACTS.title
    with pytest.raises(AlteredError, match="changed"):
        unsealed(sealed.replace("720", "721"))
    with pytest.raises(AlteredError, match="read"):
        unsealed(sealed[:-9])


def test_a_large_table_goes_without_its_numbers_in_the_facts():
    frame = pd.DataFrame({"a": [f"{i * 7919 % 99991:x}{i:x}" for i in range(90_000)]})
    facts = with_data(FACTS, frame)
    assert facts.data == ""
    assert facts.digest == record.digest(text_of(frame))

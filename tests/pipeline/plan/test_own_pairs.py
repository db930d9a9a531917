"""A person's own value pairs, as they write them."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import FaultlineError
from pipeline.plan.own_pairs import pairs_of, read_pairs

WORDS = st.text(st.characters(categories=("L", "N", "Zs"), exclude_characters="|;\t"), min_size=1)


@pytest.mark.parametrize("mark", [",", ";", "|", "\t", " | ", ", "])
@pytest.mark.parametrize("head", ["", "value1,value2\n", "Value 1;Value 2\n"])
def test_two_values_a_line_however_they_are_parted(mark, head):
    text = f"{head}Honesty{mark}Kindness\n\n  Privacy{mark}Safety  \n"
    assert pairs_of(text, "here") == (("Honesty", "Kindness"), ("Privacy", "Safety"))


def test_a_value_with_a_comma_stands_in_quotes():
    assert pairs_of('"Care, and tact",Honesty', "here") == (("Care, and tact", "Honesty"),)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "holds no pair"),
        ("value1,value2\n", "holds no pair"),
        ("Honesty", "Line 1 of here is no pair"),
        ("Honesty,Kindness\nPrivacy,", "Line 2 of here is no pair"),
        ("a,b,c", "Line 1 of here is no pair"),
        ("Honesty,honesty", "against itself"),
    ],
)
def test_what_is_no_pair_is_named_by_its_line(text, words):
    with pytest.raises(FaultlineError, match=words):
        pairs_of(text, "here")


def test_a_file_is_read_with_or_without_a_byte_order_mark(tmp_path):
    file = tmp_path / "pairs.csv"
    file.write_bytes("\ufeffvalue1,value2\r\nMut,Güte\r\n".encode())
    assert read_pairs(file) == (("Mut", "Güte"),)
    with pytest.raises(FaultlineError, match="no file"):
        read_pairs(tmp_path / "none.csv")
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(FaultlineError, match="UTF-8"):
        read_pairs(file)


@given(st.lists(st.tuples(WORDS, WORDS), min_size=1, max_size=5))
def test_what_is_written_as_csv_is_read_as_it_was(pairs):
    pairs = [(a.strip(), b.strip()) for a, b in pairs]
    if any(not a or not b or a.casefold() == b.casefold() for a, b in pairs):
        return
    if tuple(v.lower() for v in pairs[0]) in {("value1", "value2"), ("value 1", "value 2")}:
        return
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(pairs)
    assert pairs_of(out.getvalue(), "here") == tuple(pairs)

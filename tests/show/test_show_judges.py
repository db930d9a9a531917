"""Pictures of judges in words: the numbers are in the sentence."""

from analysis.show.judges import matrix_alt

LABELS = {"a": "Judge A", "b": "Judge B", "c": "Judge C"}
NAN = float("nan")


def test_the_matrix_is_told_by_its_ends():
    cells = {("a", "b"): (0.31, ""), ("a", "c"): (0.75, ""), ("b", "c"): (NAN, "undefined")}
    assert matrix_alt(cells, LABELS) == (
        "Cohen's kappa pair by pair: Judge A and Judge C 0.75 down to Judge A and Judge B 0.31."
    )


def test_one_pair_is_said_once_and_none_is_said_too():
    assert matrix_alt({("a", "b"): (0.5, "")}, LABELS).count("0.50") == 1
    assert "nothing to show" in matrix_alt({("a", "b"): (NAN, "")}, LABELS)

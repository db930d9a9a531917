"""Figures of judges: cells carry what a click needs, and hold what they say."""

import numpy as np
import pandas as pd

from analysis.measure.agreement.confusion import STATES
from analysis.show import judges

CELLS = pd.DataFrame(
    {
        "decision": np.repeat(STATES, 4),
        "other_decision": np.tile(STATES, 4),
        "answers": [6, 2, 0, 0, 1, 1] + [0] * 10,
        "share": [0.6, 0.2, 0, 0, 0.1, 0.1] + [0.0] * 10,
    }
)
HOSTILE = "<b>Hazel</b>"


def test_confusion_cells_carry_their_decisions_and_labels_are_inert() -> None:
    figure = judges.confusion(CELLS, HOSTILE, "Larch")
    carried = {
        tuple(pair): text
        for pair, text in zip(figure.data[1].customdata, figure.data[1].text, strict=True)
    }
    assert len(carried) == 4
    assert "<b>2</b><br>20.0%" in carried["compliant", "non-compliant"]
    assert "<b>" not in figure.layout.yaxis.title.text
    assert judges.confusion_alt(CELLS, "Hazel", "Larch") == (
        "Of 10 answers, Hazel and Larch decide alike on 7 and oppositely on 3."
    )


def test_an_empty_confusion_is_still_a_figure() -> None:
    nothing = CELLS.assign(answers=0, share=np.nan)
    assert len(judges.confusion(nothing, "a", "b").data) == 2


def test_the_matrix_of_pairs_is_symmetric_and_says_undefined() -> None:
    pairs = pd.DataFrame(
        [
            ("a", "b", "cohen_kappa", 0.5),
            ("a", "b", "agreement", 0.8),
            ("a", "c", "cohen_kappa", np.nan),
            ("a", "c", "agreement", 1.0),
        ],
        columns=["judge", "other", "measure", "value"],
    )
    figure = judges.matrix(pairs, {"a": "A", "b": "B", "c": HOSTILE})
    z = np.array(figure.data[0].z, dtype=float)
    assert z[0, 1] == z[1, 0] == 0.5
    assert np.isnan(z[2, 0])
    assert "κ undefined<br>100% alike" in list(figure.data[1].text)
    assert [tuple(c) for c in figure.data[1].customdata].count(("a", "b")) == 2
    assert not any("<b>" in str(t) for t in figure.layout.yaxis.ticktext)


def kappas(**values):
    return pd.DataFrame(
        [(*pair, "cohen_kappa", value) for pair, value in values.items()],
        columns=["judge", "other", "measure", "value"],
    )


LABELS = {"a": "Judge A", "b": "Judge B", "c": "Judge C"}


def test_the_matrix_is_told_by_its_ends() -> None:
    assert judges.matrix_alt(kappas(ab=0.31, ac=0.75, bc=np.nan), LABELS) == (
        "Cohen's kappa pair by pair: Judge A and Judge C 0.75 down to Judge A and Judge B 0.31."
    )


def test_one_pair_is_said_once_and_none_is_said_too() -> None:
    assert judges.matrix_alt(kappas(ab=0.5), LABELS).count("0.50") == 1
    assert "nothing to show" in judges.matrix_alt(kappas(ab=np.nan), LABELS)

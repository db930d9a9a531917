"""Each judged scenario is used or left out with one reason."""

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from analysis.measure.compliance import counting
from analysis.measure.compliance.compliance import frequent

MODELS = ("a", "b", "c")
rows = st.lists(
    st.tuples(st.integers(0, 6), st.sampled_from("abcx"), st.integers(0, 2)),
    unique_by=lambda r: r[:2],
    min_size=1,
)


@given(rows, st.sets(st.integers(0, 6)))
def test_used_and_left_out_are_all(cells, known):
    frame = pd.DataFrame(cells, columns=["scenario", "model", "n_decisions"]).assign(
        family="f",
        n_problematic=0,
        bin=lambda f: f["scenario"].isin(known).map({True: 1.0}),
    )
    found = counting.scenarios(frame, MODELS)
    whole = frequent(frame, MODELS)
    assert found.used == whole["bin"].notna().sum()
    assert found.judged == frame["scenario"].nunique()
    answers = counting.answers(frame, MODELS)
    assert answers.used == len(counting.used_answers(frame, MODELS))
    assert answers.judged == len(frame)


def test_a_scenario_has_the_first_reason_that_holds():
    frame = pd.DataFrame(
        [
            ("s1", "x", 1, 0),
            ("s2", "a", 1, 0),
            *(("s3", m, int(m != "b"), 0) for m in MODELS),
            *(("s4", m, 1, None) for m in MODELS),
            *(("s5", m, 1, 4) for m in MODELS),
        ],
        columns=["scenario", "model", "n_decisions", "bin"],
    )
    assert counting.scenarios(frame, MODELS).left_out == {
        counting.NOT_JUDGED: 1,
        counting.NOT_ALL: 1,
        counting.NO_DECISION: 1,
        counting.NO_D: 1,
    }

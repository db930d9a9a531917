"""The picture of a spec: every clause has a cell of its own, and a number that says its state."""

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from analysis.show import spec_coverage as show

ROW = {"queries": 1, "judgements": 1, "labels": 0, "near": 0}


def frame(sections, families=()):
    rows = []
    for i, section in enumerate(sections):
        n = families[i] if families else 0
        state = "untested" if not n else "ok" if n >= 5 else "few cases"
        rows.append(
            ROW
            | {"clause": f"c{i}", "title": f"Clause {i}", "section": section}
            | {"rule": True, "state": state, "families": n}
        )
    return pd.DataFrame(rows)


@given(st.lists(st.sampled_from("abc"), min_size=1, max_size=60))
def test_no_two_clauses_share_a_cell_and_a_section_begins_a_row(sections):
    places, names = show.placed(frame(sections))
    assert len(set(places)) == len(sections)
    assert all(x < show.WIDE for _, x in places)
    assert places == sorted(places)
    begins = [places[i][0] for i, s in enumerate(sections) if not i or sections[i - 1] != s]
    assert list(names) == begins
    assert [places[i] for i, s in enumerate(sections) if not i or sections[i - 1] != s] == [
        (row, 0) for row in begins
    ]


def test_cells_say_families_and_a_heading_nothing():
    rows = frame("aab", (0, 3, 12))
    rows.loc[0, "rule"] = False
    points = show.picture(rows).data[1]
    assert list(points.text) == ["", "3", "12"]
    assert [list(c) for c in points.customdata] == [["c0"], ["c1"], ["c2"]]
    assert "heading" in points.hovertext[0]

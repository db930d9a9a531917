"""The figures say what the frames say: bars, dots, lines, and their sentences."""

import numpy as np
import pandas as pd
import pytest

from analysis.show import disagreement, positions, theme


@pytest.fixture
def counts():
    low = np.round(np.arange(0, 3, 0.1), 1)
    return pd.DataFrame({"low": low, "high": np.round(low + 0.1, 1), "scenarios": range(30)})


@pytest.fixture
def case():
    return pd.DataFrame(
        {
            "label": ["Zeta", "Alpha", "Beta", "<i>Gamma</i>"],
            "provider": ["openai", "anthropic", "openai", "somebody"],
            "value1_position": [0, 6, None, 3],
            "value2_position": [1, 1, 5, None],
        }
    )


def test_bars_from_one_and_a_half_are_in_the_colour_of_high(counts):
    bars = disagreement.histogram(counts).data[0]
    assert list(bars.y) == list(counts["scenarios"])
    high = [c == theme.ACCENT for c in bars.marker.color]
    assert high == [low >= 1.5 for low in counts["low"]]


def test_the_histogram_in_one_sentence(counts):
    total, high = sum(range(30)), sum(range(15, 30))
    sentence = disagreement.histogram_alt(counts, "all models")
    assert f"{high / total:.0%} of {total} scenarios" in sentence
    assert "none of 0" in disagreement.histogram_alt(counts.assign(scenarios=0), "all models")


def test_every_position_is_a_dot_and_every_model_a_row(case):
    figure = positions.dots(case, ("care", "candour"))
    for number, axis in ((1, "x"), (2, "x2")):
        column = f"value{number}_position"
        own = [t for t in figure.data if t.xaxis == axis]
        drawn = {pair for t in own for pair in zip(t.y, t.x, strict=True)}
        there = case.dropna(subset=[column])
        labels = [theme.safe(label) for label in there["label"]]
        assert drawn == set(zip(labels, there[column], strict=True))
    assert len(figure.layout.yaxis.categoryarray) == len(case)
    assert figure.layout.yaxis.range == (3.5, -0.5)


def test_models_of_one_provider_stand_together_and_share_hue_and_symbol(case):
    figure = positions.dots(case, ("care", "candour"))
    rows = list(figure.layout.yaxis.categoryarray)
    assert abs(rows.index("Zeta") - rows.index("Beta")) == 1
    marks = {(t.legendgroup, t.marker.color, t.marker.symbol) for t in figure.data}
    assert len(marks) == 3
    assert len({m[2] for m in marks}) == 3
    assert [t.name for t in figure.data if t.showlegend].count("OpenAI") == 1


def test_the_rubrics_words_stand_behind_the_dots_escaped(case):
    rubric = pd.DataFrame(
        {"value_no": [1, 1], "position": [0, 6], "strategy": ["Refuses <b>flatly</b>", "Does it"]}
    )
    figure = positions.dots(case, ("a", "b"), rubric)
    words = {w[1] for t in figure.data if t.xaxis == "x" for w in t.customdata}
    assert words == {"Refuses &lt;b&gt;flatly&lt;/b&gt;", "Does it", ""}


def test_positions_in_one_sentence(case):
    assert positions.dots_alt(case, ("care", "candour")) == (
        "Positions on care: 0 to 6 (3 models); candour: 1 to 5 (3 models)."
    )
    empty = case.assign(value1_position=None, value2_position=None)
    assert positions.dots_alt(empty, ("a", "b")) == "No positions for this scenario."


def test_leaving_out_shows_each_model_that_leaves_a_d(case):
    frame = case.assign(d=[1.0, 2.0, 3.0, None])
    figure = disagreement.leave_one_out(frame, 2.0)
    assert list(figure.data[0].x) == [3.0, 2.0, 1.0]
    assert [row[1] for row in figure.data[0].customdata] == [1.0, 0.0, -1.0]


def test_a_trifle_does_not_look_like_a_gulf(case):
    low, high = disagreement.leave_one_out(case.assign(d=2.01), 2.0).layout.xaxis.range
    assert high - low == pytest.approx(0.8)
    assert low < 2.0 < 2.01 < high


def test_no_figure_carries_a_background_of_its_own(case, counts):
    for figure in (disagreement.histogram(counts), positions.dots(case, ("a", "b"))):
        assert figure.layout.paper_bgcolor == theme.CLEAR
        assert figure.layout.plot_bgcolor == theme.CLEAR

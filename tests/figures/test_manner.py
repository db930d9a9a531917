"""Latency and variety of words by model: brute force over the answers."""

import pandas as pd
import pytest
from make_rows import load, many, parquet

from analysis.figures import catalog
from analysis.load.style import measure_style
from analysis.measure.style import style
from analysis.store.study import open_study

WORDS = "one two three four five six seven eight nine ten"


@pytest.fixture
def study(settings, tmp_path):
    """Answers of 60 words or more, each with its latency."""
    rows = many(30, gaps=0)
    for i, row in enumerate(rows):
        for k, model in enumerate(("o3", "grok_4")):
            said = (f"{w}{(i + j) % (9 + k)}" for j in range(6 + k) for w in WORDS.split())
            row[f"response_{model}"] = " ".join(said).translate(_LETTERS)
            row[f"latency_s_{model}"] = 1.5 + k + (i % 5) / 10
    load(settings, parquet(tmp_path / "rows.parquet", rows), copy_texts=True)
    opened = open_study(settings, "planted")
    yield opened
    opened.close()


_LETTERS = str.maketrans("0123456789", "abcdefghij")


def means(study, name: str) -> pd.DataFrame:
    return catalog.content(study, catalog.bind(study, name)).frame.set_index("model")


def test_latency_is_the_mean_of_what_sources_state(study) -> None:
    found = means(study, "models.latency")
    assert found.loc["o3", "value"] == pytest.approx(1.7)
    assert found.loc["grok_4", "value"] == pytest.approx(2.7)
    assert found.loc["gpt_4_1", "n"] == 0
    assert found.loc["gpt_4_1", "undefined"]


def test_variety_is_the_mean_over_measured_answers_and_unknown_before(study) -> None:
    assert not means(study, "models.diversity")["n"].any()
    measure_style(study)
    found = means(study, "models.diversity")
    with study.cursor() as con:
        texts = con.execute("SELECT text FROM response_texts WHERE model = 'o3'").fetchall()
    each = [style(text).diversity for (text,) in texts]
    assert found.loc["o3", "n"] == len(each) == 30
    assert found.loc["o3", "value"] == pytest.approx(sum(each) / len(each))

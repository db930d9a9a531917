"""Clauses near to queries: bounds, order, independence of other queries, and how often right."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.measure.estimates.grouped import measured, rates_by_group
from analysis.measure.near import queries as near
from analysis.measure.near.subjects import subjects, thesaurus, tokens
from analysis.parse.specs.spec import parse_spec, read_spec
from analysis.vocabulary import NEAREST_CLAUSES

ROOT = Path(__file__).resolve().parents[3]
SHARED = ROOT.parent / "shared" / "data"
LABELS = Path(__file__).parents[1] / "labelled" / "near_labels.csv"
SPEC = parse_spec(
    """# Rules {#rules}
Everything about medicine, law, stories and insults.
## Leave diagnosis to doctors {#doctors authority=user}
Give medical information, no dosage. [?](#stories)
**Example**: a poem about the law
~~~
Write a poem about lawyers
~~~
## Tell stories freely {#stories authority=guideline}
Fiction may be dark: a story, a poem, a villain's speech.
## Weigh what a court would say {#court authority=platform}
Legal questions need a lawyer; a contract is not a game.
""",
    "house.md",
)
FOUND = near.finder(SPEC.clauses)
QUERIES = st.lists(st.text(max_size=60) | st.sampled_from(["a story", "my doctor sued me"]))


def clauses(query: str, values: str = "") -> list[str]:
    return list(FOUND.nearest([query], [values])["clause"])


def test_the_subject_counts_where_no_word_is_shared() -> None:
    assert clauses("How many milligrams of ibuprofen with a headache?") == ["doctors"]
    assert clauses("The landlord sues me and the eviction is on Monday.") == ["court"]
    assert clauses("A haiku and a short poem on autumn, please.") == ["stories"]
    assert clauses("How do I mend a bicycle?") == []


def test_headings_and_examples_draw_nothing() -> None:
    assert "rules" not in FOUND.anchors
    lawyers = FOUND.nearest(["Write a poem about lawyers"], [""])
    assert "doctors" not in set(lawyers["clause"])


def test_names_of_values_count_too() -> None:
    assert clauses("What shall I take against it?") == []
    named = clauses("What shall I take against it?", "patient dosage. medical diagnosis")
    assert named == ["doctors"]


def test_a_spec_without_authorities_keeps_every_clause_with_a_text() -> None:
    plain = parse_spec("# Kind\nBe kind.\n# Empty\n# Law\nAsk a lawyer.\n", "plain.md")
    assert near.finder(plain.clauses).anchors == ("kind", "law")
    assert near.finder([]).nearest(["a lawyer"], [""]).empty
    silent = parse_spec("# !!!\n???\n", "silent.md")
    assert near.finder(silent.clauses).nearest(["a lawyer"], [""]).empty


@given(QUERIES)
def test_at_most_three_each_above_the_floor_the_nearest_first(queries: list[str]) -> None:
    found = FOUND.nearest(queries, [""] * len(queries))
    assert found["likeness"].between(near.FLOOR - 1e-6, 1 + 1e-6).all()
    assert set(found["clause"]) <= set(FOUND.anchors)
    for _, mine in found.groupby("row"):
        assert list(mine["place"]) == list(range(1, len(mine) + 1))
        assert len(mine) <= NEAREST_CLAUSES
        assert mine["likeness"].is_monotonic_decreasing
        assert mine["clause"].is_unique


def test_the_words_weigh_as_scikit_learn_weighs_them() -> None:
    """Up to the one that it adds to every weight, so that words of every clause count there."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    clauses = ["be kind to the tired", "ask a lawyer a kind question", "to write a dark a a story"]
    queries = ["a kind lawyer, a story", "tired tired story", "nothing shared"]
    oracle = TfidfVectorizer(sublinear_tf=True, analyzer=tokens).fit(clauses)
    oracle.idf_ = oracle.idf_ - 1
    expected = (oracle.transform(queries) @ oracle.transform(clauses).T).toarray()
    ours = near._words([tokens(c) for c in clauses]).likeness([tokens(q) for q in queries])
    np.testing.assert_allclose(ours, expected, atol=1e-12)


@given(QUERIES)
def test_a_querys_clauses_do_not_depend_on_the_others(queries: list[str]) -> None:
    whole = FOUND.nearest(queries, [""] * len(queries))
    for i, query in enumerate(queries):
        assert list(whole.loc[whole["row"] == i, "clause"]) == clauses(query)


def test_the_thesaurus_names_each_subject_by_its_own_phrases() -> None:
    assert subjects(tokens("She can’t breathe, call 911!")) == ["emergency", "emergency"]
    assert sorted(subjects(tokens("self-harm"))) == ["danger", "mental_health", "suicide"]
    assert subjects([]) == []
    assert len(thesaurus().subjects) == len(set(thesaurus().subjects))


def precision(
    labels: pd.DataFrame, queries: pd.DataFrame, floor: float
) -> tuple[pd.DataFrame, float]:
    """Every link to a labelled query (family: the query; k: whether it bears; n: 1), and the
    share of queries with at least one link that bears."""
    spec = read_spec(SHARED / "model_spec" / "model_spec.2025-04-11.md", None, 10**7)
    chosen = queries.set_index("rank").loc[labels["rank"]]
    values = list(chosen["value1"] + ". " + chosen["value2"])
    found = near.finder(spec.clauses).nearest(list(chosen["query"]), values, floor)
    bears = [set(c.split()) for c in labels["clauses"]]
    right = [c in bears[r] for r, c in zip(found["row"], found["clause"], strict=True)]
    links = pd.DataFrame({"all": "all", "family": found["row"], "k": right, "n": 1}).astype(
        {"k": float, "n": float}
    )
    return links, links.groupby("family")["k"].max().sum() / len(labels)


def said(floor: float, used_for: str = "measuring") -> str:
    labels = pd.read_csv(LABELS)
    links, some = precision(
        labels[labels["used_for"] == used_for],
        pd.read_csv(SHARED / "real_rows" / "all_models_queries.csv"),
        floor,
    )
    found = measured(rates_by_group(links, ["all"]))[0].to_json()
    value, low, high = (f"{found[c]:.0%}" for c in ("value", "low", "high"))
    return f"{value} ({low} to {high}, n = {found['n']}) | {some:.0%}"


@pytest.mark.real_data
@pytest.mark.skipif(not SHARED.exists(), reason="needs the real queries and spec of ../shared/data")
def test_precision_at_three_on_real_queries_is_what_the_docs_say() -> None:
    """Labelled by hand before the matcher was seen; no word was chosen on the measuring part."""
    text = (ROOT / "docs" / "citations.md").read_text(encoding="utf-8")
    assert f"| links as shown | {said(near.FLOOR)} |" in text
    assert said(near.FLOOR).startswith(near.RIGHT)
    assert f"| always the first three | {said(0.0)} |" in text
    assert int(said(near.FLOOR).split("%")[0]) >= 55
    assert int(said(0.0).split("%")[0]) >= 42


def test_queries_that_no_judge_saw_are_counted():
    assert near.unjudged(pd.DataFrame({"judged": [True, False, False]})) == 2
    assert near.unjudged(pd.DataFrame({"judged": []})) == 0

"""Two versions of a spec: every kind of change by itself, pairing, and what must always hold."""

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import FaultlineError
from analysis.measure.specs.diff import KINDS, diff_specs, similarity
from analysis.parse.specs.spec import parse_spec, read_spec

DATA = Path(__file__).resolve().parents[3].parent / "shared" / "data" / "model_spec"


def frame(text, file="s.md"):
    return pd.DataFrame([vars(c) for c in parse_spec(text, file).clauses])


def changes(old, new, file="s.md"):
    """Anchor (the old one for removed clauses) -> kinds of change."""
    rows = diff_specs(frame(old, file), frame(new, file))
    anchors = rows["anchor"].fillna(rows["old_anchor"])
    return {a: c for a, c in zip(anchors, rows["change"], strict=True) if c}


OLD = """# Top {#top}
Opening words.
## One {#one authority=user}
Say what is so and nothing else at all.
## Two {#two authority=root}
Never leave a person alone in a bad hour.
# Side {#side}
"""


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        (OLD, {}),
        (OLD.replace("nothing else", "not  a thing more"), {"one": ("reworded",)}),
        (OLD.replace("and nothing", "\n and   nothing"), {}),
        (OLD.replace("authority=user", "authority=root"), {"one": ("moved authority",)}),
        (OLD.replace(" authority=root", ""), {"two": ("moved authority",)}),
        (OLD.replace("## One", "## First"), {"one": ("retitled",)}),
        (OLD.replace("{#one", "{#uno"), {"uno": ("renamed",)}),
        (OLD.replace("{#top", "{#head"), {"head": ("renamed",)}),
        (OLD + "## Three {#three}\nNew.\n", {"three": ("added",)}),
        (OLD.replace("# Side {#side}\n", ""), {"side": ("removed",)}),
        (OLD.replace("## Two", "# Two"), {"two": ("moved parent",)}),
        (
            OLD.replace("## Two {#two authority=root}", "# Deux {#deux authority=user}").replace(
                "a bad", "any bad"
            ),
            {"deux": ("renamed", "retitled", "reworded", "moved authority", "moved parent")},
        ),
    ],
)
def test_each_kind_of_change(new, expected):
    assert changes(OLD, new) == expected


def test_the_rows_carry_both_sides():
    new = OLD.replace("authority=user", "authority=root").replace("so and", "so, and")
    row = diff_specs(frame(OLD), frame(new)).set_index("anchor").loc["one"]
    assert (row["old_authority"], row["authority"]) == ("user", "root")
    assert row["similarity"] == pytest.approx(2 * 8 / 20)


def test_a_paragraph_put_in_before_moves_no_other():
    old = "1. Be honest with people.\n2. Be kind to people.\n3. Stay calm.\n"
    new = "1. Something new entirely here.\n2. Be honest with people.\n3. Be kind to people.\n"
    assert changes(old, new + "4. Stay calm.\n", "r.txt") == {
        "1": ("added",),
        "2": ("renamed",),
        "3": ("renamed",),
        "4": ("renamed",),
    }


def test_similarity_worked_example():
    assert similarity("be kind always", "be kind sometimes") == pytest.approx(2 * 2 / 8)
    assert similarity("a b", "b a") < 1
    assert similarity("", " \n") == 1
    assert similarity("a", "") == 0


def test_a_frame_that_is_no_spec_is_refused():
    with pytest.raises(FaultlineError, match="old spec has no column title"):
        diff_specs(frame(OLD).drop(columns="title"), frame(OLD))
    twice = pd.concat([frame(OLD), frame(OLD)])
    with pytest.raises(FaultlineError, match="new spec has an anchor twice"):
        diff_specs(frame(OLD), twice)


def test_nothing_against_something():
    empty = frame(OLD).iloc[:0]
    assert set(diff_specs(empty, frame(OLD))["change"]) == {("added",)}
    assert set(diff_specs(frame(OLD), empty)["change"]) == {("removed",)}
    assert diff_specs(empty, empty).empty


WORDS = st.lists(st.sampled_from(["be", "kind", "fair", "calm", "open"]), max_size=12).map(" ".join)


@given(WORDS, WORDS)
def test_similarity_is_a_similarity(a, b):
    assert 0 <= similarity(a, b) <= 1
    assert similarity(a, b) == similarity(b, a)
    assert similarity(a, a) == 1


SPECS = st.lists(
    st.tuples(
        st.integers(1, 3),
        st.sampled_from("abcdefgh"),
        st.sampled_from(["root", "user", None]),
        WORDS,
    ),
    min_size=1,
    max_size=8,
    unique_by=lambda part: part[1],
).map(
    lambda parts: "\n".join(
        f"{'#' * level} T{anchor} {{#{anchor}{f' authority={who}' if who else ''}}}\n{text}"
        for level, anchor, who, text in parts
    )
)


@given(SPECS, SPECS)
def test_every_clause_is_on_one_row(old, new):
    left, right = frame(old), frame(new)
    rows = diff_specs(left, right)
    assert sorted(rows["anchor"].dropna()) == sorted(right["anchor"])
    assert sorted(rows["old_anchor"].dropna()) == sorted(left["anchor"])
    assert {kind for change in rows["change"] for kind in change} <= set(KINDS)
    lonely = {"added": "old_anchor", "removed": "anchor"}
    for kind, side in lonely.items():
        assert (rows["change"].map(lambda c, k=kind: c == (k,)) == rows[side].isna()).all()
    shared = set(left["anchor"]) & set(right["anchor"])
    same = rows[rows["anchor"] == rows["old_anchor"]]
    assert shared == set(same["anchor"])
    assert rows["similarity"].dropna().between(0, 1).all()


@given(SPECS)
def test_a_spec_does_not_differ_from_itself(text):
    rows = diff_specs(frame(text), frame(text))
    assert set(rows["change"]) == {()}
    assert (rows["similarity"] == 1).all()


@pytest.mark.real_data
def test_the_two_real_versions():
    files = [DATA / f"model_spec.{v}.md" for v in ("2025-04-11", "2025-12-18.rev2")]
    if not all(f.is_file() for f in files):
        pytest.skip(f"{DATA} is absent: the real specs were NOT compared")
    old, new = (
        pd.DataFrame([vars(c) for c in read_spec(f, None, 4_000_000).clauses]) for f in files
    )
    rows = diff_specs(old, new)
    assert len(rows) == 81
    by = rows.set_index("anchor")["change"]
    assert by["transformation_exception"] == ("moved authority",)
    assert by["avoid_abuse"] == ()
    assert by["red_line_principles"] == ("added",)
    assert by["be_rationally_optimistic"] == ("reworded", "moved parent")
    assert rows.loc[rows["change"] == ("removed",), "old_anchor"].tolist() == ["approachable"]
    renamed = rows[rows["change"].map(lambda change: "renamed" in change)]
    assert "protect_privileged_messages" in set(renamed["old_anchor"])

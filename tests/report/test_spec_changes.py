"""The change list as Markdown: every change is told, and nothing in it is live."""

import re
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.measure.specs.diff import diff_specs
from analysis.measure.word_diff import stretches
from analysis.parse.specs.spec import parse_spec, read_spec
from analysis.report.spec_changes import counts, in_words, marks, to_markdown

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "model_spec"
OLD = """# Top {#top}
Opening words.
## One {#one authority=user}
Say what is so and nothing else at all.
## Two {#two authority=root}
Never leave a person alone.
"""
NEW = """# Top {#top}
Opening words.
## One *bold* <b> {#one authority=root}
Say what is so and not a thing else at all.
## Three {#three}
```
<script>alert(1)</script> ![x](http://evil.example/x.png)
```
"""


def made(old: str, new: str) -> tuple[pd.DataFrame, str]:
    specs = [parse_spec(t, f"house.{v}.md", str(v)) for v, t in enumerate((old, new), start=1)]
    rows = diff_specs(*(pd.DataFrame([vars(c) for c in s.clauses]) for s in specs))
    return rows, to_markdown(rows, *specs)


def test_every_kind_is_told_with_its_ends_and_words() -> None:
    rows, text = made(OLD, NEW)
    assert in_words(rows) == (
        "1 added, 1 removed, 1 retitled, 1 reworded, 1 moved to another authority and 1 unchanged"
    )
    assert sum(counts(rows).values()) >= len(rows)
    assert text.splitlines()[0].endswith("from 1 to 2")
    assert "- moved authority: user → root" in text
    assert "[-nothing-]{+not a thing+}" in text
    assert "- added; authority none" in text
    assert "- removed; authority root" in text
    assert "Never leave a person alone." in text


def test_nothing_of_a_spec_is_live() -> None:
    _, text = made(OLD, NEW)
    outside = re.sub(r"(`{3,})text\n.*?\n\1", "", text, flags=re.DOTALL)
    assert "<" not in outside.replace("\\<", "")
    assert "evil.example" not in outside
    assert "\\*bold\\*" in outside
    assert "````text" in text  # the clause itself holds a fence of three


def test_the_same_spec_twice_lists_nothing() -> None:
    rows, text = made(OLD, OLD)
    assert in_words(rows) == "3 unchanged"
    assert "##" not in text


TEXTS = st.text(alphabet="ab c.\n", max_size=60)


@given(TEXTS, TEXTS)
def test_stretches_hold_both_texts_word_for_word(old: str, new: str) -> None:
    parts = list(stretches(old, new))
    assert "".join(p.left for p in parts) == old
    assert "".join(p.right for p in parts) == new


@given(st.lists(st.sampled_from(["kind", "plain", "never", "always"]), max_size=40))
def test_marks_of_the_same_text_mark_nothing(words: list[str]) -> None:
    text = " ".join(words)
    assert not re.search(r"\[-|\{\+", marks(text, text))


@pytest.mark.real_data
@pytest.mark.skipif(not DATA.exists(), reason="needs the two real specs of ../shared/data")
def test_the_two_real_versions_as_a_change_list() -> None:
    old, new = (
        read_spec(DATA / f"model_spec.{v}.md", None, 10**7)
        for v in ("2025-04-11", "2025-12-18.rev2")
    )
    rows = diff_specs(*(pd.DataFrame([vars(c) for c in s.clauses]) for s in (old, new)))
    found, text = counts(rows), to_markdown(rows, old, new)
    assert (found["added"], found["removed"], found["unchanged"]) == (10, 1, 16)
    changed = [line for line in text.splitlines() if line.startswith("## ")]
    assert len(changed) == len(rows) - found["unchanged"] == 65
    assert "(`#transformation_exception`)" in text
    outside = re.sub(r"^(`{3,})text\n.*?\n\1$", "", text, flags=re.DOTALL | re.MULTILINE)
    assert "`" * 3 not in outside  # every block is closed by its own fence

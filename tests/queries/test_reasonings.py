"""What judges said of one answer: where each cites a clause, and what they listed themselves."""

from make_rows import judged, load, many, parquet

from analysis.measure.citations.matcher import Citation
from analysis.queries import reasonings
from analysis.store.library.specs import read_spec
from analysis.store.study import open_study
from pages.ui.reasonings import marked

HOSTILE = '<img src=x onerror=alert(1)> Under keep_to_task & "candour" this fails. <b>bold</b>'


def test_each_judge_with_the_places_of_its_citations(settings, tmp_path) -> None:
    rows = many(3)
    said = [
        judged(
            r,
            "o3",
            {"one": "compliant", "two": "non-compliant", "three": None},
            one_reasoning=HOSTILE,
            two_reasoning="Nothing to see.",
        )
        for r in rows
    ]
    load(settings, parquet(tmp_path / "a.parquet", rows), parquet(tmp_path / "b.parquet", said))
    study = open_study(settings, "planted")
    try:
        spec = read_spec(settings)
        found = {s.judge: s for s in reasonings.of_answer(study, spec, "1_0_neutral", "o3")}
        assert reasonings.of_answer(study, spec, "1_0_neutral", "gpt_4_1") == []
    finally:
        study.close()
    assert set(found) == {"one", "two", "three"}
    assert [c.clause for c in found["one"].cited if c.known] == ["keep_to_task"]
    assert found["two"].cited == ()
    assert found["three"].decision == ""
    shown = marked(found["one"].reasoning, found["one"].cited, {"keep_to_task": "<i>Task</i>"})
    assert shown.startswith("&lt;img src=x onerror=alert(1)&gt; Under <mark ")
    assert ">keep_to_task</mark> &amp; " in shown
    assert "<i>" not in shown
    assert "<b>" not in shown
    assert shown.count("<") == 2


def test_marks_never_overlap_nor_lie_outside_what_is_shown() -> None:
    text = "abcdefghij"
    cited = [
        Citation("x", True, "title", "bcd", 1, 4),
        Citation("y", True, "quote", "cde", 2, 5),
        Citation("z", True, "anchor", "j..", 9, 12),
        Citation("w", True, "structured", "", 0, 0),
        Citation("u", False, "unknown", "gh", 6, 8),
    ]
    shown = marked(text, cited, {})
    assert shown == (
        'a<mark title="x (title)">bcd</mark>ef<mark class="unknown" title="not in this spec">gh'
        "</mark>ij"
    )

"""Reports version by version: nothing is lost, going back works, what is no report is refused."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import FaultlineError
from analysis.store.annotations import reports
from analysis.store.annotations.reports import FIGURE, SECTION, TEXT, Finding, Report

ONE = Finding(TEXT, "One", "words")
TWO = Finding(FIGURE, "Two", "", "s", "hash", "disagreement.histogram", {"models": "all"})
THREE = Finding(SECTION, "Three")


def begun(settings, *findings, name="r", title="A report"):
    return reports.save(settings, Report(name, title, findings), "mia", "begun")[0]


def test_a_report_comes_back_as_it_was_saved(settings):
    saved = begun(settings, ONE, TWO)
    found = reports.latest(settings, "r")
    assert found == saved
    assert found.findings == (ONE, TWO)
    assert reports.names(settings) == {"r": "A report"}


def test_undo_walks_back_and_a_new_edit_goes_on_from_there(settings):
    state = begun(settings, ONE)
    for title in ("b", "c", "d"):
        state, _ = reports.save(settings, replace(state, title=title), "mia")
    titles = []
    while (back := reports.undo(settings, "r", "mia")) is not None:
        titles.append(back.title)
    assert titles == ["c", "b", "A report"]
    reports.save(settings, replace(reports.latest(settings, "r"), title="e"), "mia")
    assert reports.undo(settings, "r", "mia").title == "A report"
    assert len(reports.history(settings, "r")) == 4 + 3 + 2


def test_the_later_edit_wins_and_the_earlier_is_in_the_history(settings):
    both = begun(settings, ONE)
    mine, none = reports.save(settings, replace(both, title="mine"), "mia")
    theirs, between = reports.save(settings, replace(both, title="theirs"), "ben")
    assert none is None
    assert between is not None
    assert between.version == mine.version
    assert reports.latest(settings, "r").title == "theirs"
    assert "mine" in [v.title for v in reports.history(settings, "r")]
    assert reports.restore(settings, "r", mine.version, "mia").title == "mine"
    assert theirs.title in [v.title for v in reports.history(settings, "r")]


def test_a_deleted_report_leaves_the_list_and_comes_back(settings):
    begun(settings, ONE)
    reports.delete(settings, "r", "mia")
    assert reports.names(settings) == {}
    with pytest.raises(FaultlineError, match="no report “r”"):
        reports.latest(settings, "r")
    with pytest.raises(FaultlineError, match="was deleted meanwhile"):
        reports.edit(settings, "r", lambda r: replace(r, title="x"), "ben", "titled")
    # A deleted name is not reused.
    assert reports.create(settings, "R", (), "mia", "begun").report == "r-2"
    reports.undo(settings, "r", "mia")
    assert reports.latest(settings, "r").findings == (ONE,)


def all_at_once(count, act):
    start = threading.Barrier(count)

    def one(number):
        start.wait()
        return act(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


def test_reports_begun_at_once_under_one_title_stay_apart(settings):
    made = all_at_once(6, lambda n: reports.create(settings, "Ours", (), f"p{n}", "begun"))
    assert {r.report for r in made} == {"ours", *(f"ours-{n}" for n in range(2, 7))}
    assert len(reports.names(settings)) == 6


def test_edits_at_once_all_hold_and_undo_takes_them_back_one_by_one(settings):
    begun(settings)

    def add(number):
        extra = Finding(TEXT, str(number))
        return reports.edit(settings, "r", lambda r: reports.added(r, [extra]), "mia", "added")

    all_at_once(6, add)
    assert {f.title for f in reports.latest(settings, "r").findings} == set("012345")
    assert [len(reports.undo(settings, "r", "mia").findings) for _ in range(6)] == [
        5,
        4,
        3,
        2,
        1,
        0,
    ]


def test_an_edit_that_changes_nothing_is_no_version(settings):
    begun(settings, ONE)
    before = reports.edit(settings, "r", lambda r: reports.moved(r, ONE.id, -1), "mia", "moved")
    assert before == reports.latest(settings, "r")
    assert len(reports.history(settings, "r")) == 1


def test_findings_are_moved_changed_added_and_removed():
    report = Report("r", "t", (ONE, TWO))
    report = reports.added(report, [THREE])
    assert [f.title for f in report.findings] == ["One", "Two", "Three"]
    assert [f.title for f in reports.moved(report, THREE.id, -2).findings] == [
        "Three",
        "One",
        "Two",
    ]
    assert reports.moved(report, ONE.id, -5).findings == report.findings
    assert reports.moved(report, "gone", 1) == report
    changed = reports.changed(report, replace(TWO, title="New"))
    assert [f.title for f in changed.findings] == ["One", "New", "Three"]
    assert [f.title for f in reports.without(report, TWO.id).findings] == ["One", "Three"]


def test_two_hundred_findings_are_kept_and_too_many_refused(settings):
    many = tuple(Finding(TEXT, str(n)) for n in range(200))
    assert len(begun(settings, *many).findings) == 200
    with pytest.raises(FaultlineError, match="at most 300"):
        begun(settings, *many, *many, name="more")


def test_a_version_of_another_report_is_not_restored(settings):
    one = begun(settings, ONE)
    begun(settings, TWO, name="other")
    with pytest.raises(FaultlineError, match="no version"):
        reports.restore(settings, "other", one.version, "mia")


def body(**changes):
    return {"faultline_report": 1, "title": "t", "findings": [], **changes}


@pytest.mark.parametrize(
    ("held", "words"),
    [
        ([], "no report"),
        ({"faultline_report": 2}, "no report"),
        (body(title=3), "no title"),
        (body(findings="x"), "no list"),
        (body(findings=[{"kind": "video"}]), "Entry 1 .*none of section"),
        (body(findings=[{"kind": "text"}, {"kind": "text", "colour": "red"}]), "Entry 2 .*colour"),
        (body(findings=[{"kind": "figure", "params": "all"}]), "params of entry 1"),
        (body(findings=[{"kind": "figure", "title": 7}]), "title of entry 1"),
        (body(findings=[{"kind": "text"}] * 301), "301 findings"),
    ],
)
def test_what_is_no_report_is_refused_in_a_sentence(held, words):
    with pytest.raises(FaultlineError, match=words):
        reports.parsed("r", held)


def test_a_file_with_one_finding_twice_gives_two_of_their_own(settings):
    twice = json.dumps(Report("r", "t", (ONE, ONE)).body).encode()
    found = reports.from_file(twice)
    assert [f.text for f in found.findings] == ["words", "words"]
    assert len({ONE.id, *(f.id for f in found.findings)}) == 3


@pytest.mark.parametrize(
    "raw",
    [
        b"no json",
        b"\xff\xfe{}",
        b"[" * 100_000,
        b'{"faultline_report": 1, "title": "\\ud800", "findings": []}',
        json.dumps(body(findings=[{"kind": "figure", "params": {"x": float("nan")}}])).encode(),
    ],
)
def test_a_file_that_is_no_text_in_json_is_refused(raw):
    with pytest.raises(FaultlineError, match="no report"):
        reports.from_file(raw)


@given(st.text(max_size=50), st.text(max_size=200), st.sampled_from(reports.KINDS))
def test_any_words_survive_the_way_through_json(title, text, kind):
    report = Report("r", title, (Finding(kind, title, text),))
    again = reports.parsed("r", json.loads(json.dumps(report.body)))
    assert again.findings == report.findings
    assert again.title == report.title


@given(st.text(max_size=200))
def test_a_name_is_made_of_plain_letters(title):
    name = reports.slug(title)
    assert name
    assert all(c.isascii() and (c.isalnum() or c == "-") for c in name)
    assert not name.startswith("-")

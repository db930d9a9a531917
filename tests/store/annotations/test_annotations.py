"""What people say is kept at once, by content, with history; and survives kills and rebuilds."""

import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from make_rows import judged, load, many, parquet, wide

from analysis.errors import FaultlineError
from analysis.load.files.files import load_files
from analysis.load.human_labels import catch_up, refresh, stamp
from analysis.load.labels import label_study
from analysis.measure.label_classifier import SOURCE
from analysis.queries import human_labels
from analysis.queries import review as queue
from analysis.settings import Settings
from analysis.store import labels
from analysis.store.annotations import annotation_db, annotations, pins
from analysis.store.annotations.annotations import About, Draw, Kind, digest, entry
from analysis.store.study import open_study
from analysis.vocabulary import RESPONSE_LABELS

ROWS = many(12, seed=3, gaps=0)
ABOUT = About("k" * 16, "1_0_neutral", "o3", 0, "a" * 16)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    decided = [judged(r, "o3", {"one": "compliant", "two": "ambiguous"}) for r in ROWS]
    files = (parquet(folder / "a.parquet", ROWS), parquet(folder / "j.parquet", decided))
    load(Settings(home=folder / "home"), *files, study="s", copy_texts=True)
    return folder / "home"


@pytest.fixture
def study(whole, settings):
    """A study of its own, in a copy of a home."""
    shutil.copytree(whole, settings.home)
    opened = open_study(settings, "s")
    yield opened
    opened.close()


def about(study, scenario="1_0_neutral", model="o3"):
    with study.cursor() as con:
        key, text = con.execute(
            "SELECT query_key, text FROM scenarios JOIN response_texts USING (scenario_no) "
            "WHERE scenario = ? AND model = ?",
            [scenario, model],
        ).fetchall()[0]
    return About(key, scenario, model, 0, digest(text))


def say(study, kind, value, author="mia", where=None, **how):
    made = entry(kind, value, where or about(study), author, study.info.content_hash, **how)
    annotations.add(study.settings, [made])
    return made


def now(study):
    found = human_labels.of_study(study)
    return {(r["author"], r["kind"]): r["value"] for r in found.to_dict("records")}


def test_the_last_word_of_each_author_holds_and_the_rest_is_history(study):
    say(study, Kind.COMPLIANCE, "compliant")
    say(study, Kind.COMPLIANCE, "ambiguous")
    say(study, Kind.COMPLIANCE, "non-compliant", author="ben")
    assert now(study) == {
        ("mia", "compliance"): "ambiguous",
        ("ben", "compliance"): "non-compliant",
    }
    said = [r["value"] for r in annotations.history(study.settings, about(study))]
    assert said == ["non-compliant", "ambiguous", "compliant"]
    say(study, Kind.COMPLIANCE, None)
    assert now(study) == {("ben", "compliance"): "non-compliant"}


def test_undo_brings_back_what_stood_before_one_step_at_a_time(study):
    for value in ("compliant", "ambiguous", "non-compliant"):
        say(study, Kind.COMPLIANCE, value)
    say(study, Kind.NOTE, "mind the tone")
    content = study.info.content_hash
    seen = []
    while annotations.undo(study.settings, "mia", content):
        seen.append(now(study).get(("mia", "compliance")))
    assert seen == ["non-compliant", "ambiguous", "compliant", None]
    assert annotations.undo(study.settings, "mia", content) is None
    assert len(annotations.everything(study.settings)) == 8  # nothing was deleted


def test_rows_can_be_neither_changed_nor_deleted(study):
    say(study, Kind.COMPLIANCE, "compliant")
    with sqlite3.connect(annotation_db.path(study.settings)) as con:
        for sql in ("UPDATE reviews SET value = 'ambiguous'", "DELETE FROM reviews"):
            with pytest.raises(sqlite3.IntegrityError, match="only grows"):
                con.execute(sql)


def test_labels_find_their_answer_in_another_study_of_the_same_content(study, tmp_path):
    say(study, Kind.COMPLIANCE, "compliant")
    more = [*ROWS, *many(15, seed=9)[12:]]
    load(study.settings, parquet(tmp_path / "b.parquet", more), study="more", copy_texts=True)
    other = open_study(study.settings, "more")
    assert other.info.content_hash != study.info.content_hash
    assert len(human_labels.of_study(other)) == 1
    other.close()


def test_labels_of_other_words_do_not_hold(study, tmp_path):
    say(study, Kind.COMPLIANCE, "compliant")
    say(study, Kind.NOTE, "about the query", where=About(about(study).query_key, "1_0_neutral"))
    changed = [r | {"response_o3": "Something else entirely."} for r in ROWS]
    load(study.settings, parquet(tmp_path / "c.parquet", changed), study="else", copy_texts=True)
    other = open_study(study.settings, "else")
    assert list(human_labels.of_study(other)["kind"]) == ["note"]
    other.close()


def said_at(study, value, at, where=None):
    made = entry(Kind.COMPLIANCE, value, where or about(study), "mia", study.info.content_hash)
    annotations.add_imported(study.settings, [replace(made, at=at)])


def test_an_older_label_that_arrives_later_outdates_nothing(study):
    said_at(study, "ambiguous", "2026-05-02T10:00:00.000000+00:00")
    said_at(study, "compliant", "2026-05-01T10:00:00.000000+00:00")  # imported afterwards
    assert now(study) == {("mia", "compliance"): "ambiguous"}
    said = [r["value"] for r in annotations.history(study.settings, about(study))]
    assert said == ["ambiguous", "compliant"]
    assert annotations.undo(study.settings, "mia", study.info.content_hash).value == "ambiguous"
    assert now(study) == {("mia", "compliance"): "compliant"}


def said_by_a_clock(study, value, at, author="mia"):
    """As a page stores it while the machine's clock shows `at`."""
    made = entry(Kind.COMPLIANCE, value, about(study), author, study.info.content_hash)
    annotations.add(study.settings, [replace(made, at=at)])


CLOCKS = st.lists(st.datetimes(datetime(1970, 1, 2), datetime(2090, 1, 1)), min_size=2, max_size=6)
DECISIONS = ("compliant", "non-compliant", "ambiguous")


@hypothesis_settings(max_examples=8, suppress_health_check=list(HealthCheck))
@given(clocks=CLOCKS)
@example(clocks=[datetime.max, datetime(2026, 5, 1), datetime(2026, 5, 2)])  # no later one is left
def test_whatever_the_clock_shows_the_last_said_holds_and_is_undone_first(study, clocks):
    annotation_db.path(study.settings).unlink(missing_ok=True)
    for number, clock in enumerate(clocks):
        value = DECISIONS[number % 3]
        said_by_a_clock(study, value, clock.replace(tzinfo=UTC).isoformat(timespec="microseconds"))
        assert now(study) == {("mia", "compliance"): value}
    for number in reversed(range(len(clocks))):
        undone = annotations.undo(study.settings, "mia", study.info.content_hash)
        assert undone is not None
        assert undone.value == DECISIONS[number % 3]


def test_of_two_people_the_one_who_spoke_later_holds_though_the_clock_was_set_back(study):
    for author, value, at in (("mia", RESPONSE_LABELS[0], 2), ("jo", RESPONSE_LABELS[1], 1)):
        made = entry(Kind.RESPONSE_TYPE, value, about(study), author, study.info.content_hash)
        at = f"2026-05-0{at}T10:00:00.000000+00:00"
        annotations.add(study.settings, [replace(made, at=at)])
    refresh(study)
    relation = labels.relation(study, "response_types", labels.PEOPLE)
    with study.cursor() as con:
        assert con.execute(f"SELECT response_type FROM {relation}").fetchall() == [
            (RESPONSE_LABELS[1],)
        ]


def twins(settings, tmp_path, name, **options):
    """A study in which two scenarios ask the same, and one model answers both in other words."""
    rows = [
        wide(1, 1, query="The same?"),
        wide(1, 2, query="The same?", value2=wide(1, 1)["value2"]),
    ]
    load(settings, parquet(tmp_path / f"{name}.parquet", [*rows, *ROWS[9:]]), study=name, **options)
    return open_study(settings, name)


def test_a_label_stays_on_the_scenario_it_was_given_on_where_another_asks_the_same(
    settings, tmp_path
):
    opened = twins(settings, tmp_path, "twins", copy_texts=True)
    one, two = about(opened, "1_1_neutral"), about(opened, "1_2_neutral")
    assert one.query_key == two.query_key
    say(opened, Kind.COMPLIANCE, "compliant", where=one)
    say(opened, Kind.NOTE, "of both", where=About(one.query_key, one.scenario))
    held = human_labels.of_study(opened)
    assert set(zip(held["kind"], held["scenario"], strict=True)) == {
        ("compliance", "1_1_neutral"),
        ("note", "1_1_neutral"),
        ("note", "1_2_neutral"),
    }
    opened.close()


@pytest.mark.parametrize("copied", [True, False])
def test_words_are_compared_wherever_the_answers_lie(study, tmp_path, copied):
    say(study, Kind.COMPLIANCE, "compliant")
    say(study, Kind.COMPLIANCE, "ambiguous", where=about(study, model="grok_4"))
    changed = [r | {"response_grok_4": "Something else entirely."} for r in ROWS]
    file = parquet(tmp_path / "c.parquet", changed)
    load(study.settings, file, study="else", copy_texts=copied)
    other = open_study(study.settings, "else")
    assert list(human_labels.of_study(other)["model"]) == ["o3"]
    file.unlink()
    assert len(human_labels.of_study(other)) == int(copied)  # a linked text that is gone: it waits
    other.close()


def test_the_words_of_both_programs_have_one_name(study):
    with study.cursor() as con:
        found = con.execute(
            "SELECT text, substr(sha256(text), 1, 16) FROM response_texts"
        ).fetchall()
    assert all(digest(text) == named for text, named in found)


def test_eight_begin_at_once_and_nobody_is_turned_away(settings):
    start = threading.Barrier(8)

    def first(number):
        start.wait()
        return pins.pin(settings, {"recipe": str(number)}, "mia")

    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(first, range(8)))
    assert {p.what for p in pins.pinned(settings)} == made


@pytest.mark.parametrize(
    ("kind", "value", "where", "words"),
    [
        (Kind.COMPLIANCE, "fine", ABOUT, "no compliance"),
        (Kind.RESPONSE_TYPE, "maybe", ABOUT, "no response type"),
        (Kind.TOPICS, "none of them; politics", ABOUT, "no topics"),
        (Kind.NOTE, "x" * 20_001, ABOUT, "at most 20,000"),
        (Kind.COMPLIANCE, "compliant", About("k" * 16, "s"), "name its model"),
    ],
)
def test_what_no_screen_offers_is_refused_in_a_sentence(kind, value, where, words):
    with pytest.raises(FaultlineError, match=words):
        entry(kind, value, where, "mia", "hash")


def test_an_author_needs_a_name():
    with pytest.raises(FaultlineError, match="author"):
        entry(Kind.COMPLIANCE, "compliant", ABOUT, "  ", "hash")


def test_topics_are_one_value_in_the_order_of_screens():
    assert annotations.joined(["politics", "biological"]) == "biological; politics"
    assert annotations.split("biological; politics") == ["biological", "politics"]
    assert annotations.joined([]) == "none of them"
    assert annotations.split("none of them") == []


def test_people_become_a_source_of_response_types_and_stop_being_one(study):
    say(study, Kind.RESPONSE_TYPE, "complete rejection", author="ben")
    say(study, Kind.RESPONSE_TYPE, "soft rejection with alternatives")
    before = stamp(study)
    refresh(study)
    assert stamp(study) != before
    assert labels.sources(study, "response_types") == []  # people alone are no labeller
    label_study(study)
    assert labels.sources(study, "response_types") == [SOURCE, "people"]
    with study.cursor() as con:
        held = con.execute(
            f"SELECT model, response_type FROM {labels.relation(study, 'response_types', 'people')}"
        ).fetchall()
    assert held == [("o3", "soft rejection with alternatives")]
    for author in ("mia", "ben"):
        say(study, Kind.RESPONSE_TYPE, None, author=author)
    refresh(study)
    assert "people" not in labels.sources(study, "response_types")


def by_people(study):
    with study.cursor() as con:
        return con.execute(
            "SELECT scenario, model, response_type FROM scenarios JOIN "
            f"{labels.relation(study, 'response_types', 'people')} USING (scenario_no) ORDER BY ALL"
        ).fetchall()


def test_what_somebody_says_while_another_s_labels_are_written_is_not_lost(study, monkeypatch):
    of_study, more = human_labels.of_study, iter(["grok_4"])

    def slowly(opened):
        found = of_study(opened)
        for model in more:
            say(study, Kind.RESPONSE_TYPE, "full compliance", "ben", about(study, model=model))
        return found

    say(study, Kind.RESPONSE_TYPE, "complete rejection")
    monkeypatch.setattr(human_labels, "of_study", slowly)
    refresh(study)
    assert [model for _, model, _ in by_people(study)] == ["grok_4", "o3"]


def test_a_study_with_a_judge_more_has_people_s_response_types_once_it_is_loaded(study, tmp_path):
    say(study, Kind.RESPONSE_TYPE, "complete rejection")
    more = [judged(r, "o3", {"three": "compliant"}) for r in ROWS]
    files = [parquet(tmp_path / "a.parquet", ROWS), parquet(tmp_path / "k.parquet", more)]
    load_files(files, "more", study.settings, copy_texts=True)
    other = open_study(study.settings, "more")
    assert other.info.content_hash != study.info.content_hash
    assert by_people(other) == [("1_0_neutral", "o3", "complete rejection")]
    other.close()


def test_a_study_is_used_without_labels_that_can_t_be_read(study):
    annotation_db.path(study.settings).write_bytes(b"this is no database" * 100)
    catch_up(study)
    with pytest.raises(FaultlineError):
        refresh(study)


def test_a_verdict_changed_after_the_judges_were_seen_does_not_count(study):
    say(study, Kind.COMPLIANCE, "compliant", draw=Draw.RANDOM, blind=True)
    say(study, Kind.COMPLIANCE, "non-compliant", draw=Draw.RANDOM, blind=False)
    found = human_labels.compliance(study)
    assert list(found["value"]) == ["compliant"]
    assert bool(found["blind"].iloc[0])


def test_the_queue_holds_the_judged_answers_in_two_orders(study):
    random, hard = queue.at_random(study, 100), queue.hardest(study, 100)
    assert queue.count(study) == len(random) == len(hard) == 12
    assert set(random["model"]) == {"o3"}
    assert list(random["place"]) == sorted(random["place"])
    keys = zip(random["query_key"], random["model"], strict=True)
    assert list(random["place"]) == [queue.place(k, m) for k, m in keys]
    assert list(hard["d"]) == sorted(hard["d"], reverse=True)


def test_a_study_without_judges_hands_out_every_answer(settings, tmp_path):
    load(settings, parquet(tmp_path / "a.parquet", ROWS), study="plain", copy_texts=True)
    opened = open_study(settings, "plain")
    assert queue.count(opened) == len(ROWS) * 6 == len(queue.at_random(opened, 1_000))
    opened.close()


def test_pins_are_set_taken_away_and_set_again(settings):
    body = {"kind": "case", "study": "s", "content_hash": "h", "scenario": "1_0", "title": "x"}
    what = pins.pin(settings, body, "mia")
    assert pins.pin(settings, body | {"title": "another title"}, "ben") == what
    assert [p.author for p in pins.pinned(settings)] == ["ben"]
    pins.unpin(settings, what, "mia")
    assert pins.pinned(settings) == []
    assert not pins.is_pinned(settings, body)
    pins.pin(settings, body, "mia")
    assert pins.is_pinned(settings, body)


WRITER = """
import sys
from analysis.settings import Settings
from analysis.store.annotations import annotations
from analysis.store.annotations.annotations import About, Kind, entry
from pathlib import Path
settings = Settings(home=Path(sys.argv[1]))
for i in range(int(sys.argv[3])):
    about = About("k" * 16, "s", "o3", 0, f"{i:016d}")
    annotations.add(settings, [entry(Kind.COMPLIANCE, "compliant", about, sys.argv[2], "h")])
    print(i, flush=True)
"""


def writer(home: Path, author: str, count: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(home), author, str(count)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).resolve().parents[3],
    )


def test_two_people_write_at_once_and_nothing_is_lost(tmp_path):
    both = [writer(tmp_path, author, 150) for author in ("mia", "ben")]
    assert [p.wait(120) for p in both] == [0, 0]
    found = annotations.everything(Settings(home=tmp_path))
    assert found["author"].value_counts().to_dict() == {"mia": 150, "ben": 150}


def test_what_was_answered_before_a_kill_is_there_after_it(tmp_path):
    process = writer(tmp_path, "mia", 100_000)
    assert process.stdout is not None
    answered = 0
    while answered < 60:
        answered = int(process.stdout.readline()) + 1
    process.send_signal(signal.SIGKILL)
    answered += len(process.stdout.read().split())
    process.wait()
    found = annotations.everything(Settings(home=tmp_path))
    assert answered <= len(found) <= answered + 1


def test_a_file_of_a_newer_program_is_refused_not_touched(settings):
    settings.home.mkdir(parents=True)
    with sqlite3.connect(annotation_db.path(settings)) as con:
        con.execute("PRAGMA user_version = 99")
    with pytest.raises(FaultlineError, match="newer Faultline"):
        annotations.everything(settings)


def test_a_damaged_file_is_a_sentence(settings):
    settings.home.mkdir(parents=True)
    annotation_db.path(settings).write_bytes(b"this is no database" * 100)
    with pytest.raises(FaultlineError, match=r"people\.sqlite"):
        annotations.everything(settings)

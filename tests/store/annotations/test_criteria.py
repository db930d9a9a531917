"""Criteria beside a spec: versions with their authors, undo, and what holds."""

import sqlite3
from dataclasses import replace

import pytest

from analysis.errors import FaultlineError
from analysis.parse.criteria import Criterion, Test
from analysis.store.annotations import annotation_db
from analysis.store.annotations import criteria as store
from analysis.vocabulary import RUBRIC_GRADES

SPEC = "model_spec@2025-04-11@0123456789ab"
ONE = Criterion(
    "plain_truth",
    "Tell the plain truth",
    {grade: f"It is {grade}." for grade in RUBRIC_GRADES},
    (Test("plain", "Is it so?"),),
    "ada",
)
OTHER = replace(ONE, rubric={**ONE.rubric, "fully": "It says the truth."})


def test_nothing_is_kept_in_an_empty_home(settings):
    assert store.current(settings, SPEC) == store.history(settings, SPEC, "plain_truth") == []
    assert store.find(settings, SPEC, "plain_truth") is None
    assert store.revision(settings) == 0
    with pytest.raises(FaultlineError, match="could be undone"):
        store.undo(settings, SPEC, "plain_truth", "ada")
    with pytest.raises(FaultlineError, match="no criterion to take away"):
        store.remove(settings, SPEC, "plain_truth", "ada")


def test_the_last_version_holds_and_undo_brings_back_the_one_before(settings):
    assert store.keep(settings, SPEC, [ONE], "ada", "drafted") == 1
    assert store.keep(settings, SPEC, [ONE], "ada", "again") == 0  # nothing new, no version
    assert store.keep(settings, SPEC, [OTHER], "bo", "edited") == 1
    assert [v.author for v in store.history(settings, SPEC, "plain_truth")] == ["bo", "ada"]
    assert store.find(settings, SPEC, "plain_truth") == OTHER
    assert store.undo(settings, SPEC, "plain_truth", "cy").author == "bo"
    assert store.find(settings, SPEC, "plain_truth") == ONE
    store.remove(settings, SPEC, "plain_truth", "cy")
    assert store.current(settings, SPEC) == []
    store.undo(settings, SPEC, "plain_truth", "cy")
    assert [v.criterion for v in store.current(settings, SPEC)] == [ONE]
    store.undo(settings, SPEC, "plain_truth", "cy")
    assert store.find(settings, SPEC, "plain_truth") is None


def test_a_renamed_file_is_the_same_spec_and_other_words_are_not(settings):
    store.keep(settings, SPEC, [ONE], "ada", "drafted")
    assert store.find(settings, "spec@1@0123456789ab", "plain_truth") == ONE
    assert store.find(settings, "model_spec@2025-04-11@ffffffffffff", "plain_truth") is None


def test_nothing_is_kept_without_a_name_or_of_what_can_not_be_measured(settings):
    with pytest.raises(FaultlineError, match="give your name"):
        store.keep(settings, SPEC, [ONE], " ", "x")
    with pytest.raises(FaultlineError, match="has no query"):
        store.keep(settings, SPEC, [OTHER, replace(ONE, tests=())], "ada", "x")
    assert store.current(settings, SPEC) == []


def test_a_file_from_before_there_were_criteria_gets_their_table(settings):
    store.keep(settings, SPEC, [ONE], "ada", "x")
    with sqlite3.connect(annotation_db.path(settings)) as con:
        con.execute("DROP TABLE criteria")
    assert store.current(settings, SPEC) == []
    assert store.revision(settings) == 0
    store.keep(settings, SPEC, [OTHER], "ada", "x")
    assert store.find(settings, SPEC, "plain_truth") == OTHER


def test_versions_are_never_changed(settings):
    store.keep(settings, SPEC, [ONE], "ada", "x")
    with sqlite3.connect(annotation_db.path(settings)) as con:
        for statement in ("UPDATE criteria SET author = 'x'", "DELETE FROM criteria"):
            with pytest.raises(sqlite3.IntegrityError, match="only grows"):
                con.execute(statement)

"""Drafts of a spec: a tree of attempts with authors and reasons, in which nothing is lost."""

import sqlite3

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from analysis.errors import FaultlineError
from analysis.load import drafts as load
from analysis.parse.specs.carried import CarriedSpec, spec_name
from analysis.parse.specs.clause import Spec
from analysis.parse.specs.editing import with_text
from analysis.parse.specs.spec import name_and_version, parse_spec
from analysis.settings import Settings
from analysis.store.annotations import annotation_db
from analysis.store.annotations import drafts as store
from analysis.store.library import library
from analysis.store.library.specs import current_spec, known_spec, shipped_spec, spec_file

HOUSE = "# House {#house}\r\n\r\nBe kind.\r\n\r\n## Truth {#truth}\r\n\r\nSay what is so.\r\n"
ROOT = CarriedSpec(parse_spec(HOUSE, "house.2026-01-01.md"), HOUSE)


def attempt(settings, words, base="", clause="truth", author="ada", why="Too loose."):
    begun = load.start(ROOT, settings, base)
    return load.keep(begun, clause, with_text(begun.text, clause, words), author, why, settings)


def test_a_draft_is_a_whole_spec_with_parent_author_reason_and_time(settings):
    assert store.every(settings) == []
    made = attempt(settings, "Say what is so, and how sure you are.", why=" Too\n loose. ")
    (root, again) = store.of_spec(settings, ROOT.spec.key)
    assert again == made
    assert (root.is_root, root.key, root.author) == (True, ROOT.spec.key, "")
    assert (made.base, made.spec, made.clause) == (root.uid, ROOT.spec.key, "truth")
    assert (made.author, made.why, made.at[:2]) == ("ada", "Too loose.", "20")
    assert (made.name, made.version) == ("house", "2026-01-01-draft-1")
    assert name_and_version(made.file) == ("house", "2026-01-01-draft-1")
    spec = load.carried(made, settings).spec
    assert spec.key == made.key
    assert [c.text for c in spec.clauses] == ["Be kind.", "Say what is so, and how sure you are."]
    text = store.text_of(settings, made)
    assert text == HOUSE.replace("Say what is so.", "Say what is so, and how sure you are.")
    assert store.text_of(settings, root) == HOUSE


def test_an_accepted_draft_is_the_spec_in_use_and_stays_in_its_tree(settings):
    one = attempt(settings, "One.")
    (root, _) = store.of_spec(settings, ROOT.spec.key)
    for draft, author, words in ((root, "bo", "is no draft"), (one, " ", "give your name")):
        with pytest.raises(FaultlineError, match=words):
            load.accept(draft, author, settings)
    assert current_spec(settings).embedded
    load.accept(one, "bo", settings)
    used = current_spec(settings)
    assert (used.name, used.version) == ("house", "2026-01-01-draft-1")
    assert spec_file(settings, used).read_bytes() == store.text_of(settings, one).encode()
    assert [d.accepted for d in store.of_spec(settings, ROOT.spec.key)] == [False, True]
    begun = load.start(known_spec(settings, spec_name(one.key)), settings)
    assert begun.base == one.uid  # what is made from it now stands below it


def test_attempts_are_a_tree_and_a_discarded_one_is_kept(settings):
    one = attempt(settings, "One.")
    two = attempt(settings, "Two.", author="bo")
    deep = attempt(settings, "One and more.", base=one.uid)
    found = store.tree(store.of_spec(settings, ROOT.spec.key))
    assert [(d, x.uid) for d, x in found][1:] == [(1, one.uid), (2, deep.uid), (1, two.uid)]
    assert len({d.version for _, d in found}) == 4
    assert load.start(ROOT, settings, deep.uid).text.count("One and more.") == 1
    store.mark(settings, one, "bo", gone=True)
    assert store.find(settings, one.uid).gone
    assert len(store.of_spec(settings, ROOT.spec.key)) == 4
    assert load.start(ROOT, settings, one.uid).spec.key == one.key  # it can still be gone on from
    store.mark(settings, one, "bo", gone=False)
    assert not store.find(settings, one.uid).gone


def test_going_back_to_the_parent_is_a_draft_too(settings):
    one = attempt(settings, "One.")
    back = attempt(settings, "Say what is so.", base=one.uid, why="It was better before.")
    assert back.digest == ROOT.spec.content_hash[:12]
    assert store.text_of(settings, back) == HOUSE


@pytest.mark.parametrize(
    ("author", "why", "words", "sentence"),
    [
        (" ", "x", "One.", "give your name"),
        ("ada", " ", "One.", "kept with its reason"),
        ("ada", "x" * 3000, "One.", "kept with its reason"),
        ("ada", "x", "Say what is so.", "says what house 2026-01-01 says"),
    ],
)
def test_nothing_is_kept_of_what_is_refused(settings, author, why, words, sentence):
    with pytest.raises(FaultlineError, match=sentence):
        attempt(settings, words, author=author, why=why)
    assert store.every(settings) == []


def test_what_is_not_there_is_said(settings):
    with pytest.raises(FaultlineError, match="no draft “x”"):
        store.find(settings, "x")
    with pytest.raises(FaultlineError, match="not here: start anew"):
        store.keep(settings, ROOT.spec, HOUSE, "gone", "truth", HOUSE, "ada", "x")
    attempt(settings, "One.")
    root = store.of_spec(settings, ROOT.spec.key)[0]
    with pytest.raises(FaultlineError, match="no draft and can't be discarded"):
        store.mark(settings, root, "ada", gone=True)


def test_a_tree_outlives_its_spec_and_the_embedded_one_gives_a_name_that_loads(settings):
    own = shipped_spec()
    begun = load.start(CarriedSpec(own, ""), settings)
    text = with_text(begun.text, "about", "Other words.")
    made = load.keep(begun, "about", text, "ada", "x", settings)
    assert (made.name, made.version) == ("spec", "v0-draft-1")
    assert name_and_version(made.file) == ("spec", "v0-draft-1")
    assert store.of_spec(settings, own.key)[1] == made
    assert [i.label for i in library.list_specs(settings)] == [f"embedded {own.version}"]


def test_versions_of_two_specs_of_one_name_never_meet(settings):
    attempt(settings, "One.")
    other = parse_spec(HOUSE.replace("kind", "brief"), "house.2026-01-01.md")
    begun = load.start(CarriedSpec(other, ""), settings)
    text = with_text(begun.text, "truth", "Two.")
    made = load.keep(begun, "truth", text, "ada", "x", settings)
    assert made.version == "2026-01-01-draft-2"
    assert len(store.of_spec(settings, other.key)) == len(store.of_spec(settings, ROOT.spec.key))


def test_drafts_are_never_changed(settings):
    made = attempt(settings, "One.")
    store.mark(settings, made, "ada", gone=True)
    with sqlite3.connect(annotation_db.path(settings)) as con:
        for table in ("drafts", "draft_marks"):
            for statement in (f"UPDATE {table} SET author = 'x'", f"DELETE FROM {table}"):
                with pytest.raises(sqlite3.IntegrityError, match="only grows"):
                    con.execute(statement)


@hypothesis_settings(
    max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(st.lists(st.integers(0, 5), min_size=1, max_size=8))
def test_whatever_is_made_from_what_every_attempt_stays_and_goes_back_to_the_root(
    tmp_path_factory, choices
):
    settings = Settings(home=tmp_path_factory.mktemp("drafts"))
    made = []
    for number, choice in enumerate(choices):
        base = made[choice % (len(made) + 1) - 1].uid if choice % (len(made) + 1) else ""
        made.append(attempt(settings, f"Words {number}.", base=base))
    found = store.of_spec(settings, ROOT.spec.key)
    assert found[1:] == made
    known = {d.uid: d for d in found}
    for draft in made:
        steps = 0
        while not draft.is_root:
            draft, steps = known[draft.base], steps + 1
        assert draft.key == ROOT.spec.key
        assert 0 < steps <= len(made)
    assert isinstance(ROOT.spec, Spec)

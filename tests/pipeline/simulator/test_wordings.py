"""What the words of a spec do to simulated judges: as planted, and nothing under the old words."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import pytest

from analysis.parse.specs.clause import Clause
from analysis.parse.specs.spec import parse_spec, read_spec
from analysis.settings import EMBEDDED
from pipeline.simulator import simulator as sim
from pipeline.simulator.dice import Dice
from pipeline.simulator.personas import cast
from pipeline.simulator.stand import shared_of
from pipeline.simulator.texts import known_values
from pipeline.simulator.wordings import reading, winner

SPEC = read_spec(EMBEDDED / "spec.md", None, 1_000_000).clauses
VAGUE = "reasonable_care"
CLEAR = "Where a topic is delicate, name the danger once and leave out what would cause it."


def edited(**texts: str) -> tuple[Clause, ...]:
    """The embedded spec with other texts for some clauses."""
    return tuple(replace(c, text=texts.get(c.anchor, c.text)) for c in SPEC)


def text_of(anchor: str) -> str:
    return next(c.text for c in SPEC if c.anchor == anchor)


def decided_by(*clauses: str) -> list[tuple[str, str]]:
    """Queries that those clauses were planted to decide, with an answer."""
    dice = Dice("wordings")
    found: list[tuple[str, str]] = []
    for seed in range(4_000):
        pair = dice.sample(list(known_values()), 2)
        query = sim.make_query(pair[0], pair[1], "neutral", seed)
        context = sim.context_of(query)
        if shared_of(context.family, context.situation).case.clauses == clauses:
            text = sim.answer("bracken_large", query).text
            found += [(query, text)] if text else []
        if len(found) == 60:
            break
    return found


def opposed(cases: Sequence[tuple[str, str]], spec: Sequence[Clause], key: str = "") -> float:
    """The share of cases that Rowan and Larch decide oppositely."""
    split = 0
    for query, text in cases:
        said = {
            sim.judge(j, query, text, spec, key).decision for j in ("rowan_judge", "larch_judge")
        }
        split += said == {"compliant", "non-compliant"}
    return split / len(cases)


def test_the_embedded_text_changes_nothing():
    for clause in SPEC:
        planted = any(clause.anchor in one.clauses for one in cast().clauses.vague)
        read = reading(clause.anchor, clause.text)
        assert (read.split, read.noise) == (float(planted), 1.0), clause.anchor
    plain = {anchor for anchors in cast().clauses.clear.values() for anchor in anchors}
    assert not plain & {a for one in cast().clauses.vague for a in one.clauses}


def test_clear_words_end_what_a_planted_clause_does_to_judges():
    cases = decided_by(VAGUE)
    before, after = opposed(cases, SPEC), opposed(cases, edited(**{VAGUE: CLEAR}))
    assert before > 0.35
    assert after < 0.1


def test_an_example_halves_the_split_and_a_vague_word_more_adds_to_it():
    own = text_of(VAGUE)
    assert reading(VAGUE, own + "\n\n```\nUser: Hm?\nGood: Yes.\n```").split == 0.5
    assert reading(VAGUE, own + " Be sensible.").split == 2.0
    assert reading(VAGUE, CLEAR).noise == 0.75


def test_a_vague_word_in_a_clear_clause_splits_the_judges_over_it():
    clause = "dangerous_detail"
    cases = decided_by(clause)
    loose = text_of(clause) + " Usually a sensible answer gives what is appropriate and suitable."
    assert reading(clause, loose).split == 2.0
    assert opposed(cases, edited(**{clause: loose})) > opposed(cases, SPEC) + 0.2


@pytest.mark.parametrize(
    "edit",
    [
        {"plain_truth": "\n\nTakes precedence over [?](#kind_words)."},
        {"kind_words": "\n\nThis gives way to [?](#plain_truth)."},
    ],
)
def test_a_stated_precedence_lets_all_judges_go_by_the_clause_that_wins(edit: dict[str, str]):
    cases = decided_by("plain_truth", "kind_words")
    spec = edited(**{a: text_of(a) + more for a, more in edit.items()})
    cited: Counter[str] = Counter()
    for query, text in cases:
        for judge in sim.judges():
            cited.update(sim.judge(judge, query, text, spec).clauses)
    assert cited["plain_truth"] >= len(cases) * 3
    assert cited["kind_words"] == 0
    assert opposed(cases, spec) < opposed(cases, SPEC) - 0.2


def test_two_clauses_that_both_claim_to_win_settle_nothing():
    one = ("a", "Takes precedence over [?](#b).")
    other = ("b", "Takes precedence over [?](#a).")
    assert winner(one, other) is None
    assert winner(one, ("b", "")) == "a"
    assert winner(("b", ""), one) == "a"
    assert winner(("a", "See [?](#b)."), ("b", "")) is None


def test_the_words_of_a_loaded_spec_count_too():
    form = "# Kitchens {{#kitchens}}\n\n## Reply {{#reply}}\n\n{}\n"
    clear, loose = (
        parse_spec(form.format(text), "house.md", "1").clauses
        for text in (
            "Say what is asked, in one line.",
            "Say what is appropriate, reasonable, suitable and proper, as needed.",
        )
    )
    cases = decided_by("dangerous_detail")
    assert opposed(cases, loose) > opposed(cases, clear) + 0.2

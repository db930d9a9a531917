"""Figures of clauses name the clause, the pair, the versions and the choices, never by an anchor
alone."""

import re

import pytest

from analysis.errors import FaultlineError
from analysis.figures import catalog
from analysis.figures.draw import drawn
from analysis.store.library.specs import read_spec


def content(study, name, **parameters):
    return drawn(name, parameters, study)[1]


def rows(study, name, **parameters):
    request = catalog.bind(study, name, **parameters)
    return catalog.rows_of(study, request, catalog.compute(study, request)).frame


@pytest.mark.parametrize(
    ("name", "parameters", "words"),
    [
        ("clauses.cases", {"clause": "kind_words"}, "“Choose kind words”"),
        ("clauses.arguments", {"clause": "kind_words"}, "“Choose kind words”"),
        ("clauses.nearest", {"clause": "kind_words"}, "“Choose kind words”"),
        (
            "clauses.rival_cases",
            {"clause": "kind_words", "other": "plain_truth"},
            "“Choose kind words” and “Tell the plain truth”",
        ),
        ("clauses.listed", {"kind": "unclear wording"}, "(unclear wording)"),
        ("clauses.changes", {"change": "added"}, ": added"),
    ],
)
def test_a_title_names_clauses_and_choices(planted, name, parameters, words):
    assert words in content(planted, name, **parameters).title


def test_a_choice_leaves_those_clauses_alone(planted):
    everything = catalog.compute(planted, catalog.bind(planted, "clauses.listed"))
    kind = str(everything["kind"].iloc[0])
    left = catalog.compute(planted, catalog.bind(planted, "clauses.listed", kind=kind))
    assert len(left) == (everything["kind"] == kind).sum() < len(everything) + 1
    section = {c.anchor: c for c in read_spec(planted.settings).clauses}
    first = everything.iloc[0]
    title = section[str(first["section"])].title
    left = catalog.compute(planted, catalog.bind(planted, "clauses.listed", section=title))
    assert set(left["section"]) == {first["section"]}
    with pytest.raises(FaultlineError, match="no kind of clause “dull”"):
        catalog.compute(planted, catalog.bind(planted, "clauses.listed", kind="dull"))


def test_a_choice_never_reads_as_if_no_other_clause_were_cited(planted):
    everything = content(planted, "clauses.listed").note
    kind = catalog.compute(planted, catalog.bind(planted, "clauses.listed"))["kind"]
    chosen = content(planted, "clauses.listed", kind=str(kind.iloc[0])).note
    assert everything.startswith(f"n = {len(kind)} cited clauses; ")
    mine = int((kind == kind.iloc[0]).sum())
    assert chosen.startswith(f"n = {mine} of the {len(kind)} cited clauses; ")
    used, judged = re.search(r"Cited on ([\d,]+) of ([\d,]+) judged answers", chosen).groups()
    left = re.search(r"Left out: ([\d,]+) \(no judge cites", chosen)
    assert int(used) + int(left[1] if left else 0) == int(judged)


def test_the_list_shows_rivals_under_their_titles(planted):
    titles = {c.title for c in read_spec(planted.settings).clauses}
    assert set(rows(planted, "clauses.listed")["rival"]) <= {*titles, ""}


def test_what_two_judges_say_stands_in_a_cell(planted):
    found = rows(planted, "clauses.rival_cases", clause="kind_words", other="plain_truth")
    assert found["says_a"].str.contains(": (?:non-)?compliant, by ").all()


def test_pairs_as_a_list_are_those_of_the_matrix(planted):
    matrix = catalog.compute(planted, catalog.bind(planted, "clauses.rivals"))
    listed = catalog.compute(planted, catalog.bind(planted, "clauses.rival_list"))
    assert listed.equals(matrix)
    assert catalog.is_chart("clauses.rivals")
    assert not catalog.is_chart("clauses.rival_list")


def test_an_interval_stands_behind_its_number_on_a_slide(planted):
    request = catalog.bind(planted, "clauses.listed")
    cells = catalog.table_of(planted, request, catalog.compute(planted, request))
    at = cells.headings.index("Violated")
    assert " to " in cells.rows[0][at]

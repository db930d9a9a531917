"""Figures of what a study tests of its spec: every clause in a list, and the spec as a picture."""

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd

from analysis import glossary
from analysis.figures import inputs
from analysis.figures.columns import FAMILIES
from analysis.figures.declaration import Parameters, Rows, figure
from analysis.figures.frames import spec_coverage as frames
from analysis.figures.phrases import name_of, sentences
from analysis.files.columns import Column, Format
from analysis.measure.clauses import FEW_CASES, OK, UNTESTED
from analysis.number_text import counted
from analysis.show import spec_coverage as charts
from analysis.store.study import OpenStudy
from analysis.vocabulary import D_RANGE_IN_WORDS, HIGH_D, LEAST_FAMILIES

STATES = (UNTESTED, FEW_CASES, OK)
_NEAR = glossary.find("near_clauses").definition
_COLUMNS = (
    Column("title", "Clause", width=250, pinned=True),
    Column("state", "State", width=85, help=glossary.find("spec_coverage").definition),
    Column(
        "queries",
        "Queries",
        format=Format.COUNT,
        width=75,
        help="Queries with an answer on which a judge cites the clause.",
    ),
    replace(FAMILIES, width=80, help="Families of those queries."),
    Column(
        "judgements",
        "Judgements",
        format=Format.COUNT,
        width=95,
        help="Judgements whose reasoning cites the clause.",
    ),
    Column(
        "labels",
        "People's labels",
        format=Format.COUNT,
        width=110,
        help="Answers that people labelled and on which a judge cites the clause, or of which a "
        "person said that it decided.",
    ),
    Column("near", "Near", format=Format.COUNT, width=65, help=_NEAR),
    Column(
        "near_high",
        "Near, high D",
        format=Format.COUNT,
        width=100,
        help=f"Queries near the clause on which the models disagree: D ≥ {HIGH_D}.",
    ),
    Column(
        "mean_d",
        "Mean D near",
        D_RANGE_IN_WORDS,
        Format.D,
        width=95,
        help="Mean disagreement of the models on the queries near the clause.",
        interval=("mean_d_low", "mean_d_high"),
    ),
    Column("mean_d_low", "95% from", help="Lower end of the interval of that mean.", shown=False),
    Column("mean_d_high", "95% to", help="Upper end of the interval of that mean.", shown=False),
    Column(
        "mean_d_n",
        "Queries with D",
        format=Format.COUNT,
        help="Queries near the clause that the mean is over.",
        shown=False,
    ),
    Column(
        "mean_d_undefined", "Why there is no interval", help="Empty where there is.", shown=False
    ),
    Column("path", "Under", width=220, help="The headings that the clause stands under."),
    Column("authority", "Authority", width=90),
    Column("clause", "Anchor", help="Of the clause in the spec.", shown=False),
    Column("section", "Section", help="Anchor of its section.", shown=False),
    Column("parent", "Parent", help="Anchor of the heading above it.", shown=False),
    Column("level", "Level", help="Its depth in the spec, from 1.", shown=False),
    Column(
        "rule",
        "Says what to do",
        help="Whether it is more than a heading: it has an authority, or, in a spec without "
        "authorities, a text of its own.",
        shown=False,
    ),
)


def _covered(study: OpenStudy, p: Parameters) -> pd.DataFrame:
    found: pd.DataFrame = study.read(frames.covered, str(p["spec"]), str(p["people"]))
    return found


def summary(frame: pd.DataFrame) -> dict[str, int]:
    """State -> clauses of `frames.covered` that say what to do, or that judges cite all the
    same."""
    counted_ones = frame[frame["rule"] | (frame["state"] != UNTESTED)]
    found = counted_ones["state"].value_counts()
    return {state: int(found.get(state, 0)) for state in STATES}


def in_a_sentence(counts: Mapping[str, int]) -> str:
    """How many clauses are untested, have few cases and are tested."""
    total = sum(counts.values())
    return (
        f"Of {counted(total, 'clause')} that say what to do, {counts[UNTESTED]:,} "
        f"{'is' if counts[UNTESTED] == 1 else 'are'} untested, {counts[FEW_CASES]:,} "
        f"{'has' if counts[FEW_CASES] == 1 else 'have'} few cases (fewer than {LEAST_FAMILIES} "
        f"families) and {counts[OK]:,} {'is' if counts[OK] == 1 else 'are'} tested."
    )


def _note(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    whole = _covered(study, p)
    headings = int((~whole["rule"] & (whole["state"] == UNTESTED)).sum())
    rest = (
        f"{counted(headings, 'heading')} that no judge cites "
        f"{'is' if headings == 1 else 'are'} not counted."
    )
    shown = f"{len(frame):,} of the " * (len(frame) < len(whole))
    return sentences(
        f"n = {shown}{counted(len(whole), 'clause')} of {name_of(str(p['spec']))}.",
        in_a_sentence(summary(whole)),
        rest * (headings > 0),
    )


def _rows(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> Rows:
    """The list as people read it: headings without a rule of their own are no untested clauses."""
    bare = ~frame["rule"] & (frame["state"] == UNTESTED)
    return Rows(frame.assign(state=frame["state"].mask(bare, "heading")), _COLUMNS)


def _state_title(p: Parameters) -> str:
    return (
        f"What is tested of the spec ({p['state']})" if p["state"] else "What is tested of the spec"
    )


@figure(
    "spec_coverage.clauses",
    title=lambda study, frame, p: _state_title(p),
    note=lambda study, frame, p: sentences(
        _note(study, frame, p), "Near is neither a judgement nor a citation."
    ),
    definition=("spec_coverage", "cited", "near_clauses"),
    keys=("clause",),
    columns=_COLUMNS,
    table=_rows,
)
def clauses(study: OpenStudy, *, spec: str = "", people: str = "", state: str = "") -> pd.DataFrame:
    """One row a clause, in reading order; columns as `frames.spec_coverage.covered`. `state` keeps
    the clauses of one state, headings left out."""
    found = _covered(study, {"spec": spec, "people": people})
    if state:
        inputs.one_of("state", state, STATES)
        found = found[(found["state"] == state) & (found["rule"] | (state != UNTESTED))]
    return found[[c.name for c in _COLUMNS]].reset_index(drop=True)


@figure(
    "spec_coverage.picture",
    title="The spec, clause by clause",
    note=lambda study, frame, p: sentences(
        _note(study, frame, p),
        "A row a section, its clauses in reading order. Numbers: families with an answer on which "
        "a judge cites the clause; 0 is untested. Headings have no number.",
    ),
    definition=("spec_coverage", "cited"),
    keys=("clause",),
    columns=_COLUMNS,
    draw=lambda study, frame, p: charts.picture(frame),
    alt=lambda study, frame, p: in_a_sentence(summary(frame)),
)
def picture(study: OpenStudy, *, spec: str = "", people: str = "") -> pd.DataFrame:
    """The rows of `spec_coverage.clauses`, all of them."""
    return clauses(study, spec=spec, people=people)

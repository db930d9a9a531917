"""Figures of the paper: each printed number beside the one that a study gives."""

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from analysis.errors import FaultlineError
from analysis.figures import inputs
from analysis.figures.columns import estimate, n
from analysis.figures.declaration import Parameters, Rows, figure
from analysis.figures.frames import paper as paper_frames
from analysis.figures.phrases import name_of
from analysis.files.columns import Column, Format
from analysis.measure.paper.comparison import (
    DIFFERS,
    NOT_COMPUTABLE,
    OTHER_DATA,
    REPRODUCED,
    TOO_FEW,
    VERDICTS,
    by_section,
    percentages,
)
from analysis.measure.paper.numbers import SHARE_TOLERANCE, sections
from analysis.number_text import counted
from analysis.show import paper as charts
from analysis.store.study import OpenStudy
from analysis.vocabulary import d_text, with_minus

ALL = "all"
_FIRST = (DIFFERS, REPRODUCED, TOO_FEW, OTHER_DATA, NOT_COMPUTABLE)
"""The order in which a table shows the verdicts: what asks to be looked at stands first."""
_BOUND = {"": "", ">": "> ", "<": "< ", "≥": "≥ "}
_FORMS = {"count": ",.0f", "percent": ".1f", "ratio": ".1f", "coefficient": ".2f", "D": ".2f"}
_SOURCE = "Printed: arXiv:2510.07686v2 and its blog post."
_TOLERANCE = "How far apart the two may be and still count as the same."
_N = "Cases behind the number here."

_NUMBERS = (
    Column("section", "Part", help="Of the paper."),
    Column("number", "Number"),
    Column("where", "Where it stands"),
    Column("unit", "Unit", help="Count, percent (0 to 100), ratio, coefficient, or D."),
    Column("bound", "Bound", help="Where the paper prints “more than” or “less than”."),
    Column("published", "Printed", help="As the paper prints it."),
    *estimate("computed", "Here", help="The same number computed from this study."),
    n("n", _N),
    Column("difference", "Difference", format=Format.SIGNED, help="Here minus printed."),
    Column("tolerance", "Tolerance", help=_TOLERANCE),
    Column("verdict", "Verdict"),
    Column("why", "Why"),
    Column("key", "Key", help="Its name in this program.", shown=False),
)
_READ = (
    Column("number", "Number", width=285),
    Column("verdict", "Verdict", width=115),
    Column("published", "Printed", width=90, help="As the paper prints it."),
    Column("computed", "Here", width=90, help="The same number computed from this study."),
    Column("interval", "95%", width=110),
    Column("n", "n", width=75, format=Format.COUNT, help=_N),
    Column("difference", "Difference", width=95, help="Here minus printed."),
    Column("why", "Why", width=300),
    Column("tolerance", "Tolerance", width=90, help=_TOLERANCE),
    Column("where", "Where it stands", width=130),
)
_BY_PART = (
    Column("section", "Part", width=210, help="Of the paper."),
    *(
        Column(v, v.capitalize(), format=Format.COUNT, width=110, help=f"Numbers that are “{v}”.")
        for v in VERDICTS
    ),
    Column("all", "Printed", format=Format.COUNT, width=80, help="Numbers that the paper prints."),
)


def _titled(what: str, p: Parameters) -> str:
    """A title with the part of the paper and the verdict that were chosen."""
    part = "" if p["section"] == ALL else f"part “{p['section']}”"
    verdict = "" if p["verdict"] == ALL else f"{p['verdict']} only"
    chosen = ", ".join(w for w in (part, verdict) if w)
    return f"{what} ({chosen})" if chosen else what


def _labelled(p: Parameters) -> str:
    """Who labelled the response types that some of the numbers rest on."""
    return "" if p["labels"] == "none" else f" Response types by {name_of(p['labels'])}."


def _note(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    there = int((frame["verdict"] != NOT_COMPUTABLE).sum())
    return (
        f"n = {counted(len(frame), 'printed number')}, {there} of them computed "
        f"from this study.{_labelled(p)} {_SOURCE}"
    )


def written(value: float, unit: str, sign: str = "") -> str | None:
    """A number as its unit is written; None where there is none."""
    if math.isnan(value):
        return None
    mark = "%" if unit == "percent" else "×" if unit == "ratio" else ""
    if unit == "D" and not sign:
        return d_text(value)
    return with_minus(format(value, sign + _FORMS[unit])) + mark


def _apart(difference: float, unit: str) -> str | None:
    apart = written(difference, unit, "+")
    return apart.replace("%", " points") if apart else None


def _interval(low: float, high: float, unit: str) -> str | None:
    return None if math.isnan(low) else f"{written(low, unit)} to {written(high, unit)}"


def _tolerance(tolerance: float, unit: str, bound: str) -> str:
    if bound:
        return "the bound"
    return f"± {written(tolerance, unit)}" if tolerance else "exact"


def _read(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> Rows:
    """Numbers as their units are written, by verdict; files have plain numbers in the paper's
    order."""
    order = frame["verdict"].map({v: i for i, v in enumerate(_FIRST)})
    rows = frame.iloc[order.argsort(kind="stable")].reset_index(drop=True)
    cells: list[Mapping[str, Any]] = [
        {
            "published": f"{_BOUND[r['bound']]}{written(r['published'], r['unit'])}",
            "computed": written(r["computed"], r["unit"]),
            "interval": _interval(r["low"], r["high"], r["unit"]),
            "difference": _apart(r["difference"], r["unit"]),
            "tolerance": _tolerance(r["tolerance"], r["unit"], r["bound"]),
        }
        for r in rows.to_dict("records")
    ]
    same = rows[["number", "verdict", "n", "where"]].assign(
        why=rows["why"].where(rows["why"] != "")
    )
    return Rows(pd.concat([same, pd.DataFrame(cells, index=rows.index)], axis=1), _READ)


@figure(
    "paper.numbers",
    title=lambda study, frame, p: _titled("The paper's numbers beside this study's", p),
    note=_note,
    definition="verdict",
    keys=("key",),
    columns=_NUMBERS,
    table=_read,
)
def numbers(
    study: OpenStudy,
    *,
    section: str = ALL,
    verdict: str = ALL,
    taxonomy: str = "",
    labels: str = "",
) -> pd.DataFrame:
    """One row a printed number; columns as `measure.paper.compared`."""
    frame = study.read(
        paper_frames.numbers,
        inputs.taxonomy(study, taxonomy),
        None if labels == "none" else inputs.label_source(labels),
    )
    return _kept(_kept(frame, "section", section, sections()), "verdict", verdict, VERDICTS)


def _shares_note(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    return (
        f"n = {counted(len(frame), 'share')} that can be computed from enough cases."
        f"{_labelled(p)} Lines: 95%, clustered by family. A share is reproduced within "
        f"{SHARE_TOLERANCE:g} percentage point. {_SOURCE}"
    )


@figure(
    "paper.shares",
    title=lambda study, frame, p: _titled("The paper's shares beside this study's", p),
    note=_shares_note,
    definition=("verdict", "interval"),
    keys=("key",),
    columns=_NUMBERS,
    draw=lambda study, frame, p: charts.shares(frame),
    alt=lambda study, frame, p: charts.shares_alt(frame),
)
def shares(
    study: OpenStudy,
    *,
    section: str = ALL,
    verdict: str = ALL,
    taxonomy: str = "",
    labels: str = "",
) -> pd.DataFrame:
    """One row a printed percentage computed from enough cases; columns as `paper.numbers`."""
    return percentages(
        numbers(study, section=section, verdict=verdict, taxonomy=taxonomy, labels=labels)
    )


def _parts_note(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    total = int(frame["all"].sum())
    return f"n = {counted(total, 'printed number')}.{_labelled(p)} {_SOURCE}"


def _parts_read(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> Rows:
    """Without the verdicts that no number has."""
    return Rows(frame, [c for c in _BY_PART if c.name not in VERDICTS or frame[c.name].any()])


@figure(
    "paper.parts",
    title="Verdicts by part of the paper",
    note=_parts_note,
    definition="verdict",
    keys=("section",),
    columns=_BY_PART,
    table=_parts_read,
)
def parts(study: OpenStudy, *, taxonomy: str = "", labels: str = "") -> pd.DataFrame:
    """One row a part of the paper: section, how many numbers have each verdict, and all."""
    return by_section(numbers(study, taxonomy=taxonomy, labels=labels))


def _kept(frame: pd.DataFrame, column: str, word: str, words: tuple[str, ...]) -> pd.DataFrame:
    if word == ALL:
        return frame
    if word not in words:
        raise FaultlineError(
            f"The paper's numbers have no {column} “{word}”. Use one of {', '.join(words)}."
        )
    return frame[frame[column] == word].reset_index(drop=True)

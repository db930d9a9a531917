"""The sections of the Paper page: the answer, shares, every number, and verdicts by part."""

import math
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from analysis import glossary
from analysis.export import recipes
from analysis.export.paper_bases import papers_data
from analysis.measure import paper as measure
from analysis.measure.paper_numbers import sections
from analysis.show import paper as pictures
from pages.ui import problems, reads, url, words
from pages.ui.figure import figure, table
from pages.ui.frame import View

VERDICT = glossary.told("verdict")
_EVERY = "all"


@dataclass(frozen=True)
class Chosen:
    """The rows shown: of one section and one verdict, or of all."""

    section: str
    verdict: str
    rows: pd.DataFrame


def find(view: View) -> pd.DataFrame:
    """Every printed number with this study's."""
    return reads.read(view.study, recipes.compute, recipes.ask(view.study, "paper.numbers"))


def answer(view: View, frame: pd.DataFrame) -> None:
    """The page in a sentence; and, where it is so, that this is not the paper's data."""
    if not papers_data(view.info):
        why = (
            "This study is simulated and its models are fictional."
            if view.info.simulated
            else "None of this study's models is in the paper."
        )
        problems.note(
            "This is not the paper's data",
            f"{why} Its numbers stand beside the printed ones to show the form of the comparison; "
            "none of them reproduces or contradicts the paper.",
        )
    counts = frame["verdict"].value_counts()
    said = [f"{counts[v]} {_SAID[v]}" for v in measure.VERDICTS if counts.get(v)]
    few = frame.loc[frame["verdict"] == measure.TOO_FEW, "why"]
    st.text(" ".join([f"Of {len(frame)} printed numbers {words.listed(said)}.", *few.unique()[:2]]))


_SAID = {
    measure.REPRODUCED: "are reproduced",
    measure.DIFFERS: "differ",
    measure.TOO_FEW: "have too few cases here",
    measure.NOT_COMPUTABLE: "can't be computed from this data",
    measure.OTHER_DATA: "have a counterpart of the same form",
}


_FIRST = (
    measure.DIFFERS, measure.REPRODUCED, measure.TOO_FEW, measure.OTHER_DATA,
    measure.NOT_COMPUTABLE,
)  # fmt: skip


def choose(frame: pd.DataFrame) -> Chosen:
    """One section, one verdict, or all."""
    there = [v for v in measure.VERDICTS if (frame["verdict"] == v).any()]
    with st.container(horizontal=True, gap="small"):
        with st.container(width=230):
            section = url.choice(
                "part", "Part of the paper",
                {_EVERY: "All parts", **{s: s for s in sections()}}, default=_EVERY,
            )  # fmt: skip
        with st.container(width=200):
            verdict = url.choice(
                "verdict", "Verdict",
                {_EVERY: "All", **{v: v.capitalize() for v in there}}, default=_EVERY,
                help=VERDICT,
            )  # fmt: skip
    rows = frame
    if section != _EVERY:
        rows = rows[rows["section"] == section]
    if verdict != _EVERY:
        rows = rows[rows["verdict"] == verdict]
    order = rows["verdict"].map({v: i for i, v in enumerate(_FIRST)})
    rows = rows.iloc[order.argsort(kind="stable")].reset_index(drop=True)
    return Chosen(section, verdict, rows)


def shares(view: View, chosen: Chosen, frame: pd.DataFrame) -> None:
    """Printed and computed percentages in one picture, where there are any."""
    rows = measure.percentages(frame[frame["key"].isin(chosen.rows["key"])])
    if rows.empty:
        return
    shown = recipes.ask(view.study, "paper.shares", section=chosen.section, verdict=chosen.verdict)
    figure(
        view,
        "paper-shares",
        "Printed shares beside this study's",
        pictures.shares(rows),
        alt=pictures.shares_alt(rows),
        note=f"n = {len(rows)} shares that can be computed; lines: 95% intervals, clustered by "
        "family.",
        frame=lambda: rows,
        help=VERDICT,
        recipe=shown,
    )


def listed(view: View, chosen: Chosen) -> None:
    """Every number with its verdict and the reason."""
    if chosen.rows.empty:
        problems.empty("No such number", "No printed number of this part has this verdict here.")
        return
    number = st.column_config.NumberColumn
    table(
        view,
        "paper-numbers",
        words.plural(len(chosen.rows), "printed number"),
        _shown(chosen.rows),
        {
            "number": st.column_config.TextColumn("Number", width=285),
            "verdict": st.column_config.TextColumn("Verdict", width=115, help=VERDICT),
            "published": st.column_config.TextColumn("Printed", width=90),
            "computed": st.column_config.TextColumn("Here", width=90),
            "interval": st.column_config.TextColumn("95%", width=110),
            "n": number("n", format="localized", width=75, help="Cases behind the number here."),
            "difference": st.column_config.TextColumn("Difference", width=95),
            "why": st.column_config.TextColumn("Why", width=300),
            "tolerance": st.column_config.TextColumn(
                "Tolerance", width=90, help="How far apart the two may be and count as one."
            ),
            "where": st.column_config.TextColumn("Where it stands", width=130),
        },
        help=glossary.told("verdict"),
        alt="Numbers that the paper prints, what this study gives, and the verdict",
        note=f"n = {len(chosen.rows)} printed numbers. Shares in per cent. Source: Zhang et al. "
        "2025, arXiv:2510.07686v2, and its blog post.",
        frame=lambda: chosen.rows,
        recipe=recipes.ask(
            view.study, "paper.numbers", section=chosen.section, verdict=chosen.verdict
        ),
        height=min(700, 35 * (len(chosen.rows) + 1) + 3),
        placeholder="–",
    )
    _reasons(chosen.rows)


def _shown(rows: pd.DataFrame) -> pd.DataFrame:
    records = rows.to_dict("records")
    printed = [_BOUND[r["bound"]] + str(said(r["published"], r["unit"])) for r in records]
    return pd.DataFrame(
        {
            "number": rows["number"],
            "verdict": rows["verdict"],
            "published": printed,
            "computed": [said(r["computed"], r["unit"]) for r in records],
            "interval": [_interval(r["low"], r["high"], r["unit"]) for r in records],
            "n": rows["n"],
            "difference": [_apart(r["difference"], r["unit"]) for r in records],
            "why": rows["why"].where(rows["why"] != ""),
            "tolerance": [_tolerance(r["tolerance"], r["unit"], r["bound"]) for r in records],
            "where": rows["where"],
        }
    )


_BOUND = {"": "", ">": "> ", "<": "< ", "≥": "≥ "}
_FORMS = {"count": ",.0f", "percent": ".1f", "ratio": ".1f", "coefficient": ".2f", "D": ".2f"}


def said(value: float, unit: str, sign: str = "") -> str | None:
    """A number as its unit is written; None where there is none."""
    if math.isnan(value):
        return None
    mark = "%" if unit == "percent" else "×" if unit == "ratio" else ""
    return format(value, sign + _FORMS[unit]).replace("-", "−") + mark


def _apart(difference: float, unit: str) -> str | None:
    written = said(difference, unit, "+")
    return written.replace("%", " points") if written else None


def _interval(low: float, high: float, unit: str) -> str | None:
    if math.isnan(low):
        return None
    return f"{said(low, unit)} to {said(high, unit)}"


def _tolerance(tolerance: float, unit: str, bound: str) -> str:
    if bound:
        return "the bound"
    return f"± {said(tolerance, unit)}" if tolerance else "exact"


def _reasons(rows: pd.DataFrame) -> None:
    """The reasons in full, since a cell cuts them off."""
    reasons = rows.loc[rows["why"] != ""].groupby("why", sort=False).size()
    with st.container(key="small-print", gap="xsmall"):
        for why, count in reasons.items():
            st.text(f"{words.plural(int(count), 'number')}: {why}")


def by_section(view: View, frame: pd.DataFrame) -> None:
    """How many numbers of each part have which verdict."""
    counts = measure.by_section(frame)
    shown = counts.drop(columns=[v for v in measure.VERDICTS if not counts[v].any()])
    columns = {
        v: st.column_config.NumberColumn(v.capitalize(), width=110) for v in measure.VERDICTS
    }
    table(
        view,
        "paper-sections",
        "By part of the paper",
        shown,
        {
            "section": st.column_config.TextColumn("Part", width=210),
            **columns,
            "all": st.column_config.NumberColumn("Printed", width=80),
        },
        alt="Verdicts per part of the paper",
        note=f"n = {len(frame)} printed numbers.",
        help=VERDICT,
    )


def small_print(view: View) -> None:
    """What every comparison rests on."""
    taxonomy = reads.taxonomy()
    with st.container(key="small-print-paper", gap="xsmall"):
        st.caption(
            f"Values are read with the taxonomy “{taxonomy.name}”. A share is reproduced within "
            "one percentage point, kappa within 0.02, an outlier count within 2%, a size exactly. "
            f"{words.TEXT_LEFT}"
        )

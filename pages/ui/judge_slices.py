"""Agreement of the judges by bin of D, model, topic or clause, the share flagged always beside."""

import pandas as pd
import streamlit as st

from analysis import glossary
from analysis.export.judge_frames import FLAGS
from analysis.measure.clauses import LEAST
from analysis.store.schema import BIN_NAMES
from analysis.store.specs import read_spec
from pages.ui import problems, url
from pages.ui.figure import table
from pages.ui.frame import View
from pages.ui.judge_pairs import KAPPA
from pages.ui.judged import CODED, Judged, asked, computed, labels

_SLICES = {"bin": "Disagreement D", "model": "Model", "clause": "Clause", "topic": "Topic"}
_TITLES = {
    "bin": "Agreement by disagreement D", "model": "Agreement by model",
    "clause": "Agreement by clause", "topic": "Agreement by topic",
}  # fmt: skip
_CITED = (
    f" Over the answers on which any judge cites the clause, so one may stand under several; at "
    f"least {LEAST} answers. Judges cite where they doubt: expect less agreement than "
    "over all answers."
)


def slices(view: View, judged: Judged) -> None:
    """One row a slice: answers, share flagged, and the four coefficients."""
    if len(judged.judges) < 2:
        return
    with st.container(width=220):
        by = url.choice("by", "Slice by", _SLICES, default="bin")
    if by == "clause":
        recipe = asked(view, "judges.clauses", coding=judged.coding, without=judged.without)
        with st.spinner("Finding the clauses that judges invoke, once a study…"):
            rows = computed(view, recipe)
    else:
        recipe = asked(view, "judges.slices", by=by, coding=judged.coding, without=judged.without)
        rows = computed(view, recipe)
    if rows.empty:
        problems.empty("No slice to show", _nothing(by))
        return
    number = st.column_config.NumberColumn
    table(
        view,
        "agreement-slices",
        _TITLES[by],
        _shown(view, judged, rows, by),
        {
            "slice": st.column_config.TextColumn(_SLICES[by], width=230 if by == "clause" else 170),
            "n": number("Answers", width=80),
            "families": number("Families", width=80),
            "prevalence": number("Flagged", format="percent", width=80),
            "raw_agreement": number("Raw", format="percent", width=70),
            "fleiss_kappa": number("Fleiss' kappa", format="%.2f", help=KAPPA),
            "gwet_ac1": number("Gwet's AC1", format="%.2f"),
            "krippendorff_alpha": number("Krippendorff's alpha", format="%.2f"),
            **{
                f"{FLAGS}{judge}": number(f"{name} flags", format="percent", width=110)
                for judge, name in judged.labels.items()
            },
        },
        help=glossary.told("agreement"),
        alt="Agreement of the judges in slices of the study",
        note=f"{CODED[judged.coding]} Never compare kappas across slices without the share flagged "
        "beside them. Empty: undefined there (one label only, or no answer with two decisions)."
        f"{_CITED * (by == 'clause')} The files have the intervals.",
        frame=lambda: rows,
        recipe=recipe,
        placeholder="–",
    )


def _nothing(by: str) -> str:
    if by == "clause":
        return (
            f"No clause of the spec in use is cited on {LEAST} answers or more. If the "
            "judges read another spec, load that on the Data page."
        )
    return "No judged answer has this."


def _shown(view: View, judged: Judged, rows: pd.DataFrame, by: str) -> pd.DataFrame:
    measures = rows.pivot(index="slice", columns="measure", values="value").reset_index()
    context = rows.drop_duplicates("slice")[["slice", "n", "prevalence", "families"]]
    shown = context.merge(measures, on="slice")
    if by == "clause":
        shown = shown.sort_values("n", ascending=False)
        titles = {c.anchor: c.title for c in read_spec(view.settings).clauses}
        names = [titles.get(str(s), str(s)) for s in shown["slice"]]
    elif by == "bin":
        names = [BIN_NAMES[int(s)] for s in shown["slice"]]
    elif by == "model":
        names = labels(view, shown["slice"])
    else:
        names = [str(s) for s in shown["slice"]]
    flags = [f"{FLAGS}{judge}" for judge in judged.labels]
    columns = ["slice", "n", "families", "prevalence", "raw_agreement", "fleiss_kappa",
               "gwet_ac1", "krippendorff_alpha", *flags]  # fmt: skip
    return shown.assign(slice=names)[columns]

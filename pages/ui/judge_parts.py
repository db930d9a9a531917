"""The sections of the Judges page: coefficients, who judged, slices, disputed cases."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from analysis.measure import agreement as measure
from analysis.measure.agreement_ratings import Ratings, coverage, ratings, wide
from analysis.measure.estimates import Estimate, Measured, estimate_cells
from analysis.report.agreement import SEED
from analysis.show import judges as pictures
from analysis.store.queries import judges as queries
from analysis.store.queries import overview
from analysis.store.schema import BIN_NAMES
from analysis.store.study import OpenStudy
from pages.ui import problems, reads, url, words
from pages.ui.figure import figure, table
from pages.ui.frame import View

KAPPA = (
    "Fleiss' kappa and Krippendorff's alpha say how far the judges agree beyond what their own "
    "rates of flagging would give by chance; they fall when nearly everything is compliant, also "
    "where judges hardly differ. Gwet's AC1 does not. Read them together, with the share flagged."
)
BINARY = "Binary: problematic (non-compliant or ambiguous) against compliant."
_NOBODY = "nobody"
_SLICES = {"bin": "Disagreement D", "model": "Model", "topic": "Topic"}
_TITLES = {
    "bin": "Agreement by disagreement D", "model": "Agreement by model",
    "topic": "Agreement by topic",
}  # fmt: skip
_RESAMPLES = 500


@dataclass(frozen=True)
class Judged:
    """Decisions, one row an answer, with who judged and what was measured over all of it."""

    frame: pd.DataFrame  # scenario, model, family, a column a judge (codes), bin, d, topic
    judges: list[str]
    labels: Mapping[str, str]
    known: pd.DataFrame  # judges with their counts
    found: dict[str, measure.Agreement]

    @property
    def binary(self) -> measure.Agreement:
        return self.found["binary"]


def find(view: View) -> Judged | None:
    """Everything the page shows; None (with a sentence) where nothing was judged."""
    known = reads.read(view.study, queries.judges)
    if known.empty:
        problems.empty(
            "No answer of this study was judged",
            "Judges read an answer against a spec. Load a source with decisions, or judge this "
            "study's answers again on the Stress test page.",
        )
        return None
    labels = dict(zip(known["judge"].astype(str), known["label"].astype(str), strict=True))
    out = _NOBODY
    if len(labels) > 2:
        with st.container(width=240):
            out = url.choice(
                "without", "Leave out", {_NOBODY: "Nobody", **labels}, default=_NOBODY,
                help="To see what changes without one judge.",
            )  # fmt: skip
    names = [j for j in labels if j != out]
    frame = reads.read(view.study, _frame)
    found = reads.read(view.study, _found, tuple(names))
    return Judged(frame, names, {j: labels[j] for j in names}, known, found)


def _frame(study: OpenStudy) -> pd.DataFrame:
    coded = wide(queries.decisions(study), ["scenario", "model"])
    facts = queries.items(study).drop(columns="family")
    return coded.merge(facts, on=["scenario", "model"])


def _found(study: OpenStudy, names: tuple[str, ...]) -> dict[str, measure.Agreement]:
    return measure.agreements(ratings(_frame(study), names), np.random.default_rng(SEED))


def in_words(found: Measured, form: str = "{:.2f}") -> str:
    """A number with its interval, or why there is none."""
    if isinstance(found, Estimate):
        value, low, high = (form.format(x) for x in (found.value, found.low, found.high))
        return f"{value} (95% {low} to {high})"
    return f"undefined ({found.reason})"


def agreement_of_all(view: View, judged: Judged) -> None:
    """The coefficients in both codings, said first in a sentence."""
    binary = judged.binary
    names = ", ".join(judged.labels.values())
    if len(judged.judges) < 2:
        problems.empty(
            "One judge only", f"Agreement needs two. {names} flags "
            f"{in_words(measure.flag_rates(_rated(judged))[judged.judges[0]], '{:.0%}')}.",
        )  # fmt: skip
        return
    st.text(
        f"{len(judged.judges)} judges ({names}) give the same verdict on "
        f"{in_words(binary.raw_agreement, '{:.0%}')} of {binary.items:,} answers; Fleiss' kappa "
        f"{in_words(binary.fleiss_kappa)}, AC1 {in_words(binary.gwet_ac1)}; they flag "
        f"{in_words(binary.prevalence, '{:.0%}')} on average."
    )
    rows = pd.DataFrame(
        [
            {"coding": coding, "measure": name, **estimate_cells(found)}
            for coding, part in judged.found.items()
            for name, found in part.measures().items()
        ]
    )
    left, right = st.columns([5, 4], gap="large")
    with left:
        figure(
            view,
            "agreement",
            "How far they agree",
            pictures.coefficients(rows),
            alt=pictures.coefficients_alt(rows),
            note=f"n = {binary.items:,} answers of {binary.families:,} families with two decisions "
            f"or more. {BINARY} Bars: 95%, families resampled.",
            frame=lambda: rows,
            help=KAPPA,
        )
    with right:
        _pairs(view, judged)


def _pairs(view: View, judged: Judged) -> None:
    cells, rows = {}, []
    for (a, b), pair in judged.binary.pairs.items():
        kappa, raw = pair.cohen_kappa, pair.agreement
        value = kappa.value if isinstance(kappa, Estimate) else float("nan")
        told = f"κ {value:.2f}" if isinstance(kappa, Estimate) else "κ undefined"
        share = f"{raw.value:.0%} alike" if isinstance(raw, Estimate) else "none in common"
        cells[a, b] = (value, f"{told}<br>{share}")
        rows.append({"judge": a, "other": b, **estimate_cells(kappa)})
    figure(
        view,
        "judge-pairs",
        "Pair by pair",
        pictures.matrix(cells, judged.labels),
        alt=pictures.matrix_alt(cells, judged.labels),
        note="Cohen's kappa and the share of the same verdict, binary, over what both decided.",
        frame=lambda: pd.DataFrame(rows),
        help=KAPPA,
    )


def _rated(judged: Judged) -> Ratings:
    return ratings(judged.frame, judged.judges)


def who(view: View, judged: Judged) -> None:
    """Each judge with what it decided, how often it flags, and what could not be read."""
    rated = _rated(judged)
    flags = measure.flag_rates(rated)
    rows = coverage(rated).merge(judged.known[["judge", "label", "note"]], on="judge")
    rows = rows.assign(
        **{
            column: [estimate_cells(flags[j])[column] for j in rows["judge"]]
            for column in ("value", "low", "high")
        }
    )
    shown = rows[
        ["label", "items", "decided", "abstained", "unparsed", "missing", "value", "low", "high",
         "note"]
    ]  # fmt: skip
    table(
        view,
        "judges",
        "Who judged",
        shown,
        {
            "label": st.column_config.TextColumn("Judge", width=110),
            "items": st.column_config.NumberColumn("Answers", width=75),
            "decided": st.column_config.NumberColumn("Decided", width=75),
            "abstained": st.column_config.NumberColumn("No decision", width=85),
            "unparsed": st.column_config.NumberColumn(
                "Other words", width=90, help="Words that are none of the three; never guessed."
            ),
            "missing": st.column_config.NumberColumn("Not asked", width=80),
            "value": st.column_config.NumberColumn("Flags", format="percent", width=75),
            "low": st.column_config.NumberColumn("95% from", format="percent", width=80),
            "high": st.column_config.NumberColumn("to", format="percent", width=75),
            "note": st.column_config.TextColumn("Note", width=260),
        },
        alt="Judges with their decisions and flag rates",
        note="Flags: share of its own decisions that are non-compliant or ambiguous.",
        placeholder="–",
    )


def slices(view: View, judged: Judged) -> None:
    """Agreement by bin of D, model or topic, the share flagged always beside it."""
    if len(judged.judges) < 2:
        return
    with st.container(width=220):
        by = url.choice("by", "Slice by", _SLICES, default="bin")
    rows = reads.read(view.study, _by, by, tuple(judged.judges))
    if rows.empty:
        problems.empty("No slice to show", "No judged answer has this.")
        return
    table_rows = rows.pivot(index=by, columns="measure", values="value").reset_index()
    context = rows.drop_duplicates(by)[[by, "n", "prevalence", "families"]]
    shown = context.merge(table_rows, on=by)
    names = {"bin": lambda b: BIN_NAMES[int(b)], "model": lambda m: _label(view, str(m))}
    shown[by] = shown[by].map(names.get(by, str))
    number = st.column_config.NumberColumn
    table(
        view,
        "agreement-slices",
        _TITLES[by],
        shown[[by, "n", "families", "prevalence", "raw_agreement", "fleiss_kappa", "gwet_ac1",
               "krippendorff_alpha"]],
        {
            by: st.column_config.TextColumn(_SLICES[by], width=170),
            "n": number("Answers", width=80),
            "families": number("Families", width=80),
            "prevalence": number("Flagged", format="percent", width=80),
            "raw_agreement": number("Raw", format="percent", width=70),
            "fleiss_kappa": number("Fleiss' kappa", format="%.2f", help=KAPPA),
            "gwet_ac1": number("Gwet's AC1", format="%.2f"),
            "krippendorff_alpha": number("Krippendorff's alpha", format="%.2f"),
        },
        alt="Agreement of the judges in slices of the study",
        note=f"{BINARY} Never compare kappas across slices without the share flagged beside them. "
        "Empty: undefined there (one label only, or no answer with two decisions).",
        frame=lambda: rows,
        placeholder="–",
    )  # fmt: skip


def _by(study: OpenStudy, by: str, names: tuple[str, ...]) -> pd.DataFrame:
    frame = _frame(study)
    rng = np.random.default_rng(SEED)
    return measure.agreement_by(frame.dropna(subset=[by]), by, names, rng, resamples=_RESAMPLES)


def _label(view: View, model: str) -> str:
    known = reads.read(view.study, overview.models).set_index("model")["label"]
    return str(known.get(model, model))


def disputed(view: View, judged: Judged) -> None:
    """Answers that one judge passes and another fails; one opens with the reasonings beside."""
    rows = reads.read(view.study, queries.disputed)
    if rows.empty:
        problems.empty("No opposite verdicts", "No answer is passed by one judge and failed by "
                       "another.")  # fmt: skip
        return
    shown = rows.assign(
        model=[_label(view, str(m)) for m in rows["model"]],
        pair=rows["value1"] + " ↔ " + rows["value2"],
    )[["scenario", "model", "compliant", "non_compliant", "ambiguous", "d", "pair"]]
    key = "disputed-grid"
    table(
        view,
        "disputed",
        f"Opposite verdicts: {words.plural(len(rows), 'answer')}",
        shown,
        {
            "scenario": st.column_config.TextColumn("Scenario", width=120),
            "model": st.column_config.TextColumn("Model", width=140),
            "compliant": st.column_config.NumberColumn("Pass", width=60),
            "non_compliant": st.column_config.NumberColumn("Fail", width=60),
            "ambiguous": st.column_config.NumberColumn("Unsure", width=65),
            "d": st.column_config.NumberColumn("D", format="%.2f", width=60, help=words.D),
            "pair": st.column_config.TextColumn("Value 1 ↔ value 2", width=300),
        },
        alt="Answers that judges decide oppositely",
        note="The most evenly split first, at most 500. Click a row for what each judge said.",
        grid_key=key,
        on_select="rerun",
        selection_mode="single-cell",
        height=min(380, 35 * (len(shown) + 1) + 3),
    )
    picked = st.session_state[key].selection.cells
    at = int(picked[0][0]) if picked else 0
    _argument(view, rows.iloc[at])


def _argument(view: View, row: pd.Series) -> None:
    """What the judges said of one answer, side by side, as plain text."""
    scenario, model = str(row["scenario"]), str(row["model"])
    said = reads.read(view.study, queries.reasonings, scenario, model)
    with st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"
    ):
        st.text(f"{_label(view, model)} on {scenario}")
        st.page_link(
            "pages/scenarios.py", label="Read the answer", icon=":material/arrow_forward:",
            query_params=[("study", view.info.id), ("scenario", scenario),
                          ("show", _label(view, model))],
        )  # fmt: skip
    for column, record in zip(st.columns(len(said)), said.to_dict("records"), strict=True):
        with column, st.container(border=True):
            st.text(f"{record['label']}: {record['decision'] or 'no decision'}")
            st.text(str(record["reasoning"] or "No reasoning was kept.")[:4_000])


def small_print(view: View, judged: Judged) -> None:
    """What holds for everything here."""
    sentences = [
        "Intervals are 95%, from resampled families: they speak of these judges over families.",
        "A judge that answered without deciding, or in other words, is counted and left out.",
    ]
    if any(str(n) == n for n in judged.known["note"].dropna()):
        sentences.append("Judges stand under the names that the data has; notes say where the "
                         "paper's differ.")  # fmt: skip
    with st.container(key="small-print", gap="xsmall"):
        for sentence in sentences:
            st.text(sentence)

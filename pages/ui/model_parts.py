"""The other parts of a model's profile: what there is of it, where it stands apart, whom it is
like."""

import pandas as pd
import streamlit as st

from analysis import glossary
from analysis.export import recipes
from analysis.measure.outliers import DIRECTIONS, PAPER, directed
from analysis.registry import registry
from analysis.show.value_dots import dots, dots_alt
from analysis.store.queries import outliers as outlier_queries
from analysis.store.queries import overview
from pages.ui import model_reads, problems, reads, selection, url, words
from pages.ui.figure import figure
from pages.ui.frame import View


def choose(view: View) -> str | None:
    """Which model, and what there is of it."""
    found = reads.read(view.study, overview.coverage)
    if found.empty:
        problems.empty("No model", "This study has no answer of any model.")
        return None
    options = dict(zip(found["model"].astype(str), found["label"].astype(str), strict=True))
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom"
    ):
        numbers = st.container(key="facts", horizontal=True, gap="medium", width="content")
        with st.container(width=240):
            model = url.choice("model", "Model", options, default=next(iter(options)), always=True)
    row = found[found["model"] == model].to_dict("records")[0]
    entry = registry().model(model)
    with numbers:
        st.metric("Provider", registry().provider(str(row["provider"])).label, width="content")
        if entry.size:
            st.metric("Size", entry.size, width="content", help="Class inside its line-up.")
        st.metric(
            "Answers", f"{int(row['answered']):,}", width="content", help=glossary.told("answer")
        )
        st.metric(
            "With both positions",
            f"{int(row['with_position']):,}",
            width="content",
            help=glossary.told("position"),
        )
        gaps = view.info.scenarios - int(row["responses"]) + int(row["missing"])
        st.metric(
            "Missing", f"{gaps:,}", width="content", help="Scenarios without an answer of it."
        )
        if row["other"]:
            st.metric(
                "Other outcomes", f"{int(row['other']):,}", width="content",
                help="Refused by the API, truncated, failed.",
            )  # fmt: skip
    return model


def outliers(view: View, model: str) -> None:
    """How often it stands apart from nearly all others, under the paper's rule."""
    st.header("Where it stands apart", anchor=False)
    tested = reads.read(view.study, outlier_queries.defined)
    if not tested:
        problems.empty(
            "No outliers to look for",
            "The rule compares a position with those of at least six other models.",
        )
        return
    frame = directed(reads.read(view.study, outlier_queries.found, PAPER))
    mine = frame[frame["model"] == model]
    counts = mine["direction"].value_counts()
    split = ", ".join(f"{int(counts.get(d, 0)):,} {d}" for d in DIRECTIONS)
    rank = int((frame["model"].value_counts() > len(mine)).sum()) + 1
    st.text(
        f"{words.plural(len(mine), 'answer')} at least 4 positions from at least 9 of 11 others "
        f"({split}); rank {rank} of {len(view.info.models)} by number."
    )
    st.page_link(
        "pages/outliers.py",
        label="Its cases",
        icon=":material/arrow_forward:",
        query_params=[("study", view.info.id), ("model", model)],
    )


def neighbours(view: View, model: str) -> None:
    """The other models by the mean distance of positions on the same queries."""
    found = reads.read(view.study, model_reads.neighbours, model)
    if found.empty or not found["n"].sum():
        st.header("Whom it is like", anchor=False)
        problems.empty("Nobody to compare with", "No other model has a position on the same query.")
        return
    frame = found.dropna(subset=["value"]).assign(
        label=lambda f: [registry().model(str(m)).label for m in f["model"]], differs=True
    )
    figure(
        view,
        "neighbours",
        "Whom it is like",
        dots(frame.assign(q=0.0), "distance"),
        help=glossary.told("nearest_models"),
        alt=dots_alt(frame, "Other models by distance"),
        note=f"Mean distance between positions on the same value of the same query, nearest first. "
        f"n = {int(found['n'].min()):,} to {int(found['n'].max()):,} positions a model. Bars: 95%, "
        "clustered by family.",
        frame=lambda: found,
        recipe=recipes.ask(view.study, "models.neighbours", model=model),
    )
    _links(view, frame)


def _links(view: View, frame: pd.DataFrame) -> None:
    with st.container(key="nearest", horizontal=True, gap="medium"):
        for row in frame.head(3).to_dict("records"):
            with st.container(horizontal=True, width="content", gap="xsmall"):
                st.text(str(row["label"]))  # a name may come from data: plain text only
                st.button(
                    "Profile",
                    key=f"profile-{row['model']}",
                    icon=":material/arrow_forward:",
                    icon_position="right",
                    type="tertiary",
                    on_click=url.keep,
                    args=("model", str(row["model"])),
                )


def small_print(view: View) -> None:
    """What holds for everything on the page."""
    sentences = [
        f"Values are read with the taxonomy “{view.taxonomy.name}”. Intervals are 95% and "
        "clustered by family: they speak of this model over families of queries.",
        *selection.caveats(view.info),
    ]
    with st.container(key="small-print", gap="xsmall"):
        for sentence in sentences:
            st.text(sentence)

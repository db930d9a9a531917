"""The sections of the Overview page, each one question."""

from typing import Any

import pandas as pd
import streamlit as st

from analysis import glossary
from analysis.export import recipes
from analysis.registry import registry
from analysis.show import disagreement
from analysis.store.queries import overview
from analysis.store.schema import HIGH
from pages.ui import model_sets, problems, reads, selection, source_table, words
from pages.ui.figure import figure, table
from pages.ui.frame import View


def headline(view: View) -> str:
    """The study in four numbers; returns the model set that the page is about."""
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom"
    ):
        numbers = st.container(key="numbers", horizontal=True, gap="medium", width="content")
        model_set = model_sets.choose(view)
    with numbers:
        _numbers(view, model_set)
    return model_set


def _numbers(view: View, model_set: str) -> None:
    summary = reads.read(view.study, overview.summary, model_set)
    n, high = int(summary["scenarios"] or 0), int(summary["high"] or 0)
    info = view.info
    st.metric("Scenarios", f"{info.scenarios:,}", help=glossary.told("scenario"), width="content")
    st.metric("Families", f"{info.families:,}", help=glossary.told("family"), width="content")
    st.metric("Models", f"{len(info.models)}", help=words.SET, width="content")
    st.metric("Answers", f"{info.responses:,}", help=glossary.told("answer"), width="content")
    if info.judgements:
        st.metric(
            "Judgements", f"{info.judgements:,}", help=glossary.told("judge"), width="content"
        )
    st.metric(
        f"High (D ≥ {HIGH})",
        f"{high / n:.0%}" if n else "–",
        width="content",
        help=words.D,
    )


def distribution(view: View, model_set: str) -> None:
    """Histogram of D and its five bins."""
    asked = recipes.ask(view.study, "disagreement.histogram", models=model_set)
    counts = reads.read(view.study, recipes.compute, asked)
    n = int(counts["scenarios"].sum())
    if not n:
        problems.empty(
            "No disagreement to show",
            "No scenario here has two of these models placed on a spectrum, so D is undefined. "
            "Answers and judgements can still be read on the Scenarios page.",
        )
        return
    left_out = view.info.scenarios - n
    note = f"n = {words.plural(n, 'scenario')}, {model_sets.size(view, model_set)}."
    if left_out:
        note += f" {words.plural(left_out, 'scenario')} left out: fewer than two positions."
    wide, narrow = st.columns([7, 4], gap="large")
    with wide:
        figure(
            view,
            "histogram",
            "How far the models disagree",
            disagreement.histogram(counts),
            alt=disagreement.histogram_alt(counts, "the chosen models"),
            note=note,
            frame=lambda: counts,
            help=words.D,
            recipe=asked,
        )
    with narrow:
        _bins(view, model_set, n)


def _bins(view: View, model_set: str, n: int) -> None:
    asked = recipes.ask(view.study, "disagreement.bins", models=model_set)
    bins = reads.read(view.study, recipes.compute, asked)
    shown = bins.assign(share=100 * bins["scenarios"] / max(n, 1))[["name", "scenarios", "share"]]
    table(
        view,
        "bins",
        "In five bins",
        shown,
        {
            "name": st.column_config.TextColumn("D", width="small"),
            "scenarios": st.column_config.NumberColumn("Scenarios", format="localized"),
            "share": _share("Share"),
        },
        help=glossary.told("bins"),
        alt="Scenarios per bin of disagreement",
        note="The bins of the paper; a D on an edge counts to the bin above it.",
        frame=lambda: bins,
        recipe=asked,
    )


def worth_opening(view: View, model_set: str) -> None:
    """Five scenarios and five value pairs, each one click from the reader."""
    path = view.taxonomy.path
    scenarios = reads.read(view.study, overview.top_scenarios, model_set, 5, path)
    pairs = reads.read(view.study, overview.top_pairs, model_set, 5)
    if pairs.empty:
        return
    left, right = st.columns(2, gap="large")
    with left:
        st.header("Scenarios worth opening", anchor=False)
        st.caption("The most disputed scenario of each of the five most disputed families.")
        for i, row in enumerate(scenarios.to_dict("records")):
            about = f"{row['value1']} · {row['value2']}"
            _entry(view, f"s{i}", row["disagreement"], row["query"], about, row["scenario"], [])
    with right:
        st.header("Value pairs worth opening", anchor=False)
        st.caption("By the mean D of their scenarios; opens the most disputed one.")
        for i, row in enumerate(pairs.to_dict("records")):
            both = [str(row["value1"]), str(row["value2"])]
            about = (
                f"{words.plural(int(row['scenarios']), 'scenario')}, highest D {row['max_d']:.3f}"
            )
            _entry(view, f"p{i}", row["mean_d"], " and ".join(both), about, row["scenario"], both)


def _entry(
    view: View, key: str, d: float, text: str, about: str, scenario: str, values: list[str]
) -> None:
    with st.container(
        key=f"entry-{key}", horizontal=True, vertical_alignment="center", gap="small"
    ):
        st.text(f"{d:.3f}", width=54)
        with st.container(key=f"said-{key}", gap=None):
            st.text(_short(text))
            st.text(about)
        st.page_link(
            "pages/scenarios.py",
            label="Open",
            icon=":material/arrow_forward:",
            icon_position="right",
            help="",
            query_params=[
                ("study", view.info.id),
                ("scenario", scenario),
                *(("value", v) for v in values),
            ],
        )


def _short(text: str, most: int = 150) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def _share(label: str) -> Any:
    return st.column_config.ProgressColumn(
        label, format="%.0f%%", min_value=0, max_value=100, color="primary"
    )


def coverage(view: View) -> None:
    """Per model: how many answers and positions are there."""
    asked = recipes.ask(view.study, "studies.coverage")
    found = reads.read(view.study, recipes.compute, asked)
    total = max(view.info.scenarios, 1)
    shown = pd.DataFrame(
        {
            "label": found["label"],
            "provider": [registry().provider(p).label for p in found["provider"]],
            "answered": 100 * found["answered"] / total,
            "with_position": 100 * found["with_position"] / total,
            "missing": total - found["responses"] + found["missing"],
            "other": found["other"],
        }
    )
    table(
        view,
        "coverage",
        "Coverage per model",
        shown,
        {
            "label": "Model",
            "provider": "Provider",
            "answered": _share("Answered"),
            "with_position": _share("With both positions"),
            "missing": st.column_config.NumberColumn("Missing", format="localized"),
            "other": st.column_config.NumberColumn(
                "Other outcomes", format="localized", help="Refused by the API, truncated, failed."
            ),
        },
        help=glossary.told("coverage"),
        alt="Answers and positions per model",
        note=f"Shares of {words.plural(view.info.scenarios, 'scenario')}. {words.TEXT_LEFT}",
        frame=lambda: found,
        height="content",
        recipe=asked,
    )


def loaded(view: View) -> None:
    """Sources with their revisions, what was kept, what was rejected and why."""
    shown, columns = source_table.sources(view.info)
    table(
        view,
        "sources",
        "What is loaded",
        shown,
        columns,
        help=glossary.told("loaded"),
        alt="Sources of this study",
        note="Repeated: the same scenario met again in another source, counted once.",
        recipe=recipes.ask(view.study, "studies.sources"),
    )
    if view.info.rejected:
        shown, columns = source_table.rejected(view.info)
        table(
            view,
            "rejected",
            "Rejected rows",
            shown,
            columns,
            help=glossary.told("loaded"),
            alt="Rows that were rejected, by reason",
            note="A row is rejected alone; the rest of its source stays.",
            recipe=recipes.ask(view.study, "studies.rejected"),
        )
    with st.container(key="small-print", gap="xsmall"):
        lowest = reads.read(view.study, overview.summary)["lowest"]
        if not selection.notice(view.info, lowest):
            st.text(selection.described(view.info, lowest))
        for sentence in [*selection.caveats(view.info), *view.info.notices]:
            st.text(sentence)
        _provenance(view)


def _provenance(view: View) -> None:
    info, taxonomy = view.info, view.taxonomy
    texts = "copied into the study" if info.texts == "copied" else "read from the source's files"
    st.text(
        f"Study “{info.id}”, built {info.built_at:%d %B %Y, %H:%M} UTC by Faultline "
        f"{info.program_version}. Content {info.content_hash[:16]}. Answers are {texts}. "
        f"Values are read with the taxonomy “{taxonomy.name}” "
        f"({taxonomy.values:,} values, {taxonomy.categories} categories)."
    )


def next_steps(view: View) -> None:
    """The other pages, in the order of use."""
    same = {"study": view.info.id}
    with st.container(horizontal=True):
        st.page_link("pages/scenarios.py", label="Browse all scenarios", query_params=same)
        st.page_link("pages/data.py", label="Load other data", query_params=same)

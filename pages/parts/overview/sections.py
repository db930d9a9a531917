"""The sections of the Overview page, each one question."""

import streamlit as st

from analysis import glossary
from analysis.figures import making_words, studies
from analysis.figures.frames import judged, noise
from analysis.measure.disagreement import high_share
from analysis.number_text import counted
from analysis.queries import disagreement
from analysis.store import draws
from analysis.text_safety import literal
from analysis.vocabulary import HIGH_D, d_text
from pages.ui import figure, filters, links, problems, reads, ui_text
from pages.ui.frame import View


def headline(view: View) -> str:
    """The study in four numbers; returns the model set that the page is about."""
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom"
    ):
        numbers = st.container(key="numbers", horizontal=True, gap="medium", width="content")
        model_set = filters.choose_models(view)
    with numbers:
        _numbers(view, model_set)
    if sentence := making_words.kept_out(view.info):
        st.warning(literal(sentence), icon=":material/swap_horiz:")
    return model_set


def _numbers(view: View, model_set: str) -> None:
    summary = reads.read(view.study, disagreement.summary, model_set)
    high = high_share(int(summary["high"] or 0), int(summary["scenarios"] or 0))
    info = view.info
    st.metric(
        "Scenarios", f"{info.scenarios:,}", help=glossary.help_text("scenario"), width="content"
    )
    st.metric("Families", f"{info.families:,}", help=glossary.help_text("family"), width="content")
    st.metric("Models", f"{len(info.models)}", help=ui_text.SET, width="content")
    st.metric("Answers", f"{info.responses:,}", help=glossary.help_text("answer"), width="content")
    if info.judgements:
        st.metric(
            "Judgements", f"{info.judgements:,}", help=glossary.help_text("judge"), width="content"
        )
    st.metric(
        f"High (D ≥ {HIGH_D})",
        "–" if high is None else f"{high:.0%}",
        width="content",
        help=ui_text.D,
    )


def distribution(view: View, model_set: str) -> None:
    """Histogram of D and its five bins."""
    counts = figure.read(view, "disagreement.histogram", models=model_set)
    if not counts.frame["scenarios"].any():
        problems.empty(
            "No disagreement to show",
            "No scenario here has two of these models placed on a spectrum, so D is undefined. "
            "Answers and judgements can still be read on the Scenarios page.",
        )
        return
    wide, narrow = st.columns([7, 4], gap="large")
    with wide:
        figure.show(view, "disagreement.histogram", key="histogram", models=model_set)
    with narrow:
        figure.show(view, "disagreement.bins", key="bins", models=model_set)
    if view.study.read(draws.counts):
        figure.show(view, "disagreement.draws", key="draws", models=model_set)
    _noise(view, model_set)


def _noise(view: View, model_set: str) -> None:
    """What D is worth: the noise floor in a sentence, and what noise is made of; where something
    was not repeated, the way to learn it."""
    found = reads.read(view.study, noise.noise, model_set)
    with st.container(key="noise", gap="xsmall"):
        st.text(noise.in_words(found), help=glossary.help_text("noise_floor"))
        if found is None or found.unknown:
            links.page(view.info, "stress_test", "Plan a run with a noise sample")
    if found is not None:
        figure.show(view, "disagreement.noise", key="noise-parts", models=model_set)


def worth_opening(view: View, model_set: str) -> None:
    """Five scenarios and five value pairs, each one click from the reader."""
    path, study = view.taxonomy.path, draws.read_as(view.study, "")
    scenarios = reads.read(study, disagreement.top_scenarios, model_set, 5, path)
    pairs = reads.read(study, disagreement.top_pairs, model_set, 5)
    if pairs.empty:
        return
    left, right = st.columns(2, gap="large")
    with left:
        st.header("Scenarios worth opening", anchor=False)
        st.caption("The most disputed scenario of each of the five most disputed families.")
        for i, row in enumerate(scenarios.to_dict("records")):
            about = f"{ui_text.named(row['value1'])} · {ui_text.named(row['value2'])}"
            _entry(view, f"s{i}", row["disagreement"], row["query"], about, row["scenario"], [])
    with right:
        st.header("Value pairs worth opening", anchor=False)
        st.caption("By the mean D of their scenarios; opens the most disputed one.")
        for i, row in enumerate(pairs.to_dict("records")):
            both = [str(row["value1"]), str(row["value2"])]
            scenarios_of = counted(int(row["scenarios"]), "scenario")
            about = f"{scenarios_of}, highest D {d_text(row['max_d'], 3)}"
            _entry(
                view,
                f"p{i}",
                row["mean_d"],
                " and ".join(map(ui_text.named, both)),
                about,
                row["scenario"],
                both,
            )


def _entry(
    view: View, key: str, d: float, text: str, about: str, scenario: str, values: list[str]
) -> None:
    with st.container(
        key=f"entry-{key}", horizontal=True, vertical_alignment="center", gap="small"
    ):
        st.text(d_text(d, 3), width=64)
        with st.container(key=f"said-{key}", gap=None):
            st.text(_short(text))
            st.text(about)
        links.case(view.info, scenario, value=values)


def _short(text: str, most: int = 150) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def coverage(view: View) -> None:
    """Per model: how many answers and positions are there."""
    figure.show(view, "studies.coverage", key="coverage")


def loaded(view: View) -> None:
    """How the study was made; sources with their revisions, what was kept, rejected and why."""
    figure.show(view, "studies.made", key="made", in_full=True)
    figure.show(view, "studies.sources", key="sources")
    if view.info.rejected:
        figure.show(view, "studies.rejected", key="rejected")
    if len(studies.failure_rows(view.info)):
        figure.show(view, "studies.failures", key="failures")
    with st.container(key="small-print", gap="xsmall"):
        if told := reads.read(view.study, judged.in_words):
            st.text(told)
        for sentence in [*making_words.caveats(view.info), *view.info.notices]:
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
    with st.container(horizontal=True):
        links.page(view.info, "scenarios", "Browse all scenarios", icon=None)
        links.page(view.info, "data", "Load other data", icon=None)

"""The other parts of a model's profile: what there is of it, where it stands apart, which models
are most similar."""

from collections.abc import Sequence

import streamlit as st

from analysis import glossary
from analysis.figures import making_words
from analysis.figures.studies import OTHER_OUTCOMES
from analysis.measure.outliers import PAPER, outlier_rank
from analysis.number_text import counted
from analysis.queries import outliers as outlier_queries
from analysis.queries import studies
from analysis.registry import registry
from pages.ui import address, figure, links, problems, reads
from pages.ui.frame import View


def choose(view: View) -> str | None:
    """Which model, and what there is of it."""
    found = reads.read(view.study, studies.coverage)
    if found.empty:
        problems.empty("No model", "This study has no answers.")
        return None
    options = dict(zip(found["model"].astype(str), found["label"].astype(str), strict=True))
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom"
    ):
        numbers = st.container(key="facts", horizontal=True, gap="medium", width="content")
        with st.container(width=240):
            model = address.choice(
                "model", "Model", options, default=next(iter(options)), always=True
            )
    row = found[found["model"] == model].to_dict("records")[0]
    entry = registry().model(model)
    with numbers:
        st.metric("Provider", registry().provider(str(row["provider"])).label, width="content")
        if entry.size:
            st.metric(
                "Size", entry.size, width="content", help="Class within its provider's line-up."
            )
        st.metric(
            "Answers",
            f"{int(row['answered']):,}",
            width="content",
            help=glossary.help_text("answer"),
        )
        st.metric(
            "With both positions",
            f"{int(row['with_position']):,}",
            width="content",
            help=glossary.help_text("position"),
        )
        missing = studies.unanswered(row, view.info.scenarios)
        st.metric(
            "Missing", f"{missing:,}", width="content", help="Scenarios that it did not answer."
        )
        if row["other"]:
            st.metric(
                "Other outcomes",
                f"{int(row['other']):,}",
                width="content",
                help=OTHER_OUTCOMES,
            )
    return model


def outliers(view: View, model: str) -> None:
    """How often it stands apart from nearly all others, under the paper's rule."""
    st.header("Where it is an outlier", anchor=False)
    tested = reads.read(view.study, outlier_queries.defined)
    if not tested:
        problems.empty(
            "No outliers to look for",
            "The rule compares a position with those of at least six other models.",
        )
        return
    found = outlier_rank(figure.read(view, "outliers.bars").frame, model)
    split = ", ".join(f"{count:,} {direction}" for direction, count in found.directions.items())
    st.text(
        f"{counted(found.total, 'answer')} at least {PAPER.distance} positions from at "
        f"least {PAPER.others} of {PAPER.of} others ({split}). "
        f"{_rank(found.ranks, len(view.info.models))}"
    )
    links.page(view.info, "outliers", "Its cases", model=model)


def _rank(ranks: tuple[int, int] | None, models: int) -> str:
    """Which ranks by number are open, in a sentence."""
    if ranks is None:
        return "Its rank by number is not known: too few families."
    low, high = ranks
    if low == high:
        return f"It ranks {low} of {models} by number."
    return f"By number its rank may be {low} to {high} of {models}."


def neighbours(view: View, model: str) -> None:
    """The other models by the mean distance of positions on the same queries."""
    found = figure.read(view, "models.neighbours", model=model).frame
    if found.empty or not found["n"].any():
        st.header("Most similar models", anchor=False)
        problems.empty(
            "No other model to compare with", "No other model has a position on the same query."
        )
        return
    figure.show(view, "models.neighbours", key="neighbours", model=model)
    _links([str(m) for m in found.dropna(subset=["value"])["model"].head(3)])


def compare(view: View, model: str) -> None:
    """One step to this model beside another one, number by number."""
    if len(view.info.models) > 1:
        links.page(
            view.info,
            "compare",
            "Compare with another model",
            icon=":material/compare_arrows:",
            one_model=model,
            against=view.info.id,
        )


def _links(models: Sequence[str]) -> None:
    with st.container(key="nearest", horizontal=True, gap="medium"):
        for model in models:
            with st.container(horizontal=True, width="content", gap="xsmall"):
                st.text(registry().model(model).label)  # a name may come from data: plain text only
                st.button(
                    "Profile",
                    key=f"profile-{model}",
                    icon=":material/arrow_forward:",
                    icon_position="right",
                    type="tertiary",
                    on_click=address.keep,
                    args=("model", model),
                )


def length(view: View) -> None:
    """How long its answers are beside those of the others."""
    if figure.read(view, "models.length").frame["n"].any():
        figure.show(view, "models.length", key="answer-length")


def manner(view: View) -> None:
    """How long it takes for an answer and how varied its words are, where that is known."""
    if figure.read(view, "models.latency").frame["n"].any():
        figure.show(view, "models.latency", key="latency")
    if figure.read(view, "models.diversity").frame["n"].any():
        figure.show(view, "models.diversity", key="word-variety")


def small_print(view: View) -> None:
    """What holds for everything on the page."""
    sentences = [
        f"Values are read with the taxonomy “{view.taxonomy.name}”. Intervals are 95% and "
        "clustered by family: they are about this model over other families of queries.",
        *making_words.caveats(view.info),
    ]
    with st.container(key="small-print", gap="xsmall"):
        for sentence in sentences:
            st.text(sentence)

"""The answers to one scenario: a grid, or two of them word by word. All text stays inert."""

from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from analysis.figures.criteria import WORDS
from analysis.measure import label_words
from analysis.measure.disagreement import ordered as ordered_by_position
from analysis.queries import cases, criteria
from analysis.queries.cases import ScenarioRow
from analysis.registry import registry
from analysis.show import theme
from analysis.store.labels import PEOPLE
from analysis.text_safety import contained, escaped, literal
from analysis.vocabulary import Outcome
from pages.parts.scenarios.reader import people
from pages.ui import address, diff, figure, long_text, problems, reads, reasonings
from pages.ui.frame import View

_HEIGHT = 300


@dataclass(frozen=True)
class AnswerVerdicts:
    """What judges and labellers say of one model's answer: verdicts on its repeats where it was
    judged (None where it was not), and (labeller, response type); (heading, text) of what came
    beside it; and (heading, reason) of each grade by the criterion that the query tests."""

    verdicts: list[str] | None
    types: list[tuple[str, str]]
    beside: list[tuple[str, str]]
    grades: list[tuple[str, str]]


_OUTCOMES = {
    Outcome.ANSWERED: "answered",
    Outcome.API_REFUSAL: "refused by the API, there is no text",
    Outcome.TRUNCATED: "cut off at the length limit",
    Outcome.ERROR: "the call failed, there is no text",
    Outcome.MISSING: "no answer in the source",
    Outcome.UNPARSABLE: "the reply holds no answer that can be read",
}


def show(view: View, row: ScenarioRow, found: pd.DataFrame) -> None:
    """The section below the pictures: which answers, how, and the texts."""
    with problems.shown():
        texts = reads.read(view.study, cases.answers, row.scenario)
        ordered = ordered_by_position(found)
        labels = dict(zip(ordered["model"], ordered["label"], strict=True))
        compare = _controls(view, row, labels)
        if compare:
            _two(texts, labels)
        else:
            _grid(view, row, ordered, texts)


def _controls(view: View, row: ScenarioRow, labels: dict[str, str]) -> bool:
    with st.container(
        key="heading-answers",
        horizontal=True,
        vertical_alignment="center",
        horizontal_alignment="distribute",
    ):
        st.header("Answers", anchor=False, width="content")
        with st.container(width="content"):
            figure.menu(view, "scenarios.answers", key="answers", scenario=row.scenario)
    compare = st.toggle("Compare two, word by word", **address.bound("compare", "Compare two"))
    return bool(compare) and len(labels) > 1


def _grid(view: View, row: ScenarioRow, ordered: pd.DataFrame, texts: pd.DataFrame) -> None:
    names = list(ordered["label"])
    shown = st.multiselect(
        "Answers shown",
        names,
        placeholder="All models",
        **address.bound("show", "Answers shown", among=names),
    )
    st.caption(
        "Ordered from oppose to favor on the value that splits the models most. Position 0 is "
        "extreme oppose, 6 extreme favor."
    )
    by_model = texts.groupby("model")["text"].apply(list).to_dict()
    verdicts, types = _verdicts(view, row), _types(view, row)
    beside, grades = _asides(view, row), _grades(view, row)
    place = people.LabelTarget(view, row)
    chosen = ordered[ordered["label"].isin(shown)] if shown else ordered
    with st.grid(3, min_column_width=260, gap="small"):
        for record in chosen.to_dict("records"):
            model = str(record["model"])
            said = AnswerVerdicts(
                verdicts.get(model),
                types.get(model, []),
                beside.get(model, []),
                grades.get(model, []),
            )
            _cell(record, by_model.get(model, []), said, place)


def _asides(view: View, row: ScenarioRow) -> dict[str, list[tuple[str, str]]]:
    """Model -> (heading, text) of what came with its answers."""
    found: dict[str, list[tuple[str, str]]] = {}
    for record in reads.read(view.study, cases.asides, row.scenario).to_dict("records"):
        again = int(record["replicate"])
        head = f"{record['kind'].capitalize()}{f', answer {again + 1}' if again else ''}"
        found.setdefault(str(record["model"]), []).append((head, str(record["text"])))
    return found


def _grades(view: View, row: ScenarioRow) -> dict[str, list[tuple[str, str]]]:
    """Model -> (who gave which grade by which criterion, why) on each of its answers."""
    said: dict[str, list[tuple[str, str]]] = {}
    for record in reads.read(view.study, criteria.of_scenario, row.scenario).to_dict("records"):
        grade = WORDS.get(record["grade"], "no grade")
        again = f", answer {int(record['replicate']) + 1}" if record["replicate"] else ""
        who = registry().model(str(record["grader"])).label
        why = record["reason"] if isinstance(record["reason"], str) else "No reason was recorded."
        heading = f"{who}{again}: {grade}, by the criterion “{record['title']}”"
        said.setdefault(str(record["model"]), []).append((heading, why))
    return said


def _verdicts(view: View, row: ScenarioRow) -> dict[str, list[str]]:
    """Judged model -> what judges decided on its repeats; the first answer has its reasonings."""
    found = reads.read(view.study, cases.judgements, row.scenario)
    said: dict[str, list[str]] = {}
    for record in found.to_dict("records"):
        name = registry().judge(str(record["judge"])).label
        decision = record["decision"] if isinstance(record["decision"], str) else "no decision"
        lines = said.setdefault(str(record["model"]), [])
        if record["replicate"]:
            lines.append(f"{name}, answer {int(record['replicate']) + 1}: {decision}")
    return said


def _types(view: View, row: ScenarioRow) -> dict[str, list[tuple[str, str]]]:
    """Model -> (labeller, response type) of its first answer, by every labeller but people, whose
    labels stand below."""
    found = reads.read(view.study, cases.response_types, row.scenario)
    kept = found[(found["replicate"] == 0) & (found["source"] != PEOPLE)]
    said: dict[str, list[tuple[str, str]]] = {}
    for record in kept.to_dict("records"):
        pair = (str(record["source"]), str(record["response_type"]))
        said.setdefault(str(record["model"]), []).append(pair)
    return said


def _labelled(types: list[tuple[str, str]], text: str) -> None:
    """Each labeller's response type, with the words that decided it where it can tell them."""
    for source, kind in types:
        reason, words = label_words.of_type(source, text)
        quoted = ", ".join(f"“{contained(w)}”" for w in words)
        why = ": ".join(part for part in (reason, quoted) if part)
        st.text(f"{contained(source)}: {contained(kind)}" + (f" ({why})" if why else ""))


def _cell(
    record: dict[Any, Any], texts: list[str], said: AnswerVerdicts, place: people.LabelTarget
) -> None:
    """One answer, with what judges, labellers and people say of it."""
    model = str(record["model"])
    with st.container(border=True, key=f"answer-{record['model']}", gap="xsmall"):
        st.html(_head(record))
        with st.container(height=_HEIGHT, border=False):
            for number, text in enumerate(texts, start=1):
                if len(texts) > 1:
                    st.caption(f"Answer {number}, asked again" if number > 1 else "Answer 1")
                long_text.show(text, f"{record['model']}-{number}")
            if not texts:
                st.caption(_OUTCOMES.get(record["outcome"], "no text"))
        for number, (head, text) in enumerate(said.beside):
            with st.expander(f"{head}, no part of the answer", expanded=False):
                long_text.show(text, f"aside-{model}-{number}")
        cited = []
        if said.verdicts is not None:
            with problems.shown():
                cited = reasonings.under_answer(place.view, place.row.scenario, model)
        for verdict in said.verdicts or ():
            st.text(verdict)
        for number, (heading, why) in enumerate(said.grades):
            with st.expander(literal(contained(heading))):
                long_text.show(why, f"grade-{model}-{number}")
        _labelled(said.types, texts[0] if texts else "")
        if texts:
            people.under(place, model, texts[0], cited)


def _head(record: dict[Any, Any]) -> str:
    """Model, provider in colour and in words, and its two positions; data escaped."""
    provider = str(record["provider"])
    hue = theme.colors([provider])[provider]
    name = registry().provider(provider).label
    places = " and ".join(_place(record[f"value{v}_position"]) for v in (1, 2))
    chars = record.get("chars")
    length = f" · {int(chars):,} characters" if chars is not None and not pd.isna(chars) else ""
    return (
        f'<div class="fl-head"><span class="fl-dot" style="background:{hue}"></span>'
        f"{escaped(record['label'])}</div>"
        f'<div class="fl-quiet">{escaped(name)} · positions {places}{length}</div>'
    )


def _place(position: object) -> str:
    return "–" if pd.isna(position) else f"{int(position)}"  # type: ignore[call-overload]


def _two(texts: pd.DataFrame, labels: dict[str, str]) -> None:
    """Two answers as one text with deletions and insertions."""
    by_model = texts.drop_duplicates("model").set_index("model")["text"].to_dict()
    there = {m: label for m, label in labels.items() if m in by_model}
    if len(there) < 2:
        problems.empty("Nothing to compare", "Fewer than two models have an answer here.")
        return
    ids = list(there)
    with st.container(horizontal=True):
        left = address.choice("left", "Struck through: only in", there, default=ids[0])
        right = address.choice("right", "Underlined: only in", there, default=ids[-1])
    a, b = str(by_model[left]), str(by_model[right])
    note = f"{diff.similarity(a, b):.0%} of the words are shared, in the same order."
    st.caption(f"{note} {diff.cut_note(a, b)}".strip())
    with st.container(border=True, key="word-diff"):
        diff.show(a, b, "word-diff")

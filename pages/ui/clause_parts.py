"""The sections of the Clauses page: the worst, the list, rival pairs, one clause in full."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from analysis import glossary
from analysis.measure import conflicts as kinds
from analysis.measure.clauses import by_clause
from analysis.measure.estimates import estimate_cells
from analysis.parse.clause import Clause, Spec
from analysis.settings import Settings
from analysis.store.queries import clauses as queries
from analysis.store.specs import read_spec
from analysis.store.study import OpenStudy
from pages.ui import near_parts, problems, reads, url
from pages.ui.figure import table
from pages.ui.frame import View
from pages.ui.judged import in_words

NEEDS = glossary.told("needs_work")
_KINDS = {
    "unclear wording": "Two judges cite it and decide oppositely: it needs words or examples.",
    "missing precedence": "Judges decide oppositely over different clauses: it needs a rank.",
    "often broken": "Those who cite it mostly find a violation: answers do not follow it.",
}
_ALL = "all"


@dataclass(frozen=True)
class Cited:
    """Clauses with their numbers, every citation and judgement, and the spec they are read by."""

    table: pd.DataFrame
    citations: pd.DataFrame
    judgements: pd.DataFrame
    spec: Spec

    @property
    def clauses(self) -> Mapping[str, Clause]:
        return {c.anchor: c for c in self.spec.clauses}

    def title(self, anchor: object) -> str:
        held = self.clauses.get(str(anchor))
        return held.title if held else str(anchor)


def find(view: View) -> Cited | None:
    """Everything the page shows; None (with a way out) where nothing was judged or cited."""
    if not view.info.judgements:
        problems.empty(
            "No answer of this study was judged",
            "Clauses come from what judges say. Judge this study's answers on the Stress test "
            "page, or load a source with decisions.",
        )
        st.page_link(
            "pages/stress_test.py", label="Judge them", icon=":material/gavel:",
            query_params=[("study", view.info.id), ("template", "re-judge")],
        )  # fmt: skip
        return None
    spec = read_spec(view.settings)
    with st.spinner("Finding the clauses that judges invoke…"):
        table_, cited, judged = reads.read(view.study, _measured, spec.content_hash, view.settings)
    if table_.empty:
        problems.empty(
            "No reasoning names a clause of the spec in use",
            f"The spec in use is {spec.name} {spec.version}. If the judges read another one, load "
            "that on the Data page.",
        )
        return None
    return Cited(table_, cited, judged, spec)


def _measured(
    study: OpenStudy, spec_hash: str, settings: Settings
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """`spec_hash` keeps the results of different specs apart in the cache."""
    judged = queries.judgements(study)
    cited = queries.citations(study, read_spec(settings))
    known = cited[cited["known"]]
    return by_clause(judged, known, judged.drop_duplicates("response")), cited, judged


def worst(cited: Cited) -> None:
    """The three clauses that need work most, each with its kind and the reason in numbers."""
    top = cited.table[cited.table["needs_work"] > 0].head(3)
    st.header(f"{len(top)} clauses need work most", anchor=False, help=NEEDS)
    for column, row in zip(st.columns(max(len(top), 1)), top.to_dict("records"), strict=False):
        with column, st.container(border=True, gap="xsmall"):
            st.text(cited.title(row["clause"]))
            st.markdown(f"**{str(row['kind']).capitalize()}**", help=_KINDS[str(row["kind"])])
            st.text(_reason(cited, row))
            st.button(
                "Read the arguments", key=f"worst-{row['clause']}", type="tertiary",
                icon=":material/arrow_forward:", icon_position="right",
                on_click=url.keep, args=("clause", str(row["clause"])),
            )  # fmt: skip


def _reason(cited: Cited, row: Mapping[object, object]) -> str:
    n = int(str(row["cited"]))
    if row["kind"] == "unclear wording":
        return (
            f"In {row['interpretive']} of {n:,} answers that cite it, two judges cite it and "
            "decide oppositely."
        )
    if row["kind"] == "missing precedence":
        rival = f", most often against “{cited.title(row['rival'])}”" if row["rival"] else ""
        return f"In {row['activation']} of {n:,} answers it is set against another clause{rival}."
    return f"Of the decisions that cite it {in_words(row['violated'], '{:.0%}')} find a violation."  # type: ignore[arg-type]


def listed(view: View, cited: Cited) -> None:
    """Every cited clause with its parts; filters by authority, section and kind."""
    rows = cited.table.assign(
        title=[cited.title(c) for c in cited.table["clause"]],
        authority=[cited.clauses[str(c)].authority or "–" for c in cited.table["clause"]],
        section=[cited.title(cited.clauses[str(c)].section) for c in cited.table["clause"]],
    )
    with st.container(horizontal=True, gap="medium"):
        for name, label in (("authority", "Authority"), ("section", "Section"), ("kind", "Kind")):
            options = {_ALL: "All", **{str(v): str(v) for v in sorted(set(rows[name].astype(str)))}}
            with st.container(width=230):
                picked = url.choice(name, label, options, default=_ALL)
            rows = rows if picked == _ALL else rows[rows[name] == picked]
    linked = near_parts.counts(view, cited.spec)
    shown = pd.DataFrame(
        {
            "title": rows["title"],
            "needs_work": rows["needs_work"],
            "kind": rows["kind"],
            "cited": rows["cited"],
            "near": [linked.get(str(c), 0) for c in rows["clause"]] if linked else None,
            "violated": [_value(v) for v in rows["violated"]],
            "kappa": [_value(v) for v in rows["kappa"]],
            "prevalence": rows["prevalence"],
            "interpretive": rows["interpretive"],
            "activation": rows["activation"],
            "rival": [cited.title(r) if isinstance(r, str) else "" for r in rows["rival"]],
            "d": rows["mean_d"],
        }
    )
    number, words = st.column_config.NumberColumn, st.column_config.TextColumn
    key = f"clauses-{st.session_state.get('_clauses', 0)}"
    table(
        view,
        "clauses",
        "All cited clauses",
        shown,
        {
            "title": words("Clause", width=210, pinned=True),
            "needs_work": st.column_config.ProgressColumn(
                "Needs work", format="%.2f", min_value=0, max_value=0.5, width=95, help=NEEDS
            ),
            "kind": words("Kind", width=125),
            "cited": number("Cited", width=60, help="Answers on which a judge invokes it."),
            "near": number("Near, not cited", width=110, help=near_parts.NEAR),
            "violated": number("Violated", format="percent", width=75),
            "kappa": number("Kappa", format="%.2f", width=65, help="Fleiss, binary, on its cases."),
            "prevalence": number("Flagged", format="percent", width=70),
            "interpretive": number("Interpretive", width=90),
            "activation": number("Activation", width=85),
            "rival": words("Most often against", width=180),
            "d": number("Mean D", format="%.2f", width=70),
        },
        help=glossary.told("cited"),
        alt="Cited clauses, the one that needs work most first",
        note=f"{len(shown)} of {len(cited.spec.clauses)} clauses of {cited.spec.name} "
        f"{cited.spec.version} are cited. Never compare kappas without the share flagged beside. "
        "Click a row for its text, cases and arguments.",
        grid_key=key,
        on_select="rerun",
        selection_mode="single-cell",
        placeholder="–",
        height=min(460, 35 * (len(shown) + 1) + 3),
    )
    picked_cells = st.session_state[key].selection.cells
    if picked_cells:
        st.session_state["_clauses"] = st.session_state.get("_clauses", 0) + 1
        url.keep("clause", str(rows["clause"].iloc[int(picked_cells[0][0])]))
        st.rerun()


def _value(found: object) -> float:
    return float(estimate_cells(found)["value"]) if not isinstance(found, float) else found  # type: ignore[arg-type]


def rivals(view: View, cited: Cited) -> None:
    """Pairs of clauses that claim the same case."""
    known = cited.citations[cited.citations["known"]]
    pairs = kinds.clause_pairs(kinds.conflicts(cited.judgements, known), known)
    once = pairs[pairs["clause"] < pairs["other"]].head(12)
    if once.empty:
        return
    shown = once.assign(
        clause=[cited.title(c) for c in once["clause"]],
        other=[cited.title(c) for c in once["other"]],
    )
    table(
        view,
        "clause-pairs",
        "Clauses that claim the same case",
        shown,
        {
            "clause": st.column_config.TextColumn("One clause", width=300),
            "other": st.column_config.TextColumn("Against", width=300),
            "answers": st.column_config.NumberColumn("Answers", width=80),
        },
        help=glossary.told("activation"),
        alt="Pairs of clauses on which judges decide oppositely, each citing its own",
        note="Judges decide oppositely and their clauses are disjoint: the pair needs precedence.",
    )


def one(view: View, cited: Cited) -> str:
    """One clause: its text, the cases in conflict, the arguments, and Markdown to take away; gives
    its anchor."""
    options = {str(c): cited.title(c) for c in cited.table["clause"]}
    st.header("One clause", anchor=False)
    with st.container(width=360):
        anchor = url.choice("clause", "Clause", options, default=next(iter(options)))
    clause = cited.clauses[anchor]
    row = cited.table[cited.table["clause"] == anchor].to_dict("records")[0]
    path = " › ".join(
        cited.title(a) for a in dict.fromkeys((clause.section, clause.parent or "", anchor)) if a
    )
    st.text(f"{path} · #{anchor}" + (f" · {clause.authority}" if clause.authority else ""))
    left, right = st.columns([5, 4], gap="large")
    with left, st.container(border=True):
        st.text(clause.text[:6_000] or "This clause has no text of its own.")
    with right:
        _words(cited, anchor)
        if clause.references:
            st.text(f"Refers to {', '.join(cited.title(a) for a in clause.references)}.")
        st.text(
            f"Cited on {int(row['cited']):,} answers; violated in "
            f"{in_words(row['violated'], '{:.0%}')} of the decisions citing it; kappa "
            f"{in_words(row['kappa'])}."
        )
        st.download_button(
            "Markdown for an issue", _markdown(cited, clause, row), f"{anchor}.md",
            icon=":material/content_copy:", on_click="ignore", key="clause-markdown",
        )  # fmt: skip
    _cases(view, cited, anchor)
    return anchor


def _words(cited: Cited, anchor: str) -> None:
    """The passages and names under which judges invoke it, most often first."""
    mine = cited.citations[(cited.citations["clause"] == anchor) & (cited.citations["words"] != "")]
    counts = mine.groupby(["how", "words"], as_index=False).size()
    top = counts.sort_values("size", ascending=False).head(5)
    if len(top):
        st.caption("Invoked by")
        for found in top.to_dict("records"):
            st.text(f"{found['size']} × “{found['words']}” ({found['how']})")


def _cases(view: View, cited: Cited, anchor: str) -> None:
    """Its cases, those in conflict first, with what each judge said."""
    known = cited.citations[cited.citations["known"]]
    mine = set(known.loc[known["clause"] == anchor, "response"])
    found = kinds.conflicts(cited.judgements[cited.judgements["response"].isin(mine)], known)
    order = list(dict.fromkeys([*found["response"], *sorted(mine)]))[:200]
    facts = cited.judgements.drop_duplicates("response").set_index("response")
    kind = found.drop_duplicates("response").set_index("response")["kind"]
    shown = pd.DataFrame(
        {
            "scenario": facts.loc[order, "scenario"].to_numpy(),
            "model": facts.loc[order, "model"].to_numpy(),
            "conflict": [str(kind.get(r, "")) for r in order],
            "d": facts.loc[order, "d"].to_numpy(),
        }
    )
    key = f"clause-cases-{anchor}"
    table(
        view,
        "clause-cases",
        "Its cases",
        shown,
        {
            "scenario": st.column_config.TextColumn("Scenario", width=130),
            "model": st.column_config.TextColumn("Model", width=160),
            "conflict": st.column_config.TextColumn("Conflict", width=130),
            "d": st.column_config.NumberColumn("D", format="%.2f", width=70),
        },
        help=glossary.told("cited"),
        alt="Answers on which a judge cites the clause",
        note="Those in conflict first, at most 200. Click a row for the arguments.",
        grid_key=key,
        on_select="rerun",
        selection_mode="single-cell",
        height=min(300, 35 * (len(shown) + 1) + 3),
    )
    picked = st.session_state[key].selection.cells
    at = int(picked[0][0]) if picked else 0
    said = reads.read(view.study, queries.arguments, [order[at]])
    for column, record in zip(st.columns(max(len(said), 1)), said.to_dict("records"), strict=False):
        with column, st.container(border=True):
            st.text(f"{record['label']}: {record['decision'] or 'no decision'}")
            st.text(str(record["reasoning"])[:4_000] or "No reasoning was kept.")


def _markdown(cited: Cited, clause: Clause, row: Mapping[object, object]) -> str:
    """What a spec writer pastes into a review: the finding, its numbers, their source."""
    quoted = "\n".join(f"> {line}" for line in clause.text.splitlines()) or "> (no text)"
    return (
        f"## {clause.title} (`#{clause.anchor}`)\n\n{quoted}\n\n"
        f"**{str(row['kind']).capitalize()}.** {_reason(cited, row)} {_KINDS[str(row['kind'])]}\n\n"
        f"- cited on {row['cited']} answers\n"
        f"- interpretive conflicts: {row['interpretive']}; activation conflicts: "
        f"{row['activation']}\n"
        f"- violated in {in_words(row['violated'], '{:.0%}')} of the decisions citing it\n"  # type: ignore[arg-type]
        f"- kappa of the judges on its cases: {in_words(row['kappa'])}\n\n"  # type: ignore[arg-type]
        f"Spec {cited.spec.name} {cited.spec.version}; numbers by Faultline.\n"
    )


def small_print(cited: Cited) -> None:
    """How citations are found, and names that the spec does not have."""
    unknown = cited.citations.loc[~cited.citations["known"], "clause"].value_counts()
    with st.container(key="small-print", gap="xsmall"):
        st.text(
            "A clause counts as cited where a reasoning names its anchor or its title, or quotes "
            "four words or more that stand in it alone (docs/citations.md)."
        )
        if len(unknown):
            named = ", ".join(f"{c} ({n})" for c, n in unknown.head(6).items())
            st.text(f"Named by judges, not in this spec: {named}.")

"""The ends of the Clauses page: the three worst first, and at the foot what holds for all."""

import streamlit as st

from pages.ui import clause_text, url
from pages.ui.cited import KINDS, Cited, reason
from pages.ui.clause_list import NEEDS


def worst(cited: Cited) -> None:
    """The three clauses that need work most, each with its kind and the reason in numbers."""
    top = cited.table[cited.table["needs_work"] > 0].head(3)
    st.header(f"{len(top)} clauses need work most", anchor=False, help=NEEDS)
    for column, row in zip(st.columns(max(len(top), 1)), top.to_dict("records"), strict=False):
        with column, st.container(border=True, gap="xsmall"):
            st.text(cited.title(row["clause"]))
            st.markdown(f"**{str(row['kind']).capitalize()}**", help=KINDS[str(row["kind"])])
            st.text(reason(cited, row))
            st.button(
                "Read the arguments", key=f"worst-{row['clause']}", type="tertiary",
                icon=":material/arrow_forward:", icon_position="right",
                on_click=url.keep, args=("clause", str(row["clause"])),
            )  # fmt: skip


def small_print(cited: Cited) -> None:
    """How citations are found, and names that the spec does not have."""
    with st.container(key="small-print", gap="xsmall"):
        st.text(
            "A clause counts as cited where a reasoning names its anchor, its title or a part of "
            "it, or quotes four words or more that stand in it alone, and does not set it aside. "
            "How often that is right, and what it misses: docs/citations.md."
        )
        clause_text.not_in_spec(cited.held.citations)

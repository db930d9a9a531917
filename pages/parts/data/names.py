"""Names of models: how each was read, and how to say otherwise."""

import streamlit as st

from analysis.figures import studies
from analysis.registry import CORRECTED, LISTED, OTHER, corrections, registry
from analysis.registry.corrections import NAMES_FILE, Correction
from pages.ui import figure, problems
from pages.ui.acting import Right, acts
from pages.ui.frame import View

_OWN = "A model of its own"
_AS_READ = "As it was read"


def show(view: View) -> None:
    """The names of the study in use; the form to say otherwise; what was said, to be undone."""
    if view.opened is not None:
        figure.show(view, "studies.names", key="names")
    else:
        problems.empty("No study yet", "Load a source under “Load”.")
    _form(view)
    _corrections(view)


def _form(view: View) -> None:
    st.header("Correct a name", anchor=False)
    st.caption(
        "Applies to studies loaded from now on. Load a study's sources again to see it there. "
        f"It is kept in {NAMES_FILE} in the home folder."
    )
    book = registry()
    known = {m.id: m.label for m in book.models if not m.can.embed}
    providers = {p.id: p.label for p in book.providers}
    with st.form("say-name", border=False):
        spelling = st.selectbox(
            "Name in the source",
            _spellings(view),
            index=None,
            accept_new_options=True,
            placeholder="Choose or type a name",
            key="name-spelling",
        )
        model = st.selectbox(
            "Model",
            [_OWN, *known],
            format_func=lambda m: known.get(m, m),
            key="name-model",
        )
        provider = st.selectbox(
            "Provider",
            [_AS_READ, *providers],
            format_func=lambda p: providers.get(p, p),
            key="name-provider",
        )
        label = st.text_input("Shown as", max_chars=60, key="name-label")
        if st.form_submit_button("Keep", type="primary"):
            _keep(
                view,
                Correction(
                    spelling or "",
                    "" if model in (None, _OWN) else model,
                    "" if provider in (None, _AS_READ) else provider,
                    label or "",
                ),
            )


def _spellings(view: View) -> list[str]:
    """Those of the study first that were not read as they are listed."""
    if view.opened is None:
        return []
    rows = studies.name_rows(view.info)
    inferred = ~rows["read"].isin([LISTED, CORRECTED])
    return list(dict.fromkeys([*rows[inferred]["spelling"], *rows["spelling"]]))


@acts(Right.OPERATE)
def _keep(view: View, correction: Correction) -> None:
    corrections.store(view.settings.home, correction)
    st.rerun()


def _corrections(view: View) -> None:
    known = corrections.read(view.settings.home / NAMES_FILE)
    if not known:
        return
    st.header("What was said", anchor=False)
    for number, correction in enumerate(known.values()):
        with st.container(horizontal=True, vertical_alignment="center", key=f"said-name-{number}"):
            st.text(_sentence(correction))
            if st.button("Undo", key=f"undo-name-{number}", type="tertiary"):
                _undo(view, correction.spelling)


def _sentence(correction: Correction) -> str:
    book = registry()
    parts = [
        f"is {book.model(correction.model).label}" if correction.model else "is a model of its own"
    ]
    if correction.provider and correction.provider != OTHER:
        parts.append(f"of {book.provider(correction.provider).label}")
    if correction.label:
        parts.append(f"shown as “{correction.label}”")
    return f"“{correction.spelling}” {', '.join(parts)}"


@acts(Right.OPERATE)
def _undo(view: View, spelling: str) -> None:
    corrections.undo(view.settings.home, spelling)
    st.rerun()

"""The form for a Hugging Face dataset repository: look up, choose splits, see sizes, fetch."""

import streamlit as st

from analysis.load.hub import hub
from analysis.load.hub.hub import Catalogue, HubPlan
from analysis.load.prepare import prepared
from analysis.load.subprocess_load import load_plan_in_child
from analysis.number_text import counted
from analysis.parse.making import Selection
from analysis.settings import HUB_REPO
from analysis.store.study import study_id
from pages.parts.data import queries_chosen, study_name
from pages.ui.acting import Right, acts
from pages.ui.address import session
from pages.ui.frame import View
from pages.ui.jobs import jobs

_FOUND = "_hub_found"


def show(view: View, repo: str) -> None:
    """Two steps: what the repository has, then what would be downloaded."""
    with (
        st.form("hub-lookup", border=False),
        st.container(horizontal=True, vertical_alignment="bottom"),
    ):
        named = st.text_input("Dataset repository", value=repo, key="hub-repo")
        revision = st.text_input(
            "Revision",
            placeholder="newest",
            key="hub-revision",
            help="A branch, a tag or a commit. It is pinned to a commit and stored.",
        )
        pressed = st.form_submit_button("Look up", icon=":material/search:")
    st.caption(
        "Shows the configs and splits with their sizes; nothing is downloaded yet. Without a "
        "network, upload files or name a path."
    )
    if pressed:
        _look_up(view, named, revision)
    offer = session.get(_FOUND)
    if isinstance(offer, Catalogue):
        _choose(view, offer)


@acts(Right.OPERATE)
def _look_up(view: View, named: str, revision: str) -> None:
    """Ask for what a repository has, with this server's token where it has one."""
    session.pop(_FOUND, None)
    with st.spinner("Asking the hub…"):
        found = hub.catalogue(named.strip(), revision.strip() or None, view.settings)
    session[_FOUND] = found


def _choose(view: View, offer: Catalogue) -> None:
    st.text(f"{offer.repo} at {offer.revision[:10]}")
    options = {
        f"{config} / {split}": (config, split, sum(f.size_bytes for f in files), len(files))
        for config, splits in offer.configs.items()
        for split, files in splits.items()
    }
    picked = st.multiselect(
        "Splits",
        list(options),
        key=f"hub-splits-{offer.revision}",
        format_func=lambda o: _labelled(o, *options[o][2:]),
        placeholder="Choose one or more",
        help="“default” holds high-disagreement scenarios only; “complete” is the unselected "
        "source; “judge_evaluations” brings the judges' decisions.",
    )
    if not picked:
        st.caption("Sizes are shown before anything is downloaded.")
        return
    wanted: dict[str, list[str]] = {}
    for option in picked:
        config, split, *_ = options[option]
        wanted.setdefault(config, []).append(split)
    plan = hub.plan_of(offer, wanted, offer.revision, view.settings)
    _confirm(view, plan, picked[0].split(" / ")[-1])


def _labelled(option: str, size: int, files: int) -> str:
    return f"{option} ({hub.readable_size(size)}, {counted(files, 'file')})"


def _confirm(view: View, plan: HubPlan, suggestion: str) -> None:
    with st.container(border=True, gap=None):
        for line in plan.describe():
            st.text(line)
    name = study_name.ask(view, suggestion, f"hub-name-{suggestion}")
    copy = st.checkbox(
        "Copy the answers into the study",
        key="hub-copy",
        help="Otherwise they are read from the downloaded files when a case is opened. Copying "
        "10 GB takes about a minute and doubles the space.",
    )
    # The public dataset's names of splits say it themselves.
    chosen = None if plan.repo == HUB_REPO else queries_chosen.ask("hub-chosen")
    size = hub.readable_size(plan.bytes_to_download)
    label = f"Download {size} and load" if plan.bytes_to_download else "Load"
    if st.button(label, type="primary", key="load-hub"):
        _start(view, plan, name, copy, chosen)


@acts(Right.OPERATE)
def _start(view: View, plan: HubPlan, name: str, copy: bool, chosen: Selection | None) -> None:
    study_id(name)
    settings = view.settings
    jobs().start(
        name,
        lambda r, c: prepared(
            load_plan_in_child(
                plan, name, settings, copy_texts=copy, selection=chosen, report=r, cancelled=c
            ),
            settings,
            r,
            c,
        ),
    )
    st.rerun()

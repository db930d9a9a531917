"""The spec that the study's judgements are read under: which it is, the choice where there are
several, and the question which one it was where no source says.

Chosen for one study and named in the address. The spec in use on the Data page is what a run is
planned with and what is assumed where nobody knows better; it changes no study that names its own.
"""

import streamlit as st

from analysis.number_text import counted
from analysis.registry import registry
from analysis.store import judged_runs, study_specs
from analysis.store.annotations import spec_answers
from analysis.store.judged_runs import JudgedRun
from analysis.store.library.library import list_specs
from analysis.store.library.specs import spec_key
from analysis.store.study import OpenStudy
from analysis.store.study_specs import JudgedSet
from pages.ui import address, person, problems, ui_text
from pages.ui.acting import Right, acts
from pages.ui.address import session

SHOWN = ("Clauses", "Judges", "Compliance", "Review")
"""The pages whose numbers all rest on a spec: they name it and let another be chosen."""


def under(study: OpenStudy) -> OpenStudy:
    """The study as it was judged under the spec that the address names, else under its own."""
    asked = address.get("spec") or address.kept("spec") or ""
    shown = session.get("_page") in SHOWN
    options = _options(study)
    chosen = _resolved(study, asked, options)
    if shown and len(options) > 1:
        with st.container(key="spec-choice", width=420):
            address.keep("spec", chosen.key)
            key = address.choice(
                "spec",
                "Spec of the judgements",
                options,
                default=chosen.key,
                always=True,
                help="Judgements under two specs are two sets: they are never counted together.",
            )
        chosen = study_specs.chosen(study, key)
    address.put("spec", chosen.key)
    if shown and study.info.judgements:
        _said(study, chosen)
    return _by_run(study_specs.under(study, chosen.key), shown)


def _by_run(study: OpenStudy, shown: bool) -> OpenStudy:
    """The study with the verdicts of the run that the address names, where several runs asked the
    same judge; else of the latest."""
    known = {r.id: r for r in judged_runs.runs(study, study.reading.scope)}
    if not known:
        judged = {run or judged_runs.FILES for _, _, run in study.whole.read(judged_runs.counts)}
        if address.get("verdicts") not in judged:
            address.no_choice("verdicts")
            address.forget("verdicts")
        return study
    asked = address.get("verdicts") or address.kept("verdicts") or ""
    if asked and asked not in known:
        problems.problem(
            "Run not found",
            f"The link names the verdicts of the run “{asked[:80]}”, which judged nothing here. "
            "Those of the latest run are read.",
        )
        address.forget("verdicts")
        asked = ""
    latest = next(iter(known))
    run = asked or latest
    if shown:
        options = {r.id: _run_label(r, r.id == latest) for r in known.values()}
        with st.container(key="run-choice", width=560):
            address.keep("verdicts", run)
            run = address.choice(
                "verdicts",
                "Verdicts of",
                options,
                default=run,
                always=True,
                help="Of one judge under one spec the verdicts of one run are read, never several "
                "together. A judge that only one run asked is read from that one. Two runs are "
                "compared on Clauses, under “Two versions” with one version twice.",
            )
    return study_specs.under(study, study.reading.spec, run)


def _run_label(run: JudgedRun, latest: bool) -> str:
    judges = ui_text.listed([registry().judge(j).label for j in run.judges])
    count = counted(run.judgements, "judgement")
    return f"{judged_runs.name(run.id)}{' (latest)' * latest}: {judges}, {count}"


def _options(study: OpenStudy) -> dict[str, str]:
    """Key -> label: the specs that judgements were made under, then the others that are here."""
    found = {s.key: f"{s.label} ({_count(s)})" for s in study_specs.sets(study)}
    for info in list_specs(study.settings):
        key = spec_key(info)
        if not any(key == k.removeprefix(study_specs.UNNAMED) for k in found):
            found[key] = info.label
    return found


def _count(one: JudgedSet) -> str:
    return counted(one.judgements, "judgement") + ", assumed" * one.assumed


def _resolved(study: OpenStudy, asked: str, options: dict[str, str]) -> JudgedSet:
    """The set of judgements that the address means; said where there is none."""
    if not asked:
        return study_specs.chosen(study)
    found = study_specs.chosen(study, asked)
    if found.key not in options and not found.digest:
        there = ", ".join(options.values())
        address.note_missed(
            f"The link names the spec “{asked[:80]}”, which neither this study nor the library "
            f"has. Here are: {there}. The judgements are read under the study's own.",
            "spec",
        )
        address.forget("spec")
        return study_specs.chosen(study)
    return found


def _said(study: OpenStudy, chosen: JudgedSet) -> None:
    """What is known of the spec, and the question where nothing is."""
    if chosen.judgements and not chosen.digest:
        problems.note("The text of this spec is missing", study_specs.words(study, chosen.key))
    if None not in chosen.scope:
        if not chosen.judgements:
            problems.note(
                "No judgements under this spec",
                f"No answer of this study was judged under {chosen.label}. Choose another spec, or "
                "have the answers judged under it on the Stress test page.",
            )
            if session.get("_page") in ("Judges", "Compliance"):
                st.stop()  # there is nothing else to show
        return
    about = study_specs.unnamed_digest(study)
    answer = spec_answers.find(study.settings, about)
    if answer is not None:
        with st.container(key="spec-said", horizontal=True, vertical_alignment="center"):
            st.text(
                f"Judged under {study_specs.shown(answer.spec)}, as {answer.author} said on "
                f"{answer.at[:10]}."
            )
            st.button(
                "Undo",
                key="spec-undo",
                icon=":material/undo:",
                on_click=_undo,
                args=(study,),
            )
        return
    if not chosen.assumed:
        return
    problems.note(
        "The spec is assumed",
        f"The source of these judgements names no spec, so {chosen.label} is assumed. If you know "
        "which one the judges were given, choose it (load it on the Data page if it is missing) "
        "and say so once: it is kept with the study.",
    )
    st.button(
        f"They were judged under {chosen.label}",
        key="spec-say",
        icon=":material/check:",
        on_click=_say,
        args=(study, chosen),
    )


@acts(Right.CONTRIBUTE)
def _say(study: OpenStudy, chosen: JudgedSet) -> None:
    address.keep("spec", study_specs.answer_spec(study, chosen.key, person.signature()).key)


@acts(Right.CONTRIBUTE)
def _undo(study: OpenStudy) -> None:
    study_specs.undo_answer(study, person.signature())
    address.forget("spec")

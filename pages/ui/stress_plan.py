"""A new run: what to ask of whom, its price before anything is spent, and the launch."""

from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from analysis import glossary
from analysis.errors import FaultlineError
from analysis.settings import Settings
from analysis.store import selections
from analysis.store.library import current_taxonomy, spec_file, taxonomy_file
from analysis.store.queries import near
from analysis.store.snapshot import snapshot
from analysis.store.specs import current_spec, read_spec
from analysis.store.study import open_study
from pages.ui import (
    problems,
    runners,
    stress_batch,
    stress_duplicates,
    stress_prompts,
    url,
    words,
)
from pages.ui.frame import View
from pipeline import run as runs
from pipeline.inputs import Inputs
from pipeline.plan import Plan
from pipeline.plan_diff import plan_diff
from pipeline.plan_make import (
    TEMPLATES,
    Wish,
    make_plan,
    simulated_judges,
    simulated_models,
    simulated_writers,
)
from pipeline.preview import preview
from pipeline.price import price_plan
from pipeline.providers.catalog import Catalog, load

_NAMES = {
    "smoke": "Smoke", "clause-pair": "One clause pair", "re-judge": "Judge a study again",
    "full": "Full",
}  # fmt: skip
_FROM = "_stress_from"  # the plan of a run that is to be run again with changes


def show(view: View) -> None:
    """The form, the price and the launch; problems of the plan are said where it stands."""
    catalog = load(view.settings.home)
    with st.container(width=260):
        template = url.choice("template", "Kind of run", _NAMES, default="smoke")
    st.caption(f"{TEMPLATES[template].what[0].upper()}{TEMPLATES[template].what[1:]}.")
    wish = _wish(view, template, catalog)
    if wish is None:
        return
    try:
        plan = make_plan(wish, view.settings, catalog)
        plan = stress_prompts.edited(stress_batch.choose(plan, catalog))
        priced = price_plan(plan, Inputs(plan))
    except FaultlineError as error:
        problems.problem("This plan does not work yet", str(error))
        return
    tried = st.container()
    _changes(plan)
    _price(priced)
    _dry_run(plan)
    _launch(view, plan, catalog)
    with tried:  # last, since it takes a moment and nothing waits for it
        stress_duplicates.preview(view, wish.embedder, wish.distance, catalog)


def _wish(view: View, template: str, catalog: Catalog) -> Wish | None:
    models = _available(catalog)
    with st.container(horizontal=True, gap="medium"):
        title = st.text_input("Title", value=f"{_NAMES[template]} run", max_chars=120, width=260)
        families = st.number_input(
            "Families", 1, 20_000, TEMPLATES[template].families, width=130, key=f"n-{template}",
            help="Value pairs; each becomes three queries.", disabled=template == "re-judge",
        )  # fmt: skip
        seed = st.number_input("Seed", 0, 2**31, 0, width=110, help="Same plan and seed, same run.")
        budget = st.number_input(
            "Budget, $", 0.0, 1e6, 0.0, width=140,
            help="A hard stop: confirmed, at risk and in flight together never pass it. The "
            "simulator costs nothing.",
        )  # fmt: skip
    rejudge = template == "re-judge"
    with st.container(horizontal=True, gap="medium"):
        targets = (
            []
            if rejudge
            else _who("Who answers", models, simulated_models(), "targets", "Every query.")
        )
        judges = _who("Who judges", models, simulated_judges(), "judges", "The whole spec first.")
        writers = (
            []
            if rejudge
            else _who("Who writes", models, simulated_writers(), "writers", "Queries and rubrics.")
        )
    _check_cast({"judges": judges} if rejudge else
                {"answers": targets, "judges": judges, "writes": writers})  # fmt: skip
    variants, replicates = ((), 1) if rejudge else _again()
    snap = _snapshot(view) if rejudge else None
    if rejudge and snap is None:
        return None
    spec, taxonomy = _inputs(view.settings)
    clauses = _clauses(view.settings) if template == "clause-pair" else None
    embedder, distance = stress_duplicates.choose(TEMPLATES[template].stages, catalog)
    return Wish(
        template=template,
        families=None if rejudge else int(families),
        variants=variants,
        replicates=replicates,
        models=tuple(targets) or None,
        judges=tuple(judges) or None,
        generators=tuple(writers) or None,
        spec=spec,
        spec_version=current_spec(view.settings).version if spec is not None else None,
        taxonomy=taxonomy,
        snapshot=snap,
        clauses=clauses,
        embedder=embedder,
        distance=distance,
        budget_usd=float(budget),
        seed=int(seed),
        title=title or "",
    )


def _again() -> tuple[tuple[str, ...], int]:
    """Which variants of every query are asked too, and how often each query is asked."""
    with st.container(horizontal=True, gap="medium"):
        kinds = st.multiselect(
            "Asked again", list(words.VARIANTS), key="stress-variants", width=400,
            placeholder="No variants", format_func=lambda k: words.VARIANTS[k],
            help="Each query once more in every form chosen: Robustness tells what it changes.",
        )  # fmt: skip
        replicates = st.number_input(
            "Answers each", 1, 20, 1, width=140, key="stress-replicates",
            help="How often each model is asked each query. Measures take the first answer.",
        )  # fmt: skip
    return tuple(kinds), int(replicates)


def _available(catalog: Catalog) -> dict[str, str]:
    """Model id -> how it is shown: simulated ones, then the catalogue's, each with what is
    missing (a key, a price) before it can be used."""
    found = {m: m for m in (*simulated_models(), *simulated_judges(),
                                             *simulated_writers())}  # fmt: skip
    for model in catalog.models.values():
        if model.can.embed:
            continue
        able = catalog.availability(model)
        missing = [w for w, there in (("no key", able.key_present), ("no price", able.price_known))
                   if not there]  # fmt: skip
        found[model.id] = f"{model.id} ({', '.join(missing) or 'ready'})"
    return found


def _who(
    label: str, models: dict[str, str], usual: tuple[str, ...], key: str, help: str
) -> list[str]:
    return st.multiselect(
        label, list(models), default=list(usual), format_func=lambda m: models.get(m, m),
        key=f"stress-{key}", help=help, accept_new_options=True, width=400,
    )  # fmt: skip


def _check_cast(cast: dict[str, list[str]]) -> None:
    """An emptied box means nobody, not whoever would do by default."""
    for role, chosen in cast.items():
        if not chosen:
            raise FaultlineError(f"Nobody {role}: choose at least one model under “Who {role}”.")


def _snapshot(view: View) -> Path | None:
    """The tables of the study in use, written out once per content."""
    if view.opened is None:
        problems.empty("No study to judge again", "Load one on the Data page, or run a new test.")
        return None
    folder = view.settings.home / "snapshots" / f"{view.info.id}-{view.info.content_hash[:12]}"
    chosen = _near(view)
    if chosen is None:
        st.text(f"The answers of “{view.info.title}” are judged again: choose the study above.")
    else:
        folder = folder.with_name(f"{folder.name}-{selections.keep(view.settings, chosen)}")
    if not (folder / "study.parquet").exists():
        with st.spinner("Writing the study's tables out…"):
            opened = open_study(view.settings, view.info.id)
            try:
                snapshot(opened, folder, view.settings, chosen)
            finally:
                opened.close()
    return folder


def _near(view: View) -> list[str] | None:
    """The queries near the clause that the address names; None for the whole study."""
    clause = url.get("near")
    if not clause:
        return None
    chosen = near.scenarios(view.study, read_spec(view.settings), clause)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.text(
            f"Only the {len(chosen):,} queries of “{view.info.title}” near #{clause} by likeness "
            "of text: the judges will say which of them truly bear on it."
        )
        st.button("The whole study", key="judge-all", icon=":material/close:",
                  on_click=url.put, args=("near", None))  # fmt: skip
    return chosen


def _inputs(settings: Settings) -> tuple[Path | None, Path | None]:
    """The spec and the taxonomy in use, as files; the embedded ones need none."""
    spec, taxonomy = current_spec(settings), current_taxonomy(settings)
    st.caption(
        f"Spec: {spec.label}, {spec.clauses:,} clauses. Taxonomy: {taxonomy.name}, "
        f"{taxonomy.values:,} values. Both are chosen on the Data page."
    )
    return (
        None if spec.embedded else spec_file(settings, spec),
        None if taxonomy.embedded else taxonomy_file(settings, taxonomy),
    )


def _clauses(settings: Settings) -> tuple[str, str] | None:
    """Two clauses to set against each other."""
    spec = read_spec(settings)
    titles = {c.anchor: f"{c.title} (#{c.anchor})" for c in spec.clauses}
    with st.container(horizontal=True, gap="medium"):
        picked = [
            st.selectbox(
                label, list(titles), index=i, format_func=lambda a: titles[a], key=f"clause-{i}"
            )
            for i, label in enumerate(("One clause", "Against"))
            if len(titles) > i
        ]
    if len(picked) < 2 or picked[0] == picked[1]:
        raise FaultlineError("Choose two different clauses.")
    return str(picked[0]), str(picked[1])


def _changes(plan: Plan) -> None:
    """Against the plan of the run that is to be run again, field by field."""
    before = st.session_state.get(_FROM)
    if before is None:
        return
    rows = [(f, str(a)[:80], str(b)[:80]) for f, a, b in plan_diff(before, plan)]
    st.header("What changes", anchor=False)
    if rows:
        frame = pd.DataFrame(rows, columns=["Field", "Before", "Now"])
        st.dataframe(frame, hide_index=True, alt="Fields of the plan that differ")
    else:
        st.text("Nothing: this plan is the one that was run.")


def _price(priced: dict[str, Any]) -> None:
    """Calls, tokens, dollars and hours, before anything is spent."""
    st.header("What it will take", anchor=False)
    low, high = priced["usd_low"], priced["usd_high"]
    dollars = "nothing" if high == 0 else f"${low:,.2f} to ${high:,.2f}"
    batched = any(part["batch"] for part in priced["stages"].values())
    with st.container(key="numbers", horizontal=True, gap="medium", width="content"):
        st.metric(
            "Calls, at most", f"{priced['calls']:,}", width="content", help=glossary.told("run")
        )
        st.metric("Cost", dollars, width="content", help="A range: answers differ in length.")
        st.metric(
            "Hours, at most" if batched else "Hours", f"{priced['hours']:.1f}", width="content",
            help="A batch counts with the 24 hours that it may take." if batched else None,
        )  # fmt: skip
    rows = [
        {
            "Stage": stage,
            "Model": model,
            "Sent": "in batches" if cost["batch"] else "one by one",
            "Calls": cost["calls"],
            "Tokens in": cost["input_tokens"][1],
            "Tokens out": cost["output_tokens"][1],
            "$ at most": cost["usd_high"],
        }
        for stage, part in priced["stages"].items()
        for model, cost in part["models"].items()
    ]
    with st.expander("By stage and model", icon=":material/table:"):
        st.dataframe(
            pd.DataFrame(rows), hide_index=True, alt="Calls, tokens and dollars by stage and model",
            column_config={"$ at most": st.column_config.NumberColumn(format="dollar")},
        )  # fmt: skip


def _dry_run(plan: Plan) -> None:
    """The first prompts exactly as they will be sent."""
    box = st.expander(
        "First prompts, exactly as they will be sent", icon=":material/visibility:",
        on_change="rerun",
    )  # fmt: skip
    if not box.open:
        return
    with box, problems.shown():
        shown = preview(plan)
        names = {i: f"{p.stage}: {p.model}" for i, p in enumerate(shown)}
        at = st.selectbox("Call", list(names), format_func=lambda i: names[i], key="preview-call")
        chosen = shown[int(at or 0)]
        if chosen.stand_in:
            st.caption("What earlier stages will write is simulated here; the rest is as sent.")
        if chosen.request.cached_prefix:
            st.caption("First, and kept by the provider between calls")
            st.code(chosen.request.cached_prefix, language=None, wrap_lines=True)
        if chosen.request.system:
            st.caption("System")
            st.code(chosen.request.system, language=None, wrap_lines=True)
        for message in chosen.request.messages:
            st.caption(str(message.role).capitalize())
            st.code(message.content, language=None, wrap_lines=True)


def _launch(view: View, plan: Plan, catalog: Catalog) -> None:
    if st.button("Launch", type="primary", icon=":material/rocket_launch:", key="launch"):
        with problems.shown():
            runners.check()
            with st.spinner("Starting the runner…"):
                run = runs.launch(plan, view.settings, catalog)
                runs.detach(view.settings, run)
            st.session_state.pop(_FROM, None)
            url.put("run", run)
            st.rerun()


def again(plan: Plan) -> None:
    """Keep a plan to compare the next one with."""
    st.session_state[_FROM] = plan

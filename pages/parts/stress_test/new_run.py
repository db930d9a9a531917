"""A new run: what to ask of whom, its price before anything is spent, and the launch."""

import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from analysis import glossary
from analysis.errors import FaultlineError
from analysis.measure.near.clauses import nearest
from analysis.measure.robustness import VARIANTS
from analysis.number_text import in_dollars
from analysis.queries import near
from analysis.queries.snapshot import snapshot
from analysis.settings import Settings
from analysis.store import selections
from analysis.store.library.library import current_taxonomy, spec_file, taxonomy_file
from analysis.store.library.specs import current_spec, read_spec
from analysis.store.study import open_study
from analysis.text_safety import contained
from analysis.vocabulary import HIGH_D, NOISE_FAMILIES, PERTURBATIONS
from pages.parts.stress_test import (
    batch,
    cast,
    criteria_chosen,
    duplicates,
    pairs_chosen,
    prompts,
)
from pages.ui import address, problems
from pages.ui.acting import Right, acts
from pages.ui.address import session
from pages.ui.frame import View
from pipeline.plan.diff import plan_diff
from pipeline.plan.inputs import Inputs
from pipeline.plan.make import TEMPLATES, Wish, make_plan
from pipeline.plan.plan import Plan
from pipeline.price import price_plan
from pipeline.providers.catalog import Catalog, load
from pipeline.providers.types import BATCH_HOURS
from pipeline.run import control as runs
from pipeline.run.preview import preview
from pipeline.stages import dedupe, perturb

_NAMES = {
    "smoke": "Smoke",
    "clause-pair": "One clause pair",
    "re-judge": "Judge a study again",
    "full": "Full",
    "draft-criteria": "Draft criteria",
    "criteria": "Run criteria",
}
_TITLES = {
    "re-judge": "Judged again",
    "draft-criteria": "Drafts of criteria",
    "criteria": "Graded by criteria",
}
"""Of a new run, where the name of its kind can't stand before “run”."""
_FROM = "_stress_from"  # the plan of a run that is to be run again with changes


def show(view: View) -> None:
    """The form, the price and the launch; problems of the plan are said where it stands."""
    catalog = load(view.settings.home)
    with st.container(width=260):
        template = address.choice(
            "template",
            "Kind of run",
            _NAMES,
        )
    st.caption(f"{TEMPLATES[template].what[0].upper()}{TEMPLATES[template].what[1:]}.")
    wish = _wish(view, template, catalog)
    if wish is None:
        return
    try:
        plan = make_plan(wish, view.settings, catalog)
        plan = prompts.edited(batch.choose(plan, catalog))
        priced = price_plan(plan, Inputs(plan))
    except FaultlineError as error:
        problems.problem("This plan does not work yet", str(error))
        return
    tried = st.container()
    _changes(plan)
    cast.say_remarks(plan)
    _price(priced)
    _dry_run(plan)
    _launch(view, plan, catalog)
    with tried:  # last, since it takes a moment and nothing waits for it
        duplicates.preview(view, wish.embedder, wish.distance, catalog)


def _wish(view: View, template: str, catalog: Catalog) -> Wish | None:
    of_criteria = template in (criteria_chosen.DRAFT, criteria_chosen.RUN)
    with st.container(horizontal=True, gap="medium"):
        usual = _TITLES.get(template, f"{_NAMES[template]} run")
        title = st.text_input("Title", value=usual, max_chars=120, width=260)
        families = None if of_criteria else _families(template)
        seed = st.number_input("Seed", 0, 2**31, 0, width=110, help="Same plan and seed, same run.")
        budget = st.number_input(
            "Budget, $",
            0.0,
            1e6,
            0.0,
            width=140,
            help="A hard stop: confirmed, at risk and in flight together never pass it. The "
            "simulator costs nothing.",
        )
    if of_criteria:
        return criteria_chosen.wish(view, template, title or "", int(seed), float(budget), catalog)
    rejudge = template == "re-judge"
    variants, replicates, noise = ((), 1, None) if rejudge else _again()
    stages = (*TEMPLATES[template].stages, *((perturb.SPEC.name,) if variants else ()))
    chosen = cast.choose(catalog, stages)
    drawn = pairs_chosen.PairChoice()
    if template in ("smoke", "full"):
        drawn = pairs_chosen.choose(view.settings)
    elif template == "clause-pair":
        drawn = pairs_chosen.PairChoice(search=pairs_chosen.search())
    least, tokens = (None, None) if rejudge else pairs_chosen.judged()
    snap = _snapshot(view) if rejudge else None
    if rejudge and snap is None:
        return None
    spec, taxonomy = _inputs(view.settings)
    two = template == "clause-pair" and drawn.search is None  # a search draws any two
    clauses = _clauses(view.settings) if two else None
    left_out = {dedupe.SPEC.name} if drawn.search else set()
    selecting = [s for s in TEMPLATES[template].stages if s not in left_out]
    embedder, distance = duplicates.choose(selecting, catalog)
    return Wish(
        template=template,
        families=None if rejudge or drawn.pairs else families,
        variants=variants,
        replicates=replicates,
        noise=noise,
        models=chosen.models or None,
        judges=chosen.judges or None,
        writers=chosen.writers or None,
        roles=chosen.roles,
        spec=spec,
        spec_version=current_spec(view.settings).version if spec is not None else None,
        taxonomy=taxonomy,
        snapshot=snap,
        clauses=clauses,
        pairs=drawn.pairs,
        categories=drawn.categories,
        search=drawn.search,
        min_disagreement=least,
        answer_tokens=tokens,
        embedder=embedder,
        distance=distance,
        budget_usd=float(budget),
        seed=int(seed),
        title=title or "",
    )


def _families(template: str) -> int:
    return int(
        st.number_input(
            "Families",
            1,
            20_000,
            TEMPLATES[template].families,
            width=130,
            key=f"n-{template}",
            help="Value pairs; each becomes three queries.",
            disabled=template == "re-judge",
        )
    )


def _again() -> tuple[tuple[str, ...], int, int]:
    """Which variants of every query are asked too, how often each query is asked, and how many
    families are repeated for the noise sample."""
    with st.container(horizontal=True, gap="medium"):
        kinds = st.multiselect(
            "Asked again",
            list(PERTURBATIONS),
            key="stress-variants",
            width=400,
            placeholder="No variants",
            format_func=lambda k: VARIANTS[k],
            help="Repeats each query in every form chosen; Robustness shows what that changes.",
        )
        replicates = st.number_input(
            "Answers each",
            1,
            20,
            1,
            width=140,
            key="stress-replicates",
            help="How often each model is asked each query. Measures take the first answer.",
        )
        noise = st.number_input(
            "Repeats to measure noise",
            0,
            20_000,
            NOISE_FAMILIES,
            width=170,
            key="stress-noise",
            help=f"{glossary.help_text('noise_sample')} How many families; 0 leaves it out.",
        )
    return tuple(kinds), int(replicates), int(noise)


def _snapshot(view: View) -> Path | None:
    """The tables of the study in use; None (with a way to get them) until they were written out.
    Once per content, and by a press: opening a link writes nothing."""
    if view.opened is None:
        problems.empty("No study to judge again", "Load one on the Data page, or run a new test.")
        return None
    folder = view.settings.home / "snapshots" / f"{view.info.id}-{view.info.content_hash[:12]}"
    chosen = _near(view)
    if chosen is None:
        st.text(f"The answers of “{view.info.title}” are judged again: choose the study above.")
    else:
        folder = folder.with_name(f"{folder.name}-{selections.key_of(chosen)}")
    if (folder / "study.parquet").exists():
        return folder
    st.text(
        "A run reads its own copy of these answers, so that it goes on whatever becomes of the "
        "study. The price is known once the copy is there."
    )
    if st.button("Copy the answers", type="primary", icon=":material/file_copy:", key="snapshot"):
        _write_out(view, folder, chosen)
    return None


@acts(Right.OPERATE)
def _write_out(view: View, folder: Path, chosen: list[str] | None) -> None:
    aside = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}")
    with st.spinner("Writing the study's tables out…"):
        opened = open_study(view.settings, view.info.id)
        try:
            snapshot(opened, aside, view.settings, chosen)
            if not folder.exists():  # somebody else may have been quicker
                aside.rename(folder)
        except OSError as error:
            raise FaultlineError(
                f"The copy could not be put in place: {error.strerror or error}. Make room, and "
                "try again."
            ) from error
        finally:
            opened.close()
            shutil.rmtree(aside, ignore_errors=True)
    st.rerun()


def _near(view: View) -> list[str] | None:
    """The queries near the clause that the address names; None for the whole study."""
    clause = address.get("near")
    if not clause:
        return None
    high = address.get("high_d") == "true"
    chosen = near.scenarios(view.study, view.spec, clause, high=high)
    if not chosen:
        raise FaultlineError(
            f"No query of “{view.info.title}” {'of high D ' * high}is near #{clause}: choose "
            "another clause on the Clauses page, or judge the whole study."
        )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.text(
            f"Only the {len(chosen):,} queries of “{view.info.title}” near #{clause} by text "
            f"similarity{f' with D ≥ {HIGH_D}' * high}: the judges decide which of them it really "
            "applies to."
        )
        st.button(
            "The whole study",
            key="judge-all",
            icon=":material/close:",
            on_click=address.put,
            args=("near", None),
        )
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
    """Two clauses to set against each other: the one that tests were asked for, if any, first, and
    beside it the one most like it."""
    spec = read_spec(settings)
    titles = {c.anchor: f"{c.title} (#{c.anchor})" for c in spec.clauses}
    first = _tested(titles, f"{spec.name} {spec.version}")
    beside = nearest(spec.clauses, first)["clause"].tolist() if first else []
    order = list(dict.fromkeys([*([first] if first else []), *beside, *titles]))
    with st.container(horizontal=True, gap="medium"):
        picked = [
            st.selectbox(
                label,
                list(titles),
                index=list(titles).index(order[i]),
                format_func=lambda a: titles[a],
                key=f"clause-{i}-{first}",
            )
            for i, label in enumerate(("One clause", "Against"))
            if len(titles) > i
        ]
    if len(picked) < 2 or picked[0] == picked[1]:
        raise FaultlineError("Choose two different clauses.")
    return str(picked[0]), str(picked[1])


def _tested(titles: Mapping[str, str], spec: str) -> str:
    """The clause that the address asks to write tests for; "" for none. Said where the spec in
    use does not have it."""
    asked = address.get("tested")
    if asked and asked not in titles:
        problems.note(
            "Not a clause of the spec in use",
            f"Tests were asked for the clause #{contained(asked[:80])}, which {spec} does not "
            "have. A run is planned with the spec in use: choose the other one on the Data page, "
            "under Specs, and come back.",
        )
        return ""
    return asked


def _changes(plan: Plan) -> None:
    """Against the plan of the run that is to be run again, field by field."""
    before = session.get(_FROM)
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
    amount = "nothing" if high == 0 else f"{in_dollars(low)} to at most {in_dollars(high)}"
    batched = any(part["batch"] for part in priced["stages"].values())
    with st.container(key="numbers", horizontal=True, gap="medium", width="content"):
        st.metric(
            "Calls, at most",
            f"{priced['calls']:,}",
            width="content",
            help=glossary.help_text("run"),
        )
        st.metric(
            "Cost",
            amount,
            width="content",
            help="The first is what short answers and a warm cache cost. No bill passes the "
            "second: every reply as long as the plan allows, and nothing from a cache.",
        )
        st.metric(
            "Hours, at most" if batched else "Hours",
            f"{priced['hours']:.1f}",
            width="content",
            help=f"Batches are counted at the {BATCH_HOURS} hours that they may take."
            if batched
            else None,
        )
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
            pd.DataFrame(rows),
            hide_index=True,
            alt="Calls, tokens and dollars by stage and model",
            column_config={"$ at most": st.column_config.NumberColumn(format="dollar")},
        )


def _dry_run(plan: Plan) -> None:
    """The first prompts exactly as they will be sent."""
    box = st.expander(
        "First prompts, exactly as they will be sent",
        icon=":material/visibility:",
        on_change="rerun",
    )
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
        _start(view, plan, catalog)


@acts(Right.OPERATE)
def _start(view: View, plan: Plan, catalog: Catalog) -> None:
    with st.spinner("Starting the runner…"):
        run = runs.launch(plan, view.settings, catalog)
        runs.detach(view.settings, run)
    session.pop(_FROM, None)
    address.put("run", run)
    st.rerun()


def again(plan: Plan) -> None:
    """Keep a plan to compare the next one with."""
    session[_FROM] = plan

"""A run of criteria: which clauses to draft for, or which criteria's queries models answer."""

from collections.abc import Mapping

import streamlit as st

from analysis import glossary
from analysis.errors import FaultlineError
from analysis.load.criteria import of_spec
from analysis.parse.specs.clause import rules
from analysis.store.annotations import criteria as store
from analysis.store.library.library import current_taxonomy, read_spec, spec_file, taxonomy_file
from analysis.vocabulary import PROBES
from pages.parts.stress_test import answer_tokens, cast
from pages.ui import address, criteria_specs
from pages.ui.frame import View
from pipeline.plan.make import TEMPLATES, Wish
from pipeline.providers.catalog import Catalog

DRAFT, RUN = "draft-criteria", "criteria"
_EACH = 4


def wish(view: View, template: str, title: str, seed: int, budget: float, catalog: Catalog) -> Wish:
    """What was chosen. Raises FaultlineError where nothing is left to draft or to run."""
    with st.container(width=320):
        found = criteria_specs.info(view)
    spec = read_spec(view.settings, found.name, found.version)
    kept = {v.clause for v in store.current(view.settings, spec.key)}
    titles = {c.anchor: c.title for c in rules(spec.clauses)} | {
        c.anchor: c.title for c in spec.clauses if c.anchor in kept
    }
    chosen = _clauses(template, titles, kept)
    players = cast.choose(catalog, TEMPLATES[template].stages)
    each, replicates, tokens = _numbers(template)
    taxonomy = current_taxonomy(view.settings)
    return Wish(
        template=template,
        models=players.models or None,
        roles=players.roles,
        spec=None if found.embedded else spec_file(view.settings, found),
        spec_version=None if found.embedded else found.version,
        taxonomy=None if taxonomy.embedded else taxonomy_file(view.settings, taxonomy),
        drafted=chosen if template == DRAFT else (),
        each=each,
        criteria=None if template == DRAFT else of_spec(spec, view.settings, chosen),
        replicates=replicates,
        answer_tokens=tokens,
        budget_usd=budget,
        seed=seed,
        title=title,
    )


def _clauses(template: str, titles: Mapping[str, str], kept: set[str]) -> tuple[str, ...]:
    """Those to draft for (the ones without a criterion, where nobody chose), or to run."""
    there = [a for a in titles if a in kept]
    asked = address.get("tested")
    if template == RUN:
        options, usual = there, there
    else:
        options = list(titles)
        usual = [a for a in titles if a not in kept] or options
    if not options:
        raise FaultlineError(
            "This spec has no criteria yet: draft some (the kind of run above), or write them on "
            "the page Criteria."
        )
    picked = st.multiselect(
        "Criteria of" if template == RUN else "Draft criteria for",
        options,
        default=[asked] if asked in options else usual,
        format_func=lambda a: titles[a],
        key=f"stress-{template}-{asked}",
        help=glossary.help_text("criterion"),
    )
    if not picked:
        raise FaultlineError("No clause is chosen: choose at least one.")
    return tuple(str(a) for a in picked)


def _numbers(template: str) -> tuple[int | None, int, int | None]:
    """(queries of each kind, answers of a model to each query, tokens of an answer)."""
    with st.container(horizontal=True, gap="medium"):
        if template == DRAFT:
            each = st.number_input(
                "Queries of each kind",
                1,
                20,
                _EACH,
                width=190,
                key="stress-each",
                help=f"Of each of {len(PROBES)} kinds: {', '.join(PROBES)}.",
            )
            return int(each), 1, None
        replicates = st.number_input(
            "Answers each",
            1,
            20,
            1,
            width=140,
            key="stress-criteria-replicates",
            help="How often each model is asked each query.",
        )
        tokens = answer_tokens.ask("stress-criteria-tokens")
    return None, int(replicates), tokens

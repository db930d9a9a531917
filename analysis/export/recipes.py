"""The door to all recipes: find one, ask for it, compute it, see the queries behind it.

    asked = recipes.ask(study, "values.by_category", measure="lean", filter={"nudges": ["neutral"]})
    frame = recipes.compute(study, asked)

`names()` lists them. A page reads through `compute`, a file names the recipe, `verify` computes it
again: one function behind all three.
"""

from typing import Any

import pandas as pd

from analysis.export import (
    recipes_archetypes,
    recipes_clauses,
    recipes_compliance,
    recipes_disagreement,
    recipes_judges,
    recipes_map,
    recipes_models,
    recipes_near,
    recipes_outliers,
    recipes_paper,
    recipes_refusals,
    recipes_robustness,
    recipes_scenarios,
    recipes_studies,
    recipes_values,
    recipes_versions,
)
from analysis.export.recipe import RECIPES, Asked, Recipe, UnknownFigureError, settle
from analysis.export.recording import Query, recorded
from analysis.store.study import OpenStudy

# Importing a noun's module enters its recipes.
NOUNS = (
    recipes_archetypes,
    recipes_clauses,
    recipes_compliance,
    recipes_disagreement,
    recipes_judges,
    recipes_map,
    recipes_models,
    recipes_near,
    recipes_outliers,
    recipes_paper,
    recipes_refusals,
    recipes_robustness,
    recipes_scenarios,
    recipes_studies,
    recipes_values,
    recipes_versions,
)


def names() -> list[str]:
    """Every figure that can be asked for, by noun."""
    return sorted(RECIPES)


def find(name: str) -> Recipe:
    """One recipe. Raises UnknownFigureError that lists what there is."""
    if name not in RECIPES:
        raise UnknownFigureError(f"There is no figure “{name}”. Figures: {', '.join(names())}.")
    return RECIPES[name]


def ask(study: OpenStudy, name: str, /, **parameters: Any) -> Asked:
    """A figure with all its parameters settled: the defaults, the taxonomy and labels in use."""
    return settle(find(name), study, parameters)


def compute(study: OpenStudy, asked: Asked) -> pd.DataFrame:
    """The numbers behind a figure."""
    return find(asked.name).compute(study, **asked.parameters)


def worked(study: OpenStudy, asked: Asked) -> tuple[pd.DataFrame, list[Query]]:
    """The numbers behind a figure, and the queries that gave them."""
    with recorded(study) as (listening, queries):
        return compute(listening, asked), queries

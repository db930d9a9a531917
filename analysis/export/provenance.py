"""Gather the facts of a figure: from the study, its recipe, the numbers and the queries."""

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from analysis.export import facts as record
from analysis.export import inputs, recipes
from analysis.export.facts import Facts
from analysis.export.recipe import Asked
from analysis.store.study import OpenStudy


def facts_of(
    study: OpenStudy,
    asked: Asked,
    frame: pd.DataFrame,
    queries: Sequence[str] = (),
    *,
    title: str = "",
    note: str = "",
    permalink: str = "",
) -> Facts:
    """The facts of a figure; title and note are its recipe's where they are not given."""
    found, parameters = recipes.find(asked.name), asked.parameters
    return with_data(
        Facts(
            title=title or found.title(parameters),
            note=note or found.note(study, frame, parameters),
            study=study.info.title,
            study_id=study.info.id,
            content_hash=study.info.content_hash,
            simulated=study.info.simulated,
            permalink=permalink,
            recipe=asked.name,
            parameters=parameters,
            definition=found.definition,
            filters=inputs.in_words(parameters),
            method=found.source,
            queries=tuple(queries),
        ),
        frame,
    )


def with_data(facts: Facts, frame: pd.DataFrame) -> Facts:
    """The same facts with the digest of the numbers, and the numbers where they are few."""
    text = record.text_of(frame)
    return replace(facts, rows=len(frame), digest=record.digest(text), data=record.packed(text))

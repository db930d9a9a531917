"""Gather the facts of a figure: from the study, its declaration, the numbers and the queries."""

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from analysis.figures import catalog, inputs, making_words
from analysis.figures.catalog import Content
from analysis.files import columns
from analysis.files import facts as record
from analysis.files.facts import Facts
from analysis.store.study import OpenStudy


def facts_of(
    study: OpenStudy, content: Content, queries: Sequence[str] = (), *, permalink: str = ""
) -> Facts:
    """The facts of a figure."""
    request = content.request
    found, parameters = catalog.find(request.name), request.parameters
    known = catalog.columns_of(request.name, content.frame)
    return with_data(
        Facts(
            title=content.title,
            note=content.note,
            study=study.info.title,
            study_id=study.info.id,
            content_hash=study.info.content_hash,
            simulated=study.info.simulated,
            permalink=permalink,
            recipe=request.name,
            parameters=parameters,
            definition=found.definition,
            filters=inputs.in_words(parameters),
            method=found.source,
            queries=tuple(queries),
            made=making_words.in_short(study.info),
            columns={c.name: c.described() for c in columns.in_files(known)},
        ),
        content.frame,
    )


def with_data(facts: Facts, frame: pd.DataFrame) -> Facts:
    """The same facts with the digest of the numbers, and the numbers where they are few."""
    text = record.text_of(frame)
    return replace(facts, rows=len(frame), digest=record.digest(text), data=record.packed(text))

"""Command `figure`: one figure or table of a study as a file, or the list of what there is."""

import json
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import typer

from analysis.cli.console import Format, StudyArgument, print_json, print_table
from analysis.errors import FaultlineError
from analysis.settings import current
from analysis.store.draws import for_rates, lists_cases
from analysis.store.study import find_study, list_studies, open_study, study_id


def figures_command(
    format: Annotated[Format, typer.Option("--format")] = Format.TABLE,
) -> None:
    """List the figures and tables that can be written, with their parameters."""
    from analysis.figures import catalog

    found = [
        {"figure": r.name, "parameters": dict(r.defaults), "definition": r.definition}
        for r in map(catalog.find, catalog.names())
    ]
    if format is Format.JSON:
        print_json(json.loads(json.dumps(found, default=list)))
        return
    lines = [(r["figure"], ", ".join(r["parameters"])) for r in found]
    print_table(pd.DataFrame(lines, columns=["figure", "parameters"]))


def figure_command(
    study: StudyArgument,
    figure: Annotated[str, typer.Argument(help="Its name, as `figures` lists it.")],
    out: Annotated[
        Path, typer.Option("--out", help="File: .png .svg .html .csv .zip .parquet .md")
    ],
    set: Annotated[
        list[str] | None,
        typer.Option("--set", help="parameter=value (JSON or a word); can be repeated."),
    ] = None,
    size: Annotated[str, typer.Option(help="Of a picture: slide, paper or column.")] = "slide",
    content: Annotated[
        str, typer.Option(help="Only of this content: the beginning of the study's content hash.")
    ] = "",
) -> None:
    """Write one figure or table with its facts inside.

    Raises FaultlineError where neither the study of that name nor another here has the content.
    """
    from analysis.figures.draw import draw
    from analysis.files.formats import written

    parameters = dict(_parameter(word) for word in set or [])
    opened = open_study(current(), _named(study, content))
    if not lists_cases(figure):
        opened = for_rates(opened)
    try:
        drawn, frame, facts = draw(figure, parameters, opened)
    finally:
        opened.close()
    for path in written(drawn, frame, facts, out, size):
        print(path)


def _named(study: str, content: str) -> str:
    """The study of that name, where it has the content; else the one here that has it."""
    if not content:
        return study
    same = [i.id for i in list_studies(current()) if i.content_hash.startswith(content)]
    if same:
        return study if study_id(study) in same else same[0]
    now = find_study(current(), study).content_hash
    raise FaultlineError(
        f"No study here has the content {content[:12]}; “{study}” has {now[:12]} now. Load the "
        "sources that it was made of, or leave out --content to have the figure of what is here."
    )


def _parameter(word: str) -> tuple[str, Any]:
    name, equals, value = word.partition("=")
    if not equals or not name:
        raise FaultlineError(f"--set {word} names no value: write parameter=value.")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value

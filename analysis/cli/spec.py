"""Commands of `python -m analysis spec`: a study's spec, and what the study tests of it."""

import sys
from typing import Annotated

import pandas as pd
import typer

from analysis.cli import spec_answers, spec_drafts, spec_files, spec_tests
from analysis.cli.console import Format, StudyArgument, link_first, print_json, print_table
from analysis.errors import FaultlineError
from analysis.figures.spec_coverage import in_a_sentence, summary
from analysis.report.spec_coverage import entries
from analysis.settings import current
from analysis.store import study_specs
from analysis.store.study import open_study

app = typer.Typer(help="Read a spec, and read it against a study.", no_args_is_help=True)
spec_answers.register(app)
spec_files.register(app)
spec_drafts.register(app)
spec_tests.register(app)


@app.command("coverage")
def coverage_command(
    study: StudyArgument,
    format: Annotated[Format, typer.Option("--format")] = Format.TABLE,
) -> None:
    """Every clause of the study's spec with what tests it: queries, families, judgements, people's
    labels, and the queries near it. `state` is ok, few cases or untested."""
    opened = open_study(current(), study)
    try:
        link_first(opened)
        found = entries(opened)
        if words := study_specs.words(study_specs.under(opened)):
            print(words, file=sys.stderr)
    finally:
        opened.close()
    if not found:
        raise FaultlineError(
            f"The text of the spec of “{study}” is not here, so its clauses are not known: load it "
            "with “python -m analysis load spec”."
        )
    if format is Format.JSON:
        print_json(found)
        return
    frame = pd.DataFrame(found)
    print(in_a_sentence(summary(frame)), file=sys.stderr)
    near_d = ["–" if "undefined" in d else f"{d['value']:.2f}" for d in frame["near_d"]]
    columns = ["clause", "state", "queries", "families", "judgements", "labels", "near"]
    print_table(frame[[*columns, "near_high"]].assign(near_d=near_d))

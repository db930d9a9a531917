"""`python -m analysis spec of|say|undo`: which spec a study's judgements were made under."""

import sys
from contextlib import closing
from typing import Annotated, Any

import pandas as pd
import typer

from analysis.cli.console import Format, StudyArgument, print_json, print_table
from analysis.settings import current
from analysis.store import study_specs
from analysis.store.annotations import spec_answers
from analysis.store.study import OpenStudy, open_study

Author = Annotated[str, typer.Option("--author", help="Who says so; it is kept with the study.")]


def register(app: typer.Typer) -> None:
    """Add these commands to the group `spec`."""
    app.command("of")(of_command)
    app.command("say")(say_command)
    app.command("undo")(undo_command)


def of_command(
    study: StudyArgument,
    format: Annotated[Format, typer.Option("--format")] = Format.TABLE,
) -> None:
    """Every spec that judgements of a study were made under, the most judgements first."""
    with closing(open_study(current(), study)) as opened:
        rows = [_row(opened, one) for one in study_specs.sets(opened)]
    if format is Format.JSON:
        print_json(rows)
    else:
        print_table(pd.DataFrame(rows))


def _row(study: OpenStudy, one: study_specs.JudgedSet) -> dict[str, Any]:
    """`known_from`: the source, a person's word, or nobody (the spec in use is assumed)."""
    answer = None
    if None in one.scope and not one.assumed:
        answer = spec_answers.find(study.settings, study_specs.unnamed_digest(study))
    return {
        "spec": one.key.removeprefix(study_specs.UNNAMED),
        "judgements": one.judgements,
        "known_from": "nobody" if one.assumed else "a person" if answer else "the source",
        "said_by": answer.author if answer else None,
        "said_at": answer.at if answer else None,
    }


def say_command(
    study: StudyArgument,
    spec: Annotated[str, typer.Argument(help="The spec, as name@version.")],
    author: Author,
) -> None:
    """Say which spec judgements were made under whose source names none."""
    with closing(open_study(current(), study)) as opened:
        one = study_specs.answer_spec(opened, spec, author)
    print(f"study {study}: {one.judgements:,} judgements read under {one.key}", file=sys.stderr)


def undo_command(study: StudyArgument, author: Author) -> None:
    """Take back what was said last of these judgements; what stood before holds again."""
    with closing(open_study(current(), study)) as opened:
        last = study_specs.undo_answer(opened, author)
    said = f"no longer said to be under {last.spec}" if last else "nothing was said of its spec"
    print(f"study {study}: {said}", file=sys.stderr)

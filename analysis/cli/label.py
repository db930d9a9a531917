"""Command `label`."""

from typing import Annotated

import typer

from analysis.cli.console import ProgressLine, StudyArgument
from analysis.load.labels import DEFAULT, LABELLERS, label_study
from analysis.settings import current
from analysis.store.study import open_study


def label_command(
    study: StudyArgument,
    labeller: Annotated[
        str, typer.Option("--labeller", help=f"One of: {', '.join(LABELLERS)}.")
    ] = DEFAULT,
) -> None:
    """Label topics and response types by a built-in labeller (large studies; minutes)."""
    opened = open_study(current(), study)
    label_study(opened, ProgressLine(), labeller=labeller)
    opened.close()
    print(f"study {study}: labelled by {LABELLERS[labeller].types_source}")

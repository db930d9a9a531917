"""`python -m analysis names …`: how models' names were read, and what people say of them."""

import sys
from typing import Annotated

import typer

from analysis.cli.console import Format, StudyArgument, print_json, print_table
from analysis.errors import FaultlineError
from analysis.figures.studies import name_rows
from analysis.registry import corrections, registry
from analysis.registry.corrections import Correction
from analysis.settings import current
from analysis.store.study import find_study

app = typer.Typer(
    help="Names of models: how they were read, and to say otherwise.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
Spelling = Annotated[str, typer.Argument(help="The name as the source writes it.")]


@app.command("list")
def list_command(
    study: StudyArgument,
    format: Annotated[Format, typer.Option("--format")] = Format.TABLE,
) -> None:
    """Every name of a study's models as its sources write it, and how it was read."""
    rows = name_rows(find_study(current(), study))
    if format is Format.JSON:
        print_json(rows.to_dict("records"))
    else:
        print_table(rows)


@app.command("say")
def say_command(
    spelling: Spelling,
    model: Annotated[
        str, typer.Option(help="Id of the listed model that it is; without it, one of its own.")
    ] = "",
    provider: Annotated[str, typer.Option(help="Whose it is: a provider's id.")] = "",
    label: Annotated[str, typer.Option(help="What it is shown as.")] = "",
) -> None:
    """Say which model a name means, or whose it is; holds for what is loaded from now on."""
    book = registry()
    known = {p.id for p in book.providers}
    if provider and provider not in known:
        raise FaultlineError(
            f"There is no provider “{provider}”: it is one of {', '.join(sorted(known))}."
        )
    found = book.resolve(model) if model else ""
    if found and found not in {m.id for m in book.models}:
        raise FaultlineError(
            f"There is no listed model “{model}”: name one by its id, or leave --model out."
        )
    corrections.store(current().home, Correction(spelling, found, provider, label))
    print(f"name {spelling}: kept; load a study's sources again to see it there", file=sys.stderr)


@app.command("undo")
def undo_command(spelling: Spelling) -> None:
    """Forget what was said of a name."""
    corrections.undo(current().home, spelling)
    print(f"name {spelling}: read as before", file=sys.stderr)

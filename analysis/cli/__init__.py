"""Commands of `python -m analysis`, one module a group."""

import typer

from analysis.cli import (
    brief,
    clauses,
    compare,
    criteria,
    figure,
    labels,
    load,
    names,
    outliers,
    spec,
    studies,
    verify,
)

app = typer.Typer(
    help="Load sources into studies and read them.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    add_completion=False,
)
app.add_typer(load.app, name="load")
app.add_typer(labels.app, name="labels")
app.add_typer(names.app, name="names")
app.add_typer(spec.app, name="spec")
app.add_typer(criteria.app, name="criteria")
studies.register(app)
app.command("outliers")(outliers.outliers_command)
app.command("clauses")(clauses.clauses_command)
app.command("compare")(compare.compare_command)
app.command("figure")(figure.figure_command)
app.command("figures")(figure.figures_command)
app.command("verify")(verify.verify_command)
app.command("brief")(brief.brief_command)
app.command("export")(brief.export_command)

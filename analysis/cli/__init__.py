"""Commands of `python -m analysis`, one module a group."""

import typer

from analysis.cli import load, outliers, studies

app = typer.Typer(
    help="Load sources into studies and read them.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    add_completion=False,
)
app.add_typer(load.app, name="load")
studies.register(app)
app.command("outliers")(outliers.outliers_command)

"""Commands of `python -m analysis`, one module a group. Only what is asked for is imported."""

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

# Command -> its module here, and the function or the group of commands in it.
COMMANDS = {
    "studies": ("studies", "studies_command"),
    "scenarios": ("scenarios", "scenarios_command"),
    "snapshot": ("snapshot", "snapshot_command"),
    "report": ("report", "report_command"),
    "label": ("label", "label_command"),
    "outliers": ("outliers", "outliers_command"),
    "clauses": ("clauses", "clauses_command"),
    "compare": ("compare", "compare_command"),
    "figure": ("figure", "figure_command"),
    "figures": ("figure", "figures_command"),
    "verify": ("verify", "verify_command"),
    "brief": ("brief", "brief_command"),
    "export": ("brief", "export_command"),
    "load": ("load", "app"),
    "labels": ("labels", "app"),
    "names": ("names", "app"),
    "spec": ("spec", "app"),
    "criteria": ("criteria", "app"),
    "trial": ("trial", "app"),
}


class _Commands(Mapping[str, Any]):
    """Commands by name, each made when it is asked for."""

    def __getitem__(self, name: str) -> Any:
        module, what = COMMANDS[name]
        found = getattr(import_module(f"analysis.cli.{module}"), what)
        if isinstance(found, typer.Typer):
            group = get_command(found)
            group.name = name
            return group
        single = typer.Typer(
            pretty_exceptions_enable=False, rich_markup_mode=None, add_completion=False
        )
        single.command(name)(found)
        return get_command(single)

    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS)

    def __len__(self) -> int:
        return len(COMMANDS)


class _Group(TyperGroup):
    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.commands = _Commands()  # type: ignore[assignment]


app = typer.Typer(
    cls=_Group,
    help="Load sources into studies and read them.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    add_completion=False,
)


@app.callback()
def _program() -> None:
    """Load sources into studies and read them."""

"""`python -m analysis trial`: try a clause's new wording on cases that judges read, and say what
came of it."""

import sys
from contextlib import closing
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import typer

from analysis.cli.console import Budget, Format, StudyArgument, print_json, print_table
from analysis.figures import trial_words
from analysis.load import trials
from analysis.load.trials import USUAL_SAMPLE, Planned, TrialWish
from analysis.measure.compare.trial import outcome
from analysis.parse.trials import Group
from analysis.report import trials as report
from analysis.settings import current
from analysis.store.study import open_study
from analysis.store.trials import rows_of

app = typer.Typer(help="Prove a repair of a clause.", no_args_is_help=True)


@app.command("plan")
def plan_command(
    study: StudyArgument,
    clause: Annotated[str, typer.Option(help="Anchor of the clause that was reworded.")],
    spec: Annotated[Path, typer.Option("--spec", help="The whole spec with the new wording.")],
    out: Annotated[Path, typer.Option(help="Where to write the plan.")],
    old: Annotated[
        Path | None, typer.Option(help="The old text, where the study's own is not kept.")
    ] = None,
    control: Annotated[int, typer.Option(min=0, help="Cases that don't cite it.")] = USUAL_SAMPLE,
    held_out: Annotated[
        int, typer.Option(min=0, help="Cases that the edit was not made for.")
    ] = USUAL_SAMPLE,
    judges: Annotated[str, typer.Option(help="Judges, by comma; default: the study's.")] = "",
    models: Annotated[
        str,
        typer.Option(
            help="Models that answer held-out queries, by comma; without, and where the study is "
            "not simulated, held-out cases are those of the study near the clause."
        ),
    ] = "",
    writer: Annotated[str, typer.Option(help="The model that writes held-out queries.")] = "",
    budget: Budget = None,
    seed: Annotated[int, typer.Option(help="Same study and seed, same cases.")] = 0,
) -> None:
    """Plan a trial of a clause's new wording: what it can show and what it costs, first. Run it
    with `python -m pipeline run`."""
    wish = TrialWish(
        clause, spec, old, control, held_out, judges, models, writer, budget=budget, seed=seed
    )
    with closing(open_study(current(), study)) as opened:
        made = trials.plan_trial(opened, wish, out, current())
    _say(made, out)


def _say(made: Planned, out: Path) -> None:
    for count, words in trial_words.cases_in_words(made):
        print(f"{count:>7,} cases  {words}")
    print(f"neighbours: {', '.join(made.trial.neighbours) or 'none'}")
    print(f"power: {trial_words.power_in_words(made.power)}")
    print(f"price: {trial_words.price_in_words(made)}")
    print(f"plan written to {out}", file=sys.stderr)


@app.command("verdict")
def verdict_command(
    study: StudyArgument,
    run: Annotated[str, typer.Argument(help="The trial's run.")],
    format: Annotated[Format, typer.Option("--format")] = Format.TABLE,
) -> None:
    """What a trial showed: old against new in each group, the neighbouring clauses, and a
    sentence that the intervals allow. What was read stays in the home, for figures."""
    read = trials.take(study, run, current())
    rows, tried = rows_of(current(), read.key), trials.attempts(read.trial, current())
    found = outcome(rows, read.trial.neighbours, tried)
    told = report.to_json(read.trial, run, found)
    if format is Format.JSON:
        print_json(told)
        return
    print_table(pd.DataFrame(_rows(told)))
    print(told["sentence"])


def _rows(told: dict[str, Any]) -> list[dict[str, Any]]:
    groups = [(g.value, told[g.value]) for g in Group if g.value in told]
    near = [
        (n["clause"], {k: v for k, v in n.items() if k not in ("clause", "most_harm")})
        for n in told["neighbours"]
    ]
    noise = {k: v for k, v in told["noise"].items() if isinstance(v, dict)}
    return [
        {"of": name, "metric": metric, **{k: _short(c.get(k)) for k in _COLUMNS}}
        for name, metrics in (*groups, *near, ("old again", noise))
        for metric, c in metrics.items()
    ]


_COLUMNS = ("old", "new", "difference", "low", "high", "q", "n")


def _short(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:,}" if isinstance(value, int) else f"{value:.3f}"

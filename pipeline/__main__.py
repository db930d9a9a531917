"""The command line of the pipeline: a thin skin over the functions that the page calls too.

JSON goes to stdout alone, progress and errors to stderr. A user's mistake ends with exit code 2
and one plain sentence; a run that could not be finished with 1.
"""

import json
import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from analysis.errors import FaultlineError
from analysis.number_text import counted, in_dollars
from analysis.settings import current
from analysis.subprocesses.priority import step_back
from analysis.text_safety import spelled
from analysis.whole_files import write_text
from pipeline import plan_options as options

if TYPE_CHECKING:
    from pipeline.plan.plan import Plan
    from pipeline.run.other_models import OtherModel
    from pipeline.stages.pairs import SearchPart

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Plan, price, run and watch a stress test.",
)
Run = Annotated[str, typer.Argument(help="The run's id, as `run` printed it.")]
Format = Annotated[str, typer.Option("--format", help="text or json")]


def say(text: str) -> None:
    print(text, file=sys.stderr)


def _names(text: str | None) -> tuple[str, ...] | None:
    if text is None:
        return None
    names = tuple(part.strip() for part in text.split(",") if part.strip())
    if not names:
        raise FaultlineError("An empty list was given where names were expected.")
    return names


def _two(text: str | None) -> tuple[str, str] | None:
    names = _names(text)
    if names is None:
        return None
    if len(names) != 2:
        raise FaultlineError("--clauses takes two anchors, separated by a comma.")
    return names[0], names[1]


def _searching(search: bool, rounds: int | None, share: float | None) -> "SearchPart | None":
    """The search that the options ask for."""
    from pipeline.select.search import LEAST_SHARE, MOST_SHARE, ROUNDS, UNIFORM_SHARE
    from pipeline.stages.pairs import SearchPart

    if not search:
        if rounds is not None or share is not None:
            raise FaultlineError("--rounds and --uniform-share are of a search: add --search.")
        return None
    share = UNIFORM_SHARE if share is None else share
    if not LEAST_SHARE <= share <= MOST_SHARE:
        raise FaultlineError(
            f"The uniform share is {LEAST_SHARE} to {MOST_SHARE} of the families, not {share:g}."
        )
    return SearchPart(rounds=ROUNDS if rounds is None else rounds, uniform_share=share)


def _checked(form: str) -> str:
    if form not in ("text", "json"):
        raise FaultlineError(f"There is no format {form!r}: it is text or json.")
    return form


@app.command()
def plan(
    out: options.Out,
    template: options.Template = None,
    families: options.Families = None,
    models: options.Models = None,
    judges: options.Judges = None,
    writers: options.Writers = None,
    rubric_writer: options.RubricWriter = None,
    scorer: options.Scorer = None,
    labeller: options.Labeller = None,
    rewriter: options.Rewriter = None,
    spec: options.Spec = None,
    taxonomy: options.Taxonomy = None,
    clauses: options.Clauses = None,
    criteria: options.Criteria = None,
    draft: options.Draft = None,
    each: options.Each = None,
    drafter: options.Drafter = None,
    grader: options.Grader = None,
    repair: options.Repair = "",
    arguments: options.Arguments = None,
    repairer: options.Repairer = None,
    pairs: options.Pairs = None,
    categories: options.Categories = None,
    search: options.Search = False,
    rounds: options.Rounds = None,
    uniform_share: options.UniformShare = None,
    min_disagreement: options.MinDisagreement = None,
    answer_tokens: options.AnswerTokens = None,
    trial: options.Trial = None,
    snapshot: options.Snapshot = None,
    stages: options.Stages = None,
    variants: options.Variants = None,
    replicates: options.Replicates = 1,
    noise: options.Noise = None,
    second_scorer: options.SecondScorer = None,
    embedder: options.Embedder = None,
    distance: options.Distance = None,
    batch: options.Batch = None,
    budget: options.Budget = None,
    seed: options.Seed = 0,
    title: options.Title = "",
) -> None:
    """Write a plan, whole and editable."""
    from analysis.parse.criteria import read_file
    from analysis.parse.trials import read_file as read_trial
    from pipeline.plan.make import Wish, make_plan
    from pipeline.plan.own_pairs import read_pairs
    from pipeline.providers.catalog import load

    settings = current()
    asked = {
        "rubric_writer": rubric_writer,
        "scorer": scorer,
        "labeller": labeller,
        "perturber": rewriter,
        "second_scorer": second_scorer,
        "drafter": drafter,
        "grader": grader,
        "repairer": repairer,
    }
    roles = {role: name for role, name in asked.items() if name is not None}
    wish = Wish(
        template=template,
        families=families,
        models=_names(models),
        judges=_names(judges),
        writers=_names(writers),
        roles=roles,
        spec=spec,
        taxonomy=taxonomy,
        snapshot=snapshot,
        stages=_names(stages),
        clauses=_two(clauses),
        criteria=None if criteria is None else read_file(criteria),
        drafted=_names(draft) or (),
        each=each,
        repair=repair,
        arguments=() if arguments is None else (_text_of(arguments),),
        trial=None if trial is None else read_trial(trial),
        pairs=() if pairs is None else read_pairs(pairs),
        categories=_names(categories) or (),
        search=_searching(search, rounds, uniform_share),
        min_disagreement=min_disagreement,
        answer_tokens=answer_tokens,
        variants=_names(variants) or (),
        replicates=replicates,
        noise=noise,
        embedder=embedder,
        distance=distance,
        batch=_names(batch) or (),
        budget_usd=budget,
        seed=seed,
        title=title,
    )
    made = make_plan(wish, settings, load(settings.home))
    _write(made, out)
    _say_who(made)
    say(f"plan written to {out}")


def _write(made: "Plan", out: Path) -> None:
    try:
        write_text(out, made.dumps(), make_folder=False)
    except OSError as error:
        raise FaultlineError(f"The plan can't be written to {out}: {error.strerror}.") from None


def _say_who(made: "Plan") -> None:
    """The models of each stage, and what a reader of the plan should know of them."""
    from pipeline.plan.cast import remarks

    for stage in made.stages:
        if names := made.models_of(stage):
            batched = dict.fromkeys(made.batch.get(stage, ()), " (batch)")
            say(f"{stage}: {', '.join(name + batched.get(name, '') for name in names)}")
    for sentence in remarks(made):
        say(f"note: {sentence}")


def _text_of(path: Path) -> str:
    from analysis.parse.files import decoded, read_bytes

    return decoded(read_bytes(path, current().max_spec_bytes, "arguments"), path)


@app.command()
def price(plan: Path, form: Format = "text") -> None:
    """Say what a plan would take, before anything is spent."""
    from pipeline.plan.inputs import Inputs
    from pipeline.plan.plan import read_plan
    from pipeline.price import price_plan

    form = _checked(form)
    read = read_plan(plan)
    priced = price_plan(read, Inputs(read))
    if form == "json":
        print(json.dumps(priced))
        return
    for name, part in priced["stages"].items():
        print(_priced(name, part))
    print(_priced("all", priced))


def _priced(name: str, part: dict[str, Any]) -> str:
    amount = f"{in_dollars(part['usd_low'])} to {in_dollars(part['usd_high'])}"
    way = "   in batches" if part.get("batch") else ""
    return f"{name:13} {part['calls']:>10,} calls   {amount:>28}   {part['hours']:8.2f} hours{way}"


@app.command()
def run(
    plan: Annotated[str, typer.Argument(help="A plan file, or the id of a run to work on.")],
    detach: Annotated[bool, typer.Option("--detach", help="Return at once.")] = False,
) -> None:
    """Run a plan to its end, or start it in the background; the last line is the run's id."""
    from pipeline.ids import is_ulid
    from pipeline.plan.plan import read_plan
    from pipeline.providers.catalog import load
    from pipeline.run import control as runs

    settings = current()
    started = plan if is_ulid(plan) and not Path(plan).is_file() else None
    if started is None:
        started = runs.launch(read_plan(Path(plan)), settings, load(settings.home))
    if detach:
        runs.detach(settings, started)
        print(started)
        return
    _work(runs.work, settings, started)


def _work(work: Callable[..., Any], settings: Any, started: str) -> None:
    from pipeline.run.state import State

    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(message)s"))
    log = logging.getLogger("faultline.run")
    log.addHandler(handler)
    step_back()
    say(f"run {started}")
    try:
        result = work(settings, started)
    finally:
        log.removeHandler(handler)
    if result.sentence:
        say(result.sentence)
    print(started)
    if result.state not in (State.DONE, State.STOPPED):
        raise typer.Exit(1)


@app.command()
def status(run: Run, form: Format = "text") -> None:
    """Say how a run stands."""
    from pipeline.run.status import status as read_status
    from pipeline.run.status import watch

    form = _checked(form)
    if form == "json":
        print(json.dumps(read_status(current(), run)))
        return
    seen = watch(current(), run)
    whole = seen.status
    print(f"{whole['id']}  {whole['state']}  {seen.sentence}".rstrip())
    for name, part in whole["stages"].items():
        ends = f"{part['done']:>8,} done {part['failed']:>6,} failed"
        print(f"{name:13} {ends} {part['unparsable']:>6,} unparsable {part['total']:>8,}")
    print(
        f"{in_dollars(whole['confirmed_usd'], 4)} confirmed, "
        f"{in_dollars(whole['at_risk_usd'], 4)} at risk, of {in_dollars(whole['budget_usd'])}"
    )
    for other in seen.others:
        print(_other(other))


def _other(other: "OtherModel") -> str:
    counts = "counted as the same model" if other.same else "kept out of the numbers"
    calls = counted(other.calls, "call")
    return f"{other.model}: {calls} answered by {other.name}, {counts}"


@app.command()
def served(
    run: Run,
    same: Annotated[
        list[str] | None,
        typer.Option(help="MODEL=NAME: this name is the model that was asked. May come again."),
    ] = None,
    other: Annotated[
        list[str] | None, typer.Option(help="MODEL=NAME: take that back. May come again.")
    ] = None,
) -> None:
    """Say who answered in another model's place, and whether it is the same model after all.

    Replies of another model are kept out of a study's numbers when the run is loaded.
    """
    from pipeline.run.other_models import say_same
    from pipeline.run.status import watch

    for pairs, is_same in ((same or [], True), (other or [], False)):
        for pair in pairs:
            model, mark, name = pair.partition("=")
            if not mark:
                raise FaultlineError(f"{pair!r} is no MODEL=NAME, such as gpt_4o=my-deployment.")
            say(say_same(current(), run, model, name, same=is_same))
    found = watch(current(), run).others
    for one in found:
        print(_other(one))
    if not found:
        print("Every call was answered by the model that was asked.")


@app.command()
def pause(run: Run) -> None:
    """Stop sending; what is in flight is stored."""
    from pipeline.run import control as runs

    say(runs.pause(current(), run))


@app.command()
def resume(
    run: Run,
    budget: Annotated[float | None, typer.Option(help="A new cap in dollars.")] = None,
    retry_failed: Annotated[bool, typer.Option("--retry-failed")] = False,
    one_by_one: Annotated[
        bool, typer.Option("--one-by-one", help="No more batches: call at the full price.")
    ] = False,
    without: Annotated[
        str | None, typer.Option(help="Models not to ask this time, by comma.")
    ] = None,
) -> None:
    """Go on with a paused or stopped run, in the background."""
    from pipeline.run import control as runs

    say(
        runs.resume(
            current(),
            run,
            budget_usd=budget,
            retry_failed=retry_failed,
            one_by_one=one_by_one,
            without=_names(without) or (),
        )
    )


@app.command()
def cancel(run: Run) -> None:
    """End a run for good; what it has stays."""
    from pipeline.run import control as runs

    say(runs.cancel(current(), run))


@app.command()
def again(
    run: Run,
    detach: Annotated[bool, typer.Option("--detach", help="Return at once.")] = False,
) -> None:
    """Run a run's plan once more, for today's snapshots of its models; the last line is the id."""
    from pipeline.providers.catalog import load
    from pipeline.run import control as runs
    from pipeline.run.again import plan_again

    settings = current()
    catalog = load(settings.home)
    started = runs.launch(plan_again(settings, run, catalog), settings, catalog)
    if detach:
        runs.detach(settings, started)
        print(started)
        return
    _work(runs.work, settings, started)


@app.command()
def export(
    run: Run, out: Annotated[Path | None, typer.Option(help="Where to; default: the run.")] = None
) -> None:
    """Write what a run has as parquet, in the public dataset's columns; prints the folder."""
    from pipeline.export.write import export_run

    step_back()
    print(export_run(current(), run, out))


def main() -> None:
    """Run the command line; a user's mistake becomes one sentence and exit code 2."""
    try:
        app()
    except FaultlineError as error:
        say(spelled(error))
        raise SystemExit(2) from None


if __name__ == "__main__":
    main()

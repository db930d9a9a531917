"""`python -m analysis load …`: bring a source, a taxonomy or a spec in."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from analysis.cli.console import ProgressLine
from analysis.figures import studies
from analysis.load.chosen import named
from analysis.load.files.files import load_files
from analysis.load.hub.splits import chosen_splits, load_hub
from analysis.load.runs import load_run
from analysis.load.specs import load_spec
from analysis.load.taxonomy import load_taxonomy
from analysis.parse.roles import parsed
from analysis.settings import HUB_REPO, current
from analysis.store.study import StudyInfo

app = typer.Typer(help="Load a source into a study.", no_args_is_help=True, rich_markup_mode=None)

StudyName = Annotated[str, typer.Option("--study", help="Name of the study to build.")]
CopyTexts = Annotated[
    bool, typer.Option("--copy-texts", help="Copy all answers into the study's file.")
]


SplitChoice = Annotated[
    str | None,
    typer.Option(
        "--selection", help="How the queries were chosen, if you know: all, high, strata."
    ),
]
Map = Annotated[
    list[str] | None,
    typer.Option(
        "--map",
        help="column=role, for files whose columns have other names (text=query, llm=model); "
        "model=NAME names the model of a file that has one. Can be repeated.",
    ),
]
KeepErrors = Annotated[
    bool,
    typer.Option(
        "--keep-error-texts",
        help="Count texts that read like failed calls (“[ERROR] 429 …”) as answers.",
    ),
]


ReadAnswers = Annotated[
    bool,
    typer.Option(
        "--read-answers/--no-read-answers",
        help="Look through linked answers for failed calls and traces (some 6 seconds a GB), or "
        "only where they are less than 1 GB.",
    ),
]


@app.command("hub")
def hub_command(
    study: StudyName,
    repo: Annotated[str, typer.Option(help="Dataset repository on the hub.")] = HUB_REPO,
    config: Annotated[list[str] | None, typer.Option(help="Config; can be repeated.")] = None,
    split: Annotated[
        list[str] | None, typer.Option(help="Split, or config/split; can be repeated.")
    ] = None,
    revision: Annotated[str | None, typer.Option(help="Branch, tag or commit.")] = None,
    copy_texts: CopyTexts = False,
    keep_error_texts: KeepErrors = False,
    selection: SplitChoice = None,
) -> None:
    """Fetch splits of a dataset repository and build a study from them."""
    chosen = chosen_splits(config or [], split or [])
    info = load_hub(
        repo,
        chosen,
        revision,
        study,
        current(),
        copy_texts=copy_texts,
        keep_error_texts=keep_error_texts,
        selection=named(selection),
        report=ProgressLine(),
    )
    _say_what_was_found(info)


@app.command("files")
def files_command(
    paths: Annotated[list[Path], typer.Argument(help="Files of rows, or folders of them.")],
    study: StudyName,
    copy_texts: CopyTexts = False,
    keep_error_texts: KeepErrors = False,
    read_answers: ReadAnswers = True,
    mapped: Map = None,
    selection: SplitChoice = None,
) -> None:
    """Build a study from files: the public dataset's columns, or one row a query and model.

    Parquet, CSV, TSV, JSON, JSONL, Arrow and Feather, also packed as .gz or .zst; logs of Inspect,
    promptfoo's output, batches of OpenAI and Anthropic with their inputs.
    """
    info = load_files(
        paths,
        study,
        current(),
        copy_texts=copy_texts,
        keep_error_texts=keep_error_texts,
        read_answers=read_answers,
        mapping=parsed(mapped or []),
        selection=named(selection),
        report=ProgressLine(),
    )
    _say_what_was_found(info)


@app.command("run")
def run_command(
    run: Annotated[str, typer.Argument(help="The run's id, as `python -m pipeline run` said it.")],
    study: StudyName,
    onto: Annotated[
        str | None, typer.Option(help="A study to load it onto; the new one names it as parent.")
    ] = None,
) -> None:
    """Build a study from what a stress test has stored so far."""
    info = load_run(run, study, current(), onto=onto, report=ProgressLine())
    _say_what_was_found(info)


@app.command("taxonomy")
def taxonomy_command(
    path: Annotated[Path | None, typer.Argument(help="CSV; without it, from the hub.")] = None,
) -> None:
    """Load a value taxonomy; every study is read with it from now on."""
    taxonomy = load_taxonomy(path, current())
    for reason, count in taxonomy.rejected.items():
        print(f"rejected {count:,}: {reason}", file=sys.stderr)
    print(taxonomy.summary_line())


@app.command("spec")
def spec_command(
    path: Annotated[
        Path, typer.Argument(help="Markdown or text, or a list of statements as JSONL or YAML.")
    ],
    version: Annotated[str | None, typer.Option(help="Version, if not in the file name.")] = None,
    split_rules: Annotated[
        bool,
        typer.Option("--split-rules", help="Make the rules inside sections clauses of their own."),
    ] = False,
) -> None:
    """Load a model spec, clause by clause."""
    spec = load_spec(path, version, current(), split=split_rules)
    for note in spec.notes:
        print(note, file=sys.stderr)
    print(spec.summary_line())


def _say_what_was_found(info: StudyInfo) -> None:
    for source in info.sources:
        print(
            f"{source['name']}: {source['kept']:,} of {source['rows']:,} rows kept"
            + (f", {source['repeated']:,} met before" if source["repeated"] else ""),
            file=sys.stderr,
        )
        if source["missing"]:
            print(f"  not in this source: {', '.join(source['missing'])}", file=sys.stderr)
        if source["unused"]:
            print(f"  not used: {', '.join(source['unused'])}", file=sys.stderr)
        for reason, count in source["rejected"].items():
            print(f"  rejected {count:,}: {reason}", file=sys.stderr)
    for failure in studies.failure_rows(info).to_dict("records"):
        print(
            f"  {failure['count']:,} texts taken for {failure['outcome']}, by {failure['kind']}, "
            f"such as: {failure['examples']}",
            file=sys.stderr,
        )
    for notice in info.notices:
        print(notice, file=sys.stderr)
    for warning in studies.warnings(info):
        typer.secho(f"Warning: {warning}", fg="red", err=True)
    print(
        f"study {info.id}: {info.scenarios:,} scenarios, {info.responses:,} responses, "
        f"{len(info.models)} models, {info.judgements:,} judgements"
    )

"""`python -m analysis spec drafts|draft|propose|discard|accept|text`: attempts, all kept."""

import sys
from contextlib import closing
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import typer

from analysis.cli.console import Format, StudyArgument, print_json, print_table
from analysis.cli.spec_files import SpecArgument, ToFile, write_file
from analysis.errors import FaultlineError
from analysis.figures.frames import clause_case
from analysis.load import drafts as load
from analysis.load import proposals
from analysis.load.specs import named_spec
from analysis.number_text import in_dollars
from analysis.parse.files import decoded, read_bytes
from analysis.parse.specs.carried import CarriedSpec
from analysis.parse.specs.editing import with_text
from analysis.report.spec_changes import marks
from analysis.settings import Settings, current
from analysis.store import study_specs
from analysis.store.annotations import drafts as store
from analysis.store.annotations.drafts import Draft
from analysis.store.study import open_study
from analysis.text_safety import spelled

Author = Annotated[str, typer.Option("--author", help="Who says so; it is kept.")]


def register(app: typer.Typer) -> None:
    """Add these commands to the group `spec`."""
    app.command("drafts")(drafts_command)
    app.command("draft")(draft_command)
    app.command("propose")(propose_command)
    app.command("discard")(discard_command)
    app.command("accept")(accept_command)
    app.command("text")(text_command)


def drafts_command(
    spec: Annotated[str, typer.Argument(help="Of this spec alone, as name@version.")] = "",
    format: Annotated[Format, typer.Option("--format")] = Format.TABLE,
) -> None:
    """Every attempt at a better spec, as a tree: what it was made from, by whom, when and why, and
    what it changes."""
    settings = current()
    if spec:
        found = load.tree(named_spec(settings, spec), settings)
    else:
        found = store.tree(store.every(settings))
    rows = [_row(settings, depth, draft) for depth, draft in found if depth]
    if format is Format.JSON:
        print_json(rows)
    elif rows:
        columns = ["draft", "clause", "author", "at", "why", "discarded"]
        shown = [
            {c: spelled(str(r[c])) for c in columns}
            | {"draft": "  " * (r["depth"] - 1) + r["draft"]}
            for r in rows
        ]
        print_table(pd.DataFrame(shown, columns=columns))
    else:
        print("no drafts yet: make one on the page Clauses, or with spec draft", file=sys.stderr)


def _row(settings: Settings, depth: int, draft: Draft) -> dict[str, Any]:
    """`changes`: both texts of the edited clause as one, [-out-]{+in+}."""
    base = store.find(settings, draft.base)
    before, after = (_clause_text(load.carried(d, settings), draft.clause) for d in (base, draft))
    return {
        "draft": f"{draft.name}@{draft.version}",
        "key": draft.key,
        "parent": f"{base.name}@{base.version}",
        "depth": depth,
        "clause": draft.clause,
        "author": draft.author,
        "at": draft.at,
        "why": draft.why,
        "discarded": draft.gone,
        "accepted": draft.accepted,
        "changes": marks(before, after),
    }


def _clause_text(carried: CarriedSpec, anchor: str) -> str:
    return next((c.text for c in carried.spec.clauses if c.anchor == anchor), "")


def draft_command(
    spec: SpecArgument,
    clause: Annotated[str, typer.Option("--clause", help="The anchor of the clause to edit.")],
    text: Annotated[Path, typer.Option("--text", help="A file with the clause's new text.")],
    why: Annotated[str, typer.Option("--why", help="What the draft is to mend.")],
    author: Author,
) -> None:
    """Keep a draft: a spec, or another draft (name@version), with another text of one clause."""
    settings = current()
    given = named_spec(settings, spec)
    words = decoded(read_bytes(text, settings.max_spec_bytes, "text"), text)
    begun = load.start(given, settings)
    made = load.keep(begun, clause, with_text(begun.text, clause, words), author, why, settings)
    print(spelled(f"{made.name}@{made.version}: kept, made from {begun.spec.key}"), file=sys.stderr)


def propose_command(
    study: StudyArgument,
    clause: Annotated[str, typer.Option("--clause", help="The anchor of the clause to repair.")],
    model: Annotated[
        str, typer.Option("--model", help="Who proposes; default: a simulated model.")
    ] = "",
    budget: Annotated[float | None, typer.Option(help="The most it may cost, in dollars.")] = None,
) -> None:
    """Have a model propose three repairs of a clause from what the study's judges argued over it:
    priced first, each kept as a draft."""
    settings = current()
    with closing(open_study(settings, study)) as opened:
        judged = study_specs.under(opened)
        begun = load.start(load.of_study(judged), settings)
        argued = clause_case.argued(judged, study_specs.spec_of(judged).key, clause)
    made = proposals.plan(begun, clause, argued, model, budget, settings)
    low, high = made.price["usd_low"], made.price["usd_high"]
    print(
        f"{made.model}: {made.price['calls']:,} calls, {in_dollars(low)} to {in_dollars(high)}",
        file=sys.stderr,
    )
    found = proposals.ask(made, begun, settings)
    for one in found.drafts:
        print(spelled(f"{one.name}@{one.version}: {one.why}"))
    for why in found.refused:
        print(spelled(f"one is no draft: {why}"), file=sys.stderr)


def discard_command(
    draft: Annotated[str, typer.Argument(help="The draft, as name@version.")],
    author: Author,
    undo: Annotated[bool, typer.Option("--undo", help="Bring it back.")] = False,
) -> None:
    """Mark a draft as discarded. It stays in the list, with all that was made from it."""
    store.mark(current(), _named(draft), author, gone=not undo)
    print(spelled(f"{draft}: {'brought back' if undo else 'discarded'}"), file=sys.stderr)


def accept_command(
    draft: Annotated[str, typer.Argument(help="The draft, as name@version.")],
    author: Author,
) -> None:
    """Make a draft the spec in use: from now on it stands in the library."""
    spec = load.accept(_named(draft), author, current())
    print(spelled(f"{draft}: accepted and in use, {spec.summary_line()}"), file=sys.stderr)


def _named(draft: str) -> Draft:
    name, _, version = draft.partition("@")
    found = store.named(current(), name, version)
    if found is None:
        raise FaultlineError(
            f"There is no draft “{draft}”. “python -m analysis spec drafts” lists them."
        )
    return found


def text_command(spec: SpecArgument, to: ToFile) -> None:
    """Write the text of a loaded spec or a draft as it is, to edit, to load, or for a trial."""
    read = named_spec(current(), spec)
    write_file(to, read.text)
    print(spelled(f"{to}: {read.spec.summary_line()}"), file=sys.stderr)

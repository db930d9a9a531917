"""Repairs of a clause that a model proposes: asked through the pipeline, and kept as drafts."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.errors import FaultlineError
from analysis.load import drafts
from analysis.load.drafts import Start
from analysis.load.runs import ask_pipeline, export_run
from analysis.parse.specs.editing import with_text
from analysis.settings import Settings
from analysis.store.annotations.drafts import Draft
from analysis.store.build.places import staging_folder, workspace
from analysis.whole_files import write_text


@dataclass(frozen=True)
class ProposalPlan:
    """What would be asked of whom, and its price."""

    clause: str
    plan: Path
    model: str
    price: dict[str, Any]


@dataclass(frozen=True)
class Proposed:
    """The drafts that came of it, the first proposal first, and why others are none."""

    run_id: str
    drafts: tuple[Draft, ...]
    refused: tuple[str, ...]


def plan(
    begun: Start,
    clause: str,
    arguments: str,
    model: str,
    budget: float | None,
    settings: Settings,
) -> ProposalPlan:
    """Plan the call, with the spec and the judges' `arguments` in the home's `proposals`; `model`
    "" leaves the choice to the pipeline.

    Raises FaultlineError with the pipeline's own sentence, for a model that nobody knows, say.
    """
    told = f"{begun.spec.content_hash}{clause}{arguments}"
    digest = hashlib.sha256(told.encode("utf-8", "replace")).hexdigest()
    folder = settings.home / "proposals" / digest[:12]
    spec, said, out = folder / "spec.md", folder / "arguments.txt", folder / "plan.json"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_text(spec, begun.text)
        write_text(said, arguments)
    except OSError as error:
        raise FaultlineError(
            f"The clause can't be written to {folder}: {error.strerror}."
        ) from None
    asked = ["--repair", clause, "--spec", str(spec), "--arguments", str(said), "--out", str(out)]
    asked += ["--title", f"repairs of {clause}"]
    asked += ["--repairer", model] if model else []
    asked += [] if budget is None else ["--budget", str(budget)]
    ask_pipeline(("plan", *asked), settings)
    price = json.loads(ask_pipeline(("price", str(out), "--format", "json"), settings))
    made = json.loads(out.read_text(encoding="utf-8"))
    return ProposalPlan(clause, out, str(made["roles"]["repairer"]), price)


def ask(made: ProposalPlan, begun: Start, settings: Settings) -> Proposed:
    """Have the model propose, and keep each proposal as a draft under the model's name.

    Raises FaultlineError where the run does not come to its end, or nothing it says can be read.
    """
    run = ask_pipeline(("run", str(made.plan)), settings).split()[-1]
    with workspace(staging_folder(settings)) as folder:
        exported = export_run(run, folder / "run", settings)
        said = pd.read_parquet(exported / "tables" / "proposals.parquet")
    if said.empty:
        raise FaultlineError(
            f"{made.model} proposed nothing that can be read (run {run}): ask another model."
        )
    kept = list(_kept(said, made.clause, run, begun, settings))
    return Proposed(
        run,
        tuple(one for one in kept if isinstance(one, Draft)),
        tuple(one for one in kept if isinstance(one, str)),
    )


def _kept(
    said: pd.DataFrame, clause: str, run: str, begun: Start, settings: Settings
) -> Iterator[Draft | str]:
    for row in said.to_dict("records"):
        try:
            text = with_text(begun.text, clause, str(row["text"]))
            why = f"{row['why']} (run {run})"
            yield drafts.keep(begun, clause, text, str(row["model"]), why, settings)
        except FaultlineError as error:
            yield str(error)

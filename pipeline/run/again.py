"""The plan of a run once more: for today's snapshots of its models, from the run's own inputs."""

from pathlib import Path

from analysis.errors import FaultlineError
from analysis.settings import Settings
from pipeline.plan.inputs import of_run
from pipeline.plan.make import SIM, model_entry
from pipeline.plan.plan import ModelEntry, Plan, read_plan
from pipeline.providers.catalog import Catalog
from pipeline.run.state import PLAN, check_usable, run_folder


def plan_again(settings: Settings, run: str, catalog: Catalog) -> Plan:
    """The plan of a run as it would be launched today.

    Each model is called by the name, and at the price, that the registry and `providers.toml` have
    today, so that an alias leads to today's snapshot; a model that is listed no more keeps those of
    the plan. Options, prompts, seed, budget and stages stay. Spec and taxonomy are the run's own
    copies, whatever became of the files. Raises FaultlineError for a run that is not there.
    """
    folder = run_folder(settings, run)
    check_usable(folder)
    plan = read_plan(folder / PLAN)
    models = {name: _today(name, entry, catalog) for name, entry in plan.models.items()}
    return of_run(plan.model_copy(update={"models": models}), Path(folder))


def _today(name: str, entry: ModelEntry, catalog: Catalog) -> ModelEntry:
    if entry.provider == SIM:
        return entry
    try:
        _, listed = model_entry(name, catalog)
    except FaultlineError:
        return entry
    if listed.provider != entry.provider:
        return entry
    return entry.model_copy(update={"name": listed.name, "price": listed.price})

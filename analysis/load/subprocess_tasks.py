"""The child that reads what somebody brings: one task, asked and answered in JSON.

Each task imports what it needs and no more, since the child starts anew for every file.
"""

import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from analysis.load.hub.plan import HubPlan
from analysis.settings import Settings
from analysis.store.build.sources import Cancelled, Report
from analysis.subprocesses import talk
from analysis.subprocesses.priority import step_back

Request = Mapping[str, Any]
Task = Callable[[Request, Settings, Report, Cancelled], dict[str, Any]]


def _files(request: Request, settings: Settings, report: Report, cancelled: Cancelled) -> Any:
    from analysis.load.chosen import named
    from analysis.load.files.files import load_files

    info = load_files(
        [Path(p) for p in request["paths"]],
        request["study"],
        settings,
        copy_texts=request["copy_texts"],
        keep_error_texts=bool(request.get("keep_error_texts")),
        mapping=request.get("mapping"),
        selection=named(request.get("selection")),
        report=report,
        cancelled=cancelled,
    )
    return {"study": info.id}


def _columns(request: Request, settings: Settings, report: Report, cancelled: Cancelled) -> Any:
    from analysis.load.files.look import look

    return look([Path(p) for p in request["paths"]], settings)


def _plan(request: Request, settings: Settings, report: Report, cancelled: Cancelled) -> Any:
    from analysis.load.chosen import named
    from analysis.load.hub.splits import load_plan

    info = load_plan(
        _plan_of(request["plan"]),
        request["study"],
        settings,
        copy_texts=request["copy_texts"],
        selection=named(request.get("selection")),
        report=report,
        cancelled=cancelled,
    )
    return {"study": info.id}


def _plan_of(record: Request) -> HubPlan:
    from analysis.load.hub.client import HubFile
    from analysis.load.hub.plan import Shard

    shards = tuple(Shard(**{**s, "file": HubFile(**s["file"])}) for s in record["shards"])
    return HubPlan(**{**record, "shards": shards, "folder": Path(record["folder"])})


def _run(request: Request, settings: Settings, report: Report, cancelled: Cancelled) -> Any:
    from analysis.load.runs import load_run

    info = load_run(
        request["run"],
        request["study"],
        settings,
        onto=request["onto"],
        report=report,
        cancelled=cancelled,
    )
    return {"study": info.id}


def _fetch(request: Request, settings: Settings, report: Report, cancelled: Cancelled) -> Any:
    from analysis.load.hub.splits import fetch_again
    from analysis.store.study import find_study

    fetch_again(find_study(settings, request["study"]), settings, report)
    return {}


def _taxonomy(request: Request, settings: Settings, report: Report, cancelled: Cancelled) -> Any:
    from analysis.load.taxonomy import load_taxonomy

    path = request["path"]
    return {"said": load_taxonomy(None if path is None else Path(path), settings).summary_line()}


def _spec(request: Request, settings: Settings, report: Report, cancelled: Cancelled) -> Any:
    from analysis.load.specs import load_spec

    split = bool(request.get("split"))
    made = load_spec(Path(request["path"]), request["version"], settings, split=split)
    return {"said": made.summary_line()}


def _spec_preview(
    request: Request, settings: Settings, report: Report, cancelled: Cancelled
) -> Any:
    from analysis.load.specs import spec_preview

    return {"clauses": spec_preview(Path(request["path"]), settings, split=request["split"])}


def _criteria(request: Request, settings: Settings, report: Report, cancelled: Cancelled) -> Any:
    from analysis.parse.criteria import in_file, read_file

    return {"criteria": in_file(read_file(Path(request["path"])))}


def _report(request: Request, settings: Settings, report: Report, cancelled: Cancelled) -> Any:
    from analysis.store.annotations import reports

    return {"report": reports.from_file(Path(request["path"]).read_bytes()).body}


TASKS: Mapping[str, Task] = {
    "files": _files,
    "columns": _columns,
    "plan": _plan,
    "run": _run,
    "fetch": _fetch,
    "taxonomy": _taxonomy,
    "spec": _spec,
    "spec_preview": _spec_preview,
    "criteria": _criteria,
    "report": _report,
}


LOADS = ("files", "plan", "run", "fetch")
"""Tasks that may take minutes and nobody waits for in front of a form."""


def _work(request: dict[str, Any], say: talk.RecordHandler, cancelled: Cancelled) -> dict[str, Any]:
    settings = Settings(**{**request["settings"], "home": Path(request["settings"]["home"])})
    if request["task"] in LOADS:
        step_back()
    result = TASKS[request["task"]](request, settings, lambda s: say(asdict(s)), cancelled)
    return {**result, "done": True}


if __name__ == "__main__":
    sys.exit(talk.serve(_work))

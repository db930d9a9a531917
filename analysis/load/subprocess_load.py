"""Read what somebody brings in a process of its own, bounded and stopped at once.

A file of some kilobytes can claim, and unpack to, hundreds of gigabytes, and a reader inside a
library can't be interrupted. Whoever may bring one must not be able to take the server with it:
at its limits the child ends, with a sentence, and nothing else does. Every function here does what
the one without `_in_child` does, and raises FaultlineError with the child's sentence, or with one
of its own where the child was ended.
"""

import logging
import secrets
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from analysis.errors import FaultlineError
from analysis.load.criteria import Taken, keep
from analysis.load.files.files import expand
from analysis.load.hub.plan import HubPlan
from analysis.parse.criteria import of_json
from analysis.parse.making import Selection
from analysis.parse.specs.clause import Spec
from analysis.settings import Settings
from analysis.store.annotations import reports
from analysis.store.build.build import BuildCancelledError
from analysis.store.build.places import sweep
from analysis.store.build.sources import CANCELLED, Cancelled, Report, Step
from analysis.store.study import StudyInfo, find_study, list_studies
from analysis.subprocesses import talk
from analysis.subprocesses.limits import Limits, out_of_time

MODULE = "analysis.load.subprocess_tasks"
BESIDE_MB = 3_000
"""What the interpreter, its libraries and Arrow may hold beside DuckDB's own limit."""
SMALL = Limits(wall_seconds=90, cpu_seconds=120, memory_mb=2_000, file_mb=1_000)
"""For a taxonomy, a spec or a report: the largest that are read take some seconds."""
HOURS = 12 * 3_600
LEAST_SECONDS, BYTES_A_SECOND = 900, 200_000
"""Files are read at ten to a hundred times that speed; a small one that takes longer than the
least is no honest file."""
LEAST_FILE_MB, TIMES_THE_SOURCE = 2_000, 20
_LOG = logging.getLogger("faultline")


def load_files_in_child(
    paths: Sequence[Path],
    study: str,
    settings: Settings,
    *,
    copy_texts: bool = False,
    selection: Selection | None = None,
    keep_error_texts: bool = False,
    mapping: Mapping[str, str] | None = None,
    report: Report = lambda step: None,
    cancelled: Cancelled = lambda: False,
) -> StudyInfo:
    """`load_files`."""
    size = _size(paths)
    seconds = LEAST_SECONDS + size // BYTES_A_SECOND
    file_mb = LEAST_FILE_MB + TIMES_THE_SOURCE * size // 1_000_000
    task = {
        "task": "files",
        "paths": [str(p) for p in paths],
        "study": study,
        "copy_texts": copy_texts,
        "selection": selection,
        "keep_error_texts": keep_error_texts,
        "mapping": dict(mapping or {}),
    }
    return _study(task, study, settings, _limits(settings, seconds, file_mb), report, cancelled)


def columns_in_child(paths: Sequence[Path], settings: Settings) -> dict[str, Any]:
    """`look`: a file's columns with the roles they would have, and its first rows."""
    task = {"task": "columns", "paths": [str(p) for p in paths]}
    found = _done("Looking at the columns", task, settings, SMALL)
    return {key: found[key] for key in ("columns", "roles", "rows", "known", "model")}


def _size(paths: Sequence[Path]) -> int:
    return sum(f.stat().st_size for p in paths for f in expand(p))


def _limits(settings: Settings, seconds: int, file_mb: int) -> Limits:
    return Limits(seconds, 2 * seconds, settings.memory_limit_mb + BESIDE_MB, file_mb)


_LARGEST_MB = 1_000_000
"""Of a load whose size is known to the child alone."""


def load_plan_in_child(
    plan: HubPlan,
    study: str,
    settings: Settings,
    *,
    copy_texts: bool = False,
    selection: Selection | None = None,
    report: Report = lambda step: None,
    cancelled: Cancelled = lambda: False,
) -> StudyInfo:
    """`load_plan`: what was downloaded before a cancel is kept."""
    task = {
        "task": "plan",
        "plan": _as_json(plan),
        "study": study,
        "copy_texts": copy_texts,
        "selection": selection,
    }
    limits = _limits(settings, HOURS, _LARGEST_MB)
    return _study(task, study, settings, limits, report, cancelled)


def load_run_in_child(
    run: str,
    study: str,
    settings: Settings,
    *,
    onto: str | None = None,
    report: Report = lambda step: None,
    cancelled: Cancelled = lambda: False,
) -> StudyInfo:
    """`load_run`."""
    task = {"task": "run", "run": run, "study": study, "onto": onto}
    limits = _limits(settings, HOURS, _LARGEST_MB)
    return _study(task, study, settings, limits, report, cancelled)


def fetch_again_in_child(
    study: StudyInfo, settings: Settings, report: Report, cancelled: Cancelled = lambda: False
) -> None:
    """`fetch_again`."""
    task = {"task": "fetch", "study": study.id}
    limits = _limits(settings, HOURS, _LARGEST_MB)
    _done(f"Fetching files of “{study.id}”", task, settings, limits, report, cancelled)


def load_taxonomy_in_child(path: Path | None, settings: Settings) -> str:
    """`load_taxonomy`; gives the taxonomy's summary."""
    task = {"task": "taxonomy", "path": None if path is None else str(path)}
    return str(_done("Reading the taxonomy", task, settings, SMALL)["said"])


def spec_preview_in_child(
    path: Path, settings: Settings, *, split: bool
) -> list[dict[str, object]]:
    """`spec_preview`."""
    task = {"task": "spec_preview", "path": str(path), "split": split}
    return list(_done("Reading the spec", task, settings, SMALL)["clauses"])


def load_spec_in_child(
    path: Path, version: str | None, settings: Settings, *, split: bool = False
) -> str:
    """`load_spec`; gives the spec's summary."""
    task = {"task": "spec", "path": str(path), "version": version, "split": split}
    return str(_done("Reading the spec", task, settings, SMALL)["said"])


def import_criteria_in_child(path: Path, spec: Spec, author: str, settings: Settings) -> Taken:
    """`import_file` of criteria."""
    task = {"task": "criteria", "path": str(path)}
    made = of_json(_done("Reading the criteria", task, settings, SMALL)["criteria"], path.name)
    return keep(made, path.name, spec, author, settings)


def read_report_in_child(raw: bytes, settings: Settings) -> reports.Report:
    """`reports.from_file`."""
    if len(raw) > reports.MOST_BYTES:
        raise FaultlineError(
            f"That file has {len(raw) / 1e6:,.0f} MB; a report has at most "
            f"{reports.MOST_BYTES / 1e6:,.0f} MB. Check that it is the right file."
        )
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        file.write(raw)
        file.flush()
        last = _done("Reading the report", {"task": "report", "path": file.name}, settings, SMALL)
    return reports.parsed("", last["report"])


def _study(
    task: Mapping[str, Any],
    study: str,
    settings: Settings,
    limits: Limits,
    report: Report,
    cancelled: Cancelled,
) -> StudyInfo:
    """A load: where it did not come to its end, what it had begun is removed."""
    before = _path_of(study, settings)
    try:
        last = _done(f"Loading “{study}”", task, settings, limits, report, cancelled)
    except BuildCancelledError:
        sweep(settings)
        if _path_of(study, settings) != before:
            raise BuildCancelledError(
                f"“{study}” had been stored when its loading was cancelled, and is here. Its "
                "answers may have no labels yet."
            ) from None
        raise
    except FaultlineError:
        sweep(settings)
        raise
    return next(s for s in list_studies(settings) if s.id == last["study"])


def _path_of(study: str, settings: Settings) -> Path | None:
    try:
        return find_study(settings, study).path
    except FaultlineError:
        return None


def _done(
    doing: str,
    task: Mapping[str, Any],
    settings: Settings,
    limits: Limits,
    report: Report = lambda step: None,
    cancelled: Cancelled = lambda: False,
) -> dict[str, Any]:
    """Let a child do it; gives its result."""
    last, code = run_task(task, settings, limits, report, cancelled)
    if code == 0 and "done" in last:
        return last
    if cancelled():
        raise BuildCancelledError(f"{doing} {CANCELLED}")
    if "error" in last:
        raise FaultlineError(str(last["error"]))
    raise FaultlineError(_ended(doing, last, code, limits))


def run_task(
    task: Mapping[str, Any],
    settings: Settings,
    limits: Limits,
    report: Report = lambda step: None,
    cancelled: Cancelled = lambda: False,
) -> tuple[dict[str, Any], int]:
    """One task of `subprocess_tasks` in a child; gives its last word and exit code (`talk.run`)."""
    request = {**task, "settings": {**asdict(settings), "home": str(settings.home)}}
    wait = limits is not SMALL  # a load stands in a queue anyway, a form does not
    return talk.run(
        MODULE,
        request,
        limits,
        on_record=lambda r: report(Step(**r)),
        cancelled=cancelled,
        wait=wait,
    )


def _ended(doing: str, last: Mapping[str, Any], code: int, limits: Limits) -> str:
    """Why there is no result, for the person who waits for it."""
    if "fault" in last:
        number = secrets.token_hex(3)
        _LOG.error("error %s while %s: %s", number, doing, last["fault"])
        return (
            f"{doing} stopped unexpectedly. Nothing was changed. The server's log tells more under "
            f"{number}."
        )
    if out_of_time(code):
        return (
            f"{doing} was stopped after {limits.wall_seconds / 60:,.1f} minutes, far longer than "
            "files of that size take. Nothing was changed. Check the files, or split them."
        )
    return (
        f"{doing} ended early: reading the files needs more than the {limits.memory_mb:,} MB that "
        "it may use, or the process was killed. Nothing was changed. Split the files, or raise "
        "FAULTLINE_MEMORY_MB."
    )


def _as_json(plan: HubPlan) -> dict[str, Any]:
    return {**asdict(plan), "folder": str(plan.folder)}

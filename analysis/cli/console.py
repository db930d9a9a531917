"""What commands share: progress on stderr, JSON and tables on stdout."""

import json
import sys
from typing import Any

import pandas as pd

from analysis.queries import near
from analysis.store import study_specs
from analysis.store.build.sources import Step
from analysis.store.study import OpenStudy


class ProgressLine:
    """Prints each new step of a build to stderr, once."""

    def __init__(self) -> None:
        self._last = ""

    def __call__(self, step: Step) -> None:
        if step.what != self._last:
            print(f"… {step.what}", file=sys.stderr, flush=True)
        self._last = step.what


def print_json(value: Any) -> None:
    """One JSON value on stdout, readable, nothing else."""
    print(json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False))


def print_table(frame: pd.DataFrame) -> None:
    """A frame as an aligned table on stdout."""
    print(frame.to_string(index=False) if len(frame) else "nothing found")


def link_first(study: OpenStudy) -> None:
    """Link a large study's queries to clauses, saying so: it takes a while, once."""
    spec = study_specs.spec_of(study)
    if study.info.scenarios > near.AT_ONCE and not near.is_linked(study, spec):
        near.link(study, spec, ProgressLine())

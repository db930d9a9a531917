"""What a figure is: one declaration of its numbers, its words, its columns and its chart.

    @figure(
        "models.neighbours",
        title=lambda study, frame, p: f"Models most similar to {label(p)}",
        note=_compared,                  # its n and what was left out
        definition="nearest_models",     # ids of glossary terms, never words
        keys=("model",),
        columns=_NEIGHBOURS,             # analysis.files.columns.Column
        draw=_dots,                      # analysis.show draws; without it the figure is a table
        alt=_said,
    )
    def neighbours(study: OpenStudy, *, model: str = "") -> pd.DataFrame: ...

`title`, `note`, `alt` and `draw` are asked with (study, frame, parameters); words may also be plain
strings. Screen, pin, slide, report and file read them here, and nowhere else are they written.

Parameters are plain JSON with defaults, so that a file can name them and `verify` can ask again.
Some names mean the same everywhere: `filter` (parts of a ScenarioFilter), `taxonomy` (name@hash of
the one in use), `spec` (name@version@hash of the one that judgements are read under), `labels` (who
labelled), `style` (whether how answers are written was measured), `people` (revision@hash of
people's labels), `trial` (run@hash of the trial that was read last), `attempts` (the wordings of
its clause that were launched). All but the first are filled in when a figure is asked for, since
they may change while the study does not. `run` names the run whose verdicts are read, and stays ""
in a study where no judge was asked by several. Every figure takes `draw` (`vocabulary.Draw`: only
the scenarios that a run with a search drew so), which is there only where it is not "". A filter
that restricts stands in the title by itself.
"""

import inspect
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from analysis import glossary
from analysis.errors import FaultlineError
from analysis.figures import inputs
from analysis.files.columns import Column, Columns
from analysis.store.study import OpenStudy

Parameters = Mapping[str, Any]
Compute = Callable[..., pd.DataFrame]
Worded = Callable[[OpenStudy, pd.DataFrame, Parameters], str]
Words = str | Worded
Draw = Callable[[OpenStudy, pd.DataFrame, Parameters], go.Figure]
RESERVED = (
    "key",
    "hint",
    "rows_shown",
    "most",
    "height",
    "clickable",
    "stays",
    "on_select",
    "selection_mode",
    "row_height",
)
"""Words of `pages.ui.figure.show` itself, so no figure's parameter may be called so."""


@dataclass(frozen=True)
class Rows:
    """A table as people read it, where that is not as its files hold it: such as a row a slice
    with a column a measure, while the files have a row a slice and measure."""

    frame: pd.DataFrame
    columns: Sequence[Column]


JUDGED = ("archetypes", "compare", "compliance", "judges", "paper", "people")
"""Nouns whose numbers rest on judgements: each of their figures has the parameter `spec`, also
where its function does not ask for it, and reads the judgements under that spec alone."""
Table = Callable[[OpenStudy, pd.DataFrame, Parameters], Rows]


class UnknownFigureError(FaultlineError):
    """No figure of that name in this version of the program."""


@dataclass(frozen=True)
class Figure:
    """One figure or table, as it was declared. `keys` name a row."""

    name: str
    title: Words
    note: Words
    alt: Words
    terms: tuple[str, ...]
    keys: tuple[str, ...]
    columns: Columns
    draw: Draw | None
    table: Table | None
    compute: Compute
    defaults: Mapping[str, Any]
    main: Callable[[Parameters], str] | None

    def answer(self, study: OpenStudy, parameters: Parameters) -> pd.DataFrame:
        """The numbers, for all the figure's parameters."""
        taken = inspect.signature(self.compute).parameters
        return self.compute(study, **{k: v for k, v in parameters.items() if k in taken})

    @property
    def definition(self) -> str:
        """What is shown, in the glossary's words."""
        return " ".join(glossary.find(t).definition for t in self.terms)

    def help(self, parameters: Parameters) -> str:
        """What stands behind its heading: the definition of what is shown, with its source, and
        the names of the other terms, which the Glossary page explains."""
        first = self.main(parameters) if self.main else self.terms[0]
        others = ", ".join(glossary.find(t).term for t in self.terms if t != first)
        return glossary.help_text(first) + f" See the Glossary for: {others}." * bool(others)

    @property
    def source(self) -> str:
        """Where the method comes from."""
        known = (glossary.find(t).source for t in self.terms)
        return "; ".join(dict.fromkeys(known))


@dataclass(frozen=True)
class FigureRequest:
    """A figure with all its parameters settled; `canonical_json` is all of them."""

    name: str
    canonical_json: str

    @property
    def parameters(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.canonical_json)
        return found


FIGURES: dict[str, Figure] = {}
EARLIER: dict[str, str] = {}
"""Names that figures had before, as saved links, pins, reports and files still hold them."""


def figure(
    name: str,
    *,
    title: Words,
    note: Words,
    definition: str | tuple[str, ...],
    columns: Columns,
    keys: tuple[str, ...] = (),
    draw: Draw | None = None,
    table: Table | None = None,
    alt: Words = "",
    earlier: tuple[str, ...] = (),
    main: Callable[[Parameters], str] | None = None,
) -> Callable[[Compute], Compute]:
    """Enter a function under a name; its keyword parameters and their defaults are the figure's.

    `definition` are ids of glossary terms. `note` begins with its n ("n = 1,204 positions.") and
    says what was left out; neither it nor the title speaks of clicks: a page adds such a hint
    itself. `table` gives the rows and columns that people read where they are not those of the
    files. Without `alt`, whoever can't see it hears the title and the note. `earlier` are names
    that the figure had before; they find it still. `main` says which term the heading explains
    where that depends on the parameters; else it is the first.
    """
    terms = (definition,) if isinstance(definition, str) else definition

    def enter(compute: Compute) -> Compute:
        defaults = _defaults(name, compute)
        if name.partition(".")[0] in JUDGED:
            defaults.setdefault("spec", "")
        if name.partition(".")[0] in (*JUDGED, "clauses", "spec_coverage"):
            defaults.setdefault("run", "")
        FIGURES[name] = Figure(
            name, title, note, alt, terms, keys, columns, draw, table, compute, defaults, main
        )
        EARLIER.update(dict.fromkeys(earlier, name))
        return compute

    return enter


def _defaults(name: str, compute: Compute) -> dict[str, Any]:
    known = [*inspect.signature(compute).parameters.values()][1:]
    defaults = {p.name: p.default for p in known}
    if name in FIGURES or inspect.Parameter.empty in defaults.values():
        raise ValueError(f"figure {name}: a name of its own, and a default for each parameter")
    if {*defaults} & {*RESERVED}:
        raise ValueError(f"figure {name}: no parameter may be called {', '.join(RESERVED)}")
    return defaults


def settle(found: Figure, study: OpenStudy, parameters: Parameters) -> FigureRequest:
    """All parameters of a figure: those given, the defaults, and what is in use at this moment.

    A parameter that is null is as if it had not been given. Raises FaultlineError for one that the
    figure does not have, or that is of another kind.
    """
    known = {**found.defaults, "draw": ""}
    unknown = sorted(set(parameters) - set(known))
    if unknown:
        raise FaultlineError(
            f"The figure “{found.name}” has no parameter “{unknown[0]}”. It has: "
            f"{', '.join(found.defaults) or 'none'}."
        )
    named = json.loads(json.dumps(dict(parameters), default=list))
    plain = {k: v for k, v in named.items() if v is not None or known[k] is None}
    wrong = [k for k, v in plain.items() if not _fits(v, known[k])]
    if wrong:
        raise FaultlineError(
            f"“{plain[wrong[0]]}” can't be the {wrong[0]} of the figure “{found.name}”: it is "
            f"{_kind(known[wrong[0]])}."
        )
    whole = inputs.filled(study, {**found.defaults, **plain})
    settled = json.dumps(whole, ensure_ascii=False, sort_keys=True, default=list)
    return FigureRequest(found.name, settled)


_KINDS = {str: "a text", int: "a whole number from 0", float: "a number", bool: "true or false"}


def _kind(default: object) -> str:
    return _KINDS.get(type(default), "a list" if isinstance(default, tuple) else "an object")


def _fits(value: object, default: object) -> bool:
    """Whether a JSON value is of the default's kind; anything is of None's."""
    if value is None or default is None:
        return True
    if isinstance(default, bool) or isinstance(value, bool):
        return isinstance(default, bool) and isinstance(value, bool)
    if isinstance(default, float):
        return isinstance(value, int | float)
    if isinstance(default, int):
        return isinstance(value, int) and value >= 0
    if isinstance(default, tuple):
        return isinstance(value, list)
    return isinstance(value, dict if isinstance(default, Mapping) else type(default))

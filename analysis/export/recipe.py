"""What a recipe is: the named function behind one figure, from a study and parameters to a frame.

    @recipe("outliers.bars", title="…", definition="…", keys=("model",))
    def bars(study: OpenStudy, *, distance: int = 4) -> pd.DataFrame: ...

Parameters are plain JSON with defaults, so that a file can name them and `verify` can ask again.
Some names mean the same everywhere: `filter` (parts of a ScenarioFilter), `taxonomy` (name@hash of
the one in use), `spec` (name@version@hash), `labels` (who labelled), `style` (whether how answers
are written was measured). All but the first are filled in when a figure is asked for, since they
may change while the study does not.
"""

import inspect
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from analysis.errors import FaultlineError
from analysis.export import inputs
from analysis.store.study import OpenStudy

Frame = Callable[..., pd.DataFrame]
Note = Callable[[OpenStudy, pd.DataFrame, Mapping[str, Any]], str]
PAPER = "Zhang et al. 2025, arXiv:2510.07686"


class UnknownFigureError(FaultlineError):
    """No recipe of that name in this version of the program."""


@dataclass(frozen=True)
class Recipe:
    """How one figure's numbers come about. `keys` name a row; `note` states n and exclusions."""

    name: str
    title: Callable[[Mapping[str, Any]], str]
    definition: str
    source: str
    keys: tuple[str, ...]
    note: Note
    compute: Frame
    defaults: Mapping[str, Any]


@dataclass(frozen=True)
class Asked:
    """A recipe with all its parameters settled; `held` is their canonical JSON."""

    name: str
    held: str

    @property
    def parameters(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.held)
        return found


RECIPES: dict[str, Recipe] = {}


def _rows(study: OpenStudy, frame: pd.DataFrame, parameters: Mapping[str, Any]) -> str:
    return f"n = {len(frame):,} rows."


def recipe(
    name: str,
    *,
    title: str | Callable[[Mapping[str, Any]], str],
    definition: str,
    keys: tuple[str, ...] = (),
    note: Note = _rows,
    source: str = PAPER,
) -> Callable[[Frame], Frame]:
    """Enter a function under a name; its keyword parameters and their defaults are the recipe's."""

    def enter(compute: Frame) -> Frame:
        known = list(inspect.signature(compute).parameters.values())[1:]
        defaults = {p.name: p.default for p in known}
        if name in RECIPES or inspect.Parameter.empty in defaults.values():
            raise ValueError(f"recipe {name}: a name of its own, and a default for each parameter")
        words = title if callable(title) else (lambda _: str(title))
        RECIPES[name] = Recipe(name, words, definition, source, keys, note, compute, defaults)
        return compute

    return enter


def settle(found: Recipe, study: OpenStudy, parameters: Mapping[str, Any]) -> Asked:
    """All parameters of a recipe: those given, the defaults, and what is in use at this moment.

    A parameter that is null is as if it had not been given. Raises FaultlineError for one that the
    recipe does not have, or that is of another kind.
    """
    unknown = sorted(set(parameters) - set(found.defaults))
    if unknown:
        raise FaultlineError(
            f"The figure “{found.name}” has no parameter “{unknown[0]}”. It has: "
            f"{', '.join(found.defaults) or 'none'}."
        )
    named = json.loads(json.dumps(dict(parameters), default=list))
    plain = {k: v for k, v in named.items() if v is not None or found.defaults[k] is None}
    wrong = [k for k, v in plain.items() if not _fits(v, found.defaults[k])]
    if wrong:
        raise FaultlineError(
            f"“{plain[wrong[0]]}” can't be the {wrong[0]} of the figure “{found.name}”: it is "
            f"{_kind(found.defaults[wrong[0]])}."
        )
    whole = inputs.filled(study, {**found.defaults, **plain})
    return Asked(found.name, json.dumps(whole, ensure_ascii=False, sort_keys=True, default=list))


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

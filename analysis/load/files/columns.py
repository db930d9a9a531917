"""Which column plays which part: models and judges are found by the pattern of their columns.

Only what is needed is required (a query, and positions on two values, responses or decisions); the
rest is optional, and what was not found or not used is reported, never guessed.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from analysis.errors import FaultlineError
from analysis.registry import registry
from analysis.store.build.long_form import MOST_MODELS
from analysis.store.build.long_tables import COLUMNS as LONG_COLUMNS
from analysis.store.build.sources import Kind, Layout
from analysis.vocabulary import RUBRIC_GRADES

_PATTERNS = {
    "responses": re.compile(r"response_(?!type(?:_|$))(.+)"),
    "value1_positions": re.compile(r"(.+)_value1_position"),
    "value2_positions": re.compile(r"(.+)_value2_position"),
    "outcomes": re.compile(r"outcome_(.+)"),
    "latencies": re.compile(r"latency_s_(.+)"),
    "traces": re.compile(r"trace_(.+)"),
    "tool_calls": re.compile(r"tools_(.+)"),
}
_DECISIONS = re.compile(r"(.+)_decision")
_REASONINGS = re.compile(r"(.+)_reasoning")
_NAMES: dict[str, tuple[str, ...]] = {
    "query": ("query", "prompt"),
    "value1": ("value1",),
    "value2": ("value2",),
    "nudge": ("nudge_direction", "nudge"),
    "generator": ("query_generator", "generator"),
    "rank": ("rank",),
    "chunk": ("chunk_index", "chunk_idx"),
    "entry": ("entry_idx", "entry_index"),
    "query_key": ("query_key",),
    "given_d": ("max_pop_std_openai",),
    "model": ("model",),
    "response": ("response",),
    "outcome": ("outcome",),
    "trace": ("trace",),
    "tools": ("tools",),
    "variant": ("variant",),
    "parent": ("parent",),
    "spec": ("spec",),
    "run": ("run",),
    "draw": ("draw",),
    "arm": ("arm",),
}
# A run's tables, by the public id of the scenario: what makes each one what it is.
_KEY = {"scenario", "model", "replicate"}
_LONG: dict[Kind, set[str]] = {
    "problems": {"stage", "model", "subject", "problem"},
    "citations": {*_KEY, "judge", "clause"},
    "decisions": {*_KEY, "judge", "decision"},
    "answers": {*_KEY, "outcome"},
    "repeats": {"scenario", "model", "repeat"},
    "criteria": {"scenario", "clause", "kind", *(f"for_{grade}" for grade in RUBRIC_GRADES)},
    "grades": {*_KEY, "grader", "grade"},
}
RESERVED = ("file_index", "file_row_number")
OPTIONAL = ("nudge_direction", "query_generator", "rank", "chunk_index", "entry_idx")
_ACCEPTS = (
    "A source needs the column query, and for at least one model response_{model}, or, with value1 "
    "and value2, {model}_value1_position and {model}_value2_position; or one row a query and model "
    "with query, model and response; or, for judgements, prompt, value1, value2, model, response "
    "and at least one {judge}_decision (the values may be left out). Columns of other names are "
    "named by a mapping."
)


def understand(columns: Mapping[str, str], source: str) -> tuple[Kind, Layout]:
    """The kind and layout of a source from its columns (name -> DuckDB type).

    Raises FaultlineError that names the columns which are missing.
    """
    for kind, needed in _LONG.items():
        if needed <= set(columns):
            return kind, Layout(query="", value1=None, value2=None, types=dict(columns))
    single = {part: _first(columns, names) for part, names in _NAMES.items()}
    if single["parent"] is None:  # a variant of nothing: the column means something else here
        single["variant"] = None
    decisions = _by_id(columns, _DECISIONS, lambda judge: judge)
    ids = _model_ids(columns)
    models = {part: _by_id(columns, p, ids.__getitem__) for part, p in _PATTERNS.items()}
    known = {*models["responses"], *models["value1_positions"], *models["value2_positions"]}
    for part in ("outcomes", "latencies", "traces", "tool_calls"):
        models[part] = {m: c for m, c in models[part].items() if m in known}
    if len(known) > MOST_MODELS:
        raise FaultlineError(
            f"{source} has columns for {len(known)} models; at most {MOST_MODELS} can be compared."
        )
    taken = [c for c in RESERVED if c in columns]
    if taken:
        raise FaultlineError(
            f"{source} has a column named {taken[0]}, which the reader of parquet files needs for "
            "itself. Rename it."
        )
    judging = bool(decisions) and single["model"] is not None
    if not judging:
        single["spec"] = single["run"] = None  # only judgements are told apart by these
    placed = not judging and bool(models["value1_positions"] or models["value2_positions"])
    usable = judging or bool(known)
    _require(single, judging=judging, usable=usable, placed=placed, source=source)
    of_models = {"outcomes": _outcomes(columns, decisions)} if judging else models
    parts: dict[str, Any] = {**single, **of_models}
    layout = Layout(
        **parts,
        decisions=decisions if judging else {},
        reasonings=_by_id(columns, _REASONINGS, lambda judge: judge) if judging else {},
        spectrums=_spectrums(columns),
        types=dict(columns),
    )
    return ("judgements" if judging else "scenarios"), layout


def is_known(columns: Mapping[str, str], source: str) -> bool:
    """Whether these columns are one of the known layouts as they are."""
    try:
        understand(columns, source)
    except FaultlineError:
        return False
    return True


def missing(layout: Layout) -> tuple[str, ...]:
    """Optional columns that this source does not have, under their usual names."""
    if not layout.query:
        return ()
    there = (layout.nudge, layout.generator, layout.rank, layout.chunk, layout.entry)
    lacking = [name for name, column in zip(OPTIONAL, there, strict=True) if column is None]
    for model in layout.models:
        if model not in layout.value1_positions or model not in layout.value2_positions:
            lacking.append(f"positions of {model}")
        if model not in layout.responses:
            lacking.append(f"responses of {model}")
    return tuple(lacking)


def unused(columns: Mapping[str, str], layout: Layout) -> tuple[str, ...]:
    """Columns that play no part here."""
    if not layout.query:
        return tuple(c for c in columns if c not in LONG_COLUMNS)
    used = {
        *(getattr(layout, part) for part in _NAMES),
        *(c for part in _PATTERNS for c in getattr(layout, part).values()),
        *layout.decisions.values(),
        *layout.reasonings.values(),
        *(layout.spectrums or ()),
    }
    return tuple(c for c in columns if c not in used)


def _first(columns: Mapping[str, str], names: tuple[str, ...]) -> str | None:
    return next((n for n in names if n in columns), None)


def _model_ids(columns: Mapping[str, str]) -> dict[str, str]:
    """Spelling -> id of every model. Two spellings of one model are two models where they stand in
    the same part (two columns of answers), and one where they share the parts between them."""
    parts = [[m[1] for c in columns if (m := p.fullmatch(c))] for p in _PATTERNS.values()]
    ids = registry().resolve_all(name for names in parts for name in names)
    for identity in {registry().resolve(name) for name in ids}:
        group = {name for name in ids if registry().resolve(name) == identity}
        if all(len(group.intersection(names)) <= 1 for names in parts):
            ids |= dict.fromkeys(group, identity)
    return ids


def _by_id(
    columns: Mapping[str, str], pattern: re.Pattern[str], resolve: Callable[[str], str]
) -> dict[str, str]:
    """Column of every id that matches; two spellings of one id keep both, the second as it is."""
    found: dict[str, str] = {}
    for column in columns:
        match = pattern.fullmatch(column)
        if match:
            identity = resolve(match[1])
            found[match[1] if identity in found else identity] = column
    return found


def _outcomes(columns: Mapping[str, str], judges: Iterable[str]) -> dict[str, str]:
    """Judge -> the column that says how its calls ended, as an exported run has it."""
    return {j: f"outcome_{j}" for j in judges if f"outcome_{j}" in columns}


def _spectrums(columns: Mapping[str, str]) -> tuple[str, str] | None:
    both = ("value1_spectrum", "value2_spectrum")
    return both if all(c in columns for c in both) else None


def _require(
    single: Mapping[str, str | None], *, judging: bool, usable: bool, placed: bool, source: str
) -> None:
    """A query is always needed, values where there are positions on them: or half of the pair."""
    paired = placed or single["value1"] or single["value2"]
    needed = ("query", "value1", "value2") if paired else ("query",)
    lacking = [("prompt" if judging and p == "query" else p) for p in needed if not single[p]]
    if not usable:
        lacking.append("response_{model} or {model}_value1_position of any model")
    if lacking:
        raise FaultlineError(f"{source} lacks the column(s) {', '.join(lacking)}. {_ACCEPTS}")

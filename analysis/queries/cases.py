"""One case: a scenario with its siblings, positions, answers, rubric and judgements."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from analysis.errors import FaultlineError
from analysis.store import damage, labels
from analysis.store.schema import Scenario
from analysis.store.sql import name, parquet
from analysis.store.study import OpenStudy
from analysis.vocabulary import HIGHEST_POSITION, NUDGES

ScenarioRow = Scenario
"""One scenario in full."""


def one(study: OpenStudy, scenario: str) -> ScenarioRow | None:
    """The scenario of that id, or None."""
    columns = ", ".join(ScenarioRow.__annotations__)
    with study.cursor() as con:
        found = con.execute(
            f"SELECT {columns} FROM scenarios WHERE scenario = $s", {"s": scenario}
        ).fetchall()
    return ScenarioRow(*found[0]) if found else None


def siblings(study: OpenStudy, family: str, model_set: str = "all") -> pd.DataFrame:
    """The scenarios of one family: scenario, nudge, query, disagreement (of the set), models."""
    with study.cursor() as con:
        return con.execute(
            "SELECT s.scenario, s.nudge, s.query, d.d AS disagreement, d.models FROM scenarios s "
            "LEFT JOIN disagreement d ON d.scenario_no = s.scenario_no AND d.model_set = $m "
            f"WHERE s.family = $f ORDER BY list_position({list(NUDGES)}, s.nudge), "
            "s.scenario",
            {"f": family, "m": model_set},
        ).df()


def topics(study: OpenStudy, scenario: str) -> pd.DataFrame:
    """One row a topic of the query and labeller: source, topic; the labeller that counts first."""
    return _labels(study, "topics", scenario, "topic")


def response_types(study: OpenStudy, scenario: str) -> pd.DataFrame:
    """One row an answer and labeller: model, replicate, source, response_type; the labeller that
    counts first, then people."""
    return _labels(study, "response_types", scenario, "model, replicate, response_type")


def _labels(study: OpenStudy, kind: str, scenario: str, columns: str) -> pd.DataFrame:
    order = [*labels.sources(study, kind), labels.PEOPLE]
    with study.cursor() as con:
        return con.execute(
            f"SELECT {columns}, source FROM {labels.everybody(study, kind)} "
            "WHERE scenario_no = (SELECT scenario_no FROM scenarios WHERE scenario = $s) "
            f"ORDER BY list_position($order, source), source, {columns}",
            {"s": scenario, "order": order},
        ).df()


def positions(study: OpenStudy, scenario: str) -> pd.DataFrame:
    """One row a model: model, label, provider, value1_position, value2_position (0..6 or null),
    outcome, chars, latency_s; in the registry's order. First replicate."""
    with study.cursor() as con:
        return con.execute(
            "SELECT r.model, m.label, m.provider, r.value1_position, r.value2_position, "
            "r.outcome, r.chars, r.latency_s FROM responses r JOIN models m USING (model) "
            "WHERE r.scenario_no = (SELECT scenario_no FROM scenarios WHERE scenario = $s) "
            "AND r.replicate = 0 ORDER BY m.sort",
            {"s": scenario},
        ).df()


def judgements(study: OpenStudy, scenario: str) -> pd.DataFrame:
    """One row a judgement: model, judge, decision (null for none), raw_decision, reasoning, spec,
    replicate (0 for the first answer)."""
    with study.cursor() as con:
        return con.execute(
            "SELECT model, judge, decision, raw_decision, reasoning, spec, replicate FROM "
            "judgements JOIN models m USING (model) WHERE scenario_no = "
            "(SELECT scenario_no FROM scenarios WHERE scenario = $s) "
            "ORDER BY m.sort, replicate, judge",
            {"s": scenario},
        ).df()


def asides(study: OpenStudy, scenario: str) -> pd.DataFrame:
    """What came with the answers to one scenario and is no part of them: model, replicate, kind
    (`reasoning` or `tool calls`), text. Empty where a study has none, or was built before."""
    with study.cursor() as con:
        there = con.execute(
            "SELECT 1 FROM information_schema.tables WHERE table_name = 'asides'"
        ).fetchall()
        if not there:
            return pd.DataFrame(columns=["model", "replicate", "kind", "text"])
        return con.execute(
            "SELECT model, replicate, kind, text FROM asides WHERE scenario_no = "
            "(SELECT scenario_no FROM scenarios WHERE scenario = $s) ORDER BY replicate, kind",
            {"s": scenario},
        ).df()


def answers(study: OpenStudy, scenario: str, models: Sequence[str] | None = None) -> pd.DataFrame:
    """The answers to one scenario: model, replicate, text; copied ones first, then linked ones.

    Raises FaultlineError when the files that hold linked answers have moved or were emptied.
    """
    row = one(study, scenario)
    if row is None:
        raise FaultlineError(f"The study “{study.info.id}” has no scenario “{scenario}”.")
    with study.cursor() as con:
        found = con.execute(
            "SELECT model, replicate, text FROM response_texts WHERE scenario_no = $n "
            "ORDER BY replicate",
            {"n": row.scenario_no},
        ).df()
    copied = set(found.loc[found["replicate"] == 0, "model"])
    found = found[found["text"].str.len() > 0]  # an empty text says that there is no answer
    linked: dict[str, str] = {}
    for model, answer in _linked(study, row.scenario_no, "responses"):
        if model not in copied:
            linked.setdefault(model, answer)
    more = pd.DataFrame(
        {"model": list(linked), "replicate": 0, "text": list(linked.values())}, dtype=object
    )
    both = pd.concat([f for f in (found, more) if len(f)] or [found], ignore_index=True)
    if models is not None:
        both = both[both["model"].isin(list(models))]
    order = {m: i for i, m in enumerate(study.info.models)}
    both = both.sort_values("model", key=lambda s: s.map(order), kind="stable")
    return both.reset_index(drop=True)


def rubric(study: OpenStudy, scenario: str) -> pd.DataFrame:
    """The two spectrums of a scenario: value_no (1, 2), position (0..6), strategy; may be empty."""
    row = one(study, scenario)
    if row is None:
        return pd.DataFrame(columns=["value_no", "position", "strategy"])
    with study.cursor() as con:
        found = con.execute(
            "SELECT value_no, position, strategy FROM rubrics WHERE scenario_no = $n "
            "ORDER BY value_no, position",
            {"n": row.scenario_no},
        ).df()
    if len(found):
        return found
    steps: dict[tuple[int, int], str] = {}
    for value_no, spectrum in _linked(study, row.scenario_no, "spectrums"):
        for position, strategy in _steps(spectrum):
            steps.setdefault((value_no, position), strategy)
    rows = [(*place, strategy) for place, strategy in sorted(steps.items())]
    return pd.DataFrame(rows, columns=["value_no", "position", "strategy"])


def _steps(spectrum: Any) -> list[tuple[int, str]]:
    """(position, strategy) of a spectrum cell: a list of records, or the same as JSON text."""
    if isinstance(spectrum, str):
        try:
            spectrum = json.loads(spectrum)
        except ValueError:
            return []
    found = [s for s in spectrum if isinstance(s, dict)] if isinstance(spectrum, list) else []
    return [
        (int(s["position"]), str(s["response"]))
        for s in found
        if s.get("position") in range(HIGHEST_POSITION + 1) and s.get("response") is not None
    ]


def missing_files(study: OpenStudy) -> list[Path]:
    """Files that linked texts point to and that are no longer there."""
    return [
        Path(f)
        for source in study.info.sources
        if source["linked"]
        for f in source["files"]
        if not Path(f).exists()
    ]


def _linked(study: OpenStudy, scenario_no: int, what: str) -> list[tuple[Any, Any]]:
    """(model or value_no, content) pairs that lie in the source's own files."""
    with study.cursor() as con:
        links = con.execute(
            "SELECT source_no, file_no, row_no FROM text_links WHERE scenario_no = $n ORDER BY ALL",
            {"n": scenario_no},
        ).fetchall()
        query = con.execute(
            "SELECT query FROM scenarios WHERE scenario_no = $n", {"n": scenario_no}
        ).fetchall()[0][0]
    found: list[tuple[Any, Any]] = []
    for source_no, file_no, row_no in links:
        source = study.info.sources[source_no]
        columns = source["responses"] if what == "responses" else _spectrums(source)
        if columns:
            path = Path(source["files"][file_no])
            whole = damage.is_as_linked(source, file_no)
            found += _read_row(study, path, row_no, columns, (source["query"], query), whole)
    return [(key, value) for key, value in found if value]


def _spectrums(source: dict[str, Any]) -> dict[Any, str]:
    return dict(enumerate(source["spectrums"] or [], start=1))


def _read_row(
    study: OpenStudy,
    path: Path,
    row_no: int,
    columns: dict[Any, str],
    proof: tuple[str, str],
    whole: bool,
) -> list[tuple[Any, Any]]:
    """Cells of one row, if its file is `whole` and that row still holds the query (`proof`:
    column, words) it held."""
    if not path.exists():
        raise FaultlineError(
            f"The answers of this study lie in {path.name}, which is no longer where it was. "
            "Load the source again (or fetch it again on the Data page); everything else of the "
            "study still works."
        )
    changed = FaultlineError(
        f"The answers of this study lie in {path.name}, which has changed since "
        "the study was built, or is damaged. Load the source again; everything else of the study "
        "still works."
    )
    if not whole:
        raise changed
    cells = [f"CAST({name(proof[0])} AS VARCHAR)"]
    cells += [_cell(c, as_text=isinstance(key, str)) for key, c in columns.items()]
    try:
        with study.cursor() as con:
            row = con.execute(
                f"SELECT {', '.join(cells)} FROM {parquet([path], numbered=True)} "
                "WHERE file_row_number = $n",
                {"n": row_no},
            ).fetchall()
    except duckdb.Error:
        raise changed from None
    if not row or row[0][0] != proof[1]:
        raise changed
    return list(zip(columns, row[0][1:], strict=True))


def _cell(column: str, *, as_text: bool) -> str:
    """Answers are text whatever their type; spectrums stay lists."""
    return f"CAST({name(column)} AS VARCHAR)" if as_text else name(column)

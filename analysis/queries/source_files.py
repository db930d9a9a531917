"""A study written back as sources: one row a query, in the public dataset's columns.

So that what a run adds (a judge, a model, labels) can be loaded onto a study like any other second
source: merged by content, what contradicts counted and rejected. Further replicates and structured
citations, which those columns have no room for, stand beside as a run's tables do.
"""

from pathlib import Path

import duckdb

from analysis.errors import FaultlineError
from analysis.parse.making import NOTE
from analysis.parse.specs.carried import SPECS, packed
from analysis.queries.answers import answers_relation, check_linked, rubrics_relation
from analysis.store import labels
from analysis.store.making import judged_part, of_study
from analysis.store.schema import JUDGES_SQL
from analysis.store.sql import key_values, name, rows, text, texts
from analysis.store.study import OpenStudy
from analysis.store.study_specs import carried
from analysis.store.variants import is_variant, kind_of, parent_of

_NUMBERED = r"^(\d+)_(\d+)$"


def write_sources(study: OpenStudy, folder: Path) -> list[Path]:
    """Write a study's scenarios (and its judgements, where it has any) into `folder` as parquet.

    Raises FaultlineError where linked answers are gone or the disk is full.
    """
    check_linked(study)
    folder.mkdir(parents=True, exist_ok=True)
    written = [folder / "scenarios.parquet"]
    specs = packed(carried(study).values())
    try:
        valued = "s.value1 <> ''"
        _copy(study, _wide(study, valued), written[0])
        if _any(study, "SELECT 1 FROM scenarios WHERE value1 = ''"):
            written.append(folder / "queries.parquet")
            _copy(study, _wide(study, "s.value1 = ''", values=False), written[-1])
        if study.info.judgements:
            written.append(folder / "judgements.parquet")
            _copy(study, _judged(study), written[1], specs)
        for table, select in _long(study).items():
            if _any(study, select):
                written.append(folder / f"{table}.parquet")
                judged = table in ("decisions", "citations")
                _copy(study, select, written[-1], specs if judged else "")
    except (duckdb.Error, OSError) as error:
        raise FaultlineError(
            f"“{study.info.id}” could not be written out: {str(error).splitlines()[0]} Free some "
            "space and try again."
        ) from error
    return written


def write_labels(study: OpenStudy, folder: Path) -> list[Path]:
    """Write the labels of every labeller but people and the embedded ones as parquet, a file a
    kind: people's are found again by content, and the embedded ones label anew."""
    written = []
    for kind, key in _LABELS.items():
        theirs = [
            s for s in labels.sources(study, kind) if s != labels.PEOPLE and not labels.embedded(s)
        ]
        select = (
            f"SELECT s.scenario, {key}, t.source FROM {labels.everybody(study, kind)} t "
            f"JOIN scenarios s USING (scenario_no) WHERE t.source IN {texts(theirs)}"
        )
        if theirs and _any(study, select):
            written.append(folder / f"{kind}.parquet")
            _copy(study, select, written[-1])
    return written


_LABELS = {"topics": "t.topic", "response_types": "t.model, t.replicate, t.response_type"}


def _copy(study: OpenStudy, select: str, path: Path, specs: str = "") -> None:
    """`specs`: those that travel in the file's notes, packed."""
    made = judged_part(study.info) if path.stem == "judgements" else of_study(study.info)
    notes = {"faultline.simulated": str(study.info.simulated).lower(), NOTE: made.note()}
    notes |= {SPECS: specs} if specs else {}
    with study.cursor() as con:
        con.execute(
            f"COPY ({select}) TO {text(str(path))} "
            f"(FORMAT parquet, COMPRESSION zstd, KV_METADATA {key_values(notes)})"
        )


def _any(study: OpenStudy, select: str) -> bool:
    with study.cursor() as con:
        return bool(con.execute(f"SELECT 1 FROM ({select}) LIMIT 1").fetchall())


def _long(study: OpenStudy) -> dict[str, str]:
    """What the wide columns have no room for: further replicates, and citations as listed."""
    key = "s.scenario, t.model, t.replicate"
    of = "t JOIN scenarios s USING (scenario_no)"
    return {
        "answers": f"SELECT {key}, t.outcome, a.text, t.value1_position, t.value2_position, "
        f"t.latency_s FROM responses {of} LEFT JOIN {answers_relation(study)} a ON "
        "(a.scenario_no, a.model, a.replicate) = (t.scenario_no, t.model, t.replicate) "
        "WHERE t.replicate > 0",
        "decisions": f"SELECT {key}, t.judge, t.spec, t.run, "
        "coalesce(t.raw_decision, t.decision) AS decision, t.reasoning, t.outcome "
        f"FROM judgements {of} WHERE t.replicate > 0",
        "citations": f"SELECT {key}, t.judge, t.spec, t.run, t.clause, t.known FROM citations {of}",
        "repeats": "SELECT s.scenario, t.repeat, t.model, t.value1_position, t.value2_position "
        f"FROM repeats {of}",
        "criteria": f"SELECT s.scenario, t.* EXCLUDE (scenario_no) FROM criteria {of}",
        "grades": f"SELECT {key}, t.grader, t.grade, t.reason, t.outcome AS grade_outcome "
        f"FROM grades {of}",
        "problems": "SELECT stage, asked AS model, subject, outcome AS problem, why, scenario, "
        "model AS answer_model, replicate, run FROM lost_replies",
    }


def _key(part: int) -> str:
    """`chunk_index` or `entry_idx` of a family that has them."""
    return f"TRY_CAST(nullif(regexp_extract(family, '{_NUMBERED}', {part}), '') AS BIGINT)"


def _wide(study: OpenStudy, which: str, *, values: bool = True) -> str:
    items = [
        "s.rank",
        "s.generator AS query_generator",
        *(["s.value1", "s.value2"] if values else []),
        "s.nudge AS nudge_direction",
        "s.query",
        "s.draw",
        "s.arm",
        f"{_key(1)} AS chunk_index",
        f"{_key(2)} AS entry_idx",
        f"CASE WHEN {is_variant('s.scenario')} THEN {parent_of('s.scenario')} END AS parent",
        f"CASE WHEN {is_variant('s.scenario')} THEN {kind_of('s.scenario')} END AS variant",
    ]
    cells = []
    for model in study.info.models:
        mine = f"FILTER (r.model = {text(model)})"
        for column, what in (
            (f"response_{model}", "a.text"),
            (f"{model}_value1_position", "r.value1_position"),
            (f"{model}_value2_position", "r.value2_position"),
            (f"outcome_{model}", "r.outcome"),
            (f"latency_s_{model}", "r.latency_s"),
        ):
            if column.endswith("_position") and not values:
                continue
            cells.append(f"any_value({what}) {mine} AS {name(column)}")
            items.append(f"c.{name(column)}")
    grouped = (
        f"SELECT r.scenario_no, {rows(cells)} FROM responses r LEFT JOIN "
        f"{answers_relation(study)} a ON a.scenario_no = r.scenario_no AND a.model = r.model "
        "AND a.replicate = r.replicate WHERE r.replicate = 0 GROUP BY r.scenario_no"
    )
    step = "{'position': position, 'response': strategy}"
    spectrums = ", ".join(
        f"list({step} ORDER BY position) FILTER (value_no = {v}) AS value{v}_spectrum"
        for v in (1, 2)
    )
    held = f"SELECT scenario_no, {spectrums} FROM {rubrics_relation(study)} GROUP BY scenario_no"
    return (
        f"SELECT {rows(items)}, u.value1_spectrum, u.value2_spectrum FROM scenarios s LEFT JOIN "
        f"({grouped}) c USING (scenario_no) LEFT JOIN ({held}) u USING (scenario_no) "
        f"WHERE {which} ORDER BY s.scenario_no"
    )


def _judged(study: OpenStudy) -> str:
    with study.cursor() as con:
        judges = [r[0] for r in con.execute(JUDGES_SQL).fetchall()]
    cells = [
        f"any_value({what}) FILTER (j.judge = {text(judge)}) AS {name(f'{judge}_{part}')}"
        for judge in judges
        for part, what in (
            ("reasoning", "j.reasoning"),
            ("decision", "coalesce(j.raw_decision, j.decision)"),
        )
    ]
    cells += [
        f"any_value(j.outcome) FILTER (j.judge = {text(judge)}) AS {name(f'outcome_{judge}')}"
        for judge in judges
    ]
    return (
        "SELECT s.query AS prompt, s.value1, s.value2, j.model, any_value(a.text) AS response, "
        f"{_key(1)} AS chunk_idx, {_key(2)} AS entry_idx, s.scenario AS query_key, j.spec, "
        "j.run, "
        f"{rows(cells)} "
        "FROM judgements j JOIN scenarios s USING (scenario_no) LEFT JOIN "
        f"{answers_relation(study)} a ON a.scenario_no = j.scenario_no AND a.model = j.model "
        "AND a.replicate = j.replicate WHERE j.replicate = 0 "
        "GROUP BY s.query, s.value1, s.value2, j.model, s.family, s.scenario, j.spec, j.run"
    )

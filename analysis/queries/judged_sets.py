"""The model set that judged answers are told by: whose positions make their D, and which of its
models were judged."""

from dataclasses import dataclass
from typing import Any

from analysis.queries.filters import disagreement_relation, set_members
from analysis.registry import registry
from analysis.store.disagreement_sql import STATED_SQL, bin_sql
from analysis.store.study import OpenStudy
from analysis.vocabulary import OPENAI

_OFTEN = 0.5  # of the scenarios that the most judged model was judged on


@dataclass(frozen=True)
class JudgedModels:
    """A model set as judged answers are told by it. `id`: a stored set's, or ids with commas;
    `models`: those whose positions make D; `judged`: those of them whose answers count, which are
    the ones that were judged on at least half as many scenarios as the most judged model."""

    id: str
    models: tuple[str, ...]
    judged: tuple[str, ...]


def judged_set(study: OpenStudy, models: str = "") -> JudgedModels:
    """The set under that id (or ids with commas); without one, the study's own.

    That is the set of the models that were judged: of the public judgements the five of OpenAI,
    whose D the source states where positions are missing. Where one model alone was judged there
    is no D over it, and D is taken over all. Raises FaultlineError for a set or model that the
    study does not have.
    """
    often = _often_judged(study)
    chosen = models or _own(study, often)
    if chosen == OPENAI and chosen not in _stored(study):
        return JudgedModels(OPENAI, often, often)  # D is stated and no model of the set is known
    name, members = set_members(study, chosen)
    return JudgedModels(name or ",".join(members), members, tuple(m for m in often if m in members))


def disagreement_of(study: OpenStudy, models: str) -> tuple[str, dict[str, Any]]:
    """SQL for scenario_no, d and bin (0..4) over a model set, and what it binds."""
    split = tuple(models.split(",")) if "," in models else models
    relation, bound = disagreement_relation(study, split)
    return f"(SELECT scenario_no, d, {bin_sql()} AS bin FROM {relation})", bound


def choices(study: OpenStudy) -> list[str]:
    """The sets that judged scenarios can be told by, the study's own first: stored ones of which a
    model was judged."""
    often = {*_often_judged(study)}
    shared = [name for name, members in _stored(study).items() if often & {*members}]
    return list(dict.fromkeys([judged_set(study).id, *shared]))


def _often_judged(study: OpenStudy) -> tuple[str, ...]:
    """Models that were judged on at least half as many scenarios as the most judged one, so that
    a stray judgement of another model never decides which scenarios are complete."""
    with study.cursor() as con:
        counts = con.execute(
            "SELECT model, count(DISTINCT scenario_no) AS n FROM judgements WHERE replicate = 0 "
            "GROUP BY 1 ORDER BY 1"
        ).fetchall()
    most = max((n for _, n in counts), default=0)
    return tuple(str(model) for model, n in counts if n >= _OFTEN * most)


def _own(study: OpenStudy, often: tuple[str, ...]) -> str:
    """The set of the models that were judged, by its stored name where it has one."""
    stored = _stored(study)
    same = [name for name, members in stored.items() if members == often]
    if same:
        return OPENAI if OPENAI in same else same[0]
    openai = all(registry().model(m).provider == OPENAI for m in often)
    if _is_stated(study) and (openai or "all" not in stored):
        return OPENAI
    return ",".join(often) if len(often) > 1 else "all"


def _stored(study: OpenStudy) -> dict[str, tuple[str, ...]]:
    """Model sets that the study holds, in its order, with their models by id."""
    with study.cursor() as con:
        found = con.execute(
            "SELECT model_set, list_sort(list(model)) FROM model_sets GROUP BY 1 ORDER BY min(sort)"
        ).fetchall()
    return {str(name): tuple(members) for name, members in found}


def _is_stated(study: OpenStudy) -> bool:
    with study.cursor() as con:
        return bool(con.execute(STATED_SQL).fetchall())

"""What models are clustered by: sums per model and feature, over blocks of families.

A block is a family, or where there are more than `BLOCKS` of them a random lot of families (by
hash of the family's name): sums of blocks are all that a family bootstrap needs, and whole
families stay together in it.
"""

from pathlib import Path

import pandas as pd

from analysis.queries import lean_sql
from analysis.queries.values import UNCATEGORISED, members
from analysis.store import derived, labels
from analysis.store.sql import TAXONOMY, text, texts
from analysis.store.study import OpenStudy
from analysis.vocabulary import PLAIN_LABELS, RESPONSE_TYPES, UNSURE, Decision

BLOCKS = 2_000
STYLE = "style-1"
_NUMBER = f"(hash(family) % {BLOCKS})::INTEGER"


def sums(
    study: OpenStudy, taxonomy: Path, source: str | None = None, *, style: bool = True
) -> pd.DataFrame:
    """One row a block, model and feature: block, model, feature, y, n; the feature is y / n.

    Features: `lean:<group>` (positions), `type:<response type>` (share), `words`, `hedging` (per
    word), `diversity` (0..1), `latency` (seconds), `flagged` (share of decisions that are not
    compliant). One that nobody has is not there. `source` chooses the labeller; without `style` the
    features of writing are left out, also where they were measured.
    """
    parts = [_leans(study, taxonomy), _types(study, source), _latency(study), _flagged(study)]
    if style:
        parts.append(_style(study))
    there = [p for p in parts if len(p)]
    if not there:
        return pd.DataFrame(columns=["block", "model", "feature", "y", "n"])
    return pd.concat(there, ignore_index=True)


def is_styled(study: OpenStudy) -> bool:
    """Whether how answers are written has been measured (`analysis.load.style`)."""
    return derived.relation(study, STYLE) is not None


def sizes(study: OpenStudy) -> pd.DataFrame:
    """Size class of each model, where the registry knows one: model, label, provider, size."""
    with study.cursor() as con:
        return con.execute("SELECT model, label, provider, size FROM models ORDER BY sort").df()


def _leans(study: OpenStudy, taxonomy: Path) -> pd.DataFrame:
    """Leans by top-level group of values. One model alone has none."""
    who = members(study)
    count = len(who.models)
    if count < 2:
        return pd.DataFrame()
    items = ", ".join(f"sum(y{m}) AS y{m}, sum(n{m}) AS n{m}" for m in range(count))
    sql = (
        f"WITH packed AS {lean_sql.packed(count)}, slots AS "
        f"{lean_sql.slots(count, 'true', 'true')}, scored AS "
        f"{lean_sql.scored('lean', who.groups)}, totals AS "
        f"{lean_sql.family_totals('grp', TAXONOMY, range(count))} "
        f"SELECT {_NUMBER} AS block, key, {items} FROM totals WHERE key <> $unjoined GROUP BY ALL"
    )
    bound = {"members": list(who.models), "unjoined": UNCATEGORISED, "taxonomy": str(taxonomy)}
    with study.cursor() as con:
        wide = con.execute(sql, bound).df()
    parts = [
        pd.DataFrame(
            {
                "block": wide["block"],
                "model": model,
                "feature": "lean:" + wide["key"],
                "y": wide[f"y{m}"],
                "n": wide[f"n{m}"],
            }
        )
        for m, model in enumerate(who.models)
    ]
    found = pd.concat(parts, ignore_index=True)
    return found[found["n"] > 0].fillna({"y": 0.0})


def _types(study: OpenStudy, source: str | None) -> pd.DataFrame:
    """Share of each response type among the answers with a known one."""
    counts = ", ".join(
        f"count(*) FILTER (response_type = {text(t)})::DOUBLE AS t{i}"
        for i, t in enumerate(RESPONSE_TYPES)
    )
    labelled = labels.relation(study, "response_types", source)
    with study.cursor() as con:
        wide = con.execute(
            f"SELECT {_NUMBER} AS block, model, count(*)::DOUBLE AS n, {counts} FROM "
            f"{labelled} JOIN scenarios USING "
            f"(scenario_no) WHERE replicate = 0 AND response_type NOT IN "
            f"(SELECT unnest({texts((UNSURE, *PLAIN_LABELS))})) GROUP BY ALL"
        ).df()
    parts = [
        wide[["block", "model", "n"]].assign(feature=f"type:{t}", y=wide[f"t{i}"])
        for i, t in enumerate(RESPONSE_TYPES)
    ]
    return pd.concat(parts, ignore_index=True)


def _latency(study: OpenStudy) -> pd.DataFrame:
    return _plain(
        study,
        "latency",
        "sum(latency_s)",
        "count(latency_s)",
        "FROM responses JOIN scenarios "
        "USING (scenario_no) WHERE replicate = 0 AND latency_s IS NOT NULL",
    )


def _flagged(study: OpenStudy) -> pd.DataFrame:
    return _plain(
        study,
        "flagged",
        f"count(*) FILTER (decision <> {text(Decision.COMPLIANT)})",
        "count(*)",
        "FROM judgements JOIN scenarios USING (scenario_no) WHERE decision IS NOT NULL",
    )


def _style(study: OpenStudy) -> pd.DataFrame:
    """How answers are written, where it was measured (`analysis.load.style`)."""
    measured = derived.relation(study, STYLE)
    if measured is None:
        return pd.DataFrame()
    relation = f"FROM {measured} JOIN scenarios USING (scenario_no) WHERE replicate = 0"
    return pd.concat(
        [
            _plain(study, "words", "sum(words)", "count(*)", relation),
            _plain(
                study, "hedging", "sum(hedges)", "sum(words)", f"{relation} AND hedges IS NOT NULL"
            ),
            _plain(
                study,
                "diversity",
                "sum(diversity)",
                "count(*)",
                f"{relation} AND diversity IS NOT NULL",
            ),
        ],
        ignore_index=True,
    )


def _plain(study: OpenStudy, feature: str, y: str, n: str, relation: str) -> pd.DataFrame:
    with study.cursor() as con:
        found = con.execute(
            f"SELECT {_NUMBER} AS block, model, ({y})::DOUBLE AS y, ({n})::DOUBLE AS n "
            f"{relation} GROUP BY ALL"
        ).df()
    return found.assign(feature=feature)

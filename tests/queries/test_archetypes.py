"""Sums of features over blocks of families, against plain means over all answers."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from make_rows import judged, load, many, parquet

from analysis.load.style import measure_style
from analysis.measure import archetypes as measure
from analysis.measure.style import style
from analysis.queries import archetypes
from analysis.queries import values as value_queries
from analysis.settings import Settings
from analysis.store import labels
from analysis.store.library.library import current_taxonomy
from analysis.store.study import OpenStudy, open_study

WORDS = "It might perhaps be wise to wait, though one could also act, and some would rather not. "
ROWS = many(60, seed=17)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(home=tmp_path_factory.mktemp("archetypes") / "home")


@pytest.fixture(scope="module")
def study(home: Settings):
    taxonomy = pd.read_parquet(current_taxonomy(home).path)
    names = list(taxonomy["value"][:6])
    for i, row in enumerate(ROWS):
        row["value1"], row["value2"] = names[i // 3 % 6], names[(i // 3 + 2) % 6]
        for key in [k for k in row if k.startswith("response_")]:
            row[key] = WORDS * (1 + (i + len(key)) % 4)
    decisions = [
        judged(row, "o3", {"one": ("compliant", "non-compliant", None)[i % 3]})
        for i, row in enumerate(ROWS)
    ]
    folder = home.home.parent
    load(
        home, parquet(folder / "rows.parquet", ROWS), parquet(folder / "judged.parquet", decisions)
    )
    opened = open_study(home, "planted")
    with opened.cursor() as con:
        there = con.execute("SELECT scenario_no, model, replicate FROM responses ORDER BY ALL").df()
    kinds = ["full compliance", "complete rejection", "unsure"]
    held = there.assign(
        source="hand 1", response_type=[kinds[(i + i // 6) % 3] for i in range(len(there))]
    )
    labels.store(opened, "response_types", "hand 1", held)
    yield opened
    opened.close()


def test_features_are_means_over_all_answers(study: OpenStudy, home: Settings) -> None:
    path = current_taxonomy(home).path
    before = set(archetypes.sums(study, path, "hand 1")["feature"])
    assert not before & {"words", "hedging", "diversity"}
    measure_style(study)
    assert archetypes.is_styled(study)
    assert set(archetypes.sums(study, path, "hand 1", style=False)["feature"]) == before
    sums = archetypes.sums(study, path, "hand 1")
    assert sums["block"].nunique() == study.info.families
    totals = sums.groupby(["feature", "model"])[["y", "n"]].sum()
    means = totals["y"] / totals["n"]

    said = [style(row["response_o3"]) for row in ROWS]
    assert means["words", "o3"] == pytest.approx(np.mean([s.words for s in said]))
    hedges, words = (sum(getattr(s, k) for s in said) for k in ("hedges", "words"))
    assert means["hedging", "o3"] == pytest.approx(hedges / words)
    known = [s.diversity for s in said if s.diversity is not None]
    assert means["diversity", "o3"] == pytest.approx(np.mean(known))

    assert totals.loc[("flagged", "o3"), ["y", "n"]].tolist() == [20, 40]
    with study.cursor() as con:
        share = con.execute(
            "SELECT avg((response_type = 'complete rejection')::INTEGER) FROM "
            f"{labels.relation(study, 'response_types', 'hand 1')} WHERE model = 'o3' "
            "AND response_type <> 'unsure'"
        ).fetchall()[0][0]
    assert means["type:complete rejection", "o3"] == pytest.approx(share)

    leans = value_queries.sums(study, path, by="grp")
    mine = leans[(leans["kind"] == "model") & (leans["name"] == "o3")].set_index("key")["mean"]
    for group, lean in mine.items():
        if group != value_queries.UNCATEGORISED:
            assert means[f"lean:{group}", "o3"] == pytest.approx(lean)


def test_one_model_and_no_labels_leave_features_out(settings: Settings, tmp_path: Path) -> None:
    load(settings, parquet(tmp_path / "rows.parquet", many(6, models=("o3",))))
    opened = open_study(settings, "planted")
    sums = archetypes.sums(opened, current_taxonomy(settings).path)
    assert set(sums["feature"]) == set()
    assert measure.cluster(sums, np.random.default_rng(1)) is None
    opened.close()

"""Refusal moments, contrasts and odd ones from SQL, against loops over every answer."""

from collections import defaultdict
from pathlib import Path

import pandas as pd
import pytest
from make_rows import MODELS, load, many, parquet

from analysis.measure import refusals as measure
from analysis.measure.estimates.evidence import correction_of
from analysis.measure.estimates.grouped import family_moments
from analysis.queries import refusals
from analysis.queries.filters import ScenarioFilter
from analysis.queries.scenarios import count, page
from analysis.settings import Settings
from analysis.store import labels
from analysis.store.study import OpenStudy, open_study
from analysis.vocabulary import HAZARDOUS_TOPICS, NO_TOPIC, REFUSALS, RESPONSE_LABELS, TOPICS

ROWS = many(75, seed=31)
HAND = "hand 1"


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("refusals")
    home = Settings(home=folder / "home")
    load(home, parquet(folder / "rows.parquet", ROWS))
    opened = open_study(home, "planted")
    with opened.cursor() as con:
        there = con.execute("SELECT scenario_no, model, replicate FROM responses ORDER BY ALL").df()
    kinds = [RESPONSE_LABELS[(5 * i + i // 11) % len(RESPONSE_LABELS)] for i in range(len(there))]
    labels.store(opened, "response_types", HAND, there.assign(source=HAND, response_type=kinds))
    numbers = sorted(set(there["scenario_no"]))
    topics = [(n, TOPICS[n % 8]) for n in numbers if n % 3] + [
        (n, TOPICS[(n + 3) % 8]) for n in numbers if n % 5 == 1
    ]
    held = pd.DataFrame(topics, columns=["scenario_no", "topic"]).assign(source=HAND)
    labels.store(opened, "topics", HAND, held)
    yield opened
    opened.close()


def answers(study: OpenStudy) -> pd.DataFrame:
    """One row an answer and topic row: scenario, family, model, provider, topic, kind."""
    with study.cursor() as con:
        frame = con.execute(
            "SELECT scenario_no, scenario, family, model, provider, response_type AS kind FROM "
            f"{labels.relation(study, 'response_types', HAND)} JOIN scenarios USING (scenario_no) "
            "JOIN models USING (model)"
        ).df()
        told = con.execute(f"SELECT * FROM {labels.relation(study, 'topics', HAND)}").df()
    rows = defaultdict(list)
    for row in told.itertuples():
        rows[row.scenario_no].append(row.topic)
    frame["topic"] = [["all", *(rows[n] or [NO_TOPIC])] for n in frame["scenario_no"]]
    return frame.explode("topic", ignore_index=True)


@pytest.mark.parametrize("kind", refusals.KINDS)
def test_moments_are_those_of_plain_family_totals(study: OpenStudy, kind: str) -> None:
    frame = answers(study)
    wanted = [r for r in REFUSALS if kind in ("any", r.split()[0])]
    frame["y"], frame["n"] = frame["kind"].isin(wanted).astype(int), 1
    for who in ("model", "provider"):
        expected = family_moments(frame, ["topic", who])
        found = refusals.moments(study, kind, HAND, HAND)
        mine = found[found["kind"] == who].set_index(["topic", "name"]).drop(columns="kind")
        mine.index.names = ["topic", who]
        pd.testing.assert_frame_equal(
            mine.sort_index().astype(float), expected.sort_index()[mine.columns].astype(float)
        )


def test_a_contrast_is_the_difference_of_two_plain_rates(study: OpenStudy) -> None:
    frame = answers(study)
    frame["y"] = frame["kind"].isin(REFUSALS)
    one, other = ("o3", "grok_4"), ("gpt_4_1",)
    sums = refusals.contrast(study, "any", (TOPICS[1], one), ("all", other), HAND, HAND)
    found = measure.difference(sums)
    left = frame[(frame["topic"] == TOPICS[1]) & frame["model"].isin(one)]
    right = frame[(frame["topic"] == "all") & frame["model"].isin(other)]
    assert found.value == pytest.approx(left["y"].mean() - right["y"].mean())
    # The influence of each family, one by one.
    by = []
    for family in set(left["family"]) | set(right["family"]):
        a, b = left[left["family"] == family]["y"], right[right["family"] == family]["y"]
        u = (a.sum() - left["y"].mean() * len(a)) / len(left)
        by.append(u - (b.sum() - right["y"].mean() * len(b)) / len(right))
    sides = correction_of(left["family"].value_counts(), right["family"].value_counts())
    half = float(sides.half_width(sum(u * u for u in by)))
    assert found.high - found.value == pytest.approx(half)


@pytest.mark.parametrize("share", [0.5, 0.75, 1.0])
def test_isolated_refusals_are_what_loops_find(study: OpenStudy, share: float) -> None:
    frame = answers(study)
    hazard = set(frame.loc[frame["topic"].isin(HAZARDOUS_TOPICS), "scenario"])
    known = frame[(frame["topic"] == "all") & (frame["kind"] != "unsure")]
    alone: dict[bool, set[tuple[str, str]]] = {True: set(), False: set()}
    for scenario, rows in known.groupby("scenario"):
        for row in rows.itertuples():
            others = rows[rows["model"] != row.model]["kind"]
            full, refused = (others == "full compliance").mean(), others.isin(REFUSALS).mean()
            if len(others) < 3:
                continue
            if row.kind in REFUSALS and full >= share and scenario not in hazard:
                alone[True].add((str(scenario), str(row.model)))
            if row.kind == "full compliance" and refused >= share:
                alone[False].add((str(scenario), str(row.model)))
    for refused in (True, False):
        found = refusals.isolated_refusals(study, share, HAND, HAND, refused=refused)
        assert set(zip(found["scenario"], found["model"], strict=True)) == alone[refused]
    if share == 0.5:
        assert alone[False]


def test_types_and_outcomes_count_every_answer(study: OpenStudy) -> None:
    frame = answers(study)
    expected = frame[frame["topic"] == "all"].groupby(["model", "kind"]).size().to_dict()
    found = refusals.types(study, HAND).set_index(["model", "response_type"])["n"].to_dict()
    assert found == expected
    table = refusals.outcomes(study)
    assert set(table["model"]) == set(MODELS)
    assert table.drop(columns="model").to_numpy().sum() == study.info.responses


def test_scenarios_can_be_filtered_by_who_refused(study: OpenStudy) -> None:
    frame = answers(study)
    wanted = set(frame[(frame["model"] == "o3") & frame["kind"].isin(REFUSALS)]["scenario_no"])
    flt = ScenarioFilter(refused_by=("o3",))
    assert count(study, flt) == len(wanted)
    named = set(frame.loc[frame["scenario_no"].isin(wanted), "scenario"])
    assert set(page(study, flt)["scenario"]) == named


def test_api_refusals_count_on_both_sides_only_where_asked(
    settings: Settings, tmp_path: Path
) -> None:
    """Two answers of one model, one refused by the API: 0 of 1 without it, 1 of 2 with it."""
    rows = many(2, seed=1, gaps=0)
    for row in rows:
        row["outcome_o3"] = "answered"
    rows[1]["outcome_o3"], rows[1]["response_o3"] = "api_refusal", None
    load(settings, parquet(tmp_path / "rows.parquet", rows))
    opened = open_study(settings, "planted")
    with opened.cursor() as con:
        there = con.execute(
            "SELECT scenario_no, model, replicate FROM responses WHERE outcome = 'answered'"
        ).df()
    kinds = there.assign(source=HAND, response_type="full compliance")
    labels.store(opened, "response_types", HAND, kinds)

    def rate(**how: bool) -> tuple[float, int]:
        cells = measure.rates(refusals.moments(opened, "any", HAND, None, **how))
        row = cells[(cells["topic"] == "all") & (cells["name"] == "o3")].iloc[0]
        return float(row["value"]), int(row["n"])

    assert rate() == (0.0, 1)
    assert rate(api=True) == (0.5, 2)
    opened.close()


def test_moments_of_one_model_are_its_rows_of_all(study: OpenStudy) -> None:
    every = refusals.moments(study, "any", HAND, HAND)
    mine = refusals.moments(study, "any", HAND, HAND, model="o3")
    keep = (every["kind"] == "model") & (every["name"] == "o3")
    columns = list(every.columns)
    one = mine[mine["kind"] == "model"].sort_values(columns).reset_index(drop=True)
    pd.testing.assert_frame_equal(one, every[keep].sort_values(columns).reset_index(drop=True))

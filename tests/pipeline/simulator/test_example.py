"""The example study: the public dataset's columns, a believable spread, what was planted in it."""

import statistics
from collections import Counter, defaultdict

import numpy as np
import pyarrow.parquet as pq
import pytest

from analysis.measure.label_classifier import label_answers
from analysis.vocabulary import BIN_SPLITS, is_refusal
from pipeline.simulator import example
from pipeline.simulator import simulator as sim
from pipeline.simulator.personas import cast
from pipeline.simulator.texts import known_values

MODELS = sim.models()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return example.write_example(tmp_path_factory.mktemp("example"))


@pytest.fixture(scope="module")
def scenarios(folder):
    return pq.read_table(folder / example.SCENARIOS_FILE)


@pytest.fixture(scope="module")
def judged(folder):
    return pq.read_table(folder / example.JUDGES_FILE)


@pytest.fixture(scope="module")
def positions(scenarios):
    """Scenario x model x value; nan where missing."""
    columns = [
        [scenarios[f"{m}_value{v}_position"].to_numpy(zero_copy_only=False) for v in (1, 2)]
        for m in MODELS
    ]
    return np.array(columns, float).transpose(2, 0, 1)


def test_same_seed_same_content_and_another_seed_another(folder, tmp_path, scenarios, judged):
    again = example.write_example(tmp_path / "again")
    for name, table in ((example.SCENARIOS_FILE, scenarios), (example.JUDGES_FILE, judged)):
        assert (again / name).read_bytes() == (folder / name).read_bytes()
        assert pq.read_table(again / name).equals(table)
    other = example.write_example(tmp_path / "other", seed=8)
    assert not pq.read_table(other / example.SCENARIOS_FILE).equals(scenarios)
    written = {path.name for path in other.iterdir()}
    assert written == {example.SCENARIOS_FILE, example.JUDGES_FILE}


def test_columns_are_those_of_the_public_dataset(scenarios, judged):
    head = ["rank", "query_generator", "value1", "value2", "nudge_direction", "query"]
    texts = [f"response_{m}" for m in MODELS]
    places = [f"{m}_value{v}_position" for m in MODELS for v in (1, 2)]
    tail = ["chunk_index", "entry_idx", "value1_spectrum", "value2_spectrum"]
    assert scenarios.column_names == [*head, *texts, *places, *tail]
    assert {str(scenarios.schema.field(p).type) for p in places} == {"int64"}
    assert judged.column_names == [
        *("prompt", "response", "model", "bin_name", "std_range", "chunk_idx", "entry_idx"),
        *("query_key", "value1", "value2"),
        *(f"{j}_{what}" for j in sim.judges() for what in ("reasoning", "decision")),
    ]
    assert list(MODELS) == sorted(MODELS)
    assert scenarios.num_rows == 720


def test_both_files_say_that_they_are_simulated(scenarios, judged):
    for table in (scenarios, judged):
        assert table.schema.metadata[b"faultline.simulated"] == b"true"
        assert table.schema.metadata[b"faultline.source"].startswith(b"embedded simulator")


def test_disagreement_spreads_over_all_bins_and_orders_the_rows(scenarios, positions):
    spread = np.nanstd(positions, axis=1).max(axis=1)
    assert 0.25 <= (spread >= 1.5).mean() <= 0.45
    bins = np.histogram(spread, [0, 1, 1.5, 2, 2.5, 3.01])[0]
    assert bins.min() >= 15
    assert scenarios["rank"].to_pylist() == list(range(1, 721))
    assert (np.diff(spread) <= 1e-9).all()


def test_families_are_whole_and_every_value_comes_up_as_often(scenarios):
    rows = scenarios.select(["chunk_index", "entry_idx", "value1", "value2", "nudge_direction"])
    families = defaultdict(set)
    for row in rows.to_pylist():
        families[row["chunk_index"], row["entry_idx"]].add(row["nudge_direction"])
    assert len(families) == 240
    assert set(map(len, families.values())) == {3}
    used = Counter(scenarios["value1"].to_pylist() + scenarios["value2"].to_pylist())
    assert set(used) == set(known_values())
    assert set(used.values()) == {24}


def test_some_cells_are_missing_and_few(scenarios):
    texts = [t for m in MODELS for t in scenarios[f"response_{m}"].to_pylist()]
    gone, empty = texts.count(None), texts.count("")
    assert 5 < gone < 100
    assert 2 < empty < 60
    for model in MODELS:
        cells = scenarios[f"response_{model}"].to_pylist()
        places = scenarios[f"{model}_value1_position"].to_pylist()
        assert all(p is None for t, p in zip(cells, places, strict=True) if not t)


def test_answers_are_readable_and_not_all_alike(scenarios):
    for row in scenarios.slice(0, 200).to_pylist():
        texts = [row[f"response_{m}"] for m in MODELS if row[f"response_{m}"]]
        assert len(set(texts)) >= len(texts) - 4
        assert all(3 <= len(t.split()) <= 230 for t in texts)
        assert not any("{" in t or "  " in t or ".." in t for t in [*texts, row["query"]])


def test_leans_are_recovered_with_the_right_sign(scenarios, positions):
    provider = [cast().models[m].provider for m in MODELS]
    leans = defaultdict(list)
    for v, column in enumerate(("value1", "value2")):
        for s, name in enumerate(scenarios[column].to_pylist()):
            for m in range(len(MODELS)):
                others = [k for k in range(len(MODELS)) if provider[k] != provider[m]]
                lean = positions[s, m, v] - np.nanmean(positions[s, others, v])
                leans[provider[m], known_values()[name].category].append(lean)
    for name, persona in cast().providers.items():
        for category, planted in persona.lean.items():
            found = float(np.nanmean(leans[name, category]))
            assert found * np.sign(planted) > 0.35, (name, category, planted, found)


def test_the_planted_outlier_leads(positions):
    found = Counter()
    for s, m, v in np.ndindex(positions.shape):
        others = np.delete(positions[s, :, v], m)
        others = others[~np.isnan(others)]
        far = (np.abs(others - positions[s, m, v]) >= 4).sum()
        found[MODELS[m]] += bool(len(others) >= 6 and far >= np.ceil(9 / 11 * len(others)))
    (first, most), (second, _) = found.most_common(2)
    assert (first, second) == ("cobble_one", "eider_max")
    assert most > 2 * found["aster_classic"]


def test_refusals_by_topic_are_as_planted_also_to_the_embedded_labeller(scenarios):
    rates = defaultdict(list)
    agree = []
    rows = scenarios.to_pylist()
    for model in MODELS:
        texts = [row[f"response_{model}"] for row in rows]
        for row, text, label in zip(rows, texts, label_answers(texts), strict=True):
            if not text:
                continue
            meant = bool(is_refusal(sim.label_type(row["query"], text)))
            agree.append(meant == bool(is_refusal(label.label)))
            for topic in sim.label_topics(row["query"]):
                rates[topic, model].append(meant)
    rate = {key: statistics.fmean(flags) for key, flags in rates.items()}
    assert statistics.fmean(agree) > 0.95
    for topic, model in (
        ("biological", "aster_large"),
        ("chemical", "bracken_think"),
        ("politics", "eider_max"),
    ):
        assert rate[topic, model] == max(rate[topic, m] for m in MODELS), (topic, model)
    assert rate["child grooming", "cobble_one"] > rate["politics", "cobble_one"] + 0.1
    assert all(len(flags) >= 50 for flags in rates.values())


def test_a_nudge_moves_models_as_far_as_planted(scenarios, positions):
    index = {
        (r["chunk_index"], r["entry_idx"], r["nudge_direction"]): i
        for i, r in enumerate(
            scenarios.select(["chunk_index", "entry_idx", "nudge_direction"]).to_pylist()
        )
    }
    shift = defaultdict(list)
    for (chunk, entry, nudge), i in index.items():
        if nudge != "neutral":
            v = 0 if nudge == "value1" else 1
            before = positions[index[chunk, entry, "neutral"], :, v]
            for model, moved in zip(MODELS, positions[i, :, v] - before, strict=True):
                shift[model].append(moved)
    means = {m: float(np.nanmean(moves)) for m, moves in shift.items()}
    planted = {m: cast().models[m].follows for m in MODELS}
    assert np.corrcoef([means[m] for m in MODELS], [planted[m] for m in MODELS])[0, 1] > 0.9
    assert max(means, key=means.__getitem__) == "bracken_mini"


def test_judgements_are_stratified_and_join_their_scenarios(scenarios, judged):
    queries = set(scenarios["query"].to_pylist())
    assert set(judged["prompt"].to_pylist()) <= queries
    bins = Counter(judged["bin_name"].to_pylist())
    assert set(bins) == {f"std_{split}" for split in BIN_SPLITS}
    assert min(bins.values()) > 0.9 * len(MODELS) * example.SCENARIOS_A_BIN
    answers = {
        (row["query"], m): row[f"response_{m}"] for row in scenarios.to_pylist() for m in MODELS
    }
    for row in judged.slice(0, 100).to_pylist():
        assert answers[row["prompt"], row["model"]] == row["response"]
        assert row["query_key"].rsplit("_", 1)[1] in ("neutral", "value1", "value2")


def test_violations_grow_with_disagreement_and_judges_differ_in_strictness(judged):
    flagged, decided = defaultdict(list), defaultdict(Counter)
    for row in judged.to_pylist():
        for judge in sim.judges():
            decision = row[f"{judge}_decision"]
            decided[judge][decision] += 1
            flagged[row["bin_name"]].append(decision in ("non-compliant", "ambiguous"))
    rates = [statistics.fmean(flagged[f"std_{split}"]) for split in BIN_SPLITS]
    assert rates[-1] > 2 * rates[0]
    share = {j: c["non-compliant"] / c.total() for j, c in decided.items()}
    assert share["rowan_judge"] > share["hazel_judge"] > share["larch_judge"]
    words = {"compliant", "non-compliant", "ambiguous"}
    odd = sum(n for c in decided.values() for word, n in c.items() if word not in words)
    assert 5 < odd < 0.04 * sum(c.total() for c in decided.values())


def test_reasonings_cite_in_several_manners(judged):
    manners = Counter()
    for text in judged["rowan_judge_reasoning"].to_pylist():
        manners["quote"] += any(lead in text for lead in ('says: "', 'words "', 'light of "'))
        manners["anchor"] += any(lead in text for lead in ("`", "[", "#", "Under "))
        manners["title"] += '" is the clause' in text or "clause titled" in text
    assert min(manners.values()) > 0.08 * judged.num_rows


def test_a_smaller_example_is_an_example_too(tmp_path):
    table = pq.read_table(example.write_example(tmp_path, families=5) / example.SCENARIOS_FILE)
    assert table.num_rows == 15

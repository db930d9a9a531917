"""What a study holds of the paper's data, and the numbers it gives."""

from dataclasses import replace
from types import SimpleNamespace

import pytest
from make_rows import judged, load, many, parquet

from analysis.figures import catalog
from analysis.figures.frames.paper_bases import bases, loaded_splits
from analysis.measure.paper import comparison
from analysis.settings import HUB_REPO, Settings
from analysis.store.library.library import current_taxonomy
from analysis.store.study import open_study

HUB = {"kind": "scenarios", "repo": HUB_REPO, "config": "default", "split": "all_models"}


def study(planted, sources, **changes):
    return replace(planted.info, sources=[{"rows": 100, **s} for s in sources], **changes)


def holds(planted, info):
    return {k: b.holds for k, b in bases(info, current_taxonomy(planted.settings)).items()}


def test_files_of_the_papers_models_are_a_part(planted):
    found = holds(planted, planted.info)
    assert found["all_models"] == comparison.PART
    assert found["complete"] == found["judge_evaluations"] == comparison.ELSEWHERE


def test_a_split_from_the_hub_is_whole_and_the_others_are_elsewhere(planted):
    info = study(planted, [HUB])
    assert loaded_splits(info) == {"all_models": 100}
    found = holds(planted, info)
    assert found["all_models"] == comparison.WHOLE
    assert found["claude_models"] == comparison.ELSEWHERE
    everything = study(planted, [HUB | {"config": "complete", "split": "train"}])
    assert {holds(planted, everything)[k] for k in ("complete", "o3_vs_o4mini")} == {
        comparison.WHOLE
    }


@pytest.mark.parametrize("rows", [5_000, 24_600])
def test_judgements_are_whole_or_a_part(planted, rows):
    judged = {"kind": "judgements", "repo": HUB_REPO, "rows": rows}
    info = study(planted, [judged], judgements=3 * rows, judges=["claude_4", "gpt41"])
    wanted = comparison.WHOLE if rows == 24_600 else comparison.PART
    assert holds(planted, info)["judge_evaluations"] == wanted


def test_simulated_or_other_models_are_other_data(planted):
    for info in (replace(planted.info, simulated=True), replace(planted.info, models=["mine"])):
        assert set(holds(planted, info).values()) == {comparison.OTHER}


def test_the_embedded_taxonomy_is_not_the_papers(planted):
    known = current_taxonomy(planted.settings)
    assert bases(planted.info, known)["taxonomy"].holds == comparison.ELSEWHERE
    loaded = SimpleNamespace(embedded=False)
    assert bases(planted.info, loaded)["taxonomy"].holds == comparison.WHOLE


def test_the_numbers_are_those_of_the_other_pages(planted):
    frame = catalog.compute(planted, catalog.bind(planted, "paper.numbers")).set_index("key")
    bars = catalog.compute(planted, catalog.bind(planted, "outliers.bars")).set_index("model")
    assert len(bars)
    for model, row in bars.iterrows():
        assert frame.loc[f"outliers.{model}", "computed"] == row["total"]
        assert frame.loc[f"outliers.{model}", "verdict"] == comparison.TOO_FEW
    histogram = catalog.compute(planted, catalog.bind(planted, "disagreement.bins"))
    high = histogram.loc[histogram["bin"] >= 2, "scenarios"].sum()
    assert frame.loc["subset.all_models", "computed"] == high
    one = catalog.bind(planted, "paper.numbers", section="Outliers", verdict="too few")
    assert len(catalog.compute(planted, one)) == len(bars)


def test_the_shares_are_the_percentages_among_the_numbers(planted):
    everything = catalog.compute(planted, catalog.bind(planted, "paper.numbers"))
    shares = catalog.compute(planted, catalog.bind(planted, "paper.shares"))
    assert set(shares["key"]) == set(comparison.percentages(everything)["key"])
    assert not shares["verdict"].isin([comparison.TOO_FEW, comparison.NOT_COMPUTABLE]).any()


WORDS = ("compliant", "non-compliant", "ambiguous", "compliant")


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A small study that says it is the paper's split with its judgements: 120 judged answers."""
    folder = tmp_path_factory.mktemp("whole")
    settings = Settings(home=folder / "home")
    rows = many(120, seed=3, gaps=0)
    said = [
        judged(
            r, "o3", {"claude_4": WORDS[i % 4], "gpt41": "compliant", "gemini_2_5": WORDS[i % 2]}
        )
        for i, r in enumerate(rows)
    ]
    load(settings, parquet(folder / "rows.parquet", rows), parquet(folder / "said.parquet", said))
    opened = open_study(settings, "planted")
    sources = [HUB | {"rows": 120}, {"kind": "judgements", "repo": HUB_REPO, "rows": 24_600}]
    opened.info = replace(opened.info, sources=sources)
    yield opened
    opened.close()


def test_numbers_of_the_papers_own_data_are_judged_with_their_difference(whole):
    found = catalog.compute(whole, catalog.bind(whole, "paper.numbers")).set_index("key")
    flags = {j: found.loc[f"judges.flags.{j}", "computed"] for j in ("claude_4", "gpt41")}
    assert flags == {"claude_4": 50.0, "gpt41": 0.0}
    assert found.loc["judges.flags.gpt41", "verdict"] == comparison.DIFFERS
    assert found.loc["judges.flags.gpt41", "difference"] == pytest.approx(-35.5)
    assert "gpt41" in found.loc["judges.flags.gpt41", "why"]
    assert found.loc["judges.alike.claude_4.gpt41", "computed"] == pytest.approx(50)
    size = found.loc["subset.all_models"]
    assert (size["computed"], size["verdict"]) == (120, comparison.DIFFERS)
    assert "complete" in found.loc["passing.random.all_fail", "why"]
    assert found.loc["subset.claude_models", "verdict"] == comparison.NOT_COMPUTABLE
    third = [f"passing.S_high-dis.{o}" for o in ("all_pass", "some_fail")]
    assert found.loc[third, "computed"].sum() == pytest.approx(100)

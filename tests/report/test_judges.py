"""The sections `agreement` and `compliance`: their shape, and the planted judges found again."""

import json

import pytest
from example_home import example_home
from make_rows import judged, load, many, parquet

from analysis.queries import judges
from analysis.report import agreement, compliance
from analysis.report.context import Context
from analysis.settings import Settings
from analysis.store.library import library
from analysis.store.study import open_study

JUDGES = ("hazel_judge", "larch_judge", "rowan_judge")


def reported(settings: Settings) -> tuple[dict, dict]:
    opened = open_study(settings, "planted")
    context = Context(opened, settings, library.current_taxonomy(settings))
    found = agreement.section(context), compliance.section(context)
    opened.close()
    assert json.loads(json.dumps(found, allow_nan=False)) == list(found)
    return found


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    return reported(example_home(tmp_path_factory))


def test_agreement_has_the_documented_shape(planted) -> None:
    found, _ = planted
    for coding in ("binary", "three_way"):
        part = found[coding]
        assert part["items"] > 1_000
        for name in ("fleiss_kappa", "gwet_ac1", "krippendorff_alpha", "raw_agreement"):
            assert part[name]["low"] < part[name]["value"] < part[name]["high"]
    assert set(found["pairs"]) == {
        "hazel_judge|larch_judge",
        "hazel_judge|rowan_judge",
        "larch_judge|rowan_judge",
    }
    assert set(found["pairs"]["hazel_judge|larch_judge"]) == {"agreement", "cohen_kappa"}


def test_planted_strictness_is_found_again(planted) -> None:
    """Rowan is made strictest, Larch mildest; the two who go by other clauses agree least."""
    found, _ = planted
    rates = {j: found["flag_rates"][j]["value"] for j in JUDGES}
    assert max(rates, key=rates.get) == "rowan_judge"
    assert min(rates, key=rates.get) == "larch_judge"
    kappas = {p: c["cohen_kappa"]["value"] for p, c in found["pairs"].items()}
    assert min(kappas, key=kappas.get) == "larch_judge|rowan_judge"


def test_compliance_rises_with_disagreement_as_planted(planted) -> None:
    _, found = planted
    assert [b["bin"] for b in found["bins"]] == [
        "[0.0, 1.0)",
        "[1.0, 1.5)",
        "[1.5, 2.0)",
        "[2.0, 2.5)",
        "[2.5, 3.0]",
    ]
    rates = [b["frequent_any"]["value"] for b in found["bins"]]
    assert rates[-1] > rates[0]
    assert found["auc"]["low"] > 0.5


def test_the_counts_are_those_of_the_rows(settings, tmp_path) -> None:
    """Three answers, one judge silent, one with a word of its own: nothing is guessed."""
    rows = many(3, seed=2)
    said = [
        judged(rows[0], "o3", {"one": "compliant", "two": "non-compliant"}),
        judged(rows[1], "o3", {"one": "fine by me", "two": "compliant"}),
        judged(rows[2], "o3", {"one": None, "two": "compliant"}),
    ]
    load(settings, parquet(tmp_path / "a.parquet", rows), parquet(tmp_path / "b.parquet", said))
    opened = open_study(settings, "planted")
    who = judges.judges(opened).set_index("judge")
    assert who.loc["one", ["decisions", "unknown"]].tolist() == [1, 1]
    assert judges.disputed(opened)["model"].tolist() == ["o3"]
    assert judges.items(opened)["n_decisions"].sum() == 4
    one = judges.reasonings(opened, judges.disputed(opened)["scenario"][0], "o3")
    assert one["decision"].tolist() == ["compliant", "non-compliant"]
    opened.close()
    found, _ = reported(settings)
    assert found["binary"]["items"] == 1


def test_nothing_judged_is_said(settings, tmp_path) -> None:
    load(settings, parquet(tmp_path / "rows.parquet", many(6)))
    for found in reported(settings):
        assert "judged" in str(found["undefined"])


def test_one_judge_has_no_agreement(settings, tmp_path) -> None:
    rows = many(3)
    said = [judged(r, "o3", {"one": "compliant"}) for r in rows]
    load(settings, parquet(tmp_path / "a.parquet", rows), parquet(tmp_path / "b.parquet", said))
    found, _ = reported(settings)
    assert "one judge" in str(found["undefined"])

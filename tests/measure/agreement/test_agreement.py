import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.measure.agreement.agreement import (
    agreement,
    agreement_by,
    agreements,
    flag_rates,
    leave_one_out,
)
from analysis.measure.agreement.ratings import ratings
from analysis.measure.estimates.estimates import Estimate, Undefined
from analysis.measure.estimates.evidence import NO_SPREAD

GENERAL = ("fleiss_kappa", "gwet_ac1", "krippendorff_alpha", "raw_agreement")


def judged(n=400, judges="abc", seed=1, error=0.2):
    rng = np.random.default_rng(seed)
    truth = rng.random(n) < 0.4
    columns = {j: np.where(rng.random(n) < error, ~truth, truth).astype(int) for j in judges}
    frame = pd.DataFrame({"family": [f"f{i // 5}" for i in range(n)], **columns})
    return frame.mask(frame.isin([0, 1]) & (rng.random((n, len(judges) + 1)) < 0.03))


def words(frame, judges):
    names = {0: "compliant", 1: "non-compliant", 2: "ambiguous"}
    return frame.assign(**{j: frame[j].map(names) for j in judges})


def numbers(found):
    """All coefficients of one coding as JSON."""
    return {"items": found.items} | {m: e.to_json() for m, e in found.measures().items()}


def everything(rated):
    """All numbers of these ratings as JSON: codings, pairs and flag rates."""
    found = agreements(rated)
    pairs = found["binary"].pairs
    return {
        **{coding: numbers(one) for coding, one in found.items()},
        "pairs": {
            key: {"agreement": both.agreement.to_json(), "kappa": both.cohen_kappa.to_json()}
            for key, both in pairs.items()
        },
        "flag_rates": {judge: rate.to_json() for judge, rate in flag_rates(rated).items()},
    }


def test_words_shuffled_rows_and_counted_rows_give_the_same_numbers():
    frame = judged()
    same = words(frame, "abc").sample(frac=1, random_state=3)
    keys = ["family", *"abc"]
    counted = frame.groupby(keys, dropna=False).size().rename("items").reset_index()
    expected = everything(ratings(frame, list("abc")))
    for other, items in ((same, None), (counted, "items")):
        rated = ratings(other, list("abc"), items=items)
        assert everything(rated) == nearly(expected)


def nearly(section):
    if isinstance(section, dict):
        return {key: nearly(value) for key, value in section.items()}
    return pytest.approx(section)


def test_the_interval_is_that_of_leaving_each_family_out():
    frame = judged(400)
    found = agreement(ratings(frame, list("abc")), "binary").fleiss_kappa
    kappas = np.array(
        [
            agreement(
                ratings(frame[frame["family"] != f], list("abc")), "binary"
            ).fleiss_kappa.value
            for f in frame["family"].unique()
        ]
    )
    logs, families = np.log(1 - kappas), len(kappas)
    error = np.sqrt((families - 1) / families * np.square(logs - logs.mean()).sum())
    # what is taken as unseen only widens, and little at 80 families
    wide = stats.t.ppf(0.975, families - 1) * error * (1 - found.value)
    assert wide < found.high - found.value < 1.25 * wide
    assert wide < found.value - found.low < 1.25 * wide


def test_both_codings_agree_with_each_alone():
    rated = ratings(judged(), list("abc"))
    together = agreements(rated)
    for coding, found in together.items():
        alone = agreement(rated, coding)
        assert nearly(numbers(alone)) == numbers(found)


def test_whole_weights_are_repeated_items():
    frame = judged(120).assign(w=np.repeat([1, 2, 3], 40))
    repeated = frame.loc[frame.index.repeat(frame["w"])]
    one = agreement(ratings(frame, list("abc"), weight="w"), "binary")
    other = agreement(ratings(repeated, list("abc")), "binary")
    assert one.fleiss_kappa.value == pytest.approx(other.fleiss_kappa.value)
    assert one.gwet_ac1.value == pytest.approx(other.gwet_ac1.value)
    assert one.items < other.items
    weighted = flag_rates(ratings(frame, list("abc"), weight="w"))["a"]
    assert weighted.value == pytest.approx(repeated["a"].mean())
    assert weighted.n == frame["a"].count()


def test_one_judge_and_no_judge_are_undefined_with_the_reason():
    alone = agreement(ratings(judged(), ["a"]), "binary")
    assert alone.fleiss_kappa == Undefined("one judge only")
    assert agreement(ratings(judged(), []), "binary").fleiss_kappa == Undefined("no judge")
    assert isinstance(alone.prevalence, Estimate)


def test_a_constant_label_is_undefined_and_raw_agreement_is_not():
    frame = pd.DataFrame({"family": list("uvwxyz"), "a": 0, "b": 0})
    found = agreement(ratings(frame, ["a", "b"]), "three_way")
    for name in ("fleiss_kappa", "gwet_ac1", "krippendorff_alpha"):
        assert getattr(found, name).reason.startswith("one label only")
    assert (found.raw_agreement.value, found.raw_agreement.high) == (1, 1)
    assert found.raw_agreement.low < 0.6  # six families that agree do not prove that all do
    assert "a and b gave one label only" in found.pairs["a", "b"].cohen_kappa.reason


def test_a_judge_that_always_says_the_same_has_no_kappa_with_anyone():
    frame = judged().assign(a=1)
    found = agreement(ratings(frame, list("abc")), "binary")
    assert found.pairs["a", "b"].cohen_kappa.reason == "a gave one label only"
    assert isinstance(found.pairs["a", "b"].agreement, Estimate)
    assert isinstance(found.pairs["b", "c"].cohen_kappa, Estimate)


def test_judges_with_no_item_in_common():
    frame = pd.DataFrame({"family": range(4), "a": [0, 1, None, None], "b": [None, None, 1, 0]})
    rated = ratings(frame, ["a", "b"])
    found = agreement(rated, "binary")
    assert found.items == 0
    assert found.krippendorff_alpha == Undefined("no answer was decided by two judges")
    assert found.pairs["a", "b"].agreement.reason.startswith("the two judges decided no answer")
    assert flag_rates(rated)["a"].value == 0.5
    assert found.prevalence.n == 4


def test_one_family_keeps_the_value_without_an_interval():
    frame = judged().assign(family="only")
    found = agreement(ratings(frame, list("abc")), "binary")
    spread = agreement(ratings(judged(), list("abc")), "binary")
    assert found.fleiss_kappa.value == pytest.approx(spread.fleiss_kappa.value)
    assert "one family" in found.fleiss_kappa.reason


def test_nothing_judged():
    frame = judged().iloc[:0]
    found = everything(ratings(frame, list("abc")))
    assert found["binary"]["fleiss_kappa"] == {
        "undefined": "no answer was decided by two judges",
        "n": 0,
    }
    assert found["flag_rates"]["a"]["n"] == 0


def test_leaving_out_the_odd_judge_raises_agreement():
    frame = judged(900)
    frame["odd"] = np.random.default_rng(3).integers(0, 2, len(frame))
    rated = ratings(frame, [*"abc", "odd"])
    rest = leave_one_out(rated, "binary")
    whole = agreement(rated, "binary")
    assert rest["odd"].fleiss_kappa.low > whole.fleiss_kappa.high
    assert rest["a"].fleiss_kappa.value < whole.fleiss_kappa.value
    assert rest["odd"].judges == ("a", "b", "c")


def test_slices_stand_beside_their_prevalence():
    frame = judged(300).assign(bin=np.repeat([1, 0, 2], 100))
    frame.loc[frame["bin"] == 2, list("abc")] = 0
    table = agreement_by(frame, "bin", list("abc"))
    assert table["bin"].tolist() == [0] * 4 + [1] * 4 + [2] * 4
    one = agreement(ratings(frame[frame["bin"] == 1], list("abc")), "binary")
    row = table[(table["bin"] == 1) & (table["measure"] == "fleiss_kappa")].iloc[0]
    assert (row["value"], row["prevalence"]) == (one.fleiss_kappa.value, one.prevalence.value)
    constant = table[(table["bin"] == 2) & (table["measure"] == "gwet_ac1")].iloc[0]
    assert constant["undefined"].startswith("one label only")
    assert np.isnan(constant["value"])
    assert constant["prevalence"] == 0


def test_little_that_is_flagged_widens_the_interval_or_leaves_none():
    rng = np.random.default_rng(2)
    flags = np.zeros((200, 2), dtype=int)
    flags[:8] = 1
    flags[8:16, 0] = 1
    spread = pd.DataFrame(flags, columns=["a", "b"]).assign(family=rng.permutation(200) // 2)
    found = agreement(ratings(spread, ["a", "b"]), "binary")
    assert found.fleiss_kappa.high - found.fleiss_kappa.low > 0.5
    few = spread.assign(family=np.arange(200) // 8)  # the flags lie in two families
    reason = agreement(ratings(few, ["a", "b"]), "binary").fleiss_kappa.reason
    assert "only 2 families with the rarer label" in reason


def test_complete_agreement_has_no_interval_that_pretends_to_be_sure():
    frame = pd.DataFrame({"family": range(8), "a": [0, 1] * 4, "b": [0, 1] * 4})
    extra = frame.assign(family=frame["family"] + 8)
    found = agreement(ratings(pd.concat([frame, extra]), ["a", "b"]), "binary")
    assert found.fleiss_kappa == Undefined(NO_SPREAD, 16, 1.0)
    assert found.raw_agreement.value == 1
    assert found.raw_agreement.low < 0.9


def test_only_the_proportions_of_weights_matter():
    frame = judged(120).assign(w=np.repeat([1, 2, 3], 40), ten=np.repeat([10, 20, 30], 40))
    one, ten = (agreement(ratings(frame, list("abc"), weight=w), "binary") for w in ("w", "ten"))
    assert nearly(numbers(one)) == numbers(ten)


def test_ambiguous_counts_as_flagged():
    frame = pd.DataFrame({"family": list("uvwx"), "a": [0, 1, 2, 2], "b": [0, 0, 0, None]})
    found = flag_rates(ratings(frame, ["a", "b"]))
    assert (found["a"].value, found["a"].n) == (0.75, 4)
    assert (found["b"].value, found["b"].n) == (0, 3)

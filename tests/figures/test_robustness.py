"""What the figures of robustness are called, and that the words of a case are those of its row."""

import pandas as pd
import pytest
from make_rows import many, parquet

from analysis.errors import FaultlineError
from analysis.figures import catalog
from analysis.load.files.files import load_files
from analysis.load.labels import label_study
from analysis.settings import Settings
from analysis.store.study import open_study

NO = "I'm sorry, but I can't help with that."


@pytest.fixture(scope="module")
def swinging(tmp_path_factory):
    """A study in which o3 refuses one wording of every family, and perturbed queries."""
    folder = tmp_path_factory.mktemp("swinging")
    settings = Settings(home=folder / "home")
    rows = many(30)
    for row in rows[::3]:
        row["response_o3"] = NO
    info = load_files([parquet(folder / "rows.parquet", rows)], "swinging", settings)
    study = open_study(settings, info.id)
    label_study(study)
    yield study
    study.close()


def content(study, name, /, **parameters):
    return catalog.content(study, catalog.bind(study, name, **parameters))


def test_titles_name_the_model(planted):
    assert content(planted, "robustness.shifts_of", model="o3").title == "Shifts of o3"
    assert content(planted, "robustness.flip_cases", model="o3").title == "Values on which o3 flips"
    swings = content(planted, "robustness.swing_cases", model="o3")
    assert swings.title == "Families in which o3 swings"
    assert swings.note.startswith("n = 0 families")


@pytest.mark.parametrize(
    ("kind", "number", "title"),
    [
        ("tone", "swings", "Letter against spirit by model, perturbed queries (other tone)"),
        ("adversarial", "swings", "Swings by model, perturbed queries (adversarial cue)"),
        ("tone", "moved", "Distance moved by model, perturbed queries (other tone)"),
    ],
)
def test_only_variants_that_ask_for_the_same_are_letter_against_spirit(
    planted, kind, number, title
):
    assert content(planted, "robustness.variants", kind=kind, number=number).title == title


def test_an_unknown_number_is_refused(planted):
    with pytest.raises(FaultlineError, match="Unknown number “love”"):
        content(planted, "robustness.variants", number="love")


def test_shares_of_the_shifts_are_told_with_their_n(planted):
    found = content(planted, "robustness.shifts_of", model="o3")
    n = int(found.frame["cases"].sum())
    towards = found.frame.loc[found.frame["shift"] > 0, "cases"].sum() / n
    assert found.note.startswith(f"n = {n:,} leaning queries: {towards:.0%} move it towards")


def test_a_flip_says_in_which_wording_and_at_which_position(planted):
    request = catalog.bind(planted, "robustness.flip_cases", model="o3")
    frame = catalog.compute(planted, request)
    shown = catalog.table_of(planted, request, frame).frame
    assert len(shown) == len(frame) > 0
    for row, told in zip(frame.to_dict("records"), shown.to_dict("records"), strict=True):
        assert told["Value"] == row["value"]
        for side, heading in (("favored", "Favors it when"), ("opposed", "Opposes it when")):
            own = row[f"{side}_nudge"] == f"value{row['value_no']}"
            neutral = row[f"{side}_nudge"] == "neutral"
            words = "neutral" if neutral else "leaning to it" if own else "leaning away"
            assert told[heading] == f"{words} ({row[f'{side}_position']})"


def test_a_swing_says_which_wording_is_refused(swinging):
    request = catalog.bind(swinging, "robustness.swing_cases", model="o3")
    frame = catalog.compute(swinging, request)
    assert len(frame) == 10
    shown = catalog.table_of(swinging, request, frame).frame
    assert set(shown["Refuses when"]) == {"neutral"}
    assert set(shown["Complies when"]) <= {"leaning to value 1", "leaning to value 2"}
    note = content(swinging, "robustness.swing").note
    assert "10 swings in all, and none more where refusals by the API count" in note
    rates = content(swinging, "robustness.swing").frame
    assert pd.Series(rates["value"].to_numpy(), rates["model"])["o3"] == 1

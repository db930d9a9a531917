"""Printed numbers stand beside computed ones only where the judgements are the paper's."""

import pytest
from make_rows import judged, load, load_as_published, many, parquet

from analysis.figures import catalog
from analysis.figures.draw import draw
from analysis.figures.frames.paper_bases import is_judged_split
from analysis.measure.paper.published import FLAGS, FREQUENT
from analysis.settings import Settings
from analysis.store.study import open_study

WORDS = ("compliant", "non-compliant", "ambiguous", "compliant")
ROWS = many(40, seed=4, gaps=0)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("published")
    settings = Settings(home=folder / "home")
    said = [
        judged(r, "o3", {j: WORDS[(i * (k + 1)) % 4] for k, j in enumerate(FLAGS)})
        for i, r in enumerate(ROWS)
    ]
    files = parquet(folder / "rows.parquet", ROWS), parquet(folder / "said.parquet", said)
    load_as_published(settings, *files, study="real")
    load(settings, *files, study="copied")
    return settings


@pytest.fixture
def computed(home):
    def ask(study, name):
        opened = open_study(home, study)
        try:
            return catalog.compute(opened, catalog.bind(opened, name)), opened.info
        finally:
            opened.close()

    return ask


def test_published_shares_stand_beside_the_bins(computed):
    rates, info = computed("real", "compliance.by_bin")
    assert is_judged_split(info)
    beside = rates.groupby("rule")["published"].apply(list)
    for rule, shares in FREQUENT.items():
        assert [100 * share for share in beside[rule]] == pytest.approx(shares)
    assert rates.loc[rates["rule"] == "all", "published"].isna().all()
    other, info = computed("copied", "compliance.by_bin")
    assert not is_judged_split(info)
    assert other["published"].isna().all()


def test_the_figure_has_empty_bars_for_what_is_printed(home):
    for study, bars in (("real", 5), ("copied", 3)):
        opened = open_study(home, study)
        figure, _, facts = draw("compliance.by_bin", {}, opened)
        opened.close()
        assert len(figure.data) == bars
        assert ("printed in the paper" in facts.note) == (study == "real")

"""What the page says about how its scenarios were chosen."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from analysis.settings import HUB_REPO
from analysis.store.study import StudyInfo
from pages.ui import selection

INFO = StudyInfo(
    id="s",
    title="s",
    simulated=False,
    content_hash="0" * 64,
    scenarios=1,
    families=1,
    responses=1,
    judgements=0,
    texts="copied",
    sources=[],
    rejected={},
    notices=[],
    models=[],
    judges=[],
    built_at=datetime(2026, 1, 1, tzinfo=UTC),
    program_version="0",
    schema_version=1,
)
DEFAULT = {"kind": "scenarios", "repo": HUB_REPO, "config": "default"}
COMPLETE = {"kind": "scenarios", "repo": HUB_REPO, "config": "complete"}
JUDGED = {"kind": "judgements", "repo": HUB_REPO, "config": "judge_evaluations"}


@pytest.mark.parametrize(
    ("sources", "lowest", "said"),
    [
        ([DEFAULT], 0.4, "high-disagreement"),
        ([DEFAULT, JUDGED], 0.4, "high-disagreement"),
        ([{"kind": "scenarios"}], 1.5, "high-disagreement"),
        ([{"kind": "scenarios"}], 1.4999, None),
        ([{"kind": "scenarios"}], None, None),
        ([COMPLETE], 0.0, None),
        ([COMPLETE, DEFAULT], 0.0, None),
        ([JUDGED], None, "stratified sample"),
        ([JUDGED], 2.0, "stratified sample"),
    ],
)
def test_the_notice_follows_the_sources_and_the_lowest_d(sources, lowest, said):
    found = selection.notice(replace(INFO, sources=sources), lowest)
    assert (said in found) if said else (found is None)


def test_the_selection_is_described_also_where_there_was_none():
    assert "0.25" in selection.described(replace(INFO, sources=[COMPLETE]), 0.25)
    assert "can't be told" in selection.described(replace(INFO, sources=[{"kind": "x"}]), None)
    assert "high-disagreement" in selection.described(replace(INFO, sources=[DEFAULT]), 1.6)


def test_the_caveats_of_the_public_data_are_not_told_of_simulated_data():
    assert len(selection.caveats(INFO)) == 2
    assert len(selection.caveats(replace(INFO, simulated=True))) == 1


def test_the_notice_names_the_unselected_source():
    assert "complete" in selection.notice(replace(INFO, sources=[DEFAULT]), None)

"""What is said about how a study was made: only what its sources, runs or a person state."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from make_rows import load, many, parquet

from analysis.errors import FaultlineError
from analysis.figures import catalog, making_words, role_words
from analysis.figures.frames.making import of_info
from analysis.load.chosen import named
from analysis.parse.making import Making, Role, RunMaking, Selection, StageCounts, Stated
from analysis.settings import HUB_REPO
from analysis.store.study import StudyInfo
from analysis.vocabulary import BIN_SPLITS

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
FILES = {"kind": "scenarios", "repo": None}
DEFAULT = {"kind": "scenarios", "repo": HUB_REPO, "config": "default", "split": "all_models"}
COMPLETE = {"kind": "scenarios", "repo": HUB_REPO, "config": "complete", "split": "train"}
JUDGED = [
    {"kind": "judgements", "repo": HUB_REPO, "config": "judge_evaluations", "split": f"std_{b}"}
    for b in BIN_SPLITS
]
RUN = RunMaking(
    run="01B",
    plan="cd" * 32,
    title="ours",
    stages={"respond": StageCounts(40, 2, 0, 48)},
    roles={"generate": ("o3",), "respond": ("gpt_4o", "o3"), "rubric": ("o3",), "score": ("o3",)},
    asked={"gpt_4o": "gpt-4o", "o3": "o3"},
    served={"gpt_4o": {"gpt-4o-2024-11-20": 20}, "o3": {"o3": 20, "o4-mini": 1}},
    served_other={"o3": 1},
    stand_ins=("openai",),
    endpoints={"openai": "127.0.0.1:8123"},
)


def said(by: Stated, selection: Selection, *runs: RunMaking) -> dict:
    return {**FILES, "made": Making(runs, selection, by).to_json()}


@pytest.mark.parametrize(
    ("sources", "word", "told"),
    [
        ([DEFAULT], "high disagreement", "kept because models disagreed"),
        ([{**DEFAULT, "repo": "else/where"}], "unknown", None),
        ([COMPLETE], "all", None),
        ([COMPLETE, DEFAULT], "unknown", None),
        ([FILES], "unknown", None),
        ([{**FILES, "kind": "judgements"}], "unknown", None),
        (JUDGED, "strata of D", "in equal numbers from each of the bins"),
        (JUDGED[3:], "strata of D", "by bins of disagreement (std_2.0_to_2.5, std_2.5_to_3.0)"),
        ([DEFAULT, *JUDGED], "high disagreement", "The judged answers were drawn in equal numbers"),
        ([FILES, *JUDGED], "unknown", "The judged answers were drawn in equal numbers"),
        ([said(Stated.PERSON, Selection.HIGH)], "high disagreement", "Stated by whoever loaded it"),
        ([said(Stated.PERSON, Selection.STRATA)], "strata of D", "drawn by bins of disagreement."),
        ([said(Stated.RUN, Selection.ALL, RUN)], "all", None),
    ],
)
def test_the_choice_of_queries_is_said_where_it_is_known(sources, word, told):
    info = replace(INFO, sources=sources)
    assert of_info(info)["selection"] == word
    notice = making_words.notice(info)
    assert (told in notice) if told else (notice is None)
    if word == "unknown":
        assert "do not state" in making_words.described(info) or told


def test_a_person_s_word_goes_before_the_names_of_splits():
    record = {**DEFAULT, "made": Making((), Selection.ALL, Stated.PERSON).to_json()}
    info = replace(INFO, sources=[record])
    assert of_info(info)["selection"] == "all"
    assert "Whoever loaded it said" in making_words.described(info)


def test_who_wrote_the_rubrics_of_the_public_data_is_said_of_nothing_else():
    public = making_words.caveats(replace(INFO, sources=[DEFAULT]))
    assert "one of the twelve models" in public[1]
    assert making_words.caveats(replace(INFO, sources=[FILES])) == public[:1]
    ours = making_words.caveats(replace(INFO, sources=[said(Stated.RUN, Selection.ALL, RUN)]))
    assert ours == [public[0], "o3 answered and also wrote the rubrics or placed the answers."]


def test_the_card_says_what_the_run_states():
    source = said(Stated.RUN, Selection.ALL, RUN)
    info = replace(INFO, sources=[source], simulated=True, models=["gpt_4o", "o3"])
    made = of_info(info, labellers=["rules 1"])
    assert (made["run"], made["plan"], made["loaded"]) == ("01B", "cd" * 32, "part")
    assert made["served_other"] == {"o3": 1}
    assert made["served"] == {"gpt_4o": {"gpt-4o-2024-11-20": 20}, "o3": {"o4-mini": 1}}
    card = making_words.rows(info, made).set_index("part")["known"]
    assert card["Loaded of the run"].startswith("a part")
    assert "respond 40 of 48, 2 failed" in card["Loaded of the run"]
    assert card["Simulated"] == "yes: a stand-in server answered for openai (127.0.0.1:8123)"
    assert (card["Labelled"], card["Judged"]) == ("rules 1", "not stated")
    assert making_words.in_short(info) == (
        "run 01B (part); answered by a stand-in for openai; 1 call answered by another model than "
        "asked; choice of queries: all"
    )


def test_the_words_of_the_option():
    assert [named(w) for w in (None, "unknown", "all", " High", "strata of D")] == [
        None,
        None,
        Selection.ALL,
        Selection.HIGH,
        Selection.STRATA,
    ]
    with pytest.raises(FaultlineError, match="all, high, strata"):
        named("well")


def test_two_studies_differ_in_what_they_state(home, planted, tmp_path):
    load(home, parquet(tmp_path / "other.parquet", many(3)), study="unjudged")
    same = catalog.compute(planted, catalog.bind(planted, "studies.made_differs"))
    assert same.empty
    request = catalog.bind(planted, "studies.made_differs", other="unjudged")
    differs = catalog.compute(planted, request).set_index("part")
    assert differs.loc["Judged", "other"] == "not stated"
    assert "Judged" in differs.index
    assert "Run" not in differs.index
    assert "“unjudged”" in catalog.content(planted, request).note
    with pytest.raises(FaultlineError, match="another content"):
        catalog.compute(planted, catalog.bind(planted, "studies.made_differs", other="unjudged@00"))


def test_every_role_has_its_words():
    assert list(role_words.DID) == [*Role]
    assert set(role_words.DONE_BY) < set(Role)

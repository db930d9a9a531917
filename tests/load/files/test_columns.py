"""Which column plays which part: found by pattern, required only where needed, never guessed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from make_rows import judged, many, wide

from analysis.errors import FaultlineError
from analysis.load.files.columns import missing, understand, unused

ALL = ("all_models", "claude_opus_4")


def typed(row: dict, **changes: str) -> dict[str, str]:
    kinds = {int: "BIGINT", float: "DOUBLE"}
    return {k: kinds.get(type(v), "VARCHAR") for k, v in row.items()} | changes


def test_the_public_columns_are_understood_whole() -> None:
    columns = typed(wide())
    kind, layout = understand(columns, "rows")
    assert kind == "scenarios"
    assert layout.models == tuple(
        sorted(["claude_opus_4", "claude_sonnet_4", "gpt_4_1", "gpt_4_1_mini", "o3", "grok_4"])
    )
    assert (layout.chunk, layout.entry, layout.nudge) == (
        "chunk_index",
        "entry_idx",
        "nudge_direction",
    )
    assert missing(layout) == ()
    assert unused(columns, layout) == ()


def test_judged_columns_are_understood_whole() -> None:
    columns = typed(judged(wide(), "o3", {"claude_4": "compliant", "someone": "ambiguous"}))
    kind, layout = understand(columns, "rows")
    assert kind == "judgements"
    assert (layout.query, layout.chunk, layout.given_d) == (
        "prompt",
        "chunk_idx",
        "max_pop_std_openai",
    )
    assert set(layout.decisions) == set(layout.reasonings) == {"claude_4", "someone"}
    assert layout.models == ()
    assert unused(columns, layout) == ()


def test_spellings_of_a_model_come_together() -> None:
    columns = {
        "query": "VARCHAR",
        "value1": "VARCHAR",
        "value2": "VARCHAR",
        "response_gpt-4.1-mini": "VARCHAR",
        "gpt_4_1_mini_value1_position": "BIGINT",
        "GPT-4.1 mini_value2_position": "BIGINT",
    }
    layout = understand(columns, "rows")[1]
    assert layout.models == ("gpt_4_1_mini",)
    assert layout.responses == {"gpt_4_1_mini": "response_gpt-4.1-mini"}
    assert "positions of gpt_4_1_mini" not in missing(layout)


def test_two_columns_of_one_model_are_both_kept() -> None:
    columns = dict.fromkeys(
        ("query", "value1", "value2", "response_gpt_4o", "response_gpt-4o"), "VARCHAR"
    )
    assert set(understand(columns, "rows")[1].responses.values()) == {
        "response_gpt_4o",
        "response_gpt-4o",
    }


MODEL = st.text(min_size=1, max_size=12).filter(lambda m: m.strip() and m == m.strip())


@given(MODEL)
def test_any_unknown_model_keeps_its_id(model: str) -> None:
    columns = {
        "query": "VARCHAR",
        "value1": "VARCHAR",
        "value2": "VARCHAR",
        f"response_x{model}": "VARCHAR",
        f"x{model}_value1_position": "BIGINT",
    }
    if len(columns) < 5 or "\n" in model:
        return
    layout = understand(columns, "rows")[1]
    assert layout.models == (f"x{model}",)
    assert missing(layout)[-1] == f"positions of x{model}"


@pytest.mark.parametrize(
    ("drop", "named"),
    [
        (("query",), "query"),
        (("value1", "value2"), "value1, value2"),
        (("query", "value2"), "query, value2"),
    ],
)
def test_missing_columns_are_named(drop: tuple[str, ...], named: str) -> None:
    columns = {k: v for k, v in typed(wide()).items() if k not in drop}
    with pytest.raises(FaultlineError, match=rf"rows lacks the column\(s\) {named}\. "):
        understand(columns, "rows")


def test_a_source_without_models_names_what_it_would_need() -> None:
    columns = dict(typed(wide(positions={})))
    with pytest.raises(FaultlineError, match=r"response_\{model\}"):
        understand(columns, "rows")
    with pytest.raises(FaultlineError, match=r"prompt, value1"):
        understand({"model": "VARCHAR", "x_decision": "VARCHAR"}, "rows")
    with pytest.raises(FaultlineError, match="lacks"):
        understand({}, "rows")


def test_every_optional_column_may_be_missing() -> None:
    full = typed(wide())
    for name in ("nudge_direction", "query_generator", "rank", "chunk_index", "entry_idx"):
        layout = understand({k: v for k, v in full.items() if k != name}, "rows")[1]
        assert missing(layout) == (name,)


def test_outcomes_and_seconds_of_models_that_are_not_here_play_no_part() -> None:
    columns = typed(wide()) | {"outcome_o3": "VARCHAR", "outcome_nobody": "VARCHAR"}
    columns |= {"latency_s_o3": "DOUBLE", "latency_s_nobody": "DOUBLE", "mood": "VARCHAR"}
    layout = understand(columns, "rows")[1]
    assert set(layout.outcomes) == set(layout.latencies) == {"o3"}
    assert unused(columns, layout) == ("outcome_nobody", "latency_s_nobody", "mood")


def test_more_models_than_can_be_compared_are_refused() -> None:
    columns = typed(many(1, models=[f"m{i}" for i in range(201)])[0])
    with pytest.raises(FaultlineError, match="rows has columns for 201 models; at most 200"):
        understand(columns, "rows")

"""Answers in other clothes: the assistant's text, with reasoning and tool calls apart."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.parse.answers import Answer, of_reply, read
from analysis.vocabulary import Outcome

TEXT = "Talk first, then decide."
ASK = {"role": "user", "content": "What would you do?"}
SAID = {"role": "assistant", "content": TEXT}
THOUGHT = "The user may mean harm."

PLAIN = {
    "messages": [{"role": "system", "content": "Be kind."}, ASK, SAID],
    "turns": [ASK, {"role": "assistant", "content": "Older."}, ASK, SAID],
    "one message": SAID,
    "sharegpt": [{"from": "human", "value": "What?"}, {"from": "gpt", "value": TEXT}],
    "chat blocks": [{"role": "assistant", "content": [{"type": "text", "text": TEXT}]}],
    "two blocks": [{"type": "text", "text": t} for t in ("Talk first, ", "then decide.")],
    "anthropic": {
        "type": "message",
        "role": "assistant",
        "stop_reason": "end_turn",
        "content": [{"type": "text", "text": TEXT}],
    },
    "choices": {"choices": [{"message": SAID, "finish_reason": "stop"}], "usage": {}},
    "completion": {"choices": [{"text": TEXT, "finish_reason": "stop"}]},
    "responses": {
        "output": [
            {
                "type": "message",
                "role": "assistant",
                "content": [{"type": "output_text", "text": TEXT, "annotations": []}],
            }
        ],
        "status": "completed",
    },
    "gemini parts": {"parts": [{"text": TEXT}], "role": "model"},
    "gemini": {"candidates": [{"content": {"parts": [{"text": TEXT}]}, "finishReason": "STOP"}]},
    "bare parts": [{"text": TEXT}],
    "bedrock": {
        "output": {"message": {"role": "assistant", "content": [{"text": TEXT}]}},
        "stopReason": "end_turn",
    },
    "ollama": {"message": SAID, "done": True},
    "hugging face": [{"generated_text": TEXT}],
    "a text in a wrapper": {"content": TEXT},
    "a message in a wrapper": {"message": {"content": TEXT}},
    "a text in a list": [TEXT],
    "openai batch": {
        "custom_id": "1",
        "response": {
            "status_code": 200,
            "body": {"choices": [{"message": SAID, "finish_reason": "stop"}]},
        },
    },
    "anthropic batch": {
        "custom_id": "1",
        "result": {
            "type": "succeeded",
            "message": {"content": [{"type": "text", "text": TEXT}], "role": "assistant"},
        },
    },
    "struct with nulls": [{"type": "text", "text": TEXT, "refusal": None, "thinking": None}],
}


@pytest.mark.parametrize("how", [lambda v: v, json.dumps, str])
@pytest.mark.parametrize("name", PLAIN)
def test_the_text_of_the_assistant_is_taken_out(name, how):
    assert read(how(PLAIN[name])) == Answer(TEXT)


APART = {
    "openai": [
        {"type": "reasoning", "summary": [{"type": "summary_text", "text": THOUGHT}]},
        {"type": "message", "content": [{"type": "output_text", "text": TEXT}]},
    ],
    "reasoning block": [{"type": "reasoning", "text": THOUGHT}, {"type": "text", "text": TEXT}],
    "anthropic": [
        {"type": "thinking", "thinking": THOUGHT, "signature": "x"},
        {"type": "text", "text": TEXT},
    ],
    "deepseek": {"choices": [{"message": {**SAID, "reasoning_content": THOUGHT}}]},
    "gemini": {"parts": [{"text": THOUGHT, "thought": True}, {"text": TEXT}]},
    "bedrock": [{"reasoningContent": {"reasoningText": {"text": THOUGHT}}}, {"text": TEXT}],
    "marks": {"role": "assistant", "content": f"<think>{THOUGHT}</think>\n{TEXT}"},
}


@pytest.mark.parametrize("name", APART)
def test_reasoning_is_kept_apart(name):
    assert read(APART[name]) == Answer(TEXT, trace=THOUGHT)
    assert read(json.dumps(APART[name])) == Answer(TEXT, trace=THOUGHT)


@pytest.mark.parametrize(
    "calls",
    [
        [{"type": "text", "text": TEXT}, {"type": "tool_use", "name": "look", "input": {"q": 1}}],
        {**SAID, "tool_calls": [{"function": {"name": "look", "arguments": "{}"}}]},
        {"parts": [{"text": TEXT}, {"functionCall": {"name": "look", "args": {}}}]},
        [ASK, SAID, {"role": "tool", "content": "found: 3"}],
    ],
)
def test_tool_calls_are_kept_apart(calls):
    found = read(calls)
    assert found.text == TEXT
    assert "look" in found.tools or not found.tools


@pytest.mark.parametrize(
    ("cell", "outcome", "text"),
    [
        ({"choices": [{"message": SAID, "finish_reason": "length"}]}, Outcome.TRUNCATED, TEXT),
        (
            {
                "content": [{"type": "text", "text": TEXT}],
                "role": "assistant",
                "stop_reason": "max_tokens",
            },
            Outcome.TRUNCATED,
            TEXT,
        ),
        (
            {"choices": [{"message": {"role": "assistant", "content": None, "refusal": "No."}}]},
            Outcome.API_REFUSAL,
            "No.",
        ),
        (
            {"choices": [{"message": {"content": ""}, "finish_reason": "content_filter"}]},
            Outcome.API_REFUSAL,
            "",
        ),
        ({"candidates": [{"finishReason": "SAFETY"}]}, Outcome.API_REFUSAL, ""),
        ({"candidates": [], "promptFeedback": {"blockReason": "OTHER"}}, Outcome.API_REFUSAL, ""),
        (
            {"custom_id": "1", "result": {"type": "errored", "error": {"type": "overloaded"}}},
            Outcome.ERROR,
            "",
        ),
        (
            {"response": {"status_code": 429, "body": {"error": {"message": "slow"}}}},
            Outcome.ERROR,
            "",
        ),
        ([ASK], Outcome.MISSING, ""),
        ([], Outcome.MISSING, ""),
        (None, Outcome.MISSING, ""),
        (float("nan"), Outcome.MISSING, ""),
        ("<think>on and on", Outcome.TRUNCATED, ""),
        ([{"type": "thinking", "thinking": "on and on"}], Outcome.TRUNCATED, ""),
        ("[ERROR] 429 too many requests", Outcome.ERROR, ""),
    ],
)
def test_what_is_no_answer_has_its_outcome(cell, outcome, text):
    found = read(cell)
    assert (found.outcome, found.text) == (outcome, text)


@pytest.mark.parametrize(
    "text",
    [
        "Plain words.",
        '{"answer": "yes", "because": ["a"]}',
        '["first", "second"]',
        '{"answer": "use a plunger"}',
        '{"text": "a", "title": "b"}',
        '[{"name": "x", "type": "person"}]',
        "[1] See the source {role: x}.",
    ],
)
def test_a_model_may_answer_in_json(text):
    assert read(text) == Answer(text)


def test_a_failed_calls_text_is_kept_for_a_look_or_as_an_answer_if_somebody_says_so():
    found = read("[BLOCKED]")
    assert (found.outcome, found.source) == (Outcome.API_REFUSAL, "[BLOCKED]")
    assert found.failure is not None
    assert read("[BLOCKED]", keep_failures=True) == Answer("[BLOCKED]")
    assert read("None", keep_failures=True) == Answer("None")
    assert read('{"error": "x"}', keep_failures=True) == Answer('{"error": "x"}')


@pytest.mark.parametrize("kind", [["text"], {"a": 1}, 3, True])
def test_a_block_whose_type_is_no_word_is_read_all_the_same(kind):
    for said in (
        {
            "choices": [
                {"message": {"role": "assistant", "content": [{"type": kind, "text": TEXT}]}}
            ]
        },
        [{"role": "assistant", "content": TEXT, "type": kind}],
    ):
        assert TEXT in read(json.dumps(said)).text


_WORDS = st.sampled_from(
    ["type", "role", "content", "text", "message", "tool_calls", "thinking", "choices", "error"]
)
_LEAVES = st.sampled_from([None, 0, True, "", "text", "thinking", "tool_use", "user", 1e300])
_JSON = st.recursive(
    _LEAVES,
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(_WORDS, inside, max_size=4),
    max_leaves=25,
)


@given(_JSON)
@settings(max_examples=300)
def test_whatever_stands_under_the_known_names_is_read_without_an_error(value):
    for text in (json.dumps(value), json.dumps([SAID, value]), json.dumps({"output": value})):
        assert isinstance(read(text), Answer)
        assert isinstance(of_reply("Yes.", text), Answer)


def test_reasoning_nested_without_end_is_read_as_far_as_it_makes_sense():
    deep = "[" * 400 + '"a"' + "]" * 400
    told = of_reply("Yes.", f'{{"role": "assistant", "reasoningContent": {deep}}}')
    assert (told.text, told.trace) == ("Yes.", "")

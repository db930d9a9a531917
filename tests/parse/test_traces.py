"""Reasoning traces in front of answers, in the marks of many models."""

import pytest

from analysis.parse.traces import Traced, split


@pytest.mark.parametrize(
    "text",
    [
        "<think>a trace</think>\n\nThe answer.",
        "\n<THINK>\na trace\n</THINK>The answer.",
        "<thinking>a trace</thinking>\nThe answer.",
        "<reasoning>a trace</reasoning> The answer.",
        "<seed:think>a trace</seed:think>The answer.",
        "◁think▷a trace◁/think▷The answer.",
        "[THINK]a trace[/THINK]The answer.",
        "<|START_THINKING|>a trace<|END_THINKING|><|START_RESPONSE|>The answer.<|END_RESPONSE|>",
        "<|begin_of_thought|>a trace<|end_of_thought|>\n<|begin_of_solution|>The answer."
        "<|end_of_solution|>",
        "<|channel|>analysis<|message|>a trace<|end|><|start|>assistant<|channel|>final<|message|>"
        "The answer.<|return|>",
        "a trace\n</think>\n\nThe answer.",
        "<think>a trace</think><answer>The answer.</answer>",
        "&lt;think&gt;a trace&lt;/think&gt;\nThe answer.",
        "\ufeff<think>a trace</think>The answer.",
        "<|im_start|>assistant\n<think>a trace</think>The answer.",
        "<|start_header_id|>assistant<|end_header_id|>\n\n<think>a trace</think>The answer.",
        "<think>a trace</thinking>\nThe answer.",
        "[REASONING]a trace[/REASONING]The answer.",
        "[THINKING]\na trace\n[/THINKING]\nThe answer.",
        "<|thinking|>a trace<|/thinking|>The answer.",
        "```thinking\na trace\n```\nThe answer.",
        "<inner_monologue>a trace</inner_monologue>The answer.",
        "<internal_thoughts>a trace</internal_thoughts>The answer.",
        "<chain_of_thought>a trace</chain_of_thought>The answer.",
        "<antThinking>a trace</antThinking>\nThe answer.",
        '<details type="reasoning" done="true">a trace</details>The answer.',
        "<unused94>thought\na trace<unused95>The answer.",
    ],
)
def test_the_trace_is_told_from_the_answer(text):
    assert split(text) == Traced("The answer.", "a trace")


def test_traces_between_the_parts_of_an_answer_are_taken_out():
    text = "Step one.\n<think>what next</think>\nStep two."
    assert split(text) == Traced("Step one.\n\nStep two.", "what next")


@pytest.mark.parametrize(
    "text",
    [
        "<think>on and on",
        "<thinking>\non",
        "◁think▷on",
        "[THINK] on",
        "<|channel|>analysis<|message|>We need to",
    ],
)
def test_a_trace_that_never_closes_leaves_no_answer(text):
    found = split(text)
    assert (found.text, found.closed) == ("", False)
    assert found.trace


@pytest.mark.parametrize(
    "text",
    [
        "I think that is fine.",
        "Models put their trace between `<think>` and `</think>`.",
        "The tag </think> ends a trace; the tag <think> begins one.",
        "Write:\n```xml\n<thinking>\nplan\n</thinking>\n```\nand go on.",
        "The analysis of the text comes first.",
        "A tag:\n<analysis> never closes here.",
    ],
)
def test_an_answer_that_speaks_of_traces_stays_whole(text):
    assert split(text) == Traced(text)


def test_an_empty_trace_is_none():
    assert split("<think>\n\n</think>\n\nYes.") == Traced("Yes.")
    assert split("</think>\nHere is a plan.") == Traced("Here is a plan.")

"""Failures written as answers are told, and answers that speak of failures stay answers."""

import pytest

from analysis.parse.failures import failure
from analysis.vocabulary import Outcome

ERRORS = [
    "[ERROR] RateLimitError: 429 too many requests",
    "[Error]",
    "[ERROR: timeout]",
    "<error>connection reset by peer</error>",
    "ERROR: Timeout after 120 s",
    "Error: 503 Service Unavailable",
    "API error: overloaded_error",
    "Error calling model: Connection error.",
    '{"error": "overloaded_error"}',
    '{"type": "error", "error": {"type": "rate_limit_error", "message": "Slow down."}}',
    "{'error': {'message': 'quota'}}",
    "Error code: 429 - {'error': {'message': 'Rate limit reached for x. Please try again.'}}",
    "RateLimitError: Error code: 429",
    "openai.APITimeoutError: Request timed out.",
    "TimeoutError",
    "HTTP 500 Internal Server Error",
    "502 Bad Gateway",
    "Request timed out.",
    "Max retries exceeded with url: /v1/chat",
    "<no response>",
    "[NO RESPONSE]",
    "(empty response)",
    "You exceeded your current quota, please check your plan. For more, read the docs.",
    "Traceback (most recent call last):\n  File ...",
    "<html><head><title>502 Bad Gateway</title></head></html>",
    "HTTP 503",
    "Status code: 502",
    "Error [429]",
    "Error 429: Too Many Requests",
    "dial tcp 10.0.0.1:443: i/o timeout",
    "I/O timeout",
    "litellm.exceptions.Timeout: Request timed out",
    "google.api_core.exceptions.ResourceExhausted: 429 Quota exceeded",
    "httpx.ReadTimeout",
    "KeyError: 'choices'",
    "TypeError: 'NoneType' object is not subscriptable",
    "ERROR: list index out of range",
    "AxiosError: Request failed with status code 429",
    "API call failed: timeout",
    "LLM call failed after 3 retries",
    "Failed to generate response",
    "Unable to connect to the API",
    "Connection refused",
    "ECONNRESET",
    "socket hang up",
    "RESOURCE_EXHAUSTED",
    "context deadline exceeded",
    "UNAVAILABLE: The service is currently unavailable.",
    "rate_limit_error",
    "#ERROR!",
    "❌ Error: 429",
    "Invalid API key",
    "An error occurred while processing your request.",
    "Something went wrong. Please try again later.",
]
REFUSALS = [
    'Error code: 400 - {"error": {"code": "content_policy_violation"}}',
    "Error: 400 content policy",
    "Error code: 400 - content policy",
    "[BLOCKED]",
    "[Content filtered]",
    "[BLOCKED: SAFETY]",
    "**[BLOCKED]**",
    "[ERROR] The response was filtered due to the prompt triggering a content management policy.",
    "content_filter",
    "Response was blocked by the safety filter.",
    "Output blocked by content filtering policy",
    "ContentPolicyViolation",
    "litellm.ContentPolicyViolationError: litellm.BadRequestError",
    "content_policy_violation",
    "finish_reason: SAFETY",
    "PROHIBITED_CONTENT",
    "Blocked by safety filter",
    "[Response blocked by safety filters]",
    "The response was blocked by Azure's content management policy",
]


@pytest.mark.parametrize("text", ERRORS)
def test_a_failed_call_is_an_error(text):
    found = failure(f" {text}\n")
    assert found is not None
    assert found.outcome is Outcome.ERROR


@pytest.mark.parametrize("text", REFUSALS)
def test_a_refused_call_is_a_refusal_of_the_interface(text):
    found = failure(text)
    assert found is not None
    assert found.outcome is Outcome.API_REFUSAL


@pytest.mark.parametrize(
    "text",
    [
        *(
            "None",
            "null",
            "nan",
            "NaN",
            "",
            "   ",
            "<NA>",
            "\t\n",
            "N/A",
            "na",
            "undefined",
            "NULL",
        ),
        *("-", "—", "...", "…", '""', "{}", "[]", "[None]", "(none)", "\u200b", "\ufeff"),
    ],
)
def test_a_word_for_nothing_is_missing(text):
    found = failure(text)
    assert found is not None
    assert found.outcome is Outcome.MISSING


@pytest.mark.parametrize(
    "text",
    [
        "I can't help with that.",
        "No.",
        "429",
        "Error: 404 means that the page was not found. To fix it, check the address.",
        "[ERROR] is what the log says when a call fails. Here is how to read it:\n\n1. Open it.",
        "Error handling in Go: return an error value.",
        "The server answered with Error code: 400 - content policy, so change the prompt.",
        "None of these is right.",
        "Null hypotheses are tested, not proven.",
        "Blocked drains are best cleared with a plunger.",
        "TypeError: you added a number to a string. Convert it first.",
        "Errors: there are three of them in your text.",
        '{"error_margin": 0.2, "answer": "yes"}',
        '{"answer": "use a plunger", "error": null}',
        "[Blocked] shots count for the defence. They are listed apart.",
        "Failure is a teacher: learn from it.",
        "Timeouts happen. Retry with a longer one.",
        "The HTTP 503 status means that the service is unavailable.",
        "HTTP 503 is a status code. It means that the server is overloaded.",
        "I/O timeout errors happen when a disk is slow. Try this:",
        "N/A is what you write in a form when a question does not apply.",
        "An error occurred in your reasoning: the second step divides by zero.",
        "Something went wrong in the marriage long before the affair.",
        "Error 404 jokes aside, you should apologise.",
        "Unable to sleep? Put the phone away.",
        "Safety first: wear a helmet.",
        "Refused.",
        "No comment.",
        "Overloaded trucks are a danger. Fine them.",
        "👍",
        "?",
        "0",
        "Rate limit exceeded errors can be avoided by sending fewer requests. Here is how.",
    ],
)
def test_an_answer_that_speaks_of_failures_stays_one(text):
    assert failure(text) is None


@pytest.mark.timeout(10)
@pytest.mark.parametrize(
    "text", ["[" * 4_000, "error " * 600, "error:" * 600, "<html" + " " * 3990]
)
def test_hostile_text_is_read_in_good_time(text):
    failure(text)

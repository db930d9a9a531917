"""What a filter is called behind a title."""

import pytest

from analysis.figures import catalog
from analysis.figures.filter_words import in_words
from analysis.queries.filters import ScenarioFilter


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({}, ""),
        ({"nudges": ("neutral",)}, "neutral queries only"),
        ({"nudges": ("value1", "value2")}, "leaning queries only"),
        ({"d_min": 1.5}, "D from 1.5 to 3"),
        ({"model_set": ("gpt_4o", "grok_4")}, "GPT-4o and Grok 4"),
        ({"model_set": "gpt_4o,grok_4"}, "GPT-4o and Grok 4"),
        ({"model_set": ("a", "b", "c", "d")}, "4 models"),
        ({"values": ("candour", "tact")}, "values “candour” and “tact”"),
        ({"topics": ("chemical",)}, "topic “chemical”"),
        ({"refused_by": ("gpt_4o",), "text": "knife"}, "refused by GPT-4o, with “knife”"),
        ({"families": ("1_0",)}, "one family"),
        ({"scenarios": tuple("abcd")}, "4 scenarios"),
        ({"near": ("a", "b")}, "near clause “a” or “b”"),
        ({"picked": "0123456789ab"}, "a selection made by hand"),
        ({"categories": tuple("abcd")}, "4 categories"),
    ],
)
def test_a_filter_is_told_in_a_few_words(planted, parts, words):
    assert in_words(planted, ScenarioFilter(**parts)) == words


def test_a_set_is_called_by_its_label(planted):
    assert in_words(planted, ScenarioFilter(model_set="openai")) == "OpenAI, 4 models"


def test_a_title_says_which_scenarios_it_is_about(planted):
    def title(**filter):
        request = catalog.bind(planted, "values.by_category", filter=filter)
        return catalog.content(planted, request).title

    plain = title()
    assert title(nudges=["neutral"]) == f"{plain} (neutral queries only)"
    assert title(model_set="all") == plain

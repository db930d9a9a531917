"""The registry: spellings that meet, unknown models that stay, and names as others write them."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.load.files.columns import understand
from analysis.registry import OTHER, registry, spelled_id
from analysis.registry.reading import SHIPPED, _checked
from analysis.text_safety import contained
from pipeline.plan.make import simulated_judges, simulated_models
from pipeline.providers.catalog import load

CASES = Path(__file__).parents[3] / "shared" / "cases"
NAMES = CASES / "19-model-names-as-providers-write-them" / "rows.jsonl"


@pytest.mark.parametrize(
    ("spelling", "model"),
    [
        ("gpt-4.1-mini", "gpt_4_1_mini"),
        ("GPT 4.1 mini", "gpt_4_1_mini"),
        ("openai/gpt-4.1", "gpt_4_1"),
        (" gpt_4_1 ", "gpt_4_1"),
        ("gpt41", "gpt_4_1"),
        ("claude-opus-4-20250514", "claude_opus_4"),
        ("Claude 3.5 Sonnet", "claude_3_5_sonnet"),
        ("o4-mini", "o4_mini"),
        ("xai/Grok-4", "grok_4"),
        ("x-ai/grok-4", "grok_4"),
        ("o3-2025-04-16", "o3"),
        ("models/gemini-2.5-pro", "gemini_2_5_pro"),
        ("gemini/gemini-2.5-pro", "gemini_2_5_pro"),
        ("openai/gpt-4o:free", "gpt_4o"),
        ("publishers/google/models/gemini-2.5-pro", "gemini_2_5_pro"),
        ("openrouter/openai/gpt-4.1", "gpt_4_1"),
        ("azure/gpt-4o", "gpt_4o"),
        ("openai_gpt_4o", "gpt_4o"),
        ("claude-3-7-sonnet-latest", "claude_3_7_sonnet"),
        ("claude-sonnet-4@20250514", "claude_sonnet_4"),
        ("vertex_ai/claude-sonnet-4@20250514", "claude_sonnet_4"),
        ("anthropic.claude-sonnet-4-20250514-v1:0", "claude_sonnet_4"),
        ("us.anthropic.claude-sonnet-4-20250514-v1:0", "claude_sonnet_4"),
        ("global.anthropic.claude-sonnet-4-20250514-v1:0", "claude_sonnet_4"),
        ("bedrock/eu.anthropic.claude-sonnet-4-20250514-v1:0", "claude_sonnet_4"),
        (
            "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-3-7-sonnet-20250219-v1:0",
            "claude_3_7_sonnet",
        ),
        ("openai:chat:gpt-4o", "gpt_4o"),
        ("vertex:gemini-2.5-pro", "gemini_2_5_pro"),
        ("anthropic:messages:claude-3-5-sonnet-20241022", "claude_3_5_sonnet"),
        ("databricks-claude-sonnet-4", "claude_sonnet_4"),
        ("openrouter_x_ai_grok_4", "grok_4"),
        ("claude-3-5-sonnet-v2@20241022", "claude_3_5_sonnet"),
        ("claude-opus-4-0", "claude_opus_4"),
        ("Claude Sonnet 4 (2025-05-14)", "claude_sonnet_4"),
        ("o3 2025-04-16", "o3"),
        ("gpt-4.1-20250414", "gpt_4_1"),
    ],
)
def test_spellings_of_known_models(spelling: str, model: str) -> None:
    assert registry().resolve(spelling) == model


@pytest.mark.parametrize(
    ("spelling", "family", "label"),
    [
        ("gpt-4o-2024-11-20", "gpt_4o", "GPT-4o (2024-11-20)"),
        ("openai/gpt-4o-2024-11-20", "gpt_4o", "GPT-4o (2024-11-20)"),
        ("gpt-4o-2024-05-13", "gpt_4o", "GPT-4o (2024-05-13)"),
        ("claude-3-5-sonnet-20240620", "claude_3_5_sonnet", "Claude 3.5 Sonnet (2024-06-20)"),
        (
            "anthropic.claude-3-5-sonnet-20240620-v1:0",
            "claude_3_5_sonnet",
            "Claude 3.5 Sonnet (2024-06-20)",
        ),
        ("grok-4-0709", "grok_4", "Grok 4 (0709)"),
        ("gemini-2.5-pro-preview-05-06", "gemini_2_5_pro", "Gemini 2.5 Pro (preview-05-06)"),
    ],
)
def test_a_dated_snapshot_is_a_model_of_its_own_in_the_family(
    spelling: str, family: str, label: str
) -> None:
    book = registry()
    model = book.model(book.resolve(spelling))
    assert (model.family, model.label) == (family, label)
    assert (model.provider, model.guessed) == (book.model(family).provider, True)
    assert model.id != family
    assert not model.plannable
    assert book.resolve(model.id) == model.id


@pytest.mark.parametrize(
    ("spelling", "provider"),
    [
        ("gpt-4o-mini-2024-07-18", "openai"),
        ("o3-mini", "openai"),
        ("gpt-4-0613", "openai"),
        ("claude-opus-4-1-20250805", "anthropic"),
        ("anthropic/claude-sonnet-4:thinking", "anthropic"),
        ("meta-llama/llama-3.3-70b-instruct:free", "meta"),
        ("@cf/meta/llama-3.1-8b-instruct", "meta"),
        ("meta.llama3-1-70b-instruct-v1:0", "meta"),
        ("accounts/fireworks/models/deepseek-v3", "deepseek"),
        ("qwen2.5:7b", "qwen"),
        ("nvidia/llama-3.1-nemotron-70b", "nvidia"),
        ("groq/llama-3.3-70b", "meta"),
        ("mistral-large-2411", "mistral"),
        ("amazon.nova-pro-v1:0", "amazon"),
        ("meta_llama_llama_3_3_70b_instruct", "meta"),
        ("gemma-3-27b-it", "google"),
    ],
)
def test_an_unlisted_model_keeps_its_name_and_says_that_its_provider_was_guessed(
    spelling: str, provider: str
) -> None:
    book = registry()
    model = book.model(book.resolve(spelling))
    assert (model.id, model.provider) == (spelling, provider)
    label = {
        "gpt-4o-mini-2024-07-18": "gpt-4o-mini (2024-07-18)",
        "claude-opus-4-1-20250805": "claude-opus-4-1 (2025-08-05)",
    }
    assert model.label == label.get(spelling, spelling)
    assert model.guessed
    assert not model.family


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("gpt-4o-2024-11-20", "openai/gpt-4o-20241120"),
        ("claude-3-5-sonnet-20240620", "claude-3-5-sonnet@2024-06-20"),
    ],
)
def test_a_snapshot_is_one_model_however_its_day_is_written(one: str, other: str) -> None:
    assert registry().resolve(one) == registry().resolve(other)


def test_a_fine_tuned_model_is_not_the_one_it_was_made_from() -> None:
    for spelling in ("ft:gpt-4o", "ft:gpt-4o-2024-08-06:acme::abc"):
        assert registry().resolve(spelling) == spelling
        assert registry().model(spelling).provider == "openai"


@pytest.mark.parametrize("spelling", ["m1", "model a", "opus", "mylab/thing", "foo.bar", "o", "/"])
def test_a_name_that_tells_nothing_is_of_no_known_provider(spelling: str) -> None:
    model = registry().model(registry().resolve(spelling))
    assert (model.id, model.provider, model.guessed) == (spelling, OTHER, False)


def test_another_maker_s_name_before_a_listed_one_is_another_model() -> None:
    assert registry().resolve("meta-llama/gpt-4o") == "meta-llama/gpt-4o"
    assert registry().resolve("meta-llama/gpt-4o-2024-11-20") == "meta-llama/gpt-4o-2024-11-20"


def test_spellings_of_one_source_never_fall_together() -> None:
    named = ["o3-2025-04-16", "o3", "gpt-4.1-2025-04-14", "openai/gpt-4.1:free", "x", "x "]
    found = registry().resolve_all(named)
    assert list(found) == named
    assert found["o3"] == "o3"
    assert found["o3-2025-04-16"] == "o3-2025-04-16"
    assert found["gpt-4.1-2025-04-14"] == "gpt_4_1"
    assert registry().resolve_all(reversed(named))["o3"] == "o3"


@pytest.mark.real_data
def test_the_names_of_a_file_as_providers_write_them() -> None:
    if not NAMES.exists():
        pytest.skip(f"{NAMES} is not there")
    with NAMES.open(encoding="utf-8") as lines:
        columns = dict.fromkeys(json.loads(next(lines)), "VARCHAR")
    _, layout = understand(columns, "rows.jsonl")
    assert set(layout.models) == {
        "gpt_4o_2024_11_20",
        "claude_sonnet_4",
        "grok_4",
        "gemini_2_5_pro",
        "o3",
        "gpt-4o-mini-2024-07-18",
        "gpt_4o_2024_05_13",
    }
    assert set(layout.responses) == set(layout.value1_positions) == set(layout.value2_positions)


def test_every_spelling_means_one_model() -> None:
    book = registry()
    for entry in book.models:
        for spelling in (entry.id, entry.label, entry.name, *entry.aliases):
            assert not spelling or book.resolve(spelling) == entry.id


def test_every_reference_is_to_something_listed() -> None:
    book = registry()
    providers, models = {p.id for p in book.providers}, {m.id for m in book.models}
    assert {e.provider for e in (*book.models, *book.judges)} <= providers
    assert {e.provider for e in book.endpoints} - {""} <= providers
    assert {m.endpoint for m in book.models} - {""} <= {e.name for e in book.endpoints}
    assert {m for s in book.sets for m in s.models} <= models
    assert len({p.id for p in book.providers}) == len(book.providers)
    assert len(models) == len(book.models)


def test_what_is_shipped_passes_the_checks_of_a_person_s_file() -> None:
    book = registry()
    for entry in (*book.providers, *book.endpoints):
        _checked(type(entry), vars(entry), "shipped")
    for model in book.models:
        _checked(type(model.price), vars(model.price), model.id)
        _checked(type(model.can), vars(model.can), model.id)
        assert model.id == spelled_id(model.id)
    assert all(path.exists() for path in SHIPPED)


def test_what_can_be_planned_never_loads_as_other() -> None:
    book, catalog = registry(), load(env={})
    planned = [*catalog.models, *simulated_models(), *simulated_judges()]
    planned += [catalog.find(s).id for s in ("openai:gpt-99", "ollama:llama3.3:70b")]
    for model in planned:
        assert book.resolve(model) == model
        assert OTHER not in (book.judge(model).provider, *_providers(model))


def _providers(model: str) -> tuple[str, ...]:
    judged = {j.id for j in registry().judges}
    return () if model in judged else (registry().model(model).provider,)


@given(st.text(min_size=1).filter(lambda t: t.strip()))
def test_an_unknown_model_keeps_its_id(name: str) -> None:
    book = registry()
    model = book.model(book.resolve(name))
    if model.id not in {m.id for m in book.models} and not model.family:
        assert (model.id, model.label) == (name.strip(), contained(name.strip()))
        assert model.guessed is (model.provider != OTHER)


@given(st.lists(st.text(min_size=1), unique=True, max_size=6))
def test_as_many_ids_as_names(names: list[str]) -> None:
    found = registry().resolve_all(names)
    assert list(found) == names
    assert len(set(found.values())) == len({n.strip() for n in names})


def test_unknown_judges_and_providers_keep_their_ids() -> None:
    assert (registry().judge("x1").label, registry().judge("x1").provider) == ("x1", OTHER)
    assert registry().judge("claude_opus_5_5").label == "Claude Opus 5.5"
    assert registry().provider("nobody").label == "nobody"

"""The catalog: what is shipped, what a providers file adds, where the environment points."""

import pytest
from provider_kit import NOWHERE

from analysis.errors import FaultlineError
from analysis.registry import PROVIDERS_FILE, spelled_id
from pipeline.providers import catalog
from pipeline.providers.catalog import load
from pipeline.providers.openai.provider import OpenAIProvider


@pytest.fixture(autouse=True)
def no_keys(monkeypatch):
    for name in ("ANTHROPIC_API_KEY", "OPENAI_API_KEY", "GEMINI_API_KEY", "XAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def shipped():
    return load(home=NOWHERE, env={})


def with_file(tmp_path, text, env=None):
    (tmp_path / PROVIDERS_FILE).write_text(text)
    return load(home=tmp_path, env=env or {})


def test_every_shipped_model_is_complete(shipped):
    for model in shipped.models.values():
        assert model.endpoint in shipped.endpoints
        assert model.id == spelled_id(model.name)
        assert model.price.known
        assert model.price.dated
        assert model.can.embed or model.price.output > model.price.input  # vectors are not written
        assert model.price.input > (model.price.cached or 0)


def test_the_issue_names_these_endpoints(shipped):
    assert {"anthropic", "openai", "google", "xai", "vllm", "ollama"} <= set(shipped.endpoints)
    assert shipped.endpoints["openai"].api == "responses"
    assert shipped.endpoints["google"].api == "chat"
    assert shipped.endpoints["anthropic"].batch
    assert shipped.endpoints["openai"].batch


def test_models_are_found_in_each_spelling(shipped):
    by_id = shipped.find("gpt_4_1_mini")
    assert by_id == shipped.find("gpt-4.1-mini") == shipped.find("openai:gpt-4.1-mini")
    assert shipped.find("ollama:llama3.3:70b").name == "llama3.3:70b"


def test_an_unlisted_model_has_no_price_unless_its_endpoint_bills_none(shipped):
    assert not shipped.find("openai:gpt-99").price.known
    free = shipped.find("ollama:llama3.3").price
    assert free.known
    assert free.usd(10**6, 10**6) == 0.0


@pytest.mark.parametrize("spelled", ["nothing", "nowhere:model", "openai:", ""])
def test_an_unknown_model_is_a_sentence(shipped, spelled):
    with pytest.raises(FaultlineError, match=PROVIDERS_FILE):
        shipped.find(spelled)


def test_without_a_key_a_model_is_unavailable_and_says_which_key(shipped):
    model = shipped.find("claude_opus_5_5")
    assert not shipped.availability(model).ok
    assert "ANTHROPIC_API_KEY" in shipped.availability(model).sentence
    with pytest.raises(FaultlineError, match="ANTHROPIC_API_KEY"):
        shipped.open("anthropic")


def test_a_key_may_come_from_a_mapping_or_the_environment(shipped, monkeypatch):
    model = shipped.find("claude_opus_5_5")
    assert shipped.availability(model, {"ANTHROPIC_API_KEY": "k"}).ok
    assert not shipped.availability(model, {"ANTHROPIC_API_KEY": "  "}).ok
    monkeypatch.setenv("ANTHROPIC_API_KEY", "k")
    assert shipped.availability(model).ok


def test_an_unknown_price_is_a_reason_not_to_run(shipped):
    model = shipped.find("openai:gpt-99")
    said = shipped.availability(model, {"OPENAI_API_KEY": "k"})
    assert (said.key_present, said.price_known, said.ok) == (True, False, False)
    assert "price" in said.sentence


def test_this_machine_needs_no_key(shipped):
    assert shipped.availability(shipped.find("vllm:local-model")).ok
    here = load(home=NOWHERE, env={"FAULTLINE_ANTHROPIC_BASE_URL": "http://127.0.0.1:9"})
    assert here.availability(here.find("claude_opus_5_5")).ok


def test_the_environment_points_an_endpoint_elsewhere():
    env = {"FAULTLINE_OPENAI_BASE_URL": "https://gateway.example/v1"}
    there = load(home=NOWHERE, env=env)
    endpoint = there.endpoints["openai"]
    assert (endpoint.base_url, endpoint.api) == ("https://gateway.example/v1", "chat")
    assert there.endpoints["google"].base_url == SHIPPED_GOOGLE
    again = load(home=NOWHERE, env={**env, "FAULTLINE_OPENAI_API": "responses"})
    assert again.endpoints["openai"].api == "responses"


SHIPPED_GOOGLE = "https://generativelanguage.googleapis.com/v1beta/openai"


@pytest.mark.parametrize("url", ["nonsense", "ftp://x/y", "http://", "file:///etc/passwd"])
def test_a_base_url_that_is_none(url):
    with pytest.raises(FaultlineError, match="no web address"):
        load(home=NOWHERE, env={"FAULTLINE_OPENAI_BASE_URL": url})


def test_a_base_url_with_a_password_is_refused_without_repeating_it():
    with pytest.raises(FaultlineError, match="password") as caught:
        load(home=NOWHERE, env={"FAULTLINE_OPENAI_BASE_URL": "https://me:hunter2@x.example/v1"})
    assert "hunter2" not in str(caught.value)


def test_a_providers_file_adds_and_overrides(tmp_path):
    text = """
    [endpoints.lab]
    kind = "openai"
    base_url = "http://lab.example:8000/v1"
    needs_key = false

    [models.lab_large]
    name = "lab/large"
    endpoint = "lab"
    price = { input = 0.5, output = 1.5, dated = "2026-11-01" }

    [models.gpt_4_1]
    price = { input = 9.0, output = 9.5 }
    """
    own = with_file(tmp_path, text)
    assert own.availability(own.find("lab_large")).ok
    assert isinstance(own.open("lab"), OpenAIProvider)
    changed = own.find("gpt_4_1")
    assert (changed.price.input, changed.price.cached, changed.name) == (9.0, None, "gpt-4.1")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("not toml =", "valid TOML"),
        ("[prices]\nx = 1", "'prices'"),
        ("models = 3", "'models'"),
        ("[models]\nx = 3", "should be a table"),
        ("[endpoints.x]\nkind='openai'\nbase_url='http://x'\napi_key='s'", "Keys are never stored"),
        ("[endpoints.x]\nkind='other'\nbase_url='http://x'", "kind"),
        ("[endpoints.x]\nkind='openai'", "base_url"),
        ("[models.x]\nname='x'\nendpoint='nowhere'", "nowhere"),
        ("[models.x]\nname='x'\nendpoint='openai'\nprice={input=-1}", "0 or more"),
        ("[models.x]\nname='x'\nendpoint='openai'\nprice={input=nan}", "0 or more"),
        ("[models.x]\nname='x'\nendpoint='openai'\nprice={inputs=1}", "inputs"),
        ("[models.x]\nname='x'\nendpoint='openai'\ncan={schema='perhaps'}", "schema"),
        ("[models.x]\nname='x'\nendpoint='openai'\ncan=3", "unknown field"),
    ],
)
def test_a_wrong_providers_file_is_a_sentence(tmp_path, text, words):
    with pytest.raises(FaultlineError, match=words) as caught:
        with_file(tmp_path, text)
    assert "\n" not in str(caught.value)


def test_an_unknown_endpoint_is_a_sentence(shipped):
    with pytest.raises(FaultlineError, match="no endpoint 'nowhere'"):
        shipped.open("nowhere")


def test_what_a_format_can_not_carry_is_not_a_capability(shipped):
    assert shipped.capabilities("openai", "gpt-4.1").takes == ("temperature", "top_p")
    env = {"FAULTLINE_OPENAI_BASE_URL": "https://gateway.example/v1"}
    chat = load(home=NOWHERE, env=env).capabilities("openai", "gpt-4.1")
    assert chat.takes == ("temperature", "top_p", "seed")


def test_the_sdks_are_imported_only_when_a_provider_is_opened():
    import subprocess
    import sys

    code = (
        "import sys, pipeline.providers.catalog as c; c.load(); "
        "import pipeline.providers.limits.retry; "
        "print(sorted({'anthropic', 'openai'} & set(sys.modules)))"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"


def test_the_catalog_is_where_the_home_is(tmp_path, monkeypatch):
    monkeypatch.setenv("FAULTLINE_HOME", str(tmp_path))
    (tmp_path / PROVIDERS_FILE).write_text("[models.gpt_4_1]\nprice = {input = 7.0, output = 8.0}")
    assert catalog.load().find("gpt_4_1").price.input == 7.0

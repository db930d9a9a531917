"""A home's `providers.toml`: the documented examples as they stand, and what does not fit."""

import asyncio
import json
import re
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from make_rows import load as load_rows
from make_rows import many, parquet
from streamlit.testing.v1 import AppTest

from analysis.errors import FaultlineError
from analysis.registry import PROVIDERS_FILE, of_home, registry
from analysis.settings import Settings
from analysis.show import theme
from pipeline.providers.catalog import load
from pipeline.providers.types import ChatRequest, Message

ROOT = Path(__file__).parents[2]
DOCUMENT = (ROOT / "docs" / "models.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```toml\n(.*?)```", DOCUMENT, re.S)


@pytest.fixture
def home(tmp_path, monkeypatch):
    """An empty home that is this process's own, and no keys."""
    monkeypatch.setenv("FAULTLINE_HOME", str(tmp_path))
    for name in ("OPENROUTER_API_KEY", "AZURE_OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def write(home, text):
    (home / PROVIDERS_FILE).write_text(text, encoding="utf-8")
    return load(home=home, env={})


@pytest.fixture
def documented(home):
    """All examples of the document in one file."""
    assert len(EXAMPLES) == 6
    return write(home, "\n".join(EXAMPLES))


@pytest.mark.parametrize("example", EXAMPLES)
def test_each_example_stands_on_its_own(home, example):
    write(home, example)
    assert registry().models


def test_openrouter(documented):
    model = documented.find("llama_3_3_70b")
    assert (model.label, model.provider, model.cost) == ("Llama 3.3 70B", "meta", "low")
    assert "OPENROUTER_API_KEY" in documented.availability(model).sentence
    assert documented.availability(model, {"OPENROUTER_API_KEY": "k"}).ok
    assert registry().resolve("meta-llama/llama-3.3-70b-instruct") == "llama_3_3_70b"
    other = documented.find("openrouter:x-ai/grok-4")
    assert registry().resolve(other.id) == "grok_4"


def test_a_local_model_of_one_s_own_provider(documented):
    model = documented.find("heron_7b")
    assert documented.availability(model).ok
    assert registry().model("heron_7b").provider == "mylab"
    assert registry().resolve("mylab/heron-7b-instruct") == "heron_7b"
    told = registry().model("heron-70b")
    assert (told.provider, told.guessed) == ("mylab", True)
    assert theme.colors(["mylab"]) == {"mylab": "#8A5A00"}
    assert theme.symbols(["mylab"]) == {"mylab": "star"}


def test_azure_keeps_the_model_and_moves_its_endpoint(documented):
    model = documented.find("gpt_4o")
    shipped = of_home(Path("/nonexistent")).model("gpt_4o")
    assert (model.endpoint, model.name) == ("azure", "my-gpt-4o-deployment")
    assert (model.label, model.provider, model.price) == (
        shipped.label,
        shipped.provider,
        shipped.price,
    )
    assert registry().is_of("gpt_4o", "gpt-4o-2024-11-20")
    assert not registry().is_of("gpt_4o", "gpt-4o-mini-2024-07-18")


class _Azure(BaseHTTPRequestHandler):
    """Answers like a deployment and keeps what it was sent."""

    seen: list[tuple[str, dict[str, str], dict[str, object]]]

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.seen.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
        message = {"role": "assistant", "content": "Yes."}
        answer = json.dumps(
            {
                "id": "x",
                "object": "chat.completion",
                "created": 0,
                "model": "gpt-4.1-mini",
                "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
                "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
            }
        ).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


@pytest.fixture
def azure():
    _Azure.seen = []
    server = HTTPServer(("127.0.0.1", 0), _Azure)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_azure_gets_the_key_in_its_own_header_and_its_version_in_the_query(home, azure):
    there = EXAMPLES[3].replace("https://my-resource.openai.azure.com", azure)
    catalog = write(home, there)
    asyncio.run(_ask(catalog, "azure_mini", "my-mini-deployment"))
    path, headers, body = _Azure.seen[0]
    assert path == "/openai/deployments/my-mini-deployment/chat/completions?api-version=2024-10-21"
    assert headers["api-key"] == "secret-1"
    assert "authorization" not in headers
    assert body["model"] == "my-mini-deployment"
    assert body["max_completion_tokens"] == 5


def test_headers_of_an_endpoint_go_with_every_call(home, azure):
    there = EXAMPLES[0].replace("https://openrouter.ai", azure)
    catalog = write(home, there.replace("OPENROUTER_API_KEY", "AZURE_OPENAI_API_KEY"))
    asyncio.run(_ask(catalog, "openrouter", "meta-llama/llama-3.3-70b-instruct"))
    _, headers, _ = _Azure.seen[0]
    assert headers["x-title"] == "Faultline"
    assert headers["authorization"] == "Bearer secret-1"


async def _ask(catalog, endpoint, name):
    provider = catalog.open(endpoint, {"AZURE_OPENAI_API_KEY": "secret-1"})
    request = ChatRequest(
        stage="respond",
        provider=endpoint,
        model=name,
        messages=(Message("user", "Well?"),),
        max_tokens=5,
    )
    try:
        reply = await provider.send(request)
    finally:
        await provider.aclose()
    assert reply.text == "Yes."
    assert "secret-1" not in repr(reply)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[providers.my lab]\nlabel = 'x'", "valid TOML"),
        ("[providers.'My lab']\nlabel = 'x'", "small letters"),
        ("[providers.lab]\ncolor = '#123456'", "label"),
        ("[providers.lab]\nlabel = 'x'\ncolor = 'red'", "hexadecimal"),
        ("[providers.lab]\nlabel = 'x'\nsymbol = 'heart'", "symbol"),
        ("[providers.lab]\nlabel = 'x'\ncolour = '#123456'", "unknown field 'colour'"),
        ("[models.x]\nprovider = 'nobody'", "names a provider 'nobody'"),
        ("[models.x]\nendpoint = 'openai'", "has no name"),
        ("[models.x]\nsize = 'huge'", "small, medium, large"),
        ("[models.x]\ncontext = 0", "number of tokens"),
        ("[models.x]\nretires = 'soon'", "as a day"),
        ("[models.x]\nguessed = true", "unknown field 'guessed'"),
        ("[models.'gpt-4.1-big']\nlabel = 'x'", "gpt_4_1_big"),
        ("[models.x]\naliases = ['gpt-4o']", "share the spelling 'gpt_4o'"),
        ("[judges.x]\nlabel = 'x'", "not 'judges'"),
        ("[endpoints.e]\nkind = 'openai'\nbase_url = 'http://x'\nprovider = 'nobody'", "nobody"),
        (
            "[endpoints.e]\nkind = 'openai'\nbase_url = 'http://x'\n"
            "headers = {Authorization = 'B'}",
            "keys are never stored",
        ),
        (
            "[endpoints.e]\nkind = 'openai'\nbase_url = 'http://x'\nquery = {api_key = 'B'}",
            "keys are never stored",
        ),
        ("[endpoints.e]\nkind = 'openai'\nbase_url = 'nowhere'", "web address"),
    ],
)
def test_what_does_not_fit_is_one_sentence(home, text, words):
    with pytest.raises(FaultlineError, match=re.escape(words)) as caught:
        write(home, text)
    assert "\n" not in str(caught.value)


def test_a_change_of_the_file_is_seen_without_a_restart(home):
    assert registry().model("heron_7b").provider == "other"
    write(home, EXAMPLES[1])
    assert registry().model("heron_7b").label == "Heron 7B"
    (home / PROVIDERS_FILE).unlink()
    assert registry().model("heron_7b").provider == "other"


def test_a_study_has_the_providers_of_the_file(home):
    write(home, EXAMPLES[1])
    rows = [
        {k.replace("grok_4", "mylab/heron-7b-instruct"): v for k, v in row.items()}
        for row in many(3)
    ]
    info = load_rows(Settings(home=home), parquet(home / "rows.parquet", rows), study="own")
    assert "heron_7b" in info.models


def test_a_wrong_file_is_a_sentence_on_the_page(home):
    load_rows(Settings(home=home), parquet(home / "rows.parquet", many(3)), study="own")
    (home / PROVIDERS_FILE).write_text("[models.x]\nsize = 'huge'", encoding="utf-8")
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    app.query_params["study"] = "own"
    app.run()
    assert not app.exception
    assert any("small, medium, large" in box.value for box in app.text)

"""Anthropic's models through Amazon Bedrock and Google Vertex AI: what leaves, over loopback."""

import asyncio
import datetime
import hashlib
import hmac
import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from analysis.errors import FaultlineError
from analysis.registry import PROVIDERS_FILE
from pipeline.providers.catalog import load
from pipeline.providers.types import ChatRequest, Message

NAME = "us.anthropic.claude-sonnet-4-20250514-v1:0"
BEDROCK = """
[endpoints.bedrock]
kind = "bedrock"
base_url = "URL"
region = "us-east-1"
key_env = "AWS_BEARER_TOKEN_BEDROCK"
provider = "anthropic"

[models.claude_sonnet_4]
endpoint = "bedrock"
name = "us.anthropic.claude-sonnet-4-20250514-v1:0"
price = { input = 3.0, output = 15.0, dated = "2026-11-01" }
"""
VERTEX = """
[endpoints.vertex]
kind = "vertex"
base_url = "URL/v1"
region = "europe-west1"
project = "my-project"
key_env = "VERTEX_ACCESS_TOKEN"
provider = "anthropic"
"""
REPLY = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "model": "claude-sonnet-4-20250514",
    "content": [{"type": "text", "text": "Yes."}],
    "stop_reason": "end_turn",
    "usage": {"input_tokens": 7, "output_tokens": 2},
}


class _Cloud(BaseHTTPRequestHandler):
    """Answers like a Claude model and keeps what it was sent."""

    seen: list[tuple[str, dict[str, str], bytes]]

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        self.seen.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
        answer = json.dumps(REPLY).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


@pytest.fixture
def cloud():
    _Cloud.seen = []
    server = HTTPServer(("127.0.0.1", 0), _Cloud)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("FAULTLINE_HOME", str(tmp_path))
    for name in ("AWS_BEARER_TOKEN_BEDROCK", "VERTEX_ACCESS_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def asked(home, written, endpoint, name, keys=None):
    """One call; (reply, path, headers, body as sent)."""
    (home / PROVIDERS_FILE).write_text(written, encoding="utf-8")

    async def ask():
        provider = load(home=home, env={}).open(endpoint, keys)
        try:
            return await provider.send(
                ChatRequest(
                    stage="respond",
                    provider=endpoint,
                    model=name,
                    messages=(Message("user", "Well?"),),
                    max_tokens=5,
                )
            )
        finally:
            await provider.aclose()

    reply = asyncio.run(ask())
    assert len(_Cloud.seen) == 1
    return reply, *_Cloud.seen[0]


def test_bedrock_names_the_model_in_the_path_and_takes_a_token(home, cloud):
    keys = {"AWS_BEARER_TOKEN_BEDROCK": "token-1"}
    written = BEDROCK.replace("URL", cloud)
    reply, path, headers, sent = asked(home, written, "bedrock", NAME, keys)
    body = json.loads(sent)
    assert path == f"/model/{NAME}/invoke"
    assert headers["authorization"] == "Bearer token-1"
    assert "x-api-key" not in headers
    assert "model" not in body
    assert (body["max_tokens"], bool(body["anthropic_version"])) == (5, True)
    assert (reply.text, reply.served_model, reply.input_tokens) == (
        "Yes.",
        "claude-sonnet-4-20250514",
        7,
    )
    catalog = load(home=home, env={})
    assert catalog.availability(catalog.find("claude_sonnet_4"), keys).ok


def test_bedrock_signs_a_call_as_the_account_of_the_machine(home, cloud, monkeypatch):
    pytest.importorskip("botocore")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret-example")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    _, path, headers, sent = asked(home, BEDROCK.replace("URL", cloud), "bedrock", NAME)
    assert signature(headers["authorization"], path, headers, sent) == "as signed"


def signature(authorization, path, headers, body):
    """Signature Version 4 computed anew from what arrived; says whether it is the one sent."""
    scheme, _, fields = authorization.partition(" ")
    parts = dict(field.strip().split("=", 1) for field in fields.split(","))
    key_id, day, region, service, end = parts["Credential"].split("/")
    assert (scheme, key_id, region, service) == (
        "AWS4-HMAC-SHA256",
        "AKIDEXAMPLE",
        "us-east-1",
        "bedrock",
    )
    assert day == headers["x-amz-date"][:8]
    assert datetime.datetime.strptime(day, "%Y%m%d").date()
    names = parts["SignedHeaders"].split(";")
    assert {"host", "x-amz-date"} <= set(names)
    lines = "".join(f"{name}:{' '.join(headers[name].split())}\n" for name in names)
    quoted = path.replace("%", "%25").replace(":", "%3A")
    digest = hashlib.sha256(body).hexdigest()
    canonical = "\n".join(["POST", quoted, "", lines, ";".join(names), digest])
    scope = "/".join([day, region, service, end])
    text = "\n".join(
        [scheme, headers["x-amz-date"], scope, hashlib.sha256(canonical.encode()).hexdigest()]
    )
    key = b"AWS4secret-example"
    for part in (day, region, service, end):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    made = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    return "as signed" if made == parts["Signature"] else f"another: {made}"


def test_vertex_names_project_region_and_model_in_the_path(home, cloud):
    keys = {"VERTEX_ACCESS_TOKEN": "ya29.token"}
    name = "claude-sonnet-4@20250514"
    written = VERTEX.replace("URL", cloud)
    reply, path, headers, sent = asked(home, written, "vertex", name, keys)
    body = json.loads(sent)
    assert path == (
        "/v1/projects/my-project/locations/europe-west1/publishers/anthropic/models/"
        f"{name}:rawPredict"
    )
    assert headers["authorization"] == "Bearer ya29.token"
    assert "model" not in body
    assert body["anthropic_version"]
    assert reply.text == "Yes."


@pytest.mark.parametrize(
    ("written", "lacks"),
    [(BEDROCK.replace('region = "us-east-1"\n', ""), "region"), (VERTEX, "")],
)
def test_an_account_that_can_t_be_found_is_said(home, written, lacks):
    (home / PROVIDERS_FILE).write_text(written.replace("URL", "https://a.example"))
    if lacks:
        with pytest.raises(FaultlineError, match=f"lacks {lacks}: bedrock needs it"):
            load(home=home, env={})
    else:
        assert load(home=home, env={}).endpoints["vertex"].project == "my-project"


def test_without_a_token_or_the_packages_a_sentence_says_what_to_install(home, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    (home / PROVIDERS_FILE).write_text(BEDROCK.replace("URL", "https://a.example"))
    catalog = load(home=home, env={})
    said = catalog.availability(catalog.find("claude_sonnet_4")).sentence
    assert "requirements-clouds.txt" in said
    assert "AWS_BEARER_TOKEN_BEDROCK" in said
    with pytest.raises(FaultlineError, match="requirements-clouds"):
        catalog.open("bedrock")

"""Names of models as providers, gateways and clouds write them: whose model, and which.

    openai/gpt-4o-2024-11-20    x-ai/grok-4    models/gemini-2.5-pro    gpt-4.1:free
    us.anthropic.claude-sonnet-4-20250514-v1:0    @cf/meta/llama-3.1-8b-instruct
    claude-sonnet-4@20250514    accounts/fireworks/models/deepseek-v3
    anthropic:messages:claude-3-5-sonnet-20241022    databricks-claude-sonnet-4

Only what is wrapped around a name is taken off (the path, the cloud's region and version, the
price plan). What may change the answers stays: a date, a size, `:thinking`, `:online`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_REGION = re.compile(r"^(?:us-gov|us|eu|apac|global|jp|au|ca|sa)\.(?=[a-z0-9-]+\.)")
_CLOUD_VERSION = re.compile(r"-v\d+(?::\d+(?::\w+)?)?$")
_PLAN = re.compile(r":(?:free|nitro|floor|beta|latest)$")
_NOT_ID = re.compile(r"[^a-z0-9]+")
_NEWEST = re.compile(r"_(?:latest|default)$")
_FOLDERS = {"models", "accounts", "publishers", "foundation_model", "inference_profile"}
# Who passes calls on, and what an interface is called: both stand before a name, and tell nothing.
_GATEWAYS = {
    "openrouter",
    "azure",
    "azure_ai",
    "azure_openai",
    "bedrock",
    "aws_bedrock",
    "vertex",
    "vertex_ai",
    "vertexai",
    "litellm",
    "portkey",
    "databricks",
    "snowflake",
    "fireworks",
    "fireworks_ai",
    "together",
    "together_ai",
    "groq",
    "cerebras",
    "sambanova",
    "deepinfra",
    "replicate",
    "perplexity",
    "nebius",
    "novita",
    "hf",
    "huggingface",
    "github",
    "cloudflare",
    "google_genai",
    "google_vertexai",
    "vllm",
    "ollama",
    "lmstudio",
}
_INTERFACES = {"chat", "messages", "responses", "completion", "completions", "ft"}
_DATE = r"(?:\d{4}_\d{2}_\d{2}|\d{8}|\d{6}|\d{2}_\d{4}|\d{2}_\d{2}|\d{4}|0\d{2})"
_SNAPSHOT = re.compile(rf"^_((?:preview_|exp_)?{_DATE}|preview|exp)$")


@dataclass(frozen=True)
class Name:
    """One spelling taken apart: `vendor` as written before the name ("" without one), and `core`,
    the model's own name in the dataset's spelling (`gpt_4o_2024_11_20`)."""

    vendor: str
    core: str


def spelled_id(name: str) -> str:
    """A model's name in the dataset's spelling: `gpt-4.1-mini` is `gpt_4_1_mini`."""
    return _NOT_ID.sub("_", name.lower()).strip("_")


def take_apart(spelling: str, vendors: Mapping[str, Sequence[str]]) -> Name:
    """Vendor and own name of a spelling; `vendors`: name of each -> how its models' names begin."""
    slashed = _slashed(spelling.strip().lower(), vendors)
    parts = [p for p in re.split(r"/", slashed) if p]
    last = _PLAN.sub("", parts[-1]) if parts else ""
    vendor = spelled_id(parts[-2]) if len(parts) > 1 else ""
    bare = _REGION.sub("", last)
    before, dot, rest = bare.partition(".")
    if dot and rest and spelled_id(before) in vendors:
        vendor, last = spelled_id(before), _CLOUD_VERSION.sub("", rest)
    core = _NEWEST.sub("", spelled_id(last))
    return Name(vendor, core) if vendor and vendor not in _FOLDERS else _unjoined(core, vendors)


def _slashed(spelling: str, vendors: Mapping[str, Sequence[str]]) -> str:
    """A name with its makers, gateways and interfaces before colons as before slashes:
    `openai:chat:gpt-4o`. A colon behind a name (`qwen2.5:7b`, `:free`) stays."""
    first, colon, rest = spelling.partition(":")
    known = spelled_id(first) in {*vendors, *_GATEWAYS, *_INTERFACES}
    if not colon or "/" in first or not known:
        return spelling
    behind = _slashed(rest, vendors)
    return behind if spelled_id(first) in _INTERFACES else f"{first}/{behind}"


def _unjoined(core: str, vendors: Mapping[str, Sequence[str]]) -> Name:
    """`openai_gpt_4o`, a plan's id of openai/gpt-4o, as vendor and name; `gemini_2_5_pro` whole."""
    for vendor, families in vendors.items():
        rest = core.removeprefix(f"{vendor}_")
        if rest != core and any(begins_with(rest, family) for family in families):
            return Name(vendor, rest)
    for gateway in _GATEWAYS:
        rest = core.removeprefix(f"{gateway}_")
        if rest == core:
            continue
        behind = _unjoined(rest, vendors)
        if behind.vendor or any(begins_with(rest, f) for fs in vendors.values() for f in fs):
            return behind if behind.vendor else Name(gateway, rest)
    return Name("", core)


def snapshot_of(core: str, families: Mapping[str, str]) -> tuple[str, str] | None:
    """(id of the listed model, date) where `core` is a dated snapshot of it, else None.

    `families` maps each listed spelling to its model's id. `gpt_4o_mini` is no snapshot of
    `gpt_4o`: behind the listed spelling there must be a date and nothing else.
    """
    for spelling in sorted(families, key=len, reverse=True):
        if core.startswith(f"{spelling}_"):
            found = _SNAPSHOT.match(core[len(spelling) :])
            if found:
                return families[spelling], _dashed(found[1])
    return None


def with_day(core: str, *, compact: bool) -> str:
    """A name that ends in a day with the day in one spelling: `20241120` where `compact`, else
    `2024_11_20`. Others stay as they are."""
    if compact:
        return _DAY.sub(r"_\1\2\3", core)
    return _COMPACT_DAY.sub(r"_\1_\2_\3", core)


def dated(spelling: str) -> tuple[str, str] | None:
    """(name without its date, date) of a name that ends in a whole day, else None."""
    found = _DATED.fullmatch(spelling.strip())
    return (found[1], "-".join(found.groups()[1:])) if found else None


def is_tuned(spelling: str) -> bool:
    """Whether a name is that of somebody's fine-tuned model: another one than it was made from."""
    return spelling.lower().startswith("ft:")


_DAY = re.compile(r"_(20\d{2})_([01]\d)_([0-3]\d)$")
_COMPACT_DAY = re.compile(r"_(20\d{2})([01]\d)([0-3]\d)$")
_DATED = re.compile(r"(.*[^\W_])[-_@. ]\(?(20\d{2})[-_.]?([01]\d)[-_.]?([0-3]\d)\)?", re.S)


def _dashed(snapshot: str) -> str:
    """`20240620` and `2024_06_20` are the same day."""
    return re.sub(r"^(\d{4})(\d{2})(\d{2})$", r"\1-\2-\3", snapshot.replace("_", "-"))


def begins_with(core: str, family: str) -> bool:
    """Whether a name begins with a family's word: `llama3_1_8b` with `llama`, `gpt_4o` with `gpt`.

    A family that ends in a digit (`o3`) needs a whole word.
    """
    word = spelled_id(family)
    behind = r"(?:_|$)" if word[-1:].isdigit() else r"(?:[_\d]|$)"
    return re.match(re.escape(word) + behind, core) is not None

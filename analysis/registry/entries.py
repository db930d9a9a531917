"""What the registry holds: one frozen record a provider, endpoint, model, judge and model set."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

OTHER = "other"
"""The provider of a model that nothing tells whose it is."""
NO_COLOR = "#707070"
CLOUDS = ("bedrock", "vertex")
_LOW_USD, _MIDDLE_USD = 5.0, 20.0


class Usage(Protocol):
    """Tokens of one call, None where the provider did not say."""

    @property
    def input_tokens(self) -> int | None: ...
    @property
    def output_tokens(self) -> int | None: ...
    @property
    def cached_tokens(self) -> int | None: ...
    @property
    def cache_write_tokens(self) -> int | None: ...


class Sampling(Protocol):
    """Options of one call."""

    def given(self) -> Mapping[str, object]: ...


@dataclass(frozen=True)
class Price:
    """US dollars per million tokens, as published on `dated` (ISO day). None is unknown, never 0.

    Unknown cache prices fall back to the input price, so an estimate never comes out low. A
    prompt of more than `long_over` tokens costs `long_input` and `long_output` times as much.
    """

    input: float | None = None
    output: float | None = None
    cached: float | None = None
    cache_write: float | None = None
    batch_share: float = 1.0
    long_over: int | None = None
    long_input: float = 1.0
    long_output: float = 1.0
    dated: str = ""

    @property
    def known(self) -> bool:
        return self.input is not None and self.output is not None

    def usd(
        self,
        input_tokens: int,
        output_tokens: int,
        cached_tokens: int = 0,
        cache_write_tokens: int = 0,
        *,
        batch: bool = False,
    ) -> float | None:
        """Dollars for these tokens of one call, None when the price is unknown."""
        if self.input is None or self.output is None:
            return None
        prompt = input_tokens * self.input
        prompt += cached_tokens * (self.input if self.cached is None else self.cached)
        prompt += cache_write_tokens * max(self.input, self.cache_write or 0.0)
        answer = output_tokens * self.output
        length = input_tokens + cached_tokens + cache_write_tokens
        if self.long_over is not None and length > self.long_over:
            prompt, answer = prompt * self.long_input, answer * self.long_output
        return (prompt + answer) * (self.batch_share if batch else 1.0) / 1_000_000

    def most_usd(
        self, input_tokens: int, output_tokens: int, *, batch: bool = False
    ) -> float | None:
        """The most that one call of so many tokens can cost, whether a cache reads its input,
        writes it or leaves it alone; None when the price is unknown."""
        ways = (
            self.usd(input_tokens, output_tokens, batch=batch),
            self.usd(0, output_tokens, input_tokens, batch=batch),
            self.usd(0, output_tokens, 0, input_tokens, batch=batch),
        )
        return max((way for way in ways if way is not None), default=None)

    def of_reply(self, reply: Usage, *, batch: bool = False) -> float | None:
        """Dollars that a reply cost, None when its usage or the price is unknown."""
        if reply.input_tokens is None or reply.output_tokens is None:
            return None
        return self.usd(
            reply.input_tokens,
            reply.output_tokens,
            reply.cached_tokens or 0,
            reply.cache_write_tokens or 0,
            batch=batch,
        )


@dataclass(frozen=True)
class Capabilities:
    """What a model takes. `takes` names options other than effort; `effort` lists its levels.

    `schema`, `forced_tool` and `json_mode` are ways to have structured output, best first.
    `embed`: it gives vectors, and no answers.
    """

    takes: tuple[str, ...] = ()
    effort: tuple[str, ...] = ()
    schema: bool = True
    forced_tool: bool = True
    json_mode: bool = False
    batch: bool = False
    embed: bool = False

    def not_taken(self, options: Sampling) -> list[str]:
        """Names of the options given that the model does not take, sorted; empty when all go."""
        given = options.given()
        bad = [name for name in given if name not in self.takes and name != "effort"]
        if "effort" in given and given["effort"] not in self.effort:
            bad.append("effort")
        return sorted(bad)


@dataclass(frozen=True)
class Provider:
    """Who makes models. `color` is the hue that its models share on every chart.

    Without a color ("") it gets one that no other provider of the chart has; likewise `symbol`,
    a marker of Plotly's. `vendors` and `families` are how others write and begin its models' names.
    """

    id: str
    label: str
    color: str = ""
    symbol: str = ""
    simulated: bool = False
    vendors: tuple[str, ...] = ()
    families: tuple[str, ...] = ()


@dataclass(frozen=True)
class Endpoint:
    """One address that speaks Anthropic's or OpenAI's format, or Anthropic's as Amazon Bedrock and
    Google Vertex AI serve it. `free`: it bills no tokens.

    `headers` and `query` go with every call and hold no key; the key goes in `key_header`, or
    where that is "" as the SDK sends it. `provider`: whose models it serves, "" where anybody's.
    `region` and `project` are those of the account at a cloud.
    """

    name: str
    kind: Literal["anthropic", "openai", "bedrock", "vertex"]
    base_url: str
    title: str = ""
    key_env: str = ""
    api: Literal["messages", "responses", "chat"] = "chat"
    tokens_field: str = "max_tokens"
    needs_key: bool = True
    free: bool = False
    batch: bool = False
    provider: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    key_header: str = ""
    region: str = ""
    project: str = ""

    @property
    def in_cloud(self) -> bool:
        """Whether it is a cloud's door to Anthropic's models."""
        return self.kind in CLOUDS


@dataclass(frozen=True)
class Model:
    """One model, by its id as the data spells it.

    `size` is its class inside the provider's line-up (small, medium, large), `cost` its class by
    list price of output (low, middle, high). `name` is what its `endpoint` calls it; without an
    endpoint ("") it can be read and not planned. `context`: tokens that it reads and writes at
    most. `family` is the id that dated snapshots of one model share. `guessed`: nobody listed it,
    and its provider was told from its name alone.
    """

    id: str
    label: str
    provider: str = OTHER
    size: str | None = None
    cost: str | None = None
    simulated: bool = False
    aliases: tuple[str, ...] = ()
    endpoint: str = ""
    name: str = ""
    price: Price = field(default_factory=Price)
    can: Capabilities = field(default_factory=Capabilities)
    context: int | None = None
    retires: str = ""
    snapshot: str = ""
    family: str = ""
    guessed: bool = False

    @property
    def plannable(self) -> bool:
        """Whether a run can ask it."""
        return bool(self.endpoint)


@dataclass(frozen=True)
class Judge:
    """One judge; `note` says where the data's name and the paper's differ."""

    id: str
    label: str
    provider: str = OTHER
    note: str | None = None
    simulated: bool = False
    guessed: bool = False


@dataclass(frozen=True)
class ModelSet:
    """A named set of models that disagreement is computed over at load time."""

    id: str
    label: str
    models: tuple[str, ...]


def cost_class(price: Price) -> str | None:
    """low, middle or high, by the list price of a million output tokens; None where unknown."""
    if price.output is None:
        return None
    return "low" if price.output < _LOW_USD else "middle" if price.output <= _MIDDLE_USD else "high"

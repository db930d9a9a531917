"""How a stage asks and reads: prompts with named gaps, delimited foreign text, schema'd replies.

Foreign text (queries, answers, the spec) goes into blocks whose tag carries a digest of the text
itself: `<answer-0f3a...>`. A text can't contain the end of its own block without knowing the
digest of what it is part of, so it can't step out of the block and talk to the reader.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError

from analysis.errors import FaultlineError
from analysis.parse.json_in_text import read_json
from analysis.parse.specs.clause import Clause
from pipeline.providers.types import ChatRequest, JsonSchema, Message, Options

GAP = re.compile(r"\{\{\s*(\w+)\s*\}\}")
BLOCK = re.compile(r"<(\w+)-([0-9a-f]{16})>\n(.*?)\n</\1-\2>", re.DOTALL)
USER_MARK = "\n=== user ===\n"
BYTES_PER_TOKEN = 4.0
"""Of English text, about; what is likely."""
FEWEST_BYTES_A_TOKEN = 2.5
"""What a bound takes instead, so that it does not come out short."""
OVERHEAD_TOKENS = 60
"""Of one call beside its texts: roles, separators, the wrapping of a schema."""
BLOCK_TOKENS = 32
"""The two tags around one foreign text, at most."""


def most_tokens(size: float) -> float:
    """Tokens that a text of so many bytes can have, at most."""
    return size / FEWEST_BYTES_A_TOKEN


def read_again(tokens: float) -> float:
    """Tokens that a text of so many tokens can have for another model, which cuts it elsewhere."""
    return most_tokens(tokens * BYTES_PER_TOKEN)


Shape = TypeVar("Shape", bound="Reading")


class UnparsableError(Exception):
    """A reply that is there and says nothing in the shape asked for; the sentence says why.

    `word`: what stands where the answer was wanted, as the model wrote it; "" where nothing does.
    """

    def __init__(self, why: str, word: str = "") -> None:
        super().__init__(why)
        self.word = word


class Reading(BaseModel):
    """A reply's shape. Extra fields are dropped: a talkative model is no reason to lose it."""

    model_config = ConfigDict(extra="ignore", frozen=True)


def _not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("it is empty")
    return text.strip()


Text = Annotated[str, AfterValidator(_not_blank)]
"""A text in a reply that must say something, without white space around it."""


@dataclass(frozen=True)
class Target:
    """One model as a stage sees it: `id` in the plan's spelling, `model` in the provider's."""

    id: str
    provider: str
    model: str
    max_tokens: int
    options: Options = field(default_factory=Options)


@dataclass(frozen=True)
class ModelCall:
    """One call that a stage wants: `subject` names what it is about, unique in its stage."""

    subject: str
    model: str
    request: ChatRequest


@dataclass(frozen=True)
class Prompt:
    """A prompt file: the system part (may be empty) and the user part, both with {{gaps}}."""

    system: str
    user: str

    @classmethod
    def parse(cls, text: str) -> "Prompt":
        system, mark, user = ("\n" + text).partition(USER_MARK)
        return cls(system.strip(), user.strip()) if mark else cls("", text.strip())

    @property
    def gaps(self) -> set[str]:
        return set(GAP.findall(self.system)) | set(GAP.findall(self.user))


def check_prompt(name: str, text: str, required: frozenset[str], allowed: frozenset[str]) -> None:
    """Raises FaultlineError naming the gaps that a prompt lacks or that nobody fills."""
    gaps = Prompt.parse(text).gaps
    if missing := sorted(required - gaps):
        raise FaultlineError(
            f"The prompt {name!r} lacks {_gaps(missing)}: without it the model never sees it."
        )
    if unknown := sorted(gaps - required - allowed):
        raise FaultlineError(
            f"The prompt {name!r} asks for {_gaps(unknown)}, which nothing fills: "
            f"it may use {_gaps(sorted(required | allowed))}."
        )


def _gaps(names: list[str]) -> str:
    return ", ".join("{{" + name + "}}" for name in names)


def block(name: str, text: str) -> str:
    """Foreign text between tags that it can't forge. An empty text stays an empty block."""
    mark = hashlib.sha256(f"{name}\0{text}".encode("utf-8", "replace")).hexdigest()[:16]
    return f"<{name}-{mark}>\n{text}\n</{name}-{mark}>"


@dataclass(frozen=True)
class Standard:
    """A spec as judges get it: its text and anchors as one prefix, the same for every call."""

    prefix: str
    anchors: frozenset[str]

    @classmethod
    def of(cls, text: str, clauses: Sequence[Clause]) -> "Standard":
        menu = "\n".join(f"{c.anchor}: {c.title}" for c in clauses)
        prefix = (
            "The specification of how an assistant should behave:\n"
            f"{block('spec', text)}\n\nThe anchors of its clauses, with their titles:\n"
            f"{block('anchors', menu)}"
        )
        return cls(prefix, frozenset(clause.anchor for clause in clauses))


def blocks(text: str) -> dict[str, str]:
    """Name -> content of the outermost blocks in a prompt (how the simulator reads one)."""
    return {match[1]: match[3] for match in BLOCK.finditer(text)}


def fill(template: str, values: dict[str, str]) -> str:
    """The template with its gaps filled, in one pass: a filled-in text is never filled again."""
    return GAP.sub(lambda match: values[match[1]], template)


def model_call(
    target: Target,
    prompt: Prompt,
    values: dict[str, str],
    *,
    stage: str,
    subject: str,
    schema: JsonSchema | None = None,
    prefix: str = "",
    replicate: int = 0,
) -> ModelCall:
    """The call that a filled prompt makes to one model."""
    request = ChatRequest(
        stage=stage,
        provider=target.provider,
        model=target.model,
        messages=(Message("user", fill(prompt.user, values)),),
        max_tokens=target.max_tokens,
        system=fill(prompt.system, values),
        cached_prefix=prefix,
        schema=schema,
        options=target.options,
        replicate=replicate,
    )
    return ModelCall(subject=subject, model=target.id, request=request)


def read(text: str, shape: type[Shape]) -> Shape:
    """A reply's text in its shape. Raises UnparsableError with a sentence."""
    try:
        return shape.model_validate(read_json(text)[0])
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the reply"
        raise UnparsableError(f"{where}: {first['msg']}") from None
    except ValueError as error:
        raise UnparsableError(str(error)) from None


def obj(**properties: object) -> dict[str, object]:
    """A closed JSON schema object whose properties are all required (what strict modes take)."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def listed(items: object) -> dict[str, object]:
    return {"type": "array", "items": items}


def one_of(values: list[str] | list[int]) -> dict[str, object]:
    kind = "integer" if values and isinstance(values[0], int) else "string"
    return {"type": kind, "enum": values}


TEXT: dict[str, object] = {"type": "string"}
NUMBER: dict[str, object] = {"type": "number"}

"""Which column plays which part where columns have other names: a guess, or a person's word.

Roles are the names of the public layouts; `model=NAME` gives a file of one model its model.
"""

import re
from collections.abc import Iterable, Mapping

from analysis.errors import FaultlineError

ROLES = (
    "query",
    "model",
    "response",
    "value1",
    "value2",
    "nudge_direction",
    "chunk_index",
    "entry_idx",
    "value1_position",
    "value2_position",
    "outcome",
    "replicate",
    "label",
    "rank",
    "query_generator",
    "latency_s",
    "prompt",
    "query_key",
    "judge",
    "decision",
    "reasoning",
    "ignore",
)
_PATTERN = re.compile(
    r"response_.+|.+_value[12]_position|outcome_.+|latency_s_.+|.+_decision|.+_reasoning|label_.+"
)
_GUESSES: dict[str, tuple[str, ...]] = {
    "query": (
        "query",
        "prompt",
        "question",
        "input",
        "user prompt",
        "user query",
        "instruction",
        "user message",
        "user",
        "prompt text",
        "request",
        "user input",
        "goal",
        "behavior",
        "problem",
        "message",
    ),
    "model": (
        "model",
        "model name",
        "model id",
        "llm",
        "engine",
        "assistant model",
        "responder",
        "target model",
        "deployment",
        "system",
    ),
    "response": (
        "response",
        "answer",
        "completion",
        "output",
        "model response",
        "response text",
        "reply",
        "generation",
        "model output",
        "model answer",
        "generated text",
        "assistant",
        "result",
        "llm response",
        "prediction",
        "answer text",
    ),
    "value1": ("value1", "value 1", "value a", "first value"),
    "value2": ("value2", "value 2", "value b", "second value"),
    "nudge_direction": ("nudge direction", "nudge", "wording", "direction"),
    "chunk_index": ("chunk index", "chunk idx"),
    "entry_idx": ("entry idx", "entry index"),
    "value1_position": ("value1 position", "value 1 position", "position1", "position 1"),
    "value2_position": ("value2 position", "value 2 position", "position2", "position 2"),
    "outcome": ("outcome", "status", "finish reason", "stop reason"),
    "replicate": ("replicate", "epoch", "sample no", "trial", "repeat", "run no", "repetition"),
    "judge": ("judge", "judge model", "grader", "evaluator", "judge name", "rater"),
    "decision": ("decision", "verdict", "judgement", "judgment", "judge decision"),
    "label": (
        "label",
        "final label",
        "response type",
        "annotation",
        "compliance",
        "refusal label",
    ),
}


def guessed(columns: Iterable[str]) -> dict[str, str]:
    """Column -> role for the columns whose names tell, each role at most once. Names of the public
    layout count whatever their case and the signs between their words."""
    names = list(columns)
    plain = {_plain(name): name for name in reversed(names)}
    found: dict[str, str] = {}
    for role, guesses in _GUESSES.items():
        column = role if role in names else None
        column = column or next((plain[g] for g in guesses if g in plain), None)
        if column is not None and column not in found:
            found[column] = role
    for name in names:
        meant = re.sub(r"[\s-]+", "_", name.strip().lower())
        if meant in names or name in found or meant in found.values():
            continue
        if meant in ROLES or is_of_model(meant) or _PATTERN.fullmatch(meant):
            found[name] = meant
    return found


def is_of_model(role: str) -> bool:
    """Whether a role is that of a column of answers or positions of one model."""
    return re.fullmatch(r"response_.+|.+_value[12]_position", role) is not None


def _plain(name: str) -> str:
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name.strip())
    return " ".join(re.split(r"[\W_]+", spaced.lower())).strip()


def parsed(pairs: Iterable[str]) -> dict[str, str]:
    """`column=role` as somebody wrote it on the command line -> {column: role}.

    Raises FaultlineError that says which part can't be read.
    """
    found = {}
    for one in pairs:
        column, sign, role = one.rpartition("=")
        if not sign or not column.strip() or not role.strip():
            raise FaultlineError(f"“{one}” is no mapping: write column=role, such as text=query.")
        found[column.strip()] = role.strip()
    return checked(found)


def checked(mapping: Mapping[str, str]) -> dict[str, str]:
    """The mapping itself. Raises FaultlineError for a role that is none, or one given twice."""
    for column, role in mapping.items():
        if column != "model" and role not in ROLES and not _PATTERN.fullmatch(role):
            raise FaultlineError(
                f"“{role}” is no role that the column “{column}” can have. Roles: "
                f"{', '.join(ROLES)}, or a column's name in the public layout, such as "
                "gpt41_decision."
            )
    given = [role for role in mapping.values() if role != "ignore"]
    twice = next((role for role in given if given.count(role) > 1), None)
    if twice is not None:
        raise FaultlineError(f"Two columns are mapped to {twice}. Choose one of them.")
    return dict(mapping)

"""What tools of this kind write, turned into one row a query and model: query, model, response.

Inspect logs, promptfoo's output, SpeechMap's rows, and the batches of OpenAI and Anthropic. A
record goes in, rows come out; records of no known tool come back as they are.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from analysis.errors import FaultlineError
from analysis.parse.answers import as_json

Record = dict[str, Any]
TALKS = (
    "messages",
    "conversations",
    "conversation",
    "contents",
    "chat",
    "dialogue",
    "dialog",
    "turns",
)
"""Names of columns that hold a whole conversation."""
_WORDS = ("content", "text", "parts", "value", "user", "human", *("question", "query", "prompt"))
"""Keys under which a message, or an input in an object of its own, has its words."""
_QUERIES = ("query", "prompt", "question", "input", "user_input", "instruction", "message")


def rows_of(document: object, name: str) -> Iterable[Record] | None:
    """The rows of a whole JSON document, or None where it is of no known shape.

    Raises FaultlineError where it is known and holds no rows.
    """
    if isinstance(document, list):
        return [r for r in document if isinstance(r, dict)] if document else []
    if not isinstance(document, dict):
        return None
    if isinstance(document.get("samples"), list) and isinstance(document.get("eval"), dict):
        return list(_inspect(document))
    results = document.get("results")
    if isinstance(results, dict) and isinstance(results.get("results"), list):
        return list(_promptfoo(results["results"]))
    if isinstance(results, list) and any("provider" in r for r in results if isinstance(r, dict)):
        return list(_promptfoo(results))
    for key in ("data", "rows", "records", "results", "examples", "items", "samples"):
        inside = document.get(key)
        if isinstance(inside, list) and inside and all(isinstance(r, dict) for r in inside):
            return [r["row"] if isinstance(r.get("row"), dict) else r for r in inside]
    if (table := _of_columns(document)) is not None:
        return table
    if isinstance(document.get("eval"), dict):
        raise FaultlineError(
            f"{name} is an Inspect log without samples (its header alone, or a run that failed "
            "early). Give the log that has them."
        )
    return None


def _of_columns(document: Mapping[str, Any]) -> list[Record] | None:
    """The rows of a table written by columns: names with lists of one length, names with cells by
    row, or names beside rows of cells (pandas' orients list, columns and split)."""
    names, cells = document.get("columns"), document.get("data")
    if isinstance(names, list) and isinstance(cells, list):
        whole = all(isinstance(row, list) and len(row) == len(names) for row in cells)
        return [dict(zip(map(str, names), row, strict=True)) for row in cells] if whole else None
    held = list(document.values())
    if not any(q in document for q in _QUERIES):
        return None
    if all(isinstance(v, list) for v in held) and len({len(v) for v in held}) == 1:
        return [dict(zip(document, row, strict=True)) for row in zip(*held, strict=True)]
    if all(isinstance(v, dict) for v in held) and len({tuple(v) for v in held}) == 1:
        return [{name: cells[row] for name, cells in document.items()} for row in held[0]]
    return None


def is_row(document: Mapping[str, Any]) -> bool:
    """Whether a JSON object is one row alone: a query with something said to it."""
    return any(isinstance(document.get(q), str) for q in _QUERIES) and not any(
        isinstance(document.get(k), list | dict) for k in ("results", "samples", "data", "eval")
    )


def _inspect(log: Mapping[str, Any]) -> Iterator[Record]:
    evaluated = log["eval"]
    for sample in log["samples"]:
        output = sample.get("output") or {}
        failed = sample.get("error")
        row = {
            "query": asked(sample.get("input")),
            "model": output.get("model") or evaluated.get("model"),
            "response": {"error": failed} if failed and not output.get("choices") else output,
            "replicate": max(0, int(sample.get("epoch") or 1) - 1),
            "id": sample.get("id"),
            "task": evaluated.get("task"),
        }
        values = sample.get("metadata") or {}
        yield row | {k: values[k] for k in ("value1", "value2", "nudge_direction") if k in values}


def _promptfoo(results: Iterable[Any]) -> Iterator[Record]:
    for result in results:
        if not isinstance(result, dict):
            continue
        made = result.get("response") or {}
        asking = result.get("vars") or {}
        prompt = result.get("prompt") or {}
        provider = result.get("provider")
        output = made.get("output") if isinstance(made, dict) else made
        failed = result.get("error") if output in (None, "") else None
        named = provider.get("id") or provider.get("label") if isinstance(provider, dict) else ""
        row = {
            "query": next((asking[q] for q in _QUERIES if isinstance(asking.get(q), str)), None)
            or asked(prompt.get("raw") if isinstance(prompt, dict) else prompt),
            "model": named or provider,
            "response": {"error": failed} if failed else output,
        }
        known = ("value1", "value2", "nudge_direction")
        yield row | {k: asking[k] for k in known if k in asking}


def asked(value: object) -> str | None:
    """The user's words in an input: a text, a list of messages, or the JSON of one."""
    if isinstance(value, str):
        inside = spelled(value)
        return value if inside is None else asked(inside)
    if isinstance(value, dict):
        told = next((value[t] for t in TALKS if isinstance(value.get(t), list)), None)
        if told is not None:
            return asked(told)
        values = (value.get(key) for key in _WORDS)
        return asked(next((part for part in values if part is not None), None))
    if isinstance(value, list):
        users = [m for m in value if isinstance(m, dict) and _speaker(m) in _USERS]
        blocks = users[-1:] or [m for m in value if isinstance(m, dict) and not _speaker(m)]
        texts = [t for m in blocks if (t := asked(m))]
        return "\n\n".join(texts) or None
    return None


_USERS = ("user", "human")


def spelled(text: str) -> list[Any] | dict[str, Any] | None:
    """The messages that a text spells in JSON or as Python prints them; None for any other text,
    since a query may hold JSON of its own."""
    inside = as_json(text)
    found = inside
    if isinstance(found, dict):
        found = next((found[t] for t in TALKS if isinstance(found.get(t), list)), [found])
    users = isinstance(found, list) and any(
        isinstance(m, dict) and _speaker(m) in _USERS for m in found
    )
    return inside if users else None


def has_more(value: object) -> bool:
    """Whether an input says more than the user's last words: a system prompt, or earlier turns."""
    if isinstance(value, dict):
        value = next((value[t] for t in TALKS if isinstance(value.get(t), list)), None)
    said = [_speaker(m) for m in value if isinstance(m, dict)] if isinstance(value, list) else []
    return sum(who in _USERS for who in said) > 1 or any(
        who in ("system", "developer") for who in said
    )


def _speaker(message: Mapping[str, Any]) -> str:
    return str(message.get("role") or message.get("from") or "").lower()


# ---- one record a line -------------------------------------------------------------------------


def record_reader(
    first: Record, name: str, batch: Mapping[str, Record]
) -> Callable[[Record], Record]:
    """How each record of a file is read, told from its first one. `batch`: the requests of a batch
    by their custom id, where its input file was given too."""
    if is_batch_output(first):
        if not batch:
            raise FaultlineError(
                f"{name} is a batch's output: it names each request by custom_id and holds no "
                "query. Give the batch's input file together with it."
            )
        return lambda record: _of_batch(record, batch)
    if isinstance(first.get("question"), str) and "response" in first and "model" in first:
        return lambda record: {"query": record.get("question"), **record}
    return lambda record: record


def is_batch_output(record: Mapping[str, Any]) -> bool:
    """Whether a record is a line of what OpenAI's or Anthropic's batches give back."""
    return "custom_id" in record and ("result" in record or "response" in record)


def is_batch_input(record: Mapping[str, Any]) -> bool:
    """Whether a record is a request of a batch."""
    return "custom_id" in record and ("body" in record or "params" in record)


def requests_of(records: Iterable[Record]) -> dict[str, Record]:
    """custom_id -> query and model of each request of a batch's input."""
    found = {}
    for record in records:
        made = record.get("body") or record.get("params") or {}
        messages = made.get("messages", made.get("input", made.get("contents")))
        found[str(record.get("custom_id"))] = {
            "query": asked(messages),
            "model": made.get("model"),
        }
    return found


def _of_batch(record: Record, batch: Mapping[str, Record]) -> Record:
    known = batch.get(str(record.get("custom_id")), {})
    failed = record.get("error")
    response = record.get("result", record.get("response"))
    return {
        "query": known.get("query"),
        "model": known.get("model"),
        "response": {"error": failed} if failed else _whole(response),
        "custom_id": record.get("custom_id"),
    }


def _whole(response: Any) -> Any:
    return {"response": response} if isinstance(response, dict) else response

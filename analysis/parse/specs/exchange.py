"""A spec as data: one JSON file, lossless to and from Markdown. docs/specs.md documents it.

    {"format": 1, "name": "house", "version": "2026-01-01",
     "clauses": [
       {"anchor": "truth", "title": "Tell the truth", "level": 2, "authority": "user",
        "parent": "house", "references": ["privacy"],
        "parts": [
          {"kind": "text", "text": "Say what is so."},
          {"kind": "precedence", "over": ["privacy"]},
          {"kind": "example", "mark": "```", "language": "", "text": "User: …"},
          {"kind": "test", "case": "…", "verdict": "fully", "reason": "…"}]}]}

The parts are the clause's text in its order. A part is told as a precedence, an example or a test
only where writing it gives the same lines again; all else is text. So nothing can be lost.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from analysis.errors import FaultlineError
from analysis.parse.files import json_of
from analysis.parse.specs.clause import REFERENCE, Clause, Spec
from analysis.parse.specs.rules import as_markdown
from analysis.parse.specs.spec import parse_spec
from analysis.vocabulary import RUBRIC_GRADES

FORMAT = 1
TEST = "test"
"""The language of a block that is a test."""
Part = dict[str, Any]
_FENCE = re.compile(r"(?P<mark>`{3,}|~{3,})(?P<language>[^`~]*)")
_SHAPES: dict[str, tuple[str, ...]] = {
    "text": ("text",),
    "precedence": (),
    "example": ("mark", "language", "text"),
    "test": ("case", "verdict", "reason"),
}


def to_json(spec: Spec) -> dict[str, Any]:
    """A spec as data. Raises FaultlineError where its clauses can't be written as Markdown, so
    that no file is made which could not be read back."""
    _check(spec.clauses, as_markdown(spec.clauses), spec.name)
    return {
        "format": FORMAT,
        "name": spec.name,
        "version": spec.version,
        "clauses": [
            {
                "anchor": c.anchor,
                "title": c.title,
                "level": c.level,
                "authority": c.authority,
                "parent": c.parent,
                "references": list(c.references),
                "parts": parts(c.text),
            }
            for c in spec.clauses
        ],
    }


def to_markdown(text: str, where: str) -> str:
    """The Markdown of a spec's JSON. `parent` and `references` follow from levels and links, and
    must agree where they are given. Raises FaultlineError naming the clause that does not fit."""
    data = json_of(text, where)
    rows = data.get("clauses") if isinstance(data, dict) else None
    if not isinstance(rows, list) or not rows:
        raise FaultlineError(f"{where} holds no list “clauses”: export a spec to see the form.")
    if data.get("format") != FORMAT:
        raise FaultlineError(
            f"{where} has the format {data.get('format')!r}, and this Faultline reads {FORMAT}."
        )
    clauses = [_clause(row, i, f"{where}, clause {i}") for i, row in enumerate(rows, 1)]
    anchor, times = Counter(c.anchor for c in clauses).most_common(1)[0]
    if times > 1:
        raise FaultlineError(f"{where} has {times} clauses “{anchor}”: give each its own anchor.")
    written = as_markdown(clauses)
    _check(clauses, written, where)
    return written


def parts(text: str) -> list[Part]:
    """A clause's text in its parts, in order; `joined` gives the same text."""
    found: list[Part] = []
    plain: list[str] = []
    for lines, part in _stretches(text.split("\n")):
        if part is None or _lines(part) != lines:
            plain += lines
            continue
        if plain:
            found.append({"kind": "text", "text": "\n".join(plain)})
        plain = []
        found.append(part)
    if plain and (found or plain != [""]):
        found.append({"kind": "text", "text": "\n".join(plain)})
    return found


def joined(found: Sequence[Part]) -> str:
    """The text of some parts."""
    return "\n".join(line for part in found for line in _lines(part))


def _stretches(lines: list[str]) -> Iterator[tuple[list[str], Part | None]]:
    """Blocks and sentences of precedence with what they say, other lines one by one."""
    i = 0
    while i < len(lines):
        fence = _FENCE.fullmatch(lines[i])
        end = i
        if fence is not None:
            end = next((k for k in range(i + 1, len(lines)) if lines[k] == fence["mark"]), i)
        if fence is not None and end > i:
            inside = lines[i + 1 : end]
            yield lines[i : end + 1], _block(fence["mark"], fence["language"], inside)
        elif lines[i].startswith("Takes precedence over "):
            yield lines[i : i + 1], {"kind": "precedence", "over": REFERENCE.findall(lines[i])}
        else:
            yield lines[i : i + 1], None
        i = end + 1


def _block(mark: str, language: str, inside: list[str]) -> Part:
    is_test = (mark, language) == ("```", TEST) and len(inside) > 3
    if is_test:
        verdict, reason = inside[0], inside[1]
        part = {
            "kind": "test",
            "case": "\n".join(inside[3:]),
            "verdict": verdict.removeprefix("verdict: "),
            "reason": reason.removeprefix("reason: "),
        }
        if part["verdict"] in RUBRIC_GRADES and _lines(part)[1:-1] == inside:
            return part
    return {"kind": "example", "mark": mark, "language": language, "text": "\n".join(inside)}


def _lines(part: Part) -> list[str]:
    """A part as it stands in Markdown."""
    if part["kind"] == "precedence":
        return [f"Takes precedence over {', '.join(f'[?](#{a})' for a in part['over'])}."]
    if part["kind"] == "test":
        head = [f"verdict: {part['verdict']}", f"reason: {part['reason']}", ""]
        return [f"```{TEST}", *head, *part["case"].split("\n"), "```"]
    words: list[str] = part["text"].split("\n")
    if part["kind"] == "text":
        return words
    return [part["mark"] + part["language"], *words, part["mark"]]


def _clause(row: Any, order: int, where: str) -> Clause:
    """One clause from decoded JSON; `section` is not known here and stays empty."""
    if not isinstance(row, dict):
        raise FaultlineError(f"{where} is no object with anchor, title, level and parts.")
    for key in ("anchor", "title"):
        if not isinstance(row.get(key), str) or not row[key].strip():
            raise FaultlineError(f"{where} lacks its “{key}”: give a text.")
    level, authority, held = row.get("level"), row.get("authority"), row.get("parts")
    if isinstance(level, bool) or not isinstance(level, int) or not 1 <= level <= 6:
        raise FaultlineError(f"{where} has no level from 1 to 6: give the depth of its heading.")
    if authority is not None and not isinstance(authority, str):
        raise FaultlineError(f"{where} has an authority that is no text: give a word or null.")
    if not isinstance(held, list):
        raise FaultlineError(f"{where} lacks its “parts”: give a list, empty for no text.")
    text = joined([_part(p, f"{where}, part {i}") for i, p in enumerate(held, 1)])
    parent, references = row.get("parent"), row.get("references")
    if not (parent is None or isinstance(parent, str)):
        raise FaultlineError(f"{where} has a parent that is no anchor: give a text or null.")
    if not isinstance(references, list) or not all(isinstance(r, str) for r in references):
        raise FaultlineError(f"{where} lacks its “references”: give a list of anchors.")
    title, anchor = row["title"], row["anchor"]
    return Clause(anchor, title, authority, parent, text, order, level, "", tuple(references))


def _part(part: Any, where: str) -> Part:
    kind = part.get("kind") if isinstance(part, dict) else None
    if not isinstance(kind, str) or kind not in _SHAPES:
        raise FaultlineError(f"{where} is none of {', '.join(_SHAPES)}: give its kind.")
    for key in _SHAPES[kind]:
        if not isinstance(part.get(key), str):
            raise FaultlineError(f"{where}, a {kind}, lacks its “{key}”: give a text.")
    if kind == "precedence":
        over = part.get("over")
        if not isinstance(over, list) or not over or not all(isinstance(a, str) for a in over):
            raise FaultlineError(f"{where}, a precedence, lacks “over”: give a list of anchors.")
    if kind == "test" and part["verdict"] not in RUBRIC_GRADES:
        raise FaultlineError(f"{where}: the verdict is none of {', '.join(RUBRIC_GRADES)}.")
    made = {"kind": kind} | {k: part[k] for k in _SHAPES[kind]}
    made |= {"over": part["over"]} if kind == "precedence" else {}
    if kind != "text" and parts("\n".join(_lines(made))) != [made]:
        raise FaultlineError(
            f"{where}, a {kind}, can't be written as Markdown that reads back: its words hold a "
            "fence or a line break where none may be. Change them, or make it a text."
        )
    return made


def _check(clauses: Sequence[Clause], written: str, where: str) -> None:
    """Raise FaultlineError where Markdown does not read back as the clauses it was made of."""
    try:
        read: Sequence[Clause] = parse_spec(written, "spec.md").clauses
    except FaultlineError:
        read = ()
    for i, clause in enumerate(clauses):
        again = read[i] if i < len(read) else None
        names = ("anchor", "title", "authority", "level", "text", "parent", "references")
        odd = [n for n in names if again is None or getattr(again, n) != getattr(clause, n)]
        if odd:
            raise FaultlineError(
                f"{where}: written as Markdown, the clause “{clause.anchor}” would come back with "
                f"another {odd[0]}. Correct its {odd[0]}, or what stands before it, and try again."
            )

"""The simulator's phrase books, read once: situations, values, moves, verdicts.

All sentences stand in the TOML files beside this module; here they only get types. The person who
writes a query says "my" and "we"; whoever answers says "your" and "you", a rubric says "their".
"""

import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PROTECTIVE = (
    "Security and stability",
    "Protection of people and environment",
    "Ethical responsibility",
    "Protecting human rights and dignity",
    "Protecting vulnerable entities",
    "Compliance and accountability",
)
"""Categories that a refusal serves; on the values of all others it counts against."""

_FIRST = re.compile(r"\b(my|our|we|us|I|me)\b")
_SECOND = {"my": "your", "our": "your", "we": "you", "us": "you", "I": "you", "me": "you"}
_THIRD = {"my": "their", "our": "their", "we": "they", "us": "them", "I": "they", "me": "them"}
_WORD = re.compile(r"[a-z]{4,}")


@dataclass(frozen=True, eq=False)
class Situation:
    """What a query is about. `points` are (what to do, why); `hazard` runs from 0 to 3."""

    id: str
    topics: tuple[str, ...]
    tags: frozenset[str]
    hazard: float
    setups: tuple[str, ...]
    task: str
    points: tuple[tuple[str, str], ...]
    risk: str
    condition: str
    limit: str
    alts: tuple[str, ...]
    task_you: str
    task_they: str


@dataclass(frozen=True, eq=False)
class ValueText:
    """How a value is put into words; `category` is "" where nobody knows it."""

    name: str
    category: str
    fits: frozenset[str]
    want: str
    want_they: str
    push: str
    do: tuple[str, ...]
    dont: tuple[str, ...]

    @property
    def protective(self) -> bool:
        return self.category in PROTECTIVE


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def to_second(text: str) -> str:
    """The writer's words turned to the writer: "my house" -> "your house"."""
    return _FIRST.sub(lambda m: _SECOND[m[1]], text)


def to_third(text: str) -> str:
    """The writer's words about the writer: "my house" -> "their house"."""
    return _FIRST.sub(lambda m: _THIRD[m[1]], text)


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((HERE / f"{name}.toml").read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def moves() -> dict[str, Any]:
    """`moves.toml`: query patterns, opening and closing moves, stances, rubric lines."""
    return _read("moves")


@lru_cache(maxsize=1)
def verdicts() -> dict[str, Any]:
    """`verdicts.toml`: how judges argue."""
    return _read("verdicts")


@lru_cache(maxsize=1)
def situations() -> dict[str, Situation]:
    """Every situation by id, in the order of the files."""
    rows = _read("situations_hard")["situation"] + _read("situations_plain")["situation"]
    return {row["id"]: _situation(row) for row in rows}


def _situation(row: dict[str, Any]) -> Situation:
    points = [point.split(" :: ") for point in row["points"]]
    return Situation(
        id=row["id"],
        topics=tuple(row["topics"]),
        tags=frozenset(row["tags"]),
        hazard=row["hazard"],
        setups=tuple(row["setups"]),
        task=row["task"],
        points=tuple((what, why) for what, why in points),
        risk=row["risk"],
        condition=row["condition"],
        limit=row["limit"],
        alts=tuple(row["alts"]),
        task_you=to_second(row["task"]),
        task_they=to_third(row["task"]),
    )


@lru_cache(maxsize=1)
def any_situation() -> Situation:
    """Stands in for a query that the simulator did not write itself."""
    fallback = moves()["fallback"]
    return _situation(
        {key: fallback[key] for key in ("task", "risk", "condition", "limit", "alts", "points")}
        | {"id": "", "topics": [], "tags": [], "hazard": 0.6, "setups": [fallback["setup"]]}
    )


@lru_cache(maxsize=1)
def known_values() -> dict[str, ValueText]:
    """The values of the embedded taxonomy by name, in the file's order."""
    return {name: _value(name, row) for name, row in _read("values").items()}


def _value(name: str, row: dict[str, Any]) -> ValueText:
    return ValueText(
        name=name,
        category=row["category"],
        fits=frozenset(row.get("fits", ())),
        want=row["want"],
        want_they=to_third(row["want"]),
        push=row["push"],
        do=tuple(row["do"]),
        dont=tuple(row["dont"]),
    )


@lru_cache(maxsize=8192)
def value_text(name: str) -> ValueText:
    """A value's phrases; one outside the embedded taxonomy gets general ones made from its name."""
    known = known_values().get(name)
    if known is not None:
        return known
    fallback = moves()["fallback"]
    made: dict[str, Any] = {"category": _category_of(name)}
    for key in ("want", "push"):
        made[key] = fallback[key].replace("{name}", name)
    for key in ("do", "dont"):
        made[key] = [line.replace("{name}", name) for line in fallback[key]]
    return _value(name, made)


def _category_of(name: str) -> str:
    """The category that shares a telling word with the name, else "" (nobody leans on it)."""
    index = _category_words()
    hits = [index[word] for word in _WORD.findall(name.lower()) if word in index]
    return hits[-1] if hits else ""


@lru_cache(maxsize=1)
def _category_words() -> dict[str, str]:
    """Words that occur in the values and the name of exactly one category."""
    found: dict[str, set[str]] = {}
    for value in known_values().values():
        for word in _WORD.findall(f"{value.name} {value.category}".lower()):
            found.setdefault(word, set()).add(value.category)
    return {word: next(iter(where)) for word, where in found.items() if len(where) == 1}

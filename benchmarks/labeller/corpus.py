"""The labelled answers that the labeller learns from and is measured on.

Our own writing lies here (`texts/*.toml`, by voice and language) and in `tests/measure/labelled`;
labelled answers of others are read from `../shared/data` and never copied. Each example names its
voice: a language or manner of our own, or the model that wrote it. A voice is left out as a whole
when figures are made.
"""

import csv
import json
import random
import re
import tempfile
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pyarrow.parquet as pq

from analysis.vocabulary import RESPONSE_TYPES, UNSURE, ResponseType, is_refusal
from pipeline.simulator import simulator
from pipeline.simulator.example import SCENARIOS_FILE, write_example

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
TEXTS = HERE / "texts"
OPENINGS = TEXTS / "openings.toml"
OWN = ROOT / "tests" / "measure" / "labelled"
SHARED = ROOT.parent / "shared" / "data"
XSTEST = {"gpt4": "XSTest, GPT-4", "llama2new": "XSTest, Llama 2"}
ANSWERS = "short answers"
KEPT_BACK = ("voices.toml", "voices_two.toml", "voices_three.toml", "voices_four.toml")
"""Answers kept back: all but the last were looked at while texts were written."""
REAL = "public dataset"
EXAMPLE = "example study"
ENGLISH = "en"
FILLED = 3
"""How often each sentence is filled for each of its holes, of three at most."""


@dataclass(frozen=True)
class Example:
    """One answer: its text, whether it refuses (None where people would not say), its response
    type where one is known, its voice, and how much it counts in training."""

    text: str
    refuses: bool | None
    type: str | None
    voice: str
    weight: float = 1.0
    part: int = 0
    """The sentence of its voice that it is made of: never both learned from and tested on."""


def everything() -> list[Example]:
    """All examples; those of others are missing where `../shared` is."""
    found = [*composed(), *own_answers(), *example_study()]
    if SHARED.is_dir():
        found += [*xstest(), *speechmap(), *real_answers()]
    return found


# Our own writing ----------------------------------------------------------------------------------


class Sentence(NamedTuple):
    """A sentence of a voice: `of` names the sentence as written, `nth` which filling of its holes
    this is (None where it has none)."""

    text: str
    of: int
    nth: int | None


def voices() -> dict[str, dict[str, list[Sentence]]]:
    """The parts of every voice as written, by name, their holes filled."""
    written, fillings = _written()
    chance = random.Random(14)
    return {
        voice: {
            name: [
                Sentence(filled, i, nth)
                for i, text in enumerate(texts)
                for nth, filled in _filled(text, _words_of(voice, fillings), chance)
            ]
            for name, texts in parts.items()
        }
        for voice, parts in written.items()
    }


@cache
def _written() -> tuple[dict[str, dict[str, list[str]]], dict[str, dict[str, list[str]]]]:
    """The parts of every voice, and what fills their holes; English ones share `fillings`."""
    written: dict[str, dict[str, list[str]]] = {}
    fillings: dict[str, dict[str, list[str]]] = {}
    for path in sorted(set(TEXTS.glob("*.toml")) - {OPENINGS}):
        for voice, parts in tomllib.loads(path.read_text(encoding="utf-8")).items():
            _added(fillings.setdefault(voice, {}), parts.pop("fill", {}))
            _added(written.setdefault(voice, {}), parts)
    fillings[ENGLISH] = written.pop("fillings")
    return written, fillings


def _words_of(voice: str, fillings: dict[str, dict[str, list[str]]]) -> dict[str, list[str]]:
    """What fills the holes of a voice: its own lists, and for English what all share."""
    shared = {} if len(voice) == 2 and fillings.get(voice) else fillings[ENGLISH]
    return {**shared, **fillings.get(voice, {})}


def _added(to: dict[str, list[str]], more: dict[str, list[str]]) -> None:
    for name, texts in more.items():
        to[name] = [*to.get(name, []), *texts]


def _filled(
    text: str, fillings: dict[str, list[str]], chance: random.Random
) -> list[tuple[int | None, str]]:
    """A sentence with its holes filled, several times over; itself where it has none."""
    holes = {h for h in _HOLES.findall(text) if h.lower() in fillings}
    if not holes:
        return [(None, _plain(text))]
    return [
        (nth, _plain(_once(text, fillings, chance))) for nth in range(FILLED * min(len(holes), 3))
    ]


def _once(text: str, fillings: dict[str, list[str]], chance: random.Random) -> str:
    """One filling of all holes, also in what fills them; a hole in a capital gives one."""

    def drawn(hole: re.Match[str]) -> str:
        words = chance.choice(fillings[hole[1].lower()])
        return words[0].upper() + words[1:] if hole[1][0].isupper() else words

    while any(h.lower() in fillings for h in _HOLES.findall(text)):
        text = _HOLES.sub(drawn, text)
    return text


def _plain(text: str) -> str:
    return text.replace("{{", "{").replace("}}", "}").replace("I '", "I'")


_HOLES = re.compile(r"(?<!\{)\{([A-Za-z_0-9]+)\}(?!\})")


def composed() -> list[Example]:
    """Each voice's first sentences alone, with a reason, and with another way offered; its answers
    that comply; its parts given and kept back."""
    found: list[Example] = []
    for voice, parts in voices().items():
        found += _balanced(list(_of_voice(voice, parts)))
    return found


def _balanced(examples: list[Example]) -> list[Example]:
    """Weights so that a voice's refusals count as much as its answers that comply: it has many
    more of the first, and a labeller that learns that calls whatever it has not seen a refusal."""
    refusals = sum(e.refuses is True for e in examples)
    if not refusals or refusals == len(examples):
        return examples
    mean = len(examples) / 2
    share = {True: mean / refusals, False: mean / (len(examples) - refusals)}
    return [replace(e, weight=share[bool(e.refuses)]) for e in examples]


def _of_voice(voice: str, parts: dict[str, list[Sentence]]) -> Iterator[Example]:
    reasons = [r.text for r in parts.get("reason", _NONE)]
    offers = [o.text for o in parts.get("offer", _NONE)]
    for i, (first, of, nth) in enumerate(parts.get("decline", [])):
        reason, offer = reasons[i % len(reasons)], offers[i % len(offers)]
        middle = "" if i % 2 else f" {reason}"
        said = (
            Example(first, True, ResponseType.COMPLETE, voice, part=of),
            Example(f"{first} {reason}", True, ResponseType.FIRM, voice, part=of),
            Example(f"{first}{middle} {offer}", True, ResponseType.SOFT, voice, part=of),
        )
        # A sentence with holes comes several times, each time with another ending.
        yield from said if nth is None else [said[nth % len(said)]]
    known = _HELPS.get(voice, ResponseType.FULL)
    for text, of, _ in parts.get("help", []):
        yield Example(text, False, known, voice, part=of)
    for part, kind in _BETWEEN.items():
        for text, of, _ in parts.get(part, []):
            yield Example(text, False, kind, voice, part=of)


_NONE = [Sentence("", 0, None)]
_BETWEEN = {
    "partial": ResponseType.PARTIAL,
    "conditional": ResponseType.CONDITIONAL,
    "minor": ResponseType.MINOR,
}
_HELPS = {"caveat_only": None, "conditional": ResponseType.CONDITIONAL}


def kept_back(names: Sequence[str] = KEPT_BACK) -> list[Example]:
    """Answers of our own writing that nothing is ever learned from, of some of the files."""
    return [
        Example(text, refuses, None, voice)
        for name in names
        for voice, parts in tomllib.loads((OWN / name).read_text(encoding="utf-8")).items()
        for part, refuses in (("refuses", True), ("helps", False))
        for text in parts[part]
    ]


def own_answers() -> list[Example]:
    """The short answers that the rules were once fitted to and tested on."""
    lines = (OWN / "answers.jsonl").read_text(encoding="utf-8").splitlines()
    found = []
    for row in map(json.loads, lines):
        label = row["label"]
        known = label if label in RESPONSE_TYPES else None
        found.append(Example(row["text"], is_refusal(label), known, ANSWERS))
    return found


def example_study(most: int = 600, seed: int = 14) -> list[Example]:
    """Answers of the fictional models of the example study, with the types that were meant."""
    with tempfile.TemporaryDirectory() as folder:
        write_example(Path(folder))
        rows = pq.read_table(Path(folder) / SCENARIOS_FILE).to_pylist()
    pairs = [(row, model) for row in rows for model in simulator.models()]
    found = []
    for row, model in random.Random(seed).sample(pairs, len(pairs)):
        text = row[f"response_{model}"]
        if text and len(found) < most:
            meant = simulator.label_type(row["query"], text)
            found.append(Example(text, bool(is_refusal(meant)), meant, EXAMPLE, 0.5))
    return found


# Answers of others --------------------------------------------------------------------------------


def xstest() -> list[Example]:
    """Two models' answers as two people labelled them; a partial refusal is neither."""
    said = {"1_full_compliance": False, "2_full_refusal": True}
    return [
        Example(row["completion"], said.get(row["final_label"]), None, voice)
        for name, voice in XSTEST.items()
        for row in _csv(SHARED / "xstest" / f"xstest_v2_completions_{name}.csv")
    ]


def speechmap() -> list[Example]:
    """Answers labelled by a judge model, and hard ones adjudicated. Evasive is neither."""
    said = {"COMPLETE": False, "DENIAL": True}
    found = []
    folder = SHARED / "speechmap"
    for path in sorted(folder.glob("compliance_*.jsonl")):
        for row in _jsonl(path):
            voice = f"SpeechMap, {row['model'].split('/')[-1]}"
            found.append(Example(_answer(row), said.get(row["compliance"]), None, voice))
    gold = {
        (row["question_id"], row["model"]): row["expected_compliance"]
        for row in _jsonl(folder / "gold_v2_gate_adjudicated_manifest.jsonl")
    }
    for row in _jsonl(folder / "gold_v2_gate_adjudicated_sample.jsonl"):
        label = gold[row["question_id"], row["model"]]
        found.append(Example(_answer(row), said.get(label), None, "SpeechMap, hard cases"))
    return [e for e in found if e.text.strip()]


def real_answers() -> list[Example]:
    """The real answers of the public dataset at hand, labelled by one reader."""
    rows = {str(r["rank"]): r for r in _jsonl(SHARED / "real_rows" / "all_models_full_rows.jsonl")}
    return [
        Example(
            rows[r["rank"]][f"response_{r['model']}"],
            is_refusal(r["labels"]),
            r["labels"] if r["labels"] in RESPONSE_TYPES else None,
            REAL,
        )
        for r in _csv(OWN / "real_labels.csv")
        if r["model"]
    ]


def _answer(row: dict) -> str:
    return row["response"]["choices"][0]["message"]["content"] or ""


def _csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _jsonl(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


# Other ways to say the same -----------------------------------------------------------------------

_LONG = {
    "can't": "cannot",
    "won't": "will not",
    "I'm": "I am",
    "don't": "do not",
    "isn't": "is not",
    "it's": "it is",
    "I'd": "I would",
    "I'll": "I will",
    "couldn't": "could not",
    "It's": "It is",
    "wouldn't": "would not",
    "doesn't": "does not",
    "shouldn't": "should not",
}
_SHORT = {long: short for short, long in _LONG.items()}


def varied(examples: list[Example], seed: int = 14) -> list[Example]:
    """The same examples said otherwise, for training: short forms spelled out and the other way
    round, and with another beginning. Only where something changed; at half their weight."""
    chance = random.Random(seed)
    before, fillings = _openings(), _written()[1]
    found = []
    for one in examples:
        other = _swapped(one.text, chance.choice((_LONG, _SHORT)))
        if other != one.text:
            found.append(replace(one, text=other, weight=one.weight / 2))
        language = one.voice if len(one.voice) == 2 else ENGLISH
        if language in before and one.refuses is not None:
            opening = chance.choice(before[language])
            text = _once(opening, _words_of(language, fillings), chance)
            text += one.text if text.endswith("\n") else f" {one.text}"
            found.append(replace(one, text=text, weight=one.weight / 2))
    return found


def _openings() -> dict[str, list[str]]:
    found: dict[str, list[str]] = tomllib.loads(OPENINGS.read_text(encoding="utf-8"))
    return found


def lengthened(examples: list[Example], seed: int = 14) -> list[Example]:
    """Every other of our examples with a body behind it, for training: sentences drawn from one
    pool a language, the same for refusals and for answers that comply. So what follows the
    beginning says nothing, and a long explanation does not hide a refusal."""
    chance = random.Random(seed)
    pools = _pools()
    found = []
    for one in examples[::2]:
        pool = pools.get(one.voice if len(one.voice) == 2 else ENGLISH, [])
        if one.type == ResponseType.PARTIAL or not pool:
            continue
        joint = "\n\n" if chance.random() < 0.3 else " "
        body = " ".join(chance.sample(pool, min(len(pool), chance.randint(2, 8))))
        known = one.type if one.refuses is False else None
        found.append(
            replace(one, text=f"{one.text}{joint}{body}", type=known, weight=one.weight / 2)
        )
    return found


def _pools() -> dict[str, list[str]]:
    """Sentences that may follow anything, by language: reasons, and what answers go on with."""
    pools: dict[str, list[str]] = {}
    for voice, parts in voices().items():
        pool = pools.setdefault(voice if len(voice) == 2 else ENGLISH, [])
        pool += [one.text for one in parts.get("reason", [])]
        for one in parts.get("help", []):
            pool += [s for s in _ENDS.split(one.text)[1:] if len(s) > 5]
    return {language: sorted(set(pool)) for language, pool in pools.items()}


_ENDS = re.compile(r"(?<=[.!?。！？।]) *|\n+")


def _swapped(text: str, table: dict[str, str]) -> str:
    words = "|".join(re.escape(w) for w in table)
    return re.sub(rf"\b(?:{words})\b", lambda m: table[m[0]], text.replace("’", "'"))


UNKNOWN = UNSURE

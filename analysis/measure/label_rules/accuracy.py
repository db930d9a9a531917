"""How often the rules agree with hand labels, written into `docs/labeller.md`.

`python -m analysis.measure.label_rules.accuracy` labels every hand-labelled text again and puts
the figures between the markers of the document; the words around them are kept. The labelled
texts of our own lie in `tests/measure/labelled`, the labels of the real ones there too, by rank
and model; the real texts are read from the folder `shared` beside the checkout and, where it is
absent, the figures about them stay as they were.
"""

import csv
import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from math import sqrt
from pathlib import Path
from typing import Final

from analysis.measure.citations.accuracy import HELD_OUT
from analysis.measure.label_rules import SOURCE, response_type, topics
from analysis.vocabulary import RESPONSE_LABELS, TOPICS, is_refusal
from analysis.whole_files import write_text

ROOT: Final = Path(__file__).resolve().parents[3]
LABELLED: Final = ROOT / "tests" / "measure" / "labelled"
REAL: Final = ROOT.parent / "shared" / "data" / "real_rows"
DOCUMENT: Final = ROOT / "docs" / "labeller.md"
PARTS: Final = {
    "tune": "Tuning half (the rules were fitted to it)",
    "held": HELD_OUT,
    "after": "Stress part (written after the rules were fixed, to avoid their phrases)",
}
_SHORT: Final = dict(
    zip(
        RESPONSE_LABELS,
        ("full", "minor", "conditional", "partial", "soft", "firm", "complete", "unsure"),
        strict=True,
    )
)

Types = list[tuple[str, str]]
"""Hand label and rule label of each answer."""
Topics = list[tuple[frozenset[str], frozenset[str]]]
"""Hand topics and rule topics of each query."""


LATER = ("topics_260.csv", "topics_168.csv")
"""Labels of real queries of our own reader, beside those of another under `shared`."""


def part_of(name: str) -> str:
    """The part of one labelled text, from its id alone, so that nobody can move it.

    Ids that begin with a or q are halved by the parity of a SHA-256 byte; all others were
    written after the rules were fixed.
    """
    if name[0] not in "aq":
        return "after"
    return "held" if hashlib.sha256(name.encode()).digest()[0] % 2 else "tune"


def own_answers(part: str) -> Types:
    """Labels of our own answers of one part."""
    lines = (LABELLED / "answers.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [row for row in map(json.loads, lines) if part_of(row["id"]) == part]
    return [(row["label"], response_type(row["text"]).label) for row in rows]


def own_queries(part: str) -> Topics:
    """Topics of our own queries of one part."""
    rows = [row for row in _csv(LABELLED / "queries.csv") if part_of(row["id"]) == part]
    return [(_set(row["topics"]), topics(row["query"])) for row in rows]


def real_answers() -> Types:
    """Labels of the real answers under `shared`; FileNotFoundError where it is absent."""
    lines = (REAL / "all_models_full_rows.jsonl").read_text(encoding="utf-8").splitlines()
    rows = {str(row["rank"]): row for row in map(json.loads, lines)}
    hand = [row for row in _csv(LABELLED / "real_labels.csv") if row["model"]]
    return [
        (row["labels"], response_type(rows[row["rank"]][f"response_{row['model']}"]).label)
        for row in hand
    ]


def real_queries() -> Topics:
    """Topics of the real queries under `shared`; FileNotFoundError where it is absent."""
    texts = {row["rank"]: row["query"] for row in _csv(REAL / "all_models_queries.csv")}
    hand = [row for row in _csv(LABELLED / "real_labels.csv") if not row["model"]]
    return [(_set(row["labels"]), topics(texts[row["rank"]])) for row in hand]


def later_queries() -> Topics:
    """Topics of the real queries that were labelled later, each before the rules were changed for
    them; a borderline topic counts as right, whichever way it was decided."""
    texts = {row["rank"]: row["query"] for row in _csv(REAL / "all_models_queries.csv")}
    own = [row for name in LATER for row in _csv(LABELLED / name)]
    hand = [*own, *_csv(REAL / "topics_60.csv")]
    pairs = []
    for row in hand:
        said = topics(texts[row["rank"]])
        pairs.append((_set(row["topics"]) | (_set(row["either_answer_accepted"]) & said), said))
    return pairs


def _csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _set(joined: str) -> frozenset[str]:
    return frozenset(filter(None, map(str.strip, joined.split(";"))))


def share(hits: int, of: int) -> str:
    """A rate in percent with its 95% Wilson interval and n, or a dash where n is 0."""
    if not of:
        return "-"
    z, p = 1.96, hits / of
    middle, half = p + z * z / (2 * of), z * sqrt(p * (1 - p) / of + z * z / (4 * of * of))
    low, high = ((middle + s * half) / (1 + z * z / of) for s in (-1, 1))
    return f"{100 * p:.0f}% ({100 * max(low, 0):.0f} to {100 * min(high, 1):.0f}, n {of})"


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    lines = ["| " + " | ".join(map(str, row)) + " |" for row in (head, *rows)]
    return [lines[0], "|" + " --- |" * len(head), *lines[1:]]


def type_lines(pairs: Types) -> list[str]:
    """Confusion matrix of response types, hand by rule, with precision, recall and n."""
    counts = Counter(pairs)
    used = [name for name in RESPONSE_LABELS if any(name in pair for pair in pairs)]
    right = sum(counts[name, name] for name in used)
    rows = []
    for name in used:
        predicted, actual = sum(r == name for _, r in pairs), sum(h == name for h, _ in pairs)
        hit = counts[name, name]
        cells = [counts[name, other] or "." for other in used]
        rows.append((f"**{_SHORT[name]}**", *cells, share(hit, predicted), share(hit, actual)))
    head = ("hand \\ rules", *(_SHORT[name] for name in used), "precision", "recall")
    return [
        f"Same label: {share(right, len(pairs))}. {refusal_line(pairs)}",
        "",
        *_table(head, rows),
    ]


def refusal_line(pairs: Types) -> str:
    """The question that refusal rates rest on: refusal or not, "unsure" counted as not."""
    hand = [(bool(is_refusal(h)), bool(is_refusal(r))) for h, r in pairs]
    both = sum(h and r for h, r in hand)
    predicted, actual = sum(r for _, r in hand), sum(h for h, _ in hand)
    return f"Refusal or not: precision {share(both, predicted)}, recall {share(both, actual)}."


def topic_lines(pairs: Topics) -> list[str]:
    """One two-by-two table a topic, as a row, with precision and recall."""
    exact = sum(h == r for h, r in pairs)
    rows: list[tuple[object, ...]] = []
    for name in TOPICS:
        counts = Counter((name in h, name in r) for h, r in pairs)
        both, missed, extra = counts[True, True], counts[True, False], counts[False, True]
        rates = (share(both, both + extra), share(both, both + missed))
        rows.append((f"**{name}**", both, missed, extra, counts[False, False], *rates))
    none = Counter((not h, not r) for h, r in pairs)
    rates = (
        share(none[True, True], none[True, True] + none[False, True]),
        share(none[True, True], none[True, True] + none[True, False]),
    )
    cells = [none[True, True], none[True, False], none[False, True], none[False, False]]
    rows.append(("**none of them**", *cells, *rates))
    head = ("topic", "both", "hand only", "rules only", "neither", "precision", "recall")
    return [f"Exactly the same topics: {share(exact, len(pairs))}.", "", *_table(head, rows)]


def own_block() -> str:
    """The figures on our own writing, part by part."""
    lines = [f"Labeller: {SOURCE}."]
    for part, title in PARTS.items():
        lines += ["", f"### {title}", "", "Response types.", "", *type_lines(own_answers(part))]
        lines += ["", "Topics.", "", *topic_lines(own_queries(part))]
    return "\n".join(lines)


def real_block() -> str:
    """The figures on the real texts; FileNotFoundError where they are absent."""
    lines = [f"Labeller: {SOURCE}.", "", "### Real answers", "", *type_lines(real_answers())]
    lines += ["", "### Real queries (240, fitted to them)", ""]
    lines += topic_lines(real_queries())
    lines += ["", "### More real queries (488, fitted to them)", ""]
    return "\n".join([*lines, *topic_lines(later_queries())])


def refreshed(document: str, name: str, block: str) -> str:
    """The document with one block of figures replaced. ValueError where its markers are absent."""
    begin, end = f"<!-- begin {name} -->\n", f"<!-- end {name} -->"
    start, stop = document.index(begin) + len(begin), document.index(end)
    return f"{document[:start]}\n{block}\n\n{document[stop:]}"


def main() -> None:
    """Write the figures of this version into the document."""
    text = refreshed(DOCUMENT.read_text(encoding="utf-8"), "own", own_block())
    if REAL.is_dir():
        text = refreshed(text, "real", real_block())
    write_text(DOCUMENT, text)
    print(
        f"wrote {DOCUMENT.relative_to(ROOT)} ({'with' if REAL.is_dir() else 'without'} real texts)"
    )


if __name__ == "__main__":
    main()

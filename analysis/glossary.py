"""Every term and measure with its definition: `glossary.toml`, the one home, read once.

    glossary.help_text("lean")    what stands in place on a page: the definition and its source
    glossary.terms()         all of them, for the Glossary page and for docs/glossary.md

`python -m analysis.glossary > docs/glossary.md` writes the document.
"""

import functools
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from analysis import vocabulary
from analysis.errors import FaultlineError

PATH = Path(__file__).parent / "glossary.toml"
_NUMBER = re.compile(r"\{[A-Z_]+(?:\[\d\])?(?::[^{}]*)?\}")


@dataclass(frozen=True)
class Term:
    """One term. `columns` are headings of tables, `pages` files of `pages/`, `measures` modules
    of `analysis.measure`."""

    id: str
    term: str
    group: str
    definition: str
    source: str
    formula: str = ""
    columns: tuple[str, ...] = ()
    pages: tuple[str, ...] = ()
    measures: tuple[str, ...] = ()

    @property
    def help_text(self) -> str:
        """The definition with its source, as it stands beside a number."""
        return f"{self.definition} ({self.source})"

    def holds(self, word: str) -> bool:
        """Whether a word occurs in the term or its definition, in any case."""
        return word.casefold() in f"{self.term} {self.definition} {self.formula}".casefold()


def parse(text: str) -> tuple[Term, ...]:
    """Terms from TOML text; `{HIGH_D}` stands for that number of the vocabulary, also with a
    place in a row and a format: `{NOISE_FLAGGED:.0%}`.

    Raises FaultlineError that names what does not fit.
    """
    try:
        raw = tomllib.loads(_NUMBER.sub(lambda found: found[0].format_map(vars(vocabulary)), text))
        sources = dict(raw.get("sources", {}))
        return tuple(_term(dict(entry), sources) for entry in raw["terms"])
    except (tomllib.TOMLDecodeError, TypeError, KeyError, AttributeError) as error:
        raise FaultlineError(f"The glossary can't be read: {error}. Mend that entry.") from None


def _term(entry: dict[str, object], sources: dict[str, str]) -> Term:
    lists = {name: _names(entry.pop(name, [])) for name in ("columns", "pages", "measures")}
    words = {key: str(value) for key, value in entry.items()}
    words["source"] = sources.get(words["source"], words["source"])
    return Term(**words, **lists)  # type: ignore[arg-type]


def _names(found: object) -> tuple[str, ...]:
    return tuple(str(x) for x in found) if isinstance(found, list) else ()


@functools.cache
def terms() -> tuple[Term, ...]:
    """All terms in the file's order, read once per process."""
    return parse(PATH.read_text(encoding="utf-8"))


@functools.cache
def find(term_id: str) -> Term:
    """One term. Raises FaultlineError where there is none of that id."""
    known = {t.id: t for t in terms()}
    if term_id not in known:
        raise FaultlineError(f"The glossary has no “{term_id}”. It has: {', '.join(known)}.")
    return known[term_id]


def help_text(*term_ids: str) -> str:
    """The help text beside a number: one definition with its source, or several."""
    return " ".join(find(i).help_text for i in term_ids)


@functools.cache
def columns() -> dict[str, str]:
    """Heading of a table -> the help text behind it."""
    return {heading: term.help_text for term in terms() for heading in term.columns}


def groups(found: Sequence[Term]) -> dict[str, list[Term]]:
    """Terms by group, in the file's order."""
    order: dict[str, list[Term]] = {}
    for term in found:
        order.setdefault(term.group, []).append(term)
    return order


def markdown() -> str:
    """docs/glossary.md: every term with its formula, source, pages and modules."""
    lines = [
        "# Glossary",
        "",
        "Every term and measure, its source, the page that shows it, and the module that computes",
        "it. Written from `analysis/glossary.toml` by `python -m analysis.glossary`; pages read",
        "the same definitions.",
    ]
    for group, members in groups(terms()).items():
        lines += ["", f"## {group}"]
        for term in members:
            lines += ["", f"### {term.term}", "", term.definition, "", *_facts(term)]
    return "\n".join(lines) + "\n"


def _facts(term: Term) -> list[str]:
    facts = [f"- formula: `{term.formula}`"] if term.formula else []
    facts.append(f"- source: {term.source}")
    if term.pages:
        facts.append(f"- pages: {', '.join(title(p) for p in term.pages)}")
    if term.measures:
        modules = ", ".join(f"`analysis.measure.{m}`" for m in term.measures)
        facts.append(f"- computed in: {modules}")
    return facts


def title(page: str) -> str:
    """A page's title from its file's name: `stress_test` is Stress test."""
    known = {"sql": "SQL"}
    return known.get(page, page.replace("_", " ").capitalize())


if __name__ == "__main__":
    print(markdown(), end="")

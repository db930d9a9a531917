"""Nothing goes unexplained: every page, command, measure, figure and table has its words."""

import ast
import re
from pathlib import Path

import pytest
import typer

from analysis import glossary
from analysis.cli import app as analysis_app
from analysis.errors import FaultlineError
from analysis.figures import dictionary
from pages.ui import routes
from pipeline.__main__ import app as pipeline_app

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCS = {p.name: p.read_text(encoding="utf-8") for p in (ROOT / "docs").rglob("*.md")}
WORDS = README + "".join(DOCS.values())
PAGES = sorted(p.stem for p in (ROOT / "pages").glob("*.py") if p.stem != "__init__")
MEASURE = ROOT / "analysis" / "measure"
MEASURES = {
    ".".join(p.relative_to(MEASURE).with_suffix("").parts) for p in MEASURE.rglob("[a-z]*.py")
}
TERMS = {t.id: t for t in glossary.terms()}


def calls(path: Path) -> list[ast.Call]:
    return [n for n in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(n, ast.Call)]


def routed() -> dict[str, str]:
    """Page's file -> its title in the menu."""
    titles = [title for group in routes.PAGES.values() for title in group]
    return {Path(routes.file(title)).stem: title for title in titles}


def commands(app: typer.Typer, name: str) -> list[str]:
    """`python -m analysis load hub` and the like, all that there are."""

    def walk(command: object, said: str) -> list[str]:
        below = getattr(command, "commands", None)
        return (
            [said] if not below else [c for n, b in below.items() for c in walk(b, f"{said} {n}")]
        )

    return walk(typer.main.get_command(app), f"python -m {name}")


def test_every_page_is_in_the_menu_the_readme_and_the_glossary():
    assert sorted(routed()) == PAGES
    shown = {p for t in TERMS.values() for p in t.pages} | {"glossary"}
    for page, title in routed().items():
        assert f"**{title}**" in README, f"README.md does not tell of the page {title}"
        assert page in shown, f"no term of the glossary names the page {title}"
        assert glossary.title(page) == title


@pytest.mark.parametrize(("app", "name"), [(analysis_app, "analysis"), (pipeline_app, "pipeline")])
def test_every_command_is_in_the_readme_or_the_documents(app, name):
    asked = commands(app, name)
    assert len(asked) > 5
    missing = [c for c in asked if c not in WORDS]
    assert missing == []


def test_every_measure_is_defined_in_the_glossary_and_only_what_is_there():
    told = {m for t in TERMS.values() for m in t.measures}
    packages = {p.name for p in MEASURE.iterdir() if (p / "__init__.py").exists()}
    explained = told | {t.split(".")[0] for t in told}  # a folder is one subject
    assert {m for m in MEASURES if m not in told and m.split(".")[0] not in explained} == set()
    assert told - MEASURES - packages == set()


@pytest.mark.parametrize("term", TERMS.values(), ids=TERMS)
def test_a_term_is_told_in_sentences_with_its_source(term):
    assert len(re.findall(r"[.:;](?: |$)", term.definition)) >= 2
    assert term.definition.endswith(".")
    assert len(term.source) > 5
    assert set(term.pages) <= set(PAGES)
    assert term.help_text.endswith(f"({term.source})")


def test_names_and_ids_are_the_terms_own():
    assert len({t.term.casefold() for t in TERMS.values()}) == len(TERMS) == len(glossary.terms())


@pytest.mark.parametrize("path", sorted((ROOT / "pages").rglob("*.py")), ids=lambda p: p.stem)
def test_every_figure_and_table_is_defined_in_place(path):
    for call in calls(path):
        named = call.func.id if isinstance(call.func, ast.Name) else ""
        if named in ("figure", "table") and path.stem not in ("figure",):
            keys = {k.arg for k in call.keywords}
            assert "help" in keys, f"{path.name}:{call.lineno} shows a {named} without a help text"
        if isinstance(call.func, ast.Attribute) and call.func.attr == "told":
            for word in call.args:
                assert isinstance(word, ast.Constant)
                assert word.value in TERMS, f"{path.name}:{call.lineno}"


PLAIN = {"No.", "Kind", "Models", "Printed", "Provider"}
"""Headings that say all there is to say."""
COLUMNS, METRIC = {"NumberColumn", "ProgressColumn", "number"}, "metric"


@pytest.mark.parametrize("path", sorted((ROOT / "pages").rglob("*.py")), ids=lambda p: p.stem)
def test_every_number_has_a_definition_behind_its_heading(path):
    for call in calls(path):
        named = getattr(call.func, "attr", getattr(call.func, "id", ""))
        first = call.args[0] if call.args else None
        if named not in {*COLUMNS, METRIC} or not isinstance(first, ast.Constant):
            continue
        known = PLAIN | (set(glossary.columns()) if named in COLUMNS else set())
        told = "help" in {k.arg for k in call.keywords} or first.value in known
        assert told, f"{path.name}:{call.lineno} shows “{first.value}” without a definition"


def test_a_heading_belongs_to_one_term():
    headings = [c for t in TERMS.values() for c in t.columns]
    assert len(headings) == len(set(headings))


def test_the_document_is_written_from_the_glossary():
    assert DOCS["glossary.md"] == glossary.markdown(), "run: python -m analysis.glossary"


def test_the_data_dictionary_is_written_from_the_declarations():
    assert DOCS["figures.md"] == dictionary.markdown(), (
        "python -m analysis.figures > docs/figures.md"
    )


def test_the_readme_leads_to_every_document():
    for path in sorted((ROOT / "docs").glob("*.md")):
        assert f"docs/{path.name}" in README


def test_a_term_that_is_not_there_and_a_broken_glossary_end_in_a_sentence():
    with pytest.raises(FaultlineError, match="kapa"):
        glossary.help_text("kapa")
    with pytest.raises(FaultlineError, match="Mend"):
        glossary.parse('[[terms]]\nid = "x"')

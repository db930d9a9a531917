"""Which spec judgements were made under: what sources say of it, settled once for a whole build.

A source names it for all its rows (the note `faultline.spec`), by row (a column `spec`), or not at
all. A name is looked up among the specs that the sources bring along, then in the library; what
is found there goes into the study with its clauses, so that it is read under these whatever the
library holds later. A name that nobody knows is kept as it is.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

import duckdb

from analysis.parse.specs.carried import CarriedSpec, SpecName, spec_name
from analysis.store.build.sources import JUDGING, Source, as_json
from analysis.store.build.stage import as_text, scan
from analysis.store.library.specs import OWN_NAME, canonical, shipped_spec
from analysis.store.sql import text

FindSpec = Callable[[SpecName], CarriedSpec | None]


def nowhere(named: SpecName) -> CarriedSpec | None:
    """A library that holds no spec."""
    return None


def settle(
    con: duckdb.DuckDBPyConnection, sources: tuple[Source, ...], find: FindSpec
) -> tuple[Source, ...]:
    """The sources with their `spec` as a key and their `specs` as all that is known of what they
    name. Fills the temporary table `spec_names`: file, said -> key."""
    brought = [canonical(c) for source in sources for c in source.specs]
    con.execute(
        "CREATE TEMP TABLE spec_names (spec_file VARCHAR, spec_said VARCHAR, spec_key VARCHAR)"
    )
    settled = []
    for source in sources:
        own = [canonical(c) for c in source.specs]
        found: dict[str, CarriedSpec | None] = {}
        for word in _words(con, source):
            named = spec_name(word)
            found[word] = _among(named, own) or _among(named, brought) or find(named)
        keys = {w: c.spec.key if c else spec_name(w).key for w, c in found.items()}
        if keys:
            place = str(source.files[0])
            con.executemany(
                "INSERT INTO spec_names VALUES (?, ?, ?)", [[place, *k] for k in keys.items()]
            )
        known = tuple(c for c in found.values() if c)
        settled.append(replace(source, spec=keys.get(source.spec or ""), specs=known))
    return tuple(settled)


def _among(named: SpecName, specs: list[CarriedSpec]) -> CarriedSpec | None:
    """The one of these that is meant; None for none or for several that differ."""
    fit = [c for c in specs if named.fits(c.spec.name, c.spec.version, c.spec.content_hash)]
    own = shipped_spec()
    if not fit and (named.name, named.version) == (OWN_NAME, own.version):
        fit = [c for c in specs if c.spec == own]
    return fit[0] if len({c.spec.content_hash for c in fit}) == 1 else None


def _words(con: duckdb.DuckDBPyConnection, source: Source) -> Iterator[str]:
    """Everything that a source says of its specs, each once."""
    if source.kind not in JUDGING:
        return
    column = _column(source)
    if column is not None:
        found = con.execute(
            f"SELECT DISTINCT {_cell(source, column)} FROM {scan(source.files)}"
        ).fetchall()
        yield from sorted(row[0] for row in found if row[0] is not None)
    if source.spec:
        yield source.spec


def _column(source: Source) -> str | None:
    kinds = source.layout.types
    return source.layout.spec or ("spec" if not source.layout.query and "spec" in kinds else None)


def _cell(source: Source, column: str) -> str:
    return f"nullif(trim({as_text(column, source.layout.types.get(column, 'VARCHAR'))}), '')"


def said(source: Source) -> str:
    """SQL for the key of the spec that a row of a settled source was judged under, or null."""
    column = _column(source)
    whole = text(source.spec) if source.spec else "CAST(NULL AS VARCHAR)"
    if column is None:
        return whole
    place = text(str(source.files[0]))
    return (
        f"coalesce((SELECT any_value(spec_key) FROM spec_names WHERE spec_file = {place} AND "
        f"spec_said = {_cell(source, column)}), {whole})"
    )


def fill(con: duckdb.DuckDBPyConnection, sources: tuple[Source, ...]) -> None:
    """Fill `specs` and `clauses` with those that judgements of the study were made under."""
    carried_specs = {c.spec.key: c for source in sources for c in source.specs}
    used = con.execute(
        "SELECT DISTINCT spec FROM judgements WHERE spec IS NOT NULL ORDER BY 1"
    ).fetchall()
    for (key,) in used:
        if key not in carried_specs:
            bare = spec_name(key)
            con.execute(
                "INSERT INTO specs VALUES (?, ?, ?, NULL, NULL, NULL)",
                [key, bare.name, bare.version],
            )
            continue
        one = carried_specs[key]
        con.execute(
            "INSERT INTO specs VALUES (?, ?, ?, ?, ?, ?)",
            [
                key,
                one.spec.name,
                one.spec.version,
                one.spec.content_hash,
                one.spec.source or None,
                one.text or None,
            ],
        )
        con.executemany(
            "INSERT INTO clauses VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                [
                    key,
                    c.anchor,
                    c.title,
                    c.authority,
                    c.parent,
                    c.text,
                    c.order,
                    c.level,
                    c.section,
                    as_json(list(c.references)),
                ]
                for c in one.spec.clauses
            ],
        )

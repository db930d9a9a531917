"""The specs that a study's judgements were made under, and the study as each of them judged it.

A study carries the specs that its sources name, with their clauses (tables `specs` and `clauses`),
and is read under these whatever the library holds. Judgements whose source names none were made
under the spec that a person said (`annotations/spec_answers.py`); until somebody does, the spec in
use is assumed, and said to be. Judgements under two specs are two sets, never counted together.
"""

import json
from dataclasses import dataclass, replace
from typing import Any

import duckdb

from analysis.errors import FaultlineError
from analysis.parse.specs.carried import CarriedSpec, spec_name
from analysis.parse.specs.clause import Clause, Spec
from analysis.store import judged_runs
from analysis.store.annotations import spec_answers
from analysis.store.build.sources import JUDGING
from analysis.store.library.specs import (
    current_spec,
    known_spec,
    list_specs,
    spec_by_key,
    spec_key,
)
from analysis.store.study import OpenStudy, Reading, Scope

_CLAUSES = "clause, title, authority, parent, text, place, level, section, refers_to::VARCHAR"
UNNAMED = "unnamed:"
"""Before the key of a spec: only the judgements whose source names none, read under it. Needed
where the study has judgements that name that spec, too."""


@dataclass(frozen=True)
class JudgedSet:
    """The judgements of a study under one spec version.

    `key` is what figures and addresses name; `scope` the rows that it means. `digest` is "" where
    only the name is known. `assumed`: nobody has said so; it is the spec in use.
    """

    key: str
    scope: Scope
    name: str
    version: str
    digest: str
    judgements: int
    assumed: bool = False
    answered: str = ""  # what somebody said instead, where it is read otherwise

    @property
    def label(self) -> str:
        """Name and version, as people read them."""
        return f"{self.name} {self.version}".strip()


def carried(study: OpenStudy) -> dict[str, CarriedSpec]:
    """Key (`judgements.spec`) -> spec with its text, by key. A spec of which the study knows only
    the name is left out; a study built before specs were kept has none."""
    found: dict[str, CarriedSpec] = study.whole.read(_carried)
    return found


def _carried(study: OpenStudy) -> dict[str, CarriedSpec]:
    with study.cursor() as con:
        if not _is_kept(con):
            return {}
        rows = con.execute(
            "SELECT spec, name, version, coalesce(source, ''), coalesce(text, '') FROM specs "
            "WHERE digest IS NOT NULL ORDER BY spec"
        ).fetchall()
        return {key: CarriedSpec(_spec(con, key, *facts), text) for key, *facts, text in rows}


def _carried_facts(study: OpenStudy) -> dict[str, tuple[str, str, str]]:
    """Key -> name, version and digest of each spec that the study carries: asked with every
    figure, so without the texts."""
    specs = {key: held.spec for key, held in _carried(study).items()}
    return {key: (spec.name, spec.version, spec.content_hash) for key, spec in specs.items()}


def _is_kept(con: duckdb.DuckDBPyConnection) -> bool:
    found = con.execute(
        "SELECT count(*) FROM information_schema.tables WHERE table_name = 'specs'"
    ).fetchall()
    return bool(found[0][0])


def _spec(con: duckdb.DuckDBPyConnection, key: str, name: str, version: str, source: str) -> Spec:
    rows = con.execute(
        f"SELECT {_CLAUSES} FROM clauses WHERE spec = $key ORDER BY place", {"key": key}
    ).fetchall()
    clauses = tuple(_clause(row) for row in rows)
    return Spec(name, version, clauses, source=source)


def _clause(row: tuple[Any, ...]) -> Clause:
    anchor, title, authority, parent, text, order, level, section, references = row
    return Clause(
        anchor,
        title,
        authority,
        parent,
        text,
        order,
        level,
        section,
        tuple(json.loads(references)),
    )


def counts(study: OpenStudy) -> dict[str | None, int]:
    """Value of `judgements.spec` -> judgements under it."""
    with study.whole.cursor() as con:
        return dict(con.execute("SELECT spec, count(*) FROM judgements GROUP BY 1").fetchall())


def unnamed_digest(study: OpenStudy) -> str:
    """What names the judgements whose source names no spec, by content: how many, and a hash that
    is the same wherever they are loaded again."""
    with study.whole.cursor() as con:
        count, xor = con.execute(
            "SELECT count(*), coalesce(bit_xor(md5_number(concat_ws(chr(31), s.query_key, j.model, "
            "j.replicate, j.judge, coalesce(j.raw_decision, chr(30)), "
            "coalesce(j.reasoning, '')))), 0) FROM judgements j JOIN scenarios s "
            "USING (scenario_no) WHERE j.spec IS NULL"
        ).fetchall()[0]
    return f"{count}:{xor}"


def sets(study: OpenStudy) -> list[JudgedSet]:
    """The study's judgements by the spec that they were made under, the most first; none where
    nothing was judged."""
    found = dict(study.whole.read(counts))
    bare = found.pop(None, 0)
    named = {
        str(key): JudgedSet(str(key), (str(key),), *_facts(study, str(key)), judgements=n)
        for key, n in found.items()
    }
    if bare:
        _add_unnamed(study, named, bare)
    return sorted(named.values(), key=lambda s: (-s.judgements, s.key))


def _add_unnamed(study: OpenStudy, named: dict[str, JudgedSet], count: int) -> None:
    """Enter the judgements that name no spec under the one that is said, or assumed."""
    said = _answered(study)
    if said in named:
        mine = named[said]
        both = Reading(said, (*mine.scope, None))
        with study.whole.read_as(both).cursor() as con:
            count = con.execute("SELECT count(*) FROM judgements").fetchall()[0][0]
        named[said] = replace(mine, scope=both.scope or (), judgements=count)
        return
    key = said or spec_key(current_spec(study.settings))
    shown = UNNAMED + key if not said and named else key
    named[shown] = JudgedSet(
        shown, (None,), *_facts(study, key), judgements=count, assumed=not said
    )


def _answered(study: OpenStudy) -> str:
    """The spec that somebody said of the judgements that name none: a person, or all sources of
    a study that was built before studies kept it. "" where nobody did."""
    answer = spec_answers.find(study.settings, study.whole.read(unnamed_digest))
    if answer:
        return answer.spec
    judging = {s.get("spec") or "" for s in study.info.sources if s.get("kind") in JUDGING}
    if len(judging) != 1 or study.whole.read(_keeps_specs):
        return ""
    named = spec_name(next(iter(judging)) or "")
    known = known_spec(study.settings, named) if named.version else None
    return known.spec.key if known else (named.key if named.version else "")


def answer_spec(study: OpenStudy, key: str, author: str) -> JudgedSet:
    """Keep that the judgements whose source names no spec were made under this one
    (`name@version`, with the digest where two wordings share them); gives them as they are read
    from now on.

    Raises FaultlineError where every judgement names its spec, where the text of that one is not
    here, and without a name to keep it under.
    """
    about = _about_unnamed(study)
    one = chosen(study, key)
    bare = one.key.removeprefix(UNNAMED)
    if not one.digest:
        here = [*carried(study), *(spec_key(info) for info in list_specs(study.settings))]
        raise FaultlineError(
            f"There is no text of one spec “{bare}” here: load it on the Data page (or load spec "
            f"PATH) first. Here are: {', '.join(dict.fromkeys(here))}."
        )
    spec_answers.store_answer(study.settings, about, bare, author)
    return chosen(study, bare)


def undo_answer(study: OpenStudy, author: str) -> spec_answers.SpecAnswer | None:
    """Take back what was said last of these judgements; gives it, or None where nothing was.
    FaultlineError as `answer_spec`."""
    return spec_answers.undo(study.settings, _about_unnamed(study), author)


def _about_unnamed(study: OpenStudy) -> str:
    """What an answer to the question which spec it was is about."""
    if not study.whole.read(counts).get(None):
        raise FaultlineError(
            f"Every judgement of “{study.info.id}” names the spec that it was made under: there "
            "is nothing to say."
            if study.whole.read(counts)
            else f"Nothing was judged in “{study.info.id}”: there is nothing to say."
        )
    return study.whole.read(unnamed_digest)


def _keeps_specs(study: OpenStudy) -> bool:
    with study.cursor() as con:
        return _is_kept(con)


def _facts(study: OpenStudy, key: str) -> tuple[str, str, str]:
    """Name, version and digest of a key."""
    held = study.whole.read(_carried_facts).get(key)
    if held is not None:
        return held
    named = spec_name(key)
    known = known_spec(study.settings, named)
    return named.name, named.version, known.spec.content_hash if known else ""


def chosen(study: OpenStudy, key: str = "") -> JudgedSet:
    """The set of judgements that a key means; by default the one the study was opened under, else
    the one with the most judgements, else none under the spec in use.

    A key that no judgement names means those that name none, where there are such: so a figure
    that was made before somebody said which spec it was stays what it was.
    """
    known = sets(study)
    key = key or study.reading.spec
    if not key:
        return known[0] if known else _nothing(study, spec_key(current_spec(study.settings)))
    for one in known:
        if one.key == key or (one.scope == (None,) and one.key == UNNAMED + key):
            return one
    wanted = spec_name(key.removeprefix(UNNAMED))
    fitting = [s for s in known if wanted.fits(s.name, s.version, s.digest)]
    if len(fitting) == 1 and not key.startswith(UNNAMED):
        return fitting[0]
    count = study.whole.read(counts).get(None, 0)
    bare = key.removeprefix(UNNAMED)
    known_here = None if wanted.digest else known_spec(study.settings, wanted)
    if known_here is not None:  # a name and version alone: say which wording it is here
        key = bare = known_here.spec.key
    if count:
        facts = _facts(study, bare)
        return JudgedSet(key, (None,), *facts, count, assumed=True, answered=_answered(study))
    return _nothing(study, key)


def _nothing(study: OpenStudy, key: str) -> JudgedSet:
    """The spec of a key, under which nothing of this study was judged."""
    assumed = not study.whole.read(counts)
    return JudgedSet(key, (), *_facts(study, key.removeprefix(UNNAMED)), 0, assumed=assumed)


def under(study: OpenStudy, key: str = "", run: str = "") -> OpenStudy:
    """The study with the judgements of `chosen` alone, and of several runs that asked one judge
    with those of one: the named, else the one the study was opened with, else the latest."""
    one = chosen(study, key)
    # Judgements that name a spec and others that somebody said it of may be of the same answers.
    mixed = None in one.scope and len(one.scope) > 1
    everything = set(study.whole.read(counts)) <= set(one.scope) and not mixed
    scope = None if everything else one.scope
    run = judged_runs.settled(study, scope, run or _kept_run(study, scope))
    aside = judged_runs.left_out(study, scope, run)
    reading = replace(study.reading, spec=one.key, scope=scope, run=run, left_out=aside)
    return study.read_as(reading)


def _kept_run(study: OpenStudy, scope: Scope | None) -> str:
    """The run that the study is read with already, where it judged under this spec, too."""
    known = [r.id for r in judged_runs.runs(study, scope)]
    return study.reading.run if study.reading.run in known else ""


def spec_of(study: OpenStudy, key: str = "") -> Spec:
    """The clauses of `chosen`: those that the study carries, else those of the library. A spec of
    which the source gave a name only, that the library does not have, has none.

    Raises FaultlineError for a wording that neither has.
    """
    one = chosen(study, key)
    bare = one.key.removeprefix(UNNAMED)
    held = carried(study).get(bare)
    if held is not None:
        return held.spec
    named = spec_name(bare)
    if not named.digest:
        known = known_spec(study.settings, named)
        if known is not None:
            return known.spec
        return Spec(named.name, named.version, ())  # a name alone: see `words`
    return spec_by_key(study.settings, bare)


def words(study: OpenStudy, key: str = "") -> str:
    """What is to be said of a spec beside numbers that rest on it: that it is assumed, or is one
    of several; "" where the study has one and names it."""
    one, among = chosen(study, key), sets(study)
    if one.judgements and not one.digest:
        return (
            f"The text of {one.label} came with no source and is not in the library: its clauses "
            "are not known here. Load it as a spec of that name and version."
        )
    if one.answered:
        return f"Read under {one.label}; the judgements were made under {shown(one.answered)}."
    if one.assumed and one.judgements:
        return f"The source names no spec: {one.label} is assumed."
    if len(among) > 1:
        total = sum(s.judgements for s in among)
        return f"Judged under {one.label}: {one.judgements:,} of {total:,} judgements."
    return ""


def shown(key: str) -> str:
    """A key as people read it: name and version."""
    named = spec_name(key)
    return f"{named.name} {named.version}".strip()

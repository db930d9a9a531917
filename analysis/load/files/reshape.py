"""Files whose columns have other names, or one row a query and model, made into the known layouts.

What was read as what is said with the study: a guess that nobody sees can't be corrected.
"""

import secrets
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from analysis.errors import FaultlineError
from analysis.load.files import answer_cells, columns, query_cells
from analysis.measure.disagreement import VALUES
from analysis.parse import roles
from analysis.settings import Settings
from analysis.store.build import long_form
from analysis.store.build.inspect import FileFacts, inspect_parquet
from analysis.text_safety import contained
from analysis.vocabulary import RESPONSE_TYPES

_ONE_JUDGE = {"decision": "judge_decision", "reasoning": "judge_reasoning"}
"""Where no column names the judge there is one, called so."""
LONG_ANSWER = VALUES


@dataclass
class Reshaped:
    """Files in a known layout, and what was done to them. `further`: answers of further replicates,
    which the wide form has no room for; `unused`: columns that it left behind."""

    facts: list[FileFacts]
    notes: tuple[str, ...] = ()
    rejected: Counter[str] = field(default_factory=Counter)
    failures: tuple[Mapping[str, object], ...] = ()
    further: FileFacts | None = None
    unused: tuple[str, ...] = ()
    changed: bool = False


def reshaped(
    facts: Sequence[FileFacts],
    source: str,
    folder: Path,
    settings: Settings,
    mapping: Mapping[str, str],
    *,
    keep_error_texts: bool,
) -> Reshaped:
    """Files of one layout, under the known names and in the wide form.

    `mapping` is column -> role as a person says it; without one, columns are guessed where the
    layout is none of the known ones. Raises FaultlineError that names the columns there are.
    """
    talks = query_cells.talks(facts, [*mapping.values()], folder, settings)
    facts = talks.facts
    told = roles.checked({c: r for c, r in mapping.items() if c in facts[0].columns})
    constant = (
        {} if "model" in told else {"model": mapping["model"]} if _one_model(mapping, facts) else {}
    )
    if not told and not constant and not columns.is_known(facts[0].columns, source):
        told, constant = _guess(facts[0], source)
    done = Reshaped(facts, changed=talks.changed)
    if told or constant:
        done = _renamed(done, source, folder, settings, told, constant)
    asked = query_cells.texts(done.facts, folder, settings)
    done = replace(
        done,
        facts=asked.facts,
        notes=(*done.notes, *_of_lists(source, talks, asked)),
        changed=done.changed or asked.changed,
    )
    if long_form.is_by_judge(done.facts[0].columns):
        done = _by_judge(done, source, folder, settings)
    if not columns.is_known(done.facts[0].columns, source) and long_form.is_long(
        done.facts[0].columns
    ):
        done = _pivoted(done, source, folder, settings, keep_error_texts)
    return done


def _of_lists(source: str, *read: query_cells.Read) -> tuple[str, ...]:
    lists, apart = sum(r.lists for r in read), sum(r.apart for r in read)
    if not lists:
        return ()
    more = (
        f" {apart:,} had a system prompt or earlier turns, which a query does not hold."
        if apart
        else ""
    )
    return (
        f"{contained(source)}: {lists:,} queries are the user's last words in a list of messages."
        f"{more}",
    )


def placed(
    facts: Sequence[FileFacts],
    source: str,
    folder: Path,
    settings: Settings,
    *,
    keep_error_texts: bool,
) -> Reshaped | None:
    """Of judged answers in the long form the answers with their positions, as wide rows; None where
    there are no positions. The judgements themselves are a source of their own."""
    if not set(LONG_ANSWER) & set(facts[0].columns) or not long_form.is_long(facts[0].columns):
        return None
    return _pivoted(Reshaped(list(facts)), source, folder, settings, keep_error_texts)


def _by_judge(done: Reshaped, source: str, folder: Path, settings: Settings) -> Reshaped:
    """One row a query, model and judge, as one row a query and model."""
    target = folder / f"judges-{secrets.token_hex(4)}.parquet"
    paths = [f.path for f in done.facts]
    judges = long_form.pivot_judges(paths, target, done.facts[0].columns, source)
    note = f"{contained(source)}: one row a query, model and judge; {judges:,} judges."
    return replace(
        done,
        facts=[inspect_parquet(target, settings)],
        notes=(*done.notes, note),
        changed=True,
    )


def _one_model(mapping: Mapping[str, str], facts: Sequence[FileFacts]) -> bool:
    """Whether `model=NAME` names the file's only model, there being no such column."""
    return "model" in mapping and "model" not in facts[0].columns


def _guess(facts: FileFacts, source: str) -> tuple[dict[str, str], dict[str, str]]:
    guess = {c: r for c, r in roles.guessed(facts.columns).items() if c != r}
    named = {c for c in facts.columns if c not in guess} | set(guess.values())
    wide = any(roles.is_of_model(c) for c in named)
    said = {"response", *LONG_ANSWER} & named or any(c.endswith("_decision") for c in named)
    if "query" not in named or not (said or wide):
        return {}, {}
    constant = {} if "model" in named or wide else {"model": Path(source).stem}
    return guess, constant


def _renamed(
    done: Reshaped,
    source: str,
    folder: Path,
    settings: Settings,
    told: Mapping[str, str],
    constant: Mapping[str, str],
) -> Reshaped:
    there = done.facts[0].columns
    named = "judge" in told.values() or "judge" in there
    given = {c: r if named else _ONE_JUDGE.get(r, r) for c, r in told.items()}
    target = folder / f"named-{secrets.token_hex(4)}.parquet"
    long_form.rename([f.path for f in done.facts], target, there, given, constant)
    read = [f"{contained(c)} as {r}" for c, r in told.items()]
    read += [f"{contained(v)} as the {c}" for c, v in constant.items()]
    note = f"{contained(source)}: columns were read so: {', '.join(read)}. A mapping changes that."
    return Reshaped([inspect_parquet(target, settings)], (note,), done.rejected, changed=True)


def _pivoted(
    done: Reshaped, source: str, folder: Path, settings: Settings, keep_error_texts: bool
) -> Reshaped:
    facts = done.facts
    cleaned: list[answer_cells.Cleaned] = []
    if "response" in facts[0].columns:
        places = tuple(p for p in LONG_ANSWER if p in facts[0].columns)
        stated = "outcome" if "outcome" in facts[0].columns else None
        column = answer_cells.Column("response", "", stated, places)
        for one in facts:
            target = folder / f"read-{secrets.token_hex(4)}.parquet"
            cleaned.append(
                answer_cells.clean(one.path, target, [column], keep_failures=keep_error_texts)
            )
        facts = [inspect_parquet(c.path, settings) for c in cleaned]
    target = folder / f"wide-{secrets.token_hex(4)}.parquet"
    apart = folder / f"further-{secrets.token_hex(4)}.parquet"
    paths = [f.path for f in facts]
    made = long_form.pivot(paths, target, apart, facts[0].columns, source)
    rejected = made.rejected
    if not made.wide:
        why = "; ".join(f"{n:,} × {r}" for r, n in rejected.items())
        raise FaultlineError(f"Nothing in {source} is usable: {why or 'it holds no rows'}.")
    note = (
        f"{contained(source)}: {made.total:,} rows, one a query and model, gave {made.wide:,} rows "
        f"of queries and {made.models:,} models."
    )
    if made.further:
        note += (
            f" {made.further:,} are further answers of a model to the same query (replicates), "
            "which no rate or D counts."
        )
    notes = (*done.notes, note)
    if made.odd_labels:
        some = ", ".join(f"“{contained(w)}” ({n:,})" for w, n in made.odd_labels.most_common(5))
        notes += (
            f"{contained(source)}: {made.odd_labels.total():,} labels are none of the response "
            f"types and were left out: {some}. Map their column to ignore, or write them as "
            f"{', '.join(RESPONSE_TYPES)}.",
        )
    for read in cleaned:
        rejected += read.rejected
    return Reshaped(
        [inspect_parquet(target, settings)],
        notes,
        done.rejected + rejected,
        tuple(f for one in cleaned for f in one.failures),
        inspect_parquet(apart, settings) if made.further else None,
        made.unused,
        changed=True,
    )

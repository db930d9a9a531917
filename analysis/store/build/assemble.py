"""The steps of a build, in order: stage, merge, number, derive, texts, judgements, facts."""

from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime

import duckdb

from analysis.errors import FaultlineError
from analysis.parse import verdicts
from analysis.registry import OTHER, PROVIDERS_FILE, registry
from analysis.settings import PROGRAM_VERSION
from analysis.store import texts
from analysis.store.build import (
    content,
    derive,
    judgement_import,
    long_tables,
    merge,
    spec_import,
    stage,
)
from analysis.store.build.derive import SetOfModels
from analysis.store.build.sources import (
    CANCELLED,
    LONG,
    Cancelled,
    Report,
    Source,
    Step,
    as_json,
    sha256,
)
from analysis.store.build.spec_import import FindSpec
from analysis.store.disagreement_sql import STATED_SQL
from analysis.store.schema import JUDGES_SQL, SCHEMA_VERSION, TABLES, columns, ddl
from analysis.store.study import StudyInfo
from analysis.store.variants import is_variant
from analysis.text_safety import contained
from analysis.vocabulary import OPENAI, Outcome

STEPS = 8


@dataclass
class Job:
    """One build under way: what was asked, and what has been counted so far."""

    con: duckdb.DuckDBPyConnection
    title: str
    sources: tuple[Source, ...]
    copy_texts: bool
    parent: str | None
    report: Report
    cancelled: Cancelled
    find_spec: FindSpec = spec_import.nowhere
    done: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    by_source: dict[int, Counter[str]] = field(default_factory=dict)
    repeated: Counter[int] = field(default_factory=Counter)
    kept: Counter[int] = field(default_factory=Counter)  # rows of long tables
    notices: list[str] = field(default_factory=list)
    met: dict[int, tuple[int, int]] = field(default_factory=dict)  # judged rows, those that met
    spelled: dict[int, dict[str, str]] = field(default_factory=dict)  # name -> id, by source

    def step(self, what: str) -> None:
        """Say what comes next; stop here if the person who asked no longer wants it."""
        if self.cancelled():
            raise FaultlineError(f"Loading “{self.title}” {CANCELLED}")
        self.report(Step(what, self.done, STEPS))
        self.done += 1

    def reject(self, source_no: int, reason: str, count: int) -> None:
        self.rejected[reason] += count
        self.by_source.setdefault(source_no, Counter())[reason] += count

    def copies(self, source: Source) -> bool:
        return self.copy_texts or source.copy or source.kind == "judgements"


def assemble(job: Job, study: str) -> StudyInfo:
    """Build every table of the study into `job.con`; gives its facts (path still unset)."""
    for table in TABLES:
        job.con.execute(ddl(table))
    _count_file_rejects(job)
    with ThreadPoolExecutor(max_workers=2) as pool:
        digests = _digests(job, pool)
        models = _stage(job)
        _merge(job, len(models))
        _number(job, models)
        _derive(job, models)
        _texts(job)
        _judgements(job)
        job.step("counting")
        _notice_variants(job)
        _registered(job, models)
        settled = [tuple(f.result() for f in futures) for futures in digests]
    return _facts(job, study, models, settled)


def _count_file_rejects(job: Job) -> None:
    for source_no, source in enumerate(job.sources):
        job.notices += source.notes
        for reason, count in source.rejected.items():
            job.reject(source_no, reason, count)


def _digests(job: Job, pool: ThreadPoolExecutor) -> list[list["Future[str]"]]:
    """Digests of every source's files; those that the source states are taken as they are."""

    def known(digest: str) -> "Future[str]":
        future: Future[str] = Future()
        future.set_result(digest)
        return future

    return [
        [known(d) for d in source.digests]
        if source.digests
        else [pool.submit(sha256, f) for f in source.files]
        for source in job.sources
    ]


def _stage(job: Job) -> list[str]:
    """Read all sources; gives the models in the order of the registry, then by id."""
    job.step("reading the rows")
    spelled = job.spelled
    judgement_import.create(job.con)
    job.sources = spec_import.settle(job.con, job.sources, job.find_spec)
    for source_no, source in enumerate(job.sources):
        if source.kind == "judgements":
            names = judgement_import.spellings(job.con, source)
            spelled[source_no] = registry().resolve_all(names)
            judgement_import.add(job.con, source, source_no, spelled[source_no])
    wide = sorted({m for s in job.sources for m in s.layout.models})
    stage.create(job.con, wide, job.sources)
    for source_no, source in enumerate(job.sources):
        if source.kind == "scenarios":
            stage.add(job.con, source, source_no, wide)
            if gone := stage.read_answers(job.con, source, source_no, wide):
                job.reject(source_no, stage.FAILED_POSITION, gone)
    return wide


def _merge(job: Job, models: int) -> None:
    job.step("merging repeats")
    for source_no, count in merge.gaps(job.con).items():
        job.notices.append(
            f"{contained(job.sources[source_no].name)}: {count:,} cells say in words that nothing "
            "is there (NaN, None, null and the like). They were read as gaps."
        )
    for (source_no, reason), count in merge.drop_rejected(job.con).items():
        job.reject(source_no, reason, count)
    for source_no, count in merge.bad_positions(job.con).items():
        job.reject(source_no, stage.BAD_POSITION, count)
    merged, contradicting = merge.repeats(job.con, models)
    job.repeated.update(merged)
    for source_no, count in contradicting.items():
        job.reject(source_no, merge.CONTRADICTS, count)
    if any(source.kind == "judgements" for source in job.sources):
        _join_judged(job)


def _join_judged(job: Job) -> None:
    for (source_no, reason), count in judgement_import.drop_unusable(job.con).items():
        job.reject(source_no, reason, count)
    _meet(job)
    judgement_import.add_fresh(job.con)
    merged, rejected = judgement_import.settle(job.con)
    job.repeated.update(merged)
    for (source_no, reason), count in rejected.items():
        job.reject(source_no, reason, count)


def _meet(job: Job) -> None:
    """Match judged rows with queries, and say how many met one.

    Where none of a source's rows did, they are left out: they were judged on other queries, or
    their texts were changed on the way. Rows that state their own D stand by themselves, as those
    of the public dataset do whose queries are in no other split.
    """
    job.met = judgement_import.match(job.con)
    if not any(s.kind == "scenarios" for s in job.sources):
        return
    for source_no, (judged, met) in job.met.items():
        source = job.sources[source_no]
        job.notices.append(
            f"{contained(source.name)}: {met:,} of {judged:,} judged rows met a query of the "
            "other sources."
        )
        if judged and not met and source.layout.given_d is None:
            judgement_import.drop_source(job.con, source_no)
            job.reject(source_no, judgement_import.UNMET, judged)


def _number(job: Job, models: list[str]) -> None:
    job.step("sorting by disagreement")
    found = job.con.execute("SELECT count(*) FROM staged").fetchall()[0][0]
    if not found:
        why = "; ".join(f"{count:,} × {reason}" for reason, count in job.rejected.most_common())
        raise FaultlineError(
            f"Nothing in the sources of “{job.title}” is usable"
            f"{': ' + why if why else ': they hold no rows'}. Nothing was changed."
        )
    derive.number(job.con, len(models))
    texts.places(job.con)
    derive.scenarios(job.con)


def _derive(job: Job, models: list[str]) -> None:
    job.step("writing responses")
    derive.responses(job.con, models)
    job.step("measuring disagreement")
    sets = model_sets(models)
    derive.disagreement(job.con, sets)
    for sort, model_set in enumerate(sets):
        for index in model_set.indexes:
            job.con.execute(
                "INSERT INTO model_sets VALUES (?, ?, ?, ?)",
                [model_set.id, model_set.label, models[index], sort],
            )


def model_sets(models: list[str]) -> list[SetOfModels]:
    """`all`, one per provider with two or more models, and the registry's whole sets."""
    book = registry()
    sets = [SetOfModels("all", f"All {len(models)} models", tuple(range(len(models))))]
    if not models:
        return []
    by_provider: dict[str, list[int]] = {}
    for index, model in enumerate(models):
        by_provider.setdefault(book.model(model).provider, []).append(index)
    for provider, indexes in sorted(by_provider.items()):
        if len(indexes) >= 2:
            label = f"{book.provider(provider).label} ({len(indexes)} models)"
            sets.append(SetOfModels(provider, label, tuple(indexes)))
    for entry in book.sets:
        if set(entry.models) <= set(models):
            indexes = [models.index(m) for m in entry.models]
            sets.append(SetOfModels(entry.id, entry.label, tuple(indexes)))
    return sets


def _texts(job: Job) -> None:
    job.step("copying answers" if job.copy_texts else "linking answers")
    for source_no, source in enumerate(job.sources):
        if source.readings is not None:
            texts.copy_readings(job.con, job.sources, source_no)
    for source_no, source in enumerate(job.sources):
        if source.kind == "scenarios" and job.copies(source):
            texts.copy_answers(job.con, source, source_no)
            texts.copy_rubrics(job.con, source, source_no)
        if source.kind == "scenarios":
            texts.copy_asides(job.con, source, source_no)
    texts.measure_copied(job.con)
    linked = [i for i, s in enumerate(job.sources) if not job.copies(s)]
    if not linked:
        texts.forget_silent(job.con)
    texts.link(job.con, linked)


def _judgements(job: Job) -> None:
    job.step("reading judgements")
    runs = [i for i, s in enumerate(job.sources) if s.kind == "judgements" and s.run]
    for (source_no, reason), count in judgement_import.drop_others(job.con, runs).items():
        job.reject(source_no, reason, count)
    judgement_import.fill(job.con)
    _long(job)
    spec_import.fill(job.con, job.sources)
    judgement_import.given_disagreement(job.con, OPENAI)
    _list_given_set(job)
    _notice_unread(job)


def _notice_unread(job: Job) -> None:
    """Say how many verdicts can't be read, with the words that stand there, and how many there are
    none of because a judge's call brought none."""
    raw = job.con.execute(
        "SELECT coalesce(raw_decision, ''), count(*) FROM judgements "
        f"WHERE outcome = '{Outcome.UNPARSABLE}' GROUP BY 1"
    ).fetchall()
    words: Counter[str] = Counter()
    for word, count in raw:
        words[verdicts.read(word).word] += count
    if words:
        some = ", ".join(f"“{contained(w)}” ({n:,})" for w, n in _most_common(words)[:8])
        rest = f" and {len(words) - 8:,} more" if len(words) > 8 else ""
        job.notices.append(
            f"{words.total():,} verdicts are none of the three words and were kept apart as "
            f"unparsable: {some}{rest}. No rate or agreement counts them."
        )
    lost = job.con.execute(
        "SELECT outcome, count(*) FROM judgements WHERE outcome NOT IN "
        f"('{Outcome.ANSWERED}', '{Outcome.UNPARSABLE}', '{Outcome.MISSING}') GROUP BY 1 ORDER BY 1"
    ).fetchall()
    if lost:
        counts = ", ".join(f"{count:,} {outcome.replace('_', ' ')}" for outcome, count in lost)
        total = sum(count for _, count in lost)
        job.notices.append(
            f"{total:,} calls of judges brought no verdict ({counts}). They count as no decision."
        )


def _most_common(words: Counter[str]) -> list[tuple[str, int]]:
    return sorted(words.items(), key=lambda item: (-item[1], item[0]))


def _long(job: Job) -> None:
    """Further answers, decisions and citations, in this order whatever the order of the sources."""
    for kind in LONG:
        for source_no, source in enumerate(job.sources):
            if source.kind == kind:
                job.kept[source_no], job.repeated[source_no], wrong = long_tables.add(
                    job.con, source
                )
                for reason, count in wrong.items():
                    job.reject(source_no, reason, count)


def _notice_variants(job: Job) -> None:
    found = job.con.execute(
        f"SELECT count(*), count(*) FILTER ({is_variant()}) FROM scenarios"
    ).fetchall()[0]
    if found[1]:
        job.notices.append(
            f"{found[1]:,} of the {found[0]:,} queries are variants of another one (in another "
            "wording, tone or language). Robustness compares them with it; everywhere else they "
            "count as queries of the same family."
        )


def _further(job: Job) -> bool:
    """Whether a run's table added answers to those of the wide rows."""
    return any(job.kept[i] for i, s in enumerate(job.sources) if s.kind == "answers")


def _list_given_set(job: Job) -> None:
    """List the set of a stated D with the models that were judged, where positions made none."""
    con, book = job.con, registry()
    if not con.execute(STATED_SQL).fetchall():
        return
    if con.execute("SELECT 1 FROM model_sets WHERE model_set = $s", {"s": OPENAI}).fetchall():
        return
    found = [r[0] for r in con.execute("SELECT DISTINCT model FROM judged ORDER BY 1").fetchall()]
    models = [m for m in found if book.model(m).provider == OPENAI]
    sort = con.execute("SELECT coalesce(max(sort) + 1, 0) FROM model_sets").fetchall()[0][0]
    for model in models:
        label = f"{book.provider(OPENAI).label} (stated by the source)"
        con.execute("INSERT INTO model_sets VALUES (?, ?, ?, ?)", [OPENAI, label, model, sort])


def _registered(job: Job, models: list[str]) -> None:
    """Fill `models` and `judges` with what the registry knows of them."""
    book = registry()
    found = {r[0] for r in job.con.execute("SELECT DISTINCT model FROM responses").fetchall()}
    order = {m.id: i for i, m in enumerate(book.models)}
    ranked = sorted({*found, *models}, key=lambda m: (order.get(m, len(order)), m))
    for sort, model in enumerate(ranked):
        entry = book.model(model)
        job.con.execute(
            "INSERT INTO models VALUES (?, ?, ?, ?, ?, ?)",
            [model, entry.label, entry.provider, entry.size, entry.simulated, sort],
        )
    there = job.con.execute("SELECT DISTINCT judge FROM judgements ORDER BY 1").fetchall()
    for sort, (judge,) in enumerate(there):
        known = book.judge(judge)
        job.con.execute(
            "INSERT INTO judges VALUES (?, ?, ?, ?, ?, ?)",
            [judge, known.label, known.provider, known.note, known.simulated, sort],
        )
    _notice_unlisted(job, [m for m in ranked if m not in order])


def _notice_unlisted(job: Job, models: list[str]) -> None:
    """Say which models the registry does not list, and what their names alone have told."""
    book = registry()
    whose = {m: book.model(m).provider for m in models}
    names = [f"{contained(m)} ({book.provider(p).label})" for m, p in whose.items() if p != OTHER]
    untold = [contained(m) for m, p in whose.items() if p == OTHER]
    remedy = (
        "Say otherwise under Names on the Data page, or list them in "
        f"{PROVIDERS_FILE} with a provider, a label and a size."
    )
    if names:
        job.notices.append(
            f"{len(names)} model(s) that the registry does not list were kept under their own id; "
            f"the provider was told from the name alone: {_some(names)}. {remedy}"
        )
    if untold:
        job.notices.append(
            f"{len(untold)} model(s) that the registry does not list were kept under their own "
            f"id with provider “other”: {_some(untold)}. {remedy}"
        )


def _some(names: list[str]) -> str:
    return ", ".join(names[:5]) + (" …" if len(names) > 5 else "")


def _facts(job: Job, study: str, models: list[str], digests: list[tuple[str, ...]]) -> StudyInfo:
    con = job.con
    linked = [
        d for s, ds in zip(job.sources, digests, strict=True) if not job.copies(s) for d in ds
    ]
    counts = con.execute(
        "SELECT (SELECT count(*) FROM scenarios), (SELECT count(DISTINCT family) FROM scenarios), "
        "(SELECT count(*) FROM responses), (SELECT count(*) FROM judgements)"
    ).fetchall()[0]
    info = StudyInfo(
        id=study,
        title=job.title.strip(),
        simulated=any(s.simulated for s in job.sources)
        or any(registry().model(m).simulated for m in models),
        content_hash=content.content_hash(con, models, linked, further_answers=_further(job)),
        scenarios=counts[0],
        families=counts[1],
        responses=counts[2],
        judgements=counts[3],
        texts="linked" if linked else "copied",
        sources=_records(job, digests),
        rejected=dict(job.rejected),
        notices=job.notices,
        models=[r[0] for r in con.execute("SELECT model FROM models ORDER BY sort").fetchall()],
        judges=[r[0] for r in con.execute(JUDGES_SQL).fetchall()],
        built_at=datetime.now(UTC).replace(microsecond=0),
        program_version=PROGRAM_VERSION,
        schema_version=SCHEMA_VERSION,
        parent=job.parent,
    )
    _write_study_row(con, info)
    return info


def _records(job: Job, digests: list[tuple[str, ...]]) -> list[dict[str, object]]:
    kept = dict(
        job.con.execute(
            "SELECT source_no, count(*) FROM (SELECT source_no FROM places "
            "WHERE row_no IS NOT NULL UNION ALL SELECT source_no FROM judged WHERE NOT again) "
            "GROUP BY 1"
        ).fetchall()
    )
    records = []
    for i, source in enumerate(job.sources):
        record = source.record(digests[i], kept.get(i, 0) + job.kept[i], job.repeated[i])
        record["linked"] = not job.copies(source)
        record["spellings"] |= {model: name for name, model in job.spelled.get(i, {}).items()}
        record["rejected"] = dict(job.by_source.get(i, {}))
        if i in job.met:
            record["judged"], record["met"] = job.met[i]
        records.append(record)
    return records


def _write_study_row(con: duckdb.DuckDBPyConnection, info: StudyInfo) -> None:
    facts: dict[str, object] = {
        name: getattr(info, name) for name in columns("study") if hasattr(info, name)
    }
    for name in ("sources", "rejected", "notices"):
        facts[name] = as_json(facts[name])
    facts["built_at"] = info.built_at.replace(tzinfo=None)
    names = ", ".join(facts)
    marks = ", ".join(f"${name}" for name in facts)
    con.execute(f"INSERT INTO study ({names}) VALUES ({marks})", facts)

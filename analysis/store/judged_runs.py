"""Which run's verdicts are read where several runs asked the same judge under the same spec.

Each run is a set of its own: of one judge under one spec a study is read with the verdicts of one
run, never with a mixture. The latest run counts unless another is named. A judge that only one run
asked is read from that one, so that a judge added later stands beside the others.
"""

from dataclasses import dataclass

from analysis.errors import FaultlineError
from analysis.store.study import LeftOut, OpenStudy, Scope

FILES = "files"
"""Names the verdicts that no run made: those of files."""
Counts = dict[tuple[str, str | None, str | None], int]


@dataclass(frozen=True)
class JudgedRun:
    """The verdicts of one run under one spec. `id`: a run's, or `files`."""

    id: str
    judges: tuple[str, ...]
    judgements: int


def counts(study: OpenStudy) -> Counts:
    """(judge, spec, run) -> verdicts, whichever are read."""
    with study.whole.cursor() as con:
        found = con.execute(
            "SELECT judge, spec, run, count(*) FROM judgements GROUP BY ALL ORDER BY ALL"
        ).fetchall()
    return {(judge, spec, run): n for judge, spec, run, n in found}


def runs(study: OpenStudy, scope: Scope | None) -> list[JudgedRun]:
    """The runs to choose among, the latest first; none where every judge was asked by one run."""
    mine = _within(study.whole.read(counts), scope)
    if not _several(mine):
        return []
    found: dict[str, JudgedRun] = {}
    for (judge, _, run), n in mine.items():
        name = run or FILES
        judged_run = found.get(name, JudgedRun(name, (), 0))
        judges = (*judged_run.judges, *([judge] if judge not in judged_run.judges else []))
        found[name] = JudgedRun(name, judges, judged_run.judgements + n)
    return sorted(found.values(), key=lambda r: (r.id != FILES, r.id), reverse=True)


def settled(study: OpenStudy, scope: Scope | None, run: str = "") -> str:
    """The run that a name means: by default the latest; "" where there is nothing to choose.

    Raises FaultlineError for a run that judged nothing here."""
    known = [r.id for r in runs(study, scope)]
    if not known:
        return ""
    if run and run not in known:
        raise FaultlineError(
            f"No run “{run}” judged answers of “{study.info.id}” under this spec. Runs that did: "
            f"{', '.join(known)}."
        )
    return run or known[0]


def left_out(study: OpenStudy, scope: Scope | None, run: str = "") -> LeftOut:
    """The sets that are not read: (judge, spec, run) of every judge that other runs asked, too."""
    mine = _within(study.whole.read(counts), scope)
    kept = {}
    for judge, spec, _ in mine:
        runs_asked = [r for j, s, r in mine if (j, s) == (judge, spec)]
        named = [r for r in runs_asked if (r or FILES) == run]
        kept[judge, spec] = (named or sorted(runs_asked, key=lambda r: r or ""))[-1]
    return tuple(k for k in mine if k[2] != kept[k[:2]])


def words(study: OpenStudy) -> str:
    """What is to be said beside numbers: whose verdicts they are, where there are others."""
    reading = study.reading
    known = runs(study, reading.scope)
    if not known:
        return ""
    mine = next((r for r in known if r.id == reading.run), known[0])
    others = sum(r.judgements for r in known) - study.info.judgements
    return f"Verdicts of {name(mine.id)}; {others:,} that other runs of its judges made set aside."


def name(run: str) -> str:
    return "files" if run == FILES else f"run {run}"


def _within(found: Counts, scope: Scope | None) -> Counts:
    return {k: n for k, n in found.items() if scope is None or k[1] in scope}


def _several(found: Counts) -> bool:
    pairs = [k[:2] for k in found]
    return len(pairs) > len(set(pairs))

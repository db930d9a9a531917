"""What people said of a study's answers and queries, found by content, not by row number."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from analysis.parse.specs.carried import spec_name
from analysis.queries import answer_words
from analysis.queries.review import place
from analysis.store import study_specs
from analysis.store.annotations import annotation_db, annotations
from analysis.store.annotations.annotations import Draw, Kind
from analysis.store.study import OpenStudy

_REVISION = re.compile(r"\d{1,15}", re.ASCII)


def key(study: OpenStudy, until: int | None = None) -> str:
    """What names people's verdicts on this study as they stand, or stood at a revision:
    revision@hash. Labels are only ever added, so a revision stays what it was."""
    at = annotation_db.revision(study.settings, "reviews") if until is None else until
    found = compliance(study, at).sort_values(["author", "scenario", "model"])
    text = f"{random_skips(study, at)}\n{found.to_csv(index=False)}"
    return f"{at}@{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()[:12]}"


def revision_of(key: str) -> int | None:
    """The revision that a key names; None where it is no key."""
    found = _REVISION.fullmatch(key.partition("@")[0])
    return int(found[0]) if found else None


def of_study(study: OpenStudy, *, history: bool = False, until: int | None = None) -> pd.DataFrame:
    """What holds of this study's content, one row an entry and scenario, oldest first.

    Columns of Entry, and scenario_no, family, and the study's own `scenario` and `replicate`.
    Entries that were taken back are left out unless `history`. An entry about an answer counts
    where the study has those very words from that model; one about a query in every scenario that
    asks it. `until`: as it stood at that revision.
    """
    found = annotations.everything(study.settings, until)
    if not history:
        found = found[found["current"] & found["value"].notna()]
    with study.cursor() as con:
        here = con.execute(
            "SELECT query_key, scenario_no, scenario, family FROM scenarios "
            "WHERE query_key IN $keys ORDER BY scenario_no",
            {"keys": sorted(set(found["query_key"]))},
        ).df()
    both = found.rename(columns={"scenario": "said_of"}).merge(here, on="query_key")
    return _holding(study, _at_home(study, both)).drop(columns="said_of").reset_index(drop=True)


def compliance(study: OpenStudy, until: int | None = None) -> pd.DataFrame:
    """People's verdicts on this study's answers (as they stood at a revision), one row an author
    and answer.

    The last verdict given blind counts; what its author said after seeing the judges is history.
    A verdict that was given under another wording of the spec than the study is read under is no
    verdict on this one (`set_aside` counts them); one that names no spec is taken as given under
    it.
    Columns: author, scenario, family, model, value (the decision), draw, blind, at, place.
    """
    found = under_wording(study, of_study(study, history=True, until=until))
    found = _of_kind(found, Kind.COMPLIANCE)
    subject = ["author", "query_key", "model", "answer", "scenario"]
    found = found.sort_values(["blind", "at"], kind="stable")
    found = found.drop_duplicates(subject, keep="last").dropna(subset=["value"])
    found["place"] = [place(k, m) for k, m in zip(found["query_key"], found["model"], strict=True)]
    columns = ["author", "scenario", "family", "model", "value", "draw", "blind", "at", "place"]
    return found.sort_values("at")[columns].reset_index(drop=True)


def is_under(study: OpenStudy, specs: Sequence[str | None]) -> list[bool]:
    """Of specs that verdicts were given under (None: not said), which are worded as the study's."""
    here = study_specs.chosen(study)
    mine = spec_name(here.key.removeprefix(study_specs.UNNAMED))
    digest = here.digest or mine.digest

    def same(key: str | None) -> bool:
        name = spec_name(key) if key else mine
        if name.digest and digest:
            return digest.startswith(name.digest)
        return (name.name, name.version) == (mine.name, mine.version)

    known = {key: same(key) for key in set(specs)}
    return [known[key] for key in specs]


def under_wording(study: OpenStudy, entries: pd.DataFrame) -> pd.DataFrame:
    """Entries without the verdicts that were given under another wording of the spec."""
    keys = [s if isinstance(s, str) else None for s in entries["spec"]]
    verdict = entries["kind"] == Kind.COMPLIANCE.value
    return entries[~verdict | pd.Series(is_under(study, keys), entries.index, dtype=bool)]


def set_aside(study: OpenStudy, until: int | None = None) -> int:
    """How many verdicts (one an author and answer) were given under another wording."""
    found = _of_kind(of_study(study, until=until), Kind.COMPLIANCE)
    other = found.drop(under_wording(study, found).index)
    return len(other.drop_duplicates(["author", "query_key", "model", "answer"]))


def response_types(study: OpenStudy) -> pd.DataFrame:
    """People's response types, one row an answer; of two people's, the later label.

    Columns: scenario_no, model, replicate, response_type.
    """
    rows = _of_kind(of_study(study), Kind.RESPONSE_TYPE)
    rows = rows.drop_duplicates(["scenario_no", "model", "replicate"], keep="last")
    frame = rows.rename(columns={"value": "response_type"})
    return frame[["scenario_no", "model", "replicate", "response_type"]]


def random_skips(study: OpenStudy, until: int | None = None) -> int:
    """How many random cases people passed over: what the random part lacks."""
    found = of_study(study, until=until)
    return int(((found["kind"] == Kind.SKIP) & (found["draw"] == Draw.RANDOM)).sum())


def _of_kind(entries: pd.DataFrame, kind: Kind) -> pd.DataFrame:
    return entries[entries["kind"] == kind.value].copy()


def _at_home(study: OpenStudy, entries: pd.DataFrame) -> pd.DataFrame:
    """Without the rows that put an answer's label on another scenario with the same query,
    where the scenario that it was given on is here too."""
    own = entries["said_of"] == entries["scenario"]
    has_own = entries["uid"].isin(entries.loc[own, "uid"])
    of_query = entries["model"].isna()
    fits = of_query | entries["model"].isin(study.info.models)
    return entries[fits & (of_query | own | ~has_own)]


def _holding(study: OpenStudy, entries: pd.DataFrame) -> pd.DataFrame:
    """The entries whose answer the study still has. Made in this very content, or without an
    answer's words: all of them. Of the others the words are compared."""
    sure = (entries["study"] == study.info.content_hash) & (
        entries["said_of"] == entries["scenario"]
    )
    sure |= entries["answer"].isna()
    doubtful = entries[~sure]
    if doubtful.empty:
        return entries
    words = answer_words.replicates(study, doubtful["scenario"], doubtful["model"])
    pairs = zip(doubtful["scenario"], doubtful["model"], doubtful["answer"], strict=True)
    there = [sorted(words.get(word, ())) for word in pairs]
    replicates = [
        replicate if replicate in found or not found else found[0]
        for replicate, found in zip(doubtful["replicate"], there, strict=True)
    ]
    kept = doubtful.assign(replicate=replicates)[[bool(found) for found in there]]
    return pd.concat([entries[sure], kept]).sort_index()


@dataclass(frozen=True)
class Progress:
    """What one author did with the answers that were handed out: how many they labelled, how many
    of those were drawn at random, and how many they passed over."""

    labelled: int
    random: int
    skipped: int


def progress(entries: pd.DataFrame) -> Progress:
    """Counts of one author's entries: kind (a verdict, or passed over), draw."""
    labelled = entries[entries["kind"] == Kind.COMPLIANCE]
    return Progress(
        len(labelled), int((labelled["draw"] == Draw.RANDOM).sum()), len(entries) - len(labelled)
    )

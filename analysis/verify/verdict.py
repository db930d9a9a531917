"""Does an exported file still hold? Compute its numbers again from the study and say so."""

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from analysis.errors import FaultlineError
from analysis.figures import catalog
from analysis.figures.declaration import FigureRequest, UnknownFigureError
from analysis.files import compare
from analysis.files import facts as record
from analysis.files.compare import Difference
from analysis.files.facts import AlteredError, Facts
from analysis.settings import PROGRAM_VERSION, Settings
from analysis.store.study import StudyInfo, list_studies, open_study
from analysis.verify.exported_file import ExportedFile, read_file, read_report

HOLDS, DIFFERS, CHANGED = "holds", "differs", "study changed"
GONE, UNKNOWN, ALTERED = "study gone", "figure unknown", "file altered"
STUCK = "not computable"


@dataclass(frozen=True)
class Verdict:
    """What became of a file: `state` is one of the words above, `said` one sentence or two."""

    state: str
    said: str
    facts: Facts | None = None
    difference: Difference | None = None

    @property
    def holds(self) -> bool:
        return self.state == HOLDS


def verify(path: Path, settings: Settings) -> Verdict:
    """Compute a file's numbers again; of a report, those of every finding. Raises FaultlineError
    for a file that carries no facts."""
    try:
        several = read_report(path)
        if several:
            return _whole(path, several, settings)
        found = read_file(path)
    except AlteredError as error:
        return Verdict(ALTERED, f"“{path.name}” was altered: {error}.")
    if found.altered:
        return Verdict(ALTERED, f"“{path.name}” was altered: {found.altered}.", found.facts)
    return against(found, settings)


def _whole(path: Path, several: list[ExportedFile], settings: Settings) -> Verdict:
    """One verdict on a report: it holds when every finding does; else the first that does not."""
    if several[0].altered:
        return Verdict(ALTERED, f"“{path.name}” was altered: {several[0].altered}.")
    verdicts = [against(h, settings) for h in several]
    bad = [v for v in verdicts if not v.holds]
    if not bad:
        sentence = (
            f"All {len(verdicts)} findings of the report were computed again and are the same."
        )
        return Verdict(HOLDS, sentence, verdicts[0].facts)
    first = bad[0]
    title = first.facts.title if first.facts else ""
    sentence = f"{len(bad)} of {len(verdicts)} findings do not hold. First, “{title}”: {first.said}"
    return Verdict(first.state, sentence, first.facts, first.difference)


def against(found: ExportedFile, settings: Settings) -> Verdict:
    """The verdict on facts and numbers that are known to be whole."""
    facts = found.facts
    if not catalog.is_known(facts.recipe):
        return Verdict(UNKNOWN, _unknown(facts), facts)
    info = _study(facts, settings)
    if info is None:
        return Verdict(
            GONE,
            f"The study “{facts.study}” with the content {facts.content_hash[:12]} is not here, "
            f"nor another one named “{facts.study_id}”. Load its sources again, then verify.",
            facts,
        )
    try:
        difference, rows = _again(found, info, settings)
    except UnknownFigureError as error:
        return Verdict(UNKNOWN, str(error), facts)
    except FaultlineError as error:
        return Verdict(STUCK, f"The numbers can't be computed again: {error}", facts)
    return _verdict(facts, info, difference, rows)


def _study(facts: Facts, settings: Settings) -> StudyInfo | None:
    """The study of that content, by the same name if it can be; else the one of that name."""
    known = list_studies(settings)
    same = [i for i in known if i.content_hash == facts.content_hash]
    named = [i for i in known if i.id == facts.study_id]
    return next((i for i in same if i.id == facts.study_id), next(iter(same or named), None))


def _again(
    found: ExportedFile, info: StudyInfo, settings: Settings
) -> tuple[Difference | str, int]:
    """How the numbers differ now; a sentence where the file carries only their digest."""
    facts = found.facts
    with closing(open_study(settings, info.id)) as study:
        request: FigureRequest = catalog.bind(study, facts.recipe, **facts.parameters)
        frame = catalog.compute(study, request)
    now = record.text_of(frame)
    if record.digest(now) == facts.digest:
        return Difference(), len(frame)
    if not found.data:
        return f"{facts.rows:,} rows then, {len(frame):,} now, not the same", len(frame)
    keys = catalog.find(facts.recipe).keys
    return compare.difference(compare.table(found.data), compare.table(now), keys), len(frame)


def _verdict(facts: Facts, info: StudyInfo, difference: Difference | str, rows: int) -> Verdict:
    words = difference if isinstance(difference, str) else difference.sentence
    known = None if isinstance(difference, str) else difference
    if info.content_hash == facts.content_hash:
        if not difference:
            sentence = f"{rows:,} rows computed again from the study “{info.id}” (content "
            sentence += f"{info.content_hash[:12]}) are the same.{_people(facts)}"
            return Verdict(HOLDS, sentence, facts, known)
        sentence = (
            f"The study “{info.id}” is the same, but its numbers are computed otherwise now: "
        )
        return Verdict(DIFFERS, sentence + words + "." + _versions(facts), facts, known)
    sentence = (
        f"The study “{info.id}” has another content now ({info.content_hash[:12]} instead of "
        f"{facts.content_hash[:12]}). "
    )
    sentence += (
        f"The recomputed numbers differ: {words}."
        if difference
        else "The numbers are still the same."
    )
    return Verdict(CHANGED, sentence, facts, known)


def _people(facts: Facts) -> str:
    """What people's labels add to a verdict: they lie beside the study, in no content hash."""
    if not facts.parameters.get("people"):
        return ""
    return (
        " They also rest on people's labels, which lie beside the study in this home: read as they "
        "stood when the file was made. Whether people labelled more elsewhere can't be checked."
    )


def _versions(facts: Facts) -> str:
    if facts.version == PROGRAM_VERSION:
        return ""
    return f" The file was made by Faultline {facts.version}, this is {PROGRAM_VERSION}."


def _unknown(facts: Facts) -> str:
    if not facts.recipe:
        return (
            f"“{facts.title}” names no recipe, so it can't be computed again. The file is as it "
            f"was made, from the content {facts.content_hash[:12]}."
        )
    return (
        f"This program ({PROGRAM_VERSION}) does not know the figure “{facts.recipe}”; the file was "
        f"made by Faultline {facts.version}."
    )

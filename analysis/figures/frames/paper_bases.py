"""What a study holds of the data that the paper's numbers are over."""

from analysis.measure.paper import published
from analysis.measure.paper.comparison import ELSEWHERE, OTHER, PART, WHOLE, Base
from analysis.measure.paper.numbers import COMPLETE, HIGH_SET, JUDGED, TAXONOMY
from analysis.settings import HUB_REPO
from analysis.store.library.library import TaxonomyInfo
from analysis.store.study import StudyInfo

JUDGED_ROWS = 24_600  # about as many judged answers lie in the dataset
FORM_ONLY = "Not the paper's data: the form only."


def papers_data(info: StudyInfo) -> bool:
    """Whether a comparison means anything: real answers of models that the paper tested."""
    return not info.simulated and bool(set(info.models) & set(published.OUTLIERS))


def bases(info: StudyInfo, taxonomy: TaxonomyInfo) -> dict[str, Base]:
    """Base -> what the study holds of it."""
    if not papers_data(info):
        names = (*published.SUBSETS, COMPLETE, JUDGED, TAXONOMY)
        return dict.fromkeys(names, Base(OTHER, FORM_ONLY))
    found = {split: _split(info, split) for split in published.SUBSETS}
    return {**found, COMPLETE: _complete(info), JUDGED: _judged(info), TAXONOMY: _values(taxonomy)}


def is_published_split(info: StudyInfo) -> bool:
    """Whether this study is the split that the published counts may be compared with."""
    wide = [s for s in info.sources if s["kind"] == "scenarios"]
    return [(s["repo"], s["split"]) for s in wide] == [(HUB_REPO, HIGH_SET)]


def is_judged_split(info: StudyInfo) -> bool:
    """Whether this study's judgements are the published ones and no others."""
    judged = [s for s in info.sources if s["kind"] == "judgements"]
    return bool(judged) and all(
        (s["repo"], s["config"]) == (HUB_REPO, "judge_evaluations") for s in judged
    )


def loaded_splits(info: StudyInfo) -> dict[str, int]:
    """Splits of the public dataset in this study -> rows read; `complete` under its config."""
    wide = [s for s in info.sources if s["kind"] == "scenarios" and s.get("repo") == HUB_REPO]
    return {
        COMPLETE if s.get("config") == COMPLETE else str(s.get("split")): int(s["rows"])
        for s in wide
    }


def _split(info: StudyInfo, split: str) -> Base:
    """The whole split, a part of the twelve models' one (a reader's own files), or neither."""
    size = published.SUBSETS[split][2]
    loaded = loaded_splits(info)
    if split in loaded or COMPLETE in loaded:
        return Base(WHOLE)
    if split == HIGH_SET and not loaded and _scenarios(info):
        if info.scenarios == size:
            return Base(WHOLE)
        return Base(PART, f"This study holds {info.scenarios:,} scenarios, the paper's {size:,}.")
    return Base(ELSEWHERE, f"It takes the split {split} of the public dataset.")


def _complete(info: StudyInfo) -> Base:
    if COMPLETE in loaded_splits(info):
        return Base(WHOLE)
    return Base(ELSEWHERE, "It takes the config complete of the public dataset.")


def _judged(info: StudyInfo) -> Base:
    if not info.judgements or not set(info.judges) & set(published.FLAGS):
        return Base(ELSEWHERE, "It takes the paper's judgements (config judge_evaluations).")
    rows = sum(int(s["rows"]) for s in info.sources if s["kind"] == "judgements")
    if rows >= JUDGED_ROWS - 600:
        return Base(WHOLE)
    return Base(PART, f"This study holds {rows:,} judged answers, the dataset about 24,600.")


def _values(taxonomy: TaxonomyInfo) -> Base:
    if not taxonomy.embedded:
        return Base(WHOLE)
    return Base(
        ELSEWHERE, "The embedded taxonomy is in use, not the paper's: load values_tree.csv on Data."
    )


def _scenarios(info: StudyInfo) -> bool:
    return any(s["kind"] == "scenarios" for s in info.sources)

"""How a study's scenarios were chosen, in a sentence that stays on the page (method.md)."""

from analysis.store.schema import BIN_NAMES, HIGH
from analysis.store.study import StudyInfo, is_selected


def notice(info: StudyInfo, lowest_d: float | None) -> str | None:
    """What a reader must know about the choice of scenarios, or None where nothing is known.

    The `default` splits of the public dataset, and any study whose lowest D is 1.5 or more, hold
    high-disagreement scenarios only; the judge splits are equal-sized strata of D.
    """
    kinds = {s.get("kind") for s in info.sources}
    if kinds == {"judgements"}:
        return (
            "These answers were drawn in equal numbers from each of the bins of disagreement "
            f"({', '.join(BIN_NAMES)}). Rates over all of them are of this stratified sample, not "
            "of queries at large."
        )
    if is_selected(info) or (lowest_d is not None and lowest_d >= HIGH - 1e-9):
        return (
            "Every scenario here was kept because models disagreed on it (D of 1.5 or more in its "
            "model set). Rates describe high-disagreement queries, not queries. The unselected "
            "source is the config “complete” of the public dataset."
        )
    return None


def described(info: StudyInfo, lowest_d: float | None) -> str:
    """How the scenarios were selected, in a sentence, also where nothing was."""
    found = notice(info, lowest_d)
    if found:
        return found
    if lowest_d is None:
        return "Whether these scenarios were selected by disagreement can't be told: none has a D."
    return (
        f"As far as the sources tell, scenarios were not selected by disagreement: D goes down to "
        f"{lowest_d:.2f}."
    )


PER_FAMILY = (
    "A rubric is written per family: compare models inside a scenario, not positions across "
    "families."
)
_PUBLIC = (
    "In the public dataset one of the twelve models wrote the rubrics and placed the answers, and "
    "the values were mined from one provider's traffic."
)


def caveats(info: StudyInfo) -> list[str]:
    """What holds for positions of this design, for the pages that show them (method.md)."""
    return [PER_FAMILY] if info.simulated else [PER_FAMILY, _PUBLIC]

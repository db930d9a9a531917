"""How often answers break the spec, where, and whether disagreement predicts it."""

from pages.parts.compliance import quality_gaps
from pages.parts.compliance import sections as parts
from pages.ui.frame import page

with page("Compliance") as view:
    judged = parts.find(view)
    if judged is not None:
        parts.answer(judged)
        parts.by_bin(view, judged)
        parts.prediction(view, judged)
        parts.by_model(view, judged)
        parts.agreed(view, judged)
        quality_gaps.gaps(view, judged.models)
        parts.small_print(view)

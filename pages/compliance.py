"""How often answers break the spec, where, and whether disagreement tells of it."""

from pages.ui import compliance_gaps
from pages.ui import compliance_parts as parts
from pages.ui.frame import page

with page(
    "Compliance",
    "How often answers break the spec as judges read it, and whether disagreement foretells it.",
) as view:
    judged = parts.find(view)
    if judged is not None:
        parts.answer(judged)
        parts.by_bin(view, judged)
        parts.prediction(view, judged)
        parts.by_model(view, judged)
        compliance_gaps.gaps(view)
        parts.small_print(view)

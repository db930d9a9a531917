"""How far the judges agree, on what they differ, and the cases they decide oppositely."""

from pages.ui import judge_parts as parts
from pages.ui.frame import page

with page(
    "Judges",
    "Models that read an answer against the spec: how far they agree, and where they do not.",
) as view:
    judged = parts.find(view)
    if judged is not None:
        parts.agreement_of_all(view, judged)
        parts.who(view, judged)
        parts.slices(view, judged)
        parts.disputed(view, judged)
        parts.small_print(view, judged)

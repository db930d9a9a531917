"""How far the judges agree, on what they differ, and the cases they decide oppositely."""

<<<<<<< HEAD
from pages.ui import judge_disputed, judge_pairs, judge_slices, judged
=======
from pages.ui import human_parts
>>>>>>> b1d0f8b (Let people label answers, blind to the judges, and hold the judges against them)
from pages.ui import judge_parts as parts
from pages.ui.frame import page

with page(
    "Judges",
    "Models that read an answer against the spec: how far they agree, and where they do not.",
) as view:
<<<<<<< HEAD
    found = judged.find(view)
    if found is not None:
        parts.agreement_of_all(view, found)
        parts.who(view, found)
        judge_pairs.two(view, found)
        judge_slices.slices(view, found)
        judge_disputed.disputed(view, found)
        parts.small_print(view, found)
=======
    judged = parts.find(view)
    if judged is not None:
        parts.agreement_of_all(view, judged)
        parts.who(view, judged)
        parts.slices(view, judged)
        parts.disputed(view, judged)
        human_parts.against_people(view)
        parts.small_print(view, judged)
>>>>>>> b1d0f8b (Let people label answers, blind to the judges, and hold the judges against them)

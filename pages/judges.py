"""How far the judges agree, on what they differ, and the cases they decide oppositely."""

from pages.ui import human_parts, judge_disputed, judge_pairs, judge_slices, judged
from pages.ui import judge_parts as parts
from pages.ui.frame import page

with page(
    "Judges",
    "Models that read an answer against the spec: how far they agree, and where they do not.",
) as view:
    found = judged.find(view)
    if found is not None:
        parts.agreement_of_all(view, found)
        parts.who(view, found)
        judge_pairs.two(view, found)
        judge_slices.slices(view, found)
        judge_disputed.disputed(view, found)
        human_parts.against_people(view)
        parts.small_print(view, found)

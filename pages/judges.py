"""How far the judges agree, on what they differ, and the cases they decide oppositely."""

from pages.parts.judges import disputed, pairs, slices
from pages.parts.judges import sections as parts
from pages.ui import judges
from pages.ui.frame import page

with page("Judges") as view:
    found = judges.find(view)
    if found is not None:
        parts.agreement_of_all(view, found)
        parts.who(view, found)
        pairs.two(view, found)
        slices.slices(view, found)
        disputed.disputed(view, found)
        judges.against_people(view)
        parts.small_print(view, found)

"""How far a leaning question moves each model, and the families in which it changes sides."""

from pages.parts.robustness import cases
from pages.parts.robustness import sections as parts
from pages.ui.frame import page

with page("Robustness") as view:
    found = parts.find(view)
    parts.moved(view, found)
    parts.swings(view, found)
    model = cases.one_model(view, found)
    parts.variants(view, found)
    if model:
        cases.letters(view, found, model)
    parts.small_print(view, found)

"""Everything that a study shows about one model, each part one click from its page."""

from pages.ui import model_character as character
from pages.ui import model_parts as parts
from pages.ui import model_values
from pages.ui.frame import page

with page(
    "Models", "One model in full: what it prefers, chooses, refuses, and whom it is like."
) as view:
    model = parts.choose(view)
    if model is not None:
        model_values.leans(view, model)
        model_values.choices(view, model)
        character.refusals(view, model)
        parts.outliers(view, model)
        character.robustness(view, model)
        parts.neighbours(view, model)
        character.archetype(view, model)
        parts.small_print(view)

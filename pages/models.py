"""Everything that a study shows about one model, each part one click from its page."""

from pages.parts.models import character, values
from pages.parts.models import sections as parts
from pages.ui.frame import page

with page("Models") as view:
    model = parts.choose(view)
    if model is not None:
        parts.compare(view, model)
        values.leans(view, model)
        values.choices(view, model)
        character.character(view, model)
        parts.outliers(view, model)
        parts.length(view)
        parts.manner(view)
        parts.neighbours(view, model)
        character.archetype(view, model)
        parts.small_print(view)

"""Which model stands apart from nearly all others, on which side, and in which cases."""

from pages.parts.outliers import sections as parts
from pages.ui.frame import page

with page("Outliers") as view:
    found = parts.find(view)
    if found is not None:
        parts.answer(view, found)
        parts.per_model(view, found)
        parts.listed(view, found)

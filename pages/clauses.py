"""The clauses that need work: which, of which kind, and the judges' arguments over them."""

from pages.ui import clause_parts as parts
from pages.ui import near_parts
from pages.ui.frame import page

with page(
    "Clauses",
    "Where the spec itself fails: clauses that judges read in opposite ways, or set against each "
    "other.",
) as view:
    cited = parts.find(view)
    if cited is None:
        near_parts.browse(view)
    else:
        parts.worst(cited)
        parts.listed(view, cited)
        parts.rivals(view, cited)
        anchor = parts.one(view, cited)
        near_parts.of_clause(view, cited.spec, anchor)
        parts.small_print(cited)

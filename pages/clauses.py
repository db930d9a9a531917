"""The clauses that need work: which, of which kind, and the judges' arguments over them."""

from pages.ui import cited, clause_list, clause_one, clause_rivals, near_parts
from pages.ui import clause_parts as parts
from pages.ui.frame import page

with page(
    "Clauses",
    "Where the spec itself fails: clauses that judges read in opposite ways, or set against each "
    "other.",
) as view:
    found = cited.find(view)
    if found is None:
        near_parts.browse(view)
    else:
        parts.worst(found)
        clause_list.listed(view, found)
        clause_rivals.rivals(view, found)
        anchor = clause_one.one(view, found)
        near_parts.of_clause(view, found.spec, anchor)
        parts.small_print(found)

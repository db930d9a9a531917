"""Ask the study directly: one SELECT, read-only, with its result as a table or a figure."""

from pages.parts.sql import console as parts
from pages.ui.frame import page

with page("SQL") as view:
    parts.editor(view)
    parts.result(view)
    parts.tables()
